/* Layers for a few rows: weights by planes of their bits, or as they are.

   The weights of 512 neurons from one source, each and half of 2**planes more, so that none is below
   0, as planes of bits: word [source][block][plane][8]. Only sources that are 1 are read. */

#include "planes.h"

#include <stdlib.h>
#include <string.h>

#include "neurons.h"
#include "products.h"

/* The lowest bits of some bytes as one word. The product of eight bytes of 0 or 1 has each of them
   once in its top byte, at the place of its own, and no two in one place: nothing carries. */
static word gather(const uint8_t *x, size_t count) {
  word bits = 0;
  size_t i = 0;
  for (; i + 8 <= count; i += 8) {
    word eight;
    memcpy(&eight, x + i, 8);
    bits |= (eight * 0x0102040810204080 >> 56) << i;
  }
  for (; i < count; i++) bits |= (word)x[i] << i;
  return bits;
}

static void split(const int8_t *w, size_t size, size_t fan_in, size_t blocks, size_t planes,
                  word *out) {
  memset(out, 0, fan_in * blocks * planes * 8 * sizeof *out);
  for (size_t n = 0; n < size; n += 64)
    for (size_t k = 0; k < fan_in; k += 64) {
      uint8_t turned[64][64] = {{0}}, bits[64]; /* 64 neurons of 64 sources */
      size_t rows = size - n < 64 ? size - n : 64, columns = fan_in - k < 64 ? fan_in - k : 64;
      for (size_t r = 0; r < rows; r++)
        for (size_t c = 0; c < columns; c++)
          turned[c][r] = (uint8_t)(w[(n + r) * fan_in + k + c] + (1 << (planes - 1)));
      for (size_t c = 0; c < columns; c++)
        for (size_t p = 0; p < planes; p++) {
          for (int r = 0; r < 64; r++) bits[r] = turned[c][r] >> p & 1;
          out[(((k + c) * blocks + n / 512) * planes + p) * 8 + n % 512 / 64] = gather(bits, rows);
        }
    }
}

/* Evaluate a layer for the first rows of one word: by planes, or, where there are none, by its
   weights as they are. */
static int few(int kind, const void *weights, size_t size, size_t fan_in, int planes,
               const word *bits, const int32_t *limits, int turned, int rows, word *out) {
  int32_t *x = allocate(fan_in, sizeof *x), *sums = allocate((size + 511) / 512 * 512, sizeof *sums);
  if (!x || !sums) {
    free(x);
    free(sums);
    return -1;
  }
  memset(out, 0, size * sizeof *out);
  for (int r = 0; r < rows; r++) {
    if (planes) {
      int active = 0;
      for (size_t k = 0; k < fan_in; k++) {
        x[active] = (int32_t)k;
        active += bits[k] >> r & 1;
      }
      add_sources(kind, weights, size, planes, x, active, sums);
    } else {
      for (size_t k = 0; k < fan_in; k++) ((uint8_t *)x)[k] = bits[k] >> r & 1;
      totals(kind, weights, size, fan_in, (uint8_t *)x, sums);
    }
    for (size_t n = 0; n < size; n++) out[n] |= (word)((sums[n] >= limits[n]) ^ turned) << r;
  }
  free(x);
  free(sums);
  return 0;
}

int are_planes(const views *v, int array, Py_ssize_t size, Py_ssize_t fan_in) {
  Py_ssize_t planes = v->view[array].shape[2];
  if (!has(v, array, 0, fan_in) || !has(v, array, 1, size / 512 + (size % 512 > 0)) ||
      !has(v, array, 3, 8))
    return 0;
  if (planes >= 1 && planes <= 8) return 1;
  PyErr_Format(PyExc_ValueError, "there are %zd planes; expected 1 to 8", planes);
  return 0;
}

static PyObject *py_split(PyObject *self, PyObject *args) {
  static const description described[] = {{"weights", INT8, 2, 0}, {"planes", UINT64, 4, 1}};
  PyObject *arrays[2];
  views v;
  (void)self;
  if (!parse(args, "OO", &arrays[0], &arrays[1])) return NULL;
  if (look_at(&v, arrays, described, 2)) return NULL;
  Py_ssize_t size = v.view[0].shape[0], fan_in = v.view[0].shape[1];
  if (!is_fan_in(fan_in) || !are_planes(&v, 1, size, fan_in)) return refuse(&v);
  Py_BEGIN_ALLOW_THREADS
  split(v.view[0].buf, (size_t)size, (size_t)fan_in, (size_t)v.view[1].shape[1],
        (size_t)v.view[1].shape[2], v.view[1].buf);
  Py_END_ALLOW_THREADS
  return done(&v, 0);
}

static PyObject *py_few(PyObject *self, PyObject *args) {
  static const description by_weights[] = {{"weights", INT8, 2, 0},
                                           {"bits", UINT64, 2, 0},
                                           {"limits", INT32, 1, 0},
                                           {"out", UINT64, 2, 1}};
  static const description by_planes[] = {{"planes", UINT64, 4, 0},
                                          {"bits", UINT64, 2, 0},
                                          {"limits", INT32, 1, 0},
                                          {"out", UINT64, 2, 1}};
  PyObject *arrays[4];
  Py_ssize_t kind, rows;
  int is_split, turned, failed;
  views v;
  (void)self;
  if (!parse(args, "nOpOOOpn", &kind, &arrays[0], &is_split, &arrays[1], &arrays[2], &arrays[3],
             &turned, &rows))
    return NULL;
  if (!is_kind(kind) || look_at(&v, arrays, is_split ? by_planes : by_weights, 4)) return NULL;
  if (rows < 0 || rows > 64) {
    PyErr_Format(PyExc_ValueError, "there are %zd rows; expected 0 to 64", rows);
    return refuse(&v);
  }
  Py_ssize_t size = v.view[is_split ? 2 : 0].shape[0], fan_in = v.view[1].shape[0];
  if (!is_fan_in(fan_in) ||
      !(is_split ? are_planes(&v, 0, size, fan_in) : has(&v, 0, 1, fan_in)) ||
      !has(&v, 1, 1, 1) || !has(&v, 2, 0, size) || !has(&v, 3, 0, size) || !has(&v, 3, 1, 1))
    return refuse(&v);
  int planes = is_split ? (int)v.view[0].shape[2] : 0;
  Py_BEGIN_ALLOW_THREADS
  failed = few((int)kind, v.view[0].buf, (size_t)size, (size_t)fan_in, planes, v.view[1].buf,
               v.view[2].buf, turned, (int)rows, v.view[3].buf);
  Py_END_ALLOW_THREADS
  return done(&v, failed);
}

PyMethodDef plane_functions[] = {
    {"split", py_split, METH_VARARGS, "split(weights, planes)"},
    {"few", py_few, METH_VARARGS,
     "few(kind, weights or planes, is_split, bits, limits, out, turned, rows)"},
    {NULL, NULL, 0, NULL}};
