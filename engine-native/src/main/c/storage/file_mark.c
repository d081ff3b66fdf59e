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

#else

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

#endif
