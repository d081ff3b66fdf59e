/*
** History against an oracle: every page of every point is what the files held when its
** commit was made.
**
** The long form: SOAK_COMMITS commits in the first test, and SOAK_SECONDS for the threads.
*/
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "check.h"
#include "encrypted_history.h"
#include "faults.h"
#include "history_support.h"

enum { PAST_ONCE_IN = 8, SQL_ONCE_IN = 40, REOPEN_ONCE_IN = 400, URI_BYTES = 1100 };

static int64_t some_point(const truth *it, chance *luck) {
  return it->first + chance_below(luck, (int)(it->last - it->first) + 1);
}

/* All points, then all again when the database has been closed and opened. */
static void check_everything(workload *it) {
  check_pasts(it->truth, it->truth->first, it->truth->last);
  check_commits(it->connections[0], it->truth, it->truth->first);
  for (int i = 0; i < 10; i++) check_past_by_sql(it->truth, some_point(it->truth, &it->luck));
}

static void run_oracle(uint64_t seed, shape form, int64_t commits) {
  truth points;
  workload it = {in_directory("a.db"), "", {seed}, form, 0, 0, &points, {0}};
  workload_open(&it);
  while (points.last - points.first < commits) {
    int fresh = workload_step(&it);
    if (fresh && chance_below(&it.luck, PAST_ONCE_IN) == 0) check_past(&points, points.last);
    if (chance_below(&it.luck, PAST_ONCE_IN) == 0)
      check_past(&points, some_point(&points, &it.luck));
    if (chance_below(&it.luck, SQL_ONCE_IN) == 0) {
      check_past_by_sql(&points, some_point(&points, &it.luck));
    }
    if (chance_below(&it.luck, REOPEN_ONCE_IN) == 0) {
      points.checkpoint_frames = chance_below(&it.luck, 3) * 20;
      workload_close(&it);
      workload_open(&it);
    }
  }
  workload_rest(&it);
  check_everything(&it);
  workload_close(&it);
  workload_open(&it);
  check_everything(&it);
  image now;
  image_of_files(it.path, &now, 0);
  CHECK(truth_is(&points, points.last, &now));
  image_free(&now);
  workload_close(&it);
  truth_free(&points);
  remove_files(it.path);
}

static void run_oracles(void) {
  int64_t commits = soak_number("SOAK_COMMITS", 250);
  uint64_t seed = (uint64_t)soak_number("SOAK_SEED", 1);
  alarm(0);
  run_oracle(seed, (shape){4096, "none", 20000}, commits);
}

static void run_oracles_of_shapes(void) {
  const shape shapes[] = {
      {512, "incremental", 3000}, {1024, "full", 6000},   {8192, "incremental", 40000},
      {65536, "none", 200000},    {16384, "full", 60000}, {2048, "none", 70000},
  };
  int64_t commits = soak_number("SOAK_COMMITS", 200) / 4;
  uint64_t seed = (uint64_t)soak_number("SOAK_SEED", 1);
  alarm(0);
  for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
    run_oracle(seed * 100 + i, shapes[i], commits);
  }
}

TEST(every_page_of_every_point_is_what_its_commit_wrote) { run_oracles(); }

TEST(every_page_of_every_point_is_what_its_commit_wrote_whatever_the_shape_of_the_file) {
  run_oracles_of_shapes();
}

TEST(every_page_of_every_point_is_what_its_commit_wrote_with_encryption) {
  with_encryption(run_oracles);
  with_encryption(run_oracles_of_shapes);
}

/* A truth that several threads look at, and whose WAL may not be emptied unread. */
typedef struct shared {
  const char *path;
  truth truth;
  pthread_mutex_t mutex;
  int stop;
  int64_t looks;
  text problem;
} shared;

static int has_stopped(shared *it) { return __atomic_load_n(&it->stop, __ATOMIC_RELAXED); }

static void report(shared *it, const char *what, int rc) {
  pthread_mutex_lock(&it->mutex);
  text_add(&it->problem, "%s: %d\n", what, rc);
  pthread_mutex_unlock(&it->mutex);
}

