/* The rows of scorecards: bits of columns, and how many rows have all bits of a set of them. */
#ifndef NNC_PROBLEM_H
#define NNC_PROBLEM_H

#include <stdint.h>

#if !defined(__GNUC__)
#error "these kernels are written for GCC and Clang"
#endif

#define MOST 5    /* terms */
#define GROUPS 16 /* totals of fixed points */
#define CELLS (GROUPS << MOST)
#define WIDTH (MOST + 2) /* numbers of a logistic model: the constant, the total, and the columns */
#define LANES 8
#define MARGIN 5e-11 /* a row, and a group */
#define INLINE static inline __attribute__((always_inline))

enum goal { LOSS, COST, AUC };

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

#endif
