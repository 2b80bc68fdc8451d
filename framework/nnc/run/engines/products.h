/* Products of int8 weights with bits. */

#ifndef NNC_PRODUCTS_H
#define NNC_PRODUCTS_H

#include "arrays.h"

/* The totals of all neurons for one row of bytes. */
void totals(int kind, const int8_t *w, size_t size, size_t fan_in, const uint8_t *x, int32_t *out);

extern PyMethodDef product_functions[];

#endif
