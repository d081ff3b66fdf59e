/*
** The "heliosdb-memory" VFS (storage/memory_vfs.c).
*/
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "check.h"
#include "support.h"

enum { DATABASE = SQLITE_OPEN_MAIN_DB | SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE };

static sqlite3_file *open_file(const char *name, int flags) {
  sqlite3_vfs *vfs = sqlite3_vfs_find(HDB_MEMORY_VFS_NAME);
  sqlite3_file *file = calloc(1, (size_t)vfs->szOsFile);
  CHECK_INT(vfs->xOpen(vfs, name, file, flags, 0), SQLITE_OK);
  return file;
}

static void close_file(sqlite3_file *file) {
  CHECK_INT(file->pMethods->xClose(file), SQLITE_OK);
  free(file);
}

static int64_t size_of(sqlite3_file *file) {
  sqlite3_int64 size;
  CHECK_INT(file->pMethods->xFileSize(file, &size), SQLITE_OK);
  return size;
}

static void write_bytes(sqlite3_file *file, int byte, int amount, int64_t offset) {
  unsigned char *bytes = malloc((size_t)amount);
  memset(bytes, byte, (size_t)amount);
  CHECK_INT(file->pMethods->xWrite(file, bytes, amount, offset), SQLITE_OK);
  free(bytes);
}

static void check_bytes(sqlite3_file *file, int byte, int amount, int64_t offset) {
  unsigned char *bytes = malloc((size_t)amount);
  CHECK_INT(file->pMethods->xRead(file, bytes, amount, offset), SQLITE_OK);
  for (int i = 0; i < amount; i++) CHECK_INT(bytes[i], byte);
  free(bytes);
}

TEST(what_was_cut_off_comes_back_as_zeros) {
  sqlite3_file *file = open_file("cut", DATABASE);
  const int64_t sizes[] = {0, 1, 65535, 65536, 65537, 100000, 131072};
  for (int i = 0; i < (int)(sizeof sizes / sizeof *sizes); i++) {
    int kept = (int)sizes[i];
    write_bytes(file, 7, 200000, 0);
    CHECK_INT(file->pMethods->xTruncate(file, kept), SQLITE_OK);
    CHECK_INT(size_of(file), kept);
    write_bytes(file, 9, 1, 199999);
    CHECK_INT(size_of(file), 200000);
    check_bytes(file, 7, kept, 0);
    check_bytes(file, 0, 199999 - kept, kept);
    check_bytes(file, 9, 1, 199999);
  }
  close_file(file);
}

TEST(a_read_beyond_the_end_is_short_and_zeroed) {
  unsigned char bytes[100];
  sqlite3_file *file = open_file("short", DATABASE);
  memset(bytes, 1, sizeof bytes);
  CHECK_INT(file->pMethods->xRead(file, bytes, 100, 0), SQLITE_IOERR_SHORT_READ);
  CHECK_INT(bytes[0] + bytes[99], 0);
  write_bytes(file, 5, 65600, 0);
  memset(bytes, 1, sizeof bytes);
  CHECK_INT(file->pMethods->xRead(file, bytes, 100, 65550), SQLITE_IOERR_SHORT_READ);
  CHECK_INT(bytes[49], 5);
  CHECK_INT(bytes[50] + bytes[99], 0);
  CHECK_INT(file->pMethods->xRead(file, bytes, 100, 1 << 30), SQLITE_IOERR_SHORT_READ);
  CHECK_INT(bytes[49], 0);
  close_file(file);
}

TEST(a_gap_between_writes_reads_as_zeros) {
  sqlite3_file *file = open_file("gap", DATABASE);
  write_bytes(file, 3, 10, 300000);
  CHECK_INT(size_of(file), 300010);
  check_bytes(file, 0, 300000, 0);
  check_bytes(file, 3, 10, 300000);
  close_file(file);
}

TEST(a_deleted_file_lives_on_for_those_who_have_it_open) {
  sqlite3_vfs *vfs = sqlite3_vfs_find(HDB_MEMORY_VFS_NAME);
  int flags = SQLITE_OPEN_MAIN_JOURNAL | SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
  int exists = -1;
  sqlite3_file *file = open_file("x-journal", flags);
  write_bytes(file, 3, 10, 0);
  CHECK_INT(vfs->xDelete(vfs, "x-journal", 0), SQLITE_OK);
  CHECK_INT(vfs->xDelete(vfs, "x-journal", 0), SQLITE_IOERR_DELETE_NOENT);
  CHECK_INT(vfs->xAccess(vfs, "x-journal", SQLITE_ACCESS_EXISTS, &exists), SQLITE_OK);
  CHECK_INT(exists, 0);
  check_bytes(file, 3, 10, 0);
  sqlite3_file *next = open_file("x-journal", flags);
  CHECK_INT(size_of(next), 0);
  close_file(file);
  CHECK_INT(vfs->xAccess(vfs, "x-journal", SQLITE_ACCESS_EXISTS, &exists), SQLITE_OK);
  CHECK_INT(exists, 1);
  CHECK_INT(vfs->xDelete(vfs, "x-journal", 0), SQLITE_OK);
  close_file(next);
}

