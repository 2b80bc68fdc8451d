/* Memory for words, and the numbers of rows. */

#include "words.h"

#include <stdlib.h>

/* A test can have any one allocation fail: the `failing`th from now on, none where it is 0. This
   costs a comparison, and needs no build of its own. */
static ptrdiff_t failing;

void *allocate(size_t count, size_t size) {
  if (failing && !--failing) return NULL;
  if (count > (PTRDIFF_MAX - 64) / size) return NULL;
  return aligned_alloc(64, (count * size + 64) / 64 * 64);
}

ptrdiff_t fail_allocation(ptrdiff_t n) {
  ptrdiff_t before = failing;
  failing = n;
  return before;
}

void number_rows(word *to, size_t count, int place, word first) {
  static const word alternating[6] = {0xaaaaaaaaaaaaaaaa, 0xcccccccccccccccc, 0xf0f0f0f0f0f0f0f0,
                                      0xff00ff00ff00ff00, 0xffff0000ffff0000, 0xffffffff00000000};
  for (size_t k = 0; k < count; k++)
    to[k] = place < 6 ? alternating[place] : -((first + k) >> (place - 6) & 1);
}
