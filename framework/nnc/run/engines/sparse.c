/* Weighted sums of sparse rows, exact where they fit int64.

   The ones of row i are places[starts[i]:starts[i + 1]], rising, of int32 or int64: compressed rows,
   as other libraries keep them. Anybody may have written these arrays, so some rows are checked and,
   while they lie in the first cache, added up: memory is read once. What follows is fetched into
   the second meanwhile. */

#include "sparse.h"

#include <string.h>

#include "vectors.h"

enum { SPARSE_ROWS = 8, SPARSE_AHEAD = 8192 }; /* at a time, and bytes */

typedef struct {
  const void *starts, *places;
  const uint8_t *ones; /* what is stored at each place, `size` bytes; `one` is what it has to be */
  word one;
  const word *weights;
  size_t count, width, size;
  int64_t limit;
  int turned;
  uint8_t *out;
} sparse;

#define INLINE static inline __attribute__((always_inline))
/* Count how often a place is beyond the one before; in a type as large, which vectors like. */
#define RISES(type)                                                                               \
  do {                                                                                            \
    const type *p = s->places;                                                                    \
    type sum = 0;                                                                                 \
    for (size_t i = begin + 1; i < end; i++) sum += p[i] > p[i - 1];                              \
    rises = (word)sum;                                                                            \
  } while (0)

/* A number below 0 is too large. */
INLINE word sparse_at(const void *array, size_t i, int is_wide) {
  return is_wide ? ((const word *)array)[i] : ((const uint32_t *)array)[i];
}

/* Whether the rows are ones, each place once and in range: where all rise, the first and the last
   say the range. */
INLINE int sparse_check(const sparse *s, size_t first, size_t last, int is_wide) {
  word begin = sparse_at(s->starts, first, is_wide), end = begin, rises, may_fall = 0;
  if (begin > s->count) return 0;
  for (size_t row = first; row < last; row++) {
    word start = end;
    end = sparse_at(s->starts, row + 1, is_wide);
    if (end < start || end > s->count) return 0;
    if (end == start) continue;
    word least = sparse_at(s->places, start, is_wide);
    if (least >= s->width || sparse_at(s->places, end - 1, is_wide) >= s->width) return 0;
    may_fall += start > begin && least <= sparse_at(s->places, start - 1, is_wide);
  }
  if (begin == end) return 1;
  const uint8_t *places = s->places, *ones = s->ones + begin * s->size;
  size_t each = is_wide ? 8 : 4, length = (end - begin) * s->size, i = 0;
  if (is_wide) RISES(int64_t);
  else RISES(int32_t);
  for (size_t k = begin * each; k < end * each; k += 64)
    __builtin_prefetch(places + k + SPARSE_AHEAD, 0, 2);
  for (size_t k = 0; k < length; k += 64)
    __builtin_prefetch(ones + k + SPARSE_AHEAD / each * s->size, 0, 2);
  word differ = 0, some;
  for (; i + 8 <= length; i += 8) {
    memcpy(&some, ones + i, 8);
    differ |= some ^ s->one;
  }
  return rises + may_fall == end - begin - 1 && !differ && !memcmp(ones + i, &s->one, length - i);
}

/* The sum of a row. The last four are added by what is left of them: rows differ in length, and a
   loop whose end is not foreseen costs as much as ten places. Nothing here gains by vectors, which
   compilers would make of it. */
INLINE word sparse_sum(const sparse *s, word i, word stop, int is_wide) {
#define WEIGHT(j) s->weights[sparse_at(s->places, j, is_wide)]
  word a = 0, b = 0;
  if (stop - i < 4) {
    for (; i < stop; i++) {
      a += WEIGHT(i);
      __asm__("" : "+r"(a));
    }
    return a;
  }
  for (; i + 4 < stop; i += 4) {
    a += WEIGHT(i), b += WEIGHT(i + 1), a += WEIGHT(i + 2), b += WEIGHT(i + 3);
    __asm__("" : "+r"(a), "+r"(b));
  }
  word left = stop - i;
  a += (WEIGHT(stop - 4) & -(word)(left == 4)) + (WEIGHT(stop - 3) & -(word)(left >= 3));
  b += (WEIGHT(stop - 2) & -(word)(left >= 2)) + WEIGHT(stop - 1);
  return a + b;
}

