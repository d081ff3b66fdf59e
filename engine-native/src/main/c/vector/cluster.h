/*
** k-means (Lloyd's) on vectors in memory.
*/
#ifndef HELIOSDB_CLUSTER_H
#define HELIOSDB_CLUSTER_H

#include <stddef.h>
#include <stdint.h>

/* Called now and then; anything but SQLITE_OK ends what runs, which returns it. */
typedef struct hdb_patience {
  int (*ask)(void *argument);
  void *argument;
} hdb_patience;

/*
** Finds k centroids for `count` vectors of `dimensions` numbers, and for each vector the place of its
** nearest one. `centroids` has room for k of them. Where there are fewer different vectors than k,
** some centroids have no vector. With `balance` above 0, clusters that are larger than others give
** up some of the vectors at their borders, round by round. Returns a result code.
*/
int hdb_cluster(const float *vectors, size_t count, size_t dimensions, size_t k, int rounds,
                float balance, uint64_t seed, float *centroids, uint32_t *places, const hdb_patience *patience);

/* The place of the nearest of k centroids; `halves` holds half of each one's squared length. */
size_t hdb_nearest(const float *vector, const float *centroids, const float *halves, size_t k,
                   size_t dimensions);

/* Half of the squared length of each of k centroids. */
void hdb_half_lengths(const float *centroids, size_t k, size_t dimensions, float *halves);

/* The mean of vectors; zero if there is none. */
void hdb_mean(const float *vectors, size_t count, size_t dimensions, float *out);

#endif
