/*
** Functions, aggregates and collations of a host language (statement/callbacks.c), and
** long values that are bound from elsewhere (statement/bytes.c). The host is C here.
*/
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "faults.h"
#include "native.h"

enum { GROUPS = 200, MOST_FAULTS = 3000 };

/* A host's object: what it is to do, and what it saw. */
typedef struct host_object {
  int fail_at;  /* the call that fails, 0 for none */
  int calls;
  int released;
  int bad_result; /* answers something that is no result */
  int64_t sums[GROUPS];
} host_object;

static int fails(host_object *it) { return ++it->calls == it->fail_at; }

static int answer(unsigned char **result, int64_t *bytes, int type, const void *bits, int32_t length) {
  int of_eight = type == SQLITE_INTEGER || type == SQLITE_FLOAT;
  unsigned char *p = sqlite3_malloc64((uint64_t)length + 5);
  *result = p;
  if (!p) return SQLITE_NOMEM;
  *p = (unsigned char)type;
  if (!of_eight) memcpy(p + 1, &length, 4);
  memcpy(p + (of_eight ? 1 : 5), bits, (size_t)length);
  *bytes = length + (of_eight ? 1 : 5);
  return SQLITE_OK;
}

/* A function gives its first argument back; an aggregate sums them up. */
static int call(void *object, hdb_call what, int64_t group, const unsigned char *arguments,
                int64_t bytes, unsigned char **result, int64_t *result_bytes) {
  host_object *it = object;
  int64_t integer = 0;
  int32_t count;
  *result = 0;
  *result_bytes = 0;
  CHECK(bytes >= 4);
  memcpy(&count, arguments, 4);
  if (it->bad_result) return answer(result, result_bytes, it->bad_result, "abc", 3);
  if (fails(it)) return answer(result, result_bytes, HDB_FAILED, "failed", 6);
  if (what == HDB_CALL_FUNCTION) {
    *result = sqlite3_malloc64((uint64_t)bytes);
    if (!*result) return SQLITE_NOMEM;
    memcpy(*result, arguments + 4, (size_t)(bytes - 4));
    *result_bytes = bytes - 4;
    return SQLITE_OK;
  }
  CHECK(group >= 0 && group < GROUPS);
  if (what == HDB_CALL_STEP || what == HDB_CALL_INVERSE) {
    CHECK(count == 1 && group > 0);
    if (arguments[4] == SQLITE_INTEGER) memcpy(&integer, arguments + 5, 8);
    it->sums[group] += what == HDB_CALL_STEP ? integer : -integer;
    return SQLITE_OK;
  }
  return answer(result, result_bytes, SQLITE_INTEGER, &it->sums[group], 8);
}

static int compare(void *object, int bytes1, const void *text1, int bytes2, const void *text2,
                   int *order) {
  int bytes = bytes1 < bytes2 ? bytes1 : bytes2;
  if (fails(object)) return SQLITE_ERROR;
  *order = memcmp(text2, text1, (size_t)bytes);
  if (*order == 0) *order = bytes2 - bytes1;
  return SQLITE_OK;
}

static void release(void *object) { ((host_object *)object)->released++; }

static const hdb_host host = {call, compare, release};

static hdb_connection *open_memory(void) {
  return native_open(in_directory("callbacks"), HDB_MEMORY_VFS_NAME);
}

static void check_rows(hdb_connection *connection, const char *sql, const char *expected) {
  text rows = {0, 0, 0};
  text wanted = {0, 0, 0};
  int64_t changes;
  hdb_statement *statement = native_prepare(connection, sql);
  native_run(statement, 0, ALL_BYTES, ALL_ROWS, &rows, 0);
  hdb_finalize(statement);
  stock_run(connection->db, expected, 0, &wanted, &changes);
  CHECK_TEXT(rows.chars, wanted.chars);
  text_free(&rows);
  text_free(&wanted);
}

static int code_of(hdb_connection *connection, const char *sql) {
  hdb_statement *statement = native_prepare(connection, sql);
  int code = native_run(statement, 0, ALL_BYTES, ALL_ROWS, 0, 0);
  hdb_finalize(statement);
  return code;
}

static const char rows_of_t[] =
    "CREATE TABLE t(a INT, b TEXT); WITH RECURSIVE c(x) AS (VALUES(1) UNION ALL SELECT x + 1 FROM c "
    "WHERE x < 60) INSERT INTO t SELECT x, 'name ' || (x * 7 % 60) FROM c";

