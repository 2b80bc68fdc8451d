/* Products of int8 weights with bits: layers of many neurons, for many rows.

   The bits of 64 rows are laid out for products of four: byte [k / 4][row][k % 4]. Weights stay as
   they are, one neuron a row. `limit` decides: total >= limit[i]. */

#include "products.h"

#include <stdlib.h>
#include <string.h>

#include "tables.h"
#include "vectors.h"

static void lay_out_plain(const word *w, uint8_t *to) {
  for (int r = 0; r < 64; r++)
    for (int q = 0; q < 4; q++) to[4 * r + q] = w[q] >> r & 1;
}

/* Up to four neurons for 64 rows; reads 4 * k4 weights of each. */
static void block_plain(const int8_t *weights, size_t stride, size_t k4, const uint8_t *laid,
                        const int32_t *limit, word *out, size_t words, int count) {
  for (int i = 0; i < count; i++, weights += stride) {
    int32_t total[64] = {0};
    word fired = 0;
    for (size_t k = 0; k < 4 * k4; k++)
      for (int r = 0; r < 64; r++) total[r] += weights[k] * laid[k / 4 * 256 + k % 4 + 4 * r];
    for (int r = 0; r < 64; r++) fired |= (word)(total[r] >= limit[i]) << r;
    out[i * words] = fired;
  }
}

#if defined(__x86_64__)
ON512 static void lay_out_512(const word *w, uint8_t *to) {
  const __m512i one = _mm512_set1_epi8(1);
  __m512i a = _mm512_maskz_mov_epi8(w[0], one), b = _mm512_maskz_mov_epi8(w[1], one);
  __m512i c = _mm512_maskz_mov_epi8(w[2], one), d = _mm512_maskz_mov_epi8(w[3], one);
  interleave_512(a, b, c, d, to);
}

#define ZEROS(i)                                                                                  \
  __m512i t##i##0 = _mm512_setzero_si512(), t##i##1 = t##i##0, t##i##2 = t##i##0, t##i##3 = t##i##0
