/*
** What the VFS tells the history of a database: see history.c.
*/
#ifndef HELIOSDB_TRACKING_H
#define HELIOSDB_TRACKING_H

#include "../storage/database.h"

/* Of a WAL (https://www.sqlite.org/walformat.html): its own head, and each frame's. */
enum { HDB_WAL_HEAD_BYTES = 32, HDB_FRAME_HEAD_BYTES = 24 };

typedef struct hdb_history_settings {
  int64_t retention; /* microseconds; 0 for ever */
  int64_t max_bytes; /* of the history's files; 0 without a bound */
  int64_t max_wal_bytes; /* of the database's WAL while history does not work; 0 without a bound */
} hdb_history_settings;

/* Returns null if there is no memory. Opens no file yet. */
hdb_history *hdb_history_new(hdb_database *database, hdb_history_settings settings);

/* The last handle of the database has been closed. */
void hdb_history_free(hdb_history *history);

/* Starts the history if that has not been done: opens its files and finds the WAL's place
** in it. SQLITE_BUSY if the database is not in WAL mode yet. */
int hdb_history_start(hdb_history *history);

/* The same for one who does not use the database: SQLite makes the WAL's index when it
** first reads, so this has it read. */
int hdb_history_wake(hdb_history *history);
int hdb_history_is_started(const hdb_history *history);

/* The lock to write the WAL has been taken, and is about to be given up. */
void hdb_history_write_begins(hdb_history *history);
void hdb_history_write_ends(hdb_history *history);

/*
** The head of a frame is about to be written to the WAL, the head of a new WAL likewise:
** that one is noted durably first, as SQLite syncs it too.
*/
void hdb_history_frame(hdb_history *history, int64_t offset, const unsigned char *head);
void hdb_history_new_wal(hdb_history *history, const unsigned char *head);

/* The WAL, all of it in the database, is about to be emptied or deleted. */
int hdb_history_wal_ends(hdb_history *history);

/* A checkpoint starts: captures what it may overwrite. Else it must not go on. */
int hdb_history_capture(hdb_history *history);

#endif
