/*
** The "heliosdb" VFS: database files that belong to one process.
**
** It lies over the platform's own VFS and passes everything through but this:
**
**   - The first handle of a database file takes an exclusive lock on the file
**     through the platform's VFS, kept until the last handle is closed, so that
**     every other SQLite process finds the file locked. A file that can only be
**     read is locked shared: others may read it too.
**   - The locks between the handles of this process, and the WAL index, are in
**     memory (locks.h).
**
** Journals, WAL files and temporary files are files of the platform's VFS.
**
** A database file is never opened or closed except through the platform's VFS:
** POSIX drops a process's locks on a file whenever any descriptor of it is closed.
*/
#include "vfs.h"

#include <string.h>

#include "locks.h"

/* A database file that is open in this process. Guarded by the registry's mutex. */
typedef struct open_database {
  struct open_database *next;
  int handle_count;
  hdb_locks locks;
  sqlite3_file *owner; /* holds the lock on the file; memory behind this struct */
  int owner_flags;     /* flags that the owner was really opened with */
  char *path;          /* memory behind the owner */
} open_database;

/* A handle; the platform's file lies behind it in the same block. */
typedef struct database_file {
  hdb_handle handle;
  open_database *database;
  sqlite3_file *real;
} database_file;

static open_database *open_databases;

static sqlite3_vfs heliosdb_vfs;

static sqlite3_vfs *platform(void) { return (sqlite3_vfs *)heliosdb_vfs.pAppData; }

static sqlite3_file *real_file(sqlite3_file *file) { return ((database_file *)file)->real; }

static int aligned(int bytes) { return (bytes + 7) & ~7; }

static sqlite3_mutex *enter_registry(void) {
  sqlite3_mutex *mutex = sqlite.mutex_alloc(SQLITE_MUTEX_STATIC_VFS2);
  sqlite.mutex_enter(mutex);
  return mutex;
}

/*
** Opens the owner and locks the file. A connection for reading only owns the file as
** any other does: the owner is opened for writing, which the platform turns into
** reading where the file does not allow it. pMethods stays null where the open failed
** before there was anything to close.
*/
static int own_file(open_database *database, int flags) {
  sqlite3_file *owner = database->owner;
  if (flags & SQLITE_OPEN_READONLY) flags = (flags & ~SQLITE_OPEN_READONLY) | SQLITE_OPEN_READWRITE;
  int rc = platform()->xOpen(platform(), database->path, owner, flags, &database->owner_flags);
  if (rc == SQLITE_OK) rc = owner->pMethods->xLock(owner, SQLITE_LOCK_SHARED);
  if (rc == SQLITE_OK && !(database->owner_flags & SQLITE_OPEN_READONLY)) {
    rc = owner->pMethods->xLock(owner, SQLITE_LOCK_EXCLUSIVE);
  }
  return rc;
}

/* Closing gives up the lock. */
static void disown_file(open_database *database) {
  sqlite3_file *owner = database->owner;
  if (owner->pMethods) {
    owner->pMethods->xUnlock(owner, SQLITE_LOCK_NONE);
    owner->pMethods->xClose(owner);
  }
}

/* Whether the file was deleted or renamed: what the path names now is another database. */
static int has_moved(open_database *database) {
  sqlite3_file *owner = database->owner;
  int moved = 0;
  owner->pMethods->xFileControl(owner, SQLITE_FCNTL_HAS_MOVED, &moved);
  return moved;
}

