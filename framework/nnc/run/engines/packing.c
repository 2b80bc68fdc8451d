/* Rows as bytes, rows packed, and their ones. */

#include "packing.h"

#include <string.h>

#include "processor.h"
#include "words.h"

enum { TOGETHER = 8 }; /* words of a column that are read or written together: a line of the cache */
enum { CHUNKS = 4 };   /* of columns, that are unpacked before the next 64 rows */

/* Loads before stay before: a processor fetches ahead what is read in order, a compiler mixes it up,
   and then a million rows of 64 bytes take 7 ms instead of 4. */
#define IN_ORDER __asm__ volatile("" ::: "memory")

#define TARGET
#define BYTES 16
#define NAME(x) plain_##x
#if defined(__clang__) || __GNUC__ >= 12
#define LOW(a, b)                                                                                 \
  __builtin_shufflevector(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23)
#define HIGH(a, b)                                                                                \
  __builtin_shufflevector(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31)
#else
#define LOW(a, b)                                                                                 \
  __builtin_shuffle(a, b, (vec){0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23})
#define HIGH(a, b)                                                                                \
  __builtin_shuffle(a, b, (vec){8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31})
#endif
#include "packing_vectors.h"

#if defined(__x86_64__)
#define TARGET __attribute__((target("avx2")))
#define BYTES 32
#define NAME(x) avx2_##x
#define LOW(a, b) ((vec)_mm256_unpacklo_epi8((__m256i)(a), (__m256i)(b)))
#define HIGH(a, b) ((vec)_mm256_unpackhi_epi8((__m256i)(a), (__m256i)(b)))
#include "packing_vectors.h"

#define TARGET __attribute__((target("avx512f,avx512vl,avx512dq,avx512bw")))
#define BYTES 64
#define NAME(x) avx512_##x
#define LOW(a, b) ((vec)_mm512_unpacklo_epi8((__m512i)(a), (__m512i)(b)))
#define HIGH(a, b) ((vec)_mm512_unpackhi_epi8((__m512i)(a), (__m512i)(b)))
#include "packing_vectors.h"
#endif

static void pack(int kind, const uint8_t *x, size_t rows, size_t width, word *out, size_t words,
                 size_t first, size_t last) {
#if defined(__x86_64__)
  if (kind >= AVX512) avx512_pack(x, rows, width, out, words, first, last);
  else if (kind == AVX2) avx2_pack(x, rows, width, out, words, first, last);
  else
#endif
    plain_pack(x, rows, width, out, words, first, last);
  (void)kind;
}

static void unpack(int kind, const word *in, size_t words, size_t rows, size_t width, uint8_t *x,
                   size_t first, size_t last) {
#if defined(__x86_64__)
  if (kind >= AVX512) avx512_unpack(in, words, rows, width, x, first, last);
  else if (kind == AVX2) avx2_unpack(in, words, rows, width, x, first, last);
  else
#endif
    plain_unpack(in, words, rows, width, x, first, last);
  (void)kind;
}

/* The ones of each line. What is counted is a plain loop, which compilers know; a short one would
   take twice as long wherever it comes to lie across a line of the cache. */
#define ONES                                                                                      \
  for (size_t i = 0; i < height; i++, in += words) {                                              \
    int64_t ones = 0;                                                                             \
    _Pragma("GCC unroll 4") for (size_t w = 0; w < words; w++)                                    \
      ones += __builtin_popcountll(in[w]);                                                        \
    out[i] = ones;                                                                                \
  }

static void ones_plain(const word *in, size_t height, size_t words, int64_t *out) { ONES }

#if defined(__x86_64__)
__attribute__((target("popcnt"))) static void ones_64(const word *in, size_t height, size_t words,
                                                      int64_t *out) {
  ONES
}

__attribute__((target("avx512f,avx512vpopcntdq"))) static void ones_512(const word *in,
                                                                       size_t height, size_t words,
                                                                       int64_t *out) {
  for (size_t i = 0; i < height; i++, in += words) {
    __m512i a = _mm512_setzero_si512(), b = a;
    size_t w = 0;
    for (; w + 16 <= words; w += 16) {
      a = _mm512_add_epi64(a, _mm512_popcnt_epi64(_mm512_loadu_si512(in + w)));
      b = _mm512_add_epi64(b, _mm512_popcnt_epi64(_mm512_loadu_si512(in + w + 8)));
    }
    int64_t ones = _mm512_reduce_add_epi64(_mm512_add_epi64(a, b));
    for (; w < words; w++) ones += __builtin_popcountll(in[w]);
    out[i] = ones;
  }
}
#endif

static void ones_of(int kind, const word *in, size_t height, size_t words, int64_t *out) {
#if defined(__x86_64__)
  if (kind >= AVX512 && __builtin_cpu_supports("avx512vpopcntdq"))
    ones_512(in, height, words, out);
  else if (kind >= AVX2) ones_64(in, height, words, out);
  else
#endif
    ones_plain(in, height, words, out);
  (void)kind;
}

