/*
** Vectors as SQL values: float32 as a little-endian blob or as text, '[0.1, 0.2]'; int8 and bit
** vectors as blobs with a subtype, which the functions vec_int8 and vec_bit give them.
** The subtypes are those of sqlite-vec.
*/
#ifndef HELIOSDB_VECTOR_VALUE_H
#define HELIOSDB_VECTOR_VALUE_H

#include <stddef.h>

#include "../heliosdb.h"

/* Types of elements, which are the subtypes as well. */
typedef enum hdb_vector_type { HDB_FLOAT32 = 223, HDB_BIT = 224, HDB_INT8 = 225 } hdb_vector_type;

typedef struct hdb_vector {
  hdb_vector_type type;
  size_t count;     /* of elements; of a bit vector a multiple of 8 */
  const void *data; /* not aligned; a bit vector's first element is the lowest bit */
  void *owned;      /* freed by hdb_vector_clear */
} hdb_vector;

/*
** Looks at a value, whose blob is not copied: `out` lives as long as the value is not changed.
** A blob is taken for a vector of the type that its subtype says, else of float32. What is wrong
** is told in *message, from mprintf, with SQLITE_ERROR.
*/
int hdb_vector_view(sqlite3_value *value, hdb_vector *out, char **message);

/* As hdb_vector_view, and refuses a blob with a NaN or an infinity; text never has one. */
int hdb_vector_read(sqlite3_value *value, hdb_vector *out, char **message);

/* Takes a blob for a vector of this type, whatever its subtype, and text as well unless bits. */
int hdb_vector_view_as(sqlite3_value *value, hdb_vector_type type, hdb_vector *out, char **message);

/* SQLITE_ERROR with a message if an element is a NaN or an infinity. */
int hdb_vector_check_finite(const hdb_vector *vector, char **message);

void hdb_vector_clear(hdb_vector *vector);

/* The bytes of so many elements. */
size_t hdb_vector_bytes(hdb_vector_type type, size_t count);

/* 'float32', 'int8' or 'bit'. */
const char *hdb_vector_type_name(hdb_vector_type type);

#endif
