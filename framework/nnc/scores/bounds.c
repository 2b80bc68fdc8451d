/* Bounds of every choice of columns, from the counts of rows in the 2^k cells that it makes.
 *
 * The counts of all sets of fewer than k columns are in tables; with one popcount a class they give
 * all 2^k cells of k columns.
 */
#include "bounds.h"

#include <math.h>
#include <string.h>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

#include "losses.h"

/* ------------------------------------------------------------------------------ counting rows */

INLINE void fill_in(const problem *p, uint64_t *masks, int *columns, int depth) {
  const uint64_t *mask = masks + (depth - 1) * p->words;
  if (depth >= p->size - 1) return;
  int64_t at = place(p, columns, depth);
  for (int e = columns[depth - 1] + 1; e < p->columns; e++)
    count_rows(mask, p->bits + e * p->words, p->starts, p->classes, p->tables[depth] + at + e,
               p->lengths[depth]);
}

INLINE void fill_with(const problem *p, uint64_t *masks, int first) {
  int columns[MOST] = {first};
  int depth = 1;
  memcpy(masks, p->bits + first * p->words, (size_t)p->words * 8);
  count_rows(masks, masks, p->starts, p->classes, p->tables[0] + first, p->lengths[0]);
  fill_in(p, masks, columns, depth);
  while (p->size > 2) { /* sets of up to size - 2 columns, each with one more */
    if (depth < p->size - 2 && columns[depth - 1] + 1 < p->columns) {
      columns[depth] = columns[depth - 1] + 1, depth++;
    } else {
      while (depth > 1 && columns[depth - 1] + 1 >= p->columns) depth--;
      if (depth == 1) return;
      columns[depth - 1]++;
    }
    const uint64_t *above = masks + (depth - 2) * p->words;
    const uint64_t *column = p->bits + columns[depth - 1] * p->words;
    uint64_t *mask = masks + (depth - 1) * p->words;
    for (int64_t i = 0; i < p->words; i++) mask[i] = above[i] & column[i];
    fill_in(p, masks, columns, depth);
  }
}

/* -------------------------------------------------------------------------- bounding supports */

static void lay_out(const problem *p, const int32_t (*cells)[1 << MOST], design *d) {
  int groups = p->classes / 2, is_fixed = groups > 1;
  d->cells = 0, d->rows = p->rows, d->margin = p->margin, d->width = 1 + is_fixed + p->size;
  for (int g = 0; g < groups; g++)
    for (int c = 0; c < 1 << p->size; c++) {
      int ones = cells[2 * g][c], all = ones + cells[2 * g + 1][c];
      if (!all) continue;
      double *x = d->row[d->cells];
      x[0] = 1;
      if (is_fixed) x[1] = p->values[g];
      for (int j = 0; j < p->size; j++) x[1 + is_fixed + j] = c >> j & 1;
      d->ones[d->cells] = ones, d->all[d->cells++] = all;
    }
}

double real_loss(const problem *p, const int32_t (*cells)[1 << MOST]) {
  design d;
  double reach[WIDTH], lower, upper, t[WIDTH] = {0};
  lay_out(p, cells, &d);
  reaches(reach, d.width);
  bound_loss(&d, t, reach, INFINITY, &lower, &upper);
  return upper;
}

static double loss_bound(const problem *p, const int32_t (*cells)[1 << MOST], double *start,
                         double quick) {
  design d;
  double reach[WIDTH], lower, upper, t[WIDTH];
  lay_out(p, cells, &d);
  reaches(reach, d.width);
  memcpy(t, start, sizeof t);
  decide_loss(&d, t, reach, p->cutoff, &lower, &upper);
  memcpy(start, t, sizeof t);
  return lower > quick ? lower : quick;
}

/* Twice the pairs of a 1 and a 0 that totals order wrongly at least, a tie being half: pairs of
 * cells that differ in the same columns in the same way are ordered alike. */
