/*
** The part of SQLite's published application binary interface that the engine
** uses. SQLite hands a loadable extension one table of function pointers whose
** order never changes (https://www.sqlite.org/loadext.html); SQLITE_FUNCTIONS
** names each function with its place in that table. src/test/c/abi_test.c holds
** every line of this file against SQLite's own headers.
**
** The engine needs SQLite 3.38 or later.
*/
#ifndef HELIOSDB_SQLITE_ABI_H
#define HELIOSDB_SQLITE_ABI_H

#include <stdint.h>

typedef struct sqlite3 sqlite3;
typedef struct sqlite3_stmt sqlite3_stmt;
typedef struct sqlite3_value sqlite3_value;
typedef struct sqlite3_context sqlite3_context;
typedef struct sqlite3_mutex sqlite3_mutex;
typedef struct sqlite3_file sqlite3_file;
typedef struct sqlite3_io_methods sqlite3_io_methods;
typedef struct sqlite3_vfs sqlite3_vfs;
typedef struct sqlite3_backup sqlite3_backup;
typedef struct sqlite3_blob sqlite3_blob;
typedef struct sqlite3_module sqlite3_module;
typedef struct sqlite3_vtab sqlite3_vtab;
typedef struct sqlite3_vtab_cursor sqlite3_vtab_cursor;
typedef struct sqlite3_index_info sqlite3_index_info;
typedef struct sqlite3_str sqlite3_str;

typedef void (*hdb_function)(void);
typedef void (*hdb_destructor)(void *);

/* Result codes. An extended code keeps its primary code in the low byte. */
enum {
  SQLITE_OK = 0,
  SQLITE_ERROR = 1,
  SQLITE_ABORT = 4,
  SQLITE_BUSY = 5,
  SQLITE_NOMEM = 7,
  SQLITE_READONLY = 8,
  SQLITE_INTERRUPT = 9,
  SQLITE_IOERR = 10,
  SQLITE_CORRUPT = 11,
  SQLITE_NOTFOUND = 12,
  SQLITE_FULL = 13,
  SQLITE_CANTOPEN = 14,
  SQLITE_TOOBIG = 18,
  SQLITE_CONSTRAINT = 19,
  SQLITE_MISMATCH = 20,
  SQLITE_MISUSE = 21,
  SQLITE_RANGE = 25,
  SQLITE_NOTADB = 26,
  SQLITE_ROW = 100,
  SQLITE_DONE = 101,
  SQLITE_OK_LOAD_PERMANENTLY = 256,
  SQLITE_IOERR_READ = 266,
  SQLITE_IOERR_SHORT_READ = 522,
  SQLITE_IOERR_WRITE = 778,
  SQLITE_IOERR_TRUNCATE = 1546,
  SQLITE_IOERR_NOMEM = 3082,
  SQLITE_CONSTRAINT_PRIMARYKEY = 1555,
  SQLITE_CONSTRAINT_VTAB = 2323,
  SQLITE_CORRUPT_VTAB = 267,
  SQLITE_IOERR_DELETE_NOENT = 5898,
  SQLITE_IOERR_DATA = 8202
};

/* Types of a value. */
enum { SQLITE_INTEGER = 1, SQLITE_FLOAT = 2, SQLITE_TEXT = 3, SQLITE_BLOB = 4, SQLITE_NULL = 5 };

enum {
  SQLITE_OPEN_READONLY = 0x00000001,
  SQLITE_OPEN_READWRITE = 0x00000002,
  SQLITE_OPEN_CREATE = 0x00000004,
  SQLITE_OPEN_URI = 0x00000040,
  SQLITE_OPEN_MAIN_DB = 0x00000100,
  SQLITE_OPEN_MAIN_JOURNAL = 0x00000800,
  SQLITE_OPEN_NOMUTEX = 0x00008000,
  SQLITE_OPEN_WAL = 0x00080000
};

/* Locks of a database file, each including those before it. */
enum {
  SQLITE_LOCK_NONE = 0,
  SQLITE_LOCK_SHARED = 1,
  SQLITE_LOCK_RESERVED = 2,
  SQLITE_LOCK_PENDING = 3,
  SQLITE_LOCK_EXCLUSIVE = 4
};

