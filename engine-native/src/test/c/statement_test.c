/*
** Native statements (statement/statement.c).
*/
#include <float.h>
#include <limits.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "check.h"
#include "native.h"

/* A memory database of the test, named as no other test's is. */
static hdb_connection *open_memory(void) {
  return native_open(in_directory("memory"), HDB_MEMORY_VFS_NAME);
}

static void script(hdb_connection *connection, const char *sql) {
  int rc = native_script(connection, sql);
  if (rc != SQLITE_OK) {
    check_fail(__FILE__, __LINE__, "%s: %d, %s", sql, rc, sqlite3_errmsg(connection->db));
  }
}

/* Executes once; returns the rows changed. */
static int64_t changes_of(hdb_connection *connection, const char *sql) {
  int64_t changes = -1;
  hdb_statement *statement = native_prepare(connection, sql);
  CHECK_INT(native_run(statement, 0, ALL_BYTES, ALL_ROWS, 0, &changes), SQLITE_DONE);
  hdb_finalize(statement);
  return changes;
}

static int64_t integer_of(hdb_connection *connection, const char *sql) {
  hdb_statement *statement = native_prepare(connection, sql);
  const hdb_result *result = native_execute(statement, 0, ALL_BYTES, ALL_ROWS);
  CHECK_INT(result->code, SQLITE_DONE);
  int64_t integer = native_value(result, 0, 0).integer;
  hdb_finalize(statement);
  return integer;
}

/* Sends what is in the block and looks whether the same comes back. */
static void check_round_trip(hdb_connection *connection, const block *parameters, int count) {
  text sql = {0, 0, 0};
  text native = {0, 0, 0};
  text stock = {0, 0, 0};
  int64_t changes;
  text_add(&sql, "SELECT ?");
  for (int i = 1; i < count; i++) text_add(&sql, ", ?");
  hdb_statement *statement = native_prepare(connection, sql.chars);
  CHECK_INT(statement->parameter_count, count);
  CHECK_INT(native_run(statement, parameters, ALL_BYTES, ALL_ROWS, &native, 0), SQLITE_DONE);
  CHECK_INT(stock_run(connection->db, sql.chars, parameters, &stock, &changes), SQLITE_DONE);
  CHECK_TEXT(native.chars, stock.chars);
  hdb_finalize(statement);
  text_free(&sql);
  text_free(&native);
  text_free(&stock);
}

static void check_all_types(hdb_connection *connection) {
  const int64_t integers[] = {0, 1, -1, 127, -129, INT32_MAX, INT32_MIN, INT64_MAX, INT64_MIN};
  const double numbers[] = {0.0, -0.0, 1.5, -1e308, DBL_MIN, DBL_TRUE_MIN, DBL_MAX, 1e15};
  const char *texts[] = {"", "a", "z\0z", "\0", "\xc3\xa4\xe2\x82\xac\xf0\x9f\x90\xac", "'quoted'"};
  const int lengths[] = {0, 1, 3, 1, 9, 8};
  block parameters = {0, 0, 0};
  int count = 0;
  block_null(&parameters);
  count++;
  for (size_t i = 0; i < sizeof integers / sizeof *integers; i++, count++) {
    block_integer(&parameters, integers[i]);
  }
  for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++, count++) {
    block_float(&parameters, numbers[i]);
  }
  block_float(&parameters, (double)INFINITY);
  block_float(&parameters, (double)-INFINITY);
  block_float(&parameters, (double)NAN);
  count += 3;
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++, count++) {
    block_bytes(&parameters, SQLITE_TEXT, texts[i], lengths[i]);
  }
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++, count++) {
    block_bytes(&parameters, SQLITE_BLOB, texts[i], lengths[i]);
  }
  check_round_trip(connection, &parameters, count);
  block_free(&parameters);
}

TEST(values_of_every_type_come_back_as_they_went) {
  hdb_connection *connection = open_memory();
  check_all_types(connection);
  native_close(connection);
}

TEST(values_of_every_type_pass_a_database_in_utf_16) {
  hdb_connection *connection = open_memory();
  script(connection, "PRAGMA encoding='UTF-16'; CREATE TABLE t(v)");
  check_all_types(connection);
  script(connection, "INSERT INTO t VALUES('\xc3\xa4' || substr(hex(zeroblob(20000)), 1, 30000))");
  hdb_statement *statement = native_prepare(connection, "SELECT v FROM t");
  const hdb_result *result = native_execute(statement, 0, ALL_BYTES, ALL_ROWS);
  value it = native_value(result, 0, 0);
  CHECK_INT(it.left_out, 1);
  CHECK_INT(it.length, 30002);
  char start[4] = "";
  CHECK_INT(hdb_read_large(statement, 0, 0, start, 3), 3);
  CHECK_TEXT(start, "\xc3\xa4" "0");
  hdb_finalize(statement);
  native_close(connection);
}

