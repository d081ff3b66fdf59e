/*
** The mark of a file: what changes whenever a program writes to it.
*/
#ifndef HELIOSDB_FILE_MARK_H
#define HELIOSDB_FILE_MARK_H

#include <stdint.h>

typedef struct hdb_file_mark {
  int64_t bytes;
  int64_t changed; /* nanoseconds since 1970 UTC, as precise as the file system has it */
} hdb_file_mark;

/* All zeros if there is no such file. `path` is UTF-8. */
hdb_file_mark hdb_read_file_mark(const char *path);

/* Gives a file the time of another one's last change. Returns whether that worked. */
int hdb_copy_file_time(const char *from, const char *to);

#endif
