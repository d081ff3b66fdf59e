/*
** k-means.
*/
#include "cluster.h"

#include <string.h>

#include "../sqlite_abi.h"
#include "distance.h"
#include "rotation.h"

enum { PATIENCE = 1 << 16 }; /* distances, of some tens of nanoseconds each */

/* As hdb_nearest; *most is <v, c> - |c|² / 2, less what its cluster's size costs. */
static size_t nearest(const float *vector, const float *centroids, const float *halves, size_t k,
                      size_t dimensions, double *most_out) {
  size_t best = 0;
  double most = 0;
  for (size_t i = 0; i < k; i++) {
    /* |v - c|² is smallest where <v, c> - |c|² / 2 is largest. */
    double value = hdb_chosen_kernels->dot(vector, centroids + i * dimensions, dimensions);
    value -= (double)halves[i];
    if (i == 0 || value > most) {
      most = value;
      best = i;
    }
  }
  *most_out = most;
  return best;
}

size_t hdb_nearest(const float *vector, const float *centroids, const float *halves, size_t k,
                   size_t dimensions) {
  double most;
  return nearest(vector, centroids, halves, k, dimensions, &most);
}

void hdb_half_lengths(const float *centroids, size_t k, size_t dimensions, float *halves) {
  for (size_t i = 0; i < k; i++) {
    const float *c = centroids + i * dimensions;
    halves[i] = (float)(hdb_chosen_kernels->dot(c, c, dimensions) / 2);
  }
}

static void add(float *sum, const float *vector, size_t dimensions) {
  for (size_t i = 0; i < dimensions; i++) sum[i] += vector[i];
}

static void divide(float *sum, size_t count, size_t dimensions) {
  float factor = count > 0 ? 1 / (float)count : 0;
  for (size_t i = 0; i < dimensions; i++) sum[i] *= factor;
}

void hdb_mean(const float *vectors, size_t count, size_t dimensions, float *out) {
  memset(out, 0, dimensions * sizeof *out);
  for (size_t i = 0; i < count; i++) add(out, vectors + i * dimensions, dimensions);
  divide(out, count, dimensions);
}

/* Different places at random, in increasing order (Knuth's algorithm S). */
static void choose(const float *vectors, size_t count, size_t dimensions, size_t k, uint64_t *seed,
                   float *centroids) {
  size_t chosen = 0;
  for (size_t i = 0; i < count && chosen < k; i++) {
    if (hdb_random_next(seed) % (count - i) >= k - chosen) continue;
    memcpy(centroids + chosen * dimensions, vectors + i * dimensions, dimensions * sizeof *vectors);
    chosen++;
  }
  memset(centroids + chosen * dimensions, 0, (k - chosen) * dimensions * sizeof *centroids);
}

int hdb_cluster(const float *vectors, size_t count, size_t dimensions, size_t k, int rounds,
                float balance, uint64_t seed, float *centroids, uint32_t *places, const hdb_patience *patience) {
  float *halves = sqlite.malloc64(k * sizeof *halves + 1);
  uint32_t *sizes = sqlite.malloc64(k * sizeof *sizes + 1);
  float *prices = sqlite.malloc64(k * sizeof *prices + 1); /* of a place in a cluster */
  size_t worked = 0;
  int rc = halves && sizes && prices ? SQLITE_OK : SQLITE_NOMEM;
  if (rc == SQLITE_OK) memset(prices, 0, k * sizeof *prices);
  if (rc == SQLITE_OK) choose(vectors, count, dimensions, k, &seed, centroids);
  for (int round = 0; rc == SQLITE_OK && round < rounds; round++) {
    size_t moved = 0;
    double spread = 0;
    hdb_half_lengths(centroids, k, dimensions, halves);
    for (size_t c = 0; c < k; c++) halves[c] += prices[c];
    for (size_t i = 0; rc == SQLITE_OK && i < count; i++) {
      const float *vector = vectors + i * dimensions;
      double most;
      size_t found = nearest(vector, centroids, halves, k, dimensions, &most);
      if (balance > 0) spread += hdb_chosen_kernels->dot(vector, vector, dimensions) / 2 - most;
      if (round == 0 || places[i] != found) moved++;
      places[i] = (uint32_t)found;
      worked += k;
      if (worked >= PATIENCE) {
        worked = 0;
        rc = patience->ask(patience->argument);
      }
    }
    if (rc != SQLITE_OK || round + 1 == rounds || moved == 0) break;
    memset(centroids, 0, k * dimensions * sizeof *centroids);
    memset(sizes, 0, k * sizeof *sizes);
    for (size_t i = 0; i < count; i++) {
      add(centroids + places[i] * dimensions, vectors + i * dimensions, dimensions);
      sizes[places[i]]++;
    }
    for (size_t c = 0; balance > 0 && c < k; c++) {
      float excess = (float)sizes[c] * (float)k / (float)count - 1;
      prices[c] += balance * (float)(spread / (double)count) * (excess < 1 ? excess : 1);
    }
    for (size_t c = 0; c < k; c++) {
      divide(centroids + c * dimensions, sizes[c], dimensions);
      if (sizes[c] > 0 || count == 0) continue;
      /* One that lost all of its vectors begins again at some vector. */
      size_t at = hdb_random_next(&seed) % count;
      memcpy(centroids + c * dimensions, vectors + at * dimensions, dimensions * sizeof *vectors);
    }
  }
  sqlite.free(prices);
  sqlite.free(sizes);
  sqlite.free(halves);
  return rc;
}
