/*
** The life of a history, and its log of the commits that are not in the store yet.
**
** A commit is what SQLite makes one: a frame with the commit mark has been written, and
** when the lock to write the WAL is given up the WAL index counts that frame as valid. A
** frame whose sync failed, or that was rolled back, is not counted.
**
** SCNs are not written with each commit: a commit's SCN is the store's newest and the
** number of commit marks behind it in the WAL. Times go to a side file of records of 32
** bytes, big-endian: the WAL's two salts, the frame, a checksum (32 bits each), the time
** and the SCN (64 bits each), one for the first commit in a millisecond; after a crash
** the others get the times right behind it. No commit waits for that file.
**
** It begins with a record for frame 0, which is durable before the WAL with these salts
** is: a WAL whose salts are not there was begun by another program.
*/
#include "internal.h"

#include <string.h>

#include "../storage/platform.h"
#include "../storage/vfs.h"
#include "maintenance.h"

enum {
  SYNC_NORMAL = 2,
  TIMES_RECORD_BYTES = 32,
  TIMES_INTERVAL = 1000, /* microseconds */
  AT_SALTS = 16,
  MOST_COMMITS_BETWEEN_RECORDS = 4096,
  MOST_BYTES_TO_HASH = 256 * 1024 * 1024, /* at the start, some tenths of a second */
  MOST_FAILURES = 10 /* in a row, about a second apart: fewer may pass by themselves */
};

int64_t hdb_now(void) { return hdb_clock() / 1000; }

int64_t hdb_frame_offset(uint32_t page_size, uint32_t frame) {
  return HDB_WAL_HEAD_BYTES + (int64_t)(frame - 1) * (HDB_FRAME_HEAD_BYTES + (int64_t)page_size);
}

