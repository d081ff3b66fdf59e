/*
** What the files of the vector index share.
**
** Vectors are in lists, each of vectors that lie near each other, with a centroid. Lists are in
** groups, again of near ones and with a centroid. Four tables hold all of it:
**
**   config     settings, and a random number that changes whenever a list or a group comes or goes
**   groups     for each group its centroid, and a random number that changes with its lists
**   centroids  for each list of a group its centroid
**   lists      for each list the row ids and the codes of its vectors, all of the same size
**   places     for each 128 row ids the lists of those that have a vector
**
** Groups and centroids are also held in memory, in a directory. It is right if the random
** numbers in it are those in the tables: then no rollback, no other connection and no snapshot of
** the past can have left it stale.
*/
#ifndef HELIOSDB_INDEX_INTERNAL_H
#define HELIOSDB_INDEX_INTERNAL_H

#include <stddef.h>

#include "../sqlite_abi.h"
#include "cluster.h"
#include "rabitq.h"
#include "rotation.h"
#include "square_root.h"

typedef enum hdb_index_sql {
  SQL_SCHEMA_VERSION,
  SQL_ANCHOR,
  SQL_CONFIG,
  SQL_SET_CONFIG,
  SQL_GROUPS,
  SQL_GROUP_ADD,
  SQL_GROUP_SET,
  SQL_GROUP_TOUCH,
  SQL_GROUP_DELETE,
  SQL_CENTROIDS,
  SQL_CENTROID_SET,
  SQL_CENTROID_DELETE,
  SQL_LIST,
  SQL_LIST_ADD,
  SQL_LIST_SET,
  SQL_LIST_DELETE,
  SQL_PLACES,
  SQL_PLACES_SET,
  SQL_PLACES_DELETE,
  SQL_FIRST_PLACES,
  SQL_NEXT_PLACES,
  SQL_VECTOR,
  SQL_ALL_VECTORS,
  SQL_HAS_ROW,
  SQL_POLL,
  SQL_COUNT
} hdb_index_sql;

/* A group of lists in memory. The places of the arrays are those of its lists. */
typedef struct hdb_group {
  int64_t id;
  int64_t version;
  float *centroid;
  double length; /* of the centroid, squared */
  int count;
  int capacity;
  int64_t *lists;
  float *scales;   /* what the lowest bit of a centroid's numbers is worth */
  double *lengths; /* of the centroids, squared */
  int8_t *numbers; /* of the centroids, `padded` each */
} hdb_group;

typedef struct hdb_directory {
  int is_loaded;
  int64_t structure;
  int count;
  hdb_group *groups;
  int list_count;
} hdb_directory;

/* A list: its row of the table lists, with room for one code more than there is place for. */
typedef struct hdb_list {
  int64_t id;
  int count;
  unsigned char *bytes;
} hdb_list;

typedef struct hdb_vector_index {
  sqlite3_vtab base;
  sqlite3 *db;
  char *schema;
  char *name;

  /* What it is an index of. Null where the table is gone. */
  char *table;
  char *column;
  const char *rowid; /* a name of the row id that is no column's */
  int64_t schema_version;
  int is_ready;   /* settings were read */
  int generation; /* changes with the sizes of lists and vectors */
  int is_mending; /* triggers that are not as they should be are being made anew */

  hdb_metric metric;
  int declared_dimensions; /* 0: none */
  int dimensions;          /* 0: not known before the first vector */
  int beam;       /* 0: by the number of lists */
  int capacity;   /* of a list */
  int64_t seed;
  hdb_rotation rotation;
  int words;
  int64_t list_bytes;

  hdb_directory directory;
  sqlite3_stmt *statements[SQL_COUNT];

  /* For one vector: as it is stored, as it is compared (of length 1 for cosine), rotated. */
  float *plain;
  float *rotated;
  float *centroid;
  int16_t *short_query;
  uint64_t *bits;
  hdb_list list;
  hdb_list other;
  struct hdb_search *spare; /* memory for the next search; may be null */

  /* Rows that may be replaced by the row that is being written. */
  int64_t *doubtful;
  int doubtful_count;
} hdb_vector_index;

enum {
  HDB_INDEX_FORMAT = 1,
  HDB_LEAST_CAPACITY = 100,
  HDB_MOST_CAPACITY = 1000,
  HDB_MOST_DIMENSIONS = 16384,
  HDB_MOST_BEAM = 65535,
  HDB_MOST_DOUBTFUL = 256
};

/* index_store.c */

/* Keeps a message, made by mprintf, and returns the code; without memory for it SQLITE_NOMEM. */
int hdb_index_fail(hdb_vector_index *index, int rc, char *message);
/* Keeps SQLite's own message. */
int hdb_index_failed(hdb_vector_index *index, int rc);
int hdb_index_damaged(hdb_vector_index *index, const char *what);

/* One of the statements, reset and ready for binding. Belongs to the index. */
int hdb_index_prepare(hdb_vector_index *index, hdb_index_sql which, sqlite3_stmt **out);
/* Steps a statement that gives no rows, and resets it. */
int hdb_index_run(hdb_vector_index *index, sqlite3_stmt *stmt);
void hdb_index_finalize(hdb_vector_index *index);
/* Runs statements of which each is a format of schema, name, table, column and so on. */
char *hdb_index_text(const hdb_vector_index *index, const char *pattern);
int hdb_index_execute(hdb_vector_index *index, const char *pattern);

