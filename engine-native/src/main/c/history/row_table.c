/*
** What the modules heliosdb_versions and heliosdb_changes share.
*/
#include "row_table.h"

#include <stdlib.h>
#include <string.h>

#include "row_tables.h"

/* Pages */

static int past_commit(void *context, int64_t scn, hdb_commit *out) {
  return hdb_past_commit(((hdb_row_pages *)context)->past, scn, out);
}

static int past_page(void *context, int64_t scn, uint32_t page, unsigned char *out) {
  return hdb_past_page(((hdb_row_pages *)context)->past, scn, page, out);
}

static int past_changed_at(void *context, int64_t scn, uint32_t page, int64_t *out) {
  return hdb_past_changed_at(((hdb_row_pages *)context)->past, scn, page, out);
}

static int past_changes(void *context, int64_t from, int64_t to, hdb_page_change **out,
                        size_t *count) {
  return hdb_past_changes(((hdb_row_pages *)context)->past, from, to, out, count);
}

static int past_changed_pages(void *context, int64_t from, int64_t to, uint32_t **out,
                              size_t *count) {
  return hdb_past_changed_pages(((hdb_row_pages *)context)->past, from, to, out, count);
}

/*
** SQLite looks whether it is interrupted, and asks its progress handler, while a statement
** runs: so one does, long enough for that.
*/
static int poll(void *context) {
  hdb_row_pages *it = context;
  int rc = SQLITE_OK;
  if (!it->poll) {
    rc = sqlite.prepare_v3(it->db,
                           "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT"
                           " 100) SELECT count(*) FROM n",
                           -1, 0, &it->poll, 0);
  }
  if (rc != SQLITE_OK) return rc;
  sqlite.step(it->poll);
  return sqlite.reset(it->poll);
}

int hdb_row_pages_open(hdb_row_table *table, hdb_row_pages *out) {
  memset(out, 0, sizeof *out);
  out->db = table->db;
  int rc = hdb_past_begin(table->history, &out->past);
  if (rc != SQLITE_OK) {
    out->past = 0;
    return rc;
  }
  out->source = (hdb_page_source){.context = out,
                                  .page_size = hdb_past_page_size(out->past),
                                  .commit = past_commit,
                                  .page = past_page,
                                  .changed_at = past_changed_at,
                                  .changes = past_changes,
                                  .changed_pages = past_changed_pages,
                                  .poll = poll};
  rc = hdb_pages_open(&out->source, &out->pages);
  if (rc != SQLITE_OK) hdb_row_pages_close(out);
  return rc;
}

void hdb_row_pages_close(hdb_row_pages *pages) {
  hdb_pages_close(pages->pages);
  sqlite.finalize(pages->poll);
  if (pages->past) hdb_past_end(pages->past);
  memset(pages, 0, sizeof *pages);
}

/* Failures */

/* Sets a message that has just been made; there may have been no memory for it. */
static int fail(char **message, int rc, char *text) {
  if (!text) return SQLITE_NOMEM;
  sqlite.free(*message);
  *message = text;
  return rc;
}

int hdb_row_table_failed(hdb_row_table *table, int rc, const char *message) {
  char **out = &table->base.zErrMsg;
  if (rc == SQLITE_OK || (rc & 0xff) == SQLITE_NOMEM || (rc & 0xff) == SQLITE_INTERRUPT) return rc;
  if (rc == HDB_NO_POINT) {
    return fail(out, SQLITE_ERROR,
                sqlite.mprintf("The history of table %s cannot be read: a point of it has been "
                               "forgotten meanwhile",
                               table->name));
  }
  return fail(out, rc,
              sqlite.mprintf("The history of table %s cannot be read: %s (%d)", table->name,
                             message ? message : sqlite.errstr(rc), rc));
}

