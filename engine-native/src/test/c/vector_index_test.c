/*
** The vector index, through SQL. The oracle is the table itself: distances that the test computes
** from its vectors, and the index's own full comparison with it.
*/
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "check.h"
#include "faults.h"
#include "power.h"
#include "support.h"

enum { MOST_ROWS = 8000, MOST_DIMENSIONS = 128 };

static const char *const check_sql = "INSERT INTO i(heliosdb_command) VALUES('check')";

static sqlite3 *open_with_index(const char *name) {
  sqlite3 *db = open_database(in_directory(name), STOCK_VFS);
  CHECK_INT(hdb_register_functions(db), SQLITE_OK);
  execute(db, "PRAGMA foreign_keys=ON");
  return db;
}

static void random_vector(chance *chances, int dimensions, float *out) {
  for (int i = 0; i < dimensions; i++) {
    out[i] = (float)chance_below(chances, 2001) / 1000.0f - 1.0f;
  }
}

/* Clusters of vectors, as embeddings are. */
static void near_vector(chance *chances, int dimensions, int cluster, float *out) {
  chance centre = {(uint64_t)cluster + 99};
  float noise[MOST_DIMENSIONS];
  random_vector(&centre, dimensions, out);
  random_vector(chances, dimensions, noise);
  for (int i = 0; i < dimensions; i++) out[i] += 0.4f * noise[i];
}

static sqlite3_stmt *prepare(sqlite3 *db, const char *sql) {
  sqlite3_stmt *stmt;
  if (sqlite3_prepare_v2(db, sql, -1, &stmt, 0) != SQLITE_OK) {
    check_fail(__FILE__, __LINE__, "%s: %s", sql, sqlite3_errmsg(db));
  }
  return stmt;
}

/* Runs a statement whose first parameter is a vector, the second an id; returns its code. */
static int run_with(sqlite3 *db, const char *sql, const float *vector, int dimensions,
                    int64_t id) {
  sqlite3_stmt *stmt;
  int rc = sqlite3_prepare_v2(db, sql, -1, &stmt, 0);
  if (rc != SQLITE_OK) return rc;
  sqlite3_bind_blob(stmt, 1, vector, dimensions * 4, SQLITE_TRANSIENT);
  sqlite3_bind_int64(stmt, 2, id);
  while (sqlite3_step(stmt) == SQLITE_ROW) {
  }
  return sqlite3_finalize(stmt);
}

static void put(sqlite3 *db, int64_t id, const float *vector, int dimensions) {
  CHECK_INT(run_with(db, "INSERT INTO t(v, id) VALUES(?1, ?2)", vector, dimensions, id), SQLITE_OK);
}

static void create(sqlite3 *db, const char *metric) {
  char sql[200];
  snprintf(sql, sizeof sql,
           "CREATE VIRTUAL TABLE i USING heliosdb_vector_index(table=\"t\", column=\"v\", "
           "metric=%s)",
           metric);
  execute(db, sql);
}

static void fill(sqlite3 *db, int from, int to, int dimensions) {
  chance chances = {(uint64_t)from + 1};
  float vector[MOST_DIMENSIONS];
  execute(db, "BEGIN");
  for (int id = from; id <= to; id++) {
    near_vector(&chances, dimensions, chance_below(&chances, 20), vector);
    put(db, id, vector, dimensions);
  }
  execute(db, "COMMIT");
}

typedef struct found {
  int64_t id;
  double distance;
} found;

static double distance_of(const char *metric, const float *a, const float *b, int dimensions) {
  double dot = 0;
  double aa = 0;
  double bb = 0;
  double difference = 0;
  for (int i = 0; i < dimensions; i++) {
    dot += (double)a[i] * (double)b[i];
    aa += (double)a[i] * (double)a[i];
    bb += (double)b[i] * (double)b[i];
    difference += ((double)a[i] - (double)b[i]) * ((double)a[i] - (double)b[i]);
  }
  if (strcmp(metric, "l2") == 0) return sqrt(difference);
  return strcmp(metric, "ip") == 0 ? -dot : 1 - dot / sqrt(aa * bb);
}

static int compare_found(const void *one, const void *other) {
  const found *a = one;
  const found *b = other;
  if (a->distance != b->distance) return a->distance < b->distance ? -1 : 1;
  return a->id < b->id ? -1 : a->id > b->id;
}

/* All rows by their distance; those without a vector last. */
static int brute_force(sqlite3 *db, const char *metric, const float *query_vector, int dimensions,
                       found *out) {
  sqlite3_stmt *stmt = prepare(db, "SELECT rowid, v FROM t");
  int count = 0;
  while (sqlite3_step(stmt) == SQLITE_ROW) {
    const void *value = sqlite3_column_blob(stmt, 1);
    float vector[MOST_DIMENSIONS];
    CHECK(count < MOST_ROWS);
    out[count].id = sqlite3_column_int64(stmt, 0);
    out[count].distance = INFINITY;
    if (value) {
      memcpy(vector, value, (size_t)dimensions * 4);
      out[count].distance = distance_of(metric, vector, query_vector, dimensions);
    }
    count++;
  }
  CHECK_INT(sqlite3_finalize(stmt), SQLITE_OK);
  qsort(out, (size_t)count, sizeof *out, compare_found);
  return count;
}

/* What a search gives; `beam` 0 is the default one. */
static int search(sqlite3 *db, const float *query_vector, int dimensions, int beam, int limit,
                  found *out) {
  sqlite3_stmt *stmt = prepare(db, "SELECT rowid, heliosdb_distance FROM i WHERE heliosdb_query = ?1 "
                                   "AND heliosdb_beam = ?2 ORDER BY heliosdb_distance LIMIT ?3");
  int count = 0;
  sqlite3_bind_blob(stmt, 1, query_vector, dimensions * 4, SQLITE_TRANSIENT);
  if (beam > 0) sqlite3_bind_int(stmt, 2, beam);
  sqlite3_bind_int(stmt, 3, limit);
  while (sqlite3_step(stmt) == SQLITE_ROW) {
    CHECK(count < MOST_ROWS);
    out[count].id = sqlite3_column_int64(stmt, 0);
    out[count++].distance = sqlite3_column_double(stmt, 1);
  }
  CHECK_INT(sqlite3_finalize(stmt), SQLITE_OK);
  return count;
}

