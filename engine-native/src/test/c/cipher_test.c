/*
** Encrypted databases (storage/cipher_file.c): nothing shows, and nothing that was changed
** is taken for what was written. The other tests of the VFS run on them too.
*/
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "check.h"
#include "faults.h"
#include "native.h"
#include "stand_in.h"

#include "../../main/c/heliosdb.h"
#include "../../main/c/storage/convert.h"
#include "../../main/c/storage/database.h"

enum { PAGE = 4096, FRAME = PAGE + 24, WAL_START = 64, READWRITE = 6 };

#define KNOWN "KNOWN-PLAIN-TEXT"

static const char *const suffixes[] = {"", "-wal", "-journal", "-history", "-history-wal",
                                       "-history-journal", "-times"};

typedef struct content {
  unsigned char *bytes;
  size_t length;
} content;

static content read_file(const char *path) {
  content it = {0, 0};
  FILE *in = fopen(path, "rb");
  if (!in) return it;
  fseek(in, 0, SEEK_END);
  it.length = (size_t)ftell(in);
  rewind(in);
  it.bytes = malloc(it.length + 1);
  CHECK(fread(it.bytes, 1, it.length, in) == it.length);
  fclose(in);
  return it;
}

static void write_file(const char *path, const unsigned char *bytes, size_t length) {
  FILE *out = fopen(path, "wb");
  CHECK(out && fwrite(bytes, 1, length, out) == length);
  CHECK(fclose(out) == 0);
}

static const char *beside(const char *path, const char *suffix) {
  char name[300];
  snprintf(name, sizeof name, "%s%s", strrchr(path, '/') + 1, suffix);
  return in_directory(name);
}

static void remove_all(const char *path) {
  for (int i = 0; i < 7; i++) unlink(beside(path, suffixes[i]));
}

static int contains(const content *it, const char *bytes, size_t length) {
  for (size_t at = 0; at + length <= it->length; at++) {
    const unsigned char *found = memchr(it->bytes + at, bytes[0], it->length - length + 1 - at);
    if (!found) return 0;
    at = (size_t)(found - it->bytes);
    if (memcmp(found, bytes, length) == 0) return 1;
  }
  return 0;
}

/* That no file of the test has any of what a database would show. */
static void check_nothing_shows(void) {
  static const struct {
    const char *bytes;
    size_t length;
  } patterns[] = {{KNOWN, 16},           {"K\0N\0O\0W\0N", 9},    {"SQLite format", 13},
                  {"CREATE TABLE", 12},  {"\x37\x7f\x06\x82\0\x2d\xe2\x18", 8},
                  {"\x37\x7f\x06\x83\0\x2d\xe2\x18", 8},
                  {"\xd9\xd5\x05\xf9\x20\xa1\x63\xd7", 8}};
  const char *directory = in_directory("");
  DIR *listing = opendir(directory);
  struct dirent *entry;
  CHECK(listing != 0);
  while ((entry = readdir(listing))) {
    char path[600];
    if (entry->d_name[0] == '.') continue;
    snprintf(path, sizeof path, "%s%s", directory, entry->d_name);
    content it = read_file(path);
    for (size_t i = 0; i < sizeof patterns / sizeof *patterns; i++) {
      if (contains(&it, patterns[i].bytes, patterns[i].length)) {
        snprintf(path, sizeof path, "%s", entry->d_name);
        closedir(listing);
        check_fail(__FILE__, __LINE__, "%s shows pattern %d", path, (int)i);
      }
    }
    free(it.bytes);
  }
  closedir(listing);
}

static sqlite3 *open_with_history(const char *path, hdb_key *key) {
  char uri[400];
  sqlite3 *db;
  snprintf(uri, sizeof uri, "file:%s?heliosdb_history=on", path);
  CHECK_INT(try_open_database(uri, READWRITE | SQLITE_OPEN_URI, key->vfs_name, &db), SQLITE_OK);
  return db;
}

