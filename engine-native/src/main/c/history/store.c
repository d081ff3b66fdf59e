/*
** The database that a history is kept in.
*/
#include "store.h"

#include <string.h>

#include "../storage/database.h"
#include "../storage/vfs.h"
#include "page_delta.h"
#include "snapshot.h"

enum { FORMAT = 2, VACUUM_PAGES = 256 };

int hdb_store_run(hdb_store *store, const char *format, int64_t first, int64_t second) {
  char *sql = sqlite.mprintf(format, first, second);
  if (!sql) return SQLITE_NOMEM;
  int rc = sqlite.exec(store->db, sql, 0, 0, 0);
  sqlite.free(sql);
  return rc;
}

int hdb_store_prepare(hdb_store *store, const char *format, int64_t argument, sqlite3_stmt **out) {
  char *sql = sqlite.mprintf(format, argument, argument, argument);
  *out = 0;
  if (!sql) return SQLITE_NOMEM;
  int rc = sqlite.prepare_v3(store->db, sql, -1, SQLITE_PREPARE_PERSISTENT, out, 0);
  sqlite.free(sql);
  return rc;
}

int hdb_store_number(hdb_store *store, const char *format, int64_t argument, int64_t missing,
                     int64_t *out) {
  sqlite3_stmt *statement;
  int rc = hdb_store_prepare(store, format, argument, &statement);
  if (rc == SQLITE_OK) {
    rc = sqlite.step(statement);
    *out = rc == SQLITE_ROW && sqlite.column_type(statement, 0) != SQLITE_NULL
               ? sqlite.column_int64(statement, 0)
               : missing;
    rc = sqlite.finalize(statement);
  }
  return rc;
}

const unsigned char *hdb_read_version(const unsigned char *in, const unsigned char *end,
                                      int64_t row_until, hdb_version *out) {
  enum { CHECKSUM_BYTES = 4 };
  uint64_t back;
  uint64_t length;
  in = hdb_get_varint(in, end, &back);
  if (in) in = hdb_get_varint(in, end, &length);
  if (!in || end - in < CHECKSUM_BYTES || length >> 1 > (uint64_t)(end - in - CHECKSUM_BYTES)) {
    return 0;
  }
  out->until = (int64_t)((uint64_t)row_until - back);
  out->stands_alone = (int)(length & 1);
  out->checksum =
      (uint32_t)in[0] | (uint32_t)in[1] << 8 | (uint32_t)in[2] << 16 | (uint32_t)in[3] << 24;
  out->delta = in + CHECKSUM_BYTES;
  out->bytes = (size_t)(length >> 1);
  return out->delta + out->bytes;
}

static int step_alone(sqlite3_stmt *statement) {
  sqlite.step(statement);
  return sqlite.reset(statement);
}

static const char schema[] =
    "PRAGMA auto_vacuum=INCREMENTAL;"
    "PRAGMA journal_mode=WAL;"
    "PRAGMA synchronous=FULL;"
    "PRAGMA temp_store=MEMORY;"
    "PRAGMA cache_size=-16384;"
    "PRAGMA wal_autocheckpoint=0;"
    "BEGIN IMMEDIATE;"
    "CREATE TABLE IF NOT EXISTS state("
    " id INTEGER PRIMARY KEY CHECK (id = 1), page_size INTEGER NOT NULL,"
    " salt_1 INTEGER NOT NULL, salt_2 INTEGER NOT NULL,"
    " frame INTEGER NOT NULL, scn INTEGER NOT NULL, time INTEGER NOT NULL,"
    " page_count INTEGER NOT NULL, is_clean INTEGER NOT NULL, file_size INTEGER NOT NULL,"
    " file_time INTEGER NOT NULL, buckets_version INTEGER NOT NULL, gap_scn INTEGER NOT NULL,"
    " gap_time INTEGER NOT NULL, has_hash INTEGER NOT NULL, hash INTEGER NOT NULL);"
    "CREATE TABLE IF NOT EXISTS buckets("
    " id INTEGER PRIMARY KEY AUTOINCREMENT, base_scn INTEGER NOT NULL,"
    " base_time INTEGER NOT NULL, base_page_count INTEGER NOT NULL, bytes INTEGER NOT NULL,"
    " is_retired INTEGER NOT NULL);"
    "CREATE TABLE IF NOT EXISTS tags("
    " name TEXT PRIMARY KEY, scn INTEGER NOT NULL, created_time INTEGER NOT NULL) WITHOUT ROWID;"
    "CREATE INDEX IF NOT EXISTS tags_scn ON tags(scn);"
    "PRAGMA user_version=2;"
    "COMMIT";

