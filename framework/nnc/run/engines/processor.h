/* The kinds of code that there are, and which of them this processor can run. */

#ifndef NNC_PROCESSOR_H
#define NNC_PROCESSOR_H

#if !defined(__GNUC__)
#error "these kernels need GCC or Clang; without them nnc calculates in NumPy"
#endif
#if defined(__x86_64__)
#include <immintrin.h>
#if defined(__linux__) && (__GNUC__ >= 11 || defined(__clang__))
#define HAS_AMX 1
#endif
#endif

enum { PLAIN_CODE, AVX2, AVX512, AMX };

/* Return the highest kind; with AMX this process may use its tiles from then on. */
int find_best_kind(void);

#endif
