/*
** The history as tables of SQL, read-only and there without being created: heliosdb_commits,
** heliosdb_tags and heliosdb_history. docs/time-travel.md lists their columns for users.
**
** They belong to the main database of the connection that they are used on.
*/
#include <string.h>

#include "../storage/platform.h"
#include "history_sql.h"
#include "internal.h"

typedef struct history_table {
  sqlite3_vtab table;
  sqlite3 *db;
} history_table;

/* `declaration`: the table's columns, as CREATE TABLE. */
static int connect_table(sqlite3 *db, void *declaration, int argc, const char *const *argv,
                         sqlite3_vtab **out, char **error) {
  (void)argc;
  (void)argv;
  (void)error;
  int rc = sqlite.declare_vtab(db, declaration);
  if (rc != SQLITE_OK) return rc;
  history_table *table = sqlite.malloc64(sizeof *table);
  if (!table) return SQLITE_NOMEM;
  memset(table, 0, sizeof *table);
  table->db = db;
  *out = &table->table;
  return SQLITE_OK;
}

static int disconnect_table(sqlite3_vtab *table) {
  sqlite.free(table);
  return SQLITE_OK;
}

/* What the cursors have in common; of what they do not need they have none. */
typedef struct history_cursor {
  sqlite3_vtab_cursor cursor;
  hdb_past *past;
  sqlite3_stmt *statement; /* of the history's store */
  int is_at_end;
} history_cursor;

static int open_cursor(size_t size, sqlite3_vtab_cursor **out) {
  sqlite3_vtab_cursor *cursor = sqlite.malloc64(size);
  if (!cursor) return SQLITE_NOMEM;
  memset(cursor, 0, size);
  *out = cursor;
  return SQLITE_OK;
}

static void stop_reading(history_cursor *self) {
  sqlite.finalize(self->statement);
  hdb_past_end(self->past);
  self->statement = 0;
  self->past = 0;
  self->is_at_end = 1;
}

/* Prepares the statement; *history is null if there is none, and the table is empty then. */
static int start_reading(history_cursor *self, const char *sql, hdb_history **history) {
  int rc;
  stop_reading(self);
  *history = hdb_history_of(((history_table *)self->cursor.pVtab)->db, &rc);
  if (!*history) return rc;
  rc = hdb_past_begin(*history, &self->past);
  if (rc == SQLITE_OK) {
    rc = hdb_store_prepare(hdb_past_store(self->past), sql, 0, &self->statement);
  }
  return rc;
}

static int close_cursor(sqlite3_vtab_cursor *cursor) {
  stop_reading((history_cursor *)cursor);
  sqlite.free(cursor);
  return SQLITE_OK;
}

static int is_at_end(sqlite3_vtab_cursor *cursor) { return ((history_cursor *)cursor)->is_at_end; }

/* heliosdb_commits */

enum { COMMIT_SCN, COMMIT_TIME, COMMIT_PAGES, COMMIT_TAG };
enum { FROM_SCN = 1, TO_SCN = 2, DESCENDING = 4 };

typedef struct commits_cursor {
  history_cursor base;
  hdb_commit commit;
  int64_t from, to; /* SCNs still to come */
  int is_descending;
} commits_cursor;

/* Bounds of the SCN narrow the scan; SQLite still checks each row. */
static int commits_best_index(sqlite3_vtab *table, sqlite3_index_info *info) {
  int arguments = 0;
  (void)table;
  info->estimatedCost = 1e6;
  for (int bound = FROM_SCN; bound <= TO_SCN; bound++) {
    for (int i = 0; i < info->nConstraint; i++) {
      int op = info->aConstraint[i].op;
      int fits = op == SQLITE_INDEX_CONSTRAINT_EQ ||
                 (bound == FROM_SCN ? op == SQLITE_INDEX_CONSTRAINT_GT || op == SQLITE_INDEX_CONSTRAINT_GE
                                    : op == SQLITE_INDEX_CONSTRAINT_LT || op == SQLITE_INDEX_CONSTRAINT_LE);
      if (!info->aConstraint[i].usable || info->aConstraint[i].iColumn != COMMIT_SCN || !fits) continue;
      /* One argument can be both bounds: it is asked for where it is first needed. */
      if (info->aConstraintUsage[i].argvIndex == 0) {
        info->aConstraintUsage[i].argvIndex = ++arguments;
        info->idxNum |= op == SQLITE_INDEX_CONSTRAINT_EQ ? FROM_SCN | TO_SCN : bound;
        info->estimatedCost /= op == SQLITE_INDEX_CONSTRAINT_EQ ? 1e6 : 4;
        if (op == SQLITE_INDEX_CONSTRAINT_EQ) bound = TO_SCN;
        break;
      }
    }
  }
  if (info->nOrderBy == 1 && info->aOrderBy[0].iColumn == COMMIT_SCN) {
    info->orderByConsumed = 1;
    if (info->aOrderBy[0].desc) info->idxNum |= DESCENDING;
  }
  return SQLITE_OK;
}

