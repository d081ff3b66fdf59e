/*
** The kernels of distance.h that count bits, in terms of an instruction set. A file that includes
** this one defines before:
**
**   KERNEL(name), TARGET      as for kernels.h
**   BITS, BITS_BYTES          a register of bits and how many bytes it holds; and on it
**   BITS_LOAD(p), BITS_LOAD_PART(p, bytes), BITS_XOR(x, y), BITS_AND(x, y), BITS_SPREAD(p), which
**   repeats eight bytes
**   COUNTS                    a register of counts, of each eight bytes; and on it COUNTS_ZERO(),
**   COUNTS_ADD(counts, bits), which adds the number of bits, COUNTS_SUM(x), an int64_t
*/
#include <string.h>

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

/* Eight codes at once, their words side by side: no sum has to be taken across a register. */
TARGET static void KERNEL(sign_products)(const void *query, const void *codes, size_t words,
                                         uint32_t *out) {
  const unsigned char *code = codes;
  uint64_t counts[HDB_QUERY_BITS][HDB_CODES];
  for (size_t part = 0; part < 8 * HDB_CODES; part += BITS_BYTES) {
    const unsigned char *bits = query;
    COUNTS c0 = COUNTS_ZERO();
    COUNTS c1 = c0;
    COUNTS c2 = c0;
    COUNTS c3 = c0;
    for (size_t w = 0; w < words; w++, bits += 8 * (1 + HDB_QUERY_BITS)) {
      BITS x = BITS_XOR(BITS_LOAD(code + 8 * HDB_CODES * w + part), BITS_SPREAD(bits));
      c0 = COUNTS_ADD(c0, BITS_AND(x, BITS_SPREAD(bits + 8)));
      c1 = COUNTS_ADD(c1, BITS_AND(x, BITS_SPREAD(bits + 16)));
      c2 = COUNTS_ADD(c2, BITS_AND(x, BITS_SPREAD(bits + 24)));
      c3 = COUNTS_ADD(c3, BITS_AND(x, BITS_SPREAD(bits + 32)));
    }
    memcpy((unsigned char *)counts[0] + part, &c0, sizeof c0);
    memcpy((unsigned char *)counts[1] + part, &c1, sizeof c1);
    memcpy((unsigned char *)counts[2] + part, &c2, sizeof c2);
    memcpy((unsigned char *)counts[3] + part, &c3, sizeof c3);
  }
  for (size_t n = 0; n < HDB_CODES; n++) {
    out[n] = (uint32_t)(counts[0][n] + 2 * counts[1][n] + 4 * counts[2][n] + 8 * counts[3][n]);
  }
}
