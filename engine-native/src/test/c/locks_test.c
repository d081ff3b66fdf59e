/*
** Locks and WAL index in memory (storage/locks.c).
*/
#include <pthread.h>
#include <sched.h>
#include <string.h>

#include "check.h"
#include "support.h"

enum { HANDLES = 4 };

typedef struct fixture {
  hdb_locks locks;
  hdb_handle handles[HANDLES];
} fixture;

static void begin(fixture *it) {
  memset(it, 0, sizeof *it);
  CHECK_INT(hdb_locks_init(&it->locks), SQLITE_OK);
  for (int i = 0; i < HANDLES; i++) it->handles[i].locks = &it->locks;
}

static void end(fixture *it) {
  for (int i = 0; i < HANDLES; i++) hdb_locks_leave(&it->handles[i]);
  CHECK_INT(it->locks.shared_count, 0);
  CHECK(it->locks.reserved == 0);
  CHECK_INT(it->locks.pending, 0);
  CHECK_INT(it->locks.index_users, 0);
  CHECK_INT(it->locks.index_region_count, 0);
  for (int i = 0; i < SQLITE_SHM_NLOCK; i++) CHECK_INT(it->locks.wal_locks[i], 0);
  hdb_locks_destroy(&it->locks);
}

static int lock(fixture *it, int i, int level) { return hdb_lock(&it->handles[i].file, level); }

static void unlock(fixture *it, int i, int level) {
  CHECK_INT(hdb_unlock(&it->handles[i].file, level), SQLITE_OK);
}

static int is_reserved(fixture *it, int i) {
  int reserved = -1;
  CHECK_INT(hdb_check_reserved_lock(&it->handles[i].file, &reserved), SQLITE_OK);
  return reserved;
}

static int wal_lock(fixture *it, int i, int offset, int count, int flags) {
  return hdb_shm_lock(&it->handles[i].file, offset, count, SQLITE_SHM_LOCK | flags);
}

static void wal_unlock(fixture *it, int i, int offset, int count, int flags) {
  CHECK_INT(hdb_shm_lock(&it->handles[i].file, offset, count, SQLITE_SHM_UNLOCK | flags),
            SQLITE_OK);
}

TEST(readers_share_a_database) {
  fixture it;
  begin(&it);
  for (int i = 0; i < HANDLES; i++) CHECK_INT(lock(&it, i, SQLITE_LOCK_SHARED), SQLITE_OK);
  CHECK_INT(it.locks.shared_count, HANDLES);
  CHECK_INT(is_reserved(&it, 0), 0);
  end(&it);
}

TEST(one_writer_prepares_beside_readers) {
  fixture it;
  begin(&it);
  lock(&it, 0, SQLITE_LOCK_SHARED);
  lock(&it, 1, SQLITE_LOCK_SHARED);
  CHECK_INT(lock(&it, 0, SQLITE_LOCK_RESERVED), SQLITE_OK);
  CHECK_INT(lock(&it, 1, SQLITE_LOCK_RESERVED), SQLITE_BUSY);
  CHECK_INT(it.handles[1].level, SQLITE_LOCK_SHARED);
  CHECK_INT(lock(&it, 2, SQLITE_LOCK_SHARED), SQLITE_OK);
  CHECK_INT(is_reserved(&it, 2), 1);
  unlock(&it, 0, SQLITE_LOCK_SHARED);
  CHECK_INT(is_reserved(&it, 2), 0);
  CHECK_INT(lock(&it, 1, SQLITE_LOCK_RESERVED), SQLITE_OK);
  end(&it);
}

TEST(a_writer_that_waits_for_readers_lets_no_new_ones_in) {
  fixture it;
  begin(&it);
  lock(&it, 0, SQLITE_LOCK_SHARED);
  lock(&it, 1, SQLITE_LOCK_SHARED);
  lock(&it, 0, SQLITE_LOCK_RESERVED);
  CHECK_INT(lock(&it, 0, SQLITE_LOCK_EXCLUSIVE), SQLITE_BUSY);
  CHECK_INT(it.handles[0].level, SQLITE_LOCK_PENDING);
  CHECK_INT(lock(&it, 2, SQLITE_LOCK_SHARED), SQLITE_BUSY);
  CHECK_INT(lock(&it, 1, SQLITE_LOCK_SHARED), SQLITE_OK); /* which it has already */
  unlock(&it, 1, SQLITE_LOCK_NONE);
  CHECK_INT(lock(&it, 0, SQLITE_LOCK_EXCLUSIVE), SQLITE_OK);
  CHECK_INT(lock(&it, 1, SQLITE_LOCK_SHARED), SQLITE_BUSY);
  unlock(&it, 0, SQLITE_LOCK_NONE);
  CHECK_INT(lock(&it, 1, SQLITE_LOCK_SHARED), SQLITE_OK);
  end(&it);
}

