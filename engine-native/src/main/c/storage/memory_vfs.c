/*
** The "heliosdb-memory" VFS: databases that live in the memory of this process and
** are shared by name.
**
** SQLite's own shared memory databases have no WAL mode, so that there readers and
** the writer get in each other's way. Here the database and its WAL are files made
** of heap blocks, and everything else is as with a file: the same locks, the same
** snapshots, the same journal modes.
**
** A file is found by its name for as long as its database is open: the last handle
** of a database takes its WAL and journal along.
*/
#include "memory_vfs.h"

#include <string.h>

#include "locks.h"

enum { BLOCK_BYTES = 65536 };

typedef struct memory_file {
  struct memory_file *next;
  int is_database;
  int handle_count;
  int deleted; /* nobody finds it any more, gone with its last handle */
  sqlite3_mutex *mutex; /* guards what follows */
  int64_t size;
  unsigned char **blocks;
  int64_t block_count;
  hdb_locks locks; /* of a database */
  size_t name_length;
  char name[];
} memory_file;

typedef struct memory_handle {
  hdb_handle handle;
  memory_file *target;
} memory_handle;

/* Guarded by the registry's mutex, as are the counts of its files. */
static memory_file *files;

static sqlite3_vfs memory_vfs;

static sqlite3_vfs *platform(void) { return (sqlite3_vfs *)memory_vfs.pAppData; }

static sqlite3_mutex *enter_registry(void) {
  sqlite3_mutex *mutex = sqlite.mutex_alloc(SQLITE_MUTEX_STATIC_VFS2);
  sqlite.mutex_enter(mutex);
  return mutex;
}

/* Databases have names of their own: "a-wal" may be one beside the WAL of "a". */
static memory_file *find_file(const char *name, int is_database) {
  memory_file *file;
  for (file = files; file; file = file->next) {
    if (!file->deleted && file->is_database == is_database && strcmp(file->name, name) == 0) break;
  }
  return file;
}

static void free_blocks(memory_file *file, int64_t keep) {
  while (file->block_count > keep) sqlite.free(file->blocks[--file->block_count]);
}

static void free_file(memory_file *file) {
  memory_file **link = &files;
  while (*link != file) link = &(*link)->next;
  *link = file->next;
  free_blocks(file, 0);
  sqlite.free(file->blocks);
  if (file->is_database) hdb_locks_destroy(&file->locks);
  sqlite.mutex_free(file->mutex);
  sqlite.free(file);
}

static int new_file(const char *name, int is_database, memory_file **out) {
  size_t length = strlen(name);
  memory_file *file = sqlite.malloc64(sizeof *file + length + 1);
  if (!file) return SQLITE_NOMEM;
  memset(file, 0, sizeof *file);
  memcpy(file->name, name, length + 1);
  file->name_length = length;
  file->is_database = is_database;
  file->mutex = sqlite.mutex_alloc(SQLITE_MUTEX_FAST);
  if (!file->mutex || (is_database && hdb_locks_init(&file->locks) != SQLITE_OK)) {
    if (file->mutex) sqlite.mutex_free(file->mutex);
    sqlite.free(file);
    return SQLITE_NOMEM;
  }
  file->next = files;
  files = file;
  *out = file;
  return SQLITE_OK;
}

/* Whether a file is the WAL or a journal of a database: "a-b-wal" is not one of "a". */
static int is_companion(const memory_file *file, const memory_file *database) {
  const char *suffix = file->name + database->name_length;
  return file->name_length > database->name_length &&
         memcmp(file->name, database->name, database->name_length) == 0 &&
         (strcmp(suffix, "-wal") == 0 || strcmp(suffix, "-journal") == 0 ||
          strncmp(suffix, "-mj", 3) == 0);
}

/* Frees the WAL and the journals of a database whose last handle is gone. */
static void free_companions(const memory_file *database) {
  memory_file *file = files;
  while (file) {
    memory_file *next = file->next;
    if (file->handle_count == 0 && !file->is_database && is_companion(file, database)) {
      free_file(file);
    }
    file = next;
  }
}

static void release_file(memory_file *file) {
  if (--file->handle_count > 0) return;
  if (file->is_database) free_companions(file);
  if (file->is_database || file->deleted) free_file(file);
}

static int memory_close(sqlite3_file *file) {
  memory_handle *self = (memory_handle *)file;
  sqlite3_mutex *registry;
  if (self->target->is_database) hdb_locks_leave(&self->handle);
  registry = enter_registry();
  release_file(self->target);
  sqlite.mutex_leave(registry);
  return SQLITE_OK;
}