/* Locks of a WAL index. */
enum {
  SQLITE_SHM_UNLOCK = 1,
  SQLITE_SHM_SHARED = 4,
  SQLITE_SHM_EXCLUSIVE = 8,
  SQLITE_SHM_NLOCK = 8
};

enum {
  SQLITE_UTF8 = 1,
  SQLITE_DETERMINISTIC = 0x00000800,
  SQLITE_DIRECTONLY = 0x00080000,
  SQLITE_SUBTYPE = 0x00100000,
  SQLITE_INNOCUOUS = 0x00200000,
  SQLITE_PREPARE_PERSISTENT = 1,
  SQLITE_STMTSTATUS_REPREPARE = 5,
  SQLITE_FCNTL_SIZE_HINT = 5,
  SQLITE_FCNTL_CHUNK_SIZE = 6,
  SQLITE_FCNTL_FILE_POINTER = 7,
  SQLITE_FCNTL_PRAGMA = 14,
  SQLITE_FCNTL_MMAP_SIZE = 18,
  SQLITE_FCNTL_HAS_MOVED = 20,
  SQLITE_FCNTL_RESERVE_BYTES = 38,
  SQLITE_FCNTL_CKPT_START = 39,
  SQLITE_IOCAP_SEQUENTIAL = 0x00000400,
  SQLITE_IOCAP_UNDELETABLE_WHEN_OPEN = 0x00000800,
  SQLITE_IOCAP_POWERSAFE_OVERWRITE = 0x00001000,
  SQLITE_IOCAP_IMMUTABLE = 0x00002000,
  SQLITE_CHECKPOINT_PASSIVE = 0,
  SQLITE_CHECKPOINT_TRUNCATE = 3,
  SQLITE_MUTEX_FAST = 0,
  SQLITE_MUTEX_RECURSIVE = 1,
  SQLITE_MUTEX_STATIC_VFS2 = 12
};

/* What a query asks of a virtual table. */
enum {
  SQLITE_INDEX_CONSTRAINT_EQ = 2,
  SQLITE_INDEX_CONSTRAINT_GT = 4,
  SQLITE_INDEX_CONSTRAINT_LE = 8,
  SQLITE_INDEX_CONSTRAINT_LT = 16,
  SQLITE_INDEX_CONSTRAINT_GE = 32,
  SQLITE_INDEX_CONSTRAINT_MATCH = 64,
  SQLITE_INDEX_CONSTRAINT_NE = 68,
  SQLITE_INDEX_CONSTRAINT_ISNOTNULL = 70,
  SQLITE_INDEX_CONSTRAINT_ISNULL = 71,
  SQLITE_INDEX_CONSTRAINT_IS = 72,
  SQLITE_INDEX_CONSTRAINT_LIMIT = 73,
  SQLITE_INDEX_CONSTRAINT_OFFSET = 74,
  SQLITE_INDEX_SCAN_UNIQUE = 1
};

enum {
  SQLITE_VTAB_CONSTRAINT_SUPPORT = 1,
  SQLITE_VTAB_INNOCUOUS = 2,
  SQLITE_ROLLBACK = 1,
  SQLITE_IGNORE = 2,
  SQLITE_FAIL = 3,
  SQLITE_REPLACE = 5
};

#define SQLITE_STATIC ((hdb_destructor)0)
#define SQLITE_TRANSIENT ((hdb_destructor)(intptr_t)-1)

enum { HDB_LIBVERSION_NUMBER_PLACE = 67 };

