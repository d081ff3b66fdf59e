/*
** The engine as the tests see it: its own headers, but with SQLite's header in place
** of sqlite_abi.h, which declares the same names. abi_test.c shows that they agree.
*/
#ifndef ENGINE_H
#define ENGINE_H

#include <sqlite3.h>
#include <stdint.h>

#define HELIOSDB_SQLITE_ABI_H

#include "../../main/c/heliosdb.h"
#include "../../main/c/history/page_delta.h"
#include "../../main/c/statement/callbacks.h"
#include "../../main/c/statement/statement.h"
#include "../../main/c/storage/locks.h"
#include "../../main/c/storage/memory_vfs.h"
#include "../../main/c/storage/vfs.h"

int sqlite3_heliosdb_init(sqlite3 *db, char **error_message, const void *api);

#endif