static void *read_pasts(void *argument) {
  shared *it = argument;
  chance luck = {(uint64_t)(uintptr_t)&luck};
  while (!has_stopped(it)) {
    image expected;
    text problem = {0, 0, 0};
    pthread_mutex_lock(&it->mutex);
    int64_t scn = chance_below(&luck, 3) ? some_point(&it->truth, &luck) : it->truth.last;
    truth_at(&it->truth, scn, &expected);
    pthread_mutex_unlock(&it->mutex);
    compare_past(it->path, scn, &expected, &problem);
    image_free(&expected);
    pthread_mutex_lock(&it->mutex);
    if (problem.length > 0) text_add(&it->problem, "%s", problem.chars);
    it->looks++;
    pthread_mutex_unlock(&it->mutex);
    text_free(&problem);
  }
  return 0;
}

/* One snapshot at a time, read slowly by SQL while everything goes on. */
static void *read_one_past_for_long(void *argument) {
  shared *it = argument;
  chance luck = {(uint64_t)(uintptr_t)&luck};
  while (!has_stopped(it)) {
    sqlite3 *db;
    sqlite3_stmt *stmt;
    pthread_mutex_lock(&it->mutex);
    int64_t scn = some_point(&it->truth, &luck);
    pthread_mutex_unlock(&it->mutex);
    int rc = try_open_past(it->path, scn, &db);
    if (rc != SQLITE_OK) {
      report(it, "opening a point", rc);
      continue;
    }
    sqlite3_exec(db, "PRAGMA cache_size=1", 0, 0, 0);
    for (int i = 0; i < 5; i++) {
      rc = sqlite3_prepare_v2(db, "PRAGMA integrity_check", -1, &stmt, 0);
      if (rc == SQLITE_OK) rc = sqlite3_step(stmt);
      if (rc != SQLITE_ROW || strcmp((const char *)sqlite3_column_text(stmt, 0), "ok") != 0) {
        report(it, "integrity of a point", rc);
      }
      sqlite3_finalize(stmt);
    }
    sqlite3_close(db);
    __atomic_fetch_add(&it->looks, 1, __ATOMIC_RELAXED);
  }
  return 0;
}

/* Moves pages beside the writer, but restarts the WAL only when all of it has been read. */
static void *move_pages(void *argument) {
  shared *it = argument;
  chance luck = {(uint64_t)(uintptr_t)&luck};
  sqlite3 *db;
  int rc = try_open_with_history(it->path, "", &db);
  if (rc != SQLITE_OK) {
    report(it, "opening", rc);
    return 0;
  }
  while (!has_stopped(it)) {
    int mode = chance_below(&luck, 4);
    if (mode != SQLITE_CHECKPOINT_PASSIVE) pthread_mutex_lock(&it->mutex);
    rc = sqlite3_wal_checkpoint_v2(db, "main", mode, 0, 0);
    if (mode != SQLITE_CHECKPOINT_PASSIVE) pthread_mutex_unlock(&it->mutex);
    if (rc != SQLITE_OK && rc != SQLITE_BUSY) report(it, "a checkpoint", rc);
    usleep((useconds_t)chance_below(&luck, 3000));
  }
  sqlite3_close(db);
  return 0;
}

static void write_shared(shared *it, sqlite3 *db, chance *luck, int64_t commits, int64_t seconds) {
  time_t end = time(0) + seconds;
  while (it->truth.last - it->truth.first < commits || time(0) < end) {
    char sql[300];
    snprintf(sql, sizeof sql,
             "BEGIN IMMEDIATE; INSERT OR REPLACE INTO t VALUES(%d, randomblob(%d));"
             "SAVEPOINT s; UPDATE t SET v = randomblob(200) WHERE id %% 7 = %d; %s; %s",
             chance_below(luck, 300), chance_below(luck, 3000), chance_below(luck, 7),
             chance_below(luck, 2) ? "ROLLBACK TO s" : "DELETE FROM t WHERE id % 13 = 1",
             chance_below(luck, 6) ? "COMMIT" : "ROLLBACK");
    pthread_mutex_lock(&it->mutex);
    int rc = try_execute(db, sql);
    int64_t last = it->truth.last;
    size_t problems = it->problem.length;
    pthread_mutex_unlock(&it->mutex);
    if (rc != SQLITE_OK) report(it, sql, rc);
    if (problems > 0 || rc != SQLITE_OK) break;
    CHECK_INT(newest_point(db), last);
  }
}