static int compare_ids(const void *one, const void *other) {
  const found *a = one;
  const found *b = other;
  return a->id < b->id ? -1 : a->id > b->id;
}

/* The highest beam gives what brute force gives; the default one all rows, none twice. */
static void check_search(sqlite3 *db, const char *metric, const float *query_vector,
                         int dimensions) {
  static found expected[MOST_ROWS];
  static found actual[MOST_ROWS];
  int count = brute_force(db, metric, query_vector, dimensions, expected);
  CHECK_INT(search(db, query_vector, dimensions, 65535, -1, actual), count);
  for (int i = 0; i < count; i++) {
    CHECK(actual[i].distance == expected[i].distance ||
          fabs(actual[i].distance - expected[i].distance) < 1e-5);
    CHECK(i == 0 || actual[i - 1].distance <= actual[i].distance);
  }
  qsort(expected, (size_t)count, sizeof *expected, compare_ids);
  qsort(actual, (size_t)count, sizeof *actual, compare_ids);
  for (int i = 0; i < count; i++) CHECK_INT(actual[i].id, expected[i].id);
  CHECK_INT(search(db, query_vector, dimensions, 1, -1, actual), count);
  qsort(actual, (size_t)count, sizeof *actual, compare_ids);
  for (int i = 0; i < count; i++) CHECK_INT(actual[i].id, expected[i].id);
}

static double recall(sqlite3 *db, const char *metric, int dimensions) {
  enum { QUERIES = 40, NEAREST = 10 };
  static found expected[MOST_ROWS];
  static found actual[MOST_ROWS];
  chance chances = {5};
  int hits = 0;
  for (int n = 0; n < QUERIES; n++) {
    float vector[MOST_DIMENSIONS];
    near_vector(&chances, dimensions, n % 20, vector);
    CHECK(brute_force(db, metric, vector, dimensions, expected) >= NEAREST);
    CHECK_INT(search(db, vector, dimensions, 0, NEAREST, actual), NEAREST);
    for (int i = 0; i < NEAREST; i++) {
      for (int j = 0; j < NEAREST; j++) hits += expected[i].id == actual[j].id;
    }
  }
  return (double)hits / (QUERIES * NEAREST);
}

TEST(the_highest_beam_is_exact_for_every_metric) {
  static const char *const metrics[] = {"cosine", "l2", "ip"};
  static const int dimensions[] = {3, 64, 100};
  for (int m = 0; m < 3; m++) {
    for (int d = 0; d < 3; d++) {
      chance chances = {(uint64_t)(10 * m + d)};
      float vector[MOST_DIMENSIONS];
      sqlite3 *db = open_with_index("a.db");
      execute(db, "DROP TABLE IF EXISTS t; CREATE TABLE t(id INTEGER PRIMARY KEY, v)");
      fill(db, 1, 500, dimensions[d]);
      execute(db, "INSERT INTO t(id) VALUES(-5), (9999)");
      create(db, metrics[m]);
      execute(db, check_sql);
      near_vector(&chances, dimensions[d], 3, vector);
      check_search(db, metrics[m], vector, dimensions[d]);
      execute(db, "DROP TABLE i");
      close_database(db);
    }
  }
}

TEST(an_index_that_grew_row_by_row_finds_what_a_built_one_finds) {
  sqlite3 *db = open_with_index("a.db");
  execute(db, "CREATE TABLE t(id INTEGER PRIMARY KEY, v VECTOR(64))");
  create(db, "l2");
  fill(db, 1, 3000, 64);
  execute(db, check_sql);
  CHECK(query_integer(db, "SELECT count(*) FROM i_lists") > 10);
  double grown = recall(db, "l2", 64);
  execute(db, "INSERT INTO i(heliosdb_command) VALUES('rebuild')");
  execute(db, check_sql);
  double built = recall(db, "l2", 64);
  CHECK(grown > 0.95);
  CHECK(built > 0.95);
  close_database(db);
}

TEST(deleting_most_rows_and_inserting_others_keeps_recall_and_takes_no_more_space) {
  sqlite3 *db = open_with_index("a.db");
  execute(db, "CREATE TABLE t(id INTEGER PRIMARY KEY, v VECTOR(64))");
  fill(db, 1, 3000, 64);
  create(db, "cosine");
  int64_t lists = query_integer(db, "SELECT count(*) FROM i_lists");
  for (int round = 1; round <= 3; round++) {
    execute(db, "DELETE FROM t WHERE abs(id) % 4 <> 0");
    execute(db, check_sql);
    fill(db, 10000 * round, 10000 * round + 2249, 64);
    execute(db, check_sql);
  }
  int64_t rows = query_integer(db, "SELECT count(*) FROM t");
  CHECK(query_integer(db, "SELECT count(*) FROM i_lists") * 3000 <= 2 * lists * rows);
  CHECK(recall(db, "cosine", 64) > 0.95);
  execute(db, "DELETE FROM t");
  CHECK_INT(query_integer(db, "SELECT count(*) FROM i_lists"), 0);
  CHECK_INT(query_integer(db, "SELECT count(*) FROM i_groups"), 0);
  CHECK_INT(query_integer(db, "SELECT count(*) FROM i_places"), 0);
  close_database(db);
}

TEST(rows_that_are_replaced_leave_the_index) {
  sqlite3 *db = open_with_index("a.db");
  execute(db, "CREATE TABLE t(id INTEGER PRIMARY KEY, a TEXT UNIQUE COLLATE NOCASE, b, c, "
              "v VECTOR(2), UNIQUE(b, c))");
  execute(db, "CREATE UNIQUE INDEX partial ON t(c) WHERE b = 5");
  create(db, "l2");
  execute(db, "INSERT INTO t VALUES(1, 'x', 1, 1, x'0000803f0000803f'), "
              "(2, 'y', 2, 2, x'0000803f00000040'), (3, 'z', 3, 3, x'0000803f00004040'), "
              "(4, 'w', 5, 4, x'0000803f00008040')");
  execute(db, "INSERT OR REPLACE INTO t VALUES(7, 'X', 2, 2, x'0000803f0000a040')");
  execute(db, check_sql);
  CHECK_TEXT(query(db, "SELECT rowid FROM i ORDER BY rowid"), "3,4,7");
  execute(db, "REPLACE INTO t VALUES(3, 'q', 5, 4, x'0000803f0000a040')");
  execute(db, check_sql);
  CHECK_TEXT(query(db, "SELECT rowid FROM i ORDER BY rowid"), "3,7");
  execute(db, "UPDATE OR REPLACE t SET a = 'q' WHERE id = 7");
  execute(db, check_sql);
  CHECK_TEXT(query(db, "SELECT rowid FROM i ORDER BY rowid"), "7");
  execute(db, "INSERT OR IGNORE INTO t VALUES(8, 'q', 9, 9, x'0000803f0000a040')");
  execute(db, "INSERT INTO t VALUES(9, 'Q', 9, 9, x'0000803f0000a040') ON CONFLICT DO UPDATE "
              "SET id = 11, v = x'0000803f0000803f'");
  execute(db, check_sql);
  CHECK_TEXT(query(db, "SELECT rowid FROM i ORDER BY rowid"), "11");
  close_database(db);
}

