/*
** Faults on demand.
*/
#include "faults.h"

#include <pthread.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static unsigned armed_calls;
static int armed_allocations;
static int countdown; /* reaches 0 at the call that fails */
static int fault_lasts;
static int fault_count;
static const char *aim; /* null: all files */
static int open_files;

static int64_t call_count;
static int64_t exit_call; /* 0: none */
static int exit_tears;

static void (*watcher)(const file_change *change);
static pthread_mutex_t watching = PTHREAD_MUTEX_INITIALIZER;

static int64_t clock_shift;
static int64_t clock_stands;

static sqlite3_mem_methods real_memory;

static int fails_now(void) {
  int left = countdown > 0 ? --countdown : -1;
  if (left == 0 || (left < 0 && fault_lasts)) {
    fault_count++;
    return 1;
  }
  return 0;
}

static int call_fails(unsigned call, const char *path) {
  if ((armed_calls & call) == 0) return 0;
  if (aim && !(path && strstr(path, aim))) return 0;
  return fails_now();
}

/* Whether the process ends now. */
static int count_call(void) {
  int64_t n = __atomic_add_fetch(&call_count, 1, __ATOMIC_RELAXED);
  return exit_call != 0 && n >= exit_call;
}

static void next_call(void) {
  if (count_call()) _exit(FAULT_EXIT);
}

int64_t faults_calls(void) { return __atomic_load_n(&call_count, __ATOMIC_RELAXED); }

void faults_exit_at(int64_t n, int tears) {
  exit_call = faults_calls() + n;
  exit_tears = tears;
}

void faults_watch(void (*it)(const file_change *change)) { watcher = it; }

/* Around a call that changes a file: so that the watcher hears of calls in their order. */
static int begin_change(const char *path) {
  if (!watcher || !path) return 0;
  pthread_mutex_lock(&watching);
  return 1;
}

static void end_change(int begun, int rc, file_change_kind kind, const char *path, const void *data,
                       int amount, int64_t offset) {
  if (!begun) return;
  file_change change = {kind, path, data, amount, offset};
  if (rc == SQLITE_OK && watcher) watcher(&change);
  pthread_mutex_unlock(&watching);
}

void faults_shift_clock(int64_t seconds) { clock_shift = seconds; }

void faults_stop_clock(int64_t seconds) { clock_stands = seconds; }

/* Takes the place of the C library's, which the engine asks. */
int timespec_get(struct timespec *out, int base) {
  if (clock_gettime(CLOCK_REALTIME, out) != 0) return 0;
  out->tv_sec += clock_shift;
  if (clock_stands) *out = (struct timespec){clock_stands, 0};
  return base;
}

void faults_aim(const char *part) { aim = part; }

void faults_arm_calls(unsigned calls, int n, int lasts) {
  armed_calls = calls;
  countdown = n;
  fault_lasts = lasts;
  fault_count = 0;
}

void faults_arm_allocations(int n, int lasts) {
  armed_allocations = 1;
  countdown = n;
  fault_lasts = lasts;
  fault_count = 0;
}

int faults_disarm(void) {
  armed_calls = 0;
  armed_allocations = 0;
  aim = 0;
  return fault_count;
}

int faults_open_files(void) { return __atomic_load_n(&open_files, __ATOMIC_RELAXED); }

static void *memory_allocate(int bytes) {
  return armed_allocations && fails_now() ? 0 : real_memory.xMalloc(bytes);
}

static void *memory_resize(void *block, int bytes) {
  return armed_allocations && fails_now() ? 0 : real_memory.xRealloc(block, bytes);
}

void faults_install_allocator(void) {
  sqlite3_mem_methods methods;
  if (sqlite3_config(SQLITE_CONFIG_GETMALLOC, &real_memory) != SQLITE_OK) abort();
  methods = real_memory;
  methods.xMalloc = memory_allocate;
  methods.xRealloc = memory_resize;
  if (sqlite3_config(SQLITE_CONFIG_MALLOC, &methods) != SQLITE_OK) abort();
}

