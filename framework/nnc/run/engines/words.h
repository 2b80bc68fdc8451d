/* Words of packed rows, each of 64 rows, the first the lowest bit; and memory for them. */

#ifndef NNC_WORDS_H
#define NNC_WORDS_H

#include <stddef.h>
#include <stdint.h>

typedef uint64_t word;

/* All memory comes from here; it is freed with `free`. */
__attribute__((malloc, assume_aligned(64))) void *allocate(size_t count, size_t size);

/* Have the n-th allocation from now on fail, none where that is 0; return how many were left. */
ptrdiff_t fail_allocation(ptrdiff_t n);

/* Bit `place` of the numbers of rows, 64 * w + row, for the words from `first` on. */
void number_rows(word *to, size_t count, int place, word first);

#endif
