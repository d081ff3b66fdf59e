/*
** Tags, retention, erasing and restoring.
*/
#include <string.h>

#include "../storage/vfs.h"
#include "internal.h"
#include "maintenance.h"
#include "snapshot.h"

enum { RESTORE_STEP_PAGES = 1024 };

static int write_named(hdb_store *store, const char *sql, const char *name, int64_t scn) {
  sqlite3_stmt *statement;
  int rc = hdb_store_prepare(store, sql, 0, &statement);
  if (rc == SQLITE_OK) {
    rc = sqlite.bind_text64(statement, 1, name, strlen(name), SQLITE_TRANSIENT, SQLITE_UTF8);
    if (rc == SQLITE_OK && sqlite.bind_parameter_count(statement) > 1) {
      sqlite.bind_int64(statement, 2, scn);
      sqlite.bind_int64(statement, 3, hdb_now());
    }
    if (rc == SQLITE_OK) sqlite.step(statement);
    int finalize_rc = sqlite.finalize(statement);
    if (rc == SQLITE_OK) rc = finalize_rc;
  }
  return rc;
}

/* A commit that a tag names must outlive a loss of power: else another would get its SCN. */
int hdb_history_tag(hdb_history *history, const char *name, int64_t *scn) {
  hdb_commit newest;
  sqlite.mutex_enter(history->store_mutex);
  int rc = hdb_history_newest(history, &newest);
  if (rc == SQLITE_OK && newest.scn > history->state.newest.scn) rc = hdb_sync_wal(history);
  if (rc == SQLITE_OK) {
    rc = write_named(&history->store, "INSERT INTO tags VALUES(?, ?, ?)", name, newest.scn);
  }
  sqlite.mutex_leave(history->store_mutex);
  *scn = newest.scn;
  return rc;
}

int hdb_history_untag(hdb_history *history, const char *name, int *existed) {
  sqlite.mutex_enter(history->store_mutex);
  int64_t before = sqlite.total_changes64(history->store.db);
  int rc = write_named(&history->store, "DELETE FROM tags WHERE name = ?", name, 0);
  *existed = sqlite.total_changes64(history->store.db) > before;
  sqlite.mutex_leave(history->store_mutex);
  return rc;
}

static int64_t used_bytes(hdb_store *store, int *rc) {
  int64_t pages = 0;
  int64_t free_pages = 0;
  int64_t page_size = 0;
  *rc = hdb_store_number(store, "PRAGMA page_count", 0, 0, &pages);
  if (*rc == SQLITE_OK) *rc = hdb_store_number(store, "PRAGMA freelist_count", 0, 0, &free_pages);
  if (*rc == SQLITE_OK) *rc = hdb_store_number(store, "PRAGMA page_size", 0, 0, &page_size);
  return (pages - free_pages) * page_size;
}

/* Whether the oldest bucket has to go: the second one's base would be the oldest point. */
static int is_expired(hdb_history *history, const hdb_buckets *buckets, int *rc) {
  const hdb_history_settings *settings = &history->settings;
  int64_t tag;
  *rc = SQLITE_OK;
  if (buckets->count < 2) return 0;
  int old = settings->retention > 0 &&
            buckets->list[1].base.time <= hdb_now() - settings->retention;
  if (!old && settings->max_bytes > 0) {
    int64_t used = used_bytes(&history->store, rc);
    /* A bucket may still be filled before this is asked again. */
    old = used > settings->max_bytes - settings->max_bytes / 4;
  }
  if (!old || *rc != SQLITE_OK) return 0;
  *rc = hdb_store_number(&history->store, "SELECT min(scn) FROM tags WHERE scn >= %lld",
                         buckets->list[0].base.scn, INT64_MAX, &tag);
  return tag >= buckets->list[1].base.scn;
}

/* Takes buckets out of the history: `base` is the oldest point from now on. */
static int retire(hdb_history *history, int64_t up_to_id, int64_t base) {
  hdb_state state = history->state;
  int rc = hdb_store_begin(&history->store, 1);
  if (rc != SQLITE_OK) return rc;
  state.buckets_version++;
  rc = hdb_store_retire_buckets(&history->store, up_to_id);
  if (rc == SQLITE_OK) rc = hdb_store_write_state(&history->store, &state);
  if (rc == SQLITE_OK) rc = hdb_store_commit(&history->store);
  if (rc != SQLITE_OK) {
    hdb_store_rollback(&history->store);
    return rc;
  }
  history->state = state;
  __atomic_store_n(&history->oldest_scn, base, __ATOMIC_SEQ_CST);
  __atomic_add_fetch(&history->generation, 1, __ATOMIC_SEQ_CST);
  return SQLITE_OK;
}