/* X(name, place in the table, result, arguments) */
#define SQLITE_FUNCTIONS(X)                                                                        \
  X(aggregate_context, 0, void *, (sqlite3_context *, int))                                        \
  X(backup_finish, 155, int, (sqlite3_backup *))                                                   \
  X(backup_init, 156, sqlite3_backup *, (sqlite3 *, const char *, sqlite3 *, const char *))        \
  X(backup_step, 159, int, (sqlite3_backup *, int))                                                \
  X(bind_blob64, 193, int, (sqlite3_stmt *, int, const void *, uint64_t, hdb_destructor))          \
  X(bind_double, 3, int, (sqlite3_stmt *, int, double))                                            \
  X(bind_int64, 5, int, (sqlite3_stmt *, int, int64_t))                                            \
  X(bind_null, 6, int, (sqlite3_stmt *, int))                                                      \
  X(bind_parameter_count, 7, int, (sqlite3_stmt *))                                                \
  X(bind_text64, 194, int,                                                                         \
    (sqlite3_stmt *, int, const char *, uint64_t, hdb_destructor, unsigned char))                  \
  X(bind_value, 12, int, (sqlite3_stmt *, int, const sqlite3_value *))                             \
  X(blob_bytes, 121, int, (sqlite3_blob *))                                                        \
  X(blob_close, 122, int, (sqlite3_blob *))                                                        \
  X(blob_open, 123, int, (sqlite3 *, const char *, const char *, const char *, int64_t, int,       \
                          sqlite3_blob **))                                                        \
  X(blob_read, 124, int, (sqlite3_blob *, void *, int, int))                                       \
  X(blob_reopen, 176, int, (sqlite3_blob *, int64_t))                                              \
  X(blob_write, 125, int, (sqlite3_blob *, const void *, int, int))                                \
  X(busy_timeout, 14, int, (sqlite3 *, int))                                                       \
  X(changes64, 253, int64_t, (sqlite3 *))                                                          \
  X(clear_bindings, 118, int, (sqlite3_stmt *))                                                    \
  X(close_v2, 179, int, (sqlite3 *))                                                               \
  X(collation_needed, 17, int,                                                                     \
    (sqlite3 *, void *, void (*)(void *, sqlite3 *, int, const char *)))                           \
  X(column_blob, 19, const void *, (sqlite3_stmt *, int))                                          \
  X(column_bytes, 20, int, (sqlite3_stmt *, int))                                                  \
  X(column_count, 22, int, (sqlite3_stmt *))                                                       \
  X(column_database_name, 23, const char *, (sqlite3_stmt *, int))                                 \
  X(column_decltype, 25, const char *, (sqlite3_stmt *, int))                                      \
  X(column_double, 27, double, (sqlite3_stmt *, int))                                              \
  X(column_int64, 29, int64_t, (sqlite3_stmt *, int))                                              \
  X(column_name, 30, const char *, (sqlite3_stmt *, int))                                          \
  X(column_origin_name, 32, const char *, (sqlite3_stmt *, int))                                   \
  X(column_table_name, 34, const char *, (sqlite3_stmt *, int))                                    \
  X(column_text, 36, const unsigned char *, (sqlite3_stmt *, int))                                 \
  X(column_type, 38, int, (sqlite3_stmt *, int))                                                   \
  X(column_value, 39, sqlite3_value *, (sqlite3_stmt *, int))                                      \
  X(commit_hook, 40, void *, (sqlite3 *, int (*)(void *), void *))                                 \
  X(context_db_handle, 149, sqlite3 *, (sqlite3_context *))                                        \
  X(create_collation_v2, 126, int,                                                                 \
    (sqlite3 *, const char *, int, void *, int (*)(void *, int, const void *, int, const void *),  \
     hdb_destructor))                                                                              \
  X(create_function_v2, 162, int, (sqlite3 *, const char *, int, int, void *, void (*)(sqlite3_context *, int, sqlite3_value **), void (*)(sqlite3_context *, int, sqlite3_value **), void (*)(sqlite3_context *), hdb_destructor)) X(db_status, 165, int,\
    (sqlite3 *, int, int *, int *, int))                                                           \
  X(create_module_v2, 119, int,                                                                    \
    (sqlite3 *, const char *, const sqlite3_module *, void *, hdb_destructor))                     \
  X(create_window_function, 239, int,                                                              \
    (sqlite3 *, const char *, int, int, void *, void (*)(sqlite3_context *, int, sqlite3_value **),\
     void (*)(sqlite3_context *), void (*)(sqlite3_context *),                                     \
     void (*)(sqlite3_context *, int, sqlite3_value **), hdb_destructor))                          \
  X(declare_vtab, 50, int, (sqlite3 *, const char *))                                              \
  X(errmsg, 53, const char *, (sqlite3 *))                                                         \
  X(error_offset, 256, int, (sqlite3 *))                                                           \
  X(errstr, 183, const char *, (int))                                                              \
  X(exec, 55, int,                                                                                 \
    (sqlite3 *, const char *, int (*)(void *, int, char **, char **), void *, char **))            \
  X(extended_errcode, 166, int, (sqlite3 *))                                                       \
  X(extended_result_codes, 150, int, (sqlite3 *, int))                                             \
  X(file_control, 127, int, (sqlite3 *, const char *, int, void *))                                \
  X(finalize, 57, int, (sqlite3_stmt *))                                                           \
  X(free, 58, void, (void *))                                                                      \
  X(get_auxdata, 61, void *, (sqlite3_context *, int))                                             \
  X(get_autocommit, 60, int, (sqlite3 *))                                                          \
  X(last_insert_rowid, 65, int64_t, (sqlite3 *))                                                   \
  X(libversion, 66, const char *, (void))                                                          \
  X(libversion_number, HDB_LIBVERSION_NUMBER_PLACE, int, (void))                                   \
  X(limit, 151, int, (sqlite3 *, int, int))                                                        \
  X(malloc64, 197, void *, (uint64_t))                                                             \
  X(memory_used, 129, int64_t, (void))                                                             \
  X(mprintf, 69, char *, (const char *, ...))                                                      \
  X(mutex_alloc, 130, sqlite3_mutex *, (int))                                                      \
  X(mutex_enter, 131, void, (sqlite3_mutex *))                                                     \
  X(mutex_free, 132, void, (sqlite3_mutex *))                                                      \
  X(mutex_leave, 133, void, (sqlite3_mutex *))                                                     \
  X(open_v2, 135, int, (const char *, sqlite3 **, int, const char *))                              \
  X(prepare_v3, 217, int, (sqlite3 *, const char *, int, unsigned int, sqlite3_stmt **, const char **)) X(progress_handler, 75, void,\
    (sqlite3 *, int, int (*)(void *), void *))                                                     \
  X(randomness, 148, void, (int, void *))                                                           \
  X(realloc64, 199, void *, (void *, uint64_t))                                                    \
  X(reset, 77, int, (sqlite3_stmt *))                                                              \
  X(result_blob64, 201, void, (sqlite3_context *, const void *, uint64_t, hdb_destructor))         \
  X(result_double, 79, void, (sqlite3_context *, double))                                          \
  X(result_error, 80, void, (sqlite3_context *, const char *, int))                                \
  X(result_error_code, 146, void, (sqlite3_context *, int))                                        \
  X(result_error_nomem, 137, void, (sqlite3_context *))                                            \
  X(result_int64, 83, void, (sqlite3_context *, int64_t))                                          \
  X(result_null, 84, void, (sqlite3_context *))                                                    \
  X(result_subtype, 209, void, (sqlite3_context *, unsigned int))                                  \
  X(result_text, 85, void, (sqlite3_context *, const char *, int, hdb_destructor))                 \
  X(result_text64, 202, void,                                                                      \
    (sqlite3_context *, const char *, uint64_t, hdb_destructor, unsigned char))                    \
  X(result_value, 89, void, (sqlite3_context *, sqlite3_value *))                                  \
  X(set_auxdata, 92, void, (sqlite3_context *, int, void *, hdb_destructor))                       \
  X(step, 94, int, (sqlite3_stmt *))                                                               \
  X(stmt_busy, 184, int, (sqlite3_stmt *))                                                         \
  X(stmt_isexplain, 241, int, (sqlite3_stmt *))                                                    \
  X(stmt_readonly, 185, int, (sqlite3_stmt *))                                                     \
  X(stmt_status, 170, int, (sqlite3_stmt *, int, int))                                             \
  X(str_append, 232, void, (sqlite3_str *, const char *, int))                                     \
  X(str_appendf, 230, void, (sqlite3_str *, const char *, ...))                                    \
  X(str_finish, 229, char *, (sqlite3_str *))                                                      \
  X(str_new, 228, sqlite3_str *, (sqlite3 *))                                                      \
  X(stricmp, 186, int, (const char *, const char *))                                               \
  X(strnicmp, 171, int, (const char *, const char *, int))                                         \
  X(table_column_metadata, 95, int,                                                                \
    (sqlite3 *, const char *, const char *, const char *, char const **, char const **, int *, int *,\
     int *))                                                                                       \
  X(total_changes64, 254, int64_t, (sqlite3 *))                                                    \
  X(txn_state, 252, int, (sqlite3 *, const char *))                                                \
  X(uri_boolean, 187, int, (const char *, const char *, int))                                      \
  X(uri_int64, 188, int64_t, (const char *, const char *, int64_t))                                \
  X(uri_parameter, 189, const char *, (const char *, const char *))                                \
  X(user_data, 101, void *, (sqlite3_context *))                                                   \
  X(value_blob, 102, const void *, (sqlite3_value *))                                              \
  X(value_bytes, 103, int, (sqlite3_value *))                                                      \
  X(value_double, 105, double, (sqlite3_value *))                                                  \
  X(value_dup, 204, sqlite3_value *, (const sqlite3_value *))                                      \
  X(value_free, 205, void, (sqlite3_value *))                                                      \
  X(value_frombind, 242, int, (sqlite3_value *))                                                   \
  X(value_int64, 107, int64_t, (sqlite3_value *))                                                  \
  X(value_nochange, 223, int, (sqlite3_value *))                                                   \
  X(value_subtype, 208, unsigned int, (sqlite3_value *))                                           \
  X(value_text, 109, const unsigned char *, (sqlite3_value *))                                     \
  X(value_type, 113, int, (sqlite3_value *))                                                       \
  X(vfs_find, 141, sqlite3_vfs *, (const char *))                                                  \
  X(vfs_register, 142, int, (sqlite3_vfs *, int))                                                  \
  X(vfs_unregister, 143, int, (sqlite3_vfs *))                                                     \
  X(vtab_collation, 224, const char *, (sqlite3_index_info *, int))                                \
  X(vtab_config, 177, int, (sqlite3 *, int, ...))                                                  \
  X(vtab_in, 259, int, (sqlite3_index_info *, int, int))                                           \
  X(vtab_in_first, 260, int, (sqlite3_value *, sqlite3_value **))                                  \
  X(vtab_in_next, 261, int, (sqlite3_value *, sqlite3_value **))                                   \
  X(vtab_nochange, 222, int, (sqlite3_context *))                                                  \
  X(vtab_on_conflict, 178, int, (sqlite3 *))                                                       \
  X(wal_checkpoint_v2, 191, int, (sqlite3 *, const char *, int, int *, int *))                     \
  X(wal_hook, 175, void *, (sqlite3 *, int (*)(void *, sqlite3 *, const char *, int), void *)) X(xsnprintf, 93, char *,\
    (int, char *, const char *, ...))

