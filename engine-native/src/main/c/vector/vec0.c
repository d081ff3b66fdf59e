/*
** The module vec0: tables of vectors in sqlite-vec's syntax, searched exactly.
**
** All state is in ordinary tables, so that it follows transactions, is read in the past and is
** encrypted with the rest. For a table v:
**
**   v_rows       rowid, chunk, slot and the columns that are no vectors, c<n> for the n-th
**   v_chunks     chunk, used (how many of its slots hold a row), slots, the partition keys
**   v_vectors<n> chunk, vectors: those of the n-th vector column, slot by slot
**   v_codes<n>   chunk, vectors: their codes (vec0_codes.h), if the column's distance has bounds
**
** A chunk holds rows with the same partition keys. `slots` begins with a bit for each slot that
** holds a row, the lowest first, and goes on with the row id of each, 8 bytes little-endian. A row
** is in one slot; a chunk without rows does not stay.
*/
#include "vec0_declaration.h"

#include <string.h>

#include "vec0_codes.h"
#include "vector_sql.h"

enum {
  CHUNK_BYTES = 65536, /* of vectors in a chunk, about: a few pages are read for one of them */
  FEWEST_SLOTS = 8,
  MOST_SLOTS = 256,
  MOST_K = 4096,
  ROW_COLUMNS = 3 /* rowid, chunk and slot, before the columns of a row */
};

typedef enum vec0_statement {
  FIND_CHUNK,
  GET_CHUNK,
  ADD_CHUNK,
  SET_CHUNK,
  DROP_CHUNK,
  FIND_ROW,
  FIND_KEY,
  ADD_ROW,
  DROP_ROW,
  STATEMENTS
} vec0_statement;

typedef struct vec0_table {
  sqlite3_vtab base;
  sqlite3 *db;
  char *schema;
  char *name;
  vec0_declaration declared;
  int slots; /* of a chunk */
  sqlite3_stmt *statements[STATEMENTS];
} vec0_table;

typedef struct found {
  double distance;
  double rank; /* the distance, or infinity for a NaN */
  int64_t rowid;
} found;

typedef struct vec0_cursor {
  sqlite3_vtab_cursor base;
  sqlite3_stmt *rows; /* of a scan, or one row of a search, when it is asked for */
  sqlite3_blob *blobs[VEC0_MOST_VECTORS];
  sqlite3_blob *codes; /* of the column that is searched */
  int is_search;
  int is_at_end;
  int has_row;
  found *found;
  int64_t count;
  int64_t capacity;
  int64_t at;
} vec0_cursor;

static int fail(vec0_table *table, int rc, char *message) {
  sqlite.free(table->base.zErrMsg);
  table->base.zErrMsg = message;
  return message ? rc : SQLITE_NOMEM;
}

static int damaged(vec0_table *table, const char *what) {
  return fail(table, SQLITE_CORRUPT_VTAB,
              sqlite.mprintf("vec0 table %s is damaged: %s", table->name, what));
}

static size_t slots_bytes(const vec0_table *table) { return (size_t)table->slots / 8 * 65; }

static size_t vector_bytes(const vec0_column *column) {
  return hdb_vector_bytes(column->type, column->dimensions);
}

static int has_codes(const vec0_column *column) {
  return column->kind == VEC0_VECTOR && vec0_is_bounded(column->metric, column->type);
}

/* The tables that hold something of each vector of a column. */
typedef enum vec0_store { VECTORS, CODES } vec0_store;

static const char *const store_names[] = {"vectors", "codes"};

static int has_store(const vec0_column *column, vec0_store store) {
  return column->kind == VEC0_VECTOR && (store == VECTORS || has_codes(column));
}

static size_t store_bytes(const vec0_column *column, vec0_store store) {
  return store == VECTORS ? vector_bytes(column) : vec0_code_bytes(column->dimensions);
}

/* Statements */

static int prepare(vec0_table *table, sqlite3_str *text, int flags, sqlite3_stmt **out) {
  char *sql = sqlite.str_finish(text);
  if (!sql) return SQLITE_NOMEM;
  int rc = sqlite.prepare_v3(table->db, sql, -1, (unsigned)flags, out, 0);
  sqlite.free(sql);
  if (rc == SQLITE_ERROR) {
    rc = fail(table, SQLITE_ERROR, sqlite.mprintf("vec0 table %s cannot be used: %s", table->name,
                                                  sqlite.errmsg(table->db)));
  }
  return rc;
}

/* Adds one of the tables. */
static void add_table(const vec0_table *table, sqlite3_str *sql, const char *suffix) {
  sqlite.str_appendf(sql, "\"%w\".\"%w_%s\"", table->schema, table->name, suffix);
}

/* Adds a format for each column of one of two kinds: `number` is its place. */
static void add_columns(const vec0_table *table, sqlite3_str *sql, int is_row, const char *format) {
  for (int i = 0; i < table->declared.count; i++) {
    vec0_kind kind = table->declared.columns[i].kind;
    int is_wanted = is_row ? kind != VEC0_VECTOR && (i > 0 || table->declared.has_text_key)
                           : kind == VEC0_PARTITION;
    if (is_wanted) sqlite.str_appendf(sql, format, i);
  }
}

static int statement(vec0_table *table, vec0_statement which, sqlite3_stmt **out) {
  *out = table->statements[which];
  if (*out) return SQLITE_OK;
  sqlite3_str *sql = sqlite.str_new(0);
  switch (which) {
    case FIND_CHUNK:
      sqlite.str_appendf(sql, "SELECT chunk, used, slots FROM ");
      add_table(table, sql, "chunks");
      sqlite.str_appendf(sql, " WHERE used < %d", table->slots);
      add_columns(table, sql, 0, " AND c%d IS ?");
      sqlite.str_appendf(sql, " LIMIT 1");
      break;
    case GET_CHUNK:
      sqlite.str_appendf(sql, "SELECT chunk, used, slots FROM ");
      add_table(table, sql, "chunks");
      sqlite.str_appendf(sql, " WHERE chunk = ?");
      break;
    case ADD_CHUNK:
      sqlite.str_appendf(sql, "INSERT INTO ");
      add_table(table, sql, "chunks");
      sqlite.str_appendf(sql, "(slots, used");
      add_columns(table, sql, 0, ", c%d");
      sqlite.str_appendf(sql, ") VALUES(zeroblob(%d), 0", (int)slots_bytes(table));
      add_columns(table, sql, 0, ", ?");
      sqlite.str_appendf(sql, ")");
      break;
    case SET_CHUNK:
      sqlite.str_appendf(sql, "UPDATE ");
      add_table(table, sql, "chunks");
      sqlite.str_appendf(sql, " SET used = ?2, slots = ?3 WHERE chunk = ?1");
      break;
    case DROP_CHUNK:
      sqlite.str_appendf(sql, "DELETE FROM ");
      add_table(table, sql, "chunks");
      sqlite.str_appendf(sql, " WHERE chunk = ?");
      break;
    case FIND_ROW:
      sqlite.str_appendf(sql, "SELECT chunk, slot FROM ");
      add_table(table, sql, "rows");
      sqlite.str_appendf(sql, " WHERE rowid = ?");
      break;
    case FIND_KEY:
      sqlite.str_appendf(sql, "SELECT rowid FROM ");
      add_table(table, sql, "rows");
      sqlite.str_appendf(sql, " WHERE c0 = ?");
      break;
    case ADD_ROW:
      sqlite.str_appendf(sql, "INSERT INTO ");
      add_table(table, sql, "rows");
      sqlite.str_appendf(sql, "(rowid, chunk, slot");
      add_columns(table, sql, 1, ", c%d");
      sqlite.str_appendf(sql, ") VALUES(?, ?, ?");
      add_columns(table, sql, 1, ", ?");
      sqlite.str_appendf(sql, ")");
      break;
    default:
      sqlite.str_appendf(sql, "DELETE FROM ");
      add_table(table, sql, "rows");
      sqlite.str_appendf(sql, " WHERE rowid = ?");
      break;
  }
  int rc = prepare(table, sql, SQLITE_PREPARE_PERSISTENT, &table->statements[which]);
  *out = table->statements[which];
  return rc;
}

/* Runs a statement that changes something. */
static int run(sqlite3_stmt *it) {
  sqlite.step(it);
  return sqlite.reset(it);
}