TEST(points_are_right_while_another_thread_writes_and_checkpoints) {
  enum { THREADS = 4 };
  void *(*const bodies[THREADS])(void *) = {read_pasts, read_pasts, read_one_past_for_long,
                                            move_pages};
  pthread_t threads[THREADS];
  shared it = {in_directory("a.db"), {0}, PTHREAD_MUTEX_INITIALIZER, 0, 0, {0, 0, 0}};
  chance luck = {3};
  alarm(0);
  sqlite3 *db = open_with_history(it.path, "");
  execute(db, "PRAGMA journal_mode=WAL; PRAGMA cache_size=5");
  sqlite3_busy_timeout(db, 20000);
  truth_start(&it.truth, it.path, newest_point(db));
  truth_follow(&it.truth, db);
  execute(db, "CREATE TABLE t(id INTEGER PRIMARY KEY, v)");
  for (int i = 0; i < THREADS; i++) CHECK_INT(pthread_create(&threads[i], 0, bodies[i], &it), 0);
  write_shared(&it, db, &luck, 200, soak_number("SOAK_SECONDS", 0));
  __atomic_store_n(&it.stop, 1, __ATOMIC_RELAXED);
  for (int i = 0; i < THREADS; i++) CHECK_INT(pthread_join(threads[i], 0), 0);
  CHECK_TEXT(it.problem.chars ? it.problem.chars : "", "");
  CHECK(it.looks > 0);
  check_pasts(&it.truth, it.truth.first, it.truth.last);
  check_commits(db, &it.truth, it.truth.first);
  close_database(db);
  text_free(&it.problem);
  truth_free(&it.truth);
}

/* Points of a small database by name; what they hold is told by SQL. */
static const char *past_query(const char *path, int64_t scn, const char *sql) {
  sqlite3 *db = open_past(path, scn);
  const char *result = query(db, sql);
  close_database(db);
  return result;
}

static sqlite3 *open_small(const char *path) {
  sqlite3 *db = open_with_history(path, "");
  execute(db, "PRAGMA journal_mode=WAL");
  return db;
}

static sqlite3 *reopen(sqlite3 *db, const char *path) {
  close_database(db);
  db = open_with_history(path, "");
  execute(db, "SELECT * FROM sqlite_schema");
  return db;
}

/*
** A counter's page is changed by every commit, whether a capture finds one of these or
** hundreds: reading it takes the differences of two rows of versions at most.
*/
TEST(a_page_that_every_commit_changes_is_read_by_few_differences) {
  enum { MOST_ENTRIES = 64 };
  const int commits_a_capture[] = {500, 1, 1, 1, 63, 64, 65, 7, 7, 200};
  const char *path = in_directory("a.db");
  truth points;
  sqlite3 *stock;
  sqlite3 *db = open_small(path);
  truth_start(&points, path, newest_point(db));
  truth_follow(&points, db);
  execute(db, "CREATE TABLE t(v); INSERT INTO t VALUES(0)");
  for (size_t i = 0; i < sizeof commits_a_capture / sizeof *commits_a_capture; i++) {
    for (int j = 0; j < commits_a_capture[i]; j++) execute(db, "UPDATE t SET v = v + 1");
    execute(db, "PRAGMA wal_checkpoint(PASSIVE)");
    if (i == 3) {
      db = reopen(db, path);
      truth_follow(&points, db);
    }
  }
  check_pasts(&points, points.first, points.last);
  close_database(db);
  truth_free(&points);
  CHECK_INT(try_open_database(beside_database(path, "-history"), SQLITE_OPEN_READWRITE, STOCK_VFS,
                              &stock),
            SQLITE_OK);
  CHECK_INT(query_integer(stock, "SELECT max(chain) < 64 FROM versions_1"), 1);
  /* Each entry takes some twelve bytes; a row's last may be a whole page. */
  CHECK_INT(query_integer(stock, "SELECT max(bytes) < 64 * 40 + 4096 FROM versions_1"), 1);
  CHECK(query_integer(stock, "SELECT sum(chain = 0) FROM versions_1 WHERE page = 2") >=
        900 / (2 * MOST_ENTRIES));
  close_database(stock);
}

