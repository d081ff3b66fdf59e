/*
** Kernels for x86-64 with AVX-512 and VPOPCNTDQ: Ice Lake, Zen 4 and later. Processors that
** have the former without the latter do as well with AVX2.
*/
#include "kernel_tables.h"

#if defined(__x86_64__)

#include <immintrin.h>
#include <string.h>

#define TARGET __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx512vpopcntdq")))
#define KERNEL(name) avx512_##name

#define LANES 16
#define FLOATS __m512
#define FLOATS_ZERO _mm512_setzero_ps
#define FLOATS_LOAD _mm512_loadu_ps
#define FLOATS_LOAD_PART(p, count) _mm512_maskz_loadu_ps((__mmask16)((1u << (count)) - 1), p)
#define FLOATS_ADD _mm512_add_ps
#define FLOATS_SUB _mm512_sub_ps
#define FLOATS_ABS _mm512_abs_ps
#define FLOATS_FMA(sum, x, y) _mm512_fmadd_ps(x, y, sum)
#define FLOATS_SUM _mm512_reduce_add_ps

#define INT_LANES 32
#define INTS __m512i
#define WIDE __m512i
#define INTS_ZERO _mm512_setzero_si512
#define INTS_MADD(sum, x, y) _mm512_add_epi32(sum, _mm512_madd_epi16(x, y))
#define INTS_SUM avx512_ints_sum
#define WIDE_LOAD _mm512_loadu_si512
#define WIDE_LOAD_I8(p) _mm512_cvtepi8_epi16(_mm256_loadu_si256((const __m256i *)(const void *)(p)))
#define WIDE_SUB _mm512_sub_epi16
#define WIDE_ABS _mm512_abs_epi16
#define WIDE_ONES() _mm512_set1_epi16(1)

TARGET static inline int64_t avx512_ints_sum(__m512i x) {
  return _mm512_reduce_add_epi64(
      _mm512_add_epi64(_mm512_cvtepi32_epi64(_mm512_castsi512_si256(x)),
                       _mm512_cvtepi32_epi64(_mm512_extracti64x4_epi64(x, 1))));
}

TARGET static inline __m512i avx512_spread_bits(const unsigned char *p) {
  int64_t word;
  memcpy(&word, p, sizeof word);
  return _mm512_set1_epi64(word);
}

#define BITS_BYTES 64
#define BITS __m512i
#define BITS_LOAD _mm512_loadu_si512
#define BITS_LOAD_PART(p, bytes) _mm512_maskz_loadu_epi8((UINT64_C(1) << (bytes)) - 1, p)
#define BITS_SPREAD avx512_spread_bits
#define BITS_XOR _mm512_xor_si512
#define BITS_AND _mm512_and_si512
#define COUNTS __m512i
#define COUNTS_ZERO _mm512_setzero_si512
#define COUNTS_ADD(counts, bits) _mm512_add_epi64(counts, _mm512_popcnt_epi64(bits))
#define COUNTS_SUM _mm512_reduce_add_epi64

#include "bit_kernels.h"
#include "kernels.h"

const hdb_kernels hdb_avx512_kernels = HDB_KERNEL_TABLE("AVX-512", avx512);

#endif