static void random_step(sqlite3 *db, chance *luck) {
  static const char *const steps[] = {
      "INSERT INTO \"" KNOWN "\"(a, b) VALUES(abs(random() % 1000), '" KNOWN "' || hex(randomblob(300)))",
      "INSERT INTO \"" KNOWN "\"(a, b) SELECT a + 1, '" KNOWN "' || b FROM \"" KNOWN "\" LIMIT 40",
      "UPDATE \"" KNOWN "\" SET b = b || '" KNOWN "' WHERE a % 7 = 3",
      "DELETE FROM \"" KNOWN "\" WHERE rowid % 3 = 0",
      "BEGIN; UPDATE \"" KNOWN "\" SET b = '" KNOWN "' || b; ROLLBACK",
      "SAVEPOINT s; UPDATE \"" KNOWN "\" SET a = a + 1; ROLLBACK TO s; RELEASE s",
      "INSERT INTO \"" KNOWN "\" VALUES(1, zeroblob(20000) || '" KNOWN "')",
      "PRAGMA wal_checkpoint",
      "PRAGMA wal_checkpoint(TRUNCATE)",
      "VACUUM",
      "CREATE INDEX IF NOT EXISTS i ON \"" KNOWN "\"(b)",
      "DROP INDEX IF EXISTS i",
      "SELECT count(*) FROM \"" KNOWN "\" GROUP BY b ORDER BY b DESC",
  };
  execute(db, steps[chance_below(luck, (int)(sizeof steps / sizeof *steps))]);
}

TEST(no_file_of_an_encrypted_database_shows_anything) {
  const char *modes[] = {"WAL", "DELETE", "PERSIST", "WAL"};
  hdb_key *key = stand_in_key(3);
  for (int i = 0; i < 4; i++) {
    char pragma[100];
    chance luck = {(uint64_t)i + 100};
    const char *path = in_directory("a.db");
    sqlite3 *db = i == 3 ? open_with_history(path, key) : open_database(path, key->vfs_name);
    snprintf(pragma, sizeof pragma, "PRAGMA journal_mode=%s; PRAGMA cache_size=5", modes[i]);
    execute(db, pragma);
    execute(db, "CREATE TABLE \"" KNOWN "\"(a, b)");
    for (int step = 0; step < 70; step++) {
      random_step(db, &luck);
      check_nothing_shows();
    }
    CHECK_TEXT(query(db, "PRAGMA integrity_check"), "ok");
    close_database(db);
    check_nothing_shows();
    remove_all(path);
  }
  hdb_vfs_release_key(key);
}

TEST(temporary_files_of_an_encrypted_database_are_refused) {
  hdb_key *key = stand_in_key(3);
  sqlite3 *db = open_database(in_directory("a.db"), key->vfs_name);
  CHECK_TEXT(query(db, "PRAGMA temp_store"), "2");
  query(db, "PRAGMA temp_store=FILE");
  CHECK_TEXT(query(db, "PRAGMA temp_store"), "2");
  sqlite3_vfs *vfs = sqlite3_vfs_find(key->vfs_name);
  const int kinds[] = {SQLITE_OPEN_TEMP_DB, SQLITE_OPEN_TRANSIENT_DB, SQLITE_OPEN_TEMP_JOURNAL,
                       SQLITE_OPEN_SUBJOURNAL, SQLITE_OPEN_SUPER_JOURNAL};
  sqlite3_file *file = malloc((size_t)vfs->szOsFile);
  for (int i = 0; i < 5; i++) {
    CHECK_INT(vfs->xOpen(vfs, i == 4 ? in_directory("a.db-mj") : 0, file, kinds[i] | READWRITE, 0),
              SQLITE_CANTOPEN);
  }
  free(file);
  close_database(db);
  hdb_vfs_release_key(key);
}

