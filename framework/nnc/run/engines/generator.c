/* The gates of word programs as machine code of x86-64: no operation is looked up, and signals stay
   in registers.

   The gates go through the registers in their order. Where a register is needed, the value that is
   read again last gives up its own (Belady 1966; the scan is that of Poletto and Sarkar 1999, for
   code that only goes forward).

   rdi is the middle of the slots for values that leave their registers, rsi has the addresses of
   the rows that are loaded and stored, rdx is the place in all rows, to before rcx, and rax is
   free. */

#include "generator.h"

#include <stdlib.h>
#include <string.h>

#ifdef HAS_MACHINE

enum { NEVER = INT32_MAX, AHEAD = 256 };
enum { LOAD = 0x6f, STORE = 0x7f, COPY = 0x6f, TERNARY = 0x25, EQUAL = 0x76 };
enum { AND = 0xdb, AND_NOT = 0xdf, OR = 0xeb, XOR = 0xef };

typedef struct {
  enum { REGISTER, SLOT, ROW } kind;
  int32_t at;
} operand;

typedef struct {
  const circuit *c;
  const program *p;
  uint8_t *bytes;
  size_t size, room;
  int lanes, registers, is_short, is_wrong;
  int32_t *next, *following; /* the gate that reads a value next, and after each that reads it */
  int32_t *slot, *where, *spare, *head, *tail;
  int32_t held[32], until[32]; /* the value of a register, and the gate that reads it next */
  uint32_t open, locked;
  int32_t slots, spares;
} generator;

static void put(generator *g, const void *bytes, size_t count) {
  if (g->room - g->size < count) {
    size_t room = 2 * g->room + 4096;
    uint8_t *more = allocate(room, 1);
    if (!more) {
      g->is_short = 1;
      return;
    }
    if (g->size) memcpy(more, g->bytes, g->size);
    free(g->bytes);
    g->bytes = more, g->room = room;
  }
  memcpy(g->bytes + g->size, bytes, count);
  g->size += count;
}

/* One instruction on vectors, with EVEX for AVX-512, with VEX for AVX2 (Intel, Software Developer's
   Manual, volume 2, chapter 2). `map` 1 is 0f and 3 is 0f 3a; `prefix` 1 is 66 and 2 is f3. */
static void instruct(generator *g, int map, int prefix, int code, int to, int first, operand m,
                     int table) {
  uint8_t b[16], n = 0;
  int is_register = m.kind == REGISTER, r = is_register ? m.at : 0;
  int32_t rows = (int32_t)(g->p->loads + g->p->stores);
  int32_t end = is_register ? g->registers : m.kind == SLOT ? g->slots : rows;
  if (m.at < 0 || m.at >= end || to >= g->registers || first >= g->registers) {
    g->is_wrong = 1; /* never, but such code must not be run */
    return;
  }
  if (m.kind == ROW) { /* mov rax, [rsi + 8 * row]; the row is needed again for the next vectors */
    int32_t away = 8 * m.at, ahead = AHEAD;
    memcpy(b, "\x48\x8b\x86", 3);
    memcpy(b + 3, &away, 4);
    memcpy(b + 7, "\x0f\x18\x8c\x10", 4); /* prefetcht0 [rax + rdx + AHEAD] */
    memcpy(b + 11, &ahead, 4);
    put(g, b, code == STORE ? 7 : 15);
  }
  int extended = (to & 8 ? 0 : 0x80) | (r & 16 ? 0 : 0x40) | (r & 8 ? 0 : 0x20);
  if (g->lanes == 8) {
    b[n++] = 0x62;
    b[n++] = (uint8_t)(extended | (to & 16 ? 0 : 0x10) | map);
    b[n++] = (uint8_t)(0x84 | (~first & 15) << 3 | prefix);
    b[n++] = (uint8_t)(0x40 | (first & 16 ? 0 : 8));
  } else {
    b[n++] = 0xc4;
    b[n++] = (uint8_t)(extended | map);
    b[n++] = (uint8_t)((~first & 15) << 3 | 4 | prefix);
  }
  b[n++] = (uint8_t)code;
  int field = (to & 7) << 3;
  if (is_register) b[n++] = (uint8_t)(0xc0 | field | (r & 7));
  else if (m.kind == ROW) { /* [rax + rdx] */
    b[n++] = (uint8_t)(4 | field);
    b[n++] = 0x10;
  } else {
    int32_t vectors = m.at - MIDDLE, away = vectors * 8 * g->lanes;
    int32_t near = g->lanes == 8 ? vectors : away;
    int is_near = near >= -128 && near < 128;
    b[n++] = (uint8_t)((is_near ? 0x47 : 0x87) | field);
    if (is_near) b[n++] = (uint8_t)near;
    else memcpy(b + n, &away, 4), n += 4;
  }
  if (table >= 0) b[n++] = (uint8_t)table;
  put(g, b, n);
}

