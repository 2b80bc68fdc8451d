/* One row of bits in one call: a whole plan on bytes, from checked arrays to outputs.

   A byte of 0 or 1 for each line of a bank. A program looks its functions up, as a processor with
   lookup tables would: for one row that is a third of what vectors of 512 rows cost, and all slots
   lie in the first cache. Products are `add_sources`. What is built is only read later, by any
   thread; lines are checked as they are given, slots were by `check`. */

#include "single.h"

#include <stdlib.h>
#include <string.h>

#include "neurons.h"
#include "planes.h"
#include "programs.h"

typedef struct {
  uint16_t table, to, source[4];
} lookup;

/* Functions, then sums. */
typedef struct {
  size_t functions, sums_from, sums_to;
} part;

typedef struct {
  /* of a program */
  size_t loads, stores, slots, count;
  lookup *functions;
  part *parts;
  int32_t *sums, *load_slots, *store_slots, *load_lines, *store_lines;
  /* of a product, which has planes */
  Py_buffer planes;
  int32_t *limits, *sources;
  size_t size, fan_in, first;
  int turned;
} step;

typedef struct {
  size_t height, loads, stores, count, room;
  int32_t *load_lines, *store_lines;
  step *steps;
} single;

static const char SINGLE[] = "nnc.run.engines.single";

#define vec word
#define TABLE(number, formula) formula,
/* The truth table of each function: bit a + 2b + 4c + 8d. */
static void tables(word *table) {
  const word a = 0xaaaa, b = 0xcccc, c = 0xf0f0, d = 0xff00;
  const word all[] = {FUNCTIONS(TABLE)};
  memcpy(table, all, sizeof all);
}
#undef TABLE
#undef vec

static uint16_t table_of(word table, int turned) {
  unsigned found = 0;
  for (int i = 0; i < 16; i++) found |= (unsigned)(table >> (i ^ (turned & 15)) & 1) << i;
  return (uint16_t)(turned >> 4 ? ~found : found);
}

static void run_sums(const int32_t *op, const int32_t *end, uint8_t *slots) {
  for (; op < end; op += op[1]) {
    word total = 0;
    const int32_t *at = op + 5;
    for (int32_t g = 0; g < op[3]; g++) {
      int32_t plane = at[0], turned = at[1], count = at[2], ones = 0;
      at += 3;
      for (int32_t i = 0; i < count; i++) ones += slots[at[i]];
      total += (word)(turned ? count - ones : ones) << plane;
      at += count;
    }
    for (int32_t l = 0; l < op[4]; l++, at += 4) {
      word limit = (uint32_t)at[2] | (word)(uint32_t)at[3] << 32;
      slots[at[0]] = (uint8_t)((total >= limit) ^ at[1]);
    }
  }
}

static void run_lookups(const step *s, uint8_t *lines, uint8_t *slots) {
  const lookup *f = s->functions;
  slots[0] = 0, slots[1] = 1;
  for (size_t i = 0; i < s->loads; i++) slots[s->load_slots[i]] = lines[s->load_lines[i]];
  for (size_t p = 0; p < s->count; p++) {
    for (const lookup *end = f + s->parts[p].functions; f < end; f++) {
      unsigned a = slots[f->source[0]], b = slots[f->source[1]], c = slots[f->source[2]];
      unsigned d = slots[f->source[3]];
      slots[f->to] = f->table >> (a | b << 1 | c << 2 | d << 3) & 1;
    }
    run_sums(s->sums + s->parts[p].sums_from, s->sums + s->parts[p].sums_to, slots);
  }
  for (size_t i = 0; i < s->stores; i++) lines[s->store_lines[i]] = slots[s->store_slots[i]];
}

static void run_product(int kind, const step *s, uint8_t *lines, uint8_t *room) {
  int32_t *x = (int32_t *)room, *sums = x + s->fan_in;
  int active = 0;
  for (size_t k = 0; k < s->fan_in; k++) {
    x[active] = (int32_t)k;
    active += lines[s->sources[k]];
  }
  add_sources(kind, s->planes.buf, s->size, (int)s->planes.shape[2], x, active, sums);
  uint8_t *out = lines + s->first, turned = (uint8_t)s->turned;
  for (size_t n = 0; n < s->size; n++) out[n] = (uint8_t)(sums[n] >= s->limits[n]) ^ turned;
}

