/* Rows as bytes, rows packed, and their ones. */

#ifndef NNC_PACKING_H
#define NNC_PACKING_H

#include "arrays.h"

extern PyMethodDef packing_functions[];

#endif
