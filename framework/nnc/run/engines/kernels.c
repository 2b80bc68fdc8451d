/* The module of the native engine: the functions of all units.

   All functions let the GIL go; the caller splits the words among threads, and changes no array
   before they are done. Whatever comes from Python is checked first: a program once, for all its
   runs, and the arrays of each call. */

#include "floats.h"
#include "packing.h"
#include "planes.h"
#include "processor.h"
#include "products.h"
#include "programs.h"
#include "single.h"
#include "sparse.h"
#include "tallies.h"
#include "windows.h"
#include "words.h"

static PyObject *py_best(PyObject *self, PyObject *none) {
  (void)self, (void)none;
  return PyLong_FromLong(best_kind);
}

static PyObject *py_fail(PyObject *self, PyObject *args) {
  Py_ssize_t count;
  (void)self;
  if (!parse(args, "n", &count)) return NULL;
  if (count < 0) {
    PyErr_SetString(PyExc_ValueError, "expected 0 or more");
    return NULL;
  }
  return PyLong_FromSsize_t(fail_allocation(count));
}

static PyMethodDef own_functions[] = {
    {"best", py_best, METH_NOARGS,
     "best() -> the highest kind this CPU can: 0 plain C, 1 AVX2, 2 AVX-512 with VNNI, 3 AMX"},
    {"fail_allocation", py_fail, METH_VARARGS,
     "fail_allocation(n) -> how many were left: the n-th allocation from now on fails; 0: none"},
    {NULL, NULL, 0, NULL}};

static PyMethodDef *const tables[] = {own_functions,    program_functions, product_functions,
                                      plane_functions,  float_functions,   packing_functions,
                                      tally_functions,  sparse_functions,  single_functions,
                                      window_functions};

static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "_kernels", NULL, -1, NULL,
                                    NULL, NULL, NULL, NULL};

PyMODINIT_FUNC PyInit__kernels(void) {
  best_kind = find_best_kind();
  PyObject *made = PyModule_Create(&module);
  int failed = !made || PyModule_AddIntConstant(made, "PLANES", PLANES) ||
               PyModule_AddIntConstant(made, "MOST_FAN_IN", MOST_FAN_IN) ||
               PyModule_AddIntConstant(made, "MOST_SLOTS", MOST_SLOTS);
  for (size_t i = 0; !failed && i < sizeof tables / sizeof *tables; i++)
    failed = PyModule_AddFunctions(made, tables[i]);
  if (failed) Py_CLEAR(made);
  return made;
}
