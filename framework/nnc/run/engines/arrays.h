/* What Python gives: arrays and numbers, checked before they are used. */

#ifndef NNC_ARRAYS_H
#define NNC_ARRAYS_H

#define PY_SSIZE_T_CLEAN
#define Py_LIMITED_API 0x030B0000
#include <Python.h>
#include <stdint.h>

enum { MOST_FAN_IN = 1 << 20 }; /* of a product: totals stay far from the ends of int32 */

extern int best_kind; /* of code that this processor can run */

/* Read arguments; numbers that are too large are a ValueError like all that are wrong. */
int parse(PyObject *args, const char *format, ...);

/* Whether a number is right; an error is set where not. */
int is_kind(Py_ssize_t kind);
int is_range(Py_ssize_t first, Py_ssize_t last, Py_ssize_t words);
int is_fan_in(Py_ssize_t fan_in);

typedef enum { BYTES, INT8, INT32, INT64, UINT64, FLOAT32, FLOAT64 } number;

typedef struct {
  const char *name;
  number type;
  int dimensions, is_written;
} description;

enum { MOST = 6 };
typedef struct {
  Py_buffer view[MOST];
  const description *described;
  int count;
} views;

/* Take views of C-contiguous arrays, each as it is described; -1, and an error, where one is not. */
int look_at(views *v, PyObject **arrays, const description *described, int count);
void release(views *v);

/* Whether an array has entries of this type. */
int has_type(const Py_buffer *view, number type);

/* Whether an array has so many entries along an axis; an error is set where not. */
int has(const views *v, int array, int axis, Py_ssize_t count);

/* Whether all entries of an array are rows, from `least` to before `height`; an error is set where
   not. */
int are_rows(const views *v, int array, Py_ssize_t least, Py_ssize_t height);

/* Release views, and return what the function returns: NULL, whose error is set; or None, or NULL
   where it failed for want of memory. */
PyObject *refuse(views *v);
PyObject *done(views *v, int failed);

#endif
