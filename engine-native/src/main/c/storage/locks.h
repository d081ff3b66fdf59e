/*
** Locks and WAL index of one database, kept in the memory of this process.
**
** A database belongs to one process, so that neither needs the file system: the
** locks are counters and the WAL index, which SQLite would share between processes
** through a "-shm" file, is heap memory. Starting and ending a read transaction
** therefore costs two atomic operations and no system call.
**
** Every handle of a database file begins with an hdb_handle, and the methods below
** serve any VFS whose handles do.
*/
#ifndef HELIOSDB_LOCKS_H
#define HELIOSDB_LOCKS_H

#include "../sqlite_abi.h"

typedef struct hdb_locks {
  sqlite3_mutex *mutex; /* guards all but wal_locks and awaited */

  int shared_count;             /* handles that hold SHARED or more */
  const sqlite3_file *reserved; /* the handle that holds RESERVED or more */
  int pending;                  /* reserved waits for, or holds, EXCLUSIVE: no new readers */

  int32_t wal_locks[SQLITE_SHM_NLOCK]; /* atomic: number of readers, or WAL_LOCK_EXCLUSIVE */
  unsigned awaited; /* atomic; bit i: the checkpoint that is running waits for wal_locks[i] */
  void **index_regions;                /* heap blocks, each zeroed when made, never moved */
  int index_region_count;
  int index_users;   /* handles that mapped a region and did not unmap */
  int index_holders; /* who reads the index beside them */
} hdb_locks;

typedef struct hdb_handle {
  sqlite3_file file;
  hdb_locks *locks;
  int level;              /* SQLITE_LOCK_... */
  unsigned wal_shared;    /* bit i: holds wal_locks[i] shared */
  unsigned wal_exclusive; /* bit i: holds wal_locks[i] exclusively */
  int uses_index;
} hdb_handle;

/* Returns SQLITE_NOMEM if there is no memory; then nothing needs to be freed. */
int hdb_locks_init(hdb_locks *locks);

/* Frees what the locks own. No handle refers to them any more. */
void hdb_locks_destroy(hdb_locks *locks);

/* Gives up whatever the handle still holds, for xClose. */
void hdb_locks_leave(hdb_handle *handle);

/*
** Keeps the WAL index for one who reads it beside SQLite, when no handle uses it any more
** and the WAL is still there; and gives it up.
*/
void hdb_locks_hold_index(hdb_locks *locks);
void hdb_locks_release_index(hdb_locks *locks);

/* Methods for sqlite3_io_methods; thread-safe, never block. */
int hdb_lock(sqlite3_file *file, int level);
int hdb_unlock(sqlite3_file *file, int level);
int hdb_check_reserved_lock(sqlite3_file *file, int *reserved);
int hdb_shm_map(sqlite3_file *file, int region, int bytes, int extend, void volatile **out);
int hdb_shm_lock(sqlite3_file *file, int offset, int count, int flags);
void hdb_shm_barrier(sqlite3_file *file);
int hdb_shm_unmap(sqlite3_file *file, int remove);

#endif
