/*
** A random workload on the engine, step by step beside SQLite itself with a file of
** its own: the same rows, codes and changes, and equal databases in the end.
*/
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "native.h"
#include "stand_in.h"

enum { STEPS = 500, KEYS = 60 };

/* Statements with the types of their parameters: k key, s short, l long, n number. */
typedef struct step {
  const char *sql;
  const char *parameters;
  int weight;
} step;

static const step steps[] = {
    {"INSERT INTO t(a, b, c) VALUES(?, ?, ?)", "ksn", 20},
    {"INSERT OR REPLACE INTO t(a, b, c) VALUES(?, ?, ?)", "kln", 20},
    {"INSERT INTO t(a, b) VALUES(?, ?) ON CONFLICT(a) DO UPDATE SET b = excluded.b, c = c + 1",
     "ks", 10},
    {"INSERT INTO t(a, b, c) VALUES(?, ?, ?) RETURNING a, length(b), c, rowid", "kln", 5},
    {"INSERT OR IGNORE INTO t(a, b, c) SELECT a + ?, b, c FROM t WHERE a < ?", "kk", 3},
    {"UPDATE t SET b = ? WHERE a BETWEEN ? AND ?", "lkk", 10},
    {"UPDATE t SET a = a + ? WHERE a = ?", "kk", 5},
    {"DELETE FROM t WHERE a = ?", "k", 10},
    {"DELETE FROM t WHERE c < ?", "n", 2},
    {"SELECT * FROM t ORDER BY a", "", 10},
    {"SELECT a, b FROM t WHERE a > ? ORDER BY b, a LIMIT 20", "k", 10},
    {"SELECT count(*), sum(length(b)), max(c), ? FROM t", "l", 10},
    {"SELECT x.a, y.a FROM t x JOIN t y ON x.a + 1 = y.a WHERE x.c > ? ORDER BY 1, 2", "n", 5},
    {"SELECT count(*) FROM log", "", 3},
    {"BEGIN", "", 8},
    {"BEGIN IMMEDIATE", "", 4},
    {"COMMIT", "", 12},
    {"ROLLBACK", "", 4},
    {"SAVEPOINT s", "", 5},
    {"RELEASE s", "", 3},
    {"ROLLBACK TO s", "", 3},
    {"CREATE INDEX IF NOT EXISTS by_b ON t(b)", "", 2},
    {"DROP INDEX IF EXISTS by_b", "", 2},
    {"CREATE TABLE IF NOT EXISTS u AS SELECT * FROM t", "", 2},
    {"DROP TABLE IF EXISTS u", "", 2},
    {"ALTER TABLE t ADD COLUMN d DEFAULT 'added'", "", 1},
    {"SELECT * FROM missing", "", 1},
    {"VACUUM", "", 1},
    {"PRAGMA integrity_check", "", 2},
    {"PRAGMA incremental_vacuum", "", 1},
};

static const step *choose(chance *luck) {
  int total = 0;
  const int count = (int)(sizeof steps / sizeof *steps);
  for (int i = 0; i < count; i++) total += steps[i].weight;
  int left = chance_below(luck, total);
  for (int i = 0; i < count; i++) {
    left -= steps[i].weight;
    if (left < 0) return &steps[i];
  }
  return steps;
}

static void add_bytes(chance *luck, int type, int most, block *out) {
  int length = chance_below(luck, most);
  char *bytes = malloc((size_t)length + 1);
  for (int i = 0; i < length; i++) bytes[i] = (char)('a' + chance_below(luck, 26));
  block_bytes(out, type, bytes, length);
  free(bytes);
}

