/*
** The "heliosdb" VFS (storage/vfs.c): ownership of a file, and SQLite as usual on it.
*/
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check.h"
#include "support.h"

enum { READWRITE = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, NOBODY = 65534 };

static void make_table(sqlite3 *db) {
  execute(db, "CREATE TABLE t(id INTEGER PRIMARY KEY, value)");
  execute(db, "INSERT INTO t(value) VALUES('one'),('two'),('three')");
}

static void insert_rows(sqlite3 *db, int count, int bytes) {
  char sql[200];
  snprintf(sql, sizeof sql,
           "WITH RECURSIVE n(i) AS (VALUES(1) UNION ALL SELECT i + 1 FROM n WHERE i < %d) "
           "INSERT INTO t(value) SELECT hex(randomblob(%d)) FROM n",
           count, bytes / 2);
  execute(db, sql);
}

static const char *beside(const char *path, const char *suffix) {
  char name[300];
  snprintf(name, sizeof name, "%s%s", strrchr(path, '/') + 1, suffix);
  return in_directory(name);
}

static int read_with(const char *path, const char *vfs) {
  sqlite3 *db;
  int rc = try_open_database(path, SQLITE_OPEN_READWRITE, vfs, &db);
  if (rc == SQLITE_OK) rc = try_execute(db, "SELECT * FROM t");
  sqlite3_close(db);
  return rc;
}

static int read_with_sqlite(const char *path, int go, int news) {
  (void)go;
  (void)news;
  return read_with(path, STOCK_VFS);
}

static int read_with_engine(const char *path, int go, int news) {
  (void)go;
  (void)news;
  return read_with(path, HDB_VFS_NAME);
}

/* Whether two other processes, SQLite's and the engine's, are kept from the file. */
typedef struct others {
  child with_sqlite;
  child with_engine;
} others;

static others fork_others(const char *path) {
  return (others){child_fork(read_with_sqlite, path), child_fork(read_with_engine, path)};
}

static void check_others(others *it, int expected) {
  child_go(&it->with_sqlite);
  CHECK_INT(child_wait(&it->with_sqlite), expected);
  child_go(&it->with_engine);
  CHECK_INT(child_wait(&it->with_engine), expected);
}

static void check_shape(sqlite3 *db) {
  CHECK_TEXT(query(db, "PRAGMA integrity_check"), "ok");
  CHECK_TEXT(query(db, "PRAGMA foreign_key_check"), "");
}

/* What SQLite itself reads from the file. */
static void check_stock_reads(const char *path, const char *sql, const char *expected) {
  sqlite3 *db = open_database(path, STOCK_VFS);
  check_shape(db);
  CHECK_TEXT(query(db, sql), expected);
  close_database(db);
}

TEST(other_processes_find_the_file_locked) {
  const char *modes[] = {"delete", "wal"};
  for (int i = 0; i < 2; i++) {
    char pragma[50];
    const char *path = in_directory(modes[i]);
    others first = fork_others(path);
    others second = fork_others(path);
    others third = fork_others(path);
    sqlite3 *db = open_database(path, HDB_VFS_NAME);
    snprintf(pragma, sizeof pragma, "PRAGMA journal_mode=%s", modes[i]);
    execute(db, pragma);
    make_table(db);
    check_others(&first, SQLITE_BUSY);
    sqlite3 *other = open_database(path, HDB_VFS_NAME);
    CHECK_INT(query_integer(other, "SELECT count(*) FROM t"), 3);
    close_database(other);
    check_others(&second, SQLITE_BUSY);
    close_database(db);
    check_others(&third, SQLITE_OK);
  }
}

static int hold_with_sqlite(const char *path, int go, int news) {
  sqlite3 *db = open_database(path, STOCK_VFS);
  execute(db, "BEGIN");
  execute(db, "SELECT * FROM t");
  tell_parent(news, 1);
  wait_for_go(go);
  close_database(db);
  return 0;
}

TEST(a_file_that_another_process_uses_is_not_opened) {
  const char *modes[] = {"delete", "wal"};
  for (int i = 0; i < 2; i++) {
    const char *path = in_directory(modes[i]);
    char pragma[50];
    child holder = child_fork(hold_with_sqlite, path);
    sqlite3 *db = open_database(path, STOCK_VFS);
    snprintf(pragma, sizeof pragma, "PRAGMA journal_mode=%s", modes[i]);
    execute(db, pragma);
    make_table(db);
    close_database(db);
    child_go(&holder);
    CHECK_INT(child_news(&holder), 1);
    CHECK_INT(try_open_database(path, READWRITE, HDB_VFS_NAME, &db), SQLITE_BUSY);
    CHECK_INT(try_open_database(path, SQLITE_OPEN_READONLY, HDB_VFS_NAME, &db), SQLITE_BUSY);
    child_go(&holder);
    CHECK_INT(child_wait(&holder), 0);
    db = open_database(path, HDB_VFS_NAME);
    CHECK_INT(query_integer(db, "SELECT count(*) FROM t"), 3);
    close_database(db);
  }
}

