/*
** Every call beneath the engine and every allocation fails once, and from some call
** on for ever. Whatever happens: no crash, no leak, no lock left behind, and what was
** acknowledged is there when the database is opened again.
*/
#include "faults.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "check.h"
#include "native.h"
#include "stand_in.h"

enum { SINGLE_ROWS = 6, FIRST_OF_GROUP = 20, GROUP_ROWS = 30, BATCH_ROW = 100, MOST_RUNS = 20000 };

/* What the workload was told: by row, and for the rows that are committed together. */
typedef struct outcome {
  int closing; /* whether to close while the fault may last, rather than after it */
  unsigned tried;
  unsigned acknowledged;
  int group_acknowledged;
  int batch_tried;
  int batch_acknowledged;
} outcome;

static int insert_row(hdb_connection *connection, int id, int bytes) {
  const char *sql = "INSERT INTO t VALUES(?, zeroblob(?))";
  block parameters = {0, 0, 0};
  hdb_statement *statement;
  int tail;
  int rc = hdb_prepare(connection, sql, (int)strlen(sql), &statement, &tail);
  if (rc != SQLITE_OK) return rc;
  block_integer(&parameters, id);
  block_integer(&parameters, bytes);
  rc = native_run(statement, &parameters, ALL_BYTES, ALL_ROWS, 0, 0);
  hdb_finalize(statement);
  block_free(&parameters);
  return rc == SQLITE_DONE ? SQLITE_OK : rc;
}

static int insert_batch(hdb_connection *connection) {
  const char *sql = "INSERT INTO t VALUES(?, ?)";
  block parameters = {0, 0, 0};
  hdb_statement *statement;
  int64_t changes[1];
  int done;
  int tail;
  int rc = hdb_prepare(connection, sql, (int)strlen(sql), &statement, &tail);
  if (rc != SQLITE_OK) return rc;
  block_integer(&parameters, BATCH_ROW);
  block_bytes(&parameters, SQLITE_TEXT, "in a batch", 10);
  rc = native_batch(statement, &parameters, 1, changes, &done);
  hdb_finalize(statement);
  block_free(&parameters);
  return rc;
}

/* A zeroblob takes memory only when it is asked for; it is whole or an error. */
static void read_zeros(hdb_connection *connection) {
  const char *sql = "SELECT zeroblob(5000 + 0 * id), zeroblob(30000 + 0 * id) FROM t";
  enum { SHORT = 5000, LONG = 30000 };
  char bytes[100];
  hdb_statement *statement;
  int tail;
  if (hdb_prepare(connection, sql, (int)strlen(sql), &statement, &tail) != SQLITE_OK) return;
  const hdb_result *result = native_execute(statement, 0, ALL_BYTES, 1);
  if (result && result->code == SQLITE_ROW) {
    CHECK_INT(native_value(result, 0, 0).length, SHORT);
    CHECK_INT(native_value(result, 0, 1).length, LONG);
    int copied = hdb_read_large(statement, 1, LONG - 1, bytes, sizeof bytes);
    CHECK(copied == 1 || copied == -1);
  }
  hdb_finalize(statement);
}

static void write_group(hdb_connection *connection, outcome *out) {
  int rc = native_script(connection, "BEGIN");
  for (int i = 0; rc == SQLITE_OK && i < GROUP_ROWS; i++) {
    rc = insert_row(connection, FIRST_OF_GROUP + i, 2000);
  }
  if (rc == SQLITE_OK) rc = native_script(connection, "COMMIT");
  out->group_acknowledged = rc == SQLITE_OK;
  if (!(hdb_state(connection) & HDB_STATE_AUTOCOMMIT)) native_script(connection, "ROLLBACK");
}

/* Whether either connection can write, once the fault is over. */
static void check_alive(hdb_connection *one, hdb_connection *two) {
  const char *sql = "CREATE TABLE IF NOT EXISTS alive(v); INSERT INTO alive VALUES(1)";
  if (!(hdb_state(one) & HDB_STATE_AUTOCOMMIT)) {
    CHECK_INT(native_script(one, "ROLLBACK"), SQLITE_OK);
  }
  CHECK_INT(hdb_state(one), HDB_STATE_AUTOCOMMIT);
  if (two) CHECK_INT(native_script(two, sql), SQLITE_OK);
  CHECK_INT(native_script(one, sql), SQLITE_OK);
}

