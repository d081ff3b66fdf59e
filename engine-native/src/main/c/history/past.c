/*
** Reading pages as they were at a point: see history.h, and capture.c for the format.
**
** A reader works on a read transaction of the store, and from there on with the database
** as a checkpoint has left it. The store says up to which frame of the WAL it knows; what
** comes behind is in the WAL. A capture may store versions, and its checkpoint overwrite
** pages, while a reader is between the two: it then finds that the history's generation
** has changed, and starts again.
*/
#include <stdlib.h>
#include <string.h>

#include "internal.h"

/* An entry of a row of versions. */
typedef struct version_entry {
  int stands_alone;
  uint32_t checksum;
  size_t delta, bytes; /* the difference, as a place among the bodies */
} version_entry;

struct hdb_past {
  hdb_past *next;
  hdb_history *history;
  hdb_store store;
  hdb_state state;
  hdb_buckets buckets;
  sqlite3_stmt *find_versions[HDB_MOST_BUCKETS + 1]; /* by bucket */
  sqlite3_stmt *find_commit[HDB_MOST_BUCKETS + 1];
  sqlite3_stmt *find_change[HDB_MOST_BUCKETS + 1]; /* prepared when it is needed */
  int64_t prepared_version; /* of the buckets that these are for; -1 for none */
  sqlite3_file *main_file, *wal;
  uint32_t wal_number, store_number; /* of the history's files that these are open on */
  uint32_t generation;
  uint32_t page_size;
  unsigned char *spare; /* a page */
  unsigned char *zeros; /* a page of them */

  /* The commits of a capture, as its row has them: those up to last_commit. */
  unsigned char *commits;
  size_t commit_count, commit_capacity;
  int64_t last_commit;

  /* The rows of the page that is being read, the newest last. */
  unsigned char *bodies;
  size_t body_bytes, body_capacity;
  version_entry *entries;
  size_t entry_count, entry_capacity;
};

static void forget_buckets(hdb_past *past) {
  for (int i = 0; i <= HDB_MOST_BUCKETS; i++) {
    sqlite.finalize(past->find_versions[i]);
    sqlite.finalize(past->find_commit[i]);
    sqlite.finalize(past->find_change[i]);
    past->find_versions[i] = past->find_commit[i] = past->find_change[i] = 0;
  }
  past->prepared_version = -1;
}

static void free_reader(hdb_past *past) {
  forget_buckets(past);
  hdb_store_close(&past->store);
  hdb_close_file(past->main_file);
  hdb_close_file(past->wal);
  sqlite.free(past->spare);
  sqlite.free(past->zeros);
  sqlite.free(past->commits);
  sqlite.free(past->bodies);
  sqlite.free(past->entries);
  sqlite.free(past);
}

void hdb_free_idle_readers(hdb_history *history) {
  if (!history->mutex) return;
  sqlite.mutex_enter(history->mutex);
  hdb_past *idle = history->idle;
  history->idle = 0;
  sqlite.mutex_leave(history->mutex);
  while (idle) {
    hdb_past *next = idle->next;
    free_reader(idle);
    idle = next;
  }
}

static hdb_past *new_reader(hdb_history *history, int *rc) {
  hdb_past *past = sqlite.malloc64(sizeof *past);
  *rc = SQLITE_NOMEM;
  if (!past) return 0;
  memset(past, 0, sizeof *past);
  past->history = history;
  past->store_number = __atomic_load_n(&history->store_number, __ATOMIC_SEQ_CST);
  past->page_size = history->page_size;
  past->prepared_version = -1;
  past->spare = sqlite.malloc64(past->page_size);
  past->zeros = sqlite.malloc64(past->page_size);
  if (past->spare && past->zeros) {
    memset(past->zeros, 0, past->page_size);
    *rc = hdb_store_open(history->store_path, hdb_vfs_of(history->database), 0, &past->store);
    if (*rc == SQLITE_OK) {
      past->main_file = hdb_open_file(history->database, HDB_MAIN_FILE, history->database->path,
                                      SQLITE_OPEN_READONLY | SQLITE_OPEN_MAIN_DB, rc);
    }
  }
  if (*rc != SQLITE_OK) {
    free_reader(past);
    past = 0;
  }
  return past;
}