TEST(sqlite_in_the_same_process_is_kept_out_and_takes_no_lock_away) {
  const char *path = in_directory("a.db");
  others children = fork_others(path);
  sqlite3 *stock;
  sqlite3 *db = open_database(path, HDB_VFS_NAME);
  execute(db, "PRAGMA journal_mode=WAL");
  make_table(db);
  CHECK_INT(sqlite3_open_v2(path, &stock, READWRITE, STOCK_VFS), SQLITE_OK);
  CHECK_INT(try_execute(stock, "SELECT * FROM t"), SQLITE_BUSY);
  close_database(stock);
  check_others(&children, SQLITE_BUSY);
  close_database(db);
}

TEST(a_connection_for_reading_only_owns_the_file_too) {
  const char *path = in_directory("a.db");
  others first = fork_others(path);
  others second = fork_others(path);
  sqlite3 *reader;
  sqlite3 *writer = open_database(path, HDB_VFS_NAME);
  execute(writer, "PRAGMA journal_mode=WAL");
  make_table(writer);
  close_database(writer);
  CHECK_INT(try_open_database(path, SQLITE_OPEN_READONLY, HDB_VFS_NAME, &reader), SQLITE_OK);
  CHECK_INT(query_integer(reader, "SELECT count(*) FROM t"), 3);
  CHECK_INT(try_execute(reader, "DELETE FROM t"), SQLITE_READONLY);
  check_others(&first, SQLITE_BUSY);
  writer = open_database(path, HDB_VFS_NAME);
  execute(writer, "INSERT INTO t(value) VALUES('four')");
  CHECK_INT(query_integer(reader, "SELECT count(*) FROM t"), 4);
  check_others(&second, SQLITE_BUSY);
  close_database(writer);
  close_database(reader);
  check_stock_reads(path, "SELECT count(*) FROM t", "4");
}

/* A process that may only read the file: of a user without rights, as root may write all. */
static int read_read_only(const char *path, int go, int news) {
  sqlite3 *db;
  sqlite3 *other;
  if (getuid() == 0) CHECK(setgid(NOBODY) == 0 && setuid(NOBODY) == 0);
  CHECK_INT(try_open_database(path, READWRITE, HDB_VFS_NAME, &db), SQLITE_OK);
  CHECK_INT(sqlite3_db_readonly(db, "main"), 1);
  CHECK_INT(query_integer(db, "SELECT count(*) FROM t"), 3);
  CHECK_INT(try_execute(db, "DELETE FROM t"), SQLITE_READONLY);
  tell_parent(news, 1);
  wait_for_go(go);
  CHECK_INT(try_open_database(path, SQLITE_OPEN_READONLY, HDB_VFS_NAME, &other), SQLITE_OK);
  CHECK_INT(query_integer(other, "SELECT count(*) FROM t"), 3);
  close_database(other);
  close_database(db);
  return 0;
}

TEST(a_file_that_can_only_be_read_is_read_by_several_processes) {
  const char *path = in_directory("a.db");
  child readers[2];
  for (int i = 0; i < 2; i++) readers[i] = child_fork(read_read_only, path);
  sqlite3 *db = open_database(path, STOCK_VFS);
  make_table(db);
  close_database(db);
  CHECK(chmod(path, 0444) == 0);
  CHECK(chmod(in_directory("") , 0755) == 0);
  for (int i = 0; i < 2; i++) {
    child_go(&readers[i]);
    CHECK_INT(child_news(&readers[i]), 1);
  }
  for (int i = 0; i < 2; i++) {
    child_go(&readers[i]);
    CHECK_INT(child_wait(&readers[i]), 0);
  }
}