static int open_connection(const char *path, const char *vfs, int is_first, hdb_store *store) {
  int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX |
              (is_first ? SQLITE_OPEN_CREATE : 0);
  int reserved_bytes = HDB_CHECKSUM_BYTES;
  int64_t format = 0;
  char *uri = hdb_file_uri(path, "heliosdb_checksums=on");
  if (!uri) return SQLITE_NOMEM;
  int rc = sqlite.open_v2(uri, &store->db, flags, vfs);
  sqlite.free(uri);
  if (rc != SQLITE_OK && store->db) rc = sqlite.extended_errcode(store->db);
  if (rc == SQLITE_OK) {
    rc = sqlite.file_control(store->db, "main", SQLITE_FCNTL_RESERVE_BYTES, &reserved_bytes);
  }
  if (rc == SQLITE_OK) rc = hdb_vfs_prepare(store->db);
  if (rc == SQLITE_OK) rc = sqlite.extended_result_codes(store->db, 1);
  if (rc == SQLITE_OK) rc = sqlite.busy_timeout(store->db, 10000);
  if (rc == SQLITE_OK) rc = hdb_store_number(store, "PRAGMA user_version", 0, 0, &format);
  if (rc == SQLITE_OK && format > FORMAT) rc = HDB_FOREIGN_FORMAT;
  if (rc == SQLITE_OK && is_first) rc = sqlite.exec(store->db, schema, 0, 0, 0);
  if (rc == SQLITE_OK) rc = hdb_store_prepare(store, "BEGIN", 0, &store->begin);
  if (rc == SQLITE_OK) rc = hdb_store_prepare(store, "COMMIT", 0, &store->commit);
  if (rc == SQLITE_OK) rc = hdb_store_prepare(store, "ROLLBACK", 0, &store->rollback);
  if (rc == SQLITE_OK) {
    rc = hdb_store_prepare(store,
                           "SELECT page_size, salt_1, salt_2, frame, scn,"
                           " time, page_count, is_clean, file_size, file_time, buckets_version,"
                           " gap_scn, gap_time, has_hash, hash FROM state",
                           0, &store->read_state);
  }
  return rc;
}

int hdb_store_open(const char *path, const char *vfs, int is_first, hdb_store *out) {
  memset(out, 0, sizeof *out);
  int rc = open_connection(path, vfs, is_first, out);
  if (rc != SQLITE_OK) hdb_store_close(out);
  return rc;
}

void hdb_store_close(hdb_store *store) {
  sqlite.finalize(store->begin);
  sqlite.finalize(store->commit);
  sqlite.finalize(store->rollback);
  sqlite.finalize(store->read_state);
  sqlite.close_v2(store->db);
  memset(store, 0, sizeof *store);
}

int hdb_store_begin(hdb_store *store, int to_write) {
  return to_write ? sqlite.exec(store->db, "BEGIN IMMEDIATE", 0, 0, 0) : step_alone(store->begin);
}

int hdb_store_commit(hdb_store *store) { return step_alone(store->commit); }

/* Some errors make SQLite roll back by itself. */
void hdb_store_rollback(hdb_store *store) {
  if (!sqlite.get_autocommit(store->db)) step_alone(store->rollback);
}

int hdb_store_read_state(hdb_store *store, hdb_state *out, int *exists) {
  sqlite3_stmt *row = store->read_state;
  memset(out, 0, sizeof *out);
  *exists = sqlite.step(row) == SQLITE_ROW;
  if (*exists) {
    out->page_size = (uint32_t)sqlite.column_int64(row, 0);
    out->salts[0] = (uint32_t)sqlite.column_int64(row, 1);
    out->salts[1] = (uint32_t)sqlite.column_int64(row, 2);
    out->frame = (uint32_t)sqlite.column_int64(row, 3);
    out->newest.scn = sqlite.column_int64(row, 4);
    out->newest.time = sqlite.column_int64(row, 5);
    out->newest.page_count = (uint32_t)sqlite.column_int64(row, 6);
    out->is_clean = sqlite.column_int64(row, 7) != 0;
    out->file_size = sqlite.column_int64(row, 8);
    out->file_time = sqlite.column_int64(row, 9);
    out->buckets_version = sqlite.column_int64(row, 10);
    out->gap_scn = sqlite.column_int64(row, 11);
    out->gap_time = sqlite.column_int64(row, 12);
    out->has_hash = sqlite.column_int64(row, 13) != 0;
    out->hash = (uint64_t)sqlite.column_int64(row, 14);
  }
  return sqlite.reset(row);
}

