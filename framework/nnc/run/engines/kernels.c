/* The native engine: neurons on packed rows, and products of int8 weights with bits.

   Packed rows have 64 rows a word, the first the lowest bit. All functions let the GIL go; the
   caller splits the words among threads, and changes no array before they are done. Whatever comes
   from Python is checked first: a program once, for all its runs, and the arrays of each call. */

#define PY_SSIZE_T_CLEAN
#define Py_LIMITED_API 0x030B0000
#include <Python.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#if !defined(__GNUC__)
#error "these kernels need GCC or Clang; without them nnc calculates in NumPy"
#endif
#if defined(__x86_64__)
#include <immintrin.h>
#if defined(__linux__)
#include <sys/syscall.h>
#include <unistd.h>
#endif
#endif

#include "machine.h"

enum { PLAIN_CODE, AVX2, AVX512, AMX };
enum { WIDTH = 32 };
enum { MOST_FAN_IN = 1 << 20 }; /* of a product: totals stay far from the ends of int32 */

/* All memory comes from here, so that a test can have any one allocation fail: the `failing`th from
   now on, none where it is 0. This costs a comparison, and needs no build of its own. */
static Py_ssize_t failing;

void *allocate(size_t count, size_t size) {
  if (failing && !--failing) return NULL;
  if (count > (PY_SSIZE_T_MAX - 64) / size) return NULL;
  return aligned_alloc(64, (count * size + 64) / 64 * 64);
}

/* The threshold functions of up to four bits, the weightier first (27 of them); the same numbers
   stand in FUNCTIONS of program.py. */
#define FUNCTIONS(F)                                                                              \
  F(0, (vec){0}) F(1, a & b & c & d) F(2, a & b & c) F(3, a & b & (c | d)) F(4, a & b)            \
  F(5, a & ((b & (c | d)) | (c & d))) F(6, a & (b | (c & d))) F(7, a & (b | c))                   \
  F(8, a & (b | c | d)) F(9, a) F(10, (a & b & (c | d)) | (c & d & (a | b)))                      \
  F(11, (a & b) | (c & d & (a | b))) F(12, (a & (b | c)) | (b & c & d))                           \
  F(13, (a & (b | c)) | (b & c)) F(14, (a & (b | c | d)) | (b & c & d)) F(15, a | (b & c & d))    \
  F(16, (a & (b | c | d)) | (b & c)) F(17, a | (b & c)) F(18, ((a | b) & (c | d)) | (a & b))      \
  F(19, a | (b & (c | d))) F(20, a | b) F(21, ((a | b) & (c | d)) | (a & b) | (c & d))            \
  F(22, a | (b & (c | d)) | (c & d)) F(23, a | b | (c & d)) F(24, a | b | c) F(25, a | b | c | d) \
  F(26, ~(vec){0})
#define ONE(number, formula) +1
_Static_assert(FUNCTION_COUNT == FUNCTIONS(ONE), "machine.c has the same functions");

/* Of the sums of one row. */
enum { STRETCH = 8, GROUP = 32 }; /* blocks of 512 neurons, and sources, at a time */

#define XOR3(p, x, y) (p ^ x ^ y)
#define MAJ(p, x, y) ((x & y) | (p & (x ^ y)))
#define TARGET
#define LANES 4
#define NAME(x) plain_##x
#include "neurons.h"

#if defined(__x86_64__)
#define XOR3(p, x, y) (p ^ x ^ y)
#define MAJ(p, x, y) ((x & y) | (p & (x ^ y)))
#define TARGET __attribute__((target("avx2")))
#define LANES 4
#define NAME(x) avx2_##x
#include "neurons.h"

#define TERNARY(p, x, y, table)                                                                   \
  ((vec)_mm512_ternarylogic_epi64((__m512i)(p), (__m512i)(x), (__m512i)(y), table))
#define XOR3(p, x, y) TERNARY(p, x, y, 0x96)
#define MAJ(p, x, y) TERNARY(p, x, y, 0xe8)
#define TARGET __attribute__((target("avx512f,avx512vl,avx512dq,avx512bw")))
#define LANES 8
#define NAME(x) avx512_##x
#include "neurons.h"
#endif

typedef void (*runner)(const int32_t *, const int32_t *, word *, size_t);

