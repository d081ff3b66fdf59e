/*
** What the parts of the history share: history.c (its life and the log of commits),
** capture.c (storing what a checkpoint overwrites), past.c (reading it).
*/
#ifndef HELIOSDB_HISTORY_INTERNAL_H
#define HELIOSDB_HISTORY_INTERNAL_H

#include "../storage/database.h"
#include "../storage/wal_index.h"
#include "page_delta.h"
#include "store.h"
#include "tracking.h"

enum { HDB_FAILURE_BYTES = 256 };

/* A commit that is in the WAL and not in the store yet. */
typedef struct hdb_logged_commit {
  uint32_t frame; /* its last */
  uint32_t page_count;
  int64_t time;
} hdb_logged_commit;

/* What capture.c knows of the rows that it wrote last; to be forgotten when these go. */
typedef struct hdb_page_ages hdb_page_ages;
hdb_page_ages *hdb_page_ages_new(void);
void hdb_page_ages_forget(hdb_page_ages *ages);

/*
** Lock order: store_mutex, mutex. Every number but SCNs and times is of frames and pages
** of the database.
*/
struct hdb_history {
  hdb_database *database;
  hdb_history_settings settings;
  char *store_path, *times_path, *wal_path;
  void *blocks[3]; /* memory of the paths */

  /* Held for as long as a capture takes; guards the connection that writes. */
  sqlite3_mutex *store_mutex;
  hdb_store store;
  hdb_state state; /* as committed */
  int is_store_lost;
  hdb_delta_encoder *encoder;
  hdb_page_ages *ages;

  /* Held briefly; guards all that follows. */
  sqlite3_mutex *mutex;
  int start_failed;       /* writers do not try again, captures do */
  int is_log_incomplete;  /* there was no memory for a commit: the WAL has it */
  uint32_t salts[2];      /* of the WAL whose frames count; both 0 without one */
  uint32_t captured_frame;
  uint32_t synced_frame;  /* commits up to this one are durable for all that is known */
  hdb_commit captured;    /* the newest in the store */
  hdb_logged_commit *commits; /* those behind it, the SCNs ascending by one */
  size_t commit_count, commit_capacity;
  int64_t last_time;
  uint32_t pending_frame; /* last frame of a commit that is being written; 0 if none is */
  uint32_t pending_page_count;
  int64_t pending_time;
  hdb_past *idle; /* readers that nobody uses */

  sqlite3_file *times; /* the side file of commit times; under mutex */
  int64_t times_offset, times_logged;

  /* Atomic. */
  int is_started;
  uint32_t page_size;
  uint32_t generation; /* counts up when a page that a reader has looked up may be overwritten */
  uint32_t wal_number;   /* counts up when the WAL file is deleted */
  uint32_t store_number; /* counts up when the store is put aside */
  int64_t oldest_scn;

  /* Figures, under mutex. */
  int64_t captures, versions, capture_nanos;
  int failures; /* captures that failed since one worked */
  char failure[HDB_FAILURE_BYTES];
};

/* Microseconds since 1970 UTC. */
int64_t hdb_now(void);

/* The last frame of a commit in the WAL; 0 if the store has it. The caller holds mutex. */
const hdb_logged_commit *hdb_logged(const hdb_history *history, int64_t scn);

/* Completes the log of commits from the WAL if need be. The caller holds mutex. */
int hdb_repair_log(hdb_history *history);


/* Notes why the history does not work. */
void hdb_history_failed(hdb_history *history, const char *what, int rc);

/* Whether a result code of the store's means that it is damaged. */
int hdb_is_damage(int rc);

/*
** What becomes of a history of which something failed. One that is damaged is put aside, and
** so is one that fails for so long that the WAL, which has to keep what is not captured, becomes
** too long; a new one then begins, whose base is the present. Returns SQLITE_OK if it has, else
** `rc`, or why it has not. The caller holds store_mutex.
*/
int hdb_history_outlive(hdb_history *history, int rc);

/* The offset of a frame's head in the WAL. */
int64_t hdb_frame_offset(uint32_t page_size, uint32_t frame);

/* The store's connection that a reader reads with, and what the store says of itself. */
hdb_store *hdb_past_store(hdb_past *past);
const hdb_state *hdb_past_state(const hdb_past *past);

/* Closes the readers that nobody uses. */
void hdb_free_idle_readers(hdb_history *history);

#endif
