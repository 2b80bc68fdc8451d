/* Windows over pictures, a picture for each row: convolutions, pools and dense layers.

   A picture lies in lines of pixels, the channels of a pixel together: as bytes, or as bits in
   units of 32. What is outside is copied around it. A window is some lines of the kernel, each of so
   many units of four bytes that follow each other; weights are laid out in their order, 16 features
   side by side, and are 0 where the last unit of a line reaches beyond the window. Weights of bits
   are planes, `sum of weights = low * ones + sum of (ones of a plane) << shift`. A dense layer is a
   window of the size of its picture. */

#include "windows.h"

#include <stdlib.h>
#include <string.h>

#include "vectors.h"

/* 16 integers; those that are counted wrap. */
typedef int32_t lanes __attribute__((vector_size(64)));
typedef uint32_t counts __attribute__((vector_size(64)));

typedef struct {
  size_t shape[2], channels, kernel[2], stride[2], padding[2], features, planes;
  int32_t source, outside, low;
  int are_bits, is_any, turned;
  const int32_t *weights, *shifts, *limits, *classes;
  uint8_t *bits, *made; /* of all pictures, where they are wanted, and of those at hand */
  int32_t *sums;
  /* what follows from the numbers: bytes of a pixel, of a line with its padding, and of the bits of
     a place; features in whole vectors; units of a line of the kernel */
  size_t places[2], pixel, line, width, padded, units;
} stage;

typedef struct {
  const uint8_t *window;
  const int32_t *limits;
  uint8_t *bits;
  int32_t *sums;
  uint32_t base;
} place;

/* ------------------------------------------------------------------- instruction sets */

#define REACHED_PLAIN(sums, limits)                                                               \
  ({                                                                                              \
    lanes is_ = sums >= limits;                                                                   \
    unsigned all_ = 0;                                                                            \
    for (int i_ = 0; i_ < 16; i_++) all_ |= (unsigned)(is_[i_] & 1) << i_;                        \
    all_;                                                                                         \
  })

/* Bits of each lane, counted two, four and eight at a time (Warren, Hacker's Delight, 2nd ed.,
   section 5-1). */
#define COUNT(sum, x, w)                                                                          \
  do {                                                                                            \
    counts v_ = (x) & (w);                                                                        \
    v_ -= v_ >> 1 & 0x55555555;                                                                   \
    v_ = (v_ & 0x33333333) + (v_ >> 2 & 0x33333333);                                              \
    v_ = (v_ + (v_ >> 4)) & 0x0f0f0f0f;                                                           \
    v_ += v_ >> 8;                                                                                \
    sum += (v_ + (v_ >> 16)) & 0x3f;                                                              \
  } while (0)
#define MULTIPLY(sum, x, w)                                                                       \
  for (int q_ = 0; q_ < 32; q_ += 8)                                                              \
    sum += ((x) >> q_ & 255) * (counts)((lanes)((w) << (24 - q_)) >> 24)
#define REACHED REACHED_PLAIN
#define PLACES 4
#define TOGETHER 1
#define TARGET
#define NAME(x) x##_plain
#include "window_vectors.h"
#undef TARGET
#undef NAME

#if defined(__x86_64__)
#define TARGET __attribute__((target("avx2,popcnt")))
#define NAME(x) x##_2
#include "window_vectors.h"
#undef TARGET
#undef NAME
#undef COUNT
#undef MULTIPLY
#undef REACHED
#undef PLACES
#undef TOGETHER

#define COUNT(sum, x, w) sum += (counts)_mm512_popcnt_epi32((__m512i)((x) & (w)))
#define MULTIPLY(sum, x, w) DOT(sum, x, w)
#define REACHED(sums, limits) _mm512_cmpge_epi32_mask((__m512i)(sums), (__m512i)(limits))
#define PLACES 8
#define TOGETHER 2
#define TARGET                                                                                    \
  __attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,avx512vpopcntdq,popcnt")))
#define NAME(x) x##_512
#include "window_vectors.h"
#undef TARGET
#undef NAME
#endif

enum { MOST_PLACES = 8, NEAR = 1 << 18 }; /* bytes that one stage gives to the next, at most */

static void flush(int kind, const stage *s, place *to, int count) {
#if defined(__x86_64__)
  if (kind >= AVX512 && __builtin_cpu_supports("avx512vpopcntdq")) {
    flush_512(s, to, count);
    return;
  }
#endif
  for (int p = 0; p < count; p += 4) {
    int some = count - p < 4 ? count - p : 4;
#if defined(__x86_64__)
    if (kind >= AVX2) flush_2(s, to + p, some);
    else
#endif
      flush_plain(s, to + p, some);
  }
  (void)kind;
}