static runner runner_for(int kind) {
#if defined(__x86_64__)
  if (kind >= AVX512) return avx512_run_all;
  if (kind == AVX2) return avx2_run_all;
#endif
  (void)kind;
  return plain_run_all;
}

/* ------------------------------------------------------------------ products of int8 and bits

   The bits of 64 rows are laid out for products of four: byte [k / 4][row][k % 4]. Weights stay as
   they are, one neuron a row. `limit` decides: total >= limit[i]. */

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
#define ON512 __attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,avx512vnni")))
#define ONAMX                                                                                     \
  __attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,amx-tile,amx-int8")))
#define ON2 __attribute__((target("avx2")))

/* Add products of four bytes each: GCC 12 copies registers around its own intrinsic. */
#define DOT(total, bits, weights)                                                                 \
  __asm__("vpdpbusd %2, %1, %0" : "+v"(total) : "v"(bits), "v"(weights))

/* Bring together byte i of four vectors, for each of 64 rows. The shuffles undo that each step of
   interleaving works within 128 bits. */
ON512 static inline void interleave_512(__m512i a, __m512i b, __m512i c, __m512i d, uint8_t *to) {
  __m512i ab0 = _mm512_unpacklo_epi8(a, b), ab1 = _mm512_unpackhi_epi8(a, b);
  __m512i cd0 = _mm512_unpacklo_epi8(c, d), cd1 = _mm512_unpackhi_epi8(c, d);
  __m512i x0 = _mm512_unpacklo_epi16(ab0, cd0), x1 = _mm512_unpackhi_epi16(ab0, cd0);
  __m512i x2 = _mm512_unpacklo_epi16(ab1, cd1), x3 = _mm512_unpackhi_epi16(ab1, cd1);
  __m512i y0 = _mm512_shuffle_i32x4(x0, x1, 0x44), y1 = _mm512_shuffle_i32x4(x2, x3, 0x44);
  __m512i y2 = _mm512_shuffle_i32x4(x0, x1, 0xee), y3 = _mm512_shuffle_i32x4(x2, x3, 0xee);
  _mm512_storeu_si512(to, _mm512_shuffle_i32x4(y0, y1, 0x88));
  _mm512_storeu_si512(to + 64, _mm512_shuffle_i32x4(y0, y1, 0xdd));
  _mm512_storeu_si512(to + 128, _mm512_shuffle_i32x4(y2, y3, 0x88));
  _mm512_storeu_si512(to + 192, _mm512_shuffle_i32x4(y2, y3, 0xdd));
}

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

#include "tables.h"

#if defined(__linux__) && (__GNUC__ >= 11 || defined(__clang__))
#define HAS_AMX 1
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

