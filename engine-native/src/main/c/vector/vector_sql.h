/*
** What vector search offers to SQL, connection by connection.
*/
#ifndef HELIOSDB_VECTOR_SQL_H
#define HELIOSDB_VECTOR_SQL_H

#include "../heliosdb.h"

/* Registers the functions vec_… and the table function vec_each. Returns a result code. */
int hdb_vector_functions_register(sqlite3 *db);

/* Registers the module vec0. */
int hdb_vec0_register(sqlite3 *db);

#endif
