/*
** Decrypted pages that connections share (storage/clear_pages.c): they spare decrypting,
** are never anything but what was committed, and stay within their bound. The tests of
** encrypted histories share them, too.
*/
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "stand_in.h"
#include "support.h"

#include "../../main/c/storage/clear_pages.h"

enum { PAGE = 4096, ROWS = 600, SOME_PAGES = 60, READWRITE = 6 };

static sqlite3 *open_sharing(const char *path, hdb_key *key, int64_t bytes) {
  char uri[400];
  sqlite3 *db;
  snprintf(uri, sizeof uri, "file:%s?heliosdb_clear_pages=%lld", path, (long long)bytes);
  CHECK_INT(try_open_database(uri, READWRITE | SQLITE_OPEN_URI, key->vfs_name, &db), SQLITE_OK);
  return db;
}

/* Each row's text follows from its number and how often it was changed. */
#define TEXT_OF_ROW "replace(hex(zeroblob(150)), '00', id || ':' || n || ' ')"
#define WRONG_ROWS "SELECT count(*) FROM t WHERE v <> " TEXT_OF_ROW

static void make(const char *path, hdb_key *key) {
  sqlite3 *db = open_database(path, key->vfs_name);
  char sql[400];
  snprintf(sql, sizeof sql,
           "PRAGMA journal_mode=WAL; CREATE TABLE t(id INTEGER PRIMARY KEY, n INTEGER, v TEXT);"
           "WITH RECURSIVE i(id) AS (VALUES(1) UNION ALL SELECT id + 1 FROM i WHERE id < %d) "
           "INSERT INTO t SELECT id, 0, '' FROM i; UPDATE t SET v = " TEXT_OF_ROW,
           ROWS);
  execute(db, sql);
  close_database(db);
}

static int64_t opens_of(sqlite3 *db, const char *sql) {
  int64_t before = stand_in_opens();
  query(db, sql);
  return stand_in_opens() - before;
}

TEST(what_one_connection_has_read_others_need_not_decrypt) {
  hdb_key *key = stand_in_key(3);
  const char *path = in_directory("a.db");
  make(path, key);
  sqlite3 *one = open_sharing(path, key, 16 << 20);
  CHECK(opens_of(one, WRONG_ROWS) > SOME_PAGES);
  int64_t before = stand_in_opens();
  sqlite3 *other = open_sharing(path, key, 16 << 20);
  query(other, WRONG_ROWS);
  CHECK_INT(stand_in_opens() - before, 0);
  sqlite3 *alone = open_database(path, key->vfs_name);
  CHECK(opens_of(alone, WRONG_ROWS) > SOME_PAGES);
  /* SQLite has the other connections read all anew: what has changed lies in the WAL. */
  execute(one, "UPDATE t SET n = 1 WHERE id = 300; UPDATE t SET v = " TEXT_OF_ROW " WHERE n = 1");
  CHECK(opens_of(alone, WRONG_ROWS) > SOME_PAGES);
  CHECK_INT(opens_of(other, "SELECT count(*) FROM t"), 1);
  CHECK_INT(query_integer(other, WRONG_ROWS), 0);
  CHECK_INT(query_integer(other, "SELECT sum(n) FROM t"), 1);
  close_database(alone);
  close_database(other);
  close_database(one);
  hdb_vfs_release_key(key);
}

TEST(pages_are_shared_whoever_opens_the_database_first) {
  hdb_key *key = stand_in_key(3);
  const char *path = in_directory("a.db");
  make(path, key);
  sqlite3 *alone = open_database(path, key->vfs_name);
  sqlite3 *one = open_sharing(path, key, 16 << 20);
  sqlite3 *other = open_sharing(path, key, 16 << 20);
  query(one, WRONG_ROWS);
  CHECK_INT(opens_of(other, WRONG_ROWS), 0);
  close_database(alone);
  close_database(one);
  close_database(other);
  hdb_vfs_release_key(key);
}