TEST(no_shared_memory_file_ever_appears) {
  const char *path = in_directory("a.db");
  sqlite3 *one = open_database(path, HDB_VFS_NAME);
  execute(one, "PRAGMA journal_mode=WAL");
  make_table(one);
  sqlite3 *two = open_database(path, HDB_VFS_NAME);
  CHECK_INT(query_integer(two, "SELECT count(*) FROM t"), 3);
  CHECK(file_exists(beside(path, "-wal")));
  CHECK(!file_exists(beside(path, "-shm")));
  execute(two, "PRAGMA wal_checkpoint(TRUNCATE)");
  CHECK(!file_exists(beside(path, "-shm")));
  close_database(one);
  close_database(two);
  CHECK(!file_exists(beside(path, "-shm")));
  CHECK(!file_exists(beside(path, "-wal")));
  check_stock_reads(path, "SELECT * FROM t", "1|one,2|two,3|three");
}

TEST(a_path_that_names_an_open_file_by_another_name_is_refused_or_the_same) {
  const char *path = in_directory("a.db");
  const char *hard = in_directory("hard.db");
  const char *soft = in_directory("soft.db");
  sqlite3 *other;
  sqlite3 *db = open_database(path, HDB_VFS_NAME);
  make_table(db);
  CHECK(link(path, hard) == 0);
  CHECK(symlink(path, soft) == 0);
  CHECK_INT(try_open_database(hard, READWRITE, HDB_VFS_NAME, &other), SQLITE_BUSY);
  other = open_database(soft, HDB_VFS_NAME);
  CHECK_INT(query_integer(other, "SELECT count(*) FROM t"), 3);
  close_database(other);
  close_database(db);
}

TEST(a_missing_file_is_not_made_unasked) {
  const char *path = in_directory("a.db");
  sqlite3 *db;
  CHECK_INT(try_open_database(path, SQLITE_OPEN_READWRITE, HDB_VFS_NAME, &db), SQLITE_CANTOPEN);
  CHECK_INT(try_open_database(path, SQLITE_OPEN_READONLY, HDB_VFS_NAME, &db), SQLITE_CANTOPEN);
  CHECK(!file_exists(path));
}

TEST(a_file_that_takes_the_place_of_a_deleted_one_is_another_database) {
  const char *path = in_directory("a.db");
  others children = fork_others(path);
  sqlite3 *old = open_database(path, HDB_VFS_NAME);
  execute(old, "PRAGMA journal_mode=WAL");
  make_table(old);
  unlink(path);
  unlink(beside(path, "-wal"));
  sqlite3 *new = open_database(path, HDB_VFS_NAME);
  CHECK_INT(query_integer(new, "SELECT count(*) FROM sqlite_schema"), 0);
  execute(new, "PRAGMA journal_mode=WAL; CREATE TABLE t(v); INSERT INTO t VALUES('new')");
  CHECK_TEXT(query(old, "SELECT count(*) FROM t"), "3");
  sqlite3 *again = open_database(path, HDB_VFS_NAME);
  CHECK_TEXT(query(again, "SELECT * FROM t"), "new");
  check_others(&children, SQLITE_BUSY);
  close_database(again);
  close_database(new);
  close_database(old);
  check_stock_reads(path, "SELECT * FROM t", "new");
}

TEST(the_file_is_never_mapped_into_memory) {
  sqlite3 *db = open_database(in_directory("a.db"), HDB_VFS_NAME);
  CHECK_TEXT(query(db, "PRAGMA mmap_size=1000000"), "0");
  make_table(db);
  CHECK_TEXT(query(db, "PRAGMA mmap_size"), "0");
  close_database(db);
}

static int open_descriptors(void) {
  int count = 0;
  for (int i = 0; i < 1024; i++) count += fcntl(i, F_GETFD) != -1;
  return count;
}

TEST(opening_and_closing_uses_up_no_descriptors) {
  const char *path = in_directory("a.db");
  int before = open_descriptors();
  sqlite3 *keeper = open_database(path, HDB_VFS_NAME);
  execute(keeper, "PRAGMA journal_mode=WAL");
  make_table(keeper);
  int settled = 0;
  for (int i = 0; i < 100; i++) {
    sqlite3 *db = open_database(path, HDB_VFS_NAME);
    CHECK_INT(query_integer(db, "SELECT count(*) FROM t"), 3);
    close_database(db);
    if (i == 3) settled = open_descriptors();
  }
  CHECK_INT(open_descriptors(), settled);
  close_database(keeper);
  CHECK_INT(open_descriptors(), before);
}

