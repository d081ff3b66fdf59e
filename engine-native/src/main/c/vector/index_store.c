/*
** The tables of a vector index and what is in their rows. Whatever is read from them may be
** damaged: sizes, counts and identities are checked before they are used.
*/
#include <string.h>

#include "distance.h"
#include "index_internal.h"
#include "value.h"

/*
** In a pattern, @x is a table of the index, $t the indexed table, $c the column, $r the row id, $s the
** schema as an identifier, $S as a string, $n the index's own name as an identifier, $N as a string.
*/
static const char *const patterns[SQL_COUNT] = {
    [SQL_SCHEMA_VERSION] = "PRAGMA $s.schema_version",
    [SQL_ANCHOR] = "SELECT s.tbl_name, i.name, s.name FROM $s.sqlite_schema s, "
                   "pragma_index_info(s.name, $S) i WHERE s.type = 'index' AND s.name = "
                   "coalesce((SELECT value FROM @config WHERE key = 'anchor'), $N || '_anchor')",
    [SQL_CONFIG] = "SELECT value FROM @config WHERE key = ?1",
    [SQL_SET_CONFIG] = "REPLACE INTO @config(key, value) VALUES(?1, ?2)",
    [SQL_GROUPS] = "SELECT id, version, centroid FROM @groups ORDER BY id",
    [SQL_GROUP_ADD] = "INSERT INTO @groups(version, centroid) VALUES(?1, ?2) RETURNING id",
    [SQL_GROUP_SET] = "UPDATE @groups SET version = ?2, centroid = ?3 WHERE id = ?1",
    [SQL_GROUP_TOUCH] = "UPDATE @groups SET version = ?2 WHERE id = ?1",
    [SQL_GROUP_DELETE] = "DELETE FROM @groups WHERE id = ?1",
    [SQL_CENTROIDS] = "SELECT list, centroid FROM @centroids WHERE parent = ?1 ORDER BY list",
    [SQL_CENTROID_SET] = "REPLACE INTO @centroids(parent, list, centroid) VALUES(?1, ?2, ?3)",
    [SQL_CENTROID_DELETE] = "DELETE FROM @centroids WHERE parent = ?1 AND list = ?2",
    [SQL_LIST] = "SELECT codes FROM @lists WHERE id = ?1",
    [SQL_LIST_ADD] = "INSERT INTO @lists(codes) VALUES(?1) RETURNING id",
    [SQL_LIST_SET] = "UPDATE @lists SET codes = ?2 WHERE id = ?1",
    [SQL_LIST_DELETE] = "DELETE FROM @lists WHERE id = ?1",
    [SQL_PLACES] = "SELECT places FROM @places WHERE id = ?1",
    [SQL_PLACES_SET] = "REPLACE INTO @places(id, places) VALUES(?1, ?2)",
    [SQL_PLACES_DELETE] = "DELETE FROM @places WHERE id = ?1",
    [SQL_FIRST_PLACES] = "SELECT id, places FROM @places ORDER BY id LIMIT 1",
    [SQL_NEXT_PLACES] = "SELECT id, places FROM @places WHERE id > ?1 ORDER BY id LIMIT 1",
    [SQL_VECTOR] = "SELECT $c FROM $s.$t WHERE $r = ?1",
    [SQL_ALL_VECTORS] = "SELECT $r, $c FROM $s.$t NOT INDEXED WHERE $c IS NOT NULL ORDER BY $r",
    [SQL_HAS_ROW] = "SELECT 1 FROM $s.$t WHERE $r = ?1",
    /* Enough of a program for SQLite to look whether it was interrupted. */
    [SQL_POLL] = ("WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 200) "
                  "SELECT count(*) FROM c")};

int hdb_index_fail(hdb_vector_index *index, int rc, char *message) {
  if (!message) return SQLITE_NOMEM;
  sqlite.free(index->base.zErrMsg);
  index->base.zErrMsg = message;
  return rc;
}

