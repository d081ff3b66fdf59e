/*
** The random rotation. A Hadamard transform takes a power of two; where the number of
** dimensions is none, rounds transform the first and the last dimensions in turn, so that after
** a few rounds each has reached every other.
*/
#include "rotation.h"

#include <string.h>

#include "../sqlite_abi.h"

enum { ROUNDS = 4, WORD = 64 };

uint64_t hdb_random_next(uint64_t *state) {
  uint64_t mixed = *state += 0x9e3779b97f4a7c15u;
  mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9u;
  mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111ebu;
  return mixed ^ (mixed >> 31);
}

/* The largest power of two that is no more than `count`. */
static int power_below(int count) {
  int power = 1;
  while (power <= count / 2) power *= 2;
  return power;
}

int hdb_rotation_init(hdb_rotation *out, int dimensions, uint64_t seed) {
  int padded = (dimensions + WORD - 1) / WORD * WORD;
  size_t count = (size_t)padded * ROUNDS;
  out->dimensions = dimensions;
  out->padded = padded;
  out->signs = sqlite.malloc64(count * sizeof *out->signs);
  if (!out->signs) return SQLITE_NOMEM;

  /* The transform multiplies lengths by the root of its size, which the signs take back. */
  float scale = 1;
  for (int power = power_below(padded); power > 1; power /= 4) {
    scale *= power == 2 ? 0.70710678118654752f : 0.5f;
  }
  for (size_t i = 0; i < count; i += WORD) {
    uint64_t bits = hdb_random_next(&seed);
    for (size_t j = 0; j < WORD; j++) out->signs[i + j] = (bits >> j) & 1 ? scale : -scale;
  }
  /* Of what a round does not transform, only the signs are flipped. */
  int power = power_below(padded);
  for (int round = 0; round < ROUNDS; round++) {
    int begin = round % 2 ? padded - power : 0;
    float *signs = out->signs + (size_t)round * (size_t)padded;
    for (int i = 0; i < padded; i++) {
      if (i < begin || i >= begin + power) signs[i] = signs[i] < 0 ? -1.0f : 1.0f;
    }
  }
  return SQLITE_OK;
}

void hdb_rotation_free(hdb_rotation *rotation) {
  sqlite.free(rotation->signs);
  rotation->signs = 0;
}

/* `count` is a power of two from 64 on. */
static void hadamard(float *x, int count) {
  for (int i = 0; i < count; i += 4) {
    float a = x[i] + x[i + 1];
    float b = x[i] - x[i + 1];
    float c = x[i + 2] + x[i + 3];
    float d = x[i + 2] - x[i + 3];
    x[i] = a + c;
    x[i + 1] = b + d;
    x[i + 2] = a - c;
    x[i + 3] = b - d;
  }
  for (int half = 4; half < count; half *= 2) {
    for (int i = 0; i < count; i += 2 * half) {
      float *low = x + i;
      float *high = low + half;
      for (int j = 0; j < half; j += 4) {
        for (int k = j; k < j + 4; k++) {
          float a = low[k];
          float b = high[k];
          low[k] = a + b;
          high[k] = a - b;
        }
      }
    }
  }
}

void hdb_rotate(const hdb_rotation *rotation, const void *vector, float *out) {
  int padded = rotation->padded;
  int power = power_below(padded);
  const float *signs = rotation->signs;
  memcpy(out, vector, (size_t)rotation->dimensions * sizeof *out);
  for (int i = rotation->dimensions; i < padded; i++) out[i] = 0;
  for (int round = 0; round < ROUNDS; round++, signs += padded) {
    for (int i = 0; i < padded; i++) out[i] *= signs[i];
    hadamard(out + (round % 2 ? padded - power : 0), power);
  }
}
