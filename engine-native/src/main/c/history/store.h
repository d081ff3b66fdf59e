/*
** The database that a history is kept in, "<file>-history": see docs/file-format.md.
**
** Its content is cut into buckets by time, so that what expires is dropped table by table.
** A bucket holds the commits after its base, the pages that each of them changed, and the
** versions of pages that they ended.
*/
#ifndef HELIOSDB_STORE_H
#define HELIOSDB_STORE_H

#include "history.h"

enum {
  HDB_MOST_BUCKETS = 16,
  HDB_LONGEST_CHAIN = 64, /* differences before a whole page; versions in a row */
  HDB_COMMIT_BYTES = 16,  /* of a commit in the row of its capture */
  HDB_PACK_BYTES = 4000   /* of bodies in one row: with it a page of the store is full */
};

/* One row says how far the history has come. */
typedef struct hdb_state {
  uint32_t page_size;           /* of the database */
  uint32_t salts[2];            /* of the WAL that was captured last */
  uint32_t frame;               /* last frame of it that was captured */
  hdb_commit newest;            /* newest captured commit; its changed_pages are not kept */
  int is_clean;                 /* the WAL ended, all of it in the file, whose mark is: */
  int64_t file_size;
  int64_t file_time;       /* time of its last change, nanoseconds */
  int has_hash;
  uint64_t hash;           /* of the database at the newest captured commit */
  int64_t buckets_version; /* changes whenever the list of buckets does */
  int64_t gap_scn;         /* base of the history since its last gap, 0 if it has none */
  int64_t gap_time;
} hdb_state;

typedef struct hdb_bucket {
  int64_t id;
  hdb_commit base;
  int64_t bytes; /* estimate of its content */
} hdb_bucket;

typedef struct hdb_buckets {
  hdb_bucket list[HDB_MOST_BUCKETS + 1]; /* the oldest first */
  int count;
} hdb_buckets;

/* A connection of the store. One thread uses it at a time. */
typedef struct hdb_store {
  sqlite3 *db;
  sqlite3_stmt *begin, *commit, *rollback;
  sqlite3_stmt *read_state;
} hdb_store;

/*
** Opens a connection. The first one of a store, which may write, makes it if need be;
** HDB_FOREIGN_FORMAT: it was made by a newer version of the engine.
*/
enum { HDB_FOREIGN_FORMAT = SQLITE_NOTADB | 127 << 8 };
int hdb_store_open(const char *path, const char *vfs, int is_first, hdb_store *out);
void hdb_store_close(hdb_store *store);

int hdb_store_begin(hdb_store *store, int to_write);
int hdb_store_commit(hdb_store *store);
void hdb_store_rollback(hdb_store *store);

/* Sets *exists to 0 in a new store. */
int hdb_store_read_state(hdb_store *store, hdb_state *out, int *exists);
int hdb_store_write_state(hdb_store *store, const hdb_state *state);

int hdb_store_read_buckets(hdb_store *store, hdb_buckets *out);

/* Adds a bucket whose points are after `base`, with its tables. */
int hdb_store_add_bucket(hdb_store *store, const hdb_commit *base, int64_t *id);

/* Takes buckets out of the list; their tables are dropped by hdb_store_clean_step. */
int hdb_store_retire_buckets(hdb_store *store, int64_t up_to_id);

/* Drops some of what retired buckets left; *more is set while there is any. */
int hdb_store_clean_step(hdb_store *store, int *more);

/* A version of a page, as an entry of a row has it. */
typedef struct hdb_version {
  int64_t until;    /* SCN that ended it */
  int stands_alone; /* its base is a page of zeros */
  uint32_t checksum;
  const unsigned char *delta;
  size_t bytes; /* of the difference */
} hdb_version;

/* Reads an entry of the row that ends at `row_until`; returns the place behind it, null if it
** is not valid. */
const unsigned char *hdb_read_version(const unsigned char *in, const unsigned char *end,
                                      int64_t row_until, hdb_version *out);

/*
** Writes bodies one behind the other, many to a row, so that those of one capture dirty as
** few pages of the store as they fill, whatever pages of the database they are of.
*/
typedef struct hdb_pack {
  sqlite3_stmt *insert;
  int64_t id; /* of the row that the last body is in */
  int is_written;
  size_t bytes;
  unsigned char bodies[HDB_PACK_BYTES];
} hdb_pack;

int hdb_pack_begin(hdb_store *store, int64_t bucket, hdb_pack *out);

/* Adds a body, which lies from *start on in the row with the pack's id. */
int hdb_pack_add(hdb_pack *pack, const unsigned char *body, size_t bytes, size_t *start);

/* Writes the last row. */
int hdb_pack_end(hdb_pack *pack);
void hdb_pack_free(hdb_pack *pack);

/* Runs SQL made by `format`, SQLite's printf, with 64-bit integers as arguments. */
int hdb_store_run(hdb_store *store, const char *format, int64_t first, int64_t second);

/* The first column of the first row of such SQL; `missing` if there is none. */
int hdb_store_number(hdb_store *store, const char *format, int64_t argument, int64_t missing,
                     int64_t *out);

/* Prepares such SQL. */
int hdb_store_prepare(hdb_store *store, const char *format, int64_t argument, sqlite3_stmt **out);

#endif
