/*
** Reading the WAL index.
**
** It consists of blocks of 32 KB. Each has the page numbers of its frames and behind them
** a hash table of 16-bit places among these; the first block begins with two copies of
** the header and the state of checkpoints, so that it holds fewer frames. All numbers are
** in the byte order of the machine.
*/
#include "wal_index.h"

#include <string.h>

enum {
  HEADER_BYTES = 48,
  CHECKPOINT_INFO = 2 * HEADER_BYTES,
  BACKFILL_ATTEMPT = CHECKPOINT_INFO + 32,
  FIRST_BLOCK_START = CHECKPOINT_INFO + 40,
  BLOCK_FRAMES = 4096,
  FIRST_BLOCK_FRAMES = BLOCK_FRAMES - FIRST_BLOCK_START / 4,
  HASH_SLOTS = 8192,
  HASH_MULTIPLIER = 383
};

enum { AT_INITIALIZED = 12, AT_PAGE_SIZE = 14, AT_FRAME_COUNT = 16, AT_PAGE_COUNT = 20 };

static uint32_t load32(const unsigned char *p) {
  uint32_t value;
  memcpy(&value, p, sizeof value);
  return value;
}

static uint16_t load16(const unsigned char *p) {
  uint16_t value;
  memcpy(&value, p, sizeof value);
  return value;
}

int hdb_wal_index_read(hdb_locks *locks, hdb_wal_index_header *out) {
  int valid = 0;
  sqlite.mutex_enter(locks->mutex);
  if (locks->index_region_count > 0) {
    const unsigned char *header = locks->index_regions[0];
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    valid = header[AT_INITIALIZED] && memcmp(header, header + HEADER_BYTES, HEADER_BYTES) == 0;
    uint32_t page_size = load16(header + AT_PAGE_SIZE);
    /* 65536 does not fit into 16 bits and stands there as 1. */
    out->page_size = (page_size & 0xfe00) + ((page_size & 1) << 16);
    out->frame_count = load32(header + AT_FRAME_COUNT);
    out->page_count = load32(header + AT_PAGE_COUNT);
  }
  sqlite.mutex_leave(locks->mutex);
  return valid;
}

uint32_t hdb_wal_index_backfill_attempt(hdb_locks *locks) {
  uint32_t frame = 0;
  sqlite.mutex_enter(locks->mutex);
  if (locks->index_region_count > 0) {
    frame = load32((const unsigned char *)locks->index_regions[0] + BACKFILL_ATTEMPT);
  }
  sqlite.mutex_leave(locks->mutex);
  return frame;
}

static uint32_t block_of(uint32_t frame) {
  return (frame + BLOCK_FRAMES - FIRST_BLOCK_FRAMES - 1) / BLOCK_FRAMES;
}

/* The number of the frame before a block's first. */
static uint32_t frames_before(uint32_t block) {
  return block == 0 ? 0 : FIRST_BLOCK_FRAMES + (block - 1) * BLOCK_FRAMES;
}

static const unsigned char *pages_of(const unsigned char *region, uint32_t block) {
  return block == 0 ? region + FIRST_BLOCK_START : region;
}

static uint32_t find_in_block(const unsigned char *region, uint32_t block, uint32_t page,
                              uint32_t frame_count) {
  const unsigned char *pages = pages_of(region, block);
  const unsigned char *slots = region + BLOCK_FRAMES * 4;
  uint32_t before = frames_before(block);
  uint32_t most = block == 0 ? FIRST_BLOCK_FRAMES : BLOCK_FRAMES;
  uint32_t found = 0;
  uint32_t slot = (page * HASH_MULTIPLIER) & (HASH_SLOTS - 1);

  /* A writer may be adding frames: those it adds are behind frame_count. */
  for (uint32_t probes = 0; probes < HASH_SLOTS; probes++) {
    uint32_t place = load16(slots + slot * 2);
    if (place == 0) break;
    if (place <= most && before + place <= frame_count &&
        load32(pages + (place - 1) * 4) == page && before + place > found) {
      found = before + place;
    }
    slot = (slot + 1) & (HASH_SLOTS - 1);
  }
  return found;
}

uint32_t hdb_wal_index_find(hdb_locks *locks, uint32_t page, uint32_t frame_count) {
  uint32_t found = 0;
  if (frame_count == 0) return 0;
  sqlite.mutex_enter(locks->mutex);
  for (uint32_t block = block_of(frame_count) + 1; block-- > 0 && !found;) {
    if (block < (uint32_t)locks->index_region_count) {
      found = find_in_block(locks->index_regions[block], block, page, frame_count);
    }
  }
  sqlite.mutex_leave(locks->mutex);
  return found;
}

uint32_t hdb_wal_index_page(hdb_locks *locks, uint32_t frame) {
  uint32_t page = 0;
  uint32_t block = block_of(frame);
  sqlite.mutex_enter(locks->mutex);
  if (frame > 0 && block < (uint32_t)locks->index_region_count) {
    const unsigned char *pages = pages_of(locks->index_regions[block], block);
    page = load32(pages + (frame - frames_before(block) - 1) * 4);
  }
  sqlite.mutex_leave(locks->mutex);
  return page;
}