int hdb_index_failed(hdb_vector_index *index, int rc) {
  if (rc == SQLITE_OK || rc == SQLITE_NOMEM || index->base.zErrMsg) return rc;
  return hdb_index_fail(index, rc, sqlite.mprintf("%s", sqlite.errmsg(index->db)));
}

int hdb_index_damaged(hdb_vector_index *index, const char *what) {
  return hdb_index_fail(index, SQLITE_CORRUPT,
                        sqlite.mprintf("Vector index %s is damaged: %s. Build it anew: INSERT INTO "
                                       "\"%w\"(heliosdb_command) VALUES('rebuild')",
                                       index->name, what, index->name));
}

char *hdb_index_text(const hdb_vector_index *index, const char *pattern) {
  sqlite3_str *out = sqlite.str_new(0);
  const char *p = pattern;
  while (*p) {
    size_t plain = 0;
    while (p[plain] && p[plain] != '@' && p[plain] != '$') plain++;
    sqlite.str_appendf(out, "%.*s", (int)plain, p);
    p += plain;
    if (*p == '@') {
      size_t word = strspn(++p, "abcdefghijklmnopqrstuvwxyz_");
      sqlite.str_appendf(out, "\"%w\".\"%w_%.*s\"", index->schema, index->name, (int)word, p);
      p += word;
    } else if (*p == '$') {
      const char *value = 0;
      switch (p[1]) {
      case 't': value = index->table; break;
      case 'c': value = index->column; break;
      case 'r': value = index->rowid; break;
      case 's': case 'S': value = index->schema; break;
      default: value = index->name;
      }
      if (p[1] == 'S' || p[1] == 'N') {
        sqlite.str_appendf(out, "'%q'", value);
      } else {
        sqlite.str_appendf(out, "\"%w\"", value ? value : "");
      }
      p += 2;
    }
  }
  return sqlite.str_finish(out);
}

int hdb_index_execute(hdb_vector_index *index, const char *pattern) {
  char *sql = hdb_index_text(index, pattern);
  if (!sql) return SQLITE_NOMEM;
  int rc = sqlite.exec(index->db, sql, 0, 0, 0);
  sqlite.free(sql);
  return hdb_index_failed(index, rc);
}

int hdb_index_prepare(hdb_vector_index *index, hdb_index_sql which, sqlite3_stmt **out) {
  sqlite3_stmt **stmt = &index->statements[which];
  *out = 0;
  if (!*stmt) {
    char *sql = hdb_index_text(index, patterns[which]);
    if (!sql) return SQLITE_NOMEM;
    int rc = sqlite.prepare_v3(index->db, sql, -1, SQLITE_PREPARE_PERSISTENT, stmt, 0);
    sqlite.free(sql);
    if (rc != SQLITE_OK) return hdb_index_failed(index, rc);
  }
  *out = *stmt;
  return SQLITE_OK;
}

int hdb_index_run(hdb_vector_index *index, sqlite3_stmt *stmt) {
  sqlite.step(stmt);
  return hdb_index_failed(index, sqlite.reset(stmt));
}

void hdb_index_finalize(hdb_vector_index *index) {
  for (int i = 0; i < SQL_COUNT; i++) {
    sqlite.finalize(index->statements[i]);
    index->statements[i] = 0;
  }
}

int hdb_index_ask(void *argument) {
  sqlite3_stmt *stmt;
  int rc = hdb_index_prepare(argument, SQL_POLL, &stmt);
  return rc == SQLITE_OK ? hdb_index_run(argument, stmt) : rc;
}

int hdb_grow(void *array, size_t bytes) {
  void *grown;
  memcpy(&grown, array, sizeof grown);
  grown = sqlite.realloc64(grown, bytes);
  if (!grown) return SQLITE_NOMEM;
  memcpy(array, &grown, sizeof grown);
  return SQLITE_OK;
}

/* Settings */