static int commits_open(sqlite3_vtab *table, sqlite3_vtab_cursor **out) {
  (void)table;
  return open_cursor(sizeof(commits_cursor), out);
}

static int commits_next(sqlite3_vtab_cursor *cursor) {
  commits_cursor *self = (commits_cursor *)cursor;
  self->base.is_at_end = 0;
  while (self->from <= self->to) {
    int rc = hdb_past_commit(self->base.past, self->is_descending ? self->to-- : self->from++,
                             &self->commit);
    if (rc != HDB_NO_POINT) return rc;
    /* Retention was faster: what comes before this point is gone too. */
    if (self->is_descending) break;
  }
  self->base.is_at_end = 1;
  return SQLITE_OK;
}

static int commits_filter(sqlite3_vtab_cursor *cursor, int plan, const char *text, int argc,
                          sqlite3_value **argv) {
  commits_cursor *self = (commits_cursor *)cursor;
  hdb_history *history;
  hdb_commit oldest;
  hdb_commit newest;
  (void)text;
  int rc = start_reading(&self->base, "SELECT group_concat(name, ', ') FROM tags WHERE scn = ?",
                         &history);
  if (rc == SQLITE_OK && !history) return rc;
  if (rc == SQLITE_OK) rc = hdb_history_newest(history, &newest);
  if (rc == SQLITE_OK) rc = hdb_past_oldest(self->base.past, &oldest);
  if (rc != SQLITE_OK) return rc;
  self->from = oldest.scn + 1;
  self->to = newest.scn;
  self->is_descending = (plan & DESCENDING) != 0;
  for (int i = 0; i < argc; i++) {
    /* A number that is no integer bounds a little more than it has to. */
    int64_t scn = sqlite.value_int64(argv[i]);
    int is_from = (plan & FROM_SCN) && (i == 0);
    int is_to = (plan & TO_SCN) && (i == argc - 1);
    if (sqlite.value_type(argv[i]) != SQLITE_INTEGER) continue;
    if (is_from && scn > self->from) self->from = scn;
    if (is_to && scn < self->to) self->to = scn;
  }
  return commits_next(cursor);
}

static void result_time(sqlite3_context *context, int64_t time) {
  char text[HDB_TIME_BYTES];
  hdb_time_text(time, text);
  sqlite.result_text(context, text, -1, SQLITE_TRANSIENT);
}

static int commits_column(sqlite3_vtab_cursor *cursor, sqlite3_context *context, int column) {
  commits_cursor *self = (commits_cursor *)cursor;
  sqlite3_stmt *tags = self->base.statement;
  switch (column) {
    case COMMIT_SCN:
      sqlite.result_int64(context, self->commit.scn);
      break;
    case COMMIT_TIME:
      result_time(context, self->commit.time);
      break;
    case COMMIT_PAGES:
      sqlite.result_int64(context, self->commit.changed_pages);
      break;
    default:
      sqlite.bind_int64(tags, 1, self->commit.scn);
      if (sqlite.step(tags) == SQLITE_ROW) {
        const char *names = (const char *)sqlite.column_text(tags, 0);
        if (names) sqlite.result_text(context, names, -1, SQLITE_TRANSIENT);
      }
      return sqlite.reset(tags);
  }
  return SQLITE_OK;
}

static int commits_rowid(sqlite3_vtab_cursor *cursor, int64_t *rowid) {
  *rowid = ((commits_cursor *)cursor)->commit.scn;
  return SQLITE_OK;
}

/* heliosdb_tags */

typedef struct tags_cursor {
  history_cursor base;
  int64_t row;
} tags_cursor;

static int any_best_index(sqlite3_vtab *table, sqlite3_index_info *info) {
  (void)table;
  info->estimatedCost = 100;
  return SQLITE_OK;
}

static int tags_open(sqlite3_vtab *table, sqlite3_vtab_cursor **out) {
  (void)table;
  return open_cursor(sizeof(tags_cursor), out);
}

static int tags_next(sqlite3_vtab_cursor *cursor) {
  tags_cursor *self = (tags_cursor *)cursor;
  int rc = sqlite.step(self->base.statement);
  self->row++;
  self->base.is_at_end = rc != SQLITE_ROW;
  return rc == SQLITE_ROW || rc == SQLITE_DONE ? SQLITE_OK : rc;
}

