/* Gates as machine code of x86-64. */

#ifndef NNC_GENERATOR_H
#define NNC_GENERATOR_H

#include "gates.h"

#if defined(__x86_64__) && !defined(__ILP32__) && (defined(__linux__) || defined(__APPLE__))
#define HAS_MACHINE 1
#endif

/* Code for some vectors of rows after the other, and how many slots it has for values that lose
   their registers. It is a function of the address of slot MIDDLE, those of the rows that are loaded
   and stored, and the bytes of them that it goes through: from which, and to before which. */
typedef struct {
  uint8_t *bytes;
  size_t size, slots;
} code;

enum { MIDDLE = 128 };

/* Make the code of gates, which stores the literals `stored`: 1 where it was made, 0 where that is
   not possible, -1 without memory. `numbers` is for 8 of each gate, and one of each row stored; the
   bytes are the caller's, whatever is returned. */
int generate_code(const program *p, const circuit *c, const literal *stored, int32_t *numbers,
                  code *made);

#endif
