/* Scorecards of few terms: every choice of columns is bounded from the 2^k cells that they make.
 *
 * Rows are bits of columns, sorted into classes, each padded to whole words: class 2g has the rows
 * of group g that are 1, class 2g + 1 those that are 0. Rows of a group have one total of the points
 * that are fixed. The counts of all sets of fewer than k columns are in tables; with one popcount a
 * class they give all 2^k cells of k columns. Losses are natural logarithms, summed over the rows.
 *
 * Every bound holds whatever an iteration has reached: for numbers m in [0, 1] a cell, and all t,
 *   loss(t) >= sum of n H(m) - sum over j of |sum over cells of (n m - p) x_j| |t_j|,
 * and |t_j| is limited. A margin covers what rounding may do.
 */
#define PY_SSIZE_T_CLEAN
#define Py_LIMITED_API 0x030B0000
#include <Python.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#if !defined(__GNUC__)
#error "these kernels are written for GCC and Clang"
#endif
#if defined(__x86_64__)
#include <immintrin.h>
#endif

#define LAYOUT 2  /* of a problem, and of the order of sets in its tables */
#define MOST 5    /* terms */
#define GROUPS 16 /* totals of fixed points */
#define CELLS (GROUPS << MOST)
#define WIDTH (MOST + 2) /* numbers of a logistic model: the constant, the total, and the columns */
#define LANES 8
#define MARGIN 5e-11 /* a row, and a group */
#define REACH 300.0  /* at most so much does a term move the logarithm of the odds */
#define INLINE static inline __attribute__((always_inline))

enum goal { LOSS, COST, AUC, PARTED }; /* PARTED is the loss where each cell has odds of its own */

typedef struct {
  int columns, size, classes, goal;
  int64_t words;
  const int64_t *starts, *totals;
  const uint64_t *bits;
  int32_t *tables[MOST];          /* by the number of columns less one */
  int64_t lengths[MOST];          /* of a class in them */
  const double *values;           /* of groups */
  double costs[2], rows, margin, cutoff;
} problem;

/* ------------------------------------------------------------------------------ logistic loss */

typedef struct {
  int cells, width;
  double rows, margin, row[CELLS][WIDTH], ones[CELLS], all[CELLS];
} design;

static double entropy(double m) {
  return (m > 0 ? -m * log(m) : 0) + (m < 1 ? -(1 - m) * log(1 - m) : 0);
}

/* Solve the positive definite system `matrix` x = `right`; what is dependent becomes 0. */
static void solve(int n, double matrix[WIDTH][WIDTH], double *right) {
  double least[WIDTH];
  for (int i = 0; i < n; i++) least[i] = 1e-11 * matrix[i][i] + 1e-300;
  for (int i = 0; i < n; i++) {
    for (int j = 0; j < i; j++) {
      double sum = matrix[i][j];
      for (int k = 0; k < j; k++) sum -= matrix[i][k] * matrix[j][k];
      matrix[i][j] = matrix[j][j] > 0 ? sum / matrix[j][j] : 0;
    }
    double sum = matrix[i][i];
    for (int k = 0; k < i; k++) sum -= matrix[i][k] * matrix[i][k];
    matrix[i][i] = sum > least[i] ? sqrt(sum) : 0;
  }
  for (int i = 0; i < n; i++) {
    double sum = right[i];
    for (int k = 0; k < i; k++) sum -= matrix[i][k] * right[k];
    right[i] = matrix[i][i] > 0 ? sum / matrix[i][i] : 0;
  }
  for (int i = n - 1; i >= 0; i--) {
    double sum = right[i];
    for (int k = i + 1; k < n; k++) sum -= matrix[k][i] * right[k];
    right[i] = matrix[i][i] > 0 ? sum / matrix[i][i] : 0;
  }
}

enum until { DECIDED, BOUNDED, EXACT };

/* Minimise the loss over `t`, from where it is, until `lower` is above the cutoff, `upper` is not
 * (where that is enough), or both meet; or until nothing moves, without a lower bound. */