/* As docs/file-format.md says: bodies lie one behind the other, in rows that fill pages. */
TEST(the_versions_of_a_capture_lie_packed_and_none_is_lost) {
  enum { PACK_BYTES = 4000 };
  const char *path = in_directory("a.db");
  char uri[URI_BYTES];
  truth points;
  sqlite3 *store;
  sqlite3 *db = open_with_history(path, "");
  execute(db, "PRAGMA journal_mode=WAL; CREATE TABLE t(id INTEGER PRIMARY KEY, v)");
  truth_start(&points, path, newest_point(db));
  truth_follow(&points, db);
  execute(db,
          "WITH RECURSIVE n(i) AS (VALUES(1) UNION ALL SELECT i + 1 FROM n WHERE i < 600) "
          "INSERT INTO t SELECT i, randomblob(1500) FROM n");
  for (int round = 0; round < 4; round++) {
    /* Small differences on many pages; some pages as a whole; many versions of few. */
    execute(db, "UPDATE t SET v = zeroblob(10) || substr(v, 11) WHERE id % 2 = 0");
    execute(db, "PRAGMA wal_checkpoint(PASSIVE)");
    execute(db, "UPDATE t SET v = randomblob(1500) WHERE id % 5 = 0");
    for (int i = 0; i < 40; i++) execute(db, "UPDATE t SET v = randomblob(1500) WHERE id < 6");
    execute(db, "PRAGMA wal_checkpoint(PASSIVE)");
  }
  check_pasts(&points, points.first, points.last);
  snprintf(uri, sizeof uri, "file:%s-history?heliosdb_checksums=on", path);
  CHECK_INT(sqlite3_open_v2(uri, &store, SQLITE_OPEN_READWRITE | SQLITE_OPEN_URI, "heliosdb"),
            SQLITE_OK);
  CHECK_INT(query_integer(store, "SELECT count(*) FROM buckets"), 1);
  /* Each body begins where the one before it ended, and the last ends its row. */
  CHECK_INT(query_integer(store,
                          "SELECT count(*) FROM (SELECT start, sum(bytes) OVER (PARTITION BY pack"
                          " ORDER BY start ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)"
                          " - bytes AS expected FROM versions_1) WHERE start <> expected"),
            0);
  CHECK_INT(query_integer(store,
                          "SELECT count(*) FROM packs_1 p WHERE length(bodies) IS NOT"
                          " (SELECT sum(bytes) FROM versions_1 WHERE pack = p.id)"),
            0);
  /* A row is full up to the length of a body; a longer body is alone. */
  CHECK_INT(query_integer(store,
                          "SELECT count(*) FROM packs_1 p WHERE length(bodies) > 4000"
                          " AND (SELECT count(*) FROM versions_1 WHERE pack = p.id) > 1"),
            0);
  CHECK(query_integer(store, "SELECT count(*) FROM packs_1 WHERE length(bodies) > 4000") > 0);
  CHECK(query_integer(store,
                      "SELECT avg(length(bodies)) FROM packs_1 WHERE length(bodies) <= 4000") >
        PACK_BYTES / 2);
  CHECK(query_integer(store, "SELECT count(*) FROM versions_1") >
        2 * query_integer(store, "SELECT count(*) FROM packs_1 WHERE length(bodies) <= 4000"));
  close_database(store);
  close_database(db);
  truth_free(&points);
}