/* Runs statements of a table's own, with the tables' names in. */
static int run_sql(vec0_table *table, sqlite3_str *text) {
  char *sql = sqlite.str_finish(text);
  if (!sql) return SQLITE_NOMEM;
  int rc = sqlite.exec(table->db, sql, 0, 0, 0);
  sqlite.free(sql);
  return rc;
}

static void finalize_statements(vec0_table *table) {
  for (int i = 0; i < STATEMENTS; i++) {
    sqlite.finalize(table->statements[i]);
    table->statements[i] = 0;
  }
}

/* Vectors in their chunks */

/*
** Opens the vectors of a chunk, or moves an open one to them. SQLite gives a handle up when a
** change makes it stale, and then a new one does.
*/
static int open_store(vec0_table *table, const vec0_column *column, vec0_store store, int64_t chunk,
                      int to_write, sqlite3_blob **blob) {
  int rc = SQLITE_ERROR;
  if (*blob) rc = sqlite.blob_reopen(*blob, chunk);
  if (rc != SQLITE_OK) {
    char *name = sqlite.mprintf("%s_%s%d", table->name, store_names[store], column->number);
    sqlite.blob_close(*blob);
    *blob = 0;
    if (!name) return SQLITE_NOMEM;
    rc = sqlite.blob_open(table->db, table->schema, name, "vectors", chunk, to_write, blob);
    sqlite.free(name);
  }
  if (rc == SQLITE_ERROR) rc = damaged(table, "a chunk has no vectors");
  if (rc != SQLITE_OK) return rc;
  if ((size_t)sqlite.blob_bytes(*blob) != (size_t)table->slots * store_bytes(column, store)) {
    return damaged(table, "a chunk's vectors have another size");
  }
  return SQLITE_OK;
}

static int write_store(vec0_table *table, const vec0_column *column, vec0_store store,
                       int64_t chunk, int slot, const void *content) {
  int bytes = (int)store_bytes(column, store);
  sqlite3_blob *blob = 0;
  int rc = open_store(table, column, store, chunk, 1, &blob);
  if (rc == SQLITE_OK) rc = sqlite.blob_write(blob, content, bytes, slot * bytes);
  int close_rc = sqlite.blob_close(blob);
  return rc == SQLITE_OK ? close_rc : rc;
}

static int write_vector(vec0_table *table, const vec0_column *column, int64_t chunk, int slot,
                        const void *vector) {
  int rc = write_store(table, column, VECTORS, chunk, slot, vector);
  if (rc != SQLITE_OK || !has_codes(column)) return rc;
  unsigned char *code = sqlite.malloc64(vec0_code_bytes(column->dimensions));
  if (!code) return SQLITE_NOMEM;
  vec0_encode(vector, column->dimensions, code);
  rc = write_store(table, column, CODES, chunk, slot, code);
  sqlite.free(code);
  return rc;
}

static int is_live(const unsigned char *slots, int slot) { return slots[slot / 8] >> slot % 8 & 1; }

static int64_t slot_rowid(const vec0_table *table, const unsigned char *slots, int slot) {
  int64_t out;
  memcpy(&out, slots + table->slots / 8 + 8 * slot, sizeof out);
  return out;
}

/* The slots of the chunk that a statement is at, in its column, as long as it is there. */
static int read_slots(vec0_table *table, sqlite3_stmt *it, int column, const unsigned char **out) {
  *out = sqlite.column_blob(it, column);
  if ((size_t)sqlite.column_bytes(it, column) != slots_bytes(table)) {
    return damaged(table, "a chunk's slots have another size");
  }
  return *out ? SQLITE_OK : SQLITE_NOMEM;
}

/* Writes a chunk's slots with one of them changed, read by the statement that is at the chunk. */
static int set_slot(vec0_table *table, sqlite3_stmt *chunk, int slot, int is_used, int64_t rowid) {
  enum { MOST_BYTES = MOST_SLOTS / 8 * 65 };
  unsigned char changed[MOST_BYTES];
  const unsigned char *slots;
  sqlite3_stmt *set;
  int rc = read_slots(table, chunk, 2, &slots);
  if (rc == SQLITE_OK) rc = statement(table, SET_CHUNK, &set);
  if (rc != SQLITE_OK) return rc;
  memcpy(changed, slots, slots_bytes(table));
  changed[slot / 8] = (unsigned char)((changed[slot / 8] & ~(1u << slot % 8)) |
                                      (unsigned)is_used << slot % 8);
  memcpy(changed + table->slots / 8 + 8 * slot, &rowid, sizeof rowid);
  sqlite.bind_int64(set, 1, sqlite.column_int64(chunk, 0));
  sqlite.bind_int64(set, 2, sqlite.column_int64(chunk, 1) + (is_used ? 1 : -1));
  rc = sqlite.bind_blob64(set, 3, changed, slots_bytes(table), SQLITE_STATIC);
  sqlite.reset(chunk);
  int run_rc = run(set);
  sqlite.bind_null(set, 3);
  return rc == SQLITE_OK ? run_rc : rc;
}

/* Changes */

static int add_chunk(vec0_table *table, sqlite3_value **columns, int64_t *out) {
  sqlite3_stmt *add;
  int rc = statement(table, ADD_CHUNK, &add);
  int parameter = 0;
  for (int i = 0; rc == SQLITE_OK && i < table->declared.count; i++) {
    if (table->declared.columns[i].kind != VEC0_PARTITION) continue;
    rc = sqlite.bind_value(add, ++parameter, columns[i]);
  }
  if (rc == SQLITE_OK) rc = run(add);
  if (rc != SQLITE_OK) return rc;
  *out = sqlite.last_insert_rowid(table->db);
  sqlite3_str *sql = sqlite.str_new(0);
  for (int i = 0; i < 2 * table->declared.count; i++) {
    const vec0_column *column = &table->declared.columns[i / 2];
    vec0_store store = i % 2 ? CODES : VECTORS;
    if (!has_store(column, store)) continue;
    sqlite.str_appendf(sql, "INSERT INTO \"%w\".\"%w_%s%d\" VALUES(%lld, zeroblob(%d));",
                       table->schema, table->name, store_names[store], column->number,
                       (long long)*out, table->slots * (int)store_bytes(column, store));
  }
  return run_sql(table, sql);
}

static int drop_chunk(vec0_table *table, int64_t chunk) {
  sqlite3_stmt *drop;
  int rc = statement(table, DROP_CHUNK, &drop);
  if (rc == SQLITE_OK) {
    sqlite.bind_int64(drop, 1, chunk);
    rc = run(drop);
  }
  if (rc != SQLITE_OK) return rc;
  sqlite3_str *sql = sqlite.str_new(0);
  for (int i = 0; i < 2 * table->declared.count; i++) {
    const vec0_column *column = &table->declared.columns[i / 2];
    vec0_store store = i % 2 ? CODES : VECTORS;
    if (!has_store(column, store)) continue;
    sqlite.str_appendf(sql, "DELETE FROM \"%w\".\"%w_%s%d\" WHERE chunk = %lld;", table->schema,
                       table->name, store_names[store], column->number, (long long)chunk);
  }
  return run_sql(table, sql);
}

/* Finds a row. *slot is -1 if there is none. */
static int find_row(vec0_table *table, int64_t rowid, int64_t *chunk, int *slot) {
  sqlite3_stmt *find;
  int rc = statement(table, FIND_ROW, &find);
  *slot = -1;
  if (rc != SQLITE_OK) return rc;
  sqlite.bind_int64(find, 1, rowid);
  if (sqlite.step(find) == SQLITE_ROW) {
    int64_t place = sqlite.column_int64(find, 1);
    *chunk = sqlite.column_int64(find, 0);
    if (place < 0 || place >= table->slots) {
      sqlite.reset(find);
      return damaged(table, "a row has no slot");
    }
    *slot = (int)place;
  }
  return sqlite.reset(find);
}

static int delete_row(vec0_table *table, int64_t rowid) {
  int64_t chunk = 0;
  int slot;
  sqlite3_stmt *it;
  int rc = find_row(table, rowid, &chunk, &slot);
  if (rc != SQLITE_OK || slot < 0) return rc;
  rc = statement(table, GET_CHUNK, &it);
  if (rc != SQLITE_OK) return rc;
  sqlite.bind_int64(it, 1, chunk);
  if (sqlite.step(it) != SQLITE_ROW) {
    rc = sqlite.reset(it);
    return rc == SQLITE_OK ? damaged(table, "a row's chunk is missing") : rc;
  }
  if (sqlite.column_int64(it, 1) <= 1) {
    sqlite.reset(it);
    rc = drop_chunk(table, chunk);
  } else {
    rc = set_slot(table, it, slot, 0, 0);
    sqlite.reset(it);
  }
  if (rc == SQLITE_OK) rc = statement(table, DROP_ROW, &it);
  if (rc != SQLITE_OK) return rc;
  sqlite.bind_int64(it, 1, rowid);
  return run(it);
}

