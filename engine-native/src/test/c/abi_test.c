/*
** Holds every line of sqlite_abi.h against SQLite's own headers, mostly when this file
** is compiled. Both headers declare the same names, so that sqlite_abi.h comes first
** and under a disguise: its structures have other tags, and its constants are copied
** before SQLite's macros cover them. abi_constants.h lists them; the build makes it
** from sqlite_abi.h.
*/
#include <stddef.h>
#include <stdint.h>

#define sqlite3_file engine_file
#define sqlite3_io_methods engine_io_methods
#define sqlite3_vfs engine_vfs
#define sqlite3_vtab engine_vtab
#define sqlite3_vtab_cursor engine_vtab_cursor
#define sqlite3_module engine_module
#define sqlite3_index_info engine_index_info
#define sqlite3_index_constraint engine_index_constraint
#define sqlite3_index_orderby engine_index_orderby
#define sqlite3_index_constraint_usage engine_index_constraint_usage

#include "../../main/c/sqlite_abi.h"

#undef sqlite3_file
#undef sqlite3_io_methods
#undef sqlite3_vfs
#undef sqlite3_vtab
#undef sqlite3_vtab_cursor
#undef sqlite3_module
#undef sqlite3_index_info
#undef sqlite3_index_constraint
#undef sqlite3_index_orderby
#undef sqlite3_index_constraint_usage

#define ENGINE_CONSTANT(name) ENGINE_##name = SQLITE_##name,
enum {
#define X ENGINE_CONSTANT
#include "abi_constants.h"
#undef X
};

typedef int64_t engine_int64;
static const hdb_destructor engine_static = SQLITE_STATIC;
static const hdb_destructor engine_transient = SQLITE_TRANSIENT;
#undef SQLITE_STATIC
#undef SQLITE_TRANSIENT

#include <sqlite3ext.h>

#include "check.h"

#define SAME_CONSTANT(name) _Static_assert(ENGINE_##name == SQLITE_##name, "SQLITE_" #name);
#define X SAME_CONSTANT
#include "abi_constants.h"
#undef X

/*
** SQLite's 64-bit integers are long long, ours may be long: of the same size, yet of
** another type. From here on ours are SQLite's, for prototypes to be compared.
*/
_Static_assert(sizeof(int64_t) == sizeof(sqlite3_int64), "int64");
#define int64_t sqlite3_int64
#define uint64_t sqlite3_uint64

