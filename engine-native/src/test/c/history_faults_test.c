/*
** Every call beneath the engine and every allocation fails, once or from then on, while
** history is written, read, tagged, expired and erased. Whatever happens: no crash, no leak,
** what was acknowledged is there, and no point is anything else than what its commit made.
** When the fault is over, the next checkpoint captures everything.
**
** The long form: SOAK_STRIDE=1 takes every n-th call, rather than some.
*/
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check.h"
#include "faults.h"
#include "history_support.h"

enum { KEPT_STEPS = 4, STEPS = 16, STEP_BYTES = 300, MOST_RUNS = 100000 };

/*
** The steps of the workload, each a transaction that also writes its number to a log: what
** a database holds follows from its log.
*/
static void step_sql(int step, char *sql, size_t bytes) {
  static const char *const changes[] = {
      "INSERT INTO m SELECT %d * 10 + i, printf('%%.*c', 50 + i * 20, 'a') FROM n",
      "UPDATE m SET v = v || %d WHERE id %% 3 = 0",
      "INSERT INTO m VALUES(%d * 10 + 9, zeroblob(30000))",
      "DELETE FROM m WHERE id %% 7 = %d %% 7",
      "CREATE TABLE x%d(a PRIMARY KEY, b); INSERT INTO x%d SELECT id, v FROM m LIMIT 5",
      "DROP TABLE IF EXISTS x%d; UPDATE m SET v = 'short' WHERE id < 40",
  };
  char change[200];
  int which = step % (int)(sizeof changes / sizeof *changes);
  int argument = which == 5 ? step - 1 : step;
  /* Not by SQLite's printf, which takes memory that may not be there. */
  snprintf(change, sizeof change, changes[which], argument, argument);
  snprintf(sql, bytes, "BEGIN IMMEDIATE; INSERT INTO log(step) VALUES(%d); %s; COMMIT", step,
           change);
}

static const char tables[] =
    "BEGIN; CREATE TABLE log(step INT); CREATE TABLE n(i INTEGER PRIMARY KEY);"
    "INSERT INTO n VALUES(0),(1),(2),(3),(4),(5),(6),(7);"
    "CREATE TABLE m(id INTEGER PRIMARY KEY, v); COMMIT";

static void describe(sqlite3 *db, text *out) {
  text_add(out, "%s\n", query(db, "SELECT step FROM log ORDER BY rowid"));
  text_add(out, "%s\n", query(db, "SELECT name FROM sqlite_schema ORDER BY name"));
  text_add(out, "%s\n", query(db, "SELECT id, length(v), substr(v, -9) FROM m ORDER BY id"));
}

/* Holds a database to be what its log says. */
static void check_log(sqlite3 *db) {
  sqlite3_stmt *steps;
  text actual = {0, 0, 0};
  text expected = {0, 0, 0};
  sqlite3 *model;
  CHECK_INT(sqlite3_open(":memory:", &model), SQLITE_OK);
  execute(model, tables);
  CHECK_INT(sqlite3_prepare_v2(db, "SELECT step FROM log ORDER BY rowid", -1, &steps, 0),
            SQLITE_OK);
  while (sqlite3_step(steps) == SQLITE_ROW) {
    char sql[STEP_BYTES];
    step_sql(sqlite3_column_int(steps, 0), sql, sizeof sql);
    execute(model, sql);
  }
  CHECK_INT(sqlite3_finalize(steps), SQLITE_OK);
  describe(db, &actual);
  describe(model, &expected);
  CHECK_TEXT(actual.chars, expected.chars);
  text_free(&actual);
  text_free(&expected);
  close_database(model);
}

/* What the workload was told. */
typedef struct outcome {
  const char *path;
  int erases;
  unsigned acknowledged; /* steps */
  int was_erased;
} outcome;

static int has_table(sqlite3 *db, const char *name) {
  sqlite3_stmt *stmt;
  int found = 0;
  if (sqlite3_table_column_metadata(db, 0, name, 0, 0, 0, 0, 0, 0) != SQLITE_OK) return 0;
  if (sqlite3_prepare_v2(db, "SELECT 1", -1, &stmt, 0) == SQLITE_OK) found = 1;
  sqlite3_finalize(stmt);
  return found;
}

