/* Word programs as gates of up to three inputs, for machine code.

   Constants are folded, equal gates are made once, and what is turned is a bit of the table of what
   reads it. Sums are spelled out as full adders, and the constants among what they add are the
   thresholds. AVX-512 has any function of three bits as one instruction, of which a full adder
   takes two; AVX2 has those of two bits, and it takes five. */

#include "gates.h"
#include <string.h>

enum { MOST_GATES = 1 << 20 };
enum { FALSE, TRUE };
enum { ODD = 0x96, MOST = 0xe8 };
enum { GROUPS = 2 * PLANES, NEAR = 512, NONE = INT32_MAX };
/* The carry of x + y + z from s, y and z, where s is their sum: x need not be kept for it. */
enum { CARRY = 0x8e };

static const uint8_t HIGH[3] = {X, Y, Z}; /* where the input is 1 */
static const uint8_t STEP[3] = {4, 2, 1};

/* The table where one input is 0, and where it is 1, for both values of it. */
static unsigned where_0(unsigned t, int i) {
  t &= ~(unsigned)HIGH[i];
  return t | t << STEP[i];
}
static unsigned where_1(unsigned t, int i) {
  t &= HIGH[i];
  return t | t >> STEP[i];
}

static literal add_gate(circuit *c, unsigned table, const literal *in) {
  uint32_t h = (uint32_t)in[0] * 0x9e3779b1u ^ (uint32_t)in[1] * 0x85ebca77u ^
               (uint32_t)in[2] * 0xc2b2ae3du ^ table * 0x27d4eb2fu;
  for (h ^= h >> 15;; h++) {
    int32_t v = c->known[h & c->mask];
    if (!v) break;
    const gate *g = c->gates + v;
    if (g->table == (int32_t)table && 2 * g->in[0] == in[0] && 2 * g->in[1] == in[1] &&
        2 * g->in[2] == in[2])
      return 2 * v;
  }
  if (c->count == c->room) {
    c->is_full = 1;
    return FALSE;
  }
  c->gates[c->count] = (gate){{in[0] / 2, in[1] / 2, in[2] / 2}, (int32_t)table};
  c->known[h & c->mask] = c->count;
  return 2 * c->count++;
}

static literal lut(circuit *c, unsigned t, literal x, literal y, literal z);

/* A gate of three inputs from gates of two, as AVX2 has them: what it is where one input is 0, and
   where it is 1 (Shannon). That input is taken which spares most. */
static literal split(circuit *c, unsigned t, const literal *in) {
  int best = 0, least = 9, at;
  for (at = 0; at < 3; at++) {
    unsigned f = where_0(t, at), g = where_1(t, at);
    int cost = !f || !g || f == 255 || g == 255 ? 1 : f == (g ^ 255) ? 2 : !(f & ~g) ? 3 : 4;
    if (cost < least) least = cost, best = at;
  }
  unsigned f = where_0(t, best), g = where_1(t, best);
  literal v = in[best], low = lut(c, f, in[0], in[1], in[2]);
  if (f == (g ^ 255)) return lut(c, X ^ Y, v, low, FALSE);
  literal high = lut(c, g, in[0], in[1], in[2]);
  if (!(f & ~g)) return lut(c, X | Y, low, lut(c, X & Y, v, high, FALSE), FALSE);
  if (!(g & ~f)) return lut(c, X | Y, high, lut(c, X & Y, v ^ 1, low, FALSE), FALSE);
  return lut(c, X | Y, lut(c, X & Y, v, high, FALSE), lut(c, X & Y, v ^ 1, low, FALSE), FALSE);
}

/* The gate with this table of three literals. It is 0 where all its inputs are 0, and these come in
   the order of their values, the last first, so that equal ones look alike. */
static literal lut(circuit *c, unsigned t, literal x, literal y, literal z) {
  literal in[3] = {x, y, z};
  for (int i = 0; i < 3; i++) {
    if (in[i] & 1) t = (t & HIGH[i]) >> STEP[i] | (t << STEP[i] & HIGH[i]), in[i] ^= 1;
    if (in[i] == FALSE) t = where_0(t, i);
    for (int j = 0; j < i; j++)
      if (in[i] && in[i] == in[j]) {
        t = (where_0(t, i) & ~(unsigned)HIGH[j]) | (where_1(t, i) & HIGH[j]);
        in[i] = FALSE;
      }
  }
  for (int i = 0; i < 3; i++)
    if (where_0(t, i) == where_1(t, i)) in[i] = FALSE;
  literal turned = t & 1;
  if (turned) t ^= 0xff;
  for (int k = 0; k < 3; k++) { /* sort: the second and third, the first and second, and again */
    int i = k == 1 ? 0 : 1;
    if (in[i] >= in[i + 1]) continue;
    literal swapped = in[i];
    in[i] = in[i + 1], in[i + 1] = swapped;
    t = i ? (t & 0x99) | (t & 0x44) >> 1 | (t & 0x22) << 1
          : (t & 0xc3) | (t & 0x30) >> 2 | (t & 0x0c) << 2;
  }
  if (!in[0]) return turned;
  if (!in[1]) return in[0] ^ turned;
  if (in[2] && c->lanes == 4) return split(c, t, in) ^ turned;
  return add_gate(c, t, in) ^ turned;
}

