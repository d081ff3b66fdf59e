/*
** A database file that is open in this process: what its handles share.
*/
#ifndef HELIOSDB_DATABASE_H
#define HELIOSDB_DATABASE_H

#include "../history/history.h"
#include "cipher_file.h"
#include "locks.h"

typedef struct hdb_database {
  struct hdb_database *next;
  int handle_count;
  hdb_locks locks;
  sqlite3_file *owner;  /* holds the lock on the file; memory behind this struct */
  int owner_flags;      /* flags that the owner was really opened with */
  char *path;
  void *path_block;     /* memory of the path */
  hdb_history *history; /* null without history; lives as long as the database */
  hdb_key *key;         /* null without encryption */
  hdb_encryption encryption;
} hdb_database;

/* A handle of the file; the platform's file lies behind it in the same block. */
typedef struct hdb_database_file {
  hdb_handle handle;
  hdb_database *database;
  sqlite3_file *real;
  int has_checksums;
  int page_size; /* of a file with checksums; 0 until its head has been seen */
  int captured;      /* the last checkpoint to start may write pages */
  int checkpoint_rc; /* why it must not, until SQLite has been told */
} hdb_database_file;

/* Reserved at the end of each page of a file with checksums. */
enum { HDB_CHECKSUM_BYTES = 8 };

/* File control: stores the hdb_database of a file of the VFS in a hdb_database ** */
enum { HDB_FCNTL_DATABASE = 0x48444201 };

/* The platform's VFS. */
sqlite3_vfs *hdb_platform(void);

/* Gives up a handle of the database, of which there is no file any more. */
void hdb_release_database(hdb_database *database);

/*
** A file name as SQLite lays them out for a VFS, which looks for URI parameters behind
** it: freed with sqlite.free of *block. Null if there is no memory.
*/
char *hdb_make_path(const char *path, const char *suffix, void **block);

/*
** Opens a file of the database, of that kind (cipher.h), beside SQLite's own handles: what
** is read and written is plain. It lies in memory that sqlite.free takes; null and the
** reason in *rc if that fails. `path` is from hdb_make_path and outlives the file.
*/
sqlite3_file *hdb_open_file(hdb_database *database, int kind, const char *path, int flags,
                            int *rc);
void hdb_close_file(sqlite3_file *file);

/* The VFS that connections of the database are opened with. */
const char *hdb_vfs_of(const hdb_database *database);

#endif