TEST(exact_values_lie_in_a_row_as_described) {
  hdb_connection *connection = open_memory();
  hdb_statement *statement =
      native_prepare(connection, "SELECT 7, -2.5, 'text', x'00ff', NULL, '', x''");
  const hdb_result *result = native_execute(statement, 0, ALL_BYTES, ALL_ROWS);
  CHECK_INT(result->code, SQLITE_DONE);
  CHECK_INT(result->row_count, 1);
  CHECK_INT(result->columns, 7);
  CHECK_INT(native_value(result, 0, 0).integer, 7);
  CHECK(native_value(result, 0, 1).number == -2.5);
  CHECK_INT(memcmp(native_value(result, 0, 2).bytes, "text", 4), 0);
  CHECK_INT(native_value(result, 0, 3).length, 2);
  CHECK_INT(native_value(result, 0, 3).bytes[1], 255);
  CHECK_INT(native_value(result, 0, 4).type, SQLITE_NULL);
  CHECK_INT(native_value(result, 0, 5).type, SQLITE_TEXT);
  CHECK_INT(native_value(result, 0, 6).type, SQLITE_BLOB);
  hdb_finalize(statement);
  native_close(connection);
}

TEST(not_a_number_is_null) {
  hdb_connection *connection = open_memory();
  block parameters = {0, 0, 0};
  block_float(&parameters, (double)NAN);
  hdb_statement *statement = native_prepare(connection, "SELECT ?");
  const hdb_result *result = native_execute(statement, &parameters, ALL_BYTES, ALL_ROWS);
  CHECK_INT(native_value(result, 0, 0).type, SQLITE_NULL);
  hdb_finalize(statement);
  block_free(&parameters);
  native_close(connection);
}

/* Rows of all sizes, some longer than a result, in any portion, are those SQLite gives. */
TEST(rows_in_portions_are_those_that_sqlite_gives) {
  const int portions[] = {1, 100, 4096, 20000, 65536, 1000000};
  const int limits[] = {0, 1, 2, 7};
  const char *sql = "SELECT id, a, b, c FROM t ORDER BY id";
  hdb_connection *connection = open_memory();
  chance luck = {42};
  text expected = {0, 0, 0};
  int64_t changes;
  script(connection, "CREATE TABLE t(id INTEGER PRIMARY KEY, a, b, c)");
  for (int i = 0; i < 150; i++) {
    char insert[200];
    const int sizes[] = {0, 10, 200, 3000, 16384, 16385, 60000, 70000};
    snprintf(insert, sizeof insert,
             "INSERT INTO t(a, b, c) VALUES(random(), randomblob(%d), "
             "substr(hex(randomblob(%d)), 1, %d))",
             sizes[chance_below(&luck, 8)], 1 + sizes[chance_below(&luck, 8)] / 2,
             sizes[chance_below(&luck, 8)]);
    script(connection, insert);
  }
  CHECK_INT(stock_run(connection->db, sql, 0, &expected, &changes), SQLITE_DONE);
  hdb_statement *statement = native_prepare(connection, sql);
  for (size_t i = 0; i < sizeof portions / sizeof *portions; i++) {
    for (size_t j = 0; j < sizeof limits / sizeof *limits; j++) {
      text native = {0, 0, 0};
      CHECK_INT(native_run(statement, 0, portions[i], limits[j], &native, 0), SQLITE_DONE);
      CHECK_TEXT(native.chars, expected.chars);
      text_free(&native);
    }
  }
  hdb_finalize(statement);
  text_free(&expected);
  native_close(connection);
}

TEST(a_long_value_is_left_out_and_read_in_pieces) {
  enum { LENGTH = 200000 };
  hdb_connection *connection = open_memory();
  unsigned char *bytes = malloc(LENGTH);
  unsigned char *read = malloc(LENGTH);
  block parameters = {0, 0, 0};
  for (int i = 0; i < LENGTH; i++) bytes[i] = (unsigned char)(i * 7 + i / 256);
  block_bytes(&parameters, SQLITE_BLOB, bytes, LENGTH);
  hdb_statement *statement = native_prepare(connection, "SELECT 1, ? UNION ALL SELECT 2, 'short'");
  const hdb_result *result = native_execute(statement, &parameters, ALL_BYTES, ALL_ROWS);
  CHECK_INT(result->code, SQLITE_ROW);
  CHECK_INT(result->row_count, 1);
  CHECK_INT(native_value(result, 0, 1).left_out, 1);
  CHECK_INT(native_value(result, 0, 1).length, LENGTH);
  CHECK_INT(hdb_read_large(statement, 1, 0, read, LENGTH), LENGTH);
  CHECK_INT(memcmp(read, bytes, LENGTH), 0);
  CHECK_INT(hdb_read_large(statement, 1, LENGTH - 10, read, 100), 10);
  CHECK_INT(memcmp(read, bytes + LENGTH - 10, 10), 0);
  CHECK_INT(hdb_read_large(statement, 1, LENGTH, read, 100), 0);
  CHECK_INT(hdb_read_large(statement, 1, LENGTH + 1, read, 100), 0);
  CHECK_INT(hdb_read_large(statement, 1, -1, read, 100), -1);
  CHECK_INT(hdb_read_large(statement, -1, 0, read, 100), -1);
  CHECK_INT(hdb_read_large(statement, 2, 0, read, 100), -1);
  result = hdb_fetch(statement, ALL_BYTES, ALL_ROWS, next_ticket());
  CHECK_INT(result->code, SQLITE_DONE);
  CHECK_INT(native_value(result, 0, 0).integer, 2);
  CHECK_INT(hdb_read_large(statement, 1, 0, read, 100), -1);
  hdb_finalize(statement);
  block_free(&parameters);
  free(bytes);
  free(read);
  native_close(connection);
}

