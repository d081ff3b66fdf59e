/*
** History when others had the files: a gap in it, or none, and never wrong bytes.
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

enum { ROWS = 40, PATH_BYTES = 1024 };

/* A database with some points. */
typedef struct story {
  const char *path;
  truth points;
  sqlite3 *db;
} story;

static void change_some(sqlite3 *db, int seed) {
  char sql[300];
  for (int i = 0; i < 4; i++) {
    snprintf(sql, sizeof sql,
             "UPDATE t SET v = hex(randomblob(300)) WHERE id %% 5 = %d;"
             "INSERT OR REPLACE INTO t VALUES(%d, 'row %d.%d')",
             i, ROWS + seed % 7, seed, i);
    execute(db, sql);
  }
}

/* The truth follows where it is: a story stays in its place. */
static void story_begin(story *it) {
  memset(it, 0, sizeof *it);
  it->path = in_directory("a.db");
  it->db = open_with_history(it->path, "");
  execute(it->db, "PRAGMA journal_mode=WAL");
  truth_start(&it->points, it->path, newest_point(it->db));
  truth_follow(&it->points, it->db);
  execute(it->db, "CREATE TABLE t(id INTEGER PRIMARY KEY, v)");
  execute(it->db,
          "WITH RECURSIVE n(i) AS (VALUES(1) UNION ALL SELECT i + 1 FROM n WHERE i < 40) "
          "INSERT INTO t SELECT i, hex(randomblob(300)) FROM n");
  execute(it->db, "PRAGMA wal_checkpoint(TRUNCATE)");
  change_some(it->db, 1);
}

static void story_close(story *it) {
  close_database(it->db);
  it->db = 0;
}

/* As after a crash: the WAL stays. */
static void story_leave(story *it) {
  sqlite3_db_config(it->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, 0);
  story_close(it);
}

static void story_open(story *it) {
  it->db = open_with_history(it->path, "");
  execute(it->db, "PRAGMA journal_mode=WAL");
  execute(it->db, "SELECT * FROM sqlite_schema");
}

static void story_end(story *it) {
  if (it->db) close_database(it->db);
  truth_free(&it->points);
  remove_files(it->path);
  unlink(beside_database(it->path, "-history-damaged"));
  unlink(beside_database(it->path, "-shm"));
}

/* Nothing happened to the history: all points are there, and it goes on. */
static void check_unbroken(story *it) {
  CHECK_INT(newest_point(it->db), it->points.last);
  CHECK_TEXT(query(it->db, "SELECT gap_scn, gap_reason FROM heliosdb_history"), "null|null");
  check_pasts(&it->points, it->points.first, it->points.last);
  truth_follow(&it->points, it->db);
  change_some(it->db, 2);
  execute(it->db, "PRAGMA wal_checkpoint(TRUNCATE)");
  check_pasts(&it->points, it->points.first, it->points.last);
}

/* Points may have become unreadable, but what can be read is right. Returns how many can. */
static int readable(const truth *points) {
  int count = 0;
  for (int64_t scn = points->first; scn <= points->last; scn++) {
    image actual;
    text problem = {0, 0, 0};
    if (image_of_past(points->path, scn, &actual, &problem) == SQLITE_OK) {
      if (!truth_is(points, scn, &actual)) {
        image expected;
        truth_at(points, scn, &expected);
        check_fail(__FILE__, __LINE__, "point %" PRId64 " of %" PRId64 " differs in page %u", scn,
                   points->last, image_difference(&expected, &actual));
      }
      CHECK(problem.length == 0);
      count++;
    }
    text_free(&problem);
    image_free(&actual);
  }
  return count;
}