/* Takes a place for a row: the chunk that `chunk` is at then, and a slot of it. */
static int take_place(vec0_table *table, sqlite3_value **columns, sqlite3_stmt **chunk, int *slot) {
  const unsigned char *slots;
  int64_t added;
  int parameter = 0;
  int rc = statement(table, FIND_CHUNK, chunk);
  for (int i = 0; rc == SQLITE_OK && i < table->declared.count; i++) {
    if (table->declared.columns[i].kind != VEC0_PARTITION) continue;
    rc = sqlite.bind_value(*chunk, ++parameter, columns[i]);
  }
  if (rc != SQLITE_OK) return rc;
  if (sqlite.step(*chunk) != SQLITE_ROW) {
    rc = sqlite.reset(*chunk);
    if (rc == SQLITE_OK) rc = add_chunk(table, columns, &added);
    if (rc == SQLITE_OK) rc = statement(table, GET_CHUNK, chunk);
    if (rc != SQLITE_OK) return rc;
    sqlite.bind_int64(*chunk, 1, added);
    if (sqlite.step(*chunk) != SQLITE_ROW) {
      rc = sqlite.reset(*chunk);
      return rc == SQLITE_OK ? damaged(table, "a new chunk is missing") : rc;
    }
  }
  rc = read_slots(table, *chunk, 2, &slots);
  for (*slot = 0; rc == SQLITE_OK && *slot < table->slots; (*slot)++) {
    if (!is_live(slots, *slot)) return SQLITE_OK;
  }
  return rc == SQLITE_OK ? damaged(table, "a chunk with room has none") : rc;
}

/* Adds a row whose columns have been checked. *rowid is what it gets if it has a text as its key. */
static int insert_row(vec0_table *table, sqlite3_value *key, sqlite3_value **columns,
                      const hdb_vector *vectors, int64_t *rowid) {
  sqlite3_stmt *chunk_at = 0;
  sqlite3_stmt *add;
  int slot = 0;
  int parameter = ROW_COLUMNS;
  int rc = take_place(table, columns, &chunk_at, &slot);
  int64_t chunk = rc == SQLITE_OK ? sqlite.column_int64(chunk_at, 0) : 0;
  if (rc == SQLITE_OK) rc = statement(table, ADD_ROW, &add);
  if (rc == SQLITE_OK) {
    rc = key ? sqlite.bind_value(add, 1, key) : sqlite.bind_null(add, 1);
    sqlite.bind_int64(add, 2, chunk);
    sqlite.bind_int64(add, 3, slot);
    for (int i = 0; rc == SQLITE_OK && i < table->declared.count; i++) {
      if (table->declared.columns[i].kind == VEC0_VECTOR) continue;
      if (i == 0 && !table->declared.has_text_key) continue;
      rc = sqlite.bind_value(add, ++parameter, columns[i]);
    }
    if (rc == SQLITE_OK) rc = run(add);
    sqlite.clear_bindings(add);
  }
  if (rc == SQLITE_OK) {
    *rowid = sqlite.last_insert_rowid(table->db);
    rc = set_slot(table, chunk_at, slot, 1, *rowid);
  }
  sqlite.reset(chunk_at);
  for (int i = 0; rc == SQLITE_OK && i < table->declared.count; i++) {
    const vec0_column *column = &table->declared.columns[i];
    if (column->kind != VEC0_VECTOR) continue;
    rc = write_vector(table, column, chunk, slot, vectors[column->number].data);
  }
  return rc;
}

/* Reads a vector for a column: a blob without a subtype is taken for one of the column's type. */
static int read_vector(vec0_table *table, const vec0_column *column, sqlite3_value *value,
                       hdb_vector *out) {
  char *problem = 0;
  int is_plain = sqlite.value_type(value) == SQLITE_BLOB && sqlite.value_subtype(value) == 0;
  int is_text = sqlite.value_type(value) == SQLITE_TEXT;
  int rc = is_plain || is_text ? hdb_vector_view_as(value, column->type, out, &problem)
                               : hdb_vector_view(value, out, &problem);
  if (rc == SQLITE_OK) rc = hdb_vector_check_finite(out, &problem);
  if (rc == SQLITE_ERROR) {
    rc = fail(table, SQLITE_ERROR,
              sqlite.mprintf("Column %s of %s: %s", column->name, table->name, problem));
  } else if (rc == SQLITE_OK && out->type != column->type) {
    rc = fail(table, SQLITE_ERROR,
              sqlite.mprintf("Column %s of %s holds vectors of %s: this one has elements of %s",
                             column->name, table->name, hdb_vector_type_name(column->type),
                             hdb_vector_type_name(out->type)));
  } else if (rc == SQLITE_OK && out->count != column->dimensions) {
    rc = fail(table, SQLITE_ERROR,
              sqlite.mprintf("Column %s of %s holds vectors of %d dimensions: this one has %d",
                             column->name, table->name, (int)column->dimensions, (int)out->count));
  }
  sqlite.free(problem);
  return rc;
}

/* Whether a value is what a column takes: metadata are never NULL, others may be. */
static int check_type(vec0_table *table, const vec0_column *column, sqlite3_value *value) {
  static const char *const wanted[] = {"anything", "text",   "an integer",
                                       "a float",  "0 or 1", "a blob"};
  int type = sqlite.value_type(value);
  int is_right = 0;
  if (type == SQLITE_NULL && column->kind != VEC0_METADATA) return SQLITE_OK;
  switch (column->affinity) {
    case VEC0_ANY: is_right = 1; break;
    case VEC0_TEXT: is_right = type == SQLITE_TEXT; break;
    case VEC0_INTEGER: is_right = type == SQLITE_INTEGER; break;
    case VEC0_FLOAT: is_right = type == SQLITE_FLOAT || type == SQLITE_INTEGER; break;
    case VEC0_BOOLEAN:
      is_right = type == SQLITE_INTEGER && (sqlite.value_int64(value) & ~(int64_t)1) == 0;
      break;
    default: is_right = type == SQLITE_BLOB; break;
  }
  if (is_right) return SQLITE_OK;
  return fail(table, SQLITE_MISMATCH, sqlite.mprintf("Column %s of %s takes %s", column->name,
                                                     table->name, wanted[column->affinity]));
}

/* Finds the row that has the key of a new one. */
static int find_conflict(vec0_table *table, sqlite3_value *key, int64_t *rowid, int *exists) {
  sqlite3_stmt *find;
  *exists = 0;
  if (!key) return SQLITE_OK;
  int rc = statement(table, table->declared.has_text_key ? FIND_KEY : FIND_ROW, &find);
  if (rc == SQLITE_OK) rc = sqlite.bind_value(find, 1, key);
  if (rc != SQLITE_OK) return rc;
  if (sqlite.step(find) == SQLITE_ROW) {
    *exists = 1;
    *rowid = table->declared.has_text_key ? sqlite.column_int64(find, 0) : sqlite.value_int64(key);
  }
  return sqlite.reset(find);
}

