/*
** The kernels of distance.h that count bits, in terms of an instruction set. A file that includes
** this one defines before:
**
**   KERNEL(name), TARGET      as for kernels.h
**   BITS, BITS_BYTES          a register of bits and how many bytes it holds; and on it
**   BITS_LOAD(p), BITS_LOAD_PART(p, bytes), BITS_XOR(x, y), BITS_AND(x, y)
**   COUNTS                    a register of counts; and on it COUNTS_ZERO(), COUNTS_ADD(counts,
**   bits), which adds the number of bits, COUNTS_SUM(x), an int64_t
*/
#include "distance.h"

TARGET static int64_t KERNEL(hamming)(const void *left, const void *right, size_t bytes) {
  const unsigned char *a = left;
  const unsigned char *b = right;
  size_t i = 0;
  COUNTS sum = COUNTS_ZERO();
  for (; i + BITS_BYTES <= bytes; i += BITS_BYTES) {
    sum = COUNTS_ADD(sum, BITS_XOR(BITS_LOAD(a + i), BITS_LOAD(b + i)));
  }
  if (i < bytes) {
    sum = COUNTS_ADD(sum, BITS_XOR(BITS_LOAD_PART(a + i, bytes - i),
                                   BITS_LOAD_PART(b + i, bytes - i)));
  }
  return COUNTS_SUM(sum);
}

TARGET static void KERNEL(bit_products)(const void *planes, const void *codes, size_t bytes,
                                        size_t stride, size_t count, uint32_t *out) {
  const unsigned char *p0 = planes;
  const unsigned char *p1 = p0 + bytes;
  const unsigned char *p2 = p1 + bytes;
  const unsigned char *p3 = p2 + bytes;
  const unsigned char *code = codes;
  for (size_t n = 0; n < count; n++, code += stride) {
    size_t i = 0;
    COUNTS c0 = COUNTS_ZERO();
    COUNTS c1 = c0;
    COUNTS c2 = c0;
    COUNTS c3 = c0;
    for (; i + BITS_BYTES <= bytes; i += BITS_BYTES) {
      BITS x = BITS_LOAD(code + i);
      c0 = COUNTS_ADD(c0, BITS_AND(x, BITS_LOAD(p0 + i)));
      c1 = COUNTS_ADD(c1, BITS_AND(x, BITS_LOAD(p1 + i)));
      c2 = COUNTS_ADD(c2, BITS_AND(x, BITS_LOAD(p2 + i)));
      c3 = COUNTS_ADD(c3, BITS_AND(x, BITS_LOAD(p3 + i)));
    }
    if (i < bytes) {
      size_t rest = bytes - i;
      BITS x = BITS_LOAD_PART(code + i, rest);
      c0 = COUNTS_ADD(c0, BITS_AND(x, BITS_LOAD_PART(p0 + i, rest)));
      c1 = COUNTS_ADD(c1, BITS_AND(x, BITS_LOAD_PART(p1 + i, rest)));
      c2 = COUNTS_ADD(c2, BITS_AND(x, BITS_LOAD_PART(p2 + i, rest)));
      c3 = COUNTS_ADD(c3, BITS_AND(x, BITS_LOAD_PART(p3 + i, rest)));
    }
    out[n] = (uint32_t)(COUNTS_SUM(c0) + 2 * COUNTS_SUM(c1) + 4 * COUNTS_SUM(c2) +
                        8 * COUNTS_SUM(c3));
  }
}