/* History began anew with the present, and goes on from there. */
static void check_goes_on(story *it) {
  truth fresh;
  int64_t base = newest_point(it->db);
  CHECK(base > it->points.last);
  truth_start(&fresh, it->path, base);
  check_past(&fresh, base);
  truth_follow(&fresh, it->db);
  change_some(it->db, 3);
  check_pasts(&fresh, base, fresh.last);
  execute(it->db, "PRAGMA wal_checkpoint(TRUNCATE)");
  change_some(it->db, 4);
  check_pasts(&fresh, base, fresh.last);
  story_close(it);
  story_open(it);
  CHECK_INT(newest_point(it->db), fresh.last);
  check_pasts(&fresh, base, fresh.last);
  check_commits(it->db, &fresh, base);
  CHECK_INT(query_integer(it->db, "SELECT oldest_scn FROM heliosdb_history"), base);
  CHECK_INT(query_integer(it->db, "SELECT gap_scn FROM heliosdb_history"), base);
  CHECK_INT(query_integer(it->db,
                          "SELECT length(gap_reason) > 10 AND length(gap_at) = 27 "
                          "FROM heliosdb_history"),
            1);
  truth_free(&fresh);
}

/* The points from before are refused, by a message that tells of the gap. */
static void check_gap(story *it) {
  char sql[100];
  int64_t gap = query_integer(it->db, "SELECT gap_scn FROM heliosdb_history");
  char named[40];
  CHECK(gap > it->points.last);
  CHECK_INT(readable(&it->points), 0);
  snprintf(named, sizeof named, "%" PRId64, gap);
  for (int64_t scn = it->points.first; scn <= it->points.last; scn += 3) {
    snprintf(sql, sizeof sql, "SELECT heliosdb_point_at('scn', %" PRId64 ")", scn);
    const char *message = message_of(it->db, sql);
    CHECK(strstr(message, "another program changed the database"));
    CHECK(strstr(message, named));
  }
  check_goes_on(it);
  CHECK_INT(readable(&it->points), 0);
}

/* As check_goes_on, whether there was a gap or the history goes on without one. */
static void check_goes_on_anyhow(story *it) {
  truth fresh;
  int64_t newest = newest_point(it->db);
  truth_start(&fresh, it->path, newest);
  check_past(&fresh, newest);
  truth_follow(&fresh, it->db);
  change_some(it->db, 3);
  check_pasts(&fresh, newest, fresh.last);
  execute(it->db, "PRAGMA wal_checkpoint(TRUNCATE)");
  readable(&it->points);
  change_some(it->db, 4);
  check_pasts(&fresh, newest, fresh.last);
  story_close(it);
  story_open(it);
  CHECK_INT(newest_point(it->db), fresh.last);
  check_pasts(&fresh, newest, fresh.last);
  readable(&it->points);
  truth_free(&fresh);
}

/* What another program does: its own SQLite, in a process of its own if it is killed. */
typedef void (*foreign)(sqlite3 *db);

static void visit(const char *path, foreign what) {
  sqlite3 *db = open_database(path, STOCK_VFS);
  sqlite3_busy_timeout(db, 5000);
  what(db);
  close_database(db);
}

static void visit_and_die(const char *path, foreign what) {
  pid_t pid = fork_test();
  if (pid == 0) {
    sqlite3 *db = open_database(path, STOCK_VFS);
    what(db);
    _exit(0);
  }
  CHECK_INT(exit_code_of(pid), 0);
}

static void read_only(sqlite3 *db) { CHECK(query_integer(db, "SELECT count(*) FROM t") >= ROWS); }

static void write_one(sqlite3 *db) { execute(db, "UPDATE t SET v = 'foreign' || id WHERE id = 7"); }

static void write_much(sqlite3 *db) {
  execute(db, "UPDATE t SET v = hex(randomblob(300)); CREATE TABLE foreigner(v)");
}

static void write_unmoved(sqlite3 *db) {
  execute(db, "PRAGMA wal_autocheckpoint=0");
  write_much(db);
}

static void write_and_checkpoint(sqlite3 *db) {
  execute(db, "PRAGMA wal_autocheckpoint=0");
  write_much(db);
  execute(db, "PRAGMA wal_checkpoint(PASSIVE)");
}

static void write_and_restart(sqlite3 *db) {
  for (int i = 0; i < 3; i++) {
    write_one(db);
    execute(db, "PRAGMA wal_checkpoint(RESTART)");
  }
  execute(db, "UPDATE t SET v = 'restarted' WHERE id = 9");
}