/* Begins a read transaction that sees all that is stored. */
static int renew(hdb_past *past) {
  int exists;
  hdb_store_rollback(&past->store);
  past->generation = __atomic_load_n(&past->history->generation, __ATOMIC_SEQ_CST);
  int rc = hdb_store_begin(&past->store, 0);
  if (rc == SQLITE_OK) rc = hdb_store_read_state(&past->store, &past->state, &exists);
  if (rc == SQLITE_OK && !exists) rc = SQLITE_CORRUPT;
  if (rc != SQLITE_OK || past->state.buckets_version == past->prepared_version) return rc;

  forget_buckets(past);
  rc = hdb_store_read_buckets(&past->store, &past->buckets);
  for (int i = 0; i < past->buckets.count && rc == SQLITE_OK; i++) {
    int64_t id = past->buckets.list[i].id;
    rc = hdb_store_prepare(&past->store,
                           "SELECT until, start, bytes, bodies FROM versions_%lld LEFT JOIN"
                           " packs_%lld ON id = pack WHERE page = ? AND until > ? ORDER BY until",
                           id, &past->find_versions[i]);
    if (rc == SQLITE_OK) {
      rc = hdb_store_prepare(
          &past->store,
          "SELECT scn, commits FROM captures_%lld WHERE scn >= ? ORDER BY scn LIMIT 1", id,
          &past->find_commit[i]);
    }
  }
  if (rc == SQLITE_OK) past->prepared_version = past->state.buckets_version;
  return rc;
}

int hdb_past_begin(hdb_history *history, hdb_past **out) {
  int rc = SQLITE_OK;
  sqlite.mutex_enter(history->mutex);
  hdb_past *past = history->idle;
  if (past) history->idle = past->next;
  sqlite.mutex_leave(history->mutex);
  if (!past) past = new_reader(history, &rc);
  if (past) {
    rc = renew(past);
    if (rc != SQLITE_OK) {
      free_reader(past);
      past = 0;
    }
  }
  *out = past;
  return rc;
}

void hdb_past_end(hdb_past *past) {
  if (!past) return;
  hdb_history *history = past->history;
  hdb_store_rollback(&past->store);
  if (past->store_number != __atomic_load_n(&history->store_number, __ATOMIC_SEQ_CST)) {
    free_reader(past);
    return;
  }
  sqlite.mutex_enter(history->mutex);
  past->next = history->idle;
  history->idle = past;
  sqlite.mutex_leave(history->mutex);
}

uint32_t hdb_past_page_size(const hdb_past *past) { return past->page_size; }

hdb_store *hdb_past_store(hdb_past *past) { return &past->store; }

const hdb_state *hdb_past_state(const hdb_past *past) { return &past->state; }

static int has_changed(const hdb_past *past) {
  return past->generation != __atomic_load_n(&past->history->generation, __ATOMIC_SEQ_CST);
}

/*
** The store of this read transaction may have lost buckets that the history still counts, and
** the other way round: retention changes one after the other.
*/
static int64_t oldest_scn(const hdb_past *past) {
  int64_t known = __atomic_load_n(&past->history->oldest_scn, __ATOMIC_SEQ_CST);
  int64_t stored = past->buckets.count > 0 ? past->buckets.list[0].base.scn : INT64_MAX;
  return known > stored ? known : stored;
}

/* Runs `once` until no capture and no new WAL came in between. */
#define UNCHANGED(past, once)                                \
  do {                                                       \
    int rc_ = has_changed(past) ? renew(past) : SQLITE_OK;   \
    if (rc_ == SQLITE_OK) rc_ = (once);                      \
    if (!has_changed(past)) return rc_;                      \
  } while (1)

static int is_same_wal(const hdb_past *past) {
  const hdb_history *history = past->history;
  return past->state.salts[0] == history->salts[0] && past->state.salts[1] == history->salts[1];
}

/* The last frame of the WAL that belongs to a point; 0 if none does. */
static int last_frame(hdb_past *past, int64_t scn, uint32_t *frame) {
  hdb_history *history = past->history;
  int rc = SQLITE_OK;
  *frame = 0;
  sqlite.mutex_enter(history->mutex);
  if (scn <= past->state.newest.scn) {
    if (is_same_wal(past)) *frame = past->state.frame;
  } else {
    rc = hdb_repair_log(history);
    const hdb_logged_commit *commit = hdb_logged(history, scn);
    if (commit) {
      *frame = commit->frame;
    } else if (rc == SQLITE_OK) {
      /* Either it does not exist, or it has been captured since the transaction began. */
      rc = scn <= history->captured.scn ? SQLITE_OK : HDB_NO_POINT;
    }
  }
  sqlite.mutex_leave(history->mutex);
  return rc;
}