/* Rows whose loss or change shows in a dump, on some dozen pages. */
static void fill(sqlite3 *db, int rows) {
  char sql[300];
  execute(db, "CREATE TABLE IF NOT EXISTS t(id INTEGER PRIMARY KEY, v)");
  snprintf(sql, sizeof sql,
           "WITH RECURSIVE n(i) AS (VALUES(1) UNION ALL SELECT i + 1 FROM n WHERE i < %d) "
           "INSERT INTO t(v) SELECT hex(randomblob(400 + i %% 7 * 100)) FROM n",
           rows);
  execute(db, sql);
  execute(db, "INSERT INTO t(v) VALUES(zeroblob(30000))");
}

/* The whole database as text, or "error": whatever is read first. */
static void try_dump(const char *path, const char *vfs, text *out) {
  sqlite3 *db;
  sqlite3_stmt *rows;
  text_free(out);
  int rc = try_open_database(path, SQLITE_OPEN_READWRITE, vfs, &db);
  if (rc == SQLITE_OK) {
    rc = sqlite3_prepare_v2(db, "SELECT id, v FROM t ORDER BY id", -1, &rows, 0);
    while (rc == SQLITE_OK && (rc = sqlite3_step(rows)) == SQLITE_ROW) {
      text_add_integer(out, sqlite3_column_int64(rows, 0));
      text_add_bytes(out, SQLITE_BLOB, sqlite3_column_blob(rows, 1), sqlite3_column_bytes(rows, 1));
      rc = SQLITE_OK;
    }
    sqlite3_finalize(rows);
    sqlite3_close(db);
  }
  if (rc != SQLITE_DONE) {
    text_free(out);
    text_add(out, "error");
  }
}

/* Changes a file in a random way; units begin at `start` and are of `unit` bytes. */
static void mutate(chance *luck, const char *path, const content *it, const content *other,
                   size_t start, size_t unit) {
  unsigned char *bytes = malloc(it->length);
  size_t length = it->length;
  size_t units = (it->length - start) / unit;
  size_t one = start + (size_t)chance_below(luck, (int)units) * unit;
  size_t two = start + (size_t)chance_below(luck, (int)units) * unit;
  memcpy(bytes, it->bytes, length);
  switch (chance_below(luck, 8)) {
    case 0: /* swapped */
      memcpy(bytes + one, it->bytes + two, unit);
      memcpy(bytes + two, it->bytes + one, unit);
      break;
    case 1: /* copied elsewhere */
      memcpy(bytes + one, it->bytes + two, unit);
      break;
    case 2: /* of another database with the same key */
      if (one + unit <= other->length) memcpy(bytes + one, other->bytes + one, unit);
      break;
    case 3: /* cut off */
      length = 1 + (size_t)chance_below(luck, (int)length - 1);
      break;
    case 4: /* torn: from some byte on zeros, or another unit */
    {
      size_t from = (size_t)chance_below(luck, (int)unit);
      if (chance_below(luck, 2)) {
        memset(bytes + one + from, 0, unit - from);
      } else {
        memcpy(bytes + one + from, it->bytes + two + from, unit - from);
      }
      break;
    }
    default:
      bytes[chance_below(luck, (int)length)] ^= (unsigned char)(1 << chance_below(luck, 8));
      break;
  }
  write_file(path, bytes, length);
  free(bytes);
}

TEST(no_changed_page_is_accepted) {
  enum { ROUNDS = 6000 };
  hdb_key *key = stand_in_key(3);
  chance luck = {77};
  const char *paths[] = {in_directory("a.db"), in_directory("b.db")};
  content contents[2];
  text expected = {0, 0, 0};
  text found = {0, 0, 0};
  int errors = 0;
  for (int i = 0; i < 2; i++) {
    sqlite3 *db = open_database(paths[i], key->vfs_name);
    execute(db, "PRAGMA journal_mode=WAL");
    fill(db, 60);
    close_database(db);
    contents[i] = read_file(paths[i]);
  }
  try_dump(paths[0], key->vfs_name, &expected);
  CHECK(expected.length > 1000);
  for (int i = 0; i < ROUNDS; i++) {
    mutate(&luck, paths[0], &contents[0], &contents[1], 0, PAGE);
    unlink(beside(paths[0], "-wal"));
    try_dump(paths[0], key->vfs_name, &found);
    if (strcmp(found.chars, "error") == 0) {
      errors++;
    } else {
      CHECK_TEXT(found.chars, expected.chars);
    }
  }
  CHECK(errors > ROUNDS / 2);
  for (int i = 0; i < 2; i++) free(contents[i].bytes);
  text_free(&expected);
  text_free(&found);
  hdb_vfs_release_key(key);
}

