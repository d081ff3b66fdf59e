/*
** Capture: before a checkpoint overwrites pages of the database file, what they and the
** frames of the WAL hold goes into the history, in one transaction that is durable when
** this returns.
**
** For each page that the frames change, in the order of commits, the version that a commit
** ended is stored as its difference to the one that this commit made (page_delta.h). One
** row takes all versions of a page that one capture finds:
**
**   an entry for each, the oldest first:
**     varint   SCN of the row (`until`) less the SCN that ended this version
**     varint   bytes of the difference * 2, and 1 if its base is not the next version but
**              a page of zeros
**     4 bytes  checksum of the version, little-endian
**     the difference
**
** The base of a row's last entry is the page as it is after the row's SCN: the first
** version of the page's next row or, behind the last row, the page in the database.
**
** A page that a commit cuts off the database ends there, and is as good as all zeros until
** it comes again.
**
** The row of a capture in captures_<bucket> has 16 bytes for each of its commits: the time
** (64 bits), the pages of the database after it and the number of pages that it changed
** (32 bits each), little-endian. Then it lists the pages, ascending:
**     varint   page less the page before it
**     varint   number of commits that changed it, then for each
**     varint   SCN less the SCN before it, the first less the SCN before the capture
*/
#include <stdlib.h>
#include <string.h>

#include "../storage/platform.h"
#include "internal.h"
#include "maintenance.h"

enum {
  AGE_SHARE = 8,  /* of the retention that one bucket spans */
  SIZE_SHARE = 8, /* of the size that one bucket takes */
  ROW_OVERHEAD = 24,
  LONG_STORE_WAL = 4 * 1024 * 1024,
  VERY_LONG_STORE_WAL = 2 * LONG_STORE_WAL
};

/* A commit's change of a page. */
typedef struct page_event {
  uint32_t page;
  uint32_t commit; /* place among the captured ones */
  uint32_t frame;  /* 0: the commit cut the page off */
} page_event;

typedef struct byte_buffer {
  unsigned char *bytes;
  size_t count, capacity;
} byte_buffer;

typedef struct capture {
  hdb_history *history;
  uint32_t page_size;
  const hdb_logged_commit *commits; /* a copy */
  uint32_t commit_count;
  int64_t base_scn; /* SCN before the first of them */
  uint32_t base_frame, base_page_count;
  page_event *events;
  size_t event_count;
  sqlite3_file *wal;
  sqlite3_stmt *find_chain, *insert_version;
  hdb_pack *pack;
  byte_buffer body, pages;
  unsigned char *spare_pages[2], *zeros;
  int64_t bucket, bytes, versions;
  uint64_t hash; /* of the database, as it changes page by page */
} capture;

static int reserve(byte_buffer *buffer, size_t more) {
  if (buffer->count + more <= buffer->capacity) return SQLITE_OK;
  size_t capacity = buffer->capacity * 2 + more;
  unsigned char *bytes = sqlite.realloc64(buffer->bytes, capacity);
  if (!bytes) return SQLITE_NOMEM;
  buffer->bytes = bytes;
  buffer->capacity = capacity;
  return SQLITE_OK;
}

static int put_varint(byte_buffer *buffer, uint64_t value) {
  int rc = reserve(buffer, HDB_MAX_VARINT);
  if (rc == SQLITE_OK) buffer->count += hdb_put_varint(buffer->bytes + buffer->count, value);
  return rc;
}

/* What is damaged is the database, and not the history, for which this code would stand. */
static int not_of_store(int rc) { return rc == HDB_FORGED ? SQLITE_IOERR_READ : rc; }

/*
** One by one, into memory that the processor's cache still has when the difference is made:
** reading all at once into as much fresh memory took longer.
*/
static int read_frame(capture *self, uint32_t frame, unsigned char *out) {
  return not_of_store(
      self->wal->pMethods->xRead(self->wal, out, (int)self->page_size,
                                 hdb_frame_offset(self->page_size, frame) + HDB_FRAME_HEAD_BYTES));
}

/* The page as the captured commits before these left it. */
static int read_before(capture *self, uint32_t page, unsigned char *out) {
  sqlite3_file *owner = self->history->database->owner;
  uint32_t frame = hdb_wal_index_find(&self->history->database->locks, page, self->base_frame);
  if (frame) return read_frame(self, frame, out);
  int rc = owner->pMethods->xRead(owner, out, (int)self->page_size,
                                  (int64_t)(page - 1) * self->page_size);
  /* A page that was allotted and never written reads as zeros. With encryption there is no
  ** such page: something has cut the file short. */
  if (rc == SQLITE_IOERR_SHORT_READ && !self->history->database->key) rc = SQLITE_OK;
  return not_of_store(rc);
}

