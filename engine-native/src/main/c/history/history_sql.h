/*
** The history in SQL.
*/
#ifndef HELIOSDB_HISTORY_SQL_H
#define HELIOSDB_HISTORY_SQL_H

#include "../sqlite_abi.h"

/* Bytes of a time as text, with its end. */
enum { HDB_TIME_BYTES = 32 };

/* Writes a time in ISO-8601: 2026-11-22T10:15:00.123456Z. */
void hdb_time_text(int64_t microseconds, char out[HDB_TIME_BYTES]);

/* Registers functions and tables on a connection. */
int hdb_history_register(sqlite3 *db);

/* Its share that is in history_tables.c. */
int hdb_history_tables_register(sqlite3 *db);

#endif
