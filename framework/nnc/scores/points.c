/* The points of a scorecard: cards whose loss, cost or wrong pairs are not above a cutoff. */
#include "points.h"

#include <math.h>
#include <string.h>

#include "limits.h"
#include "losses.h"

/* The loss of a card: that of the best odds at 0 points, and for each point. */
static double leaf(const search *s, const double *total) {
  design d;
  double t[WIDTH] = {0}, reach[WIDTH];
  d.cells = s->cells, d.rows = s->rows, d.margin = s->margin;
  memcpy(d.ones, s->ones, sizeof(double) * (size_t)s->cells);
  memcpy(d.all, s->all, sizeof(double) * (size_t)s->cells);
  for (int c = 0; c < s->cells; c++) d.row[c][0] = 1, d.row[c][1] = total[c];
  reaches(reach, 2);
  reach[1] = s->steepest;
  double upper = least_loss(&d, t, reach);
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
    bound_loss(&d, t, reach, s->cutoff, &lower, &upper);
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

void find_cards(search *s, int is_fixed) {
  double ones = 0;
  int64_t points[MOST] = {0};
  for (int c = 0; c < s->cells; c++) s->rows += s->all[c], ones += s->ones[c];
  s->margin = MARGIN * s->rows * (is_fixed ? GROUPS : 1);
  s->slack = 1e-12 * s->rows, s->least = INFINITY;
  s->constant = s->rows * entropy(ones / s->rows);
  if (s->goal != LOSS) {
    count_out(s, 0, points, s->whole);
  } else if (s->terms) {
    best_points(s, is_fixed);
  } else {
    double loss = leaf(s, s->fixed);
    if (loss <= s->cutoff && has_threshold(s, points)) keep(s, points, loss, loss);
  }
}
