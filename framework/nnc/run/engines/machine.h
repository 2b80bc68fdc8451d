/* Machine code of word programs, where this system allows it. */

#ifndef NNC_MACHINE_H
#define NNC_MACHINE_H

#include "program.h"

/* Make machine code of a program, for vectors of so many words: 1 where it was made now or before,
   0 where this is not possible here, -1 without memory. */
int make_machine(program *p, int lanes);
void forget_machine(program *p);
size_t size_of_machine(const program *p, int lanes);

/* As `run_neurons`, with code that was made: 1 where rows to store are loaded too or stored
   twice, which only that gets right; -1 without memory. */
int run_machine(const program *p, int lanes, word *bank, size_t words, size_t height,
                       const int32_t *load_rows, const int32_t *store_rows, size_t first,
                       size_t last, word start);

#endif