TEST(a_value_is_left_out_beyond_the_limit_and_not_before) {
  hdb_connection *connection = open_memory();
  hdb_statement *statement = native_prepare(connection, "SELECT zeroblob(?)");
  for (int length = HDB_INLINE_BYTES - 1; length <= HDB_INLINE_BYTES + 1; length++) {
    block parameters = {0, 0, 0};
    block_integer(&parameters, length);
    const hdb_result *result = native_execute(statement, &parameters, ALL_BYTES, ALL_ROWS);
    CHECK_INT(native_value(result, 0, 0).left_out, length > HDB_INLINE_BYTES);
    CHECK_INT(native_value(result, 0, 0).length, length);
    block_free(&parameters);
  }
  hdb_finalize(statement);
  native_close(connection);
}

TEST(a_row_that_no_result_holds_yet_cannot_be_read_in_pieces) {
  char byte;
  hdb_connection *connection = open_memory();
  hdb_statement *statement =
      native_prepare(connection, "SELECT 'first' UNION ALL SELECT zeroblob(20000)");
  const hdb_result *result = native_execute(statement, 0, ALL_BYTES, ALL_ROWS);
  CHECK_INT(result->row_count, 1);
  CHECK_INT(result->code, SQLITE_ROW);
  CHECK_INT(hdb_read_large(statement, 0, 0, &byte, 1), -1);
  result = hdb_fetch(statement, ALL_BYTES, ALL_ROWS, next_ticket());
  CHECK_INT(result->row_count, 1);
  CHECK_INT(hdb_read_large(statement, 0, 19999, &byte, 1), 1);
  hdb_reset(statement);
  CHECK_INT(hdb_read_large(statement, 0, 0, &byte, 1), -1);
  hdb_finalize(statement);
  native_close(connection);
}

TEST(the_row_limit_ends_a_result_and_not_the_execution) {
  hdb_connection *connection = open_memory();
  hdb_statement *statement = native_prepare(connection, "VALUES(1),(2),(3),(4),(5)");
  const hdb_result *result = native_execute(statement, 0, ALL_BYTES, 2);
  CHECK_INT(result->code, SQLITE_ROW);
  CHECK_INT(result->row_count, 2);
  result = hdb_fetch(statement, ALL_BYTES, 2, next_ticket());
  CHECK_INT(native_value(result, 1, 0).integer, 4);
  result = hdb_fetch(statement, ALL_BYTES, 2, next_ticket());
  CHECK_INT(result->code, SQLITE_DONE);
  CHECK_INT(result->row_count, 1);
  CHECK_INT(hdb_fetch(statement, ALL_BYTES, 2, next_ticket())->code, SQLITE_MISUSE);
  hdb_finalize(statement);
  native_close(connection);
}

TEST(a_row_of_most_columns_fits) {
  enum { COLUMNS = 2000 };
  hdb_connection *connection = open_memory();
  text sql = {0, 0, 0};
  text native = {0, 0, 0};
  text stock = {0, 0, 0};
  int64_t changes;
  text_add(&sql, "SELECT hex(zeroblob(40))");
  for (int i = 1; i < COLUMNS; i++) text_add(&sql, ", hex(zeroblob(%d))", i % 60);
  hdb_statement *statement = native_prepare(connection, sql.chars);
  CHECK_INT(native_run(statement, 0, ALL_BYTES, ALL_ROWS, &native, 0), SQLITE_DONE);
  CHECK_INT(stock_run(connection->db, sql.chars, 0, &stock, &changes), SQLITE_DONE);
  CHECK_TEXT(native.chars, stock.chars);
  hdb_finalize(statement);
  text_free(&sql);
  text_free(&native);
  text_free(&stock);
  native_close(connection);
}