static int open_wal(hdb_past *past) {
  hdb_history *history = past->history;
  uint32_t number = __atomic_load_n(&history->wal_number, __ATOMIC_SEQ_CST);
  int rc = SQLITE_OK;
  if (past->wal && past->wal_number == number) return SQLITE_OK;
  hdb_close_file(past->wal);
  past->wal_number = number;
  past->wal = hdb_open_file(history->database, HDB_WAL_FILE, history->wal_path,
                            SQLITE_OPEN_READONLY | SQLITE_OPEN_WAL, &rc);
  return rc;
}

/* A page as a frame of the WAL, or failing that the database file, has it. */
static int read_live(hdb_past *past, uint32_t page, uint32_t frame_count, unsigned char *out) {
  uint32_t frame = hdb_wal_index_find(&past->history->database->locks, page, frame_count);
  if (frame) {
    int rc = open_wal(past);
    return rc == SQLITE_OK
               ? past->wal->pMethods->xRead(past->wal, out, (int)past->page_size,
                                            hdb_frame_offset(past->page_size, frame) +
                                                HDB_FRAME_HEAD_BYTES)
               : rc;
  }
  int rc = past->main_file->pMethods->xRead(past->main_file, out, (int)past->page_size,
                                            (int64_t)(page - 1) * past->page_size);
  return rc == SQLITE_IOERR_SHORT_READ ? SQLITE_OK : rc;
}

static int grow(void **memory, size_t *capacity, size_t needed, size_t item_bytes) {
  if (needed <= *capacity) return SQLITE_OK;
  size_t more = needed * 2;
  void *grown = sqlite.realloc64(*memory, more * item_bytes);
  if (!grown) return SQLITE_NOMEM;
  *memory = grown;
  *capacity = more;
  return SQLITE_OK;
}

/*
** The body of the row that a statement is at, whose columns are until, start, bytes, bodies;
** null if it is damaged.
*/
static const unsigned char *body_of(sqlite3_stmt *row, size_t *bytes) {
  const unsigned char *bodies = sqlite.column_blob(row, 3);
  int64_t all = sqlite.column_bytes(row, 3);
  int64_t start = sqlite.column_int64(row, 1);
  int64_t length = sqlite.column_int64(row, 2);
  if (!bodies || start < 0 || start > all || length <= 0 || length > all - start) return 0;
  *bytes = (size_t)length;
  return bodies + start;
}

/*
** Keeps the body of a row, and adds its entries that ended after `scn`, up to the first that
** stands alone, as none behind it is needed then.
*/
static int keep_row(hdb_past *past, sqlite3_stmt *row, int64_t scn, int *complete) {
  int64_t until = sqlite.column_int64(row, 0);
  size_t place = past->body_bytes;
  size_t bytes;
  const unsigned char *body = body_of(row, &bytes);
  if (!body) return SQLITE_CORRUPT;
  int rc = grow((void **)&past->bodies, &past->body_capacity, place + bytes, 1);
  if (rc != SQLITE_OK) return rc;
  memcpy(past->bodies + place, body, bytes);
  past->body_bytes += bytes;
  for (const unsigned char *in = body; in < body + bytes && !*complete;) {
    hdb_version version;
    in = hdb_read_version(in, body + bytes, until, &version);
    if (!in) return SQLITE_CORRUPT;
    if (version.until <= scn) continue;
    rc = grow((void **)&past->entries, &past->entry_capacity, past->entry_count + 1,
              sizeof *past->entries);
    if (rc != SQLITE_OK) return rc;
    past->entries[past->entry_count++] =
        (version_entry){version.stands_alone, version.checksum,
                        place + (size_t)(version.delta - body), version.bytes};
    *complete = version.stands_alone;
  }
  return SQLITE_OK;
}

