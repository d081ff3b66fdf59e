/*
** Damaged files of a history.
*/
#include "history_damage.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "check.h"
#include "faults.h"
#include "history_support.h"

enum { KEPT_FILES = 4, MOST_DAMAGE = 12, INSTRUCTION_BYTES = 6 };

static const char *const suffixes[KEPT_FILES] = {"", "-wal", "-history", "-times"};

static const char *path;
static truth points;
static unsigned char *contents[KEPT_FILES];
static int64_t lengths[KEPT_FILES];

static void keep(int number) {
  const char *name = beside_database(path, suffixes[number]);
  FILE *file = fopen(name, "rb");
  CHECK(file);
  lengths[number] = file_bytes(name);
  contents[number] = malloc((size_t)lengths[number] + 1);
  CHECK(fread(contents[number], 1, (size_t)lengths[number], file) == (size_t)lengths[number]);
  fclose(file);
}

static void put_back(int number) {
  FILE *file = fopen(beside_database(path, suffixes[number]), "wb");
  CHECK(file);
  CHECK(fwrite(contents[number], 1, (size_t)lengths[number], file) == (size_t)lengths[number]);
  CHECK(fclose(file) == 0);
}

static void change(sqlite3 *db, int number) {
  char sql[300];
  snprintf(sql, sizeof sql,
           "UPDATE t SET v = printf('%%.100c%d', 'a' + id) WHERE id %% 6 = %d;"
           "INSERT OR REPLACE INTO t VALUES(%d, hex(randomblob(40)));"
           "DELETE FROM t WHERE id > %d",
           number, number % 6, 12 + number, 16 - number % 8);
  execute(db, sql);
}

/* Captured commits, with more than one row for a page and a page list, and some in the WAL. */
void damage_begin(void) {
  path = in_directory("damaged.db");
  /* The same bytes every time. */
  sqlite3_test_control(SQLITE_TESTCTRL_PRNG_SEED, 1, 0);
  faults_stop_clock(1800000000);
  sqlite3 *db = open_with_history(path, "");
  execute(db, "PRAGMA page_size=512; PRAGMA auto_vacuum=FULL; PRAGMA journal_mode=WAL");
  truth_start(&points, path, newest_point(db));
  truth_follow(&points, db);
  execute(db,
          "CREATE TABLE t(id INTEGER PRIMARY KEY, v); CREATE INDEX by_v ON t(v);"
          "INSERT INTO t VALUES(0, 1)");
  execute(db,
          "WITH RECURSIVE n(i) AS (VALUES(1) UNION ALL SELECT i + 1 FROM n WHERE i < 12) "
          "INSERT INTO t SELECT i, hex(randomblob(30)) FROM n");
  for (int i = 0; i < 7; i++) {
    change(db, i);
    if (i == 3) execute(db, "SELECT heliosdb_tag('tagged')");
    if (i % 2 == 1) execute(db, "PRAGMA wal_checkpoint(PASSIVE)");
  }
  sqlite3_db_config(db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, 0);
  close_database(db);
  CHECK_INT(file_bytes(beside_database(path, "-history-wal")), 0);
  for (int i = 0; i < KEPT_FILES; i++) keep(i);
  faults_stop_clock(0);
}

void damage_end(void) {
  for (int i = 0; i < KEPT_FILES; i++) free(contents[i]);
  truth_free(&points);
  remove_files(path);
  unlink(beside_database(path, "-history-damaged"));
}

typedef struct instruction {
  int kind;
  int argument;
  int64_t place;
} instruction;

/* Changes bytes of the history or of the times. */
static void damage_bytes(const instruction *it) {
  const char *name = beside_database(path, suffixes[it->kind & 1 ? 2 : 3]);
  int64_t bytes = file_bytes(name);
  if (bytes == 0) return;
  FILE *file = fopen(name, "r+b");
  CHECK(file);
  int64_t place = it->place % bytes;
  if (it->kind & 2) {
    fflush(file);
    CHECK(ftruncate(fileno(file), place) == 0);
  } else {
    fseek(file, (long)place, SEEK_SET);
    int byte = fgetc(file);
    fseek(file, (long)place, SEEK_SET);
    fputc(byte ^ (it->argument ? it->argument : 1), file);
  }
  fclose(file);
}