TEST(a_statement_prepared_anew_tells_its_new_columns) {
  hdb_connection *connection = open_memory();
  script(connection, "CREATE TABLE t(a); INSERT INTO t VALUES(1)");
  hdb_statement *statement = native_prepare(connection, "SELECT * FROM t");
  const hdb_result *result = native_execute(statement, 0, ALL_BYTES, ALL_ROWS);
  CHECK_INT(result->columns, 1);
  int reprepared = result->reprepared;
  hdb_connection *other = open_memory();
  script(other, "ALTER TABLE t ADD COLUMN b DEFAULT 2");
  native_close(other);
  result = native_execute(statement, 0, ALL_BYTES, ALL_ROWS);
  CHECK_INT(result->code, SQLITE_DONE);
  CHECK_INT(result->columns, 2);
  CHECK_INT(native_value(result, 0, 1).integer, 2);
  CHECK(result->reprepared > reprepared);
  reprepared = result->reprepared;
  result = native_execute(statement, 0, ALL_BYTES, ALL_ROWS);
  CHECK_INT(result->reprepared, reprepared);
  script(connection, "DROP TABLE t");
  CHECK_INT(native_execute(statement, 0, ALL_BYTES, ALL_ROWS)->code & 0xff, SQLITE_ERROR);
  hdb_finalize(statement);
  native_close(connection);
}

TEST(an_error_midway_comes_with_the_rows_before_it) {
  hdb_connection *connection = open_memory();
  script(connection, "CREATE TABLE t(v); INSERT INTO t VALUES(1),(2),(-9223372036854775808),(4)");
  hdb_statement *statement = native_prepare(connection, "SELECT abs(v) FROM t");
  for (int i = 0; i < 2; i++) {
    const hdb_result *result = native_execute(statement, 0, ALL_BYTES, ALL_ROWS);
    CHECK_INT(result->code, SQLITE_ERROR);
    CHECK_INT(result->row_count, 2);
    CHECK_INT(native_value(result, 1, 0).integer, 2);
    CHECK_TEXT(sqlite3_errmsg(connection->db), "integer overflow");
  }
  script(connection, "DELETE FROM t WHERE v < 0");
  CHECK_INT(native_execute(statement, 0, ALL_BYTES, ALL_ROWS)->row_count, 3);
  hdb_finalize(statement);
  native_close(connection);
}

TEST(a_broken_constraint_is_told_exactly_and_the_statement_goes_on_living) {
  hdb_connection *connection = open_memory();
  block parameters = {0, 0, 0};
  script(connection, "CREATE TABLE t(v UNIQUE)");
  hdb_statement *statement = native_prepare(connection, "INSERT INTO t VALUES(?)");
  block_integer(&parameters, 1);
  CHECK_INT(native_execute(statement, &parameters, ALL_BYTES, 0)->code, SQLITE_DONE);
  CHECK_INT(native_execute(statement, &parameters, ALL_BYTES, 0)->code, SQLITE_CONSTRAINT_UNIQUE);
  CHECK_TEXT(sqlite3_errmsg(connection->db), "UNIQUE constraint failed: t.v");
  block_clear(&parameters);
  block_integer(&parameters, 2);
  const hdb_result *result = native_execute(statement, &parameters, ALL_BYTES, 0);
  CHECK_INT(result->code, SQLITE_DONE);
  CHECK_INT(result->last_rowid, 2);
  hdb_finalize(statement);
  block_free(&parameters);
  native_close(connection);
}

typedef struct canceller {
  hdb_connection *connection;
  uint64_t ticket;
} canceller;

static void *cancel_soon(void *argument) {
  canceller *self = argument;
  usleep(30000);
  hdb_cancel(self->connection, self->ticket);
  return 0;
}

static const char endless[] =
    "WITH RECURSIVE n(i) AS (VALUES(1) UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n";

TEST(a_call_is_cancelled_by_another_thread) {
  hdb_connection *connection = open_memory();
  hdb_statement *statement = native_prepare(connection, endless);
  pthread_t thread;
  canceller self = {connection, next_ticket()};
  CHECK_INT(pthread_create(&thread, 0, cancel_soon, &self), 0);
  const hdb_result *result = hdb_execute(statement, 0, ALL_BYTES, ALL_ROWS, self.ticket);
  int code = result->code;
  CHECK_INT(pthread_join(thread, 0), 0);
  CHECK_INT(code, SQLITE_INTERRUPT);
  CHECK_INT(integer_of(connection, "SELECT 5"), 5);
  hdb_finalize(statement);
  native_close(connection);
}

