/*
** Builds that run, in a list of the process.
*/
#include "index_progress.h"

#include <string.h>

static hdb_index_progress *running;

static sqlite3_mutex *mutex(void) { return sqlite.mutex_alloc(SQLITE_MUTEX_STATIC_VFS2); }

int hdb_index_progress_begin(hdb_index_progress *progress, const char *schema, const char *name) {
  *progress = (hdb_index_progress){0, schema, name, "", 0, 0};
  sqlite.mutex_enter(mutex());
  progress->next = running;
  running = progress;
  sqlite.mutex_leave(mutex());
  return SQLITE_OK;
}

void hdb_index_progress_phase(hdb_index_progress *progress, const char *phase, int64_t total) {
  sqlite.mutex_enter(mutex());
  progress->phase = phase;
  progress->total = total;
  __atomic_store_n(&progress->done, 0, __ATOMIC_RELAXED);
  sqlite.mutex_leave(mutex());
}

void hdb_index_progress_step(hdb_index_progress *progress) {
  __atomic_store_n(&progress->done, progress->done + 1, __ATOMIC_RELAXED);
}

void hdb_index_progress_end(hdb_index_progress *progress) {
  sqlite.mutex_enter(mutex());
  hdb_index_progress **at = &running;
  while (*at != progress) at = &(*at)->next;
  *at = progress->next;
  sqlite.mutex_leave(mutex());
}

/* The table: a copy of the list is made when a query begins. */
typedef struct progress_row {
  char *schema;
  char *name;
  const char *phase;
  int64_t done;
  int64_t total;
} progress_row;

typedef struct progress_cursor {
  sqlite3_vtab_cursor base;
  progress_row *rows;
  int count;
  int at;
} progress_cursor;

static int progress_connect(sqlite3 *db, void *data, int argc, const char *const *argv,
                            sqlite3_vtab **out, char **message) {
  (void)data;
  (void)argc;
  (void)argv;
  (void)message;
  int rc = sqlite.declare_vtab(db, "CREATE TABLE x(schema TEXT, name TEXT, phase TEXT, "
                                   "rows_done INTEGER, rows_total INTEGER)");
  if (rc != SQLITE_OK) return rc;
  *out = sqlite.malloc64(sizeof **out);
  if (!*out) return SQLITE_NOMEM;
  memset(*out, 0, sizeof **out);
  sqlite.vtab_config(db, SQLITE_VTAB_INNOCUOUS);
  return SQLITE_OK;
}

static int progress_disconnect(sqlite3_vtab *table) {
  sqlite.free(table);
  return SQLITE_OK;
}

static int progress_best_index(sqlite3_vtab *table, sqlite3_index_info *info) {
  (void)table;
  info->estimatedCost = 10;
  info->estimatedRows = 1;
  return SQLITE_OK;
}

static int progress_open(sqlite3_vtab *table, sqlite3_vtab_cursor **out) {
  progress_cursor *self = sqlite.malloc64(sizeof *self);
  (void)table;
  if (!self) return SQLITE_NOMEM;
  memset(self, 0, sizeof *self);
  *out = &self->base;
  return SQLITE_OK;
}

static void free_rows(progress_cursor *self) {
  for (int i = 0; i < self->count; i++) {
    sqlite.free(self->rows[i].schema);
    sqlite.free(self->rows[i].name);
  }
  sqlite.free(self->rows);
  self->rows = 0;
  self->count = 0;
}

static int progress_close(sqlite3_vtab_cursor *cursor) {
  free_rows((progress_cursor *)cursor);
  sqlite.free(cursor);
  return SQLITE_OK;
}

static int progress_filter(sqlite3_vtab_cursor *cursor, int plan, const char *text, int argc,
                           sqlite3_value **argv) {
  progress_cursor *self = (progress_cursor *)cursor;
  int rc = SQLITE_OK;
  (void)plan;
  (void)text;
  (void)argc;
  (void)argv;
  free_rows(self);
  self->at = 0;
  sqlite.mutex_enter(mutex());
  for (const hdb_index_progress *it = running; rc == SQLITE_OK && it; it = it->next) {
    progress_row *grown =
        sqlite.realloc64(self->rows, ((size_t)self->count + 1) * sizeof *grown);
    if (!grown) {
      rc = SQLITE_NOMEM;
      break;
    }
    self->rows = grown;
    progress_row *row = &grown[self->count++];
    *row = (progress_row){sqlite.mprintf("%s", it->schema), sqlite.mprintf("%s", it->name),
                          it->phase, __atomic_load_n(&it->done, __ATOMIC_RELAXED), it->total};
    if (!row->schema || !row->name) rc = SQLITE_NOMEM;
  }
  sqlite.mutex_leave(mutex());
  return rc;
}

static int progress_next(sqlite3_vtab_cursor *cursor) {
  ((progress_cursor *)cursor)->at++;
  return SQLITE_OK;
}

static int progress_eof(sqlite3_vtab_cursor *cursor) {
  const progress_cursor *self = (progress_cursor *)cursor;
  return self->at >= self->count;
}

static int progress_column(sqlite3_vtab_cursor *cursor, sqlite3_context *context, int number) {
  const progress_cursor *self = (progress_cursor *)cursor;
  const progress_row *row = &self->rows[self->at];
  if (number < 3) {
    const char *text = number == 0 ? row->schema : number == 1 ? row->name : row->phase;
    sqlite.result_text(context, text, -1, SQLITE_TRANSIENT);
  } else if (number == 3) {
    sqlite.result_int64(context, row->done);
  } else if (row->total > 0) {
    sqlite.result_int64(context, row->total);
  } else {
    sqlite.result_null(context);
  }
  return SQLITE_OK;
}

static int progress_rowid(sqlite3_vtab_cursor *cursor, int64_t *rowid) {
  *rowid = ((progress_cursor *)cursor)->at;
  return SQLITE_OK;
}

/* Without xCreate: there is one table, and it takes no CREATE. */
static const sqlite3_module progress_module = {.xConnect = progress_connect,
                                               .xBestIndex = progress_best_index,
                                               .xDisconnect = progress_disconnect,
                                               .xOpen = progress_open,
                                               .xClose = progress_close,
                                               .xFilter = progress_filter,
                                               .xNext = progress_next,
                                               .xEof = progress_eof,
                                               .xColumn = progress_column,
                                               .xRowid = progress_rowid};

int hdb_index_progress_register(sqlite3 *db) {
  return sqlite.create_module_v2(db, "heliosdb_index_progress", &progress_module, 0, 0);
}
