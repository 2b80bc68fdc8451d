/* Products of bits and int8 by tables, for AVX-512 with VBMI, and for AVX2.

   Four bits choose one of 16 sums of four weights (as in the method of Arlazarov, Dinic, Kronrod and
   Faradzev, 1970). A table begins at its least sum, so that sums are bytes without a sign; as many as
   stay below 256 are added as bytes, and then to a total.

   With AVX-512 a vector has the tables of 16 weights of a neuron; `vpermb` looks up four sums of each
   of 16 rows, 256 products at once where `vpdpbusd` makes 64, and `vpdpbusd` adds the four bytes of a
   row to its total, an int32. With AVX2 `vpshufb` looks up the sums of 32 rows in one table, and
   totals are 16 bits without a sign. */

#include "tables.h"

#include <stdlib.h>
#include <string.h>

#include "vectors.h"

#if defined(__x86_64__)
#define ONVBMI                                                                                    \
  __attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,avx512vbmi")))

enum { MOST_TABLED = 255 / 4 };  /* the greatest weight of which four sums fit a byte */
enum { MOST_TOTAL = 65535 };      /* with AVX2 */
enum { LAID_BYTES = 1 << 20 };   /* of bits laid out at a time */
enum { TABLE_BYTES = 1 << 18 };  /* of tables at a time: a part of the second cache */

/* Lay out 64 rows of 16 sources: byte [row][j] is the four bits of sources 4 j on, and 16 j, which
   says whose table they are for. */
ONVBMI static void lay_out_tabled_512(const word *w, uint8_t *to) {
  __m512i four[4];
  for (int j = 0; j < 4; j++, w += 4) {
    four[j] = _mm512_set1_epi8((char)(16 * j));
    for (int q = 0; q < 4; q++)
      four[j] = _mm512_mask_add_epi8(four[j], w[q], four[j], _mm512_set1_epi8((char)(1 << q)));
  }
  interleave_512(four[0], four[1], four[2], four[3], to);
}

/* Make the tables of a neuron, beside those of another; return the sum of what they begin at. A
   weight w adds what its bit says of two numbers: max(w, 0), or that less w. First come the four
   sums of two weights each, then the 16 sums of two such. */
ONVBMI static int32_t make_tables_512(const int8_t *w, size_t fan_in, uint8_t *table) {
  const long long lane = 0x0808080808080808;
  const __m256i pair = _mm256_mullo_epi32(_mm256_set_epi32(7, 6, 5, 4, 3, 2, 1, 0),
                                          _mm256_set1_epi32(0x02020202));
  const __m256i of_one = _mm256_add_epi8(pair, _mm256_set1_epi32(0x00100010));
  const __m256i of_other = _mm256_add_epi8(pair, _mm256_set1_epi32(0x01011111));
  const __m512i four = _mm512_set_epi64(3 * lane, 3 * lane, 2 * lane, 2 * lane, lane, lane, 0, 0);
  const __m512i of_low = _mm512_add_epi8(four, _mm512_set1_epi32(0x03020100));
  const __m512i of_high = _mm512_add_epi8(four, _mm512_broadcast_i32x4(_mm_set_epi32(
                                                    0x07070707, 0x06060606, 0x05050505, 0x04040404)));
  int8_t ending[16] = {0};
  const __m128i zero = _mm_setzero_si128(), ones = _mm_set1_epi8(1);
  __m128i below = zero;
  for (size_t k = 0; k < fan_in; k += 16, table += 128) {
    const int8_t *from = w + k;
    if (fan_in - k < 16) from = memcpy(ending, from, fan_in - k);
    __m128i own = _mm_loadu_si128((const __m128i *)from);
    __m128i more = _mm_max_epi8(own, zero), less = _mm_sub_epi8(more, own);
    __m256i both = _mm256_inserti128_si256(_mm256_castsi128_si256(more), less, 1);
    __m512i twos = _mm512_castsi256_si512(_mm256_add_epi8(
        _mm256_permutexvar_epi8(of_one, both), _mm256_permutexvar_epi8(of_other, both)));
    _mm512_store_si512(table, _mm512_add_epi8(_mm512_permutexvar_epi8(of_low, twos),
                                              _mm512_permutexvar_epi8(of_high, twos)));
    DOT(below, less, ones);
  }
  int32_t sums[4];
  _mm_storeu_si128((__m128i *)sums, below);
  return -(sums[0] + sums[1] + sums[2] + sums[3]);
}

#define EACH(r) _Pragma("GCC unroll 4") for (int r = 0; r < 4; r++)
#define LOAD_ROWS                                                                                 \
  __m512i x[4];                                                                                   \
  EACH(r) {                                                                                       \
    x[r] = _mm512_load_si512(laid + 256 * k + 64 * r);                                            \
    __asm__("" : "+v"(x[r])); /* kept: GCC 12 loads it again for the second neuron */             \
  }                                                                                               \
  const __m512i s = _mm512_load_si512(table + 128 * k), t = _mm512_load_si512(table + 128 * k + 64)