TEST(a_deleted_row_is_there_before_and_after_a_restart) {
  const char *path = in_directory("a.db");
  sqlite3 *db = open_small(path);
  execute(db, "CREATE TABLE t(v); INSERT INTO t VALUES('one'),('two')");
  int64_t before = newest_point(db);
  execute(db, "DELETE FROM t WHERE v = 'one'");
  for (int i = 0; i < 3; i++) {
    CHECK_TEXT(past_query(path, before, "SELECT * FROM t"), "one,two");
    CHECK_TEXT(past_query(path, before + 1, "SELECT * FROM t"), "two");
    db = reopen(db, path);
  }
  close_database(db);
}

TEST(a_dropped_table_is_there_before_with_its_index_and_after_a_restart) {
  const char *path = in_directory("a.db");
  const char *objects = "SELECT name FROM sqlite_schema ORDER BY name";
  sqlite3 *db = open_small(path);
  execute(db, "CREATE TABLE t(v); CREATE INDEX by_v ON t(v); INSERT INTO t VALUES('one')");
  int64_t before = newest_point(db);
  execute(db, "DROP TABLE t");
  execute(db, "VACUUM");
  for (int i = 0; i < 3; i++) {
    CHECK_TEXT(past_query(path, before, objects), "by_v,t");
    CHECK_TEXT(past_query(path, before, "SELECT v FROM t INDEXED BY by_v WHERE v = 'one'"), "one");
    CHECK_TEXT(past_query(path, before + 1, objects), "");
    db = reopen(db, path);
  }
  close_database(db);
}

TEST(a_table_has_the_columns_that_it_had) {
  const char *path = in_directory("a.db");
  sqlite3 *db = open_small(path);
  execute(db, "CREATE TABLE t(a, b); INSERT INTO t VALUES(1, 2)");
  int64_t before = newest_point(db);
  execute(db, "ALTER TABLE t ADD COLUMN c DEFAULT 3");
  execute(db, "ALTER TABLE t DROP COLUMN a");
  execute(db, "ALTER TABLE t RENAME COLUMN b TO z");
  const char *columns = "SELECT group_concat(name) FROM pragma_table_info('t')";
  for (int i = 0; i < 3; i++) {
    CHECK_TEXT(past_query(path, before, columns), "a,b");
    CHECK_TEXT(past_query(path, before + 1, columns), "a,b,c");
    CHECK_TEXT(past_query(path, before + 1, "SELECT * FROM t"), "1|2|3");
    CHECK_TEXT(past_query(path, before + 2, columns), "b,c");
    CHECK_TEXT(past_query(path, before + 3, columns), "z,c");
    db = reopen(db, path);
  }
  close_database(db);
}

TEST(the_state_in_which_history_began_is_a_point) {
  const char *path = in_directory("a.db");
  sqlite3 *db = open_database(path, STOCK_VFS);
  execute(db, "CREATE TABLE t(v); INSERT INTO t VALUES('before')");
  close_database(db);
  db = open_small(path);
  int64_t base = newest_point(db);
  execute(db, "UPDATE t SET v = 'after'");
  for (int i = 0; i < 2; i++) {
    CHECK_TEXT(past_query(path, base, "SELECT * FROM t"), "before");
    CHECK_TEXT(past_query(path, base + 1, "SELECT * FROM t"), "after");
    CHECK_INT(query_integer(db, "SELECT oldest_scn FROM heliosdb_history"), base);
    db = reopen(db, path);
  }
  close_database(db);
}

TEST(a_transaction_without_a_change_is_no_point) {
  sqlite3 *db = open_small(in_directory("a.db"));
  execute(db, "CREATE TABLE t(v); INSERT INTO t VALUES(1)");
  int64_t newest = newest_point(db);
  execute(db, "BEGIN; SELECT * FROM t; COMMIT");
  execute(db, "BEGIN IMMEDIATE; COMMIT");
  execute(db, "BEGIN; INSERT INTO t VALUES(2); ROLLBACK");
  execute(db, "DELETE FROM t WHERE v = 7");
  execute(db, "PRAGMA wal_checkpoint(TRUNCATE)");
  CHECK_INT(newest_point(db), newest);
  close_database(db);
}

