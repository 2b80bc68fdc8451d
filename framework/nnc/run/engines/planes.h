/* Weights by planes of their bits. */

#ifndef NNC_PLANES_H
#define NNC_PLANES_H

#include "arrays.h"

/* Whether an array has the planes of so many weights; an error is set where not. */
int are_planes(const views *v, int array, Py_ssize_t size, Py_ssize_t fan_in);

extern PyMethodDef plane_functions[];

#endif