int hdb_store_write_state(hdb_store *store, const hdb_state *state) {
  sqlite3_stmt *row;
  int rc = hdb_store_prepare(
      store, "REPLACE INTO state VALUES(1, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", 0, &row);
  if (rc != SQLITE_OK) return rc;
  const int64_t values[] = {state->page_size,
                            state->salts[0],
                            state->salts[1],
                            state->frame,
                            state->newest.scn,
                            state->newest.time,
                            state->newest.page_count,
                            state->is_clean,
                            state->file_size,
                            state->file_time,
                            state->buckets_version,
                            state->gap_scn,
                            state->gap_time,
                            state->has_hash,
                            (int64_t)state->hash};
  for (int i = 0; i < (int)(sizeof values / sizeof *values); i++) {
    sqlite.bind_int64(row, i + 1, values[i]);
  }
  sqlite.step(row);
  return sqlite.finalize(row);
}

int hdb_store_read_buckets(hdb_store *store, hdb_buckets *out) {
  sqlite3_stmt *row;
  int rc = hdb_store_prepare(store,
                             "SELECT id, base_scn, base_time, base_page_count, bytes FROM buckets"
                             " WHERE NOT is_retired ORDER BY id",
                             0, &row);
  out->count = 0;
  if (rc != SQLITE_OK) return rc;
  while (sqlite.step(row) == SQLITE_ROW && out->count <= HDB_MOST_BUCKETS) {
    hdb_bucket *bucket = &out->list[out->count++];
    memset(bucket, 0, sizeof *bucket);
    bucket->id = sqlite.column_int64(row, 0);
    bucket->base.scn = sqlite.column_int64(row, 1);
    bucket->base.time = sqlite.column_int64(row, 2);
    bucket->base.page_count = (uint32_t)sqlite.column_int64(row, 3);
    bucket->bytes = sqlite.column_int64(row, 4);
  }
  return sqlite.finalize(row);
}

int hdb_store_add_bucket(hdb_store *store, const hdb_commit *base, int64_t *id) {
  int rc = hdb_store_run(store,
                         "INSERT INTO buckets(base_scn, base_time, base_page_count, bytes,"
                         " is_retired) VALUES(%lld, %lld, 0, 0, 0)",
                         base->scn, base->time);
  if (rc == SQLITE_OK) rc = hdb_store_number(store, "SELECT max(id) FROM buckets", 0, 0, id);
  if (rc == SQLITE_OK) {
    rc = hdb_store_run(store, "UPDATE buckets SET base_page_count = %lld WHERE id = %lld",
                       base->page_count, *id);
  }
  if (rc == SQLITE_OK) {
    rc = hdb_store_run(store,
                       "CREATE TABLE captures_%lld(scn INTEGER PRIMARY KEY, commits BLOB NOT NULL,"
                       " pages BLOB NOT NULL)",
                       *id, 0);
  }
  if (rc == SQLITE_OK) {
    rc = hdb_store_run(store,
                       "CREATE TABLE versions_%lld(page INTEGER, until INTEGER,"
                       " chain INTEGER NOT NULL, pack INTEGER NOT NULL, start INTEGER NOT NULL,"
                       " bytes INTEGER NOT NULL, PRIMARY KEY(page, until)) WITHOUT ROWID",
                       *id, 0);
  }
  if (rc == SQLITE_OK) {
    rc = hdb_store_run(store,
                       "CREATE TABLE packs_%lld(id INTEGER PRIMARY KEY, bodies BLOB NOT NULL)",
                       *id, 0);
  }
  return rc;
}

int hdb_store_retire_buckets(hdb_store *store, int64_t up_to_id) {
  return hdb_store_run(store, "UPDATE buckets SET is_retired = 1 WHERE id <= %lld", up_to_id, 0);
}