/* Changes a value of a row, behind SQLite's back: `what` is an expression with ?1 and ?2. */
static void damage_row(sqlite3 *db, const char *table, const char *column, const char *what,
                       const instruction *it) {
  const char *key = strncmp(table, "versions", 8) == 0 ? "page, until" : "rowid";
  char *sql = sqlite3_mprintf(
      "UPDATE OR REPLACE \"%w\" SET %s = %s WHERE (%s) = (SELECT %s FROM \"%w\" LIMIT 1 "
      "OFFSET ?2 %% (SELECT max(1, count(*)) FROM \"%w\"))",
      table, column, what, key, key, table, table);
  sqlite3_stmt *stmt;
  if (sqlite3_prepare_v2(db, sql, -1, &stmt, 0) == SQLITE_OK) {
    sqlite3_bind_int64(stmt, 1, it->argument);
    sqlite3_bind_int64(stmt, 2, it->place / 64);
    sqlite3_bind_int64(stmt, 3, it->place % 64);
    sqlite3_step(stmt);
  }
  sqlite3_finalize(stmt);
  sqlite3_free(sql);
}

/* Changes a value of some table, as a hostile program would. */
static void damage_value(const instruction *it) {
  static const char *const changes[] = {
      "%s + ?1 - 128",
      "CAST(substr(%s, 1, ?3) AS BLOB)",
      "CAST(substr(%s, 1, ?3) || char(?1 %% 128) || substr(%s, ?3 + 2) AS BLOB)",
      "CAST(substr(%s, 1, ?3) || char(?1 %% 128) || substr(%s, ?3 + 1) AS BLOB)",
      "CAST(char(?1 %% 128) || char(?3 %% 128) || %s AS BLOB)",
      "randomblob(?1)",
      "?1 << ?3",
      "NULL",
  };
  sqlite3 *db;
  sqlite3_stmt *stmt;
  char *table = 0;
  char *column = 0;
  if (try_open_database(beside_database(path, "-history"), SQLITE_OPEN_READWRITE, STOCK_VFS, &db)) {
    return;
  }
  const char *sql =
      "SELECT m.name, c.name FROM sqlite_schema m, pragma_table_info(m.name) c "
      "WHERE m.type = 'table' LIMIT 1 OFFSET ? % (SELECT max(1, count(*)) FROM "
      "sqlite_schema m, pragma_table_info(m.name) c WHERE m.type = 'table')";
  if (sqlite3_prepare_v2(db, sql, -1, &stmt, 0) == SQLITE_OK) {
    sqlite3_bind_int(stmt, 1, it->kind / 8);
    if (sqlite3_step(stmt) == SQLITE_ROW) {
      table = sqlite3_mprintf("%s", sqlite3_column_text(stmt, 0));
      column = sqlite3_mprintf("\"%w\"", sqlite3_column_text(stmt, 1));
    }
  }
  sqlite3_finalize(stmt);
  if (table && column) {
    char *what = sqlite3_mprintf(changes[it->argument % 8], column, column);
    damage_row(db, table, column, what, it);
    sqlite3_free(what);
  }
  sqlite3_free(table);
  sqlite3_free(column);
  sqlite3_close(db);
  unlink(beside_database(path, "-history-shm"));
}

