#include "metric.h"

#include "distance.h"
#include "square_root.h"

int hdb_metric_fits(hdb_metric metric, hdb_vector_type type) {
  return (metric == HDB_HAMMING) == (type == HDB_BIT);
}

const char *hdb_metric_name(hdb_metric metric) {
  static const char *const names[] = {"L2", "cosine", "inner product", "L1", "hamming"};
  return names[metric];
}

hdb_query hdb_query_of(hdb_metric metric, const hdb_vector *vector) {
  const hdb_kernels *kernels = hdb_chosen_kernels;
  hdb_query out = {.metric = metric, .type = vector->type, .count = vector->count};
  out.data = vector->data;
  if (metric == HDB_COSINE && vector->type == HDB_FLOAT32) {
    out.norm = kernels->dot(vector->data, vector->data, vector->count);
  } else if (metric == HDB_COSINE) {
    out.norm = (double)kernels->dot_i8(vector->data, vector->data, vector->count);
  }
  return out;
}

static double cosine_distance(double dot, double norms) {
  double cosine = dot / hdb_sqrt(norms);
  return 1 - (cosine > 1 ? 1 : cosine < -1 ? -1 : cosine);
}

static double float_distance(const hdb_query *query, const void *data) {
  const hdb_kernels *kernels = hdb_chosen_kernels;
  double dot;
  double norm;
  switch (query->metric) {
    case HDB_L2: return hdb_sqrt(kernels->l2_squared(query->data, data, query->count));
    case HDB_L1: return kernels->l1(query->data, data, query->count);
    case HDB_IP: return -kernels->dot(query->data, data, query->count);
    default: break;
  }
  kernels->dot_and_norm(query->data, data, query->count, &dot, &norm);
  return cosine_distance(dot, query->norm * norm);
}

static double int8_distance(const hdb_query *query, const void *data) {
  const hdb_kernels *kernels = hdb_chosen_kernels;
  switch (query->metric) {
    case HDB_L2:
      return hdb_sqrt((double)kernels->l2_squared_i8(query->data, data, query->count));
    case HDB_L1: return (double)kernels->l1_i8(query->data, data, query->count);
    case HDB_IP: return -(double)kernels->dot_i8(query->data, data, query->count);
    default: break;
  }
  return cosine_distance((double)kernels->dot_i8(query->data, data, query->count),
                         query->norm * (double)kernels->dot_i8(data, data, query->count));
}

double hdb_distance(const hdb_query *query, const void *data) {
  if (query->type == HDB_FLOAT32) return float_distance(query, data);
  if (query->type == HDB_INT8) return int8_distance(query, data);
  return (double)hdb_chosen_kernels->hamming(query->data, data, query->count / 8);
}
