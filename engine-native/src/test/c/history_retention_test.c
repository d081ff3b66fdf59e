/*
** What history keeps and for how long: by age, by size, by tags, and what is erased.
*/
#define _GNU_SOURCE
#include <dirent.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "check.h"
#include "faults.h"
#include "history_support.h"

static sqlite3 *open_kept(const char *path, const char *parameters) {
  sqlite3 *db = open_with_history(path, parameters);
  /* SQLite may be built to overwrite what is deleted, or not: here it does in the present. */
  execute(db, "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA secure_delete=ON");
  execute(db, "SELECT * FROM sqlite_schema");
  return db;
}

static void fill(sqlite3 *db, int rows) {
  char sql[200];
  snprintf(sql, sizeof sql,
           "CREATE TABLE IF NOT EXISTS t(id INTEGER PRIMARY KEY, v);"
           "WITH RECURSIVE n(i) AS (VALUES(1) UNION ALL SELECT i + 1 FROM n WHERE i < %d) "
           "INSERT OR REPLACE INTO t SELECT i, hex(randomblob(300)) FROM n",
           rows);
  execute(db, sql);
}

static void change(sqlite3 *db, int number) {
  char sql[120];
  snprintf(sql, sizeof sql, "UPDATE t SET v = hex(randomblob(300)) WHERE id %% 20 = %d",
           number % 20);
  execute(db, sql);
}

/* Takes all steps that there are. */
static void expire(sqlite3 *db) {
  int steps = 0;
  while (query_integer(db, "SELECT heliosdb_expire()")) CHECK(++steps < 10000);
}

static int64_t oldest_point(sqlite3 *db) {
  return query_integer(db, "SELECT oldest_scn FROM heliosdb_history");
}

static int64_t history_bytes(const char *path) {
  return file_bytes(beside_database(path, "-history")) +
         file_bytes(beside_database(path, "-history-wal")) +
         file_bytes(beside_database(path, "-times"));
}

/* Points before the oldest are refused, by a message that names it; the others are right. */
static void check_horizon(sqlite3 *db, const truth *points) {
  char sql[100];
  char named[40];
  sqlite3 *past;
  int64_t oldest = oldest_point(db);
  int64_t known = oldest > points->first ? oldest : points->first;
  CHECK(oldest <= points->last);
  check_pasts(points, known, points->last);
  check_commits(db, points, known + 1);
  snprintf(named, sizeof named, "SCN %" PRId64, oldest);
  for (int64_t scn = points->first; scn < oldest; scn += 1 + (oldest - points->first) / 5) {
    CHECK_INT(try_open_past(points->path, scn, &past), SQLITE_CANTOPEN);
    snprintf(sql, sizeof sql, "SELECT heliosdb_point_at('scn', %" PRId64 ")", scn);
    CHECK(strstr(message_of(db, sql), named));
  }
  snprintf(sql, sizeof sql, "SELECT count(*) FROM heliosdb_commits WHERE scn < %" PRId64, oldest);
  CHECK_INT(query_integer(db, sql), 0);
}

/* The clock goes on by `seconds` with each commit. */
static void commit_in_time(sqlite3 *db, int count, int seconds, int64_t *clock) {
  for (int i = 0; i < count; i++) {
    *clock += seconds;
    faults_shift_clock(*clock);
    change(db, i);
    if (i % 4 == 3) {
      execute(db, "PRAGMA wal_checkpoint(PASSIVE)");
      expire(db);
    }
  }
}

static int64_t point_before(sqlite3 *db, int64_t scn, int64_t seconds) {
  char sql[120];
  snprintf(sql, sizeof sql,
           "SELECT heliosdb_point_at('timestamp', heliosdb_time_of(%" PRId64 ") - %" PRId64 ")",
           scn, seconds * 1000000);
  return query_integer(db, sql);
}

