/*
** A database file as it was at a point: read-only, and never changing.
*/
#ifndef HELIOSDB_SNAPSHOT_H
#define HELIOSDB_SNAPSHOT_H

#include "../storage/database.h"

/* Memory that a snapshot's file takes. */
int hdb_snapshot_bytes(void);

/*
** Opens the state that the point `scn`, a decimal number, left. SQLITE_CANTOPEN if it
** cannot be read. The file holds a handle of the database from then on.
*/
int hdb_snapshot_open(hdb_database *database, const char *scn, sqlite3_file *file);

/*
** The URI of a file with a parameter, which is not encoded; freed with sqlite.free, null if
** there is no memory.
*/
char *hdb_file_uri(const char *path, const char *parameter);

#endif