/* Ends with no fault armed. Returns how many there were. */
static int work(const char *path, const char *vfs, const char *mode, outcome *out) {
  const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
  hdb_connection *one = 0;
  hdb_connection *two = 0;
  char pragma[50];

  snprintf(pragma, sizeof pragma, "PRAGMA journal_mode=%s", mode);
  int one_open = hdb_open(path, flags, vfs, &one) == SQLITE_OK;
  int two_open = 0;
  if (one_open) {
    native_script(one, pragma);
    native_script(one, "PRAGMA cache_size=5");
    native_script(one, "CREATE TABLE IF NOT EXISTS t(id INTEGER PRIMARY KEY, v)");
    for (int i = 0; i < SINGLE_ROWS; i++) {
      out->tried |= 1u << i;
      if (insert_row(one, i, i == 3 ? 40000 : 600) == SQLITE_OK) out->acknowledged |= 1u << i;
    }
    write_group(one, out);
    two_open = hdb_open(path, flags, vfs, &two) == SQLITE_OK;
    if (two_open) {
      native_script(two, "SELECT * FROM t"); /* values left out and in */
      read_zeros(two);
      out->batch_tried = 1;
      out->batch_acknowledged = insert_batch(two) == SQLITE_OK;
      native_script(one, "PRAGMA wal_checkpoint(TRUNCATE)");
      /* What older versions of SQLite commit after a ROLLBACK TO at a WAL's beginning lacks
      ** the salts, and is lost when the WAL is recovered. Half a page can replace it in a
      ** plain file, as none has changed there. */
      native_script(one, strcmp(vfs, HDB_VFS_NAME) == 0
                             ? "SAVEPOINT s; UPDATE t SET v = 1; ROLLBACK TO s; RELEASE s"
                             : "SAVEPOINT s; UPDATE t SET v = 1; ROLLBACK");
      native_script(two, "SELECT count(*) FROM t ORDER BY v");
    }
  }
  if (out->closing) {
    if (two) hdb_close(two);
    if (one) hdb_close(one);
    return faults_disarm();
  }
  int faults = faults_disarm();
  if (one_open) check_alive(one, two_open ? two : 0);
  if (two) hdb_close(two);
  if (one) hdb_close(one);
  return faults;
}

static void check_outcome(sqlite3 *db, const outcome *it) {
  CHECK_TEXT(query(db, "PRAGMA integrity_check"), "ok");
  if (query_integer(db, "SELECT count(*) FROM sqlite_schema WHERE name = 't'") == 0) {
    CHECK_INT(it->acknowledged, 0);
    CHECK_INT(it->group_acknowledged + it->batch_acknowledged, 0);
    return;
  }
  for (int i = 0; i < SINGLE_ROWS; i++) {
    char sql[80];
    snprintf(sql, sizeof sql, "SELECT count(*) FROM t WHERE id = %d AND length(v) >= 600", i);
    int64_t rows = query_integer(db, sql);
    CHECK(rows == 1 || !(it->acknowledged & 1u << i));
    CHECK(rows == 0 || it->tried & 1u << i);
  }
  int64_t group = query_integer(db, "SELECT count(*) FROM t WHERE id BETWEEN 20 AND 49");
  CHECK(group == GROUP_ROWS || (group == 0 && !it->group_acknowledged));
  int64_t batch = query_integer(db, "SELECT count(*) FROM t WHERE id = 100");
  CHECK(batch == 1 || !it->batch_acknowledged);
  CHECK(batch == 0 || it->batch_tried);
}

/* The engine recovers the file, and then SQLite has it all to itself. */
static void check_file(const char *path, const char *vfs, const outcome *it) {
  sqlite3 *db = open_database(path, vfs);
  check_outcome(db, it);
  execute(db, "CREATE TABLE after(v)");
  close_database(db);
  if (strcmp(vfs, HDB_VFS_NAME) != 0) return;
  db = open_database(path, STOCK_VFS);
  execute(db, "PRAGMA locking_mode=EXCLUSIVE; BEGIN EXCLUSIVE");
  execute(db, "INSERT INTO after VALUES(1); COMMIT");
  CHECK_TEXT(query(db, "PRAGMA integrity_check"), "ok");
  close_database(db);
}

static void remove_database(const char *path) {
  const char *suffixes[] = {"", "-wal", "-journal"};
  for (int i = 0; i < 3; i++) {
    char name[300];
    snprintf(name, sizeof name, "%s%s", path, suffixes[i]);
    unlink(name);
  }
}

typedef enum where { FILES, MEMORY, ENCRYPTED } where;