/*
** Finds the database of that path or makes it the process's own. The platform keeps
** the name that it opens a file by, so the owner has a copy of its own, laid out as
** SQLite's file names are: four zero bytes before the name and, as there are no URI
** parameters, three behind it. The caller holds the registry's mutex.
*/
static int acquire_database(const char *path, int flags, open_database **out) {
  enum { NAME_START = 4, NAME_END = 3 };
  size_t path_bytes = strlen(path) + 1;
  int owner_bytes = aligned(platform()->szOsFile);
  open_database *database;
  unsigned char *block;
  int rc;

  for (database = open_databases; database; database = database->next) {
    if (strcmp(database->path, path) == 0 && !has_moved(database)) {
      database->handle_count++;
      *out = database;
      return SQLITE_OK;
    }
  }
  size_t bytes = (size_t)aligned((int)sizeof *database) + (size_t)owner_bytes + NAME_START +
                 path_bytes + NAME_END;
  block = sqlite.malloc64(bytes);
  if (!block) return SQLITE_NOMEM;
  memset(block, 0, bytes);
  database = (open_database *)(void *)block;
  database->owner = (sqlite3_file *)(void *)(block + aligned((int)sizeof *database));
  database->path = (char *)database->owner + owner_bytes + NAME_START;
  memcpy(database->path, path, path_bytes);

  rc = hdb_locks_init(&database->locks);
  if (rc == SQLITE_OK) {
    rc = own_file(database, flags);
    if (rc != SQLITE_OK) {
      disown_file(database);
      hdb_locks_destroy(&database->locks);
    }
  }
  if (rc != SQLITE_OK) {
    sqlite.free(database);
    return rc;
  }
  database->handle_count = 1;
  database->next = open_databases;
  open_databases = database;
  *out = database;
  return SQLITE_OK;
}

/* The caller holds the registry's mutex. */
static void release_database(open_database *database) {
  if (--database->handle_count > 0) return;
  open_database **link = &open_databases;
  while (*link != database) link = &(*link)->next;
  *link = database->next;
  disown_file(database);
  hdb_locks_destroy(&database->locks);
  sqlite.free(database);
}

static int file_close(sqlite3_file *file) {
  database_file *self = (database_file *)file;
  sqlite3_mutex *registry;
  int rc;

  hdb_locks_leave(&self->handle);
  registry = enter_registry();
  rc = self->real->pMethods->xClose(self->real);
  release_database(self->database);
  sqlite.mutex_leave(registry);
  return rc;
}

static int file_read(sqlite3_file *file, void *out, int amount, int64_t offset) {
  sqlite3_file *real = real_file(file);
  return real->pMethods->xRead(real, out, amount, offset);
}

static int file_write(sqlite3_file *file, const void *data, int amount, int64_t offset) {
  sqlite3_file *real = real_file(file);
  return real->pMethods->xWrite(real, data, amount, offset);
}

static int file_truncate(sqlite3_file *file, int64_t size) {
  sqlite3_file *real = real_file(file);
  return real->pMethods->xTruncate(real, size);
}

static int file_sync(sqlite3_file *file, int flags) {
  sqlite3_file *real = real_file(file);
  return real->pMethods->xSync(real, flags);
}

static int file_size(sqlite3_file *file, int64_t *size) {
  sqlite3_file *real = real_file(file);
  return real->pMethods->xFileSize(real, size);
}

/*
** No mapped memory, which the platform would use for reads even so: SQLite, that sees
** version 2 of the methods, would not tell it to let go of what another handle cuts off.
*/
static int file_control(sqlite3_file *file, int op, void *argument) {
  sqlite3_file *real = real_file(file);
  if (op == SQLITE_FCNTL_MMAP_SIZE) {
    *(int64_t *)argument = 0;
    return SQLITE_OK;
  }
  return real->pMethods->xFileControl(real, op, argument);
}

static int file_sector_size(sqlite3_file *file) {
  sqlite3_file *real = real_file(file);
  return real->pMethods->xSectorSize(real);
}

static int file_device_characteristics(sqlite3_file *file) {
  sqlite3_file *real = real_file(file);
  return real->pMethods->xDeviceCharacteristics(real);
}

static const sqlite3_io_methods database_methods = {
    2,
    file_close,
    file_read,
    file_write,
    file_truncate,
    file_sync,
    file_size,
    hdb_lock,
    hdb_unlock,
    hdb_check_reserved_lock,
    file_control,
    file_sector_size,
    file_device_characteristics,
    hdb_shm_map,
    hdb_shm_lock,
    hdb_shm_barrier,
    hdb_shm_unmap,
};

