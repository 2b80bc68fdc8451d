/* The logistic loss of cells.
 *
 * Every bound holds whatever an iteration has reached: for numbers m in [0, 1] a cell, and all t,
 *   loss(t) >= sum of n H(m) - sum over j of |sum over cells of (n m - p) x_j| |t_j|,
 * and |t_j| is limited. A margin covers what rounding may do.
 */
#include "losses.h"

#include <math.h>
#include <string.h>

#define REACH 300.0 /* at most so much does a term move the logarithm of the odds */

double entropy(double m) {
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
INLINE void minimise(const design *d, int w, double *t, const double *reach, double cutoff,
                     enum until until, double *lower, double *upper) {
  double before = INFINITY, step[WIDTH] = {0}, m[CELLS];
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

double least_loss(const design *d, double *t, const double *reach) {
  double lower, upper;
  minimise(d, 2, t, reach, INFINITY, EXACT, &lower, &upper);
  return upper;
}

void bound_loss(const design *d, double *t, const double *reach, double cutoff, double *lower,
                double *upper) {
  minimise(d, d->width, t, reach, cutoff, BOUNDED, lower, upper);
}

void decide_loss(const design *d, double *t, const double *reach, double cutoff, double *lower,
                 double *upper) {
  minimise(d, d->width, t, reach, cutoff, DECIDED, lower, upper);
}

void reaches(double *reach, int width) {
  reach[0] = REACH * (MOST + 1) + 20;
  for (int j = 1; j < width; j++) reach[j] = REACH;
}
