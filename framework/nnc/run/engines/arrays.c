/* What Python gives: arrays and numbers, checked before they are used. */

#include "arrays.h"

#include <stdarg.h>
#include <string.h>

int best_kind;

int parse(PyObject *args, const char *format, ...) {
  va_list list;
  va_start(list, format);
  int is_read = PyArg_VaParse(args, format, list);
  va_end(list);
  if (!is_read && PyErr_ExceptionMatches(PyExc_OverflowError))
    PyErr_SetString(PyExc_ValueError, "a number has more than 64 bits");
  return is_read;
}

int is_kind(Py_ssize_t kind) {
  if (kind >= 0 && kind <= best_kind) return 1;
  PyErr_Format(PyExc_ValueError, "there is no kind %zd of kernel here, only 0 to %d", kind,
               best_kind);
  return 0;
}

int is_range(Py_ssize_t first, Py_ssize_t last, Py_ssize_t words) {
  if (first >= 0 && first <= last && last <= words) return 1;
  PyErr_Format(PyExc_ValueError, "there are no words %zd to %zd, only 0 to %zd", first, last,
               words);
  return 0;
}

int is_fan_in(Py_ssize_t fan_in) {
  if (fan_in >= 1 && fan_in <= MOST_FAN_IN) return 1;
  PyErr_Format(PyExc_ValueError, "the fan-in is %zd; expected 1 to %d", fan_in, MOST_FAN_IN);
  return 0;
}

/* The letters of PEP 3118: on most systems int64 is a `long`, and int32 an `int`. */
static const struct {
  const char *name, *letters;
  Py_ssize_t size;
} numbers[] = {{"bytes", "?bB", 1},     {"int8", "b", 1},      {"int32", "il", 4},
               {"int64", "lqn", 8},     {"uint64", "LQN", 8},  {"float32", "f", 4},
               {"float64", "d", 8}};

void release(views *v) {
  while (v->count) PyBuffer_Release(&v->view[--v->count]);
}

int has_type(const Py_buffer *view, number type) {
  const char *letter = view->format ? view->format : "B";
  char own = __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? '<' : '>';
  if (*letter == '@' || *letter == '=' || *letter == own) letter++;
  return letter[0] && !letter[1] && strchr(numbers[type].letters, letter[0]) &&
         view->itemsize == numbers[type].size;
}

/* Set an error where a view is not what is described; 0 where it is. */
static int is_wrong(const Py_buffer *view, const description *one) {
  const char *name = one->name;
  if (!has_type(view, one->type))
    PyErr_Format(PyExc_TypeError, "`%s` has the type '%s'; expected %s", name,
                 view->format ? view->format : "B", numbers[one->type].name);
  else if (view->ndim != one->dimensions)
    PyErr_Format(PyExc_ValueError, "`%s` has %d dimensions; expected %d", name, view->ndim,
                 one->dimensions);
  else if (view->len && (uintptr_t)view->buf % (size_t)view->itemsize)
    PyErr_Format(PyExc_ValueError, "`%s` is not aligned", name);
  else return 0;
  return -1;
}

int look_at(views *v, PyObject **arrays, const description *described, int count) {
  v->described = described;
  for (v->count = 0; v->count < count;) {
    const description *one = described + v->count;
    Py_buffer *view = v->view + v->count;
    int flags = PyBUF_C_CONTIGUOUS | PyBUF_FORMAT | (one->is_written ? PyBUF_WRITABLE : 0);
    if (PyObject_GetBuffer(arrays[v->count], view, flags)) {
      if (PyErr_ExceptionMatches(PyExc_BufferError) || PyErr_ExceptionMatches(PyExc_ValueError))
        PyErr_Format(PyExc_ValueError, "`%s` is not contiguous%s", one->name,
                     one->is_written ? ", or cannot be written" : "");
      release(v);
      return -1;
    }
    v->count++;
    if (is_wrong(view, one)) {
      release(v);
      return -1;
    }
  }
  return 0;
}

int has(const views *v, int array, int axis, Py_ssize_t count) {
  Py_ssize_t found = v->view[array].shape[axis];
  if (found == count) return 1;
  PyErr_Format(PyExc_ValueError, "`%s` has %zd entries along axis %d; expected %zd",
               v->described[array].name, found, axis, count);
  return 0;
}

PyObject *refuse(views *v) {
  release(v);
  return NULL;
}

PyObject *done(views *v, int failed) {
  release(v);
  if (failed) return PyErr_NoMemory();
  Py_RETURN_NONE;
}

int are_rows(const views *v, int array, Py_ssize_t least, Py_ssize_t height) {
  const int32_t *rows = v->view[array].buf;
  for (Py_ssize_t i = 0; i < v->view[array].shape[0]; i++)
    if (rows[i] < least || rows[i] >= height) {
      PyErr_Format(PyExc_ValueError, "`%s` has the row %d; expected %zd to %zd",
                   v->described[array].name, (int)rows[i], least, height - 1);
      return 0;
    }
  return 1;
}
