/*
** The mark of a file, which SQLite's VFS has no function for.
*/
#if !defined(_WIN32)
#define _POSIX_C_SOURCE 200809L
#endif

#include "file_mark.h"

#if defined(_WIN32)

#include <windows.h>

hdb_file_mark hdb_read_file_mark(const char *path) {
  /* Windows counts 100 ns from 1601. */
  static const int64_t from_1601_to_1970 = 116444736000000000;
  hdb_file_mark mark = {0, 0};
  wchar_t name[32768];
  WIN32_FILE_ATTRIBUTE_DATA data;
  if (MultiByteToWideChar(CP_UTF8, 0, path, -1, name, sizeof name / sizeof *name) > 0 &&
      GetFileAttributesExW(name, GetFileExInfoStandard, &data)) {
    int64_t time = (int64_t)data.ftLastWriteTime.dwHighDateTime << 32 | data.ftLastWriteTime.dwLowDateTime;
    mark.bytes = (int64_t)data.nFileSizeHigh << 32 | data.nFileSizeLow;
    mark.changed = (time - from_1601_to_1970) * 100;
  }
  return mark;
}

int hdb_copy_file_time(const char *from, const char *to) {
  wchar_t name[32768];
  WIN32_FILE_ATTRIBUTE_DATA data;
  if (MultiByteToWideChar(CP_UTF8, 0, from, -1, name, sizeof name / sizeof *name) <= 0 ||
      !GetFileAttributesExW(name, GetFileExInfoStandard, &data) ||
      MultiByteToWideChar(CP_UTF8, 0, to, -1, name, sizeof name / sizeof *name) <= 0) {
    return 0;
  }
  HANDLE file = CreateFileW(name, FILE_WRITE_ATTRIBUTES, FILE_SHARE_READ | FILE_SHARE_WRITE, 0,
                            OPEN_EXISTING, 0, 0);
  if (file == INVALID_HANDLE_VALUE) return 0;
  int done = SetFileTime(file, 0, 0, &data.ftLastWriteTime) != 0;
  CloseHandle(file);
  return done;
}

#else

#include <fcntl.h>
#include <sys/stat.h>

hdb_file_mark hdb_read_file_mark(const char *path) {
  hdb_file_mark mark = {0, 0};
  struct stat status;
  if (stat(path, &status) == 0) {
#if defined(__APPLE__)
    struct timespec changed = {status.st_mtime, 0};
#else
    struct timespec changed = status.st_mtim;
#endif
    mark.bytes = (int64_t)status.st_size;
    mark.changed = (int64_t)changed.tv_sec * 1000000000 + changed.tv_nsec;
  }
  return mark;
}

int hdb_copy_file_time(const char *from, const char *to) {
  int64_t changed = hdb_read_file_mark(from).changed;
  struct timespec time = {changed / 1000000000, (long)(changed % 1000000000)};
  struct timespec times[2] = {time, time};
  return changed != 0 && utimensat(AT_FDCWD, to, times, 0) == 0;
}

#endif
