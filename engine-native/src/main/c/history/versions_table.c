/*
** The module heliosdb_versions: the versions that rows had in a range of points, each with
** the commits that began and ended it.
*/
#include <string.h>

#include "history_sql.h"
#include "row_table.h"
#include "row_versions.h"

/* Bits of a plan. The arguments are the points, then the key. */
enum {
  PLAN_FROM = 1,
  PLAN_TO = 2,
  PLAN_ONLY_CHANGES = 4,
  PLAN_ROWID = 8,  /* the key is a rowid */
  PLAN_COLUMNS = 16 /* the key is of the table's key columns */
};

/* Columns behind those of the table. */
enum {
  AFTER_START,
  AFTER_END,
  AFTER_START_TIME,
  AFTER_END_TIME,
  AFTER_OPERATION,
  AFTER_FROM,
  AFTER_TO,
  AFTER_ROWID
};

typedef struct versions_cursor {
  sqlite3_vtab_cursor base;
  hdb_row_pages pages;
  hdb_versions_query query;
  sqlite3_value **key; /* copies of the arguments that are the key */
  hdb_row_versions *versions;
  hdb_row_version version; /* the present row */
  int is_at_end;
  hdb_commit start, end; /* the last ones whose time was asked for */
} versions_cursor;

static hdb_row_table *table_of(const versions_cursor *self) {
  return (hdb_row_table *)self->base.pVtab;
}

static void declare(const hdb_row_table *table, sqlite3_str *sql) {
  const hdb_table_shape *shape = &table->shape;
  for (int i = 0; i < shape->column_count; i++) {
    hdb_declare_column(sql, &shape->columns[i], "%w", shape->columns[i].name, 0);
  }
  sqlite.str_appendf(sql, "versions_start_scn INTEGER, versions_end_scn INTEGER, "
                          "versions_start_time TEXT, versions_end_time TEXT, "
                          "versions_operation TEXT, ");
  hdb_declare_hidden(sql, table, "from_scn", "INTEGER HIDDEN, ");
  hdb_declare_hidden(sql, table, "to_scn", "INTEGER HIDDEN, ");
  hdb_declare_hidden(sql, table, "rowid", "INTEGER HIDDEN, ");
}

static int versions_connect(sqlite3 *db, void *data, int argc, const char *const *argv,
                            sqlite3_vtab **out, char **error_message) {
  (void)data;
  return hdb_row_table_connect(db, argc, argv, declare, out, error_message);
}

/* Whether a constraint is false for a version that was there before the range. */
static int rejects_null(unsigned char op) {
  return op == SQLITE_INDEX_CONSTRAINT_EQ || op == SQLITE_INDEX_CONSTRAINT_GT ||
         op == SQLITE_INDEX_CONSTRAINT_LE || op == SQLITE_INDEX_CONSTRAINT_LT ||
         op == SQLITE_INDEX_CONSTRAINT_GE || op == SQLITE_INDEX_CONSTRAINT_NE ||
         op == SQLITE_INDEX_CONSTRAINT_ISNOTNULL;
}

static int wants_only_changes(const sqlite3_index_info *info, int first) {
  for (int i = 0; i < info->nConstraint; i++) {
    int column = info->aConstraint[i].iColumn - first;
    if ((column == AFTER_START || column == AFTER_START_TIME || column == AFTER_OPERATION) &&
        info->aConstraint[i].usable && rejects_null(info->aConstraint[i].op)) {
      return 1;
    }
  }
  return 0;
}

