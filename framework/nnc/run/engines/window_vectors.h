/* Sums of windows; included once for each instruction set, by windows.c.

   TARGET is the attribute of a function, NAME(x) its name. PLACES places are summed at once, for
   TOGETHER times 16 features, so that their sums stay in registers. COUNT(sum, x, w) adds how many
   bits of `x & w` are 1, MULTIPLY(sum, x, w) four products of bytes of x, unsigned, with those of
   w, signed; x is the same for all lanes. REACHED(sums, limits) gives 16 bits. */

/* Add up `blocks` times 16 features from `feature` on, for some places. All but the stage and the
   addresses are constants where this is called. */
TARGET static inline __attribute__((always_inline)) void NAME(add)(
    const stage *s, const uint8_t *const *at, size_t feature, int places, int blocks, int are_bits,
    counts (*total)[4]) {
  const int32_t *weights = s->weights + feature;
  for (int p = 0; p < places; p++)
    for (int b = 0; b < blocks; b++) total[p][b] = (counts){0};
  for (size_t plane = 0; plane < s->planes; plane++) {
    counts sum[PLACES][4];
    for (int p = 0; p < places; p++)
      for (int b = 0; b < blocks; b++) sum[p][b] = (counts){0};
    for (size_t line = 0; line < s->kernel[0]; line++)
      for (size_t unit = 0; unit < s->units; unit++, weights += s->padded) {
        size_t offset = line * s->line + 4 * unit;
        counts w[4];
        for (int b = 0; b < blocks; b++) memcpy(&w[b], weights + 16 * b, sizeof w[b]);
        for (int p = 0; p < places; p++) {
          uint32_t four;
          memcpy(&four, at[p] + offset, 4);
          counts x = four - (counts){0};
          for (int b = 0; b < blocks; b++)
            if (are_bits) COUNT(sum[p][b], x, w[b]);
            else MULTIPLY(sum[p][b], x, w[b]);
        }
      }
    for (int p = 0; p < places; p++)
      for (int b = 0; b < blocks; b++) total[p][b] += sum[p][b] << s->shifts[plane];
  }
}

/* Add up `blocks` times 16 features of some places, and write which limits they reach. */
TARGET static inline __attribute__((always_inline)) void NAME(decide)(
    const stage *s, const place *to, size_t feature, int places, int blocks, int are_bits) {
  const uint8_t *at[PLACES];
  counts total[PLACES][4];
  for (int p = 0; p < places; p++) at[p] = to[p].window;
  NAME(add)(s, at, feature, places, blocks, are_bits, total);
  for (int b = 0; b < blocks; b++) {
    size_t from = feature + 16 * (size_t)b, rest = s->features - from;
    unsigned all = rest < 16 ? (1u << rest) - 1 : 0xffff, turned = s->turned ? all : 0;
    for (int p = 0; p < places; p++) {
      lanes sums = (lanes)(total[p][b] + to[p].base), limits;
      memcpy(&limits, to[p].limits + from, sizeof limits);
      unsigned reached = (REACHED(sums, limits) & all) ^ turned;
      uint8_t two[2] = {(uint8_t)reached, (uint8_t)(reached >> 8)};
      memcpy(to[p].bits + from / 8, two, 2);
    }
    for (int p = 0; to[0].sums && p < places; p++) {
      counts sums = total[p][b] + to[p].base;
      memcpy(to[p].sums + from, &sums, sizeof sums);
    }
  }
}

/* All features of some places, at most PLACES. */
TARGET static void NAME(flush)(const stage *s, place *to, int count) {
  if (s->low)
    for (int p = 0; p < count; p++) {
      uint32_t ones = 0;
      for (size_t line = 0; line < s->kernel[0]; line++)
        for (size_t unit = 0; unit < s->units; unit++) {
          uint32_t x;
          memcpy(&x, to[p].window + line * s->line + 4 * unit, 4);
          ones += (uint32_t)__builtin_popcount(x);
        }
      to[p].base = (uint32_t)s->low * ones;
    }
  for (int p = count; count > 2 && p < PLACES; p++) to[p] = to[0]; /* again, the same */
  for (size_t f = 0; f < s->padded;) {
    int blocks = s->padded - f >= 64 ? 4 : 1;
    if (count > 2)
      for (int b = 0; b < blocks; b += TOGETHER)
        if (s->are_bits && blocks == 4) NAME(decide)(s, to, f + 16 * (size_t)b, PLACES, TOGETHER, 1);
        else if (s->are_bits) NAME(decide)(s, to, f, PLACES, 1, 1);
        else if (blocks == 4) NAME(decide)(s, to, f + 16 * (size_t)b, PLACES, TOGETHER, 0);
        else NAME(decide)(s, to, f, PLACES, 1, 0);
    else
      for (int p = 0; p < count; p++)
        if (s->are_bits && blocks == 4) NAME(decide)(s, to + p, f, 1, 4, 1);
        else if (s->are_bits) NAME(decide)(s, to + p, f, 1, 1, 1);
        else if (blocks == 4) NAME(decide)(s, to + p, f, 1, 4, 0);
        else NAME(decide)(s, to + p, f, 1, 1, 0);
    f += 16 * (size_t)blocks;
  }
}
