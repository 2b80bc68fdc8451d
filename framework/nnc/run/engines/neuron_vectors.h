/* Neurons on packed rows; included once for each instruction set, by neurons.c.

   TARGET is the attribute of a function, NAME(x) its name, XOR3 and MAJ the sum and the carry of
   three bits. A vector has LANES words of 64 rows. Every slot has `width` words, a multiple of
   LANES. */

typedef word NAME(vec) __attribute__((vector_size(LANES * 8), aligned(8), may_alias));
#define vec NAME(vec)

typedef struct {
  vec plane[PLANES], wait[PLANES];
  word waiting;
} NAME(counter);
#define counter NAME(counter)

#define ADD(p, x, y, carry)                                                                       \
  do {                                                                                            \
    vec x_ = (x), y_ = (y), p_ = (p);                                                             \
    carry = MAJ(p_, x_, y_);                                                                      \
    p = XOR3(p_, x_, y_);                                                                         \
  } while (0)

/* Add one bit of weight 2**j to a counter: two bits of a plane wait for a third. */
TARGET static inline void NAME(insert)(counter *c, vec x, int j) {
  while (c->waiting >> j & 1) {
    vec carry;
    ADD(c->plane[j], c->wait[j], x, carry);
    c->waiting &= ~((word)1 << j);
    x = carry;
    j++;
  }
  c->wait[j] = x;
  c->waiting |= (word)1 << j;
}

#define PLAIN(i) (*(const vec *)(slots + (size_t)sources[i] * width))
#define TURNED(i) (~PLAIN(i))
#define EIGHT(SOURCE)                                                                             \
  for (; at + 8 <= count; at += 8, sources += 8) {                                                \
    vec a, b, c, d, e;                                                                            \
    ADD(ones, SOURCE(0), SOURCE(1), a);                                                           \
    ADD(ones, SOURCE(2), SOURCE(3), b);                                                           \
    ADD(twos, a, b, c);                                                                           \
    ADD(ones, SOURCE(4), SOURCE(5), a);                                                           \
    ADD(ones, SOURCE(6), SOURCE(7), b);                                                           \
    ADD(twos, a, b, d);                                                                           \
    ADD(fours, c, d, e);                                                                          \
    NAME(insert)(total, e, j + 3);                                                                \
  }                                                                                               \
  total->plane[j] = ones, total->plane[j + 1] = twos, total->plane[j + 2] = fours;                \
  for (; at < count; at++, sources++) NAME(insert)(total, SOURCE(0), j)

/* Add bits of weight 2**j, eight at a time in registers (Harley and Seal). */
TARGET static inline void NAME(add)(counter *total, const word *slots, size_t width,
                                    const int32_t *sources, int count, int j, int turned) {
  int at = 0;
  vec ones = total->plane[j], twos = total->plane[j + 1], fours = total->plane[j + 2];
  if (turned) {
    EIGHT(TURNED);
  } else {
    EIGHT(PLAIN);
  }
}

/* One neuron of any fan-in: the bits of its sum, then a comparison with each threshold. */
TARGET static void NAME(sum)(const int32_t *op, word *slots, size_t width) {
  int planes = op[2], groups = op[3], limits = op[4];
  const int32_t *at = op + 5;
  counter total;
  vec carry = {0};
  for (int j = 0; j < planes; j++) total.plane[j] = (vec){0};
  total.waiting = 0;
  for (int g = 0; g < groups; g++) {
    NAME(add)(&total, slots, width, at + 3, at[2], at[0], at[1]);
    at += 3 + at[2];
  }
  for (int j = 0; j < planes; j++) {
    vec waiting = total.waiting >> j & 1 ? total.wait[j] : (vec){0}, next;
    ADD(total.plane[j], waiting, carry, next);
    carry = next;
  }
  for (int l = 0; l < limits; l++, at += 4) {
    word limit = (uint32_t)at[2] | (word)(uint32_t)at[3] << 32;
    vec reached = ~(vec){0};
    for (int j = 0; j < planes; j++)
      reached = limit >> j & 1 ? reached & total.plane[j] : reached | total.plane[j];
    *(vec *)(slots + (size_t)at[0] * width) = at[1] ? ~reached : reached;
  }
}

#define FUNCTION(number, formula)                                                                 \
  case number:                                                                                    \
    for (size_t k = 0; k < width; k += LANES) {                                                       \
      vec a = *(const vec *)(pa + k) ^ ma, b = *(const vec *)(pb + k) ^ mb;                       \
      vec c = *(const vec *)(pc + k) ^ mc, d = *(const vec *)(pd + k) ^ md;                       \
      (void)a, (void)b, (void)c, (void)d;                                                         \
      *(vec *)(to + k) = (formula) ^ mo;                                                          \
    }                                                                                             \
    break;

