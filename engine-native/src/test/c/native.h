/*
** Native statements for the tests: what the driver does with them, and the same on
** SQLite's own interface for comparison.
*/
#ifndef NATIVE_H
#define NATIVE_H

#include "support.h"

enum { ALL_BYTES = HDB_ROWS_BYTES, ALL_ROWS = 0 };

/* A value of a result. */
typedef struct value {
  int type;
  int left_out;
  int64_t integer;
  double number;
  const unsigned char *bytes;
  int64_t length;
} value;

uint64_t next_ticket(void);

hdb_connection *native_open(const char *path, const char *vfs);
void native_close(hdb_connection *connection);

/* Checks that the text is one valid statement. */
hdb_statement *native_prepare(hdb_connection *connection, const char *sql);

/* `parameters` may be null. */
const hdb_result *native_execute(hdb_statement *statement, const block *parameters, int max_bytes,
                                 int limit);
int native_batch(hdb_statement *statement, const block *parameters, int count, int64_t *changes,
                 int *done);

/* Checks that the value lies where it must. */
value native_value(const hdb_result *result, int row, int column);

/*
** Executes and reads to the end, values that were left out in pieces. Checks that every
** result is well formed. Adds rows and the last code to `out`, unless it is null, and
** returns that code.
*/
int native_run(hdb_statement *statement, const block *parameters, int max_bytes, int limit,
               text *out, int64_t *changes);

/* Prepares, runs and finalizes each statement of a text, up to the first that fails. */
int native_script(hdb_connection *connection, const char *sql);

/* As native_run, by SQLite's own functions. */
int stock_run(sqlite3 *db, const char *sql, const block *parameters, text *out, int64_t *changes);

#endif