#define DOTS(i)                                                                                   \
  memcpy(&four, weights + i * stride + 4 * k, 4);                                                 \
  w = _mm512_set1_epi32(four);                                                                    \
  DOT(t##i##0, x0, w);                                                                            \
  DOT(t##i##1, x1, w);                                                                            \
  DOT(t##i##2, x2, w);                                                                            \
  DOT(t##i##3, x3, w)
#define REACHED(i, q) ((word)_mm512_cmpge_epi32_mask(t##i##q, w) << 16 * q)
#define FIRED(i)                                                                                  \
  if (i < count) {                                                                                \
    w = _mm512_set1_epi32(limit[i]);                                                              \
    out[i * words] = REACHED(i, 0) | REACHED(i, 1) | REACHED(i, 2) | REACHED(i, 3);               \
  }

/* As `block_plain`. Four neurons at a time, so that what is laid out is read once for all four; the
   16 vectors of sums, each of 16 rows, stay in registers. */
ON512 static void block_512(const int8_t *weights, size_t stride, size_t k4, const uint8_t *x,
                            const int32_t *limit, word *out, size_t words, int count) {
  int32_t four;
  __m512i w;
  ZEROS(0);
  ZEROS(1);
  ZEROS(2);
  ZEROS(3);
  for (size_t k = 0; k < k4; k++, x += 256) {
    __m512i x0 = _mm512_load_si512(x), x1 = _mm512_load_si512(x + 64);
    __m512i x2 = _mm512_load_si512(x + 128), x3 = _mm512_load_si512(x + 192);
    DOTS(0);
    DOTS(1);
    DOTS(2);
    DOTS(3);
  }
  FIRED(0);
  FIRED(1);
  FIRED(2);
  FIRED(3);
}

/* As `block_plain`, 16 rows at a time: there are half as many registers, of half the size. */
ON2 static void block_2(const int8_t *weights, size_t stride, size_t k4, const uint8_t *laid,
                        const int32_t *limit, word *out, size_t words, int count) {
  const __m256i ones = _mm256_set1_epi16(1);
  for (size_t r = 0; r < 64; r += 16) {
    __m256i total[4][2];
    for (int i = 0; i < 4; i++) total[i][0] = total[i][1] = _mm256_setzero_si256();
    for (size_t from = 0; from < k4; from += 64) { /* 64 sums of two fit int16 */
      __m256i part[4][2];
      size_t to = from + 64 < k4 ? from + 64 : k4;
      const uint8_t *x = laid + from * 256 + r * 4;
      for (int i = 0; i < 4; i++) part[i][0] = part[i][1] = _mm256_setzero_si256();
      for (size_t k = from; k < to; k++, x += 256) {
        __m256i x0 = _mm256_load_si256((const __m256i *)x);
        __m256i x1 = _mm256_load_si256((const __m256i *)(x + 32));
        for (int i = 0; i < 4; i++) {
          int32_t four;
          memcpy(&four, weights + i * stride + 4 * k, 4);
          __m256i w = _mm256_set1_epi32(four);
          part[i][0] = _mm256_add_epi16(part[i][0], _mm256_maddubs_epi16(x0, w));
          part[i][1] = _mm256_add_epi16(part[i][1], _mm256_maddubs_epi16(x1, w));
        }
      }
      for (int i = 0; i < 4; i++)
        for (int q = 0; q < 2; q++)
          total[i][q] = _mm256_add_epi32(total[i][q], _mm256_madd_epi16(part[i][q], ones));
    }
    for (int i = 0; i < count; i++) {
      __m256i t = _mm256_set1_epi32(limit[i]);
      uint16_t fired = 0;
      for (int q = 0; q < 2; q++) {
        __m256i below = _mm256_cmpgt_epi32(t, total[i][q]);
        fired |= (uint16_t)((~_mm256_movemask_ps((__m256)below) & 0xff) << 8 * q);
      }
      memcpy((uint8_t *)(out + i * words) + r / 8, &fired, 2);
    }
  }
}

#ifdef HAS_AMX
typedef struct {
  uint8_t palette, start, reserved[14];
  uint16_t bytes[16];
  uint8_t rows[16];
} tiles;

#ifdef NNC_EMULATED_AMX /* tiles in plain C, so that their code is tested on other processors */
#undef _tile_loadconfig
#undef _tile_release
#undef _tile_zero
#undef _tile_loadd
#undef _tile_stored
#undef _tile_dpbsud
#define _tile_loadconfig(shape) ((void)(shape))
#define _tile_release() ((void)0)
#define _tile_zero(t) memset(tile[t], 0, sizeof tile[t])
#define _tile_loadd(t, from, stride)                                                              \
  for (int i_ = 0; i_ < 16; i_++) memcpy(tile[t][i_], (const char *)(from) + i_ * (stride), 64)
#define _tile_stored(t, to, stride)                                                               \
  for (int i_ = 0; i_ < 16; i_++) memcpy((char *)(to) + i_ * (stride), tile[t][i_], 64)
#define _tile_dpbsud(t, a, b) multiply_tiles(tile[t], tile[a], tile[b])
static __thread int8_t tile[8][16][64];

static void multiply_tiles(int8_t (*sums)[64], int8_t (*a)[64], int8_t (*b)[64]) {
  for (int i = 0; i < 16; i++)
    for (int j = 0; j < 16; j++) {
      int32_t sum;
      memcpy(&sum, sums[i] + 4 * j, 4);
      for (int k = 0; k < 64; k++) sum += a[i][k] * (uint8_t)b[k / 4][4 * j + k % 4];
      memcpy(sums[i] + 4 * j, &sum, 4);
    }
}
#endif

/* 32 neurons for 64 rows, in tiles of 16 x 16 sums and 64 products each; reads 64 * k64 weights of
   each. */
ONAMX static void block_amx(const int8_t *weights, size_t stride, size_t k64, const uint8_t *laid,
                            const int32_t *limit, word *out, size_t words) {
  int32_t sums[4][16][16];
  for (size_t r = 0; r < 64; r += 32) {
    _tile_zero(0);
    _tile_zero(1);
    _tile_zero(2);
    _tile_zero(3);
    for (size_t k = 0; k < k64; k++) {
      const uint8_t *x = laid + k * 4096 + r * 4;
      _tile_loadd(4, weights + k * 64, stride);
      _tile_loadd(6, x, 256);
      _tile_loadd(7, x + 64, 256);
      _tile_dpbsud(0, 4, 6);
      _tile_loadd(5, weights + 16 * stride + k * 64, stride);
      _tile_dpbsud(1, 4, 7);
      _tile_dpbsud(2, 5, 6);
      _tile_dpbsud(3, 5, 7);
    }
    _tile_stored(0, sums[0], 64);
    _tile_stored(1, sums[1], 64);
    _tile_stored(2, sums[2], 64);
    _tile_stored(3, sums[3], 64);
    for (int i = 0; i < 32; i++) {
      __m512i t = _mm512_set1_epi32(limit[i]);
      __m512i low = _mm512_loadu_si512(sums[i / 16 * 2][i % 16]);
      __m512i high = _mm512_loadu_si512(sums[i / 16 * 2 + 1][i % 16]);
      uint32_t fired = _mm512_cmpge_epi32_mask(low, t);
      fired |= (uint32_t)_mm512_cmpge_epi32_mask(high, t) << 16;
      memcpy((uint8_t *)(out + (size_t)i * words) + r / 8, &fired, 4);
    }
  }
}

ONAMX static void start_amx(void) {
  tiles shape;
  memset(&shape, 0, sizeof shape);
  shape.palette = 1;
  for (int i = 0; i < 8; i++) shape.bytes[i] = 64, shape.rows[i] = 16;
  _tile_loadconfig(&shape);
}

ONAMX static void end_amx(void) { _tile_release(); }
#endif

/* The totals of all neurons for one row. There are two sums, as each addition waits for the last
   one to the same register. */
ON512 static void totals_512(const int8_t *w, size_t size, size_t fan_in, const uint8_t *x,
                             int32_t *out) {
  for (size_t n = 0; n < size; n++, w += fan_in) {
    __m512i a = _mm512_setzero_si512(), b = a;
    size_t k = 0;
    for (; k + 128 <= fan_in; k += 128) {
      a = _mm512_dpbusd_epi32(a, _mm512_loadu_si512(x + k), _mm512_loadu_si512(w + k));
      b = _mm512_dpbusd_epi32(b, _mm512_loadu_si512(x + k + 64), _mm512_loadu_si512(w + k + 64));
    }
    for (; k < fan_in; k += 64) {
      __mmask64 m = fan_in - k < 64 ? ((word)1 << (fan_in - k)) - 1 : ~(word)0;
      a = _mm512_dpbusd_epi32(a, _mm512_maskz_loadu_epi8(m, x + k), _mm512_maskz_loadu_epi8(m, w + k));
    }
    out[n] = _mm512_reduce_add_epi32(_mm512_add_epi32(a, b));
  }
}

ON2 static void totals_2(const int8_t *w, size_t size, size_t fan_in, const uint8_t *x,
                         int32_t *out) {
  const __m256i ones = _mm256_set1_epi16(1);
  for (size_t n = 0; n < size; n++, w += fan_in) {
    __m256i sum = _mm256_setzero_si256();
    size_t k = 0;
    for (; k + 32 <= fan_in; k += 32) {
      __m256i pairs = _mm256_maddubs_epi16(_mm256_loadu_si256((const __m256i *)(x + k)),
                                           _mm256_loadu_si256((const __m256i *)(w + k)));
      sum = _mm256_add_epi32(sum, _mm256_madd_epi16(pairs, ones));
    }
    int32_t part[8], total = 0;
    _mm256_storeu_si256((__m256i *)part, sum);
    for (int i = 0; i < 8; i++) total += part[i];
    for (; k < fan_in; k++) total += w[k] * x[k];
    out[n] = total;
  }
}
#endif

static void totals_plain(const int8_t *w, size_t size, size_t fan_in, const uint8_t *x,
                         int32_t *out) {
  for (size_t n = 0; n < size; n++, w += fan_in) {
    int32_t total = 0;
    for (size_t k = 0; k < fan_in; k++) total += w[k] * x[k];
    out[n] = total;
  }
}

void totals(int kind, const int8_t *w, size_t size, size_t fan_in, const uint8_t *x, int32_t *out) {
#if defined(__x86_64__)
  if (kind >= AVX512) totals_512(w, size, fan_in, x, out);
  else if (kind == AVX2) totals_2(w, size, fan_in, x, out);
  else
#endif
    totals_plain(w, size, fan_in, x, out);
  (void)kind;
}

static void lay_out(int kind, const word *four, uint8_t *to) {
#if defined(__x86_64__)
  if (kind >= AVX512) lay_out_512(four, to);
  else
#endif
    lay_out_plain(four, to);
  (void)kind;
}

/* `step` neurons, the first `count` of them real. */
static void block(int kind, size_t step, const int8_t *weights, size_t stride, size_t fan_in,
                  const uint8_t *laid, const int32_t *limit, word *out, size_t words, int count) {
  size_t k4 = (fan_in + 3) / 4;
#ifdef HAS_AMX
  if (step == 32) {
    block_amx(weights, stride, (fan_in + 63) / 64, laid, limit, out, words);
    return;
  }
#endif
#if defined(__x86_64__)
  if (kind >= AVX512) block_512(weights, stride, k4, laid, limit, out, words, count);
  else if (kind == AVX2) block_2(weights, stride, k4, laid, limit, out, words, count);
  else
#endif
    block_plain(weights, stride, k4, laid, limit, out, words, count);
  (void)kind, (void)step;
}

/* The neurons of a layer, with weights of at most `largest`, for the words from `first` to before
   `last`. A block reads some weights past the end of each row, which meet zeros; where that would be
   past the end of all, its rows are copied. */
static int dense(int kind, const int8_t *weights, size_t size, size_t fan_in, int largest,
                 const word *bits, size_t words, const int32_t *limits, int turned, word *out,
                 size_t first, size_t last) {
#if defined(__x86_64__)
  if (fit_tables(kind, fan_in, largest))
    return dense_by_tables(kind, weights, size, fan_in, largest, bits, words, limits, turned, out,
                           first, last);
#endif
  (void)largest;
  size_t padded = (fan_in + 63) / 64 * 64, chunk = padded > 2048 ? 2 : 4;
  uint8_t *laid = allocate(padded, chunk * 64);
  int8_t *ending = allocate(padded, 32);
  if (!laid || !ending) {
    free(laid);
    free(ending);
    return -1;
  }
#ifdef HAS_AMX
  if (kind == AMX) start_amx();
#endif
  for (size_t w = first; w < last; w += chunk) {
    size_t count = last - w < chunk ? last - w : chunk;
    for (size_t k = 0; k < padded; k += 4)
      for (size_t v = 0; v < count; v++) {
        word four[4];
        for (size_t q = 0; q < 4; q++) four[q] = k + q < fan_in ? bits[(k + q) * words + w + v] : 0;
        lay_out(kind, four, laid + (v * padded + k) * 64);
      }
    for (size_t n = 0; n < size;) {
      size_t step = kind == AMX && size - n >= 32 ? 32 : 4;
      size_t here = size - n < step ? size - n : step;
      size_t read = step == 32 ? padded : (fan_in + 3) / 4 * 4;
      const int8_t *from = weights + n * fan_in;
      size_t stride = fan_in;
      int32_t limit[32] = {0};
      if ((n + step - 1) * fan_in + read > size * fan_in) {
        memset(ending, 0, step * padded);
        for (size_t i = 0; i < here; i++) memcpy(ending + i * padded, from + i * fan_in, fan_in);
        from = ending;
        stride = padded;
      }
      memcpy(limit, limits + n, here * sizeof *limit);
      word *to = out + n * words + w;
      for (size_t v = 0; v < count; v++)
        block(kind, step, from, stride, fan_in, laid + v * padded * 64, limit, to + v, words,
              (int)here);
      if (turned)
        for (size_t i = 0; i < here; i++)
          for (size_t v = 0; v < count; v++) to[i * words + v] = ~to[i * words + v];
      n += here;
    }
  }
#ifdef HAS_AMX
  if (kind == AMX) end_amx();
#endif
  free(laid);
  free(ending);
  return 0;
}

static PyObject *py_dense(PyObject *self, PyObject *args) {
  static const description described[] = {{"weights", INT8, 2, 0},
                                          {"bits", UINT64, 2, 0},
                                          {"limits", INT32, 1, 0},
                                          {"outputs", UINT64, 2, 1}};
  PyObject *arrays[4];
  Py_ssize_t kind, largest, first, last;
  int turned, failed;
  views v;
  (void)self;
  if (!parse(args, "nOnOOOpnn", &kind, &arrays[0], &largest, &arrays[1], &arrays[2], &arrays[3],
             &turned, &first, &last))
    return NULL;
  if (largest < 0 || largest > 128) {
    PyErr_Format(PyExc_ValueError, "the largest weight is %zd; expected 0 to 128", largest);
    return NULL;
  }
  if (!is_kind(kind) || look_at(&v, arrays, described, 4)) return NULL;
  Py_ssize_t size = v.view[0].shape[0], fan_in = v.view[0].shape[1], words = v.view[1].shape[1];
  if (!is_fan_in(fan_in) || !has(&v, 1, 0, fan_in) || !has(&v, 2, 0, size) ||
      !has(&v, 3, 0, size) || !has(&v, 3, 1, words) || !is_range(first, last, words))
    return refuse(&v);
  Py_BEGIN_ALLOW_THREADS
  failed = dense((int)kind, v.view[0].buf, (size_t)size, (size_t)fan_in, (int)largest,
                 v.view[1].buf, (size_t)words, v.view[2].buf, turned, v.view[3].buf, (size_t)first,
                 (size_t)last);
  Py_END_ALLOW_THREADS
  return done(&v, failed);
}

PyMethodDef product_functions[] = {
    {"dense", py_dense, METH_VARARGS,
     "dense(kind, weights, largest, bits, limits, outputs, turned, first, last)"},
    {NULL, NULL, 0, NULL}};