/* SQLite's functions, filled in when it loads the engine: sqlite.step(stmt). */
typedef struct hdb_sqlite {
#define HDB_FIELD(name, place, result, arguments) result(*name) arguments;
  SQLITE_FUNCTIONS(HDB_FIELD)
#undef HDB_FIELD
} hdb_sqlite;

extern hdb_sqlite sqlite;

/* An open file. A VFS puts its own fields behind this one. */
struct sqlite3_file {
  const sqlite3_io_methods *pMethods;
};

/* Version 2 of the table: with a WAL index, without memory-mapped pages. */
struct sqlite3_io_methods {
  int iVersion;
  int (*xClose)(sqlite3_file *);
  int (*xRead)(sqlite3_file *, void *, int amount, int64_t offset);
  int (*xWrite)(sqlite3_file *, const void *, int amount, int64_t offset);
  int (*xTruncate)(sqlite3_file *, int64_t size);
  int (*xSync)(sqlite3_file *, int flags);
  int (*xFileSize)(sqlite3_file *, int64_t *size);
  int (*xLock)(sqlite3_file *, int level);
  int (*xUnlock)(sqlite3_file *, int level);
  int (*xCheckReservedLock)(sqlite3_file *, int *reserved);
  int (*xFileControl)(sqlite3_file *, int op, void *argument);
  int (*xSectorSize)(sqlite3_file *);
  int (*xDeviceCharacteristics)(sqlite3_file *);
  int (*xShmMap)(sqlite3_file *, int region, int bytes, int extend, void volatile **);
  int (*xShmLock)(sqlite3_file *, int offset, int count, int flags);
  void (*xShmBarrier)(sqlite3_file *);
  int (*xShmUnmap)(sqlite3_file *, int remove);
};