/* Gives pages back to the file system, some at a time. */
static int shrink_step(hdb_store *store, int *more) {
  int64_t free_pages;
  int64_t pages;
  int rc = hdb_store_number(store, "PRAGMA freelist_count", 0, 0, &free_pages);
  if (rc == SQLITE_OK) rc = hdb_store_number(store, "PRAGMA page_count", 0, 0, &pages);
  if (rc != SQLITE_OK || free_pages < VACUUM_PAGES || free_pages * 4 < pages) return rc;
  *more = 1;
  return hdb_store_run(store, "PRAGMA incremental_vacuum(%lld)", VACUUM_PAGES, 0);
}

static int drop_bucket(hdb_store *store, int64_t id) {
  int rc = hdb_store_begin(store, 1);
  if (rc == SQLITE_OK) {
    rc = hdb_store_run(store, "DROP TABLE IF EXISTS versions_%lld", id, 0);
    if (rc == SQLITE_OK) rc = hdb_store_run(store, "DROP TABLE IF EXISTS packs_%lld", id, 0);
    if (rc == SQLITE_OK) rc = hdb_store_run(store, "DROP TABLE IF EXISTS captures_%lld", id, 0);
    if (rc == SQLITE_OK) rc = hdb_store_run(store, "DELETE FROM buckets WHERE id = %lld", id, 0);
    if (rc == SQLITE_OK) rc = hdb_store_commit(store);
    if (rc != SQLITE_OK) hdb_store_rollback(store);
  }
  return rc;
}

/* Whether a table of a retired bucket has too many rows to go in one step. */
static int is_large(hdb_store *store, const char *format, int64_t id, int *rc) {
  int64_t row = 0;
  if (*rc == SQLITE_OK) *rc = hdb_store_number(store, format, id, 0, &row);
  return *rc == SQLITE_OK && row != 0;
}

int hdb_store_clean_step(hdb_store *store, int *more) {
  int64_t id;
  int rc =
      hdb_store_number(store, "SELECT min(id) FROM buckets WHERE is_retired", 0, 0, &id);
  *more = 0;
  if (rc != SQLITE_OK) return rc;
  if (id == 0) return shrink_step(store, more);
  *more = 1;
  if (is_large(store, "SELECT 1 FROM versions_%lld LIMIT 1 OFFSET 20000", id, &rc)) {
    return hdb_store_run(store,
                         "DELETE FROM versions_%lld WHERE (page, until) IN"
                         " (SELECT page, until FROM versions_%lld LIMIT 10000)",
                         id, id);
  }
  if (is_large(store, "SELECT 1 FROM packs_%lld LIMIT 1 OFFSET 1000", id, &rc)) {
    return hdb_store_run(store,
                         "DELETE FROM packs_%lld WHERE id IN (SELECT id FROM packs_%lld LIMIT 500)",
                         id, id);
  }
  return rc == SQLITE_OK ? drop_bucket(store, id) : rc;
}

/* Packs */

int hdb_pack_begin(hdb_store *store, int64_t bucket, hdb_pack *out) {
  memset(out, 0, sizeof *out);
  int rc = hdb_store_number(store, "SELECT max(id) FROM packs_%lld", bucket, 0, &out->id);
  out->id++;
  if (rc == SQLITE_OK) {
    rc = hdb_store_prepare(store, "INSERT INTO packs_%lld VALUES(?, ?)", bucket, &out->insert);
  }
  return rc;
}

static int write_pack(hdb_pack *pack, const unsigned char *bodies, size_t bytes) {
  sqlite.bind_int64(pack->insert, 1, pack->id);
  sqlite.bind_blob64(pack->insert, 2, bodies, bytes, SQLITE_STATIC);
  pack->is_written = 1;
  return step_alone(pack->insert);
}

int hdb_pack_end(hdb_pack *pack) {
  if (pack->bytes == 0 || pack->is_written) return SQLITE_OK;
  return write_pack(pack, pack->bodies, pack->bytes);
}

int hdb_pack_add(hdb_pack *pack, const unsigned char *body, size_t bytes, size_t *start) {
  if (pack->bytes + bytes > HDB_PACK_BYTES || pack->is_written) {
    int rc = hdb_pack_end(pack);
    if (rc != SQLITE_OK) return rc;
    if (pack->is_written) pack->id++;
    pack->is_written = 0;
    pack->bytes = 0;
  }
  *start = pack->bytes;
  if (bytes > HDB_PACK_BYTES) return write_pack(pack, body, bytes); /* alone in its row */
  memcpy(pack->bodies + pack->bytes, body, bytes);
  pack->bytes += bytes;
  return SQLITE_OK;
}

void hdb_pack_free(hdb_pack *pack) { sqlite.finalize(pack->insert); }
