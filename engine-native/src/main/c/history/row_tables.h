/*
** The history of rows in SQL: modules of virtual tables that are made for one table each,
**
**     CREATE VIRTUAL TABLE temp.x USING heliosdb_versions(orders)
**     CREATE VIRTUAL TABLE temp.y USING heliosdb_changes(orders, 42)
**
** with the columns that the table has at a point, the present if none is named.
*/
#ifndef HELIOSDB_ROW_TABLES_H
#define HELIOSDB_ROW_TABLES_H

#include "../sqlite_abi.h"

/* Registers the modules on a connection. */
int hdb_row_tables_register(sqlite3 *db);

#endif
