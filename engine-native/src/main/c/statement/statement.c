/*
** Native statements. The formats are described in statement.h.
*/
#include "statement.h"

#include <string.h>

#include "../heliosdb.h"
#include "../storage/vfs.h"
#include "callbacks.h"

/* A block of parameters that ends too early or names no type. */
enum { BAD_PARAMETERS = SQLITE_MISUSE };

/*
** `running` between two calls, which nobody can cancel: SQLite asks is_cancelled while
** it prepares a statement, too, and a cancellation that came late must not end that.
*/
enum { NO_CALL = 0 };

static int is_cancelled(void *argument) {
  hdb_connection *connection = argument;
  uint64_t running = __atomic_load_n(&connection->running, __ATOMIC_RELAXED);
  return running != NO_CALL && running == __atomic_load_n(&connection->cancelled, __ATOMIC_RELAXED);
}

/*
** SQLite asks once more when the statement has ended, and committed. Telling then that
** it was cancelled would be wrong.
*/
static int on_progress(void *argument) {
  return is_cancelled(argument) && sqlite.stmt_busy(((hdb_connection *)argument)->stmt);
}

/* Takes the place of SQLite's own hook, which would checkpoint on the thread that commits. */
static int after_commit(void *argument, sqlite3 *db, const char *schema, int frames) {
  (void)db;
  if (strcmp(schema, "main") == 0) ((hdb_connection *)argument)->wal_frames = frames;
  return SQLITE_OK;
}

int hdb_open(const char *path, int flags, const char *vfs, hdb_connection **out) {
  hdb_connection *connection = sqlite.malloc64(sizeof *connection);
  int rc;

  *out = connection;
  if (!connection) return SQLITE_NOMEM;
  memset(connection, 0, sizeof *connection);
  rc = sqlite.open_v2(path, &connection->db, flags, vfs);
  if (rc != SQLITE_OK) return connection->db ? sqlite.extended_errcode(connection->db) : rc;
  connection->rows = sqlite.malloc64(HDB_ROWS_BYTES);
  if (!connection->rows) return SQLITE_NOMEM;
  sqlite.extended_result_codes(connection->db, 1);
  sqlite.progress_handler(connection->db, HDB_PROGRESS_STEPS, on_progress, connection);
  sqlite.wal_hook(connection->db, after_commit, connection);
  rc = hdb_vfs_prepare(connection->db);
  return rc == SQLITE_OK ? hdb_register_functions(connection->db) : rc;
}

int hdb_close(hdb_connection *connection) {
  int rc = connection->db ? sqlite.close_v2(connection->db) : SQLITE_OK;
  sqlite.free(connection->rows);
  sqlite.free(connection);
  return rc;
}

int hdb_prepare(hdb_connection *connection, const char *sql, int bytes, hdb_statement **out,
                int *tail) {
  const char *end;
  sqlite3_stmt *stmt;
  hdb_statement *statement;
  int rc;

  *out = 0;
  *tail = bytes;
  rc = sqlite.prepare_v3(connection->db, sql, bytes, SQLITE_PREPARE_PERSISTENT, &stmt, &end);
  if (rc != SQLITE_OK) return rc;
  *tail = (int)(end - sql);
  if (!stmt) return SQLITE_OK;
  statement = sqlite.malloc64(sizeof *statement);
  if (!statement) {
    sqlite.finalize(stmt);
    return SQLITE_NOMEM;
  }
  memset(statement, 0, sizeof *statement);
  statement->connection = connection;
  statement->stmt = stmt;
  statement->parameter_count = sqlite.bind_parameter_count(stmt);
  *out = statement;
  return SQLITE_OK;
}

static void release_large(hdb_statement *statement) {
  for (int i = 0; i < statement->large_count; i++) hdb_bytes_release(statement->large[i]);
  sqlite.free(statement->large);
  statement->large = 0;
  statement->large_count = 0;
}

void hdb_finalize(hdb_statement *statement) {
  sqlite.finalize(statement->stmt);
  release_large(statement);
  sqlite.free(statement->parameters);
  sqlite.free(statement);
}

/*
** A statement waits in a cache for its next use: a block that held something large is
** not worth keeping. Nothing reads the bindings before they are set anew, yet none may
** point into memory that is gone.
*/
static void drop_large_parameters(hdb_statement *statement) {
  if (statement->parameters_capacity <= HDB_KEPT_PARAMETER_BYTES && !statement->large) return;
  sqlite.clear_bindings(statement->stmt);
  release_large(statement);
  if (statement->parameters_capacity <= HDB_KEPT_PARAMETER_BYTES) return;
  sqlite.free(statement->parameters);
  statement->parameters = 0;
  statement->parameters_capacity = 0;
}

