/* Word programs as Python has them. */

#ifndef NNC_PROGRAMS_H
#define NNC_PROGRAMS_H

#include "arrays.h"
#include "program.h"

/* Return the program of a capsule; NULL, and an error, where it has none that was checked. */
program *program_of(PyObject *capsule);

extern PyMethodDef program_functions[];

#endif
