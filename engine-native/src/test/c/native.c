/*
** Native statements for the tests.
*/
#include "native.h"

#include <stdlib.h>
#include <string.h>

#include "check.h"

static uint64_t last_ticket;

uint64_t next_ticket(void) { return ++last_ticket; }

hdb_connection *native_open(const char *path, const char *vfs) {
  hdb_connection *connection;
  CHECK_INT(hdb_open(path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, vfs,
                     &connection),
            SQLITE_OK);
  return connection;
}

void native_close(hdb_connection *connection) { CHECK_INT(hdb_close(connection), SQLITE_OK); }

hdb_statement *native_prepare(hdb_connection *connection, const char *sql) {
  hdb_statement *statement;
  int tail;
  int rc = hdb_prepare(connection, sql, (int)strlen(sql), &statement, &tail);
  if (rc != SQLITE_OK || !statement) {
    check_fail(__FILE__, __LINE__, "%s: %d, %s", sql, rc, sqlite3_errmsg(connection->db));
  }
  return statement;
}

static int64_t take(hdb_statement *statement, const block *parameters) {
  unsigned char *room;
  if (!parameters || parameters->length == 0) return 0;
  room = hdb_parameters(statement, parameters->length);
  if (!room) return -1;
  memcpy(room, parameters->bytes, (size_t)parameters->length);
  return parameters->length;
}

const hdb_result *native_execute(hdb_statement *statement, const block *parameters, int max_bytes,
                                 int limit) {
  int64_t bytes = take(statement, parameters);
  if (bytes < 0) return 0;
  return hdb_execute(statement, bytes, max_bytes, limit, next_ticket());
}

int native_batch(hdb_statement *statement, const block *parameters, int count, int64_t *changes,
                 int *done) {
  int64_t bytes = take(statement, parameters);
  *done = 0;
  if (bytes < 0) return SQLITE_NOMEM;
  return hdb_batch(statement, bytes, count, changes, done, next_ticket());
}

static int32_t int32_at(const unsigned char *p) {
  int32_t number;
  memcpy(&number, p, sizeof number);
  return number;
}

static const unsigned char *row_at(const hdb_result *result, int row) {
  const unsigned char *p = (const unsigned char *)result + sizeof *result;
  while (row-- > 0) p += int32_at(p);
  return p;
}

value native_value(const hdb_result *result, int row, int column) {
  const unsigned char *p = row_at(result, row);
  const unsigned char *slot = p + 4 + result->columns + 8 * column;
  value it = {p[4 + column] & ~HDB_LARGE, (p[4 + column] & HDB_LARGE) != 0, 0, 0, 0, 0};
  CHECK(it.type >= SQLITE_INTEGER && it.type <= SQLITE_NULL);
  memcpy(&it.integer, slot, 8);
  memcpy(&it.number, slot, 8);
  if (it.type == SQLITE_TEXT || it.type == SQLITE_BLOB) {
    if (it.left_out) {
      it.length = it.integer;
    } else {
      int offset = int32_at(slot);
      it.length = int32_at(slot + 4);
      it.bytes = p + offset;
      CHECK(offset >= 4 + 9 * result->columns && it.length >= 0);
      CHECK(offset + it.length <= int32_at(p) && it.length <= HDB_INLINE_BYTES);
    }
  } else {
    CHECK(!it.left_out);
  }
  return it;
}

static void add_left_out(hdb_statement *statement, int column, const value *it, text *out) {
  enum { PIECE = 7000 };
  unsigned char *bytes = malloc((size_t)it->length + 1);
  int64_t done = 0;
  while (done < it->length) {
    int copied = hdb_read_large(statement, column, done, bytes + done,
                                it->length - done < PIECE ? (int)(it->length - done) : PIECE);
    if (copied <= 0) break;
    done += copied;
  }
  if (done == it->length) {
    CHECK_INT(hdb_read_large(statement, column, done, bytes, 1), 0);
    text_add_bytes(out, it->type, bytes, it->length);
  } else {
    text_add(out, "unreadable ");
  }
  free(bytes);
}

static void add_rows(hdb_statement *statement, const hdb_result *result, text *out) {
  const unsigned char *end = (const unsigned char *)result + result->bytes;
  CHECK(row_at(result, result->row_count) == end);
  for (int row = 0; row < result->row_count; row++) {
    for (int i = 0; i < result->columns; i++) {
      value it = native_value(result, row, i);
      CHECK(!it.left_out || row == result->row_count - 1);
      if (it.left_out) {
        add_left_out(statement, i, &it, out);
      } else if (it.type == SQLITE_NULL) {
        text_add_null(out);
      } else if (it.type == SQLITE_INTEGER) {
        text_add_integer(out, it.integer);
      } else if (it.type == SQLITE_FLOAT) {
        text_add_float(out, it.number);
      } else {
        text_add_bytes(out, it.type, it.bytes, it.length);
      }
    }
    text_add(out, "\n");
  }
}