/*
** Collects the page's versions from the one at `scn` on, up to the first that needs no
** newer one: *complete says whether there is such a one.
*/
static int collect_versions(hdb_past *past, int64_t scn, uint32_t page, int *complete) {
  int rc = SQLITE_OK;
  *complete = 0;
  past->body_bytes = 0;
  past->entry_count = 0;
  for (int i = 0; i < past->buckets.count && !*complete && rc == SQLITE_OK; i++) {
    /* A bucket has what the commits up to the next one's base have ended. */
    if (i + 1 < past->buckets.count && past->buckets.list[i + 1].base.scn <= scn) continue;
    sqlite3_stmt *find = past->find_versions[i];
    sqlite.bind_int64(find, 1, page);
    sqlite.bind_int64(find, 2, scn);
    while (rc == SQLITE_OK && !*complete && sqlite.step(find) == SQLITE_ROW) {
      rc = keep_row(past, find, scn, complete);
    }
    int reset_rc = sqlite.reset(find);
    if (rc == SQLITE_OK) rc = reset_rc;
  }
  return rc;
}

/* Makes of the page in `out` the oldest of the versions that were collected. */
static int apply_versions(hdb_past *past, unsigned char *out) {
  unsigned char *newer = out;
  unsigned char *older = past->spare;
  for (size_t i = past->entry_count; i-- > 0;) {
    const version_entry *entry = &past->entries[i];
    if (!hdb_delta_apply(past->bodies + entry->delta, entry->bytes,
                         entry->stands_alone ? past->zeros : newer, older, past->page_size) ||
        hdb_page_checksum(older, past->page_size) != entry->checksum) {
      return SQLITE_CORRUPT;
    }
    unsigned char *other = newer;
    newer = older;
    older = other;
  }
  if (newer != out) memcpy(out, newer, past->page_size);
  return SQLITE_OK;
}

static int read_page(hdb_past *past, int64_t scn, uint32_t page, unsigned char *out) {
  uint32_t frame_count;
  int complete = 0;
  int rc;
  if (scn < oldest_scn(past)) return HDB_NO_POINT;
  rc = last_frame(past, scn, &frame_count);
  past->entry_count = 0;
  if (rc == SQLITE_OK && scn < past->state.newest.scn) {
    rc = collect_versions(past, scn, page, &complete);
  }
  if (rc != SQLITE_OK) return rc;
  if (!complete) {
    rc = read_live(past, page, frame_count, out);
    if (rc != SQLITE_OK) return rc;
  }
  return apply_versions(past, out);
}

int hdb_past_page(hdb_past *past, int64_t scn, uint32_t page, unsigned char *out) {
  UNCHANGED(past, read_page(past, scn, page, out));
}

/* What the lists of changed pages are turned into. */
typedef struct change_list {
  hdb_page_change *changes;
  size_t count, capacity;
  int64_t from, to;
} change_list;

static int add_change(change_list *list, int64_t scn, uint32_t page) {
  if (scn <= list->from || scn > list->to) return SQLITE_OK;
  int rc =
      grow((void **)&list->changes, &list->capacity, list->count + 1, sizeof *list->changes);
  if (rc == SQLITE_OK) list->changes[list->count++] = (hdb_page_change){scn, page};
  return rc;
}

/* Reads the list of a capture whose commits follow the point `base`. */
static int read_list(change_list *list, int64_t base, const unsigned char *in, size_t bytes) {
  const unsigned char *end = in + bytes;
  uint64_t page = 0;
  if (base >= list->to) return SQLITE_DONE;
  while (in < end) {
    uint64_t step;
    uint64_t count;
    int64_t scn = base;
    in = hdb_get_varint(in, end, &step);
    if (in) in = hdb_get_varint(in, end, &count);
    if (!in) return SQLITE_CORRUPT;
    page += step;
    while (count-- > 0) {
      in = hdb_get_varint(in, end, &step);
      if (!in || page > UINT32_MAX) return SQLITE_CORRUPT;
      scn += (int64_t)step;
      int rc = add_change(list, scn, (uint32_t)page);
      if (rc != SQLITE_OK) return rc;
    }
  }
  return SQLITE_OK;
}