static literal carry_of(circuit *c, literal x, literal y, literal z) {
  if (c->lanes == 8 || x < 2 || y < 2 || z < 2) return lut(c, MOST, x, y, z);
  literal both = lut(c, X & Y, y, z, FALSE), odd = lut(c, X ^ Y, y, z, FALSE);
  return lut(c, X | Y, both, lut(c, X & Y, x, odd, FALSE), FALSE);
}

/* Add three bits: their sum, and the carry. */
static literal add_bits(circuit *c, literal x, literal y, literal z, literal *carry) {
  literal sum;
  if (c->lanes == 8) sum = lut(c, ODD, x, y, z);
  else sum = lut(c, X ^ Y, x, lut(c, X ^ Y, y, z, FALSE), FALSE);
  if (c->lanes == 4 || x < 2 || y < 2 || z < 2) *carry = carry_of(c, x, y, z);
  else *carry = lut(c, CARRY, sum, y, z);
  return sum;
}

/* A function of up to four bits as a gate of three out of a to d and of two gates. */
enum { A, B, C, D, T, U, N };
typedef struct {
  uint8_t first, of[3]; /* T */
  uint8_t second;       /* U, of a, b and c */
  uint8_t last, from[3];
} steps;
static const steps FUNCTION[FUNCTION_COUNT] = {
    {0, {N, N, N}, 0, 0, {N, N, N}},
    {X & Y & Z, {A, B, C}, 0, X & Y, {T, D, N}},
    {0, {N, N, N}, 0, X & Y & Z, {A, B, C}},
    {X & (Y | Z), {B, C, D}, 0, X & Y, {A, T, N}},
    {0, {N, N, N}, 0, X & Y, {A, B, N}},
    {MOST, {B, C, D}, 0, X & Y, {A, T, N}},
    {X | (Y & Z), {B, C, D}, 0, X & Y, {A, T, N}},
    {0, {N, N, N}, 0, X & (Y | Z), {A, B, C}},
    {X | Y | Z, {B, C, D}, 0, X & Y, {A, T, N}},
    {0, {N, N, N}, 0, X, {A, N, N}},
    {MOST, {A, B, C}, X & Y & Z, (X & Y) | Z, {T, D, U}},
    {X & Y, {C, D, N}, 0, MOST, {A, B, T}},
    {MOST, {A, B, C}, 0, X & (Y | Z), {T, A, D}},
    {0, {N, N, N}, 0, MOST, {A, B, C}},
    {MOST, {A, B, C}, 0, MOST, {T, A, D}},
    {X & Y & Z, {B, C, D}, 0, X | Y, {A, T, N}},
    {MOST, {A, B, C}, 0, X | (Y & Z), {T, A, D}},
    {0, {N, N, N}, 0, X | (Y & Z), {A, B, C}},
    {X | Y, {C, D, N}, 0, MOST, {A, B, T}},
    {X & (Y | Z), {B, C, D}, 0, X | Y, {A, T, N}},
    {0, {N, N, N}, 0, X | Y, {A, B, N}},
    {MOST, {A, B, C}, X | Y | Z, X | (Y & Z), {T, D, U}},
    {MOST, {B, C, D}, 0, X | Y, {A, T, N}},
    {X | (Y & Z), {B, C, D}, 0, X | Y, {A, T, N}},
    {0, {N, N, N}, 0, X | Y | Z, {A, B, C}},
    {X | Y | Z, {A, B, C}, 0, X | Y, {T, D, N}},
    {0, {N, N, N}, 0, 0xff, {N, N, N}},
};

static void add_function(circuit *c, const int32_t *op, literal *slots) {
  const steps *s = FUNCTION + op[0];
  literal is[7] = {0};
  for (int i = 0; i < 4; i++) is[i] = slots[op[3 + i]] ^ (op[2] >> i & 1);
  is[T] = lut(c, s->first, is[s->of[0]], is[s->of[1]], is[s->of[2]]);
  is[U] = lut(c, s->second, is[A], is[B], is[C]);
  slots[op[1]] = lut(c, s->last, is[s->from[0]], is[s->from[1]], is[s->from[2]]) ^ (op[2] >> 4 & 1);
}

/* Bits that wait to be added, up to three a plane: no sum is made before a fourth comes, since of
   the last bits of a plane only the carry may matter. */
typedef struct {
  literal bits[PLANES + 1][3];
  int count[PLANES + 1];
} counter;