TEST(a_unique_index_that_came_later_is_asked_for) {
  sqlite3 *db = open_with_index("a.db");
  execute(db, "CREATE TABLE t(id INTEGER PRIMARY KEY, a, v VECTOR(2))");
  create(db, "l2");
  execute(db, "INSERT INTO t VALUES(1, 1, x'0000803f0000803f')");
  execute(db, "CREATE UNIQUE INDEX later ON t(a)");
  CHECK_INT(try_execute(db, "INSERT INTO t VALUES(2, 2, NULL)"), SQLITE_ERROR);
  CHECK(strstr(sqlite3_errmsg(db), "VALUES('triggers')"));
  execute(db, "INSERT INTO i(heliosdb_command) VALUES('triggers')");
  execute(db, "REPLACE INTO t VALUES(2, 1, x'0000803f0000803f')");
  execute(db, check_sql);
  CHECK_TEXT(query(db, "SELECT rowid FROM i"), "2");
  close_database(db);
}

TEST(triggers_of_the_user_and_foreign_keys_are_followed) {
  sqlite3 *db = open_with_index("a.db");
  execute(db, "CREATE TABLE parent(id INTEGER PRIMARY KEY)");
  execute(db, "CREATE TABLE t(id INTEGER PRIMARY KEY, p REFERENCES parent ON DELETE CASCADE, "
              "v VECTOR(2))");
  create(db, "l2");
  execute(db, "CREATE TRIGGER sets AFTER INSERT ON t WHEN NEW.p = 2 BEGIN "
              "UPDATE t SET v = x'0000803f00000040' WHERE id = NEW.id; END");
  execute(db, "CREATE TRIGGER deletes AFTER INSERT ON t WHEN NEW.p = 3 BEGIN "
              "DELETE FROM t WHERE id = NEW.id; END");
  execute(db, "CREATE TRIGGER moves AFTER UPDATE OF v ON t WHEN OLD.v IS NOT NEW.v BEGIN "
              "UPDATE t SET id = id + 100 WHERE id = NEW.id; END");
  execute(db, "INSERT INTO parent VALUES(1), (2), (3)");
  execute(db, "INSERT INTO t VALUES(1, 1, x'0000803f0000803f'), (2, 2, x'0000803f0000803f'), "
              "(3, 3, x'0000803f0000803f')");
  execute(db, check_sql);
  CHECK_TEXT(query(db, "SELECT rowid FROM i ORDER BY rowid"), "1,102");
  execute(db, "DELETE FROM parent WHERE id = 1");
  execute(db, check_sql);
  CHECK_TEXT(query(db, "SELECT rowid FROM i ORDER BY rowid"), "102");
  close_database(db);
}

/* One random change; it may fail, as some must. */
static void change(sqlite3 *db, chance *chances, int dimensions) {
  static const char *const statements[] = {
      "INSERT INTO t(v, id, a) VALUES(?1, ?2, ?2 % 97)",
      "INSERT OR REPLACE INTO t(v, id, a) VALUES(?1, ?2, ?2 % 97)",
      "INSERT OR IGNORE INTO t(v, id, a) VALUES(?1, ?2, ?2 % 97)",
      "INSERT INTO t(v, id, a) VALUES(?1, ?2, ?2 % 97) ON CONFLICT DO UPDATE SET v = excluded.v",
      "INSERT OR REPLACE INTO t(v, a) VALUES(?1, ?2 % 97)",
      "UPDATE t SET v = ?1 WHERE id = ?2",
      "UPDATE OR REPLACE t SET id = ?2 + 17, v = ?1 WHERE id = ?2",
      "UPDATE OR REPLACE t SET id = id + 5 WHERE id > ?2 AND id < ?2 + 4",
      "UPDATE OR REPLACE t SET a = ?2 % 89 WHERE id = ?2",
      "UPDATE t SET v = NULL WHERE id = ?2 AND ?1 IS NOT NULL",
      "DELETE FROM t WHERE id = ?2",
      "DELETE FROM t WHERE id > ?2 AND id < ?2 + 30",
      "INSERT OR REPLACE INTO t(v, id) SELECT v, id + 40 FROM t WHERE id > ?2 AND id < ?2 + 30"};
  enum { KINDS = sizeof statements / sizeof *statements };
  float vector[MOST_DIMENSIONS];
  near_vector(chances, dimensions, chance_below(chances, 6), vector);
  const char *sql = statements[chance_below(chances, KINDS)];
  int rc = run_with(db, sql, vector, dimensions, chance_below(chances, 900));
  CHECK(rc == SQLITE_OK || rc == SQLITE_CONSTRAINT);
}

static int rounds_of(const char *name, int usual) {
  const char *wanted = getenv(name);
  return wanted ? atoi(wanted) : usual;
}