TEST(points_are_kept_for_the_retention_and_not_much_longer) {
  enum { RETENTION = 1000, STEP = 10, COMMITS = 400 };
  const char *path = in_directory("a.db");
  truth points;
  int64_t clock = 0;
  int64_t most_bytes = 0;
  sqlite3 *db = open_kept(path, "&heliosdb_retention=1000000");
  fill(db, 200);
  truth_start(&points, path, newest_point(db));
  truth_follow(&points, db);
  for (int round = 0; round < COMMITS / 40; round++) {
    commit_in_time(db, 40, STEP, &clock);
    int64_t kept = (points.last - oldest_point(db)) * STEP;
    if ((round + 1) * 40 * STEP > RETENTION) {
      CHECK(kept >= RETENTION);
      CHECK(kept <= RETENTION + RETENTION / 4);
      CHECK(point_before(db, points.last, RETENTION) >= oldest_point(db));
    }
    if (round == 6) most_bytes = history_bytes(path);
    if (round > 6) CHECK(history_bytes(path) < most_bytes * 3 / 2);
    check_horizon(db, &points);
  }
  close_database(db);
  db = open_kept(path, "&heliosdb_retention=1000000");
  check_horizon(db, &points);
  faults_shift_clock(0);
  close_database(db);
  truth_free(&points);
}

TEST(a_tag_keeps_its_point_and_all_after_it) {
  const char *path = in_directory("a.db");
  truth points;
  int64_t clock = 0;
  char sql[100];
  sqlite3 *db = open_kept(path, "&heliosdb_retention=100000");
  fill(db, 200);
  truth_start(&points, path, newest_point(db));
  truth_follow(&points, db);
  commit_in_time(db, 50, 10, &clock);
  int64_t tagged = query_integer(db, "SELECT heliosdb_tag('kept')");
  CHECK_INT(tagged, points.last);
  CHECK(strstr(message_of(db, "SELECT heliosdb_tag('kept')"), "kept"));
  commit_in_time(db, 100, 10, &clock);
  CHECK(oldest_point(db) <= tagged);
  CHECK(oldest_point(db) > points.first);
  check_horizon(db, &points);
  for (int i = 0; i < 2; i++) {
    CHECK_INT(query_integer(db, "SELECT heliosdb_point_at('tag', 'kept')"), tagged);
    snprintf(sql, sizeof sql, "%" PRId64 "|kept", tagged);
    CHECK_TEXT(query(db, "SELECT scn, tag FROM heliosdb_commits WHERE tag IS NOT NULL"), sql);
    CHECK_TEXT(query(db, "SELECT scn, name FROM heliosdb_tags"), sql);
    close_database(db);
    db = open_kept(path, "&heliosdb_retention=100000");
    truth_follow(&points, db);
  }
  CHECK_INT(query_integer(db, "SELECT heliosdb_untag('kept')"), 1);
  CHECK_INT(query_integer(db, "SELECT heliosdb_untag('kept')"), 0);
  commit_in_time(db, 8, 10, &clock);
  CHECK(oldest_point(db) > tagged);
  check_horizon(db, &points);
  CHECK(strstr(message_of(db, "SELECT heliosdb_point_at('tag', 'kept')"), "kept"));
  faults_shift_clock(0);
  close_database(db);
  truth_free(&points);
}

TEST(history_stays_within_its_size) {
  enum { MOST_BYTES = 1 << 20, MOST_WAL_BYTES = 5 << 20 };
  const char *path = in_directory("a.db");
  truth points;
  sqlite3 *db = open_kept(path, "&heliosdb_max_size=1048576");
  fill(db, 400);
  truth_start(&points, path, newest_point(db));
  truth_follow(&points, db);
  for (int i = 0; i < 600; i++) {
    change(db, i);
    if (i % 3 != 2) continue;
    execute(db, "PRAGMA wal_checkpoint(PASSIVE)");
    expire(db);
    CHECK(file_bytes(beside_database(path, "-history")) <= MOST_BYTES);
    CHECK(history_bytes(path) <= MOST_BYTES + MOST_WAL_BYTES);
    CHECK(query_integer(db, "SELECT bytes FROM heliosdb_history") == history_bytes(path));
    CHECK(points.last - oldest_point(db) >= 3);
    if (i % 60 == 59) check_horizon(db, &points);
  }
  CHECK(oldest_point(db) > points.first);
  execute(db, "PRAGMA wal_checkpoint(TRUNCATE)");
  close_database(db);
  truth_free(&points);
}

TEST(a_snapshot_of_an_expired_point_fails_and_gives_no_wrong_bytes) {
  const char *path = in_directory("a.db");
  int64_t clock = 0;
  sqlite3 *db = open_kept(path, "&heliosdb_retention=100000");
  fill(db, 200);
  sqlite3 *past = open_past(path, newest_point(db));
  sqlite3 *warm = open_past(path, newest_point(db));
  execute(past, "PRAGMA cache_size=2");
  char *before = strdup(query(warm, "SELECT * FROM t WHERE id < 5"));
  commit_in_time(db, 60, 10, &clock);
  CHECK_INT(try_execute(past, "SELECT count(v) FROM t"), SQLITE_IOERR);
  CHECK_TEXT(query(warm, "SELECT * FROM t WHERE id < 5"), before); /* it has these pages */
  free(before);
  close_database(warm);
  close_database(past);
  faults_shift_clock(0);
  close_database(db);
}