TEST(a_rolled_back_transaction_that_spilled_is_no_point_and_the_next_is) {
  const char *path = in_directory("a.db");
  truth points;
  sqlite3 *db = open_small(path);
  sqlite3 *other = open_with_history(path, "");
  execute(db, "PRAGMA cache_size=5; CREATE TABLE t(v)");
  truth_start(&points, path, newest_point(db));
  truth_follow(&points, db);
  const char *fill =
      "WITH RECURSIVE n(i) AS (VALUES(1) UNION ALL SELECT i + 1 FROM n WHERE i < 200)"
      "INSERT INTO t SELECT randomblob(900) FROM n";
  for (int i = 0; i < 4; i++) {
    execute(db, "BEGIN");
    execute(db, fill);
    if (i == 2) execute(other, "PRAGMA wal_checkpoint");
    execute(db, i == 1 ? "COMMIT" : "ROLLBACK");
    execute(db, "INSERT INTO t VALUES('small')");
    CHECK_INT(newest_point(db), points.last);
    check_pasts(&points, points.first, points.last);
  }
  CHECK_INT(points.last - points.first, 5);
  close_database(other);
  db = reopen(db, path);
  check_pasts(&points, points.first, points.last);
  close_database(db);
  truth_free(&points);
}

/* The clock stands still here, and goes back. */
TEST(two_commits_at_the_same_time_are_two_points_and_times_only_grow) {
  const char *path = in_directory("a.db");
  sqlite3 *db = open_small(path);
  execute(db, "CREATE TABLE t(v)");
  int64_t first = newest_point(db) + 1;
  for (int i = 0; i < 30; i++) {
    if (i == 10) faults_shift_clock(-3600);
    if (i == 20) db = reopen(db, path);
    if (i == 25) faults_shift_clock(-7200);
    execute(db, "INSERT INTO t VALUES(1)");
  }
  CHECK_INT(newest_point(db), first + 29);
  for (int round = 0; round < 2; round++) {
    int64_t time = 0;
    for (int i = 0; i < 30; i++) {
      char sql[200];
      int64_t scn = first + i;
      snprintf(sql, sizeof sql, "SELECT heliosdb_time_of(%" PRId64 ")", scn);
      int64_t at = query_integer(db, sql);
      CHECK(at > time);
      time = at;
      snprintf(sql, sizeof sql, "SELECT heliosdb_point_at('timestamp', %" PRId64 ")", at);
      CHECK_INT(query_integer(db, sql), scn);
      snprintf(sql, sizeof sql, "SELECT heliosdb_point_at('timestamp', %" PRId64 ")", at - 1);
      CHECK_INT(query_integer(db, sql), scn - 1);
    }
    db = reopen(db, path);
  }
  faults_shift_clock(0);
  close_database(db);
}

TEST(a_point_that_is_not_there_does_not_open) {
  const char *path = in_directory("a.db");
  sqlite3 *past;
  sqlite3 *db = open_small(path);
  execute(db, "CREATE TABLE t(v); INSERT INTO t VALUES(1)");
  int64_t newest = newest_point(db);
  const int64_t missing[] = {newest + 1, newest + 1000, -1, INT64_MAX, INT64_MIN};
  for (size_t i = 0; i < sizeof missing / sizeof *missing; i++) {
    CHECK_INT(try_open_past(path, missing[i], &past), SQLITE_CANTOPEN);
  }
  const char *bad[] = {"", "x", "1x", "1.5", "0x1", "99999999999999999999"};
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
    char uri[600];
    snprintf(uri, sizeof uri, "file:%s?heliosdb_as_of=%s", path, bad[i]);
    CHECK_INT(try_open_database(uri, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, HDB_VFS_NAME, &past),
              SQLITE_CANTOPEN);
  }
  close_database(db);
  CHECK_INT(try_open_past(path, newest, &past), SQLITE_CANTOPEN); /* nobody has it open */
}