int hdb_history_expire(hdb_history *history, int *more) {
  hdb_buckets buckets;
  *more = 0;
  sqlite.mutex_enter(history->store_mutex);
  int rc = hdb_store_read_buckets(&history->store, &buckets);
  if (rc == SQLITE_OK && is_expired(history, &buckets, &rc)) {
    *more = 1;
    rc = retire(history, buckets.list[0].id, buckets.list[1].base.scn);
  } else if (rc == SQLITE_OK) {
    rc = hdb_store_clean_step(&history->store, more);
  }
  sqlite.mutex_leave(history->store_mutex);
  return rc;
}

/* Erasing */

/* Where in a row's body the versions begin that ended after `scn`. */
static size_t first_kept(const unsigned char *body, size_t bytes, int64_t row_until, int64_t scn) {
  for (const unsigned char *in = body; in < body + bytes;) {
    const unsigned char *entry = in;
    hdb_version version;
    in = hdb_read_version(in, body + bytes, row_until, &version);
    if (!in) break;
    if (version.until > scn) return (size_t)(entry - body);
  }
  return bytes;
}

/* Packs what a row keeps anew. The columns are page, until, start, bytes, bodies. */
static int pack_again(sqlite3_stmt *row, int64_t scn, hdb_pack *pack, sqlite3_stmt *update) {
  const unsigned char *bodies = sqlite.column_blob(row, 4);
  int64_t all = sqlite.column_bytes(row, 4);
  int64_t old_start = sqlite.column_int64(row, 2);
  int64_t length = sqlite.column_int64(row, 3);
  size_t start;
  if (!bodies || old_start < 0 || old_start > all || length <= 0 || length > all - old_start) {
    return SQLITE_CORRUPT;
  }
  const unsigned char *body = bodies + old_start;
  size_t cut = first_kept(body, (size_t)length, sqlite.column_int64(row, 1), scn);
  int rc = hdb_pack_add(pack, body + cut, (size_t)length - cut, &start);
  if (rc != SQLITE_OK) return rc;
  sqlite.bind_int64(update, 1, sqlite.column_int64(row, 0));
  sqlite.bind_int64(update, 2, sqlite.column_int64(row, 1));
  sqlite.bind_int64(update, 3, pack->id);
  sqlite.bind_int64(update, 4, (int64_t)start);
  sqlite.bind_int64(update, 5, length - (int64_t)cut);
  sqlite.step(update);
  return sqlite.reset(update);
}

/*
** Removes the versions that ended at `scn` or before from rows that have later ones too, and
** the packs that they were in.
*/
static int cut_rows(hdb_store *store, int64_t bucket, int64_t scn) {
  sqlite3_stmt *rows = 0;
  sqlite3_stmt *update = 0;
  int64_t old_packs;
  hdb_pack *pack = sqlite.malloc64(sizeof *pack);
  if (!pack) return SQLITE_NOMEM;
  int rc = hdb_pack_begin(store, bucket, pack);
  old_packs = pack->id - 1;
  if (rc == SQLITE_OK) {
    /* What is sorted is not disturbed by the updates. */
    rc = hdb_store_prepare(store,
                           "SELECT page, until, start, bytes, bodies FROM"
                           " (SELECT * FROM versions_%lld ORDER BY pack, start LIMIT -1)"
                           " LEFT JOIN packs_%lld ON id = pack",
                           bucket, &rows);
  }
  if (rc == SQLITE_OK) {
    rc = hdb_store_prepare(store,
                           "UPDATE versions_%lld SET pack = ?3, start = ?4, bytes = ?5"
                           " WHERE page = ?1 AND until = ?2",
                           bucket, &update);
  }
  while (rc == SQLITE_OK && sqlite.step(rows) == SQLITE_ROW) {
    rc = pack_again(rows, scn, pack, update);
  }
  sqlite.finalize(update);
  int finalize_rc = sqlite.finalize(rows);
  if (rc == SQLITE_OK) rc = finalize_rc;
  if (rc == SQLITE_OK) rc = hdb_pack_end(pack);
  if (rc == SQLITE_OK) {
    rc = hdb_store_run(store, "DELETE FROM packs_%lld WHERE id <= %lld", bucket, old_packs);
  }
  hdb_pack_free(pack);
  sqlite.free(pack);
  return rc;
}

/* Makes `base` the base of a bucket: what came before it goes. */
static int cut_bucket(hdb_store *store, int64_t bucket, const hdb_commit *base) {
  int rc = hdb_store_run(store, "DELETE FROM captures_%lld WHERE scn <= %lld", bucket, base->scn);
  if (rc == SQLITE_OK) {
    rc = hdb_store_run(store, "DELETE FROM versions_%lld WHERE until <= %lld", bucket, base->scn);
  }
  if (rc == SQLITE_OK) rc = cut_rows(store, bucket, base->scn);
  if (rc == SQLITE_OK) {
    rc = hdb_store_run(store, "UPDATE buckets SET base_scn = %lld WHERE id = %lld", base->scn,
                       bucket);
  }
  if (rc == SQLITE_OK) {
    rc = hdb_store_run(store, "UPDATE buckets SET base_time = %lld WHERE id = %lld", base->time,
                       bucket);
  }
  if (rc == SQLITE_OK) {
    rc = hdb_store_run(store, "UPDATE buckets SET base_page_count = %lld WHERE id = %lld",
                       base->page_count, bucket);
  }
  return rc;
}