/* Write which sums reach the limit, or are below it where it is turned; 0 where rows are not right. */
INLINE int sparse_rows(const sparse *s, size_t first, size_t last, int is_wide) {
  sparse own = *s; /* nothing that is written lies in it */
  for (size_t to; first < last; first = to) {
    to = last - first < SPARSE_ROWS ? last : first + SPARSE_ROWS;
    if (!sparse_check(&own, first, to, is_wide)) return 0;
    word start = sparse_at(own.starts, first, is_wide);
    for (size_t row = first; row < to; row++) {
      word stop = sparse_at(own.starts, row + 1, is_wide);
      own.out[row] = ((int64_t)sparse_sum(&own, start, stop, is_wide) >= own.limit) != own.turned;
      start = stop;
    }
  }
  return 1;
}

static int sparse_plain(const sparse *s, size_t first, size_t last, int is_wide) {
  return is_wide ? sparse_rows(s, first, last, 1) : sparse_rows(s, first, last, 0);
}

#if defined(__x86_64__)
ON2 static int sparse_2(const sparse *s, size_t first, size_t last, int is_wide) {
  return is_wide ? sparse_rows(s, first, last, 1) : sparse_rows(s, first, last, 0);
}
#else
#define sparse_2 sparse_plain
#endif

static PyObject *py_sparse(PyObject *self, PyObject *args) {
  static const description narrow[] = {{"starts", INT32, 1, 0},  {"places", INT32, 1, 0},
                                       {"ones", BYTES, 2, 0},    {"one", UINT64, 1, 0},
                                       {"weights", INT64, 1, 0}, {"out", BYTES, 1, 1}};
  static const description wide[] = {{"starts", INT64, 1, 0},  {"places", INT64, 1, 0},
                                     {"ones", BYTES, 2, 0},    {"one", UINT64, 1, 0},
                                     {"weights", INT64, 1, 0}, {"out", BYTES, 1, 1}};
  PyObject *arrays[6];
  Py_ssize_t kind, limit, first, last;
  int is_wide, turned, are_right;
  views v;
  (void)self;
  if (!parse(args, "npOOOOOnpOnn", &kind, &is_wide, &arrays[0], &arrays[1], &arrays[2], &arrays[3],
             &arrays[4], &limit, &turned, &arrays[5], &first, &last))
    return NULL;
  if (!is_kind(kind) || look_at(&v, arrays, is_wide ? wide : narrow, 6)) return NULL;
  Py_ssize_t count = v.view[1].shape[0], size = v.view[2].shape[1], rows = v.view[5].shape[0];
  if (!has(&v, 0, 0, rows + 1) || !has(&v, 2, 0, count) || !has(&v, 3, 0, 1) ||
      !is_range(first, last, rows / 64 + (rows % 64 > 0)))
    return refuse(&v);
  if (size != 1 && size != 2 && size != 4 && size != 8) {
    PyErr_Format(PyExc_ValueError, "`ones` has %zd bytes each; expected 1, 2, 4 or 8", size);
    return refuse(&v);
  }
  if (!is_wide && count > INT32_MAX) count = INT32_MAX;
  sparse s = {v.view[0].buf,  v.view[1].buf, v.view[2].buf, *(const word *)v.view[3].buf,
              v.view[4].buf,  (size_t)count, (size_t)v.view[4].shape[0], (size_t)size,
              (int64_t)limit, turned,        v.view[5].buf};
  size_t begin = (size_t)first * 64, end = (size_t)(rows < last * 64 ? rows : last * 64);
  Py_BEGIN_ALLOW_THREADS
  are_right = (kind >= AVX2 ? sparse_2 : sparse_plain)(&s, begin, end, is_wide);
  Py_END_ALLOW_THREADS
  release(&v);
  return PyBool_FromLong(are_right);
}

PyMethodDef sparse_functions[] = {
    {"sparse", py_sparse, METH_VARARGS,
     "sparse(kind, is_wide, starts, places, ones, one, weights, limit, turned, out, first, last) -> "
     "whether the rows are sorted ones"},
    {NULL, NULL, 0, NULL}};