static void write_with_journal(sqlite3 *db) {
  CHECK_TEXT(query(db, "PRAGMA journal_mode=DELETE"), "delete");
  write_one(db);
}

static void write_with_journal_and_back(sqlite3 *db) {
  write_with_journal(db);
  CHECK_TEXT(query(db, "PRAGMA journal_mode=WAL"), "wal");
}

static void vacuum(sqlite3 *db) { execute(db, "VACUUM"); }

static void change_header(sqlite3 *db) { execute(db, "PRAGMA user_version = 77"); }

TEST(a_foreign_writer_between_two_openings_is_a_gap) {
  const foreign writers[] = {write_one,
                             write_much,
                             write_unmoved,
                             write_and_restart,
                             write_with_journal,
                             write_with_journal_and_back,
                             write_and_checkpoint,
                             vacuum,
                             change_header};
  for (size_t i = 0; i < sizeof writers / sizeof *writers; i++) {
    story it;
    story_begin(&it);
    story_close(&it);
    visit(it.path, writers[i]);
    story_open(&it);
    check_gap(&it);
    story_end(&it);
  }
}

/* The commits of a WAL that was left behind are commits like any other if nobody has moved them. */
TEST(a_foreign_writer_that_dies_is_a_gap_or_leaves_points_that_are_right) {
  const foreign writers[] = {write_one,         write_much,           write_unmoved,
                             write_and_restart, write_and_checkpoint, write_with_journal};
  for (size_t i = 0; i < sizeof writers / sizeof *writers; i++) {
    story it;
    story_begin(&it);
    story_close(&it);
    visit_and_die(it.path, writers[i]);
    story_open(&it);
    readable(&it.points);
    check_goes_on_anyhow(&it);
    story_end(&it);
  }
}

TEST(a_foreign_reader_is_no_gap) {
  for (int dies = 0; dies < 2; dies++) {
    story it;
    story_begin(&it);
    story_close(&it);
    if (dies) {
      visit_and_die(it.path, read_only);
    } else {
      visit(it.path, read_only);
    }
    story_open(&it);
    check_unbroken(&it);
    story_end(&it);
  }
}

/* After a crash of ours the WAL is there: whoever closes it moves it into the database. */
TEST(a_foreign_visit_after_a_crash_is_a_gap_or_leaves_points_that_are_right) {
  const foreign visitors[] = {
      read_only,         write_one,          write_much, write_unmoved, write_and_checkpoint,
      write_and_restart, write_with_journal, vacuum};
  for (size_t i = 0; i < sizeof visitors / sizeof *visitors; i++) {
    for (int captured = 0; captured < 2; captured++) {
      for (int dies = 0; dies < 2; dies++) {
        story it;
        story_begin(&it);
        if (captured) execute(it.db, "PRAGMA wal_checkpoint(PASSIVE)");
        story_leave(&it);
        if (dies) {
          visit_and_die(it.path, visitors[i]);
        } else {
          visit(it.path, visitors[i]);
        }
        story_open(&it);
        readable(&it.points);
        check_goes_on_anyhow(&it);
        story_end(&it);
      }
    }
  }
}

TEST(a_wal_that_several_connections_began_anew_is_no_gap) {
  story it;
  story_begin(&it);
  sqlite3 *other = open_with_history(it.path, "");
  truth_follow(&it.points, other);
  const char *modes[] = {"PASSIVE", "FULL", "RESTART", "TRUNCATE"};
  for (int i = 0; i < 16; i++) {
    sqlite3 *writer = i % 3 == 0 ? other : it.db;
    sqlite3 *mover = i % 2 ? other : it.db;
    char pragma[60];
    execute(writer, "UPDATE t SET v = hex(randomblob(100)) WHERE id = 3");
    snprintf(pragma, sizeof pragma, "PRAGMA wal_checkpoint(%s)", modes[i / 4]);
    execute(mover, pragma);
    execute(i % 5 ? other : it.db, "UPDATE t SET v = 'again' WHERE id = 4");
    if (i % 2) continue;
    sqlite3_db_config(other, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, 0);
    close_database(other);
    story_leave(&it);
    story_open(&it);
    truth_follow(&it.points, it.db);
    other = open_with_history(it.path, "");
    truth_follow(&it.points, other);
    CHECK_INT(newest_point(other), it.points.last);
    CHECK_TEXT(query(it.db, "SELECT gap_scn FROM heliosdb_history"), "null");
  }
  close_database(other);
  check_unbroken(&it);
  story_end(&it);
}

