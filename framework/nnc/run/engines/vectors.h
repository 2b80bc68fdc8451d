/* Vectors of bytes, as products on them share: what they are for, added up and brought together. */

#ifndef NNC_VECTORS_H
#define NNC_VECTORS_H

#include "processor.h"
#include "words.h"

#if defined(__x86_64__)
#define ON512 __attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,avx512vnni")))
#define ONAMX                                                                                     \
  __attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,amx-tile,amx-int8")))
#define ON2 __attribute__((target("avx2")))

/* Add products of four bytes each: GCC 12 copies registers around its own intrinsic. */
#define DOT(total, bits, weights)                                                                 \
  __asm__("vpdpbusd %2, %1, %0" : "+v"(total) : "v"(bits), "v"(weights))

/* Bring together byte i of four vectors, for each of 64 rows. The shuffles undo that each step of
   interleaving works within 128 bits. */
ON512 static inline void interleave_512(__m512i a, __m512i b, __m512i c, __m512i d, uint8_t *to) {
  __m512i ab0 = _mm512_unpacklo_epi8(a, b), ab1 = _mm512_unpackhi_epi8(a, b);
  __m512i cd0 = _mm512_unpacklo_epi8(c, d), cd1 = _mm512_unpackhi_epi8(c, d);
  __m512i x0 = _mm512_unpacklo_epi16(ab0, cd0), x1 = _mm512_unpackhi_epi16(ab0, cd0);
  __m512i x2 = _mm512_unpacklo_epi16(ab1, cd1), x3 = _mm512_unpackhi_epi16(ab1, cd1);
  __m512i y0 = _mm512_shuffle_i32x4(x0, x1, 0x44), y1 = _mm512_shuffle_i32x4(x2, x3, 0x44);
  __m512i y2 = _mm512_shuffle_i32x4(x0, x1, 0xee), y3 = _mm512_shuffle_i32x4(x2, x3, 0xee);
  _mm512_storeu_si512(to, _mm512_shuffle_i32x4(y0, y1, 0x88));
  _mm512_storeu_si512(to + 64, _mm512_shuffle_i32x4(y0, y1, 0xdd));
  _mm512_storeu_si512(to + 128, _mm512_shuffle_i32x4(y2, y3, 0x88));
  _mm512_storeu_si512(to + 192, _mm512_shuffle_i32x4(y2, y3, 0xdd));
}
#endif

#endif
