/* Programs: checked, and run.

   A program is checked and copied once. What is checked: no slot is read before it was written, nor
   lies beyond the last; the constants 0 and 1 stay; no operation goes past the end; a sum, and its
   limits, fit its planes. A sum of at most 2**planes - 1 never carries into plane `planes`. */

#include "programs.h"

#include <stdlib.h>
#include <string.h>

#include "machine.h"
#include "neurons.h"
#include "processor.h"

static const char PROGRAM[] = "nnc.run.engines.program";

program *program_of(PyObject *capsule) {
  if (PyCapsule_IsValid(capsule, PROGRAM)) return PyCapsule_GetPointer(capsule, PROGRAM);
  PyErr_SetString(PyExc_TypeError, "expected a program that was checked");
  return NULL;
}

static Py_ssize_t wrong(size_t at, const char *what) {
  PyErr_Format(PyExc_ValueError, "the program is wrong at number %zu: %s", at, what);
  return -1;
}

static int is_filled(const program *p, const uint8_t *filled, int32_t slot) {
  return slot >= 0 && (size_t)slot < p->slots && filled[slot];
}

static int fill_slot(const program *p, uint8_t *filled, int32_t slot) {
  if (slot < 2 || (size_t)slot >= p->slots) return 0;
  return filled[slot] = 1;
}

static const char CUT[] = "an operation that goes past the end";
static const char UNFILLED[] = "a slot that is read before it was written, or is none";
static const char UNWRITABLE[] = "a slot that cannot be written";
static const char NO_FLAG[] = "expected 0 or 1";

/* Give the length of a function that is right, else -1. */
static Py_ssize_t check_function(const program *p, uint8_t *filled, size_t from) {
  const int32_t *op = p->ops + from;
  if (p->length - from < 7) return wrong(from, CUT);
  if (op[0] < 0 || op[0] >= FUNCTION_COUNT) return wrong(from, "no such function");
  if (op[2] & ~31) return wrong(from + 2, "expected 5 bits");
  for (size_t i = 3; i < 7; i++)
    if (!is_filled(p, filled, op[i])) return wrong(from + i, UNFILLED);
  if (!fill_slot(p, filled, op[1])) return wrong(from + 1, UNWRITABLE);
  return 7;
}

/* Give the length of a sum that is right, else -1. */
static Py_ssize_t check_sum(const program *p, uint8_t *filled, size_t from) {
  const int32_t *op = p->ops + from;
  size_t at = 5, left = p->length - from;
  if (left < 5 || op[1] < 5 || (size_t)op[1] > left) return wrong(from, CUT);
  size_t length = (size_t)op[1];
  int planes = op[2];
  if (planes < 1 || planes > PLANES) return wrong(from + 2, "more planes than there are, or none");
  word room = ((word)1 << planes) - 1;
  for (int32_t g = 0; g < op[3]; g++) {
    if (length - at < 3) return wrong(from + at, CUT);
    int32_t plane = op[at], count = op[at + 2];
    if (plane < 0 || plane > planes - 4) return wrong(from + at, "a plane that is none");
    if (op[at + 1] & ~1) return wrong(from + at + 1, NO_FLAG);
    if (count < 0 || (size_t)count > length - at - 3) return wrong(from + at + 2, CUT);
    /* the total may reach 2**planes - 1: each group takes of that what it may add */
    if ((word)count > room >> plane) return wrong(from + at + 2, "a sum beyond its planes");
    room -= (word)count << plane;
    at += 3;
    for (size_t end = at + (size_t)count; at < end; at++)
      if (!is_filled(p, filled, op[at])) return wrong(from + at, UNFILLED);
  }
  if (op[3] < 0 || op[4] < 0 || (size_t)op[4] != (length - at) / 4 || (length - at) % 4)
    return wrong(from + 1, "a length that is not that of its groups and limits");
  for (; at < length; at += 4) {
    word limit = (uint32_t)op[at + 2] | (word)(uint32_t)op[at + 3] << 32;
    if (op[at + 1] & ~1) return wrong(from + at + 1, NO_FLAG);
    if (limit >> planes) return wrong(from + at + 2, "a limit beyond its planes");
    if (!fill_slot(p, filled, op[at])) return wrong(from + at, UNWRITABLE);
  }
  return (Py_ssize_t)length;
}

static int check_ops(const program *p, uint8_t *filled) {
  memset(filled, 0, p->slots);
  filled[0] = filled[1] = 1;
  for (size_t i = 0; i < p->loads; i++)
    if (!fill_slot(p, filled, p->load_slots[i])) {
      PyErr_Format(PyExc_ValueError, "load %zu has %s", i, UNWRITABLE);
      return -1;
    }
  for (size_t at = 0; at < p->length;) {
    Py_ssize_t length = p->ops[at] == SUM ? check_sum(p, filled, at)
                                          : check_function(p, filled, at);
    if (length < 0) return -1;
    at += (size_t)length;
  }
  for (size_t i = 0; i < p->stores; i++)
    if (!is_filled(p, filled, p->store_slots[i])) {
      PyErr_Format(PyExc_ValueError, "store %zu has %s", i, UNFILLED);
      return -1;
    }
  return 0;
}

