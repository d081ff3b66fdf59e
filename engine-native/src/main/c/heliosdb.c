/*
** Entry point of the engine, a loadable extension of SQLite.
**
** Loading it fills in the table of SQLite's functions and registers the VFSes;
** the library then stays in the process, as handles of it may outlive the
** connection that loaded it. SQL functions are registered connection by
** connection, never for all: a process may hold SQLite connections that are not
** ours.
*/
#include "heliosdb.h"

#include "history/history_sql.h"
#include "history/row_tables.h"
#include "storage/memory_vfs.h"
#include "storage/vfs.h"
#include "vector/distance.h"
#include "vector/index_progress.h"
#include "vector/vector_index.h"
#include "vector/vector_sql.h"

#ifndef HDB_VERSION
#error "The build defines HDB_VERSION"
#endif

enum { OLDEST_SQLITE = 3038000 };

hdb_sqlite sqlite;

const char *hdb_version(void) { return HDB_VERSION; }

static void version_function(sqlite3_context *context, int argc, sqlite3_value **argv) {
  (void)argc;
  (void)argv;
  sqlite.result_text(context, HDB_VERSION, -1, SQLITE_STATIC);
}

int hdb_register_functions(sqlite3 *db) {
  int rc = sqlite.create_function_v2(db, "heliosdb_version", 0,
                                     SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS, 0,
                                     version_function, 0, 0, 0);
  if (rc == SQLITE_OK) rc = hdb_history_register(db);
  if (rc == SQLITE_OK) rc = hdb_row_tables_register(db);
  if (rc == SQLITE_OK) rc = hdb_vector_functions_register(db);
  if (rc == SQLITE_OK) rc = hdb_vec0_register(db);
  if (rc == SQLITE_OK) rc = hdb_vector_index_register(db);
  if (rc == SQLITE_OK) rc = hdb_index_progress_register(db);
  return rc;
}

HDB_EXPORT int sqlite3_heliosdb_init(sqlite3 *db, char **error_message, const void *api);

/*
** Called by SQLite when it loads the library. `api` is SQLite's table of functions.
** One process holds one SQLite: a second copy is refused, as handles of the first
** would be passed to functions of the second.
*/
HDB_EXPORT int sqlite3_heliosdb_init(sqlite3 *db, char **error_message, const void *api) {
  const hdb_function *table = (const hdb_function *)api;
  hdb_sqlite loaded;
  int rc;

  /* An older SQLite has a shorter table. */
  if (((int (*)(void))table[HDB_LIBVERSION_NUMBER_PLACE])() < OLDEST_SQLITE) return SQLITE_ERROR;

#define HDB_LOAD(name, place, result, arguments) loaded.name = (result(*) arguments)table[place];
  SQLITE_FUNCTIONS(HDB_LOAD)
#undef HDB_LOAD

  if (sqlite.step != 0 && sqlite.step != loaded.step) {
    *error_message = loaded.mprintf("the engine is loaded by another copy of SQLite already");
    return SQLITE_ERROR;
  }
  sqlite = loaded;
  hdb_kernels_choose();

  rc = hdb_vfs_register();
  if (rc == SQLITE_MISUSE) {
    *error_message = sqlite.mprintf("this copy of SQLite has another copy of the engine already");
  }
  if (rc == SQLITE_OK) rc = hdb_memory_vfs_register();
  if (rc == SQLITE_OK) rc = hdb_register_functions(db);
  return rc == SQLITE_OK ? SQLITE_OK_LOAD_PERMANENTLY : rc;
}