/* Swaps two pages of a file, beneath everybody. */
static void swap_pages(const char *path, long one, long two) {
  unsigned char pages[2][PAGE];
  const long offsets[] = {(one - 1) * PAGE, (two - 1) * PAGE};
  FILE *file = fopen(path, "r+b");
  CHECK(file != 0);
  for (int i = 0; i < 2; i++) {
    CHECK(fseek(file, offsets[i], SEEK_SET) == 0 && fread(pages[i], PAGE, 1, file) == 1);
  }
  for (int i = 0; i < 2; i++) {
    CHECK(fseek(file, offsets[i], SEEK_SET) == 0 && fwrite(pages[1 - i], PAGE, 1, file) == 1);
  }
  CHECK_INT(fclose(file), 0);
}

TEST(a_page_in_another_ones_place_is_refused_though_both_are_known) {
  hdb_key *key = stand_in_key(3);
  const char *path = in_directory("a.db");
  make(path, key);
  sqlite3 *one = open_sharing(path, key, 16 << 20);
  CHECK_INT(query_integer(one, WRONG_ROWS), 0);
  swap_pages(path, 20, 30);
  sqlite3 *other = open_sharing(path, key, 16 << 20);
  CHECK_INT(try_execute(other, WRONG_ROWS), SQLITE_IOERR);
  CHECK_INT(sqlite3_extended_errcode(other), HDB_FORGED);
  swap_pages(path, 20, 30);
  CHECK_INT(query_integer(other, WRONG_ROWS), 0);
  close_database(one);
  close_database(other);
  hdb_vfs_release_key(key);
}

TEST(an_allocation_that_fails_only_costs_decrypting_again) {
  hdb_key *key = stand_in_key(3);
  const char *path = in_directory("a.db");
  int failed = 0;
  int passed = 0;
  make(path, key);
  for (int n = 1; failed + passed == n - 1; n++) {
    sqlite3 *db = open_sharing(path, key, 16 << 20);
    faults_arm_allocations(n, 0);
    int rc = try_execute(db, "SELECT sum(length(v)) FROM t");
    if (faults_disarm() > 0) {
      CHECK(rc == SQLITE_OK || rc == SQLITE_NOMEM);
      failed += rc == SQLITE_NOMEM;
      passed += rc == SQLITE_OK;
    }
    CHECK_INT(query_integer(db, WRONG_ROWS), 0);
    close_database(db);
  }
  CHECK(failed > 0);
  CHECK(passed > SOME_PAGES);
  hdb_vfs_release_key(key);
}

TEST(clear_pages_take_no_more_than_their_bound) {
  enum { BOUND = 1 << 20, KEPT = 5000, BOOKS = 64 * 1024 };
  static unsigned char content[65536];
  unsigned char found[PAGE];
  unsigned char seal[HDB_SEAL_BYTES];
  chance luck = {5};
  int replaced = 0;
  int64_t before = memory_used();
  CHECK(hdb_clear_pages_new(PAGE - 1) == 0);
  hdb_clear_pages *pages = hdb_clear_pages_new(BOUND);
  for (int i = 0; i < KEPT; i++) {
    uint64_t numbers[4];
    int bytes = i < KEPT / 2 ? PAGE : 512 << chance_below(&luck, 8);
    for (int j = 0; j < 4; j++) numbers[j] = chance_next(&luck);
    memcpy(seal, numbers, sizeof seal);
    memcpy(content, numbers, sizeof numbers);
    hdb_sealed_page page = {HDB_MAIN_FILE, i, seal};
    hdb_clear_pages_keep(pages, &page, content, bytes);
    CHECK(memory_used() - before < BOUND + BOOKS);
    if (i >= KEPT / 2) continue;
    if (!hdb_clear_pages_find(pages, &page, found, PAGE)) {
      CHECK(i >= BOUND / PAGE);
      continue;
    }
    replaced += i >= BOUND / PAGE;
    /* It is there by what it is known by and no other way. */
    CHECK(memcmp(found, content, PAGE) == 0);
    page.number++;
    CHECK(!hdb_clear_pages_find(pages, &page, found, PAGE));
    page.number--;
    page.kind = HDB_WAL_FILE;
    CHECK(!hdb_clear_pages_find(pages, &page, found, PAGE));
    page.kind = HDB_MAIN_FILE;
    seal[HDB_SEAL_BYTES - 1] ^= 1;
    CHECK(!hdb_clear_pages_find(pages, &page, found, PAGE));
  }
  CHECK(replaced > KEPT / 2 / 8);
  CHECK(memory_used() - before > BOUND / 2);
  hdb_clear_pages_free(pages);
  CHECK_INT(memory_used(), before);
}