TEST(a_reader_keeps_its_snapshot_while_another_connection_commits) {
  const char *path = in_directory("a.db");
  sqlite3 *writer = open_database(path, HDB_VFS_NAME);
  execute(writer, "PRAGMA journal_mode=WAL");
  make_table(writer);
  sqlite3 *reader = open_database(path, HDB_VFS_NAME);
  execute(reader, "BEGIN");
  CHECK_INT(query_integer(reader, "SELECT count(*) FROM t"), 3);
  execute(writer, "DELETE FROM t WHERE id = 1");
  CHECK_INT(query_integer(reader, "SELECT count(*) FROM t"), 3);
  CHECK_INT(try_execute(reader, "DELETE FROM t"), SQLITE_BUSY); /* its snapshot is old */
  execute(reader, "COMMIT");
  CHECK_INT(query_integer(reader, "SELECT count(*) FROM t"), 2);
  execute(writer, "BEGIN IMMEDIATE");
  CHECK_INT(try_execute(reader, "BEGIN IMMEDIATE"), SQLITE_BUSY);
  execute(writer, "ROLLBACK");
  execute(reader, "BEGIN IMMEDIATE");
  execute(reader, "COMMIT");
  close_database(reader);
  close_database(writer);
}

TEST(rollback_journals_work_in_every_mode) {
  const char *modes[] = {"delete", "truncate", "persist", "memory"};
  for (int i = 0; i < 4; i++) {
    char pragma[50];
    const char *path = in_directory(modes[i]);
    sqlite3 *one = open_database(path, HDB_VFS_NAME);
    sqlite3 *two = open_database(path, HDB_VFS_NAME);
    snprintf(pragma, sizeof pragma, "PRAGMA journal_mode=%s", modes[i]);
    execute(one, pragma);
    execute(two, pragma);
    make_table(one);
    execute(one, "BEGIN; INSERT INTO t(value) VALUES('four')");
    CHECK_INT(query_integer(two, "SELECT count(*) FROM t"), 3);
    CHECK_INT(try_execute(two, "DELETE FROM t"), SQLITE_BUSY);
    execute(two, "BEGIN; SELECT * FROM t");
    CHECK_INT(try_execute(one, "COMMIT"), SQLITE_BUSY); /* a reader is in the way */
    execute(two, "COMMIT");
    execute(one, "COMMIT");
    CHECK_INT(query_integer(two, "SELECT count(*) FROM t"), 4);
    execute(two, "BEGIN; DELETE FROM t; ROLLBACK");
    CHECK_INT(query_integer(one, "SELECT count(*) FROM t"), 4);
    close_database(one);
    close_database(two);
    check_stock_reads(path, "SELECT count(*) FROM t", "4");
  }
}

TEST(journal_mode_changes_to_wal_and_back_when_nobody_else_reads) {
  const char *path = in_directory("a.db");
  sqlite3 *one = open_database(path, HDB_VFS_NAME);
  make_table(one);
  CHECK_TEXT(query(one, "PRAGMA journal_mode=WAL"), "wal");
  sqlite3 *two = open_database(path, HDB_VFS_NAME);
  CHECK_INT(query_integer(two, "SELECT count(*) FROM t"), 3);
  CHECK_INT(try_execute(one, "PRAGMA journal_mode=DELETE"), SQLITE_BUSY);
  CHECK_INT(query_integer(two, "SELECT count(*) FROM t"), 3);
  sqlite3 *three = open_database(path, HDB_VFS_NAME);
  CHECK_INT(query_integer(three, "SELECT count(*) FROM t"), 3);
  close_database(three);
  close_database(two);
  CHECK_TEXT(query(one, "PRAGMA journal_mode=DELETE"), "delete");
  CHECK(!file_exists(beside(path, "-wal")));
  close_database(one);
  check_stock_reads(path, "SELECT count(*) FROM t", "3");
}

TEST(databases_are_attached_and_commit_together) {
  const char *path = in_directory("a.db");
  const char *second = in_directory("b.db");
  char sql[600];
  sqlite3 *db = open_database(path, HDB_VFS_NAME);
  make_table(db);
  snprintf(sql, sizeof sql, "ATTACH '%s' AS b", second);
  execute(db, sql);
  execute(db, "CREATE TABLE b.u(value)");
  execute(db, "BEGIN; INSERT INTO t(value) VALUES('x'); INSERT INTO u VALUES(1); COMMIT");
  execute(db, "BEGIN; INSERT INTO t(value) VALUES('y'); INSERT INTO u VALUES(2); ROLLBACK");
  CHECK_TEXT(query(db, "SELECT count(*), (SELECT count(*) FROM u) FROM t"), "4|1");
  /* The same file a second time in one connection: another handle of it. */
  snprintf(sql, sizeof sql, "ATTACH '%s' AS again", path);
  execute(db, "PRAGMA main.journal_mode=WAL");
  execute(db, sql);
  CHECK_INT(query_integer(db, "SELECT count(*) FROM again.t"), 4);
  execute(db, "DETACH again; DETACH b");
  close_database(db);
  check_stock_reads(path, "SELECT count(*) FROM t", "4");
  check_stock_reads(second, "SELECT count(*) FROM u", "1");
}