/*
** Gives the key's arguments places behind `argument` if all of its columns have a value, by
** the collation of the column. The conditions are checked again by SQLite, so that more
** rows than these may be found.
*/
static int plan_key(const hdb_row_table *table, sqlite3_index_info *info, int argument) {
  int ignored = 0;
  int rowid = hdb_find_equality(info, table->shape.column_count + AFTER_ROWID, &ignored);
  if (rowid && !table->shape.point.is_index) {
    info->aConstraintUsage[rowid - 1].argvIndex = argument + 1;
    return PLAN_ROWID;
  }
  for (int i = 0; i < table->key_count; i++) {
    const char *collation = table->key_columns[i]->collation;
    int found = hdb_find_equality(info, table->key_places[i], &ignored);
    if (!found || !hdb_is_known_collation(collation) ||
        sqlite.stricmp(sqlite.vtab_collation(info, found - 1), collation) != 0) {
      return 0;
    }
  }
  for (int i = 0; i < table->key_count; i++) {
    int found = hdb_find_equality(info, table->key_places[i], &ignored);
    info->aConstraintUsage[found - 1].argvIndex = argument + 1 + i;
  }
  return table->key_count > 0 ? PLAN_COLUMNS : 0;
}

static int versions_best_index(sqlite3_vtab *base, sqlite3_index_info *info) {
  const hdb_row_table *table = (const hdb_row_table *)base;
  int first = table->shape.column_count;
  int is_unusable = 0;
  int argument = 0;
  for (int i = 0; i < 2; i++) {
    int found = hdb_find_equality(info, first + AFTER_FROM + i, &is_unusable);
    if (!found) continue;
    info->aConstraintUsage[found - 1].argvIndex = ++argument;
    info->aConstraintUsage[found - 1].omit = 1;
    info->idxNum |= i == 0 ? PLAN_FROM : PLAN_TO;
  }
  if (is_unusable) return SQLITE_CONSTRAINT;
  int key = plan_key(table, info, argument);
  info->idxNum |= key;
  if (wants_only_changes(info, first)) info->idxNum |= PLAN_ONLY_CHANGES;
  info->estimatedCost = key ? 1e3 : info->idxNum & PLAN_ONLY_CHANGES ? 1e7 : 1e8;
  info->estimatedRows = key ? 10 : info->idxNum & PLAN_ONLY_CHANGES ? 100000 : 1000000;
  return SQLITE_OK;
}

static int versions_open(sqlite3_vtab *base, sqlite3_vtab_cursor **out) {
  versions_cursor *self = sqlite.malloc64(sizeof *self);
  (void)base;
  if (!self) return SQLITE_NOMEM;
  memset(self, 0, sizeof *self);
  *out = &self->base;
  return SQLITE_OK;
}

static void end_versions(versions_cursor *self) {
  hdb_row_versions_close(self->versions);
  self->versions = 0;
  for (int i = 0; i < self->query.key_count; i++) sqlite.value_free(self->key[i]);
  sqlite.free(self->key);
  self->key = 0;
  memset(&self->query, 0, sizeof self->query);
}

static int versions_close(sqlite3_vtab_cursor *cursor) {
  versions_cursor *self = (versions_cursor *)cursor;
  end_versions(self);
  hdb_row_pages_close(&self->pages);
  sqlite.free(self);
  return SQLITE_OK;
}

static int failed(versions_cursor *self, int rc) {
  const char *message = self->versions ? hdb_row_versions_message(self->versions) : 0;
  self->is_at_end = 1;
  return hdb_row_table_failed(table_of(self), rc, message);
}

static int versions_next(sqlite3_vtab_cursor *cursor) {
  versions_cursor *self = (versions_cursor *)cursor;
  int rc = hdb_row_versions_next(self->versions, &self->version);
  if (rc == SQLITE_ROW) return SQLITE_OK;
  self->is_at_end = 1;
  return rc == SQLITE_DONE ? SQLITE_OK : failed(self, rc);
}

static int contains(const char *text, const char *part) {
  for (; *text; text++) {
    if (sqlite.strnicmp(text, part, (int)strlen(part)) == 0) return 1;
  }
  return 0;
}