/* Which commit a frame belongs to. */
static uint32_t commit_of(const capture *self, uint32_t frame) {
  uint32_t low = 0;
  uint32_t high = self->commit_count - 1;
  while (low < high) {
    uint32_t middle = (low + high) / 2;
    if (self->commits[middle].frame < frame) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}

static int compare_events(const void *a, const void *b) {
  const page_event *left = a;
  const page_event *right = b;
  if (left->page != right->page) return left->page < right->page ? -1 : 1;
  if (left->commit != right->commit) return left->commit < right->commit ? -1 : 1;
  return (left->frame > right->frame) - (left->frame < right->frame);
}

/* Collects what the commits did to which pages, by page and then in order. */
static int collect_events(capture *self) {
  uint32_t last_frame = self->commits[self->commit_count - 1].frame;
  uint32_t page_count = self->base_page_count;
  uint64_t most = last_frame - self->base_frame;
  for (uint32_t i = 0; i < self->commit_count; i++) {
    uint32_t after = self->commits[i].page_count;
    if (after < page_count) most += page_count - after;
    page_count = after;
  }
  self->events = sqlite.malloc64(most * sizeof *self->events);
  if (!self->events) return SQLITE_NOMEM;
  for (uint32_t frame = self->base_frame + 1; frame <= last_frame; frame++) {
    uint32_t page = hdb_wal_index_page(&self->history->database->locks, frame);
    if (page == 0) return SQLITE_IOERR;
    self->events[self->event_count++] = (page_event){page, commit_of(self, frame), frame};
  }
  page_count = self->base_page_count;
  for (uint32_t i = 0; i < self->commit_count; i++) {
    uint32_t after = self->commits[i].page_count;
    for (uint32_t page = after + 1; page <= page_count; page++) {
      self->events[self->event_count++] = (page_event){page, i, 0};
    }
    page_count = after;
  }
  qsort(self->events, self->event_count, sizeof *self->events, compare_events);
  /* A transaction that outgrew its cache may have written a page twice: the last counts.
  ** Nor do pages count that it wrote and then cut off. */
  size_t kept = 0;
  for (size_t i = 0; i < self->event_count; i++) {
    page_event *event = &self->events[i];
    if (event->frame && event->page > self->commits[event->commit].page_count) continue;
    if (kept && self->events[kept - 1].page == event->page &&
        self->events[kept - 1].commit == event->commit) {
      kept--;
    }
    self->events[kept++] = *event;
  }
  self->event_count = kept;
  return SQLITE_OK;
}

static int64_t scn_of(const capture *self, const page_event *event) {
  return self->base_scn + 1 + event->commit;
}

static int put_entry(capture *self, int64_t until, int64_t row_until, const unsigned char *page,
                     const unsigned char *base) {
  size_t bound = hdb_delta_bound(self->page_size);
  int rc = put_varint(&self->body, (uint64_t)(row_until - until));
  if (rc == SQLITE_OK) rc = reserve(&self->body, HDB_MAX_VARINT + 4 + bound);
  if (rc != SQLITE_OK) return rc;
  /* The length comes before the difference: leave room for the longest, then close up. */
  unsigned char *head = self->body.bytes + self->body.count;
  unsigned char *delta = head + HDB_MAX_VARINT + 4;
  size_t bytes = hdb_delta_encode(self->history->encoder, page, base, self->page_size, delta);
  uint32_t checksum = hdb_page_checksum(page, self->page_size);
  size_t head_bytes = hdb_put_varint(head, (uint64_t)bytes << 1 | (base == self->zeros));
  for (int i = 0; i < 4; i++) head[head_bytes++] = (unsigned char)(checksum >> (8 * i));
  memmove(head + head_bytes, delta, bytes);
  self->body.count += head_bytes + bytes;
  self->versions++;
  return SQLITE_OK;
}

/*
** How many versions of a page have been stored since one that stands alone, for the pages that
** were captured last; the store knows it of the others.
*/
typedef struct page_age {
  uint32_t page; /* 0: none */
  uint32_t versions;
} page_age;

struct hdb_page_ages {
  page_age slots[1 << 14]; /* neighbours do not collide */
};

hdb_page_ages *hdb_page_ages_new(void) {
  hdb_page_ages *ages = sqlite.malloc64(sizeof *ages);
  if (ages) hdb_page_ages_forget(ages);
  return ages;
}

void hdb_page_ages_forget(hdb_page_ages *ages) { memset(ages, 0, sizeof *ages); }

static page_age *slot_of(hdb_page_ages *ages, uint32_t page) {
  return &ages->slots[page % (sizeof ages->slots / sizeof *ages->slots)];
}

static int find_age(capture *self, uint32_t page, int64_t *age) {
  const page_age *known = slot_of(self->history->ages, page);
  if (known->page == page) {
    *age = known->versions;
    return SQLITE_OK;
  }
  sqlite.bind_int64(self->find_chain, 1, page);
  *age = sqlite.step(self->find_chain) == SQLITE_ROW ? sqlite.column_int64(self->find_chain, 0) : 0;
  return sqlite.reset(self->find_chain);
}

static int put_page_list(capture *self, const page_event *events, size_t count,
                         uint32_t previous_page) {
  int64_t previous = self->base_scn;
  int rc = put_varint(&self->pages, events[0].page - previous_page);
  if (rc == SQLITE_OK) rc = put_varint(&self->pages, count);
  for (size_t i = 0; i < count && rc == SQLITE_OK; i++) {
    rc = put_varint(&self->pages, (uint64_t)(scn_of(self, &events[i]) - previous));
    previous = scn_of(self, &events[i]);
  }
  return rc;
}

static int insert_row(capture *self, uint32_t page, int64_t until, int64_t chain) {
  size_t start;
  int rc = hdb_pack_add(self->pack, self->body.bytes, self->body.count, &start);
  if (rc != SQLITE_OK) return rc;
  const int64_t values[] = {page,           until,          chain,
                            self->pack->id, (int64_t)start, (int64_t)self->body.count};
  for (int i = 0; i < (int)(sizeof values / sizeof *values); i++) {
    sqlite.bind_int64(self->insert_version, i + 1, values[i]);
  }
  sqlite.step(self->insert_version);
  self->bytes += (int64_t)self->body.count + ROW_OVERHEAD;
  return sqlite.reset(self->insert_version);
}

/*
** Stores the versions of one page, in rows of so many that a reader never has to apply more
** than the differences of two of them.
*/
static int capture_page(capture *self, const page_event *events, size_t count) {
  uint32_t page = events[0].page;
  const unsigned char *older = self->zeros; /* the version that the next event ends */
  int exists = page <= self->base_page_count;
  int64_t age;
  int rc = find_age(self, page, &age);

  if (rc == SQLITE_OK && exists) {
    older = self->spare_pages[1];
    rc = read_before(self, page, self->spare_pages[1]);
    if (rc == SQLITE_OK) self->hash -= hdb_hash_in_place(older, self->page_size, page);
  }
  for (size_t i = 0; i < count && rc == SQLITE_OK;) {
    size_t end = count - i > HDB_LONGEST_CHAIN ? i + HDB_LONGEST_CHAIN : count;
    int64_t row_until = scn_of(self, &events[end - 1]);
    self->body.count = 0;
    for (; i < end && rc == SQLITE_OK; i++) {
      const page_event *event = &events[i];
      const unsigned char *newer = self->zeros;
      if (event->frame) {
        newer = self->spare_pages[i % 2];
        rc = read_frame(self, event->frame, self->spare_pages[i % 2]);
        if (rc != SQLITE_OK) break;
      }
      age++;
      if (!exists || !event->frame || (i + 1 == end && age >= HDB_LONGEST_CHAIN)) age = 0;
      rc = put_entry(self, scn_of(self, event), row_until, older, age == 0 ? self->zeros : newer);
      exists = event->frame != 0;
      older = newer;
    }
    if (rc == SQLITE_OK) rc = insert_row(self, page, row_until, age);
  }
  if (rc == SQLITE_OK && exists) self->hash += hdb_hash_in_place(older, self->page_size, page);
  *slot_of(self->history->ages, page) = (page_age){page, (uint32_t)age};
  return rc;
}

static int capture_pages(capture *self) {
  uint32_t previous_page = 0;
  int rc = SQLITE_OK;
  for (size_t i = 0; i < self->event_count && rc == SQLITE_OK;) {
    size_t end = i + 1;
    while (end < self->event_count && self->events[end].page == self->events[i].page) end++;
    rc = put_page_list(self, self->events + i, end - i, previous_page);
    if (rc == SQLITE_OK) rc = capture_page(self, self->events + i, end - i);
    previous_page = self->events[i].page;
    i = end;
  }
  return rc;
}

static void put_little_endian(unsigned char *out, uint64_t value, int bytes) {
  for (int i = 0; i < bytes; i++) out[i] = (unsigned char)(value >> (8 * i));
}

/* The commits as the row of this capture has them; null if there is no memory. */
static unsigned char *pack_commits(const capture *self) {
  uint64_t bytes = (uint64_t)self->commit_count * HDB_COMMIT_BYTES;
  uint32_t *changed = sqlite.malloc64(self->commit_count * sizeof *changed);
  unsigned char *packed = changed ? sqlite.malloc64(bytes) : 0;
  if (packed) {
    memset(changed, 0, self->commit_count * sizeof *changed);
    for (size_t i = 0; i < self->event_count; i++) changed[self->events[i].commit]++;
    for (uint32_t i = 0; i < self->commit_count; i++) {
      unsigned char *out = packed + (size_t)i * HDB_COMMIT_BYTES;
      put_little_endian(out, (uint64_t)self->commits[i].time, 8);
      put_little_endian(out + 8, self->commits[i].page_count, 4);
      put_little_endian(out + 12, changed[i], 4);
    }
  }
  sqlite.free(changed);
  return packed;
}

static int insert_capture(capture *self) {
  sqlite3_stmt *insert;
  uint64_t bytes = (uint64_t)self->commit_count * HDB_COMMIT_BYTES;
  unsigned char *packed = pack_commits(self);
  if (!packed) return SQLITE_NOMEM;
  int rc = hdb_store_prepare(&self->history->store, "INSERT INTO captures_%lld VALUES(?, ?, ?)",
                             self->bucket, &insert);
  if (rc == SQLITE_OK) {
    sqlite.bind_int64(insert, 1, self->base_scn + self->commit_count);
    sqlite.bind_blob64(insert, 2, packed, bytes, SQLITE_STATIC);
    sqlite.bind_blob64(insert, 3, self->pages.bytes, self->pages.count, SQLITE_STATIC);
    sqlite.step(insert);
    rc = sqlite.reset(insert);
  }
  sqlite.finalize(insert);
  sqlite.free(packed);
  self->bytes += (int64_t)(bytes + self->pages.count) + ROW_OVERHEAD;
  return rc;
}

/* Finds the bucket for these commits, a new one if the newest is full. */
static int choose_bucket(capture *self, hdb_state *state) {
  const hdb_history_settings *settings = &self->history->settings;
  hdb_buckets buckets;
  int rc = hdb_store_read_buckets(&self->history->store, &buckets);
  if (rc != SQLITE_OK) return rc;
  if (buckets.count == 0) return SQLITE_CORRUPT;
  const hdb_bucket *newest = &buckets.list[buckets.count - 1];
  int64_t span = self->commits[self->commit_count - 1].time - newest->base.time;
  int is_full = (settings->retention > 0 && span > settings->retention / AGE_SHARE) ||
                (settings->max_bytes > 0 && newest->bytes > settings->max_bytes / SIZE_SHARE);
  self->bucket = newest->id;
  if (!is_full || buckets.count >= HDB_MOST_BUCKETS || newest->base.scn == self->base_scn) {
    return SQLITE_OK;
  }
  state->buckets_version++;
  return hdb_store_add_bucket(&self->history->store, &state->newest, &self->bucket);
}

/* All of it in the transaction that is open. */
static int store_all(capture *self, hdb_state *state, const uint32_t *salts) {
  hdb_store *store = &self->history->store;
  const hdb_logged_commit *last = &self->commits[self->commit_count - 1];
  int rc = choose_bucket(self, state);
  if (rc == SQLITE_OK) rc = collect_events(self);
  if (rc == SQLITE_OK) {
    rc = hdb_store_prepare(store,
                           "SELECT chain FROM versions_%lld WHERE page = ? ORDER BY until DESC"
                           " LIMIT 1",
                           self->bucket, &self->find_chain);
  }
  if (rc == SQLITE_OK) {
    rc = hdb_store_prepare(store, "INSERT INTO versions_%lld VALUES(?, ?, ?, ?, ?, ?)",
                           self->bucket, &self->insert_version);
  }
  if (rc == SQLITE_OK) {
    self->pack = sqlite.malloc64(sizeof *self->pack);
    rc = self->pack ? hdb_pack_begin(store, self->bucket, self->pack) : SQLITE_NOMEM;
  }
  if (rc == SQLITE_OK) rc = capture_pages(self);
  if (rc == SQLITE_OK) rc = hdb_pack_end(self->pack);
  if (rc == SQLITE_OK) rc = insert_capture(self);
  if (rc == SQLITE_OK) {
    rc = hdb_store_run(store, "UPDATE buckets SET bytes = bytes + %lld WHERE id = %lld",
                       self->bytes, self->bucket);
  }
  state->salts[0] = salts[0];
  state->salts[1] = salts[1];
  state->frame = last->frame;
  state->newest =
      (hdb_commit){self->base_scn + self->commit_count, last->time, last->page_count, 0};
  state->is_clean = 0;
  state->hash = self->hash;
  if (rc == SQLITE_OK) rc = hdb_store_write_state(store, state);
  return rc;
}

/* Copies the commits up to a frame; the caller frees them. */
static int copy_commits(hdb_history *history, uint32_t up_to_frame, capture *out,
                        hdb_logged_commit **commits, uint32_t *salts) {
  int rc;
  sqlite.mutex_enter(history->mutex);
  rc = hdb_repair_log(history);
  size_t count = 0;
  while (count < history->commit_count && history->commits[count].frame <= up_to_frame) count++;
  out->base_scn = history->captured.scn;
  out->base_frame = history->captured_frame;
  out->base_page_count = history->captured.page_count;
  out->commit_count = (uint32_t)count;
  memcpy(salts, history->salts, sizeof history->salts);
  if (rc == SQLITE_OK && count > 0) {
    *commits = sqlite.malloc64(count * sizeof **commits);
    if (*commits) {
      memcpy(*commits, history->commits, count * sizeof **commits);
    } else {
      rc = SQLITE_NOMEM;
    }
  }
  sqlite.mutex_leave(history->mutex);
  out->commits = *commits;
  return rc;
}

/* What was stored counts from now on. */
static void publish(hdb_history *history, const capture *done, const hdb_state *state,
                    int64_t nanos) {
  sqlite.mutex_enter(history->mutex);
  history->captured = state->newest;
  history->captured_frame = state->frame;
  history->commit_count -= done->commit_count;
  memmove(history->commits, history->commits + done->commit_count,
          history->commit_count * sizeof *history->commits);
  history->captures++;
  history->versions += done->versions;
  history->capture_nanos += nanos;
  history->failures = 0;
  history->failure[0] = 0;
  __atomic_add_fetch(&history->generation, 1, __ATOMIC_SEQ_CST);
  sqlite.mutex_leave(history->mutex);
}

static int capture_up_to(hdb_history *history, uint32_t up_to_frame) {
  capture self = {0};
  hdb_logged_commit *commits = 0;
  hdb_state state = history->state;
  uint32_t salts[2];
  int64_t start = hdb_clock();
  int rc = copy_commits(history, up_to_frame, &self, &commits, salts);
  if (rc != SQLITE_OK || self.commit_count == 0) return rc;

  self.history = history;
  self.hash = state.hash;
  self.page_size = history->page_size;
  self.wal = hdb_open_file(history->database, HDB_WAL_FILE, history->wal_path,
                           SQLITE_OPEN_READONLY | SQLITE_OPEN_WAL, &rc);
  for (int i = 0; i < 2; i++) self.spare_pages[i] = sqlite.malloc64(self.page_size);
  self.zeros = sqlite.malloc64(self.page_size);
  if (rc == SQLITE_OK && (!self.spare_pages[0] || !self.spare_pages[1] || !self.zeros)) {
    rc = SQLITE_NOMEM;
  }
  if (rc == SQLITE_OK) {
    memset(self.zeros, 0, self.page_size);
    rc = hdb_store_begin(&history->store, 1);
  }
  if (rc == SQLITE_OK) {
    rc = store_all(&self, &state, salts);
    sqlite.finalize(self.find_chain);
    sqlite.finalize(self.insert_version);
    if (self.pack) hdb_pack_free(self.pack);
    sqlite.free(self.pack);
    if (rc == SQLITE_OK) rc = hdb_store_commit(&history->store);
    if (rc != SQLITE_OK) {
      hdb_store_rollback(&history->store);
      hdb_page_ages_forget(history->ages);
    }
  }
  if (rc == SQLITE_OK) {
    history->state = state;
    publish(history, &self, &state, hdb_clock() - start);
  }
  hdb_close_file(self.wal);
  sqlite.free(commits);
  sqlite.free(self.events);
  for (int i = 0; i < 2; i++) sqlite.free(self.spare_pages[i]);
  sqlite.free(self.zeros);
  sqlite.free(self.body.bytes);
  sqlite.free(self.pages.bytes);
  return rc;
}

/* The caller holds store_mutex. */
static int after_capture(hdb_history *history, int rc) {
  if (rc != SQLITE_OK) hdb_history_failed(history, "A capture failed", rc);
  return hdb_history_outlive(history, rc);
}

/* Bytes of the store's own WAL that count. */
static int64_t store_wal_bytes(hdb_history *history) {
  hdb_database *store = 0;
  hdb_wal_index_header index;
  if (sqlite.file_control(history->store.db, "main", HDB_FCNTL_DATABASE, &store) != SQLITE_OK ||
      !store || !hdb_wal_index_read(&store->locks, &index)) {
    return 0;
  }
  return (int64_t)index.frame_count * index.page_size;
}

/*
** Checkpoints the store when its own WAL has become long. SQLite would do that within a
** commit, which may be one at a checkpoint of the database that writers wait for.
*/
static int checkpoint_store(hdb_history *history, int64_t long_bytes) {
  int64_t share = history->settings.max_bytes / SIZE_SHARE;
  if (share > 0 && long_bytes > share) long_bytes = share;
  if (store_wal_bytes(history) < long_bytes) return SQLITE_OK;
  int rc = sqlite.wal_checkpoint_v2(history->store.db, "main", SQLITE_CHECKPOINT_PASSIVE, 0, 0);
  return rc == SQLITE_BUSY ? SQLITE_OK : rc;
}

int hdb_history_capture(hdb_history *history) {
  int rc = hdb_history_start(history);
  if (rc != SQLITE_OK) return rc;
  sqlite.mutex_enter(history->store_mutex);
  /* SQLite has synced the WAL up to the frames that it is about to copy, and no further. */
  rc = capture_up_to(history, hdb_wal_index_backfill_attempt(&history->database->locks));
  if (rc == SQLITE_OK) rc = checkpoint_store(history, VERY_LONG_STORE_WAL);
  rc = after_capture(history, rc);
  sqlite.mutex_leave(history->store_mutex);
  return rc;
}

/*
** The last frame of the commits to capture next: about `most_frames` of them, or one commit.
** Those that are durable come first; if none is, all have to be made so.
*/
static uint32_t choose_frames(hdb_history *history, uint32_t most_frames, int *is_synced, int *rc) {
  uint32_t last = 0;
  sqlite.mutex_enter(history->mutex);
  *rc = hdb_repair_log(history);
  *is_synced = history->commit_count > 0 && history->commits[0].frame <= history->synced_frame;
  for (size_t i = 0; i < history->commit_count; i++) {
    uint32_t frame = history->commits[i].frame;
    if (i > 0 && frame - history->captured_frame > most_frames) break;
    if (*is_synced && frame > history->synced_frame) break;
    last = frame;
  }
  sqlite.mutex_leave(history->mutex);
  return last;
}

int hdb_history_capture_some(hdb_history *history, uint32_t most_frames, uint32_t *remaining) {
  int rc;
  *remaining = 0;
  sqlite.mutex_enter(history->store_mutex);
  int is_synced;
  uint32_t last = choose_frames(history, most_frames, &is_synced, &rc);
  if (rc == SQLITE_OK && last > 0) {
    if (!is_synced) rc = hdb_sync_wal(history);
    if (rc == SQLITE_OK) rc = capture_up_to(history, last);
    if (rc == SQLITE_OK) rc = checkpoint_store(history, LONG_STORE_WAL);
    rc = after_capture(history, rc);
  }
  sqlite.mutex_enter(history->mutex);
  if (history->commit_count > 0) {
    *remaining = history->commits[history->commit_count - 1].frame - history->captured_frame;
  }
  sqlite.mutex_leave(history->mutex);
  sqlite.mutex_leave(history->store_mutex);
  return rc;
}