TEST(a_batch_is_cancelled_by_another_thread) {
  enum { COUNT = 1000 };
  static int64_t changes[COUNT];
  hdb_connection *connection = open_memory();
  block parameters = {0, 0, 0};
  pthread_t thread;
  int done;
  script(connection, "CREATE TABLE t(v)");
  for (int i = 0; i < COUNT; i++) block_integer(&parameters, i < 3 ? 10 : 10000000);
  hdb_statement *statement = native_prepare(
      connection, "WITH RECURSIVE n(i) AS (VALUES(1) UNION ALL SELECT i + 1 FROM n WHERE i < ?) "
                  "INSERT INTO t SELECT max(i) FROM n");
  memcpy(hdb_parameters(statement, parameters.length), parameters.bytes,
         (size_t)parameters.length);
  canceller self = {connection, next_ticket()};
  CHECK_INT(pthread_create(&thread, 0, cancel_soon, &self), 0);
  int rc = hdb_batch(statement, parameters.length, COUNT, changes, &done, self.ticket);
  CHECK_INT(pthread_join(thread, 0), 0);
  CHECK_INT(rc, SQLITE_INTERRUPT);
  CHECK(done < COUNT);
  CHECK_INT(integer_of(connection, "SELECT count(*) FROM t"), done);
  hdb_finalize(statement);
  block_free(&parameters);
  native_close(connection);
}

static const char busy[] = "WITH RECURSIVE n(i) AS (VALUES(1) UNION ALL SELECT i + 1 FROM n "
                           "WHERE i < 20000) SELECT max(i) FROM n";

TEST(a_cancellation_that_comes_first_waits_for_its_call) {
  hdb_connection *connection = open_memory();
  hdb_statement *statement = native_prepare(connection, busy);
  uint64_t ticket = next_ticket();
  hdb_cancel(connection, ticket);
  CHECK_INT(hdb_execute(statement, 0, ALL_BYTES, ALL_ROWS, ticket)->code, SQLITE_INTERRUPT);
  CHECK_INT(native_execute(statement, 0, ALL_BYTES, ALL_ROWS)->code, SQLITE_DONE);
  hdb_finalize(statement);
  native_close(connection);
}

TEST(a_cancellation_that_comes_late_cancels_nothing) {
  hdb_connection *connection = open_memory();
  hdb_connection *other = open_memory();
  for (int i = 0; i < 300; i++) {
    char sql[100];
    snprintf(sql, sizeof sql, "CREATE TABLE t%d(a, b UNIQUE)", i);
    script(other, sql);
  }
  hdb_statement *statement = native_prepare(connection, busy);
  uint64_t ticket = next_ticket();
  CHECK_INT(hdb_execute(statement, 0, ALL_BYTES, ALL_ROWS, ticket)->code, SQLITE_DONE);
  hdb_cancel(connection, ticket);
  /* SQLite reads the schema anew, which is work enough to ask for cancellations. */
  script(other, "CREATE TABLE last(v)");
  hdb_statement *next = native_prepare(connection, "SELECT count(*) FROM last");
  hdb_finalize(next);
  CHECK_INT(native_execute(statement, 0, ALL_BYTES, ALL_ROWS)->code, SQLITE_DONE);
  hdb_finalize(statement);
  native_close(other);
  native_close(connection);
}

TEST(a_batch_tells_the_changes_of_every_set) {
  hdb_connection *connection = open_memory();
  block parameters = {0, 0, 0};
  int64_t changes[5];
  int done;
  script(connection, "CREATE TABLE t(v); INSERT INTO t VALUES(1),(2),(2),(3),(3),(3)");
  hdb_statement *statement = native_prepare(connection, "UPDATE t SET v = -v WHERE v = ?");
  for (int i = 0; i < 5; i++) block_integer(&parameters, i);
  CHECK_INT(native_batch(statement, &parameters, 5, changes, &done), SQLITE_OK);
  CHECK_INT(done, 5);
  for (int i = 0; i < 5; i++) CHECK_INT(changes[i], i == 4 ? 0 : i);
  hdb_finalize(statement);
  block_free(&parameters);
  native_close(connection);
}

TEST(a_batch_ends_at_the_first_set_that_fails) {
  hdb_connection *connection = open_memory();
  block parameters = {0, 0, 0};
  int64_t changes[4] = {-1, -1, -1, -1};
  int done;
  script(connection, "CREATE TABLE t(v CHECK(v < 10))");
  hdb_statement *statement = native_prepare(connection, "INSERT INTO t VALUES(?)");
  for (int i = 8; i < 12; i++) block_integer(&parameters, i);
  CHECK_INT(native_batch(statement, &parameters, 4, changes, &done), SQLITE_CONSTRAINT_CHECK);
  CHECK_INT(done, 2);
  CHECK_INT(changes[1], 1);
  CHECK_INT(changes[2], -1);
  CHECK_INT(integer_of(connection, "SELECT count(*) FROM t"), 2);
  CHECK_INT(hdb_state(connection), HDB_STATE_AUTOCOMMIT);
  hdb_finalize(statement);
  block_free(&parameters);
  native_close(connection);
}

