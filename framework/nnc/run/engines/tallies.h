/* Weighted sums of packed bits, for weights of any length. */

#ifndef NNC_TALLIES_H
#define NNC_TALLIES_H

#include "arrays.h"

extern PyMethodDef tally_functions[];

#endif
