/* Rows as bytes, rows packed; included once for each instruction set, by packing.c.

   TARGET is the attribute of a function, NAME(x) its name, BYTES the size of a vector; LOW and HIGH
   interleave the bytes of two vectors, the lower and the upper halves of each 16.

   64 rows of BYTES columns are done at once. Eight rows of 0 and 1 become the bits of one vector of
   bytes, a byte for each column; of eight such vectors byte j of a column has its rows 8 j on. What
   is left is to bring the eight bytes of a column together. The address of a byte is j, and then
   its column, in binary: j2 j1 j0 c3 c2 c1 c0 within a lane of 16 bytes. To interleave vector i with
   vector i + 4, for all i, turns the seven digits to the left by one. Three turns pack and four
   unpack (after Stone, "Parallel processing with the perfect shuffle", 1971). */

typedef uint8_t NAME(bytes) __attribute__((vector_size(BYTES)));
typedef uint16_t NAME(pairs) __attribute__((vector_size(BYTES))); /* these can be shifted */
typedef uint8_t NAME(anywhere) __attribute__((vector_size(BYTES), aligned(1), may_alias));
#define vec NAME(bytes)
#define AT(address) (*(NAME(anywhere) *)(address)) /* to a `vec` first: a cast may ask for alignment */

TARGET static inline __attribute__((always_inline)) void NAME(turn)(vec *v) {
  vec to[8];
  for (int i = 0; i < 4; i++) to[2 * i] = LOW(v[i], v[i + 4]), to[2 * i + 1] = HIGH(v[i], v[i + 4]);
  for (int i = 0; i < 8; i++) v[i] = to[i];
}

/* 64 rows to BYTES words, those of the columns in the order of `column_of`. */
TARGET static inline __attribute__((always_inline)) void NAME(pack_block)(const uint8_t *x,
                                                                          size_t stride, word *out) {
  vec v[8];
  for (int j = 0; j < 8; j++, x += 8 * stride) {
    vec bits = AT(x);
    for (int k = 1; k < 8; k++) {
      vec row = AT(x + (size_t)k * stride);
      bits |= (vec)((NAME(pairs))row << k);
    }
    v[j] = bits;
    IN_ORDER;
  }
  NAME(turn)(v);
  NAME(turn)(v);
  NAME(turn)(v);
  for (int i = 0; i < 8; i++) AT(out + i * (BYTES / 8)) = v[i];
}

/* Word i of a block, of BYTES / 8 in each of eight vectors, is that of this column. */
#define COLUMN_OF(i) ((i) % (BYTES / 8) / 2 * 16 + (i) / (BYTES / 8) * 2 + (i) % 2)

/* Where the columns of a chunk start: the last overlaps those before, so that all are whole. */
#define START(at) (width - (at) < count ? width - count : (at))

/* A chunk of columns after the other: what is read in order is fetched ahead. */
TARGET static void NAME(pack)(const uint8_t *x, size_t rows, size_t width, word *out, size_t words,
                              size_t first, size_t last) {
  uint8_t staged[64 * BYTES];
  word block[TOGETHER][BYTES];
  size_t count = width < BYTES ? width : BYTES;
  for (size_t w = first; w < last; w += TOGETHER) {
    size_t here = last - w < TOGETHER ? last - w : TOGETHER;
    for (size_t at = 0; at < width; at += BYTES) {
      size_t c = START(at);
      for (size_t v = 0; v < here; v++) {
        size_t row = 64 * (w + v), stride = width;
        const uint8_t *from = x + row * width + c;
        if (rows - row < 64 || (rows - row - 63) * width < c + BYTES) { /* not past the array */
          size_t most = rows - row < 64 ? rows - row : 64;
          memset(staged, 0, sizeof staged);
          for (size_t r = 0; r < most; r++) memcpy(staged + r * BYTES, from + r * width, count);
          from = staged, stride = BYTES;
        }
        NAME(pack_block)(from, stride, block[v]);
      }
      for (size_t i = 0; i < BYTES; i++) {
        if (COLUMN_OF(i) >= count) continue;
        word *line = out + (c + COLUMN_OF(i)) * words + w;
        if (here == TOGETHER)
          for (size_t v = 0; v < TOGETHER; v++) line[v] = block[v][i];
        else
          for (size_t v = 0; v < here; v++) line[v] = block[v][i];
      }
    }
  }
}

/* BYTES words, in the order of `pack_block`, to 64 rows. */
TARGET static inline __attribute__((always_inline)) void NAME(unpack_block)(const word *in,
                                                                            size_t stride,
                                                                            uint8_t *x) {
  vec v[8], one = (vec){0} + 1;
  for (int i = 0; i < 8; i++) v[i] = AT(in + i * (BYTES / 8));
  NAME(turn)(v);
  NAME(turn)(v);
  NAME(turn)(v);
  NAME(turn)(v);
  for (int j = 0; j < 8; j++)
    for (int k = 0; k < 8; k++, x += stride) AT(x) = (vec)((NAME(pairs))v[j] >> k) & one;
}

/* Some chunks of 64 rows after each other, so that a line of the cache that two of them share is
   written while it is there. Rows may be narrower than a vector: what is written beyond one is
   written again by the next, and beyond the last of these nothing is. */
TARGET static void NAME(unpack)(const word *in, size_t words, size_t rows, size_t width, uint8_t *x,
                                size_t first, size_t last) {
  uint8_t staged[64 * BYTES];
  word block[CHUNKS][TOGETHER][BYTES];
  size_t count = width < BYTES ? width : BYTES, end = 64 * last < rows ? 64 * last : rows;
  memset(block, 0, sizeof block);
  for (size_t w = first; w < last; w += TOGETHER) {
    size_t here = last - w < TOGETHER ? last - w : TOGETHER;
    for (size_t from = 0; from < width; from += CHUNKS * BYTES) {
      size_t to = width - from < CHUNKS * BYTES ? width : from + CHUNKS * BYTES;
      for (size_t at = from; at < to; at += BYTES)
        for (size_t i = 0; i < BYTES; i++) {
          if (COLUMN_OF(i) >= count) continue;
          const word *line = in + (START(at) + COLUMN_OF(i)) * words + w;
          word(*own)[BYTES] = block[(at - from) / BYTES];
          __builtin_prefetch(line + TOGETHER);
          if (here == TOGETHER)
            for (size_t v = 0; v < TOGETHER; v++) own[v][i] = line[v];
          else
            for (size_t v = 0; v < here; v++) own[v][i] = line[v];
        }
      for (size_t v = 0; v < here; v++)
        for (size_t at = from; at < to; at += BYTES) {
          size_t row = 64 * (w + v), most = end - row < 64 ? end - row : 64, c = START(at);
          const word *own = block[(at - from) / BYTES][v];
          uint8_t *bytes = x + row * width + c;
          if (most == 64 && (end - row - 63) * width >= c + BYTES) {
            NAME(unpack_block)(own, width, bytes);
            continue;
          }
          NAME(unpack_block)(own, BYTES, staged);
          for (size_t r = 0; r < most; r++) memcpy(bytes + r * width, staged + r * BYTES, count);
        }
    }
  }
}

#undef vec
#undef AT
#undef COLUMN_OF
#undef START
#undef TARGET
#undef NAME
#undef BYTES
#undef LOW
#undef HIGH