/* Copies between the file's blocks and a buffer; the range lies within the blocks. */
static void copy_range(memory_file *file, unsigned char *buffer, int amount, int64_t offset,
                       int write) {
  while (amount > 0) {
    unsigned char *block = file->blocks[offset / BLOCK_BYTES] + offset % BLOCK_BYTES;
    int part = BLOCK_BYTES - (int)(offset % BLOCK_BYTES);
    if (part > amount) part = amount;
    if (write) {
      memcpy(block, buffer, (size_t)part);
    } else {
      memcpy(buffer, block, (size_t)part);
    }
    buffer += part;
    offset += part;
    amount -= part;
  }
}

static int memory_read(sqlite3_file *file, void *out, int amount, int64_t offset) {
  memory_file *target = ((memory_handle *)file)->target;
  int64_t available;
  sqlite.mutex_enter(target->mutex);
  available = target->size - offset;
  if (available > amount) available = amount;
  if (available < 0) available = 0;
  copy_range(target, out, (int)available, offset, 0);
  sqlite.mutex_leave(target->mutex);
  if (available == amount) return SQLITE_OK;
  memset((unsigned char *)out + available, 0, (size_t)(amount - available));
  return SQLITE_IOERR_SHORT_READ;
}

/* Appends zeroed blocks until `size` bytes fit. The caller holds the file's mutex. */
static int reserve(memory_file *file, int64_t size) {
  int64_t count = (size + BLOCK_BYTES - 1) / BLOCK_BYTES;
  unsigned char **blocks;
  if (count <= file->block_count) return SQLITE_OK;
  blocks = sqlite.realloc64(file->blocks, (uint64_t)count * sizeof *blocks);
  if (!blocks) return SQLITE_FULL;
  file->blocks = blocks;
  while (file->block_count < count) {
    unsigned char *block = sqlite.malloc64(BLOCK_BYTES);
    if (!block) return SQLITE_FULL;
    memset(block, 0, BLOCK_BYTES);
    blocks[file->block_count++] = block;
  }
  return SQLITE_OK;
}

static int memory_write(sqlite3_file *file, const void *data, int amount, int64_t offset) {
  memory_file *target = ((memory_handle *)file)->target;
  int rc;
  sqlite.mutex_enter(target->mutex);
  rc = reserve(target, offset + amount);
  if (rc == SQLITE_OK) {
    /* The buffer is only read from when the direction is to write. */
    copy_range(target, (unsigned char *)(uintptr_t)data, amount, offset, 1);
    if (target->size < offset + amount) target->size = offset + amount;
  }
  sqlite.mutex_leave(target->mutex);
  return rc;
}

static int memory_truncate(sqlite3_file *file, int64_t size) {
  memory_file *target = ((memory_handle *)file)->target;
  sqlite.mutex_enter(target->mutex);
  if (size < target->size) {
    int64_t keep = (size + BLOCK_BYTES - 1) / BLOCK_BYTES;
    free_blocks(target, keep);
    if (size % BLOCK_BYTES != 0) {
      memset(target->blocks[keep - 1] + size % BLOCK_BYTES, 0,
             (size_t)(BLOCK_BYTES - size % BLOCK_BYTES));
    }
    target->size = size;
  }
  sqlite.mutex_leave(target->mutex);
  return SQLITE_OK;
}

static int memory_sync(sqlite3_file *file, int flags) {
  (void)file;
  (void)flags;
  return SQLITE_OK;
}

static int memory_size(sqlite3_file *file, int64_t *size) {
  memory_file *target = ((memory_handle *)file)->target;
  sqlite.mutex_enter(target->mutex);
  *size = target->size;
  sqlite.mutex_leave(target->mutex);
  return SQLITE_OK;
}

static int memory_file_control(sqlite3_file *file, int op, void *argument) {
  (void)file;
  (void)op;
  (void)argument;
  return SQLITE_NOTFOUND;
}

static int memory_sector_size(sqlite3_file *file) {
  (void)file;
  return 4096;
}

static int memory_device_characteristics(sqlite3_file *file) {
  (void)file;
  return SQLITE_IOCAP_POWERSAFE_OVERWRITE;
}

static const sqlite3_io_methods memory_methods = {
    2,
    memory_close,
    memory_read,
    memory_write,
    memory_truncate,
    memory_sync,
    memory_size,
    hdb_lock,
    hdb_unlock,
    hdb_check_reserved_lock,
    memory_file_control,
    memory_sector_size,
    memory_device_characteristics,
    hdb_shm_map,
    hdb_shm_lock,
    hdb_shm_barrier,
    hdb_shm_unmap,
};

