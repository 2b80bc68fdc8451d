/* Weighted sums of sparse rows. */

#ifndef NNC_SPARSE_H
#define NNC_SPARSE_H

#include "arrays.h"

extern PyMethodDef sparse_functions[];

#endif