/* rows x width bytes, and width x words; a line may have more words than rows need */
static PyObject *convert(PyObject *args, int packs) {
  const description described[] = {{"rows", BYTES, 2, !packs}, {"words", UINT64, 2, packs}};
  PyObject *arrays[2];
  Py_ssize_t kind, first, last;
  views v;
  if (!parse(args, "nOOnn", &kind, &arrays[0], &arrays[1], &first, &last)) return NULL;
  if (!is_kind(kind) || look_at(&v, arrays, described, 2)) return NULL;
  Py_ssize_t rows = v.view[0].shape[0], width = v.view[0].shape[1];
  Py_ssize_t least = rows / 64 + (rows % 64 > 0), words = v.view[1].shape[1];
  if (!has(&v, 1, 0, width) || (words < least && !has(&v, 1, 1, least)) ||
      !is_range(first, last, least))
    return refuse(&v);
  Py_BEGIN_ALLOW_THREADS
  if (packs)
    pack((int)kind, v.view[0].buf, (size_t)rows, (size_t)width, v.view[1].buf, (size_t)words,
         (size_t)first, (size_t)last);
  else
    unpack((int)kind, v.view[1].buf, (size_t)words, (size_t)rows, (size_t)width, v.view[0].buf,
           (size_t)first, (size_t)last);
  Py_END_ALLOW_THREADS
  return done(&v, 0);
}

static PyObject *py_pack(PyObject *self, PyObject *args) {
  (void)self;
  return convert(args, 1);
}

static PyObject *py_unpack(PyObject *self, PyObject *args) {
  (void)self;
  return convert(args, 0);
}

/* The ones of rows by their places, as words. All places are looked at before one is written. */
static PyObject *py_scatter(PyObject *self, PyObject *args) {
  static const description described[] = {
      {"starts", INT64, 1, 0}, {"places", INT32, 1, 0}, {"words", UINT64, 2, 1}};
  PyObject *arrays[3];
  Py_ssize_t first, last;
  views v;
  (void)self;
  if (!parse(args, "OOOnn", &arrays[0], &arrays[1], &arrays[2], &first, &last) ||
      look_at(&v, arrays, described, 3))
    return NULL;
  Py_ssize_t rows = v.view[0].shape[0] - 1, count = v.view[1].shape[0];
  Py_ssize_t width = v.view[2].shape[0], words = v.view[2].shape[1];
  if (rows < 0 ? !has(&v, 0, 0, 1) : !is_range(first, last, rows / 64 + (rows % 64 > 0)))
    return refuse(&v);
  if (last > words && !has(&v, 2, 1, last)) return refuse(&v);
  const int64_t *starts = v.view[0].buf;
  const uint32_t *places = v.view[1].buf; /* so those below 0 are too large */
  word *out = v.view[2].buf;
  Py_ssize_t begin = first * 64, end = rows < last * 64 ? rows : last * 64;
  int are_right = 1;
  Py_BEGIN_ALLOW_THREADS
  for (Py_ssize_t row = begin; row < end; row++) are_right &= starts[row] <= starts[row + 1];
  are_right &= begin >= end || (starts[begin] >= 0 && starts[end] <= count);
  if (are_right && begin < end)
    for (int64_t i = starts[begin]; i < starts[end]; i++) are_right &= places[i] < (size_t)width;
  if (are_right) {
    for (Py_ssize_t line = 0; line < width && first < last; line++)
      memset(out + line * words + first, 0, (size_t)(last - first) * sizeof *out);
    for (Py_ssize_t row = begin; row < end; row++)
      for (int64_t i = starts[row]; i < starts[row + 1]; i++)
        out[(Py_ssize_t)places[i] * words + row / 64] |= (word)1 << row % 64;
  }
  Py_END_ALLOW_THREADS
  if (!are_right) {
    PyErr_Format(PyExc_ValueError, "`starts` fall, or a place is not among %zd lines", width);
    return refuse(&v);
  }
  return done(&v, 0);
}

static PyObject *py_ones(PyObject *self, PyObject *args) {
  static const description described[] = {{"words", UINT64, 2, 0}, {"counts", INT64, 1, 1}};
  PyObject *arrays[2];
  Py_ssize_t kind;
  views v;
  (void)self;
  if (!parse(args, "nOO", &kind, &arrays[0], &arrays[1])) return NULL;
  if (!is_kind(kind) || look_at(&v, arrays, described, 2)) return NULL;
  Py_ssize_t height = v.view[0].shape[0], words = v.view[0].shape[1];
  if (!has(&v, 1, 0, height)) return refuse(&v);
  Py_BEGIN_ALLOW_THREADS
  ones_of((int)kind, v.view[0].buf, (size_t)height, (size_t)words, v.view[1].buf);
  Py_END_ALLOW_THREADS
  return done(&v, 0);
}

PyMethodDef packing_functions[] = {
    {"pack", py_pack, METH_VARARGS, "pack(kind, rows, words, first, last)"},
    {"unpack", py_unpack, METH_VARARGS, "unpack(kind, rows, words, first, last)"},
    {"scatter", py_scatter, METH_VARARGS, "scatter(starts, places, words, first, last)"},
    {"ones", py_ones, METH_VARARGS, "ones(kind, words, counts)"},
    {NULL, NULL, 0, NULL}};