/* A pool: which bits are 1 at any pixel of a window. */
static void pool(const stage *s, const place *to) {
  for (size_t k = 0; k < s->pixel; k += 4) {
    uint32_t any = 0;
    for (size_t line = 0; line < s->kernel[0]; line++)
      for (size_t tap = 0; tap < s->kernel[1]; tap++) {
        uint32_t more;
        memcpy(&more, to->window + line * s->line + tap * s->pixel + k, 4);
        any |= more;
      }
    memcpy(to->bits + k, &any, 4);
  }
  for (size_t f = 0; s->turned && f < s->features; f += 8) {
    size_t rest = s->features - f;
    to->bits[f / 8] ^= (uint8_t)(rest < 8 ? (1u << rest) - 1 : 255);
  }
}

/* ------------------------------------------------------------------- pictures */

/* Pack bytes of 0 and 1, pixel by pixel: a product brings eight of them together. */
static void pack(const uint8_t *bytes, size_t pixels, size_t channels, size_t width, uint8_t *bits) {
  memset(bits, 0, pixels * width);
  for (; pixels--; bits += width)
    for (size_t c = 0; c < channels; c += 8) {
      size_t count = channels - c < 8 ? channels - c : 8;
      word eight = 0;
      if (count == 8) memcpy(&eight, bytes, 8);
      else memcpy(&eight, bytes, count);
      if (__BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__) eight = __builtin_bswap64(eight);
      bits[c / 8] = (uint8_t)(eight * 0x0102040810204080 >> 56);
      bytes += count;
    }
}

/* Unpack bits, pixel by pixel: eight at a time, of which each is masked in a byte of its own. */
static void unpack(const uint8_t *bits, size_t pixels, size_t channels, size_t width,
                   uint8_t *bytes) {
  for (; pixels--; bits += width)
    for (size_t c = 0; c < channels; c += 8) {
      size_t count = channels - c < 8 ? channels - c : 8;
      word eight = (word)bits[c / 8] * 0x0101010101010101 & 0x8040201008040201;
      eight = (eight + 0x7f7f7f7f7f7f7f7f) >> 7 & 0x0101010101010101;
      if (__BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__) eight = __builtin_bswap64(eight);
      if (count == 8) memcpy(bytes, &eight, 8);
      else memcpy(bytes, &eight, count);
      bytes += count;
    }
}

/* Copy a picture between what is outside; nothing is left unwritten that a unit may read. */
static void surround(const stage *s, const uint8_t *picture, uint8_t *room) {
  size_t from = s->shape[1] * s->pixel;
  memset(room, s->outside, (s->shape[0] + 2 * s->padding[0]) * s->line + 4);
  room += s->padding[0] * s->line + s->padding[1] * s->pixel;
  for (size_t i = 0; i < s->shape[0]; i++) memcpy(room + i * s->line, picture + i * from, from);
}

/* Evaluate a stage for some pictures. Those in which no unit reaches beyond them are read where
   they lie, and their places are decided together; others are copied into `room`. */
static void evaluate(int kind, const stage *s, const uint8_t *picture, size_t pictures,
                     uint8_t *bits, int32_t *sums, uint8_t *room) {
  size_t count = s->places[0] * s->places[1], wide = s->shape[1] + 2 * s->padding[1];
  int is_copied = s->padding[0] || s->padding[1] || s->kernel[1] * s->pixel % 4;
  place waiting[MOST_PLACES];
  int filled = 0;
  memset(bits, 0, pictures * count * s->width);
  for (; pictures--; picture += s->shape[0] * s->shape[1] * s->pixel) {
    const uint8_t *from = is_copied ? room : picture;
    if (is_copied) surround(s, picture, room);
    for (size_t i = 0, across = 0, down = 0; i < count; i++) {
      const int32_t *limits = s->is_any ? NULL : s->limits + (size_t)s->classes[i] * s->padded;
      waiting[filled++] = (place){from + down * s->line + across * s->pixel, limits, bits, sums, 0};
      across += s->stride[1];
      if (across + s->kernel[1] > wide) across = 0, down += s->stride[0];
      bits += s->width;
      if (sums) sums += s->padded;
      if (s->is_any) pool(s, waiting), filled = 0;
      if (filled == MOST_PLACES) flush(kind, s, waiting, filled), filled = 0;
    }
    if (filled && is_copied) flush(kind, s, waiting, filled), filled = 0;
  }
  if (filled) flush(kind, s, waiting, filled);
}

/* Evaluate all stages for some pictures at a time, from `first` to before `last`, so that what one
   gives to the next stays in a near cache. False where memory is short. */