static int stored_changes(hdb_past *past, change_list *list) {
  int rc = SQLITE_OK;
  for (int i = 0; i < past->buckets.count && rc == SQLITE_OK; i++) {
    sqlite3_stmt *rows;
    if (past->buckets.list[i].base.scn >= list->to) break;
    if (i + 1 < past->buckets.count && past->buckets.list[i + 1].base.scn <= list->from) continue;
    rc = hdb_store_prepare(&past->store,
                           "SELECT scn - length(commits) / 16, pages FROM captures_%lld"
                           " WHERE scn > ? ORDER BY scn",
                           past->buckets.list[i].id, &rows);
    if (rc != SQLITE_OK) return rc;
    sqlite.bind_int64(rows, 1, list->from);
    while (rc == SQLITE_OK && sqlite.step(rows) == SQLITE_ROW) {
      rc = read_list(list, sqlite.column_int64(rows, 0), sqlite.column_blob(rows, 1),
                     (size_t)sqlite.column_bytes(rows, 1));
    }
    if (rc == SQLITE_DONE) rc = SQLITE_OK;
    int finalize_rc = sqlite.finalize(rows);
    if (rc == SQLITE_OK) rc = finalize_rc;
  }
  return rc;
}

static int logged_changes(hdb_past *past, change_list *list) {
  hdb_history *history = past->history;
  int rc;
  sqlite.mutex_enter(history->mutex);
  rc = hdb_repair_log(history);
  uint32_t frame = history->captured_frame;
  uint32_t page_count = history->captured.page_count;
  int64_t stored = past->state.newest.scn;
  for (size_t i = 0; i < history->commit_count && rc == SQLITE_OK; i++) {
    const hdb_logged_commit *commit = &history->commits[i];
    int64_t scn = history->captured.scn + 1 + (int64_t)i;
    if (scn > list->to) break;
    if (scn <= list->from || scn <= stored) {
      frame = commit->frame;
      page_count = commit->page_count;
      continue;
    }
    while (frame < commit->frame && rc == SQLITE_OK) {
      uint32_t page = hdb_wal_index_page(&history->database->locks, ++frame);
      if (page <= commit->page_count) rc = add_change(list, scn, page);
    }
    for (uint32_t page = commit->page_count + 1; page <= page_count && rc == SQLITE_OK; page++) {
      rc = add_change(list, scn, page);
    }
    page_count = commit->page_count;
  }
  sqlite.mutex_leave(history->mutex);
  return rc;
}

static int compare_changes(const void *a, const void *b) {
  const hdb_page_change *left = a;
  const hdb_page_change *right = b;
  if (left->scn != right->scn) return left->scn < right->scn ? -1 : 1;
  return (left->page > right->page) - (left->page < right->page);
}

/* Sorts them, and keeps each page of a commit once: what spilled was written twice. */
static void tidy_changes(change_list *list) {
  size_t kept = 0;
  if (list->count == 0) return;
  qsort(list->changes, list->count, sizeof *list->changes, compare_changes);
  for (size_t i = 0; i < list->count; i++) {
    if (kept == 0 || compare_changes(&list->changes[kept - 1], &list->changes[i]) != 0) {
      list->changes[kept++] = list->changes[i];
    }
  }
  list->count = kept;
}

static int count_logged_changes(hdb_past *past, hdb_commit *commit) {
  change_list list = {0, 0, 0, commit->scn - 1, commit->scn};
  int rc = logged_changes(past, &list);
  if (rc == SQLITE_OK) tidy_changes(&list);
  commit->changed_pages = (uint32_t)list.count;
  sqlite.free(list.changes);
  return rc;
}

static int compare_pages(const void *a, const void *b) {
  uint32_t left = *(const uint32_t *)a;
  uint32_t right = *(const uint32_t *)b;
  return (left > right) - (left < right);
}

/* The bucket that has a point's commit, or whose base it is; -1 if it is too old. */
static int bucket_of(const hdb_past *past, int64_t scn) {
  int i = past->buckets.count - 1;
  while (i >= 0 && past->buckets.list[i].base.scn > scn) i--;
  return i;
}

static uint64_t get_little_endian(const unsigned char *in, int bytes) {
  uint64_t value = 0;
  for (int i = bytes; i-- > 0;) value = value << 8 | in[i];
  return value;
}

static int has_commit(const hdb_past *past, int64_t scn) {
  return scn <= past->last_commit && past->last_commit - scn < (int64_t)past->commit_count;
}

