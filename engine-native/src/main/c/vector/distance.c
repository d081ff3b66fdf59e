/*
** The kernels in plain C, and the choice among all.
*/
#include "distance.h"

#include <string.h>

#include "kernel_tables.h"

#if defined(__x86_64__)
#include <cpuid.h>
#endif

_Static_assert(sizeof(float) == 4, "float32");

#define KERNEL(name) plain_##name
#define TARGET

/* Sixteen lanes, as many as the widest register has, for sums to be as precise. */
enum { LANES = 16, INT_LANES = 16, BITS_BYTES = 8 };

typedef struct lanes {
  float x[LANES];
} lanes;

typedef struct int_lanes {
  int32_t x[INT_LANES];
} int_lanes;

typedef struct wide_lanes {
  int16_t x[INT_LANES];
} wide_lanes;

#define FLOATS lanes
#define FLOATS_ZERO lanes_zero
#define FLOATS_LOAD(p) lanes_load(p, LANES)
#define FLOATS_LOAD_PART lanes_load
#define FLOATS_ADD lanes_add
#define FLOATS_SUB lanes_sub
#define FLOATS_ABS lanes_abs
#define FLOATS_FMA lanes_fma
#define FLOATS_SUM lanes_sum

static inline lanes lanes_zero(void) { return (lanes){{0}}; }

static inline lanes lanes_load(const unsigned char *p, size_t count) {
  lanes out = {{0}};
  memcpy(out.x, p, 4 * count);
  return out;
}

static inline lanes lanes_add(lanes a, lanes b) {
  for (int i = 0; i < LANES; i++) a.x[i] += b.x[i];
  return a;
}

static inline lanes lanes_sub(lanes a, lanes b) {
  for (int i = 0; i < LANES; i++) a.x[i] -= b.x[i];
  return a;
}

static inline lanes lanes_abs(lanes a) {
  for (int i = 0; i < LANES; i++) a.x[i] = a.x[i] < 0 ? -a.x[i] : a.x[i];
  return a;
}

static inline lanes lanes_fma(lanes sum, lanes a, lanes b) {
  for (int i = 0; i < LANES; i++) sum.x[i] += a.x[i] * b.x[i];
  return sum;
}

static inline float lanes_sum(lanes a) {
  for (int half = LANES / 2; half > 0; half /= 2) {
    for (int i = 0; i < half; i++) a.x[i] += a.x[i + half];
  }
  return a.x[0];
}

#define INTS int_lanes
#define WIDE wide_lanes
#define INTS_ZERO ints_zero
#define INTS_MADD ints_madd
#define INTS_SUM ints_sum
#define WIDE_LOAD wide_load
#define WIDE_LOAD_I8 wide_load_i8
#define WIDE_SUB wide_sub
#define WIDE_ABS wide_abs
#define WIDE_ONES wide_ones

static inline int_lanes ints_zero(void) { return (int_lanes){{0}}; }

static inline int_lanes ints_madd(int_lanes sum, wide_lanes a, wide_lanes b) {
  for (int i = 0; i < INT_LANES; i++) sum.x[i] += a.x[i] * b.x[i];
  return sum;
}

static inline int64_t ints_sum(int_lanes a) {
  int64_t sum = 0;
  for (int i = 0; i < INT_LANES; i++) sum += a.x[i];
  return sum;
}

static inline wide_lanes wide_load(const unsigned char *p) {
  wide_lanes out;
  memcpy(out.x, p, sizeof out.x);
  return out;
}

static inline wide_lanes wide_load_i8(const unsigned char *p) {
  int8_t bytes[INT_LANES];
  wide_lanes out;
  memcpy(bytes, p, sizeof bytes);
  for (int i = 0; i < INT_LANES; i++) out.x[i] = bytes[i];
  return out;
}

static inline wide_lanes wide_sub(wide_lanes a, wide_lanes b) {
  for (int i = 0; i < INT_LANES; i++) a.x[i] = (int16_t)(a.x[i] - b.x[i]);
  return a;
}