/* Otherwise the other reader would take a hot journal for that of a living writer. */
TEST(who_cannot_go_from_shared_to_exclusive_leaves_no_trace) {
  fixture it;
  begin(&it);
  lock(&it, 0, SQLITE_LOCK_SHARED);
  lock(&it, 1, SQLITE_LOCK_SHARED);
  CHECK_INT(lock(&it, 0, SQLITE_LOCK_EXCLUSIVE), SQLITE_BUSY);
  CHECK_INT(it.handles[0].level, SQLITE_LOCK_SHARED);
  CHECK_INT(is_reserved(&it, 1), 0);
  CHECK_INT(lock(&it, 2, SQLITE_LOCK_SHARED), SQLITE_OK);
  unlock(&it, 1, SQLITE_LOCK_NONE);
  unlock(&it, 2, SQLITE_LOCK_NONE);
  CHECK_INT(lock(&it, 0, SQLITE_LOCK_EXCLUSIVE), SQLITE_OK);
  CHECK_INT(is_reserved(&it, 1), 1);
  end(&it);
}

TEST(leaving_gives_up_every_lock) {
  fixture it;
  void volatile *region;
  begin(&it);
  CHECK_INT(lock(&it, 0, SQLITE_LOCK_EXCLUSIVE), SQLITE_OK);
  CHECK_INT(hdb_shm_map(&it.handles[0].file, 0, 32768, 1, &region), SQLITE_OK);
  CHECK_INT(wal_lock(&it, 0, 0, 3, SQLITE_SHM_EXCLUSIVE), SQLITE_OK);
  CHECK_INT(wal_lock(&it, 0, 4, 1, SQLITE_SHM_SHARED), SQLITE_OK);
  hdb_locks_leave(&it.handles[0]);
  CHECK_INT(lock(&it, 1, SQLITE_LOCK_EXCLUSIVE), SQLITE_OK);
  CHECK_INT(wal_lock(&it, 1, 0, SQLITE_SHM_NLOCK, SQLITE_SHM_EXCLUSIVE), SQLITE_OK);
  end(&it);
}

TEST(wal_locks_are_shared_or_exclusive) {
  fixture it;
  begin(&it);
  for (int i = 0; i < 3; i++) CHECK_INT(wal_lock(&it, i, 3, 1, SQLITE_SHM_SHARED), SQLITE_OK);
  CHECK_INT(wal_lock(&it, 3, 3, 1, SQLITE_SHM_EXCLUSIVE), SQLITE_BUSY);
  for (int i = 0; i < 3; i++) wal_unlock(&it, i, 3, 1, SQLITE_SHM_SHARED);
  CHECK_INT(wal_lock(&it, 3, 3, 1, SQLITE_SHM_EXCLUSIVE), SQLITE_OK);
  CHECK_INT(wal_lock(&it, 0, 3, 1, SQLITE_SHM_SHARED), SQLITE_BUSY);
  CHECK_INT(wal_lock(&it, 0, 3, 1, SQLITE_SHM_EXCLUSIVE), SQLITE_BUSY);
  CHECK_INT(wal_lock(&it, 0, 4, 1, SQLITE_SHM_SHARED), SQLITE_OK);
  end(&it);
}

TEST(a_range_of_wal_locks_is_taken_whole_or_not_at_all) {
  for (int held = 0; held < SQLITE_SHM_NLOCK; held++) {
    for (int flags = SQLITE_SHM_SHARED; flags <= SQLITE_SHM_EXCLUSIVE; flags *= 2) {
      fixture it;
      begin(&it);
      CHECK_INT(wal_lock(&it, 0, held, 1, flags), SQLITE_OK);
      CHECK_INT(wal_lock(&it, 1, 0, SQLITE_SHM_NLOCK, SQLITE_SHM_EXCLUSIVE), SQLITE_BUSY);
      CHECK_INT((int64_t)it.handles[1].wal_exclusive, 0);
      wal_unlock(&it, 0, held, 1, flags);
      CHECK_INT(wal_lock(&it, 2, 0, SQLITE_SHM_NLOCK, SQLITE_SHM_EXCLUSIVE), SQLITE_OK);
      wal_unlock(&it, 2, 0, SQLITE_SHM_NLOCK, SQLITE_SHM_EXCLUSIVE);
      end(&it);
    }
  }
}