int hdb_index_config(hdb_vector_index *index, const char *key, int64_t *value) {
  sqlite3_stmt *stmt;
  int rc = hdb_index_prepare(index, SQL_CONFIG, &stmt);
  *value = 0;
  if (rc != SQLITE_OK) return rc;
  sqlite.bind_text64(stmt, 1, key, strlen(key), SQLITE_STATIC, SQLITE_UTF8);
  if (sqlite.step(stmt) == SQLITE_ROW) *value = sqlite.column_int64(stmt, 0);
  return hdb_index_failed(index, sqlite.reset(stmt));
}

int hdb_index_set_config(hdb_vector_index *index, const char *key, int64_t value) {
  sqlite3_stmt *stmt;
  int rc = hdb_index_prepare(index, SQL_SET_CONFIG, &stmt);
  if (rc != SQLITE_OK) return rc;
  sqlite.bind_text64(stmt, 1, key, strlen(key), SQLITE_STATIC, SQLITE_UTF8);
  sqlite.bind_int64(stmt, 2, value);
  return hdb_index_run(index, stmt);
}

int64_t hdb_index_new_version(void) {
  int64_t version;
  sqlite.randomness(sizeof version, &version);
  return version;
}

/*
** Lists. A row's value, all numbers little-endian, with room for `capacity` codes:
**
**   u32 count, u32 zero
**   i64 row ids, f32 bases, f32 scales: capacity of each
**   codes in blocks of eight
*/
enum { LIST_HEAD = 8, LIST_SLOT = 16 };

static int blocks_of(int count) { return (count + HDB_CODES_IN_BLOCK - 1) / HDB_CODES_IN_BLOCK; }

int64_t hdb_list_size(int words, int capacity) {
  return LIST_HEAD + (int64_t)LIST_SLOT * capacity +
         (int64_t)blocks_of(capacity) * HDB_CODES_IN_BLOCK * words * 8;
}

int hdb_list_init(const hdb_vector_index *index, hdb_list *list) {
  sqlite.free(list->bytes);
  memset(list, 0, sizeof *list);
  list->bytes = sqlite.malloc64((uint64_t)index->list_bytes);
  if (!list->bytes) return SQLITE_NOMEM;
  memset(list->bytes, 0, (size_t)index->list_bytes);
  return SQLITE_OK;
}

int hdb_list_read(hdb_vector_index *index, int64_t id, hdb_list *out, int *is_there) {
  sqlite3_stmt *stmt;
  int rc = hdb_index_prepare(index, SQL_LIST, &stmt);
  *is_there = 0;
  if (rc != SQLITE_OK) return rc;
  sqlite.bind_int64(stmt, 1, id);
  out->id = id;
  out->count = 0;
  if (sqlite.step(stmt) == SQLITE_ROW) {
    const void *bytes = sqlite.column_blob(stmt, 0);
    uint32_t count = 0;
    if (bytes && sqlite.column_bytes(stmt, 0) == index->list_bytes) {
      memcpy(out->bytes, bytes, (size_t)index->list_bytes);
      memcpy(&count, bytes, 4);
      *is_there = 1;
    }
    if (!*is_there || count > (uint32_t)index->capacity) {
      sqlite.reset(stmt);
      return hdb_index_damaged(index, "a list has a wrong size");
    }
    out->count = (int)count;
  }
  return hdb_index_failed(index, sqlite.reset(stmt));
}

int hdb_list_read_next(hdb_vector_index *index, sqlite3_blob **handle, int64_t id, hdb_list *out,
                       int *is_there) {
  int size = (int)index->list_bytes;
  int rc;
  if (*handle) {
    rc = sqlite.blob_reopen(*handle, id);
  } else {
    char *table = sqlite.mprintf("%s_lists", index->name);
    if (!table) return SQLITE_NOMEM;
    rc = sqlite.blob_open(index->db, index->schema, table, "codes", id, 0, handle);
    sqlite.free(table);
  }
  if (rc == SQLITE_OK && sqlite.blob_bytes(*handle) == size) {
    rc = sqlite.blob_read(*handle, out->bytes, size, 0);
    uint32_t count;
    memcpy(&count, out->bytes, 4);
    if (rc == SQLITE_OK && count <= (uint32_t)index->capacity) {
      out->id = id;
      out->count = (int)count;
      *is_there = 1;
      return SQLITE_OK;
    }
  }
  /* The list is gone or damaged, or the handle has expired: the statement tells. */
  sqlite.blob_close(*handle);
  *handle = 0;
  return hdb_list_read(index, id, out, is_there);
}