/* Two neurons for 64 rows, as `block_512`; `run` sums fit a byte. Totals begin at `start`. */
ONVBMI static void block_tabled_512(const uint8_t *table, size_t steps, size_t run,
                                    const uint8_t *laid, const int32_t *limit, word flip,
                                    word *out, size_t words, int count) {
  int32_t start[2];
  memcpy(start, table + 128 * steps, sizeof start);
  const __m512i ones = _mm512_set1_epi8(1);
  __m512i a[4], b[4], c[4], d[4];
  EACH(r) a[r] = _mm512_set1_epi32(start[0]), b[r] = _mm512_set1_epi32(start[1]);
  for (size_t k = 0; k < steps;) {
    size_t end = steps - k < run ? steps : k + run;
    {
      LOAD_ROWS;
      EACH(r) c[r] = _mm512_permutexvar_epi8(x[r], s), d[r] = _mm512_permutexvar_epi8(x[r], t);
    }
    for (k++; k < end; k++) {
      LOAD_ROWS;
      EACH(r) c[r] = _mm512_add_epi8(c[r], _mm512_permutexvar_epi8(x[r], s));
      EACH(r) d[r] = _mm512_add_epi8(d[r], _mm512_permutexvar_epi8(x[r], t));
    }
    EACH(r) {
      DOT(a[r], c[r], ones);
      DOT(b[r], d[r], ones);
    }
  }
  word fired[2] = {flip, flip};
  EACH(r) {
    fired[0] ^= (word)_mm512_cmpge_epi32_mask(a[r], _mm512_set1_epi32(limit[0])) << 16 * r;
    fired[1] ^= (word)_mm512_cmpge_epi32_mask(b[r], _mm512_set1_epi32(limit[1])) << 16 * r;
  }
  for (int i = 0; i < count; i++) out[(size_t)i * words] = fired[i];
}

/* As `lay_out_tabled_512`, byte [j][row] without what is added. */
ON2 static void lay_out_tabled_2(const word *w, uint8_t *to) {
  const __m256i spread = _mm256_set_epi64x(0x0303030303030303, 0x0202020202020202,
                                           0x0101010101010101, 0);
  const __m256i bit = _mm256_set1_epi64x((long long)0x8040201008040201);
  for (int j = 0; j < 4; j++, w += 4)
    for (int h = 0; h < 64; h += 32, to += 32) {
      __m256i four = _mm256_setzero_si256();
      for (int q = 0; q < 4; q++) {
        __m256i bytes = _mm256_shuffle_epi8(_mm256_set1_epi32((int)(w[q] >> h)), spread);
        __m256i ones = _mm256_cmpeq_epi8(_mm256_and_si256(bytes, bit), bit);
        four = _mm256_or_si256(four, _mm256_and_si256(ones, _mm256_set1_epi8((char)(1 << q))));
      }
      _mm256_store_si256((__m256i *)to, four);
    }
}

/* As `make_tables_512`, one after the other. */
ON2 static int32_t make_tables_2(const int8_t *w, size_t fan_in, uint8_t *table) {
  uint8_t which[4][16];
  for (int q = 0; q < 4; q++)
    for (int i = 0; i < 16; i++) which[q][i] = (uint8_t)(i >> q & 1 ? q : 4 + q);
  const __m128i zero = _mm_setzero_si128();
  __m128i below = zero;
  for (size_t k = 0; k < (fan_in + 15) / 16 * 16; k += 4, table += 32) {
    int32_t four = 0;
    if (k < fan_in) memcpy(&four, w + k, fan_in - k < 4 ? fan_in - k : 4);
    __m128i own = _mm_cvtsi32_si128(four), more = _mm_max_epi8(own, zero), sums = zero;
    __m128i less = _mm_sub_epi8(more, own), both = _mm_unpacklo_epi32(more, less);
    for (int q = 0; q < 4; q++) {
      __m128i of_one = _mm_loadu_si128((const __m128i *)which[q]);
      sums = _mm_add_epi8(sums, _mm_shuffle_epi8(both, of_one));
    }
    _mm_store_si128((__m128i *)table, sums);
    below = _mm_add_epi64(below, _mm_sad_epu8(less, zero));
  }
  return -_mm_cvtsi128_si32(below);
}