TEST(connections_share_a_memory_database_by_name) {
  sqlite3 *one = open_database("shared", HDB_MEMORY_VFS_NAME);
  sqlite3 *two = open_database("shared", HDB_MEMORY_VFS_NAME);
  sqlite3 *other = open_database("other", HDB_MEMORY_VFS_NAME);
  execute(one, "CREATE TABLE t(v); INSERT INTO t VALUES(1),(2)");
  CHECK_TEXT(query(two, "SELECT * FROM t"), "1,2");
  CHECK_TEXT(query(other, "SELECT count(*) FROM sqlite_schema"), "0");
  close_database(one);
  CHECK_TEXT(query(two, "SELECT * FROM t"), "1,2");
  close_database(two);
  close_database(other);
}

TEST(a_memory_database_is_gone_after_its_last_close) {
  for (int wal = 0; wal < 2; wal++) {
    sqlite3 *db = open_database("gone", HDB_MEMORY_VFS_NAME);
    CHECK_INT(query_integer(db, "SELECT count(*) FROM sqlite_schema"), 0);
    if (wal) execute(db, "PRAGMA journal_mode=WAL");
    execute(db, "CREATE TABLE t(v); INSERT INTO t VALUES(1)");
    close_database(db);
  }
  sqlite3 *db;
  CHECK_INT(try_open_database("gone", SQLITE_OPEN_READWRITE, HDB_MEMORY_VFS_NAME, &db),
            SQLITE_CANTOPEN);
}

TEST(a_wal_left_behind_goes_with_its_memory_database) {
  sqlite3_vfs *vfs = sqlite3_vfs_find(HDB_MEMORY_VFS_NAME);
  int exists = -1;
  sqlite3 *db = open_database("left", HDB_MEMORY_VFS_NAME);
  execute(db, "PRAGMA journal_mode=WAL");
  CHECK_INT(sqlite3_db_config(db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, (int *)0), SQLITE_OK);
  execute(db, "CREATE TABLE t(v); INSERT INTO t VALUES(1)");
  CHECK_INT(vfs->xAccess(vfs, "left-wal", SQLITE_ACCESS_EXISTS, &exists), SQLITE_OK);
  CHECK_INT(exists, 1);
  close_database(db);
  CHECK_INT(vfs->xAccess(vfs, "left-wal", SQLITE_ACCESS_EXISTS, &exists), SQLITE_OK);
  CHECK_INT(exists, 0);
  db = open_database("left", HDB_MEMORY_VFS_NAME);
  CHECK_INT(query_integer(db, "SELECT count(*) FROM sqlite_schema"), 0);
  close_database(db);
}

TEST(closing_a_memory_database_leaves_those_with_longer_names_alone) {
  sqlite3 *shorter = open_database("x", HDB_MEMORY_VFS_NAME);
  sqlite3 *longer = open_database("x-y", HDB_MEMORY_VFS_NAME);
  sqlite3 *keeper = open_database("x-y", HDB_MEMORY_VFS_NAME); /* has not read yet */
  execute(shorter, "CREATE TABLE t(v)");
  execute(longer, "PRAGMA journal_mode=WAL; CREATE TABLE t(v); INSERT INTO t VALUES(1)");
  CHECK_INT(sqlite3_db_config(longer, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, (int *)0), SQLITE_OK);
  close_database(longer);
  close_database(shorter);
  CHECK_TEXT(query(keeper, "SELECT * FROM t"), "1");
  close_database(keeper);
}

TEST(a_memory_database_may_be_named_like_the_wal_of_another) {
  for (int first = 0; first < 2; first++) {
    sqlite3 *db = first ? open_database("a", HDB_MEMORY_VFS_NAME) : 0;
    if (db) execute(db, "PRAGMA journal_mode=WAL; CREATE TABLE t(v)");
    sqlite3 *other = open_database("a-wal", HDB_MEMORY_VFS_NAME);
    execute(other, "CREATE TABLE t(v); INSERT INTO t VALUES(2)");
    if (!db) {
      db = open_database("a", HDB_MEMORY_VFS_NAME);
      execute(db, "PRAGMA journal_mode=WAL; CREATE TABLE t(v)");
    }
    execute(db, "INSERT INTO t VALUES(1)");
    CHECK_TEXT(query(db, "SELECT * FROM t"), "1");
    CHECK_TEXT(query(other, "SELECT * FROM t"), "2");
    close_database(db);
    CHECK_TEXT(query(other, "SELECT * FROM t; "), "2");
    CHECK_TEXT(query(other, "PRAGMA integrity_check"), "ok");
    close_database(other);
  }
}