static double auc_bound(const problem *p, const int32_t (*cells)[1 << MOST]) {
  double ones[CELLS], zeros[CELLS], turned[243] = {0}, other[243] = {0}, least = 0;
  static const int powers[MOST] = {1, 3, 9, 27, 81};
  int group[CELLS], cell[CELLS], n = 0;
  for (int g = 0; g < p->classes / 2; g++)
    for (int c = 0; c < 1 << p->size; c++)
      if (cells[2 * g][c] || cells[2 * g + 1][c])
        ones[n] = cells[2 * g][c], zeros[n] = cells[2 * g + 1][c], group[n] = g, cell[n++] = c;
  for (int i = 0; i < n; i++) {
    least += ones[i] * zeros[i];
    for (int j = 0; j < i; j++) {
      int at = 0;
      double x = 2 * ones[j] * zeros[i], y = 2 * ones[i] * zeros[j];
      for (int k = 0; k < p->size; k++)
        at += ((cell[i] >> k & 1) - (cell[j] >> k & 1)) * powers[k];
      if (group[i] != group[j]) least += x < y ? x : y;
      else if (at > 0) turned[at] += x, other[at] += y;
      else turned[-at] += y, other[-at] += x;
    }
  }
  for (int i = 0; i < 243; i++) least += turned[i] < other[i] ? turned[i] : other[i];
  return least;
}

/* The same, more loosely, for some supports at once: each two cells on their own. */
INLINE void pairs_bound(const problem *p, int full, int32_t (*without)[1 << (MOST - 1)],
                        int32_t (*lanes)[1 << (MOST - 1)][LANES], double *least) {
  int32_t ones[CELLS][LANES], zeros[CELLS][LANES], sums[LANES] = {0};
  double all_ones = 0, all_zeros = 0;
  int n = 0;
  for (int g = 0; g < p->classes; g += 2) {
    all_ones += (double)p->totals[g], all_zeros += (double)p->totals[g + 1];
    for (int s = 0; s <= full; s++) {
      if (!without[g][s] && !without[g + 1][s]) continue;
      for (int e = 0; e < LANES; e++) {
        ones[n][e] = lanes[g][s][e], zeros[n][e] = lanes[g + 1][s][e];
        ones[n + 1][e] = without[g][s] - ones[n][e];
        zeros[n + 1][e] = without[g + 1][s] - zeros[n][e];
      }
      n += 2;
    }
  }
  if (all_ones * all_zeros >= 1 << 30) { /* products of 32 bits would wrap */
    for (int e = 0; e < LANES; e++) {
      double sum = 0;
      for (int i = 0; i < n; i++)
        for (int j = 0; j < i; j++)
          sum += fabs((double)ones[i][e] * zeros[j][e] - (double)ones[j][e] * zeros[i][e]);
      least[e] = all_ones * all_zeros - sum;
    }
    return;
  }
  for (int i = 0; i < n; i++)
    for (int j = 0; j < i; j++)
      for (int e = 0; e < LANES; e++) {
        int32_t turn = ones[i][e] * zeros[j][e] - ones[j][e] * zeros[i][e];
        sums[e] += turn < 0 ? -turn : turn;
      }
  for (int e = 0; e < LANES; e++) least[e] = all_ones * all_zeros - sums[e];
}

/* Sort the cells of a prefix by what they lose, the most first. */
INLINE void rank_cells(const problem *p, int full, int32_t (*without)[1 << (MOST - 1)],
                       const double *logs, int *worst) {
  double each[1 << (MOST - 1)];
  for (int s = 0; s <= full; s++) {
    int at = s;
    each[s] = 0;
    for (int g = 0; g < p->classes; g += 2) {
      int ones = without[g][s], zeros = without[g + 1][s];
      double a = ones * p->costs[0], b = zeros * p->costs[1];
      each[s] += p->goal == COST ? (a < b ? a : b) : logs[ones + zeros] - logs[ones] - logs[zeros];
    }
    for (; at && each[worst[at - 1]] < each[s]; at--) worst[at] = worst[at - 1];
    worst[at] = s;
  }
}

/* Counts the rows of a mask in some columns, at most LANES, for each class. */
typedef void counter(const problem *p, const uint64_t *mask, int begin, int some,
                     int32_t (*counts)[LANES]);

INLINE void count_lanes(const problem *p, const uint64_t *mask, int begin, int some,
                        int32_t (*counts)[LANES]) {
  for (int e = 0; e < some; e++)
    count_rows(mask, p->bits + (begin + e) * p->words, p->starts, p->classes, &counts[0][e], LANES);
}

