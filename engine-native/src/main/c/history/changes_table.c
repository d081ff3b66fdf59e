/*
** The module heliosdb_changes: the rows in which two points differ. Of an update it has the
** old and the new values, of an insertion the new ones, of a deletion the old ones.
*/
#include <string.h>

#include "row_changes.h"
#include "row_table.h"

/* Bits of a plan: which of the points are among the arguments. */
enum { PLAN_FROM = 1, PLAN_TO = 2 };

/* Columns behind those of the table, old and new. */
enum { AFTER_FROM, AFTER_TO, AFTER_ROWID };

typedef struct changes_cursor {
  sqlite3_vtab_cursor base;
  hdb_row_pages pages;
  hdb_row_reader *old_reader, *new_reader;
  hdb_table_changes *changes;
  hdb_row_change change; /* the present row */
  int64_t from, to;
  int is_at_end;
} changes_cursor;

static hdb_row_table *table_of(const changes_cursor *self) {
  return (hdb_row_table *)self->base.pVtab;
}

static void declare(const hdb_row_table *table, sqlite3_str *sql) {
  const hdb_table_shape *shape = &table->shape;
  sqlite.str_appendf(sql, "operation TEXT, ");
  for (int i = 0; i < 2 * shape->column_count; i++) {
    int column = i % shape->column_count;
    hdb_declare_column(sql, &shape->columns[column], "%s_%d", i == column ? "old" : "new", column);
  }
  sqlite.str_appendf(sql, "from_scn INTEGER HIDDEN, to_scn INTEGER HIDDEN, ");
  sqlite.str_appendf(sql, "rowid INTEGER HIDDEN, ");
}

static int changes_connect(sqlite3 *db, void *data, int argc, const char *const *argv,
                           sqlite3_vtab **out, char **error_message) {
  (void)data;
  return hdb_row_table_connect(db, argc, argv, declare, out, error_message);
}

static int changes_best_index(sqlite3_vtab *base, sqlite3_index_info *info) {
  const hdb_row_table *table = (const hdb_row_table *)base;
  int first = 1 + 2 * table->shape.column_count;
  int is_unusable = 0;
  int argument = 0;
  for (int i = 0; i < 2; i++) {
    int found = hdb_find_equality(info, first + i, &is_unusable);
    if (!found) continue;
    info->aConstraintUsage[found - 1].argvIndex = ++argument;
    info->aConstraintUsage[found - 1].omit = 1;
    info->idxNum |= i == 0 ? PLAN_FROM : PLAN_TO;
  }
  info->estimatedCost = 1e6;
  info->estimatedRows = 10000;
  return is_unusable ? SQLITE_CONSTRAINT : SQLITE_OK;
}

static int changes_open(sqlite3_vtab *base, sqlite3_vtab_cursor **out) {
  changes_cursor *self = sqlite.malloc64(sizeof *self);
  (void)base;
  if (!self) return SQLITE_NOMEM;
  memset(self, 0, sizeof *self);
  *out = &self->base;
  return SQLITE_OK;
}

static int changes_close(sqlite3_vtab_cursor *cursor) {
  changes_cursor *self = (changes_cursor *)cursor;
  hdb_table_changes_close(self->changes);
  hdb_row_reader_close(self->old_reader);
  hdb_row_reader_close(self->new_reader);
  hdb_row_pages_close(&self->pages);
  sqlite.free(self);
  return SQLITE_OK;
}

static int failed(changes_cursor *self, int rc) {
  const char *message = self->old_reader ? hdb_row_reader_message(self->old_reader) : 0;
  if (!message && self->new_reader) message = hdb_row_reader_message(self->new_reader);
  self->is_at_end = 1;
  return hdb_row_table_failed(table_of(self), rc, message);
}

static int changes_next(sqlite3_vtab_cursor *cursor) {
  changes_cursor *self = (changes_cursor *)cursor;
  int rc = hdb_table_changes_next(self->changes, &self->change);
  if (rc == SQLITE_ROW) return SQLITE_OK;
  self->is_at_end = 1;
  return rc == SQLITE_DONE ? SQLITE_OK : failed(self, rc);
}