static void add_parameters(chance *luck, const char *kinds, block *out) {
  for (; *kinds; kinds++) {
    int kind = chance_below(luck, 10);
    if (*kinds == 'k') {
      block_integer(out, chance_below(luck, KEYS));
    } else if (*kinds == 's') {
      add_bytes(luck, kind < 5 ? SQLITE_TEXT : SQLITE_BLOB, 100, out);
    } else if (*kinds == 'l') {
      add_bytes(luck, kind < 5 ? SQLITE_TEXT : SQLITE_BLOB, kind == 0 ? 70000 : 3000, out);
    } else if (kind == 0) {
      block_null(out);
    } else if (kind < 5) {
      block_integer(out, (int64_t)chance_next(luck) >> chance_below(luck, 64));
    } else {
      block_float(out, (double)(int64_t)chance_next(luck) / 1e9);
    }
  }
}

/* Returns the code; a statement that is not prepared has one, too. */
static int run_native(hdb_connection *connection, const char *sql, const block *parameters,
                      chance *luck, text *out, int64_t *changes) {
  const int portions[] = {100, 5000, HDB_ROWS_BYTES};
  hdb_statement *statement;
  int tail;
  int rc = hdb_prepare(connection, sql, (int)strlen(sql), &statement, &tail);
  if (rc != SQLITE_OK) return rc & 0xff;
  rc = native_run(statement, parameters, portions[chance_below(luck, 3)], chance_below(luck, 4),
                  out, changes);
  hdb_finalize(statement);
  return rc;
}

/* The same insert many times: in one batch, and one by one. */
static void compare_batch(hdb_connection *connection, sqlite3 *stock, chance *luck) {
  enum { MOST = 20 };
  const char *sql = "INSERT INTO t(a, b, c) VALUES(?, ?, ?)";
  int count = 1 + chance_below(luck, MOST);
  block all = {0, 0, 0};
  int64_t changes[MOST];
  int done = 0;
  int stock_rc = SQLITE_DONE;
  int stock_done = 0;
  text scratch = {0, 0, 0};
  for (int i = 0; i < count; i++) {
    block one = {0, 0, 0};
    int64_t stock_changes;
    block_integer(&one, 1000 + chance_below(luck, 400));
    add_parameters(luck, "sn", &one);
    for (int64_t j = 0; j < one.length; j++) {
      if (all.length == all.capacity) {
        all.capacity = all.capacity * 2 + 1000;
        all.bytes = realloc(all.bytes, (size_t)all.capacity);
      }
      all.bytes[all.length++] = one.bytes[j];
    }
    if (stock_rc == SQLITE_DONE) {
      stock_rc = stock_run(stock, sql, &one, &scratch, &stock_changes);
      if (stock_rc == SQLITE_DONE) stock_done++;
    }
    block_free(&one);
  }
  hdb_statement *statement = native_prepare(connection, sql);
  int rc = native_batch(statement, &all, count, changes, &done);
  hdb_finalize(statement);
  CHECK_INT(rc, stock_rc == SQLITE_DONE ? SQLITE_OK : stock_rc);
  CHECK_INT(done, stock_done);
  for (int i = 0; i < done; i++) CHECK_INT(changes[i], 1);
  block_free(&all);
  text_free(&scratch);
}

static const char schema[] =
    "PRAGMA cache_size=8; PRAGMA auto_vacuum=2;"
    "CREATE TABLE t(a INTEGER UNIQUE, b, c); CREATE TABLE log(a, what);"
    "CREATE TRIGGER deleted AFTER DELETE ON t BEGIN INSERT INTO log VALUES(old.a, 'deleted'); END;"
    "CREATE TRIGGER updated AFTER UPDATE ON t WHEN new.c > 3 BEGIN "
    "  INSERT INTO log VALUES(old.a, 'updated'),(new.a, 'to'); END;";