static void minimise(const design *d, double *t, const double *reach, double cutoff,
                     enum until until, double *lower, double *upper) {
  double before = INFINITY, step[WIDTH] = {0}, m[CELLS];
  int w = d->width;
  *lower = 0, *upper = INFINITY;
  for (int round = 0; round < 100; round++) {
    double loss = 0, slope[WIDTH] = {0}, curve[WIDTH][WIDTH] = {{0}};
    for (int c = 0; c < d->cells; c++) {
      const double *x = d->row[c];
      double z = 0;
      for (int j = 0; j < w; j++) z += t[j] * x[j];
      double e = exp(-fabs(z)), n = d->all[c], p = d->ones[c];
      loss += n * ((z > 0 ? z : 0) + log(1 + e)) - p * z;
      m[c] = (z > 0 ? 1 : e) / (1 + e);
      double over = n * m[c] - p, bend = n * e / ((1 + e) * (1 + e));
      for (int j = 0; j < w; j++) {
        slope[j] += over * x[j];
        double scaled = bend * x[j];
        for (int k = 0; k <= j; k++) curve[j][k] += scaled * x[k];
      }
    }
    if (!(loss <= before + 1e-13 * d->rows)) { /* too far: half of the step */
      double longest = 0;
      for (int j = 0; j < w; j++) {
        step[j] /= 2, t[j] += step[j];
        if (fabs(step[j]) > longest) longest = fabs(step[j]);
      }
      if (longest < 1e-14) return;
      continue;
    }
    before = loss;
    if (loss < *upper) *upper = loss;
    if (until == DECIDED && *upper <= cutoff) return;
    memcpy(step, slope, sizeof step);
    solve(w, curve, step);
    double low = 0, rest[WIDTH] = {0};
    for (int c = 0; until != EXACT && c < d->cells; c++) {
      const double *x = d->row[c];
      double along = 0;
      for (int j = 0; j < w; j++) along += step[j] * x[j];
      double moved = m[c] - m[c] * (1 - m[c]) * along, n = d->all[c];
      moved = moved < 0 ? 0 : moved > 1 ? 1 : moved;
      low += n * entropy(moved);
      double over = n * moved - d->ones[c];
      for (int j = 0; j < w; j++) rest[j] += over * x[j];
    }
    for (int j = 0; j < w; j++) low -= fabs(rest[j]) * reach[j];
    low -= d->margin;
    if (low > *lower && until != EXACT) *lower = low;
    if (*lower > cutoff || (until != EXACT && *upper - *lower < 1.5 * d->margin)) return;
    double furthest = 0;
    for (int j = 0; j < w; j++) {
      double next = t[j] - step[j];
      next = next > reach[j] ? reach[j] : next < -reach[j] ? -reach[j] : next;
      step[j] = t[j] - next, t[j] = next;
      if (fabs(step[j]) > furthest) furthest = fabs(step[j]);
    }
    if (furthest < 1e-13) return;
  }
}

static void reaches(double *reach, int width) {
  reach[0] = REACH * (MOST + 1) + 20;
  for (int j = 1; j < width; j++) reach[j] = REACH;
}

/* ------------------------------------------------------------------------------ counting rows */

/* How many choices of `size` of `n` columns there are; dividing by constants is quick. */
INLINE int64_t choices(int64_t n, int size) {
  int64_t pairs = n * (n - 1) / 2;
  return size == 1 ? n : size == 2 ? pairs : size == 3 ? pairs * (n - 2) / 3
                                           : pairs * (n - 2) / 3 * (n - 3) / 4;
}

/* Where a table has the set of these columns and column 0 of the last: sets are in the order of
 * their first column, then of the second, so that one prefix after the other is read in a row. */
INLINE int64_t place(const problem *p, const int *columns, int size) {
  int64_t at = choices(p->columns, size + 1) - p->columns;
  for (int i = 0; i < size; i++) at -= choices(p->columns - 1 - columns[i], size + 1 - i);
  return at;
}

INLINE void count_rows(const uint64_t *mask, const uint64_t *column, const int64_t *starts,
                       int classes, int32_t *counts, int64_t stride) {
  for (int c = 0; c < classes; c++) {
    int64_t sum = 0;
    for (int64_t i = starts[c]; i < starts[c + 1]; i++)
      sum += __builtin_popcountll(mask[i] & column[i]);
    counts[c * stride] = (int32_t)sum;
  }
}

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

typedef struct {
  const double *logs; /* n log n */
  uint16_t *supports;
  double *bounds;
  int64_t room, found, bounded;
} output;

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

/* The loss of real weights; whatever the points are, that of a card is not less. */
static double real_loss(const problem *p, const int32_t (*cells)[1 << MOST]) {
  design d;
  double reach[WIDTH], lower, upper, t[WIDTH] = {0};
  lay_out(p, cells, &d);
  reaches(reach, d.width);
  minimise(&d, t, reach, INFINITY, BOUNDED, &lower, &upper);
  return upper;
}

