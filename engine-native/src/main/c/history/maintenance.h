/*
** What is done to a history as a whole. None of it is called within a transaction of the
** connection that it is given.
*/
#ifndef HELIOSDB_MAINTENANCE_H
#define HELIOSDB_MAINTENANCE_H

#include "history.h"

/* Names the newest point; SQLITE_CONSTRAINT if the name is taken. */
int hdb_history_tag(hdb_history *history, const char *name, int64_t *scn);
int hdb_history_untag(hdb_history *history, const char *name, int *existed);

/*
** Makes the commits of the WAL durable. Thread-safe: a thread that does it while another
** one captures saves that one the wait for the disk.
*/
int hdb_sync_wal(hdb_history *history);

/*
** Captures commits ahead of the checkpoint that needs them captured, about `most_frames`
** frames of the WAL: the checkpoint then has less to do. *remaining is the number of
** frames that are still to be captured.
*/
int hdb_history_capture_some(hdb_history *history, uint32_t most_frames, uint32_t *remaining);

/* Does a part of what retention asks for, in some milliseconds; *more if there is more. */
int hdb_history_expire(hdb_history *history, int *more);

/*
** Forgets all before the point `scn`, or before the newest if it is negative: when this returns no file of the database has it.
** SQLITE_BUSY if a transaction still reads from the WAL.
*/
int hdb_history_erase(sqlite3 *db, hdb_history *history, int64_t scn);

/* Makes the database what it was at a point, in one transaction, which is a commit too. */
int hdb_history_restore(sqlite3 *db, hdb_history *history, int64_t scn);

#endif