int hdb_row_table_point(hdb_row_table *table, hdb_row_pages *pages, sqlite3_value *argument,
                        int is_newest, int64_t *out) {
  hdb_commit commit;
  int is_given = argument && sqlite.value_type(argument) != SQLITE_NULL;
  int rc = SQLITE_OK;
  if (!is_given && !is_newest) {
    rc = hdb_past_oldest(pages->past, &commit);
  } else {
    if (is_given) commit.scn = sqlite.value_int64(argument);
    else rc = hdb_history_newest(table->history, &commit);
    if (rc == SQLITE_OK) rc = hdb_past_commit(pages->past, commit.scn, &commit);
  }
  if (rc == HDB_NO_POINT) {
    return fail(&table->base.zErrMsg, SQLITE_ERROR,
                hdb_history_explain(table->history, commit.scn));
  }
  *out = commit.scn;
  return rc;
}

/* The declaration */

static int is_taken(const hdb_row_table *table, const char *name, int underscores) {
  size_t length = strlen(name);
  for (int i = 0; i < table->shape.column_count; i++) {
    const char *other = table->shape.columns[i].name;
    if (strlen(other) == length + (size_t)underscores &&
        sqlite.strnicmp(other, name, (int)length) == 0 && strspn(other + length, "_") ==
        (size_t)underscores) {
      return 1;
    }
  }
  return 0;
}

void hdb_declare_hidden(sqlite3_str *sql, const hdb_row_table *table, const char *name,
                        const char *constraint) {
  int underscores = 0;
  while (is_taken(table, name, underscores)) underscores++;
  sqlite.str_appendf(sql, "\"%w", name);
  for (int i = 0; i < underscores; i++) sqlite.str_appendf(sql, "_");
  sqlite.str_appendf(sql, "\" %s", constraint);
}

void hdb_declare_column(sqlite3_str *sql, const hdb_column *column, const char *format,
                        const char *name, int number) {
  sqlite.str_appendf(sql, "\"");
  sqlite.str_appendf(sql, format, name, number);
  /* SQLite would hide a column for that word in its type. */
  int is_hiding = 0;
  for (const char *p = column->type; *p; p++) {
    if (sqlite.strnicmp(p, "hidden", 6) == 0) is_hiding = 1;
  }
  sqlite.str_appendf(sql, "\" %s COLLATE \"%w\", ", is_hiding ? "" : column->type,
                     column->collation);
}

/* Finds out by which columns a row can be looked up. */
static void find_key(hdb_row_table *table) {
  const hdb_table_shape *shape = &table->shape;
  int highest = 0;
  for (int i = 0; i < shape->column_count; i++) {
    int place = shape->rowid_column < 0 ? shape->columns[i].key_place : i == shape->rowid_column;
    if (place == 0) continue;
    table->key_count++;
    if (place > highest) highest = place;
    table->key_places[place - 1] = i;
    table->key_columns[place - 1] = &shape->columns[i];
  }
  /* A column is twice in the key, by different collations. */
  if (highest != table->key_count) table->key_count = 0;
}

static int take_shape(hdb_row_table *table, hdb_row_reader *reader) {
  hdb_row_reader_take_shape(reader, &table->shape);
  /* A key may name a column more than once, so that its places are more than the columns. */
  size_t count = (size_t)table->shape.column_count;
  for (int i = 0; i < table->shape.column_count; i++) {
    size_t place = (size_t)table->shape.columns[i].key_place;
    if (place > count) count = place;
  }
  table->column_names = sqlite.malloc64((count + 1) * sizeof *table->column_names);
  table->key_places = sqlite.malloc64((count + 1) * sizeof *table->key_places);
  table->key_columns = sqlite.malloc64((count + 1) * sizeof *table->key_columns);
  if (!table->column_names || !table->key_places || !table->key_columns) return SQLITE_NOMEM;
  for (int i = 0; i < table->shape.column_count; i++) {
    table->column_names[i] = table->shape.columns[i].name;
  }
  find_key(table);
  return SQLITE_OK;
}