TEST(a_batch_passes_over_the_rows_that_it_returns) {
  hdb_connection *connection = open_memory();
  block parameters = {0, 0, 0};
  int64_t changes[3];
  int done;
  script(connection, "CREATE TABLE t(v)");
  hdb_statement *statement =
      native_prepare(connection, "INSERT INTO t VALUES(?1),(?1) RETURNING v");
  for (int i = 0; i < 3; i++) block_bytes(&parameters, SQLITE_TEXT, "x", 1);
  CHECK_INT(native_batch(statement, &parameters, 3, changes, &done), SQLITE_OK);
  CHECK_INT(done, 3);
  CHECK_INT(changes[2], 2);
  CHECK_INT(integer_of(connection, "SELECT count(*) FROM t"), 6);
  hdb_finalize(statement);
  block_free(&parameters);
  native_close(connection);
}

TEST(a_batch_without_parameters_repeats_the_statement) {
  hdb_connection *connection = open_memory();
  int64_t changes[3];
  int done;
  script(connection, "CREATE TABLE t(v)");
  hdb_statement *statement = native_prepare(connection, "INSERT INTO t VALUES(1)");
  CHECK_INT(native_batch(statement, 0, 3, changes, &done), SQLITE_OK);
  CHECK_INT(done, 3);
  CHECK_INT(native_batch(statement, 0, 0, changes, &done), SQLITE_OK);
  CHECK_INT(done, 0);
  CHECK_INT(integer_of(connection, "SELECT count(*) FROM t"), 3);
  hdb_finalize(statement);
  native_close(connection);
}

TEST(malformed_parameters_are_refused_and_execute_nothing) {
  const int32_t lengths[] = {-1, 5, INT32_MAX, INT32_MIN};
  hdb_connection *connection = open_memory();
  block whole = {0, 0, 0};
  block broken = {0, 0, 0};
  int64_t changes[2];
  int done;
  script(connection, "CREATE TABLE t(a, b, c, d, e)");
  hdb_statement *statement = native_prepare(connection, "INSERT INTO t VALUES(?, ?, ?, ?, ?)");
  block_integer(&whole, 1);
  block_float(&whole, 1.5);
  block_bytes(&whole, SQLITE_TEXT, "text", 4);
  block_null(&whole);
  block_bytes(&whole, SQLITE_BLOB, "blob", 4);
  for (int64_t length = 0; length < whole.length; length++) {
    block part = {whole.bytes, length, 0};
    CHECK_INT(native_execute(statement, &part, ALL_BYTES, 0)->code, SQLITE_MISUSE);
    CHECK_INT(native_batch(statement, &part, 1, changes, &done), SQLITE_MISUSE);
    CHECK_INT(done, 0);
  }
  for (int type = 0; type < 256; type++) {
    if (type >= SQLITE_INTEGER && type <= SQLITE_NULL) continue;
    block_clear(&broken);
    block_integer(&broken, 1);
    broken.bytes[0] = (unsigned char)type;
    CHECK_INT(native_execute(statement, &broken, ALL_BYTES, 0)->code, SQLITE_MISUSE);
  }
  for (int i = 0; i < 4; i++) {
    block_clear(&broken);
    for (int j = 0; j < 4; j++) block_null(&broken);
    block_bytes(&broken, i % 2 ? SQLITE_TEXT : SQLITE_BLOB, "blob", 4);
    memcpy(broken.bytes + 5, &lengths[i], 4);
    CHECK_INT(native_execute(statement, &broken, ALL_BYTES, 0)->code, SQLITE_MISUSE);
  }
  CHECK_INT(integer_of(connection, "SELECT count(*) FROM t"), 0);
  CHECK_INT(native_batch(statement, &whole, 2, changes, &done), SQLITE_MISUSE);
  CHECK_INT(done, 1);
  CHECK_INT(native_execute(statement, &whole, ALL_BYTES, 0)->code, SQLITE_DONE);
  CHECK_INT(integer_of(connection, "SELECT count(*) FROM t"), 2);
  hdb_finalize(statement);
  block_free(&whole);
  block_free(&broken);
  native_close(connection);
}

TEST(parameters_may_be_replaced_while_rows_are_being_read) {
  hdb_connection *connection = open_memory();
  block small = {0, 0, 0};
  block large = {0, 0, 0};
  char bytes[5000];
  memset(bytes, 'x', sizeof bytes);
  block_bytes(&small, SQLITE_TEXT, "small", 5);
  block_bytes(&large, SQLITE_TEXT, bytes, sizeof bytes);
  hdb_statement *statement = native_prepare(connection, "SELECT ?1 UNION ALL SELECT ?1");
  CHECK_INT(native_execute(statement, &small, ALL_BYTES, 1)->code, SQLITE_ROW);
  const hdb_result *result = native_execute(statement, &large, ALL_BYTES, 0);
  CHECK_INT(result->row_count, 2);
  CHECK_INT(native_value(result, 1, 0).length, sizeof bytes);
  result = native_execute(statement, &small, ALL_BYTES, 0);
  CHECK_INT(native_value(result, 1, 0).length, 5);
  hdb_finalize(statement);
  block_free(&small);
  block_free(&large);
  native_close(connection);
}