TEST(whatever_happens_to_the_table_the_index_has_its_rows) {
  enum { DIMENSIONS = 32 };
  int changes = rounds_of("SOAK_CHANGES", 4000);
  chance chances = {(uint64_t)rounds_of("SOAK_SEED", 1)};
  float vector[MOST_DIMENSIONS];
  sqlite3 *db = open_with_index("a.db");
  sqlite3 *other = open_with_index("a.db");
  int depth = 0;
  execute(db, "PRAGMA journal_mode=WAL");
  execute(db, "CREATE TABLE t(id INTEGER PRIMARY KEY, a UNIQUE, v VECTOR(32))");
  create(db, "cosine");
  for (int n = 0; n < changes; n++) {
    int what = chance_below(&chances, 40);
    if (what == 0 && depth == 0) {
      execute(db, "BEGIN");
      depth = 1;
    } else if (what == 1 && depth > 0) {
      execute(db, "COMMIT");
      depth = 0;
    } else if (what == 2 && depth > 0) {
      execute(db, "ROLLBACK");
      depth = 0;
    } else if (what == 3 && depth > 0 && depth < 4) {
      execute(db, "SAVEPOINT s");
      depth++;
    } else if (what == 4 && depth > 1) {
      execute(db, "ROLLBACK TO s");
    } else if (what == 5 && depth > 1) {
      execute(db, "RELEASE s");
      depth--;
    } else if (what == 6 && depth == 0) {
      sqlite3 *moved = db;
      db = other;
      other = moved;
    } else if (what == 7 && depth == 0 && chance_below(&chances, 10) == 0) {
      close_database(db);
      db = open_with_index("a.db");
    } else {
      change(db, &chances, DIMENSIONS);
    }
    if (n % 100 == 99) execute(db, check_sql);
    if (n % 500 == 499) {
      near_vector(&chances, DIMENSIONS, n % 6, vector);
      check_search(db, "cosine", vector, DIMENSIONS);
      check_search(other, "cosine", vector, DIMENSIONS);
    }
  }
  if (depth > 0) execute(db, "COMMIT");
  execute(other, check_sql);
  close_database(other);
  close_database(db);
}

TEST(a_split_that_was_rolled_back_is_forgotten) {
  sqlite3 *db = open_with_index("a.db");
  float vector[MOST_DIMENSIONS];
  chance chances = {3};
  execute(db, "CREATE TABLE t(id INTEGER PRIMARY KEY, v VECTOR(32))");
  create(db, "l2");
  fill(db, 1, 100, 32);
  int64_t lists = query_integer(db, "SELECT count(*) FROM i_lists");
  execute(db, "BEGIN; SAVEPOINT s");
  for (int id = 1000; id < 1600; id++) {
    near_vector(&chances, 32, id % 6, vector);
    put(db, id, vector, 32);
  }
  check_search(db, "l2", vector, 32);
  execute(db, "ROLLBACK TO s");
  CHECK_INT(query_integer(db, "SELECT count(*) FROM i_lists"), lists);
  check_search(db, "l2", vector, 32);
  for (int id = 2000; id < 2600; id++) {
    near_vector(&chances, 32, id % 6, vector);
    put(db, id, vector, 32);
  }
  check_search(db, "l2", vector, 32);
  execute(db, "ROLLBACK");
  execute(db, check_sql);
  check_search(db, "l2", vector, 32);
  close_database(db);
}

TEST(an_index_follows_its_table_when_that_is_renamed) {
  sqlite3 *db = open_with_index("a.db");
  execute(db, "CREATE TABLE \"my \"\"docs\"(id INTEGER PRIMARY KEY, u UNIQUE, \"the v\" VECTOR(2))");
  execute(db, "INSERT INTO \"my \"\"docs\" VALUES(1, 1, x'0000803f0000803f')");
  execute(db, "CREATE VIRTUAL TABLE \"an 'i\" USING heliosdb_vector_index("
              "table=\"my \"\"docs\", column=\"the v\", metric=l2)");
  execute(db, "INSERT INTO \"my \"\"docs\" VALUES(2, 2, x'0000803f0000803f')");
  execute(db, "ALTER TABLE \"my \"\"docs\" RENAME TO t");
  execute(db, "INSERT INTO t VALUES(3, 3, x'0000803f0000803f')");
  execute(db, "ALTER TABLE t RENAME COLUMN \"the v\" TO v");
  execute(db, "ALTER TABLE t RENAME COLUMN u TO unique_one");
  execute(db, "REPLACE INTO t VALUES(4, 2, x'0000803f0000803f')");
  execute(db, "ALTER TABLE \"an 'i\" RENAME TO i");
  execute(db, "REPLACE INTO t VALUES(5, 3, x'0000803f0000803f')");
  execute(db, check_sql);
  CHECK_TEXT(query(db, "SELECT rowid FROM i ORDER BY rowid"), "1,4,5");
  CHECK_INT(try_execute(db, "ALTER TABLE t DROP COLUMN v"), SQLITE_ERROR);
  execute(db, "DROP TABLE i");
  CHECK_TEXT(query(db, "SELECT name FROM sqlite_schema ORDER BY name"),
             "sqlite_autoindex_t_1,t");
  close_database(db);
}

TEST(an_index_whose_table_is_gone_says_so_and_can_be_dropped) {
  sqlite3 *db = open_with_index("a.db");
  execute(db, "CREATE TABLE t(id INTEGER PRIMARY KEY, v VECTOR(2))");
  create(db, "l2");
  execute(db, "DROP TABLE t");
  CHECK_INT(try_execute(db, "SELECT rowid FROM i"), SQLITE_ERROR);
  CHECK(strstr(sqlite3_errmsg(db), "The table of vector index i is gone"));
  execute(db, "DROP TABLE i");
  CHECK_TEXT(query(db, "SELECT count(*) FROM sqlite_schema"), "0");
  close_database(db);
}

TEST(row_ids_without_a_column_survive_vacuum) {
  sqlite3 *db = open_with_index("a.db");
  execute(db, "CREATE TABLE t(title, v VECTOR(2))");
  create(db, "l2");
  execute(db, "INSERT INTO t VALUES(1, x'0000803f0000803f'), (2, x'0000803f00000040'), "
              "(3, x'0000803f00004040')");
  execute(db, "DELETE FROM t WHERE title = 1");
  execute(db, "VACUUM");
  execute(db, check_sql);
  CHECK_TEXT(query(db, "SELECT t.title FROM i JOIN t ON t.rowid = i.rowid WHERE "
                       "heliosdb_query = x'0000803f00004040' ORDER BY heliosdb_distance"),
             "3,2");
  close_database(db);
}

