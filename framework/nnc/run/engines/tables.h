/* Products of bits and int8 by tables. */

#ifndef NNC_TABLES_H
#define NNC_TABLES_H

#include "words.h"

/* Whether sums of four weights of at most `largest` fit a byte, and totals what they are. */
int fit_tables(int kind, size_t fan_in, int largest);

/* As `dense` of products.c, for weights that fit. */
int dense_by_tables(int kind, const int8_t *weights, size_t size, size_t fan_in, int largest,
                    const word *bits, size_t words, const int32_t *limits, int turned, word *out,
                    size_t first, size_t last);

#endif
