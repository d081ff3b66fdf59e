/*
** The functions of the history in SQL. docs/time-travel.md lists them for users.
**
** They belong to the main database of the connection that they are used on.
*/
#include "history_sql.h"

#include <string.h>

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

/* The newest commit whose time is not after `time`; HDB_NO_POINT if it is gone. */
static int find_by_time(hdb_past *past, const hdb_commit *newest, int64_t time, int64_t *scn) {
  hdb_commit commit;
  int rc = hdb_past_oldest(past, &commit);
  if (rc != SQLITE_OK) return rc;
  if (time < commit.time) return HDB_NO_POINT;
  int64_t low = commit.scn;
  int64_t high = newest->scn;
  while (low < high) {
    int64_t middle = low + (high - low + 1) / 2;
    rc = hdb_past_commit(past, middle, &commit);
    if (rc != SQLITE_OK && rc != HDB_NO_POINT) return rc;
    /* What retention takes away meanwhile is older than what stays. */
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
  int rc = hdb_history_newest(history, &newest);
  if (rc == SQLITE_OK) rc = hdb_past_begin(history, &past);
  if (rc == SQLITE_OK) {
    rc = find_by_time(past, &newest, time, &scn);
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
  return rc == SQLITE_OK ? hdb_history_tables_register(db) : rc;
}