typedef struct faulty_file {
  sqlite3_file file;
  sqlite3_file *real;
  const char *path; /* null for a temporary file */
} faulty_file;

static sqlite3_vfs *real_vfs;

static sqlite3_file *real_of(sqlite3_file *file) { return ((faulty_file *)file)->real; }

static const char *path_of(sqlite3_file *file) { return ((faulty_file *)file)->path; }

static int faulty_close(sqlite3_file *file) {
  sqlite3_file *real = real_of(file);
  next_call();
  int rc = real->pMethods->xClose(real);
  __atomic_fetch_sub(&open_files, 1, __ATOMIC_RELAXED);
  return call_fails(FAULT_CLOSE, path_of(file)) ? SQLITE_IOERR_CLOSE : rc;
}

static int faulty_read(sqlite3_file *file, void *out, int amount, sqlite3_int64 offset) {
  sqlite3_file *real = real_of(file);
  next_call();
  if (call_fails(FAULT_READ, path_of(file))) return SQLITE_IOERR_READ;
  return real->pMethods->xRead(real, out, amount, offset);
}

static int faulty_write(sqlite3_file *file, const void *data, int amount, sqlite3_int64 offset) {
  sqlite3_file *real = real_of(file);
  const char *path = path_of(file);
  if (count_call()) {
    if (exit_tears) real->pMethods->xWrite(real, data, amount / 2, offset);
    _exit(FAULT_EXIT);
  }
  if (call_fails(FAULT_WRITE, path)) return SQLITE_IOERR_WRITE;
  int is_full = call_fails(FAULT_FULL, path);
  if (is_full) amount /= 2;
  int begun = begin_change(path);
  int rc = real->pMethods->xWrite(real, data, amount, offset);
  end_change(begun, rc, CHANGE_WRITE, path, data, amount, offset);
  return is_full ? SQLITE_FULL : rc;
}

static int faulty_truncate(sqlite3_file *file, sqlite3_int64 size) {
  sqlite3_file *real = real_of(file);
  const char *path = path_of(file);
  next_call();
  if (call_fails(FAULT_TRUNCATE, path)) return SQLITE_IOERR_TRUNCATE;
  int begun = begin_change(path);
  int rc = real->pMethods->xTruncate(real, size);
  end_change(begun, rc, CHANGE_TRUNCATE, path, 0, 0, size);
  return rc;
}

/* No test survives the machine, so that nothing needs to reach the disk. */
static int faulty_sync(sqlite3_file *file, int flags) {
  const char *path = path_of(file);
  (void)flags;
  next_call();
  if (call_fails(FAULT_SYNC, path)) return SQLITE_IOERR_FSYNC;
  end_change(begin_change(path), SQLITE_OK, CHANGE_SYNC, path, 0, 0, 0);
  return SQLITE_OK;
}

static int faulty_size(sqlite3_file *file, sqlite3_int64 *size) {
  sqlite3_file *real = real_of(file);
  next_call();
  if (call_fails(FAULT_SIZE, path_of(file))) return SQLITE_IOERR_FSTAT;
  return real->pMethods->xFileSize(real, size);
}

static int faulty_lock(sqlite3_file *file, int level) {
  sqlite3_file *real = real_of(file);
  next_call();
  if (call_fails(FAULT_LOCK, path_of(file))) return SQLITE_IOERR_LOCK;
  return real->pMethods->xLock(real, level);
}

static int faulty_unlock(sqlite3_file *file, int level) {
  sqlite3_file *real = real_of(file);
  next_call();
  int rc = real->pMethods->xUnlock(real, level);
  return call_fails(FAULT_UNLOCK, path_of(file)) ? SQLITE_IOERR_UNLOCK : rc;
}

static int faulty_check_reserved_lock(sqlite3_file *file, int *reserved) {
  sqlite3_file *real = real_of(file);
  next_call();
  return real->pMethods->xCheckReservedLock(real, reserved);
}