static uint32_t get32(const unsigned char *p) {
  return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static uint64_t get64(const unsigned char *p) { return (uint64_t)get32(p) << 32 | get32(p + 4); }

static void put32(unsigned char *p, uint32_t value) {
  for (int i = 0; i < 4; i++) p[i] = (unsigned char)(value >> (24 - 8 * i));
}

static void put64(unsigned char *p, uint64_t value) {
  put32(p, (uint32_t)(value >> 32));
  put32(p + 4, (uint32_t)value);
}

static const char *reason_of(int rc) {
  return rc == HDB_FOREIGN_FORMAT ? "it was written by a newer version of HeliosDB, which can read it"
                                  : sqlite.errstr(rc);
}

void hdb_history_failed(hdb_history *history, const char *what, int rc) {
  sqlite.mutex_enter(history->mutex);
  history->failures++;
  sqlite.xsnprintf(HDB_FAILURE_BYTES, history->failure, "%s: %s (%d)", what, reason_of(rc), rc);
  sqlite.mutex_leave(history->mutex);
}

/* Life */

static int make_paths(hdb_history *history) {
  const char *path = history->database->path;
  history->store_path = hdb_make_path(path, "-history", &history->blocks[0]);
  history->times_path = hdb_make_path(path, "-times", &history->blocks[1]);
  history->wal_path = hdb_make_path(path, "-wal", &history->blocks[2]);
  return history->store_path && history->times_path && history->wal_path;
}

hdb_history *hdb_history_new(hdb_database *database, hdb_history_settings settings) {
  hdb_history *history = sqlite.malloc64(sizeof *history);
  if (!history) return 0;
  memset(history, 0, sizeof *history);
  history->database = database;
  history->settings = settings;
  history->mutex = sqlite.mutex_alloc(SQLITE_MUTEX_FAST);
  history->store_mutex = sqlite.mutex_alloc(SQLITE_MUTEX_FAST);
  history->encoder = sqlite.malloc64(sizeof *history->encoder);
  history->ages = hdb_page_ages_new();
  if (!history->mutex || !history->store_mutex || !history->encoder || !history->ages ||
      !make_paths(history)) {
    hdb_history_free(history);
    return 0;
  }
  return history;
}

void hdb_history_free(hdb_history *history) {
  if (!history) return;
  hdb_free_idle_readers(history);
  hdb_store_close(&history->store);
  hdb_close_file(history->times);
  sqlite.free(history->commits);
  sqlite.free(history->encoder);
  sqlite.free(history->ages);
  for (int i = 0; i < 3; i++) sqlite.free(history->blocks[i]);
  if (history->mutex) sqlite.mutex_free(history->mutex);
  if (history->store_mutex) sqlite.mutex_free(history->store_mutex);
  sqlite.free(history);
}

int hdb_history_is_started(const hdb_history *history) {
  return __atomic_load_n(&history->is_started, __ATOMIC_ACQUIRE);
}

/* The WAL's file, read beside SQLite's own handles; null with SQLITE_OK if there is none. */
static sqlite3_file *open_wal(hdb_history *history, int *rc) {
  int exists = 0;
  *rc = hdb_platform()->xAccess(hdb_platform(), history->wal_path, 0, &exists);
  if (*rc != SQLITE_OK || !exists) return 0;
  return hdb_open_file(history->database, HDB_WAL_FILE, history->wal_path,
                       SQLITE_OPEN_READONLY | SQLITE_OPEN_WAL, rc);
}

static int read_exactly(sqlite3_file *file, void *out, int bytes, int64_t offset) {
  return file->pMethods->xRead(file, out, bytes, offset);
}

/* Where a WAL stands: what its head says, and how many frames SQLite finds valid. */
typedef struct wal_place {
  uint32_t salts[2];
  uint32_t frame_count;
  uint32_t page_size;
  uint32_t page_count; /* of the database */
} wal_place;

static int read_wal_place(hdb_history *history, sqlite3_file *wal, wal_place *out) {
  unsigned char head[HDB_WAL_HEAD_BYTES];
  hdb_wal_index_header index;
  memset(out, 0, sizeof *out);
  if (!hdb_wal_index_read(&history->database->locks, &index)) return SQLITE_BUSY;
  out->frame_count = index.frame_count;
  out->page_size = index.page_size;
  out->page_count = index.page_count;
  if (wal) {
    int rc = read_exactly(wal, head, sizeof head, 0);
    if (rc == SQLITE_OK) {
      out->salts[0] = get32(head + AT_SALTS);
      out->salts[1] = get32(head + AT_SALTS + 4);
    } else if (rc != SQLITE_IOERR_SHORT_READ) {
      return rc;
    }
  }
  if (out->frame_count == 0) {
    unsigned char header[100];
    int64_t bytes = 0;
    sqlite3_file *owner = history->database->owner;
    int rc = owner->pMethods->xFileSize(owner, &bytes);
    if (rc == SQLITE_OK && bytes >= (int64_t)sizeof header) {
      rc = read_exactly(owner, header, sizeof header, 0);
      uint32_t page_size = (uint32_t)header[16] << 8 | header[17];
      out->page_size = page_size == 1 ? 65536 : page_size;
      if (rc == SQLITE_OK && out->page_size) out->page_count = (uint32_t)(bytes / out->page_size);
    }
    if (rc != SQLITE_OK) return rc;
  }
  return SQLITE_OK;
}

/* The log of commits */

static int64_t newest_scn(const hdb_history *history) {
  return history->captured.scn + (int64_t)history->commit_count;
}

static uint32_t newest_frame(const hdb_history *history) {
  return history->commit_count ? history->commits[history->commit_count - 1].frame
                               : history->captured_frame;
}

const hdb_logged_commit *hdb_logged(const hdb_history *history, int64_t scn) {
  int64_t place = scn - history->captured.scn - 1;
  return place >= 0 && place < (int64_t)history->commit_count ? &history->commits[place] : 0;
}

int hdb_sync_wal(hdb_history *history) {
  int rc = SQLITE_OK;
  sqlite.mutex_enter(history->mutex);
  uint32_t frame = newest_frame(history);
  uint32_t salts[2] = {history->salts[0], history->salts[1]};
  int is_synced = frame <= history->synced_frame;
  sqlite.mutex_leave(history->mutex);
  if (is_synced) return SQLITE_OK;
  sqlite3_file *wal = hdb_open_file(history->database, HDB_WAL_FILE, history->wal_path,
                                    SQLITE_OPEN_READWRITE | SQLITE_OPEN_WAL, &rc);
  if (wal) rc = wal->pMethods->xSync(wal, SYNC_NORMAL);
  hdb_close_file(wal);
  sqlite.mutex_enter(history->mutex);
  /* Else it was another WAL. */
  if (rc == SQLITE_OK && salts[0] == history->salts[0] && salts[1] == history->salts[1] &&
      frame > history->synced_frame) {
    history->synced_frame = frame;
  }
  sqlite.mutex_leave(history->mutex);
  return rc;
}

static int reserve_commit(hdb_history *history) {
  if (history->commit_count < history->commit_capacity) return 1;
  size_t capacity = history->commit_capacity ? history->commit_capacity * 2 : 256;
  hdb_logged_commit *commits =
      sqlite.realloc64(history->commits, capacity * sizeof *history->commits);
  if (!commits) return 0;
  history->commits = commits;
  history->commit_capacity = capacity;
  return 1;
}

static int log_commit(hdb_history *history, uint32_t frame, uint32_t page_count, int64_t time) {
  if (!reserve_commit(history)) return SQLITE_NOMEM;
  if (time <= history->last_time) time = history->last_time + 1;
  history->last_time = time;
  history->commits[history->commit_count++] = (hdb_logged_commit){frame, page_count, time};
  return SQLITE_OK;
}

static uint32_t times_checksum(const unsigned char *record) {
  unsigned char padded[TIMES_RECORD_BYTES];
  memcpy(padded, record, sizeof padded);
  put32(padded + 12, 0);
  return hdb_page_checksum(padded, sizeof padded);
}

static int write_time(hdb_history *history, uint32_t frame, int64_t now) {
  unsigned char record[TIMES_RECORD_BYTES];
  put32(record, history->salts[0]);
  put32(record + 4, history->salts[1]);
  put32(record + 8, frame);
  put64(record + 16, (uint64_t)now);
  put64(record + 24, (uint64_t)(newest_scn(history) + 1));
  put32(record + 12, times_checksum(record));
  int rc = history->times->pMethods->xWrite(history->times, record, sizeof record,
                                            history->times_offset);
  if (rc == SQLITE_OK) {
    history->times_offset += TIMES_RECORD_BYTES;
    history->times_logged = now;
  }
  return rc;
}

/* Goes through the records of times, which belong to the WAL with `salts`. */
typedef struct times_reader {
  sqlite3_file *file;
  int64_t offset;
  const uint32_t *salts;
  int64_t scn; /* of the last record */
} times_reader;

/* Reads the next record of that WAL; 0 at the end. */
static int next_time(times_reader *reader, uint32_t *frame, int64_t *time) {
  unsigned char record[TIMES_RECORD_BYTES];
  while (read_exactly(reader->file, record, sizeof record, reader->offset) == SQLITE_OK) {
    if (get32(record + 12) != times_checksum(record)) return 0;
    reader->offset += TIMES_RECORD_BYTES;
    reader->scn = (int64_t)get64(record + 24);
    if (get32(record) == reader->salts[0] && get32(record + 4) == reader->salts[1]) {
      *frame = get32(record + 8);
      *time = (int64_t)get64(record + 16);
      return 1;
    }
  }
  return 0;
}

/*
** Where the next record goes: behind those of the present WAL, but over those of frames
** that are not valid, as their commit was never made.
*/
static int64_t end_of_times(hdb_history *history, uint32_t frame_count) {
  times_reader times = {history->times, 0, history->salts, 0};
  int64_t end = 0;
  uint32_t frame;
  int64_t time;
  while (next_time(&times, &frame, &time) && frame <= frame_count) end = times.offset;
  return end;
}

typedef struct noted_time {
  uint32_t frame;
  int64_t time;
} noted_time;

/*
** The records of the present WAL, the frames ascending: where a commit failed, its frame was
** written, and noted, again. Freed with sqlite.free.
*/
static int read_times(hdb_history *history, noted_time **out, size_t *count) {
  times_reader times = {history->times, 0, history->salts, 0};
  size_t capacity = 0;
  noted_time next;
  *out = 0;
  *count = 0;
  while (next_time(&times, &next.frame, &next.time)) {
    while (*count > 0 && (*out)[*count - 1].frame >= next.frame) --*count;
    if (*count == capacity) {
      capacity = capacity ? capacity * 2 : 64;
      noted_time *grown = sqlite.realloc64(*out, capacity * sizeof **out);
      if (!grown) {
        sqlite.free(*out);
        *out = 0;
        return SQLITE_NOMEM;
      }
      *out = grown;
    }
    (*out)[(*count)++] = next;
  }
  return SQLITE_OK;
}

/* Logs the commits of the WAL behind the last one known. The caller holds mutex. */
static int scan_wal(hdb_history *history, sqlite3_file *wal, uint32_t frame_count) {
  noted_time *times;
  size_t time_count;
  size_t next = 0;
  uint32_t frame = newest_frame(history);
  int rc = read_times(history, &times, &time_count);

  while (rc == SQLITE_OK && frame < frame_count) {
    unsigned char head[HDB_FRAME_HEAD_BYTES];
    frame++;
    rc = read_exactly(wal, head, sizeof head, hdb_frame_offset(history->page_size, frame));
    if (rc == SQLITE_OK && get32(head + 4) != 0) {
      while (next < time_count && times[next].frame <= frame) next++;
      rc = log_commit(history, frame, get32(head + 4), next ? times[next - 1].time : hdb_now());
    }
  }
  sqlite.free(times);
  return rc;
}

int hdb_repair_log(hdb_history *history) {
  hdb_wal_index_header index;
  int rc;
  if (!history->is_log_incomplete) return SQLITE_OK;
  if (!hdb_wal_index_read(&history->database->locks, &index)) return SQLITE_BUSY;
  sqlite3_file *wal = open_wal(history, &rc);
  if (!wal) return rc == SQLITE_OK ? SQLITE_IOERR : rc;
  rc = scan_wal(history, wal, index.frame_count);
  hdb_close_file(wal);
  if (rc == SQLITE_OK) history->is_log_incomplete = 0;
  return rc;
}

void hdb_history_write_begins(hdb_history *history) {
  if (!hdb_history_is_started(history)) {
    if (history->start_failed) return;
    int rc = hdb_history_start(history);
    /* Busy: the index is just being made. */
    if (rc != SQLITE_OK && rc != SQLITE_BUSY) history->start_failed = 1;
    return;
  }
  sqlite.mutex_enter(history->mutex);
  history->pending_frame = 0;
  sqlite.mutex_leave(history->mutex);
}

void hdb_history_write_ends(hdb_history *history) {
  hdb_wal_index_header index;
  if (!hdb_history_is_started(history)) return;
  if (!hdb_wal_index_read(&history->database->locks, &index)) return;
  sqlite.mutex_enter(history->mutex);
  if (index.frame_count > newest_frame(history)) {
    if (history->is_log_incomplete || index.frame_count != history->pending_frame ||
        log_commit(history, history->pending_frame, history->pending_page_count,
                   history->pending_time) != SQLITE_OK) {
      history->is_log_incomplete = 1;
    }
  }
  history->pending_frame = 0;
  sqlite.mutex_leave(history->mutex);
}

void hdb_history_frame(hdb_history *history, int64_t offset, const unsigned char *head) {
  uint32_t page_count = get32(head + 4);
  if (page_count == 0 || !hdb_history_is_started(history)) return;
  int64_t frame = (offset - HDB_WAL_HEAD_BYTES) / (HDB_FRAME_HEAD_BYTES + history->page_size) + 1;
  int64_t now = hdb_now();
  sqlite.mutex_enter(history->mutex);
  history->pending_frame = (uint32_t)frame;
  history->pending_page_count = page_count;
  history->pending_time = now;
  int rc = SQLITE_OK;
  if (now - history->times_logged >= TIMES_INTERVAL || now < history->times_logged) {
    rc = write_time(history, (uint32_t)frame, now);
  }
  sqlite.mutex_leave(history->mutex);
  /* Only a crash would need the record; the next commit writes one. */
  if (rc != SQLITE_OK) hdb_history_failed(history, "The time of a commit was not noted", rc);
}

/* No frame of the WAL counts any more: what it held is in the database file. */
static void forget_wal(hdb_history *history, uint32_t salt_1, uint32_t salt_2) {
  history->salts[0] = salt_1;
  history->salts[1] = salt_2;
  history->captured_frame = 0;
  history->synced_frame = 0;
  history->times_offset = 0;
  history->times_logged = 0;
  __atomic_add_fetch(&history->generation, 1, __ATOMIC_SEQ_CST);
}

void hdb_history_new_wal(hdb_history *history, const unsigned char *head) {
  if (!hdb_history_is_started(history)) return;
  sqlite.mutex_enter(history->mutex);
  forget_wal(history, get32(head + AT_SALTS), get32(head + AT_SALTS + 4));
  int rc = write_time(history, 0, hdb_now());
  if (rc == SQLITE_OK) rc = history->times->pMethods->xSync(history->times, SYNC_NORMAL);
  history->times_logged = 0;
  sqlite.mutex_leave(history->mutex);
  if (rc != SQLITE_OK) hdb_history_failed(history, "A new WAL was not noted", rc);
}

/* All is in the database file now: it bears this mark until something writes to it. */
static void mark_clean(hdb_history *history, hdb_state *state) {
  hdb_file_mark mark = hdb_read_file_mark(history->database->path);
  state->is_clean = 1;
  state->file_size = mark.bytes;
  state->file_time = mark.changed;
}

/*
** Once the WAL is gone nothing tells whether another program has changed the database: the
** mark of its file does.
*/
int hdb_history_wal_ends(hdb_history *history) {
  hdb_state state;
  int rc = hdb_history_start(history);
  /* Without an index SQLite has not looked at that WAL: it belongs to no database. */
  if (rc != SQLITE_OK) return rc == SQLITE_BUSY ? SQLITE_OK : rc;
  sqlite.mutex_enter(history->store_mutex);
  state = history->state;
  mark_clean(history, &state);
  rc = hdb_store_write_state(&history->store, &state);
  if (rc == SQLITE_OK) history->state = state;
  sqlite.mutex_leave(history->store_mutex);
  if (rc == SQLITE_OK) {
    sqlite.mutex_enter(history->mutex);
    forget_wal(history, 0, 0);
    sqlite.mutex_leave(history->mutex);
    __atomic_add_fetch(&history->wal_number, 1, __ATOMIC_SEQ_CST);
    hdb_free_idle_readers(history);
  }
  return rc;
}

/* Starting */

/* Also a folder or an empty file, neither of which is there for SQLite's xAccess. */
static int set_file_aside(const char *path) {
  void *block;
  char *aside = hdb_make_path(path, "-damaged", &block);
  int rc = aside ? SQLITE_OK : SQLITE_NOMEM;
  if (aside && !hdb_move_file(path, aside) && hdb_read_file_mark(path).changed != 0) {
    rc = SQLITE_IOERR;
  }
  sqlite.free(block);
  return rc;
}

/* A history that cannot be read is put aside: it is an addition, and the present goes on. */
static int set_store_aside(hdb_history *history) {
  static const char *const companions[] = {"-wal", "-journal"};
  int rc = set_file_aside(history->store_path);
  for (int i = 0; rc == SQLITE_OK && i < 2; i++) {
    void *block;
    char *companion = hdb_make_path(history->store_path, companions[i], &block);
    rc = companion ? hdb_platform()->xDelete(hdb_platform(), companion, 0) : SQLITE_NOMEM;
    if (rc == SQLITE_IOERR_DELETE_NOENT) rc = SQLITE_OK;
    sqlite.free(block);
  }
  return rc;
}

/* A missing table or a row that is there twice is damage as well. */
int hdb_is_damage(int rc) {
  if (rc == HDB_FORGED) return 1;
  switch (rc & 0xff) {
    case SQLITE_NOTADB:
      return rc == SQLITE_NOTADB;
    case SQLITE_CORRUPT:
    case SQLITE_ERROR:
    case SQLITE_CONSTRAINT:
    case SQLITE_MISMATCH:
      return 1;
    default:
      return 0;
  }
}

static int is_same_wal(const hdb_state *state, const wal_place *wal) {
  return wal->salts[0] == state->salts[0] && wal->salts[1] == state->salts[1];
}

/* Whether this process's kind began the WAL: then the one before it had been captured. */
static int is_own_wal(hdb_history *history, const hdb_state *state, const wal_place *wal) {
  times_reader times = {history->times, 0, wal->salts, 0};
  uint32_t frame;
  int64_t time;
  return next_time(&times, &frame, &time) && frame == 0 &&
         times.scn == state->newest.scn + 1;
}

/*
** Whether another SQLite had the database open and did not close it: its WAL index, which
** ours is not, is still there. It may have checkpointed what was not captured.
*/
static int has_foreign_index(hdb_history *history) {
  void *block;
  int exists = 1;
  char *path = hdb_make_path(history->database->path, "-shm", &block);
  if (path) hdb_platform()->xAccess(hdb_platform(), path, 0, &exists);
  sqlite.free(block);
  return exists;
}

/* The hash of the database as the file and the first frames of the WAL have it. */
static int hash_database(hdb_history *history, sqlite3_file *wal, const wal_place *place,
                         uint32_t frame_count, uint32_t page_count, uint64_t *hash) {
  sqlite3_file *owner = history->database->owner;
  unsigned char *page = sqlite.malloc64(place->page_size);
  int rc = page ? SQLITE_OK : SQLITE_NOMEM;
  *hash = 0;
  for (uint32_t number = 1; number <= page_count && rc == SQLITE_OK; number++) {
    uint32_t frame = hdb_wal_index_find(&history->database->locks, number, frame_count);
    rc = frame ? read_exactly(wal, page, (int)place->page_size,
                              hdb_frame_offset(place->page_size, frame) + HDB_FRAME_HEAD_BYTES)
               : read_exactly(owner, page, (int)place->page_size,
                              (int64_t)(number - 1) * place->page_size);
    if (rc == SQLITE_IOERR_SHORT_READ) rc = SQLITE_OK;
    if (rc == SQLITE_OK) *hash += hdb_hash_in_place(page, place->page_size, number);
  }
  sqlite.free(page);
  return rc;
}

/* The last frame of the WAL that history has captured; 0 if it is a later WAL. */
static uint32_t known_frame(const hdb_state *state, const wal_place *place) {
  return is_same_wal(state, place) && place->frame_count >= state->frame ? state->frame : 0;
}

/*
** Whether the database went on from where the history knows it: either all signs say so, or
** what was captured last is there, byte for byte. Of a small database that is looked at
** after each crash, in case that its files are not of one time.
*/
static int continues(hdb_history *history, const hdb_state *state, sqlite3_file *wal,
                     const wal_place *place) {
  int has_wal = place->salts[0] != 0 || place->salts[1] != 0;
  int is_small = (int64_t)place->page_count * place->page_size <= MOST_BYTES_TO_HASH;
  uint32_t frame = known_frame(state, place);
  uint64_t hash;
  if (state->page_size != place->page_size) return 0;
  if (is_same_wal(state, place) && frame != state->frame && place->frame_count > 0) return 0;
  hdb_file_mark mark = hdb_read_file_mark(history->database->path);
  if (state->is_clean && mark.bytes == state->file_size && mark.changed == state->file_time) {
    return 1;
  }
  int is_known = has_wal && !has_foreign_index(history) &&
                 (is_same_wal(state, place) || is_own_wal(history, state, place));
  if (!state->has_hash || (is_known && !is_small)) return is_known;
  return hash_database(history, wal, place, frame, state->newest.page_count, &hash) ==
             SQLITE_OK &&
         hash == state->hash;
}

/* Of all records that are whole, whichever WAL they are of. */
static int64_t highest_logged_scn(hdb_history *history) {
  unsigned char record[TIMES_RECORD_BYTES];
  int64_t highest = 0;
  for (int64_t at = 0; read_exactly(history->times, record, sizeof record, at) == SQLITE_OK;
       at += TIMES_RECORD_BYTES) {
    int64_t scn = (int64_t)get64(record + 24);
    if (get32(record + 12) == times_checksum(record) && scn > highest) highest = scn;
  }
  return highest;
}

/* Begins the history: at the very start, or after a gap. The present state is its base. */
static int begin_anew(hdb_history *history, hdb_state *state, int exists, sqlite3_file *wal_file,
                      const wal_place *wal) {
  int64_t bucket;
  int64_t scn = 0;
  int64_t now = hdb_now();
  int64_t logged = highest_logged_scn(history);
  int rc = SQLITE_OK;
  state->has_hash = (int64_t)wal->page_count * wal->page_size <= MOST_BYTES_TO_HASH;
  if (state->has_hash) {
    rc = hash_database(history, wal_file, wal, wal->frame_count, wal->page_count, &state->hash);
  }
  if (rc == SQLITE_OK) rc = hdb_store_begin(&history->store, 1);
  if (rc != SQLITE_OK) return rc;
  if (exists || logged > 0 || history->is_store_lost) {
    /*
    ** SCNs that were given out and are not known any more must not be given out again. If
    ** nothing tells of any, there have not been as many as milliseconds since 1970.
    */
    if (!exists && logged == 0) logged = now / 1000;
    scn = logged > state->newest.scn ? logged : state->newest.scn;
    scn += (int64_t)wal->frame_count + MOST_COMMITS_BETWEEN_RECORDS;
    if (now <= state->newest.time) now = state->newest.time + 1;
    state->gap_scn = scn;
    state->gap_time = now;
    rc = hdb_store_retire_buckets(&history->store, INT64_MAX);
  }
  state->newest = (hdb_commit){scn, now, wal->page_count, 0};
  state->buckets_version++;
  state->page_size = wal->page_size;
  state->salts[0] = wal->salts[0];
  state->salts[1] = wal->salts[1];
  state->frame = wal->frame_count;
  state->is_clean = 0;
  if (wal->frame_count == 0) mark_clean(history, state);
  if (rc == SQLITE_OK) rc = hdb_store_add_bucket(&history->store, &state->newest, &bucket);
  if (rc == SQLITE_OK) rc = hdb_store_write_state(&history->store, state);
  if (rc == SQLITE_OK) rc = hdb_store_commit(&history->store);
  if (rc != SQLITE_OK) hdb_store_rollback(&history->store);
  return rc;
}

/* What another SQLite left behind, so that it is not taken for a sign of a later one. */
static int delete_foreign_index(hdb_history *history) {
  void *block;
  char *path = hdb_make_path(history->database->path, "-shm", &block);
  int rc = path ? hdb_platform()->xDelete(hdb_platform(), path, 0) : SQLITE_NOMEM;
  sqlite.free(block);
  return rc == SQLITE_IOERR_DELETE_NOENT ? SQLITE_OK : rc;
}

static int reconcile(hdb_history *history, sqlite3_file *wal) {
  hdb_state state;
  hdb_buckets buckets;
  wal_place place;
  int exists;
  int rc = read_wal_place(history, wal, &place);
  if (rc == SQLITE_OK) rc = hdb_store_read_state(&history->store, &state, &exists);
  if (rc == SQLITE_OK && (!exists || !continues(history, &state, wal, &place))) {
    rc = begin_anew(history, &state, exists, wal, &place);
  }
  if (rc == SQLITE_OK && has_foreign_index(history)) rc = delete_foreign_index(history);
  if (rc == SQLITE_OK) rc = hdb_store_read_buckets(&history->store, &buckets);
  if (rc == SQLITE_OK && buckets.count == 0) rc = SQLITE_CORRUPT;
  if (rc != SQLITE_OK) return rc;

  sqlite.mutex_enter(history->mutex);
  history->state = state;
  history->page_size = state.page_size;
  history->salts[0] = place.salts[0];
  history->salts[1] = place.salts[1];
  history->captured = state.newest;
  history->captured_frame = known_frame(&state, &place);
  history->synced_frame = history->captured_frame;
  history->last_time = state.newest.time;
  history->commit_count = 0;
  history->is_log_incomplete = 0;
  history->times_offset = end_of_times(history, place.frame_count);
  history->times_logged = 0;
  __atomic_store_n(&history->oldest_scn, buckets.list[0].base.scn, __ATOMIC_SEQ_CST);
  if (place.frame_count > history->captured_frame) rc = scan_wal(history, wal, place.frame_count);
  sqlite.mutex_leave(history->mutex);
  return rc;
}

static int open_and_reconcile(hdb_history *history) {
  sqlite3_file *wal = 0;
  int rc = SQLITE_OK;
  if (!history->store.db) {
    rc = hdb_store_open(history->store_path, hdb_vfs_of(history->database), 1, &history->store);
  }
  if (rc == SQLITE_OK && !history->times) {
    history->times = hdb_open_file(
        history->database, HDB_TIMES_FILE, history->times_path,
        SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_WAL, &rc);
  }
  if (rc == SQLITE_OK) wal = open_wal(history, &rc);
  if (rc == SQLITE_OK) rc = reconcile(history, wal);
  hdb_close_file(wal);
  return rc;
}

/* Starts with a new store; the readers of the old one close it when they are done. */
static int start_anew(hdb_history *history) {
  hdb_page_ages_forget(history->ages);
  hdb_store_close(&history->store);
  __atomic_add_fetch(&history->store_number, 1, __ATOMIC_SEQ_CST);
  __atomic_add_fetch(&history->generation, 1, __ATOMIC_SEQ_CST);
  hdb_free_idle_readers(history);
  history->is_store_lost = 1;
  int rc = set_store_aside(history);
  return rc == SQLITE_OK ? open_and_reconcile(history) : rc;
}

static int start(hdb_history *history) {
  hdb_wal_index_header index;
  if (!hdb_wal_index_read(&history->database->locks, &index)) return SQLITE_BUSY;
  int rc = open_and_reconcile(history);
  if (hdb_is_damage(rc)) {
    hdb_history_failed(history, "The history was damaged and is kept as -history-damaged", rc);
    rc = start_anew(history);
  }
  return rc;
}

int hdb_history_start(hdb_history *history) {
  int rc = SQLITE_OK;
  if (hdb_history_is_started(history)) return SQLITE_OK;
  sqlite.mutex_enter(history->store_mutex);
  if (!history->is_started) {
    rc = start(history);
    if (rc == SQLITE_OK) {
      __atomic_store_n(&history->is_started, 1, __ATOMIC_RELEASE);
    } else if (rc != SQLITE_BUSY) {
      hdb_history_failed(history, "The history cannot be started", rc);
      rc = hdb_history_outlive(history, rc);
    }
  }
  sqlite.mutex_leave(history->store_mutex);
  return rc;
}

/* Whether the WAL is longer than it may become for a history that does not work. */
static int has_wal_grown_too_long(hdb_history *history) {
  hdb_wal_index_header index;
  sqlite.mutex_enter(history->mutex);
  int may_pass = history->failures < MOST_FAILURES;
  sqlite.mutex_leave(history->mutex);
  if (may_pass || history->settings.max_wal_bytes <= 0) return 0;
  return hdb_wal_index_read(&history->database->locks, &index) &&
         hdb_frame_offset(index.page_size, index.frame_count + 1) > history->settings.max_wal_bytes;
}

/*
** What a new history would not mend: it would find no room either. A full disk bounds the WAL
** by itself, and commits that find no room say so.
*/
static int fails_anew(int rc) {
  int kind = rc & 0xff;
  return kind == SQLITE_FULL || kind == SQLITE_NOMEM || kind == SQLITE_BUSY ||
         rc == SQLITE_IOERR_NOMEM;
}

int hdb_history_outlive(hdb_history *history, int rc) {
  if (rc == SQLITE_OK) return rc;
  int is_damaged = hdb_is_damage(rc);
  if (!is_damaged && (fails_anew(rc) || !has_wal_grown_too_long(history))) return rc;
  int lacks_times = history->store.db && !history->times;
  __atomic_store_n(&history->is_started, 0, __ATOMIC_RELEASE);
  if (lacks_times && !is_damaged) {
    rc = set_file_aside(history->times_path);
    if (rc == SQLITE_OK) rc = open_and_reconcile(history);
  } else {
    rc = start_anew(history);
  }
  if (rc != SQLITE_OK) return rc;
  sqlite.mutex_enter(history->mutex);
  history->failures = 0;
  history->failure[0] = 0;
  sqlite.mutex_leave(history->mutex);
  __atomic_store_n(&history->is_started, 1, __ATOMIC_RELEASE);
  return SQLITE_OK;
}

int hdb_history_newest(hdb_history *history, hdb_commit *out) {
  sqlite.mutex_enter(history->mutex);
  int rc = hdb_repair_log(history);
  *out = history->captured;
  if (history->commit_count > 0) {
    const hdb_logged_commit *last = &history->commits[history->commit_count - 1];
    *out = (hdb_commit){newest_scn(history), last->time, last->page_count, 0};
  }
  sqlite.mutex_leave(history->mutex);
  return rc;
}

int hdb_history_oldest(hdb_history *history, hdb_commit *out) {
  hdb_past *past;
  int rc = hdb_past_begin(history, &past);
  if (rc == SQLITE_OK) {
    rc = hdb_past_oldest(past, out);
    hdb_past_end(past);
  }
  return rc;
}

int hdb_history_wake(hdb_history *history) {
  sqlite3 *db = 0;
  int rc = hdb_history_start(history);
  if (rc != SQLITE_BUSY) return rc;
  rc = sqlite.open_v2(history->database->path, &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX,
                      hdb_vfs_of(history->database));
  if (rc == SQLITE_OK) rc = sqlite.exec(db, "SELECT 1 FROM sqlite_schema LIMIT 1", 0, 0, 0);
  if (rc == SQLITE_OK) rc = hdb_history_start(history);
  sqlite.close_v2(db);
  return rc;
}

static hdb_database *database_of(sqlite3 *db) {
  hdb_database *database = 0;
  if (sqlite.file_control(db, "main", HDB_FCNTL_DATABASE, &database) != SQLITE_OK) return 0;
  return database;
}

hdb_history *hdb_history_of(sqlite3 *db, int *rc) {
  hdb_database *database = database_of(db);
  hdb_history *history = database ? database->history : 0;
  *rc = SQLITE_OK;
  if (!history) return 0;
  *rc = hdb_history_wake(history);
  return *rc == SQLITE_OK ? history : 0;
}