/* Foreign writes so short after our closing that the file's time may not show them. */
TEST(a_foreign_writer_right_after_closing_is_noticed) {
  for (int i = 0; i < 30; i++) {
    story it;
    story_begin(&it);
    sqlite3 *foreigner;
    CHECK_INT(try_open_database(it.path, SQLITE_OPEN_READWRITE, STOCK_VFS, &foreigner), SQLITE_OK);
    story_close(&it);
    execute(foreigner, "PRAGMA synchronous=OFF; UPDATE t SET v = 'x' WHERE id = 3");
    close_database(foreigner);
    story_open(&it);
    CHECK_INT(readable(&it.points), 0);
    story_end(&it);
  }
}

static void truncate_file(const char *path, int64_t bytes) { CHECK(truncate(path, bytes) == 0); }

static void scribble(const char *path, int64_t from, int64_t bytes) {
  int file = open(path, O_RDWR);
  CHECK(file >= 0);
  for (int64_t i = 0; i < bytes; i++) CHECK(pwrite(file, "\x5a", 1, from + i) == 1);
  close(file);
}

TEST(a_deleted_wal_gives_no_wrong_bytes) {
  for (int captured = 0; captured < 2; captured++) {
    story it;
    story_begin(&it);
    if (captured) {
      execute(it.db, "PRAGMA wal_checkpoint(PASSIVE)");
      change_some(it.db, 5);
    }
    story_leave(&it);
    unlink(beside_database(it.path, "-wal"));
    story_open(&it);
    if (newest_point(it.db) <= it.points.last) truth_cut(&it.points, newest_point(it.db));
    readable(&it.points);
    check_goes_on_anyhow(&it);
    story_end(&it);
  }
}

TEST(a_truncated_wal_gives_no_wrong_bytes) {
  for (int captured = 0; captured < 2; captured++) {
    for (int part = 0; part < 6; part++) {
      story it;
      story_begin(&it);
      if (captured) {
        execute(it.db, "PRAGMA wal_checkpoint(PASSIVE)");
        change_some(it.db, 5);
      }
      story_leave(&it);
      const char *wal = beside_database(it.path, "-wal");
      truncate_file(wal, file_bytes(wal) * part / 6 + part);
      story_open(&it);
      if (newest_point(it.db) <= it.points.last) truth_cut(&it.points, newest_point(it.db));
      readable(&it.points);
      check_goes_on_anyhow(&it);
      story_end(&it);
    }
  }
}

TEST(a_deleted_history_begins_anew) {
  for (int leaves_wal = 0; leaves_wal < 2; leaves_wal++) {
    story it;
    story_begin(&it);
    if (leaves_wal) {
      story_leave(&it);
    } else {
      story_close(&it);
    }
    unlink(beside_database(it.path, "-history"));
    unlink(beside_database(it.path, "-history-wal"));
    story_open(&it);
    CHECK_INT(readable(&it.points), 0);
    check_goes_on(&it);
    story_end(&it);
  }
}

