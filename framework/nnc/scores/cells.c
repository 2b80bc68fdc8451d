/* Scorecards of few terms: every choice of columns is bounded from the 2^k cells that they make.
 *
 * Rows are bits of columns, sorted into classes, each padded to whole words: class 2g has the rows
 * of group g that are 1, class 2g + 1 those that are 0. Rows of a group have one total of the points
 * that are fixed. Losses are natural logarithms, summed over the rows. Here is what Python sees.
 */
#define PY_SSIZE_T_CLEAN
#define Py_LIMITED_API 0x030B0000
#include <Python.h>
#include <stdlib.h>
#include <string.h>

#include "bounds.h"
#include "points.h"

#define LAYOUT 2 /* of a problem, and of the order of sets in its tables */

typedef struct {
  Py_buffer views[24];
  int held;
} arrays;

static void release(arrays *a) {
  while (a->held) PyBuffer_Release(&a->views[--a->held]);
}

/* Take an array: `kind` its format, `least` how many elements it has at least. */
static void *take(arrays *a, PyObject *object, const char *kind, int64_t least, int writes) {
  Py_buffer *view = &a->views[a->held];
  int flags = PyBUF_C_CONTIGUOUS | PyBUF_FORMAT | (writes ? PyBUF_WRITABLE : 0);
  if (PyObject_GetBuffer(object, view, flags)) return NULL;
  a->held++;
  if (!view->format || !strchr(kind, view->format[0]) || view->format[1]) {
    PyErr_Format(PyExc_TypeError, "an array has format `%s`; expected one of `%s`",
                 view->format ? view->format : "", kind);
    return NULL;
  }
  if (view->len / view->itemsize < least) {
    PyErr_Format(PyExc_ValueError, "an array has %zd elements; expected %lld",
                 view->len / view->itemsize, (long long)least);
    return NULL;
  }
  return view->buf;
}

static int64_t elements(const arrays *a) {
  const Py_buffer *view = &a->views[a->held - 1];
  return view->len / view->itemsize;
}

static const char *const INTEGERS = "lq"; /* int64 */

/* problem: (columns, size, starts, totals, bits, tables, values, goal, costs) */
static int read_problem(arrays *a, PyObject *object, problem *p) {
  PyObject *starts, *totals, *bits, *tables, *values;
  if (!PyArg_ParseTuple(object, "iiOOOOOi(dd)", &p->columns, &p->size, &starts, &totals, &bits,
                        &tables, &values, &p->goal, &p->costs[0], &p->costs[1]))
    return 0;
  if (p->size < 1 || p->size > MOST || p->columns < p->size || p->columns > 65535) {
    PyErr_SetString(PyExc_ValueError, "there are too many or too few columns or terms");
    return 0;
  }
  if (!(p->starts = take(a, starts, INTEGERS, 3, 0))) return 0;
  p->classes = (int)elements(a) - 1;
  if (p->classes % 2 || p->classes > 2 * GROUPS || p->starts[0]) {
    PyErr_SetString(PyExc_ValueError, "there are too many classes");
    return 0;
  }
  for (int c = 0; c < p->classes; c++)
    if (p->starts[c] > p->starts[c + 1]) {
      PyErr_SetString(PyExc_ValueError, "the classes are not in order");
      return 0;
    }
  p->words = p->starts[p->classes];
  if (!(p->totals = take(a, totals, INTEGERS, p->classes, 0)) ||
      !(p->bits = take(a, bits, "LQ", p->words * p->columns, 0)) ||
      !(p->values = take(a, values, "d", p->classes / 2, 0)))
    return 0;
  if (!PyTuple_Check(tables) || PyTuple_Size(tables) != p->size - 1) {
    PyErr_SetString(PyExc_TypeError, "the tables are a tuple, one for each size");
    return 0;
  }
  int64_t sets = 1; /* of s + 1 columns */
  for (int s = 0; s < p->size - 1; s++) {
    sets = sets * (p->columns - s) / (s + 1);
    p->lengths[s] = sets + LANES;
    PyObject *table = PyTuple_GetItem(tables, s);
    if (!(p->tables[s] = take(a, table, "i", p->lengths[s] * p->classes, 1))) return 0;
  }
  p->rows = 0;
  for (int c = 0; c < p->classes; c++) p->rows += (double)p->totals[c];
  p->margin = MARGIN * p->rows * (p->classes / 2);
  return 1;
}

