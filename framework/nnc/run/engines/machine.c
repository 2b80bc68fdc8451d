/* The gates of word programs as machine code of x86-64: no operation is looked up, and signals stay
   in registers.

   The gates go through the registers in their order. Where a register is needed, the value that is
   read again last gives up its own (Belady 1966; the scan is that of Poletto and Sarkar 1999, for
   code that only goes forward). The code is written into memory that is executable only once it is
   not writable any more. */

#include "machine.h"

#include <stdlib.h>
#include <string.h>

#if defined(__x86_64__) && !defined(__ILP32__) && (defined(__linux__) || defined(__APPLE__))
#define HAS_MACHINE 1
#include <sys/mman.h>
#include <unistd.h>
#endif

#ifdef HAS_MACHINE

struct machine {
  void *code;
  size_t size, mapped, slots;
};

/* ---------------------------------------------------------------------------------- code

   rdi is the middle of the slots for values that leave their registers, rsi has the addresses of
   the rows that are loaded and stored, rdx is the place in all rows, to before rcx, and rax is
   free. */

enum { NEVER = INT32_MAX, MIDDLE = 128, AHEAD = 256 };
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

/* ------------------------------------------------------------------------------ programs */

/* Put code where it can run and cannot be written; NULL where that is not allowed. */
static struct machine *map_code(const generator *g) {
  struct machine *m = allocate(1, sizeof *m);
  if (!m) return NULL;
  size_t page = (size_t)sysconf(_SC_PAGESIZE), mapped = (g->size + page - 1) / page * page;
  void *code = mmap(NULL, mapped, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  *m = (struct machine){code, g->size, mapped, (size_t)g->slots};
  if (code == MAP_FAILED) {
    m->mapped = 0;
    return m;
  }
  memcpy(code, g->bytes, g->size);
  if (mprotect(code, mapped, PROT_READ | PROT_EXEC)) {
    munmap(code, mapped);
    m->mapped = 0;
  }
  return m;
}

/* Make the code of a program. `numbers` is for 8 of each gate, and one of each row stored. */
static struct machine *make(const program *p, circuit *c, generator *g, literal *slots,
                            literal *stored, int32_t *numbers) {
  make_gates(c, p, slots, stored);
  size_t count = (size_t)c->count;
  if (c->is_full) return NULL;
  g->next = numbers, g->slot = g->next + count, g->where = g->slot + count;
  g->spare = g->where + count, g->head = g->spare + count, g->following = g->head + count;
  g->tail = g->following + 3 * count;
  for (size_t v = 0; v < count; v++) g->head[v] = -1;
  for (size_t i = 0; i < p->stores; i++) {
    int32_t v = stored[i] / 2;
    g->tail[i] = g->head[v], g->head[v] = (int32_t)i;
  }
  generate_all(g);
  return g->is_short || g->is_wrong ? NULL : map_code(g);
}

int make_machine(program *p, int lanes) {
  struct machine **made = p->code + (lanes == 8);
  size_t most = most_gates(p, lanes), known = 1;
  if (*made) return (*made)->mapped > 0;
  if (!most) return 0;
  while (known < most) known *= 2;
  gate *gates = allocate(most, sizeof *gates);
  int32_t *equal = allocate(2 * known, sizeof *equal);
  int32_t *numbers = allocate(8 * most + p->stores, sizeof *numbers);
  literal *slots = allocate(p->slots + p->stores, sizeof *slots);
  circuit c = {gates, equal, (int32_t)p->loads + 1, (int32_t)most, (uint32_t)(2 * known - 1),
               lanes, 0};
  generator g;
  memset(&g, 0, sizeof g);
  g.c = &c, g.p = p, g.lanes = lanes;
  if (gates && equal && numbers && slots) {
    memset(equal, 0, 2 * known * sizeof *equal);
    *made = make(p, &c, &g, slots, slots + p->slots, numbers);
  }
  free(gates);
  free(equal);
  free(numbers);
  free(slots);
  free(g.bytes);
  if (c.is_full || g.is_wrong) return 0;
  return *made ? (*made)->mapped > 0 : -1;
}

void forget_machine(program *p) {
  for (int i = 0; i < 2; i++) {
    struct machine *m = p->code[i];
    if (m && m->mapped) munmap(m->code, m->mapped);
    free(m);
  }
}

size_t size_of_machine(const program *p, int lanes) {
  const struct machine *m = p->code[lanes == 8];
  return m && m->mapped ? m->size : 0;
}

/* --------------------------------------------------------------------------------- running */

#if defined(__clang__)
#define CALLED __attribute__((no_sanitize("function"))) /* nothing stands before the code */
#else
#define CALLED
#endif

/* Words that the code must leave as they are, for the sanitizers, which do not see into it. */
#ifdef NNC_REDZONES
enum { RED = 64 };
static void make_red(word *end) { memset(end, 0xa5, 8 * RED); }
static void check_red(const word *end) {
  for (int i = 0; i < RED; i++)
    if (end[i] != 0xa5a5a5a5a5a5a5a5) abort();
}
#else
enum { RED = 0 };
#define make_red(end) ((void)(end))
#define check_red(end) ((void)(end))
#endif

typedef void (*runner)(word *middle, const uintptr_t *rows, size_t from, size_t to);

CALLED static void call(const struct machine *m, word *slots, int lanes, const uintptr_t *rows,
                        size_t from, size_t to) {
  runner run;
  memcpy(&run, &m->code, sizeof run);
  run(slots + (size_t)MIDDLE * (size_t)lanes, rows, 8 * from, 8 * to);
}

/* Whether a row is stored twice, or loaded and stored; -1 without memory. */
static int are_shared(const program *p, size_t height, const int32_t *loads,
                      const int32_t *stores) {
  uint8_t *is_stored = allocate(height, 1);
  int found = 0;
  if (!is_stored) return -1;
  memset(is_stored, 0, height);
  for (size_t i = 0; i < p->stores; i++) {
    found |= is_stored[stores[i]];
    is_stored[stores[i]] = 1;
  }
  for (size_t i = 0; i < p->loads; i++) found |= loads[i] >= 0 && is_stored[loads[i]];
  free(is_stored);
  return found;
}

/* So many words of rows are copied at a time: of numbers of rows, which are no row; of the last
   words, which may be fewer than a vector; and of rows that lie so far from each other that their
   lines have one place in the caches, where the copies are one line farther apart. */
enum { TILE = 64, APART = TILE + 8, ALIAS = 512 };

typedef struct {
  word *bank, *tiles;
  uintptr_t *rows;
  size_t words;
  const int32_t *loads, *stores;
} place;

static void copy_in(const program *p, const place *at, size_t w, size_t count, int is_tiled,
                    word start) {
  for (size_t i = 0; i < p->loads + p->stores; i++) {
    int32_t row = i < p->loads ? at->loads[i] : at->stores[i - p->loads];
    word *tile = at->tiles + i * APART, *own = NULL;
    if (row >= 0) own = at->bank + (size_t)row * at->words + w;
    at->rows[i] = (uintptr_t)(row < 0 || is_tiled ? tile : own);
    if (row < 0) fill(tile, count, -row - 1, start + w);
    else if (is_tiled && i < p->loads) memcpy(tile, own, 8 * count);
  }
}

int run_machine(const program *p, int lanes, word *bank, size_t words, size_t height,
                const int32_t *load_rows, const int32_t *store_rows, size_t first, size_t last,
                word start) {
  const struct machine *m = p->code[lanes == 8];
  size_t rows = p->loads + p->stores, vector = (size_t)lanes;
  size_t step = (last - first) / vector * vector;
  int shared = are_shared(p, height, load_rows, store_rows), is_far = words % ALIAS == 0;
  if (shared || first == last) return shared;
  for (size_t i = 0; i < p->loads; i++) is_far |= 2 * (load_rows[i] < 0);
  if (is_far || !step) step = TILE;
  size_t room = (m->slots > MIDDLE ? m->slots : MIDDLE) * vector; /* the middle is in it */
  word *slots = allocate(RED + room + RED, sizeof *slots);
  place at = {bank, allocate(rows * APART + 1 + RED, sizeof *bank),
              allocate(rows + 1, sizeof *at.rows), words, load_rows, store_rows};
  if (slots && at.tiles && at.rows)
    for (size_t w = first, count; w < last; w += count) {
      count = last - w < step ? last - w : step;
      int is_tiled = (is_far & 1) || count % vector;
      copy_in(p, &at, w, count, is_tiled, start);
      make_red(slots);
      make_red(slots + RED + m->slots * vector);
      make_red(at.tiles + rows * APART);
      call(m, slots + RED, lanes, at.rows, 0, count);
      check_red(slots);
      check_red(slots + RED + m->slots * vector);
      check_red(at.tiles + rows * APART);
      const word *tiles = at.tiles + p->loads * APART;
      for (size_t i = 0; is_tiled && i < p->stores; i++)
        memcpy(bank + (size_t)store_rows[i] * words + w, tiles + i * APART, 8 * count);
    }
  int failed = !slots || !at.tiles || !at.rows;
  free(slots);
  free(at.tiles);
  free(at.rows);
  return -failed;
}

#else

int make_machine(program *p, int lanes) {
  (void)p, (void)lanes;
  return 0;
}

void forget_machine(program *p) { (void)p; }

size_t size_of_machine(const program *p, int lanes) {
  (void)p, (void)lanes;
  return 0;
}

int run_machine(const program *p, int lanes, word *bank, size_t words, size_t height,
                const int32_t *load_rows, const int32_t *store_rows, size_t first, size_t last,
                word start) {
  (void)p, (void)lanes, (void)bank, (void)words, (void)height, (void)load_rows, (void)store_rows;
  (void)first, (void)last, (void)start;
  return 1;
}

#endif
