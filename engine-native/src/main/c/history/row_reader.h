/*
** Values of past rows.
**
** They come from SQLite itself, which knows the rules: types, encodings, columns that were
** added or dropped, generated ones. A reader has a connection of its own to a file that does
** not exist: its pages are those of a point, as hdb_pages has them. To read one row that is
** known by its cell, the root page of the table is shown as a leaf with that cell alone, so
** that a scan of the table is a scan of one row, and no index or collation is asked.
**
** One thread uses it at a time. The functions return SQLite result codes.
*/
#ifndef HELIOSDB_ROW_READER_H
#define HELIOSDB_ROW_READER_H

#include "btree.h"

typedef struct hdb_column {
  char *name, *type, *collation;
  int key_place; /* place in the primary key, from 1 on; 0: it is not part of it */
} hdb_column;

/* What a table looks like at a point. */
typedef struct hdb_table_shape {
  hdb_table_point point;
  uint32_t schema_cookie; /* is another one when the schema has changed */
  int is_other_kind;      /* there is a view or virtual table of that name */
  char *name;             /* as it is spelled */
  hdb_column *columns;    /* those of SELECT * */
  int column_count;
  int rowid_column;       /* the INTEGER PRIMARY KEY; -1 without one */
  const char *rowid_name; /* by which SQL reads the rowid; null where nothing does */
} hdb_table_shape;

/* Whether it is a collation that comes with SQLite, so that a reader compares by it. */
int hdb_is_known_collation(const char *name);

typedef struct hdb_row_reader hdb_row_reader;

/*
** Opens a reader of a table. `wanted` names the columns whose values are asked for; pages
** and names live as long as the reader.
*/
int hdb_row_reader_open(hdb_pages *pages, const char *table, char *const *wanted,
                        int wanted_count, hdb_row_reader **out);
void hdb_row_reader_close(hdb_row_reader *reader);

/* What SQLite said of the last failure; null if it is told by its code alone. */
const char *hdb_row_reader_message(const hdb_row_reader *reader);

/* Goes to a point. The shape is valid until the next call. */
int hdb_row_reader_at(hdb_row_reader *reader, int64_t scn);
const hdb_table_shape *hdb_row_reader_shape(const hdb_row_reader *reader);

/* Gives the shape away, to be freed with hdb_table_shape_free. */
void hdb_row_reader_take_shape(hdb_row_reader *reader, hdb_table_shape *out);
void hdb_table_shape_free(hdb_table_shape *shape);

/* The roots of all b-trees of the schema. */
int hdb_row_reader_roots(hdb_row_reader *reader, hdb_page_list *out);

/* Makes the row of a cell the current one. */
int hdb_row_reader_show(hdb_row_reader *reader, const hdb_cell *cell);

/* Makes hdb_row_reader_next go through the rows of a leaf. */
int hdb_row_reader_show_leaf(hdb_row_reader *reader, const unsigned char *page);

/* SQLITE_ROW, or SQLITE_DONE. */
int hdb_row_reader_next(hdb_row_reader *reader);

/*
** Makes the row with a rowid the current one, or with a primary key, of which all columns
** are given in its order. *found tells whether there is one; `trail` receives every page but
** the first of the database that the answer depends on.
*/
int hdb_row_reader_find(hdb_row_reader *reader, int by_rowid, sqlite3_value *const *key,
                        int key_count, int *found, hdb_page_list *trail);

/* The rowid of the row that has been found. */
sqlite3_value *hdb_row_reader_rowid(const hdb_row_reader *reader);

/* A wanted value of the current row; null if the table has no such column at this point. */
sqlite3_value *hdb_row_reader_wanted(const hdb_row_reader *reader, int wanted);

/* The place of a wanted column in the shape; -1 if the table has no such column. */
int hdb_row_reader_place(const hdb_row_reader *reader, int wanted);

/* A value of the current row by its place in the shape. */
sqlite3_value *hdb_row_reader_value(const hdb_row_reader *reader, int column);

/*
** Whether the current rows of two readers have the same values: in all columns, or where
** columns were added or dropped in between, in those wanted ones that both have.
*/
int hdb_rows_equal(const hdb_row_reader *one, const hdb_row_reader *other, int *equal);

/* Lets go of the current row. */
void hdb_row_reader_reset(hdb_row_reader *reader);

/* Whether two values are the same in type and content; a null pointer stands for NULL. */
int hdb_values_equal(sqlite3_value *one, sqlite3_value *other, int *equal);

#endif
