/*
** Locks and WAL index of one database, kept in the memory of this process.
*/
#include "locks.h"

#include <string.h>

enum { WAL_LOCK_EXCLUSIVE = -1, CHECKPOINT_LOCK = 1 /* who checkpoints has this one */ };

int hdb_locks_init(hdb_locks *locks) {
  memset(locks, 0, sizeof *locks);
  locks->mutex = sqlite.mutex_alloc(SQLITE_MUTEX_FAST);
  return locks->mutex ? SQLITE_OK : SQLITE_NOMEM;
}

static void free_index(hdb_locks *locks) {
  for (int i = 0; i < locks->index_region_count; i++) sqlite.free(locks->index_regions[i]);
  sqlite.free(locks->index_regions);
  locks->index_regions = 0;
  locks->index_region_count = 0;
}

void hdb_locks_destroy(hdb_locks *locks) {
  free_index(locks);
  sqlite.mutex_free(locks->mutex);
  locks->mutex = 0;
}

void hdb_locks_leave(hdb_handle *handle) {
  hdb_unlock(&handle->file, SQLITE_LOCK_NONE);
  hdb_shm_unmap(&handle->file, 0);
}

/*
** SQLite's five lock states (https://www.sqlite.org/lockingv3.html) among the
** handles of this process. In WAL mode a handle keeps SHARED for as long as it is
** open; more is needed only to enter or leave WAL mode, or to close the last handle.
*/
int hdb_lock(sqlite3_file *file, int level) {
  hdb_handle *handle = (hdb_handle *)file;
  hdb_locks *locks = handle->locks;
  int rc = SQLITE_OK;

  sqlite.mutex_enter(locks->mutex);
  if (handle->level < SQLITE_LOCK_SHARED && level >= SQLITE_LOCK_SHARED) {
    if (locks->pending) {
      rc = SQLITE_BUSY;
      goto done;
    }
    locks->shared_count++;
    handle->level = SQLITE_LOCK_SHARED;
  }
  /*
  ** From SHARED straight to EXCLUSIVE goes who rolls back a hot journal, or closes the
  ** WAL. Where it cannot, it must not even seem to write: another reader would see
  ** RESERVED taken, believe the journal to belong to a living writer, and read the
  ** database as it was never committed.
  */
  if (level == SQLITE_LOCK_EXCLUSIVE && handle->level == SQLITE_LOCK_SHARED &&
      locks->shared_count > 1) {
    rc = SQLITE_BUSY;
    goto done;
  }
  if (level >= SQLITE_LOCK_RESERVED && handle->level < level) {
    if (locks->reserved != 0 && locks->reserved != file) {
      rc = SQLITE_BUSY;
      goto done;
    }
    locks->reserved = file;
    if (handle->level < SQLITE_LOCK_RESERVED) handle->level = SQLITE_LOCK_RESERVED;
  }
  if (level == SQLITE_LOCK_EXCLUSIVE && handle->level < level) {
    locks->pending = 1;
    handle->level = SQLITE_LOCK_PENDING;
    if (locks->shared_count > 1) {
      rc = SQLITE_BUSY;
      goto done;
    }
    handle->level = SQLITE_LOCK_EXCLUSIVE;
  }
done:
  sqlite.mutex_leave(locks->mutex);
  return rc;
}

int hdb_unlock(sqlite3_file *file, int level) {
  hdb_handle *handle = (hdb_handle *)file;
  hdb_locks *locks = handle->locks;

  sqlite.mutex_enter(locks->mutex);
  if (handle->level > SQLITE_LOCK_SHARED && level <= SQLITE_LOCK_SHARED) {
    locks->reserved = 0;
    locks->pending = 0;
    handle->level = SQLITE_LOCK_SHARED;
  }
  if (handle->level == SQLITE_LOCK_SHARED && level == SQLITE_LOCK_NONE) {
    locks->shared_count--;
    handle->level = SQLITE_LOCK_NONE;
  }
  sqlite.mutex_leave(locks->mutex);
  return SQLITE_OK;
}

int hdb_check_reserved_lock(sqlite3_file *file, int *reserved) {
  hdb_locks *locks = ((hdb_handle *)file)->locks;
  sqlite.mutex_enter(locks->mutex);
  *reserved = locks->reserved != 0;
  sqlite.mutex_leave(locks->mutex);
  return SQLITE_OK;
}

/* Appends zeroed regions until there are `count`. The caller holds the mutex. */
static int grow_index(hdb_locks *locks, int count, int bytes) {
  void **regions =
      sqlite.realloc64(locks->index_regions, (uint64_t)count * sizeof *locks->index_regions);
  if (!regions) return SQLITE_IOERR_NOMEM;
  locks->index_regions = regions;
  while (locks->index_region_count < count) {
    void *region = sqlite.malloc64((uint64_t)bytes);
    if (!region) return SQLITE_IOERR_NOMEM;
    memset(region, 0, (size_t)bytes);
    locks->index_regions[locks->index_region_count++] = region;
  }
  return SQLITE_OK;
}

int hdb_shm_map(sqlite3_file *file, int region, int bytes, int extend, void volatile **out) {
  hdb_handle *handle = (hdb_handle *)file;
  hdb_locks *locks = handle->locks;
  int rc = SQLITE_OK;

  *out = 0;
  sqlite.mutex_enter(locks->mutex);
  if (!handle->uses_index) {
    handle->uses_index = 1;
    locks->index_users++;
  }
  if (region >= locks->index_region_count && extend) rc = grow_index(locks, region + 1, bytes);
  if (rc == SQLITE_OK && region < locks->index_region_count) *out = locks->index_regions[region];
  sqlite.mutex_leave(locks->mutex);
  return rc;
}