TEST(vacuum_keeps_the_rows_and_shrinks_the_file) {
  const char *path = in_directory("a.db");
  const char *into = in_directory("into.db");
  char sql[600];
  for (int wal = 0; wal < 2; wal++) {
    sqlite3 *db = open_database(path, HDB_VFS_NAME);
    execute(db, wal ? "PRAGMA journal_mode=WAL" : "PRAGMA journal_mode=DELETE");
    execute(db, "DROP TABLE IF EXISTS t");
    make_table(db);
    insert_rows(db, 2000, 500);
    execute(db, "DELETE FROM t WHERE id > 3");
    int64_t pages = query_integer(db, "PRAGMA page_count");
    execute(db, "VACUUM");
    CHECK(query_integer(db, "PRAGMA page_count") < pages / 10);
    check_shape(db);
    unlink(into);
    snprintf(sql, sizeof sql, "VACUUM INTO '%s'", into);
    execute(db, sql);
    close_database(db);
    check_stock_reads(path, "SELECT * FROM t", "1|one,2|two,3|three");
    check_stock_reads(into, "SELECT * FROM t", "1|one,2|two,3|three");
  }
}

TEST(every_checkpoint_mode_moves_the_wal_into_the_file) {
  enum { MODES = SQLITE_CHECKPOINT_TRUNCATE + 1 };
  const char *path = in_directory("a.db");
  struct stat wal;
  sqlite3 *db = open_database(path, HDB_VFS_NAME);
  sqlite3 *reader = open_database(path, HDB_VFS_NAME);
  execute(db, "PRAGMA journal_mode=WAL; PRAGMA wal_autocheckpoint=0");
  make_table(db);
  for (int mode = SQLITE_CHECKPOINT_PASSIVE; mode < MODES; mode++) {
    int frames;
    int done;
    execute(reader, "BEGIN; SELECT * FROM t");
    insert_rows(db, 100, 500);
    int rc = sqlite3_wal_checkpoint_v2(db, 0, mode, &frames, &done);
    CHECK_INT(rc, mode == SQLITE_CHECKPOINT_PASSIVE ? SQLITE_OK : SQLITE_BUSY);
    execute(reader, "COMMIT");
    CHECK_INT(sqlite3_wal_checkpoint_v2(db, 0, mode, &frames, &done), SQLITE_OK);
    CHECK_INT(done, frames);
    check_shape(reader);
  }
  CHECK(stat(beside(path, "-wal"), &wal) == 0);
  CHECK_INT(wal.st_size, 0);
  close_database(reader);
  close_database(db);
  check_stock_reads(path, "SELECT count(*) FROM t", "403");
}

/* While a checkpoint waits: the reader's next read begins as the last one ends. */
static int read_on(void *reader, int waits) {
  execute(reader, "COMMIT; BEGIN; SELECT * FROM t");
  return waits < 10;
}

TEST(a_checkpoint_ends_although_a_reader_reads_again_and_again) {
  const char *path = in_directory("a.db");
  int frames;
  int done;
  sqlite3 *db = open_database(path, HDB_VFS_NAME);
  sqlite3 *reader = open_database(path, HDB_VFS_NAME);
  execute(db, "PRAGMA journal_mode=WAL; PRAGMA wal_autocheckpoint=0");
  make_table(db);
  execute(reader, "BEGIN; SELECT * FROM t");
  insert_rows(db, 100, 500);
  sqlite3_busy_handler(db, read_on, reader);
  CHECK_INT(sqlite3_wal_checkpoint_v2(db, 0, SQLITE_CHECKPOINT_RESTART, &frames, &done), SQLITE_OK);
  CHECK_INT(done, frames);
  check_shape(reader);
  execute(reader, "COMMIT");
  close_database(reader);
  close_database(db);
}