/* An insert, or an update of `old`, which is deleted first. */
static int put_row(vec0_table *table, sqlite3_value *old, sqlite3_value *rowid_value,
                   sqlite3_value **columns, int64_t *rowid) {
  const vec0_declaration *declared = &table->declared;
  hdb_vector vectors[VEC0_MOST_VECTORS];
  sqlite3_value *key = columns[0];
  int64_t other = 0;
  int exists = 0;
  int rc = SQLITE_OK;
  memset(vectors, 0, sizeof vectors);
  /* UPDATE … SET rowid says so in the row id alone, unless the key has a column of another name. */
  int is_moved = old && sqlite.value_int64(old) != sqlite.value_int64(rowid_value);
  if (!declared->has_text_key) {
    if (sqlite.value_type(key) == SQLITE_NULL || is_moved) key = rowid_value;
    if (sqlite.value_type(key) == SQLITE_NULL) {
      key = 0;
    } else if (sqlite.value_type(key) != SQLITE_INTEGER) {
      rc = fail(table, SQLITE_MISMATCH,
                sqlite.mprintf("Key %s of %s takes an integer", declared->columns[0].name,
                               table->name));
    }
  } else if (sqlite.value_type(key) != SQLITE_TEXT) {
    rc = fail(table, SQLITE_MISMATCH, sqlite.mprintf("Key %s of %s takes text",
                                                     declared->columns[0].name, table->name));
  }
  for (int i = 1; rc == SQLITE_OK && i < declared->count; i++) {
    const vec0_column *column = &declared->columns[i];
    rc = column->kind == VEC0_VECTOR
             ? read_vector(table, column, columns[i], &vectors[column->number])
             : check_type(table, column, columns[i]);
  }
  if (rc == SQLITE_OK) rc = find_conflict(table, key, &other, &exists);
  if (rc == SQLITE_OK && exists && !(old && other == sqlite.value_int64(old))) {
    int conflict = sqlite.vtab_on_conflict(table->db);
    if (conflict == SQLITE_REPLACE) {
      rc = delete_row(table, other);
    } else {
      rc = fail(table, conflict == SQLITE_IGNORE ? SQLITE_CONSTRAINT : SQLITE_CONSTRAINT_PRIMARYKEY,
                sqlite.mprintf("UNIQUE constraint failed: %s.%s", table->name,
                               declared->columns[0].name));
    }
  }
  if (rc == SQLITE_OK && old) rc = delete_row(table, sqlite.value_int64(old));
  if (rc == SQLITE_OK) {
    sqlite3_value *stays = old ? rowid_value : 0;
    rc = insert_row(table, declared->has_text_key ? stays : key, columns, vectors, rowid);
  }
  for (int i = 0; i < VEC0_MOST_VECTORS; i++) hdb_vector_clear(&vectors[i]);
  return rc;
}

static int vec0_update(sqlite3_vtab *base, int argc, sqlite3_value **argv, int64_t *rowid) {
  vec0_table *table = (vec0_table *)base;
  if (argc == 1) return delete_row(table, sqlite.value_int64(argv[0]));
  int is_update = sqlite.value_type(argv[0]) != SQLITE_NULL;
  return put_row(table, is_update ? argv[0] : 0, argv[1], argv + 2, rowid);
}

/* Plans. A constraint is three characters of the plan: its kind, its operator, its column. */

enum {
  PLAN_SCAN,
  PLAN_ROW, /* one row, by the key */
  PLAN_SEARCH
};

static const struct {
  unsigned char op;
  const char *sql;
} operators[] = {
    {SQLITE_INDEX_CONSTRAINT_EQ, "="},       {SQLITE_INDEX_CONSTRAINT_GT, ">"},
    {SQLITE_INDEX_CONSTRAINT_GE, ">="},      {SQLITE_INDEX_CONSTRAINT_LT, "<"},
    {SQLITE_INDEX_CONSTRAINT_LE, "<="},      {SQLITE_INDEX_CONSTRAINT_NE, "!="},
    {SQLITE_INDEX_CONSTRAINT_IS, "IS"},      {SQLITE_INDEX_CONSTRAINT_ISNULL, "IS"},
    {SQLITE_INDEX_CONSTRAINT_ISNOTNULL, "IS NOT"}, {0, 0}};

/* The place of an operator among `operators`, or -1. */
static int find_operator(unsigned char op) {
  for (int i = 0; operators[i].sql; i++) {
    if (operators[i].op == op) return i;
  }
  return -1;
}

static int distance_column(const vec0_table *table) { return table->declared.count; }

static int k_column(const vec0_table *table) { return table->declared.count + 1; }

static int is_vector(const vec0_table *table, int column) {
  return column > 0 && column < table->declared.count &&
         table->declared.columns[column].kind == VEC0_VECTOR;
}

/* What a search makes of a constraint: the character of its kind, or 0. */
static char search_kind(const vec0_table *table, const struct sqlite3_index_constraint *it) {
  if (it->op == SQLITE_INDEX_CONSTRAINT_LIMIT) return 'L';
  if (it->op == SQLITE_INDEX_CONSTRAINT_OFFSET) return 'O';
  if (it->op == SQLITE_INDEX_CONSTRAINT_MATCH) {
    return is_vector(table, it->iColumn) ? 'M' : 0;
  }
  if (it->iColumn == k_column(table)) return it->op == SQLITE_INDEX_CONSTRAINT_EQ ? 'K' : 0;
  if (find_operator(it->op) < 0) return 0;
  if (it->iColumn == distance_column(table)) return 'D';
  if (it->iColumn <= 0) return it->iColumn < 0 || !table->declared.has_text_key ? 'R' : 'C';
  vec0_kind kind = table->declared.columns[it->iColumn].kind;
  return kind == VEC0_PARTITION ? 'P' : kind == VEC0_METADATA ? 'C' : 0;
}

/* `count` is the constraint that says how many rows are wanted. */
static int plan_search(vec0_table *table, sqlite3_index_info *info, int count) {
  sqlite3_str *plan = sqlite.str_new(0);
  int next = 1;
  for (int i = 0; i < info->nConstraint; i++) {
    const struct sqlite3_index_constraint *it = &info->aConstraint[i];
    char kind = it->usable ? search_kind(table, it) : 0;
    if (!kind || ((kind == 'L' || kind == 'O') && info->aConstraint[count].op !=
                                                      SQLITE_INDEX_CONSTRAINT_LIMIT)) {
      continue;
    }
    int operator = find_operator(it->op);
    char op = (char)('a' + (operator < 0 ? 0 : operator));
    if (it->op == SQLITE_INDEX_CONSTRAINT_EQ && sqlite.vtab_in(info, i, -1)) {
      sqlite.vtab_in(info, i, 1);
      op = 'I';
    }
    sqlite.str_appendf(plan, "%c%c%c", kind, op, 'A' + (it->iColumn < 0 ? 0 : it->iColumn));
    info->aConstraintUsage[i].argvIndex = next++;
    info->aConstraintUsage[i].omit = kind != 'L' && kind != 'O';
  }
  info->idxStr = sqlite.str_finish(plan);
  if (!info->idxStr) return SQLITE_NOMEM;
  info->needToFreeIdxStr = 1;
  info->idxNum = PLAN_SEARCH;
  info->estimatedCost = 1000;
  info->estimatedRows = 10;
  if (info->nOrderBy == 1 && info->aOrderBy[0].iColumn == distance_column(table) &&
      !info->aOrderBy[0].desc) {
    info->orderByConsumed = 1;
  }
  return SQLITE_OK;
}

static int vec0_best_index(sqlite3_vtab *base, sqlite3_index_info *info) {
  vec0_table *table = (vec0_table *)base;
  int match = -1;
  int count = -1;
  int limit = -1;
  int row = -1;
  int waits = 0;
  for (int i = 0; i < info->nConstraint; i++) {
    const struct sqlite3_index_constraint *it = &info->aConstraint[i];
    int is_match = it->op == SQLITE_INDEX_CONSTRAINT_MATCH && is_vector(table, it->iColumn);
    int is_count = it->op == SQLITE_INDEX_CONSTRAINT_EQ && it->iColumn == k_column(table);
    if (!it->usable) {
      waits |= is_match || is_count;
    } else if (is_match && match >= 0) {
      return fail(table, SQLITE_ERROR,
                  sqlite.mprintf("A query of %s takes one MATCH", table->name));
    } else if (is_match) {
      match = i;
    } else if (is_count) {
      count = i;
    } else if (it->op == SQLITE_INDEX_CONSTRAINT_LIMIT) {
      limit = i;
    } else if (it->op == SQLITE_INDEX_CONSTRAINT_EQ && it->iColumn <= 0) {
      row = i;
    }
  }
  if (waits) return SQLITE_CONSTRAINT;
  if (match >= 0) {
    if (count < 0) count = limit;
    if (count >= 0) return plan_search(table, info, count);
    return fail(table, SQLITE_ERROR,
                sqlite.mprintf("A search in %s takes the number of rows that are wanted: AND k = 10, "
                               "or LIMIT 10 with SQLite from 3.41 on",
                               table->name));
  }
  if (row >= 0) {
    info->idxNum = PLAN_ROW;
    info->idxStr = info->aConstraint[row].iColumn == 0 && table->declared.has_text_key
                       ? (char *)(intptr_t) "c0"
                       : (char *)(intptr_t) "rowid";
    info->aConstraintUsage[row].argvIndex = 1;
    info->idxFlags = SQLITE_INDEX_SCAN_UNIQUE;
    info->estimatedCost = 10;
    info->estimatedRows = 1;
    return SQLITE_OK;
  }
  info->idxNum = PLAN_SCAN;
  info->estimatedCost = 1e6;
  info->estimatedRows = 100000;
  return SQLITE_OK;
}