static int run(int kind, stage *stages, size_t count, const uint8_t *pictures, size_t size,
               size_t first, size_t last) {
  size_t most = size, total = 0, room = 0, given = 0;
  for (const stage *s = stages; s < stages + count; s++) {
    size_t bits = s->places[0] * s->places[1] * s->width, source = s->shape[0] * s->shape[1] * s->pixel;
    size_t padded = (s->shape[0] + 2 * s->padding[0]) * s->line + 4;
    most = bits > most ? bits : most;
    given = source > given ? source : given;
    room = padded > room ? padded : room;
    total += bits;
  }
  size_t step = NEAR / (most > given ? most : given) + 1;
  if (step > last - first) step = last - first;
  uint8_t *memory = allocate(step * (total + given) + room, 1);
  if (!memory) return 0;
  for (size_t from = first; from < last; from += step) {
    size_t some = last - from < step ? last - from : step;
    uint8_t *own = memory + room, *turned = own + step * total;
    for (size_t i = 0; i < count; i++) {
      stage *s = stages + i, *before = s->source < 0 ? NULL : stages + s->source;
      size_t pixels = s->shape[0] * s->shape[1] * some, bits = s->places[0] * s->places[1] * s->width;
      const uint8_t *source = before ? before->made : pictures + from * size;
      if (before && !s->are_bits)
        unpack(source, pixels, s->channels, before->width, turned), source = turned;
      else if (!before && s->are_bits)
        pack(source, pixels, s->channels, s->pixel, turned), source = turned;
      int32_t *sums = s->sums ? s->sums + from * s->places[0] * s->places[1] * s->padded : NULL;
      s->made = s->bits ? s->bits + from * bits : own;
      own += step * bits;
      evaluate(kind, s, source, some, s->made, sums, memory);
    }
  }
  free(memory);
  return 1;
}

/* ------------------------------------------------------------------- what Python gives */

/* The numbers of a stage, in their order; the shifts of its planes follow. Its source is the number
   of a stage before it, or -1. */
enum { SOURCE, SHAPE, CHANNELS = 3, KERNEL, STRIDE = 6, FEATURES = 8, PADDING, OUTSIDE = 11, MODE,
       TURNED, LOW, NUMBERS };
enum { OF_BYTES, OF_BITS, ANY_BIT };
enum { THE_NUMBERS, WEIGHTS, LIMITS, CLASSES, BITS, SUMS, ARRAYS };

static int read_numbers(stage *s, const int32_t *n, Py_ssize_t count, Py_ssize_t before) {
  static const int32_t most[] = {[OUTSIDE] = 255, [MODE] = ANY_BIT, [TURNED] = 1};
  int is_right = count >= NUMBERS && n[SOURCE] >= -1 && n[SOURCE] < before &&
                 n[LOW] >= -255 && n[LOW] <= 255;
  for (int i = SHAPE; is_right && i < LOW; i++)
    is_right = n[i] >= (i < PADDING) && n[i] <= (i < OUTSIDE ? 1 << 20 : most[i]);
  for (Py_ssize_t i = NUMBERS; is_right && i < count; i++) is_right = n[i] >= 0 && n[i] < 31;
  for (int axis = 0; is_right && axis < 2; axis++) {
    s->shape[axis] = (size_t)n[SHAPE + axis], s->kernel[axis] = (size_t)n[KERNEL + axis];
    s->stride[axis] = (size_t)n[STRIDE + axis], s->padding[axis] = (size_t)n[PADDING + axis];
    size_t size = s->shape[axis] + 2 * s->padding[axis];
    is_right = s->kernel[axis] <= size;
    s->places[axis] = (size - s->kernel[axis]) / s->stride[axis] + 1;
  }
  if (!is_right) {
    PyErr_SetString(PyExc_ValueError, "the numbers are not those of a stage");
    return 0;
  }
  s->source = n[SOURCE], s->channels = (size_t)n[CHANNELS], s->features = (size_t)n[FEATURES];
  s->outside = n[OUTSIDE], s->low = n[LOW], s->turned = n[TURNED];
  s->are_bits = n[MODE] != OF_BYTES, s->is_any = n[MODE] == ANY_BIT;
  s->pixel = s->are_bits ? (s->channels + 31) / 32 * 4 : s->channels;
  s->line = (s->shape[1] + 2 * s->padding[1]) * s->pixel;
  s->units = (s->kernel[1] * s->pixel + 3) / 4;
  s->padded = (s->features + 15) / 16 * 16, s->width = (s->features + 31) / 32 * 4;
  s->planes = (size_t)(count - NUMBERS), s->shifts = n + NUMBERS;
  return 1;
}

/* Whether a stage reads what is there: of a stage before it, or of pictures of some size. */
static int reads(const stage *s, const stage *stages, size_t size) {
  const stage *from = stages + s->source;
  int is_right = s->source < 0 ? s->shape[0] * s->shape[1] * s->channels == size
                               : s->shape[0] == from->places[0] && s->shape[1] == from->places[1] &&
                                     s->channels == from->features;
  if (is_right && (!s->is_any || s->channels == s->features)) return 1;
  PyErr_SetString(PyExc_ValueError, "a stage reads another picture than there is");
  return 0;
}

