/*
** The square root as an instruction: the compilers' own would call the C library's for
** what is negative, and the engine is linked without one.
*/
#ifndef HELIOSDB_SQUARE_ROOT_H
#define HELIOSDB_SQUARE_ROOT_H

#if defined(__x86_64__)
#include <emmintrin.h>

static inline double hdb_sqrt(double x) {
  __m128d y = _mm_set_sd(x);
  return _mm_cvtsd_f64(_mm_sqrt_sd(y, y));
}
#elif defined(__aarch64__)
#include <arm_neon.h>

static inline double hdb_sqrt(double x) { return vget_lane_f64(vsqrt_f64(vdup_n_f64(x)), 0); }
#else
static inline double hdb_sqrt(double x) { return __builtin_sqrt(x); }
#endif

#endif