static void insert(circuit *c, counter *n, literal x, int plane, int planes) {
  for (; x != FALSE && plane <= planes; plane++) {
    literal *bits = n->bits[plane], carry;
    if (n->count[plane] < 3) {
      bits[n->count[plane]++] = x;
      return;
    }
    bits[0] = add_bits(c, bits[0], bits[1], bits[2], &carry);
    bits[1] = x;
    n->count[plane] = 2;
    x = carry;
  }
}

static word limit_of(const int32_t *at) {
  return (uint32_t)at[2] | (word)(uint32_t)at[3] << 32;
}

/* Add groups of bits, and give where they end. All take those of some values that follow each other
   before those of the next: what several groups read is in a near cache then. */
static const int32_t *add_groups(circuit *c, counter *n, const int32_t *at, int groups,
                                 const literal *slots, int planes) {
  const int32_t *group[GROUPS], *next[GROUPS];
  for (int g = 0; g < groups; g++, at += 3 + at[2]) group[g] = at, next[g] = at + 3;
  for (literal least = FALSE; least != NONE;) {
    literal end = least + 2 * NEAR;
    least = NONE;
    for (int g = 0; g < groups; g++) {
      const int32_t *last = group[g] + 3 + group[g][2];
      for (; next[g] < last && slots[*next[g]] < end; next[g]++)
        insert(c, n, slots[*next[g]] ^ group[g][1], group[g][0], planes);
      if (next[g] < last && slots[*next[g]] < least) least = slots[*next[g]];
    }
  }
  return at;
}

/* A sum, compared with each limit. For a single one, 2**planes - limit is added to it: then what is
   carried out of the planes is whether it is reached, and no bit of the sum need be made. */
static void add_sum(circuit *c, const int32_t *op, literal *slots) {
  int planes = op[2], limits = op[4], is_single = limits == 1;
  const int32_t *at = op + 5;
  counter n;
  literal sum[PLANES];
  memset(&n, 0, sizeof n);
  for (int left = op[3]; left > 0; left -= GROUPS)
    at = add_groups(c, &n, at, left < GROUPS ? left : GROUPS, slots, planes);
  word added = is_single ? ((word)1 << planes) - limit_of(at) : 0;
  for (int j = 0; j <= planes; j++)
    if (added >> j & 1) insert(c, &n, TRUE, j, planes);
  for (int j = 0; j < planes; j++) {
    literal *bits = n.bits[j], carry; /* those that there are not are the constant 0 */
    for (int i = n.count[j]; i < 3; i++) bits[i] = FALSE;
    if (is_single) carry = carry_of(c, bits[0], bits[1], bits[2]);
    else sum[j] = add_bits(c, bits[0], bits[1], bits[2], &carry);
    insert(c, &n, carry, j + 1, planes);
  }
  for (int l = 0; l < limits; l++, at += 4) {
    literal reached = TRUE, *top = n.bits[planes];
    for (int i = n.count[planes]; i < 3; i++) top[i] = FALSE;
    for (int j = 0; j < planes && !is_single; j++)
      reached = lut(c, limit_of(at) >> j & 1 ? X & Y : X | Y, reached, sum[j], FALSE);
    if (is_single) reached = lut(c, X | Y | Z, top[0], top[1], top[2]); /* at most one is 1 */
    slots[at[0]] = reached ^ at[1];
  }
}

void make_gates(circuit *c, const program *p, literal *slots, literal *stored) {
  slots[0] = FALSE, slots[1] = TRUE;
  for (size_t i = 0; i < p->loads; i++) slots[p->load_slots[i]] = 2 * (literal)(i + 1);
  for (const int32_t *op = p->ops, *end = op + p->length; op < end && !c->is_full;) {
    if (op[0] == SUM) add_sum(c, op, slots);
    else add_function(c, op, slots);
    op += op[0] == SUM ? op[1] : 7;
  }
  for (size_t i = 0; i < p->stores; i++) {
    literal x = slots[p->store_slots[i]], in[3] = {x & ~1, FALSE, FALSE};
    if (x < 2) x = add_gate(c, x ? 0xff : 0, in);
    else if (x & 1 && c->lanes == 8 && (size_t)x / 2 > p->loads) {
      gate g = c->gates[x / 2];
      for (int k = 0; k < 3; k++) in[k] = 2 * g.in[k];
      x = add_gate(c, (unsigned)g.table ^ 0xff, in);
    } else if (x & 1) x = add_gate(c, 0xff ^ X, in);
    stored[i] = x;
  }
}

size_t most_gates(const program *p, int lanes) {
  size_t most = p->loads + p->stores + 2, each = lanes == 8 ? 2 : 6;
  for (const int32_t *op = p->ops, *end = op + p->length; op < end && most < MOST_GATES;) {
    size_t planes = op[0] == SUM ? (size_t)op[2] : 0;
    if (planes) most += each * ((size_t)op[1] + 3 * planes) + (size_t)op[4] * planes;
    else most += 2 * each;
    op += planes ? op[1] : 7;
  }
  return most < MOST_GATES ? most : 0;
}