TEST(a_damaged_history_gives_no_wrong_bytes_and_the_present_goes_on) {
  for (int part = 0; part < 24; part++) {
    story it;
    story_begin(&it);
    story_close(&it);
    const char *history = beside_database(it.path, "-history");
    int64_t bytes = file_bytes(history);
    if (part < 8) {
      truncate_file(history, bytes * part / 8);
    } else {
      scribble(history, bytes * (part - 8) / 16 + 5, 60);
    }
    story_open(&it);
    readable(&it.points);
    /* Commits and checkpoints go on whatever there is; with a new history if need be. */
    change_some(it.db, 6);
    execute(it.db, "PRAGMA wal_checkpoint(TRUNCATE)");
    CHECK_INT(file_bytes(beside_database(it.path, "-wal")), 0);
    CHECK_TEXT(query(it.db, "PRAGMA integrity_check"), "ok");
    CHECK_INT(query_integer(it.db, "SELECT count(*) FROM t WHERE v LIKE 'row 6.%'"), 1);
    readable(&it.points);
    check_goes_on_anyhow(&it);
    story_end(&it);
  }
}

TEST(another_database_s_history_gives_no_wrong_bytes) {
  story it;
  story_begin(&it);
  story_close(&it);
  const char *kept = in_directory("kept");
  copy_file(beside_database(it.path, "-history"), kept);
  story_end(&it);
  story_begin(&it);
  story_close(&it);
  copy_file(kept, beside_database(it.path, "-history"));
  story_open(&it);
  CHECK_INT(readable(&it.points), 0);
  story_end(&it);
}

/* The files as they were earlier come back one by one, as from a backup. */
TEST(files_from_an_earlier_time_give_no_wrong_bytes) {
  const char *suffixes[] = {"", "-history", "-times"};
  for (int which = 1; which < 8; which++) {
    for (int leaves_wal = 0; leaves_wal < 2; leaves_wal++) {
      story it;
      story_begin(&it);
      execute(it.db, "PRAGMA wal_checkpoint(PASSIVE)");
      if (leaves_wal) {
        story_leave(&it);
      } else {
        story_close(&it);
      }
      for (int i = 0; i < 3; i++) {
        char name[20];
        snprintf(name, sizeof name, "kept%d", i);
        copy_file(beside_database(it.path, suffixes[i]), in_directory(name));
      }
      story_open(&it);
      truth_follow(&it.points, it.db);
      change_some(it.db, 7);
      execute(it.db, "PRAGMA wal_checkpoint(PASSIVE)");
      change_some(it.db, 8);
      if (leaves_wal) {
        story_leave(&it);
      } else {
        story_close(&it);
      }
      for (int i = 0; i < 3; i++) {
        char name[20];
        snprintf(name, sizeof name, "kept%d", i);
        if (which & 1 << i) copy_file(in_directory(name), beside_database(it.path, suffixes[i]));
      }
      /* SQLite itself does not notice a WAL that belongs to another state of the file. */
      if (which & 1) unlink(beside_database(it.path, "-wal"));
      if (which & 2) unlink(beside_database(it.path, "-history-wal"));
      story_open(&it);
      readable(&it.points);
      story_end(&it);
    }
  }
}

TEST(lost_times_leave_the_points) {
  for (int damage = 0; damage < 3; damage++) {
    story it;
    story_begin(&it);
    execute(it.db, "PRAGMA wal_checkpoint(PASSIVE)");
    change_some(it.db, 5);
    story_leave(&it);
    const char *times = beside_database(it.path, "-times");
    CHECK(file_bytes(times) > 0);
    if (damage == 0) unlink(times);
    if (damage == 1) truncate_file(times, file_bytes(times) / 2 + 1);
    if (damage == 2) scribble(times, 5, file_bytes(times) - 5);
    story_open(&it);
    int64_t newest = newest_point(it.db);
    if (newest <= it.points.last) {
      CHECK_INT(newest, it.points.last);
      check_pasts(&it.points, it.points.first, it.points.last);
      check_commits(it.db, &it.points, it.points.first);
    } else {
      check_gap(&it);
    }
    story_end(&it);
  }
}

/* What keeps a history from working, and can be taken away. */
typedef struct obstacle {
  const char *suffix; /* of the file that cannot be opened */
  int is_newer;       /* it is of a newer format; else a directory is in its place */
  const char *reason;
} obstacle;

