/*
** Codes of float32 vectors, a byte a dimension, that bound a distance from below: a search reads
** only those vectors whose bound lets them be among the nearest, and stays exact.
**
** A code is a scale s, the vector's norm, an error e and bytes c: the vector is s·c + r, and e is
** not less than the norm of r. For a query q, ⟨q, x⟩ = s⟨q, c⟩ + ⟨q, r⟩, and the last term is at
** most ‖q‖e by Cauchy and Schwarz. The query itself is taken as 16-bit integers, so that the product
** with the code is exact; what that leaves out is bounded in the same way.
*/
#ifndef HELIOSDB_VEC0_CODES_H
#define HELIOSDB_VEC0_CODES_H

#include "metric.h"

/* Whether a distance by this metric can be bounded. */
int vec0_is_bounded(hdb_metric metric, hdb_vector_type type);

size_t vec0_code_bytes(size_t dimensions);

/* Writes the code of a vector. */
void vec0_encode(const void *vector, size_t dimensions, unsigned char *out);

/* A query, for bounds. */
typedef struct vec0_bound {
  hdb_metric metric;
  size_t dimensions;
  int16_t *values;
  double scale; /* of the values */
  double rest;  /* the norm of what they leave out */
  double norm;  /* of the query */
} vec0_bound;

/* Returns SQLITE_OK or SQLITE_NOMEM. */
int vec0_bound_open(const hdb_query *query, vec0_bound *out);
void vec0_bound_close(vec0_bound *bound);

/* No distance that hdb_distance computes is below it. NaN if nothing can be said. */
double vec0_lower_bound(const vec0_bound *bound, const unsigned char *code);

#endif
