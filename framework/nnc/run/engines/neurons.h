/* Neurons that read bits, calculated on vectors of this processor. */

#ifndef NNC_NEURONS_H
#define NNC_NEURONS_H

#include "program.h"

/* Run a program for the words from `first` to before `last`; -1 without memory. A load row below 0
   is bit -row - 1 of the number of each row, the first of which is 64 * start. */
int run_neurons(int kind, const program *p, word *bank, size_t words, const int32_t *load_rows,
                const int32_t *store_rows, size_t first, size_t last, word start);

/* The sums of neurons for one row, from planes of the weights (see planes.c) of the `active` sources
   that are 1. Past the last neuron sums are written to the end of its block of 512. */
void add_sources(int kind, const word *planes, size_t size, int count, const int32_t *sources,
                 int active, int32_t *sums);

#endif