typedef struct keeper {
  const char *path;
  int stop;
  int looks;
  text problem;
} keeper;

/* Reads points near the horizon: they are right, or gone. */
static void *read_old_points(void *argument) {
  keeper *it = argument;
  sqlite3 *db;
  if (try_open_with_history(it->path, "", &db) != SQLITE_OK) return 0;
  sqlite3_busy_timeout(db, 10000);
  while (!__atomic_load_n(&it->stop, __ATOMIC_RELAXED)) {
    sqlite3_stmt *stmt;
    sqlite3 *past;
    int64_t scn = -1;
    if (sqlite3_prepare_v2(db, "SELECT oldest_scn FROM heliosdb_history", -1, &stmt, 0) ==
            SQLITE_OK &&
        sqlite3_step(stmt) == SQLITE_ROW) {
      scn = sqlite3_column_int64(stmt, 0) + it->looks % 5;
    }
    sqlite3_finalize(stmt);
    int rc = try_open_past(it->path, scn, &past);
    if (rc == SQLITE_OK) {
      /* All rows of a point have the number of its commit. */
      const char *sql = "SELECT count(DISTINCT v) = 1 AND count(*) = 300 FROM u";
      rc = sqlite3_prepare_v2(past, sql, -1, &stmt, 0);
      if (rc == SQLITE_OK) rc = sqlite3_step(stmt);
      if (rc == SQLITE_ROW ? sqlite3_column_int(stmt, 0) != 1 : (rc & 0xff) != SQLITE_IOERR) {
        text_add(&it->problem, "point %" PRId64 ": %d\n", scn, rc);
      }
      sqlite3_finalize(stmt);
      sqlite3_close(past);
    } else if (rc != SQLITE_CANTOPEN && (rc & 0xff) != SQLITE_IOERR) {
      text_add(&it->problem, "opening point %" PRId64 ": %d\n", scn, rc);
    }
    __atomic_fetch_add(&it->looks, 1, __ATOMIC_RELAXED);
  }
  sqlite3_close(db);
  return 0;
}

TEST(points_at_the_horizon_are_right_or_gone_while_it_moves) {
  keeper it = {in_directory("a.db"), 0, 0, {0, 0, 0}};
  pthread_t thread;
  int64_t seconds = soak_number("SOAK_SECONDS", 0);
  sqlite3 *db = open_kept(it.path, "&heliosdb_max_size=400000");
  alarm(0);
  execute(db, "CREATE TABLE u(v INT, filler)");
  execute(db,
          "WITH RECURSIVE n(i) AS (VALUES(1) UNION ALL SELECT i + 1 FROM n WHERE i < 300) "
          "INSERT INTO u SELECT 0, hex(randomblob(150)) FROM n");
  execute(db, "PRAGMA wal_checkpoint(TRUNCATE)");
  execute(db, "SELECT heliosdb_erase(NULL)");
  CHECK_INT(pthread_create(&thread, 0, read_old_points, &it), 0);
  time_t end = time(0) + seconds;
  for (int i = 0; i < 150 || time(0) < end; i++) {
    execute(db, "UPDATE u SET v = v + 1, filler = hex(randomblob(150))");
    execute(db, "PRAGMA wal_checkpoint(PASSIVE)");
    query_integer(db, "SELECT heliosdb_expire()");
  }
  __atomic_store_n(&it.stop, 1, __ATOMIC_RELAXED);
  CHECK_INT(pthread_join(thread, 0), 0);
  CHECK_TEXT(it.problem.chars ? it.problem.chars : "", "");
  CHECK(it.looks > 5);
  CHECK(oldest_point(db) > 50);
  close_database(db);
}

/* Retention has committed to the store, and not yet told this process. */
static void retire_oldest_in_store(const char *path) {
  char uri[600];
  sqlite3 *store;
  snprintf(uri, sizeof uri, "file:%s-history?heliosdb_checksums=on", path);
  CHECK_INT(sqlite3_open_v2(uri, &store, SQLITE_OPEN_READWRITE | SQLITE_OPEN_URI, "heliosdb"),
            SQLITE_OK);
  execute(store,
          "BEGIN IMMEDIATE; UPDATE buckets SET is_retired = 1 WHERE id = (SELECT min(id) FROM buckets);"
          "UPDATE state SET buckets_version = buckets_version + 1; COMMIT");
  close_database(store);
}

