/*
** What the tests of history share: the truth about every point, taken from the files
** themselves by reading SQLite's documented formats, never through the engine; and a
** random workload.
*/
#ifndef HISTORY_SUPPORT_H
#define HISTORY_SUPPORT_H

#include "support.h"

/* A database file, page by page: a digest of each. Page 1 is taken with 1 in the bytes 18
** and 19, as the past shows it. */
typedef struct digest {
  uint64_t a;
  uint64_t b;
} digest;

typedef struct image {
  uint32_t page_size;
  uint32_t count;
  digest *pages; /* page n is pages[n - 1] */
} image;

void image_free(image *it);

/* The first page that differs, the lesser count plus 1 if only those differ; 0 if none. */
uint32_t image_difference(const image *one, const image *two);

/* How far a WAL has been read: up to its last commit. */
typedef struct wal_place {
  unsigned char head[32];
  int64_t frames;
} wal_place;

/* What a database file and its WAL hold together. Nothing has to be open. */
void image_of_files(const char *path, image *out, wal_place *place);

typedef struct page_version {
  int64_t scn;
  digest page;
} page_version;

typedef struct page_versions {
  page_version *versions;
  int count;
  int capacity;
} page_versions;

typedef struct point {
  uint32_t page_count;
  uint32_t changed_pages;
} point;

/* Every point of a database. */
typedef struct truth truth;
struct truth {
  char *path;
  uint32_t page_size;
  wal_place wal;
  int64_t first; /* the SCN of points[0] */
  int64_t last;
  point *points;
  int64_t capacity;
  page_versions *pages;
  uint32_t page_capacity;
  int checkpoint_frames;              /* see truth_follow */
  void (*committed)(const truth *it); /* called for each new point; may be null */
};

/* The files as they are now are the point `scn`. */
void truth_start(truth *it, const char *path, int64_t scn);
void truth_free(truth *it);

/*
** From now on each commit of the connection is a point, read from the WAL when SQLite
** tells of it. Takes the place of SQLite's automatic checkpoints: there is one after each
** commit that leaves so many frames in the WAL, if that is not 0.
*/
void truth_follow(truth *it, sqlite3 *db);

/* Reads from the present WAL on from now; its commits are points already. */
void truth_resume(truth *it, const wal_place *place);

/* Adds the point after the last one: as a whole, or by the pages that it changed. */
void truth_add(truth *it, const image *what);
void truth_begin_point(truth *it);
void truth_add_page(truth *it, uint32_t number, digest page);
void truth_end_point(truth *it, uint32_t page_count, uint32_t changed_pages);

/* Forgets the points after `scn`. */
void truth_cut(truth *it, int64_t scn);

/* The point as it must be. */
void truth_at(const truth *it, int64_t scn, image *out);
int truth_is(const truth *it, int64_t scn, const image *what);

/* Has databases and their histories encrypted with a key from now on; null for none. */
void history_encrypt(hdb_key *key);

/* The history of a file, opened through the engine with its functions. `parameters` of the
** URI come behind heliosdb_history=on: "&heliosdb_retention=1000" or "". */
sqlite3 *open_with_history(const char *path, const char *parameters);
int try_open_with_history(const char *path, const char *parameters, sqlite3 **out);

/* Opens a point for reading. */
sqlite3 *open_past(const char *path, int64_t scn);
int try_open_past(const char *path, int64_t scn, sqlite3 **out);

/*
** Reads a point through the engine. Returns SQLite's code; what is wrong otherwise is
** added to `problem`. From any thread.
*/
int image_of_past(const char *path, int64_t scn, image *out, text *problem);

/* Compares a point with the engine's. What differs is added to `problem`. From any thread. */
void compare_past(const char *path, int64_t scn, const image *expected, text *problem);

/* Holds a point to be what it was, for SQL, too, if it is `checked`. */
void check_past(const truth *it, int64_t scn);
void check_past_by_sql(const truth *it, int64_t scn);

/* Holds all points in [from, to] to be what they were, and heliosdb_commits to list them. */
void check_pasts(const truth *it, int64_t from, int64_t to);
void check_commits(sqlite3 *db, const truth *it, int64_t from);

int64_t newest_point(sqlite3 *db);

/* The error message of a statement that has to fail. */
const char *message_of(sqlite3 *db, const char *sql);

/* Makes a WAL database of that shape, with history. */
typedef struct shape {
  int page_size;
  const char *auto_vacuum; /* none, full, incremental */
  int largest;             /* bytes of the largest value */
} shape;

enum { WORKLOAD_CONNECTIONS = 3 };

/* Random statements on several connections of a database. */
typedef struct workload {
  const char *path;
  const char *parameters;
  chance luck;
  shape shape;
  int is_killed;       /* the WAL is not always moved into the database at the end */
  const char *pragmas; /* of each connection; may be null */
  truth *truth;
  sqlite3 *connections[WORKLOAD_CONNECTIONS];
} workload;

/* Opens the database, makes its tables if need be and starts the truth if it is empty. */
void workload_open(workload *it);
void workload_close(workload *it);

/* One step: a statement or a checkpoint. Returns how many commits there were. */
int workload_step(workload *it);

/* Goes on until there are so many more commits. */
void workload_commits(workload *it, int count);

/* Ends all transactions. */
void workload_rest(workload *it);

/* A number from the environment, for the long form of a test. */
int64_t soak_number(const char *name, int64_t otherwise);

/* The path of a file beside the database. */
const char *beside_database(const char *path, const char *suffix);
void remove_files(const char *path);

/* Bytes of a file; 0 if it is not there. */
int64_t file_bytes(const char *path);

#endif