/* ------------------------------------------------------------------ built, and forgotten */

static void forget_single(PyObject *capsule) {
  single *one = PyCapsule_GetPointer(capsule, SINGLE);
  for (size_t i = 0; i < one->count; i++) {
    step *s = one->steps + i;
    if (s->limits) PyBuffer_Release(&s->planes);
    free(s->functions), free(s->parts), free(s->sums), free(s->limits);
  }
  free(one->steps);
  free(one->load_lines);
  free(one);
}

static single *single_of(PyObject *capsule) {
  if (PyCapsule_IsValid(capsule, SINGLE)) return PyCapsule_GetPointer(capsule, SINGLE);
  PyErr_SetString(PyExc_TypeError, "expected what `single` gave");
  return NULL;
}

/* A step more, empty; NULL where memory is short. */
static step *added(single *one) {
  step *more = allocate(one->count + 1, sizeof *more);
  if (!more) {
    PyErr_NoMemory();
    return NULL;
  }
  if (one->count) memcpy(more, one->steps, one->count * sizeof *more);
  memset(more + one->count, 0, sizeof *more);
  free(one->steps);
  one->steps = more;
  return more + one->count;
}

static void need(single *one, size_t room) {
  if (room > one->room) one->room = room;
}

static PyObject *py_single(PyObject *self, PyObject *args) {
  static const description described[] = {{"load_lines", INT32, 1, 0}, {"store_lines", INT32, 1, 0}};
  PyObject *arrays[2], *capsule = NULL;
  Py_ssize_t height;
  views v;
  (void)self;
  if (!parse(args, "nOO", &height, &arrays[0], &arrays[1])) return NULL;
  if (look_at(&v, arrays, described, 2)) return NULL;
  if (height < 2 || height > INT32_MAX) {
    PyErr_Format(PyExc_ValueError, "there are %zd lines; expected 2 to %d", height, INT32_MAX);
    return refuse(&v);
  }
  if (!are_rows(&v, 0, -1, height) || !are_rows(&v, 1, 0, height)) return refuse(&v);
  size_t loads = (size_t)v.view[0].shape[0], stores = (size_t)v.view[1].shape[0];
  single *one = allocate(1, sizeof *one);
  int32_t *lines = allocate(loads + stores, sizeof *lines);
  if (one && lines) {
    memcpy(lines, v.view[0].buf, loads * sizeof *lines);
    memcpy(lines + loads, v.view[1].buf, stores * sizeof *lines);
    *one = (single){(size_t)height, loads, stores, 0, 0, lines, lines + loads, NULL};
    capsule = PyCapsule_New(one, SINGLE, forget_single);
  } else PyErr_NoMemory();
  if (!capsule) free(one), free(lines);
  release(&v);
  return capsule;
}

/* Functions as tables, and sums as they are, in their order. False where memory is short. */
static int look_up(step *s, const program *p) {
  word table[FUNCTION_COUNT];
  size_t functions = 0, sums = 0, parts = 1;
  for (size_t at = 0; at < p->length; at += p->ops[at] == SUM ? (size_t)p->ops[at + 1] : 7)
    if (p->ops[at] == SUM) sums += (size_t)p->ops[at + 1], parts++;
    else functions++;
  s->functions = allocate(functions, sizeof *s->functions);
  s->parts = allocate(parts, sizeof *s->parts);
  s->sums = allocate(sums + p->loads * 2 + p->stores * 2, sizeof *s->sums);
  if (!s->functions || !s->parts || !s->sums) return 0;
  tables(table);
  part *last = s->parts;
  lookup *f = s->functions;
  *last = (part){0, 0, 0};
  for (size_t at = 0; at < p->length;) {
    const int32_t *op = p->ops + at;
    if (*op == SUM) {
      memcpy(s->sums + last->sums_to, op, (size_t)op[1] * sizeof *op);
      last->sums_to += (size_t)op[1];
      at += (size_t)op[1];
      continue;
    }
    if (last->sums_to > last->sums_from) {
      last[1] = (part){0, last->sums_to, last->sums_to};
      last++;
    }
    last->functions++;
    f->table = table_of(table[op[0]], op[2]);
    f->to = (uint16_t)op[1];
    for (int i = 0; i < 4; i++) f->source[i] = (uint16_t)op[3 + i];
    f++;
    at += 7;
  }
  s->count = (size_t)(last - s->parts) + 1;
  s->load_slots = s->sums + sums;
  s->store_slots = s->load_slots + p->loads;
  memcpy(s->load_slots, p->load_slots, (p->loads + p->stores) * sizeof *s->sums);
  s->load_lines = s->store_slots + p->stores;
  s->store_lines = s->load_lines + p->loads;
  return 1;
}

