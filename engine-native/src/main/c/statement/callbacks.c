/*
** Functions, aggregates and collations of the host language. The formats are described in
** callbacks.h.
*/
#include "callbacks.h"

#include <string.h>

#include "../heliosdb.h"

/* What SQLite keeps for a function or collation. */
typedef struct callback {
  hdb_connection *connection;
  const hdb_host *host;
  void *object;
  int64_t groups; /* begun so far */
} callback;

enum { FEW_BYTES = 256 };

/* Arguments on their way out; a few of them need no memory of their own. */
typedef struct arguments {
  unsigned char *bytes;
  int64_t length;
  int64_t capacity;
  unsigned char few[FEW_BYTES];
} arguments;

/* Room for so many more bytes; null when out of memory. */
static unsigned char *reserve(arguments *out, int64_t more) {
  if (out->length + more > out->capacity) {
    int64_t capacity = 2 * (out->length + more);
    int in_few = out->bytes == out->few;
    unsigned char *grown = sqlite.realloc64(in_few ? 0 : out->bytes, (uint64_t)capacity);
    if (!grown) return 0;
    if (in_few) memcpy(grown, out->few, (size_t)out->length);
    out->bytes = grown;
    out->capacity = capacity;
  }
  unsigned char *room = out->bytes + out->length;
  out->length += more;
  return room;
}

static int put_eight(arguments *out, int type, const void *bytes) {
  unsigned char *p = reserve(out, 9);
  if (!p) return SQLITE_NOMEM;
  *p = (unsigned char)type;
  memcpy(p + 1, bytes, 8);
  return SQLITE_OK;
}

static int put_value(arguments *out, sqlite3_value *value) {
  int type = sqlite.value_type(value);
  if (type == SQLITE_INTEGER) {
    int64_t integer = sqlite.value_int64(value);
    return put_eight(out, type, &integer);
  }
  if (type == SQLITE_FLOAT) {
    double number = sqlite.value_double(value);
    return put_eight(out, type, &number);
  }
  if (type == SQLITE_NULL) {
    unsigned char *p = reserve(out, 1);
    if (!p) return SQLITE_NOMEM;
    *p = SQLITE_NULL;
    return SQLITE_OK;
  }
  /* A blob's length is asked for first: out of memory, SQLite makes a zeroblob null. */
  int32_t length = type == SQLITE_BLOB ? sqlite.value_bytes(value) : 0;
  const void *bytes = type == SQLITE_TEXT ? sqlite.value_text(value) : sqlite.value_blob(value);
  if (type == SQLITE_TEXT) length = sqlite.value_bytes(value);
  if (!bytes && (type == SQLITE_TEXT || length > 0)) return SQLITE_NOMEM;
  unsigned char *p = reserve(out, 5 + (int64_t)length);
  if (!p) return SQLITE_NOMEM;
  *p = (unsigned char)type;
  memcpy(p + 1, &length, 4);
  if (length > 0) memcpy(p + 5, bytes, (size_t)length);
  return SQLITE_OK;
}

static int put_arguments(arguments *out, int argc, sqlite3_value **argv) {
  int32_t count = argc;
  unsigned char *p;
  int rc = SQLITE_OK;
  out->bytes = out->few;
  out->length = 0;
  out->capacity = FEW_BYTES;
  p = reserve(out, 4);
  memcpy(p, &count, 4);
  for (int i = 0; i < argc && rc == SQLITE_OK; i++) rc = put_value(out, argv[i]);
  return rc;
}

static void result_error_code(sqlite3_context *context, int rc) {
  if (rc == SQLITE_NOMEM) {
    sqlite.result_error_nomem(context);
  } else {
    sqlite.result_error_code(context, rc);
  }
}

/* Gives SQLite a result of the host's, which may be anything. */
static void take_result(sqlite3_context *context, const unsigned char *p, int64_t bytes) {
  int type = bytes > 0 ? *p : -1;
  int32_t length;
  if (type == SQLITE_NULL) {
    sqlite.result_null(context);
  } else if (type == SQLITE_INTEGER && bytes >= 9) {
    int64_t integer;
    memcpy(&integer, p + 1, 8);
    sqlite.result_int64(context, integer);
  } else if (type == SQLITE_FLOAT && bytes >= 9) {
    double number;
    memcpy(&number, p + 1, 8);
    sqlite.result_double(context, number);
  } else if ((type == SQLITE_TEXT || type == SQLITE_BLOB || type == HDB_FAILED) && bytes >= 5) {
    memcpy(&length, p + 1, 4);
    if (length < 0 || length > bytes - 5) {
      result_error_code(context, SQLITE_MISUSE);
    } else if (type == SQLITE_TEXT) {
      sqlite.result_text64(context, (const char *)p + 5, (uint64_t)length, SQLITE_TRANSIENT,
                           SQLITE_UTF8);
    } else if (type == SQLITE_BLOB) {
      sqlite.result_blob64(context, p + 5, (uint64_t)length, SQLITE_TRANSIENT);
    } else {
      sqlite.result_error(context, (const char *)p + 5, length);
    }
  } else {
    result_error_code(context, SQLITE_MISUSE);
  }
}