enum { COMMITS = 8 };

/* A database with a WAL of some commits, as a crash would leave it. */
static void make_crashed(hdb_key *key, const char *path, content *file, content *wal,
                         text *states) {
  sqlite3 *db = open_database(path, key->vfs_name);
  execute(db, "PRAGMA journal_mode=WAL; PRAGMA wal_autocheckpoint=0");
  fill(db, 20);
  execute(db, "PRAGMA wal_checkpoint(TRUNCATE)");
  for (int i = 0; i <= COMMITS; i++) {
    if (i > 0) execute(db, "UPDATE t SET v = hex(randomblob(500)) WHERE id % 3 = 0");
    if (states) {
      sqlite3_stmt *rows;
      CHECK_INT(sqlite3_prepare_v2(db, "SELECT id, v FROM t ORDER BY id", -1, &rows, 0), SQLITE_OK);
      while (sqlite3_step(rows) == SQLITE_ROW) {
        text_add_integer(&states[i], sqlite3_column_int64(rows, 0));
        text_add_bytes(&states[i], SQLITE_BLOB, sqlite3_column_blob(rows, 1),
                       sqlite3_column_bytes(rows, 1));
      }
      CHECK_INT(sqlite3_finalize(rows), SQLITE_OK);
    }
  }
  *file = read_file(path);
  *wal = read_file(beside(path, "-wal"));
  close_database(db);
}

TEST(a_changed_wal_ends_at_a_commit_or_is_reported) {
  enum { ROUNDS = 6000 };
  hdb_key *key = stand_in_key(3);
  chance luck = {78};
  const char *paths[] = {in_directory("a.db"), in_directory("b.db")};
  content files[2];
  content wals[2];
  text states[COMMITS + 1] = {{0, 0, 0}};
  int seen[COMMITS + 1] = {0};
  text found = {0, 0, 0};
  for (int i = 0; i < 2; i++) make_crashed(key, paths[i], &files[i], &wals[i], i == 0 ? states : 0);
  for (int i = 0; i < ROUNDS; i++) {
    int in_file = chance_below(&luck, 5) == 0;
    write_file(paths[0], files[0].bytes, files[0].length);
    write_file(beside(paths[0], "-wal"), wals[0].bytes, wals[0].length);
    if (in_file) {
      mutate(&luck, paths[0], &files[0], &files[1], 0, PAGE);
    } else {
      mutate(&luck, beside(paths[0], "-wal"), &wals[0], &wals[1], WAL_START, FRAME);
    }
    try_dump(paths[0], key->vfs_name, &found);
    if (strcmp(found.chars, "error") == 0) continue;
    int state = COMMITS;
    while (state >= 0 && strcmp(found.chars, states[state].chars) != 0) state--;
    CHECK(state >= 0);
    CHECK(!in_file || state == COMMITS);
    seen[state]++;
  }
  for (int i = 0; i <= COMMITS; i++) CHECK(seen[i] > 0);
  for (int i = 0; i < 2; i++) {
    free(files[i].bytes);
    free(wals[i].bytes);
  }
  for (int i = 0; i <= COMMITS; i++) text_free(&states[i]);
  text_free(&found);
  hdb_vfs_release_key(key);
}