TEST(values_pass_through_a_function_as_they_are) {
  hdb_connection *connection = open_memory();
  host_object same = {0};
  CHECK_INT(hdb_create_function(connection, "same", -1, HDB_SCALAR, 0, &host, &same), SQLITE_OK);
  check_rows(connection, "SELECT same(1), same(-2.5), same('text'), same(x'0001'), same(NULL), same('', 1)",
             "SELECT 1, -2.5, 'text', x'0001', NULL, ''");
  check_rows(connection, "SELECT same(hex(zeroblob(100000))), same(zeroblob(70000))",
             "SELECT hex(zeroblob(100000)), zeroblob(70000)");
  native_close(connection);
  CHECK_INT(same.released, 1);
}

TEST(an_aggregate_and_a_window_keep_their_groups_apart) {
  hdb_connection *connection = open_memory();
  host_object sum = {0};
  host_object window = {0};
  CHECK_INT(native_script(connection, rows_of_t), SQLITE_OK);
  CHECK_INT(hdb_create_function(connection, "s", 1, HDB_AGGREGATE, 0, &host, &sum), SQLITE_OK);
  CHECK_INT(hdb_create_function(connection, "w", 1, HDB_WINDOW, 0, &host, &window), SQLITE_OK);
  check_rows(connection, "SELECT a % 7, s(a), s(a * 2) FROM t GROUP BY 1 ORDER BY 1",
             "SELECT a % 7, sum(a), sum(a * 2) FROM t GROUP BY 1 ORDER BY 1");
  check_rows(connection, "SELECT s(a) FROM t WHERE 0", "SELECT 0");
  check_rows(connection,
             "SELECT w(a) OVER (PARTITION BY a % 3 ORDER BY a ROWS BETWEEN 2 PRECEDING AND 1 FOLLOWING) FROM t",
             "SELECT sum(a) OVER (PARTITION BY a % 3 ORDER BY a ROWS BETWEEN 2 PRECEDING AND 1 FOLLOWING) FROM t");
  native_close(connection);
  CHECK_INT(sum.released + window.released, 2);
}

TEST(a_failing_function_fails_its_statement_with_its_message) {
  for (int n = 1; n <= 130; n += 3) {
    hdb_connection *connection = open_memory();
    host_object window = {0};
    CHECK_INT(native_script(connection, rows_of_t), SQLITE_OK);
    CHECK_INT(hdb_create_function(connection, "w", 1, HDB_WINDOW, 0, &host, &window), SQLITE_OK);
    window.fail_at = n;
    CHECK_INT(code_of(connection, "SELECT w(a) OVER (ORDER BY a ROWS 1 PRECEDING) FROM t"), SQLITE_ERROR);
    CHECK_TEXT(sqlite3_errmsg(connection->db), "failed");
    check_rows(connection, "SELECT count(*) FROM t", "SELECT 60");
    native_close(connection);
    CHECK_INT(window.released, 1);
  }
}

TEST(what_is_no_result_is_an_error) {
  static const int types[] = {-1, 6, 77, SQLITE_INTEGER};
  for (int i = 0; i < 4; i++) {
    hdb_connection *connection = open_memory();
    host_object odd = {0};
    odd.bad_result = types[i];
    CHECK_INT(hdb_create_function(connection, "odd", 0, HDB_SCALAR, 0, &host, &odd), SQLITE_OK);
    CHECK_INT(code_of(connection, "SELECT odd()"), SQLITE_MISUSE);
    native_close(connection);
  }
}

TEST(objects_are_released_when_they_are_replaced_refused_or_dropped) {
  hdb_connection *connection = open_memory();
  host_object first = {0};
  host_object second = {0};
  host_object refused = {0};
  CHECK_INT(hdb_create_function(connection, "f", 0, HDB_SCALAR, 0, &host, &first), SQLITE_OK);
  CHECK_INT(hdb_create_function(connection, "f", 0, HDB_SCALAR, 0, &host, &second), SQLITE_OK);
  CHECK_INT(first.released, 1);
  CHECK(hdb_create_function(connection, "f", 5000, HDB_SCALAR, 0, &host, &refused) != SQLITE_OK);
  CHECK_INT(refused.released, 1);
  CHECK_INT(hdb_drop_function(connection, "f", 0), SQLITE_OK);
  CHECK_INT(second.released, 1);
  first.released = second.released = 0;
  CHECK_INT(hdb_create_collation(connection, "c", &host, &first), SQLITE_OK);
  CHECK_INT(hdb_create_collation(connection, "c", &host, &second), SQLITE_OK);
  CHECK_INT(first.released, 1);
  CHECK_INT(hdb_drop_collation(connection, "c"), SQLITE_OK);
  CHECK_INT(second.released, 1);
  native_close(connection);
}