/* Cursors */

static int vec0_open(sqlite3_vtab *base, sqlite3_vtab_cursor **out) {
  (void)base;
  vec0_cursor *cursor = sqlite.malloc64(sizeof *cursor);
  if (!cursor) return SQLITE_NOMEM;
  memset(cursor, 0, sizeof *cursor);
  *out = &cursor->base;
  return SQLITE_OK;
}

static void clear_cursor(vec0_cursor *cursor) {
  sqlite.finalize(cursor->rows);
  cursor->rows = 0;
  for (int i = 0; i < VEC0_MOST_VECTORS; i++) {
    sqlite.blob_close(cursor->blobs[i]);
    cursor->blobs[i] = 0;
  }
  sqlite.blob_close(cursor->codes);
  cursor->codes = 0;
  sqlite.free(cursor->found);
  cursor->found = 0;
  cursor->count = 0;
  cursor->capacity = 0;
  cursor->at = 0;
  cursor->has_row = 0;
  cursor->is_at_end = 0;
}

static int vec0_close(sqlite3_vtab_cursor *base) {
  clear_cursor((vec0_cursor *)base);
  sqlite.free(base);
  return SQLITE_OK;
}

/* The rows themselves, all or with a certain key. */
static int prepare_rows(vec0_table *table, const char *key, sqlite3_stmt **out) {
  sqlite3_str *sql = sqlite.str_new(0);
  sqlite.str_appendf(sql, "SELECT rowid, chunk, slot");
  for (int i = 0; i < table->declared.count; i++) {
    if (table->declared.columns[i].kind == VEC0_VECTOR) {
      sqlite.str_appendf(sql, ", NULL");
    } else if (i == 0 && !table->declared.has_text_key) {
      sqlite.str_appendf(sql, ", rowid");
    } else {
      sqlite.str_appendf(sql, ", c%d", i);
    }
  }
  sqlite.str_appendf(sql, " FROM ");
  add_table(table, sql, "rows");
  if (key) sqlite.str_appendf(sql, " WHERE %s = ?", key);
  return prepare(table, sql, 0, out);
}

/* The better of two is nearer, or as near with the smaller row id. */
static int is_worse(const found *a, const found *b) {
  return a->rank > b->rank || (a->rank == b->rank && a->rowid > b->rowid);
}

/* Moves an item of a heap, whose first is its worst, down to where it belongs. */
static void sift_down(found *heap, int64_t count, int64_t at) {
  for (;;) {
    int64_t child = 2 * at + 1;
    if (child >= count) return;
    if (child + 1 < count && is_worse(&heap[child + 1], &heap[child])) child++;
    if (!is_worse(&heap[child], &heap[at])) return;
    found swapped = heap[at];
    heap[at] = heap[child];
    heap[child] = swapped;
    at = child;
  }
}

static int keep(vec0_cursor *cursor, int64_t k, const found *item) {
  if (cursor->count == k) {
    if (k == 0 || !is_worse(&cursor->found[0], item)) return SQLITE_OK;
    cursor->found[0] = *item;
    sift_down(cursor->found, cursor->count, 0);
    return SQLITE_OK;
  }
  if (cursor->count == cursor->capacity) {
    int64_t capacity = cursor->capacity * 2 + 16;
    found *grown = sqlite.realloc64(cursor->found, (uint64_t)capacity * sizeof *grown);
    if (!grown) return SQLITE_NOMEM;
    cursor->found = grown;
    cursor->capacity = capacity;
  }
  int64_t at = cursor->count++;
  for (; at > 0 && is_worse(item, &cursor->found[(at - 1) / 2]); at = (at - 1) / 2) {
    cursor->found[at] = cursor->found[(at - 1) / 2];
  }
  cursor->found[at] = *item;
  return SQLITE_OK;
}

/* Puts the heap into order, the nearest first. */
static void sort_found(vec0_cursor *cursor) {
  for (int64_t end = cursor->count - 1; end > 0; end--) {
    found worst = cursor->found[0];
    cursor->found[0] = cursor->found[end];
    cursor->found[end] = worst;
    sift_down(cursor->found, end, 0);
  }
}

/* What a search is asked. */
typedef struct search {
  const char *plan;
  int argc;
  sqlite3_value **argv;
  const vec0_column *column;
  hdb_vector vector;
  hdb_query query;
  int64_t k;
  int has_filter; /* of rows, by key or metadata */
  unsigned char *buffer; /* a chunk's vectors or codes */
  int has_bound;
  vec0_bound bound;
} search;

static char plan_kind(const search *it, int i) { return it->plan[3 * i]; }

/* Adds the conditions of some kinds: those of chunks, or those of rows. */
static void add_conditions(const search *it, sqlite3_str *sql, const char *kinds) {
  const char *joins = " WHERE ";
  for (int i = 0; i < it->argc; i++) {
    char kind = plan_kind(it, i);
    char op = it->plan[3 * i + 1];
    int column = it->plan[3 * i + 2] - 'A';
    if (!strchr(kinds, kind)) continue;
    sqlite.str_appendf(sql, "%s", joins);
    joins = " AND ";
    if (kind == 'R') {
      sqlite.str_appendf(sql, "rowid ");
    } else {
      sqlite.str_appendf(sql, "c%d ", column);
    }
    if (op != 'I') {
      sqlite.str_appendf(sql, "%s ?", operators[op - 'a'].sql);
      continue;
    }
    sqlite3_value *value = 0;
    sqlite.str_appendf(sql, "IN (");
    const char *comma = "";
    for (int rc = sqlite.vtab_in_first(it->argv[i], &value); rc == SQLITE_OK && value;
         rc = sqlite.vtab_in_next(it->argv[i], &value)) {
      sqlite.str_appendf(sql, "%s?", comma);
      comma = ", ";
    }
    sqlite.str_appendf(sql, ")");
  }
}

static int bind_conditions(const search *it, const char *kinds, sqlite3_stmt *statement) {
  int rc = SQLITE_OK;
  int parameter = 0;
  for (int i = 0; rc == SQLITE_OK && i < it->argc; i++) {
    if (!strchr(kinds, plan_kind(it, i))) continue;
    if (it->plan[3 * i + 1] != 'I') {
      rc = sqlite.bind_value(statement, ++parameter, it->argv[i]);
      continue;
    }
    sqlite3_value *value = 0;
    rc = sqlite.vtab_in_first(it->argv[i], &value);
    while (rc == SQLITE_OK && value) {
      rc = sqlite.bind_value(statement, ++parameter, value);
      if (rc == SQLITE_OK) rc = sqlite.vtab_in_next(it->argv[i], &value);
    }
    if (rc == SQLITE_DONE) rc = SQLITE_OK;
  }
  return rc;
}

static int is_wanted_distance(const search *it, double distance) {
  for (int i = 0; i < it->argc; i++) {
    if (plan_kind(it, i) != 'D') continue;
    if (sqlite.value_type(it->argv[i]) == SQLITE_NULL) return 0;
    double bound = sqlite.value_double(it->argv[i]);
    int is_right = 0;
    switch (operators[it->plan[3 * i + 1] - 'a'].op) {
      case SQLITE_INDEX_CONSTRAINT_GT: is_right = distance > bound; break;
      case SQLITE_INDEX_CONSTRAINT_GE: is_right = distance >= bound; break;
      case SQLITE_INDEX_CONSTRAINT_LT: is_right = distance < bound; break;
      case SQLITE_INDEX_CONSTRAINT_LE: is_right = distance <= bound; break;
      case SQLITE_INDEX_CONSTRAINT_NE: is_right = distance < bound || distance > bound; break;
      default: is_right = distance >= bound && distance <= bound; break;
    }
    if (!is_right) return 0;
  }
  return 1;
}