static void run_step(sqlite3 *db, int step, outcome *out) {
  char sql[STEP_BYTES];
  step_sql(step, sql, sizeof sql);
  if (try_execute(db, sql) == SQLITE_OK) out->acknowledged |= 1u << step;
  if (!sqlite3_get_autocommit(db)) try_execute(db, "ROLLBACK");
}

static int64_t try_integer(sqlite3 *db, const char *sql) {
  sqlite3_stmt *stmt;
  int64_t number = -1;
  if (sqlite3_prepare_v2(db, sql, -1, &stmt, 0) == SQLITE_OK && sqlite3_step(stmt) == SQLITE_ROW) {
    number = sqlite3_column_int64(stmt, 0);
  }
  sqlite3_finalize(stmt);
  return number;
}

/* A point is what its log says, or an error. */
static void read_past(const char *path, int64_t scn) {
  sqlite3 *past;
  if (try_open_past(path, scn, &past) != SQLITE_OK) return;
  try_execute(past, "PRAGMA cache_size=3; SELECT sum(length(v)) FROM m; SELECT * FROM log");
  sqlite3_close(past);
}

static void work(sqlite3 *one, outcome *out) {
  sqlite3 *two = 0;
  try_execute(one, "PRAGMA journal_mode=WAL; PRAGMA cache_size=5; PRAGMA wal_autocheckpoint=0");
  if (!has_table(one, "m") && try_execute(one, tables) != SQLITE_OK) try_execute(one, "ROLLBACK");
  for (int step = KEPT_STEPS; step < 9; step++) run_step(one, step, out);
  int64_t scn = try_integer(one, "SELECT heliosdb_scn()");
  read_past(out->path, scn - 2);
  try_execute(one, "PRAGMA wal_checkpoint(PASSIVE)");
  try_execute(one, "SELECT heliosdb_tag('tagged')");
  read_past(out->path, scn - 3);
  for (int step = 9; step < 12; step++) run_step(one, step, out);
  if (try_open_with_history(out->path, "", &two) == SQLITE_OK) {
    sqlite3_wal_autocheckpoint(two, 0);
    try_execute(two, "BEGIN; SELECT * FROM log");
    run_step(one, 12, out);
    try_execute(one, "PRAGMA wal_checkpoint(PASSIVE)"); /* not all of it */
    try_execute(two, "COMMIT");
    run_step(two, 13, out);
    try_execute(two, "SELECT * FROM heliosdb_commits; SELECT * FROM heliosdb_history");
    try_execute(two, "SELECT heliosdb_point_at('tag', 'tagged')");
  }
  try_execute(one, "PRAGMA wal_checkpoint(TRUNCATE)");
  try_execute(one, "SELECT heliosdb_expire()");
  run_step(one, 14, out);
  try_execute(one, "PRAGMA wal_checkpoint(RESTART)");
  if (out->erases) {
    out->was_erased = 1;
    try_execute(one, "SELECT heliosdb_erase(heliosdb_point_at('tag', 'tagged'))");
    try_execute(one, "SELECT heliosdb_untag('tagged')");
    try_execute(one, "SELECT heliosdb_erase(NULL)");
  }
  run_step(one, 15, out);
  if (two) sqlite3_close(two);
}

/* All points that there are, each the one before and a step more. */
static void check_all_points(sqlite3 *db, const outcome *out) {
  char before[200] = "";
  unsigned seen = 0;
  int64_t oldest = query_integer(db, "SELECT oldest_scn FROM heliosdb_history");
  int64_t newest = newest_point(db);
  for (int64_t scn = oldest; scn <= newest; scn++) {
    sqlite3 *past = open_past(out->path, scn);
    if (scn < newest || scn > oldest) {
      CHECK_TEXT(query(past, "PRAGMA integrity_check"), "ok");
    }
    if (has_table(past, "m")) {
      check_log(past);
      const char *log = query(past, "SELECT ifnull(group_concat(step), '') FROM log");
      CHECK(strncmp(log, before, strlen(before)) == 0);
      snprintf(before, sizeof before, "%s", log);
      int64_t last = query_integer(past, "SELECT step FROM log ORDER BY rowid DESC LIMIT 1");
      seen |= 1u << last;
    } else {
      CHECK_TEXT(before, "");
    }
    close_database(past);
  }
  if (!out->was_erased) CHECK_INT(out->acknowledged & ~seen, 0);
  check_log(db);
  for (int step = 0; step < STEPS; step++) {
    char sql[80];
    snprintf(sql, sizeof sql, "SELECT count(*) FROM log WHERE step = %d", step);
    if (out->acknowledged & 1u << step) CHECK_INT(query_integer(db, sql), 1);
  }
}