TEST(a_refused_range_keeps_the_locks_held_before) {
  fixture it;
  begin(&it);
  CHECK_INT(wal_lock(&it, 0, 1, 1, SQLITE_SHM_EXCLUSIVE), SQLITE_OK);
  CHECK_INT(wal_lock(&it, 1, 3, 1, SQLITE_SHM_SHARED), SQLITE_OK);
  CHECK_INT(wal_lock(&it, 0, 0, 4, SQLITE_SHM_EXCLUSIVE), SQLITE_BUSY);
  CHECK_INT((int64_t)it.handles[0].wal_exclusive, 1 << 1);
  CHECK_INT(wal_lock(&it, 1, 1, 1, SQLITE_SHM_SHARED), SQLITE_BUSY);
  CHECK_INT(wal_lock(&it, 1, 0, 1, SQLITE_SHM_EXCLUSIVE), SQLITE_OK);
  end(&it);
}

TEST(a_checkpoint_that_waits_for_a_reader_comes_before_its_next_read) {
  enum { CHECKPOINT = 1, FIRST = 4, SECOND = 5 };
  fixture it;
  begin(&it);
  CHECK_INT(wal_lock(&it, 0, FIRST, 1, SQLITE_SHM_SHARED), SQLITE_OK);
  CHECK_INT(wal_lock(&it, 1, CHECKPOINT, 1, SQLITE_SHM_EXCLUSIVE), SQLITE_OK);
  CHECK_INT(wal_lock(&it, 1, FIRST, 1, SQLITE_SHM_EXCLUSIVE), SQLITE_BUSY);
  /* The next read takes another lock, and may share this one. */
  wal_unlock(&it, 0, FIRST, 1, SQLITE_SHM_SHARED);
  CHECK_INT(wal_lock(&it, 0, FIRST, 1, SQLITE_SHM_EXCLUSIVE), SQLITE_BUSY);
  CHECK_INT(wal_lock(&it, 0, SECOND, 1, SQLITE_SHM_EXCLUSIVE), SQLITE_OK);
  CHECK_INT(wal_lock(&it, 2, FIRST, 1, SQLITE_SHM_SHARED), SQLITE_OK);
  wal_unlock(&it, 2, FIRST, 1, SQLITE_SHM_SHARED);
  CHECK_INT(wal_lock(&it, 1, FIRST, 1, SQLITE_SHM_EXCLUSIVE), SQLITE_OK);
  wal_unlock(&it, 1, FIRST, 1, SQLITE_SHM_EXCLUSIVE);
  /* Who has had it waits no longer, nor does one that has given up. */
  CHECK_INT(wal_lock(&it, 2, FIRST, 1, SQLITE_SHM_EXCLUSIVE), SQLITE_OK);
  CHECK_INT(wal_lock(&it, 1, FIRST, 1, SQLITE_SHM_EXCLUSIVE), SQLITE_BUSY);
  wal_unlock(&it, 2, FIRST, 1, SQLITE_SHM_EXCLUSIVE);
  wal_unlock(&it, 1, CHECKPOINT, 1, SQLITE_SHM_EXCLUSIVE);
  CHECK_INT(wal_lock(&it, 2, FIRST, 1, SQLITE_SHM_EXCLUSIVE), SQLITE_OK);
  end(&it);
}

TEST(releasing_a_wal_lock_that_is_not_held_does_nothing) {
  fixture it;
  begin(&it);
  CHECK_INT(wal_lock(&it, 0, 0, 1, SQLITE_SHM_EXCLUSIVE), SQLITE_OK);
  CHECK_INT(wal_lock(&it, 0, 1, 1, SQLITE_SHM_SHARED), SQLITE_OK);
  wal_unlock(&it, 1, 0, SQLITE_SHM_NLOCK, SQLITE_SHM_EXCLUSIVE);
  CHECK_INT(wal_lock(&it, 1, 0, 1, SQLITE_SHM_SHARED), SQLITE_BUSY);
  CHECK_INT(wal_lock(&it, 1, 1, 1, SQLITE_SHM_EXCLUSIVE), SQLITE_BUSY);
  end(&it);
}