static double loss_bound(const problem *p, const int32_t (*cells)[1 << MOST], double *start,
                         double quick) {
  design d;
  double reach[WIDTH], lower, upper, t[WIDTH];
  lay_out(p, cells, &d);
  reaches(reach, d.width);
  memcpy(t, start, sizeof t);
  minimise(&d, t, reach, p->cutoff, DECIDED, &lower, &upper);
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
      quick -= p->goal == LOSS || p->goal == PARTED ? p->margin : 0;
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
static void (*fill)(const problem *, uint64_t *, int) = fill_plain;
static void (*bound)(const problem *, uint64_t *, int, output *) = bound_plain;

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
static void choose(void) {
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("popcnt"))
    fill = fill_avx2, bound = bound_avx2;
  if (fill == fill_avx2 && __builtin_cpu_supports("avx512vl") &&
      __builtin_cpu_supports("avx512vpopcntdq"))
    fill = fill_avx512, bound = bound_avx512;
}
#else
static void choose(void) {}
#endif

/* ------------------------------------------------------------------------- points of a support */

typedef struct {
  int terms, cells, goal;
  const int64_t *x;        /* cells x terms */
  const int64_t *whole;    /* of cells: the total of the fixed points, as an integer */
  const int64_t *limits;   /* limits x (measure, numerator, denominator, first part, parts) */
  const int64_t *parts;    /* parts x cells x (ones, zeros) */
  int limit_count;
  double costs[2], least;  /* the least loss among cards of the best value */
  const double *fixed;     /* of cells: the total of the fixed points */
  const double *ones, *all;
  const int64_t *points;   /* terms x choices, without 0 */
  const int64_t *choices;  /* of terms */
  int64_t most;            /* choices of a term at most */
  double rows, margin, cutoff, slack, constant, steepest;
  int64_t *cards;
  double *values, *losses;
  int64_t room, found, nodes;
  int order[MOST];
} search;

/* The loss of a card: that of the best odds at 0 points, and for each point. */
static double leaf(const search *s, const double *total) {
  design d;
  double t[WIDTH] = {0}, lower, upper, reach[WIDTH];
  d.width = 2, d.cells = s->cells, d.rows = s->rows, d.margin = s->margin;
  memcpy(d.ones, s->ones, sizeof(double) * (size_t)s->cells);
  memcpy(d.all, s->all, sizeof(double) * (size_t)s->cells);
  for (int c = 0; c < s->cells; c++) d.row[c][0] = 1, d.row[c][1] = total[c];
  reaches(reach, 2);
  reach[1] = s->steepest;
  minimise(&d, t, reach, INFINITY, EXACT, &lower, &upper);
  if (t[1] <= 0) return s->constant;
  if (t[1] < s->steepest * (1 - 1e-9)) return upper;
  double left = -reach[0], right = reach[0], loss = 0; /* as steep as may be */
  for (int round = 0; round < 200; round++) {
    double middle = (left + right) / 2, slope = 0;
    for (int c = 0; c < s->cells; c++) {
      double z = middle + s->steepest * total[c], e = exp(-fabs(z));
      slope += s->all[c] * (z > 0 ? 1 : e) / (1 + e) - s->ones[c];
    }
    *(slope > 0 ? &right : &left) = middle;
  }
  for (int c = 0; c < s->cells; c++) {
    double z = left + s->steepest * total[c];
    loss += s->all[c] * ((z > 0 ? z : 0) + log(1 + exp(-fabs(z)))) - s->ones[c] * z;
  }
  return loss < upper ? loss : upper;
}

/* Bound the cards with these points of the first terms; `t` gets the constant, the scale of the
 * total so far, and the weights of the terms that are left. */
static double node(const search *s, int depth, const double *total, double *t) {
  design d;
  double lower, upper, reach[WIDTH];
  int rest = s->terms - depth;
  d.cells = s->cells, d.rows = s->rows, d.margin = s->margin;
  for (int has_total = 1;; has_total = 0) {
    d.width = 1 + has_total + rest;
    for (int c = 0; c < s->cells; c++) {
      double *x = d.row[c];
      x[0] = 1;
      if (has_total) x[1] = total[c];
      for (int j = 0; j < rest; j++)
        x[1 + has_total + j] = (double)s->x[c * s->terms + s->order[depth + j]];
      d.ones[c] = s->ones[c], d.all[c] = s->all[c];
    }
    reaches(reach, d.width);
    minimise(&d, t, reach, s->cutoff, BOUNDED, &lower, &upper);
    if (!has_total) break;
    if (t[1] >= 0 || lower > s->cutoff) return lower;
    memset(t, 0, sizeof(double) * WIDTH); /* a card never counts down: the total says nothing */
  }
  for (int j = rest; j > 0; j--) t[1 + j] = t[j];
  t[1] = 0;
  return lower;
}