TEST(an_index_works_in_an_attached_database) {
  sqlite3 *db = open_with_index("a.db");
  char sql[600];
  snprintf(sql, sizeof sql, "ATTACH '%s' AS \"an other\"", in_directory("b.db"));
  execute(db, sql);
  execute(db, "CREATE TABLE t(id INTEGER PRIMARY KEY, v)");
  execute(db, "CREATE TABLE \"an other\".t(id INTEGER PRIMARY KEY, u UNIQUE, v VECTOR(2))");
  execute(db, "CREATE VIRTUAL TABLE \"an other\".i USING heliosdb_vector_index(table=t, column=v, "
              "metric=l2)");
  execute(db, "INSERT INTO \"an other\".t VALUES(1, 1, x'0000803f0000803f')");
  execute(db, "REPLACE INTO \"an other\".t VALUES(2, 1, x'0000803f0000803f')");
  execute(db, check_sql);
  CHECK_TEXT(query(db, "SELECT rowid FROM i"), "2");
  execute(db, "DETACH \"an other\"");
  close_database(db);
  db = open_with_index("b.db");
  execute(db, check_sql);
  CHECK_TEXT(query(db, "SELECT rowid FROM i"), "2");
  execute(db, "DROP TABLE i");
  CHECK_TEXT(query(db, "SELECT name FROM sqlite_schema ORDER BY name"),
             "sqlite_autoindex_t_1,t");
  close_database(db);
}

TEST(a_connection_without_the_engine_cannot_make_the_index_stale) {
  sqlite3 *db = open_with_index("a.db");
  execute(db, "CREATE TABLE t(id INTEGER PRIMARY KEY, v VECTOR(2))");
  create(db, "l2");
  execute(db, "INSERT INTO t VALUES(1, x'0000803f0000803f')");
  close_database(db);
  sqlite3 *stock = open_database(in_directory("a.db"), STOCK_VFS);
  CHECK_TEXT(query(stock, "SELECT id FROM t"), "1");
  CHECK_INT(try_execute(stock, "INSERT INTO t VALUES(2, x'0000803f0000803f')"), SQLITE_ERROR);
  CHECK(strstr(sqlite3_errmsg(stock), "heliosdb_vector_index"));
  CHECK_INT(try_execute(stock, "DELETE FROM t"), SQLITE_ERROR);
  close_database(stock);
}

TEST(a_vector_of_other_dimensions_is_refused_with_its_row) {
  sqlite3 *db = open_with_index("a.db");
  execute(db, "CREATE TABLE t(id INTEGER PRIMARY KEY, v VECTOR(2))");
  create(db, "l2");
  CHECK_INT(try_execute(db, "INSERT INTO t VALUES(1, x'0000803f0000803f'), "
                            "(2, x'0000803f0000803f0000803f')"),
            SQLITE_CONSTRAINT);
  CHECK_TEXT(sqlite3_errmsg(db), "t.v of row 2: it has 3 dimensions, and the index 2");
  CHECK_INT(query_integer(db, "SELECT count(*) FROM t"), 0);
  CHECK_INT(try_execute(db, "SELECT rowid FROM i WHERE heliosdb_query = x'0000803f'"),
            SQLITE_CONSTRAINT);
  execute(db, check_sql);
  close_database(db);
}

TEST(a_vector_that_is_none_is_refused_with_its_row) {
  static const char *const wrong[] = {"'[1, 2'", "'[1, NaN]'", "'[1, x]'", "x'0000c07f0000803f'",
                                      "x'0000807f0000803f'", "x'00'", "5", "''"};
  sqlite3 *db = open_with_index("a.db");
  execute(db, "CREATE TABLE t(id INTEGER PRIMARY KEY, v VECTOR(2))");
  create(db, "l2");
  execute(db, "INSERT INTO t VALUES(1, '[1, 1]'), (2, x'0000803f00000040')");
  for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
    char sql[200];
    snprintf(sql, sizeof sql, "INSERT INTO t VALUES(3, %s)", wrong[i]);
    CHECK_INT(try_execute(db, sql), SQLITE_CONSTRAINT);
    CHECK(strstr(sqlite3_errmsg(db), "t.v of row 3: "));
    snprintf(sql, sizeof sql, "SELECT rowid FROM i WHERE heliosdb_query = %s", wrong[i]);
    CHECK_INT(try_execute(db, sql), SQLITE_CONSTRAINT);
  }
  CHECK_TEXT(query(db, "SELECT rowid, heliosdb_distance FROM i WHERE heliosdb_query = '[1, 1]' "
                       "ORDER BY heliosdb_distance"),
             "1|0.0,2|1.0");
  execute(db, check_sql);
  close_database(db);
}

TEST(the_first_vector_sets_the_dimensions_unless_it_is_rolled_back) {
  sqlite3 *db = open_with_index("a.db");
  execute(db, "CREATE TABLE t(id INTEGER PRIMARY KEY, v)");
  create(db, "l2");
  execute(db, "BEGIN; INSERT INTO t VALUES(1, x'0000803f0000803f'); ROLLBACK");
  execute(db, "INSERT INTO t VALUES(1, x'0000803f0000803f0000803f')");
  CHECK_INT(try_execute(db, "INSERT INTO t VALUES(2, x'0000803f0000803f')"), SQLITE_CONSTRAINT);
  execute(db, check_sql);
  close_database(db);
}

TEST(wrong_arguments_are_refused_and_leave_nothing) {
  static const char *const wrong[] = {"table=t, column=w",
                                      "table=none, column=v",
                                      "table=t",
                                      "table=t, column=v, metric=hamming",
                                      "table=t, column=v, dimensions=0",
                                      "table=t, column=v, dimensions=3",
                                      "table=t, column=v, beam=x",
                                      "table=t, column=v, lists=100",
                                      "table=t, column=v, nonsense",
                                      "table=w, column=v",
                                      "table=e, column=v"};
  sqlite3 *db = open_with_index("a.db");
  execute(db, "CREATE TABLE t(id INTEGER PRIMARY KEY, v VECTOR(2))");
  execute(db, "CREATE TABLE w(id TEXT PRIMARY KEY, v VECTOR(2)) WITHOUT ROWID");
  execute(db, "CREATE TABLE e(a, v VECTOR(2)); CREATE UNIQUE INDEX ea ON e(lower(a))");
  text before = {0, 0, 0};
  text after = {0, 0, 0};
  text_add(&before, "%s", query(db, "SELECT name, sql FROM sqlite_schema"));
  for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
    char sql[200];
    snprintf(sql, sizeof sql, "CREATE VIRTUAL TABLE i USING heliosdb_vector_index(%s)", wrong[i]);
    if (try_execute(db, sql) == SQLITE_OK) check_fail(__FILE__, __LINE__, "%s", wrong[i]);
  }
  text_add(&after, "%s", query(db, "SELECT name, sql FROM sqlite_schema"));
  CHECK_TEXT(after.chars, before.chars);
  text_free(&before);
  text_free(&after);
  close_database(db);
}