static PyObject *py_add_program(PyObject *self, PyObject *args) {
  static const description described[] = {{"load_lines", INT32, 1, 0}, {"store_lines", INT32, 1, 0}};
  PyObject *capsule, *checked, *arrays[2];
  views v;
  (void)self;
  if (!parse(args, "OOOO", &capsule, &checked, &arrays[0], &arrays[1])) return NULL;
  single *one = single_of(capsule);
  if (!one) return NULL;
  const program *p = program_of(checked);
  if (!p) return NULL;
  if (p->slots > MOST_SLOTS) {
    PyErr_Format(PyExc_ValueError, "the program has %zu slots; expected at most %d", p->slots,
                 MOST_SLOTS);
    return NULL;
  }
  if (look_at(&v, arrays, described, 2)) return NULL;
  if (!has(&v, 0, 0, (Py_ssize_t)p->loads) || !has(&v, 1, 0, (Py_ssize_t)p->stores) ||
      !are_rows(&v, 0, 0, (Py_ssize_t)one->height) || !are_rows(&v, 1, 2, (Py_ssize_t)one->height))
    return refuse(&v);
  step *s = added(one);
  if (!s) return refuse(&v);
  if (!look_up(s, p)) {
    free(s->functions), free(s->parts), free(s->sums);
    return done(&v, -1);
  }
  s->loads = p->loads, s->stores = p->stores, s->slots = p->slots;
  memcpy(s->load_lines, v.view[0].buf, s->loads * sizeof *s->load_lines);
  memcpy(s->store_lines, v.view[1].buf, s->stores * sizeof *s->store_lines);
  need(one, s->slots);
  one->count++;
  return done(&v, 0);
}

static PyObject *py_add_product(PyObject *self, PyObject *args) {
  static const description described[] = {{"limits", INT32, 1, 0}, {"sources", INT32, 1, 0}};
  static const description plane_description[] = {{"planes", UINT64, 4, 0}};
  PyObject *capsule, *planes, *arrays[2];
  Py_ssize_t first;
  int turned;
  views v, w;
  (void)self;
  if (!parse(args, "OOOOpn", &capsule, &planes, &arrays[0], &arrays[1], &turned, &first))
    return NULL;
  single *one = single_of(capsule);
  if (!one || look_at(&w, &planes, plane_description, 1)) return NULL;
  if (look_at(&v, arrays, described, 2)) return refuse(&w);
  Py_ssize_t size = v.view[0].shape[0], fan_in = v.view[1].shape[0];
  Py_ssize_t height = (Py_ssize_t)one->height;
  if (!is_fan_in(fan_in) || !are_rows(&v, 1, 0, height) || !are_planes(&w, 0, size, fan_in)) {
    release(&w);
    return refuse(&v);
  }
  if (first < 2 || size > height || first > height - size) {
    PyErr_Format(PyExc_ValueError, "%zd neurons from line %zd on are not within 2 to %zd", size,
                 first, height - 1);
    release(&w);
    return refuse(&v);
  }
  int32_t *numbers_of = allocate((size_t)(size + fan_in), sizeof *numbers_of);
  step *s = numbers_of ? added(one) : NULL;
  if (!s) {
    free(numbers_of);
    release(&w);
    return done(&v, -1);
  }
  s->planes = w.view[0]; /* and kept: the arrays are not copied */
  s->size = (size_t)size, s->fan_in = (size_t)fan_in, s->first = (size_t)first, s->turned = turned;
  s->limits = numbers_of, s->sources = numbers_of + size;
  memcpy(s->limits, v.view[0].buf, s->size * sizeof *s->limits);
  memcpy(s->sources, v.view[1].buf, s->fan_in * sizeof *s->sources);
  need(one, (s->fan_in + (s->size + 511) / 512 * 512) * sizeof(int32_t));
  one->count++;
  return done(&v, 0);
}

