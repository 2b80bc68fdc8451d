/* Limits on what a threshold does, and what a card costs by its thresholds. */
#ifndef NNC_LIMITS_H
#define NNC_LIMITS_H

#include "cards.h"

/* The least cost of a threshold that keeps the limits, some rows firing and some not. */
double threshold_cost(const search *s, const int64_t *total);

/* Twice the pairs of a 1 and a 0 that totals order wrongly, a tie being half. */
double wrong_pairs(const search *s, const int64_t *total);

/* Whether a card has a threshold that keeps the limits. */
int has_threshold(const search *s, const int64_t *points);

#endif
