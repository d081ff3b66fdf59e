/*
** The "heliosdb" VFS: database files that belong to one process. See vfs.c.
*/
#ifndef HELIOSDB_VFS_H
#define HELIOSDB_VFS_H

#include "cipher.h"

#define HDB_VFS_NAME "heliosdb"

/*
** Registers the VFS over the platform's default one, not as the default itself.
** Calling it again does nothing. Returns a result code.
*/
int hdb_vfs_register(void);

/*
** Makes a key a VFS of its own, whose files are encrypted by it: see cipher.h. `kdf` and
** `iterations`, a multiple of 1000 below 65,536,000, are for databases that are made.
** Takes the source over, whether or not it succeeds; *out is the registration, which
** hdb_vfs_release_key gives up. Thread-safe.
*/
int hdb_vfs_register_key(hdb_key_source *source, int kdf, uint32_t iterations, hdb_key **out);
void hdb_vfs_release_key(hdb_key *key);

/*
** What a connection needs that has just been opened, if its main database is encrypted:
** room in the pages of a new one, and temporary data in memory.
*/
int hdb_vfs_prepare(sqlite3 *db);

/* The same for an attached database: without room in its pages a new one cannot be written. */
int hdb_vfs_prepare_schema(sqlite3 *db, const char *schema);

#endif