#define SAME_FUNCTION(name, place, result, arguments)                                              \
  _Static_assert(offsetof(struct sqlite3_api_routines, name) == (place) * sizeof(hdb_function),    \
                 #name " is at another place");                                                    \
  _Static_assert(__builtin_types_compatible_p(                                                     \
                     __typeof__(((struct sqlite3_api_routines *)0)->name), result(*) arguments),   \
                 #name " has another prototype");
SQLITE_FUNCTIONS(SAME_FUNCTION)

#define SAME_FIELD(ours, theirs, name)                                                             \
  _Static_assert(offsetof(struct ours, name) == offsetof(struct theirs, name) &&                   \
                     sizeof(((struct ours *)0)->name) == sizeof(((struct theirs *)0)->name),       \
                 #theirs "." #name);

_Static_assert(sizeof(struct engine_file) == sizeof(struct sqlite3_file), "sqlite3_file");
SAME_FIELD(engine_file, sqlite3_file, pMethods)

#define METHODS(X)                                                                                 \
  X(iVersion) X(xClose) X(xRead) X(xWrite) X(xTruncate) X(xSync) X(xFileSize) X(xLock) X(xUnlock)  \
  X(xCheckReservedLock) X(xFileControl) X(xSectorSize) X(xDeviceCharacteristics) X(xShmMap)        \
  X(xShmLock) X(xShmBarrier) X(xShmUnmap)
#define SAME_METHOD(name) SAME_FIELD(engine_io_methods, sqlite3_io_methods, name)
METHODS(SAME_METHOD)
_Static_assert(sizeof(struct engine_io_methods) == offsetof(struct sqlite3_io_methods, xFetch),
               "version 2 of sqlite3_io_methods ends before xFetch");

#define VFS_FIELDS(X)                                                                              \
  X(iVersion) X(szOsFile) X(mxPathname) X(pNext) X(zName) X(pAppData) X(xOpen) X(xDelete)          \
  X(xAccess) X(xFullPathname) X(xDlOpen) X(xDlError) X(xDlSym) X(xDlClose) X(xRandomness)          \
  X(xSleep) X(xCurrentTime) X(xGetLastError) X(xCurrentTimeInt64)
#define SAME_VFS_FIELD(name) SAME_FIELD(engine_vfs, sqlite3_vfs, name)
VFS_FIELDS(SAME_VFS_FIELD)
_Static_assert(sizeof(struct engine_vfs) == offsetof(struct sqlite3_vfs, xSetSystemCall),
               "version 2 of sqlite3_vfs ends before xSetSystemCall");

/* The prototypes of the methods, once for either header's names. */
#define SAME_PROTOTYPE(table, name, result, ...)                                                   \
  _Static_assert(__builtin_types_compatible_p(__typeof__(((struct table *)0)->name),               \
                                              result (*)(__VA_ARGS__)),                            \
                 #table "." #name " has another prototype");

#define METHOD_PROTOTYPES(table, file, int64)                                                      \
  SAME_PROTOTYPE(table, xClose, int, file *)                                                       \
  SAME_PROTOTYPE(table, xRead, int, file *, void *, int, int64)                                    \
  SAME_PROTOTYPE(table, xWrite, int, file *, const void *, int, int64)                             \
  SAME_PROTOTYPE(table, xTruncate, int, file *, int64)                                             \
  SAME_PROTOTYPE(table, xSync, int, file *, int)                                                   \
  SAME_PROTOTYPE(table, xFileSize, int, file *, int64 *)                                           \
  SAME_PROTOTYPE(table, xLock, int, file *, int)                                                   \
  SAME_PROTOTYPE(table, xUnlock, int, file *, int)                                                 \
  SAME_PROTOTYPE(table, xCheckReservedLock, int, file *, int *)                                    \
  SAME_PROTOTYPE(table, xFileControl, int, file *, int, void *)                                    \
  SAME_PROTOTYPE(table, xSectorSize, int, file *)                                                  \
  SAME_PROTOTYPE(table, xDeviceCharacteristics, int, file *)                                       \
  SAME_PROTOTYPE(table, xShmMap, int, file *, int, int, int, void volatile **)                     \
  SAME_PROTOTYPE(table, xShmLock, int, file *, int, int, int)                                      \
  SAME_PROTOTYPE(table, xShmBarrier, void, file *)                                                 \
  SAME_PROTOTYPE(table, xShmUnmap, int, file *, int)

#define VFS_PROTOTYPES(table, file, int64)                                                         \
  SAME_PROTOTYPE(table, xOpen, int, struct table *, const char *, file *, int, int *)              \
  SAME_PROTOTYPE(table, xDelete, int, struct table *, const char *, int)                           \
  SAME_PROTOTYPE(table, xAccess, int, struct table *, const char *, int, int *)                    \
  SAME_PROTOTYPE(table, xFullPathname, int, struct table *, const char *, int, char *)             \
  SAME_PROTOTYPE(table, xDlOpen, void *, struct table *, const char *)                             \
  SAME_PROTOTYPE(table, xDlError, void, struct table *, int, char *)                               \
  SAME_PROTOTYPE(table, xDlSym, hdb_function, struct table *, void *, const char *)                \
  SAME_PROTOTYPE(table, xDlClose, void, struct table *, void *)                                    \
  SAME_PROTOTYPE(table, xRandomness, int, struct table *, int, char *)                             \
  SAME_PROTOTYPE(table, xSleep, int, struct table *, int)                                          \
  SAME_PROTOTYPE(table, xCurrentTime, int, struct table *, double *)                               \
  SAME_PROTOTYPE(table, xGetLastError, int, struct table *, int, char *)                           \
  SAME_PROTOTYPE(table, xCurrentTimeInt64, int, struct table *, int64 *)

METHOD_PROTOTYPES(engine_io_methods, struct engine_file, engine_int64)
METHOD_PROTOTYPES(sqlite3_io_methods, sqlite3_file, sqlite3_int64)
VFS_PROTOTYPES(engine_vfs, struct engine_file, engine_int64)
VFS_PROTOTYPES(sqlite3_vfs, sqlite3_file, sqlite3_int64)

#define VTAB_FIELDS(X) X(pModule) X(nRef) X(zErrMsg)
#define SAME_VTAB_FIELD(name) SAME_FIELD(engine_vtab, sqlite3_vtab, name)
VTAB_FIELDS(SAME_VTAB_FIELD)
SAME_FIELD(engine_vtab_cursor, sqlite3_vtab_cursor, pVtab)

#define INDEX_INFO_FIELDS(X)                                                                       \
  X(nConstraint) X(aConstraint) X(nOrderBy) X(aOrderBy) X(aConstraintUsage) X(idxNum) X(idxStr)    \
  X(needToFreeIdxStr) X(orderByConsumed) X(estimatedCost) X(estimatedRows) X(idxFlags) X(colUsed)
#define SAME_INDEX_INFO_FIELD(name) SAME_FIELD(engine_index_info, sqlite3_index_info, name)
INDEX_INFO_FIELDS(SAME_INDEX_INFO_FIELD)
_Static_assert(sizeof(struct engine_index_info) == sizeof(struct sqlite3_index_info),
               "sqlite3_index_info");

#define SAME_ITEM_FIELD(item, name)                                                                \
  SAME_FIELD(engine_index_##item, sqlite3_index_##item, name)                                      \
  _Static_assert(sizeof(struct engine_index_##item) == sizeof(struct sqlite3_index_##item), #item);
SAME_ITEM_FIELD(constraint, iColumn)
SAME_ITEM_FIELD(constraint, op)
SAME_ITEM_FIELD(constraint, usable)
SAME_ITEM_FIELD(orderby, iColumn)
SAME_ITEM_FIELD(orderby, desc)
SAME_ITEM_FIELD(constraint_usage, argvIndex)
SAME_ITEM_FIELD(constraint_usage, omit)

#define MODULE_FIELDS(X)                                                                           \
  X(iVersion) X(xCreate) X(xConnect) X(xBestIndex) X(xDisconnect) X(xDestroy) X(xOpen) X(xClose)   \
  X(xFilter) X(xNext) X(xEof) X(xColumn) X(xRowid) X(xUpdate) X(xBegin) X(xSync) X(xCommit)        \
  X(xRollback) X(xFindFunction) X(xRename) X(xSavepoint) X(xRelease) X(xRollbackTo) X(xShadowName)
#define SAME_MODULE_FIELD(name) SAME_FIELD(engine_module, sqlite3_module, name)
MODULE_FIELDS(SAME_MODULE_FIELD)
#if SQLITE_VERSION_NUMBER < 3044000
_Static_assert(sizeof(struct engine_module) == sizeof(struct sqlite3_module),
               "version 3 of sqlite3_module ends with xShadowName");
#else
_Static_assert(offsetof(hdb_module_4, xIntegrity) == offsetof(struct sqlite3_module, xIntegrity),
               "version 4 of sqlite3_module adds xIntegrity");
#endif

TEST(the_engine_and_sqlite_agree_on_the_binary_interface) {
  CHECK(engine_static == SQLITE_STATIC);
  CHECK(engine_transient == SQLITE_TRANSIENT);
}