static int memory_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags,
                       int *out_flags) {
  memory_handle *self = (memory_handle *)file;
  sqlite3_mutex *registry;
  memory_file *target;
  int is_database = (flags & SQLITE_OPEN_MAIN_DB) != 0;
  int rc = SQLITE_OK;
  (void)vfs;

  if (!name) return platform()->xOpen(platform(), name, file, flags, out_flags);
  memset(self, 0, sizeof *self);
  registry = enter_registry();
  target = find_file(name, is_database);
  if (!target && !(flags & SQLITE_OPEN_CREATE)) {
    rc = SQLITE_CANTOPEN;
  } else if (!target) {
    rc = new_file(name, is_database, &target);
  }
  if (rc == SQLITE_OK) {
    target->handle_count++;
    self->target = target;
    self->handle.locks = &target->locks;
    self->handle.file.pMethods = &memory_methods;
    if (out_flags) *out_flags = flags;
  }
  sqlite.mutex_leave(registry);
  return rc;
}

/* SQLite deletes and looks for journals and WALs only, never a database. */
static int memory_delete(sqlite3_vfs *vfs, const char *name, int sync_directory) {
  sqlite3_mutex *registry = enter_registry();
  memory_file *file = find_file(name, 0);
  int rc = file ? SQLITE_OK : SQLITE_IOERR_DELETE_NOENT;
  (void)vfs;
  (void)sync_directory;
  if (file) {
    file->deleted = 1;
    if (file->handle_count == 0) free_file(file);
  }
  sqlite.mutex_leave(registry);
  return rc;
}

static int memory_access(sqlite3_vfs *vfs, const char *name, int flags, int *result) {
  sqlite3_mutex *registry = enter_registry();
  (void)vfs;
  (void)flags;
  *result = find_file(name, 0) != 0;
  sqlite.mutex_leave(registry);
  return SQLITE_OK;
}

static int memory_full_pathname(sqlite3_vfs *vfs, const char *name, int bytes, char *out) {
  size_t length = strlen(name);
  (void)vfs;
  if (length >= (size_t)bytes) return SQLITE_CANTOPEN;
  memcpy(out, name, length + 1);
  return SQLITE_OK;
}

/* Extensions, randomness, clocks and sleep are the platform's; it gets itself as `vfs`. */
static void *memory_dl_open(sqlite3_vfs *vfs, const char *path) {
  (void)vfs;
  return platform()->xDlOpen(platform(), path);
}

static void memory_dl_error(sqlite3_vfs *vfs, int bytes, char *message) {
  (void)vfs;
  platform()->xDlError(platform(), bytes, message);
}

static hdb_function memory_dl_sym(sqlite3_vfs *vfs, void *library, const char *symbol) {
  (void)vfs;
  return platform()->xDlSym(platform(), library, symbol);
}

static void memory_dl_close(sqlite3_vfs *vfs, void *library) {
  (void)vfs;
  platform()->xDlClose(platform(), library);
}

static int memory_randomness(sqlite3_vfs *vfs, int bytes, char *out) {
  (void)vfs;
  return platform()->xRandomness(platform(), bytes, out);
}

static int memory_sleep(sqlite3_vfs *vfs, int microseconds) {
  (void)vfs;
  return platform()->xSleep(platform(), microseconds);
}

static int memory_current_time(sqlite3_vfs *vfs, double *julian_day) {
  (void)vfs;
  return platform()->xCurrentTime(platform(), julian_day);
}

static int memory_last_error(sqlite3_vfs *vfs, int bytes, char *message) {
  (void)vfs;
  return platform()->xGetLastError(platform(), bytes, message);
}

static int memory_current_time_64(sqlite3_vfs *vfs, int64_t *milliseconds) {
  (void)vfs;
  return platform()->xCurrentTimeInt64(platform(), milliseconds);
}

static sqlite3_vfs memory_vfs = {
    2,
    0,
    0,
    0,
    HDB_MEMORY_VFS_NAME,
    0,
    memory_open,
    memory_delete,
    memory_access,
    memory_full_pathname,
    memory_dl_open,
    memory_dl_error,
    memory_dl_sym,
    memory_dl_close,
    memory_randomness,
    memory_sleep,
    memory_current_time,
    memory_last_error,
    memory_current_time_64,
};

int hdb_memory_vfs_register(void) {
  sqlite3_vfs *base;
  if (sqlite.vfs_find(HDB_MEMORY_VFS_NAME)) return SQLITE_OK;
  base = sqlite.vfs_find(0);
  if (!base || base->iVersion < 2) return SQLITE_ERROR;
  memory_vfs.pAppData = base;
  memory_vfs.szOsFile =
      base->szOsFile > (int)sizeof(memory_handle) ? base->szOsFile : (int)sizeof(memory_handle);
  memory_vfs.mxPathname = base->mxPathname;
  return sqlite.vfs_register(&memory_vfs, 0);
}