/*
** Whether the look-up of a key compares as SQLite does with the condition of the query. There
** the other side may be a column, whose affinity then counts, too: the look-up is right for a
** column of numbers, and for one of text that is compared with a text.
*/
static int compares_alike(const hdb_column *column, sqlite3_value *value) {
  const char *type = column->type;
  int is_text = contains(type, "char") || contains(type, "clob") || contains(type, "text");
  int is_number = contains(type, "int") || contains(type, "real") || contains(type, "floa") ||
                  contains(type, "doub");
  if (sqlite.value_type(value) == SQLITE_BLOB || sqlite.value_type(value) == SQLITE_NULL) return 1;
  if (!*type || contains(type, "blob") || contains(type, "any") || (is_text && is_number)) return 0;
  return !is_text || sqlite.value_type(value) == SQLITE_TEXT;
}

/* Takes over the arguments that are the key. Without it, all rows are looked at. */
static int take_key(versions_cursor *self, int plan, int count, sqlite3_value **values) {
  const hdb_row_table *table = table_of(self);
  if (!(plan & (PLAN_ROWID | PLAN_COLUMNS))) return SQLITE_OK;
  for (int i = 0; i < count && (plan & PLAN_COLUMNS); i++) {
    if (!compares_alike(table->key_columns[i], values[i])) return SQLITE_OK;
  }
  self->key = sqlite.malloc64((size_t)count * sizeof(sqlite3_value *));
  if (!self->key) return SQLITE_NOMEM;
  for (int i = 0; i < count; i++) {
    self->key[i] = sqlite.value_dup(values[i]);
    if (!self->key[i]) return SQLITE_NOMEM;
    self->query.key_count++;
  }
  self->query.key = self->key;
  self->query.key_wanted = table->key_places;
  self->query.key_columns = table->key_columns;
  self->query.key_kind = plan & PLAN_ROWID                ? HDB_KEY_ROWID
                         : table->shape.point.is_index    ? HDB_KEY_COLUMNS
                         : table->shape.rowid_column >= 0 ? HDB_KEY_ALIAS
                                                          : HDB_KEY_UNIQUE;
  return SQLITE_OK;
}

/* The points of the range, and the one before it if there is one. */
static int find_points(versions_cursor *self, sqlite3_value *from, sqlite3_value *to) {
  hdb_row_table *table = table_of(self);
  hdb_versions_query *query = &self->query;
  hdb_commit before;
  int rc = hdb_row_table_point(table, &self->pages, from, 0, &query->from);
  if (rc == SQLITE_OK) rc = hdb_row_table_point(table, &self->pages, to, 1, &query->to);
  if (rc != SQLITE_OK) return rc;
  if (query->from > query->to) {
    table->base.zErrMsg =
        sqlite.mprintf("The range of versions ends at SCN %lld, before it begins at SCN %lld",
                       query->to, query->from);
    return table->base.zErrMsg ? SQLITE_ERROR : SQLITE_NOMEM;
  }
  rc = hdb_past_commit(self->pages.past, query->from - 1, &before);
  query->base = rc == SQLITE_OK ? before.scn : query->from;
  return rc == HDB_NO_POINT ? SQLITE_OK : rc;
}

static int versions_filter(sqlite3_vtab_cursor *cursor, int plan, const char *text, int argc,
                           sqlite3_value **argv) {
  versions_cursor *self = (versions_cursor *)cursor;
  hdb_row_table *table = table_of(self);
  int used = 0;
  sqlite3_value *from = plan & PLAN_FROM ? argv[used++] : 0;
  sqlite3_value *to = plan & PLAN_TO ? argv[used++] : 0;
  int rc = SQLITE_OK;
  (void)text;
  end_versions(self);
  self->is_at_end = 0;
  if (!self->pages.pages) rc = hdb_row_pages_open(table, &self->pages);
  if (rc == SQLITE_OK) rc = find_points(self, from, to);
  if (rc != SQLITE_OK && table->base.zErrMsg) return rc;
  self->query.table = table->name;
  self->query.wanted = table->column_names;
  self->query.wanted_count = table->shape.column_count;
  self->query.only_changes = (plan & PLAN_ONLY_CHANGES) != 0;
  if (rc == SQLITE_OK) rc = take_key(self, plan, argc - used, argv + used);
  if (rc == SQLITE_OK) {
    rc = hdb_row_versions_open(self->pages.pages, &self->query, &self->versions);
  }
  return rc == SQLITE_OK ? versions_next(cursor) : failed(self, rc);
}