/* Ends the execution; returns what SQLite says of it. */
static int end_execution(hdb_statement *statement) {
  int rc = statement->active ? sqlite.reset(statement->stmt) : SQLITE_OK;
  statement->active = 0;
  statement->on_unread_row = 0;
  drop_large_parameters(statement);
  return rc;
}

void hdb_reset(hdb_statement *statement) {
  if (statement->active) end_execution(statement);
}

unsigned char *hdb_parameters(hdb_statement *statement, int64_t bytes) {
  hdb_reset(statement);
  if (bytes > statement->parameters_capacity || !statement->parameters) {
    int64_t capacity = bytes < 64 ? 64 : bytes;
    unsigned char *parameters = sqlite.malloc64((uint64_t)capacity);
    if (!parameters) return 0;
    sqlite.free(statement->parameters);
    statement->parameters = parameters;
    statement->parameters_capacity = capacity;
  }
  return statement->parameters;
}

int hdb_use_bytes(hdb_statement *statement, hdb_bytes *const *large, int count) {
  hdb_reset(statement);
  release_large(statement);
  if (count == 0) return SQLITE_OK;
  statement->large = sqlite.malloc64((uint64_t)count * sizeof *large);
  if (!statement->large) return SQLITE_NOMEM;
  memcpy(statement->large, large, (size_t)count * sizeof *large);
  statement->large_count = count;
  for (int i = 0; i < count; i++) hdb_bytes_hold(large[i]);
  return SQLITE_OK;
}

static int bind_large(hdb_statement *statement, int parameter, int type, int32_t place) {
  if (place < 0 || place >= statement->large_count) return BAD_PARAMETERS;
  const hdb_bytes *bytes = statement->large[place];
  if (type == SQLITE_TEXT) {
    return sqlite.bind_text64(statement->stmt, parameter, (const char *)bytes->data,
                              (uint64_t)bytes->length, SQLITE_STATIC, SQLITE_UTF8);
  }
  return sqlite.bind_blob64(statement->stmt, parameter, bytes->data, (uint64_t)bytes->length,
                            SQLITE_STATIC);
}

/*
** Binds one set of parameters. The values stay where they are: the block outlives
** their use, as it is not touched while the statement is active. *next is moved
** behind the set; a block that ends too early or names no type is refused.
*/
static int bind_set(hdb_statement *statement, const unsigned char **next,
                    const unsigned char *end) {
  const unsigned char *p = *next;
  sqlite3_stmt *stmt = statement->stmt;
  int rc = SQLITE_OK;

  for (int i = 1; i <= statement->parameter_count && rc == SQLITE_OK; i++) {
    if (p == end) return BAD_PARAMETERS;
    int type = *p++;
    if (type == SQLITE_NULL) {
      rc = sqlite.bind_null(stmt, i);
    } else if (type == SQLITE_INTEGER || type == SQLITE_FLOAT) {
      if (end - p < 8) return BAD_PARAMETERS;
      if (type == SQLITE_INTEGER) {
        int64_t value;
        memcpy(&value, p, sizeof value);
        rc = sqlite.bind_int64(stmt, i, value);
      } else {
        double value;
        memcpy(&value, p, sizeof value);
        rc = sqlite.bind_double(stmt, i, value);
      }
      p += 8;
    } else if (type == SQLITE_TEXT || type == SQLITE_BLOB) {
      int32_t length;
      if (end - p < 4) return BAD_PARAMETERS;
      memcpy(&length, p, sizeof length);
      p += 4;
      if (length < 0 || end - p < length) return BAD_PARAMETERS;
      if (type == SQLITE_TEXT) {
        rc = sqlite.bind_text64(stmt, i, (const char *)p, (uint64_t)length, SQLITE_STATIC,
                                SQLITE_UTF8);
      } else {
        rc = sqlite.bind_blob64(stmt, i, p, (uint64_t)length, SQLITE_STATIC);
      }
      p += length;
    } else if (type == (SQLITE_TEXT | HDB_LARGE) || type == (SQLITE_BLOB | HDB_LARGE)) {
      int32_t place;
      if (end - p < 4) return BAD_PARAMETERS;
      memcpy(&place, p, sizeof place);
      p += 4;
      rc = bind_large(statement, i, type & ~HDB_LARGE, place);
    } else {
      return BAD_PARAMETERS;
    }
  }
  *next = p;
  return rc;
}

typedef struct row_writer {
  unsigned char *row; /* where the row begins */
  int capacity;       /* bytes up to the result's end */
  int used;
} row_writer;

static void put_int32(unsigned char *out, int32_t value) { memcpy(out, &value, sizeof value); }
static void put_int64(unsigned char *out, int64_t value) { memcpy(out, &value, sizeof value); }

