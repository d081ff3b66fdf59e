/*
** A database file as it was at a point.
**
** It presents itself in the older journal mode, so that SQLite looks for no WAL, and as
** immutable, so that it takes no locks and keeps its page cache: a warm read of the past
** costs what a warm read of the present does, or less.
*/
#include "snapshot.h"

#include <stdlib.h>
#include <string.h>

#include "tracking.h"

typedef struct snapshot_file {
  sqlite3_file file;
  hdb_database *database;
  int64_t scn;
  uint32_t page_size, page_count;
  unsigned char *page; /* for what is read in parts */
} snapshot_file;

enum { WRITE_VERSION = 18, READ_VERSION = 19, ROLLBACK_JOURNAL = 1 };

int hdb_snapshot_bytes(void) { return (int)sizeof(snapshot_file); }

static int snapshot_close(sqlite3_file *file) {
  snapshot_file *self = (snapshot_file *)file;
  sqlite.free(self->page);
  hdb_locks_release_index(&self->database->locks);
  hdb_release_database(self->database);
  return SQLITE_OK;
}

static int read_page(snapshot_file *self, uint32_t page, unsigned char *out) {
  hdb_past *past;
  int rc = hdb_past_begin(self->database->history, &past);
  if (rc == SQLITE_OK) {
    rc = hdb_past_page(past, self->scn, page, out);
    hdb_past_end(past);
  }
  if (rc == SQLITE_OK && page == 1) out[WRITE_VERSION] = out[READ_VERSION] = ROLLBACK_JOURNAL;
  return rc == HDB_NO_POINT ? SQLITE_IOERR_READ : rc;
}

static int snapshot_read(sqlite3_file *file, void *out, int amount, int64_t offset) {
  snapshot_file *self = (snapshot_file *)file;
  uint32_t page_size = self->page_size;
  unsigned char *to = out;
  while (amount > 0) {
    int64_t before = offset / page_size;
    int start = (int)(offset % page_size);
    int part = amount < (int)page_size - start ? amount : (int)page_size - start;
    if (before >= self->page_count) {
      memset(to, 0, (size_t)amount);
      return SQLITE_IOERR_SHORT_READ;
    }
    int is_whole = part == (int)page_size;
    int rc = read_page(self, (uint32_t)before + 1, is_whole ? to : self->page);
    if (rc != SQLITE_OK) return rc;
    if (!is_whole) memcpy(to, self->page + start, (size_t)part);
    to += part;
    amount -= part;
    offset += part;
  }
  return SQLITE_OK;
}

static int snapshot_write(sqlite3_file *file, const void *data, int amount, int64_t offset) {
  (void)file;
  (void)data;
  (void)amount;
  (void)offset;
  return SQLITE_READONLY;
}

static int snapshot_truncate(sqlite3_file *file, int64_t size) {
  (void)file;
  (void)size;
  return SQLITE_READONLY;
}

static int snapshot_sync(sqlite3_file *file, int flags) {
  (void)file;
  (void)flags;
  return SQLITE_OK;
}

static int snapshot_size(sqlite3_file *file, int64_t *size) {
  snapshot_file *self = (snapshot_file *)file;
  *size = (int64_t)self->page_count * self->page_size;
  return SQLITE_OK;
}

static int snapshot_lock(sqlite3_file *file, int level) {
  (void)file;
  (void)level;
  return SQLITE_OK;
}

static int snapshot_check_reserved_lock(sqlite3_file *file, int *reserved) {
  (void)file;
  *reserved = 0;
  return SQLITE_OK;
}

static int snapshot_control(sqlite3_file *file, int op, void *argument) {
  if (op == HDB_FCNTL_DATABASE) {
    *(hdb_database **)argument = ((snapshot_file *)file)->database;
    return SQLITE_OK;
  }
  return SQLITE_NOTFOUND;
}

static int snapshot_sector_size(sqlite3_file *file) {
  (void)file;
  return 4096;
}

static int snapshot_device_characteristics(sqlite3_file *file) {
  (void)file;
  return SQLITE_IOCAP_IMMUTABLE;
}

static const sqlite3_io_methods snapshot_methods = {
    1,
    snapshot_close,
    snapshot_read,
    snapshot_write,
    snapshot_truncate,
    snapshot_sync,
    snapshot_size,
    snapshot_lock,
    snapshot_lock,
    snapshot_check_reserved_lock,
    snapshot_control,
    snapshot_sector_size,
    snapshot_device_characteristics,
    0,
    0,
    0,
    0,
};

static int find_point(hdb_history *history, int64_t scn, hdb_commit *commit, uint32_t *page_size) {
  hdb_past *past;
  int rc = hdb_history_wake(history);
  if (rc == SQLITE_OK) rc = hdb_past_begin(history, &past);
  if (rc == SQLITE_OK) {
    *page_size = hdb_past_page_size(past);
    rc = hdb_past_commit(past, scn, commit);
    hdb_past_end(past);
  }
  return rc;
}

int hdb_snapshot_open(hdb_database *database, const char *scn, sqlite3_file *file) {
  snapshot_file *self = (snapshot_file *)file;
  hdb_commit commit;
  char *end;
  memset(self, 0, sizeof *self);
  self->database = database;
  self->scn = strtoll(scn, &end, 10);
  if (end == scn || *end != 0) return SQLITE_CANTOPEN;
  int rc = find_point(database->history, self->scn, &commit, &self->page_size);
  if (rc != SQLITE_OK) return rc == HDB_NO_POINT ? SQLITE_CANTOPEN : rc;
  self->page_count = commit.page_count;
  self->page = sqlite.malloc64(self->page_size);
  if (!self->page) return SQLITE_NOMEM;
  hdb_locks_hold_index(&database->locks);
  self->file.pMethods = &snapshot_methods;
  return SQLITE_OK;
}

static int stands_for_itself(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '/' ||
         c == '.' || c == '-' || c == '_' || c == '~' || c == ':';
}

char *hdb_file_uri(const char *path, const char *parameter) {
  static const char digits[] = "0123456789ABCDEF";
  enum { PREFIX_BYTES = 9 };
  size_t bytes = PREFIX_BYTES + strlen(path) * 3 + strlen(parameter) + 2;
  char *uri = sqlite.malloc64(bytes);
  if (!uri) return 0;
  /* A drive letter must not be taken for an authority. */
  sqlite.xsnprintf((int)bytes, uri, path[0] == '/' ? "file://" : "file:///");
  char *out = uri + strlen(uri);
  for (const char *in = path; *in; in++) {
    if (stands_for_itself(*in)) {
      *out++ = *in;
    } else {
      *out++ = '%';
      *out++ = digits[(unsigned char)*in >> 4];
      *out++ = digits[(unsigned char)*in & 15];
    }
  }
  sqlite.xsnprintf((int)(bytes - (size_t)(out - uri)), out, "?%s", parameter);
  return uri;
}