/* Finds out what the table looks like at a point, the present if `point` is null. */
static int read_shape(hdb_row_table *table, const char *point, char **message) {
  hdb_row_pages pages;
  hdb_row_reader *reader = 0;
  hdb_commit commit;
  int rc = hdb_row_pages_open(table, &pages);
  if (rc != SQLITE_OK) return rc;
  rc = hdb_history_newest(table->history, &commit);
  if (rc == SQLITE_OK && point) {
    commit.scn = strtoll(point, 0, 10);
    rc = hdb_past_commit(pages.past, commit.scn, &commit);
    if (rc == HDB_NO_POINT) {
      rc = fail(message, SQLITE_ERROR, hdb_history_explain(table->history, commit.scn));
    }
  }
  if (rc == SQLITE_OK) rc = hdb_row_reader_open(pages.pages, table->name, 0, 0, &reader);
  if (rc == SQLITE_OK) {
    rc = hdb_row_reader_at(reader, commit.scn);
    if (rc != SQLITE_OK && hdb_row_reader_message(reader)) {
      rc = fail(message, rc, sqlite.mprintf("Table %s at SCN %lld cannot be read: %s", table->name,
                                            commit.scn, hdb_row_reader_message(reader)));
    }
  }
  if (rc == SQLITE_OK && !hdb_row_reader_shape(reader)->point.root) {
    const char *format = hdb_row_reader_shape(reader)->is_other_kind
                             ? "Only a table has a history of rows: %s is a view or a virtual "
                               "table at SCN %lld"
                             : "no such table: %s, at SCN %lld";
    rc = fail(message, SQLITE_ERROR, sqlite.mprintf(format, table->name, commit.scn));
  }
  if (rc == SQLITE_OK) rc = take_shape(table, reader);
  hdb_row_reader_close(reader);
  hdb_row_pages_close(&pages);
  return rc;
}

/* A name as it was written, perhaps in quotes. */
static char *unquoted(const char *name) {
  char quote = *name == '[' ? ']' : *name;
  char *out = sqlite.mprintf("%s", name);
  if (!out || !strchr("\"'`]", quote) || !quote) return out;
  char *to = out;
  for (const char *p = name + 1; *p; p++) {
    if (*p == quote && *++p != quote) break;
    *to++ = *p;
  }
  *to = 0;
  return out;
}

static int declare_table(hdb_row_table *table,
                         void (*declare)(const hdb_row_table *table, sqlite3_str *sql),
                         char **message) {
  sqlite3_str *text = sqlite.str_new(0);
  sqlite.str_appendf(text, "CREATE TABLE x(");
  declare(table, text);
  /* Tells rows apart, for SQLite to merge what the branches of an OR have found. */
  hdb_declare_hidden(text, table, "heliosdb_row", "BLOB HIDDEN PRIMARY KEY) WITHOUT ROWID");
  char *sql = sqlite.str_finish(text);
  if (!sql) return SQLITE_NOMEM;
  int rc = sqlite.declare_vtab(table->db, sql);
  sqlite.free(sql);
  if (rc == SQLITE_ERROR) {
    rc = fail(message, rc, sqlite.mprintf("A column of table %s has a name that its history uses "
                                          "itself: %s",
                                          table->name, sqlite.errmsg(table->db)));
  }
  return rc;
}

int hdb_row_table_connect(sqlite3 *db, int argc, const char *const *argv,
                          void (*declare)(const hdb_row_table *table, sqlite3_str *sql),
                          sqlite3_vtab **out, char **error_message) {
  enum { MODULE, SCHEMA, TABLE = 3, POINT, MOST };
  int rc = SQLITE_OK;
  if (sqlite.stricmp(argv[SCHEMA], "temp") != 0) {
    return fail(error_message, SQLITE_ERROR,
                sqlite.mprintf("%s tables are temporary: CREATE VIRTUAL TABLE temp.%s USING %s",
                               argv[MODULE], argv[SCHEMA + 1], argv[MODULE]));
  }
  if (argc <= TABLE || argc > MOST) {
    return fail(error_message, SQLITE_ERROR,
                sqlite.mprintf("%s takes the name of a table, and perhaps the SCN at which it has "
                               "the columns that are wanted",
                               argv[MODULE]));
  }
  hdb_row_table *table = sqlite.malloc64(sizeof *table);
  if (!table) return SQLITE_NOMEM;
  memset(table, 0, sizeof *table);
  table->db = db;
  table->name = unquoted(argv[TABLE]);
  if (!table->name) rc = SQLITE_NOMEM;
  if (rc == SQLITE_OK) table->history = hdb_history_of(db, &rc);
  if (rc == SQLITE_OK && !table->history) {
    rc = fail(error_message, SQLITE_ERROR,
              sqlite.mprintf("This database keeps no history, so that table %s has none",
                             table->name));
  }
  if (rc == SQLITE_OK) rc = read_shape(table, argc > POINT ? argv[POINT] : 0, error_message);
  if (rc == SQLITE_OK) rc = declare_table(table, declare, error_message);
  if (rc != SQLITE_OK) {
    if (!*error_message) {
      rc = hdb_row_table_failed(table, rc, 0);
      *error_message = table->base.zErrMsg;
    }
    hdb_row_table_disconnect(&table->base);
    return rc;
  }
  *out = &table->base;
  return SQLITE_OK;
}

