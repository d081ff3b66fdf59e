/*
** The kernels of distance.h in terms of an instruction set. A file that includes this one
** defines before:
**
**   KERNEL(name)              what its functions are called
**   TARGET                    the attribute that allows the instructions
**
**   FLOATS, LANES             a register of float32 and how many it holds; and on it
**   FLOATS_ZERO(), FLOATS_LOAD(p), FLOATS_LOAD_PART(p, count), FLOATS_ADD(x, y), FLOATS_SUB(x, y),
**   FLOATS_ABS(x), FLOATS_FMA(sum, x, y), FLOATS_SUM(x), a float
**
**   INTS, WIDE, INT_LANES     a register of int32, one of int16 and how many the latter holds
**   INTS_ZERO(), INTS_ADD(x, y), INTS_MADD(sum, x, y), which adds products of int16 to sums
**   of int32, INTS_SUM(x), an int64_t; WIDE_LOAD(p) of int16, WIDE_LOAD_I8(p) of int8, WIDE_SUB(x, y),
**   WIDE_ABS(x), WIDE_ONES()
*/
#include <string.h>

#include "distance.h"

enum {
  /* Longer blocks lose precision, and int32 would overflow from 4,096 elements on. */
  KERNEL(BLOCK) = 1024
};

#define FLOATS_L2(sum, x, y) FLOATS_FMA(sum, FLOATS_SUB(x, y), FLOATS_SUB(x, y))
#define FLOATS_DOT(sum, x, y) FLOATS_FMA(sum, x, y)
#define FLOATS_L1(sum, x, y) FLOATS_ADD(sum, FLOATS_ABS(FLOATS_SUB(x, y)))

#define FLOAT_KERNEL(name, STEP)                                                                   \
  TARGET static double KERNEL(name)(const void *left, const void *right, size_t count) {           \
    const unsigned char *a = left;                                                                 \
    const unsigned char *b = right;                                                                \
    double total = 0;                                                                              \
    while (count > 0) {                                                                            \
      size_t block = count < KERNEL(BLOCK) ? count : KERNEL(BLOCK);                                \
      size_t i = 0;                                                                                \
      FLOATS s0 = FLOATS_ZERO();                                                                   \
      FLOATS s1 = s0;                                                                              \
      FLOATS s2 = s0;                                                                              \
      FLOATS s3 = s0;                                                                              \
      for (; i + 4 * LANES <= block; i += 4 * LANES) {                                             \
        const unsigned char *p = a + 4 * i;                                                        \
        const unsigned char *q = b + 4 * i;                                                        \
        s0 = STEP(s0, FLOATS_LOAD(p), FLOATS_LOAD(q));                                             \
        s1 = STEP(s1, FLOATS_LOAD(p + 4 * LANES), FLOATS_LOAD(q + 4 * LANES));                     \
        s2 = STEP(s2, FLOATS_LOAD(p + 8 * LANES), FLOATS_LOAD(q + 8 * LANES));                     \
        s3 = STEP(s3, FLOATS_LOAD(p + 12 * LANES), FLOATS_LOAD(q + 12 * LANES));                   \
      }                                                                                            \
      for (; i + LANES <= block; i += LANES) {                                                     \
        s0 = STEP(s0, FLOATS_LOAD(a + 4 * i), FLOATS_LOAD(b + 4 * i));                             \
      }                                                                                            \
      if (i < block) {                                                                             \
        s1 = STEP(s1, FLOATS_LOAD_PART(a + 4 * i, block - i),                                      \
                  FLOATS_LOAD_PART(b + 4 * i, block - i));                                         \
      }                                                                                            \
      total += (double)FLOATS_SUM(FLOATS_ADD(FLOATS_ADD(s0, s1), FLOATS_ADD(s2, s3)));             \
      a += 4 * block;                                                                              \
      b += 4 * block;                                                                              \
      count -= block;                                                                              \
    }                                                                                              \
    return total;                                                                                  \
  }

FLOAT_KERNEL(l2_squared, FLOATS_L2)
FLOAT_KERNEL(dot, FLOATS_DOT)
FLOAT_KERNEL(l1, FLOATS_L1)