TEST(a_changed_journal_is_reported_or_rolled_back_whole) {
  enum { ROUNDS = 600, FIRST_RECORD = 64 + 544, RECORD_BYTES = 8 * 544 };
  hdb_key *key = stand_in_key(3);
  chance luck = {79};
  const char *path = in_directory("a.db");
  text expected = {0, 0, 0};
  text found = {0, 0, 0};
  sqlite3 *db = open_database(path, key->vfs_name);
  fill(db, 60);
  close_database(db);
  try_dump(path, key->vfs_name, &expected);
  db = open_database(path, key->vfs_name);
  execute(db, "PRAGMA cache_size=5; BEGIN; UPDATE t SET v = hex(randomblob(400))");
  content file = read_file(path);
  content journal = read_file(beside(path, "-journal"));
  execute(db, "ROLLBACK");
  close_database(db);
  for (int i = 0; i < ROUNDS; i++) {
    unsigned char *changed = &journal.bytes[FIRST_RECORD + chance_below(&luck, RECORD_BYTES)];
    unsigned char before = *changed;
    if (i % 3 != 0) *changed ^= (unsigned char)(1 << chance_below(&luck, 8));
    write_file(path, file.bytes, file.length);
    write_file(beside(path, "-journal"), journal.bytes, journal.length);
    try_dump(path, key->vfs_name, &found);
    CHECK_TEXT(found.chars, i % 3 == 0 ? expected.chars : "error");
    *changed = before;
  }
  free(file.bytes);
  free(journal.bytes);
  text_free(&expected);
  text_free(&found);
  hdb_vfs_release_key(key);
}

TEST(a_wrong_or_missing_key_leaves_every_byte) {
  hdb_key *key = stand_in_key(3);
  hdb_key *wrong = stand_in_key(4);
  hdb_key *passphrase = stand_in_passphrase(3, 1000);
  const char *path = in_directory("a.db");
  content file;
  content wal;
  make_crashed(key, path, &file, &wal, 0);
  write_file(path, file.bytes, file.length);
  write_file(beside(path, "-wal"), wal.bytes, wal.length);
  const char *vfses[] = {wrong->vfs_name, passphrase->vfs_name, HDB_VFS_NAME};
  const int codes[] = {HDB_WRONG_KEY, HDB_WRONG_KEY, HDB_KEY_MISSING};
  for (int i = 0; i < 3; i++) {
    sqlite3 *db;
    CHECK_INT(sqlite3_open_v2(path, &db, READWRITE, vfses[i]), SQLITE_NOTADB);
    CHECK_INT(sqlite3_extended_errcode(db), codes[i]);
    close_database(db);
    content after = read_file(path);
    content wal_after = read_file(beside(path, "-wal"));
    CHECK(after.length == file.length && memcmp(after.bytes, file.bytes, file.length) == 0);
    CHECK(wal_after.length == wal.length && memcmp(wal_after.bytes, wal.bytes, wal.length) == 0);
    free(after.bytes);
    free(wal_after.bytes);
  }
  sqlite3 *db = open_database(path, key->vfs_name);
  CHECK_INT(query_integer(db, "SELECT count(*) FROM t"), 21);
  close_database(db);
  free(file.bytes);
  free(wal.bytes);
  hdb_vfs_release_key(key);
  hdb_vfs_release_key(wrong);
  hdb_vfs_release_key(passphrase);
}

TEST(keys_stay_until_the_last_database_is_closed) {
  int before = stand_in_secrets();
  hdb_key *key = stand_in_key(3);
  char name[40];
  snprintf(name, sizeof name, "%s", key->vfs_name);
  sqlite3 *db = open_with_history(in_directory("a.db"), key);
  execute(db, "PRAGMA journal_mode=WAL");
  fill(db, 10);
  hdb_vfs_release_key(key);
  execute(db, "UPDATE t SET v = 1; PRAGMA wal_checkpoint");
  CHECK(stand_in_secrets() > before);
  close_database(db);
  CHECK_INT(stand_in_secrets(), before);
  CHECK(sqlite3_vfs_find(name) == 0);
}

