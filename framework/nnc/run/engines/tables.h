/* Products of bits and int8 by tables, for AVX-512 with VBMI.

   Four bits choose one of 16 sums of four weights (as in the method of Arlazarov, Dinic, Kronrod and
   Faradzev, 1970). A vector has the tables of 16 weights of a neuron; `vpermb` looks up four sums of
   each of 16 rows, 256 products at once where `vpdpbusd` makes 64. A table begins at its least sum,
   so that sums are bytes without a sign; as many as stay below 256 are added as bytes, and
   `vpdpbusd` adds the four bytes of a row to its total. */

#define ONVBMI                                                                                    \
  __attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,avx512vbmi")))

enum { MOST_TABLED = 255 / 4 };  /* the greatest weight of which four sums fit a byte */
enum { LAID_BYTES = 1 << 20 };   /* of bits laid out at a time */
enum { TABLE_BYTES = 1 << 18 };  /* of tables at a time: a part of the second cache */

/* Lay out 64 rows of 16 sources: byte [row][j] is the four bits of sources 4 j on, and 16 j, which
   says whose table they are for. */
ONVBMI static void lay_out_tabled(const word *w, uint8_t *to) {
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
ONVBMI static int32_t make_tables(const int8_t *w, size_t fan_in, uint8_t *table) {
  uint8_t one[32], other[32], low[64], high[64], ending[16] = {0};
  for (int i = 0; i < 32; i++) {
    one[i] = (uint8_t)(i / 4 * 2 + (i & 1 ? 0 : 16));
    other[i] = (uint8_t)(i / 4 * 2 + 1 + (i & 2 ? 0 : 16));
  }
  for (int i = 0; i < 64; i++) {
    low[i] = (uint8_t)(i / 16 * 8 + i % 4);
    high[i] = (uint8_t)(i / 16 * 8 + 4 + i / 4 % 4);
  }
  const __m256i of_one = _mm256_loadu_si256((const __m256i *)one);
  const __m256i of_other = _mm256_loadu_si256((const __m256i *)other);
  const __m512i of_low = _mm512_loadu_si512(low), of_high = _mm512_loadu_si512(high);
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
  int32_t four[4];
  _mm_storeu_si128((__m128i *)four, below);
  return -(four[0] + four[1] + four[2] + four[3]);
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
ONVBMI static void block_tabled(const uint8_t *table, size_t steps, size_t run, const uint8_t *laid,
                                const int32_t *limit, word flip, word *out, size_t words,
                                int count) {
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

/* As `dense`, for weights of at most `largest`. */
ONVBMI static int dense_tabled(const int8_t *weights, size_t size, size_t fan_in, int largest,
                               const word *bits, size_t words, const int32_t *limits, int turned,
                               word *out, size_t first, size_t last) {
  size_t steps = (fan_in + 15) / 16, run = largest ? 255 / (4 * (size_t)largest) : steps;
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
        lay_out_tabled(own, laid + (v * steps + k) * 256);
      }
    for (size_t n = 0; n < size; n += 2 * panel) {
      size_t here = size - n < 2 * panel ? size - n : 2 * panel;
      for (size_t i = 0; i < here + here % 2; i++) { /* where one is left over, twice the same */
        size_t own = i < here ? i : i - 1;
        uint8_t *to = tables + i / 2 * each;
        int32_t start = make_tables(weights + (n + own) * fan_in, fan_in, to + i % 2 * 64);
        memcpy(to + 128 * steps + i % 2 * sizeof start, &start, sizeof start);
      }
      for (size_t v = 0; v < count; v++)
        for (size_t i = 0; i < here; i += 2) {
          int two = here - i > 1;
          int32_t limit[2] = {limits[n + i], limits[n + i + (size_t)two]};
          block_tabled(tables + i / 2 * each, steps, run, laid + v * steps * 256, limit,
                       turned ? ~(word)0 : 0, out + (n + i) * words + w + v, words, 1 + two);
        }
    }
  }
  free(laid);
  free(tables);
  return failed ? -1 : 0;
}
