/*
** vec0 against brute force: an ordinary table that holds the same rows, sorted by the distance
** functions.
*/
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "faults.h"
#include "support.h"

static sqlite3 *open_vec0(const char *path) {
  sqlite3 *db = open_database(path, STOCK_VFS);
  CHECK_INT(hdb_register_functions(db), SQLITE_OK);
  return db;
}

static void check_fails(sqlite3 *db, const char *sql, const char *expected) {
  if (try_execute(db, sql) == SQLITE_OK) check_fail(__FILE__, __LINE__, "%s is no error", sql);
  CHECK_TEXT(sqlite3_errmsg(db), expected);
}

static void check_same(sqlite3 *db, const char *one, const char *other) {
  char expected[20000];
  snprintf(expected, sizeof expected, "%s", query(db, other));
  const char *actual = query(db, one);
  if (strcmp(actual, expected) != 0) {
    check_fail(__FILE__, __LINE__, "%s\ngives %.3000s\nnot %.3000s", one, actual, expected);
  }
}

static const char model_tables[] =
    "CREATE VIRTUAL TABLE v USING vec0(p TEXT PARTITION KEY, a float[5], b int8[8] "
    "distance_metric=l1, id INTEGER PRIMARY KEY, c bit[16], d float[3] distance_metric=cosine, "
    "t text, n integer, f float, o boolean, +x text, +\"y z\", chunk_size=16);"
    "CREATE TABLE m(id INTEGER PRIMARY KEY, p, a, b, c, d, t, n, f, o, x, y)";

/* Writes the same row to both. */
static void put(sqlite3 *db, chance *chances, const char *verb, int id) {
  char sql[1500];
  char values[1000];
  snprintf(values, sizeof values,
           "(%d, %s, '[%d,%d,%d,%d,%d]', vec_int8('[%d,%d,%d,%d,5,6,-7,%d]'), vec_bit(X'%02x%02x'), "
           "'[%d.5,%d,%d]', 't%d', %d, %d.25, %d, %s, %d)",
           id, chance_below(chances, 8) == 0 ? "NULL" : chance_below(chances, 2) ? "'one'" : "'two'",
           chance_below(chances, 100), chance_below(chances, 100), chance_below(chances, 100),
           chance_below(chances, 100), chance_below(chances, 100), chance_below(chances, 256) - 128,
           chance_below(chances, 256) - 128, chance_below(chances, 100), chance_below(chances, 100),
           chance_below(chances, 100), chance_below(chances, 256), chance_below(chances, 256),
           chance_below(chances, 50), chance_below(chances, 50), chance_below(chances, 50),
           chance_below(chances, 5), chance_below(chances, 40), chance_below(chances, 9),
           chance_below(chances, 2), chance_below(chances, 2) ? "'x'" : "NULL",
           chance_below(chances, 1000));
  snprintf(sql, sizeof sql, "%s INTO v(id, p, a, b, c, d, t, n, f, o, x, \"y z\") VALUES%s", verb,
           values);
  int rc = try_execute(db, sql);
  snprintf(sql, sizeof sql, "%s INTO m VALUES%s", verb, values);
  CHECK_INT(try_execute(db, sql), rc);
}