TEST(a_past_of_an_encrypted_database_is_read_and_restored) {
  hdb_key *key = stand_in_key(3);
  const char *path = in_directory("a.db");
  sqlite3 *db = open_with_history(path, key);
  hdb_register_functions(db);
  execute(db, "PRAGMA journal_mode=WAL; PRAGMA wal_autocheckpoint=10; CREATE TABLE t(v)");
  for (int i = 0; i < 40; i++) {
    char sql[200];
    snprintf(sql, sizeof sql, "INSERT INTO t VALUES('" KNOWN "%d' || hex(randomblob(1000)))", i);
    execute(db, sql);
  }
  int64_t newest = query_integer(db, "SELECT max(scn) FROM heliosdb_commits");
  for (int i = 0; i < 40; i += 3) {
    char uri[400];
    sqlite3 *past;
    snprintf(uri, sizeof uri, "file:%s?heliosdb_as_of=%lld", path, (long long)newest - i);
    CHECK_INT(try_open_database(uri, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, key->vfs_name, &past),
              SQLITE_OK);
    CHECK_INT(query_integer(past, "SELECT count(*) FROM t"), 40 - i);
    close_database(past);
    CHECK_INT(try_open_database(uri, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, HDB_VFS_NAME, &past),
              SQLITE_CANTOPEN);
  }
  check_nothing_shows();
  close_database(db);
  db = open_with_history(path, key);
  hdb_register_functions(db);
  CHECK_INT(query_integer(db, "SELECT max(scn) FROM heliosdb_commits"), newest);
  close_database(db);
  check_nothing_shows();
  hdb_vfs_release_key(key);
}

TEST(copies_are_encrypted_unless_they_are_wanted_plain) {
  hdb_key *key = stand_in_key(3);
  hdb_key *next = stand_in_key(4);
  char sql[600];
  const char *copy = in_directory("copy.db");
  const char *plain = in_directory("plain.db");
  const char *other = in_directory("other.db");
  sqlite3 *db;
  char uri[400];
  snprintf(uri, sizeof uri, "file:%s", in_directory("a.db"));
  CHECK_INT(try_open_database(uri, READWRITE | SQLITE_OPEN_URI, key->vfs_name, &db), SQLITE_OK);
  execute(db, "PRAGMA journal_mode=WAL");
  fill(db, 30);
  snprintf(sql, sizeof sql, "VACUUM INTO '%s'", copy);
  execute(db, sql);
  check_nothing_shows();
  snprintf(sql, sizeof sql, "VACUUM INTO 'file:%s?vfs=%s'", other, next->vfs_name);
  execute(db, sql);
  check_nothing_shows();
  snprintf(sql, sizeof sql, "VACUUM INTO 'file:%s?vfs=%s'", plain, HDB_VFS_NAME);
  execute(db, sql);
  close_database(db);
  const char *paths[] = {copy, other, plain};
  const char *vfses[] = {key->vfs_name, next->vfs_name, STOCK_VFS};
  for (int i = 0; i < 3; i++) {
    db = open_database(paths[i], vfses[i]);
    CHECK_INT(query_integer(db, "SELECT count(*) FROM t"), 31);
    CHECK_TEXT(query(db, "PRAGMA integrity_check"), "ok");
    close_database(db);
  }
  /* A plain database keeps room for what encryption takes when it is asked to. */
  int reserved = 32;
  CHECK_INT(try_open_database(plain, READWRITE | SQLITE_OPEN_URI, HDB_VFS_NAME, &db), SQLITE_OK);
  CHECK_INT(sqlite3_file_control(db, "main", SQLITE_FCNTL_RESERVE_BYTES, &reserved), SQLITE_OK);
  unlink(copy);
  snprintf(sql, sizeof sql, "VACUUM INTO 'file:%s?vfs=%s'", copy, key->vfs_name);
  execute(db, sql);
  close_database(db);
  db = open_database(copy, key->vfs_name);
  CHECK_INT(query_integer(db, "SELECT count(*) FROM t"), 31);
  close_database(db);
  hdb_vfs_release_key(key);
  hdb_vfs_release_key(next);
}

