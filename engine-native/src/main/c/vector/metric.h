/*
** Distances by metric, for vectors of any type.
*/
#ifndef HELIOSDB_METRIC_H
#define HELIOSDB_METRIC_H

#include "value.h"

typedef enum hdb_metric {
  HDB_L2,
  HDB_COSINE, /* 1 less the cosine of the angle; of a vector of length 0 it is NaN */
  HDB_IP,     /* the negative inner product */
  HDB_L1,
  HDB_HAMMING
} hdb_metric;

/* Whether vectors of this type have this metric: bits have Hamming's alone, others do not. */
int hdb_metric_fits(hdb_metric metric, hdb_vector_type type);

/* 'L2', 'cosine', 'inner product', 'L1' or 'hamming'. */
const char *hdb_metric_name(hdb_metric metric);

/* A vector that many others are compared with. */
typedef struct hdb_query {
  hdb_metric metric;
  hdb_vector_type type;
  size_t count;
  const void *data;
  double norm; /* its inner product with itself, for HDB_COSINE */
} hdb_query;

hdb_query hdb_query_of(hdb_metric metric, const hdb_vector *vector);

/* The distance of a vector of the query's type and count. */
double hdb_distance(const hdb_query *query, const void *data);

#endif
