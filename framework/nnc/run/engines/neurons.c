/* Neurons on packed rows: word programs, one operation after the other, and sums of one row. */

#include "neurons.h"

#include <stdlib.h>
#include <string.h>

#include "processor.h"

enum { WIDTH = 32 };             /* words of a slot */
enum { BLOCKS = 8, GROUP = 32 }; /* of 512 neurons, and sources, at a time, for one row */

#define XOR3(p, x, y) (p ^ x ^ y)
#define MAJ(p, x, y) ((x & y) | (p & (x ^ y)))
#define TARGET
#define LANES 4
#define NAME(x) plain_##x
#include "neuron_vectors.h"

#if defined(__x86_64__)
#define XOR3(p, x, y) (p ^ x ^ y)
#define MAJ(p, x, y) ((x & y) | (p & (x ^ y)))
#define TARGET __attribute__((target("avx2")))
#define LANES 4
#define NAME(x) avx2_##x
#include "neuron_vectors.h"

#define TERNARY(p, x, y, table)                                                                   \
  ((vec)_mm512_ternarylogic_epi64((__m512i)(p), (__m512i)(x), (__m512i)(y), table))
#define XOR3(p, x, y) TERNARY(p, x, y, 0x96)
#define MAJ(p, x, y) TERNARY(p, x, y, 0xe8)
#define TARGET __attribute__((target("avx512f,avx512vl,avx512dq,avx512bw")))
#define LANES 8
#define NAME(x) avx512_##x
#include "neuron_vectors.h"
#endif

typedef void (*runner)(const int32_t *, const int32_t *, word *, size_t);

static runner runner_for(int kind) {
#if defined(__x86_64__)
  if (kind >= AVX512) return avx512_run_all;
  if (kind == AVX2) return avx2_run_all;
#endif
  (void)kind;
  return plain_run_all;
}

int run_neurons(int kind, const program *p, word *bank, size_t words, const int32_t *load_rows,
                const int32_t *store_rows, size_t first, size_t last, word start) {
  if (first == last) return 0;
  size_t lanes = kind >= AVX512 ? 8 : 4, width = (last - first + lanes - 1) / lanes * lanes;
  if (width > WIDTH) width = WIDTH;
  word *slots = allocate(p->slots, width * 8);
  if (!slots) return -1;
  runner run_all = runner_for(kind);
  for (size_t w = first; w < last; w += width) {
    size_t count = last - w < width ? last - w : width;
    memset(slots, 0, width * 8);
    memset(slots + width, 255, width * 8);
    for (size_t i = 0; i < p->loads; i++) {
      word *slot = slots + (size_t)p->load_slots[i] * width;
      if (load_rows[i] < 0) number_rows(slot, count, -load_rows[i] - 1, start + w);
      else {
        const word *from = bank + (size_t)load_rows[i] * words + w;
        if (count == WIDTH) memcpy(slot, from, WIDTH * 8);
        else memcpy(slot, from, count * 8);
        for (size_t k = 0; k < count; k += 8) __builtin_prefetch(from + width + k);
      }
    }
    run_all(p->ops, p->ops + p->length, slots, width);
    for (size_t i = 0; i < p->stores; i++)
      memcpy(bank + (size_t)store_rows[i] * words + w, slots + (size_t)p->store_slots[i] * width,
             count * 8);
  }
  free(slots);
  return 0;
}

void add_sources(int kind, const word *planes, size_t size, int count, const int32_t *sources,
                 int active, int32_t *sums) {
#if defined(__x86_64__)
  if (kind >= AVX512) avx512_add_sources(planes, size, count, sources, active, sums);
  else if (kind == AVX2) avx2_add_sources(planes, size, count, sources, active, sums);
  else
#endif
    plain_add_sources(planes, size, count, sources, active, sums);
  (void)kind;
}