/* Keeps the commits of the capture that a commit belongs to, as neighbours are asked for next. */
static int load_commits(hdb_past *past, sqlite3_stmt *find, int64_t scn) {
  int rc = SQLITE_OK;
  past->commit_count = 0;
  sqlite.bind_int64(find, 1, scn);
  if (sqlite.step(find) == SQLITE_ROW) {
    const void *commits = sqlite.column_blob(find, 1);
    size_t bytes = (size_t)sqlite.column_bytes(find, 1);
    rc = grow((void **)&past->commits, &past->commit_capacity, bytes, 1);
    if (rc == SQLITE_OK && bytes > 0) {
      memcpy(past->commits, commits, bytes);
      past->last_commit = sqlite.column_int64(find, 0);
      past->commit_count = bytes / HDB_COMMIT_BYTES;
    }
  }
  int reset_rc = sqlite.reset(find);
  return rc == SQLITE_OK ? reset_rc : rc;
}

static int find_commit(hdb_past *past, int64_t scn, hdb_commit *out) {
  *out = (hdb_commit){scn, 0, 0, 0};
  if (scn > past->state.newest.scn) {
    uint32_t frame;
    int rc = last_frame(past, scn, &frame);
    if (rc != SQLITE_OK) return rc;
    sqlite.mutex_enter(past->history->mutex);
    const hdb_logged_commit *commit = hdb_logged(past->history, scn);
    if (commit) *out = (hdb_commit){scn, commit->time, commit->page_count, 0};
    sqlite.mutex_leave(past->history->mutex);
    return count_logged_changes(past, out);
  }
  int bucket = bucket_of(past, scn);
  if (bucket < 0) return HDB_NO_POINT;
  const hdb_bucket *found = &past->buckets.list[bucket];
  if (found->base.scn == scn) {
    *out = found->base;
    if (bucket > 0) bucket--;
  }
  int rc = SQLITE_OK;
  if (!has_commit(past, scn)) rc = load_commits(past, past->find_commit[bucket], scn);
  if (rc == SQLITE_OK && has_commit(past, scn)) {
    const unsigned char *packed =
        past->commits +
        (past->commit_count - 1 - (size_t)(past->last_commit - scn)) * HDB_COMMIT_BYTES;
    *out = (hdb_commit){scn, (int64_t)get_little_endian(packed, 8),
                        (uint32_t)get_little_endian(packed + 8, 4),
                        (uint32_t)get_little_endian(packed + 12, 4)};
  }
  /* The base of the oldest bucket has no row of its own any more. */
  if (rc == SQLITE_OK && out->time == 0) rc = HDB_NO_POINT;
  return rc;
}

static int read_commit(hdb_past *past, int64_t scn, hdb_commit *out) {
  return scn < oldest_scn(past) ? HDB_NO_POINT : find_commit(past, scn, out);
}

int hdb_past_commit(hdb_past *past, int64_t scn, hdb_commit *out) {
  UNCHANGED(past, read_commit(past, scn, out));
}

int hdb_past_oldest(hdb_past *past, hdb_commit *out) {
  UNCHANGED(past, find_commit(past, oldest_scn(past), out));
}