static int read_plan(vec0_table *table, search *it) {
  int64_t offset = 0;
  int rc = SQLITE_OK;
  it->k = -1;
  for (int i = 0; rc == SQLITE_OK && i < it->argc; i++) {
    char kind = plan_kind(it, i);
    if (kind == 'M') {
      it->column = &table->declared.columns[it->plan[3 * i + 2] - 'A'];
      rc = read_vector(table, it->column, it->argv[i], &it->vector);
    } else if (kind == 'K' || kind == 'L') {
      it->k = sqlite.value_int64(it->argv[i]);
      if (it->k < 0 && kind == 'L') it->k = INT64_MAX;
    } else if (kind == 'O') {
      offset = sqlite.value_int64(it->argv[i]);
    } else if (kind == 'R' || kind == 'C') {
      it->has_filter = 1;
    }
  }
  if (rc != SQLITE_OK) return rc;
  if (it->k < 0) {
    return fail(table, SQLITE_ERROR, sqlite.mprintf("k of a search in %s is 0 or more, not %lld",
                                                    table->name, (long long)it->k));
  }
  if (offset > 0) it->k = it->k > INT64_MAX - offset ? INT64_MAX : it->k + offset;
  it->query = hdb_query_of(it->column->metric, &it->vector);
  return SQLITE_OK;
}

/* Reads what lies in a store from the first to the last slot that `wanted` has a bit for. */
static int read_wanted(vec0_table *table, search *it, vec0_store store, int64_t chunk,
                       const unsigned char *wanted, sqlite3_blob **blob, int *first, int *last) {
  int bytes = (int)store_bytes(it->column, store);
  *first = 0;
  *last = table->slots - 1;
  while (*first <= *last && !is_live(wanted, *first)) ++*first;
  while (*last > *first && !is_live(wanted, *last)) --*last;
  if (*first > *last) return SQLITE_OK;
  int rc = open_store(table, it->column, store, chunk, 0, blob);
  if (rc != SQLITE_OK) return rc;
  return sqlite.blob_read(*blob, it->buffer, (*last - *first + 1) * bytes, *first * bytes);
}

/* Leaves those slots that their bounds do not exclude. */
static int exclude(vec0_table *table, vec0_cursor *cursor, search *it, int64_t chunk,
                   unsigned char *wanted) {
  size_t bytes = store_bytes(it->column, CODES);
  int first;
  int last;
  int rc = read_wanted(table, it, CODES, chunk, wanted, &cursor->codes, &first, &last);
  for (int slot = first; rc == SQLITE_OK && slot <= last; slot++) {
    if (!is_live(wanted, slot)) continue;
    const unsigned char *code = it->buffer + (size_t)(slot - first) * bytes;
    if (vec0_lower_bound(&it->bound, code) > cursor->found[0].rank) {
      wanted[slot / 8] &= (unsigned char)~(1u << slot % 8);
    }
  }
  return rc;
}

/* Looks at those slots of a chunk that `candidates` has a bit for. */
static int search_chunk(vec0_table *table, vec0_cursor *cursor, search *it, int64_t chunk,
                        const unsigned char *slots, const unsigned char *candidates) {
  size_t bytes = vector_bytes(it->column);
  unsigned char wanted[MOST_SLOTS / 8];
  int first;
  int last;
  int rc = SQLITE_OK;
  memcpy(wanted, candidates, (size_t)table->slots / 8);
  if (it->has_bound && cursor->count == it->k) rc = exclude(table, cursor, it, chunk, wanted);
  if (rc != SQLITE_OK) return rc;
  rc = read_wanted(table, it, VECTORS, chunk, wanted, &cursor->blobs[it->column->number], &first,
                   &last);
  for (int slot = first; rc == SQLITE_OK && slot <= last; slot++) {
    if (!is_live(wanted, slot)) continue;
    double distance = hdb_distance(&it->query, it->buffer + (size_t)(slot - first) * bytes);
    double rank = distance == distance ? distance : __builtin_inf();
    found item = {distance, rank, slot_rowid(table, slots, slot)};
    if (is_wanted_distance(it, distance)) rc = keep(cursor, it->k, &item);
  }
  return rc;
}

static int search_all(vec0_table *table, vec0_cursor *cursor, search *it) {
  sqlite3_str *sql = sqlite.str_new(0);
  sqlite3_stmt *chunks = 0;
  const unsigned char *slots;
  sqlite.str_appendf(sql, "SELECT chunk, slots FROM ");
  add_table(table, sql, "chunks");
  add_conditions(it, sql, "P");
  int rc = prepare(table, sql, 0, &chunks);
  if (rc == SQLITE_OK) rc = bind_conditions(it, "P", chunks);
  while (rc == SQLITE_OK && sqlite.step(chunks) == SQLITE_ROW) {
    rc = read_slots(table, chunks, 1, &slots);
    if (rc == SQLITE_OK) {
      rc = search_chunk(table, cursor, it, sqlite.column_int64(chunks, 0), slots, slots);
    }
  }
  int finalize_rc = sqlite.finalize(chunks);
  return rc == SQLITE_OK ? finalize_rc : rc;
}

/* Takes the rows that pass, chunk by chunk. */
static int search_filtered(vec0_table *table, vec0_cursor *cursor, search *it) {
  sqlite3_str *sql = sqlite.str_new(0);
  sqlite3_stmt *rows = 0;
  sqlite3_stmt *get = 0;
  unsigned char wanted[MOST_SLOTS / 8];
  const unsigned char *slots;
  sqlite.str_appendf(sql, "SELECT chunk, slot FROM ");
  add_table(table, sql, "rows");
  add_conditions(it, sql, "RCP");
  sqlite.str_appendf(sql, " ORDER BY chunk");
  int rc = prepare(table, sql, 0, &rows);
  if (rc == SQLITE_OK) rc = bind_conditions(it, "RCP", rows);
  if (rc == SQLITE_OK) rc = statement(table, GET_CHUNK, &get);
  int has_row = rc == SQLITE_OK && sqlite.step(rows) == SQLITE_ROW;
  while (rc == SQLITE_OK && has_row) {
    int64_t chunk = sqlite.column_int64(rows, 0);
    memset(wanted, 0, sizeof wanted);
    while (has_row && sqlite.column_int64(rows, 0) == chunk) {
      int64_t slot = sqlite.column_int64(rows, 1);
      if (slot < 0 || slot >= table->slots) {
        rc = damaged(table, "a row has no slot");
        break;
      }
      wanted[slot / 8] |= (unsigned char)(1u << slot % 8);
      has_row = sqlite.step(rows) == SQLITE_ROW;
    }
    if (rc != SQLITE_OK) break;
    sqlite.bind_int64(get, 1, chunk);
    if (sqlite.step(get) == SQLITE_ROW) {
      rc = read_slots(table, get, 2, &slots);
      if (rc == SQLITE_OK) rc = search_chunk(table, cursor, it, chunk, slots, wanted);
      sqlite.reset(get);
    } else {
      rc = sqlite.reset(get);
      if (rc == SQLITE_OK) rc = damaged(table, "a row's chunk is missing");
    }
  }
  int finalize_rc = sqlite.finalize(rows);
  return rc == SQLITE_OK ? finalize_rc : rc;
}

static int filter_search(vec0_cursor *cursor, const char *plan, int argc, sqlite3_value **argv) {
  vec0_table *table = (vec0_table *)cursor->base.pVtab;
  search it = {.plan = plan, .argc = argc, .argv = argv};
  int rc = read_plan(table, &it);
  if (rc == SQLITE_OK && it.k > 0) {
    size_t bytes = vector_bytes(it.column);
    it.has_bound = has_codes(it.column);
    if (it.has_bound && store_bytes(it.column, CODES) > bytes) bytes = store_bytes(it.column, CODES);
    it.buffer = sqlite.malloc64((uint64_t)table->slots * bytes);
    if (!it.buffer) rc = SQLITE_NOMEM;
    if (rc == SQLITE_OK && it.has_bound) rc = vec0_bound_open(&it.query, &it.bound);
    if (rc == SQLITE_OK) {
      rc = it.has_filter ? search_filtered(table, cursor, &it) : search_all(table, cursor, &it);
    }
    sqlite.free(it.buffer);
    vec0_bound_close(&it.bound);
  }
  hdb_vector_clear(&it.vector);
  sort_found(cursor);
  return rc;
}