TEST(the_oldest_point_is_found_in_the_moment_in_which_it_moves) {
  const char *path = in_directory("a.db");
  truth points;
  char sql[120];
  sqlite3 *db = open_kept(path, "&heliosdb_max_size=400000");
  fill(db, 200);
  truth_start(&points, path, newest_point(db));
  truth_follow(&points, db);
  for (int i = 0; i < 40; i++) {
    change(db, i);
    if (i % 4 == 3) execute(db, "PRAGMA wal_checkpoint(PASSIVE)");
  }
  int64_t before = oldest_point(db);
  retire_oldest_in_store(path);
  CHECK_TEXT(query(db, "SELECT state, last_failure FROM heliosdb_history"), "on|null");
  int64_t oldest = oldest_point(db);
  CHECK(oldest > before);
  CHECK_INT(query_integer(db, "SELECT heliosdb_point_at('oldest', NULL)"), oldest);
  CHECK_INT(query_integer(db, "SELECT min(scn) FROM heliosdb_commits"), oldest + 1);
  CHECK_INT(point_before(db, points.last, 0), points.last);
  CHECK_INT(point_before(db, oldest, 0), oldest);
  execute(db, "CREATE VIRTUAL TABLE temp.v USING heliosdb_versions(t)");
  CHECK(query_integer(db, "SELECT count(*) FROM temp.v") > 200);
  snprintf(sql, sizeof sql, "SELECT heliosdb_point_at('scn', %" PRId64 ")", oldest - 1);
  CHECK(strstr(message_of(db, sql), "is before the oldest point that is kept"));
  check_horizon(db, &points);
  truth_free(&points);
  close_database(db);
}

/* How many files of the test's directory hold the text. */
static int files_with(const char *marker) {
  DIR *listing = opendir(in_directory(""));
  struct dirent *entry;
  int count = 0;
  CHECK(listing);
  while ((entry = readdir(listing))) {
    if (entry->d_name[0] == '.') continue;
    const char *path = in_directory(entry->d_name);
    FILE *file = fopen(path, "rb");
    if (!file) continue;
    size_t bytes = (size_t)file_bytes(path);
    char *content = malloc(bytes + 1);
    CHECK(fread(content, 1, bytes, file) == bytes);
    count += memmem(content, bytes, marker, strlen(marker)) != 0;
    free(content);
    fclose(file);
  }
  closedir(listing);
  return count;
}

#define MARKER "the unforgettable marker"

static void insert_marked(sqlite3 *db) {
  execute(db, "INSERT INTO t VALUES(1000, '" MARKER "'),(1001, printf('%.8000c" MARKER "', '.'))");
  execute(db, "CREATE TABLE marked AS SELECT v FROM t WHERE id >= 1000");
  execute(db, "CREATE INDEX by_marker ON marked(v)");
}

static void delete_marked(sqlite3 *db) {
  execute(db, "DELETE FROM t WHERE id >= 1000");
  execute(db, "DROP TABLE marked");
}

TEST(what_was_erased_is_in_no_file) {
  for (int kind = 0; kind < 12; kind++) {
    const char *path = in_directory("a.db");
    int captured_early = kind & 1;
    int erases_all = kind & 2;
    int restarts = kind / 4; /* not, before erasing, or between insert and delete, too */
    truth points;
    sqlite3 *db = open_kept(path, "");
    fill(db, 100);
    for (int i = 0; i < 5; i++) change(db, i);
    insert_marked(db);
    if (captured_early) execute(db, "PRAGMA wal_checkpoint(PASSIVE)");
    for (int i = 0; i < 30; i++) {
      change(db, i);
      if (captured_early && i % 10 == 0) execute(db, "PRAGMA wal_checkpoint(TRUNCATE)");
    }
    if (restarts == 2) {
      close_database(db);
      db = open_kept(path, "");
    }
    delete_marked(db);
    truth_start(&points, path, newest_point(db));
    truth_follow(&points, db);
    for (int i = 0; i < 10; i++) change(db, i);
    if (restarts) {
      close_database(db);
      db = open_kept(path, "");
      truth_follow(&points, db);
    }
    CHECK(files_with(MARKER) > 0);
    char sql[60];
    int64_t from = erases_all ? points.last : points.first + 2;
    snprintf(sql, sizeof sql, "SELECT heliosdb_erase(%" PRId64 ")", from);
    execute(db, erases_all ? "SELECT heliosdb_erase(NULL)" : sql);
    CHECK_INT(files_with(MARKER), 0);
    CHECK_INT(oldest_point(db), from);
    check_horizon(db, &points);
    for (int i = 0; i < 10; i++) change(db, i);
    execute(db, "PRAGMA wal_checkpoint(PASSIVE)");
    check_horizon(db, &points);
    close_database(db);
    CHECK_INT(files_with(MARKER), 0);
    db = open_kept(path, "");
    CHECK_INT(oldest_point(db), from);
    check_horizon(db, &points);
    close_database(db);
    truth_free(&points);
    remove_files(path);
  }
}