TEST(a_key_that_was_used_often_gives_way_to_another) {
  hdb_key *key = stand_in_key(3);
  const char *path = in_directory("a.db");
  sqlite3 *db = open_with_history(path, key);
  hdb_database *database = 0;
  uint32_t epochs[20];
  int different = 0;
  execute(db, "PRAGMA journal_mode=WAL; CREATE TABLE t(v)");
  CHECK_INT(sqlite3_file_control(db, "main", HDB_FCNTL_DATABASE, &database), SQLITE_OK);
  for (int i = 0; i < 20; i++) {
    database->encryption.writes = (1u << 28) - 2;
    execute(db, "INSERT INTO t VALUES(hex(randomblob(9000)))");
    CHECK(database->encryption.writes < 20);
    epochs[i] = database->encryption.epoch;
    CHECK(epochs[i] > 0);
    different += i > 0 && epochs[i] != epochs[i - 1];
    if (i % 5 == 4) execute(db, "PRAGMA wal_checkpoint");
  }
  CHECK(different > 15);
  CHECK_TEXT(query(db, "PRAGMA integrity_check"), "ok");
  close_database(db);
  db = open_with_history(path, key);
  CHECK_INT(query_integer(db, "SELECT count(*) FROM t WHERE length(v) = 18000"), 20);
  close_database(db);
  hdb_vfs_release_key(key);
}

TEST(any_call_of_the_cipher_fails) {
  const char *modes[] = {"WAL", "DELETE"};
  for (int mode = 0; mode < 2; mode++) {
    for (int n = 1;; n++) {
      char pragma[100];
      hdb_key *key = stand_in_key(3);
      const char *path = in_directory("a.db");
      sqlite3 *db;
      int committed = 0;
      stand_in_fail(n);
      if (try_open_database(path, READWRITE, key->vfs_name, &db) == SQLITE_OK) {
        snprintf(pragma, sizeof pragma, "PRAGMA cache_size=5; PRAGMA journal_mode=%s", modes[mode]);
        try_execute(db, pragma);
        committed = try_execute(db, "CREATE TABLE t(id INTEGER PRIMARY KEY, v)") == SQLITE_OK;
        for (int i = 0; i < 3 && committed; i++) {
          if (try_execute(db, "INSERT INTO t(v) VALUES(randomblob(9000))") == SQLITE_OK) committed++;
        }
        try_execute(db, "PRAGMA wal_checkpoint");
        try_execute(db, "SELECT sum(length(v)) FROM t");
        sqlite3_close(db);
      }
      int failures = stand_in_fail(0);
      db = open_database(path, key->vfs_name);
      if (committed) CHECK(query_integer(db, "SELECT count(*) FROM t") >= committed - 1);
      CHECK_TEXT(query(db, "PRAGMA integrity_check"), "ok");
      close_database(db);
      hdb_vfs_release_key(key);
      remove_all(path);
      if (failures == 0) {
        CHECK_INT(committed, 4);
        break;
      }
    }
  }
}

static int insert_for_ever(const char *path, int go, int news) {
  hdb_key *key = stand_in_key(3);
  sqlite3 *db = open_with_history(path, key);
  (void)go;
  execute(db, "PRAGMA cache_size=5; PRAGMA journal_mode=WAL; PRAGMA wal_autocheckpoint=30");
  execute(db, "CREATE TABLE IF NOT EXISTS t(id INTEGER PRIMARY KEY, v)");
  for (;;) {
    execute(db, "INSERT INTO t(v) VALUES(hex(randomblob(3000)))");
    tell_parent(news, sqlite3_last_insert_rowid(db));
  }
  return 0;
}

TEST(an_encrypted_database_survives_kills) {
  hdb_key *key = stand_in_key(3);
  const char *path = in_directory("a.db");
  chance luck = {5};
  for (int round = 0; round < 25; round++) {
    child writer = child_fork(insert_for_ever, path);
    int64_t acknowledged = 0;
    child_go(&writer);
    for (int i = 1 + chance_below(&luck, 60); i > 0; i--) acknowledged = child_news(&writer);
    usleep((useconds_t)chance_below(&luck, 1500));
    child_kill(&writer);
    close(writer.news);
    sqlite3 *db = open_with_history(path, key);
    CHECK(query_integer(db, "SELECT max(id) FROM t") >= acknowledged);
    CHECK_INT(query_integer(db, "SELECT count(*) - max(id) FROM t"), 0);
    CHECK_TEXT(query(db, "PRAGMA integrity_check"), "ok");
    close_database(db);
  }
  check_nothing_shows();
  hdb_vfs_release_key(key);
}

