/*
** Between the files of kernels.
*/
#ifndef HELIOSDB_KERNEL_TABLES_H
#define HELIOSDB_KERNEL_TABLES_H

#include "distance.h"

#if defined(__x86_64__)
extern const hdb_kernels hdb_avx2_kernels;
extern const hdb_kernels hdb_avx512_kernels;
#elif defined(__aarch64__)
extern const hdb_kernels hdb_neon_kernels;
#endif

/* A table of functions by what their names begin with. */
#define HDB_KERNEL_TABLE(title, prefix)                                                            \
  {                                                                                                \
    .name = (title), .l2_squared = prefix##_l2_squared, .dot = prefix##_dot, .l1 = prefix##_l1,    \
    .dot_and_norm = prefix##_dot_and_norm, .l2_squared_i8 = prefix##_l2_squared_i8,                \
    .dot_i8 = prefix##_dot_i8, .l1_i8 = prefix##_l1_i8, .dot_i16_i8 = prefix##_dot_i16_i8,         \
    .hamming = prefix##_hamming, .sign_products = prefix##_sign_products                             \
  }

#endif