/* With the fault over, and the connection that had it: all goes on. */
static void check_recovers(sqlite3 *db, const outcome *out) {
  if (!sqlite3_get_autocommit(db)) execute(db, "ROLLBACK");
  execute(db, "UPDATE n SET i = i");
  execute(db, "PRAGMA wal_checkpoint(TRUNCATE)");
  CHECK_TEXT(query(db, "SELECT state, captured_scn = newest_scn, gap_scn FROM heliosdb_history"),
             "on|1|null");
  CHECK_INT(file_bytes(beside_database(out->path, "-wal")), 0);
  check_all_points(db, out);
}

/* The files to start with: a database with some steps and a history, closed. */
typedef struct kept_file {
  const char *path;
  const char *copy;
  struct timespec times[2];
} kept_file;

static const char *const kept_suffixes[] = {"", "-history", "-times"};
static kept_file kept_files[3];

static void keep_files(const char *path) {
  outcome out = {path, 0, 0, 0};
  remove_files(path);
  sqlite3 *db = open_with_history(path, "");
  execute(db, "PRAGMA journal_mode=WAL");
  execute(db, tables);
  for (int step = 0; step < KEPT_STEPS; step++) run_step(db, step, &out);
  CHECK_INT(out.acknowledged, (1 << KEPT_STEPS) - 1);
  close_database(db);
  for (int i = 0; i < 3; i++) {
    struct stat it;
    char name[20];
    snprintf(name, sizeof name, "kept%d", i);
    kept_files[i].path = beside_database(path, kept_suffixes[i]);
    kept_files[i].copy = in_directory(name);
    CHECK(stat(kept_files[i].path, &it) == 0);
    kept_files[i].times[0] = kept_files[i].times[1] = it.st_mtim;
    copy_file(kept_files[i].path, kept_files[i].copy);
  }
}

static void put_files_back(const char *path) {
  remove_files(path);
  for (int i = 0; i < 3; i++) {
    copy_file(kept_files[i].copy, kept_files[i].path);
    CHECK(utimensat(AT_FDCWD, kept_files[i].path, kept_files[i].times, 0) == 0);
  }
}

typedef struct sweep_of {
  unsigned calls; /* 0: allocations */
  int lasts;
  const char *aim;
  int erases;
  int stride;
} sweep_of;

/* One run with the n-th fault. Returns how many faults there were. */
static int run_with_fault(const char *path, const sweep_of *it, int n, int closes_early) {
  outcome out = {path, it->erases, (1 << KEPT_STEPS) - 1, 0};
  int files = faults_open_files();
  int64_t memory = memory_used();
  sqlite3 *db;
  int faults;
  put_files_back(path);
  if (it->calls) {
    faults_aim(it->aim);
    faults_arm_calls(it->calls, n, it->lasts);
  } else {
    faults_arm_allocations(n, it->lasts);
  }
  if (try_open_with_history(path, "", &db) == SQLITE_OK) {
    work(db, &out);
    if (closes_early) {
      sqlite3_close(db);
      faults = faults_disarm();
    } else {
      faults = faults_disarm();
      check_recovers(db, &out);
      close_database(db);
    }
  } else {
    faults = faults_disarm();
  }
  CHECK_INT(faults_open_files(), files);
  CHECK_INT(memory_used(), memory);
  db = open_with_history(path, "");
  check_recovers(db, &out);
  close_database(db);
  return faults;
}

