/*
** Reading the WAL index (https://www.sqlite.org/walformat.html#walindexfmt) of a database
** from beside SQLite's own connections. Thread-safe.
*/
#ifndef HELIOSDB_WAL_INDEX_H
#define HELIOSDB_WAL_INDEX_H

#include "locks.h"

typedef struct hdb_wal_index_header {
  uint32_t page_size;
  uint32_t frame_count; /* valid frames in the WAL */
  uint32_t page_count;  /* of the database, as of the last frame */
} hdb_wal_index_header;

/* Returns 0 if SQLite has not built the index yet, or is writing its header just now. */
int hdb_wal_index_read(hdb_locks *locks, hdb_wal_index_header *out);

/* The last frame that a checkpoint has begun to copy. */
uint32_t hdb_wal_index_backfill_attempt(hdb_locks *locks);

/* The newest frame of a page among the first `frame_count`; 0 if there is none. */
uint32_t hdb_wal_index_find(hdb_locks *locks, uint32_t page, uint32_t frame_count);

/* The page that a frame holds; 0 if the index does not know it. */
uint32_t hdb_wal_index_page(hdb_locks *locks, uint32_t frame);

#endif