static inline wide_lanes wide_abs(wide_lanes a) {
  for (int i = 0; i < INT_LANES; i++) a.x[i] = (int16_t)(a.x[i] < 0 ? -a.x[i] : a.x[i]);
  return a;
}

static inline wide_lanes wide_ones(void) {
  wide_lanes out;
  for (int i = 0; i < INT_LANES; i++) out.x[i] = 1;
  return out;
}

#define BITS uint64_t
#define BITS_LOAD(p) bits_load(p, 8)
#define BITS_LOAD_PART bits_load
#define BITS_SPREAD(p) bits_load(p, 8)
#define BITS_XOR(x, y) ((x) ^ (y))
#define BITS_AND(x, y) ((x) & (y))
#define COUNTS int64_t
#define COUNTS_ZERO() 0
#define COUNTS_ADD(counts, bits) ((counts) + bit_count(bits))
#define COUNTS_SUM(x) (x)

static inline uint64_t bits_load(const unsigned char *p, size_t bytes) {
  uint64_t out = 0;
  memcpy(&out, p, bytes);
  return out;
}

/* Adds neighbours: bits, pairs, nibbles, then all bytes at once by a product. */
static inline int64_t bit_count(uint64_t x) {
  x -= x >> 1 & UINT64_C(0x5555555555555555);
  x = (x & UINT64_C(0x3333333333333333)) + (x >> 2 & UINT64_C(0x3333333333333333));
  x = (x + (x >> 4)) & UINT64_C(0x0f0f0f0f0f0f0f0f);
  return (int64_t)(x * UINT64_C(0x0101010101010101) >> 56);
}

#include "bit_kernels.h"
#include "kernels.h"

static const hdb_kernels plain_kernels = HDB_KERNEL_TABLE("plain C", plain);

/* The choice */

const hdb_kernels *hdb_chosen_kernels = &plain_kernels;

#if defined(__x86_64__)

/* Register states that the operating system saves, by bits of XCR0 (Intel SDM, volume 1, 13.3). */
enum { STATE_AVX = 0x06, STATE_AVX512 = 0xe6 };

static unsigned saved_states(void) {
  unsigned low;
  unsigned high;
  __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return low;
}

/* Adds what this processor can run to the list. Returns how many that are. */
static int platform_kernels(const hdb_kernels **list) {
  const unsigned osxsave_fma = 1u << 27 | 1u << 12;
  const unsigned avx2 = 1u << 5;
  const unsigned avx512 = 1u << 16 | 1u << 17 | 1u << 30 | 1u << 31; /* F, DQ, BW, VL */
  const unsigned vpopcntdq = 1u << 14;
  unsigned a;
  unsigned b;
  unsigned c;
  unsigned d;
  int count = 0;
  if (!__get_cpuid(1, &a, &b, &c, &d) || (c & osxsave_fma) != osxsave_fma) return 0;
  unsigned states = saved_states();
  if (!__get_cpuid_count(7, 0, &a, &b, &c, &d)) return 0;
  if ((b & avx512) == avx512 && (c & vpopcntdq) && (states & STATE_AVX512) == STATE_AVX512) {
    list[count++] = &hdb_avx512_kernels;
  }
  if ((b & avx2) && (states & STATE_AVX) == STATE_AVX) list[count++] = &hdb_avx2_kernels;
  return count;
}

#elif defined(__aarch64__)

static int platform_kernels(const hdb_kernels **list) {
  list[0] = &hdb_neon_kernels;
  return 1;
}

#else

static int platform_kernels(const hdb_kernels **list) {
  (void)list;
  return 0;
}

#endif

void hdb_kernels_list(const hdb_kernels *list[HDB_MOST_KERNELS]) {
  int count = platform_kernels(list);
  list[count] = &plain_kernels;
  list[count + 1] = 0;
}

void hdb_kernels_choose(void) {
  const hdb_kernels *list[HDB_MOST_KERNELS];
  hdb_kernels_list(list);
  hdb_chosen_kernels = list[0];
}
