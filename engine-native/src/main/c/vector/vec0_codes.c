#include "vec0_codes.h"

#include <string.h>

#include "distance.h"
#include "square_root.h"

enum { HEAD = 3 * sizeof(float), MOST_CODE = 127, MOST_VALUE = 32767 };

/* More than float32 kernels and the stored norm are off, relative to the vectors' norms. */
#define ROUNDING 4e-6

int vec0_is_bounded(hdb_metric metric, hdb_vector_type type) {
  return type == HDB_FLOAT32 && (metric == HDB_L2 || metric == HDB_COSINE || metric == HDB_IP);
}

size_t vec0_code_bytes(size_t dimensions) { return HEAD + dimensions; }

static double element(const void *vector, size_t i) {
  float out;
  memcpy(&out, (const unsigned char *)vector + 4 * i, sizeof out);
  return (double)out;
}

static double largest_of(const void *vector, size_t dimensions) {
  double out = 0;
  for (size_t i = 0; i < dimensions; i++) {
    double size = element(vector, i);
    if (size < 0) size = -size;
    if (size > out) out = size;
  }
  return out;
}

/* The integer nearest to x / scale, up to a limit. */
static int quantize(double x, double scale, int most) {
  double scaled = x / scale;
  int out = (int)(scaled < 0 ? scaled - 0.5 : scaled + 0.5);
  return out < -most ? -most : out > most ? most : out;
}

/* A float that may be infinite, of which bounds say nothing. */
static float narrow(double x) { return x > 3.4e38 ? __builtin_inff() : (float)x; }

void vec0_encode(const void *vector, size_t dimensions, unsigned char *out) {
  float head[3];
  double norm = 0;
  double error = 0;
  head[0] = (float)(largest_of(vector, dimensions) / MOST_CODE);
  double scale = (double)head[0];
  for (size_t i = 0; i < dimensions; i++) {
    double x = element(vector, i);
    int code = scale > 0 ? quantize(x, scale, MOST_CODE) : 0;
    double rest = x - scale * code;
    norm += x * x;
    error += rest * rest;
    out[HEAD + i] = (unsigned char)code;
  }
  head[1] = narrow(hdb_sqrt(norm));
  head[2] = narrow(hdb_sqrt(error) * (1 + 1e-6));
  memcpy(out, head, HEAD);
}

int vec0_bound_open(const hdb_query *query, vec0_bound *out) {
  double norm = 0;
  double rest = 0;
  memset(out, 0, sizeof *out);
  out->values = sqlite.malloc64(query->count * sizeof *out->values);
  if (!out->values) return SQLITE_NOMEM;
  out->metric = query->metric;
  out->dimensions = query->count;
  out->scale = largest_of(query->data, query->count) / MOST_VALUE;
  for (size_t i = 0; i < query->count; i++) {
    double x = element(query->data, i);
    int value = out->scale > 0 ? quantize(x, out->scale, MOST_VALUE) : 0;
    double left = x - out->scale * value;
    out->values[i] = (int16_t)value;
    norm += x * x;
    rest += left * left;
  }
  out->norm = hdb_sqrt(norm);
  out->rest = hdb_sqrt(rest);
  return SQLITE_OK;
}

void vec0_bound_close(vec0_bound *bound) {
  sqlite.free(bound->values);
  memset(bound, 0, sizeof *bound);
}

double vec0_lower_bound(const vec0_bound *bound, const unsigned char *code) {
  float head[3];
  memcpy(head, code, HEAD);
  double scale = (double)head[0];
  double norm = (double)head[1];
  double error = (double)head[2];
  int64_t product = hdb_chosen_kernels->dot_i16_i8(bound->values, code + HEAD, bound->dimensions);
  double most = bound->scale * scale * (double)product + bound->norm * error +
                bound->rest * (norm + error) + ROUNDING * bound->norm * norm;
  if (bound->metric == HDB_COSINE) return 1 - most / (bound->norm * norm) - ROUNDING;
  if (bound->metric == HDB_IP) return -most;
  double norms = bound->norm * bound->norm + norm * norm;
  double squared = norms - 2 * most - ROUNDING * norms;
  return squared < 0 ? 0 : hdb_sqrt(squared);
}