/* A thread with a connection of its own. */
typedef struct visitor {
  const char *path;
  hdb_key *key;
  int *stop;
  int rounds; /* atomic */
  int wrong;
} visitor;

static sqlite3 *open_small(visitor *it) {
  char uri[400];
  sqlite3 *db = 0;
  snprintf(uri, sizeof uri, "file:%s?heliosdb_clear_pages=%d", it->path, 12 * PAGE);
  if (try_open_database(uri, READWRITE | SQLITE_OPEN_URI, it->key->vfs_name, &db) != SQLITE_OK) {
    it->wrong++;
    return 0;
  }
  sqlite3_busy_timeout(db, 20000);
  return db;
}

/* The number that a statement yields, or -1. */
static int64_t number_of(sqlite3 *db, const char *sql) {
  sqlite3_stmt *statement;
  int64_t number = -1;
  if (sqlite3_prepare_v2(db, sql, -1, &statement, 0) != SQLITE_OK) return -1;
  if (sqlite3_step(statement) == SQLITE_ROW) number = sqlite3_column_int64(statement, 0);
  return sqlite3_finalize(statement) == SQLITE_OK ? number : -1;
}

static void *read_rows(void *argument) {
  visitor *it = argument;
  sqlite3 *db = open_small(it);
  while (db && !__atomic_load_n(it->stop, __ATOMIC_RELAXED)) {
    it->wrong += number_of(db, WRONG_ROWS) != 0;
    __atomic_add_fetch(&it->rounds, 1, __ATOMIC_RELAXED);
  }
  if (db) sqlite3_close(db);
  return 0;
}

static void *change_rows(void *argument) {
  visitor *it = argument;
  sqlite3 *db = open_small(it);
  chance luck = {9};
  while (db && !__atomic_load_n(it->stop, __ATOMIC_RELAXED)) {
    char sql[300];
    snprintf(sql, sizeof sql,
             "BEGIN IMMEDIATE; UPDATE t SET n = n + 1 WHERE id %% 20 = %d;"
             "UPDATE t SET v = " TEXT_OF_ROW " WHERE id %% 20 = %d; COMMIT",
             it->rounds % 20, it->rounds % 20);
    it->wrong += sqlite3_exec(db, sql, 0, 0, 0) != SQLITE_OK;
    if (chance_below(&luck, 5) == 0) sqlite3_wal_checkpoint_v2(db, 0, SQLITE_CHECKPOINT_PASSIVE, 0, 0);
    __atomic_add_fetch(&it->rounds, 1, __ATOMIC_RELAXED);
  }
  if (db) sqlite3_close(db);
  return 0;
}

TEST(threads_that_share_clear_pages_see_what_was_committed) {
  enum { THREADS = 4, ROUNDS = 40 };
  hdb_key *key = stand_in_key(3);
  const char *path = in_directory("a.db");
  pthread_t threads[THREADS];
  visitor visitors[THREADS];
  int stop = 0;
  make(path, key);
  for (int i = 0; i < THREADS; i++) {
    visitors[i] = (visitor){path, key, &stop, 0, 0};
    CHECK_INT(pthread_create(&threads[i], 0, i == 0 ? change_rows : read_rows, &visitors[i]), 0);
  }
  for (int i = 0; i < THREADS; i++) {
    while (__atomic_load_n(&visitors[i].rounds, __ATOMIC_RELAXED) < ROUNDS) sqlite3_sleep(1);
  }
  __atomic_store_n(&stop, 1, __ATOMIC_RELAXED);
  for (int i = 0; i < THREADS; i++) CHECK_INT(pthread_join(threads[i], 0), 0);
  for (int i = 0; i < THREADS; i++) CHECK_INT(visitors[i].wrong, 0);
  hdb_vfs_release_key(key);
}
