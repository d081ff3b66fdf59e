/*
** The module heliosdb_versions: the versions that rows had in a range of points, each with
** the commits that began and ended it.
*/
#include <string.h>

#include "history_sql.h"
#include "row_table.h"
#include "row_versions.h"

/* Bits of a plan. The arguments are the points, then the key. */
enum { PLAN_FROM = 1, PLAN_TO = 2, PLAN_ONLY_CHANGES = 4, PLAN_KEY_SHIFT = 3 };

/* Columns behind those of the table. */
enum {
  AFTER_START,
  AFTER_END,
  AFTER_START_TIME,
  AFTER_END_TIME,
  AFTER_OPERATION,
  AFTER_FROM,
  AFTER_TO,
  AFTER_ROWID
};

typedef struct versions_cursor {
  sqlite3_vtab_cursor base;
  hdb_row_pages pages;
  hdb_versions_query query;
  hdb_row_versions *versions;
  hdb_row_version version; /* the present row */
  int is_at_end;
  sqlite3_value **key; /* copies of the arguments */
  int key_count;
  hdb_commit start, end; /* the last ones asked for */
} versions_cursor;

/* The table with its key by place: what all its cursors share. */
typedef struct versions_table {
  hdb_row_table table;
  int *key_wanted;
  const hdb_column **key_columns;
  int key_count; /* 0: rows are not found by columns */
} versions_table;

static hdb_row_table *table_of(const versions_cursor *self) {
  return (hdb_row_table *)self->base.pVtab;
}

static void declare(const hdb_row_table *table, sqlite3_str *sql) {
  const hdb_table_shape *shape = &table->shape;
  for (int i = 0; i < shape->column_count; i++) {
    hdb_declare_column(sql, &shape->columns[i], "%w", shape->columns[i].name, 0);
  }
  sqlite.str_appendf(sql,
                     "versions_start_scn INTEGER, versions_end_scn INTEGER, "
                     "versions_start_time TEXT, versions_end_time TEXT, "
                     "versions_operation TEXT, ");
  hdb_declare_hidden(sql, table, "from_scn", "INTEGER HIDDEN, ");
  hdb_declare_hidden(sql, table, "to_scn", "INTEGER HIDDEN, ");
  hdb_declare_hidden(sql, table, "rowid", "INTEGER HIDDEN, ");
}