INLINE void bound_prefix(const problem *p, const uint64_t *mask, const int *prefix, int from, int to,
                         output *out, counter *count) {
  int m = p->size - 1, full = (1 << m) - 1;
  const int32_t *with[2 * GROUPS][1 << (MOST - 1)]; /* counts of a part of the prefix and e */
  int32_t without[2 * GROUPS][1 << (MOST - 1)];
  int32_t found[2 * GROUPS][LANES], cells[2 * GROUPS][1 << MOST];
  int32_t lanes[2 * GROUPS][1 << (MOST - 1)][LANES];
  int worst[1 << (MOST - 1)]; /* cells of the prefix, those that lose the most first */
  double start[WIDTH] = {0}, limit = p->cutoff + (p->goal == COST ? 0 : p->margin);
  for (int s = 0; s <= full; s++) {
    int part[MOST], size = 0;
    for (int j = 0; j < m; j++)
      if (s >> j & 1) part[size++] = prefix[j];
    for (int c = 0; c < p->classes; c++) {
      if (s < full) with[c][s] = p->tables[size] + c * p->lengths[size];
      if (!size) without[c][s] = (int32_t)p->totals[c];
      else {
        int64_t at = place(p, part, size - 1) + part[size - 1];
        without[c][s] = p->tables[size - 1][c * p->lengths[size - 1] + at];
      }
    }
    if (s < full) {
      int64_t at = place(p, part, size);
      for (int c = 0; c < p->classes; c++) with[c][s] += at;
    }
  }
  for (int c = 0; c < p->classes; c++)
    for (int j = 0; j < m; j++)
      for (int s = 0; s <= full; s++)
        if (!(s >> j & 1)) without[c][s] -= without[c][s | 1 << j];
  rank_cells(p, full, without, out->logs, worst);
  for (int begin = from; begin < to; begin += LANES) {
    int some = to - begin < LANES ? to - begin : LANES;
    count(p, mask, begin, some, found);
    for (int c = 0; c < p->classes; c++) {
      for (int s = 0; s < full; s++)
        memcpy(lanes[c][s], with[c][s] + begin, sizeof lanes[c][s]);
      memcpy(lanes[c][full], found[c], sizeof lanes[c][full]);
      for (int j = 0; j < m; j++)
        for (int s = 0; s <= full; s++)
          if (!(s >> j & 1))
            for (int e = 0; e < LANES; e++) lanes[c][s][e] -= lanes[c][s | 1 << j][e];
    }
    double least[LANES];
    if (p->goal == AUC) pairs_bound(p, full, without, lanes, least);
    for (int e = 0; e < some; e++) {
      double quick = p->goal == AUC ? least[e] : 0;
      /* what a cell adds is not below 0: most choices are excluded by a few of them */
      for (int i = 0; i <= full && p->goal != AUC && quick <= limit; i++)
        for (int g = 0, s = worst[i]; g < p->classes; g += 2) {
          int ones = lanes[g][s][e], zeros = lanes[g + 1][s][e];
          int others = without[g][s] - ones, rest = without[g + 1][s] - zeros;
          if (p->goal != COST) {
            const double *f = out->logs;
            quick += f[ones + zeros] - f[ones] - f[zeros] + f[others + rest] - f[others] - f[rest];
          } else {
            double a = ones * p->costs[0], b = zeros * p->costs[1];
            double c = others * p->costs[0], d = rest * p->costs[1];
            quick += (a < b ? a : b) + (c < d ? c : d);
          }
        }
      quick -= p->goal == LOSS ? p->margin : 0;
      if (quick > p->cutoff) continue;
      if (p->goal == LOSS || p->goal == AUC)
        for (int c = 0; c < p->classes; c++)
          for (int s = 0; s <= full; s++) {
            cells[c][s | 1 << m] = lanes[c][s][e];
            cells[c][s] = without[c][s] - lanes[c][s][e];
          }
      if (p->goal == LOSS) {
        quick = loss_bound(p, (const int32_t(*)[1 << MOST])cells, start, quick);
        if (quick > p->cutoff) continue;
      } else if (p->goal == AUC) {
        quick = auc_bound(p, (const int32_t(*)[1 << MOST])cells);
        if (quick > p->cutoff) continue;
      }
      if (out->found < out->room) {
        uint16_t *support = out->supports + out->found * p->size;
        for (int j = 0; j < m; j++) support[j] = (uint16_t)prefix[j];
        support[m] = (uint16_t)(begin + e);
        out->bounds[out->found] = quick;
      }
      out->found++;
    }
  }
  out->bounded += to - from;
}

