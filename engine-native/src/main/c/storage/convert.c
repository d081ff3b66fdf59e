/*
** Copies of database files under another key.
*/
#include "convert.h"

#include <string.h>

#include "database.h"
#include "platform.h"
#include "vfs.h"

enum { HEADER_BYTES = 100, AT_PAGE_SIZE = 16, AT_RESERVED = 20, SYNC_FULL = 3, STEP_PAGES = 64 };

static int is_plain(const sqlite3_vfs *vfs) { return strcmp(vfs->zName, HDB_VFS_NAME) == 0; }

static sqlite3_file *open_main(sqlite3_vfs *vfs, const char *path, int is_history, int flags,
                               int *rc) {
  sqlite3_file *file = sqlite.malloc64((uint64_t)vfs->szOsFile);
  *rc = SQLITE_NOMEM;
  if (!file) return 0;
  memset(file, 0, (size_t)vfs->szOsFile);
  *rc = vfs->xOpen(vfs, path, file, flags | SQLITE_OPEN_MAIN_DB, 0);
  if (*rc == SQLITE_OK) {
    if (is_plain(vfs)) ((hdb_database_file *)file)->has_checksums = is_history;
    return file;
  }
  hdb_close_file(file);
  return 0;
}

/* Whether nobody else in this process has the file open; no other process has. */
static int is_alone(sqlite3_file *file) {
  hdb_database *database = 0;
  int rc = file->pMethods->xFileControl(file, HDB_FCNTL_DATABASE, &database);
  return rc == SQLITE_OK && database->handle_count == 1;
}

/* A log that is not empty has commits that the file lacks. */
static int has_log(sqlite3_vfs *vfs, const char *path, const char *suffix, int *rc) {
  void *block;
  int exists = 0;
  char *log = hdb_make_path(path, suffix, &block);
  *rc = log ? vfs->xAccess(vfs, log, 0, &exists) : SQLITE_NOMEM;
  sqlite.free(block);
  return exists;
}

static int copy_pages(sqlite3_file *from, sqlite3_file *to, int is_encrypted,
                      hdb_progress progress, void *context) {
  unsigned char header[HEADER_BYTES];
  int64_t size = 0;
  int rc = from->pMethods->xFileSize(from, &size);
  if (rc == SQLITE_OK) rc = from->pMethods->xRead(from, header, sizeof header, 0);
  if (rc != SQLITE_OK) return rc == SQLITE_IOERR_SHORT_READ ? SQLITE_NOTADB : rc;
  int page_size = header[AT_PAGE_SIZE] << 8 | header[AT_PAGE_SIZE + 1];
  if (page_size == 1) page_size = 65536;
  if (page_size < 512 || memcmp(header, "SQLite format 3", 16) != 0) return SQLITE_NOTADB;
  if (is_encrypted && header[AT_RESERVED] != HDB_RESERVED_BYTES) return HDB_NO_ROOM;
  if (size % page_size != 0) return SQLITE_CORRUPT;
  unsigned char *page = sqlite.malloc64((uint64_t)page_size);
  if (!page) return SQLITE_NOMEM;
  int64_t pages = size / page_size;
  for (int64_t i = 0; i < pages && rc == SQLITE_OK; i++) {
    rc = from->pMethods->xRead(from, page, page_size, i * page_size);
    /* What a plain file has there, a checksum, is not part of what is encrypted. */
    if (is_encrypted) memset(page + page_size - HDB_RESERVED_BYTES, 0, HDB_RESERVED_BYTES);
    if (rc == SQLITE_OK) rc = to->pMethods->xWrite(to, page, page_size, i * page_size);
    if (rc == SQLITE_OK && progress && ((i + 1) % STEP_PAGES == 0 || i + 1 == pages) &&
        progress(context, i + 1, pages)) {
      rc = SQLITE_INTERRUPT;
    }
  }
  sqlite.free(page);
  return rc == SQLITE_OK ? to->pMethods->xSync(to, SYNC_FULL) : rc;
}

int hdb_copy_database(const char *from_vfs, const char *from, const char *to_vfs, const char *to,
                      int is_history, hdb_progress progress, void *context) {
  sqlite3_vfs *reader = sqlite.vfs_find(from_vfs);
  sqlite3_vfs *writer = sqlite.vfs_find(to_vfs);
  sqlite3_file *source = 0;
  sqlite3_file *target = 0;
  void *blocks[2] = {0, 0};
  if (!reader || !writer) return SQLITE_ERROR;
  char *from_path = hdb_make_path(from, "", &blocks[0]);
  char *to_path = hdb_make_path(to, "", &blocks[1]);
  int rc = from_path && to_path ? SQLITE_OK : SQLITE_NOMEM;
  if (rc == SQLITE_OK && has_log(reader, from, "-wal", &rc)) rc = SQLITE_BUSY;
  if (rc == SQLITE_OK && has_log(reader, from, "-journal", &rc)) rc = SQLITE_BUSY;
  if (rc == SQLITE_OK) {
    rc = writer->xDelete(writer, to, 0);
    if (rc == SQLITE_IOERR_DELETE_NOENT) rc = SQLITE_OK;
  }
  if (rc == SQLITE_OK) source = open_main(reader, from_path, is_history, SQLITE_OPEN_READWRITE, &rc);
  if (rc == SQLITE_OK && !is_alone(source)) rc = SQLITE_BUSY;
  if (rc == SQLITE_OK) {
    target = open_main(writer, to_path, is_history, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE,
                       &rc);
  }
  if (rc == SQLITE_OK) {
    rc = copy_pages(source, target, !is_plain(writer), progress, context);
  }
  hdb_close_file(target);
  hdb_close_file(source);
  if (rc == SQLITE_OK && !hdb_copy_file_time(from, to)) rc = SQLITE_IOERR;
  sqlite.free(blocks[0]);
  sqlite.free(blocks[1]);
  return rc;
}