static operand in_register(int r) { return (operand){REGISTER, r}; }

/* Where a value is that has no register. */
static operand in_memory(const generator *g, int32_t v) {
  if (g->slot[v] >= 0) return (operand){SLOT, g->slot[v]};
  return (operand){ROW, v - 1};
}

static void load(generator *g, int r, int32_t v) {
  instruct(g, 1, 2, LOAD, r, 0, in_memory(g, v), -1);
}

static int last_read(const generator *g) {
  int last = -1;
  for (int r = 0; r < g->registers; r++)
    if (!(g->locked >> r & 1) && (last < 0 || g->until[r] > g->until[last])) last = r;
  return last;
}

/* Give a register for a value, and lock it. */
static int take(generator *g, int32_t v) {
  int r = g->open ? __builtin_ctz(g->open) : last_read(g);
  if (!g->open) {
    int32_t old = g->held[r];
    if (g->slot[old] < 0) {
      g->slot[old] = g->spares ? g->spare[--g->spares] : g->slots++;
      instruct(g, 1, 2, STORE, r, 0, in_memory(g, old), -1);
    }
    g->where[old] = -1;
  }
  g->open &= ~((uint32_t)1 << r);
  g->locked |= (uint32_t)1 << r;
  g->held[r] = v, g->until[r] = g->next[v], g->where[v] = r;
  return r;
}

/* Give up a value that nothing reads any more. */
static void drop(generator *g, int32_t v) {
  if (g->where[v] >= 0 && g->held[g->where[v]] == v) g->open |= (uint32_t)1 << g->where[v];
  if (g->slot[v] >= 0) g->spare[g->spares++] = g->slot[v];
  g->where[v] = g->slot[v] = -1;
}

/* Write a value to the rows that it is stored in. */
static void store(generator *g, int32_t v) {
  for (int32_t i = g->head[v]; i >= 0; i = g->tail[i])
    instruct(g, 1, 2, STORE, g->where[v], 0, (operand){ROW, (int32_t)g->p->loads + i}, -1);
  if (g->next[v] == NEVER) drop(g, v);
}

/* A table for inputs in another order: the k-th is input of[k], or none where that is below 0. */
static int ordered(unsigned table, const int *of) {
  int result = 0;
  for (int i = 0; i < 8; i++) {
    int at = 0;
    for (int k = 0; k < 3; k++)
      if (of[k] >= 0 && i & 4 >> k) at |= 4 >> of[k];
    result |= (int)(table >> at & 1) << i;
  }
  return result;
}

/* The input that is read from memory: one that is in no register, and that is not read again before
   all that are, or never. Below 0: none, or where an instruction cannot. */
static int from_memory(const generator *g, const gate *one, int count) {
  int from = -1;
  for (int k = 0; k < count; k++) {
    int32_t v = one->in[k];
    if (g->where[v] >= 0 || (from >= 0 && g->next[v] <= g->next[one->in[from]])) continue;
    if (g->lanes == 4 && one->table == (k ? X & ~Y : Y & ~X)) continue; /* the turned one is none */
    from = k;
  }
  if (from < 0 || g->next[one->in[from]] == NEVER) return from;
  int32_t v = one->in[from];
  return g->slot[v] < 0 || g->open || g->until[last_read(g)] > g->next[v] ? -1 : from;
}

static void operate(generator *g, const gate *one, int to, const int *of, operand last) {
  if (g->lanes == 8) {
    int first = of[1] >= 0 ? g->where[one->in[of[1]]] : to;
    instruct(g, 3, 1, TERNARY, to, first, last, ordered((unsigned)one->table, of));
    return;
  }
  if (one->table == 0) {
    instruct(g, 1, 1, XOR, to, to, in_register(to), -1);
    return;
  }
  if (of[1] < 0) { /* all ones, and what is turned */
    instruct(g, 1, 1, EQUAL, to, to, in_register(to), -1);
    if (one->in[0]) instruct(g, 1, 1, XOR, to, to, last, -1);
    return;
  }
  int table = ordered((unsigned)one->table, of) & 15, first = g->where[one->in[of[1]]];
  int code = table == 8 ? AND : table == 14 ? OR : table == 6 ? XOR : AND_NOT;
  if (table == 4) { /* the last is turned, which is in a register then */
    int turned = last.at;
    last.at = first, first = turned;
  }
  instruct(g, 1, 1, code, to, first, last, -1);
}

