/* The columns of a scorecard, by cells, and its cards that are looked for. */
#ifndef NNC_CARDS_H
#define NNC_CARDS_H

#include "problem.h"

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

#endif