/* What had expired lies in free pages of the history, unless it is overwritten. */
TEST(what_expired_before_is_erased_too) {
  const char *path = in_directory("a.db");
  int64_t clock = 0;
  sqlite3 *db = open_kept(path, "&heliosdb_retention=100000");
  fill(db, 100);
  insert_marked(db);
  execute(db, "INSERT INTO t SELECT id + 2000, printf('%d " MARKER " %d', id, random()) FROM t");
  commit_in_time(db, 10, 10, &clock);
  delete_marked(db);
  commit_in_time(db, 60, 10, &clock);
  CHECK(oldest_point(db) > 40);
  execute(db, "SELECT heliosdb_erase(NULL)");
  CHECK_INT(files_with(MARKER), 0);
  faults_shift_clock(0);
  close_database(db);
}

TEST(a_history_that_was_put_aside_is_erased_too) {
  const char *path = in_directory("a.db");
  sqlite3 *db = open_kept(path, "");
  fill(db, 100);
  insert_marked(db);
  delete_marked(db);
  change(db, 1);
  close_database(db);
  const char *history = beside_database(path, "-history");
  CHECK(truncate(history, file_bytes(history) / 2) == 0);
  db = open_kept(path, "");
  change(db, 2);
  execute(db, "PRAGMA wal_checkpoint(TRUNCATE)");
  execute(db, "PRAGMA wal_checkpoint(TRUNCATE)");
  execute(db, "SELECT heliosdb_erase(NULL)");
  CHECK_INT(files_with(MARKER), 0);
  close_database(db);
}

TEST(erasing_waits_for_nobody_and_says_so) {
  const char *path = in_directory("a.db");
  sqlite3 *db = open_kept(path, "");
  fill(db, 100);
  insert_marked(db);
  delete_marked(db);
  int64_t first = newest_point(db);
  sqlite3 *reader = open_kept(path, "");
  execute(reader, "BEGIN; SELECT * FROM t");
  change(db, 1);
  CHECK(strlen(message_of(db, "SELECT heliosdb_erase(NULL)")) > 20);
  execute(db, "BEGIN");
  CHECK(strlen(message_of(db, "SELECT heliosdb_erase(NULL)")) > 20);
  execute(db, "COMMIT");
  execute(reader, "COMMIT");
  sqlite3 *past = open_past(path, first);
  CHECK_INT(query_integer(past, "SELECT count(*) FROM t"), 100);
  execute(past, "BEGIN; SELECT * FROM t LIMIT 1");
  execute(db, "SELECT heliosdb_erase(NULL)");
  CHECK_INT(files_with(MARKER), 0);
  sqlite3_db_release_memory(past);
  close_database(past);
  CHECK(strlen(message_of(db, "SELECT heliosdb_erase(99999)")) > 20);
  CHECK(strlen(message_of(db, "SELECT heliosdb_erase(0)")) > 20);
  close_database(reader);
  close_database(db);
}

TEST(erasing_takes_the_tags_of_what_it_erases) {
  const char *path = in_directory("a.db");
  sqlite3 *db = open_kept(path, "");
  fill(db, 100);
  execute(db, "SELECT heliosdb_tag('gone')");
  change(db, 1);
  execute(db, "SELECT heliosdb_tag('kept')");
  change(db, 2);
  execute(db, "SELECT heliosdb_erase(heliosdb_point_at('tag', 'kept'))");
  CHECK_TEXT(query(db, "SELECT name FROM heliosdb_tags"), "kept");
  CHECK_INT(query_integer(db, "SELECT heliosdb_point_at('tag', 'kept')"), oldest_point(db));
  close_database(db);
}
