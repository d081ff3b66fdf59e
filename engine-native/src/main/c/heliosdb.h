/*
** What the folders of the engine offer to its entry point, heliosdb.c.
*/
#ifndef HELIOSDB_H
#define HELIOSDB_H

#include "sqlite_abi.h"

#if defined(_WIN32)
#define HDB_EXPORT __declspec(dllexport)
#else
#define HDB_EXPORT __attribute__((visibility("default")))
#endif

/* The engine's version, set by the build. */
const char *hdb_version(void);

/* Registers the engine's SQL functions and tables on a connection. Returns a result code. */
int hdb_register_functions(sqlite3 *db);

#endif