static const obstacle obstacles[] = {
    {"-history", 0, "unable to open database file"},
    {"-times", 0, "unable to open database file"},
    {"-history", 1, "written by a newer version"},
};

enum { OBSTACLES = sizeof obstacles / sizeof *obstacles };

static void set_format(const story *it, int format) {
  char uri[PATH_BYTES + 40];
  char sql[60];
  sqlite3 *store;
  snprintf(uri, sizeof uri, "file:%s-history?heliosdb_checksums=on", it->path);
  CHECK_INT(sqlite3_open_v2(uri, &store, SQLITE_OPEN_READWRITE | SQLITE_OPEN_URI, "heliosdb"),
            SQLITE_OK);
  snprintf(sql, sizeof sql, "PRAGMA user_version=%d", format);
  execute(store, sql);
  close_database(store);
}

static int format_of_now(const story *it) {
  unsigned char bytes[4];
  FILE *file = fopen(beside_database(it->path, "-history"), "rb");
  CHECK(file && fseek(file, 60, SEEK_SET) == 0 && fread(bytes, 1, 4, file) == 4);
  fclose(file);
  return bytes[3];
}

static void put_obstacle(const story *it, const obstacle *what, int *format) {
  char path[PATH_BYTES];
  if (what->is_newer) {
    *format = format_of_now(it);
    set_format(it, *format + 1);
    return;
  }
  snprintf(path, sizeof path, "%s", beside_database(it->path, what->suffix));
  CHECK(rename(path, in_directory("away")) == 0);
  CHECK(mkdir(path, 0700) == 0);
}

static void take_obstacle(const story *it, const obstacle *what, int format) {
  char path[PATH_BYTES];
  if (what->is_newer) {
    set_format(it, format);
    return;
  }
  snprintf(path, sizeof path, "%s", beside_database(it->path, what->suffix));
  CHECK(rmdir(path) == 0);
  CHECK(rename(in_directory("away"), path) == 0);
}

static void story_open_with(story *it, const char *parameters) {
  it->db = open_with_history(it->path, parameters);
  execute(it->db, "PRAGMA journal_mode=WAL");
  execute(it->db, "SELECT * FROM sqlite_schema");
}

/* Fails to checkpoint, and leaves the present as it is. */
static void fail_to_checkpoint(const story *it, const char *reason) {
  char sql[200];
  int64_t rows = query_integer(it->db, "SELECT count(*) FROM t");
  CHECK(try_execute(it->db, "PRAGMA wal_checkpoint(PASSIVE)") != SQLITE_OK);
  CHECK_INT(query_integer(it->db, "SELECT count(*) FROM t"), rows);
  snprintf(sql, sizeof sql,
           "SELECT state, failures > 0, instr(last_failure, '%s') > 0 FROM heliosdb_history", reason);
  CHECK_TEXT(query(it->db, sql), "failed|1|1");
}

TEST(a_history_that_cannot_be_opened_goes_on_when_it_can) {
  for (int i = 0; i < OBSTACLES; i++) {
    story it;
    int format = 0;
    story_begin(&it);
    story_close(&it);
    put_obstacle(&it, &obstacles[i], &format);
    /* A WAL that may not grow at all: but what fails a few times may pass by itself. */
    story_open_with(&it, "&heliosdb_max_wal=1");
    truth_follow(&it.points, it.db);
    change_some(it.db, 2);
    for (int n = 0; n < 3; n++) fail_to_checkpoint(&it, obstacles[i].reason);
    change_some(it.db, 3);
    take_obstacle(&it, &obstacles[i], format);
    execute(it.db, "PRAGMA wal_checkpoint(TRUNCATE)");
    check_unbroken(&it);
    CHECK_TEXT(query(it.db, "SELECT state, failures FROM heliosdb_history"), "on|0");
    story_end(&it);
  }
}