int native_run(hdb_statement *statement, const block *parameters, int max_bytes, int limit,
               text *out, int64_t *changes) {
  text scratch = {0, 0, 0};
  const hdb_result *result = native_execute(statement, parameters, max_bytes, limit);
  int code;
  while (result) {
    CHECK(result->bytes >= (int)sizeof *result && result->bytes <= HDB_ROWS_BYTES);
    CHECK(result->bytes <= max_bytes || result->row_count <= 1);
    CHECK(limit == 0 || result->row_count <= limit);
    if (result->code != SQLITE_ROW) break;
    CHECK(result->row_count > 0);
    add_rows(statement, result, out ? out : &scratch);
    result = hdb_fetch(statement, max_bytes, limit, next_ticket());
  }
  code = result ? result->code : SQLITE_NOMEM;
  if (result) add_rows(statement, result, out ? out : &scratch);
  if (out) text_add(out, "code %d\n", code);
  if (changes) *changes = result ? result->changes : 0;
  text_free(&scratch);
  return code;
}

int native_script(hdb_connection *connection, const char *sql) {
  int left = (int)strlen(sql);
  while (left > 0) {
    hdb_statement *statement;
    int tail;
    int rc = hdb_prepare(connection, sql, left, &statement, &tail);
    if (rc != SQLITE_OK) return rc;
    if (!statement) break;
    rc = native_run(statement, 0, ALL_BYTES, ALL_ROWS, 0, 0);
    hdb_finalize(statement);
    if (rc != SQLITE_DONE) return rc;
    sql += tail;
    left -= tail;
  }
  return SQLITE_OK;
}

static void bind(sqlite3_stmt *stmt, const block *parameters) {
  const unsigned char *p = parameters ? parameters->bytes : 0;
  for (int i = 1; i <= sqlite3_bind_parameter_count(stmt); i++) {
    int type = *p++;
    if (type == SQLITE_INTEGER) {
      sqlite3_int64 integer;
      memcpy(&integer, p, 8);
      sqlite3_bind_int64(stmt, i, integer);
      p += 8;
    } else if (type == SQLITE_FLOAT) {
      double number;
      memcpy(&number, p, 8);
      sqlite3_bind_double(stmt, i, number);
      p += 8;
    } else if (type == SQLITE_TEXT || type == SQLITE_BLOB) {
      int length = int32_at(p);
      p += 4;
      if (type == SQLITE_TEXT) {
        sqlite3_bind_text(stmt, i, (const char *)p, length, SQLITE_STATIC);
      } else {
        sqlite3_bind_blob(stmt, i, p, length, SQLITE_STATIC);
      }
      p += length;
    }
  }
}

int stock_run(sqlite3 *db, const char *sql, const block *parameters, text *out, int64_t *changes) {
  int64_t before = sqlite3_total_changes64(db);
  sqlite3_stmt *stmt;
  int rc = sqlite3_prepare_v2(db, sql, -1, &stmt, 0);
  if (rc != SQLITE_OK) return rc;
  bind(stmt, parameters);
  while ((rc = sqlite3_step(stmt)) == SQLITE_ROW) {
    for (int i = 0; i < sqlite3_column_count(stmt); i++) {
      int type = sqlite3_column_type(stmt, i);
      if (type == SQLITE_NULL) text_add_null(out);
      if (type == SQLITE_INTEGER) text_add_integer(out, sqlite3_column_int64(stmt, i));
      if (type == SQLITE_FLOAT) text_add_float(out, sqlite3_column_double(stmt, i));
      if (type == SQLITE_TEXT || type == SQLITE_BLOB) {
        const void *bytes = type == SQLITE_TEXT ? (const void *)sqlite3_column_text(stmt, i)
                                                : sqlite3_column_blob(stmt, i);
        text_add_bytes(out, type, bytes, sqlite3_column_bytes(stmt, i));
      }
    }
    text_add(out, "\n");
  }
  if (rc != SQLITE_DONE) rc = sqlite3_extended_errcode(db);
  *changes = rc == SQLITE_DONE && sqlite3_total_changes64(db) != before ? sqlite3_changes64(db) : 0;
  sqlite3_finalize(stmt);
  text_add(out, "code %d\n", rc);
  return rc;
}
