/*
** One bit a dimension for a vector, and what it tells of distances (RaBitQ: Gao, Long, SIGMOD 2024).
**
** In the paper's notation: o is a vector and q the query, both rotated; c is the centroid of the
** list that o is in. s holds the signs of o - c, D of them, and stands for the unit vector
** s/√D. With r = <s/√D, (o - c)/|o - c|>, the estimate
**
**   <o - c, v> ≈ scale · <s, v>,  scale = |o - c| / (r · √D)
**
** has no bias, and its error is below ε₀ · scale · |v| · √((1 - r²) D / (D - 1)) with a
** probability that ε₀ sets. We depart from the paper in two ways. <s, q - c> is taken as
** <s, q> - <s, c>, whose second term is known when o is coded, so that the query is quantized once
** and not for each list. And r is not kept: it is within a few hundredths of √(2/π) whatever the
** vector, as the rotation makes o - c look like normal noise.
**
** The distance of o is then `base` of o, plus a number of the list, minus `step` · scale · <s, q>:
**
**              squared L2                     negative inner product
**   base       |o - c|² + 2 scale <s, c>      scale <s, c> - <o - c, c>
**   list       |q - c|²                       -<q, c>
**   step       2                              1
*/
#ifndef HELIOSDB_RABITQ_H
#define HELIOSDB_RABITQ_H

#include <stdint.h>

#include "metric.h"

/* Codes lie in blocks of eight: the first 64 bits of all eight, then the second, and so on. */
enum { HDB_CODES_IN_BLOCK = 8, HDB_QUERY_PLANES = 4 };

/* A query, quantized to a sign and HDB_QUERY_PLANES bits a dimension. */
typedef struct hdb_code_query {
  int words;      /* of 64 dimensions */
  float unit;     /* what the lowest bit is worth */
  int32_t total;  /* of all absolute values, in units */
  uint64_t *bits; /* for each word: the signs, then each plane */
} hdb_code_query;

/* Codes o for a list with centroid c, all of 64 * words numbers. `bits` gets the signs. */
void hdb_code_vector(hdb_metric metric, const float *o, const float *c, int words, uint64_t *bits,
                     float *base, float *scale);

/* `bits` has room for words * (1 + HDB_QUERY_PLANES) numbers. */
void hdb_code_query_init(hdb_code_query *out, const float *q, int words, uint64_t *bits);

/* <s, q> for `blocks` of codes, which need not be aligned. */
void hdb_code_products(const hdb_code_query *query, const void *codes, int blocks, float *out);

/* Writes a code into its place among blocks, and reads it. */
void hdb_code_put(void *codes, int words, int place, const uint64_t *bits);
void hdb_code_get(const void *codes, int words, int place, uint64_t *bits);

#endif