static int faulty_file_control(sqlite3_file *file, int op, void *argument) {
  sqlite3_file *real = real_of(file);
  next_call();
  return real->pMethods->xFileControl(real, op, argument);
}

static int faulty_sector_size(sqlite3_file *file) {
  sqlite3_file *real = real_of(file);
  return real->pMethods->xSectorSize(real);
}

static int faulty_device_characteristics(sqlite3_file *file) {
  sqlite3_file *real = real_of(file);
  return real->pMethods->xDeviceCharacteristics(real);
}

/* Version 1: no WAL index beneath the engine, which has its own. */
static const sqlite3_io_methods faulty_methods = {
    .iVersion = 1,
    .xClose = faulty_close,
    .xRead = faulty_read,
    .xWrite = faulty_write,
    .xTruncate = faulty_truncate,
    .xSync = faulty_sync,
    .xFileSize = faulty_size,
    .xLock = faulty_lock,
    .xUnlock = faulty_unlock,
    .xCheckReservedLock = faulty_check_reserved_lock,
    .xFileControl = faulty_file_control,
    .xSectorSize = faulty_sector_size,
    .xDeviceCharacteristics = faulty_device_characteristics,
};

static int faulty_open(sqlite3_vfs *vfs, const char *path, sqlite3_file *file, int flags,
                       int *out_flags) {
  faulty_file *self = (faulty_file *)file;
  int was_there = 1;
  int rc;
  (void)vfs;
  file->pMethods = 0;
  next_call();
  if (call_fails(FAULT_OPEN, path)) return SQLITE_CANTOPEN;
  self->real = (sqlite3_file *)(void *)(self + 1);
  self->path = path;
  int begun = begin_change(path);
  if (begun) was_there = access(path, F_OK) == 0;
  rc = real_vfs->xOpen(real_vfs, path, self->real, flags, out_flags);
  end_change(begun, was_there ? SQLITE_ERROR : rc, CHANGE_CREATE, path, 0, 0, 0);
  if (rc == SQLITE_OK) {
    __atomic_fetch_add(&open_files, 1, __ATOMIC_RELAXED);
    file->pMethods = &faulty_methods;
  }
  return rc;
}

static int faulty_delete(sqlite3_vfs *vfs, const char *path, int sync_directory) {
  (void)vfs;
  next_call();
  if (call_fails(FAULT_DELETE, path)) return SQLITE_IOERR_DELETE;
  int begun = begin_change(path);
  int rc = real_vfs->xDelete(real_vfs, path, 0);
  end_change(begun, rc, CHANGE_DELETE, path, 0, sync_directory != 0, 0);
  return rc;
}

static int faulty_access(sqlite3_vfs *vfs, const char *path, int flags, int *result) {
  (void)vfs;
  next_call();
  if (call_fails(FAULT_ACCESS, path)) return SQLITE_IOERR_ACCESS;
  return real_vfs->xAccess(real_vfs, path, flags, result);
}

static int faulty_full_pathname(sqlite3_vfs *vfs, const char *path, int bytes, char *out) {
  (void)vfs;
  next_call();
  if (call_fails(FAULT_PATH, path)) return SQLITE_CANTOPEN;
  return real_vfs->xFullPathname(real_vfs, path, bytes, out);
}

void faults_install_vfs(void) {
  static sqlite3_vfs faulty;
  real_vfs = sqlite3_vfs_find(STOCK_VFS);
  if (!real_vfs) abort();
  faulty = *real_vfs; /* what has to do with no file passes through as it is */
  faulty.iVersion = 2;
  faulty.szOsFile = (int)sizeof(faulty_file) + real_vfs->szOsFile;
  faulty.pNext = 0;
  faulty.zName = "faulty";
  faulty.xOpen = faulty_open;
  faulty.xDelete = faulty_delete;
  faulty.xAccess = faulty_access;
  faulty.xFullPathname = faulty_full_pathname;
  if (sqlite3_vfs_register(&faulty, 1) != SQLITE_OK) abort();
}