TEST(memory_databases_work_in_every_journal_mode) {
  const char *modes[] = {"delete", "truncate", "persist", "memory", "wal"};
  for (int i = 0; i < 5; i++) {
    char pragma[50] = "PRAGMA journal_mode=";
    sqlite3 *db = open_database("modes", HDB_MEMORY_VFS_NAME);
    sqlite3 *other = open_database("modes", HDB_MEMORY_VFS_NAME);
    strcat(pragma, modes[i]);
    CHECK_TEXT(query(db, pragma), modes[i]);
    execute(db, "CREATE TABLE t(v); PRAGMA cache_size=5");
    execute(db, "WITH RECURSIVE n(i) AS (VALUES(1) UNION ALL SELECT i + 1 FROM n WHERE i < 500) "
                "INSERT INTO t SELECT randomblob(1000) FROM n");
    execute(db, "BEGIN; UPDATE t SET v = 1; ROLLBACK");
    CHECK_INT(query_integer(other, "SELECT sum(length(v)) FROM t"), 500000);
    execute(db, "DELETE FROM t WHERE rowid > 10; VACUUM");
    CHECK(query_integer(other, "PRAGMA page_count") < 20);
    CHECK_TEXT(query(other, "PRAGMA integrity_check"), "ok");
    close_database(other);
    close_database(db);
  }
}

TEST(a_reader_of_memory_keeps_its_snapshot_beside_a_writer) {
  sqlite3 *writer = open_database("snapshot", HDB_MEMORY_VFS_NAME);
  sqlite3 *reader = open_database("snapshot", HDB_MEMORY_VFS_NAME);
  execute(writer, "PRAGMA journal_mode=WAL; CREATE TABLE t(v); INSERT INTO t VALUES(1)");
  execute(reader, "BEGIN");
  CHECK_TEXT(query(reader, "SELECT * FROM t"), "1");
  execute(writer, "INSERT INTO t VALUES(2); PRAGMA wal_checkpoint");
  CHECK_TEXT(query(reader, "SELECT * FROM t"), "1");
  execute(reader, "COMMIT");
  CHECK_TEXT(query(reader, "SELECT * FROM t"), "1,2");
  execute(writer, "PRAGMA wal_checkpoint(TRUNCATE)");
  CHECK_TEXT(query(reader, "SELECT * FROM t"), "1,2");
  close_database(reader);
  close_database(writer);
}

TEST(memory_databases_are_attached_and_commit_together) {
  sqlite3 *db = open_database("first", HDB_MEMORY_VFS_NAME);
  execute(db, "ATTACH 'second' AS second; CREATE TABLE t(v); CREATE TABLE second.u(v)");
  execute(db, "BEGIN; INSERT INTO t VALUES(1); INSERT INTO u VALUES(2); COMMIT");
  execute(db, "BEGIN; INSERT INTO t VALUES(3); INSERT INTO u VALUES(4); ROLLBACK");
  sqlite3 *other = open_database("second", HDB_MEMORY_VFS_NAME);
  CHECK_TEXT(query(db, "SELECT * FROM t, u"), "1|2");
  CHECK_TEXT(query(other, "SELECT * FROM u"), "2");
  close_database(db);
  CHECK_TEXT(query(other, "SELECT * FROM u"), "2");
  close_database(other);
}

TEST(a_memory_database_touches_no_file) {
  char before[1000];
  char sql[] = "PRAGMA journal_mode=WAL; CREATE TABLE t(v); INSERT INTO t VALUES(1)";
  CHECK(getcwd(before, sizeof before) != 0);
  CHECK(chdir(in_directory("")) == 0);
  sqlite3 *db = open_database("quiet", HDB_MEMORY_VFS_NAME);
  execute(db, sql);
  CHECK(!file_exists(in_directory("quiet")));
  CHECK(!file_exists(in_directory("quiet-wal")));
  CHECK(!file_exists(in_directory("quiet-shm")));
  close_database(db);
  CHECK(chdir(before) == 0);
}

TEST(a_missing_extension_is_an_error_on_a_memory_database_too) {
  char *message = 0;
  sqlite3 *db = open_database("extension", HDB_MEMORY_VFS_NAME);
  CHECK_INT(sqlite3_enable_load_extension(db, 1), SQLITE_OK);
  CHECK_INT(sqlite3_load_extension(db, in_directory("no-such"), 0, &message), SQLITE_ERROR);
  CHECK(message != 0);
  sqlite3_free(message);
  close_database(db);
}