static void check_searches(sqlite3 *db, chance *chances) {
  static const char *const filters[] = {
      "",
      " AND t = 't1'",
      " AND n BETWEEN 5 AND 25",
      " AND n != 7 AND f > 3.25",
      " AND o = 1 AND t IN ('t0', 't3', 'none')",
      " AND p = 'one'",
      " AND p IS NULL",
      " AND p != 'one' AND n < 30",
      " AND id IN (1, 5, 9, 12, 90, 1000)",
      " AND p IN ('one', 'none')",
      " AND id > 30 AND id <= 60",
      " AND t >= 't2' AND t < 't4'",
  };
  static const struct {
    const char *column;
    const char *distance;
    const char *wanted;
  } columns[] = {{"a", "vec_distance_l2", "'[10,20,30,40,50]'"},
                 {"b", "vec_distance_l1", "vec_int8('[1,2,3,4,5,6,7,8]')"},
                 {"c", "vec_distance_hamming", "vec_bit(X'0FF1')"},
                 {"d", "vec_distance_cosine", "'[1,2,3]'"}};
  char one[1000];
  char other[1000];
  for (size_t i = 0; i < sizeof filters / sizeof *filters; i++) {
    int column = chance_below(chances, 4);
    int k = chance_below(chances, 30);
    const char *distance = columns[column].distance;
    const char *wanted = columns[column].wanted;
    snprintf(one, sizeof one,
             "SELECT id, round(distance, 5), t, x, n, \"y z\", p FROM v WHERE %s MATCH %s AND k = %d%s "
             "ORDER BY distance",
             columns[column].column, wanted, k, filters[i]);
    /* An ordinary table keeps no subtype. */
    snprintf(other, sizeof other,
             "SELECT id, round(far, 5), t, x, n, y, p FROM (SELECT *, %s(%s, %s) AS far FROM m) "
             "WHERE true%s ORDER BY far, id LIMIT %d",
             distance,
             column == 1 ? "vec_int8(b)" : column == 2 ? "vec_bit(c)" : columns[column].column, wanted,
             filters[i], k);
    check_same(db, one, other);
  }
  check_same(db, "SELECT id FROM v WHERE a MATCH '[1,2,3,4,5]' AND k = 7 AND distance > 60 AND "
                 "distance <= 130",
             "SELECT id FROM (SELECT id, vec_distance_l2(a, '[1,2,3,4,5]') AS far FROM m) WHERE "
             "far > 60 AND far <= 130 ORDER BY far, id LIMIT 7");
}

static void check_rows(sqlite3 *db) {
  check_same(db, "SELECT id, p, vec_to_json(a), hex(b), hex(c), vec_to_json(d), t, n, f, o, x, "
                 "\"y z\" FROM v ORDER BY id LIMIT 30",
             "SELECT id, p, vec_to_json(vec_f32(a)), hex(b), hex(c), vec_to_json(vec_f32(d)), t, n, f,"
             " o, x, y FROM m ORDER BY id LIMIT 30");
  check_same(db, "SELECT count(*), sum(id), sum(n), total(f) FROM v",
             "SELECT count(*), sum(id), sum(n), total(f) FROM m");
  check_same(db, "SELECT total(used) FROM v_chunks", "SELECT total(1) FROM m");
  check_same(db, "SELECT count(*) FROM v_vectors0", "SELECT count(*) FROM v_chunks");
}

TEST(vec0_holds_and_finds_what_brute_force_does) {
  chance chances = {21};
  char sql[300];
  sqlite3 *db = open_vec0(in_directory("vec0.db"));
  execute(db, "PRAGMA journal_mode=WAL");
  execute(db, model_tables);
  for (int round = 0; round < 25; round++) {
    int with = chance_below(&chances, 4);
    if (with == 0) execute(db, "SAVEPOINT s");
    if (with > 0) execute(db, "BEGIN");
    for (int i = 0; i < 12; i++) {
      int id = chance_below(&chances, 120);
      switch (chance_below(&chances, 8)) {
        case 0: put(db, &chances, "REPLACE", id); break;
        case 1: put(db, &chances, "INSERT OR IGNORE", id); break;
        case 2:
          snprintf(sql, sizeof sql, "DELETE FROM v WHERE id = %d; DELETE FROM m WHERE id = %d", id, id);
          execute(db, sql);
          break;
        case 3:
          snprintf(sql, sizeof sql,
                   "UPDATE v SET n = n + 1, p = 'two', a = '[1,2,3,4,%d]' WHERE id = %d;"
                   "UPDATE m SET n = n + 1, p = 'two', a = '[1,2,3,4,%d]' WHERE id = %d", id, id, id, id);
          execute(db, sql);
          break;
        default: put(db, &chances, "INSERT", id); break;
      }
    }
    check_searches(db, &chances);
    if (with == 0) execute(db, "ROLLBACK TO s; RELEASE s");
    if (with == 1) execute(db, "ROLLBACK");
    if (with > 1) execute(db, "COMMIT");
    check_rows(db);
    check_searches(db, &chances);
  }
  execute(db, "ALTER TABLE v RENAME TO w; ALTER TABLE w RENAME TO v");
  check_rows(db);
  close_database(db);
  db = open_vec0(in_directory("vec0.db"));
  check_rows(db);
  check_searches(db, &chances);
  execute(db, "DELETE FROM v; DELETE FROM m");
  check_rows(db);
  CHECK_INT(query_integer(db, "SELECT count(*) FROM v_chunks"), 0);
  execute(db, "DROP TABLE v");
  CHECK_INT(query_integer(db, "SELECT count(*) FROM sqlite_schema WHERE name LIKE 'v%'"), 0);
  close_database(db);
}