static void set_count(hdb_list *list) {
  uint32_t count = (uint32_t)list->count;
  memcpy(list->bytes, &count, 4);
}

int hdb_list_write(hdb_vector_index *index, const hdb_list *list) {
  sqlite3_stmt *stmt;
  int rc = hdb_index_prepare(index, SQL_LIST_SET, &stmt);
  if (rc != SQLITE_OK) return rc;
  sqlite.bind_int64(stmt, 1, list->id);
  sqlite.bind_blob64(stmt, 2, list->bytes, (uint64_t)index->list_bytes, SQLITE_STATIC);
  return hdb_index_run(index, stmt);
}

int hdb_list_add(hdb_vector_index *index, hdb_list *list) {
  sqlite3_stmt *stmt;
  int rc = hdb_index_prepare(index, SQL_LIST_ADD, &stmt);
  if (rc != SQLITE_OK) return rc;
  sqlite.bind_blob64(stmt, 1, list->bytes, (uint64_t)index->list_bytes, SQLITE_STATIC);
  if (sqlite.step(stmt) == SQLITE_ROW) list->id = sqlite.column_int64(stmt, 0);
  rc = hdb_index_failed(index, sqlite.reset(stmt));
  if (rc == SQLITE_OK && (list->id <= 0 || list->id > UINT32_MAX)) {
    rc = hdb_index_damaged(index, "a list has a number that is too large");
  }
  return rc;
}

int hdb_list_delete(hdb_vector_index *index, int64_t id) {
  sqlite3_stmt *stmt;
  int rc = hdb_index_prepare(index, SQL_LIST_DELETE, &stmt);
  if (rc != SQLITE_OK) return rc;
  sqlite.bind_int64(stmt, 1, id);
  return hdb_index_run(index, stmt);
}

int64_t hdb_list_rowid(const hdb_list *list, int place) {
  int64_t rowid;
  memcpy(&rowid, list->bytes + LIST_HEAD + 8 * (size_t)place, sizeof rowid);
  return rowid;
}

int hdb_list_find(const hdb_list *list, int64_t rowid) {
  for (int i = 0; i < list->count; i++) {
    if (hdb_list_rowid(list, i) == rowid) return i;
  }
  return -1;
}

const unsigned char *hdb_list_bases(const hdb_vector_index *index, const hdb_list *list) {
  return list->bytes + LIST_HEAD + 8 * (size_t)index->capacity;
}

const unsigned char *hdb_list_scales(const hdb_vector_index *index, const hdb_list *list) {
  return list->bytes + LIST_HEAD + 12 * (size_t)index->capacity;
}

const unsigned char *hdb_list_codes(const hdb_vector_index *index, const hdb_list *list) {
  return list->bytes + LIST_HEAD + LIST_SLOT * (size_t)index->capacity;
}

/* Writes what a place holds; *base and *scale are of the code. */
static void put(const hdb_vector_index *index, hdb_list *list, int place, int64_t rowid, float base,
                float scale, const uint64_t *bits) {
  size_t at = (size_t)place;
  size_t capacity = (size_t)index->capacity;
  memcpy(list->bytes + LIST_HEAD + 8 * at, &rowid, 8);
  memcpy(list->bytes + LIST_HEAD + 8 * capacity + 4 * at, &base, 4);
  memcpy(list->bytes + LIST_HEAD + 12 * capacity + 4 * at, &scale, 4);
  hdb_code_put(list->bytes + LIST_HEAD + LIST_SLOT * capacity, index->words, place, bits);
}

