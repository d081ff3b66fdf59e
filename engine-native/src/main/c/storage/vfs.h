/*
** The "heliosdb" VFS: database files that belong to one process. See vfs.c.
*/
#ifndef HELIOSDB_VFS_H
#define HELIOSDB_VFS_H

#define HDB_VFS_NAME "heliosdb"

/*
** Registers the VFS over the platform's default one, not as the default itself.
** Calling it again does nothing. Returns a result code.
*/
int hdb_vfs_register(void);

#endif
