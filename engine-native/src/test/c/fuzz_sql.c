/*
** Fuzzes SQL: one statement after the other on a memory database. The input is: how
** much of a result to take, a limit of rows, then the text, a byte being either a
** fragment of SQL or itself: SQLite is not built for the fuzzer, which would hardly find
** a valid statement letter by letter.
*/
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "native.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { LONGEST_VALUE = 200000, MOST_MEMORY = 256 << 20, MOST_FETCHES = 50 };

static const char *const fragments[] = {
    "CREATE TABLE IF NOT EXISTS t(a, b, c);", "CREATE TABLE IF NOT EXISTS u(a PRIMARY KEY, b);",
    "INSERT INTO t VALUES(1, 'text', x'00ff');", "INSERT INTO t SELECT * FROM t;",
    "INSERT INTO t VALUES(zeroblob(20000), NULL, 1e300);", "INSERT INTO u VALUES(random(), 2);",
    "SELECT * FROM t;", "SELECT * FROM t, u;", "SELECT a, hex(a) FROM t;", "DELETE FROM t;",
    "UPDATE t SET a = a || b RETURNING *;", "UPDATE u SET a = 1;", "BEGIN;", "COMMIT;",
    "ROLLBACK;", "SAVEPOINT s;", "RELEASE s;", "ROLLBACK TO s;", "VACUUM;", "DROP TABLE t;",
    "ALTER TABLE t ADD COLUMN d;", "CREATE INDEX i ON t(a);", "PRAGMA journal_mode=WAL;",
    "PRAGMA journal_mode=DELETE;", "PRAGMA wal_checkpoint(TRUNCATE);", "PRAGMA integrity_check;",
    "PRAGMA encoding='UTF-16le';", "PRAGMA locking_mode=EXCLUSIVE;", "PRAGMA page_size=512;",
    "EXPLAIN ", "EXPLAIN QUERY PLAN ", "SELECT ", "INSERT INTO t ", "VALUES ", "UPDATE t SET ",
    "DELETE FROM ", "FROM ", "WHERE ", "GROUP BY ", "ORDER BY ", "LIMIT ", "RETURNING ",
    "UNION ALL ",
    "WITH RECURSIVE n(i) AS (VALUES(1) UNION ALL SELECT i + 1 FROM n) SELECT ", "FROM n;",
    "randomblob(", "zeroblob(", "hex(", "group_concat(", "json_each(", "typeof(", "abs(",
    "count(*)", "a ", "b ", "t ", "u ", "sqlite_schema ", "'text' ", "x'00' ", "NULL ", "1 ",
    "16384 ", "70000 ", "9223372036854775807 ", "-1 ", "1e999 ", "* ", "= ", "|| ", "( ", ") ",
    ", ", "; ", "? ", "AS ", "NOT ", "IN ", "ON CONFLICT DO NOTHING ", "CAST(a AS BLOB) ",
};

enum { FRAGMENTS = sizeof fragments / sizeof *fragments };

/* Files are out of bounds; VACUUM attaches a database without a name. */
static int authorize(void *argument, int action, const char *one, const char *two,
                     const char *three, const char *four) {
  (void)argument;
  (void)two;
  (void)three;
  (void)four;
  return action == SQLITE_ATTACH && (!one || *one) ? SQLITE_DENY : SQLITE_OK;
}

/* Cancelled in advance, a call ends after some thousand steps at most. */
static uint64_t short_call(hdb_connection *connection) {
  uint64_t ticket = next_ticket();
  hdb_cancel(connection, ticket);
  return ticket;
}

static void check_values(hdb_statement *statement, const hdb_result *result) {
  unsigned char bytes[1000];
  for (int row = 0; row < result->row_count; row++) {
    for (int i = 0; i < result->columns; i++) {
      value it = native_value(result, row, i);
      if (it.left_out && result->code == SQLITE_ROW) {
        CHECK(hdb_read_large(statement, i, it.length - 1, bytes, sizeof bytes) == 1);
      }
    }
  }
}

static void run(hdb_statement *statement, int max_bytes, int limit) {
  hdb_connection *connection = statement->connection;
  const hdb_result *result =
      hdb_execute(statement, 0, max_bytes, limit, short_call(connection));
  check_values(statement, result);
  for (int i = 0; i < MOST_FETCHES && result->code == SQLITE_ROW; i++) {
    CHECK(result->row_count > 0);
    result = hdb_fetch(statement, max_bytes, limit, short_call(connection));
    check_values(statement, result);
  }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (size < 2) return 0;
  int64_t memory = memory_used();
  sqlite3_hard_heap_limit64(MOST_MEMORY);
  hdb_connection *connection = native_open("fuzz", HDB_MEMORY_VFS_NAME);
  hdb_connection *other = native_open("fuzz", HDB_MEMORY_VFS_NAME);
  sqlite3_limit(connection->db, SQLITE_LIMIT_LENGTH, LONGEST_VALUE);
  sqlite3_limit(connection->db, SQLITE_LIMIT_VDBE_OP, 25000);
  sqlite3_set_authorizer(connection->db, authorize, 0);
  text whole = {0, 0, 0};
  text_add(&whole, "%s", "");
  for (size_t i = 2; i < size; i++) {
    if (data[i] < FRAGMENTS) {
      text_add(&whole, "%s", fragments[data[i]]);
    } else {
      text_add(&whole, "%c", data[i]);
    }
  }
  /* Without the zero behind it, so that a read beyond its end is seen. */
  int left = (int)whole.length;
  char *exact = malloc((size_t)left > 0 ? (size_t)left : 1);
  const char *sql = exact;
  memcpy(exact, whole.chars, (size_t)left);
  text_free(&whole);
  while (left > 0) {
    hdb_statement *statement;
    int tail;
    int rc = hdb_prepare(connection, sql, left, &statement, &tail);
    CHECK(tail >= 0 && tail <= left);
    if (rc != SQLITE_OK) {
      const char *end = memchr(sql, ';', (size_t)left);
      if (!end) break;
      tail = (int)(end - sql) + 1;
    } else if (statement) {
      run(statement, data[0] * 300, data[1] % 5);
      hdb_finalize(statement);
    } else if (tail == 0) {
      break; /* at a zero */
    }
    sql += tail;
    left -= tail;
  }
  free(exact);
  native_close(connection);
  native_script(other, "SELECT count(*) FROM sqlite_schema");
  native_close(other);
  CHECK_INT(memory_used(), memory);
  return 0;
}