TEST(a_history_that_cannot_be_opened_gives_way_when_the_wal_has_become_too_long) {
  for (int i = 0; i < OBSTACLES; i++) {
    story it;
    int format = 0;
    int failures = 0;
    story_begin(&it);
    story_close(&it);
    put_obstacle(&it, &obstacles[i], &format);
    story_open_with(&it, "&heliosdb_max_wal=400000");
    truth_follow(&it.points, it.db);
    change_some(it.db, 2);
    /* However often it fails, a short WAL is kept. */
    for (; failures < 30; failures++) fail_to_checkpoint(&it, obstacles[i].reason);
    while (file_bytes(beside_database(it.path, "-wal")) <= 400000) change_some(it.db, 5);
    execute(it.db, "PRAGMA wal_checkpoint(TRUNCATE)");
    CHECK_INT(file_bytes(beside_database(it.path, "-wal")), 0);
    CHECK_TEXT(query(it.db, "SELECT state, failures, last_failure FROM heliosdb_history"),
               "on|0|null");
    if (strcmp(obstacles[i].suffix, "-times") == 0) {
      check_unbroken(&it); /* the points do not need them */
      CHECK(rmdir(beside_database(it.path, "-times-damaged")) == 0);
    } else {
      check_gap(&it);
      if (!obstacles[i].is_newer) CHECK(rmdir(beside_database(it.path, "-history-damaged")) == 0);
    }
    story_end(&it);
  }
}

TEST(a_history_that_finds_no_room_never_gives_way) {
  story it;
  story_begin(&it);
  story_close(&it);
  story_open_with(&it, "&heliosdb_max_wal=1");
  truth_follow(&it.points, it.db);
  faults_aim("-history");
  faults_arm_calls(FAULT_FULL, 1, 1);
  for (int i = 0; i < 30; i++) {
    change_some(it.db, i);
    fail_to_checkpoint(&it, "full");
  }
  CHECK(faults_disarm() > 0);
  execute(it.db, "PRAGMA wal_checkpoint(TRUNCATE)");
  check_unbroken(&it);
  story_end(&it);
}

/* In steps ahead of a checkpoint as well as by the checkpoint. */
TEST(a_history_that_turns_out_to_be_damaged_begins_anew) {
  static const char *const captures[] = {"SELECT heliosdb_capture(100)",
                                         "PRAGMA wal_checkpoint(PASSIVE)"};
  for (int i = 0; i < 2; i++) {
    story it;
    char uri[PATH_BYTES + 40];
    char sql[80];
    sqlite3 *store;
    story_begin(&it);
    snprintf(uri, sizeof uri, "file:%s-history?heliosdb_checksums=on", it.path);
    CHECK_INT(sqlite3_open_v2(uri, &store, SQLITE_OPEN_READWRITE | SQLITE_OPEN_URI, "heliosdb"),
              SQLITE_OK);
    snprintf(sql, sizeof sql, "DROP TABLE %s",
             query(store, "SELECT name FROM sqlite_schema WHERE name LIKE 'captures%'"));
    execute(store, sql);
    close_database(store);
    change_some(it.db, 2);
    execute(it.db, captures[i]);
    execute(it.db, "PRAGMA wal_checkpoint(TRUNCATE)");
    CHECK_INT(file_bytes(beside_database(it.path, "-wal")), 0);
    CHECK_TEXT(query(it.db, "SELECT state FROM heliosdb_history"), "on");
    CHECK(file_bytes(beside_database(it.path, "-history-damaged")) > 0);
    check_gap(&it);
    story_end(&it);
  }
}

TEST(a_file_without_a_wal_has_no_history_until_it_has_one) {
  const char *path = in_directory("a.db");
  sqlite3 *db = open_with_history(path, "");
  execute(db, "CREATE TABLE t(v); INSERT INTO t VALUES(1)");
  CHECK(strlen(message_of(db, "SELECT heliosdb_scn()")) > 10);
  execute(db, "PRAGMA journal_mode=WAL");
  int64_t base = newest_point(db);
  execute(db, "UPDATE t SET v = 2");
  sqlite3 *past = open_past(path, base);
  CHECK_TEXT(query(past, "SELECT v FROM t"), "1");
  close_database(past);
  close_database(db);
}
