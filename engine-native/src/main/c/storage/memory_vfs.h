/*
** The "heliosdb-memory" VFS: databases that live in the memory of this process and
** are shared by name. See memory_vfs.c.
*/
#ifndef HELIOSDB_MEMORY_VFS_H
#define HELIOSDB_MEMORY_VFS_H

#define HDB_MEMORY_VFS_NAME "heliosdb-memory"

/* Registers the VFS. Calling it again does nothing. Returns a result code. */
int hdb_memory_vfs_register(void);

#endif
