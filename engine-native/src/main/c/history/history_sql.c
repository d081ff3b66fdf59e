/*
** The history in SQL: functions, and the tables heliosdb_commits, heliosdb_tags and
** heliosdb_history. docs/time-travel.md lists them for users.
**
** They belong to the main database of the connection that they are used on.
*/
#include "history_sql.h"

#include <string.h>

#include "../storage/platform.h"
#include "internal.h"
#include "maintenance.h"

static const char no_history[] =
    "This database keeps no history: it is in memory, was opened for reading only, or without "
    "history=on";

void hdb_time_text(int64_t microseconds, char out[HDB_TIME_BYTES]) {
  int64_t seconds = microseconds / 1000000;
  int64_t fraction = microseconds % 1000000;
  if (fraction < 0) {
    fraction += 1000000;
    seconds--;
  }
  int64_t day = seconds / 86400;
  int64_t second = seconds % 86400;
  if (second < 0) {
    second += 86400;
    day--;
  }
  /* Days to a date, by H. Hinnant, "chrono-compatible low-level date algorithms". */
  day += 719468;
  int64_t era = (day >= 0 ? day : day - 146096) / 146097;
  int64_t day_of_era = day - era * 146097;
  int64_t year_of_era =
      (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
  int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  int64_t month = (5 * day_of_year + 2) / 153;
  int64_t day_of_month = day_of_year - (153 * month + 2) / 5 + 1;
  month = month < 10 ? month + 3 : month - 9;
  int64_t year = year_of_era + era * 400 + (month <= 2);
  sqlite.xsnprintf(HDB_TIME_BYTES, out, "%04lld-%02lld-%02lldT%02lld:%02lld:%02lld.%06lldZ", year,
                   month, day_of_month, second / 3600, second / 60 % 60, second % 60, fraction);
}

static void result_message(sqlite3_context *context, char *message) {
  if (message) {
    sqlite.result_error(context, message, -1);
    sqlite.free(message);
  } else {
    sqlite.result_error_nomem(context);
  }
}

/* The history of the connection; null after an error has been given to `context`. */
static hdb_history *required_history(sqlite3_context *context) {
  int rc;
  hdb_history *history = hdb_history_of(sqlite.context_db_handle(context), &rc);
  if (history) return history;
  if (rc == SQLITE_OK) {
    sqlite.result_error(context, no_history, -1);
  } else {
    result_message(context, sqlite.mprintf("The history of this database cannot be opened: %s. "
                                           "See heliosdb_history for the reason",
                                           sqlite.errstr(rc)));
  }
  return 0;
}

static void result_failure(sqlite3_context *context, const char *what, int rc) {
  if (rc == SQLITE_NOMEM) {
    sqlite.result_error_nomem(context);
  } else {
    result_message(context, sqlite.mprintf("%s: %s (%d)", what, sqlite.errstr(rc), rc));
    sqlite.result_error_code(context, rc);
  }
}

/* Which points there are, for the end of a message. */
static char *describe_range(hdb_history *history) {
  hdb_commit oldest;
  hdb_commit newest;
  char oldest_time[HDB_TIME_BYTES];
  char newest_time[HDB_TIME_BYTES];
  int rc = hdb_history_oldest(history, &oldest);
  if (rc == SQLITE_OK) rc = hdb_history_newest(history, &newest);
  if (rc != SQLITE_OK) return sqlite.mprintf("The history cannot be read (%s)", sqlite.errstr(rc));
  hdb_time_text(oldest.time, oldest_time);
  hdb_time_text(newest.time, newest_time);
  return sqlite.mprintf("The oldest point is SCN %lld (%s), the newest SCN %lld (%s)", oldest.scn,
                        oldest_time, newest.scn, newest_time);
}

/* Why a point before the oldest one cannot be read. */
static char *describe_loss(hdb_history *history) {
  hdb_past *past;
  char *text = 0;
  if (hdb_past_begin(history, &past) == SQLITE_OK) {
    const hdb_state *state = hdb_past_state(past);
    if (state->gap_scn > 0) {
      char time[HDB_TIME_BYTES];
      hdb_time_text(state->gap_time, time);
      text = sqlite.mprintf("is before the oldest point that is kept; nothing before SCN %lld (%s) "
                            "can be read, as another program changed the database then, or its "
                            "history was lost",
                            state->gap_scn, time);
    }
    hdb_past_end(past);
  }
  return text ? text : sqlite.mprintf("is before the oldest point that is kept");
}

static void result_no_point(sqlite3_context *context, hdb_history *history, const char *point,
                            int is_early) {
  char *range = describe_range(history);
  char *reason = is_early ? describe_loss(history) : sqlite.mprintf("is in the future");
  char *message =
      range && reason ? sqlite.mprintf("%s %s. %s", point, reason, range) : 0;
  sqlite.free(range);
  sqlite.free(reason);
  result_message(context, message);
}

char *hdb_history_explain(hdb_history *history, int64_t scn) {
  char *range = describe_range(history);
  char *message = range ? sqlite.mprintf("The point SCN %lld cannot be read. %s", scn, range) : 0;
  sqlite.free(range);
  return message;
}

/* Gives the SCN if that point can be read. */
static int check_point(sqlite3_context *context, hdb_history *history, int64_t scn,
                       const char *point, hdb_commit *out) {
  hdb_past *past;
  int rc = hdb_past_begin(history, &past);
  if (rc == SQLITE_OK) {
    rc = hdb_past_commit(past, scn, out);
    hdb_past_end(past);
  }
  if (rc == HDB_NO_POINT) {
    hdb_commit newest;
    rc = hdb_history_newest(history, &newest);
    if (rc == SQLITE_OK) {
      result_no_point(context, history, point, scn <= newest.scn);
      return 0;
    }
  }
  if (rc != SQLITE_OK) result_failure(context, "The history cannot be read", rc);
  return rc == SQLITE_OK;
}

static void scn_point(sqlite3_context *context, hdb_history *history, int64_t scn) {
  hdb_commit commit;
  char point[48];
  sqlite.xsnprintf((int)sizeof point, point, "SCN %lld", scn);
  if (check_point(context, history, scn, point, &commit)) {
    sqlite.result_int64(context, commit.scn);
  }
}

/*
** The newest commit whose time is not after `time`. What retention takes away meanwhile is
** older than what stays; HDB_NO_POINT if the commit is among that.
*/
static int find_by_time(hdb_past *past, int64_t low, int64_t high, int64_t time, int64_t *scn) {
  hdb_commit commit;
  while (low < high) {
    int64_t middle = low + (high - low + 1) / 2;
    int rc = hdb_past_commit(past, middle, &commit);
    if (rc != SQLITE_OK && rc != HDB_NO_POINT) return rc;
    if (rc == HDB_NO_POINT || commit.time <= time) {
      low = middle;
    } else {
      high = middle - 1;
    }
  }
  *scn = low;
  return hdb_past_commit(past, low, &commit);
}

static void time_point(sqlite3_context *context, hdb_history *history, int64_t time) {
  hdb_commit oldest;
  hdb_commit newest;
  hdb_past *past;
  int64_t scn = 0;
  char text[HDB_TIME_BYTES];
  char point[HDB_TIME_BYTES + 16];
  hdb_time_text(time, text);
  sqlite.xsnprintf((int)sizeof point, point, "The time %s", text);
  /* Commits from now on are later than what has been asked for, even on a clock set back. */
  sqlite.mutex_enter(history->mutex);
  int is_past = time <= history->last_time || time <= hdb_now();
  if (is_past && time > history->last_time) history->last_time = time;
  sqlite.mutex_leave(history->mutex);
  if (!is_past) {
    result_no_point(context, history, point, 0);
    return;
  }
  int rc = hdb_history_oldest(history, &oldest);
  if (rc == SQLITE_OK && time < oldest.time) {
    result_no_point(context, history, point, 1);
    return;
  }
  if (rc == SQLITE_OK) rc = hdb_history_newest(history, &newest);
  if (rc == SQLITE_OK) rc = hdb_past_begin(history, &past);
  if (rc == SQLITE_OK) {
    rc = find_by_time(past, oldest.scn, newest.scn, time, &scn);
    hdb_past_end(past);
  }
  if (rc == SQLITE_OK) {
    sqlite.result_int64(context, scn);
  } else if (rc == HDB_NO_POINT) {
    result_no_point(context, history, point, 1);
  } else {
    result_failure(context, "The history cannot be read", rc);
  }
}

static int tag_scn(hdb_history *history, const char *name, int64_t *scn) {
  hdb_past *past;
  sqlite3_stmt *find = 0;
  int rc = hdb_past_begin(history, &past);
  if (rc != SQLITE_OK) return rc;
  rc = hdb_store_prepare(hdb_past_store(past), "SELECT scn FROM tags WHERE name = ?", 0, &find);
  *scn = -1;
  if (rc == SQLITE_OK) {
    sqlite.bind_text64(find, 1, name, strlen(name), SQLITE_STATIC, SQLITE_UTF8);
    if (sqlite.step(find) == SQLITE_ROW) *scn = sqlite.column_int64(find, 0);
    rc = sqlite.finalize(find);
  }
  hdb_past_end(past);
  return rc;
}

static void tag_point(sqlite3_context *context, hdb_history *history, const char *name) {
  int64_t scn;
  int rc = tag_scn(history, name, &scn);
  if (rc != SQLITE_OK) {
    result_failure(context, "The history cannot be read", rc);
  } else if (scn < 0) {
    char *range = describe_range(history);
    result_message(context, range ? sqlite.mprintf("There is no tag '%s'. %s", name, range) : 0);
    sqlite.free(range);
  } else {
    hdb_commit commit;
    char point[96];
    sqlite.xsnprintf((int)sizeof point, point, "Tag '%.40s' (SCN %lld)", name, scn);
    if (check_point(context, history, scn, point, &commit)) sqlite.result_int64(context, scn);
  }
}

static const char *text_of(sqlite3_value *value) {
  const char *text = (const char *)sqlite.value_text(value);
  return text ? text : "";
}

static void point_at_function(sqlite3_context *context, int argc, sqlite3_value **argv) {
  const char *kind = text_of(argv[0]);
  hdb_history *history = required_history(context);
  (void)argc;
  if (!history) return;
  if (sqlite.stricmp(kind, "scn") == 0) {
    scn_point(context, history, sqlite.value_int64(argv[1]));
  } else if (sqlite.stricmp(kind, "timestamp") == 0) {
    time_point(context, history, sqlite.value_int64(argv[1]));
  } else if (sqlite.stricmp(kind, "tag") == 0) {
    tag_point(context, history, text_of(argv[1]));
  } else if (sqlite.stricmp(kind, "now") == 0) {
    hdb_commit newest;
    int rc = hdb_history_newest(history, &newest);
    if (rc == SQLITE_OK) sqlite.result_int64(context, newest.scn);
    else result_failure(context, "The history cannot be read", rc);
  } else if (sqlite.stricmp(kind, "oldest") == 0) {
    hdb_commit oldest;
    int rc = hdb_history_oldest(history, &oldest);
    if (rc == SQLITE_OK) sqlite.result_int64(context, oldest.scn);
    else result_failure(context, "The history cannot be read", rc);
  } else {
    result_message(context, sqlite.mprintf("'%s' is no kind of point: use 'scn', 'timestamp', "
                                           "'tag', 'now' or 'oldest'",
                                           kind));
  }
}

static void scn_function(sqlite3_context *context, int argc, sqlite3_value **argv) {
  hdb_commit newest;
  hdb_history *history = required_history(context);
  (void)argc;
  (void)argv;
  if (!history) return;
  int rc = hdb_history_newest(history, &newest);
  if (rc == SQLITE_OK) sqlite.result_int64(context, newest.scn);
  else result_failure(context, "The history cannot be read", rc);
}

static void time_of_function(sqlite3_context *context, int argc, sqlite3_value **argv) {
  hdb_commit commit;
  char point[48];
  int64_t scn = sqlite.value_int64(argv[0]);
  hdb_history *history = required_history(context);
  (void)argc;
  if (!history) return;
  sqlite.xsnprintf((int)sizeof point, point, "SCN %lld", scn);
  if (check_point(context, history, scn, point, &commit)) {
    sqlite.result_int64(context, commit.time);
  }
}

static void tag_function(sqlite3_context *context, int argc, sqlite3_value **argv) {
  const char *name = text_of(argv[0]);
  int64_t scn;
  hdb_history *history = required_history(context);
  (void)argc;
  if (!history) return;
  if (*name == 0) {
    sqlite.result_error(context, "A tag needs a name", -1);
    return;
  }
  int rc = hdb_history_tag(history, name, &scn);
  if (rc == SQLITE_OK) {
    sqlite.result_int64(context, scn);
  } else if ((rc & 0xff) == SQLITE_CONSTRAINT) {
    result_message(context, sqlite.mprintf("There is a tag '%s' already: choose another name, or "
                                           "remove it with heliosdb_untag",
                                           name));
  } else {
    result_failure(context, "The tag cannot be stored", rc);
  }
}

static void untag_function(sqlite3_context *context, int argc, sqlite3_value **argv) {
  int existed;
  hdb_history *history = required_history(context);
  (void)argc;
  if (!history) return;
  int rc = hdb_history_untag(history, text_of(argv[0]), &existed);
  if (rc == SQLITE_OK) sqlite.result_int64(context, existed);
  else result_failure(context, "The tag cannot be removed", rc);
}

static void capture_function(sqlite3_context *context, int argc, sqlite3_value **argv) {
  uint32_t remaining;
  int64_t most = sqlite.value_int64(argv[0]);
  hdb_history *history = required_history(context);
  (void)argc;
  if (!history) return;
  int rc = hdb_history_capture_some(history, most > 0 && most < INT32_MAX ? (uint32_t)most : 1,
                                    &remaining);
  if (rc == SQLITE_OK) sqlite.result_int64(context, remaining);
  else result_failure(context, "Commits cannot be captured", rc);
}

static void sync_function(sqlite3_context *context, int argc, sqlite3_value **argv) {
  hdb_history *history = required_history(context);
  (void)argc;
  (void)argv;
  if (!history) return;
  int rc = hdb_sync_wal(history);
  if (rc != SQLITE_OK) result_failure(context, "Commits cannot be synced", rc);
}

static void expire_function(sqlite3_context *context, int argc, sqlite3_value **argv) {
  int more;
  hdb_history *history = required_history(context);
  (void)argc;
  (void)argv;
  if (!history) return;
  int rc = hdb_history_expire(history, &more);
  if (rc == SQLITE_OK) sqlite.result_int64(context, more);
  else result_failure(context, "Old history cannot be removed", rc);
}

static void erase_function(sqlite3_context *context, int argc, sqlite3_value **argv) {
  int is_all = sqlite.value_type(argv[0]) == SQLITE_NULL;
  int64_t scn = is_all ? -1 : sqlite.value_int64(argv[0]);
  hdb_history *history = required_history(context);
  (void)argc;
  if (!history) return;
  if (!is_all) {
    hdb_commit commit;
    char point[48];
    sqlite.xsnprintf((int)sizeof point, point, "SCN %lld", scn);
    if (!check_point(context, history, scn, point, &commit)) return;
  }
  int rc = hdb_history_erase(sqlite.context_db_handle(context), history, scn);
  if (rc == SQLITE_OK) {
    sqlite.result_null(context);
  } else {
    result_failure(context,
                   (rc & 0xff) == SQLITE_BUSY
                       ? "History cannot be erased while a transaction reads or writes: end it "
                         "and try again"
                       : "History cannot be erased",
                   rc);
  }
}

static void restore_function(sqlite3_context *context, int argc, sqlite3_value **argv) {
  hdb_commit commit;
  char point[48];
  int64_t scn = sqlite.value_int64(argv[0]);
  hdb_history *history = required_history(context);
  (void)argc;
  if (!history) return;
  sqlite.xsnprintf((int)sizeof point, point, "SCN %lld", scn);
  if (!check_point(context, history, scn, point, &commit)) return;
  int rc = hdb_history_restore(sqlite.context_db_handle(context), history, scn);
  if (rc == SQLITE_OK) scn_function(context, 0, 0);
  else result_failure(context, "The database cannot be restored", rc);
}

/* Tables: read-only, and there without being created. */

typedef struct history_table {
  sqlite3_vtab table;
  sqlite3 *db;
} history_table;

static int connect_table(sqlite3 *db, const char *declaration, sqlite3_vtab **out) {
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

/* The history of a table's connection. Without one the table is empty. */
static hdb_history *history_of_cursor(sqlite3_vtab_cursor *cursor, int *rc) {
  return hdb_history_of(((history_table *)cursor->pVtab)->db, rc);
}

/* heliosdb_commits */

enum { COMMIT_SCN, COMMIT_TIME, COMMIT_PAGES, COMMIT_TAG };
enum { FROM_SCN = 1, TO_SCN = 2, DESCENDING = 4 };

typedef struct commits_cursor {
  sqlite3_vtab_cursor cursor;
  hdb_past *past;
  sqlite3_stmt *tags;
  hdb_commit commit;
  int64_t from, to; /* SCNs still to come */
  int is_descending, is_at_end;
} commits_cursor;

static int commits_connect(sqlite3 *db, void *data, int argc, const char *const *argv,
                           sqlite3_vtab **out, char **error) {
  (void)data;
  (void)argc;
  (void)argv;
  (void)error;
  return connect_table(
      db, "CREATE TABLE x(scn INTEGER, committed_at TEXT, changed_pages INTEGER, tag TEXT)", out);
}

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
  commits_cursor *cursor = sqlite.malloc64(sizeof *cursor);
  (void)table;
  if (!cursor) return SQLITE_NOMEM;
  memset(cursor, 0, sizeof *cursor);
  *out = &cursor->cursor;
  return SQLITE_OK;
}

static void commits_reset(commits_cursor *self) {
  sqlite.finalize(self->tags);
  hdb_past_end(self->past);
  self->tags = 0;
  self->past = 0;
  self->is_at_end = 1;
}

static int commits_close(sqlite3_vtab_cursor *cursor) {
  commits_reset((commits_cursor *)cursor);
  sqlite.free(cursor);
  return SQLITE_OK;
}

static int commits_next(sqlite3_vtab_cursor *cursor) {
  commits_cursor *self = (commits_cursor *)cursor;
  self->is_at_end = self->from > self->to;
  if (self->is_at_end) return SQLITE_OK;
  int rc = hdb_past_commit(self->past, self->is_descending ? self->to-- : self->from++,
                           &self->commit);
  if (rc == HDB_NO_POINT) {
    /* Retention was faster: what is left of the range is gone too, or comes before. */
    if (self->is_descending) self->from = self->to + 1;
    return commits_next(cursor);
  }
  return rc;
}

static int commits_filter(sqlite3_vtab_cursor *cursor, int plan, const char *text, int argc,
                          sqlite3_value **argv) {
  commits_cursor *self = (commits_cursor *)cursor;
  hdb_commit newest;
  int rc;
  (void)text;
  commits_reset(self);
  hdb_history *history = history_of_cursor(cursor, &rc);
  if (!history) return rc;
  rc = hdb_history_newest(history, &newest);
  if (rc == SQLITE_OK) rc = hdb_past_begin(history, &self->past);
  if (rc == SQLITE_OK) {
    rc = hdb_store_prepare(hdb_past_store(self->past),
                           "SELECT group_concat(name, ', ') FROM tags WHERE scn = ?", 0,
                           &self->tags);
  }
  if (rc != SQLITE_OK) return rc;
  self->from = __atomic_load_n(&history->oldest_scn, __ATOMIC_SEQ_CST) + 1;
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

static int commits_eof(sqlite3_vtab_cursor *cursor) { return ((commits_cursor *)cursor)->is_at_end; }

static void result_time(sqlite3_context *context, int64_t time) {
  char text[HDB_TIME_BYTES];
  hdb_time_text(time, text);
  sqlite.result_text(context, text, -1, SQLITE_TRANSIENT);
}

static int commits_column(sqlite3_vtab_cursor *cursor, sqlite3_context *context, int column) {
  commits_cursor *self = (commits_cursor *)cursor;
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
      sqlite.bind_int64(self->tags, 1, self->commit.scn);
      if (sqlite.step(self->tags) == SQLITE_ROW) {
        const char *names = (const char *)sqlite.column_text(self->tags, 0);
        if (names) sqlite.result_text(context, names, -1, SQLITE_TRANSIENT);
      }
      return sqlite.reset(self->tags);
  }
  return SQLITE_OK;
}

static int commits_rowid(sqlite3_vtab_cursor *cursor, int64_t *rowid) {
  *rowid = ((commits_cursor *)cursor)->commit.scn;
  return SQLITE_OK;
}

/* heliosdb_tags */

typedef struct tags_cursor {
  sqlite3_vtab_cursor cursor;
  hdb_past *past;
  sqlite3_stmt *rows;
  int64_t row;
  int is_at_end;
} tags_cursor;

static int tags_connect(sqlite3 *db, void *data, int argc, const char *const *argv,
                        sqlite3_vtab **out, char **error) {
  (void)data;
  (void)argc;
  (void)argv;
  (void)error;
  return connect_table(db, "CREATE TABLE x(name TEXT, scn INTEGER, created_at TEXT)", out);
}

static int any_best_index(sqlite3_vtab *table, sqlite3_index_info *info) {
  (void)table;
  info->estimatedCost = 100;
  return SQLITE_OK;
}

static int tags_open(sqlite3_vtab *table, sqlite3_vtab_cursor **out) {
  tags_cursor *cursor = sqlite.malloc64(sizeof *cursor);
  (void)table;
  if (!cursor) return SQLITE_NOMEM;
  memset(cursor, 0, sizeof *cursor);
  *out = &cursor->cursor;
  return SQLITE_OK;
}

static void tags_reset(tags_cursor *self) {
  sqlite.finalize(self->rows);
  hdb_past_end(self->past);
  self->rows = 0;
  self->past = 0;
  self->is_at_end = 1;
}

static int tags_close(sqlite3_vtab_cursor *cursor) {
  tags_reset((tags_cursor *)cursor);
  sqlite.free(cursor);
  return SQLITE_OK;
}

static int tags_next(sqlite3_vtab_cursor *cursor) {
  tags_cursor *self = (tags_cursor *)cursor;
  int rc = sqlite.step(self->rows);
  self->row++;
  self->is_at_end = rc != SQLITE_ROW;
  return rc == SQLITE_ROW || rc == SQLITE_DONE ? SQLITE_OK : rc;
}

static int tags_filter(sqlite3_vtab_cursor *cursor, int plan, const char *text, int argc,
                       sqlite3_value **argv) {
  tags_cursor *self = (tags_cursor *)cursor;
  int rc;
  (void)plan;
  (void)text;
  (void)argc;
  (void)argv;
  tags_reset(self);
  hdb_history *history = history_of_cursor(cursor, &rc);
  if (!history) return rc;
  rc = hdb_past_begin(history, &self->past);
  if (rc == SQLITE_OK) {
    rc = hdb_store_prepare(hdb_past_store(self->past),
                           "SELECT name, scn, created_time FROM tags ORDER BY scn, name", 0,
                           &self->rows);
  }
  return rc == SQLITE_OK ? tags_next(cursor) : rc;
}

static int tags_eof(sqlite3_vtab_cursor *cursor) { return ((tags_cursor *)cursor)->is_at_end; }

static int tags_column(sqlite3_vtab_cursor *cursor, sqlite3_context *context, int column) {
  sqlite3_stmt *rows = ((tags_cursor *)cursor)->rows;
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

typedef struct history_cursor {
  sqlite3_vtab_cursor cursor;
  history_row row;
  int is_at_end;
} history_cursor;

static int history_connect(sqlite3 *db, void *data, int argc, const char *const *argv,
                           sqlite3_vtab **out, char **error) {
  (void)data;
  (void)argc;
  (void)argv;
  (void)error;
  return connect_table(db,
                       "CREATE TABLE x(state TEXT, oldest_scn INTEGER, oldest_at TEXT,"
                       " newest_scn INTEGER, newest_at TEXT, captured_scn INTEGER, bytes INTEGER,"
                       " captures INTEGER, versions INTEGER, capture_nanos INTEGER,"
                       " failures INTEGER, last_failure TEXT, gap_scn INTEGER, gap_at TEXT,"
                       " gap_reason TEXT, page_size INTEGER)",
                       out);
}

static int history_open(sqlite3_vtab *table, sqlite3_vtab_cursor **out) {
  history_cursor *cursor = sqlite.malloc64(sizeof *cursor);
  (void)table;
  if (!cursor) return SQLITE_NOMEM;
  memset(cursor, 0, sizeof *cursor);
  *out = &cursor->cursor;
  return SQLITE_OK;
}

static int history_close(sqlite3_vtab_cursor *cursor) {
  sqlite.free(cursor);
  return SQLITE_OK;
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

static int history_filter(sqlite3_vtab_cursor *cursor, int plan, const char *text, int argc,
                          sqlite3_value **argv) {
  history_cursor *self = (history_cursor *)cursor;
  hdb_database *database = 0;
  sqlite3 *db = ((history_table *)cursor->pVtab)->db;
  int rc;
  (void)plan;
  (void)text;
  (void)argc;
  (void)argv;
  self->is_at_end = 0;
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

static int history_next(sqlite3_vtab_cursor *cursor) {
  ((history_cursor *)cursor)->is_at_end = 1;
  return SQLITE_OK;
}

static int history_eof(sqlite3_vtab_cursor *cursor) { return ((history_cursor *)cursor)->is_at_end; }

static int history_column(sqlite3_vtab_cursor *cursor, sqlite3_context *context, int column) {
  const history_row *row = &((history_cursor *)cursor)->row;
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

static int history_rowid(sqlite3_vtab_cursor *cursor, int64_t *rowid) {
  (void)cursor;
  *rowid = 1;
  return SQLITE_OK;
}

#define TABLE_MODULE(prefix, best_index)                                                          \
  {                                                                                                \
    .xConnect = prefix##_connect, .xBestIndex = best_index, .xDisconnect = disconnect_table,      \
    .xOpen = prefix##_open, .xClose = prefix##_close, .xFilter = prefix##_filter,                 \
    .xNext = prefix##_next, .xEof = prefix##_eof, .xColumn = prefix##_column,                     \
    .xRowid = prefix##_rowid                                                                       \
  }

static const sqlite3_module commits_module = TABLE_MODULE(commits, commits_best_index);
static const sqlite3_module tags_module = TABLE_MODULE(tags, any_best_index);
static const sqlite3_module history_module = TABLE_MODULE(history, any_best_index);

int hdb_history_register(sqlite3 *db) {
  static const struct {
    const char *name;
    int arguments;
    void (*function)(sqlite3_context *, int, sqlite3_value **);
  } functions[] = {
      {"heliosdb_scn", 0, scn_function},         {"heliosdb_point_at", 2, point_at_function},
      {"heliosdb_time_of", 1, time_of_function}, {"heliosdb_tag", 1, tag_function},
      {"heliosdb_untag", 1, untag_function},     {"heliosdb_capture", 1, capture_function},
      {"heliosdb_sync", 0, sync_function},       {"heliosdb_expire", 0, expire_function},
      {"heliosdb_erase", 1, erase_function},     {"heliosdb_restore", 1, restore_function},
  };
  int rc = SQLITE_OK;
  for (size_t i = 0; i < sizeof functions / sizeof *functions && rc == SQLITE_OK; i++) {
    rc = sqlite.create_function_v2(db, functions[i].name, functions[i].arguments,
                                   SQLITE_UTF8 | SQLITE_DIRECTONLY, 0, functions[i].function, 0, 0,
                                   0);
  }
  if (rc == SQLITE_OK) rc = sqlite.create_module_v2(db, "heliosdb_commits", &commits_module, 0, 0);
  if (rc == SQLITE_OK) rc = sqlite.create_module_v2(db, "heliosdb_tags", &tags_module, 0, 0);
  if (rc == SQLITE_OK) rc = sqlite.create_module_v2(db, "heliosdb_history", &history_module, 0, 0);
  return rc;
}