static PyObject *py_fill(PyObject *self, PyObject *args) {
  PyObject *object;
  int first;
  arrays a = {.held = 0};
  problem p;
  (void)self;
  if (!PyArg_ParseTuple(args, "Oi", &object, &first)) return NULL;
  uint64_t *masks = NULL;
  if (read_problem(&a, object, &p) && first >= 0 && first < p.columns && p.size > 1) {
    masks = malloc((size_t)(p.words + 1) * 8 * MOST);
    if (!masks) PyErr_NoMemory();
  }
  if (masks) {
    Py_BEGIN_ALLOW_THREADS
    fill_tables(&p, masks, first);
    Py_END_ALLOW_THREADS
    free(masks);
  }
  release(&a);
  if (PyErr_Occurred()) return NULL;
  Py_RETURN_NONE;
}

static PyObject *py_bound(PyObject *self, PyObject *args) {
  PyObject *object, *logs, *supports, *bounds;
  int first;
  arrays a = {.held = 0};
  problem p;
  output out = {0};
  (void)self;
  p.cutoff = 0;
  if (!PyArg_ParseTuple(args, "OidOOO", &object, &first, &p.cutoff, &logs, &supports, &bounds))
    return NULL;
  uint64_t *masks = NULL;
  if (read_problem(&a, object, &p) && (out.logs = take(&a, logs, "d", (int64_t)p.rows + 1, 0)) &&
      (out.bounds = take(&a, bounds, "d", 0, 1)) && (out.room = elements(&a), 1) &&
      (out.supports = take(&a, supports, "H", out.room * p.size, 1))) {
    if (first < 0 || first + p.size > p.columns)
      PyErr_SetString(PyExc_ValueError, "there is no such block");
    else if (!(masks = malloc((size_t)(p.words + 1) * 8 * MOST)))
      PyErr_NoMemory();
  }
  if (masks) {
    Py_BEGIN_ALLOW_THREADS
    bound_choices(&p, masks, first, &out);
    Py_END_ALLOW_THREADS
    free(masks);
  }
  release(&a);
  if (PyErr_Occurred()) return NULL;
  return Py_BuildValue("LL", (long long)out.found, (long long)out.bounded);
}

static void count_cells(const problem *p, const int *support, int size, uint64_t *mask,
                        int32_t (*cells)[1 << MOST]) {
  for (int s = 0; s < 1 << size; s++) {
    int part[MOST], many = 0;
    for (int j = 0; j < size; j++)
      if (s >> j & 1) part[many++] = support[j];
    if (many && many == p->size) {
      memcpy(mask, p->bits + part[0] * p->words, (size_t)p->words * 8);
      for (int j = 1; j + 1 < many; j++)
        for (int64_t i = 0; i < p->words; i++) mask[i] &= p->bits[part[j] * p->words + i];
      count_rows(mask, p->bits + part[many - 1] * p->words, p->starts, p->classes, &cells[0][s],
                 1 << MOST);
      continue;
    }
    for (int c = 0; c < p->classes; c++)
      cells[c][s] = !many ? (int32_t)p->totals[c]
                          : p->tables[many - 1][c * p->lengths[many - 1] + part[many - 1] +
                                                place(p, part, many - 1)];
  }
  for (int c = 0; c < p->classes; c++)
    for (int j = 0; j < size; j++)
      for (int s = 0; s < 1 << size; s++)
        if (!(s >> j & 1)) cells[c][s] -= cells[c][s | 1 << j];
}

/* logistic(problem, supports, losses): the loss of real weights, for supports x terms */
static PyObject *py_logistic(PyObject *self, PyObject *args) {
  PyObject *object, *supports_object, *losses_object;
  arrays a = {.held = 0};
  problem p;
  const int64_t *supports = NULL;
  double *losses = NULL;
  int64_t count = 0;
  int size;
  (void)self;
  if (!PyArg_ParseTuple(args, "OiOO", &object, &size, &supports_object, &losses_object))
    return NULL;
  uint64_t *mask = NULL;
  if (read_problem(&a, object, &p) && (losses = take(&a, losses_object, "d", 0, 1)) &&
      (count = elements(&a), 1) &&
      (supports = take(&a, supports_object, INTEGERS, count * size, 0))) {
    int is_sound = size >= 1 && size <= p.size;
    for (int64_t i = 0; is_sound && i < count * size; i++)
      is_sound = supports[i] >= 0 && supports[i] < p.columns &&
                 (i % size == 0 || supports[i] > supports[i - 1]);
    if (!is_sound) PyErr_SetString(PyExc_ValueError, "the columns of a support do not ascend");
    else if (!(mask = malloc((size_t)(p.words + 1) * 8))) PyErr_NoMemory();
  }
  if (mask) {
    Py_BEGIN_ALLOW_THREADS
    problem part = p;
    part.cutoff = -1, part.size = size;
    for (int64_t i = 0; i < count; i++) {
      int32_t cells[2 * GROUPS][1 << MOST];
      int support[MOST];
      for (int j = 0; j < size; j++) support[j] = (int)supports[i * size + j];
      count_cells(&p, support, size, mask, cells);
      losses[i] = real_loss(&part, (const int32_t(*)[1 << MOST])cells);
    }
    Py_END_ALLOW_THREADS
    free(mask);
  }
  release(&a);
  if (PyErr_Occurred()) return NULL;
  Py_RETURN_NONE;
}

