/* The logistic loss of cells. */
#ifndef NNC_LOSSES_H
#define NNC_LOSSES_H

#include "problem.h"

/* Cells with the rows in them, and those of them that are 1. */
typedef struct {
  int cells, width;
  double rows, margin, row[CELLS][WIDTH], ones[CELLS], all[CELLS];
} design;

double entropy(double m);

/* Give the limits of the numbers of a model. */
void reaches(double *reach, int width);

/* The least loss over two numbers, from where they are: until nothing moves. */
double least_loss(const design *d, double *t, const double *reach);

/* Bound the least loss, until `lower` is above the cutoff or both meet. */
void bound_loss(const design *d, double *t, const double *reach, double cutoff, double *lower,
                double *upper);

/* As `bound_loss`, but only until `upper` is not above the cutoff. */
void decide_loss(const design *d, double *t, const double *reach, double cutoff, double *lower,
                 double *upper);

#endif