static void totals(int kind, const int8_t *w, size_t size, size_t fan_in, const uint8_t *x,
                   int32_t *out) {
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
    return dense_tabled(kind, weights, size, fan_in, largest, bits, words, limits, turned, out, first,
                        last);
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

/* ------------------------------------------------------------------ one row, weights by planes

   The weights of 512 neurons from one source, each and half of 2**planes more, so that none is below
   0, as planes of bits: word [source][block][plane][8]. Only sources that are 1 are read. */

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

static void add_sources(int kind, const word *planes, size_t size, int count,
                        const int32_t *sources, int active, int32_t *sums) {
#if defined(__x86_64__)
  if (kind >= AVX512) avx512_add_sources(planes, size, count, sources, active, sums);
  else if (kind == AVX2) avx2_add_sources(planes, size, count, sources, active, sums);
  else
#endif
    plain_add_sources(planes, size, count, sources, active, sums);
  (void)kind;
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

/* ------------------------------------------------------------------ floats decided, or not

   Vectors of GCC, so that one text serves all processors. */

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

/* ------------------------------------------------------------------ rows as bytes, rows packed */

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
#include "packing.h"

#if defined(__x86_64__)
#define TARGET __attribute__((target("avx2")))
#define BYTES 32
#define NAME(x) avx2_##x
#define LOW(a, b) ((vec)_mm256_unpacklo_epi8((__m256i)(a), (__m256i)(b)))
#define HIGH(a, b) ((vec)_mm256_unpackhi_epi8((__m256i)(a), (__m256i)(b)))
#include "packing.h"

#define TARGET __attribute__((target("avx512f,avx512vl,avx512dq,avx512bw")))
#define BYTES 64
#define NAME(x) avx512_##x
#define LOW(a, b) ((vec)_mm512_unpacklo_epi8((__m512i)(a), (__m512i)(b)))
#define HIGH(a, b) ((vec)_mm512_unpackhi_epi8((__m512i)(a), (__m512i)(b)))
#include "packing.h"
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

/* The ones of each line. What is counted is a plain loop, which compilers know. */
#define ONES                                                                                      \
  for (size_t i = 0; i < height; i++, in += words) {                                              \
    int64_t ones = 0;                                                                             \
    for (size_t w = 0; w < words; w++) ones += __builtin_popcountll(in[w]);                       \
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

/* --------------------------------------------------------------------------- what Python sees */

static int detected(void) {
#if defined(__x86_64__)
  __builtin_cpu_init();
  if (!__builtin_cpu_supports("avx2")) return PLAIN_CODE;
  if (!(__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
        __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq") &&
        __builtin_cpu_supports("avx512vnni")))
    return AVX2;
#if defined(HAS_AMX) && defined(NNC_EMULATED_AMX)
  return AMX;
#elif defined(HAS_AMX)
  unsigned a, b, c, d;
  __asm__("cpuid" : "=a"(a), "=b"(b), "=c"(c), "=d"(d) : "a"(7), "c"(0));
  if ((d >> 24 & 3) == 3 && syscall(SYS_arch_prctl, 0x1023, 18) == 0) return AMX; /* XTILEDATA */
#endif
  return AVX512;
#else
  return PLAIN_CODE;
#endif
}

static int best_kind; /* of this processor */

/* Read arguments; numbers that are too large are a ValueError like all that are wrong. */
static int parse(PyObject *args, const char *format, ...) {
  va_list list;
  va_start(list, format);
  int is_read = PyArg_VaParse(args, format, list);
  va_end(list);
  if (!is_read && PyErr_ExceptionMatches(PyExc_OverflowError))
    PyErr_SetString(PyExc_ValueError, "a number has more than 64 bits");
  return is_read;
}

static int is_kind(Py_ssize_t kind) {
  if (kind >= 0 && kind <= best_kind) return 1;
  PyErr_Format(PyExc_ValueError, "there is no kind %zd of kernel here, only 0 to %d", kind,
               best_kind);
  return 0;
}

static int is_stretch(Py_ssize_t first, Py_ssize_t last, Py_ssize_t words) {
  if (first >= 0 && first <= last && last <= words) return 1;
  PyErr_Format(PyExc_ValueError, "there are no words %zd to %zd, only 0 to %zd", first, last,
               words);
  return 0;
}

/* ------------------------------------------------------------------ arrays */

typedef enum { BYTES, INT8, INT32, INT64, UINT64, FLOAT32, FLOAT64 } number;

/* The letters of PEP 3118: on most systems int64 is a `long`, and int32 an `int`. */
static const struct {
  const char *name, *letters;
  Py_ssize_t size;
} numbers[] = {{"bytes", "?bB", 1},     {"int8", "b", 1},      {"int32", "il", 4},
               {"int64", "lqn", 8},     {"uint64", "LQN", 8},  {"float32", "f", 4},
               {"float64", "d", 8}};

typedef struct {
  const char *name;
  number type;
  int dimensions, is_written;
} description;

enum { MOST = 6 };
typedef struct {
  Py_buffer view[MOST];
  const description *described;
  int count;
} views;

static void release(views *v) {
  while (v->count) PyBuffer_Release(&v->view[--v->count]);
}

static int has_type(const Py_buffer *view, number type) {
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

/* Views of C-contiguous arrays, each as it is described. */
static int look_at(views *v, PyObject **arrays, const description *described, int count) {
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

/* Tell whether an array has so many entries along an axis; set an error where it has not. */
static int has(const views *v, int array, int axis, Py_ssize_t count) {
  Py_ssize_t found = v->view[array].shape[axis];
  if (found == count) return 1;
  PyErr_Format(PyExc_ValueError, "`%s` has %zd entries along axis %d; expected %zd",
               v->described[array].name, found, axis, count);
  return 0;
}

static PyObject *refuse(views *v) {
  release(v);
  return NULL;
}

static PyObject *done(views *v, int failed) {
  release(v);
  if (failed) return PyErr_NoMemory();
  Py_RETURN_NONE;
}

/* ------------------------------------------------------------------ programs

   A program is checked and copied once. What is checked: no slot is read before it was written, nor
   lies beyond the last; the constants 0 and 1 stay; no operation goes past the end; a sum, and its
   limits, fit its planes. A sum of at most 2**planes - 1 never carries into plane `planes`. */

static const char PROGRAM[] = "nnc.run.engines.program";

static Py_ssize_t wrong(size_t at, const char *what) {
  PyErr_Format(PyExc_ValueError, "the program is wrong at number %zu: %s", at, what);
  return -1;
}

static int is_filled(const program *p, const uint8_t *filled, int32_t slot) {
  return slot >= 0 && (size_t)slot < p->slots && filled[slot];
}

static int fill_slot(const program *p, uint8_t *filled, int32_t slot) {
  if (slot < 2 || (size_t)slot >= p->slots) return 0;
  return filled[slot] = 1;
}

static const char CUT[] = "an operation that goes past the end";
static const char UNFILLED[] = "a slot that is read before it was written, or is none";
static const char UNWRITABLE[] = "a slot that cannot be written";
static const char NO_FLAG[] = "expected 0 or 1";

/* Give the length of a function that is right, else -1. */
static Py_ssize_t check_function(const program *p, uint8_t *filled, size_t from) {
  const int32_t *op = p->ops + from;
  if (p->length - from < 7) return wrong(from, CUT);
  if (op[0] < 0 || op[0] >= FUNCTION_COUNT) return wrong(from, "no such function");
  if (op[2] & ~31) return wrong(from + 2, "expected 5 bits");
  for (size_t i = 3; i < 7; i++)
    if (!is_filled(p, filled, op[i])) return wrong(from + i, UNFILLED);
  if (!fill_slot(p, filled, op[1])) return wrong(from + 1, UNWRITABLE);
  return 7;
}

/* Give the length of a sum that is right, else -1. */
static Py_ssize_t check_sum(const program *p, uint8_t *filled, size_t from) {
  const int32_t *op = p->ops + from;
  size_t at = 5, left = p->length - from;
  if (left < 5 || op[1] < 5 || (size_t)op[1] > left) return wrong(from, CUT);
  size_t length = (size_t)op[1];
  int planes = op[2];
  if (planes < 1 || planes > PLANES) return wrong(from + 2, "more planes than there are, or none");
  word room = ((word)1 << planes) - 1;
  for (int32_t g = 0; g < op[3]; g++) {
    if (length - at < 3) return wrong(from + at, CUT);
    int32_t plane = op[at], count = op[at + 2];
    if (plane < 0 || plane > planes - 4) return wrong(from + at, "a plane that is none");
    if (op[at + 1] & ~1) return wrong(from + at + 1, NO_FLAG);
    if (count < 0 || (size_t)count > length - at - 3) return wrong(from + at + 2, CUT);
    /* the total may reach 2**planes - 1: each group takes of that what it may add */
    if ((word)count > room >> plane) return wrong(from + at + 2, "a sum beyond its planes");
    room -= (word)count << plane;
    at += 3;
    for (size_t end = at + (size_t)count; at < end; at++)
      if (!is_filled(p, filled, op[at])) return wrong(from + at, UNFILLED);
  }
  if (op[3] < 0 || op[4] < 0 || (size_t)op[4] != (length - at) / 4 || (length - at) % 4)
    return wrong(from + 1, "a length that is not that of its groups and limits");
  for (; at < length; at += 4) {
    word limit = (uint32_t)op[at + 2] | (word)(uint32_t)op[at + 3] << 32;
    if (op[at + 1] & ~1) return wrong(from + at + 1, NO_FLAG);
    if (limit >> planes) return wrong(from + at + 2, "a limit beyond its planes");
    if (!fill_slot(p, filled, op[at])) return wrong(from + at, UNWRITABLE);
  }
  return (Py_ssize_t)length;
}

static int check_ops(const program *p, uint8_t *filled) {
  memset(filled, 0, p->slots);
  filled[0] = filled[1] = 1;
  for (size_t i = 0; i < p->loads; i++)
    if (!fill_slot(p, filled, p->load_slots[i])) {
      PyErr_Format(PyExc_ValueError, "load %zu has %s", i, UNWRITABLE);
      return -1;
    }
  for (size_t at = 0; at < p->length;) {
    Py_ssize_t length = p->ops[at] == SUM ? check_sum(p, filled, at)
                                          : check_function(p, filled, at);
    if (length < 0) return -1;
    at += (size_t)length;
  }
  for (size_t i = 0; i < p->stores; i++)
    if (!is_filled(p, filled, p->store_slots[i])) {
      PyErr_Format(PyExc_ValueError, "store %zu has %s", i, UNFILLED);
      return -1;
    }
  return 0;
}

static void forget(PyObject *capsule) {
  program *p = PyCapsule_GetPointer(capsule, PROGRAM);
  forget_machine(p);
  free(p);
}

static PyObject *py_check(PyObject *self, PyObject *args) {
  static const description described[] = {
      {"ops", INT32, 1, 0}, {"load_slots", INT32, 1, 0}, {"store_slots", INT32, 1, 0}};
  PyObject *arrays[3], *capsule = NULL;
  Py_ssize_t slots;
  views v;
  (void)self;
  if (!parse(args, "OOOn", &arrays[0], &arrays[1], &arrays[2], &slots)) return NULL;
  if (look_at(&v, arrays, described, 3)) return NULL;
  size_t lengths[3], total = 0;
  for (int i = 0; i < 3; i++) total += lengths[i] = (size_t)v.view[i].shape[0];
  if (slots < 2 || (size_t)slots > total + 2) { /* each is loaded, or written by a number of `ops` */
    PyErr_Format(PyExc_ValueError, "the program has %zd slots; expected 2 to %zu", slots,
                 total + 2);
    return refuse(&v);
  }
  program *p = allocate(1, sizeof *p + total * sizeof *p->ops);
  uint8_t *filled = allocate((size_t)slots, 1);
  if (!p || !filled) PyErr_NoMemory();
  else {
    int32_t *ops = (int32_t *)(p + 1), *load_slots = ops + lengths[0];
    *p = (program){lengths[0], lengths[1], lengths[2], (size_t)slots,
                   ops,        load_slots, load_slots + lengths[1], {NULL, NULL}};
    memcpy(p->ops, v.view[0].buf, lengths[0] * sizeof *p->ops);
    memcpy(p->load_slots, v.view[1].buf, lengths[1] * sizeof *p->ops);
    memcpy(p->store_slots, v.view[2].buf, lengths[2] * sizeof *p->ops);
    if (!check_ops(p, filled)) capsule = PyCapsule_New(p, PROGRAM, forget);
  }
  if (!capsule) free(p);
  free(filled);
  release(&v);
  return capsule;
}

/* One bit of the numbers of rows: bit `place` of 64 * w + row, for the words from `first` on. */
void fill(word *slot, size_t count, int place, word first) {
  static const word alternating[6] = {0xaaaaaaaaaaaaaaaa, 0xcccccccccccccccc, 0xf0f0f0f0f0f0f0f0,
                                      0xff00ff00ff00ff00, 0xffff0000ffff0000, 0xffffffff00000000};
  for (size_t k = 0; k < count; k++)
    slot[k] = place < 6 ? alternating[place] : -((first + k) >> (place - 6) & 1);
}

/* Run a program for the words from `first` to before `last`. A load row below 0 is bit -row - 1 of
   the number of each row, the first of which is 64 * start. */
static int run(int kind, const program *p, word *bank, size_t words, const int32_t *load_rows,
               const int32_t *store_rows, size_t first, size_t last, word start) {
  if (first == last) return 0;
  size_t lanes = kind >= AVX512 ? 8 : 4, width = (last - first + lanes - 1) / lanes * lanes;
  if (width > WIDTH) width = WIDTH;
  word *slots = allocate(p->slots, width * 8);
  if (!slots) return -1;
  runner run_all = runner_for(kind);
  for (size_t w = first; w < last; w += width) {
    size_t count = last - w < width ? last - w : width;
    memset(slots, 0, width * 8);
    memset(slots + width, 255, width * 8);
    for (size_t i = 0; i < p->loads; i++) {
      word *slot = slots + (size_t)p->load_slots[i] * width;
      if (load_rows[i] < 0) fill(slot, count, -load_rows[i] - 1, start + w);
      else {
        const word *from = bank + (size_t)load_rows[i] * words + w;
        if (count == WIDTH) memcpy(slot, from, WIDTH * 8);
        else memcpy(slot, from, count * 8);
        for (size_t k = 0; k < count; k += 8) __builtin_prefetch(from + width + k);
      }
    }
    run_all(p->ops, p->ops + p->length, slots, width);
    for (size_t i = 0; i < p->stores; i++)
      memcpy(bank + (size_t)store_rows[i] * words + w, slots + (size_t)p->store_slots[i] * width,
             count * 8);
  }
  free(slots);
  return 0;
}

static int are_rows(const views *v, int array, Py_ssize_t least, Py_ssize_t height) {
  const int32_t *rows = v->view[array].buf;
  for (Py_ssize_t i = 0; i < v->view[array].shape[0]; i++)
    if (rows[i] < least || rows[i] >= height) {
      PyErr_Format(PyExc_ValueError, "`%s` has the row %d; expected %zd to %zd",
                   v->described[array].name, (int)rows[i], least, height - 1);
      return 0;
    }
  return 1;
}

static PyObject *py_run(PyObject *self, PyObject *args) {
  static const description described[] = {
      {"bank", UINT64, 2, 1}, {"load_rows", INT32, 1, 0}, {"store_rows", INT32, 1, 0}};
  PyObject *capsule, *arrays[3];
  Py_ssize_t kind, first, last, start;
  int failed;
  views v;
  (void)self;
  if (!parse(args, "nOOOOnnn", &kind, &capsule, &arrays[0], &arrays[1], &arrays[2], &first, &last,
             &start))
    return NULL;
  if (!PyCapsule_IsValid(capsule, PROGRAM)) {
    PyErr_SetString(PyExc_TypeError, "expected a program that was checked");
    return NULL;
  }
  const program *p = PyCapsule_GetPointer(capsule, PROGRAM);
  if (!is_kind(kind) || look_at(&v, arrays, described, 3)) return NULL;
  Py_ssize_t height = v.view[0].shape[0], words = v.view[0].shape[1];
  if (!is_stretch(first, last, words) || !has(&v, 1, 0, (Py_ssize_t)p->loads) ||
      !has(&v, 2, 0, (Py_ssize_t)p->stores) || !are_rows(&v, 1, -64, height) ||
      !are_rows(&v, 2, 0, height))
    return refuse(&v);
  int lanes = kind >= AVX512 ? 8 : 4, is_machine = kind > 0 && size_of_machine(p, lanes) > 0;
  Py_BEGIN_ALLOW_THREADS
  failed = 1;
  if (is_machine)
    failed = run_machine(p, lanes, v.view[0].buf, (size_t)words, (size_t)height, v.view[1].buf,
                         v.view[2].buf, (size_t)first, (size_t)last, (word)start);
  if (failed > 0)
    failed = run((int)kind, p, v.view[0].buf, (size_t)words, v.view[1].buf, v.view[2].buf,
                 (size_t)first, (size_t)last, (word)start);
  Py_END_ALLOW_THREADS
  return done(&v, failed);
}

/* The interpreter lock is held: a program gets its code once, which no run sees half of. */
static PyObject *py_emit(PyObject *self, PyObject *args) {
  PyObject *capsule;
  Py_ssize_t kind;
  (void)self;
  if (!parse(args, "nO", &kind, &capsule) || !is_kind(kind)) return NULL;
  if (!PyCapsule_IsValid(capsule, PROGRAM)) {
    PyErr_SetString(PyExc_TypeError, "expected a program that was checked");
    return NULL;
  }
  program *p = PyCapsule_GetPointer(capsule, PROGRAM);
  int lanes = kind >= AVX512 ? 8 : 4;
  if (kind > 0 && make_machine(p, lanes) < 0) return PyErr_NoMemory();
  return PyLong_FromSize_t(kind > 0 ? size_of_machine(p, lanes) : 0);
}

/* ------------------------------------------------------------------ the others */

static int is_fan_in(Py_ssize_t fan_in) {
  if (fan_in >= 1 && fan_in <= MOST_FAN_IN) return 1;
  PyErr_Format(PyExc_ValueError, "the fan-in is %zd; expected 1 to %d", fan_in, MOST_FAN_IN);
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
      !has(&v, 3, 0, size) || !has(&v, 3, 1, words) || !is_stretch(first, last, words))
    return refuse(&v);
  Py_BEGIN_ALLOW_THREADS
  failed = dense((int)kind, v.view[0].buf, (size_t)size, (size_t)fan_in, (int)largest,
                 v.view[1].buf, (size_t)words, v.view[2].buf, turned, v.view[3].buf, (size_t)first,
                 (size_t)last);
  Py_END_ALLOW_THREADS
  return done(&v, failed);
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

/* Whether planes are those of so many weights; an error is set where not. */
static int are_planes(const views *v, int array, Py_ssize_t size, Py_ssize_t fan_in) {
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
      !is_stretch(first, last, least))
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
  if (rows < 0 ? !has(&v, 0, 0, 1) : !is_stretch(first, last, rows / 64 + (rows % 64 > 0)))
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
#include "tallies.h"

static PyObject *py_best(PyObject *self, PyObject *none) {
  (void)self, (void)none;
  return PyLong_FromLong(best_kind);
}

static PyObject *py_fail(PyObject *self, PyObject *args) {
  Py_ssize_t count;
  (void)self;
  if (!parse(args, "n", &count)) return NULL;
  if (count < 0) {
    PyErr_SetString(PyExc_ValueError, "expected 0 or more");
    return NULL;
  }
  Py_ssize_t before = failing;
  failing = count;
  return PyLong_FromSsize_t(before);
}

#include "single.h"

static PyMethodDef functions[] = {
    {"best", py_best, METH_NOARGS,
     "best() -> the highest kind this CPU can: 0 plain C, 1 AVX2, 2 AVX-512 with VNNI, 3 AMX"},
    {"check", py_check, METH_VARARGS,
     "check(ops, load_slots, store_slots, slots) -> a checked program, for `run`"},
    {"run", py_run, METH_VARARGS,
     "run(kind, program, bank, load_rows, store_rows, first, last, start)"},
    {"emit", py_emit, METH_VARARGS,
     "emit(kind, program) -> the bytes of its machine code, for `run`; 0 where there is none"},
    {"dense", py_dense, METH_VARARGS,
     "dense(kind, weights, largest, bits, limits, outputs, turned, first, last)"},
    {"decide", py_decide, METH_VARARGS,
     "decide(totals, limits, slack, sizes, norms, rule, out)"},
    {"dots", py_dots, METH_VARARGS, "dots(weights, values, places, rows, totals, sizes)"},
    {"split", py_split, METH_VARARGS, "split(weights, planes)"},
    {"few", py_few, METH_VARARGS,
     "few(kind, weights or planes, is_split, bits, limits, out, turned, rows)"},
    {"single", py_single, METH_VARARGS,
     "single(height, load_lines, store_lines) -> a plan for one row, to which steps are added"},
    {"add_program", py_add_program, METH_VARARGS,
     "add_program(single, program, load_lines, store_lines)"},
    {"add_product", py_add_product, METH_VARARGS,
     "add_product(single, planes, limits, sources, turned, first)"},
    {"run_single", py_run_single, METH_VARARGS,
     "run_single(kind, single, inputs, outputs) -> whether all inputs were 0 or 1"},
    {"pack", py_pack, METH_VARARGS, "pack(kind, rows, words, first, last)"},
    {"unpack", py_unpack, METH_VARARGS, "unpack(kind, rows, words, first, last)"},
    {"scatter", py_scatter, METH_VARARGS, "scatter(starts, places, words, first, last)"},
    {"ones", py_ones, METH_VARARGS, "ones(kind, words, counts)"},
    {"tally", py_tally, METH_VARARGS,
     "tally(bank, sources, weights, starts, out, first, last)"},
    {"fail_allocation", py_fail, METH_VARARGS,
     "fail_allocation(n) -> how many were left: the n-th allocation from now on fails; 0: none"},
    {NULL, NULL, 0, NULL}};

static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "_kernels", NULL, -1, functions,
                                    NULL, NULL, NULL, NULL};

PyMODINIT_FUNC PyInit__kernels(void) {
  best_kind = detected();
  PyObject *made = PyModule_Create(&module);
  if (made && (PyModule_AddIntConstant(made, "PLANES", PLANES) ||
               PyModule_AddIntConstant(made, "MOST_FAN_IN", MOST_FAN_IN) ||
               PyModule_AddIntConstant(made, "MOST_SLOTS", MOST_SLOTS))) {
    Py_DECREF(made);
    return NULL;
  }
  return made;
}