TEST(a_collation_orders_rows_and_indexes) {
  hdb_connection *connection = open_memory();
  host_object backwards = {0};
  CHECK_INT(hdb_create_collation(connection, "backwards", &host, &backwards), SQLITE_OK);
  CHECK_INT(native_script(connection, rows_of_t), SQLITE_OK);
  CHECK_INT(native_script(connection, "CREATE INDEX i ON t(b COLLATE backwards)"), SQLITE_OK);
  check_rows(connection, "SELECT b FROM t ORDER BY b COLLATE backwards", "SELECT b FROM t ORDER BY b DESC");
  check_rows(connection, "PRAGMA integrity_check", "SELECT 'ok'");
  native_close(connection);
  CHECK_INT(backwards.released, 1);
}

/* Whichever comparison fails: an error, nothing written, no index out of order. */
TEST(a_failing_comparison_leaves_nothing_written) {
  static const char insert[] = "INSERT INTO u SELECT b FROM t WHERE a > 30";
  int failures = 0;
  for (int n = 1; n < 400; n += 7) {
    for (int in_transaction = 0; in_transaction < 2; in_transaction++) {
      hdb_connection *connection = open_memory();
      host_object backwards = {0};
      CHECK_INT(hdb_create_collation(connection, "backwards", &host, &backwards), SQLITE_OK);
      CHECK_INT(native_script(connection, rows_of_t), SQLITE_OK);
      CHECK_INT(native_script(connection, "CREATE TABLE u(b COLLATE backwards PRIMARY KEY); "
                                          "INSERT INTO u SELECT b FROM t WHERE a <= 30"),
                SQLITE_OK);
      if (in_transaction) CHECK_INT(native_script(connection, "BEGIN; DELETE FROM t WHERE a = 1"), SQLITE_OK);
      backwards.calls = 0;
      backwards.fail_at = n;
      int code = code_of(connection, insert);
      int failed = backwards.calls >= n;
      failures += failed;
      CHECK_INT(code, failed ? SQLITE_ERROR : SQLITE_DONE);
      if (failed) CHECK(hdb_state(connection) & HDB_STATE_AUTOCOMMIT);
      if (!(hdb_state(connection) & HDB_STATE_AUTOCOMMIT)) CHECK_INT(native_script(connection, "COMMIT"), SQLITE_OK);
      backwards.fail_at = 0;
      check_rows(connection, "SELECT count(*) FROM u", failed ? "SELECT 30" : "SELECT 60");
      check_rows(connection, "SELECT count(*) FROM t", failed || !in_transaction ? "SELECT 60" : "SELECT 59");
      check_rows(connection, "PRAGMA integrity_check", "SELECT 'ok'");
      native_close(connection);
    }
  }
  CHECK(failures > 20);
}

static hdb_bytes *filled(int64_t length, int byte) {
  hdb_bytes *bytes = hdb_bytes_resize(0, length);
  if (!bytes) return 0;
  memset(bytes->data, byte, (size_t)length);
  bytes->length = length;
  return bytes;
}

TEST(long_values_are_bound_from_where_they_are) {
  hdb_connection *connection = open_memory();
  hdb_bytes *large[2] = {filled(300000, 'x'), filled(0, 0)};
  hdb_statement *statement = native_prepare(connection, "SELECT length(?1), typeof(?1), typeof(?2), length(?2), ?3");
  block parameters = {0, 0, 0};
  text rows = {0, 0, 0};
  text wanted = {0, 0, 0};
  int64_t changes;
  block_elsewhere(&parameters, SQLITE_TEXT, 0);
  block_elsewhere(&parameters, SQLITE_BLOB, 1);
  block_integer(&parameters, 7);
  stock_run(connection->db, "SELECT 300000, 'text', 'blob', 0, 7", 0, &wanted, &changes);
  CHECK_INT(hdb_use_bytes(statement, large, 2), SQLITE_OK);
  CHECK_INT(native_run(statement, &parameters, ALL_BYTES, ALL_ROWS, &rows, 0), SQLITE_DONE);
  CHECK_TEXT(rows.chars, wanted.chars);
  CHECK_INT(large[0]->holders, 1);
  /* They were let go with the execution: the block refers to nothing now. */
  CHECK_INT(native_run(statement, &parameters, ALL_BYTES, ALL_ROWS, 0, 0), SQLITE_MISUSE);
  hdb_finalize(statement);
  hdb_bytes_release(large[0]);
  hdb_bytes_release(large[1]);
  hdb_bytes_release(0);
  block_free(&parameters);
  text_free(&rows);
  text_free(&wanted);
  native_close(connection);
}