static int open_readers(changes_cursor *self) {
  hdb_row_table *table = table_of(self);
  int rc = SQLITE_OK;
  if (!self->pages.pages) rc = hdb_row_pages_open(table, &self->pages);
  if (rc == SQLITE_OK && !self->old_reader) {
    rc = hdb_row_reader_open(self->pages.pages, table->name, table->column_names,
                             table->shape.column_count, &self->old_reader);
  }
  if (rc == SQLITE_OK && !self->new_reader) {
    rc = hdb_row_reader_open(self->pages.pages, table->name, table->column_names,
                             table->shape.column_count, &self->new_reader);
  }
  return rc;
}

static int changes_filter(sqlite3_vtab_cursor *cursor, int plan, const char *text, int argc,
                          sqlite3_value **argv) {
  changes_cursor *self = (changes_cursor *)cursor;
  hdb_row_table *table = table_of(self);
  sqlite3_value *from = plan & PLAN_FROM ? argv[0] : 0;
  sqlite3_value *to = plan & PLAN_TO ? argv[argc - 1] : 0;
  (void)text;
  hdb_table_changes_close(self->changes);
  self->changes = 0;
  self->is_at_end = 0;
  int rc = open_readers(self);
  if (rc == SQLITE_OK) rc = hdb_row_table_point(table, &self->pages, from, 0, &self->from);
  if (rc == SQLITE_OK) rc = hdb_row_table_point(table, &self->pages, to, 1, &self->to);
  if (rc != SQLITE_OK && table->base.zErrMsg) return rc;
  if (rc == SQLITE_OK) {
    rc = hdb_table_changes_open(self->pages.pages, self->old_reader, self->new_reader, self->from,
                                self->to, &self->changes);
  }
  return rc == SQLITE_OK ? changes_next(cursor) : failed(self, rc);
}

static int changes_eof(sqlite3_vtab_cursor *cursor) {
  return ((changes_cursor *)cursor)->is_at_end;
}

static int result_id(const changes_cursor *self, sqlite3_context *context) {
  hdb_buffer id = {0};
  size_t length = 0;
  int rc = hdb_append_bytes(&id, &length, &self->change.operation, 1);
  if (rc == SQLITE_OK) {
    rc = hdb_append_bytes(&id, &length, self->change.key, self->change.key_bytes);
  }
  if (rc == SQLITE_OK) sqlite.result_blob64(context, id.bytes, length, SQLITE_TRANSIENT);
  hdb_buffer_free(&id);
  return rc;
}

static int changes_column(sqlite3_vtab_cursor *cursor, sqlite3_context *context, int column) {
  changes_cursor *self = (changes_cursor *)cursor;
  int count = table_of(self)->shape.column_count;
  char operation = self->change.operation;
  if (column == 0) {
    sqlite.result_text(context, &operation, 1, SQLITE_TRANSIENT);
  } else if (column <= count) {
    hdb_result_value(context,
                     operation == 'I' ? 0 : hdb_row_reader_wanted(self->old_reader, column - 1));
  } else if (column <= 2 * count) {
    hdb_result_value(
        context, operation == 'D' ? 0
                                  : hdb_row_reader_wanted(self->new_reader, column - 1 - count));
  } else if (column == 1 + 2 * count + AFTER_FROM) {
    sqlite.result_int64(context, self->from);
  } else if (column == 1 + 2 * count + AFTER_TO) {
    sqlite.result_int64(context, self->to);
  } else if (column == 1 + 2 * count + AFTER_ROWID) {
    if (self->change.has_rowid) sqlite.result_int64(context, self->change.rowid);
  } else {
    return result_id(self, context);
  }
  return SQLITE_OK;
}

static int changes_rowid(sqlite3_vtab_cursor *cursor, int64_t *rowid) {
  *rowid = ((changes_cursor *)cursor)->change.rowid;
  return SQLITE_OK;
}

const sqlite3_module hdb_changes_module = {
    .xCreate = changes_connect,
    .xConnect = changes_connect,
    .xBestIndex = changes_best_index,
    .xDisconnect = hdb_row_table_disconnect,
    .xDestroy = hdb_row_table_disconnect,
    .xOpen = changes_open,
    .xClose = changes_close,
    .xFilter = changes_filter,
    .xNext = changes_next,
    .xEof = changes_eof,
    .xColumn = changes_column,
    .xRowid = changes_rowid,
};