static void compare(uint64_t seed, const char *path, const char *vfs, const char *mode) {
  chance luck = {seed};
  char pragma[60];
  text native_dump = {0, 0, 0};
  text stock_dump = {0, 0, 0};
  const char *stock_path = in_directory("stock.db");
  hdb_connection *connection = native_open(path, vfs);
  sqlite3 *stock = open_database(stock_path, STOCK_VFS);
  /* So that a page holds as much in both. */
  int reserved = strncmp(vfs, "heliosdb-", 9) == 0 && strcmp(vfs, HDB_MEMORY_VFS_NAME) != 0 ? 32 : 0;
  CHECK_INT(sqlite3_file_control(stock, "main", SQLITE_FCNTL_RESERVE_BYTES, &reserved), SQLITE_OK);
  snprintf(pragma, sizeof pragma, "PRAGMA journal_mode=%s; PRAGMA wal_autocheckpoint=20", mode);
  execute(connection->db, pragma);
  execute(stock, pragma);
  execute(connection->db, schema);
  execute(stock, schema);
  for (int i = 0; i < STEPS; i++) {
    const step *it = choose(&luck);
    block parameters = {0, 0, 0};
    text native = {0, 0, 0};
    text expected = {0, 0, 0};
    int64_t native_changes = 0;
    int64_t expected_changes = 0;
    add_parameters(&luck, it->parameters, &parameters);
    text_add(&native, "%s\n", it->sql);
    text_add(&expected, "%s\n", it->sql);
    int rc = run_native(connection, it->sql, &parameters, &luck, &native, &native_changes);
    int stock_rc = stock_run(stock, it->sql, &parameters, &expected, &expected_changes);
    CHECK_INT(rc, stock_rc);
    CHECK_TEXT(native.chars, expected.chars);
    CHECK_INT(native_changes, expected_changes);
    CHECK_INT(connection->db ? sqlite3_get_autocommit(connection->db) : 0,
              sqlite3_get_autocommit(stock));
    block_free(&parameters);
    text_free(&native);
    text_free(&expected);
    if (i % 25 == 0) compare_batch(connection, stock, &luck);
  }
  if (!sqlite3_get_autocommit(stock)) {
    execute(stock, "COMMIT");
    execute(connection->db, "COMMIT");
  }
  sqlite3 *other = 0;
  if (strcmp(vfs, HDB_VFS_NAME) != 0) {
    other = open_database(path, vfs);
    native_close(connection);
    execute(other, "PRAGMA wal_checkpoint(TRUNCATE)");
  } else {
    native_close(connection);
    other = open_database(path, STOCK_VFS); /* SQLite reads what the engine wrote */
  }
  CHECK_TEXT(query(other, "PRAGMA integrity_check"), "ok");
  dump(other, &native_dump);
  dump(stock, &stock_dump);
  CHECK_TEXT(native_dump.chars, stock_dump.chars);
  CHECK(native_dump.length > 500);
  text_free(&native_dump);
  text_free(&stock_dump);
  close_database(other);
  close_database(stock);
  remove(stock_path);
  remove(path);
}

TEST(a_random_workload_does_what_sqlite_does_in_wal_mode) {
  for (uint64_t seed = 1; seed <= 6; seed++) {
    compare(seed, in_directory("a.db"), HDB_VFS_NAME, "WAL");
  }
}

TEST(a_random_workload_does_what_sqlite_does_with_a_journal) {
  for (uint64_t seed = 11; seed <= 14; seed++) {
    compare(seed, in_directory("a.db"), HDB_VFS_NAME, "DELETE");
  }
}

TEST(a_random_workload_does_what_sqlite_does_with_encryption) {
  const char *modes[] = {"WAL", "DELETE", "PERSIST", "TRUNCATE", "MEMORY"};
  hdb_key *key = stand_in_key(1);
  for (uint64_t seed = 31; seed <= 42; seed++) {
    compare(seed, in_directory("a.db"), key->vfs_name, seed % 2 ? "WAL" : modes[seed % 5]);
  }
  hdb_vfs_release_key(key);
}

TEST(a_random_workload_does_what_sqlite_does_in_memory) {
  for (uint64_t seed = 21; seed <= 26; seed++) {
    compare(seed, "oracle", HDB_MEMORY_VFS_NAME, seed % 2 ? "WAL" : "TRUNCATE");
  }
}
