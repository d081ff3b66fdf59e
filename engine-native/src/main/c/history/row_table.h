/*
** What the modules heliosdb_versions and heliosdb_changes share.
*/
#ifndef HELIOSDB_ROW_TABLE_H
#define HELIOSDB_ROW_TABLE_H

#include "row_reader.h"

/* A virtual table, of one module and for one table of the database. */
typedef struct hdb_row_table {
  sqlite3_vtab base;
  sqlite3 *db;
  hdb_history *history;
  char *name;            /* of the table */
  hdb_table_shape shape; /* of which the columns, the key and the rowid count */
  char **column_names;
  int key_count; /* columns that a row is found by: of the primary key, or the rowid's alias */
  int *key_places;
  const hdb_column **key_columns;
} hdb_row_table;

/* Past pages for a cursor. */
typedef struct hdb_row_pages {
  sqlite3 *db;
  hdb_past *past;
  sqlite3_stmt *poll;
  hdb_page_source source;
  hdb_pages *pages;
} hdb_row_pages;

extern const sqlite3_module hdb_versions_module;
extern const sqlite3_module hdb_changes_module;

/*
** Makes a virtual table of the arguments that SQLite passes. `declare` adds the columns to
** the statement that declares it, each followed by a comma.
*/
int hdb_row_table_connect(sqlite3 *db, int argc, const char *const *argv,
                          void (*declare)(const hdb_row_table *table, sqlite3_str *sql),
                          sqlite3_vtab **out, char **error_message);
int hdb_row_table_disconnect(sqlite3_vtab *table);

/* Adds a column of that type and collation. `format` has its name, of `name` and `number`. */
void hdb_declare_column(sqlite3_str *sql, const hdb_column *column, const char *format,
                        const char *name, int number);

/* Adds a hidden column, with underscores behind its name where the table has such a column. */
void hdb_declare_hidden(sqlite3_str *sql, const hdb_row_table *table, const char *name,
                        const char *constraint);

int hdb_row_pages_open(hdb_row_table *table, hdb_row_pages *out);
void hdb_row_pages_close(hdb_row_pages *pages);

/* A point that an argument names: NULL or no argument is the oldest one, or the newest. */
int hdb_row_table_point(hdb_row_table *table, hdb_row_pages *pages, sqlite3_value *argument,
                        int is_newest, int64_t *out);

/* Says why something failed, and returns the code for SQLite. `message` may be null. */
int hdb_row_table_failed(hdb_row_table *table, int rc, const char *message);

/* Gives a value of a row; null is NULL. */
void hdb_result_value(sqlite3_context *context, sqlite3_value *value);

/* Appends a value to a buffer of `length` bytes, so that the same values give the same bytes. */
int hdb_append_value(hdb_buffer *buffer, size_t *length, sqlite3_value *value);
int hdb_append_bytes(hdb_buffer *buffer, size_t *length, const void *bytes, size_t count);

/*
** One more than the place of a constraint that a column equals something known; 0 if there is
** none. *is_unusable is set where there is one, but what it equals is not known in this plan.
*/
int hdb_find_equality(const sqlite3_index_info *info, int column, int *is_unusable);

#endif
