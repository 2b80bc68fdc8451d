/* Weighted sums of packed bits, exact for weights of any length.

   A sum is a stack of planes: the bits of its binary digits, 64 rows a word. A bit of weight w is
   added to the plane of each digit of w; of two bits that wait at a plane a third makes a sum, which
   stays, and a carry, which goes to the next (carry-save adders: Wallace 1964, A suggestion for a
   fast multiplier). The planes are then turned into one integer a row. A source -1 - i is the
   opposite of line i. */

#include "tallies.h"

#include <stdlib.h>
#include <string.h>

#include "words.h"

enum { TALLY_WORDS = 8 };

/* Add the bits x of weight 2**j; carries beyond the last plane are 0, as no sum is so large. */
static inline void tally_add(word *planes, word *waits, uint8_t *waiting, size_t height, size_t j,
                             const word *x) {
  word bits[TALLY_WORDS];
  memcpy(bits, x, sizeof bits);
  for (; j < height; j++) {
    word *plane = planes + j * TALLY_WORDS, *wait = waits + j * TALLY_WORDS;
    if (!waiting[j]) {
      memcpy(wait, bits, sizeof bits);
      waiting[j] = 1;
      return;
    }
    waiting[j] = 0;
    for (int t = 0; t < TALLY_WORDS; t++) {
      word p = plane[t], w = wait[t], b = bits[t], differ = w ^ b;
      plane[t] = p ^ differ;
      bits[t] = (w & b) | (p & differ);
    }
  }
}

/* Transpose 64 words of 64 bits (Warren 2012, Hacker's Delight, 2nd ed., section 7-3). */
static void tally_turn(word *a) {
  word mask = 0x00000000ffffffff;
  for (int j = 32; j; j >>= 1, mask ^= mask << j)
    for (int k = 0; k < 64; k = (k + j + 1) & ~j) {
      word moved = ((a[k] >> j) ^ a[k + j]) & mask;
      a[k] ^= moved << j;
      a[k + j] ^= moved;
    }
}

typedef struct {
  const word *bank, *weights;
  const int32_t *sources;
  const int64_t *starts;
  word *out;
  size_t words, limbs, sums;
} tally;

/* Add up all sums for some words of rows; -1 where there is no memory. */
static int tally_all(const tally *s, size_t first, size_t last) {
  size_t height = s->limbs * 64;
  word *planes = allocate(2 * height * TALLY_WORDS, sizeof *planes);
  uint8_t *waiting = allocate(height, 1);
  if (!planes || !waiting) {
    free(planes), free(waiting);
    return -1;
  }
  word *waits = planes + height * TALLY_WORDS;
  for (size_t at = first; at < last; at += TALLY_WORDS) {
    size_t width = last - at < TALLY_WORDS ? last - at : TALLY_WORDS;
    for (size_t k = 0; k < s->sums; k++) {
      memset(planes, 0, height * TALLY_WORDS * sizeof *planes);
      memset(waiting, 0, height);
      for (int64_t i = s->starts[k]; i < s->starts[k + 1]; i++) {
        word bits[TALLY_WORDS] = {0};
        int32_t source = s->sources[i], line = source < 0 ? -1 - source : source;
        memcpy(bits, s->bank + (size_t)line * s->words + at, width * sizeof *bits);
        if (source < 0)
          for (int t = 0; t < TALLY_WORDS; t++) bits[t] = ~bits[t];
        for (size_t limb = 0; limb < s->limbs; limb++)
          for (word w = s->weights[(size_t)i * s->limbs + limb]; w; w &= w - 1)
            tally_add(planes, waits, waiting, height, limb * 64 + (size_t)__builtin_ctzll(w), bits);
      }
      static const word none[TALLY_WORDS];
      for (size_t j = 0; j < height; j++) /* nothing is left to wait */
        if (waiting[j]) tally_add(planes, waits, waiting, height, j, none);
      for (size_t limb = 0; limb < s->limbs; limb++)
        for (size_t t = 0; t < width; t++) {
          word *rows = s->out + ((k * s->limbs + limb) * s->words + at + t) * 64;
          for (int j = 0; j < 64; j++) rows[j] = planes[(limb * 64 + (size_t)j) * TALLY_WORDS + t];
          tally_turn(rows);
        }
    }
  }
  free(planes), free(waiting);
  return 0;
}

static PyObject *py_tally(PyObject *self, PyObject *args) {
  static const description described[] = {{"bank", UINT64, 2, 0},    {"sources", INT32, 1, 0},
                                          {"weights", UINT64, 2, 0}, {"starts", INT64, 1, 0},
                                          {"out", UINT64, 3, 1}};
  PyObject *arrays[5];
  Py_ssize_t first, last;
  int failed;
  views v;
  (void)self;
  if (!parse(args, "OOOOOnn", &arrays[0], &arrays[1], &arrays[2], &arrays[3], &arrays[4], &first,
             &last))
    return NULL;
  if (look_at(&v, arrays, described, 5)) return NULL;
  Py_ssize_t height = v.view[0].shape[0], words = v.view[0].shape[1];
  Py_ssize_t count = v.view[1].shape[0], sums = v.view[4].shape[0], limbs = v.view[4].shape[1];
  if (!has(&v, 2, 0, count) || !has(&v, 2, 1, limbs) || !has(&v, 3, 0, sums + 1) ||
      !has(&v, 4, 2, words * 64) || !is_range(first, last, words))
    return refuse(&v);
  const int32_t *sources = v.view[1].buf;
  const int64_t *starts = v.view[3].buf;
  for (Py_ssize_t i = 0; i < count; i++)
    if (sources[i] < -height || sources[i] >= height) {
      PyErr_SetString(PyExc_ValueError, "`sources` has a place outside of `bank`");
      return refuse(&v);
    }
  for (Py_ssize_t k = 0; k <= sums; k++)
    if (starts[k] < (k ? starts[k - 1] : 0) || starts[k] > count) {
      PyErr_SetString(PyExc_ValueError, "`starts` goes back, or past the end of `sources`");
      return refuse(&v);
    }
  tally s = {v.view[0].buf,        v.view[2].buf,  v.view[1].buf, v.view[3].buf, v.view[4].buf,
             (size_t)words, (size_t)limbs, (size_t)sums};
  Py_BEGIN_ALLOW_THREADS
  failed = tally_all(&s, (size_t)first, (size_t)last);
  Py_END_ALLOW_THREADS
  return done(&v, failed);
}

PyMethodDef tally_functions[] = {
    {"tally", py_tally, METH_VARARGS,
     "tally(bank, sources, weights, starts, out, first, last)"},
    {NULL, NULL, 0, NULL}};