TEST(an_open_execution_holds_its_long_values) {
  hdb_connection *connection = open_memory();
  hdb_bytes *large = filled(100000, 'x');
  block parameters = {0, 0, 0};
  CHECK_INT(native_script(connection, rows_of_t), SQLITE_OK);
  hdb_statement *statement = native_prepare(connection, "SELECT a, length(?) FROM t ORDER BY a");
  block_elsewhere(&parameters, SQLITE_BLOB, 0);
  CHECK_INT(hdb_use_bytes(statement, &large, 1), SQLITE_OK);
  CHECK_INT(native_execute(statement, &parameters, ALL_BYTES, 1)->code, SQLITE_ROW);
  hdb_bytes_release(large);
  const hdb_result *result = hdb_fetch(statement, ALL_BYTES, ALL_ROWS, next_ticket());
  CHECK_INT(result->code, SQLITE_DONE);
  CHECK_INT(native_value(result, 58, 1).integer, 100000);
  hdb_finalize(statement);
  block_free(&parameters);
  native_close(connection);
}

/* One run, in which any allocation may fail. Returns whether all went well. */
static int work(void) {
  hdb_connection *connection = 0;
  host_object same = {0};
  host_object window = {0};
  host_object backwards = {0};
  int well = 0;
  int rc = hdb_open(in_directory("callbacks"), SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX,
                    HDB_MEMORY_VFS_NAME, &connection);
  if (rc == SQLITE_OK) {
    int one = hdb_create_function(connection, "same", -1, HDB_SCALAR, 0, &host, &same);
    int two = hdb_create_function(connection, "w", 1, HDB_WINDOW, 0, &host, &window);
    int three = hdb_create_collation(connection, "backwards", &host, &backwards);
    rc = one != SQLITE_OK ? one : two != SQLITE_OK ? two : three;
    CHECK(one == SQLITE_OK || same.released == 1);
    CHECK(two == SQLITE_OK || window.released == 1);
    CHECK(three == SQLITE_OK || backwards.released == 1);
  }
  if (rc == SQLITE_OK) rc = native_script(connection, rows_of_t);
  if (rc == SQLITE_OK) {
    rc = native_script(connection, "SELECT same(a, b, hex(zeroblob(400))), w(a) OVER (ORDER BY a ROWS 1 PRECEDING) "
                                   "FROM t ORDER BY b COLLATE backwards LIMIT 5");
  }
  if (rc == SQLITE_OK) {
    const char *sql = "SELECT length(?)";
    hdb_bytes *large = filled(100000, 'x');
    hdb_statement *statement = 0;
    int tail;
    if (large && hdb_prepare(connection, sql, (int)strlen(sql), &statement, &tail) == SQLITE_OK && statement) {
      block parameters = {0, 0, 0};
      block_elsewhere(&parameters, SQLITE_TEXT, 0);
      well = hdb_use_bytes(statement, &large, 1) == SQLITE_OK &&
             native_run(statement, &parameters, ALL_BYTES, ALL_ROWS, 0, 0) == SQLITE_DONE;
      block_free(&parameters);
      hdb_finalize(statement);
    }
    hdb_bytes_release(large);
  }
  if (connection) hdb_close(connection);
  CHECK(same.released <= 1 && window.released <= 1 && backwards.released <= 1);
  return well;
}

TEST(any_allocation_for_callbacks_and_long_values_fails) {
  for (int lasts = 0; lasts < 2; lasts++) {
    for (int n = 1;; n += lasts ? 7 : 1) {
      int64_t memory = memory_used();
      faults_arm_allocations(n, lasts);
      int well = work();
      int faults = faults_disarm();
      CHECK_INT(memory_used(), memory);
      if (faults == 0) {
        CHECK(well);
        break;
      }
      CHECK(n < MOST_FAULTS);
    }
  }
}
