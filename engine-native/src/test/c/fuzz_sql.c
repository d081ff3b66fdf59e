/*
** Fuzzes SQL: one statement after the other on a memory database. The input is: how
** much of a result to take, a limit of rows, then the text.
*/
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "native.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { LONGEST_VALUE = 200000, MOST_MEMORY = 256 << 20, MOST_FETCHES = 50 };

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
  int left = (int)size - 2;
  char *text = malloc((size_t)left + 1);
  const char *sql = text;
  memcpy(text, data + 2, (size_t)left);
  while (left > 0) {
    hdb_statement *statement;
    int tail;
    int rc = hdb_prepare(connection, sql, left, &statement, &tail);
    if (rc != SQLITE_OK || !statement) break;
    CHECK(tail > 0 && tail <= left);
    run(statement, data[0] * 300, data[1] % 5);
    hdb_finalize(statement);
    sql += tail;
    left -= tail;
  }
  free(text);
  native_close(connection);
  native_script(other, "SELECT count(*) FROM sqlite_schema");
  native_close(other);
  CHECK_INT(memory_used(), memory);
  return 0;
}