TEST(vec0_takes_texts_as_keys) {
  sqlite3 *db = open_vec0(":memory:");
  execute(db, "CREATE VIRTUAL TABLE v USING vec0(a float[2], id TEXT PRIMARY KEY);"
              "INSERT INTO v(id, a) VALUES('x', '[1, 2]'), ('y', '[3, 4]'), ('z', '[5, 6]')");
  CHECK_TEXT(query(db, "SELECT id FROM v WHERE a MATCH '[3, 3]' AND k = 2"), "y,x");
  CHECK_TEXT(query(db, "SELECT vec_to_json(a) FROM v WHERE id = 'y'"), "[3.0,4.0]");
  check_fails(db, "INSERT INTO v(id, a) VALUES('x', '[1, 2]')", "UNIQUE constraint failed: v.id");
  execute(db, "INSERT OR REPLACE INTO v(id, a) VALUES('x', '[9, 9]')");
  execute(db, "UPDATE v SET id = 'w' WHERE id = 'y'; DELETE FROM v WHERE id = 'z'");
  CHECK_TEXT(query(db, "SELECT id, vec_to_json(a) FROM v ORDER BY id"), "w|[3.0,4.0],x|[9.0,9.0]");
  close_database(db);
}

TEST(vec0_works_in_any_schema) {
  sqlite3 *db = open_vec0(":memory:");
  execute(db, "ATTACH ':memory:' AS \"o\"\"ther\"");
  execute(db, "CREATE VIRTUAL TABLE \"o\"\"ther\".\"v \"\"1\" USING vec0(a float[2]);"
              "CREATE VIRTUAL TABLE temp.v USING vec0(a float[2]);"
              "INSERT INTO \"v \"\"1\"(rowid, a) VALUES(7, '[1, 2]'); INSERT INTO v(a) VALUES('[1, 2]')");
  CHECK_TEXT(query(db, "SELECT rowid, distance FROM \"v \"\"1\" WHERE a MATCH '[1, 2]' AND k = 2"),
             "7|0.0");
  CHECK_TEXT(query(db, "SELECT rowid FROM v WHERE a MATCH '[1, 2]' AND k = 2"), "1");
  execute(db, "DROP TABLE \"v \"\"1\"; DROP TABLE v");
  close_database(db);
}

