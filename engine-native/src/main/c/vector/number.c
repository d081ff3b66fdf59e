#include "number.h"

#include <stdint.h>
#include <string.h>

enum {
  /*
  ** A number midway between two floats has 112 significant digits at most. Of longer ones it
  ** only matters whether any of the further digits is not zero, for which a 1 stands.
  */
  MOST_DIGITS = 120,
  FAST_DIGITS = 19,    /* fit 64 bits */
  EXACT_POWERS = 22,   /* powers of ten that a double holds exactly */
  MOST_EXPONENT = 99999,
  MOST_WORDS = 32,
  MANTISSA_BITS = 23,
  INFINITE = 0x7f800000
};

/* digits[0..count) * 10^exponent, without leading zeros. */
typedef struct decimal {
  unsigned char digits[MOST_DIGITS + 1];
  int count;
  int exponent;
} decimal;

/* An unsigned integer, the lowest word first. */
typedef struct big {
  uint32_t words[MOST_WORDS];
  int count;
} big;

static void big_multiply_add(big *it, uint32_t factor, uint32_t addend) {
  uint64_t carry = addend;
  for (int i = 0; i < it->count; i++) {
    carry += (uint64_t)it->words[i] * factor;
    it->words[i] = (uint32_t)carry;
    carry >>= 32;
  }
  if (carry > 0) it->words[it->count++] = (uint32_t)carry;
}

static void big_scale(big *it, uint32_t factor, int times) {
  for (int i = 0; i < times; i++) big_multiply_add(it, factor, 0);
}

static int big_compare(const big *a, const big *b) {
  if (a->count != b->count) return a->count < b->count ? -1 : 1;
  for (int i = a->count - 1; i >= 0; i--) {
    if (a->words[i] != b->words[i]) return a->words[i] < b->words[i] ? -1 : 1;
  }
  return 0;
}

/* Compares a number with the midpoint between the float of these bits and the next. */
static int compare_with_midpoint(const decimal *number, uint32_t bits) {
  int exponent = (int)(bits >> MANTISSA_BITS);
  uint32_t mantissa = bits & ((1u << MANTISSA_BITS) - 1);
  if (exponent > 0) mantissa |= 1u << MANTISSA_BITS;
  int twos = (exponent > 0 ? exponent : 1) - 151;
  big left = {{0}, 0};
  big right = {{2 * mantissa + 1}, 1};
  for (int i = 0; i < number->count; i++) big_multiply_add(&left, 10, number->digits[i]);
  big_scale(number->exponent > 0 ? &left : &right, 10,
            number->exponent > 0 ? number->exponent : -number->exponent);
  big_scale(twos > 0 ? &right : &left, 2, twos > 0 ? twos : -twos);
  return big_compare(&left, &right);
}

static const double powers_of_ten[EXACT_POWERS + 1] = {
    1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
    1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};

static uint32_t float_bits(float x) {
  uint32_t bits;
  memcpy(&bits, &x, sizeof bits);
  return bits;
}

/*
** Rounds. A double that is itself rounded correctly gives the right float unless it lies exactly
** midway between two (W. D. Clinger, "How to read floating point numbers accurately", 1990);
** otherwise the double is a guess, from which exact comparisons lead to the float.
*/
static uint32_t nearest_float(const decimal *number) {
  const uint64_t below_float = (UINT64_C(1) << 29) - 1; /* bits that a double has more */
  uint64_t mantissa = 0;
  int exponent = number->exponent;
  int used = number->count < FAST_DIGITS ? number->count : FAST_DIGITS;
  uint64_t double_bits;
  uint32_t bits;
  if (number->count == 0 || number->count + exponent < -46) return 0;
  if (number->count + exponent > 40) return INFINITE;
  for (int i = 0; i < used; i++) mantissa = 10 * mantissa + number->digits[i];
  exponent += number->count - used;
  int is_exact = used == number->count && mantissa < UINT64_C(1) << 53 &&
                 exponent >= -EXACT_POWERS && exponent <= EXACT_POWERS;
  double guess = (double)mantissa;
  for (; exponent > EXACT_POWERS; exponent -= EXACT_POWERS) guess *= 1e22;
  for (; exponent < -EXACT_POWERS; exponent += EXACT_POWERS) guess /= 1e22;
  if (exponent < 0) {
    guess /= powers_of_ten[-exponent];
  } else {
    guess *= powers_of_ten[exponent];
  }
  memcpy(&double_bits, &guess, sizeof double_bits);
  /* From here on a float is infinite: halfway between the largest and 2^128. */
  bits = guess >= 0x1.ffffffp127 ? INFINITE - 1 : float_bits((float)guess);
  if (is_exact && guess >= 0x1p-126 && guess < 0x1.fffffep127 &&
      (double_bits & below_float) != (below_float + 1) / 2) {
    return bits;
  }
  for (;;) {
    int up = bits < INFINITE ? compare_with_midpoint(number, bits) : -1;
    if (up > 0 || (up == 0 && bits & 1)) {
      bits++;
      continue;
    }
    int down = bits > 0 ? compare_with_midpoint(number, bits - 1) : 1;
    if (down > 0 || (down == 0 && !(bits & 1))) return bits;
    bits--;
  }
}

static int is_word(const char *p, const char *end, const char *word) {
  for (; *word; p++, word++) {
    if (p == end || (*p | 0x20) != *word) return 0;
  }
  return 1;
}

static int is_digit(const char *p, const char *end) { return p < end && *p >= '0' && *p <= '9'; }

static void add_digit(decimal *number, int digit, int is_fraction) {
  if (number->count < MOST_DIGITS) {
    if (number->count > 0 || digit > 0) number->digits[number->count++] = (unsigned char)digit;
    if (is_fraction) number->exponent--;
  } else {
    if (number->count == MOST_DIGITS && digit > 0) {
      /* The one digit that stands for all further ones. */
      number->digits[number->count++] = 1;
      number->exponent--;
    }
    if (!is_fraction) number->exponent++;
  }
}

hdb_number hdb_number_read(const char **p, const char *end, float *out) {
  decimal number;
  const char *at = *p;
  int digits = 0;
  int is_negative = at < end && *at == '-';
  number.count = 0;
  number.exponent = 0;
  if (at < end && (*at == '-' || *at == '+')) at++;
  if (is_word(at, end, "nan") || is_word(at, end, "inf")) return HDB_NUMBER_NOT_FINITE;
  for (; is_digit(at, end); at++, digits++) add_digit(&number, *at - '0', 0);
  if (at < end && *at == '.') {
    at++;
    for (; is_digit(at, end); at++, digits++) add_digit(&number, *at - '0', 1);
  }
  if (digits == 0) return HDB_NUMBER_MALFORMED;
  if (at < end && (*at == 'e' || *at == 'E')) {
    int exponent = 0;
    at++;
    int is_small = at < end && *at == '-';
    if (at < end && (*at == '-' || *at == '+')) at++;
    if (!is_digit(at, end)) return HDB_NUMBER_MALFORMED;
    for (; is_digit(at, end); at++) {
      if (exponent <= MOST_EXPONENT) exponent = 10 * exponent + (*at - '0');
    }
    number.exponent += is_small ? -exponent : exponent;
  }
  uint32_t bits = nearest_float(&number);
  if (bits == INFINITE) return HDB_NUMBER_TOO_LARGE;
  bits |= (uint32_t)is_negative << 31;
  memcpy(out, &bits, sizeof bits);
  *p = at;
  return HDB_NUMBER_OK;
}