/* Version 2 of the object: up to the clock in 64 bits. */
struct sqlite3_vfs {
  int iVersion;
  int szOsFile;
  int mxPathname;
  sqlite3_vfs *pNext;
  const char *zName;
  void *pAppData;
  int (*xOpen)(sqlite3_vfs *, const char *name, sqlite3_file *, int flags, int *out_flags);
  int (*xDelete)(sqlite3_vfs *, const char *name, int sync_directory);
  int (*xAccess)(sqlite3_vfs *, const char *name, int flags, int *result);
  int (*xFullPathname)(sqlite3_vfs *, const char *name, int bytes, char *out);
  void *(*xDlOpen)(sqlite3_vfs *, const char *name);
  void (*xDlError)(sqlite3_vfs *, int bytes, char *message);
  hdb_function (*xDlSym)(sqlite3_vfs *, void *library, const char *symbol);
  void (*xDlClose)(sqlite3_vfs *, void *library);
  int (*xRandomness)(sqlite3_vfs *, int bytes, char *out);
  int (*xSleep)(sqlite3_vfs *, int microseconds);
  int (*xCurrentTime)(sqlite3_vfs *, double *julian_day);
  int (*xGetLastError)(sqlite3_vfs *, int bytes, char *message);
  int (*xCurrentTimeInt64)(sqlite3_vfs *, int64_t *milliseconds);
};

