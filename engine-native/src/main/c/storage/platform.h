/*
** What the engine asks of the operating system beside SQLite's VFS, which has no function for
** it. Paths are UTF-8.
*/
#ifndef HELIOSDB_PLATFORM_H
#define HELIOSDB_PLATFORM_H

#include <stdint.h>

/* The mark of a file: what changes whenever a program writes to it. */
typedef struct hdb_file_mark {
  int64_t bytes;
  int64_t changed; /* nanoseconds since 1970 UTC, as precise as the file system has it */
} hdb_file_mark;

/* All zeros if there is no such file. */
hdb_file_mark hdb_read_file_mark(const char *path);

/* Gives a file the time of another one's last change. Returns whether that worked. */
int hdb_copy_file_time(const char *from, const char *to);

/* Renames a file, in the place of one that has the new name. Returns whether that worked. */
int hdb_move_file(const char *from, const char *to);

/* Nanoseconds since 1970 UTC, by the clock of the system. */
int64_t hdb_clock(void);

#endif