TEST(changes_are_those_of_the_statement_itself) {
  hdb_connection *connection = open_memory();
  CHECK_INT(changes_of(connection, "CREATE TABLE t(id INTEGER PRIMARY KEY, v)"), 0);
  CHECK_INT(changes_of(connection, "INSERT INTO t(v) VALUES(1),(2),(3)"), 3);
  CHECK_INT(changes_of(connection, "CREATE TABLE log(v)"), 0);
  CHECK_INT(changes_of(connection, "CREATE TABLE copy AS SELECT * FROM t"), 0);
  CHECK_INT(changes_of(connection, "SELECT * FROM t"), 0);
  CHECK_INT(changes_of(connection, "PRAGMA user_version=5"), 0);
  CHECK_INT(changes_of(connection, "UPDATE t SET v = 0 WHERE v > 100"), 0);
  CHECK_INT(changes_of(connection, "UPDATE t SET v = v + 1 WHERE v < 3"), 2);
  CHECK_INT(changes_of(connection, "INSERT OR IGNORE INTO t VALUES(1, 9),(9, 9)"), 1);
  CHECK_INT(changes_of(connection, "INSERT INTO t VALUES(9, 1) ON CONFLICT DO UPDATE SET v = 7"),
            1);
  CHECK_INT(changes_of(connection, "INSERT INTO t VALUES(9, 1) ON CONFLICT DO NOTHING"), 0);
  CHECK_INT(changes_of(connection, "REPLACE INTO t VALUES(9, 2)"), 1);
  CHECK_INT(changes_of(connection, "DELETE FROM t WHERE id = 1 RETURNING v"), 1);
  CHECK_INT(changes_of(connection, "BEGIN"), 0);
  CHECK_INT(changes_of(connection, "DELETE FROM t"), 3);
  CHECK_INT(changes_of(connection, "ROLLBACK"), 0);
  script(connection, "CREATE TRIGGER r AFTER UPDATE ON t BEGIN "
                     "INSERT INTO log VALUES(1),(2),(3),(4); END");
  CHECK_INT(changes_of(connection, "UPDATE t SET v = 1"), 3);
  CHECK_INT(integer_of(connection, "SELECT count(*) FROM log"), 12);
  CHECK_INT(changes_of(connection, "DROP TABLE log"), 0);
  native_close(connection);
}

TEST(a_query_changes_nothing_though_others_write_while_it_is_read) {
  hdb_connection *connection = open_memory();
  script(connection, "CREATE TABLE t(v); INSERT INTO t VALUES(1),(2),(3)");
  hdb_statement *query_rows = native_prepare(connection, "SELECT v FROM t ORDER BY v");
  CHECK_INT(native_execute(query_rows, 0, ALL_BYTES, 1)->code, SQLITE_ROW);
  CHECK_INT(changes_of(connection, "UPDATE t SET v = v + 0"), 3);
  const hdb_result *result = hdb_fetch(query_rows, ALL_BYTES, 0, next_ticket());
  CHECK_INT(result->code, SQLITE_DONE);
  CHECK_INT(result->changes, 0);
  hdb_finalize(query_rows);
  native_close(connection);
}

TEST(rows_of_returning_come_in_portions_with_the_right_changes) {
  hdb_connection *connection = open_memory();
  script(connection, "CREATE TABLE t(v); INSERT INTO t VALUES(1),(2),(3)");
  hdb_statement *statement = native_prepare(connection, "UPDATE t SET v = v * 2 RETURNING v");
  CHECK_INT(native_execute(statement, 0, ALL_BYTES, 2)->code, SQLITE_ROW);
  const hdb_result *result = hdb_fetch(statement, ALL_BYTES, 2, next_ticket());
  CHECK_INT(result->code, SQLITE_DONE);
  CHECK_INT(native_value(result, 0, 0).integer, 6);
  CHECK_INT(result->changes, 3);
  hdb_finalize(statement);
  native_close(connection);
}

TEST(state_tells_the_transaction) {
  hdb_connection *connection = open_memory();
  script(connection, "CREATE TABLE t(v)");
  CHECK_INT(hdb_state(connection), HDB_STATE_AUTOCOMMIT);
  script(connection, "BEGIN");
  CHECK_INT(hdb_state(connection), 0);
  script(connection, "SELECT * FROM t");
  CHECK_INT(hdb_state(connection), HDB_STATE_READING);
  script(connection, "INSERT INTO t VALUES(1),(2)");
  CHECK_INT(hdb_state(connection), HDB_STATE_READING | HDB_STATE_WRITING);
  script(connection, "COMMIT");
  CHECK_INT(hdb_state(connection), HDB_STATE_AUTOCOMMIT);
  hdb_statement *statement = native_prepare(connection, "SELECT * FROM t");
  const hdb_result *result = native_execute(statement, 0, ALL_BYTES, 1);
  CHECK_INT(result->state, HDB_STATE_AUTOCOMMIT | HDB_STATE_READING);
  hdb_reset(statement);
  CHECK_INT(hdb_state(connection), HDB_STATE_AUTOCOMMIT);
  hdb_finalize(statement);
  native_close(connection);
}