static void keep(search *s, const int64_t *points, double value, double loss) {
  if (s->goal != LOSS) { /* of the same value the least loss */
    if (value >= s->cutoff - 0.5 && loss > s->least * (1 + 1e-9) + s->slack) return;
    if (value < s->cutoff - 0.5 || loss < s->least) s->least = loss;
    s->cutoff = value + 0.25;
  }
  if (s->found < s->room) {
    memcpy(s->cards + s->found * s->terms, points, sizeof(int64_t) * (size_t)s->terms);
    s->values[s->found] = value, s->losses[s->found] = loss;
  }
  s->found++;
  if (s->goal != LOSS) return;
  double cutoff = loss * (1 + 1e-9) + s->slack;
  if (cutoff < s->cutoff) s->cutoff = cutoff;
}

/* ---------------------------------------------------------------------- limits and thresholds */

enum measure { FALSE_ALARMS, MISSES, ALARMS, ERRORS };

typedef struct {
  int64_t hits, ones, alarms, zeros; /* ones that fire, all ones; zeros that fire, all zeros */
} judged;

/* The rate of a measure as a fraction; none where there is nothing to count. */
static int rate(const judged *j, int64_t measure, int64_t *numerator, int64_t *denominator) {
  int64_t misses = j->ones - j->hits, all = j->ones + j->zeros;
  *numerator = measure == FALSE_ALARMS ? j->alarms
             : measure == MISSES       ? misses
             : measure == ALARMS       ? j->hits + j->alarms
                                       : misses + j->alarms;
  *denominator = measure == FALSE_ALARMS ? j->zeros : measure == MISSES ? j->ones : all;
  return *denominator > 0;
}

static int keeps_limits(const search *s, const int64_t *total, int64_t threshold) {
  for (int i = 0; i < s->limit_count; i++) {
    const int64_t *limit = s->limits + 5 * i;
    int64_t n[2 * GROUPS], d[2 * GROUPS];
    int known = 0;
    for (int64_t part = limit[3]; part < limit[3] + limit[4]; part++) {
      const int64_t *counts = s->parts + part * s->cells * 2;
      judged j = {0};
      for (int c = 0; c < s->cells; c++) {
        j.ones += counts[2 * c], j.zeros += counts[2 * c + 1];
        if (total[c] >= threshold) j.hits += counts[2 * c], j.alarms += counts[2 * c + 1];
      }
      if (rate(&j, limit[0], &n[known], &d[known])) known++;
    }
    if (limit[4] == 1) {
      if (known && (__int128)n[0] * limit[2] > (__int128)limit[1] * d[0]) return 0;
      continue;
    }
    for (int a = 0; a < known; a++)
      for (int b = 0; b < a; b++) {
        __int128 gap = (__int128)n[a] * d[b] - (__int128)n[b] * d[a];
        if ((gap < 0 ? -gap : gap) * limit[2] > (__int128)limit[1] * d[a] * d[b]) return 0;
      }
  }
  return 1;
}

/* The least cost of a threshold that keeps the limits, some rows firing and some not. */
static double threshold_cost(const search *s, const int64_t *total) {
  int order[CELLS];
  double misses = 0, alarms = 0, best = INFINITY;
  for (int c = 0; c < s->cells; c++) {
    int at = c;
    for (; at && total[order[at - 1]] > total[c]; at--) order[at] = order[at - 1];
    order[at] = c, alarms += s->all[c] - s->ones[c];
  }
  for (int i = 0; i + 1 < s->cells; i++) {
    int c = order[i];
    misses += s->ones[c], alarms -= s->all[c] - s->ones[c];
    if (total[order[i + 1]] == total[c]) continue;
    double cost = misses * s->costs[0] + alarms * s->costs[1];
    if (cost >= best || (s->goal == COST && cost > s->cutoff)) continue;
    if (!s->limit_count || keeps_limits(s, total, total[order[i + 1]])) best = cost;
  }
  return best;
}

static double wrong_pairs(const search *s, const int64_t *total) {
  int order[CELLS];
  double wrong = 0, below = 0;
  for (int c = 0; c < s->cells; c++) {
    int at = c;
    for (; at && total[order[at - 1]] > total[c]; at--) order[at] = order[at - 1];
    order[at] = c;
  }
  for (int i = 0, j; i < s->cells; i = j) { /* `below` are ones with fewer points */
    double ones = 0, zeros = 0;
    for (j = i; j < s->cells && total[order[j]] == total[order[i]]; j++)
      ones += s->ones[order[j]], zeros += s->all[order[j]] - s->ones[order[j]];
    wrong += zeros * (2 * below + ones), below += ones;
  }
  return wrong;
}

