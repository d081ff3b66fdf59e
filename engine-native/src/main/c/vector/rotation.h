/*
** A random rotation, for codes that keep only signs: it spreads what a vector holds evenly over
** all dimensions (RaBitQ, SIGMOD 2024, section 3). Rounds of random sign flips and fast
** Hadamard transforms take its place, which cost O(D log D) and need nothing but a seed.
*/
#ifndef HELIOSDB_ROTATION_H
#define HELIOSDB_ROTATION_H

#include <stdint.h>

typedef struct hdb_rotation {
  int dimensions; /* of a vector */
  int padded;     /* of a rotated one: a multiple of 64 */
  float *signs;   /* of all rounds: 1 or -1 */
} hdb_rotation;

/* The same seed always gives the same rotation. Returns a result code. */
int hdb_rotation_init(hdb_rotation *out, int dimensions, uint64_t seed);
void hdb_rotation_free(hdb_rotation *rotation);

/* Rotates a vector of `dimensions` numbers, which need not be aligned, into one of `padded`. */
void hdb_rotate(const hdb_rotation *rotation, const void *vector, float *out);

/* The next of a row of numbers that look random; `state` is the row's. */
uint64_t hdb_random_next(uint64_t *state);

#endif