/* A region of the WAL index holds some 4096 frames. */
TEST(a_wal_of_many_index_regions_is_read_and_checkpointed) {
  const char *path = in_directory("a.db");
  sqlite3 *writer = open_database(path, HDB_VFS_NAME);
  sqlite3 *reader = open_database(path, HDB_VFS_NAME);
  execute(writer, "PRAGMA page_size=512; PRAGMA journal_mode=WAL; PRAGMA wal_autocheckpoint=0");
  make_table(writer);
  for (int i = 1; i <= 4; i++) {
    insert_rows(writer, 4000, 400);
    CHECK_INT(query_integer(reader, "SELECT count(*) FROM t"), 3 + 4000 * i);
  }
  execute(reader, "BEGIN; SELECT * FROM t LIMIT 1");
  execute(writer, "BEGIN; DELETE FROM t WHERE id % 2; ROLLBACK; DELETE FROM t WHERE id > 8000");
  CHECK_INT(query_integer(reader, "SELECT count(*) FROM t"), 16003);
  execute(reader, "COMMIT");
  int frames;
  CHECK_INT(sqlite3_wal_checkpoint_v2(writer, 0, SQLITE_CHECKPOINT_PASSIVE, &frames, 0), SQLITE_OK);
  CHECK(frames > 4 * 4096);
  check_shape(reader);
  CHECK_INT(query_integer(reader, "SELECT count(*) FROM t"), 8000);
  close_database(reader);
  close_database(writer);
  check_stock_reads(path, "SELECT count(*) FROM t", "8000");
}

enum { ACCOUNTS = 50, TOTAL = 5000 };

typedef struct visitor {
  const char *path;
  const char *vfs;
  int *stop;
  int64_t rounds;
  int failed;
} visitor;

static void *read_sums(void *argument) {
  visitor *self = argument;
  sqlite3 *db;
  sqlite3_stmt *stmt;
  if (try_open_database(self->path, SQLITE_OPEN_READWRITE, self->vfs, &db) != SQLITE_OK) {
    self->failed = 1;
    self->rounds = 1;
    return 0;
  }
  sqlite3_busy_timeout(db, 20000);
  if (sqlite3_prepare_v2(db, "SELECT sum(amount) FROM account", -1, &stmt, 0) != SQLITE_OK) {
    self->failed = 1;
  }
  while (!__atomic_load_n(self->stop, __ATOMIC_RELAXED)) {
    if (sqlite3_step(stmt) != SQLITE_ROW || sqlite3_column_int(stmt, 0) != TOTAL) self->failed = 1;
    if (sqlite3_reset(stmt) != SQLITE_OK) self->failed = 1;
    __atomic_fetch_add(&self->rounds, 1, __ATOMIC_RELAXED);
  }
  sqlite3_finalize(stmt);
  if (sqlite3_close(db) != SQLITE_OK) self->failed = 1;
  return 0;
}

static void *move_money(void *argument) {
  visitor *self = argument;
  chance luck = {(uint64_t)(uintptr_t)self};
  sqlite3 *db;
  if (try_open_database(self->path, SQLITE_OPEN_READWRITE, self->vfs, &db) != SQLITE_OK) {
    self->failed = 1;
    self->rounds = 1;
    return 0;
  }
  sqlite3_busy_timeout(db, 20000);
  if (try_execute(db, "PRAGMA wal_autocheckpoint=50") != SQLITE_OK) self->failed = 1;
  while (!__atomic_load_n(self->stop, __ATOMIC_RELAXED)) {
    char sql[250];
    int amount = chance_below(&luck, 100);
    snprintf(sql, sizeof sql,
             "BEGIN IMMEDIATE; UPDATE account SET amount = amount - %d WHERE id = %d;"
             "UPDATE account SET amount = amount + %d WHERE id = %d; %s",
             amount, chance_below(&luck, ACCOUNTS), amount, chance_below(&luck, ACCOUNTS),
             chance_below(&luck, 5) ? "COMMIT" : "ROLLBACK");
    if (try_execute(db, sql) != SQLITE_OK) self->failed = 1;
    __atomic_fetch_add(&self->rounds, 1, __ATOMIC_RELAXED);
  }
  if (sqlite3_close(db) != SQLITE_OK) self->failed = 1;
  return 0;
}