static int has_threshold(const search *s, const int64_t *points) {
  int64_t total[CELLS] = {0};
  if (!s->limit_count) return 1;
  for (int c = 0; c < s->cells; c++) {
    total[c] = s->whole[c];
    for (int j = 0; j < s->terms; j++) total[c] += points[j] * s->x[c * s->terms + j];
  }
  return threshold_cost(s, total) < INFINITY;
}

/* All points of a support, for goals that are counts. */
static void count_out(search *s, int depth, int64_t *points, const int64_t *total) {
  if (depth == s->terms) {
    double value = s->goal == COST ? threshold_cost(s, total) : wrong_pairs(s, total), real[CELLS];
    s->nodes++;
    if (value > s->cutoff || value == INFINITY || (s->goal == AUC && !has_threshold(s, points))) return;
    for (int c = 0; c < s->cells; c++) real[c] = (double)total[c];
    keep(s, points, value, leaf(s, real));
    return;
  }
  for (int i = 0; i < s->choices[depth]; i++) {
    int64_t next[CELLS];
    points[depth] = s->points[depth * s->most + i];
    for (int c = 0; c < s->cells; c++)
      next[c] = total[c] + points[depth] * s->x[c * s->terms + depth];
    count_out(s, depth + 1, points, next);
  }
}

static void descend(search *s, int depth, int64_t *points, const double *total, const double *t) {
  int j = s->order[depth], count = (int)s->choices[j], is_last = depth + 1 == s->terms, middle = 0;
  const int64_t *choices = s->points + j * s->most;
  double aim = t[1] > 0 ? t[2] / t[1] : 0, next[CELLS];
  while (middle < count && (double)choices[middle] <= aim) middle++;
  for (int side = 0; side < 2; side++) /* from the best real number down, and up */
    for (int i = side ? middle : middle - 1; i >= 0 && i < count; i += side ? 1 : -1) {
      double from[WIDTH] = {t[0], t[1]};
      points[j] = choices[i];
      for (int k = 0; k + 1 < s->terms - depth; k++) from[2 + k] = t[3 + k];
      for (int c = 0; c < s->cells; c++)
        next[c] = total[c] + (double)(choices[i] * s->x[c * s->terms + j]);
      s->nodes++;
      double low = is_last ? leaf(s, next) : node(s, depth + 1, next, from);
      if (low > s->cutoff && t[1] > 0) break; /* what is below the cutoff is an interval */
      if (low > s->cutoff) continue;
      if (is_last) {
        if (has_threshold(s, points)) keep(s, points, low, low);
      }
      else descend(s, depth + 1, points, next, from);
    }
}

static void best_points(search *s, int is_fixed) {
  double t[WIDTH] = {0}, weight[MOST];
  int64_t points[MOST] = {0};
  for (int j = 0; j < s->terms; j++) s->order[j] = j;
  if (node(s, 0, s->fixed, t) > s->cutoff) return;
  for (int j = 0; j < s->terms; j++) weight[j] = fabs(t[2 + j]);
  for (int i = 0; i < s->terms; i++) /* the largest first: it narrows the others */
    for (int j = i + 1; j < s->terms; j++)
      if (weight[s->order[j]] > weight[s->order[i]]) {
        int other = s->order[i];
        s->order[i] = s->order[j], s->order[j] = other;
      }
  if (is_fixed) {
    memset(t, 0, sizeof t);
    if (node(s, 0, s->fixed, t) <= s->cutoff) descend(s, 0, points, s->fixed, t);
    return;
  }
  int j = s->order[0];
  for (int i = 0; i < s->choices[j]; i++) { /* one number alone says nothing: all are tried */
    double next[CELLS], from[WIDTH] = {t[0]};
    points[j] = s->points[j * s->most + i];
    for (int c = 0; c < s->cells; c++) next[c] = (double)(points[j] * s->x[c * s->terms + j]);
    from[1] = t[2 + j] / (double)points[j];
    for (int k = 1; k < s->terms; k++) from[1 + k] = t[2 + s->order[k]];
    s->nodes++;
    double low = s->terms == 1 ? leaf(s, next) : node(s, 1, next, from);
    if (low > s->cutoff) continue;
    if (s->terms > 1) descend(s, 1, points, next, from);
    else if (has_threshold(s, points)) keep(s, points, low, low);
  }
}

/* ------------------------------------------------------------------------------------- Python */

typedef struct {
  Py_buffer views[24];
  int held;
} arrays;

static void release(arrays *a) {
  while (a->held) PyBuffer_Release(&a->views[--a->held]);
}

