/*
** The operating system's functions behind platform.h.
**
** On Linux and macOS they are declared here, by the systems' published binary interfaces: one
** compiler on one machine builds the engine for all platforms without their headers, and one
** file serves every C library of Linux. glibc, for one, has had no function stat before 2.33.
*/
#include "platform.h"

#if defined(_WIN32)

#define WIN32_LEAN_AND_MEAN
#include <windows.h>

#include "../sqlite_abi.h"

/* Windows counts 100 ns from 1601. */
static int64_t since_1970(FILETIME time) {
  static const int64_t from_1601_to_1970 = 116444736000000000;
  int64_t ticks = (int64_t)((uint64_t)time.dwHighDateTime << 32 | time.dwLowDateTime);
  return (ticks - from_1601_to_1970) * 100;
}

/* As Windows takes it, to be freed by sqlite.free; null when out of memory or no UTF-8. */
static wchar_t *wide(const char *path) {
  int length = MultiByteToWideChar(CP_UTF8, MB_ERR_INVALID_CHARS, path, -1, 0, 0);
  wchar_t *out = length > 0 ? sqlite.malloc64((uint64_t)length * sizeof *out) : 0;
  if (out) MultiByteToWideChar(CP_UTF8, MB_ERR_INVALID_CHARS, path, -1, out, length);
  return out;
}

static int read_attributes(const char *path, WIN32_FILE_ATTRIBUTE_DATA *out) {
  wchar_t *name = wide(path);
  int done = name && GetFileAttributesExW(name, GetFileExInfoStandard, out);
  sqlite.free(name);
  return done;
}

hdb_file_mark hdb_read_file_mark(const char *path) {
  hdb_file_mark mark = {0, 0};
  WIN32_FILE_ATTRIBUTE_DATA data;
  if (read_attributes(path, &data)) {
    mark.bytes = (int64_t)((uint64_t)data.nFileSizeHigh << 32 | data.nFileSizeLow);
    mark.changed = since_1970(data.ftLastWriteTime);
  }
  return mark;
}

int hdb_copy_file_time(const char *from, const char *to) {
  WIN32_FILE_ATTRIBUTE_DATA data;
  int done = 0;
  wchar_t *name = read_attributes(from, &data) ? wide(to) : 0;
  if (name) {
    HANDLE file = CreateFileW(name, FILE_WRITE_ATTRIBUTES, FILE_SHARE_READ | FILE_SHARE_WRITE, 0,
                              OPEN_EXISTING, 0, 0);
    if (file != INVALID_HANDLE_VALUE) {
      done = SetFileTime(file, 0, 0, &data.ftLastWriteTime) != 0;
      CloseHandle(file);
    }
  }
  sqlite.free(name);
  return done;
}

int hdb_move_file(const char *from, const char *to) {
  wchar_t *old_name = wide(from);
  wchar_t *new_name = wide(to);
  int done = old_name && new_name && MoveFileExW(old_name, new_name, MOVEFILE_REPLACE_EXISTING);
  sqlite.free(old_name);
  sqlite.free(new_name);
  return done;
}

int64_t hdb_clock(void) {
  FILETIME now;
  GetSystemTimePreciseAsFileTime(&now);
  return since_1970(now);
}

#else

typedef struct system_time {
  int64_t seconds;
  int64_t nanoseconds;
} system_time;

enum { NANOSECONDS = 1000000000, UTC = 1 };

int timespec_get(system_time *out, int base);
int utimensat(int folder, const char *path, const system_time *times, int flags);
int rename(const char *from, const char *to);

#if defined(__linux__)

/* What the kernel fills in; processors of 64 bits have the members below at the same places. */
typedef struct file_status {
  char other[48];
  int64_t bytes;
  char sizes_and_access[32];
  system_time changed;
  char rest[40];
} file_status;

enum {
  WORKING_FOLDER = -100,
#if defined(__x86_64__)
  NEWFSTATAT = 262
#elif defined(__aarch64__)
  NEWFSTATAT = 79
#else
#error "The engine runs on x86_64 and aarch64"
#endif
};

long syscall(long number, ...);

static int read_status(const char *path, file_status *out) {
  return syscall(NEWFSTATAT, (long)WORKING_FOLDER, path, out, 0L) == 0;
}

#elif defined(__APPLE__)

/* With inodes of 64 bits, the only form there is on arm64. */
typedef struct file_status {
  char other[48];
  system_time changed;
  char times[32];
  int64_t bytes;
  char rest[40];
} file_status;

enum { WORKING_FOLDER = -2 };

#if defined(__x86_64__)
int system_stat(const char *path, file_status *out) __asm("_stat$INODE64");
#else
int system_stat(const char *path, file_status *out) __asm("_stat");
#endif

static int read_status(const char *path, file_status *out) { return system_stat(path, out) == 0; }

#else
#error "The engine runs on Linux, macOS and Windows"
#endif

_Static_assert(sizeof(file_status) == 144, "the most that a system writes");

hdb_file_mark hdb_read_file_mark(const char *path) {
  hdb_file_mark mark = {0, 0};
  file_status status;
  if (read_status(path, &status)) {
    mark.bytes = status.bytes;
    mark.changed = status.changed.seconds * NANOSECONDS + status.changed.nanoseconds;
  }
  return mark;
}

int hdb_copy_file_time(const char *from, const char *to) {
  int64_t changed = hdb_read_file_mark(from).changed;
  system_time time = {changed / NANOSECONDS, changed % NANOSECONDS};
  system_time times[2] = {time, time};
  return changed != 0 && utimensat(WORKING_FOLDER, to, times, 0) == 0;
}

int hdb_move_file(const char *from, const char *to) { return rename(from, to) == 0; }

int64_t hdb_clock(void) {
  system_time now;
  timespec_get(&now, UTC);
  return now.seconds * NANOSECONDS + now.nanoseconds;
}

#endif