static void sweep(sweep_of it) {
  const char *path = in_directory("a.db");
  int stride = (int)soak_number("SOAK_STRIDE", it.stride);
  int first = stride > 1 ? 1 + (int)(soak_number("SOAK_SEED", 1) % stride) : 1;
  alarm(0);
  keep_files(path);
  for (int run = 0; run < MOST_RUNS; run++) {
    int n = first + stride * run;
    if (run_with_fault(path, &it, n, run % 2) == 0) return;
  }
  check_fail(__FILE__, __LINE__, "the workload has no end");
}

TEST(any_call_beneath_a_history_fails_once) {
  sweep((sweep_of){FAULT_ALL & ~FAULT_FULL, 0, 0, 0, 31});
}

TEST(all_calls_beneath_a_history_fail_from_some_call_on) {
  sweep((sweep_of){FAULT_ALL & ~FAULT_FULL, 1, 0, 0, 31});
}

TEST(the_disk_is_full_beneath_a_history_for_a_moment_or_for_good) {
  sweep((sweep_of){FAULT_FULL, 0, 0, 0, 23});
  sweep((sweep_of){FAULT_FULL, 1, 0, 0, 23});
}

TEST(any_allocation_of_a_history_fails_once) { sweep((sweep_of){0, 0, 0, 0, 211}); }

TEST(memory_for_a_history_runs_out_for_good) { sweep((sweep_of){0, 1, 0, 0, 211}); }

TEST(any_call_fails_while_history_is_erased) {
  sweep((sweep_of){FAULT_ALL & ~FAULT_FULL, 0, 0, 1, 61});
  sweep((sweep_of){FAULT_ALL & ~FAULT_FULL, 1, 0, 1, 61});
  sweep((sweep_of){0, 0, 0, 1, 499});
}

TEST(the_file_of_the_history_fails_alone) {
  sweep((sweep_of){FAULT_ALL & ~FAULT_FULL, 0, "-history", 0, 23});
  sweep((sweep_of){FAULT_ALL & ~FAULT_FULL, 1, "-history", 0, 23});
}

TEST(the_file_of_the_times_fails_alone) {
  sweep((sweep_of){FAULT_ALL & ~FAULT_FULL, 0, "-times", 0, 5});
  sweep((sweep_of){FAULT_ALL & ~FAULT_FULL, 1, "-times", 0, 5});
}

TEST(a_capture_that_fails_keeps_the_checkpoint_from_writing_and_shows) {
  const char *path = in_directory("a.db");
  image before;
  image after;
  truth points;
  sqlite3 *db = open_with_history(path, "");
  execute(db, "PRAGMA journal_mode=WAL; PRAGMA wal_autocheckpoint=0; CREATE TABLE t(v)");
  execute(db, "PRAGMA wal_checkpoint(TRUNCATE)");
  truth_start(&points, path, newest_point(db));
  truth_follow(&points, db);
  for (int i = 0; i < 30; i++) execute(db, "INSERT INTO t VALUES(randomblob(1000))");
  const char *copy = in_directory("copy.db");
  copy_file(path, copy);
  image_of_files(copy, &before, 0);
  for (int i = 0; i < 3; i++) {
    faults_aim("-history");
    faults_arm_calls(FAULT_WRITE, 1, 1);
    CHECK(try_execute(db, "PRAGMA wal_checkpoint(PASSIVE)") != SQLITE_OK);
    faults_disarm();
    copy_file(path, copy);
    image_of_files(copy, &after, 0);
    CHECK_INT(image_difference(&before, &after), 0);
    image_free(&after);
    CHECK_TEXT(query(db,
                     "SELECT state, captured_scn < newest_scn, length(last_failure) > 20 "
                     "FROM heliosdb_history"),
               "failed|1|1");
    CHECK_INT(query_integer(db, "SELECT failures FROM heliosdb_history"), i + 1);
    check_pasts(&points, points.first, points.last);
    execute(db, "INSERT INTO t VALUES('goes on')");
  }
  execute(db, "PRAGMA wal_checkpoint(TRUNCATE)");
  CHECK_TEXT(query(db,
                   "SELECT state, captured_scn = newest_scn, failures, last_failure "
                   "FROM heliosdb_history"),
             "on|1|0|null");
  check_pasts(&points, points.first, points.last);
  close_database(db);
  image_free(&before);
  truth_free(&points);
}