/* Take an array: `kind` its format, `least` how many elements it has at least. */
static void *take(arrays *a, PyObject *object, const char *kind, int64_t least, int writes) {
  Py_buffer *view = &a->views[a->held];
  int flags = PyBUF_C_CONTIGUOUS | PyBUF_FORMAT | (writes ? PyBUF_WRITABLE : 0);
  if (PyObject_GetBuffer(object, view, flags)) return NULL;
  a->held++;
  if (!view->format || !strchr(kind, view->format[0]) || view->format[1]) {
    PyErr_Format(PyExc_TypeError, "an array has format `%s`; expected one of `%s`",
                 view->format ? view->format : "", kind);
    return NULL;
  }
  if (view->len / view->itemsize < least) {
    PyErr_Format(PyExc_ValueError, "an array has %zd elements; expected %lld",
                 view->len / view->itemsize, (long long)least);
    return NULL;
  }
  return view->buf;
}

static int64_t elements(const arrays *a) {
  const Py_buffer *view = &a->views[a->held - 1];
  return view->len / view->itemsize;
}

static const char *const INTEGERS = "lq"; /* int64 */

/* problem: (columns, size, starts, totals, bits, tables, values, goal, costs) */
static int read_problem(arrays *a, PyObject *object, problem *p) {
  PyObject *starts, *totals, *bits, *tables, *values;
  if (!PyArg_ParseTuple(object, "iiOOOOOi(dd)", &p->columns, &p->size, &starts, &totals, &bits,
                        &tables, &values, &p->goal, &p->costs[0], &p->costs[1]))
    return 0;
  if (p->size < 1 || p->size > MOST || p->columns < p->size || p->columns > 65535) {
    PyErr_SetString(PyExc_ValueError, "there are too many or too few columns or terms");
    return 0;
  }
  if (!(p->starts = take(a, starts, INTEGERS, 3, 0))) return 0;
  p->classes = (int)elements(a) - 1;
  if (p->classes % 2 || p->classes > 2 * GROUPS || p->starts[0]) {
    PyErr_SetString(PyExc_ValueError, "there are too many classes");
    return 0;
  }
  for (int c = 0; c < p->classes; c++)
    if (p->starts[c] > p->starts[c + 1]) {
      PyErr_SetString(PyExc_ValueError, "the classes are not in order");
      return 0;
    }
  p->words = p->starts[p->classes];
  if (!(p->totals = take(a, totals, INTEGERS, p->classes, 0)) ||
      !(p->bits = take(a, bits, "LQ", p->words * p->columns, 0)) ||
      !(p->values = take(a, values, "d", p->classes / 2, 0)))
    return 0;
  if (!PyTuple_Check(tables) || PyTuple_Size(tables) != p->size - 1) {
    PyErr_SetString(PyExc_TypeError, "the tables are a tuple, one for each size");
    return 0;
  }
  int64_t sets = 1; /* of s + 1 columns */
  for (int s = 0; s < p->size - 1; s++) {
    sets = sets * (p->columns - s) / (s + 1);
    p->lengths[s] = sets + LANES;
    PyObject *table = PyTuple_GetItem(tables, s);
    if (!(p->tables[s] = take(a, table, "i", p->lengths[s] * p->classes, 1))) return 0;
  }
  p->rows = 0;
  for (int c = 0; c < p->classes; c++) p->rows += (double)p->totals[c];
  p->margin = MARGIN * p->rows * (p->classes / 2);
  return 1;
}

static PyObject *py_fill(PyObject *self, PyObject *args) {
  PyObject *object;
  int first;
  arrays a = {.held = 0};
  problem p;
  (void)self;
  if (!PyArg_ParseTuple(args, "Oi", &object, &first)) return NULL;
  uint64_t *masks = NULL;
  if (read_problem(&a, object, &p) && first >= 0 && first < p.columns && p.size > 1) {
    masks = malloc((size_t)(p.words + 1) * 8 * MOST);
    if (!masks) PyErr_NoMemory();
  }
  if (masks) {
    Py_BEGIN_ALLOW_THREADS
    fill(&p, masks, first);
    Py_END_ALLOW_THREADS
    free(masks);
  }
  release(&a);
  if (PyErr_Occurred()) return NULL;
  Py_RETURN_NONE;
}

