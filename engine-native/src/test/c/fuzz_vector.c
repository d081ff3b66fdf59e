/*
** Fuzzes what reads vectors. The first byte of the input says which: text of a vector, the
** declaration of a vec0 table, or the shadow tables of one or of a vector index, into which bytes
** of the input go.
*/
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "support.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const damages[] = {
    "UPDATE v_chunks SET slots = ?1",
    "UPDATE v_chunks SET slots = CAST(substr(?1 || slots, 1, length(slots)) AS BLOB)",
    "UPDATE v_chunks SET used = ?1",
    "UPDATE v_rows SET slot = abs(?1) % 20 WHERE rowid = 2",
    "UPDATE v_rows SET chunk = ?1 WHERE rowid = 1",
    "UPDATE v_codes0 SET vectors = CAST(substr(?1 || vectors, 1, length(vectors)) AS BLOB)",
    "UPDATE v_vectors0 SET vectors = CAST(substr(?1 || vectors, 1, length(vectors)) AS BLOB)",
    "UPDATE v_vectors0 SET vectors = ?1",
};

/* The index has lists of more than one page, which only some of the bytes go into. */
static const char *const index_damages[] = {
    "UPDATE i_lists SET codes = CAST(?1 || substr(codes, length(?1) + 1) AS BLOB)",
    "UPDATE i_lists SET codes = CAST(substr(codes, 1, 1000) || substr(?1 || codes, 1, "
    "length(codes) - 1000) AS BLOB)",
    "UPDATE i_lists SET codes = ?1",
    "UPDATE i_lists SET id = id + abs(?1) % 9 WHERE id = (SELECT max(id) FROM i_lists)",
    "UPDATE i_centroids SET centroid = CAST(substr(?1 || centroid, 1, length(centroid)) AS BLOB)",
    "UPDATE i_centroids SET centroid = ?1",
    "UPDATE OR REPLACE i_centroids SET list = ?1",
    "UPDATE OR REPLACE i_centroids SET parent = ?1",
    "UPDATE i_groups SET centroid = CAST(substr(?1 || centroid, 1, length(centroid)) AS BLOB)",
    "UPDATE i_groups SET centroid = ?1, version = ?1",
    "UPDATE i_places SET places = ?1",
    "UPDATE i_places SET places = CAST(substr(?1 || places, 1, length(places)) AS BLOB)",
    "UPDATE i_config SET value = ?1",
    "UPDATE i_config SET value = CAST(substr(?1, 2) AS INTEGER) WHERE key = "
    "(SELECT key FROM i_config LIMIT 1 OFFSET abs(substr(?1, 1, 1)) % 7)",
};

static void run_bound(sqlite3 *db, const char *sql, const uint8_t *data, size_t size, int as_text) {
  sqlite3_stmt *stmt;
  if (sqlite3_prepare_v2(db, sql, -1, &stmt, 0) != SQLITE_OK) return;
  if (as_text) {
    sqlite3_bind_text(stmt, 1, (const char *)data, (int)size, SQLITE_TRANSIENT);
  } else {
    sqlite3_bind_blob(stmt, 1, data, (int)size, SQLITE_TRANSIENT);
  }
  while (sqlite3_step(stmt) == SQLITE_ROW) {
  }
  sqlite3_finalize(stmt);
}

static void fuzz_index(sqlite3 *db, unsigned which, const uint8_t *bytes, size_t size) {
  static const char *const metrics[] = {"l2", "cosine", "ip"};
  execute(db, "CREATE TABLE t(id INTEGER PRIMARY KEY, u UNIQUE, v VECTOR(3));"
              "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 300) "
              "INSERT INTO t SELECT n, n, '[' || (n % 17) || ',' || (n % 23) || ',' || n || ']' "
              "FROM c");
  char *sql = sqlite3_mprintf("CREATE VIRTUAL TABLE i USING heliosdb_vector_index("
                              "table=t, column=v, metric=%s)",
                              metrics[which % 3]);
  execute(db, sql);
  sqlite3_free(sql);
  /* With what is in memory of it, or without. */
  if (which % 2) try_execute(db, "SELECT rowid FROM i WHERE heliosdb_query = '[1, 2, 3]' LIMIT 1");
  run_bound(db, index_damages[which % (sizeof index_damages / sizeof *index_damages)], bytes, size,
            0);
  try_execute(db, "SELECT rowid FROM i WHERE heliosdb_query = '[1, 2, 3]' AND heliosdb_beam = 1 "
                  "ORDER BY heliosdb_distance LIMIT 40");
  try_execute(db, "SELECT t.id FROM i CROSS JOIN t ON t.id = i.rowid WHERE heliosdb_query = '[1, 2, 3]' "
                  "AND heliosdb_limit = 20 ORDER BY heliosdb_order LIMIT 20");
  try_execute(db, "SELECT count(*) FROM i");
  try_execute(db, "INSERT INTO t(v) VALUES('[5, 5, 5]'), ('[6, 5, 300]')");
  try_execute(db, "UPDATE OR REPLACE t SET v = '[7, 8, 9]', u = id + 1 WHERE id % 9 = 1");
  try_execute(db, "DELETE FROM t WHERE id % 4 > 0");
  try_execute(db, "INSERT INTO i(heliosdb_command) VALUES('check')");
  try_execute(db, "INSERT INTO i(heliosdb_command) VALUES('rebuild')");
  try_execute(db, "DROP TABLE i");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (size < 2) return 0;
  sqlite3 *db = open_database(":memory:", STOCK_VFS);
  CHECK_INT(hdb_register_functions(db), SQLITE_OK);
  const uint8_t *rest = data + 2;
  size_t bytes = size - 2;
  if (data[0] % 4 == 0) {
    run_bound(db, "SELECT vec_f32(?1) IS vec_f32(vec_to_json(vec_f32(?1)))", rest, bytes, data[1] & 1);
    run_bound(db, "SELECT vec_int8(?1), vec_distance_cosine(?1, vec_normalize(?1))", rest, bytes,
              data[1] & 1);
  } else if (data[0] % 4 == 1) {
    char *sql = sqlite3_mprintf("CREATE VIRTUAL TABLE w USING vec0(%.*s)", (int)bytes, rest);
    try_execute(db, sql);
    sqlite3_free(sql);
  } else if (data[0] % 4 == 3) {
    fuzz_index(db, data[1], rest, bytes);
  } else {
    execute(db, "CREATE VIRTUAL TABLE v USING vec0(a float[2], t text, chunk_size=8);"
                "INSERT INTO v(rowid, a, t) VALUES(1, '[1, 2]', 'one'), (2, '[3, 4]', 'two')");
    run_bound(db, damages[data[1] % (sizeof damages / sizeof *damages)], rest, bytes, 0);
    try_execute(db, "SELECT *, distance FROM v WHERE a MATCH '[1, 1]' AND k = 1");
    try_execute(db, "SELECT * FROM v WHERE a MATCH '[1, 1]' AND k = 3 AND t != 'x'");
    try_execute(db, "SELECT * FROM v");
    try_execute(db, "INSERT INTO v(a, t) VALUES('[3, 4]', 'four')");
    try_execute(db, "UPDATE v SET a = '[7, 8]' WHERE rowid = 1");
    try_execute(db, "DELETE FROM v");
  }
  close_database(db);
  return 0;
}