TEST(a_commit_tells_the_frames_in_the_wal_and_never_checkpoints) {
  const char *path = in_directory("a.db");
  hdb_connection *connection = native_open(path, HDB_VFS_NAME);
  script(connection, "PRAGMA page_size=512; PRAGMA journal_mode=WAL; CREATE TABLE t(v)");
  hdb_statement *statement =
      native_prepare(connection, "INSERT INTO t VALUES(zeroblob(400)) RETURNING rowid");
  int frames = native_execute(statement, 0, ALL_BYTES, ALL_ROWS)->wal_frames;
  CHECK(frames > 0);
  for (int i = 0; i < 1500; i++) {
    const hdb_result *result = native_execute(statement, 0, ALL_BYTES, ALL_ROWS);
    CHECK_INT(result->code, SQLITE_DONE);
    CHECK(result->wal_frames > frames);
    frames = result->wal_frames;
  }
  CHECK(frames > 1500);
  CHECK_INT(integer_of(connection, "SELECT count(*) FROM t"), 1501);
  script(connection, "PRAGMA wal_checkpoint(TRUNCATE)");
  CHECK(native_execute(statement, 0, ALL_BYTES, ALL_ROWS)->wal_frames < 10);
  hdb_finalize(statement);
  native_close(connection);
}

TEST(a_text_of_several_statements_is_prepared_one_by_one) {
  const char sql[] = "/* none */ ; SELECT 1; -- two\n SELECT 2 ;\n-- end";
  hdb_connection *connection = open_memory();
  hdb_statement *statement;
  int start = 0;
  int count = 0;
  int tail;
  int length = (int)strlen(sql);
  while (start < length) {
    CHECK_INT(hdb_prepare(connection, sql + start, length - start, &statement, &tail), SQLITE_OK);
    CHECK(tail > 0);
    start += tail;
    if (statement) {
      count++;
      const hdb_result *result = native_execute(statement, 0, ALL_BYTES, 0);
      CHECK_INT(native_value(result, 0, 0).integer, count);
      hdb_finalize(statement);
    }
  }
  CHECK_INT(count, 2);
  /* What follows the given length is not read. */
  CHECK_INT(hdb_prepare(connection, "SELECT 12", 8, &statement, &tail), SQLITE_OK);
  CHECK_INT(native_value(native_execute(statement, 0, ALL_BYTES, 0), 0, 0).integer, 1);
  hdb_finalize(statement);
  CHECK_INT(hdb_prepare(connection, "", 0, &statement, &tail), SQLITE_OK);
  CHECK(statement == 0);
  CHECK_INT(hdb_prepare(connection, "SELEC", 5, &statement, &tail), SQLITE_ERROR);
  CHECK(statement == 0);
  native_close(connection);
}

TEST(a_failed_open_tells_why_and_is_closed_as_any_other) {
  hdb_connection *connection;
  int rc = hdb_open(in_directory("no/such/directory"), SQLITE_OPEN_READWRITE, HDB_VFS_NAME,
                    &connection);
  CHECK_INT(rc & 0xff, SQLITE_CANTOPEN);
  CHECK_TEXT(sqlite3_errmsg(connection->db), "unable to open database file");
  native_close(connection);
  CHECK_INT(hdb_open("x", SQLITE_OPEN_READWRITE, "no-such-vfs", &connection), SQLITE_ERROR);
  native_close(connection);
}

TEST(two_writers_exclude_each_other) {
  hdb_connection *one = open_memory();
  hdb_connection *two = open_memory();
  script(one, "PRAGMA journal_mode=WAL; CREATE TABLE t(v); BEGIN IMMEDIATE");
  CHECK_INT(native_script(two, "BEGIN IMMEDIATE"), SQLITE_BUSY);
  CHECK_INT(hdb_state(two), HDB_STATE_AUTOCOMMIT);
  script(one, "COMMIT");
  script(two, "BEGIN IMMEDIATE; COMMIT");
  native_close(one);
  native_close(two);
}

TEST(functions_of_the_engine_are_on_its_connections) {
  hdb_connection *connection = open_memory();
  CHECK(strlen(query(connection->db, "SELECT heliosdb_version()")) > 0);
  native_close(connection);
  sqlite3 *stock = open_database(":memory:", STOCK_VFS);
  CHECK_INT(try_execute(stock, "SELECT heliosdb_version()"), SQLITE_ERROR);
  close_database(stock);
}