TEST(vec0_says_what_is_wrong) {
  static const char *const declarations[][2] = {
      {"", "vec0: a table has at least one vector column, as in embedding float[384]"},
      {"a float[0]", "vec0: vector column a has from 1 to 8192 dimensions, as in float[384]"},
      {"a int8[8193]", "vec0: vector column a has from 1 to 8192 dimensions, as in int8[384]"},
      {"a bit[7]", "vec0: bit vectors have a multiple of 8 dimensions: column a has 7"},
      {"a bit[8] distance_metric=l2", "vec0: column a holds vectors of bit, which have no L2 distance"},
      {"a float[2] distance_metric=x",
       "vec0: the metrics are l2, l1, cosine, ip and, for bits, hamming: column a has x"},
      {"a float[2] not null", "vec0: a vector column takes distance_metric=l2, l1, cosine or hamming: "
                              "column a goes on with not"},
      {"a float[2], b varchar", "vec0: column b is neither a vector, as in float[384], nor of type "
                                "text, integer, float or boolean; other types take a + before the name"},
      {"a float[2], b text unique", "vec0: a column is a primary key, a partition key or has no "
                                    "constraint: column b has unique"},
      {"a float[2], b float primary key", "vec0: key column b is of type integer or text"},
      {"a float[2], chunk_size=7", "vec0: chunk_size is a multiple of 8 up to 4096"},
      {"a float[2], x=1", "vec0: the only option is chunk_size, x is none"},
      {"a float[2], i integer primary key, j integer primary key",
       "vec0: a table has 1 primary key columns at most"},
      {"a float[2], a float[3]", "vec0 table w: duplicate column name: a"},
  };
  static const char *const statements[][2] = {
      {"INSERT INTO v(a) VALUES('[1, 2, 3]')",
       "Column a of v holds vectors of 2 dimensions: this one has 3"},
      {"INSERT INTO v(a) VALUES('[1, x]')",
       "Column a of v: Number 2 of the vector, at character 5 of its text, is not a number"},
      {"INSERT INTO v(a) VALUES(NULL)",
       "Column a of v: A float32 vector is a blob or text like [1, 2]: NULL is none"},
      {"INSERT INTO v(a) VALUES(vec_int8('[1, 2]'))",
       "Column a of v holds vectors of float32: this one has elements of int8"},
      {"INSERT INTO v(a, t) VALUES('[1, 2]', NULL)", "Column t of v takes text"},
      {"INSERT INTO v(rowid, a, t) VALUES(1, '[1, 2]', 'x')", "UNIQUE constraint failed: v.rowid"},
      {"INSERT INTO v(rowid, a, t) VALUES('x', '[1, 2]', 'x')", "Key rowid of v takes an integer"},
      {"SELECT * FROM v WHERE a MATCH '[1]' AND k = 1",
       "Column a of v holds vectors of 2 dimensions: this one has 1"},
      {"SELECT * FROM v WHERE a MATCH '[1, 2]' AND k = -1",
       "k of a search in v is 0 or more, not -1"},
      {"SELECT * FROM v WHERE a MATCH '[1, 2]'",
       "A search in v takes the number of rows that are wanted: AND k = 10, or LIMIT 10 with SQLite "
       "from 3.41 on"},
      {"SELECT * FROM v WHERE a MATCH '[1, 2]' AND a MATCH '[1, 2]' AND k = 3",
       "A query of v takes one MATCH"},
  };
  char sql[500];
  sqlite3 *db = open_vec0(":memory:");
  for (size_t i = 0; i < sizeof declarations / sizeof *declarations; i++) {
    snprintf(sql, sizeof sql, "CREATE VIRTUAL TABLE w USING vec0(%s)", declarations[i][0]);
    check_fails(db, sql, declarations[i][1]);
  }
  execute(db, "CREATE VIRTUAL TABLE v USING vec0(a float[2], t text); INSERT INTO v VALUES(1, '[1, 2]', 't')");
  for (size_t i = 0; i < sizeof statements / sizeof *statements; i++) {
    check_fails(db, statements[i][0], statements[i][1]);
  }
  CHECK_INT(query_integer(db, "SELECT count(*) FROM v"), 1);
  close_database(db);
}

static const char small_table[] =
    "CREATE VIRTUAL TABLE v USING vec0(p INTEGER PARTITION KEY, a float[2], t text, +x);"
    "INSERT INTO v(rowid, p, a, t, x) VALUES(1, 1, '[1, 2]', 'one', 1), (2, 2, '[3, 4]', 'two', 2),"
    " (3, 1, '[5, 6]', 'three', NULL)";

static const char *const uses[] = {
    "SELECT *, distance FROM v WHERE a MATCH '[1, 1]' AND k = 3",
    "SELECT *, distance FROM v WHERE a MATCH '[1, 1]' AND k = 3 AND t != 'x' AND rowid IN (1, 2)",
    "SELECT * FROM v",
    "SELECT * FROM v WHERE rowid = 2",
    "INSERT INTO v(p, a, t) VALUES(3, '[3, 4]', 'four')",
    "INSERT INTO v(p, a, t) VALUES(1, '[3, 4]', 'four')",
    "UPDATE v SET a = '[7, 8]', p = 2 WHERE rowid = 1",
    "DELETE FROM v WHERE rowid = 2",
    "DELETE FROM v WHERE rowid = 3",
};