static int tags_filter(sqlite3_vtab_cursor *cursor, int plan, const char *text, int argc,
                       sqlite3_value **argv) {
  hdb_history *history;
  (void)plan;
  (void)text;
  (void)argc;
  (void)argv;
  int rc = start_reading((history_cursor *)cursor,
                         "SELECT name, scn, created_time FROM tags ORDER BY scn, name", &history);
  return rc == SQLITE_OK && history ? tags_next(cursor) : rc;
}

static int tags_column(sqlite3_vtab_cursor *cursor, sqlite3_context *context, int column) {
  sqlite3_stmt *rows = ((history_cursor *)cursor)->statement;
  if (column == 0) {
    sqlite.result_text(context, (const char *)sqlite.column_text(rows, 0), -1, SQLITE_TRANSIENT);
  } else if (column == 1) {
    sqlite.result_int64(context, sqlite.column_int64(rows, 1));
  } else {
    result_time(context, sqlite.column_int64(rows, 2));
  }
  return SQLITE_OK;
}

static int tags_rowid(sqlite3_vtab_cursor *cursor, int64_t *rowid) {
  *rowid = ((tags_cursor *)cursor)->row;
  return SQLITE_OK;
}

/* heliosdb_history: one row */

enum {
  STATE,
  OLDEST_SCN,
  OLDEST_AT,
  NEWEST_SCN,
  NEWEST_AT,
  CAPTURED_SCN,
  BYTES,
  CAPTURES,
  VERSIONS,
  CAPTURE_NANOS,
  FAILURES,
  LAST_FAILURE,
  GAP_SCN,
  GAP_AT,
  GAP_REASON,
  PAGE_SIZE
};

typedef struct history_row {
  const char *state;
  int has_points;
  hdb_commit oldest, newest;
  int64_t captured_scn, bytes, captures, versions, capture_nanos, failures, page_size;
  int64_t gap_scn, gap_time;
  char failure[HDB_FAILURE_BYTES];
} history_row;

typedef struct state_cursor {
  history_cursor base;
  history_row row;
} state_cursor;

static int state_open(sqlite3_vtab *table, sqlite3_vtab_cursor **out) {
  (void)table;
  return open_cursor(sizeof(state_cursor), out);
}

static int64_t file_bytes(const char *path, const char *suffix) {
  void *block;
  char *file = hdb_make_path(path, suffix, &block);
  int64_t bytes = file ? hdb_read_file_mark(file).bytes : 0;
  sqlite.free(block);
  return bytes;
}

static int read_points(hdb_history *history, history_row *row) {
  hdb_past *past;
  int rc = hdb_history_oldest(history, &row->oldest);
  if (rc == SQLITE_OK) rc = hdb_history_newest(history, &row->newest);
  if (rc == SQLITE_OK) rc = hdb_past_begin(history, &past);
  if (rc == SQLITE_OK) {
    const hdb_state *state = hdb_past_state(past);
    row->captured_scn = state->newest.scn;
    row->gap_scn = state->gap_scn;
    row->gap_time = state->gap_time;
    row->page_size = hdb_past_page_size(past);
    hdb_past_end(past);
  }
  row->has_points = rc == SQLITE_OK;
  return rc;
}

static void read_figures(hdb_history *history, history_row *row) {
  sqlite.mutex_enter(history->mutex);
  row->captures = history->captures;
  row->versions = history->versions;
  row->capture_nanos = history->capture_nanos;
  row->failures = history->failures;
  memcpy(row->failure, history->failure, sizeof row->failure);
  sqlite.mutex_leave(history->mutex);
  row->bytes = file_bytes(history->store_path, "") + file_bytes(history->store_path, "-wal") +
               file_bytes(history->times_path, "");
}

static int state_filter(sqlite3_vtab_cursor *cursor, int plan, const char *text, int argc,
                          sqlite3_value **argv) {
  state_cursor *self = (state_cursor *)cursor;
  hdb_database *database = 0;
  sqlite3 *db = ((history_table *)cursor->pVtab)->db;
  int rc;
  (void)plan;
  (void)text;
  (void)argc;
  (void)argv;
  self->base.is_at_end = 0;
  memset(&self->row, 0, sizeof self->row);
  self->row.state = "off";
  hdb_history *history = hdb_history_of(db, &rc);
  if (sqlite.file_control(db, "main", HDB_FCNTL_DATABASE, &database) != SQLITE_OK ||
      !database->history) {
    return SQLITE_OK;
  }
  if (history) rc = read_points(history, &self->row);
  read_figures(database->history, &self->row);
  self->row.state = rc == SQLITE_OK && self->row.failures == 0 ? "on" : "failed";
  if (rc != SQLITE_OK && self->row.failure[0] == 0) {
    sqlite.xsnprintf(HDB_FAILURE_BYTES, self->row.failure, "The history cannot be read: %s (%d)",
                     sqlite.errstr(rc), rc);
  }
  return SQLITE_OK;
}

