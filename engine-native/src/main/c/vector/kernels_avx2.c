/*
** Kernels for x86-64 with AVX2 and FMA.
*/
#include "kernel_tables.h"

#if defined(__x86_64__)

#include <immintrin.h>
#include <string.h>

#define TARGET __attribute__((target("avx2,fma")))
#define KERNEL(name) avx2_##name

#define LANES 8
#define FLOATS __m256
#define FLOATS_ZERO _mm256_setzero_ps
#define FLOATS_LOAD avx2_load
#define FLOATS_LOAD_PART avx2_load_part
#define FLOATS_ADD _mm256_add_ps
#define FLOATS_SUB _mm256_sub_ps
#define FLOATS_ABS(x) _mm256_andnot_ps(_mm256_set1_ps(-0.0f), x)
#define FLOATS_FMA(sum, x, y) _mm256_fmadd_ps(x, y, sum)
#define FLOATS_SUM avx2_sum

TARGET static inline __m256i avx2_load_bits(const unsigned char *p) {
  return _mm256_loadu_si256((const __m256i *)(const void *)p);
}

TARGET static inline __m256 avx2_load(const unsigned char *p) {
  return _mm256_castsi256_ps(avx2_load_bits(p));
}

/* `bytes` of a register, zeros behind. */
TARGET static inline __m256i avx2_load_bytes(const unsigned char *p, size_t bytes) {
  unsigned char part[32] = {0};
  memcpy(part, p, bytes);
  return avx2_load_bits(part);
}

/* Words that are loaded, for a count of them: from word 8 - count on. */
static const int32_t avx2_masks[16] = {-1, -1, -1, -1, -1, -1, -1, -1, 0, 0, 0, 0, 0, 0, 0, 0};

TARGET static inline __m256i avx2_load_words(const unsigned char *p, size_t words) {
  __m256i mask = _mm256_loadu_si256((const __m256i *)(const void *)(avx2_masks + 8 - words));
  return _mm256_maskload_epi32((const int *)(const void *)p, mask);
}

TARGET static inline __m256 avx2_load_part(const unsigned char *p, size_t count) {
  return _mm256_castsi256_ps(avx2_load_words(p, count));
}

TARGET static inline float avx2_sum(__m256 x) {
  __m128 s = _mm_add_ps(_mm256_castps256_ps128(x), _mm256_extractf128_ps(x, 1));
  s = _mm_add_ps(s, _mm_movehl_ps(s, s));
  return _mm_cvtss_f32(_mm_add_ss(s, _mm_movehdup_ps(s)));
}

#define INT_LANES 16
#define INTS __m256i
#define WIDE __m256i
#define INTS_ZERO _mm256_setzero_si256
#define INTS_MADD(sum, x, y) _mm256_add_epi32(sum, _mm256_madd_epi16(x, y))
#define INTS_SUM avx2_ints_sum
#define WIDE_LOAD avx2_load_bits
#define WIDE_LOAD_I8(p) _mm256_cvtepi8_epi16(_mm_loadu_si128((const __m128i *)(const void *)(p)))
#define WIDE_SUB _mm256_sub_epi16
#define WIDE_ABS _mm256_abs_epi16
#define WIDE_ONES() _mm256_set1_epi16(1)

TARGET static inline int64_t avx2_ints_sum(__m256i x) {
  __m256i s = _mm256_add_epi64(_mm256_cvtepi32_epi64(_mm256_castsi256_si128(x)),
                               _mm256_cvtepi32_epi64(_mm256_extracti128_si256(x, 1)));
  __m128i half = _mm_add_epi64(_mm256_castsi256_si128(s), _mm256_extracti128_si256(s, 1));
  return _mm_extract_epi64(half, 0) + _mm_extract_epi64(half, 1);
}

TARGET static inline __m256i avx2_spread_bits(const unsigned char *p) {
  int64_t word;
  memcpy(&word, p, sizeof word);
  return _mm256_set1_epi64x(word);
}

#define BITS_BYTES 32
#define BITS __m256i
#define BITS_LOAD avx2_load_bits
#define BITS_LOAD_PART avx2_load_bits_part
#define BITS_SPREAD avx2_spread_bits
#define BITS_XOR _mm256_xor_si256
#define BITS_AND _mm256_and_si256
#define COUNTS __m256i
#define COUNTS_ZERO _mm256_setzero_si256
#define COUNTS_ADD avx2_count
#define COUNTS_SUM avx2_counts_sum

TARGET static inline __m256i avx2_load_bits_part(const unsigned char *p, size_t bytes) {
  return bytes % 4 == 0 ? avx2_load_words(p, bytes / 4) : avx2_load_bytes(p, bytes);
}

/* Looks the counts of nibbles up and adds them in groups of eight bytes. */
TARGET static inline __m256i avx2_count(__m256i sum, __m256i x) {
  const __m256i counts = _mm256_setr_epi8(0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4, 0, 1, 1, 2,
                                          1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4);
  const __m256i nibble = _mm256_set1_epi8(15);
  __m256i low = _mm256_shuffle_epi8(counts, _mm256_and_si256(x, nibble));
  __m256i high = _mm256_shuffle_epi8(counts, _mm256_and_si256(_mm256_srli_epi16(x, 4), nibble));
  __m256i bytes = _mm256_add_epi8(low, high);
  return _mm256_add_epi64(sum, _mm256_sad_epu8(bytes, _mm256_setzero_si256()));
}

TARGET static inline int64_t avx2_counts_sum(__m256i x) {
  __m128i half = _mm_add_epi64(_mm256_castsi256_si128(x), _mm256_extracti128_si256(x, 1));
  return _mm_extract_epi64(half, 0) + _mm_extract_epi64(half, 1);
}

#include "bit_kernels.h"
#include "kernels.h"

const hdb_kernels hdb_avx2_kernels = HDB_KERNEL_TABLE("AVX2", avx2);

#endif