/* ------------------------------------------------------------------ run */

static const description BYTES_OF_INPUT = {"an input", BYTES, 0, 0};
static const description BYTES_OF_OUTPUT = {"an output", BYTES, 0, 1};

/* Copy bytes of arrays to their lines, or from them, in turn. 1: done; 0: one is neither 0 nor 1;
   -1: an error is set. */
static int exchange(PyObject *arrays, uint8_t *lines, const int32_t *line, size_t count,
                    const description *one) {
  size_t at = 0;
  int is_bit = 1;
  if (!PyTuple_Check(arrays)) {
    PyErr_SetString(PyExc_TypeError, "expected a tuple of arrays");
    return -1;
  }
  for (Py_ssize_t i = 0; i < PyTuple_Size(arrays); i++) {
    Py_buffer view;
    int flags = PyBUF_C_CONTIGUOUS | PyBUF_FORMAT | (one->is_written ? PyBUF_WRITABLE : 0);
    if (PyObject_GetBuffer(PyTuple_GetItem(arrays, i), &view, flags)) return -1;
    if (!has_type(&view, BYTES) || (size_t)view.len > count - at) {
      PyErr_Format(PyExc_ValueError, "%s is not bytes, or has too many", one->name);
      PyBuffer_Release(&view);
      return -1;
    }
    uint8_t *bytes = view.buf, all = 0;
    size_t here = (size_t)view.len;
    if (one->is_written)
      for (size_t k = 0; k < here; k++) bytes[k] = lines[line[at + k]];
    else
      for (size_t k = 0; k < here; k++) {
        all |= bytes[k];
        if (line[at + k] >= 0) lines[line[at + k]] = bytes[k];
      }
    is_bit &= all <= 1;
    at += here;
    PyBuffer_Release(&view);
  }
  if (at != count) {
    PyErr_Format(PyExc_ValueError, "there are %zu bytes of arrays; expected %zu", at, count);
    return -1;
  }
  return is_bit;
}

static PyObject *py_run_single(PyObject *self, PyObject *args) {
  PyObject *capsule, *inputs, *outputs;
  Py_ssize_t kind;
  (void)self;
  if (!parse(args, "nOOO", &kind, &capsule, &inputs, &outputs)) return NULL;
  const single *one = single_of(capsule);
  if (!one || !is_kind(kind)) return NULL;
  size_t height = (one->height + 63) / 64 * 64;
  uint8_t *lines = allocate(height + one->room, 1);
  if (!lines) return PyErr_NoMemory();
  memset(lines, 0, height);
  lines[1] = 1;
  int is_right = exchange(inputs, lines, one->load_lines, one->loads, &BYTES_OF_INPUT);
  if (is_right > 0) {
    Py_BEGIN_ALLOW_THREADS
    for (size_t i = 0; i < one->count; i++)
      if (one->steps[i].limits) run_product((int)kind, one->steps + i, lines, lines + height);
      else run_lookups(one->steps + i, lines, lines + height);
    Py_END_ALLOW_THREADS
    is_right = exchange(outputs, lines, one->store_lines, one->stores, &BYTES_OF_OUTPUT);
  }
  free(lines);
  return is_right < 0 ? NULL : PyBool_FromLong(is_right);
}

PyMethodDef single_functions[] = {
    {"single", py_single, METH_VARARGS,
     "single(height, load_lines, store_lines) -> a plan for one row, to which steps are added"},
    {"add_program", py_add_program, METH_VARARGS,
     "add_program(single, program, load_lines, store_lines)"},
    {"add_product", py_add_product, METH_VARARGS,
     "add_product(single, planes, limits, sources, turned, first)"},
    {"run_single", py_run_single, METH_VARARGS,
     "run_single(kind, single, inputs, outputs) -> whether all inputs were 0 or 1"},
    {NULL, NULL, 0, NULL}};