TEST(the_plan_names_the_index_and_takes_order_and_limits) {
  sqlite3 *db = open_with_index("a.db");
  execute(db, "CREATE TABLE t(id INTEGER PRIMARY KEY, v VECTOR(2))");
  create(db, "l2");
  execute(db, "INSERT INTO t VALUES(1, x'0000803f0000803f'), (2, x'0000803f00000040'), "
              "(3, x'0000803f00004040'), (4, NULL), (5, x'0000803f00000040')");
  const char *plan = query(db, "EXPLAIN QUERY PLAN SELECT rowid FROM i WHERE heliosdb_query = ?1 "
                               "ORDER BY heliosdb_distance, rowid LIMIT 3");
  CHECK(strstr(plan, "nearest first"));
  CHECK(!strstr(plan, "TEMP B-TREE"));
  CHECK_TEXT(query(db, "SELECT rowid, heliosdb_distance FROM i WHERE heliosdb_query = "
                       "x'0000803f0000803f' ORDER BY heliosdb_distance, rowid"),
             "1|0.0,2|1.0,5|1.0,3|2.0,4|Inf");
  CHECK_TEXT(query(db, "SELECT rowid FROM i WHERE heliosdb_query = x'0000803f0000803f' AND "
                       "heliosdb_distance < 2 ORDER BY heliosdb_distance"),
             "1,2,5");
  CHECK_TEXT(query(db, "SELECT rowid FROM i WHERE heliosdb_query = x'0000803f0000803f' AND "
                       "heliosdb_distance <= 2.0 ORDER BY heliosdb_distance"),
             "1,2,5,3");
  CHECK_TEXT(query(db, "SELECT rowid FROM i WHERE heliosdb_query = x'0000803f0000803f' AND "
                       "heliosdb_distance <= NULL ORDER BY heliosdb_distance"),
             "");
  CHECK_TEXT(query(db, "SELECT t.id FROM i CROSS JOIN t ON t.id = i.rowid WHERE heliosdb_query = "
                       "x'0000803f0000803f' AND t.id > 2 ORDER BY heliosdb_distance LIMIT 2"),
             "5,3");
  /* Near to nothing: every row, as without an index. */
  CHECK_TEXT(query(db, "SELECT rowid, heliosdb_distance FROM i WHERE heliosdb_query = NULL "
                       "ORDER BY heliosdb_distance, rowid LIMIT 2"),
             "1|Inf,2|Inf");
  CHECK_INT(try_execute(db, "DELETE FROM i"), SQLITE_ERROR);
  CHECK_INT(try_execute(db, "UPDATE i SET rowid = 9"), SQLITE_ERROR);
  CHECK_INT(try_execute(db, "INSERT INTO i(heliosdb_command) VALUES('other')"), SQLITE_ERROR);
  CHECK_INT(try_execute(db, "SELECT rowid FROM i WHERE heliosdb_query = x'0000803f0000803f' AND "
                            "heliosdb_beam = 0"),
            SQLITE_ERROR);
  close_database(db);
}

TEST(equal_vectors_fill_as_many_lists_as_they_take) {
  sqlite3 *db = open_with_index("a.db");
  float vector[MOST_DIMENSIONS];
  chance chances = {1};
  execute(db, "CREATE TABLE t(id INTEGER PRIMARY KEY, v VECTOR(8))");
  create(db, "cosine");
  random_vector(&chances, 8, vector);
  for (int id = 1; id <= 1500; id++) put(db, id, vector, 8);
  memset(vector, 0, sizeof vector);
  for (int id = 2001; id <= 2100; id++) put(db, id, vector, 8);
  execute(db, check_sql);
  execute(db, "INSERT INTO i(heliosdb_command) VALUES('rebuild')");
  execute(db, check_sql);
  execute(db, "DELETE FROM t WHERE id % 10 <> 0");
  execute(db, check_sql);
  close_database(db);
}

static int stop_after(void *argument) {
  int *left = argument;
  return --*left < 0;
}

TEST(a_build_that_is_interrupted_leaves_nothing) {
  sqlite3 *db = open_with_index("a.db");
  execute(db, "CREATE TABLE t(id INTEGER PRIMARY KEY, v VECTOR(64))");
  fill(db, 1, 3000, 64);
  int interrupted = 0;
  for (int steps = 1;; steps = steps * 2) {
    int left = steps;
    sqlite3_progress_handler(db, 1000, stop_after, &left);
    int rc = try_execute(db, "CREATE VIRTUAL TABLE i USING heliosdb_vector_index(table=t, "
                             "column=v, metric=l2)");
    sqlite3_progress_handler(db, 0, 0, 0);
    if (rc == SQLITE_OK) break;
    CHECK_INT(rc, SQLITE_INTERRUPT);
    CHECK_TEXT(query(db, "SELECT name FROM sqlite_schema"), "t");
    interrupted++;
  }
  CHECK(interrupted > 5);
  execute(db, check_sql);
  close_database(db);
}

/* Shows what others would see of a build, from within it. */
static int show_progress(void *argument) {
  sqlite3 *other = argument;
  if (strstr(query(other, "SELECT phase, name FROM heliosdb_index_progress"), "|i")) {
    execute(other, "INSERT INTO seen SELECT phase, rows_done, rows_total "
                   "FROM heliosdb_index_progress");
  }
  return 0;
}

TEST(other_connections_see_how_far_a_build_is) {
  sqlite3 *db = open_with_index("a.db");
  sqlite3 *other = open_with_index("b.db");
  execute(other, "CREATE TABLE seen(phase, done, total)");
  execute(db, "CREATE TABLE t(id INTEGER PRIMARY KEY, v VECTOR(2))");
  fill(db, 1, 3900, 2);
  sqlite3_progress_handler(db, 1000, show_progress, other);
  create(db, "l2");
  sqlite3_progress_handler(db, 0, 0, 0);
  CHECK(query_integer(other, "SELECT count(*) FROM seen WHERE phase = 'reading' AND done > 0"));
  CHECK_INT(query_integer(other, "SELECT count(*) FROM seen WHERE done > total"), 0);
  CHECK_INT(query_integer(other, "SELECT count(*) FROM heliosdb_index_progress"), 0);
  close_database(other);
  close_database(db);
}