TARGET static void KERNEL(dot_and_norm)(const void *left, const void *right, size_t count,
                                        double *dot, double *norm) {
  const unsigned char *a = left;
  const unsigned char *b = right;
  *dot = 0;
  *norm = 0;
  while (count > 0) {
    size_t block = count < KERNEL(BLOCK) ? count : KERNEL(BLOCK);
    size_t i = 0;
    FLOATS d0 = FLOATS_ZERO();
    FLOATS d1 = d0;
    FLOATS n0 = d0;
    FLOATS n1 = d0;
    for (; i + 2 * LANES <= block; i += 2 * LANES) {
      FLOATS y0 = FLOATS_LOAD(b + 4 * i);
      FLOATS y1 = FLOATS_LOAD(b + 4 * i + 4 * LANES);
      d0 = FLOATS_FMA(d0, FLOATS_LOAD(a + 4 * i), y0);
      d1 = FLOATS_FMA(d1, FLOATS_LOAD(a + 4 * i + 4 * LANES), y1);
      n0 = FLOATS_FMA(n0, y0, y0);
      n1 = FLOATS_FMA(n1, y1, y1);
    }
    for (; i < block; i += LANES) {
      size_t rest = block - i;
      FLOATS x = rest < LANES ? FLOATS_LOAD_PART(a + 4 * i, rest) : FLOATS_LOAD(a + 4 * i);
      FLOATS y = rest < LANES ? FLOATS_LOAD_PART(b + 4 * i, rest) : FLOATS_LOAD(b + 4 * i);
      d0 = FLOATS_FMA(d0, x, y);
      n0 = FLOATS_FMA(n0, y, y);
    }
    *dot += (double)FLOATS_SUM(FLOATS_ADD(d0, d1));
    *norm += (double)FLOATS_SUM(FLOATS_ADD(n0, n1));
    a += 4 * block;
    b += 4 * block;
    count -= block;
  }
}

#define INTS_L2(sum, x, y) INTS_MADD(sum, WIDE_SUB(x, y), WIDE_SUB(x, y))
#define INTS_L1(sum, x, y) INTS_MADD(sum, WIDE_ABS(WIDE_SUB(x, y)), WIDE_ONES())

/* LOAD_A loads elements of `size` bytes; those of b have one. */
#define INT_KERNEL(name, STEP, LOAD_A, size)                                                       \
  TARGET static int64_t KERNEL(name)(const void *left, const void *right, size_t count) {          \
    const unsigned char *a = left;                                                                 \
    const unsigned char *b = right;                                                                \
    int64_t total = 0;                                                                             \
    while (count > 0) {                                                                            \
      size_t block = count < KERNEL(BLOCK) ? count : KERNEL(BLOCK);                                \
      size_t i = 0;                                                                                \
      INTS s0 = INTS_ZERO();                                                                       \
      INTS s1 = s0;                                                                                \
      for (; i + 2 * INT_LANES <= block; i += 2 * INT_LANES) {                                     \
        s0 = STEP(s0, LOAD_A(a + (size) * i), WIDE_LOAD_I8(b + i));                                \
        s1 = STEP(s1, LOAD_A(a + (size) * (i + INT_LANES)), WIDE_LOAD_I8(b + i + INT_LANES));      \
      }                                                                                            \
      for (; i < block; i += INT_LANES) {                                                          \
        unsigned char x[(size) * INT_LANES] = {0};                                                 \
        unsigned char y[INT_LANES] = {0};                                                          \
        size_t rest = block - i < INT_LANES ? block - i : INT_LANES;                               \
        memcpy(x, a + (size) * i, (size) * rest);                                                  \
        memcpy(y, b + i, rest);                                                                    \
        s0 = STEP(s0, LOAD_A(x), WIDE_LOAD_I8(y));                                                 \
      }                                                                                            \
      total += INTS_SUM(s0) + INTS_SUM(s1);                                                        \
      a += (size) * block;                                                                         \
      b += block;                                                                                  \
      count -= block;                                                                              \
    }                                                                                              \
    return total;                                                                                  \
  }

INT_KERNEL(l2_squared_i8, INTS_L2, WIDE_LOAD_I8, 1)
INT_KERNEL(dot_i8, INTS_MADD, WIDE_LOAD_I8, 1)
INT_KERNEL(l1_i8, INTS_L1, WIDE_LOAD_I8, 1)
INT_KERNEL(dot_i16_i8, INTS_MADD, WIDE_LOAD, 2)