/*
** Puts a text or blob. Returns 1 if the row holds it, 0 if it was left out, -1 if there
** is no memory to convert it.
*/
static int put_bytes(row_writer *writer, unsigned char *slot, sqlite3_value *value, int type) {
  /* A blob's length is asked for first: out of memory, SQLite makes a zeroblob null. */
  int length = type == SQLITE_BLOB ? sqlite.value_bytes(value) : 0;
  const void *bytes = type == SQLITE_TEXT ? sqlite.value_text(value) : sqlite.value_blob(value);
  if (type == SQLITE_TEXT) length = sqlite.value_bytes(value);
  if (!bytes && (type == SQLITE_TEXT || length > 0)) return -1;
  if (length > HDB_INLINE_BYTES || length > writer->capacity - writer->used) {
    put_int64(slot, length);
    return 0;
  }
  put_int32(slot, writer->used);
  put_int32(slot + 4, length);
  if (length > 0) memcpy(writer->row + writer->used, bytes, (size_t)length);
  writer->used += length;
  return 1;
}

/*
** Encodes the current row. Returns its length, or 0 if it does not fit as a whole and
** `required` is not set, or -1 when out of memory. *left_out tells whether a value was
** left out. A required row always fits, with its longer values left out.
*/
static int encode_row(hdb_statement *statement, int columns, unsigned char *out, int capacity,
                      int required, int *left_out) {
  row_writer writer = {out, capacity, 4 + columns * 9};
  *left_out = 0;
  if (writer.used > capacity) return 0;
  unsigned char *types = out + 4;
  unsigned char *slots = types + columns;
  for (int i = 0; i < columns; i++) {
    sqlite3_value *value = sqlite.column_value(statement->stmt, i);
    unsigned char *slot = slots + 8 * (int64_t)i;
    int type = sqlite.value_type(value);
    types[i] = (unsigned char)type;
    if (type == SQLITE_INTEGER) {
      put_int64(slot, sqlite.value_int64(value));
    } else if (type == SQLITE_FLOAT) {
      double number = sqlite.value_double(value);
      memcpy(slot, &number, sizeof number);
    } else if (type == SQLITE_NULL) {
      put_int64(slot, 0);
    } else {
      int put = put_bytes(&writer, slot, value, type);
      if (put < 0) return -1;
      if (put == 0) {
        if (!required) return 0;
        types[i] |= HDB_LARGE;
        *left_out = 1;
      }
    }
  }
  put_int32(out, writer.used);
  return writer.used;
}

int hdb_state(hdb_connection *connection) {
  int transaction = sqlite.txn_state(connection->db, 0);
  int state = sqlite.get_autocommit(connection->db) ? HDB_STATE_AUTOCOMMIT : 0;
  if (transaction >= 1) state |= HDB_STATE_READING;
  if (transaction >= 2) state |= HDB_STATE_WRITING;
  return state;
}

/*
** SQLite counts the changes of the last statement that changed anything; a
** statement that changed nothing at all, such as a CREATE TABLE, counts as 0. So does
** one that only reads, though others may have written between its first row and its last.
*/
static int64_t changes_since(hdb_statement *statement, int64_t changes_from) {
  sqlite3 *db = statement->connection->db;
  if (sqlite.stmt_readonly(statement->stmt)) return 0;
  return sqlite.total_changes64(db) == changes_from ? 0 : sqlite.changes64(db);
}

static void start_call(hdb_statement *statement, uint64_t ticket) {
  hdb_connection *connection = statement->connection;
  connection->stmt = statement->stmt;
  __atomic_store_n(&connection->running, ticket, __ATOMIC_RELAXED);
}

static void end_call(hdb_connection *connection) {
  __atomic_store_n(&connection->running, NO_CALL, __ATOMIC_RELAXED);
}

/* What follows the block of parameters; null if there never was one. */
static const unsigned char *parameters_end(const hdb_statement *statement, int64_t bytes) {
  return statement->parameters ? statement->parameters + bytes : 0;
}

static const hdb_result *finish(hdb_statement *statement, int code, int rows, int bytes,
                                int columns) {
  hdb_connection *connection = statement->connection;
  hdb_result result;
  if (code != SQLITE_ROW) {
    int reset = end_execution(statement);
    if (code == SQLITE_DONE && reset != SQLITE_OK) code = reset;
  }
  result.code = code;
  result.row_count = rows;
  result.bytes = bytes;
  result.columns = columns;
  result.changes = code == SQLITE_DONE ? changes_since(statement, statement->changes_from) : 0;
  result.last_rowid = sqlite.last_insert_rowid(connection->db);
  result.state = hdb_state(connection);
  result.reprepared = sqlite.stmt_status(statement->stmt, SQLITE_STMTSTATUS_REPREPARE, 0);
  result.wal_frames = connection->wal_frames;
  result.unused = 0;
  memcpy(connection->rows, &result, sizeof result);
  end_call(connection);
  return (const hdb_result *)(const void *)connection->rows;
}