TARGET static inline __attribute__((always_inline)) void NAME(run)(const int32_t *op,
                                                                   const int32_t *end, word *slots,
                                                                   size_t width) {
  while (op < end) {
    if (op[0] == SUM) {
      for (size_t k = 0; k < width; k += LANES) NAME(sum)(op, slots + k, width);
      op += op[1];
      continue;
    }
    word *to = slots + (size_t)op[1] * width;
    const word *pa = slots + (size_t)op[3] * width, *pb = slots + (size_t)op[4] * width;
    const word *pc = slots + (size_t)op[5] * width, *pd = slots + (size_t)op[6] * width;
    word turn = (word)op[2];
    vec ma = (vec){0} - (turn & 1), mb = (vec){0} - (turn >> 1 & 1);
    vec mc = (vec){0} - (turn >> 2 & 1), md = (vec){0} - (turn >> 3 & 1);
    vec mo = (vec){0} - (turn >> 4 & 1);
    switch (op[0]) { FUNCTIONS(FUNCTION) }
    op += 7;
  }
}

/* A width that is known lets the compiler unroll. */
TARGET static void NAME(run_all)(const int32_t *op, const int32_t *end, word *slots, size_t width) {
  if (width == 32) NAME(run)(op, end, slots, 32);
  else if (width == LANES) NAME(run)(op, end, slots, LANES);
  else NAME(run)(op, end, slots, width);
}

typedef int32_t NAME(ints) __attribute__((vector_size(LANES * 8), aligned(4), may_alias));
#define ints NAME(ints)

/* The integers of the bits of counters, each less than 2**height, and `offset` more. */
TARGET static void NAME(read)(counter *total, int height, int32_t offset, int32_t *to) {
  ints bit;
  vec carry = {0};
  for (int i = 0; i < 2 * LANES; i++) bit[i] = (int32_t)(1u << i);
  for (int j = 0; j < height; j++) {
    vec waiting = total->waiting >> j & 1 ? total->wait[j] : (vec){0}, next;
    ADD(total->plane[j], waiting, carry, next);
    carry = next;
  }
  const uint8_t *bytes = (const uint8_t *)total->plane;
  for (int k = 0; k < LANES * 64; k += 2 * LANES) {
    ints own = (ints){0} + offset;
    for (int j = 0; j < height; j++) {
      uint16_t some;
      memcpy(&some, bytes + (size_t)j * sizeof(vec) + k / 8, 2);
      own += ((ints)((some & bit) != 0)) & (1 << j);
    }
    *(ints *)(to + k) = own;
  }
}

/* The sums of neurons for one row, from planes of the weights of the `active` sources that are 1.
   Some sources are added at a time, for all blocks of neurons; the next are fetched meanwhile. Past
   the last neuron sums are written to the end of its block. */
TARGET static void NAME(add_sources)(const word *planes, size_t size, int count,
                                     const int32_t *sources, int active, int32_t *sums) {
  size_t blocks = (size + 511) / 512, stride = blocks * 8 * (size_t)count;
  int32_t offset = -(int32_t)((uint32_t)active << (count - 1));
  int height = 0;
  while ((word)active * (((word)1 << count) - 1) >> height) height++;
  for (size_t first = 0; first < blocks * 8; first += BLOCKS * 8) {
    counter totals[BLOCKS * 8 / LANES];
    size_t words = blocks * 8 - first < BLOCKS * 8 ? blocks * 8 - first : BLOCKS * 8;
    for (size_t u = 0; u < words / LANES; u++) {
      for (int j = 0; j < height + 2 || j < count + 2; j++) totals[u].plane[j] = (vec){0};
      totals[u].waiting = 0;
    }
    for (int at = 0; at < active; at += GROUP) {
      int some = active - at < GROUP ? active - at : GROUP;
      int next = active - at - some < GROUP ? active - at - some : GROUP;
      for (size_t w = first; w < first + words; w += LANES)
        for (int p = 0; p < count; p++) {
          const word *own = planes + (w / 8 * (size_t)count + (size_t)p) * 8 + w % 8;
          for (int i = 0; i < next; i++)
            __builtin_prefetch(own + (size_t)sources[at + some + i] * stride, 0, 2);
          NAME(add)(totals + (w - first) / LANES, own, stride, sources + at, some, p, 0);
        }
    }
    for (size_t u = 0; u < words / LANES; u++)
      NAME(read)(totals + u, height, offset, sums + (first + u * LANES) * 64);
  }
}

#undef vec
#undef counter
#undef ints
#undef ADD
#undef PLAIN
#undef TURNED
#undef EIGHT
#undef FUNCTION
#undef TARGET
#undef LANES
#undef NAME
#undef XOR3
#undef MAJ