static int versions_eof(sqlite3_vtab_cursor *cursor) {
  return ((versions_cursor *)cursor)->is_at_end;
}

static void result_scn(sqlite3_context *context, int64_t scn) {
  if (scn) sqlite.result_int64(context, scn);
}

/* Gives the time of a commit, which `last` keeps. */
static int result_time(versions_cursor *self, sqlite3_context *context, int64_t scn,
                       hdb_commit *last) {
  char time[HDB_TIME_BYTES];
  if (!scn) return SQLITE_OK;
  if (last->scn != scn) {
    int rc = hdb_past_commit(self->pages.past, scn, last);
    if (rc != SQLITE_OK) {
      last->scn = 0;
      return hdb_row_table_failed(table_of(self), rc, 0);
    }
  }
  hdb_time_text(last->time, time);
  sqlite.result_text(context, time, -1, SQLITE_TRANSIENT);
  return SQLITE_OK;
}

/* What tells a version from all others: its start, and its row by rowid or all values. */
static int result_id(const versions_cursor *self, sqlite3_context *context) {
  const hdb_row_version *version = &self->version;
  hdb_buffer id = {0};
  size_t length = 0;
  int count = version->has_rowid ? 0 : self->query.wanted_count;
  int rc = hdb_append_bytes(&id, &length, &version->start, sizeof version->start);
  if (rc == SQLITE_OK) rc = hdb_append_bytes(&id, &length, &version->operation, 1);
  if (rc == SQLITE_OK && version->has_rowid) {
    rc = hdb_append_bytes(&id, &length, &version->rowid, sizeof version->rowid);
  }
  for (int i = 0; i < count && rc == SQLITE_OK; i++) {
    rc = hdb_append_value(&id, &length, hdb_row_versions_wanted(self->versions, i));
  }
  if (rc == SQLITE_OK) sqlite.result_blob64(context, id.bytes, length, SQLITE_TRANSIENT);
  hdb_buffer_free(&id);
  return rc;
}

static int versions_column(sqlite3_vtab_cursor *cursor, sqlite3_context *context, int column) {
  versions_cursor *self = (versions_cursor *)cursor;
  const hdb_row_version *version = &self->version;
  int count = self->query.wanted_count;
  if (column < count) {
    hdb_result_value(context, hdb_row_versions_wanted(self->versions, column));
    return SQLITE_OK;
  }
  switch (column - count) {
    case AFTER_START:
      result_scn(context, version->start);
      break;
    case AFTER_END:
      result_scn(context, version->end);
      break;
    case AFTER_START_TIME:
      return result_time(self, context, version->start, &self->start);
    case AFTER_END_TIME:
      return result_time(self, context, version->end, &self->end);
    case AFTER_OPERATION:
      if (version->operation) sqlite.result_text(context, &version->operation, 1, SQLITE_TRANSIENT);
      break;
    case AFTER_FROM:
      sqlite.result_int64(context, self->query.from);
      break;
    case AFTER_TO:
      sqlite.result_int64(context, self->query.to);
      break;
    case AFTER_ROWID:
      if (version->has_rowid) sqlite.result_int64(context, version->rowid);
      break;
    default:
      return result_id(self, context);
  }
  return SQLITE_OK;
}

static int versions_rowid(sqlite3_vtab_cursor *cursor, int64_t *rowid) {
  *rowid = ((versions_cursor *)cursor)->version.rowid;
  return SQLITE_OK;
}

const sqlite3_module hdb_versions_module = {
    .xCreate = versions_connect,
    .xConnect = versions_connect,
    .xBestIndex = versions_best_index,
    .xDisconnect = hdb_row_table_disconnect,
    .xDestroy = hdb_row_table_disconnect,
    .xOpen = versions_open,
    .xClose = versions_close,
    .xFilter = versions_filter,
    .xNext = versions_next,
    .xEof = versions_eof,
    .xColumn = versions_column,
    .xRowid = versions_rowid,
};
