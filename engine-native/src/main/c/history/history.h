/*
** The history of a database file: every commit that SQLite made while the file was
** open with history is a point that can be read again.
**
** A point is named by its SCN, the number of the commit that made it. Times are in
** microseconds since 1970 UTC and grow strictly with the SCN.
**
** The functions return SQLite result codes. HDB_NO_POINT is the only one of our own:
** the point cannot be read; hdb_history_explain says why.
*/
#ifndef HELIOSDB_HISTORY_H
#define HELIOSDB_HISTORY_H

#include <stddef.h>

#include "../sqlite_abi.h"

/* SQLITE_RANGE, which SQLite itself gives for parameters alone. */
enum { HDB_NO_POINT = 25 };

typedef struct hdb_history hdb_history;

/* A commit. */
typedef struct hdb_commit {
  int64_t scn;
  int64_t time;           /* microseconds since 1970 UTC */
  uint32_t page_count;    /* of the database, as this commit left it */
  uint32_t changed_pages; /* pages that it wrote */
} hdb_commit;

/*
** The history of a connection's main database; null if it has none. Started if need
** be: on failure it is null and *rc the reason. It lives as long as the connection.
*/
hdb_history *hdb_history_of(sqlite3 *db, int *rc);

/* The oldest and the newest point that can be read. Thread-safe. */
int hdb_history_oldest(hdb_history *history, hdb_commit *out);
int hdb_history_newest(hdb_history *history, hdb_commit *out);

/* Says in *out (freed with sqlite.free) why a point cannot be read, and which can. */
char *hdb_history_explain(hdb_history *history, int64_t scn);

/*
** A reader of past pages. One thread uses it at a time; it sees the history as it was
** when it was begun, and delays no writer. It stays begun for one SQL statement at most.
*/
typedef struct hdb_past hdb_past;

int hdb_past_begin(hdb_history *history, hdb_past **out);
void hdb_past_end(hdb_past *past);

/* Bytes of a page. */
uint32_t hdb_past_page_size(const hdb_past *past);

/* The commit that made a point. */
int hdb_past_commit(hdb_past *past, int64_t scn, hdb_commit *out);

/* The oldest point that can be read. */
int hdb_past_oldest(hdb_past *past, hdb_commit *out);

/*
** Reads a page as it was at a point, into hdb_past_page_size bytes. A page that did not
** exist then is all zeros. Page 1 comes as it was stored.
*/
int hdb_past_page(hdb_past *past, int64_t scn, uint32_t page, unsigned char *out);

/*
** The newest commit not after `scn` that changed the page; 0 if none that history knows
** of, so that the page looked the same at all points up to `scn`.
*/
int hdb_past_changed_at(hdb_past *past, int64_t scn, uint32_t page, int64_t *out);

/*
** The commits in (from, to] that changed a page of the database, each with the page:
** ordered by SCN, then page. Pages that a commit cut off the end of the database are
** among them. Freed with sqlite.free.
*/
typedef struct hdb_page_change {
  int64_t scn;
  uint32_t page;
} hdb_page_change;

int hdb_past_changes(hdb_past *past, int64_t from, int64_t to, hdb_page_change **out,
                     size_t *count);

/*
** The pages that commits in (from, to] changed, each once, ascending. Much cheaper than
** hdb_past_changes, and may name more pages than changed. Freed with sqlite.free.
*/
int hdb_past_changed_pages(hdb_past *past, int64_t from, int64_t to, uint32_t **out,
                           size_t *count);

#endif