TEST(wal_index_regions_are_zeroed_shared_and_never_move) {
  enum { BYTES = 32768, REGIONS = 40 };
  fixture it;
  void volatile *first;
  void volatile *again;
  begin(&it);
  CHECK_INT(hdb_shm_map(&it.handles[0].file, 0, BYTES, 0, &first), SQLITE_OK);
  CHECK(first == 0); /* nobody made it yet */
  CHECK_INT(hdb_shm_map(&it.handles[0].file, 0, BYTES, 1, &first), SQLITE_OK);
  for (int i = 0; i < BYTES; i++) CHECK_INT(((volatile char *)first)[i], 0);
  ((volatile char *)first)[BYTES - 1] = 7;
  for (int i = 1; i < REGIONS; i++) {
    CHECK_INT(hdb_shm_map(&it.handles[1].file, i, BYTES, 1, &again), SQLITE_OK);
    CHECK(again != 0);
  }
  CHECK_INT(hdb_shm_map(&it.handles[1].file, 0, BYTES, 1, &again), SQLITE_OK);
  CHECK(again == first);
  CHECK_INT(hdb_shm_map(&it.handles[2].file, REGIONS + 3, BYTES, 1, &again), SQLITE_OK);
  CHECK_INT(it.locks.index_region_count, REGIONS + 4);
  hdb_shm_unmap(&it.handles[0].file, 0);
  hdb_shm_unmap(&it.handles[2].file, 1);
  CHECK_INT(hdb_shm_map(&it.handles[1].file, 0, BYTES, 0, &again), SQLITE_OK);
  CHECK(again == first);
  hdb_shm_unmap(&it.handles[1].file, 0);
  CHECK_INT(it.locks.index_region_count, 0); /* gone with its last user */
  end(&it);
}

typedef struct hammer {
  fixture *it;
  int index;
  int64_t *guarded; /* changed under the exclusive lock only */
  int64_t taken;
  int broken;
} hammer;

enum { HAMMER_TIMES = 20000 };

/* Writers make both numbers differ for a moment; whoever holds the lock sees them equal. */
static void visit(hammer *self, int exclusive) {
  int64_t *guarded = self->guarded;
  if (guarded[0] != guarded[1]) self->broken = 1;
  if (exclusive) {
    guarded[0]++;
    guarded[1]++;
  }
  self->taken++;
}

static void *hammer_wal_locks(void *argument) {
  hammer *self = argument;
  hdb_handle *handle = &self->it->handles[self->index];
  chance luck = {(uint64_t)self->index};
  while (self->taken < HAMMER_TIMES) {
    int exclusive = chance_below(&luck, 3) == 0;
    int flags = exclusive ? SQLITE_SHM_EXCLUSIVE : SQLITE_SHM_SHARED;
    int offset = exclusive ? chance_below(&luck, 4) : 3;
    int count = exclusive ? 4 - offset + chance_below(&luck, 4) : 1;
    if (hdb_shm_lock(&handle->file, offset, count, SQLITE_SHM_LOCK | flags) == SQLITE_OK) {
      visit(self, exclusive);
      hdb_shm_lock(&handle->file, offset, count, SQLITE_SHM_UNLOCK | flags);
    } else {
      sched_yield();
    }
  }
  return 0;
}

static void *hammer_file_locks(void *argument) {
  hammer *self = argument;
  sqlite3_file *file = &self->it->handles[self->index].file;
  chance luck = {(uint64_t)self->index};
  while (self->taken < HAMMER_TIMES) {
    if (hdb_lock(file, SQLITE_LOCK_SHARED) == SQLITE_OK) {
      visit(self, 0);
      if (chance_below(&luck, 3) == 0 && hdb_lock(file, SQLITE_LOCK_RESERVED) == SQLITE_OK &&
          hdb_lock(file, SQLITE_LOCK_EXCLUSIVE) == SQLITE_OK) {
        visit(self, 1);
        if (chance_below(&luck, 2)) hdb_unlock(file, SQLITE_LOCK_SHARED);
      }
    } else {
      sched_yield();
    }
    hdb_unlock(file, SQLITE_LOCK_NONE);
  }
  return 0;
}

static void hammer_with(void *(*body)(void *)) {
  fixture it;
  pthread_t threads[HANDLES];
  hammer hammers[HANDLES];
  int64_t guarded[2] = {0, 0};
  begin(&it);
  for (int i = 0; i < HANDLES; i++) {
    hammers[i] = (hammer){&it, i, guarded, 0, 0};
    CHECK_INT(pthread_create(&threads[i], 0, body, &hammers[i]), 0);
  }
  for (int i = 0; i < HANDLES; i++) CHECK_INT(pthread_join(threads[i], 0), 0);
  for (int i = 0; i < HANDLES; i++) CHECK_INT(hammers[i].broken, 0);
  CHECK(guarded[0] > 0);
  end(&it);
}

TEST(threads_never_hold_wal_locks_that_exclude_each_other) { hammer_with(hammer_wal_locks); }

TEST(threads_never_hold_file_locks_that_exclude_each_other) { hammer_with(hammer_file_locks); }