/* The caller holds store_mutex; all commits have been captured. */
static int erase(hdb_history *history, const hdb_commit *base) {
  hdb_store *store = &history->store;
  hdb_state state = history->state;
  hdb_buckets buckets;
  int more = 1;
  int rc = hdb_store_read_buckets(store, &buckets);
  if (rc == SQLITE_OK) rc = hdb_store_run(store, "PRAGMA secure_delete=ON", 0, 0);
  if (rc == SQLITE_OK) rc = hdb_store_begin(store, 1);
  if (rc != SQLITE_OK) return rc;
  int last = buckets.count - 1;
  while (last > 0 && buckets.list[last].base.scn >= base->scn) last--;
  if (last > 0) rc = hdb_store_retire_buckets(store, buckets.list[last - 1].id);
  if (rc == SQLITE_OK) rc = cut_bucket(store, buckets.list[last].id, base);
  /* Captures that hold later commits too name pages of the erased ones: no data. */
  state.buckets_version++;
  if (rc == SQLITE_OK) rc = hdb_store_run(store, "DELETE FROM tags WHERE scn < %lld", base->scn, 0);
  if (rc == SQLITE_OK) rc = hdb_store_write_state(store, &state);
  if (rc == SQLITE_OK) rc = hdb_store_commit(store);
  if (rc != SQLITE_OK) {
    hdb_store_rollback(store);
    return rc;
  }
  history->state = state;
  __atomic_store_n(&history->oldest_scn, base->scn, __ATOMIC_SEQ_CST);
  __atomic_add_fetch(&history->generation, 1, __ATOMIC_SEQ_CST);
  while (rc == SQLITE_OK && more) rc = hdb_store_clean_step(store, &more);
  /* Free pages still hold what expired earlier: none may stay. */
  if (rc == SQLITE_OK) rc = hdb_store_run(store, "PRAGMA incremental_vacuum", 0, 0);
  if (rc == SQLITE_OK) rc = hdb_store_run(store, "PRAGMA secure_delete=OFF", 0, 0);
  /* The readers of the store's own WAL are done soon: they read a page at a time. */
  if (rc == SQLITE_OK) {
    rc = sqlite.wal_checkpoint_v2(store->db, "main", SQLITE_CHECKPOINT_TRUNCATE, 0, 0);
  }
  return rc;
}

int hdb_history_erase(sqlite3 *db, hdb_history *history, int64_t scn) {
  hdb_commit base;
  hdb_past *past;
  /* What the WAL holds is history too. */
  int rc = sqlite.wal_checkpoint_v2(db, "main", SQLITE_CHECKPOINT_TRUNCATE, 0, 0);
  if (rc == SQLITE_OK) rc = hdb_history_newest(history, &base);
  if (rc == SQLITE_OK) rc = hdb_past_begin(history, &past);
  if (rc != SQLITE_OK) return rc;
  rc = hdb_past_commit(past, scn < 0 ? base.scn : scn, &base);
  hdb_past_end(past);
  if (rc != SQLITE_OK) return rc;
  sqlite.mutex_enter(history->store_mutex);
  rc = erase(history, &base);
  sqlite.mutex_leave(history->store_mutex);
  return rc;
}

/* Copies the state at a point over the database, in one transaction. */
int hdb_history_restore(sqlite3 *db, hdb_history *history, int64_t scn) {
  sqlite3 *past = 0;
  char point[48];
  sqlite.xsnprintf((int)sizeof point, point, "heliosdb_as_of=%lld", scn);
  char *uri = hdb_file_uri(history->database->path, point);
  if (!uri) return SQLITE_NOMEM;
  int rc = sqlite.open_v2(uri, &past, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI,
                          hdb_vfs_of(history->database));
  sqlite.free(uri);
  if (rc == SQLITE_OK) {
    sqlite3_backup *copy = sqlite.backup_init(db, "main", past, "main");
    rc = copy ? SQLITE_OK : sqlite.extended_errcode(db);
    if (copy) {
      do {
        rc = sqlite.backup_step(copy, RESTORE_STEP_PAGES);
      } while (rc == SQLITE_OK);
      int finish_rc = sqlite.backup_finish(copy);
      rc = rc == SQLITE_DONE ? finish_rc : rc;
    }
  }
  sqlite.close_v2(past);
  return rc;
}
