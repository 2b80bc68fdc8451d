/* Sums of floats. */

#ifndef NNC_FLOATS_H
#define NNC_FLOATS_H

#include "arrays.h"

extern PyMethodDef float_functions[];

#endif
