/* Bounds of every choice of columns. */
#ifndef NNC_BOUNDS_H
#define NNC_BOUNDS_H

#include "problem.h"

/* The choices that a bound did not exclude; those beyond `room` are only counted. */
typedef struct {
  const double *logs; /* n log n */
  uint16_t *supports;
  double *bounds;
  int64_t room, found, bounded;
} output;

/* Take the code for this processor. */
void choose_bounds(void);

/* Count the sets that begin with a column; `masks` has a line of words for each term. */
extern void (*fill_tables)(const problem *p, uint64_t *masks, int first);

/* Bound the choices that begin with a column. */
extern void (*bound_choices)(const problem *p, uint64_t *masks, int first, output *out);

/* The loss of real weights; whatever the points are, that of a card is not less. */
double real_loss(const problem *p, const int32_t (*cells)[1 << MOST]);

#endif
