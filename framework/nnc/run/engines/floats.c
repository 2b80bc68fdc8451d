/* Sums of floats: decided by their bounds, or not; and single ones in double.

   Vectors of GCC, so that one text serves all processors. */

#include "floats.h"

enum { ABOVE, AT_LEAST, BELOW, AT_MOST };

#if defined(__x86_64__) && !defined(__clang__)
#define EACH_CPU __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define EACH_CPU
#endif

/* 1 or 0 where the error, below size[i] * norm[row] + slack[i], cannot matter; else 2. */
EACH_CPU static void decide(const float *total, size_t size, size_t rows, const float *limit,
                            const float *slack, const float *sizes, const float *norm, int rule,
                            uint8_t *out) {
  for (size_t i = 0; i < size; i++, total += rows, out += rows) {
    float t = limit[i], s = slack[i], z = sizes[i];
    int up = rule == ABOVE || rule == AT_LEAST;
    for (size_t r = 0; r < rows; r++) {
      float difference = total[r] - t, bound = z * norm[r] + s;
      int over = difference > bound, under = difference < -bound;
      out[r] = (uint8_t)(over | under ? (up ? over : under) : 2);
    }
  }
}

/* Single totals in double, and the sums of the sizes of their products. */
EACH_CPU static void dots(const double *w, const double *x, size_t fan_in, const int64_t *places,
                          const int64_t *rows, size_t count, double *totals, double *sizes) {
  for (size_t i = 0; i < count; i++) {
    const double *a = w + (size_t)places[i] * fan_in, *b = x + (size_t)rows[i] * fan_in;
    double total[8] = {0}, size[8] = {0};
    size_t k = 0;
    for (; k + 8 <= fan_in; k += 8)
      for (int j = 0; j < 8; j++) {
        double product = a[k + j] * b[k + j];
        total[j] += product;
        size[j] += product < 0 ? -product : product;
      }
    for (; k < fan_in; k++) {
      double product = a[k] * b[k];
      total[0] += product;
      size[0] += product < 0 ? -product : product;
    }
    for (int j = 1; j < 8; j++) total[0] += total[j], size[0] += size[j];
    totals[i] = total[0];
    sizes[i] = size[0];
  }
}

static PyObject *py_decide(PyObject *self, PyObject *args) {
  static const description described[] = {{"totals", FLOAT32, 2, 0}, {"limits", FLOAT32, 1, 0},
                                          {"slack", FLOAT32, 1, 0},  {"sizes", FLOAT32, 1, 0},
                                          {"norms", FLOAT32, 1, 0},  {"out", BYTES, 2, 1}};
  PyObject *arrays[6];
  Py_ssize_t rule;
  views v;
  (void)self;
  if (!parse(args, "OOOOOnO", &arrays[0], &arrays[1], &arrays[2], &arrays[3], &arrays[4], &rule,
             &arrays[5]))
    return NULL;
  if (rule < ABOVE || rule > AT_MOST) {
    PyErr_Format(PyExc_ValueError, "there is no rule %zd", rule);
    return NULL;
  }
  if (look_at(&v, arrays, described, 6)) return NULL;
  Py_ssize_t size = v.view[0].shape[0], rows = v.view[0].shape[1];
  if (!has(&v, 1, 0, size) || !has(&v, 2, 0, size) || !has(&v, 3, 0, size) ||
      !has(&v, 4, 0, rows) || !has(&v, 5, 0, size) || !has(&v, 5, 1, rows))
    return refuse(&v);
  Py_BEGIN_ALLOW_THREADS
  decide(v.view[0].buf, (size_t)size, (size_t)rows, v.view[1].buf, v.view[2].buf, v.view[3].buf,
         v.view[4].buf, (int)rule, v.view[5].buf);
  Py_END_ALLOW_THREADS
  return done(&v, 0);
}

static PyObject *py_dots(PyObject *self, PyObject *args) {
  static const description described[] = {{"weights", FLOAT64, 2, 0}, {"values", FLOAT64, 2, 0},
                                          {"places", INT64, 1, 0},    {"rows", INT64, 1, 0},
                                          {"totals", FLOAT64, 1, 1},  {"sizes", FLOAT64, 1, 1}};
  PyObject *arrays[6];
  views v;
  (void)self;
  if (!parse(args, "OOOOOO", &arrays[0], &arrays[1], &arrays[2], &arrays[3], &arrays[4],
             &arrays[5]))
    return NULL;
  if (look_at(&v, arrays, described, 6)) return NULL;
  Py_ssize_t fan_in = v.view[0].shape[1], count = v.view[2].shape[0];
  if (!has(&v, 1, 1, fan_in) || !has(&v, 3, 0, count) || !has(&v, 4, 0, count) ||
      !has(&v, 5, 0, count))
    return refuse(&v);
  for (int i = 0; i < 2; i++) {
    const int64_t *places = v.view[2 + i].buf;
    for (Py_ssize_t k = 0; k < count; k++)
      if (places[k] < 0 || places[k] >= v.view[i].shape[0]) {
        PyErr_Format(PyExc_ValueError, "`%s` has a place outside of `%s`", described[2 + i].name,
                     described[i].name);
        return refuse(&v);
      }
  }
  Py_BEGIN_ALLOW_THREADS
  dots(v.view[0].buf, v.view[1].buf, (size_t)fan_in, v.view[2].buf, v.view[3].buf, (size_t)count,
       v.view[4].buf, v.view[5].buf);
  Py_END_ALLOW_THREADS
  return done(&v, 0);
}

PyMethodDef float_functions[] = {
    {"decide", py_decide, METH_VARARGS,
     "decide(totals, limits, slack, sizes, norms, rule, out)"},
    {"dots", py_dots, METH_VARARGS, "dots(weights, values, places, rows, totals, sizes)"},
    {NULL, NULL, 0, NULL}};
