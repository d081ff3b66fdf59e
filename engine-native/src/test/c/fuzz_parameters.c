/*
** Fuzzes blocks of parameters. The input is: which statement, what to do with it, how
** many rows or sets, then the block as it is.
*/
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "native.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const statements[] = {
    "SELECT ?",
    "SELECT ?1, ?2, ?1 UNION ALL SELECT ?3, ?2, ?1",
    "INSERT INTO t VALUES(?, ?, ?)",
    "INSERT INTO t VALUES(?, ?, ?) RETURNING *",
    "UPDATE t SET b = ? WHERE a = ?",
    "SELECT count(*), ?, typeof(?), length(?), ? || ? FROM t",
    "SELECT 1",
    "SELECT ?, ?40",
};

enum { STATEMENTS = sizeof statements / sizeof *statements, MOST_SETS = 64 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  int64_t changes[MOST_SETS];
  int done;
  if (size < 3) return 0;
  int64_t memory = memory_used();
  hdb_connection *connection = native_open("fuzz", HDB_MEMORY_VFS_NAME);
  CHECK_INT(native_script(connection, "CREATE TABLE t(a, b, c)"), SQLITE_OK);
  hdb_statement *statement = native_prepare(connection, statements[data[0] % STATEMENTS]);
  /* A block of its own, so that a read beyond its end is seen. */
  block parameters = {malloc(size), (int64_t)size - 3, 0};
  memcpy(parameters.bytes, data + 3, size - 3);
  if (data[1] & 1) {
    int count = data[2] % MOST_SETS;
    int rc = native_batch(statement, &parameters, count, changes, &done);
    CHECK(done >= 0 && done <= count && (rc != SQLITE_OK || done == count));
  } else {
    native_run(statement, &parameters, data[1] * 100, data[2] % 4, 0, 0);
  }
  hdb_finalize(statement);
  block_free(&parameters);
  native_close(connection);
  CHECK_INT(memory_used(), memory);
  return 0;
}
