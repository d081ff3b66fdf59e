/*
** SQL functions, aggregates and collations that the host language implements. This side
** encodes arguments and decodes results; how the host is called is a hdb_host, so that
** nothing here knows of JNI.
**
** Arguments go over as a block of parameters (statement.h) behind an int32, their number.
** A result is a block of one value, or HDB_FAILED with a message: int32 length, so many
** bytes of UTF-8.
**
** A comparison cannot report an error to SQLite. When one fails, the statement fails as
** soon as SQLite returns, and what it wrote is rolled back, with the transaction it is in:
** an index may have got entries in the wrong place.
*/
#ifndef HELIOSDB_CALLBACKS_H
#define HELIOSDB_CALLBACKS_H

#include "statement.h"

/* What is wanted of a function. */
typedef enum hdb_call {
  HDB_CALL_FUNCTION = 0, /* a result for the arguments */
  HDB_CALL_STEP = 1,     /* the arguments come into a group of rows */
  HDB_CALL_INVERSE = 2,  /* the arguments leave the group */
  HDB_CALL_VALUE = 3,    /* a result for the group as it is */
  HDB_CALL_FINAL = 4     /* a result for the group, which ends */
} hdb_call;

enum { HDB_FAILED = 0 };

typedef struct hdb_host {
  /*
  ** Calls a function. `group` tells groups of rows of an aggregate apart, the first
  ** being 1; 0 is a group without rows. Returns SQLITE_OK with the result in memory of
  ** sqlite.malloc64, or an error code with *result null.
  */
  int (*call)(void *object, hdb_call what, int64_t group, const unsigned char *arguments,
              int64_t bytes, unsigned char **result, int64_t *result_bytes);
  /* Compares texts in UTF-8: *order is negative, 0 or positive. Returns a result code. */
  int (*compare)(void *object, int bytes1, const void *text1, int bytes2, const void *text2,
                 int *order);
  /* SQLite does not need the object any more. */
  void (*release)(void *object);
} hdb_host;

/* Forms of functions. */
typedef enum hdb_function_kind {
  HDB_SCALAR = 0,
  HDB_AGGREGATE = 1,
  HDB_WINDOW = 2 /* an aggregate that rows can leave */
} hdb_function_kind;

/*
** Registers a function. `flags` are SQLITE_DETERMINISTIC, SQLITE_DIRECTONLY and
** SQLITE_INNOCUOUS. The object is the connection's from now on, on errors too.
*/
int hdb_create_function(hdb_connection *connection, const char *name, int arguments,
                        hdb_function_kind kind, int flags, const hdb_host *host, void *object);

/* Takes a function away; one of SQLite's own that it replaced does not come back. */
int hdb_drop_function(hdb_connection *connection, const char *name, int arguments);

/* Registers a collation. The object is the connection's from now on, on errors too. */
int hdb_create_collation(hdb_connection *connection, const char *name, const hdb_host *host,
                         void *object);

int hdb_drop_collation(hdb_connection *connection, const char *name);

/*
** What a call into SQLite amounts to that answered `code`: an error if a comparison failed
** meanwhile. Then `stmt` is reset and the transaction is rolled back.
*/
int hdb_after_comparisons(hdb_connection *connection, sqlite3_stmt *stmt, int code);

#endif