TEST(new_databases_are_attached_encrypted) {
  hdb_key *key = stand_in_key(3);
  char sql[400];
  sqlite3 *db = open_database(in_directory("a.db"), key->vfs_name);
  execute(db, "PRAGMA journal_mode=WAL; CREATE TABLE t(v)");
  snprintf(sql, sizeof sql, "ATTACH '%s' AS b", in_directory("b.db"));
  execute(db, sql);
  CHECK_INT(try_execute(db, "CREATE TABLE b.u(v)"), SQLITE_IOERR); /* no room, and nothing in clear */
  execute(db, "DETACH b");
  execute(db, sql);
  CHECK_INT(hdb_vfs_prepare_schema(db, "b"), SQLITE_OK);
  execute(db, "PRAGMA b.journal_mode=WAL; CREATE TABLE b.u(v)");
  execute(db, "BEGIN; INSERT INTO t VALUES('" KNOWN "'); INSERT INTO u VALUES('" KNOWN "'); COMMIT");
  CHECK_INT(query_integer(db, "SELECT count(*) FROM t, u"), 1);
  close_database(db);
  check_nothing_shows();
  hdb_vfs_release_key(key);
}

static int count_pages(void *context, int64_t done, int64_t pages) {
  CHECK(done <= pages);
  *(int64_t *)context = done;
  return 0;
}

TEST(a_copy_under_another_key_is_whole_or_not_at_all) {
  hdb_key *key = stand_in_key(3);
  hdb_key *next = stand_in_key(4);
  const char *path = in_directory("a.db");
  const char *copy = in_directory("copy.db");
  text expected = {0, 0, 0};
  text found = {0, 0, 0};
  sqlite3 *db = open_database(path, key->vfs_name);
  execute(db, "PRAGMA journal_mode=WAL");
  fill(db, 40);
  CHECK_INT(hdb_copy_database(key->vfs_name, path, next->vfs_name, copy, 0, 0, 0), SQLITE_BUSY);
  close_database(db);
  try_dump(path, key->vfs_name, &expected);
  for (int allocations = 0; allocations < 2; allocations++) {
    for (int n = 1;; n++) {
      int64_t pages = 0;
      content before = read_file(path);
      if (allocations) {
        faults_arm_allocations(n, 0);
      } else {
        faults_arm_calls(FAULT_ALL & ~(FAULT_CLOSE | FAULT_UNLOCK), n, 0);
      }
      int rc = hdb_copy_database(key->vfs_name, path, next->vfs_name, copy, 0, count_pages,
                                 &pages);
      int faults = faults_disarm();
      content after = read_file(path);
      CHECK(after.length == before.length && memcmp(after.bytes, before.bytes, before.length) == 0);
      free(before.bytes);
      free(after.bytes);
      CHECK(rc == SQLITE_OK || faults > 0);
      if (rc == SQLITE_OK) {
        CHECK_INT(pages * PAGE, (int64_t)before.length);
        try_dump(copy, next->vfs_name, &found);
        CHECK_TEXT(found.chars, expected.chars);
      }
      if (faults == 0) break;
    }
  }
  CHECK_INT(hdb_copy_database(HDB_VFS_NAME, path, next->vfs_name, copy, 0, 0, 0), HDB_KEY_MISSING);
  CHECK_INT(hdb_copy_database(key->vfs_name, path, "no-such", copy, 0, 0, 0), SQLITE_ERROR);
  text_free(&expected);
  text_free(&found);
  hdb_vfs_release_key(key);
  hdb_vfs_release_key(next);
}