static PyObject *py_bound(PyObject *self, PyObject *args) {
  PyObject *object, *logs, *supports, *bounds;
  int first;
  arrays a = {.held = 0};
  problem p;
  output out = {0};
  (void)self;
  p.cutoff = 0;
  if (!PyArg_ParseTuple(args, "OidOOO", &object, &first, &p.cutoff, &logs, &supports, &bounds))
    return NULL;
  uint64_t *masks = NULL;
  if (read_problem(&a, object, &p) && (out.logs = take(&a, logs, "d", (int64_t)p.rows + 1, 0)) &&
      (out.bounds = take(&a, bounds, "d", 0, 1)) && (out.room = elements(&a), 1) &&
      (out.supports = take(&a, supports, "H", out.room * p.size, 1))) {
    if (first < 0 || first + p.size > p.columns)
      PyErr_SetString(PyExc_ValueError, "there is no such block");
    else if (!(masks = malloc((size_t)(p.words + 1) * 8 * MOST)))
      PyErr_NoMemory();
  }
  if (masks) {
    Py_BEGIN_ALLOW_THREADS
    bound(&p, masks, first, &out);
    Py_END_ALLOW_THREADS
    free(masks);
  }
  release(&a);
  if (PyErr_Occurred()) return NULL;
  return Py_BuildValue("LL", (long long)out.found, (long long)out.bounded);
}

static void count_cells(const problem *p, const int *support, int size, uint64_t *mask,
                        int32_t (*cells)[1 << MOST]) {
  for (int s = 0; s < 1 << size; s++) {
    int part[MOST], many = 0;
    for (int j = 0; j < size; j++)
      if (s >> j & 1) part[many++] = support[j];
    if (many && many == p->size) {
      memcpy(mask, p->bits + part[0] * p->words, (size_t)p->words * 8);
      for (int j = 1; j + 1 < many; j++)
        for (int64_t i = 0; i < p->words; i++) mask[i] &= p->bits[part[j] * p->words + i];
      count_rows(mask, p->bits + part[many - 1] * p->words, p->starts, p->classes, &cells[0][s],
                 1 << MOST);
      continue;
    }
    for (int c = 0; c < p->classes; c++)
      cells[c][s] = !many ? (int32_t)p->totals[c]
                          : p->tables[many - 1][c * p->lengths[many - 1] + part[many - 1] +
                                                place(p, part, many - 1)];
  }
  for (int c = 0; c < p->classes; c++)
    for (int j = 0; j < size; j++)
      for (int s = 0; s < 1 << size; s++)
        if (!(s >> j & 1)) cells[c][s] -= cells[c][s | 1 << j];
}

/* logistic(problem, supports, losses): the loss of real weights, for supports x terms */
static PyObject *py_logistic(PyObject *self, PyObject *args) {
  PyObject *object, *supports_object, *losses_object;
  arrays a = {.held = 0};
  problem p;
  const int64_t *supports = NULL;
  double *losses = NULL;
  int64_t count = 0;
  int size;
  (void)self;
  if (!PyArg_ParseTuple(args, "OiOO", &object, &size, &supports_object, &losses_object))
    return NULL;
  uint64_t *mask = NULL;
  if (read_problem(&a, object, &p) && (losses = take(&a, losses_object, "d", 0, 1)) &&
      (count = elements(&a), 1) &&
      (supports = take(&a, supports_object, INTEGERS, count * size, 0))) {
    int is_sound = size >= 1 && size <= p.size;
    for (int64_t i = 0; is_sound && i < count * size; i++)
      is_sound = supports[i] >= 0 && supports[i] < p.columns &&
                 (i % size == 0 || supports[i] > supports[i - 1]);
    if (!is_sound) PyErr_SetString(PyExc_ValueError, "the columns of a support do not ascend");
    else if (!(mask = malloc((size_t)(p.words + 1) * 8))) PyErr_NoMemory();
  }
  if (mask) {
    Py_BEGIN_ALLOW_THREADS
    problem part = p;
    part.cutoff = -1, part.size = size;
    for (int64_t i = 0; i < count; i++) {
      int32_t cells[2 * GROUPS][1 << MOST];
      int support[MOST];
      for (int j = 0; j < size; j++) support[j] = (int)supports[i * size + j];
      count_cells(&p, support, size, mask, cells);
      losses[i] = real_loss(&part, (const int32_t(*)[1 << MOST])cells);
    }
    Py_END_ALLOW_THREADS
    free(mask);
  }
  release(&a);
  if (PyErr_Occurred()) return NULL;
  Py_RETURN_NONE;
}

/* points(cells, choices, goal, limits, cards, values, losses), where cells are (x, whole, fixed,
 * ones, all), choices (points, counts, steepest, is_fixed), goal (goal, cutoff, miss, alarm), and
 * limits (limits, parts) */
