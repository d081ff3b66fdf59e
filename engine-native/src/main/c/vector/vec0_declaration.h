/*
** What CREATE VIRTUAL TABLE … USING vec0(…) declares, in sqlite-vec's syntax:
**
**   embedding float[384] distance_metric=cosine      float, float32, f32, int8, i8, bit
**   id integer primary key                           or text
**   year integer partition key                       or text
**   genre text                                       metadata: text, integer, float, boolean
**   +contents text                                   an auxiliary column, of any type or none
**   chunk_size=1024
*/
#ifndef HELIOSDB_VEC0_DECLARATION_H
#define HELIOSDB_VEC0_DECLARATION_H

#include "metric.h"

enum {
  VEC0_MOST_VECTORS = 16,
  VEC0_MOST_PARTITION_KEYS = 4,
  VEC0_MOST_METADATA = 16,
  VEC0_MOST_AUXILIARY = 16,
  VEC0_MOST_COLUMNS =
      1 + VEC0_MOST_VECTORS + VEC0_MOST_PARTITION_KEYS + VEC0_MOST_METADATA + VEC0_MOST_AUXILIARY,
  VEC0_MOST_DIMENSIONS = 8192,
  VEC0_MOST_CHUNK_SIZE = 4096
};

typedef enum vec0_kind {
  VEC0_KEY, /* the primary key: the row id or a text */
  VEC0_VECTOR,
  VEC0_PARTITION,
  VEC0_METADATA,
  VEC0_AUXILIARY
} vec0_kind;

typedef enum vec0_affinity {
  VEC0_ANY,
  VEC0_TEXT,
  VEC0_INTEGER,
  VEC0_FLOAT,
  VEC0_BOOLEAN,
  VEC0_BLOB
} vec0_affinity;

typedef struct vec0_column {
  vec0_kind kind;
  char *name;
  vec0_affinity affinity;
  int number; /* among its kind, from 0 */
  hdb_vector_type type;
  hdb_metric metric;
  size_t dimensions;
} vec0_column;

typedef struct vec0_declaration {
  vec0_column columns[VEC0_MOST_COLUMNS]; /* the key first, though it may not be declared */
  int count;
  int counts[VEC0_AUXILIARY + 1]; /* by kind */
  int has_text_key;
  int chunk_size; /* the most rows of a chunk */
} vec0_declaration;

/* Reads `count` arguments. Returns SQLITE_OK, SQLITE_NOMEM or SQLITE_ERROR with a message. */
int vec0_declaration_read(int count, const char *const *arguments, vec0_declaration *out,
                          char **message);

void vec0_declaration_clear(vec0_declaration *declaration);

#endif
