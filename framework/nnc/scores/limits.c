/* Limits on what a threshold does, and what a card costs by its thresholds. */
#include "limits.h"

#include <math.h>

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

double threshold_cost(const search *s, const int64_t *total) {
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

double wrong_pairs(const search *s, const int64_t *total) {
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

int has_threshold(const search *s, const int64_t *points) {
  int64_t total[CELLS] = {0};
  if (!s->limit_count) return 1;
  for (int c = 0; c < s->cells; c++) {
    total[c] = s->whole[c];
    for (int j = 0; j < s->terms; j++) total[c] += points[j] * s->x[c * s->terms + j];
  }
  return threshold_cost(s, total) < INFINITY;
}
