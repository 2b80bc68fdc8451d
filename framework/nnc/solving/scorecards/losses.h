/* The logistic loss of cells. */
#ifndef NNC_LOSSES_H
#define NNC_LOSSES_H

#include "problem.h"

/* Cells with the rows in them, and those of them that are 1. */
typedef struct {
  int cells, width;
  double rows, margin, row[CELLS][WIDTH], ones[CELLS], all[CELLS];
} design;

enum until { DECIDED, BOUNDED, EXACT };

double entropy(double m);

/* Give the limits of the numbers of a model. */
void reaches(double *reach, int width);

/* Minimise the loss over `t`, from where it is, until `lower` is above the cutoff, `upper` is not
 * (where that is enough), or both meet; or until nothing moves, without a lower bound. */
void minimise(const design *d, double *t, const double *reach, double cutoff,
              enum until until, double *lower, double *upper);

#endif