static void call(sqlite3_context *context, hdb_call what, int64_t group, int argc,
                 sqlite3_value **argv) {
  callback *it = sqlite.user_data(context);
  unsigned char *result = 0;
  int64_t bytes = 0;
  arguments out;
  int rc = put_arguments(&out, argc, argv);
  if (rc == SQLITE_OK) {
    rc = it->host->call(it->object, what, group, out.bytes, out.length, &result, &bytes);
  }
  if (out.bytes != out.few) sqlite.free(out.bytes);
  if (rc != SQLITE_OK) {
    result_error_code(context, rc);
  } else if (what == HDB_CALL_STEP || what == HDB_CALL_INVERSE) {
    /* These have no result, but may fail. */
    if (bytes > 0 && *result == HDB_FAILED) take_result(context, result, bytes);
  } else {
    take_result(context, result, bytes);
  }
  sqlite.free(result);
}

/* The group of rows that is meant; 0 if it has none, and with `begin` -1 without memory. */
static int64_t group_of(sqlite3_context *context, int begin) {
  int64_t *group = sqlite.aggregate_context(context, begin ? (int)sizeof *group : 0);
  if (!group) return begin ? -1 : 0;
  if (*group == 0 && begin) *group = ++((callback *)sqlite.user_data(context))->groups;
  return *group;
}

static void on_function(sqlite3_context *context, int argc, sqlite3_value **argv) {
  call(context, HDB_CALL_FUNCTION, 0, argc, argv);
}

static void on_row(sqlite3_context *context, hdb_call what, int argc, sqlite3_value **argv) {
  int64_t group = group_of(context, 1);
  if (group < 0) {
    sqlite.result_error_nomem(context);
  } else {
    call(context, what, group, argc, argv);
  }
}

static void on_step(sqlite3_context *context, int argc, sqlite3_value **argv) {
  on_row(context, HDB_CALL_STEP, argc, argv);
}

static void on_inverse(sqlite3_context *context, int argc, sqlite3_value **argv) {
  on_row(context, HDB_CALL_INVERSE, argc, argv);
}

static void on_value(sqlite3_context *context) {
  call(context, HDB_CALL_VALUE, group_of(context, 0), 0, 0);
}

static void on_final(sqlite3_context *context) {
  call(context, HDB_CALL_FINAL, group_of(context, 0), 0, 0);
}

static void destroy(void *argument) {
  callback *it = argument;
  it->host->release(it->object);
  sqlite.free(it);
}

static callback *new_callback(hdb_connection *connection, const hdb_host *host, void *object) {
  callback *it = sqlite.malloc64(sizeof *it);
  if (!it) {
    host->release(object);
    return 0;
  }
  it->connection = connection;
  it->host = host;
  it->object = object;
  it->groups = 0;
  return it;
}

int hdb_create_function(hdb_connection *connection, const char *name, int arguments_wanted,
                        hdb_function_kind kind, int flags, const hdb_host *host, void *object) {
  callback *it = new_callback(connection, host, object);
  if (!it) return SQLITE_NOMEM;
  /* On errors, SQLite calls destroy. */
  flags |= SQLITE_UTF8;
  if (kind == HDB_WINDOW) {
    return sqlite.create_window_function(connection->db, name, arguments_wanted, flags, it, on_step,
                                         on_final, on_value, on_inverse, destroy);
  }
  return sqlite.create_function_v2(connection->db, name, arguments_wanted, flags, it,
                                   kind == HDB_SCALAR ? on_function : 0,
                                   kind == HDB_AGGREGATE ? on_step : 0,
                                   kind == HDB_AGGREGATE ? on_final : 0, destroy);
}

int hdb_drop_function(hdb_connection *connection, const char *name, int arguments_wanted) {
  return sqlite.create_function_v2(connection->db, name, arguments_wanted, SQLITE_UTF8, 0, 0, 0, 0,
                                   0);
}

static int on_compare(void *argument, int bytes1, const void *text1, int bytes2,
                      const void *text2) {
  callback *it = argument;
  int order = 0;
  if (it->connection->comparison_failed) return 0;
  int rc = it->host->compare(it->object, bytes1, text1, bytes2, text2, &order);
  if (rc == SQLITE_OK) return order;
  it->connection->comparison_failed = rc;
  return 0;
}

/* A statement that is a transaction of its own must not commit after a failed comparison. */
static int on_commit(void *argument) {
  hdb_connection *connection = argument;
  return connection->comparison_failed != 0;
}

int hdb_create_collation(hdb_connection *connection, const char *name, const hdb_host *host,
                         void *object) {
  callback *it = new_callback(connection, host, object);
  if (!it) return SQLITE_NOMEM;
  sqlite.commit_hook(connection->db, on_commit, connection);
  int rc = sqlite.create_collation_v2(connection->db, name, SQLITE_UTF8, it, on_compare, destroy);
  /* Other than for functions, SQLite leaves it to the caller on errors. */
  if (rc != SQLITE_OK) destroy(it);
  return rc;
}

int hdb_drop_collation(hdb_connection *connection, const char *name) {
  return sqlite.create_collation_v2(connection->db, name, SQLITE_UTF8, 0, 0, 0);
}

int hdb_after_comparisons(hdb_connection *connection, sqlite3_stmt *stmt, int code) {
  int failed = connection->comparison_failed;
  if (!failed) return code;
  sqlite.reset(stmt);
  if (sqlite.txn_state(connection->db, 0) >= 2) {
    /* If it fails, SQLite has rolled back by itself. */
    sqlite.exec(connection->db, "ROLLBACK", 0, 0, 0);
  }
  connection->comparison_failed = 0;
  return failed;
}
