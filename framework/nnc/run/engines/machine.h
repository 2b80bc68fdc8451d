/* Word programs, their gates and their machine code; see kernels.c, gates.c and machine.c. */

#ifndef NNC_MACHINE_H
#define NNC_MACHINE_H

#include <stddef.h>
#include <stdint.h>

#define HIDDEN __attribute__((visibility("hidden")))

typedef uint64_t word;

enum { SUM = 100, PLANES = 44, FUNCTION_COUNT = 27 };

/* A program that was checked: operations on slots, what is loaded first and stored at the end. */
typedef struct {
  size_t length, loads, stores, slots;
  int32_t *ops, *load_slots, *store_slots;
  struct machine *code[2]; /* for vectors of 4 words and of 8, where it was made */
} program;

/* All memory comes from here; it is freed with `free`. */
HIDDEN void *allocate(size_t count, size_t size);

/* Make machine code of a program, for vectors of so many words: 1 where it was made now or before,
   0 where this is not possible here, -1 without memory. */
HIDDEN int make_machine(program *p, int lanes);
HIDDEN void forget_machine(program *p);
HIDDEN size_t size_of_machine(const program *p, int lanes);

/* As `run` of kernels.c, with code that was made: 1 where rows to store are loaded too or stored
   twice, which only `run` gets right; -1 without memory. */
HIDDEN int run_machine(const program *p, int lanes, word *bank, size_t words, size_t height,
                       const int32_t *load_rows, const int32_t *store_rows, size_t first,
                       size_t last, word start);

/* A literal is twice a value, and 1 more where it is turned. Value 0 is the constant 0; then come
   what is loaded, and the gates. Bit 4 x + 2 y + z of a table is the gate of x, y and z; inputs
   that it does not have are the constant. */
typedef int32_t literal;

enum { X = 0xf0, Y = 0xcc, Z = 0xaa };

typedef struct {
  int32_t in[3];
  int32_t table;
} gate;

typedef struct {
  gate *gates;    /* by value */
  int32_t *known; /* equal gates, by their hash */
  int32_t count, room;
  uint32_t mask;
  int lanes, is_full;
} circuit;

/* More gates than a program can become; 0 where these are too many for machine code. */
HIDDEN size_t most_gates(const program *p, int lanes);

/* Make the gates of a program, and write the literals of what it stores to `stored`. No gate has
   more than two inputs where there are 4 lanes. `slots` is for a literal each. */
HIDDEN void make_gates(circuit *c, const program *p, literal *slots, literal *stored);

/* One bit of the numbers of rows: bit `place` of 64 * w + row, for the words from `first` on. */
HIDDEN void fill(word *slot, size_t count, int place, word first);

#endif