static int state_next(sqlite3_vtab_cursor *cursor) {
  ((history_cursor *)cursor)->is_at_end = 1;
  return SQLITE_OK;
}

static int state_column(sqlite3_vtab_cursor *cursor, sqlite3_context *context, int column) {
  const history_row *row = &((state_cursor *)cursor)->row;
  static const char gap_reason[] =
      "another program changed the database, or its history was lost";
  switch (column) {
    case STATE:
      sqlite.result_text(context, row->state, -1, SQLITE_STATIC);
      break;
    case OLDEST_SCN:
      if (row->has_points) sqlite.result_int64(context, row->oldest.scn);
      break;
    case OLDEST_AT:
      if (row->has_points) result_time(context, row->oldest.time);
      break;
    case NEWEST_SCN:
      if (row->has_points) sqlite.result_int64(context, row->newest.scn);
      break;
    case NEWEST_AT:
      if (row->has_points) result_time(context, row->newest.time);
      break;
    case CAPTURED_SCN:
      if (row->has_points) sqlite.result_int64(context, row->captured_scn);
      break;
    case BYTES:
      sqlite.result_int64(context, row->bytes);
      break;
    case CAPTURES:
      sqlite.result_int64(context, row->captures);
      break;
    case VERSIONS:
      sqlite.result_int64(context, row->versions);
      break;
    case CAPTURE_NANOS:
      sqlite.result_int64(context, row->capture_nanos);
      break;
    case FAILURES:
      sqlite.result_int64(context, row->failures);
      break;
    case LAST_FAILURE:
      if (row->failure[0]) sqlite.result_text(context, row->failure, -1, SQLITE_TRANSIENT);
      break;
    case GAP_SCN:
      if (row->gap_scn) sqlite.result_int64(context, row->gap_scn);
      break;
    case GAP_AT:
      if (row->gap_scn) result_time(context, row->gap_time);
      break;
    case GAP_REASON:
      if (row->gap_scn) sqlite.result_text(context, gap_reason, -1, SQLITE_STATIC);
      break;
    default:
      if (row->has_points) sqlite.result_int64(context, row->page_size);
  }
  return SQLITE_OK;
}

static int state_rowid(sqlite3_vtab_cursor *cursor, int64_t *rowid) {
  (void)cursor;
  *rowid = 1;
  return SQLITE_OK;
}

#define TABLE_MODULE(prefix, best_index)                                                  \
  {                                                                                       \
    .xConnect = connect_table, .xBestIndex = best_index, .xDisconnect = disconnect_table, \
    .xOpen = prefix##_open, .xClose = close_cursor, .xFilter = prefix##_filter,           \
    .xNext = prefix##_next, .xEof = is_at_end, .xColumn = prefix##_column,                \
    .xRowid = prefix##_rowid                                                              \
  }

static const sqlite3_module commits_module = TABLE_MODULE(commits, commits_best_index);
static const sqlite3_module tags_module = TABLE_MODULE(tags, any_best_index);
static const sqlite3_module state_module = TABLE_MODULE(state, any_best_index);

int hdb_history_tables_register(sqlite3 *db) {
  static const struct {
    const char *name;
    const sqlite3_module *module;
    const char *declaration;
  } tables[] = {
      {"heliosdb_commits", &commits_module,
       "CREATE TABLE x(scn INTEGER, committed_at TEXT, changed_pages INTEGER, tag TEXT)"},
      {"heliosdb_tags", &tags_module, "CREATE TABLE x(name TEXT, scn INTEGER, created_at TEXT)"},
      {"heliosdb_history", &state_module,
       "CREATE TABLE x(state TEXT, oldest_scn INTEGER, oldest_at TEXT,"
       " newest_scn INTEGER, newest_at TEXT, captured_scn INTEGER, bytes INTEGER,"
       " captures INTEGER, versions INTEGER, capture_nanos INTEGER,"
       " failures INTEGER, last_failure TEXT, gap_scn INTEGER, gap_at TEXT,"
       " gap_reason TEXT, page_size INTEGER)"},
  };
  int rc = SQLITE_OK;
  for (size_t i = 0; i < sizeof tables / sizeof *tables && rc == SQLITE_OK; i++) {
    rc = sqlite.create_module_v2(db, tables[i].name, tables[i].module,
                                 (void *)tables[i].declaration, 0);
  }
  return rc;
}