/* As `block_tabled_512`. Bytes 2 i and 2 i + 1 of what is added have totals of their own. */
ON2 static void block_tabled_2(const uint8_t *table, size_t steps, size_t run, const uint8_t *laid,
                               const int32_t *limit, word flip, word *out, size_t words, int count) {
  const __m256i zero = _mm256_setzero_si256(), low = _mm256_set1_epi16(0xff);
  __m256i even[2][2] = {{zero, zero}, {zero, zero}}, odd[2][2] = {{zero, zero}, {zero, zero}};
  for (size_t k = 0; k < 4 * steps;) {
    size_t end = 4 * steps - k < run ? 4 * steps : k + run;
    __m256i part[2][2] = {{zero, zero}, {zero, zero}};
    for (; k < end; k++)
      for (int i = 0; i < 2; i++) {
        const __m128i *own = (const __m128i *)(table + 32 * k + 16 * i);
        __m256i t = _mm256_broadcastsi128_si256(_mm_load_si128(own));
        for (int h = 0; h < 2; h++) {
          __m256i x = _mm256_load_si256((const __m256i *)(laid + 64 * k + 32 * h));
          part[i][h] = _mm256_add_epi8(part[i][h], _mm256_shuffle_epi8(t, x));
        }
      }
    for (int i = 0; i < 2; i++)
      for (int h = 0; h < 2; h++) {
        even[i][h] = _mm256_add_epi16(even[i][h], _mm256_and_si256(part[i][h], low));
        odd[i][h] = _mm256_add_epi16(odd[i][h], _mm256_srli_epi16(part[i][h], 8));
      }
  }
  for (int i = 0; i < count; i++) {
    int32_t start;
    memcpy(&start, table + 128 * steps + (size_t)i * sizeof start, sizeof start);
    int64_t least = (int64_t)limit[i] - start; /* totals begin at 0 here */
    word fired = least <= 0 ? ~(word)0 : 0;
    if (least > 0 && least <= MOST_TOTAL) {
      __m256i t = _mm256_set1_epi16((short)least);
      for (int h = 0; h < 2; h++) {
        __m256i e = _mm256_cmpeq_epi16(_mm256_max_epu16(even[i][h], t), even[i][h]);
        __m256i o = _mm256_cmpeq_epi16(_mm256_max_epu16(odd[i][h], t), odd[i][h]);
        fired |= (word)(uint32_t)_mm256_movemask_epi8(_mm256_blendv_epi8(o, e, low)) << 32 * h;
      }
    }
    out[(size_t)i * words] = fired ^ flip;
  }
}

int fit_tables(int kind, size_t fan_in, int largest) {
  if (largest > MOST_TABLED) return 0;
  if (kind == AVX512) return __builtin_cpu_supports("avx512vbmi") != 0;
  return kind == AVX2 && fan_in * (size_t)largest <= MOST_TOTAL;
}

int dense_by_tables(int kind, const int8_t *weights, size_t size, size_t fan_in, int largest,
                    const word *bits, size_t words, const int32_t *limits, int turned, word *out,
                    size_t first, size_t last) {
  int is_wide = kind == AVX512;
  size_t steps = (fan_in + 15) / 16, run = largest ? 255 / (4 * (size_t)largest) : 255;
  size_t chunk = LAID_BYTES / (256 * steps), panel = TABLE_BYTES / (128 * steps);
  if (chunk > last - first) chunk = last - first;
  if (chunk < 1) chunk = 1;
  if (panel > (size + 1) / 2) panel = (size + 1) / 2;
  if (panel < 1) panel = 1;
  size_t each = 128 * (steps + 1); /* two neurons, and what their totals begin at */
  uint8_t *laid = allocate(chunk * steps, 256), *tables = allocate(panel, each);
  int failed = !laid || !tables;
  for (size_t w = first; w < last && !failed; w += chunk) {
    size_t count = last - w < chunk ? last - w : chunk;
    for (size_t k = 0; k < steps; k++)
      for (size_t v = 0; v < count; v++) {
        word own[16] = {0};
        for (size_t q = 0; q < 16 && 16 * k + q < fan_in; q++)
          own[q] = bits[(16 * k + q) * words + w + v];
        (is_wide ? lay_out_tabled_512 : lay_out_tabled_2)(own, laid + (v * steps + k) * 256);
      }
    for (size_t n = 0; n < size; n += 2 * panel) {
      size_t here = size - n < 2 * panel ? size - n : 2 * panel;
      for (size_t i = 0; i < here + here % 2; i++) { /* where one is left over, twice the same */
        size_t own = i < here ? i : i - 1;
        const int8_t *from = weights + (n + own) * fan_in;
        uint8_t *to = tables + i / 2 * each;
        int32_t start = is_wide ? make_tables_512(from, fan_in, to + i % 2 * 64)
                                : make_tables_2(from, fan_in, to + i % 2 * 16);
        memcpy(to + 128 * steps + i % 2 * sizeof start, &start, sizeof start);
      }
      for (size_t v = 0; v < count; v++)
        for (size_t i = 0; i < here; i += 2) {
          int two = here - i > 1;
          int32_t limit[2] = {limits[n + i], limits[n + i + (size_t)two]};
          (is_wide ? block_tabled_512 : block_tabled_2)(
              tables + i / 2 * each, steps, run, laid + v * steps * 256, limit,
              turned ? ~(word)0 : 0, out + (n + i) * words + w + v, words, 1 + two);
        }
    }
  }
  free(laid);
  free(tables);
  return failed ? -1 : 0;
}
#endif