/* The newest commit that changed a page, among those of the WAL after the store's. */
static int logged_change(hdb_past *past, int64_t scn, uint32_t page, int64_t *out) {
  hdb_history *history = past->history;
  uint32_t frame_count;
  int rc = last_frame(past, scn, &frame_count);
  *out = 0;
  if (rc != SQLITE_OK) return rc;
  uint32_t frame = hdb_wal_index_find(&history->database->locks, page, frame_count);
  sqlite.mutex_enter(history->mutex);
  size_t low = 0;
  size_t high = history->commit_count;
  while (low < high) {
    size_t middle = (low + high) / 2;
    if (history->commits[middle].frame < frame) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  if (frame > history->captured_frame && low < history->commit_count) {
    *out = history->captured.scn + 1 + (int64_t)low;
  }
  sqlite.mutex_leave(history->mutex);
  return SQLITE_OK;
}

/* The last version of a row that ended by `scn`, if there is one. */
static int last_ended(const unsigned char *in, const unsigned char *end, int64_t row_until,
                      int64_t scn, int64_t *out) {
  hdb_version version;
  while (in < end) {
    in = hdb_read_version(in, end, row_until, &version);
    if (!in) return SQLITE_CORRUPT;
    if (version.until > scn) break;
    *out = version.until;
  }
  return SQLITE_OK;
}

/*
** The newest commit not after `scn` that changed a page, in one bucket: 0 if there is none.
** The last row that ended by then has it, or an entry of the row behind that one.
*/
static int find_stored_change(hdb_past *past, int bucket, int64_t scn, uint32_t page,
                              int64_t *out) {
  sqlite3_stmt **find = &past->find_change[bucket];
  int rc = SQLITE_OK;
  *out = 0;
  if (!*find) {
    rc = hdb_store_prepare(&past->store,
                           "SELECT until, start, bytes, bodies FROM versions_%lld LEFT JOIN"
                           " packs_%lld ON id = pack WHERE page = ?1 AND until >="
                           " coalesce((SELECT max(until) FROM versions_%lld WHERE page = ?1 AND"
                           " until <= ?2), 0) ORDER BY until LIMIT 2",
                           past->buckets.list[bucket].id, find);
    if (rc != SQLITE_OK) return rc;
  }
  sqlite.bind_int64(*find, 1, page);
  sqlite.bind_int64(*find, 2, scn);
  while (rc == SQLITE_OK && sqlite.step(*find) == SQLITE_ROW) {
    int64_t until = sqlite.column_int64(*find, 0);
    if (until <= scn) {
      *out = until;
    } else {
      size_t bytes;
      const unsigned char *body = body_of(*find, &bytes);
      rc = body ? last_ended(body, body + bytes, until, scn, out) : SQLITE_CORRUPT;
    }
  }
  int reset_rc = sqlite.reset(*find);
  return rc == SQLITE_OK ? reset_rc : rc;
}

static int find_change(hdb_past *past, int64_t scn, uint32_t page, int64_t *out) {
  int rc = SQLITE_OK;
  *out = 0;
  if (scn < oldest_scn(past)) return HDB_NO_POINT;
  if (scn > past->state.newest.scn) {
    rc = logged_change(past, scn, page, out);
    if (rc != SQLITE_OK || *out) return rc;
    scn = past->state.newest.scn;
  }
  for (int i = bucket_of(past, scn); i >= 0 && !*out && rc == SQLITE_OK; i--) {
    rc = find_stored_change(past, i, scn, page, out);
  }
  return rc;
}

int hdb_past_changed_at(hdb_past *past, int64_t scn, uint32_t page, int64_t *out) {
  UNCHANGED(past, find_change(past, scn, page, out));
}

static int read_changes(hdb_past *past, change_list *list) {
  list->count = 0;
  if (list->from < oldest_scn(past)) return HDB_NO_POINT;
  int rc = stored_changes(past, list);
  if (rc == SQLITE_OK && list->to > past->state.newest.scn) rc = logged_changes(past, list);
  return rc;
}

static int read_unchanged(hdb_past *past, change_list *list) {
  UNCHANGED(past, read_changes(past, list));
}

int hdb_past_changes(hdb_past *past, int64_t from, int64_t to, hdb_page_change **out,
                     size_t *count) {
  change_list list = {0, 0, 0, from, to};
  int rc = read_unchanged(past, &list);
  *out = 0;
  *count = 0;
  if (rc != SQLITE_OK) {
    sqlite.free(list.changes);
    return rc;
  }
  tidy_changes(&list);
  *out = list.changes;
  *count = list.count;
  return SQLITE_OK;
}

int hdb_past_changed_pages(hdb_past *past, int64_t from, int64_t to, uint32_t **out,
                           size_t *count) {
  hdb_page_change *changes;
  size_t change_count;
  size_t kept = 0;
  int rc = hdb_past_changes(past, from, to, &changes, &change_count);
  *out = 0;
  *count = 0;
  if (rc != SQLITE_OK) return rc;
  uint32_t *pages = sqlite.malloc64((change_count + 1) * sizeof *pages);
  if (!pages) {
    sqlite.free(changes);
    return SQLITE_NOMEM;
  }
  for (size_t i = 0; i < change_count; i++) pages[i] = changes[i].page;
  sqlite.free(changes);
  qsort(pages, change_count, sizeof *pages, compare_pages);
  for (size_t i = 0; i < change_count; i++) {
    if (kept == 0 || pages[kept - 1] != pages[i]) pages[kept++] = pages[i];
  }
  *out = pages;
  *count = kept;
  return SQLITE_OK;
}