static int try_shared(int32_t *lock) {
  int32_t readers = __atomic_load_n(lock, __ATOMIC_RELAXED);
  while (readers != WAL_LOCK_EXCLUSIVE) {
    if (__atomic_compare_exchange_n(lock, &readers, readers + 1, 0, __ATOMIC_SEQ_CST,
                                    __ATOMIC_RELAXED)) {
      return 1;
    }
  }
  return 0;
}

static int try_exclusive(int32_t *lock) {
  int32_t unlocked = 0;
  return __atomic_compare_exchange_n(lock, &unlocked, WAL_LOCK_EXCLUSIVE, 0, __ATOMIC_SEQ_CST,
                                     __ATOMIC_RELAXED);
}

/*
** A reader whose reads follow each other finds its lock free when it begins the next one, and
** takes it to mark that it reads more now. A checkpoint that asks for that lock again and
** again would hardly ever find it free. So nobody else gets it exclusively once a checkpoint
** has asked for it: the reader then takes another one.
*/
static int take_exclusive(hdb_handle *handle, int i) {
  hdb_locks *locks = handle->locks;
  unsigned bit = 1u << i;
  int is_checkpoint = (handle->wal_exclusive & 1u << CHECKPOINT_LOCK) != 0;
  unsigned awaited = __atomic_load_n(&locks->awaited, __ATOMIC_RELAXED) & bit;
  if (awaited && !is_checkpoint) return 0;
  int is_taken = try_exclusive(&locks->wal_locks[i]);
  if (is_checkpoint && is_taken && awaited) {
    __atomic_fetch_and(&locks->awaited, ~bit, __ATOMIC_RELAXED);
  } else if (is_checkpoint && !is_taken) {
    __atomic_fetch_or(&locks->awaited, bit, __ATOMIC_RELAXED);
  }
  return is_taken;
}

static void release_wal_lock(hdb_handle *handle, int i) {
  int32_t *lock = &handle->locks->wal_locks[i];
  unsigned bit = 1u << i;
  if (handle->wal_shared & bit) {
    handle->wal_shared &= ~bit;
    __atomic_fetch_sub(lock, 1, __ATOMIC_SEQ_CST);
  } else if (handle->wal_exclusive & bit) {
    handle->wal_exclusive &= ~bit;
    if (i == CHECKPOINT_LOCK) __atomic_store_n(&handle->locks->awaited, 0, __ATOMIC_RELAXED);
    __atomic_store_n(lock, 0, __ATOMIC_SEQ_CST);
  }
}

/*
** The eight locks of a WAL index (https://www.sqlite.org/walformat.html#locks). A
** range is taken whole or not at all. A handle that holds a lock keeps it as it is
** when it asks again: SQLite releases before it changes from shared to exclusive.
*/
int hdb_shm_lock(sqlite3_file *file, int offset, int count, int flags) {
  hdb_handle *handle = (hdb_handle *)file;
  unsigned taken = 0;

  for (int i = offset; i < offset + count; i++) {
    unsigned bit = 1u << i;
    int32_t *lock = &handle->locks->wal_locks[i];
    if (flags & SQLITE_SHM_UNLOCK) {
      release_wal_lock(handle, i);
    } else if (!((handle->wal_shared | handle->wal_exclusive) & bit)) {
      if (!(flags & SQLITE_SHM_SHARED ? try_shared(lock) : take_exclusive(handle, i))) {
        for (int j = offset; j < i; j++) {
          if (taken & (1u << j)) release_wal_lock(handle, j);
        }
        return SQLITE_BUSY;
      }
      taken |= bit;
      if (flags & SQLITE_SHM_SHARED) {
        handle->wal_shared |= bit;
      } else {
        handle->wal_exclusive |= bit;
      }
    }
  }
  return SQLITE_OK;
}

void hdb_shm_barrier(sqlite3_file *file) {
  (void)file;
  __atomic_thread_fence(__ATOMIC_SEQ_CST);
}

void hdb_locks_hold_index(hdb_locks *locks) {
  sqlite.mutex_enter(locks->mutex);
  locks->index_holders++;
  sqlite.mutex_leave(locks->mutex);
}

void hdb_locks_release_index(hdb_locks *locks) {
  sqlite.mutex_enter(locks->mutex);
  if (--locks->index_holders == 0 && locks->index_users == 0) free_index(locks);
  sqlite.mutex_leave(locks->mutex);
}

/*
** The WAL index goes with its last user: SQLite builds it anew from the WAL. Who holds it
** keeps it, unless SQLite says that the WAL is deleted.
*/
int hdb_shm_unmap(sqlite3_file *file, int remove) {
  hdb_handle *handle = (hdb_handle *)file;
  hdb_locks *locks = handle->locks;

  for (int i = 0; i < SQLITE_SHM_NLOCK; i++) release_wal_lock(handle, i);
  sqlite.mutex_enter(locks->mutex);
  if (handle->uses_index) {
    handle->uses_index = 0;
    if (--locks->index_users == 0 && (remove || locks->index_holders == 0)) free_index(locks);
  }
  sqlite.mutex_leave(locks->mutex);
  return SQLITE_OK;
}