/* Money moves between accounts; no reader ever sees some of it on its way. */
static void bank(const char *path, const char *vfs) {
  enum { THREADS = 4 };
  pthread_t threads[THREADS];
  visitor visitors[THREADS];
  int stop = 0;
  sqlite3 *db = open_database(path, vfs);
  execute(db, "PRAGMA journal_mode=WAL");
  execute(db, "CREATE TABLE account(id INTEGER PRIMARY KEY, amount INT, filler)");
  execute(db, "WITH RECURSIVE n(i) AS (VALUES(0) UNION ALL SELECT i + 1 FROM n WHERE i < 49) "
              "INSERT INTO account SELECT i, 100, zeroblob(900) FROM n");
  CHECK_INT(query_integer(db, "SELECT sum(amount) FROM account"), TOTAL);
  for (int i = 0; i < THREADS; i++) {
    visitors[i] = (visitor){path, vfs, &stop, 0, 0};
    CHECK_INT(pthread_create(&threads[i], 0, i < 2 ? move_money : read_sums, &visitors[i]), 0);
  }
  /* Long enough, and until everyone had a turn. */
  usleep(500000);
  for (int i = 0; i < THREADS; i++) {
    while (__atomic_load_n(&visitors[i].rounds, __ATOMIC_RELAXED) == 0) usleep(1000);
  }
  __atomic_store_n(&stop, 1, __ATOMIC_RELAXED);
  for (int i = 0; i < THREADS; i++) CHECK_INT(pthread_join(threads[i], 0), 0);
  for (int i = 0; i < THREADS; i++) CHECK_INT(visitors[i].failed, 0);
  check_shape(db);
  CHECK_INT(query_integer(db, "SELECT sum(amount) FROM account"), TOTAL);
  close_database(db);
}

TEST(threads_that_read_and_write_a_file_see_whole_transactions) {
  const char *path = in_directory("a.db");
  bank(path, HDB_VFS_NAME);
  check_stock_reads(path, "SELECT sum(amount) FROM account", "5000");
}

TEST(threads_that_read_and_write_memory_see_whole_transactions) {
  bank("bank", HDB_MEMORY_VFS_NAME);
}

static void *open_and_close(void *argument) {
  visitor *self = argument;
  for (int i = 0; i < 150; i++) {
    sqlite3 *db;
    if (try_open_database(self->path, READWRITE, self->vfs, &db) != SQLITE_OK) {
      self->failed = 1;
      continue;
    }
    sqlite3_busy_timeout(db, 20000);
    if (try_execute(db, "INSERT INTO t(value) VALUES(1)") == SQLITE_OK) self->rounds++;
    if (sqlite3_close(db) != SQLITE_OK) self->failed = 1;
  }
  return 0;
}

/* Every close may be the last one, which takes the WAL along. */
TEST(threads_that_open_and_close_lose_no_row) {
  enum { THREADS = 4 };
  const char *path = in_directory("a.db");
  pthread_t threads[THREADS];
  visitor visitors[THREADS];
  int64_t rows = 3;
  sqlite3 *db = open_database(path, HDB_VFS_NAME);
  execute(db, "PRAGMA journal_mode=WAL");
  make_table(db);
  close_database(db);
  for (int i = 0; i < THREADS; i++) {
    visitors[i] = (visitor){path, HDB_VFS_NAME, 0, 0, 0};
    CHECK_INT(pthread_create(&threads[i], 0, open_and_close, &visitors[i]), 0);
  }
  for (int i = 0; i < THREADS; i++) CHECK_INT(pthread_join(threads[i], 0), 0);
  for (int i = 0; i < THREADS; i++) {
    CHECK_INT(visitors[i].failed, 0);
    CHECK(visitors[i].rounds > 0);
    rows += visitors[i].rounds;
  }
  db = open_database(path, HDB_VFS_NAME);
  check_shape(db);
  CHECK_INT(query_integer(db, "SELECT count(*) FROM t"), rows);
  close_database(db);
}

/* Writes for ever and tells the number of every row that is committed. */
_Noreturn static void write_and_tell(const char *path, int news) {
  chance luck = {7};
  sqlite3 *db = open_database(path, HDB_VFS_NAME);
  execute(db, "PRAGMA cache_size=5; PRAGMA wal_autocheckpoint=40");
  for (int i = 1;; i++) {
    char sql[300];
    snprintf(sql, sizeof sql,
             "BEGIN; INSERT INTO t VALUES(%d, hex(randomblob(%d)));"
             "UPDATE t SET value = hex(randomblob(300)) WHERE id %% 7 = %d; COMMIT",
             i + 3, 1 + chance_below(&luck, 3000), chance_below(&luck, 7));
    execute(db, sql);
    tell_parent(news, i + 3);
  }
}

static int write_in_wal_mode(const char *path, int go, int news) {
  (void)go;
  write_and_tell(path, news);
}

