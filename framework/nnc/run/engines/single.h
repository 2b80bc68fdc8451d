/* One row of bits in one call. */

#ifndef NNC_SINGLE_H
#define NNC_SINGLE_H

#include "arrays.h"

enum { MOST_SLOTS = 1 << 16 }; /* of a program that is run for one row */

extern PyMethodDef single_functions[];

#endif
