/*
** Codes of one bit a dimension.
*/
#include "rabitq.h"

#include <string.h>

#include "distance.h"

enum { WORD = 64, LARGEST = (1 << HDB_QUERY_PLANES) - 1 };

void hdb_code_vector(hdb_metric metric, const float *o, const float *c, int words, uint64_t *bits,
                     float *base, float *scale) {
  float norm = 0;         /* |o - c|² */
  float sum = 0;          /* <s, o - c> */
  float sign_centroid = 0; /* <s, c> */
  float rest_centroid = 0; /* <o - c, c> */
  for (int w = 0; w < words; w++) {
    uint64_t word = 0;
    for (int i = 0; i < WORD; i++) {
      float x = c[WORD * w + i];
      float rest = o[WORD * w + i] - x;
      int is_positive = rest > 0;
      word |= (uint64_t)is_positive << i;
      norm += rest * rest;
      sum += is_positive ? rest : -rest;
      sign_centroid += is_positive ? x : -x;
      rest_centroid += rest * x;
    }
    bits[w] = word;
  }
  *scale = sum > 0 ? norm / sum : 0;
  *base = metric == HDB_IP ? *scale * sign_centroid - rest_centroid
                                  : norm + 2 * *scale * sign_centroid;
}

void hdb_code_query_init(hdb_code_query *out, const float *q, int words, uint64_t *bits) {
  float largest = 0;
  for (int i = 0; i < WORD * words; i++) {
    float size = q[i] < 0 ? -q[i] : q[i];
    if (size > largest) largest = size;
  }
  out->words = words;
  out->unit = largest / LARGEST;
  out->total = 0;
  out->bits = bits;
  float inverse = largest > 0 ? LARGEST / largest : 0;
  memset(bits, 0, (size_t)words * (1 + HDB_QUERY_PLANES) * sizeof *bits);
  for (int w = 0; w < words; w++, bits += 1 + HDB_QUERY_PLANES) {
    for (int i = 0; i < WORD; i++) {
      float x = q[WORD * w + i];
      unsigned units = (unsigned)((x < 0 ? -x : x) * inverse + 0.5f);
      out->total += (int32_t)units;
      bits[0] |= (uint64_t)(x > 0) << i;
      for (int plane = 0; plane < HDB_QUERY_PLANES; plane++) {
        bits[1 + plane] |= (uint64_t)((units >> plane) & 1) << i;
      }
    }
  }
}

void hdb_code_products(const hdb_code_query *query, const void *codes, int blocks, float *out) {
  size_t bytes = (size_t)query->words * HDB_CODES_IN_BLOCK * sizeof(uint64_t);
  const unsigned char *block = codes;
  for (int b = 0; b < blocks; b++, block += bytes, out += HDB_CODES_IN_BLOCK) {
    uint32_t against[HDB_CODES_IN_BLOCK];
    hdb_chosen_kernels->sign_products(query->bits, block, (size_t)query->words, against);
    for (int i = 0; i < HDB_CODES_IN_BLOCK; i++) {
      out[i] = query->unit * (float)(query->total - 2 * (int32_t)against[i]);
    }
  }
}

static size_t offset_of(int words, int place, int word) {
  size_t block = (size_t)(place / HDB_CODES_IN_BLOCK) * (size_t)words;
  size_t number = (block + (size_t)word) * HDB_CODES_IN_BLOCK;
  return 8 * (number + (size_t)(place % HDB_CODES_IN_BLOCK));
}

void hdb_code_put(void *codes, int words, int place, const uint64_t *bits) {
  for (int w = 0; w < words; w++) {
    memcpy((unsigned char *)codes + offset_of(words, place, w), &bits[w], 8);
  }
}

void hdb_code_get(const void *codes, int words, int place, uint64_t *bits) {
  for (int w = 0; w < words; w++) {
    memcpy(&bits[w], (const unsigned char *)codes + offset_of(words, place, w), 8);
  }
}