/*
** Kills a process that writes, then holds what the engine recovers against what
** SQLite itself recovers from a copy of the files.
*/
static void recover_after_kill(const char *mode) {
  enum { ROUNDS = 8 };
  const char *path = in_directory("a.db");
  const char *copy = in_directory("copy.db");
  const char *suffixes[] = {"-wal", "-journal"};
  chance luck = {(uint64_t)getpid()};
  char pragma[50];
  for (int round = 0; round < ROUNDS; round++) {
    text stock_text = {0, 0, 0};
    text own_text = {0, 0, 0};
    int64_t acknowledged = 0;
    int64_t number;
    unlink(path);
    child writer = child_fork(write_in_wal_mode, path);
    sqlite3 *db = open_database(path, HDB_VFS_NAME);
    snprintf(pragma, sizeof pragma, "PRAGMA journal_mode=%s", mode);
    execute(db, pragma);
    make_table(db);
    close_database(db);
    child_go(&writer);
    for (int i = chance_below(&luck, 60); i >= 0; i--) acknowledged = child_news(&writer);
    usleep((useconds_t)chance_below(&luck, 2000));
    child_kill(&writer);
    while ((number = child_news(&writer)) > 0) acknowledged = number;
    close(writer.news);
    CHECK(acknowledged > 0);

    copy_file(path, copy);
    for (int i = 0; i < 2; i++) {
      unlink(beside(copy, suffixes[i]));
      if (file_exists(beside(path, suffixes[i]))) {
        copy_file(beside(path, suffixes[i]), beside(copy, suffixes[i]));
      }
    }
    sqlite3 *stock = open_database(copy, STOCK_VFS);
    check_shape(stock);
    dump(stock, &stock_text);
    close_database(stock);
    db = open_database(path, HDB_VFS_NAME);
    check_shape(db);
    dump(db, &own_text);
    CHECK(query_integer(db, "SELECT max(id) FROM t") >= acknowledged);
    CHECK_INT(query_integer(db, "SELECT count(*) = max(id) FROM t"), 1);
    close_database(db);
    CHECK_TEXT(own_text.chars, stock_text.chars);
    text_free(&stock_text);
    text_free(&own_text);
  }
}

TEST(after_a_kill_the_wal_recovers_as_sqlite_recovers_it) { recover_after_kill("WAL"); }

TEST(after_a_kill_the_journal_rolls_back_as_sqlite_rolls_it_back) {
  recover_after_kill("DELETE");
}

static int fill_wal_and_wait(const char *path, int go, int news) {
  sqlite3 *db = open_database(path, HDB_VFS_NAME);
  execute(db, "PRAGMA wal_autocheckpoint=0");
  insert_rows(db, 10000, 400);
  execute(db, "BEGIN; UPDATE t SET value = 'lost'");
  tell_parent(news, 1);
  wait_for_go(go);
  return 0;
}

TEST(a_long_wal_is_recovered_into_several_index_regions) {
  const char *path = in_directory("a.db");
  child writer = child_fork(fill_wal_and_wait, path);
  sqlite3 *db = open_database(path, HDB_VFS_NAME);
  execute(db, "PRAGMA page_size=512; PRAGMA journal_mode=WAL");
  make_table(db);
  close_database(db);
  child_go(&writer);
  CHECK_INT(child_news(&writer), 1);
  child_kill(&writer);
  close(writer.news);
  db = open_database(path, HDB_VFS_NAME);
  CHECK_INT(query_integer(db, "SELECT count(*) FROM t WHERE value <> 'lost'"), 10003);
  check_shape(db);
  close_database(db);
}

static int spill_and_wait(const char *path, int go, int news) {
  sqlite3 *db = open_database(path, HDB_VFS_NAME);
  execute(db, "PRAGMA cache_size=5; BEGIN; UPDATE t SET value = 'lost'");
  tell_parent(news, 1);
  wait_for_go(go);
  return 0;
}

TEST(a_hot_journal_is_rolled_back_by_the_first_to_read) {
  const char *path = in_directory("a.db");
  child writer = child_fork(spill_and_wait, path);
  sqlite3 *db = open_database(path, HDB_VFS_NAME);
  make_table(db);
  insert_rows(db, 2000, 500);
  close_database(db);
  child_go(&writer);
  CHECK_INT(child_news(&writer), 1);
  child_kill(&writer);
  close(writer.news);
  CHECK(file_exists(beside(path, "-journal")));
  sqlite3 *one = open_database(path, HDB_VFS_NAME);
  sqlite3 *two = open_database(path, HDB_VFS_NAME);
  CHECK_INT(query_integer(one, "SELECT count(*) FROM t WHERE value <> 'lost'"), 2003);
  CHECK_INT(query_integer(two, "SELECT count(*) FROM t WHERE value <> 'lost'"), 2003);
  CHECK(!file_exists(beside(path, "-journal")));
  check_shape(two);
  close_database(one);
  close_database(two);
}