/* Whether the arrays of a stage are as large as they have to be. */
static int fits(const views *v, const stage *s, Py_ssize_t pictures) {
  Py_ssize_t places = (Py_ssize_t)(s->places[0] * s->places[1]), padded = (Py_ssize_t)s->padded;
  if (!has(v, BITS, 0, pictures) || !has(v, SUMS, 0, pictures)) return 0;
  if (v->view[BITS].shape[1] && !has(v, BITS, 1, places * (Py_ssize_t)s->width)) return 0;
  if (v->view[SUMS].shape[1] && !has(v, SUMS, 1, s->is_any ? 0 : places * padded)) return 0;
  return s->is_any || (has(v, WEIGHTS, 0, (Py_ssize_t)s->planes) &&
                       has(v, WEIGHTS, 1, (Py_ssize_t)(s->kernel[0] * s->units)) &&
                       has(v, WEIGHTS, 2, padded) && has(v, LIMITS, 1, padded) &&
                       has(v, CLASSES, 0, places) &&
                       are_rows(v, CLASSES, 0, v->view[LIMITS].shape[0]));
}

/* Read a stage from a tuple of arrays; false, and an error is set, where it is none. Its views are
   released by the caller where it is read. */
static int read_stage(PyObject *tuple, stage *stages, size_t before, views *v,
                      const Py_buffer *pictures) {
  static const description described[] = {{"numbers", INT32, 1, 0}, {"weights", INT32, 3, 0},
                                          {"limits", INT32, 2, 0},  {"classes", INT32, 1, 0},
                                          {"bits", BYTES, 2, 1},    {"sums", INT32, 2, 1}};
  PyObject *arrays[ARRAYS];
  stage *s = stages + before;
  if (!PyTuple_Check(tuple) || PyTuple_Size(tuple) != ARRAYS) {
    PyErr_SetString(PyExc_TypeError, "a stage is no tuple of six arrays");
    return 0;
  }
  for (int i = 0; i < ARRAYS; i++) arrays[i] = PyTuple_GetItem(tuple, i);
  if (look_at(v, arrays, described, ARRAYS)) return 0;
  if (!read_numbers(s, v->view[THE_NUMBERS].buf, v->view[THE_NUMBERS].shape[0], (Py_ssize_t)before) ||
      !reads(s, stages, (size_t)pictures->shape[1]) || !fits(v, s, pictures->shape[0])) {
    release(v);
    return 0;
  }
  s->weights = v->view[WEIGHTS].buf, s->limits = v->view[LIMITS].buf;
  s->classes = v->view[CLASSES].buf;
  s->bits = v->view[BITS].shape[1] ? v->view[BITS].buf : NULL;
  s->sums = v->view[SUMS].shape[1] ? v->view[SUMS].buf : NULL;
  return 1;
}

static PyObject *py_windows(PyObject *self, PyObject *args) {
  static const description described[] = {{"pictures", BYTES, 2, 0}};
  PyObject *tuple, *array;
  Py_ssize_t kind, first, last;
  size_t read = 0;
  int is_done = 0;
  views given;
  (void)self;
  if (!parse(args, "nOOnn", &kind, &array, &tuple, &first, &last) || !is_kind(kind)) return NULL;
  if (!PyTuple_Check(tuple)) {
    PyErr_SetString(PyExc_TypeError, "the stages are no tuple");
    return NULL;
  }
  size_t count = (size_t)PyTuple_Size(tuple);
  if (look_at(&given, &array, described, 1)) return NULL;
  if (!is_range(first, last, given.view[0].shape[0])) return refuse(&given);
  stage *stages = allocate(count, sizeof *stages);
  views *v = allocate(count, sizeof *v);
  if (stages && v) {
    while (read < count && read_stage(PyTuple_GetItem(tuple, (Py_ssize_t)read), stages, read,
                                      v + read, given.view))
      read++;
    if (read == count && first < last) {
      Py_BEGIN_ALLOW_THREADS
      is_done = run((int)kind, stages, count, given.view[0].buf, (size_t)given.view[0].shape[1],
                    (size_t)first, (size_t)last);
      Py_END_ALLOW_THREADS
    } else is_done = 1;
    for (size_t i = 0; i < read; i++) release(v + i);
  }
  free(stages);
  free(v);
  if (is_done && read < count) return refuse(&given);
  return done(&given, is_done ? 0 : -1);
}

PyMethodDef window_functions[] = {
    {"windows", py_windows, METH_VARARGS, "windows(kind, pictures, stages, first, last)"},
    {NULL, NULL, 0, NULL}};
