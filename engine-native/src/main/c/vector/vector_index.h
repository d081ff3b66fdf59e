/*
** The module heliosdb_vector_index: an index of a column of vectors for the search of nearest
** neighbours. docs/vector-index.md tells how it works, docs/file-format.md what its tables hold.
*/
#ifndef HELIOSDB_VECTOR_INDEX_H
#define HELIOSDB_VECTOR_INDEX_H

#include "../sqlite_abi.h"

int hdb_vector_index_register(sqlite3 *db);

#endif
