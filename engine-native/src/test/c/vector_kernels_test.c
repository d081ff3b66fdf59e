/*
** Every kernel that this processor can run against sums in double precision, and whole numbers,
** in their order. Every vector has a block of its own, off by a byte or more from where it would
** be aligned, so that a read beyond its end is seen.
*/
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../../main/c/vector/distance.h"
#include "chance.h"
#include "check.h"

enum { SHORT = 200, LONGEST = 70001 };

typedef struct vector {
  unsigned char *memory;
  unsigned char *bytes;
} vector;

static vector vector_new(size_t bytes, size_t offset) {
  vector out;
  out.memory = malloc(bytes + offset + 1);
  out.bytes = out.memory + 1 + offset;
  return out;
}

static float unit(chance *chances) { return (float)chance_below(chances, 2000001) / 1e6f - 1; }

static void check_close(const hdb_kernels *it, const char *what, size_t count, double actual,
                        double expected, double size) {
  if (!(fabs(actual - expected) <= 1e-6 * size)) {
    check_fail(__FILE__, __LINE__, "%s, %s of %zu: %.17g, not %.17g", it->name, what, count, actual,
               expected);
  }
}

static void check_floats(const hdb_kernels *it, const vector *left, const vector *right,
                         size_t count) {
  double l2 = 0;
  double dot = 0;
  double dot_size = 0;
  double l1 = 0;
  double norm = 0;
  double dot_too;
  double norm_too;
  for (size_t i = 0; i < count; i++) {
    float a;
    float b;
    memcpy(&a, left->bytes + 4 * i, 4);
    memcpy(&b, right->bytes + 4 * i, 4);
    double difference = (double)a - (double)b;
    l2 += difference * difference;
    l1 += fabs(difference);
    dot += (double)a * (double)b;
    dot_size += fabs((double)a * (double)b);
    norm += (double)b * (double)b;
  }
  check_close(it, "L2", count, it->l2_squared(left->bytes, right->bytes, count), l2, l2);
  check_close(it, "L1", count, it->l1(left->bytes, right->bytes, count), l1, l1);
  check_close(it, "dot", count, it->dot(left->bytes, right->bytes, count), dot, dot_size);
  it->dot_and_norm(left->bytes, right->bytes, count, &dot_too, &norm_too);
  check_close(it, "dot with norm", count, dot_too, dot, dot_size);
  check_close(it, "norm", count, norm_too, norm, norm);
}

static void check_integers(const hdb_kernels *it, const vector *left, const vector *right,
                           size_t count) {
  int64_t l2 = 0;
  int64_t dot = 0;
  int64_t l1 = 0;
  int64_t hamming = 0;
  for (size_t i = 0; i < count; i++) {
    int a = (int8_t)left->bytes[i];
    int b = (int8_t)right->bytes[i];
    l2 += (a - b) * (a - b);
    l1 += abs(a - b);
    dot += a * b;
    for (int differing = (a ^ b) & 0xff; differing; differing >>= 1) hamming += differing & 1;
  }
  CHECK_INT(it->l2_squared_i8(left->bytes, right->bytes, count), l2);
  CHECK_INT(it->dot_i8(left->bytes, right->bytes, count), dot);
  CHECK_INT(it->l1_i8(left->bytes, right->bytes, count), l1);
  CHECK_INT(it->hamming(left->bytes, right->bytes, count), hamming);
}

static void check_wide(const hdb_kernels *it, const vector *wide, const vector *bytes,
                       size_t count) {
  int64_t dot = 0;
  for (size_t i = 0; i < count; i++) {
    int16_t a;
    memcpy(&a, wide->bytes + 2 * i, 2);
    dot += (int64_t)a * (int8_t)bytes->bytes[i];
  }
  CHECK_INT(it->dot_i16_i8(wide->bytes, bytes->bytes, count), dot);
}

static int bit_of(const unsigned char *bytes, size_t number) {
  return bytes[number / 8] >> number % 8 & 1;
}