enum { USES = sizeof uses / sizeof *uses };

TEST(any_allocation_of_vec0_fails) {
  sqlite3 *db = open_vec0(":memory:");
  execute(db, small_table);
  for (int i = 0; i < USES; i++) {
    int faults = 1;
    for (int n = 1; faults; n++) {
      execute(db, "BEGIN");
      text before = {0, 0, 0};
      text after = {0, 0, 0};
      dump(db, &before);
      faults_arm_allocations(n, 0);
      int rc = try_execute(db, uses[i]);
      faults = faults_disarm();
      CHECK(rc == SQLITE_OK || (rc & 0xff) == SQLITE_NOMEM);
      if (rc != SQLITE_OK) {
        dump(db, &after);
        CHECK_TEXT(after.chars, before.chars);
      }
      text_free(&before);
      text_free(&after);
      /* Without memory SQLite may have rolled all back already. */
      if (!sqlite3_get_autocommit(db)) execute(db, "ROLLBACK");
    }
  }
  int faults = 1;
  for (int n = 1; faults; n++) {
    faults_arm_allocations(n, 0);
    int rc = try_execute(db, "CREATE VIRTUAL TABLE w USING vec0(a float[2], \"b c\" text, +d blob)");
    faults = faults_disarm();
    CHECK(rc == SQLITE_OK || (rc & 0xff) == SQLITE_NOMEM);
    if (rc == SQLITE_OK) execute(db, "DROP TABLE w");
  }
  close_database(db);
}

TEST(damaged_vec0_tables_are_an_error) {
  static const char *const damages[] = {
      "UPDATE v_chunks SET slots = X'01'",
      "UPDATE v_chunks SET slots = NULL",
      "UPDATE v_chunks SET slots = 'text'",
      "UPDATE v_chunks SET slots = zeroblob(length(slots))",
      "UPDATE v_chunks SET slots = replace(slots, X'00', X'FF')",
      "UPDATE v_chunks SET used = 0",
      "UPDATE v_chunks SET used = 99999",
      "UPDATE v_chunks SET chunk = chunk + 10",
      "DELETE FROM v_chunks",
      "DROP TABLE v_chunks",
      "UPDATE v_rows SET slot = -1",
      "UPDATE v_rows SET slot = 1e18",
      "UPDATE v_rows SET slot = 'x'",
      "UPDATE v_rows SET chunk = 77",
      "DELETE FROM v_rows",
      "DROP TABLE v_rows",
      "UPDATE v_vectors0 SET vectors = X'00'",
      "UPDATE v_vectors0 SET vectors = 5",
      "UPDATE v_vectors0 SET vectors = randomblob(length(vectors))",
      "DELETE FROM v_vectors0",
      "DROP TABLE v_vectors0",
      "UPDATE v_codes0 SET vectors = X'00'",
      "UPDATE v_codes0 SET vectors = randomblob(length(vectors))",
      "DELETE FROM v_codes0",
      "DROP TABLE v_codes0",
  };
  for (size_t i = 0; i < sizeof damages / sizeof *damages; i++) {
    for (int use = 0; use < USES; use++) {
      sqlite3 *db = open_vec0(":memory:");
      int last = use;
      execute(db, small_table);
      try_execute(db, damages[i]);
      do {
        int rc = try_execute(db, uses[last]);
        CHECK(rc == SQLITE_OK || (rc & 0xff) == SQLITE_CORRUPT || rc == SQLITE_ERROR ||
              (rc & 0xff) == SQLITE_CONSTRAINT || rc == SQLITE_MISMATCH);
        CHECK(rc == SQLITE_OK || strlen(sqlite3_errmsg(db)) > 0);
        last = (last + 1) % USES;
      } while (last != use);
      close_database(db);
    }
  }
}
