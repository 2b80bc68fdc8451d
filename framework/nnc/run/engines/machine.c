/* Machine code of word programs: made once, kept with the program, and run on its rows.

   It is written into memory that is executable only once it is not writable any more. */

#include "machine.h"

#include <stdlib.h>
#include <string.h>

#include "generator.h"

#ifdef HAS_MACHINE
#include <sys/mman.h>
#include <unistd.h>

struct machine {
  void *code;
  size_t size, mapped, slots;
};

/* Put code where it can run and cannot be written; NULL where that is not allowed. */
static struct machine *map_code(const code *made) {
  struct machine *m = allocate(1, sizeof *m);
  if (!m) return NULL;
  size_t page = (size_t)sysconf(_SC_PAGESIZE), mapped = (made->size + page - 1) / page * page;
  void *at = mmap(NULL, mapped, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  *m = (struct machine){at, made->size, mapped, made->slots};
  if (at == MAP_FAILED) {
    m->mapped = 0;
    return m;
  }
  memcpy(at, made->bytes, made->size);
  if (mprotect(at, mapped, PROT_READ | PROT_EXEC)) {
    munmap(at, mapped);
    m->mapped = 0;
  }
  return m;
}

/* Make the machine code of gates, as `make_machine`. `numbers` is as for `generate_code`. */
static int make(program *p, circuit *c, literal *slots, literal *stored, int32_t *numbers) {
  struct machine **own = p->code + (c->lanes == 8);
  code made = {NULL, 0, 0};
  make_gates(c, p, slots, stored);
  int is_made = c->is_full ? 0 : generate_code(p, c, stored, numbers, &made);
  if (is_made > 0) {
    *own = map_code(&made);
    is_made = *own ? (*own)->mapped > 0 : -1;
  }
  free(made.bytes);
  return is_made;
}

int make_machine(program *p, int lanes) {
  struct machine **own = p->code + (lanes == 8);
  size_t most = most_gates(p, lanes), known = 1;
  if (*own) return (*own)->mapped > 0;
  if (!most) return 0;
  while (known < most) known *= 2;
  gate *gates = allocate(most, sizeof *gates);
  int32_t *equal = allocate(2 * known, sizeof *equal);
  int32_t *numbers = allocate(8 * most + p->stores, sizeof *numbers);
  literal *slots = allocate(p->slots + p->stores, sizeof *slots);
  circuit c = {gates, equal, (int32_t)p->loads + 1, (int32_t)most, (uint32_t)(2 * known - 1),
               lanes, 0};
  int is_made = -1;
  if (gates && equal && numbers && slots) {
    memset(equal, 0, 2 * known * sizeof *equal);
    is_made = make(p, &c, slots, slots + p->slots, numbers);
  }
  free(gates);
  free(equal);
  free(numbers);
  free(slots);
  return is_made;
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
    if (row < 0) number_rows(tile, count, -row - 1, start + w);
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