static void forget(PyObject *capsule) {
  program *p = PyCapsule_GetPointer(capsule, PROGRAM);
  forget_machine(p);
  free(p);
}

static PyObject *py_check(PyObject *self, PyObject *args) {
  static const description described[] = {
      {"ops", INT32, 1, 0}, {"load_slots", INT32, 1, 0}, {"store_slots", INT32, 1, 0}};
  PyObject *arrays[3], *capsule = NULL;
  Py_ssize_t slots;
  views v;
  (void)self;
  if (!parse(args, "OOOn", &arrays[0], &arrays[1], &arrays[2], &slots)) return NULL;
  if (look_at(&v, arrays, described, 3)) return NULL;
  size_t lengths[3], total = 0;
  for (int i = 0; i < 3; i++) total += lengths[i] = (size_t)v.view[i].shape[0];
  if (slots < 2 || (size_t)slots > total + 2) { /* each is loaded, or written by a number of `ops` */
    PyErr_Format(PyExc_ValueError, "the program has %zd slots; expected 2 to %zu", slots,
                 total + 2);
    return refuse(&v);
  }
  program *p = allocate(1, sizeof *p + total * sizeof *p->ops);
  uint8_t *filled = allocate((size_t)slots, 1);
  if (!p || !filled) PyErr_NoMemory();
  else {
    int32_t *ops = (int32_t *)(p + 1), *load_slots = ops + lengths[0];
    *p = (program){lengths[0], lengths[1], lengths[2], (size_t)slots,
                   ops,        load_slots, load_slots + lengths[1], {NULL, NULL}};
    memcpy(p->ops, v.view[0].buf, lengths[0] * sizeof *p->ops);
    memcpy(p->load_slots, v.view[1].buf, lengths[1] * sizeof *p->ops);
    memcpy(p->store_slots, v.view[2].buf, lengths[2] * sizeof *p->ops);
    if (!check_ops(p, filled)) capsule = PyCapsule_New(p, PROGRAM, forget);
  }
  if (!capsule) free(p);
  free(filled);
  release(&v);
  return capsule;
}

static PyObject *py_run(PyObject *self, PyObject *args) {
  static const description described[] = {
      {"bank", UINT64, 2, 1}, {"load_rows", INT32, 1, 0}, {"store_rows", INT32, 1, 0}};
  PyObject *capsule, *arrays[3];
  Py_ssize_t kind, first, last, start;
  int failed;
  views v;
  (void)self;
  if (!parse(args, "nOOOOnnn", &kind, &capsule, &arrays[0], &arrays[1], &arrays[2], &first, &last,
             &start))
    return NULL;
  const program *p = program_of(capsule);
  if (!p || !is_kind(kind) || look_at(&v, arrays, described, 3)) return NULL;
  Py_ssize_t height = v.view[0].shape[0], words = v.view[0].shape[1];
  if (!is_range(first, last, words) || !has(&v, 1, 0, (Py_ssize_t)p->loads) ||
      !has(&v, 2, 0, (Py_ssize_t)p->stores) || !are_rows(&v, 1, -64, height) ||
      !are_rows(&v, 2, 0, height))
    return refuse(&v);
  int lanes = kind >= AVX512 ? 8 : 4, is_machine = kind > 0 && size_of_machine(p, lanes) > 0;
  Py_BEGIN_ALLOW_THREADS
  failed = 1;
  if (is_machine)
    failed = run_machine(p, lanes, v.view[0].buf, (size_t)words, (size_t)height, v.view[1].buf,
                         v.view[2].buf, (size_t)first, (size_t)last, (word)start);
  if (failed > 0)
    failed = run_neurons((int)kind, p, v.view[0].buf, (size_t)words, v.view[1].buf, v.view[2].buf,
                         (size_t)first, (size_t)last, (word)start);
  Py_END_ALLOW_THREADS
  return done(&v, failed);
}

/* The interpreter lock is held: a program gets its code once, which no run sees half of. */
static PyObject *py_emit(PyObject *self, PyObject *args) {
  PyObject *capsule;
  Py_ssize_t kind;
  (void)self;
  if (!parse(args, "nO", &kind, &capsule) || !is_kind(kind)) return NULL;
  program *p = program_of(capsule);
  if (!p) return NULL;
  int lanes = kind >= AVX512 ? 8 : 4;
  if (kind > 0 && make_machine(p, lanes) < 0) return PyErr_NoMemory();
  return PyLong_FromSize_t(kind > 0 ? size_of_machine(p, lanes) : 0);
}

PyMethodDef program_functions[] = {
    {"check", py_check, METH_VARARGS,
     "check(ops, load_slots, store_slots, slots) -> a checked program, for `run`"},
    {"run", py_run, METH_VARARGS,
     "run(kind, program, bank, load_rows, store_rows, first, last, start)"},
    {"emit", py_emit, METH_VARARGS,
     "emit(kind, program) -> the bytes of its machine code, for `run`; 0 where there is none"},
    {NULL, NULL, 0, NULL}};