int hdb_row_table_disconnect(sqlite3_vtab *base) {
  hdb_row_table *table = (hdb_row_table *)base;
  hdb_table_shape_free(&table->shape);
  sqlite.free(table->column_names);
  sqlite.free(table->key_places);
  sqlite.free(table->key_columns);
  sqlite.free(table->name);
  sqlite.free(table);
  return SQLITE_OK;
}

/* Plans and values */

int hdb_find_equality(const sqlite3_index_info *info, int column, int *is_unusable) {
  int has_unusable = 0;
  for (int i = 0; i < info->nConstraint; i++) {
    if (info->aConstraint[i].iColumn != column) continue;
    if (info->aConstraint[i].op != SQLITE_INDEX_CONSTRAINT_EQ) continue;
    if (info->aConstraint[i].usable) return i + 1;
    has_unusable = 1;
  }
  if (has_unusable) *is_unusable = 1;
  return 0;
}

void hdb_result_value(sqlite3_context *context, sqlite3_value *value) {
  if (value) {
    sqlite.result_value(context, value);
  } else {
    sqlite.result_null(context);
  }
}

int hdb_append_bytes(hdb_buffer *buffer, size_t *length, const void *bytes, size_t count) {
  if (*length + count > buffer->capacity) {
    size_t capacity = (*length + count) * 2 + 64;
    unsigned char *grown = sqlite.realloc64(buffer->bytes, capacity);
    if (!grown) return SQLITE_NOMEM;
    buffer->bytes = grown;
    buffer->capacity = capacity;
  }
  if (count > 0) memcpy(buffer->bytes + *length, bytes, count);
  *length += count;
  return SQLITE_OK;
}

int hdb_append_value(hdb_buffer *buffer, size_t *length, sqlite3_value *value) {
  unsigned char type = (unsigned char)(value ? sqlite.value_type(value) : SQLITE_NULL);
  int64_t number = 0;
  const void *bytes = &number;
  int count = 0;
  int rc = hdb_append_bytes(buffer, length, &type, 1);
  if (rc != SQLITE_OK || type == SQLITE_NULL) return rc;
  if (type == SQLITE_INTEGER) {
    number = sqlite.value_int64(value);
  } else if (type == SQLITE_FLOAT) {
    double real = sqlite.value_double(value);
    memcpy(&number, &real, sizeof number);
  } else {
    if (type == SQLITE_TEXT) bytes = sqlite.value_text(value);
    count = sqlite.value_bytes(value);
    if (type == SQLITE_BLOB) bytes = sqlite.value_blob(value);
    if (!bytes && (type == SQLITE_TEXT || count > 0)) return SQLITE_NOMEM;
    number = count;
  }
  rc = hdb_append_bytes(buffer, length, &number, sizeof number);
  return rc == SQLITE_OK ? hdb_append_bytes(buffer, length, bytes, (size_t)count) : rc;
}

int hdb_row_tables_register(sqlite3 *db) {
  int rc = sqlite.create_module_v2(db, "heliosdb_versions", &hdb_versions_module, 0, 0);
  if (rc != SQLITE_OK) return rc;
  return sqlite.create_module_v2(db, "heliosdb_changes", &hdb_changes_module, 0, 0);
}
