/* Word programs as gates of up to three inputs. */

#ifndef NNC_GATES_H
#define NNC_GATES_H

#include "program.h"

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
size_t most_gates(const program *p, int lanes);

/* Make the gates of a program, and write the literals of what it stores to `stored`. No gate has
   more than two inputs where there are 4 lanes. `slots` is for a literal each. */
void make_gates(circuit *c, const program *p, literal *slots, literal *stored);

#endif
