/*
** Which rows of a table differ between two points: the pages that differ say in which leaves
** to look, and their rows are compared by key and record.
**
** A row has changed when a value in it has: not by being written again as it was, nor by a
** column that is added, dropped or renamed.
**
** One thread uses all of it at a time. The functions return SQLite result codes.
*/
#ifndef HELIOSDB_ROW_CHANGES_H
#define HELIOSDB_ROW_CHANGES_H

#include "row_reader.h"

/*
** A row that two points differ in. The readers stand on it: the old one unless it was
** inserted, the new one unless it was deleted.
*/
typedef struct hdb_row_change {
  char operation;           /* 'I', 'U' or 'D' */
  int has_rowid;            /* unless the table is WITHOUT ROWID */
  int64_t rowid;
  const unsigned char *key; /* as bytes that are the same for the same row */
  size_t key_bytes;
} hdb_row_change;

/*
** Compares the rows of pages of a b-tree at one point with those at another. The pages are
** those that hdb_tree_move gives. The readers are of the same table and wanted columns, and
** may stand anywhere. After a failure it is there to be closed, unless it is null.
*/
typedef struct hdb_row_diff hdb_row_diff;

int hdb_row_diff_open(hdb_pages *pages, hdb_row_reader *old_reader, hdb_row_reader *new_reader,
                      const hdb_table_point *old_point, const hdb_page_list *old_pages,
                      const hdb_table_point *new_point, const hdb_page_list *new_pages,
                      hdb_row_diff **out);

/* SQLITE_ROW, or SQLITE_DONE. The rows of a table with rowids come in their order. */
int hdb_row_diff_next(hdb_row_diff *diff, hdb_row_change *out);
void hdb_row_diff_close(hdb_row_diff *diff);

/* Whether the rows at two points are keyed in the same way, so that they can be compared. */
int hdb_same_key_kind(const hdb_table_point *one, const hdb_table_point *other);

/* Whether a page may be one of an overflow chain, by its first bytes. */
int hdb_may_be_overflow(hdb_pages *pages, const hdb_table_point *point, uint32_t page,
                        int *may_be);

/*
** Removes from `pages_left`, which is sorted, what belongs to chains of the rows on a page.
** *found tells whether there was any.
*/
int hdb_explain_overflow(hdb_pages *pages, const hdb_table_point *point, uint32_t page,
                         hdb_page_list *pages_left, int *found);

/*
** What a table's rows differ in between two points, whichever is the later one. After a
** failure it is there to be closed, unless it is null.
*/
typedef struct hdb_table_changes hdb_table_changes;

int hdb_table_changes_open(hdb_pages *pages, hdb_row_reader *old_reader,
                           hdb_row_reader *new_reader, int64_t old_scn, int64_t new_scn,
                           hdb_table_changes **out);
int hdb_table_changes_next(hdb_table_changes *changes, hdb_row_change *out);
void hdb_table_changes_close(hdb_table_changes *changes);

#endif