static void generate(generator *g, int32_t v) {
  const gate *one = g->c->gates + v;
  int count = 0, of[3] = {-1, -1, -1}, to = -1, dying = -1, fresh = -1;
  for (; count < 3 && one->in[count]; count++) {
    int32_t in = one->in[count], r = g->where[in];
    g->next[in] = g->following[3 * (size_t)v + (size_t)count];
    if (r >= 0) g->locked |= (uint32_t)1 << r, g->until[r] = g->next[in];
  }
  int from = from_memory(g, one, count);
  for (int k = 0; k < count; k++) {
    int32_t in = one->in[k];
    if (k == from) continue;
    if (g->where[in] < 0) {
      int r = take(g, in);
      load(g, r, in);
      if (g->slot[in] >= 0) fresh = k;
    }
    if (g->next[in] == NEVER) dying = k;
  }
  /* the first of three is overwritten: one that is not read again, else one that stays in its slot,
     else a copy */
  if (dying < 0 && count == 3) dying = fresh;
  int last = from >= 0 ? from : count - 1;
  if (from < 0 && count > 1 && last == dying) last--;
  of[2] = count ? last : -1;
  if (count == 3) of[0] = dying >= 0 ? dying : last == 0;
  for (int k = 0; k < count; k++)
    if (count > 1 && k != of[0] && k != last) of[1] = k;
  operand at_last = count ? (from >= 0 ? in_memory(g, one->in[last])
                                       : in_register(g->where[one->in[last]]))
                          : in_register(0);
  if (dying >= 0 && (g->lanes == 8 || count > 1)) {
    to = g->where[one->in[dying]];
    g->held[to] = v, g->until[to] = g->next[v], g->where[v] = to;
  } else {
    to = take(g, v);
    if (count == 3)
      instruct(g, 1, 1, COPY, to, 0, in_register(g->where[one->in[of[0]]]), -1);
  }
  operate(g, one, to, of, at_last);
  for (int k = 0; k < count; k++) {
    if (g->next[one->in[k]] == NEVER) drop(g, one->in[k]);
    else if (g->where[one->in[k]] == to) g->where[one->in[k]] = -1;
  }
  g->locked = 0;
  store(g, v);
}

/* Find where each value is read next; a gate that nothing reads is left out. */
static void look_ahead(generator *g) {
  const circuit *c = g->c;
  for (int32_t v = 0; v < c->count; v++) g->next[v] = NEVER, g->slot[v] = g->where[v] = -1;
  for (int32_t v = c->count - 1; v > (int32_t)g->p->loads; v--) {
    if (g->next[v] == NEVER && g->head[v] < 0) continue;
    const int32_t *in = c->gates[v].in;
    for (size_t k = 0; k < 3; k++) g->following[3 * (size_t)v + k] = g->next[in[k]];
    for (int k = 0; k < 3; k++)
      if (in[k]) g->next[in[k]] = v;
  }
}

static void generate_all(generator *g) {
  static const uint8_t end[] = {0xc5, 0xf8, 0x77, 0xc3}; /* vzeroupper, ret */
  int32_t loads = (int32_t)g->p->loads;
  g->registers = g->lanes == 8 ? 32 : 16;
  g->open = g->lanes == 8 ? ~(uint32_t)0 : 0xffff;
  look_ahead(g);
  put(g, "\xf3\x0f\x1e\xfa", 4); /* endbr64 */
  size_t start = g->size;
  for (int32_t v = 1; v < g->c->count && !g->is_short; v++) {
    if (v > loads && (g->next[v] < NEVER || g->head[v] >= 0)) generate(g, v);
    if (v > loads || g->head[v] < 0) continue;
    int r = take(g, v);
    load(g, r, v);
    g->locked = 0;
    store(g, v);
  }
  uint8_t loop[13] = {0x48, 0x83, 0xc2, (uint8_t)(8 * g->lanes), 0x48, 0x39, 0xca, 0x0f, 0x82};
  int32_t back = -(int32_t)(g->size + sizeof loop - start); /* add rdx; cmp rdx, rcx; jb */
  memcpy(loop + 9, &back, 4);
  put(g, loop, sizeof loop);
  put(g, end, sizeof end);
}

int generate_code(const program *p, const circuit *c, const literal *stored, int32_t *numbers,
                  code *made) {
  size_t count = (size_t)c->count;
  generator g;
  memset(&g, 0, sizeof g);
  g.c = c, g.p = p, g.lanes = c->lanes;
  g.next = numbers, g.slot = g.next + count, g.where = g.slot + count;
  g.spare = g.where + count, g.head = g.spare + count, g.following = g.head + count;
  g.tail = g.following + 3 * count;
  for (size_t v = 0; v < count; v++) g.head[v] = -1;
  for (size_t i = 0; i < p->stores; i++) {
    int32_t v = stored[i] / 2;
    g.tail[i] = g.head[v], g.head[v] = (int32_t)i;
  }
  generate_all(&g);
  *made = (code){g.bytes, g.size, (size_t)g.slots};
  return g.is_wrong ? 0 : g.is_short ? -1 : 1;
}

#endif