void hdb_list_append(const hdb_vector_index *index, hdb_list *list, int64_t rowid,
                     const float *rotated, const float *centroid) {
  float base;
  float scale;
  hdb_code_vector(index->metric, rotated, centroid, index->words, index->bits, &base, &scale);
  put(index, list, list->count++, rowid, base, scale, index->bits);
  set_count(list);
}

void hdb_list_remove(const hdb_vector_index *index, hdb_list *list, int place) {
  int last = --list->count;
  float base;
  float scale;
  memcpy(&base, hdb_list_bases(index, list) + 4 * (size_t)last, 4);
  memcpy(&scale, hdb_list_scales(index, list) + 4 * (size_t)last, 4);
  hdb_code_get(hdb_list_codes(index, list), index->words, last, index->bits);
  put(index, list, place, hdb_list_rowid(list, last), base, scale, index->bits);
  set_count(list);
}

/*
** Places. A row of the table places is for 128 row ids that differ in their lowest bits only; its
** value holds, for each of them that has a vector, these bits (a byte) and its list (u32).
*/
enum { PLACE_BITS = 7, MOST_PLACE_BYTES = HDB_PLACES_IN_ROW * HDB_PLACE_BYTES };

static int64_t places_of(int64_t rowid) {
  return rowid >= 0 ? rowid >> PLACE_BITS : -1 - ((-1 - rowid) >> PLACE_BITS);
}

static unsigned char low_bits(int64_t rowid) {
  return (unsigned char)((uint64_t)rowid & (HDB_PLACES_IN_ROW - 1));
}

/* Takes a column's value; *count is how many places it has. */
static int take_places(hdb_vector_index *index, sqlite3_stmt *stmt, int column, unsigned char *out,
                       int *count) {
  const void *value = sqlite.column_blob(stmt, column);
  int length = sqlite.column_bytes(stmt, column);
  if (length > MOST_PLACE_BYTES || length % HDB_PLACE_BYTES != 0) {
    return hdb_index_damaged(index, "a row of places has a wrong size");
  }
  if (length > 0 && !value) return SQLITE_NOMEM;
  if (length > 0) memcpy(out, value, (size_t)length);
  *count = length / HDB_PLACE_BYTES;
  return SQLITE_OK;
}

static int read_places(hdb_vector_index *index, int64_t id, unsigned char *out, size_t *bytes) {
  sqlite3_stmt *stmt;
  int count = 0;
  int rc = hdb_index_prepare(index, SQL_PLACES, &stmt);
  *bytes = 0;
  if (rc != SQLITE_OK) return rc;
  sqlite.bind_int64(stmt, 1, id);
  if (sqlite.step(stmt) == SQLITE_ROW) rc = take_places(index, stmt, 0, out, &count);
  *bytes = (size_t)count * HDB_PLACE_BYTES;
  int ended = sqlite.reset(stmt);
  return rc == SQLITE_OK ? hdb_index_failed(index, ended) : rc;
}

static int write_places(hdb_vector_index *index, int64_t id, const unsigned char *places,
                        size_t bytes) {
  sqlite3_stmt *stmt;
  int rc = hdb_index_prepare(index, bytes > 0 ? SQL_PLACES_SET : SQL_PLACES_DELETE, &stmt);
  if (rc != SQLITE_OK) return rc;
  sqlite.bind_int64(stmt, 1, id);
  if (bytes > 0) sqlite.bind_blob64(stmt, 2, places, bytes, SQLITE_STATIC);
  return hdb_index_run(index, stmt);
}

static void put_place(unsigned char *at, int64_t rowid, int64_t list) {
  uint32_t number = (uint32_t)list;
  at[0] = low_bits(rowid);
  memcpy(at + 1, &number, 4);
}

