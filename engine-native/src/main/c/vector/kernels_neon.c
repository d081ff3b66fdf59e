/*
** Kernels for 64-bit ARM, all of which have NEON.
*/
#include "kernel_tables.h"

#if defined(__aarch64__)

#include <arm_neon.h>
#include <string.h>

#define TARGET
#define KERNEL(name) neon_##name

#define LANES 4
#define FLOATS float32x4_t
#define FLOATS_ZERO() vdupq_n_f32(0)
#define FLOATS_LOAD(p) vreinterpretq_f32_u8(vld1q_u8(p))
#define FLOATS_LOAD_PART(p, count) vreinterpretq_f32_u8(neon_load_bytes(p, 4 * (count)))
#define FLOATS_ADD vaddq_f32
#define FLOATS_SUB vsubq_f32
#define FLOATS_ABS vabsq_f32
#define FLOATS_FMA vfmaq_f32
#define FLOATS_SUM vaddvq_f32

/* `bytes` of a register, zeros behind. */
static inline uint8x16_t neon_load_bytes(const unsigned char *p, size_t bytes) {
  unsigned char part[16] = {0};
  memcpy(part, p, bytes);
  return vld1q_u8(part);
}

#define INT_LANES 8
#define INTS int32x4_t
#define WIDE int16x8_t
#define INTS_ZERO() vdupq_n_s32(0)
#define INTS_MADD neon_madd
#define INTS_SUM vaddlvq_s32
#define WIDE_LOAD(p) vreinterpretq_s16_u8(vld1q_u8(p))
#define WIDE_LOAD_I8(p) vmovl_s8(vreinterpret_s8_u8(vld1_u8(p)))
#define WIDE_SUB vsubq_s16
#define WIDE_ABS vabsq_s16
#define WIDE_ONES() vdupq_n_s16(1)

static inline int32x4_t neon_madd(int32x4_t sum, int16x8_t x, int16x8_t y) {
  return vmlal_high_s16(vmlal_s16(sum, vget_low_s16(x), vget_low_s16(y)), x, y);
}

static inline uint64_t neon_word(const unsigned char *p) {
  uint64_t word;
  memcpy(&word, p, sizeof word);
  return word;
}

static inline uint8x16_t neon_spread_bits(const unsigned char *p) {
  return vreinterpretq_u8_u64(vdupq_n_u64(neon_word(p)));
}

#define BITS_BYTES 16
#define BITS uint8x16_t
#define BITS_LOAD vld1q_u8
#define BITS_LOAD_PART neon_load_bytes
#define BITS_SPREAD neon_spread_bits
#define BITS_XOR veorq_u8
#define BITS_AND vandq_u8
#define COUNTS uint64x2_t
#define COUNTS_ZERO() vdupq_n_u64(0)
#define COUNTS_ADD(counts, bits) vpadalq_u32(counts, vpaddlq_u16(vpaddlq_u8(vcntq_u8(bits))))
#define COUNTS_SUM(x) ((int64_t)vaddvq_u64(x))

#include "bit_kernels.h"
#include "kernels.h"

const hdb_kernels hdb_neon_kernels = HDB_KERNEL_TABLE("NEON", neon);

#endif