/*
** Makes the pages whole again, of which the engine keeps a hash in the last bytes: what was
** changed then looks like what the engine wrote.
*/
static void hide_damage(void) {
  enum { PAGE_BYTES = 4096, HASH_BYTES = 8 };
  unsigned char page[PAGE_BYTES];
  const char *name = beside_database(path, "-history");
  FILE *file = fopen(name, "r+b");
  CHECK(file);
  for (uint32_t i = 0; i < file_bytes(name) / PAGE_BYTES; i++) {
    fseek(file, (long)i * PAGE_BYTES, SEEK_SET);
    CHECK(fread(page, 1, PAGE_BYTES, file) == PAGE_BYTES);
    uint64_t hash = hdb_hash_in_place(page, PAGE_BYTES - HASH_BYTES, i);
    memcpy(page + PAGE_BYTES - HASH_BYTES, &hash, HASH_BYTES);
    fseek(file, (long)i * PAGE_BYTES, SEEK_SET);
    CHECK(fwrite(page, 1, PAGE_BYTES, file) == PAGE_BYTES);
  }
  fclose(file);
}

/* What can be read of the points from before is right, unless somebody took care to forge it. */
static void check_readable(int is_forged) {
  for (int64_t scn = points.first; scn <= points.last; scn++) {
    image actual;
    text problem = {0, 0, 0};
    if (image_of_past(path, scn, &actual, &problem) == SQLITE_OK && !is_forged &&
        !truth_is(&points, scn, &actual)) {
      check_fail(__FILE__, __LINE__, "point %" PRId64 " of %" PRId64 " is wrong", scn, points.last);
    }
    if (problem.length > 0 && !is_forged) check_fail(__FILE__, __LINE__, "%s", problem.chars);
    text_free(&problem);
    image_free(&actual);
  }
}

/* Whatever they answer: they come to an end. */
static void ask_everything(sqlite3 *db) {
  static const char *const questions[] = {
      "SELECT heliosdb_scn()",
      "SELECT * FROM heliosdb_commits",
      "SELECT * FROM heliosdb_commits WHERE scn BETWEEN 3 AND 20 ORDER BY scn DESC",
      "SELECT * FROM heliosdb_tags",
      "SELECT * FROM heliosdb_history",
      "SELECT heliosdb_point_at('scn', 5)",
      "SELECT heliosdb_point_at('tag', 'tagged')",
      "SELECT heliosdb_point_at('timestamp', heliosdb_time_of(7))",
      "SELECT heliosdb_time_of(11)",
      "SELECT heliosdb_expire()",
      "SELECT heliosdb_tag('another')",
  };
  for (size_t i = 0; i < sizeof questions / sizeof *questions; i++) try_execute(db, questions[i]);
}

void damage_try(const unsigned char *instructions, size_t count) {
  int is_forged = count > 0 && instructions[0] & 128;
  unlink(beside_database(path, "-history-wal"));
  unlink(beside_database(path, "-history-damaged"));
  for (int i = 0; i < KEPT_FILES; i++) put_back(i);
  for (size_t i = 0; i < MOST_DAMAGE && (i + 1) * INSTRUCTION_BYTES <= count; i++) {
    const unsigned char *in = instructions + i * INSTRUCTION_BYTES;
    instruction it = {in[0], in[1], (int64_t)in[2] | (int64_t)in[3] << 8 | (int64_t)in[4] << 16};
    if (in[5] & 1) {
      damage_bytes(&it);
    } else {
      damage_value(&it);
    }
  }
  if (is_forged) hide_damage();
  sqlite3 *db = open_with_history(path, "");
  int64_t rows = query_integer(db, "SELECT count(*) FROM t");
  ask_everything(db);
  check_readable(is_forged);
  /* The present goes on; what a damaged history cannot take must not keep it from that. */
  execute(db, "INSERT INTO t VALUES(1000, 'new')");
  execute(db, "PRAGMA wal_checkpoint(PASSIVE)");
  execute(db, "INSERT INTO t VALUES(1001, 'new')");
  CHECK_INT(query_integer(db, "SELECT count(*) FROM t"), rows + 2);
  CHECK_TEXT(query(db, "PRAGMA integrity_check"), "ok");
  close_database(db);
  db = open_with_history(path, "");
  CHECK_INT(query_integer(db, "SELECT count(*) FROM t"), rows + 2);
  ask_everything(db);
  check_readable(is_forged);
  try_execute(db, "SELECT heliosdb_erase(NULL)");
  close_database(db);
}