static void check_products(const hdb_kernels *it, chance *chances, size_t words) {
  const size_t in_query = 1 + HDB_QUERY_BITS;
  vector query = vector_new(8 * in_query * words, 1);
  vector codes = vector_new(8 * HDB_CODES * words, 2);
  uint32_t products[HDB_CODES];
  for (size_t i = 0; i < 8 * in_query * words; i++) {
    query.bytes[i] = (unsigned char)chance_next(chances);
  }
  for (size_t i = 0; i < 8 * HDB_CODES * words; i++) {
    codes.bytes[i] = (unsigned char)chance_next(chances);
  }
  it->sign_products(query.bytes, codes.bytes, words, products);
  for (size_t n = 0; n < HDB_CODES; n++) {
    uint32_t expected = 0;
    for (size_t i = 0; i < 64 * words; i++) {
      const unsigned char *of_word = query.bytes + 8 * in_query * (i / 64);
      if (bit_of(codes.bytes + 8 * (HDB_CODES * (i / 64) + n), i % 64) == bit_of(of_word, i % 64)) {
        continue;
      }
      for (size_t plane = 0; plane < HDB_QUERY_BITS; plane++) {
        expected += (uint32_t)bit_of(of_word + 8 * (1 + plane), i % 64) << plane;
      }
    }
    CHECK_INT(products[n], expected);
  }
  free(query.memory);
  free(codes.memory);
}

/* Calls `check` for every kernel and for vectors of many lengths, of random elements. */
static void for_all(void (*check)(const hdb_kernels *, const vector *, const vector *, size_t),
                    size_t left_size, size_t right_size, int is_float) {
  const hdb_kernels *list[HDB_MOST_KERNELS];
  const size_t longer[] = {384, 768, 1000, 1024, 1536, 4099, LONGEST};
  chance chances = {7};
  hdb_kernels_list(list);
  for (size_t n = 0; n <= SHORT + sizeof longer / sizeof *longer; n++) {
    size_t count = n <= SHORT ? n : longer[n - SHORT - 1];
    vector left = vector_new(left_size * count, n % 4);
    vector right = vector_new(right_size * count, n / 4 % 4);
    for (size_t i = 0; i < count; i++) {
      float a = unit(&chances);
      float b = unit(&chances);
      uint64_t bits = chance_next(&chances);
      memcpy(left.bytes + left_size * i, is_float ? (void *)&a : (void *)&bits, left_size);
      bits >>= 32;
      memcpy(right.bytes + right_size * i, is_float ? (void *)&b : (void *)&bits, right_size);
    }
    for (int k = 0; list[k]; k++) check(list[k], &left, &right, count);
    free(left.memory);
    free(right.memory);
  }
}

TEST(kernels_of_floats_agree_with_double_precision) { for_all(check_floats, 4, 4, 1); }

TEST(kernels_of_bytes_and_bits_are_exact) { for_all(check_integers, 1, 1, 0); }

TEST(kernels_of_wide_integers_are_exact) { for_all(check_wide, 2, 1, 0); }

TEST(kernels_of_integers_do_not_overflow) {
  const hdb_kernels *list[HDB_MOST_KERNELS];
  vector low = vector_new(2 * LONGEST, 0);
  vector high = vector_new(LONGEST, 0);
  hdb_kernels_list(list);
  for (int k = 0; list[k]; k++) {
    memset(low.bytes, 0x80, LONGEST);
    memset(high.bytes, 0x7f, LONGEST);
    check_integers(list[k], &low, &high, LONGEST);
    memset(high.bytes, 0x80, LONGEST);
    check_integers(list[k], &low, &high, LONGEST);
    for (size_t i = 0; i < LONGEST; i++) memcpy(low.bytes + 2 * i, &(int16_t){INT16_MIN}, 2);
    check_wide(list[k], &low, &high, LONGEST);
  }
  free(low.memory);
  free(high.memory);
}

TEST(products_with_bit_vectors_are_exact) {
  const hdb_kernels *list[HDB_MOST_KERNELS];
  chance chances = {11};
  hdb_kernels_list(list);
  for (int k = 0; list[k]; k++) {
    for (size_t words = 0; words <= 40; words++) check_products(list[k], &chances, words);
  }
}

TEST(the_best_kernels_are_chosen_and_plain_c_is_always_there) {
  const hdb_kernels *list[HDB_MOST_KERNELS];
  int last = 0;
  hdb_kernels_list(list);
  CHECK(hdb_chosen_kernels == list[0]);
  while (list[last + 1]) last++;
  CHECK_TEXT(list[last]->name, "plain C");
}
