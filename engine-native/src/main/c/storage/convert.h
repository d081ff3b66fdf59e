/*
** Copies of database files under another key.
*/
#ifndef HELIOSDB_CONVERT_H
#define HELIOSDB_CONVERT_H

#include "../sqlite_abi.h"

/* The copy cannot be encrypted page by page, as its pages have no room: VACUUM INTO can. */
enum { HDB_NO_ROOM = SQLITE_RANGE };

/* Told after so many of the pages; nonzero ends the copying with SQLITE_INTERRUPT. */
typedef int (*hdb_progress)(void *context, int64_t done, int64_t pages);

/*
** Copies a database page by page, byte for byte as they are when decrypted, from a file of
** one VFS to a new one of another: "heliosdb", or a key's. Replaces what the new path has.
** The copy is durable and bears the original's time when this returns SQLITE_OK. Nobody
** has either open, and the original has no WAL: else SQLITE_BUSY. A history (history/store.c)
** has checksums where it is plain.
*/
int hdb_copy_database(const char *from_vfs, const char *from, const char *to_vfs, const char *to,
                      int is_history, hdb_progress progress, void *context);

#endif
