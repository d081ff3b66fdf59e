/*
** Kernels: what costs time in vector search, once for each instruction set and chosen by the
** processor that the engine runs on, so that one library serves all.
**
** Vectors are little-endian and need not be aligned, so that they can be read where SQLite has
** them. Kernels give the same answer on every processor: whole numbers to the last bit, others
** within 1e-6 of the sum of the terms' sizes. To that end floats are added up in many
** lanes over blocks of 1,024 elements, and blocks in double precision.
*/
#ifndef HELIOSDB_DISTANCE_H
#define HELIOSDB_DISTANCE_H

#include <stddef.h>
#include <stdint.h>

enum { HDB_QUERY_BITS = 4, HDB_CODES = 8, HDB_MOST_KERNELS = 4 };

typedef struct hdb_kernels {
  const char *name;

  /* Of `count` elements of float32: squared L2 distance, inner product, L1 distance. */
  double (*l2_squared)(const void *a, const void *b, size_t count);
  double (*dot)(const void *a, const void *b, size_t count);
  double (*l1)(const void *a, const void *b, size_t count);

  /* In one pass the inner product of a and b, and that of b with itself. */
  void (*dot_and_norm)(const void *a, const void *b, size_t count, double *dot, double *norm);

  /* Of `count` elements of int8, exact. */
  int64_t (*l2_squared_i8)(const void *a, const void *b, size_t count);
  int64_t (*dot_i8)(const void *a, const void *b, size_t count);
  int64_t (*l1_i8)(const void *a, const void *b, size_t count);

  /* The inner product of `count` elements of int16 with as many of int8, exact. */
  int64_t (*dot_i16_i8)(const void *a, const void *b, size_t count);

  /* How many bits of so many bytes differ. */
  int64_t (*hamming)(const void *a, const void *b, size_t bytes);

  /*
  ** For HDB_CODES bit vectors of `words` times 64 bits and a query of signs and sizes: the sum of the
  ** sizes where the bit differs from the query's sign. `codes` holds the first word of all bit
  ** vectors, then the second of all, and so on. `query` holds for each word the signs, then the
  ** lowest bits of the sizes, the second bits and so on, HDB_QUERY_BITS of them.
  */
  void (*sign_products)(const void *query, const void *codes, size_t words, uint32_t *out);
} hdb_kernels;

/* Those of this processor; plain C until hdb_kernels_choose. */
extern const hdb_kernels *hdb_chosen_kernels;

/* Looks at the processor. Called when the engine is loaded; again does no harm. */
void hdb_kernels_choose(void);

/* All that this processor can run, the best first and plain C last, with a null behind. */
void hdb_kernels_list(const hdb_kernels *list[HDB_MOST_KERNELS]);

#endif