/* What the tests of faults do; every statement may fail. */
static void workload(sqlite3 *db) {
  float vector[MOST_DIMENSIONS];
  chance chances = {2};
  near_vector(&chances, 16, 1, vector);
  run_with(db, "INSERT INTO t(v, id) VALUES(?1, ?2)", vector, 16, 5000);
  try_execute(db, "INSERT OR REPLACE INTO t(id, u, v) SELECT id + 300, u, v FROM t WHERE id > 100");
  try_execute(db, "DELETE FROM t WHERE id % 7 < 5");
  run_with(db, "SELECT rowid FROM i WHERE heliosdb_query = ?1 AND ?2 ORDER BY heliosdb_distance",
           vector, 16, 1);
  run_with(db,
           "SELECT rowid FROM i WHERE heliosdb_query = ?1 AND heliosdb_beam = ?2 "
           "ORDER BY heliosdb_distance LIMIT 3",
           vector, 16, 65535);
  try_execute(db, "INSERT INTO i(heliosdb_command) VALUES('rebuild')");
  try_execute(db, "ALTER TABLE i RENAME TO j");
  try_execute(db, "ALTER TABLE j RENAME TO i");
  try_execute(db, "SELECT * FROM heliosdb_index_progress");
}

TEST(without_memory_statements_fail_and_the_index_stays_right) {
  int stride = rounds_of("SOAK_STRIDE", 211);
  sqlite3 *db = open_with_index("a.db");
  execute(db, "CREATE TABLE t(id INTEGER PRIMARY KEY, u UNIQUE, v VECTOR(16))");
  fill(db, 1, 400, 16);
  create(db, "l2");
  for (int n = 1;; n += stride) {
    execute(db, "BEGIN");
    faults_arm_allocations(n, n % 2);
    workload(db);
    int failures = faults_disarm();
    if (sqlite3_get_autocommit(db) == 0) {
      if (query_integer(db, "SELECT count(*) FROM sqlite_schema WHERE name = 'i'") == 0) {
        execute(db, "ALTER TABLE j RENAME TO i");
      }
      execute(db, check_sql);
      execute(db, "ROLLBACK");
    }
    execute(db, check_sql);
    if (failures == 0) break;
  }
  close_database(db);
}

/* Every allocation of the command, where the workload takes a sample of them. */
TEST(triggers_are_made_anew_or_not_at_all_whichever_allocation_fails) {
  sqlite3 *db = open_with_index("a.db");
  execute(db, "CREATE TABLE t(id INTEGER PRIMARY KEY, u UNIQUE, v VECTOR(2))");
  fill(db, 1, 10, 2);
  create(db, "l2");
  int failures = 1;
  for (int n = 1; failures > 0; n++) {
    execute(db, "BEGIN");
    faults_arm_allocations(n, n % 2);
    try_execute(db, "INSERT INTO i(heliosdb_command) VALUES('triggers')");
    failures = faults_disarm();
    if (sqlite3_get_autocommit(db) == 0) execute(db, "ROLLBACK");
  }
  execute(db, check_sql);
  close_database(db);
}

/* Changes some bytes in the tables of the index. */
static void damage(sqlite3 *db, chance *chances) {
  static const char *const statements[] = {
      "UPDATE i_lists SET codes = substr(codes, 1, %d) || randomblob(8) || substr(codes, %d + 9) "
      "WHERE id %% 3 = %d %% 3",
      "UPDATE i_lists SET codes = randomblob(%d) WHERE id %% 7 = %d - %d",
      "UPDATE i_lists SET codes = randomblob(4) || substr(codes, 5) WHERE %d + %d + %d",
      "UPDATE i_centroids SET centroid = randomblob(length(centroid) + %d %% 2) WHERE list %% 3 = "
      "%d %% 3 AND %d",
      "UPDATE i_groups SET centroid = randomblob(%d %% 300), version = %d WHERE %d",
      "UPDATE i_places SET places = randomblob(5 * (%d %% 200)) WHERE id %% 2 = %d %% 2 AND %d",
      "UPDATE i_places SET places = 'text %d %d %d'",
      "UPDATE i_config SET value = %d WHERE rowid_of(key, %d, %d)",
      "UPDATE i_config SET value = value + %d - 20 WHERE key IN ('capacity', 'dimensions') AND "
      "%d + %d",
      "DELETE FROM i_config WHERE key > 'd' AND %d + %d + %d",
      "DELETE FROM i_lists WHERE id %% 2 = %d %% 2 AND %d + %d",
      "DELETE FROM i_groups WHERE id %% 2 = %d %% 2 AND %d + %d",
      "DELETE FROM i_centroids WHERE list %% 2 = %d %% 2 AND %d + %d",
      "UPDATE i_centroids SET parent = parent + %d WHERE list %% 2 AND %d + %d",
      "UPDATE i_centroids SET list = -list - %d WHERE list %% 2 AND %d + %d",
      "DROP TABLE i_places; CREATE TABLE i_places(id INTEGER PRIMARY KEY, places) -- %d %d %d",
      "DROP TABLE IF EXISTS i_lists -- %d %d %d"};
  enum { KINDS = sizeof statements / sizeof *statements };
  char sql[400];
  int a = chance_below(chances, 100);
  int b = chance_below(chances, 100);
  int c = chance_below(chances, 100);
  snprintf(sql, sizeof sql, statements[chance_below(chances, KINDS)], a, b, c);
  try_execute(db, sql);
}

TEST(damaged_tables_give_errors_and_no_crash) {
  int rounds = rounds_of("SOAK_ROUNDS", 40);
  chance chances = {(uint64_t)rounds_of("SOAK_SEED", 1)};
  for (int round = 0; round < rounds; round++) {
    sqlite3 *db = open_with_index("a.db");
    if (round == 0) {
      execute(db, "CREATE TABLE t(id INTEGER PRIMARY KEY, u UNIQUE, v VECTOR(16))");
      fill(db, 1, 600, 16);
      create(db, "l2");
    }
    execute(db, "BEGIN");
    if (chance_below(&chances, 2)) workload(db);
    for (int n = chance_below(&chances, 3); n >= 0; n--) damage(db, &chances);
    try_execute(db, check_sql);
    workload(db);
    if (sqlite3_get_autocommit(db) == 0) execute(db, "ROLLBACK");
    execute(db, check_sql);
    close_database(db);
  }
}

