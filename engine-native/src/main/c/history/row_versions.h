/*
** The versions that the rows of a table had in a range of points.
**
** All versions come from the newest commit to the oldest, each compared with the point before
** it, and in the end those that were there at the beginning. The versions of one row are
** found by its key: what a look-up has read names the pages that it depends on, and the last
** commit that changed one of them is the next to look at.
**
** One thread uses it at a time. The functions return SQLite result codes.
*/
#ifndef HELIOSDB_ROW_VERSIONS_H
#define HELIOSDB_ROW_VERSIONS_H

#include "row_changes.h"

/* By what the one row is found that is asked for. */
enum {
  HDB_KEY_NONE, /* all rows are */
  HDB_KEY_ROWID,
  HDB_KEY_ALIAS,  /* the INTEGER PRIMARY KEY */
  HDB_KEY_COLUMNS, /* all columns of the primary key of a table WITHOUT ROWID, in its order */
  HDB_KEY_UNIQUE   /* the same of another table: more rows may be found than the one */
};

/* Which versions are asked for. All that it points to lives as long as the versions. */
typedef struct hdb_versions_query {
  const char *table;
  char *const *wanted; /* columns */
  int wanted_count;
  int64_t from, to;    /* points, both included */
  int64_t base;        /* the point before `from`; `from` itself if that is not readable */
  int only_changes;    /* leave out versions that no commit of the range has begun */

  int key_kind;
  int key_count;
  sqlite3_value *const *key;
  const int *key_wanted; /* which of the wanted columns the key is of, but for HDB_KEY_ROWID */
  const hdb_column *const *key_columns; /* what they look like */
} hdb_versions_query;

typedef struct hdb_row_version {
  int64_t start;  /* the commit that began it, 0 if that was before the range */
  int64_t end;    /* the commit that ended it, 0 if none in the range did, and of a deletion */
  char operation; /* 'I', 'U', 'D'; 0 where start is */
  int has_rowid;
  int64_t rowid;
} hdb_row_version;

typedef struct hdb_row_versions hdb_row_versions;

int hdb_row_versions_open(hdb_pages *pages, const hdb_versions_query *query,
                          hdb_row_versions **out);
void hdb_row_versions_close(hdb_row_versions *versions);

/* SQLITE_ROW, or SQLITE_DONE. */
int hdb_row_versions_next(hdb_row_versions *versions, hdb_row_version *out);

/* A value of the version that came last; null if the table had no such column. */
sqlite3_value *hdb_row_versions_wanted(const hdb_row_versions *versions, int wanted);

/* What SQLite said of the last failure; null if it is told by its code alone. */
const char *hdb_row_versions_message(const hdb_row_versions *versions);

#endif
