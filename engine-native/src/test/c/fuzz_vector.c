/*
** Fuzzes what reads vectors. The first byte of the input says which: text of a vector, the
** declaration of a vec0 table, or the shadow tables of one, into which bytes of the input go.
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

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (size < 2) return 0;
  sqlite3 *db = open_database(":memory:", STOCK_VFS);
  CHECK_INT(hdb_register_functions(db), SQLITE_OK);
  const uint8_t *rest = data + 2;
  size_t bytes = size - 2;
  if (data[0] % 3 == 0) {
    run_bound(db, "SELECT vec_f32(?1) IS vec_f32(vec_to_json(vec_f32(?1)))", rest, bytes, data[1] & 1);
    run_bound(db, "SELECT vec_int8(?1), vec_distance_cosine(?1, vec_normalize(?1))", rest, bytes,
              data[1] & 1);
  } else if (data[0] % 3 == 1) {
    char *sql = sqlite3_mprintf("CREATE VIRTUAL TABLE w USING vec0(%.*s)", (int)bytes, rest);
    try_execute(db, sql);
    sqlite3_free(sql);
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