/* A virtual table, a cursor on it: a module puts its own fields behind. */
struct sqlite3_vtab {
  const sqlite3_module *pModule;
  int nRef;
  char *zErrMsg; /* from mprintf */
};

struct sqlite3_vtab_cursor {
  sqlite3_vtab *pVtab;
};

struct sqlite3_index_info {
  int nConstraint;
  struct sqlite3_index_constraint {
    int iColumn;
    unsigned char op;
    unsigned char usable;
    int iTermOffset;
  } *aConstraint;
  int nOrderBy;
  struct sqlite3_index_orderby {
    int iColumn;
    unsigned char desc;
  } *aOrderBy;
  struct sqlite3_index_constraint_usage {
    int argvIndex;
    unsigned char omit;
  } *aConstraintUsage;
  int idxNum;
  char *idxStr;
  int needToFreeIdxStr;
  int orderByConsumed;
  double estimatedCost;
  int64_t estimatedRows;
  int idxFlags;
  uint64_t colUsed;
};

/* Version 3 of the table. */
struct sqlite3_module {
  int iVersion;
  int (*xCreate)(sqlite3 *, void *, int, const char *const *, sqlite3_vtab **, char **);
  int (*xConnect)(sqlite3 *, void *, int, const char *const *, sqlite3_vtab **, char **);
  int (*xBestIndex)(sqlite3_vtab *, sqlite3_index_info *);
  int (*xDisconnect)(sqlite3_vtab *);
  int (*xDestroy)(sqlite3_vtab *);
  int (*xOpen)(sqlite3_vtab *, sqlite3_vtab_cursor **);
  int (*xClose)(sqlite3_vtab_cursor *);
  int (*xFilter)(sqlite3_vtab_cursor *, int, const char *, int, sqlite3_value **);
  int (*xNext)(sqlite3_vtab_cursor *);
  int (*xEof)(sqlite3_vtab_cursor *);
  int (*xColumn)(sqlite3_vtab_cursor *, sqlite3_context *, int);
  int (*xRowid)(sqlite3_vtab_cursor *, int64_t *);
  int (*xUpdate)(sqlite3_vtab *, int, sqlite3_value **, int64_t *);
  int (*xBegin)(sqlite3_vtab *);
  int (*xSync)(sqlite3_vtab *);
  int (*xCommit)(sqlite3_vtab *);
  int (*xRollback)(sqlite3_vtab *);
  int (*xFindFunction)(sqlite3_vtab *, int, const char *,
                       void (**)(sqlite3_context *, int, sqlite3_value **), void **);
  int (*xRename)(sqlite3_vtab *, const char *);
  int (*xSavepoint)(sqlite3_vtab *, int);
  int (*xRelease)(sqlite3_vtab *, int);
  int (*xRollbackTo)(sqlite3_vtab *, int);
  int (*xShadowName)(const char *);
};

/* Version 4, which SQLite has from 3.44 on; an older one does not look at its end. */
typedef struct hdb_module_4 {
  sqlite3_module base;
  int (*xIntegrity)(sqlite3_vtab *, const char *schema, const char *table, int flags,
                    char **message);
} hdb_module_4;

#endif