static PyObject *py_points(PyObject *self, PyObject *args) {
  PyObject *o[12];
  arrays a = {.held = 0};
  search s = {0};
  int is_fixed, is_ready = 0;
  int64_t elements_of_parts = 0;
  (void)self;
  if (!PyArg_ParseTuple(args, "(OOOOO)(OOdp)(iddd)(OO)OOO", &o[0], &o[1], &o[2], &o[3], &o[4],
                        &o[5], &o[6], &s.steepest, &is_fixed, &s.goal, &s.cutoff, &s.costs[0],
                        &s.costs[1], &o[7], &o[8], &o[9], &o[10], &o[11]))
    return NULL;
  if ((s.fixed = take(&a, o[2], "d", 1, 0)) && (s.cells = (int)elements(&a)) &&
      (s.whole = take(&a, o[1], INTEGERS, s.cells, 0)) &&
      (s.ones = take(&a, o[3], "d", s.cells, 0)) && (s.all = take(&a, o[4], "d", s.cells, 0)) &&
      (s.choices = take(&a, o[6], INTEGERS, 0, 0)) && (s.terms = (int)elements(&a), 1) &&
      (s.x = take(&a, o[0], INTEGERS, s.terms * (int64_t)s.cells, 0)) &&
      (s.points = take(&a, o[5], INTEGERS, s.terms, 0)) &&
      (s.most = s.terms ? elements(&a) / s.terms : 1) &&
      (s.limits = take(&a, o[7], INTEGERS, 0, 0)) &&
      (s.limit_count = (int)(elements(&a) / 5), 1) &&
      (s.parts = take(&a, o[8], INTEGERS, 0, 0)) &&
      (elements_of_parts = elements(&a), 1) && (s.values = take(&a, o[10], "d", 0, 1)) &&
      (s.room = elements(&a), 1) && (s.losses = take(&a, o[11], "d", s.room, 1)) &&
      (s.cards = take(&a, o[9], INTEGERS, s.room * s.terms, 1))) {
    int64_t parts = elements_of_parts / (2 * s.cells);
    is_ready = s.terms <= MOST && s.cells <= CELLS;
    for (int j = 0; is_ready && j < s.terms; j++)
      is_ready = s.choices[j] >= 0 && s.choices[j] <= s.most;
    for (int i = 0; is_ready && i < s.limit_count; i++)
      is_ready = s.limits[5 * i + 3] >= 0 && s.limits[5 * i + 4] >= 1 &&
                 s.limits[5 * i + 4] <= 2 * GROUPS && s.limits[5 * i + 3] <= parts &&
                 s.limits[5 * i + 3] + s.limits[5 * i + 4] <= parts;
    if (!is_ready) PyErr_SetString(PyExc_ValueError, "there are too many cells, terms or points");
  }
  if (is_ready) {
    Py_BEGIN_ALLOW_THREADS
    double ones = 0;
    int64_t points[MOST] = {0};
    for (int c = 0; c < s.cells; c++) s.rows += s.all[c], ones += s.ones[c];
    s.margin = MARGIN * s.rows * (is_fixed ? GROUPS : 1);
    s.slack = 1e-12 * s.rows, s.least = INFINITY;
    s.constant = s.rows * entropy(ones / s.rows);
    if (s.goal != LOSS) {
      count_out(&s, 0, points, s.whole);
    } else if (s.terms) {
      best_points(&s, is_fixed);
    } else {
      double loss = leaf(&s, s.fixed);
      if (loss <= s.cutoff && has_threshold(&s, points)) keep(&s, points, loss, loss);
    }
    Py_END_ALLOW_THREADS
  }
  release(&a);
  if (PyErr_Occurred()) return NULL;
  return Py_BuildValue("LL", (long long)s.found, (long long)s.nodes);
}

static PyMethodDef functions[] = {
    {"fill", py_fill, METH_VARARGS, "fill(problem, first): count the sets that begin so"},
    {"bound", py_bound, METH_VARARGS,
     "bound(problem, first, cutoff, logs, supports, bounds) -> how many are left, and were bounded"},
    {"logistic", py_logistic, METH_VARARGS, "logistic(problem, size, supports, losses)"},
    {"points", py_points, METH_VARARGS,
     "points(cells, choices, goal, limits, cards, values, losses) -> how many cards, and nodes"},
    {NULL, NULL, 0, NULL}};

static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "_cells", NULL, -1, functions,
                                    NULL, NULL, NULL, NULL};

PyMODINIT_FUNC PyInit__cells(void) {
  choose();
  PyObject *self = PyModule_Create(&module);
  if (self && PyModule_AddIntConstant(self, "LAYOUT", LAYOUT)) Py_CLEAR(self);
  return self;
}