/*
** Runs the workload with the n-th fault until there are not so many calls, for every
** `stride`-th n. `calls` 0 stands for allocations, which are so many that a run closes
** by turns during the fault and after it; with calls every n has a run of either kind.
*/
static void sweep(where it, const char *mode, unsigned calls, int lasts, int stride) {
  hdb_key *key = it == ENCRYPTED ? stand_in_key(7) : 0;
  const char *path = it == MEMORY ? "faults" : in_directory("faults.db");
  const char *vfs = it == FILES ? HDB_VFS_NAME : it == MEMORY ? HDB_MEMORY_VFS_NAME : key->vfs_name;
  for (int run = 0; run < MOST_RUNS; run++) {
    int n = 1 + stride * (calls ? run / 2 : run);
    outcome out = {run % 2, 0, 0, 0, 0, 0};
    int files = faults_open_files();
    sqlite3 *keeper = it == MEMORY ? open_database(path, vfs) : 0;
    int64_t memory = memory_used();
    if (calls) {
      faults_arm_calls(calls, n, lasts);
    } else {
      faults_arm_allocations(n, lasts);
    }
    int faults = work(path, vfs, mode, &out);
    if (it != MEMORY) {
      CHECK_INT(faults_open_files(), files);
      CHECK_INT(memory_used(), memory);
      check_file(path, vfs, &out);
      remove_database(path);
    } else {
      check_outcome(keeper, &out);
      execute(keeper, "CREATE TABLE after(v)");
      close_database(keeper);
    }
    if (faults == 0 && out.closing) {
      CHECK_INT(out.acknowledged, (1 << SINGLE_ROWS) - 1);
      CHECK(out.group_acknowledged && out.batch_acknowledged);
      if (key) hdb_vfs_release_key(key);
      return;
    }
  }
  check_fail(__FILE__, __LINE__, "the workload has no end");
}

TEST(any_call_beneath_fails_once_in_wal_mode) {
  sweep(FILES, "WAL", FAULT_ALL & ~FAULT_FULL, 0, 1);
}

TEST(any_call_beneath_fails_once_with_a_journal) {
  sweep(FILES, "DELETE", FAULT_ALL & ~FAULT_FULL, 0, 1);
}

TEST(all_calls_beneath_fail_from_some_call_on_in_wal_mode) {
  sweep(FILES, "WAL", FAULT_ALL & ~FAULT_FULL, 1, 1);
}

TEST(all_calls_beneath_fail_from_some_call_on_with_a_journal) {
  sweep(FILES, "DELETE", FAULT_ALL & ~FAULT_FULL, 1, 1);
}

TEST(the_disk_is_full_for_a_moment) { sweep(FILES, "WAL", FAULT_FULL, 0, 1); }

TEST(the_disk_is_full_and_stays_full) { sweep(FILES, "WAL", FAULT_FULL, 1, 1); }

/* With a journal that stays, which for one connection is kept open while another deletes it. */
TEST(the_disk_is_full_with_a_journal_that_is_kept) {
  sweep(FILES, "TRUNCATE", FAULT_FULL, 0, 1);
  sweep(FILES, "PERSIST", FAULT_FULL, 1, 1);
}

TEST(opening_fails_at_any_call) {
  const unsigned calls = FAULT_OPEN | FAULT_LOCK | FAULT_PATH | FAULT_ACCESS | FAULT_SIZE;
  sweep(FILES, "WAL", calls, 0, 1);
  sweep(FILES, "WAL", calls, 1, 1);
}

TEST(any_allocation_fails_once_in_wal_mode) { sweep(FILES, "WAL", 0, 0, 1); }

TEST(any_allocation_fails_once_with_a_journal) { sweep(FILES, "DELETE", 0, 0, 3); }

TEST(memory_runs_out_for_good) { sweep(FILES, "WAL", 0, 1, 5); }

TEST(any_allocation_fails_once_in_memory) { sweep(MEMORY, "WAL", 0, 0, 1); }

TEST(memory_runs_out_for_good_in_memory) { sweep(MEMORY, "WAL", 0, 1, 5); }

TEST(any_call_beneath_an_encrypted_file_fails) {
  const char *modes[] = {"WAL", "DELETE"};
  for (int i = 0; i < 2; i++) {
    sweep(ENCRYPTED, modes[i], FAULT_ALL & ~FAULT_FULL, 0, i == 0 ? 1 : 7);
    sweep(ENCRYPTED, modes[i], FAULT_ALL & ~FAULT_FULL, 1, i == 0 ? 3 : 11);
  }
}

static void fill_disk_beneath_encrypted_files(const char *mode) {
  sweep(ENCRYPTED, mode, FAULT_FULL, 0, 1);
  sweep(ENCRYPTED, mode, FAULT_FULL, 1, 3);
}

TEST(the_disk_is_full_beneath_an_encrypted_file) {
  fill_disk_beneath_encrypted_files("WAL");
  fill_disk_beneath_encrypted_files("DELETE");
}

TEST(the_disk_is_full_beneath_an_encrypted_journal_that_is_kept) {
  fill_disk_beneath_encrypted_files("PERSIST");
  fill_disk_beneath_encrypted_files("TRUNCATE");
}

TEST(any_allocation_of_an_encrypted_database_fails) {
  sweep(ENCRYPTED, "WAL", 0, 0, 1);
  sweep(ENCRYPTED, "DELETE", 0, 0, 3);
  sweep(ENCRYPTED, "WAL", 0, 1, 5);
}
