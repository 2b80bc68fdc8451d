/* Word programs: neurons that read bits, as operations on slots, each of which is a word of 64 rows
   or more. */

#ifndef NNC_PROGRAM_H
#define NNC_PROGRAM_H

#include "words.h"

enum { SUM = 100, PLANES = 44, FUNCTION_COUNT = 27 };

/* A program that was checked: operations on slots, what is loaded first and stored at the end. */
typedef struct {
  size_t length, loads, stores, slots;
  int32_t *ops, *load_slots, *store_slots;
  struct machine *code[2]; /* for vectors of 4 words and of 8, where it was made */
} program;

/* The threshold functions of up to four bits, the weightier first (27 of them); the same numbers
   stand in FUNCTIONS of program.py. */
#define FUNCTIONS(F)                                                                              \
  F(0, (vec){0}) F(1, a & b & c & d) F(2, a & b & c) F(3, a & b & (c | d)) F(4, a & b)            \
  F(5, a & ((b & (c | d)) | (c & d))) F(6, a & (b | (c & d))) F(7, a & (b | c))                   \
  F(8, a & (b | c | d)) F(9, a) F(10, (a & b & (c | d)) | (c & d & (a | b)))                      \
  F(11, (a & b) | (c & d & (a | b))) F(12, (a & (b | c)) | (b & c & d))                           \
  F(13, (a & (b | c)) | (b & c)) F(14, (a & (b | c | d)) | (b & c & d)) F(15, a | (b & c & d))    \
  F(16, (a & (b | c | d)) | (b & c)) F(17, a | (b & c)) F(18, ((a | b) & (c | d)) | (a & b))      \
  F(19, a | (b & (c | d))) F(20, a | b) F(21, ((a | b) & (c | d)) | (a & b) | (c & d))            \
  F(22, a | (b & (c | d)) | (c & d)) F(23, a | b | (c & d)) F(24, a | b | c) F(25, a | b | c | d) \
  F(26, ~(vec){0})
#define ONE(number, formula) +1
_Static_assert(FUNCTION_COUNT == FUNCTIONS(ONE), "gates.c has the same functions");
#undef ONE

#endif