static const hdb_result *read_rows(hdb_statement *statement, int max_bytes, int limit) {
  unsigned char *out = statement->connection->rows;
  int used = (int)sizeof(hdb_result);
  int rows = 0;
  int columns = -1;
  int code = SQLITE_ROW;

  if (max_bytes > HDB_ROWS_BYTES) max_bytes = HDB_ROWS_BYTES;
  while (limit == 0 || rows < limit) {
    if (!statement->on_unread_row) {
      statement->active = 1;
      code = hdb_after_comparisons(statement->connection, statement->stmt,
                                   sqlite.step(statement->stmt));
      if (code != SQLITE_ROW) break;
      statement->on_unread_row = 1;
    }
    /* Asked for after the first step, which may have prepared the statement anew. */
    if (columns < 0) columns = sqlite.column_count(statement->stmt);
    int required = rows == 0;
    int left_out;
    int length = encode_row(statement, columns, out + used,
                            (required ? HDB_ROWS_BYTES : max_bytes) - used, required, &left_out);
    if (length <= 0) {
      if (length < 0) code = SQLITE_NOMEM;
      /* The columns alone, without any text or blob, are longer than a result. */
      if (length == 0 && required) code = SQLITE_TOOBIG;
      break;
    }
    statement->on_unread_row = 0;
    used += length;
    rows++;
    if (left_out) break;
  }
  if (columns < 0) columns = sqlite.column_count(statement->stmt);
  return finish(statement, code, rows, used, columns);
}

const hdb_result *hdb_execute(hdb_statement *statement, int64_t bytes, int max_bytes, int limit,
                              uint64_t ticket) {
  const unsigned char *next = statement->parameters;
  int rc = SQLITE_OK;

  start_call(statement, ticket);
  hdb_reset(statement);
  statement->changes_from = sqlite.total_changes64(statement->connection->db);
  if (statement->parameter_count > 0) {
    rc = bind_set(statement, &next, parameters_end(statement, bytes));
  }
  if (rc != SQLITE_OK) return finish(statement, rc, 0, (int)sizeof(hdb_result), 0);
  return read_rows(statement, max_bytes, limit);
}

const hdb_result *hdb_fetch(hdb_statement *statement, int max_bytes, int limit, uint64_t ticket) {
  start_call(statement, ticket);
  if (!statement->active) return finish(statement, SQLITE_MISUSE, 0, (int)sizeof(hdb_result), 0);
  return read_rows(statement, max_bytes, limit);
}

int hdb_batch(hdb_statement *statement, int64_t bytes, int count, int64_t *changes, int *done,
              uint64_t ticket) {
  hdb_connection *connection = statement->connection;
  const unsigned char *next = statement->parameters;
  const unsigned char *end = parameters_end(statement, bytes);
  int rc = SQLITE_OK;

  *done = 0;
  start_call(statement, ticket);
  hdb_reset(statement);
  while (*done < count && rc == SQLITE_OK) {
    int64_t changes_from = sqlite.total_changes64(connection->db);
    if (statement->parameter_count > 0) rc = bind_set(statement, &next, end);
    if (rc == SQLITE_OK && is_cancelled(connection)) rc = SQLITE_INTERRUPT;
    if (rc != SQLITE_OK) break;
    statement->active = 1;
    while ((rc = sqlite.step(statement->stmt)) == SQLITE_ROW) {
    }
    rc = hdb_after_comparisons(connection, statement->stmt, rc);
    int reset = sqlite.reset(statement->stmt);
    statement->active = 0;
    rc = rc == SQLITE_DONE ? reset : rc;
    if (rc == SQLITE_OK) changes[(*done)++] = changes_since(statement, changes_from);
  }
  drop_large_parameters(statement);
  end_call(connection);
  return rc;
}

int hdb_read_large(hdb_statement *statement, int column, int64_t offset, void *out, int bytes) {
  sqlite3_value *value;
  const unsigned char *data;
  int64_t available;

  if (!statement->active || statement->on_unread_row || column < 0 || offset < 0 ||
      column >= sqlite.column_count(statement->stmt)) {
    return -1;
  }
  value = sqlite.column_value(statement->stmt, column);
  int is_text = sqlite.value_type(value) == SQLITE_TEXT;
  int length = is_text ? 0 : sqlite.value_bytes(value);
  data = is_text ? sqlite.value_text(value) : sqlite.value_blob(value);
  if (is_text && !data) return -1;
  if (is_text) length = sqlite.value_bytes(value);
  available = length - offset;
  if (available <= 0) return 0;
  if (!data) return -1;
  if (bytes > available) bytes = (int)available;
  memcpy(out, data + offset, (size_t)bytes);
  return bytes;
}

void hdb_cancel(hdb_connection *connection, uint64_t ticket) {
  __atomic_store_n(&connection->cancelled, ticket, __ATOMIC_RELAXED);
}