TEST(a_snapshot_stays_as_it_is_and_keeps_history_alive_by_itself) {
  const char *path = in_directory("a.db");
  truth points;
  sqlite3 *db = open_small(path);
  execute(db, "CREATE TABLE t(v); INSERT INTO t VALUES('then')");
  truth_start(&points, path, newest_point(db));
  truth_follow(&points, db);
  sqlite3 *past = open_past(path, points.last);
  execute(db, "UPDATE t SET v = 'now'");
  execute(db, "PRAGMA wal_checkpoint(TRUNCATE)");
  CHECK_TEXT(query(past, "SELECT * FROM t"), "then");
  close_database(db);
  sqlite3_db_release_memory(past);
  CHECK_TEXT(query(past, "SELECT * FROM t"), "then");
  check_pasts(&points, points.first, points.last);
  db = open_with_history(path, "");
  truth_follow(&points, db);
  execute(db, "UPDATE t SET v = 'later'");
  CHECK_INT(newest_point(db), points.last);
  CHECK_TEXT(query(past, "SELECT * FROM t"), "then");
  close_database(past);
  check_pasts(&points, points.first, points.last);
  close_database(db);
  truth_free(&points);
}

TEST(snapshots_are_attached_beside_the_present_within_a_transaction) {
  const char *path = in_directory("a.db");
  char sql[700];
  sqlite3 *db = open_small(path);
  execute(db, "CREATE TABLE t(id INTEGER PRIMARY KEY, v); INSERT INTO t VALUES(1, 'one')");
  int64_t before = newest_point(db);
  execute(db, "UPDATE t SET v = 'changed'; INSERT INTO t VALUES(2, 'two')");
  execute(db, "BEGIN IMMEDIATE; INSERT INTO t VALUES(3, 'three')");
  snprintf(sql, sizeof sql, "ATTACH 'file:%s?heliosdb_as_of=%" PRId64 "' AS past", path, before);
  execute(db, sql);
  snprintf(sql, sizeof sql, "ATTACH 'file:%s?heliosdb_as_of=%" PRId64 "' AS next", path,
           before + 1);
  execute(db, sql);
  execute(db, "UPDATE t SET v = (SELECT v FROM past.t WHERE id = 1) WHERE id = 1");
  execute(db, "COMMIT");
  CHECK_TEXT(query(db, "SELECT v FROM main.t ORDER BY id"), "one,two,three");
  CHECK_TEXT(query(db, "SELECT v FROM past.t"), "one");
  CHECK_TEXT(query(db, "SELECT v FROM next.t"), "changed");
  CHECK_INT(try_execute(db, "DELETE FROM past.t"), SQLITE_READONLY);
  execute(db, "DETACH past");
  CHECK_TEXT(query(db, "SELECT v FROM next.t"), "changed");
  close_database(db);
}

TEST(while_history_is_on_the_journal_and_locking_modes_stay) {
  const char *path = in_directory("a.db");
  sqlite3 *db = open_small(path);
  execute(db, "CREATE TABLE t(v); INSERT INTO t VALUES(1)");
  int64_t newest = newest_point(db);
  const char *modes[] = {"delete", "truncate", "persist", "memory", "off"};
  for (int i = 0; i < 5; i++) {
    char pragma[60];
    snprintf(pragma, sizeof pragma, "PRAGMA journal_mode=%s", modes[i]);
    CHECK_TEXT(query(db, pragma), "wal");
  }
  CHECK_TEXT(query(db, "PRAGMA locking_mode=exclusive"), "normal");
  execute(db, "INSERT INTO t VALUES(2)");
  CHECK_INT(newest_point(db), newest + 1);
  sqlite3 *other = open_with_history(path, "");
  CHECK_INT(query_integer(other, "SELECT count(*) FROM t"), 2);
  close_database(other);
  close_database(db);
}