static int step_rows(vec0_cursor *cursor) {
  int rc = sqlite.step(cursor->rows);
  cursor->is_at_end = rc != SQLITE_ROW;
  cursor->has_row = rc == SQLITE_ROW;
  return rc == SQLITE_ROW || rc == SQLITE_DONE ? SQLITE_OK : rc;
}

static int vec0_filter(sqlite3_vtab_cursor *base, int number, const char *plan, int argc,
                       sqlite3_value **argv) {
  vec0_cursor *cursor = (vec0_cursor *)base;
  vec0_table *table = (vec0_table *)base->pVtab;
  clear_cursor(cursor);
  cursor->is_search = number == PLAN_SEARCH;
  if (cursor->is_search) return filter_search(cursor, plan, argc, argv);
  int rc = prepare_rows(table, number == PLAN_ROW ? plan : 0, &cursor->rows);
  if (rc == SQLITE_OK && number == PLAN_ROW) rc = sqlite.bind_value(cursor->rows, 1, argv[0]);
  return rc == SQLITE_OK ? step_rows(cursor) : rc;
}

static int vec0_next(sqlite3_vtab_cursor *base) {
  vec0_cursor *cursor = (vec0_cursor *)base;
  if (!cursor->is_search) return step_rows(cursor);
  cursor->at++;
  cursor->has_row = 0;
  return SQLITE_OK;
}

static int vec0_eof(sqlite3_vtab_cursor *base) {
  const vec0_cursor *cursor = (vec0_cursor *)base;
  return cursor->is_search ? cursor->at >= cursor->count : cursor->is_at_end;
}

static int vec0_rowid(sqlite3_vtab_cursor *base, int64_t *out) {
  const vec0_cursor *cursor = (vec0_cursor *)base;
  *out = cursor->is_search ? cursor->found[cursor->at].rowid : sqlite.column_int64(cursor->rows, 0);
  return SQLITE_OK;
}

/* Reads the row that a search is at. */
static int load_row(vec0_table *table, vec0_cursor *cursor) {
  int rc = SQLITE_OK;
  if (cursor->has_row) return SQLITE_OK;
  if (!cursor->rows) rc = prepare_rows(table, "rowid", &cursor->rows);
  if (rc != SQLITE_OK) return rc;
  sqlite.reset(cursor->rows);
  sqlite.bind_int64(cursor->rows, 1, cursor->found[cursor->at].rowid);
  rc = sqlite.step(cursor->rows);
  if (rc == SQLITE_DONE) return damaged(table, "a slot's row is missing");
  if (rc != SQLITE_ROW) return rc;
  cursor->has_row = 1;
  return SQLITE_OK;
}

static int result_vector(vec0_table *table, vec0_cursor *cursor, const vec0_column *column,
                         sqlite3_context *context) {
  int bytes = (int)vector_bytes(column);
  int64_t slot = sqlite.column_int64(cursor->rows, 2);
  sqlite3_blob **blob = &cursor->blobs[column->number];
  if (slot < 0 || slot >= table->slots) return damaged(table, "a row has no slot");
  unsigned char *out = sqlite.malloc64((uint64_t)bytes);
  if (!out) return SQLITE_NOMEM;
  int rc = open_store(table, column, VECTORS, sqlite.column_int64(cursor->rows, 1), 0, blob);
  if (rc == SQLITE_OK) rc = sqlite.blob_read(*blob, out, bytes, (int)slot * bytes);
  if (rc != SQLITE_OK) {
    sqlite.free(out);
    return rc;
  }
  sqlite.result_blob64(context, out, (uint64_t)bytes, sqlite.free);
  sqlite.result_subtype(context, column->type);
  return SQLITE_OK;
}

static int vec0_column_value(sqlite3_vtab_cursor *base, sqlite3_context *context, int number) {
  vec0_cursor *cursor = (vec0_cursor *)base;
  vec0_table *table = (vec0_table *)base->pVtab;
  int rc = SQLITE_OK;
  if (number >= distance_column(table)) {
    if (number == distance_column(table) && cursor->is_search) {
      sqlite.result_double(context, cursor->found[cursor->at].distance);
    }
    return SQLITE_OK;
  }
  if (number == 0 && cursor->is_search && !table->declared.has_text_key) {
    sqlite.result_int64(context, cursor->found[cursor->at].rowid);
    return SQLITE_OK;
  }
  if (cursor->is_search) rc = load_row(table, cursor);
  if (rc != SQLITE_OK) return rc;
  const vec0_column *column = &table->declared.columns[number];
  if (column->kind == VEC0_VECTOR) return result_vector(table, cursor, column, context);
  sqlite.result_value(context, sqlite.column_value(cursor->rows, ROW_COLUMNS + number));
  return SQLITE_OK;
}

/* Tables */

static int vec0_disconnect(sqlite3_vtab *base) {
  vec0_table *table = (vec0_table *)base;
  finalize_statements(table);
  vec0_declaration_clear(&table->declared);
  sqlite.free(table->schema);
  sqlite.free(table->name);
  sqlite.free(table);
  return SQLITE_OK;
}

/* How many vectors a chunk has: by the largest of them, so that inserting one touches few pages. */
static int choose_slots(const vec0_declaration *declared) {
  size_t largest = 1;
  for (int i = 0; i < declared->count; i++) {
    const vec0_column *column = &declared->columns[i];
    if (column->kind == VEC0_VECTOR && vector_bytes(column) > largest) largest = vector_bytes(column);
  }
  size_t slots = CHUNK_BYTES / largest / 8 * 8;
  if (slots < FEWEST_SLOTS) slots = FEWEST_SLOTS;
  if (slots > MOST_SLOTS) slots = MOST_SLOTS;
  return (int)slots < declared->chunk_size ? (int)slots : declared->chunk_size;
}

static int create_tables(vec0_table *table) {
  static const char *const types[] = {"", "TEXT", "INTEGER", "REAL", "INTEGER", "BLOB"};
  sqlite3_str *sql = sqlite.str_new(0);
  sqlite.str_appendf(sql, "CREATE TABLE ");
  add_table(table, sql, "rows");
  sqlite.str_appendf(sql, "(rowid INTEGER PRIMARY KEY, chunk INTEGER NOT NULL, slot INTEGER NOT NULL");
  for (int i = 0; i < table->declared.count; i++) {
    const vec0_column *column = &table->declared.columns[i];
    if (column->kind == VEC0_VECTOR || (i == 0 && !table->declared.has_text_key)) continue;
    sqlite.str_appendf(sql, ", c%d %s%s", i, types[column->affinity], i == 0 ? " UNIQUE" : "");
  }
  sqlite.str_appendf(sql, "); CREATE TABLE ");
  add_table(table, sql, "chunks");
  sqlite.str_appendf(sql, "(chunk INTEGER PRIMARY KEY, used INTEGER NOT NULL, slots BLOB NOT NULL");
  for (int i = 0; i < table->declared.count; i++) {
    const vec0_column *column = &table->declared.columns[i];
    if (column->kind == VEC0_PARTITION) sqlite.str_appendf(sql, ", c%d %s", i, types[column->affinity]);
  }
  /* The index that it makes finds a chunk with room, and the chunks of a partition. */
  sqlite.str_appendf(sql, ", UNIQUE(");
  add_columns(table, sql, 0, "c%d, ");
  sqlite.str_appendf(sql, "used, chunk));");
  for (int i = 0; i < 2 * table->declared.count; i++) {
    const vec0_column *column = &table->declared.columns[i / 2];
    vec0_store store = i % 2 ? CODES : VECTORS;
    if (!has_store(column, store)) continue;
    sqlite.str_appendf(sql, "CREATE TABLE \"%w\".\"%w_%s%d\"(chunk INTEGER PRIMARY KEY, vectors "
                            "BLOB NOT NULL);",
                       table->schema, table->name, store_names[store], column->number);
  }
  int rc = run_sql(table, sql);
  if (rc == SQLITE_ERROR) {
    rc = fail(table, rc, sqlite.mprintf("vec0 table %s cannot be created: %s", table->name,
                                        sqlite.errmsg(table->db)));
  }
  return rc;
}

