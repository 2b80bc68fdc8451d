/* The native engine: neurons on packed rows, and products of int8 weights with bits.

   Packed rows have 64 rows a word, the first the lowest bit. All functions let the GIL go; the
   caller splits the words among threads. What a CPU cannot do is never called: `best()` gives the
   highest of the kinds that it can. */

#define PY_SSIZE_T_CLEAN
#define Py_LIMITED_API 0x030B0000
#include <Python.h>
#include <stdint.h>
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

typedef uint64_t word;

enum { PLAIN_CODE, AVX2, AVX512, AMX };
enum { SUM = 100, PLANES = 48, WIDTH = 32 };

/* The threshold functions of up to four bits, the weightier first (27 of them). */
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

#if defined(__x86_64__)
#define ON512 __attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,avx512vnni")))
#define ONAMX                                                                                     \
  __attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,amx-tile,amx-int8")))
#define ON2 __attribute__((target("avx2")))

/* Add products of four bytes each: GCC 12 copies registers around its own intrinsic. */
#define DOT(total, bits, weights)                                                                 \
  __asm__("vpdpbusd %2, %1, %0" : "+v"(total) : "v"(bits), "v"(weights))

/* Lay out 64 rows of four sources. */
ON512 static void lay_out_512(const word *w, uint8_t *to) {
  const __m512i one = _mm512_set1_epi8(1);
  __m512i a = _mm512_maskz_mov_epi8(w[0], one), b = _mm512_maskz_mov_epi8(w[1], one);
  __m512i c = _mm512_maskz_mov_epi8(w[2], one), d = _mm512_maskz_mov_epi8(w[3], one);
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

static void lay_out_plain(const word *w, uint8_t *to) {
  for (int r = 0; r < 64; r++)
    for (int q = 0; q < 4; q++) to[4 * r + q] = w[q] >> r & 1;
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

/* Up to four neurons for 64 rows. */
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

#if defined(__linux__) && (__GNUC__ >= 11 || defined(__clang__))
#define HAS_AMX 1
typedef struct {
  uint8_t palette, start, reserved[14];
  uint16_t bytes[16];
  uint8_t rows[16];
} tiles;

/* 32 neurons for 64 rows, in tiles of 16 x 16 sums and 64 products each. */
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

/* The neurons of a layer for the words from `first` to before `last`. Weights past the end of a
   row meet zeros; the last neurons are copied, so that nothing past the end of all is read. */
static int dense(int kind, const int8_t *weights, size_t size, size_t fan_in, const word *bits,
                 size_t words, const int32_t *limits, int turned, word *out, size_t first,
                 size_t last) {
  size_t padded = (fan_in + 63) / 64 * 64, chunk = padded > 2048 ? 2 : 4;
  uint8_t *laid = aligned_alloc(64, padded * chunk * 64);
  int8_t *ending = malloc(32 * (padded + 64));
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
        uint8_t *to = laid + (v * padded + k) * 64;
        if (kind >= AVX512) lay_out_512(four, to);
        else lay_out_plain(four, to);
      }
    for (size_t n = 0; n < size;) {
      size_t step = kind == AMX && size - n >= 32 ? 32 : 4;
      size_t here = size - n < step ? size - n : step;
      const int8_t *from = weights + n * fan_in;
      size_t stride = fan_in;
      int32_t limit[32] = {0};
      if (n + step >= size) { /* the last: with zeros behind */
        memset(ending, 0, step * padded);
        for (size_t i = 0; i < here; i++) memcpy(ending + i * padded, from + i * fan_in, fan_in);
        from = ending;
        stride = padded;
      }
      memcpy(limit, limits + n, here * sizeof *limit);
      word *to = out + n * words + w;
      for (size_t v = 0; v < count; v++) {
        const uint8_t *x = laid + v * padded * 64;
#ifdef HAS_AMX
        if (step == 32) block_amx(from, stride, padded / 64, x, limit, to + v, words);
        else
#endif
            if (kind >= AVX512)
          block_512(from, stride, (fan_in + 3) / 4, x, limit, to + v, words, (int)here);
        else
          block_2(from, stride, (fan_in + 3) / 4, x, limit, to + v, words, (int)here);
      }
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

/* The totals of all neurons for one row. */
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

static void totals(int kind, const int8_t *w, size_t size, size_t fan_in, const uint8_t *x,
                   int32_t *out) {
#if defined(__x86_64__)
  if (kind >= AVX512) totals_512(w, size, fan_in, x, out);
  else totals_2(w, size, fan_in, x, out);
#else
  (void)kind, (void)w, (void)size, (void)fan_in, (void)x, (void)out; /* `few` refuses */
#endif
}

/* ------------------------------------------------------------------ one row, weights by planes

   Plane k of a neuron has bit k of each weight, the last the sign, as two's complement has it.
   The planes of a neuron stand together, each in `words` words: a total is read in one stretch. */

static void split(const int8_t *w, size_t size, size_t fan_in, int planes, size_t words, word *out) {
  memset(out, 0, size * (size_t)planes * words * sizeof *out);
  for (size_t n = 0; n < size; n++, out += (size_t)planes * words, w += fan_in)
    for (size_t k = 0; k < fan_in; k++)
      for (int p = 0; p < planes; p++)
        out[(size_t)p * words + k / 64] |= (word)(w[k] >> p & 1) << k % 64;
}

static void count_plain(const word *w, size_t size, int planes, size_t words, const word *x,
                        int32_t *out) {
  for (size_t n = 0; n < size; n++) {
    int64_t total = 0;
    for (int p = 0; p < planes; p++, w += words) {
      int64_t ones = 0;
      for (size_t k = 0; k < words; k++) ones += __builtin_popcountll(w[k] & x[k]);
      total += p == planes - 1 ? -(ones << p) : ones << p;
    }
    out[n] = (int32_t)total;
  }
}

#if defined(__x86_64__)
__attribute__((target("popcnt"))) static void count_64(const word *w, size_t size, int planes,
                                                       size_t words, const word *x, int32_t *out) {
  for (size_t n = 0; n < size; n++) {
    int64_t total = 0;
    for (int p = 0; p < planes; p++, w += words) {
      int64_t ones = 0;
      for (size_t k = 0; k < words; k++) ones += __builtin_popcountll(w[k] & x[k]);
      total += p == planes - 1 ? -(ones << p) : ones << p;
    }
    out[n] = (int32_t)total;
  }
}

/* `words` is a multiple of 8 here. */
__attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,avx512vpopcntdq"))) static void count_512(
    const word *w, size_t size, int planes, size_t words, const word *x, int32_t *out) {
  for (size_t n = 0; n < size; n++) {
    __m512i total = _mm512_setzero_si512();
    for (int p = 0; p < planes; p++, w += words) {
      __m512i ones = _mm512_setzero_si512();
      for (size_t k = 0; k < words; k += 8) {
        __m512i both = _mm512_and_si512(_mm512_loadu_si512(w + k), _mm512_loadu_si512(x + k));
        ones = _mm512_add_epi64(ones, _mm512_popcnt_epi64(both));
      }
      ones = _mm512_sll_epi64(ones, _mm_cvtsi32_si128(p));
      total = p == planes - 1 ? _mm512_sub_epi64(total, ones) : _mm512_add_epi64(total, ones);
    }
    out[n] = (int32_t)_mm512_reduce_add_epi64(total);
  }
}
#endif

static void count(int kind, const word *w, size_t size, int planes, size_t words, const word *x,
                  int32_t *out) {
#if defined(__x86_64__)
  if (kind >= AVX512 && __builtin_cpu_supports("avx512vpopcntdq"))
    count_512(w, size, planes, words, x, out);
  else if (kind >= AVX2)
    count_64(w, size, planes, words, x, out);
  else
#endif
    count_plain(w, size, planes, words, x, out);
  (void)kind;
}

/* Evaluate a layer for the first rows of one word: by planes, or, where there are none, by its
   weights as they are. */
static int few(int kind, const void *weights, size_t size, size_t fan_in, int planes,
               const word *bits, const int32_t *limits, int turned, int rows, word *out) {
  size_t words = (fan_in + 511) / 512 * 8;
  word *x = calloc(words, planes ? sizeof *x : 64);
  int32_t *sums = malloc(size * sizeof *sums);
  if (!x || !sums) {
    free(x);
    free(sums);
    return -1;
  }
  memset(out, 0, size * sizeof *out);
  for (int r = 0; r < rows; r++) {
    if (planes) {
      memset(x, 0, words * sizeof *x);
      for (size_t k = 0; k < fan_in; k++) x[k / 64] |= (bits[k] >> r & 1) << k % 64;
      count(kind, weights, size, planes, words, x, sums);
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

/* Transpose 64 x 64 bits (Warren, Hacker's Delight, 2nd ed., section 7-3). */
static void transpose(word *m) {
  word mask = 0x00000000ffffffff;
  for (int j = 32; j; j >>= 1, mask ^= mask << j)
    for (int k = 0; k < 64; k = (k + j + 1) & ~j) {
      word t = (m[k] >> j ^ m[k + j]) & mask;
      m[k] ^= t << j;
      m[k + j] ^= t;
    }
}

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

static void scatter(word bits, uint8_t *x, size_t count) {
  size_t i = 0;
  for (; i + 8 <= count; i += 8, bits >>= 8) {
    word eight = ((bits & 0xff) * 0x0101010101010101 & 0x8040201008040201);
    eight = (eight + 0x7f7f7f7f7f7f7f7f) >> 7 & 0x0101010101010101;
    memcpy(x + i, &eight, 8);
  }
  for (; i < count; i++, bits >>= 1) x[i] = bits & 1;
}

#define LOWEST(count) ((count) < 64 ? ((word)1 << (count)) - 1 : ~(word)0)

#if defined(__x86_64__)
#define CROSS(a, b, j, mask)                                                                      \
  do {                                                                                            \
    __m512i moved = _mm512_xor_si512(_mm512_srli_epi64(a, j), b);                                 \
    moved = _mm512_and_si512(moved, _mm512_set1_epi64(mask));                                     \
    a = _mm512_xor_si512(a, _mm512_slli_epi64(moved, j));                                         \
    b = _mm512_xor_si512(b, moved);                                                               \
  } while (0)

/* The same in vectors: the last three steps pair words of one vector, which are brought apart. */
ON512 static inline void transpose_512(word *m) {
  const __m512i low = _mm512_set_epi64(13, 12, 5, 4, 9, 8, 1, 0);
  const __m512i high = _mm512_set_epi64(15, 14, 7, 6, 11, 10, 3, 2);
  __m512i v[8];
  for (int i = 0; i < 8; i++) v[i] = _mm512_loadu_si512(m + 8 * i);
  for (int i = 0; i < 4; i++) CROSS(v[i], v[i + 4], 32, 0x00000000ffffffff);
  for (int i = 0; i < 8; i++)
    if (!(i & 2)) CROSS(v[i], v[i + 2], 16, 0x0000ffff0000ffff);
  for (int i = 0; i < 8; i += 2) {
    CROSS(v[i], v[i + 1], 8, 0x00ff00ff00ff00ff);
    __m512i a = _mm512_shuffle_i64x2(v[i], v[i + 1], 0x44); /* words 0 to 3 of both */
    __m512i b = _mm512_shuffle_i64x2(v[i], v[i + 1], 0xee); /* 4 to 7 */
    CROSS(a, b, 4, 0x0f0f0f0f0f0f0f0f);
    __m512i c = _mm512_shuffle_i64x2(a, b, 0x88), d = _mm512_shuffle_i64x2(a, b, 0xdd);
    CROSS(c, d, 2, 0x3333333333333333);
    a = _mm512_unpacklo_epi64(c, d), b = _mm512_unpackhi_epi64(c, d); /* even and odd words */
    CROSS(a, b, 1, 0x5555555555555555);
    c = _mm512_unpacklo_epi64(a, b), d = _mm512_unpackhi_epi64(a, b);
    _mm512_storeu_si512(m + 8 * i, _mm512_permutex2var_epi64(c, low, d));
    _mm512_storeu_si512(m + 8 * i + 8, _mm512_permutex2var_epi64(c, high, d));
  }
}

ON512 static void gather_512(const uint8_t *x, size_t stride, size_t rows, size_t count, word *m) {
  const __m512i one = _mm512_set1_epi8(1);
  for (size_t r = 0; r < rows; r++, x += stride)
    m[r] = _mm512_test_epi8_mask(_mm512_maskz_loadu_epi8(LOWEST(count), x), one);
  transpose_512(m);
}

ON512 static void scatter_512(word *m, size_t stride, size_t rows, size_t count, uint8_t *x) {
  transpose_512(m);
  for (size_t r = 0; r < rows; r++, x += stride)
    _mm512_mask_storeu_epi8(x, LOWEST(count), _mm512_maskz_set1_epi8(m[r], 1));
}
#endif

/* 64 x 64 bits: from `rows` rows of `count` bytes to a word for each column, and back. */
static void gather_block(int kind, const uint8_t *x, size_t stride, size_t rows, size_t count,
                         word *m) {
  memset(m, 0, 64 * sizeof *m);
#if defined(__x86_64__)
  if (kind >= AVX512) {
    gather_512(x, stride, rows, count, m);
    return;
  }
#endif
  (void)kind;
  for (size_t r = 0; r < rows; r++) m[r] = gather(x + r * stride, count);
  transpose(m);
}

static void scatter_block(int kind, word *m, size_t stride, size_t rows, size_t count, uint8_t *x) {
#if defined(__x86_64__)
  if (kind >= AVX512) {
    scatter_512(m, stride, rows, count, x);
    return;
  }
#endif
  (void)kind;
  transpose(m);
  for (size_t r = 0; r < rows; r++) scatter(m[r], x + r * stride, count);
}

enum { TOGETHER = 8 }; /* words of a column that are read or written together: a line of the cache */

static void pack(int kind, const uint8_t *x, size_t rows, size_t width, word *out, size_t words,
                 size_t first, size_t last) {
  word m[64], line[64][TOGETHER];
  for (size_t w = first; w < last; w += TOGETHER) {
    size_t here = last - w < TOGETHER ? last - w : TOGETHER;
    for (size_t c = 0; c < width; c += 64) {
      size_t count = width - c < 64 ? width - c : 64;
      for (size_t v = 0; v < here; v++) {
        size_t row = 64 * (w + v), most = rows - row < 64 ? rows - row : 64;
        gather_block(kind, x + row * width + c, width, most, count, m);
        for (size_t i = 0; i < count; i++) line[i][v] = m[i];
      }
      for (size_t i = 0; i < count; i++) memcpy(out + (c + i) * words + w, line[i], here * 8);
    }
  }
}

static void unpack(int kind, const word *in, size_t words, size_t rows, size_t width, uint8_t *x,
                   size_t first, size_t last) {
  word m[64], line[64][TOGETHER];
  for (size_t w = first; w < last; w += TOGETHER) {
    size_t here = last - w < TOGETHER ? last - w : TOGETHER;
    for (size_t c = 0; c < width; c += 64) {
      size_t count = width - c < 64 ? width - c : 64;
      for (size_t i = 0; i < count; i++) memcpy(line[i], in + (c + i) * words + w, here * 8);
      for (size_t v = 0; v < here; v++) {
        size_t row = 64 * (w + v), most = rows - row < 64 ? rows - row : 64;
        for (size_t i = 0; i < 64; i++) m[i] = i < count ? line[i][v] : 0;
        scatter_block(kind, m, width, most, count, x + row * width + c);
      }
    }
  }
}

/* --------------------------------------------------------------------------- what Python sees */

static int best_kind(void) {
#if defined(__x86_64__)
  __builtin_cpu_init();
  if (!__builtin_cpu_supports("avx2")) return PLAIN_CODE;
  if (!(__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
        __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq") &&
        __builtin_cpu_supports("avx512vnni")))
    return AVX2;
#ifdef HAS_AMX
  unsigned a, b, c, d;
  __asm__("cpuid" : "=a"(a), "=b"(b), "=c"(c), "=d"(d) : "a"(7), "c"(0));
  if ((d >> 24 & 3) == 3 && syscall(SYS_arch_prctl, 0x1023, 18) == 0) return AMX; /* XTILEDATA */
#endif
  return AVX512;
#else
  return PLAIN_CODE;
#endif
}

enum { MOST = 6 };
typedef struct {
  Py_buffer view[MOST];
  int count;
} views;

static void release(views *v) {
  while (v->count) PyBuffer_Release(&v->view[--v->count]);
}

/* Views of C-contiguous arrays; those whose bit is set in `writable` are written. */
static int look_at(views *v, PyObject **arrays, int count, int writable) {
  for (v->count = 0; v->count < count; v->count++) {
    int flags = PyBUF_C_CONTIGUOUS | PyBUF_ND | (writable >> v->count & 1 ? PyBUF_WRITABLE : 0);
    if (PyObject_GetBuffer(arrays[v->count], &v->view[v->count], flags)) {
      release(v);
      return -1;
    }
  }
  return 0;
}

static PyObject *refuse(views *v, const char *message) {
  release(v);
  PyErr_SetString(PyExc_ValueError, message);
  return NULL;
}

static PyObject *py_best(PyObject *self, PyObject *none) {
  (void)self, (void)none;
  return PyLong_FromLong(best_kind());
}

/* One bit of the numbers of rows: bit `place` of 64 * w + row, for the words from `first` on. */
static void fill(word *slot, size_t count, int place, word first) {
  static const word alternating[6] = {0xaaaaaaaaaaaaaaaa, 0xcccccccccccccccc, 0xf0f0f0f0f0f0f0f0,
                                      0xff00ff00ff00ff00, 0xffff0000ffff0000, 0xffffffff00000000};
  for (size_t k = 0; k < count; k++)
    slot[k] = place < 6 ? alternating[place] : -((first + k) >> (place - 6) & 1);
}

/* A load row below 0 is bit -row - 1 of the number of each row, the first of which is 64 * start. */
static PyObject *py_run(PyObject *self, PyObject *args) {
  PyObject *arrays[6];
  int kind;
  Py_ssize_t slot_count, first, last, start;
  views v;
  (void)self;
  if (!PyArg_ParseTuple(args, "iOOOOOOnnnn", &kind, &arrays[0], &arrays[1], &arrays[2], &arrays[3],
                        &arrays[4], &arrays[5], &slot_count, &first, &last, &start))
    return NULL;
  if (look_at(&v, arrays, 6, 1 << 1)) return NULL;
  size_t rows = v.view[1].ndim == 2 ? (size_t)v.view[1].shape[0] : 0;
  size_t words = rows ? (size_t)v.view[1].len / 8 / rows : 0;
  size_t loads = (size_t)v.view[2].len / 4, stores = (size_t)v.view[4].len / 4;
  if (first < 0 || last < first || (size_t)last > words || v.view[2].len != v.view[3].len ||
      v.view[4].len != v.view[5].len)
    return refuse(&v, "arrays that do not fit together");
  const int32_t *op = v.view[0].buf, *end = op + v.view[0].len / 4;
  const int32_t *load_rows = v.view[2].buf, *load_slots = v.view[3].buf;
  const int32_t *store_rows = v.view[4].buf, *store_slots = v.view[5].buf;
  word *bank = v.view[1].buf;
  size_t lanes = kind >= AVX512 ? 8 : 4;
  size_t width = ((size_t)(last - first) + lanes - 1) / lanes * lanes;
  if (width > WIDTH) width = WIDTH;
  word *slots = width ? aligned_alloc(64, (width * 8 * (size_t)slot_count + 63) / 64 * 64) : NULL;
  if (width && !slots) {
    release(&v);
    return PyErr_NoMemory();
  }
  Py_BEGIN_ALLOW_THREADS
  runner run = runner_for(kind);
  for (size_t w = (size_t)first; w < (size_t)last; w += width) {
    size_t count = (size_t)last - w < width ? (size_t)last - w : width;
    memset(slots, 0, width * 8);
    memset(slots + width, 255, width * 8);
    for (size_t i = 0; i < loads; i++) {
      word *slot = slots + (size_t)load_slots[i] * width;
      if (load_rows[i] < 0) fill(slot, count, -load_rows[i] - 1, (word)start + w);
      else {
        const word *from = bank + (size_t)load_rows[i] * words + w;
        if (count == WIDTH) memcpy(slot, from, WIDTH * 8);
        else memcpy(slot, from, count * 8);
        for (size_t k = 0; k < count; k += 8) __builtin_prefetch(from + width + k);
      }
    }
    run(op, end, slots, width);
    for (size_t i = 0; i < stores; i++)
      memcpy(bank + (size_t)store_rows[i] * words + w, slots + (size_t)store_slots[i] * width, count * 8);
  }
  free(slots);
  Py_END_ALLOW_THREADS
  release(&v);
  Py_RETURN_NONE;
}

static PyObject *py_dense(PyObject *self, PyObject *args) {
#if defined(__x86_64__)
  PyObject *arrays[4];
  int kind, turned, failed;
  Py_ssize_t first, last;
  views v;
  (void)self;
  if (!PyArg_ParseTuple(args, "iOOOOinn", &kind, &arrays[0], &arrays[1], &arrays[2], &arrays[3],
                        &turned, &first, &last))
    return NULL;
  if (look_at(&v, arrays, 4, 1 << 3)) return NULL;
  size_t size = (size_t)v.view[2].len / 4, fan_in = size ? (size_t)v.view[0].len / size : 0;
  size_t words = size ? (size_t)v.view[3].len / 8 / size : 0;
  if (kind < AVX2 || !fan_in || fan_in * words * 8 != (size_t)v.view[1].len || first < 0 ||
      last < first || (size_t)last > words)
    return refuse(&v, "arrays that do not fit together");
  Py_BEGIN_ALLOW_THREADS
  failed = dense(kind, v.view[0].buf, size, fan_in, v.view[1].buf, words, v.view[2].buf, turned,
                 v.view[3].buf, (size_t)first, (size_t)last);
  Py_END_ALLOW_THREADS
  release(&v);
  if (failed) return PyErr_NoMemory();
  Py_RETURN_NONE;
#else
  (void)self, (void)args;
  PyErr_SetString(PyExc_NotImplementedError, "this processor has no such products");
  return NULL;
#endif
}

/* decide(totals, limits, slack, sizes, norms, rule, out) */
static PyObject *py_decide(PyObject *self, PyObject *args) {
  PyObject *arrays[6];
  int rule;
  views v;
  (void)self;
  if (!PyArg_ParseTuple(args, "OOOOOiO", &arrays[0], &arrays[1], &arrays[2], &arrays[3], &arrays[4],
                        &rule, &arrays[5]))
    return NULL;
  if (look_at(&v, arrays, 6, 1 << 5)) return NULL;
  size_t size = (size_t)v.view[1].len / 4, rows = (size_t)v.view[4].len / 4;
  if (size * rows * 4 != (size_t)v.view[0].len || size * rows != (size_t)v.view[5].len ||
      v.view[2].len != v.view[1].len || v.view[3].len != v.view[1].len)
    return refuse(&v, "arrays that do not fit together");
  Py_BEGIN_ALLOW_THREADS
  decide(v.view[0].buf, size, rows, v.view[1].buf, v.view[2].buf, v.view[3].buf, v.view[4].buf,
         rule, v.view[5].buf);
  Py_END_ALLOW_THREADS
  release(&v);
  Py_RETURN_NONE;
}

/* dots(weights, values, places, rows, totals, sizes, fan_in) */
static PyObject *py_dots(PyObject *self, PyObject *args) {
  PyObject *arrays[6];
  Py_ssize_t fan_in;
  views v;
  (void)self;
  if (!PyArg_ParseTuple(args, "OOOOOOn", &arrays[0], &arrays[1], &arrays[2], &arrays[3], &arrays[4],
                        &arrays[5], &fan_in))
    return NULL;
  if (look_at(&v, arrays, 6, 3 << 4)) return NULL;
  size_t count = (size_t)v.view[2].len / 8;
  const int64_t *places = v.view[2].buf, *rows = v.view[3].buf;
  int64_t most_place = fan_in > 0 ? v.view[0].len / 8 / fan_in : 0;
  int64_t most_row = fan_in > 0 ? v.view[1].len / 8 / fan_in : 0;
  for (int i = 3; i < 6; i++)
    if ((size_t)v.view[i].len != count * 8) return refuse(&v, "arrays that do not fit together");
  for (size_t i = 0; i < count; i++)
    if (places[i] < 0 || places[i] >= most_place || rows[i] < 0 || rows[i] >= most_row)
      return refuse(&v, "places outside of the arrays");
  Py_BEGIN_ALLOW_THREADS
  dots(v.view[0].buf, v.view[1].buf, (size_t)fan_in, places, rows, count, v.view[4].buf,
       v.view[5].buf);
  Py_END_ALLOW_THREADS
  release(&v);
  Py_RETURN_NONE;
}

/* split(weights, planes, size): an int8 matrix, and size x planes x words */
static PyObject *py_split(PyObject *self, PyObject *args) {
  PyObject *arrays[2];
  Py_ssize_t size, planes;
  views v;
  (void)self;
  if (!PyArg_ParseTuple(args, "OOnn", &arrays[0], &arrays[1], &size, &planes)) return NULL;
  if (look_at(&v, arrays, 2, 2)) return NULL;
  size_t fan_in = size > 0 ? (size_t)v.view[0].len / (size_t)size : 0;
  size_t words = size > 0 && planes > 0 ? (size_t)v.view[1].len / 8 / (size_t)(size * planes) : 0;
  if (planes < 1 || planes > 8 || !fan_in || words * 64 < fan_in)
    return refuse(&v, "arrays that do not fit together");
  Py_BEGIN_ALLOW_THREADS
  split(v.view[0].buf, (size_t)size, fan_in, (int)planes, words, v.view[1].buf);
  Py_END_ALLOW_THREADS
  release(&v);
  Py_RETURN_NONE;
}

/* few(kind, weights or planes, plane count, bits, limits, out, turned, rows) */
static PyObject *py_few(PyObject *self, PyObject *args) {
  PyObject *arrays[4];
  int kind, planes, turned, rows, failed;
  views v;
  (void)self;
  if (!PyArg_ParseTuple(args, "iOiOOOii", &kind, &arrays[0], &planes, &arrays[1], &arrays[2],
                        &arrays[3], &turned, &rows))
    return NULL;
  if (look_at(&v, arrays, 4, 1 << 3)) return NULL;
  size_t fan_in = (size_t)v.view[1].len / 8, size = (size_t)v.view[2].len / 4;
  size_t bytes = planes ? (size_t)planes * ((fan_in + 511) / 512 * 64) : fan_in;
  if (kind < AVX2 || planes < 0 || planes > 8 || !fan_in || rows < 0 || rows > 64 ||
      size * bytes != (size_t)v.view[0].len || size * 8 != (size_t)v.view[3].len)
    return refuse(&v, "arrays that do not fit together");
  Py_BEGIN_ALLOW_THREADS
  failed = few(kind, v.view[0].buf, size, fan_in, planes, v.view[1].buf, v.view[2].buf, turned, rows,
               v.view[3].buf);
  Py_END_ALLOW_THREADS
  release(&v);
  if (failed) return PyErr_NoMemory();
  Py_RETURN_NONE;
}

/* pack(kind, bytes, words, rows, first, last) and unpack: rows x width bytes, and width x words */
static PyObject *convert(PyObject *args, int packs) {
  PyObject *arrays[2];
  int kind;
  Py_ssize_t rows, first, last;
  views v;
  if (!PyArg_ParseTuple(args, "iOOnnn", &kind, &arrays[0], &arrays[1], &rows, &first, &last))
    return NULL;
  if (look_at(&v, arrays, 2, packs ? 2 : 1)) return NULL;
  size_t width = rows ? (size_t)v.view[0].len / (size_t)rows : 0;
  size_t words = width ? (size_t)v.view[1].len / 8 / width : 0;
  if (rows < 0 || first < 0 || last < first || (width && (size_t)last > words) ||
      (width && words * 64 < (size_t)rows) || (size_t)last * 64 >= (size_t)rows + 64)
    return refuse(&v, "words outside of the arrays");
  Py_BEGIN_ALLOW_THREADS
  if (packs)
    pack(kind, v.view[0].buf, (size_t)rows, width, v.view[1].buf, words, (size_t)first,
         (size_t)last);
  else
    unpack(kind, v.view[1].buf, words, (size_t)rows, width, v.view[0].buf, (size_t)first,
           (size_t)last);
  Py_END_ALLOW_THREADS
  release(&v);
  Py_RETURN_NONE;
}

static PyObject *py_pack(PyObject *self, PyObject *args) {
  (void)self;
  return convert(args, 1);
}

static PyObject *py_unpack(PyObject *self, PyObject *args) {
  (void)self;
  return convert(args, 0);
}

static PyMethodDef functions[] = {
    {"best", py_best, METH_NOARGS,
     "best() -> the highest kind this CPU can: 0 plain C, 1 AVX2, 2 AVX-512 with VNNI, 3 AMX"},
    {"run", py_run, METH_VARARGS,
     "run(kind, ops, bank, load_rows, load_slots, store_rows, store_slots, slots, first, last, "
     "start)"},
    {"dense", py_dense, METH_VARARGS,
     "dense(kind, weights, bits, limits, outputs, turned, first, last)"},
    {"decide", py_decide, METH_VARARGS,
     "decide(totals, limits, slack, sizes, norms, rule, out)"},
    {"dots", py_dots, METH_VARARGS,
     "dots(weights, values, places, rows, totals, sizes, fan_in)"},
    {"split", py_split, METH_VARARGS, "split(weights, planes, size, plane_count)"},
    {"few", py_few, METH_VARARGS,
     "few(kind, weights, plane_count, bits, limits, out, turned, rows)"},
    {"pack", py_pack, METH_VARARGS, "pack(kind, bytes, words, rows, first, last)"},
    {"unpack", py_unpack, METH_VARARGS, "unpack(kind, bytes, words, rows, first, last)"},
    {NULL, NULL, 0, NULL}};

static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "_kernels", NULL, -1, functions,
                                    NULL, NULL, NULL, NULL};

PyMODINIT_FUNC PyInit__kernels(void) { return PyModule_Create(&module); }
