/*
** Decimal numbers in text, read without the C library and rounded correctly.
*/
#ifndef HELIOSDB_NUMBER_H
#define HELIOSDB_NUMBER_H

typedef enum hdb_number {
  HDB_NUMBER_OK,
  HDB_NUMBER_MALFORMED,
  HDB_NUMBER_NOT_FINITE, /* NaN or infinity in words */
  HDB_NUMBER_TOO_LARGE
} hdb_number;

/*
** Reads the number at *p, which is advanced beyond it: a sign or none, digits with or without a
** point among or around them, an exponent or none. The result is the float nearest to it,
** of two that are as near the even one.
*/
hdb_number hdb_number_read(const char **p, const char *end, float *out);

#endif