/* The same below the engine's VFS, where calls fail, the process ends, or the power goes. */
static sqlite3 *open_over_faults(const char *path) {
  sqlite3 *db = 0;
  int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
  if (try_open_database(path, flags, HDB_VFS_NAME, &db) != SQLITE_OK) return 0;
  if (hdb_register_functions(db) != SQLITE_OK) {
    close_database(db);
    return 0;
  }
  try_execute(db, "PRAGMA cache_size=20");
  return db;
}

static const char *make_file_with_index(int rows) {
  const char *path = in_directory("b.db");
  sqlite3 *db = open_over_faults(path);
  execute(db, "PRAGMA journal_mode=WAL");
  execute(db, "CREATE TABLE t(id INTEGER PRIMARY KEY, u UNIQUE, a UNIQUE, v VECTOR(16))");
  fill(db, 1, rows, 16);
  create(db, "l2");
  close_database(db);
  return path;
}

/* The index is there under one of the names that it has had, and is what the table is. */
static void check_index_of_file(const char *path) {
  sqlite3 *db = open_over_faults(path);
  CHECK(db);
  CHECK_TEXT(query(db, "SELECT count(*) FROM pragma_quick_check WHERE quick_check <> 'ok'"), "0");
  if (query_integer(db, "SELECT count(*) FROM sqlite_schema WHERE name = 'i'") == 0) {
    execute(db, "ALTER TABLE j RENAME TO i");
  }
  execute(db, check_sql);
  close_database(db);
}

TEST(any_call_beneath_fails_and_the_index_stays_right) {
  int stride = rounds_of("SOAK_STRIDE", 7);
  const char *path = make_file_with_index(300);
  int failures = 1;
  for (int n = 1; failures > 0; n += stride) {
    int files = faults_open_files();
    faults_arm_calls(FAULT_ALL, n, n % 2);
    sqlite3 *db = open_over_faults(path);
    if (db) workload(db);
    failures = faults_disarm();
    if (db) close_database(db);
    CHECK_INT(faults_open_files(), files);
    check_index_of_file(path);
  }
}

/* Changes, some of them in transactions that may be rolled back. Ends by being killed, or done. */
static void change_for_a_while(sqlite3 *db, chance *chances) {
  for (int n = 0; n < 60; n++) {
    int what = chance_below(chances, 8);
    if (what == 0) try_execute(db, "BEGIN");
    if (what == 1) try_execute(db, "COMMIT");
    if (what == 2) try_execute(db, "ROLLBACK");
    change(db, chances, 16);
  }
  try_execute(db, "COMMIT");
}

TEST(a_kill_between_any_two_calls_leaves_the_index_right) {
  int rounds = rounds_of("SOAK_ROUNDS", 24);
  uint64_t seed = (uint64_t)rounds_of("SOAK_SEED", 1);
  const char *path = make_file_with_index(300);
  int calls = 3000; /* of a round, about */
  for (int round = 0; round < rounds; round++) {
    chance chances = {seed * 1000003 + (uint64_t)round};
    int call = 1 + chance_below(&chances, calls);
    pid_t pid = fork_test();
    if (pid == 0) {
      faults_exit_at(call, round % 2);
      sqlite3 *db = open_over_faults(path);
      if (db) change_for_a_while(db, &chances);
      _exit(0);
    }
    int code = exit_code_of(pid);
    CHECK(code == 0 || code == FAULT_EXIT);
    calls = code == FAULT_EXIT ? calls * 21 / 20 : call;
    check_index_of_file(path);
  }
}

TEST(power_loss_leaves_the_index_right) {
  int rounds = rounds_of("SOAK_ROUNDS", 24);
  uint64_t seed = (uint64_t)rounds_of("SOAK_SEED", 1);
  const char *path = make_file_with_index(300);
  const char *paths[] = {path, in_directory("b.db-wal")};
  for (int round = 0; round < rounds; round++) {
    chance chances = {seed * 1000003 + (uint64_t)round};
    power_record(paths, 2);
    sqlite3 *db = open_over_faults(path);
    CHECK(db);
    execute(db, round % 2 ? "PRAGMA synchronous=FULL" : "PRAGMA synchronous=NORMAL");
    execute(db, "PRAGMA wal_autocheckpoint=50");
    change_for_a_while(db, &chances);
    close_database(db);
    power_stop();
    power_lose(chance_below(&chances, (int)power_changes() + 1),
               (power_loss)(chance_below(&chances, 4) % 3), &chances);
    power_forget();
    check_index_of_file(path);
  }
}

/* A search that says how many rows it wants has them sorted, also those that were found late. */
TEST(a_search_that_says_how_many_rows_it_wants_gives_the_nearest_sorted) {
  enum { DIMENSIONS = 16, ROWS = 3000 };
  float vector[MOST_DIMENSIONS];
  chance chances = {5};
  sqlite3 *db = open_with_index("a.db");
  execute(db, "CREATE TABLE t(id INTEGER PRIMARY KEY, u UNIQUE, v VECTOR(16))");
  fill(db, 1, ROWS, DIMENSIONS);
  create(db, "l2");
  for (int limit = 1; limit <= 2 * ROWS; limit = limit * 3 + 1) {
    near_vector(&chances, DIMENSIONS, limit % 6, vector);
    sqlite3_stmt *stmt = prepare(
        db, "SELECT t.id, heliosdb_distance FROM i CROSS JOIN t WHERE i.rowid = t.id AND t.id % 5 = 0 "
            "AND heliosdb_query = ?1 AND heliosdb_beam = 1 AND heliosdb_limit = ?2 "
            "ORDER BY heliosdb_order LIMIT ?2");
    sqlite3_bind_blob(stmt, 1, vector, DIMENSIONS * 4, SQLITE_STATIC);
    sqlite3_bind_int(stmt, 2, limit);
    double last = 0;
    int count = 0;
    while (sqlite3_step(stmt) == SQLITE_ROW) {
      CHECK(sqlite3_column_double(stmt, 1) >= last);
      last = sqlite3_column_double(stmt, 1);
      count++;
    }
    CHECK_INT(sqlite3_finalize(stmt), SQLITE_OK);
    CHECK_INT(count, limit < ROWS / 5 ? limit : ROWS / 5);
  }
  close_database(db);
}