/* Whether the caller's patience has ended. For hdb_patience. */
int hdb_index_ask(void *index);

/* Makes the memory that a pointer points to larger; `array` is the pointer's address. */
int hdb_grow(void *array, size_t bytes);

int hdb_index_config(hdb_vector_index *index, const char *key, int64_t *value);
int hdb_index_set_config(hdb_vector_index *index, const char *key, int64_t value);
int64_t hdb_index_new_version(void);

/* Takes the number of dimensions that the settings have. */
int hdb_index_set_dimensions(hdb_vector_index *index, int dimensions);

/* Takes the number of dimensions when it becomes known, and puts it into the settings. */
int hdb_index_learn_dimensions(hdb_vector_index *index, int dimensions);

int hdb_list_init(const hdb_vector_index *index, hdb_list *list);
int hdb_list_read(hdb_vector_index *index, int64_t id, hdb_list *out, int *is_there);
/*
** As hdb_list_read, for many lists: by a handle that lives from list to list, null at first. Closed
** by sqlite.blob_close.
*/
int hdb_list_read_next(hdb_vector_index *index, sqlite3_blob **handle, int64_t id, hdb_list *out,
                       int *is_there);
int hdb_list_write(hdb_vector_index *index, const hdb_list *list);
int hdb_list_add(hdb_vector_index *index, hdb_list *list);
int hdb_list_delete(hdb_vector_index *index, int64_t id);
int64_t hdb_list_rowid(const hdb_list *list, int place);
int hdb_list_find(const hdb_list *list, int64_t rowid);
void hdb_list_append(const hdb_vector_index *index, hdb_list *list, int64_t rowid,
                     const float *rotated, const float *centroid);
void hdb_list_remove(const hdb_vector_index *index, hdb_list *list, int place);
const unsigned char *hdb_list_bases(const hdb_vector_index *index, const hdb_list *list);
const unsigned char *hdb_list_scales(const hdb_vector_index *index, const hdb_list *list);
const unsigned char *hdb_list_codes(const hdb_vector_index *index, const hdb_list *list);
int64_t hdb_list_size(int words, int capacity);

/* The list of a row; 0 if the row is not in the index. */
int hdb_place_find(hdb_vector_index *index, int64_t rowid, int64_t *list);
int hdb_place_set(hdb_vector_index *index, int64_t rowid, int64_t list); /* 0: none */
/* The same for many rows, in increasing order, of an index that has no places. */
int hdb_places_build(hdb_vector_index *index, const int64_t *rowids, const uint32_t *lists,
                     size_t count);
enum { HDB_PLACE_BYTES = 5, HDB_PLACES_IN_ROW = 128 };
/* The row of places behind *id, or the first one; *count is 0 behind the last. */
int hdb_places_next(hdb_vector_index *index, int is_behind, int64_t *id, unsigned char *places,
                    int *count);

/*
** The vector of a row of the table, into index->plain, and from there rotated. A row that is
** not there or has no vector is none; a bad vector is an error.
*/
int hdb_index_vector(hdb_vector_index *index, int64_t rowid, int *is_there);
/* The same of a value of that row. */
int hdb_index_take(hdb_vector_index *index, sqlite3_value *value, int64_t rowid, int *is_there);
/* A query, into index->plain. */
int hdb_index_take_query(hdb_vector_index *index, sqlite3_value *value);
void hdb_index_rotate(const hdb_vector_index *index, const float *plain, float *out);

/* index_tree.c */

void hdb_directory_free(hdb_directory *directory);
/* Makes the directory what the tables say. */
int hdb_directory_refresh(hdb_vector_index *index);
/* Quantizes a vector to int16; returns what the lowest bit is worth. */
float hdb_short_vector(const float *vector, int count, int16_t *out);
/* Quantizes a centroid to what is kept of it: the number of bytes is 4 + padded. */
void hdb_centroid_pack(const float *centroid, int padded, unsigned char *out);
void hdb_centroid_unpack(const unsigned char *bytes, int padded, float *out);
int hdb_centroid_set(hdb_vector_index *index, int64_t group, int64_t list, const float *centroid);
int hdb_group_add(hdb_vector_index *index, const float *centroid, int64_t *id);
/* Brings the index up to what the table has in a row. */
int hdb_index_touch(hdb_vector_index *index, int64_t rowid);

/* index_build.c */

/* Builds the index of all rows of the table. Its tables are empty. */
int hdb_index_build(hdb_vector_index *index);

/* index_check.c */

/* Compares the index with the table, completely. */
int hdb_index_check(hdb_vector_index *index);

/* index_search.c */

typedef struct hdb_search hdb_search;

/*
** The query has as many dimensions as the index. `beam` 0: the index's own. At least `wanted` rows
** will be asked for.
*/
int hdb_search_open(hdb_vector_index *index, const float *query, int beam, int64_t wanted,
                    hdb_search **out);
/* The next row; *is_there is 0 when all were given. */
int hdb_search_next(hdb_search *search, int64_t *rowid, double *distance, int *is_there);
/* No rows are wanted any more but those that are nearer than one that was given. */
void hdb_search_end(hdb_search *search);
void hdb_search_close(hdb_search *search);
/* Frees what was kept for the next search. */
void hdb_search_free_spare(hdb_vector_index *index);

#endif