/* points(cells, choices, goal, limits, cards, values, losses), where cells are (x, whole, fixed,
 * ones, all), choices (points, counts, steepest, is_fixed), goal (goal, cutoff, miss, alarm), and
 * limits (limits, parts) */
static PyObject *py_points(PyObject *self, PyObject *args) {
  PyObject *o[12];
  arrays a = {.held = 0};
  search s = {0};
  int is_fixed, is_ready = 0;
  int64_t elements_of_parts = 0;
  (void)self;
  if (!PyArg_ParseTuple(args, "(OOOOO)(OOdp)(iddd)(OO)OOO", &o[0], &o[1], &o[2], &o[3], &o[4],
                        &o[5], &o[6], &s.steepest, &is_fixed, &s.goal, &s.cutoff, &s.costs[0],
                        &s.costs[1], &o[7], &o[8], &o[9], &o[10], &o[11]))
    return NULL;
  if ((s.fixed = take(&a, o[2], "d", 1, 0)) && (s.cells = (int)elements(&a)) &&
      (s.whole = take(&a, o[1], INTEGERS, s.cells, 0)) &&
      (s.ones = take(&a, o[3], "d", s.cells, 0)) && (s.all = take(&a, o[4], "d", s.cells, 0)) &&
      (s.choices = take(&a, o[6], INTEGERS, 0, 0)) && (s.terms = (int)elements(&a), 1) &&
      (s.x = take(&a, o[0], INTEGERS, s.terms * (int64_t)s.cells, 0)) &&
      (s.points = take(&a, o[5], INTEGERS, s.terms, 0)) &&
      (s.most = s.terms ? elements(&a) / s.terms : 1) &&
      (s.limits = take(&a, o[7], INTEGERS, 0, 0)) &&
      (s.limit_count = (int)(elements(&a) / 5), 1) &&
      (s.parts = take(&a, o[8], INTEGERS, 0, 0)) &&
      (elements_of_parts = elements(&a), 1) && (s.values = take(&a, o[10], "d", 0, 1)) &&
      (s.room = elements(&a), 1) && (s.losses = take(&a, o[11], "d", s.room, 1)) &&
      (s.cards = take(&a, o[9], INTEGERS, s.room * s.terms, 1))) {
    int64_t parts = elements_of_parts / (2 * s.cells);
    is_ready = s.terms <= MOST && s.cells <= CELLS;
    for (int j = 0; is_ready && j < s.terms; j++)
      is_ready = s.choices[j] >= 0 && s.choices[j] <= s.most;
    for (int i = 0; is_ready && i < s.limit_count; i++)
      is_ready = s.limits[5 * i + 3] >= 0 && s.limits[5 * i + 4] >= 1 &&
                 s.limits[5 * i + 4] <= 2 * GROUPS && s.limits[5 * i + 3] <= parts &&
                 s.limits[5 * i + 3] + s.limits[5 * i + 4] <= parts;
    if (!is_ready) PyErr_SetString(PyExc_ValueError, "there are too many cells, terms or points");
  }
  if (is_ready) {
    Py_BEGIN_ALLOW_THREADS
    find_cards(&s, is_fixed);
    Py_END_ALLOW_THREADS
  }
  release(&a);
  if (PyErr_Occurred()) return NULL;
  return Py_BuildValue("LL", (long long)s.found, (long long)s.nodes);
}

static PyMethodDef functions[] = {
    {"fill", py_fill, METH_VARARGS, "fill(problem, first): count the sets that begin so"},
    {"bound", py_bound, METH_VARARGS,
     "bound(problem, first, cutoff, logs, supports, bounds) -> how many are left, and were bounded"},
    {"logistic", py_logistic, METH_VARARGS, "logistic(problem, size, supports, losses)"},
    {"points", py_points, METH_VARARGS,
     "points(cells, choices, goal, limits, cards, values, losses) -> how many cards, and nodes"},
    {NULL, NULL, 0, NULL}};

static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "_cells", NULL, -1, functions,
                                    NULL, NULL, NULL, NULL};

PyMODINIT_FUNC PyInit__cells(void) {
  choose_bounds();
  PyObject *self = PyModule_Create(&module);
  if (self && PyModule_AddIntConstant(self, "LAYOUT", LAYOUT)) Py_CLEAR(self);
  return self;
}