static int declare(vec0_table *table) {
  sqlite3_str *text = sqlite.str_new(0);
  sqlite.str_appendf(text, "CREATE TABLE x(");
  for (int i = 0; i < table->declared.count; i++) {
    sqlite.str_appendf(text, "\"%w\", ", table->declared.columns[i].name);
  }
  sqlite.str_appendf(text, "distance HIDDEN, k HIDDEN)");
  char *sql = sqlite.str_finish(text);
  if (!sql) return SQLITE_NOMEM;
  int rc = sqlite.declare_vtab(table->db, sql);
  sqlite.free(sql);
  if (rc == SQLITE_ERROR) {
    rc = fail(table, rc, sqlite.mprintf("vec0 table %s: %s", table->name, sqlite.errmsg(table->db)));
  }
  if (rc == SQLITE_OK) rc = sqlite.vtab_config(table->db, SQLITE_VTAB_CONSTRAINT_SUPPORT, 1);
  if (rc == SQLITE_OK) rc = sqlite.vtab_config(table->db, SQLITE_VTAB_INNOCUOUS);
  return rc;
}

static int connect(sqlite3 *db, int argc, const char *const *argv, int is_new, sqlite3_vtab **out,
                   char **message) {
  enum { SCHEMA = 1, NAME, COLUMNS };
  vec0_table *table = sqlite.malloc64(sizeof *table);
  if (!table) return SQLITE_NOMEM;
  memset(table, 0, sizeof *table);
  table->db = db;
  table->schema = sqlite.mprintf("%s", argv[SCHEMA]);
  table->name = sqlite.mprintf("%s", argv[NAME]);
  int rc = table->schema && table->name ? SQLITE_OK : SQLITE_NOMEM;
  if (rc == SQLITE_OK) {
    rc = vec0_declaration_read(argc - COLUMNS, argv + COLUMNS, &table->declared,
                               &table->base.zErrMsg);
  }
  if (rc == SQLITE_OK) table->slots = choose_slots(&table->declared);
  if (rc == SQLITE_OK) rc = declare(table);
  if (rc == SQLITE_OK && is_new) rc = create_tables(table);
  if (rc != SQLITE_OK) {
    sqlite.free(*message);
    *message = table->base.zErrMsg;
    vec0_disconnect(&table->base);
    return rc;
  }
  *out = &table->base;
  return SQLITE_OK;
}

static int vec0_create(sqlite3 *db, void *context, int argc, const char *const *argv,
                       sqlite3_vtab **out, char **message) {
  (void)context;
  return connect(db, argc, argv, 1, out, message);
}

static int vec0_connect(sqlite3 *db, void *context, int argc, const char *const *argv,
                        sqlite3_vtab **out, char **message) {
  (void)context;
  return connect(db, argc, argv, 0, out, message);
}

/* Runs a statement for one of the tables, whose name is in it twice perhaps. */
static int for_table(vec0_table *table, const char *format, const char *suffix, int number,
                     const char *argument) {
  char full[20];
  sqlite3_str *sql = sqlite.str_new(0);
  sqlite.xsnprintf((int)sizeof full, full, number < 0 ? "%s" : "%s%d", suffix, number);
  sqlite.str_appendf(sql, format, table->schema, table->name, full, argument, full);
  return run_sql(table, sql);
}

/* Runs a statement for each of the tables. */
static int for_tables(vec0_table *table, const char *format, const char *argument) {
  finalize_statements(table);
  int rc = for_table(table, format, "rows", -1, argument);
  if (rc == SQLITE_OK) rc = for_table(table, format, "chunks", -1, argument);
  for (int i = 0; rc == SQLITE_OK && i < 2 * table->declared.count; i++) {
    const vec0_column *column = &table->declared.columns[i / 2];
    vec0_store store = i % 2 ? CODES : VECTORS;
    if (has_store(column, store)) {
      rc = for_table(table, format, store_names[store], column->number, argument);
    }
  }
  return rc;
}

static int vec0_destroy(sqlite3_vtab *base) {
  int rc = for_tables((vec0_table *)base, "DROP TABLE IF EXISTS \"%w\".\"%w_%s\"", 0);
  return rc == SQLITE_OK ? vec0_disconnect(base) : rc;
}

static int vec0_rename(sqlite3_vtab *base, const char *name) {
  vec0_table *table = (vec0_table *)base;
  char *copy = sqlite.mprintf("%s", name);
  if (!copy) return SQLITE_NOMEM;
  int rc = for_tables(table, "ALTER TABLE \"%w\".\"%w_%s\" RENAME TO \"%w_%s\"", name);
  if (rc != SQLITE_OK) {
    sqlite.free(copy);
    return rc;
  }
  sqlite.free(table->name);
  table->name = copy;
  return SQLITE_OK;
}

static int vec0_shadow_name(const char *name) {
  return sqlite.stricmp(name, "rows") == 0 || sqlite.stricmp(name, "chunks") == 0 ||
         sqlite.strnicmp(name, "vectors", 7) == 0 || sqlite.strnicmp(name, "codes", 5) == 0;
}

/* Every row is in its slot, every used slot has a row, every chunk has its vectors. */
static int vec0_integrity(sqlite3_vtab *base, const char *schema, const char *name, int flags,
                          char **message) {
  vec0_table *table = (vec0_table *)base;
  sqlite3_str *sql = sqlite.str_new(0);
  sqlite3_stmt *chunks = 0;
  sqlite3_blob *blobs[VEC0_MOST_VECTORS] = {0};
  const unsigned char *slots;
  int64_t used = 0;
  (void)schema;
  (void)name;
  (void)flags;
  sqlite.str_appendf(sql, "SELECT chunk, used, slots, rows FROM (SELECT count(*) AS rows FROM ");
  add_table(table, sql, "rows");
  sqlite.str_appendf(sql, ") LEFT JOIN ");
  add_table(table, sql, "chunks");
  int64_t rows = 0;
  int rc = prepare(table, sql, 0, &chunks);
  while (rc == SQLITE_OK && sqlite.step(chunks) == SQLITE_ROW) {
    int64_t chunk = sqlite.column_int64(chunks, 0);
    int64_t live = 0;
    rows = sqlite.column_int64(chunks, 3);
    if (sqlite.column_type(chunks, 0) == SQLITE_NULL) break;
    rc = read_slots(table, chunks, 2, &slots);
    for (int slot = 0; rc == SQLITE_OK && slot < table->slots; slot++) {
      int64_t its_chunk = 0;
      int its_slot = -1;
      if (!is_live(slots, slot)) continue;
      live++;
      rc = find_row(table, slot_rowid(table, slots, slot), &its_chunk, &its_slot);
      if (rc == SQLITE_OK && (its_chunk != chunk || its_slot != slot)) {
        rc = damaged(table, "a slot's row is elsewhere");
      }
    }
    if (rc == SQLITE_OK && live != sqlite.column_int64(chunks, 1)) {
      rc = damaged(table, "a chunk's count is wrong");
    }
    for (int i = 0; rc == SQLITE_OK && i < table->declared.count; i++) {
      const vec0_column *column = &table->declared.columns[i];
      if (column->kind != VEC0_VECTOR) continue;
      rc = open_store(table, column, VECTORS, chunk, 0, &blobs[column->number]);
    }
    used += live;
  }
  for (int i = 0; i < VEC0_MOST_VECTORS; i++) sqlite.blob_close(blobs[i]);
  int finalize_rc = sqlite.finalize(chunks);
  if (rc == SQLITE_OK) rc = finalize_rc;
  if (rc == SQLITE_OK && rows != used) rc = damaged(table, "a row is in no slot");
  if (rc == SQLITE_CORRUPT_VTAB) {
    *message = table->base.zErrMsg;
    table->base.zErrMsg = 0;
    return SQLITE_OK;
  }
  return rc;
}

static const hdb_module_4 vec0_module = {.base = {.iVersion = 4,
                                                  .xCreate = vec0_create,
                                                  .xConnect = vec0_connect,
                                                  .xBestIndex = vec0_best_index,
                                                  .xDisconnect = vec0_disconnect,
                                                  .xDestroy = vec0_destroy,
                                                  .xOpen = vec0_open,
                                                  .xClose = vec0_close,
                                                  .xFilter = vec0_filter,
                                                  .xNext = vec0_next,
                                                  .xEof = vec0_eof,
                                                  .xColumn = vec0_column_value,
                                                  .xRowid = vec0_rowid,
                                                  .xUpdate = vec0_update,
                                                  .xRename = vec0_rename,
                                                  .xShadowName = vec0_shadow_name},
                                         .xIntegrity = vec0_integrity};

int hdb_vec0_register(sqlite3 *db) {
  return sqlite.create_module_v2(db, "vec0", &vec0_module.base, 0, 0);
}