INLINE void bound_with(const problem *p, uint64_t *masks, int first, output *out, counter *count) {
  int prefix[MOST] = {first}, m = p->size - 1, depth = 1;
  if (!m) {
    memset(masks, 0xff, (size_t)p->words * 8);
    bound_prefix(p, masks, prefix, first, first + 1, out, count);
    return;
  }
  memcpy(masks, p->bits + first * p->words, (size_t)p->words * 8);
  for (;;) {
    if (depth == m) {
      bound_prefix(p, masks + (depth - 1) * p->words, prefix, prefix[m - 1] + 1, p->columns, out,
                   count);
      while (depth > 1 && prefix[depth - 1] + 1 >= p->columns) depth--;
      if (depth == 1) return;
      prefix[depth - 1]++;
    } else if (prefix[depth - 1] + 1 < p->columns) {
      prefix[depth] = prefix[depth - 1] + 1, depth++;
    } else {
      while (depth > 1 && prefix[depth - 1] + 1 >= p->columns) depth--;
      if (depth == 1) return;
      prefix[depth - 1]++;
    }
    const uint64_t *above = masks + (depth - 2) * p->words;
    const uint64_t *column = p->bits + prefix[depth - 1] * p->words;
    uint64_t *mask = masks + (depth - 1) * p->words;
    for (int64_t i = 0; i < p->words; i++) mask[i] = above[i] & column[i];
  }
}

/* ---------------------------------------------------------------------- kinds of processors */

static void fill_plain(const problem *p, uint64_t *masks, int first) {
  fill_with(p, masks, first);
}
static void bound_plain(const problem *p, uint64_t *masks, int first, output *out) {
  bound_with(p, masks, first, out, count_lanes);
}
void (*fill_tables)(const problem *, uint64_t *, int) = fill_plain;
void (*bound_choices)(const problem *, uint64_t *, int, output *) = bound_plain;

#if defined(__x86_64__)
#define ON2 __attribute__((target("avx2,popcnt")))
#define ON512 __attribute__((target("avx2,popcnt,avx512f,avx512vl,avx512vpopcntdq")))
ON2 static void fill_avx2(const problem *p, uint64_t *masks, int first) {
  fill_with(p, masks, first);
}
ON2 static void bound_avx2(const problem *p, uint64_t *masks, int first, output *out) {
  bound_with(p, masks, first, out, count_lanes);
}
ON512 static void fill_avx512(const problem *p, uint64_t *masks, int first) {
  fill_with(p, masks, first);
}
/* As count_lanes; the mask is read once, and all columns are counted side by side. */
ON512 static void count_avx512(const problem *p, const uint64_t *mask, int begin, int some,
                               int32_t (*counts)[LANES]) {
  if (some < LANES) {
    count_lanes(p, mask, begin, some, counts);
    return;
  }
  const uint64_t *columns = p->bits + begin * p->words;
  for (int c = 0; c < p->classes; c++) {
    __m512i sums[LANES];
    for (int e = 0; e < LANES; e++) sums[e] = _mm512_setzero_si512();
    for (int64_t i = p->starts[c]; i < p->starts[c + 1]; i += 8) {
      int64_t left = p->starts[c + 1] - i;
      __mmask8 here = left < 8 ? (__mmask8)((1 << left) - 1) : 0xff;
      __m512i rows = _mm512_maskz_loadu_epi64(here, mask + i);
      for (int e = 0; e < LANES; e++) {
        __m512i column = _mm512_maskz_loadu_epi64(here, columns + e * p->words + i);
        sums[e] = _mm512_add_epi64(sums[e], _mm512_popcnt_epi64(_mm512_and_si512(rows, column)));
      }
    }
    for (int e = 0; e < LANES; e++) counts[c][e] = (int32_t)_mm512_reduce_add_epi64(sums[e]);
  }
}
ON512 static void bound_avx512(const problem *p, uint64_t *masks, int first, output *out) {
  bound_with(p, masks, first, out, count_avx512);
}
void choose_bounds(void) {
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("popcnt"))
    fill_tables = fill_avx2, bound_choices = bound_avx2;
  if (fill_tables == fill_avx2 && __builtin_cpu_supports("avx512vl") &&
      __builtin_cpu_supports("avx512vpopcntdq"))
    fill_tables = fill_avx512, bound_choices = bound_avx512;
}
#else
void choose_bounds(void) {}
#endif