int hdb_place_find(hdb_vector_index *index, int64_t rowid, int64_t *list) {
  unsigned char places[MOST_PLACE_BYTES];
  size_t bytes;
  int rc = read_places(index, places_of(rowid), places, &bytes);
  *list = 0;
  for (size_t i = 0; rc == SQLITE_OK && i < bytes; i += HDB_PLACE_BYTES) {
    uint32_t number;
    if (places[i] != low_bits(rowid)) continue;
    memcpy(&number, places + i + 1, 4);
    *list = number;
  }
  return rc;
}

int hdb_place_set(hdb_vector_index *index, int64_t rowid, int64_t list) {
  unsigned char places[MOST_PLACE_BYTES];
  size_t bytes;
  size_t at = 0;
  int rc = read_places(index, places_of(rowid), places, &bytes);
  if (rc != SQLITE_OK) return rc;
  while (at < bytes && places[at] != low_bits(rowid)) at += HDB_PLACE_BYTES;
  if (list == 0) {
    if (at == bytes) return SQLITE_OK;
    bytes -= HDB_PLACE_BYTES;
    memmove(places + at, places + bytes, HDB_PLACE_BYTES);
  } else {
    if (at == MOST_PLACE_BYTES) return hdb_index_damaged(index, "a row of places names a row twice");
    if (at == bytes) bytes += HDB_PLACE_BYTES;
    put_place(places + at, rowid, list);
  }
  return write_places(index, places_of(rowid), places, bytes);
}

int hdb_places_build(hdb_vector_index *index, const int64_t *rowids, const uint32_t *lists,
                     size_t count) {
  unsigned char places[MOST_PLACE_BYTES];
  size_t bytes = 0;
  int rc = SQLITE_OK;
  for (size_t i = 0; rc == SQLITE_OK && i < count; i++) {
    put_place(places + bytes, rowids[i], lists[i]);
    bytes += HDB_PLACE_BYTES;
    if (i + 1 < count && places_of(rowids[i + 1]) == places_of(rowids[i])) continue;
    rc = write_places(index, places_of(rowids[i]), places, bytes);
    bytes = 0;
  }
  return rc;
}

int hdb_places_next(hdb_vector_index *index, int is_behind, int64_t *id, unsigned char *places,
                    int *count) {
  sqlite3_stmt *stmt;
  int rc = hdb_index_prepare(index, is_behind ? SQL_NEXT_PLACES : SQL_FIRST_PLACES, &stmt);
  *count = 0;
  if (rc != SQLITE_OK) return rc;
  if (is_behind) sqlite.bind_int64(stmt, 1, *id);
  if (sqlite.step(stmt) == SQLITE_ROW) {
    *id = sqlite.column_int64(stmt, 0);
    rc = take_places(index, stmt, 1, places, count);
    if (rc == SQLITE_OK && *count == 0) rc = hdb_index_damaged(index, "a row of places is empty");
  }
  int ended = sqlite.reset(stmt);
  return rc == SQLITE_OK ? hdb_index_failed(index, ended) : rc;
}

/* Vectors */

int hdb_index_set_dimensions(hdb_vector_index *index, int dimensions) {
  int words = (dimensions + 63) / 64;
  size_t padded = (size_t)words * 64;
  index->words = words;
  index->list_bytes = hdb_list_size(words, index->capacity);
  hdb_rotation_free(&index->rotation);
  int rc = hdb_rotation_init(&index->rotation, dimensions, (uint64_t)index->seed);
  sqlite.free(index->plain);
  sqlite.free(index->rotated);
  sqlite.free(index->centroid);
  sqlite.free(index->bits);
  sqlite.free(index->short_query);
  index->plain = sqlite.malloc64(padded * sizeof *index->plain);
  index->rotated = sqlite.malloc64(padded * sizeof *index->rotated);
  index->centroid = sqlite.malloc64(padded * sizeof *index->centroid);
  index->bits = sqlite.malloc64((size_t)words * sizeof *index->bits);
  index->short_query = sqlite.malloc64(padded * sizeof *index->short_query);
  if (!index->short_query || !index->plain || !index->rotated || !index->centroid || !index->bits) rc = SQLITE_NOMEM;
  if (rc == SQLITE_OK) rc = hdb_list_init(index, &index->list);
  if (rc == SQLITE_OK) rc = hdb_list_init(index, &index->other);
  index->dimensions = rc == SQLITE_OK ? dimensions : 0;
  return rc;
}