static int open_database_file(const char *path, database_file *self, int flags, int *out_flags) {
  sqlite3_mutex *registry = enter_registry();
  open_database *database = 0;
  int rc = acquire_database(path, flags, &database);
  if (rc == SQLITE_OK) {
    memset(self, 0, sizeof *self);
    self->real = (sqlite3_file *)(void *)((unsigned char *)self + aligned((int)sizeof *self));
    self->real->pMethods = 0;
    /* Without the exclusive lock nobody writes, even if the file permits it by now. */
    if (database->owner_flags & SQLITE_OPEN_READONLY) {
      flags &= ~(SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);
      flags |= SQLITE_OPEN_READONLY;
    }
    rc = platform()->xOpen(platform(), path, self->real, flags, out_flags);
    if (rc == SQLITE_OK) {
      self->database = database;
      self->handle.locks = &database->locks;
      self->handle.file.pMethods = &database_methods;
    } else {
      if (self->real->pMethods) self->real->pMethods->xClose(self->real);
      release_database(database);
    }
  }
  sqlite.mutex_leave(registry);
  return rc;
}

static int vfs_open(sqlite3_vfs *vfs, const char *path, sqlite3_file *file, int flags,
                    int *out_flags) {
  (void)vfs;
  if (path != 0 && (flags & SQLITE_OPEN_MAIN_DB)) {
    file->pMethods = 0;
    return open_database_file(path, (database_file *)file, flags, out_flags);
  }
  return platform()->xOpen(platform(), path, file, flags, out_flags);
}

static int vfs_delete(sqlite3_vfs *vfs, const char *path, int sync_directory) {
  (void)vfs;
  return platform()->xDelete(platform(), path, sync_directory);
}

static int vfs_access(sqlite3_vfs *vfs, const char *path, int flags, int *result) {
  (void)vfs;
  return platform()->xAccess(platform(), path, flags, result);
}

static int vfs_full_pathname(sqlite3_vfs *vfs, const char *path, int bytes, char *out) {
  (void)vfs;
  return platform()->xFullPathname(platform(), path, bytes, out);
}

/* Extensions, randomness, clocks and sleep are the platform's; it gets itself as `vfs`. */
static void *vfs_dl_open(sqlite3_vfs *vfs, const char *path) {
  (void)vfs;
  return platform()->xDlOpen(platform(), path);
}

static void vfs_dl_error(sqlite3_vfs *vfs, int bytes, char *message) {
  (void)vfs;
  platform()->xDlError(platform(), bytes, message);
}

static hdb_function vfs_dl_sym(sqlite3_vfs *vfs, void *library, const char *symbol) {
  (void)vfs;
  return platform()->xDlSym(platform(), library, symbol);
}

static void vfs_dl_close(sqlite3_vfs *vfs, void *library) {
  (void)vfs;
  platform()->xDlClose(platform(), library);
}

static int vfs_randomness(sqlite3_vfs *vfs, int bytes, char *out) {
  (void)vfs;
  return platform()->xRandomness(platform(), bytes, out);
}

static int vfs_sleep(sqlite3_vfs *vfs, int microseconds) {
  (void)vfs;
  return platform()->xSleep(platform(), microseconds);
}

static int vfs_current_time(sqlite3_vfs *vfs, double *julian_day) {
  (void)vfs;
  return platform()->xCurrentTime(platform(), julian_day);
}

static int vfs_last_error(sqlite3_vfs *vfs, int bytes, char *message) {
  (void)vfs;
  return platform()->xGetLastError(platform(), bytes, message);
}

static int vfs_current_time_64(sqlite3_vfs *vfs, int64_t *milliseconds) {
  (void)vfs;
  return platform()->xCurrentTimeInt64(platform(), milliseconds);
}

static sqlite3_vfs heliosdb_vfs = {
    2,
    0,
    0,
    0,
    HDB_VFS_NAME,
    0,
    vfs_open,
    vfs_delete,
    vfs_access,
    vfs_full_pathname,
    vfs_dl_open,
    vfs_dl_error,
    vfs_dl_sym,
    vfs_dl_close,
    vfs_randomness,
    vfs_sleep,
    vfs_current_time,
    vfs_last_error,
    vfs_current_time_64,
};

int hdb_vfs_register(void) {
  sqlite3_vfs *base;
  if (sqlite.vfs_find(HDB_VFS_NAME)) return SQLITE_OK;
  base = sqlite.vfs_find(0);
  if (!base || base->iVersion < 2) return SQLITE_ERROR;
  heliosdb_vfs.pAppData = base;
  heliosdb_vfs.szOsFile = aligned((int)sizeof(database_file)) + base->szOsFile;
  heliosdb_vfs.mxPathname = base->mxPathname;
  return sqlite.vfs_register(&heliosdb_vfs, 0);
}