void hdb_index_rotate(const hdb_vector_index *index, const float *plain, float *out) {
  hdb_rotate(&index->rotation, plain, out);
  if (index->metric != HDB_COSINE) return;
  double length = hdb_sqrt(hdb_chosen_kernels->dot(plain, plain, (size_t)index->dimensions));
  float factor = length > 0 ? (float)(1 / length) : 0;
  for (int i = 0; i < index->rotation.padded; i++) out[i] *= factor;
}

static char *say_row(const hdb_vector_index *index, int64_t rowid, const char *what) {
  return sqlite.mprintf("%s.%s of row %lld: %s", index->table, index->column, rowid, what);
}

static char *say_query(const hdb_vector_index *index, int64_t rowid, const char *what) {
  (void)rowid;
  return sqlite.mprintf("What is searched for in %s.%s: %s", index->table, index->column, what);
}

/* Copies a vector that has the right number of dimensions into index->plain. */
static int take(hdb_vector_index *index, sqlite3_value *value,
                char *(*say)(const hdb_vector_index *, int64_t, const char *), int64_t rowid) {
  hdb_vector vector;
  char *message = 0;
  int rc = hdb_vector_read(value, &vector, &message);
  if (rc != SQLITE_OK) {
    if (rc != SQLITE_NOMEM && message) {
      rc = hdb_index_fail(index, SQLITE_CONSTRAINT, say(index, rowid, message));
    }
    sqlite.free(message);
    return rc;
  }
  if (vector.type != HDB_FLOAT32) {
    message = sqlite.mprintf("it is of type %s, and the index of float32",
                             hdb_vector_type_name(vector.type));
  } else if (vector.count == 0 || vector.count > HDB_MOST_DIMENSIONS) {
    message = sqlite.mprintf("it has %lld dimensions, and a vector index takes 1 to %d",
                             (int64_t)vector.count, HDB_MOST_DIMENSIONS);
  } else if (index->dimensions == 0) {
    rc = hdb_index_learn_dimensions(index, (int)vector.count);
  } else if (vector.count != (size_t)index->dimensions) {
    message = sqlite.mprintf("it has %lld dimensions, and the index %d", (int64_t)vector.count,
                             index->dimensions);
  }
  if (message) {
    rc = hdb_index_fail(index, SQLITE_CONSTRAINT, say(index, rowid, message));
    sqlite.free(message);
  }
  if (rc == SQLITE_OK) memcpy(index->plain, vector.data, vector.count * sizeof(float));
  hdb_vector_clear(&vector);
  return rc;
}

int hdb_index_take(hdb_vector_index *index, sqlite3_value *value, int64_t rowid, int *is_there) {
  *is_there = 0;
  if (sqlite.value_type(value) == SQLITE_NULL) return SQLITE_OK;
  int rc = take(index, value, say_row, rowid);
  *is_there = rc == SQLITE_OK;
  return rc;
}

int hdb_index_take_query(hdb_vector_index *index, sqlite3_value *value) {
  return take(index, value, say_query, 0);
}

int hdb_index_vector(hdb_vector_index *index, int64_t rowid, int *is_there) {
  sqlite3_stmt *stmt;
  int rc = hdb_index_prepare(index, SQL_VECTOR, &stmt);
  *is_there = 0;
  if (rc != SQLITE_OK) return rc;
  sqlite.bind_int64(stmt, 1, rowid);
  if (sqlite.step(stmt) == SQLITE_ROW) {
    rc = hdb_index_take(index, sqlite.column_value(stmt, 0), rowid, is_there);
  }
  int ended = sqlite.reset(stmt);
  return rc == SQLITE_OK ? hdb_index_failed(index, ended) : rc;
}
