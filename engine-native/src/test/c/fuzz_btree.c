/*
** Fuzzes the reading of b-trees. The input edits pages of a database at three points: each
** edit is the point, the page, the place in it (two bytes, the first one large), a length
** and so many bytes. Then the differences and versions of its tables are read.
*/
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "support.h"

#include "../../main/c/history/row_versions.h"
#include "copies.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { POINTS = 3, MOST_ROWS = 5000 };

static copies whole;

static char name_a[] = "a", name_b[] = "b", name_k[] = "k";
static char *const columns[] = {name_k, name_a, name_b};

static void add_point(sqlite3 *db, const char *sql) {
  sqlite3_int64 bytes;
  execute(db, sql);
  unsigned char *file = sqlite3_serialize(db, "main", &bytes, 0);
  copies_add(&whole, file, (size_t)bytes);
  sqlite3_free(file);
}

static void make_points(void) {
  sqlite3 *db = open_database(":memory:", STOCK_VFS);
  execute(db, "PRAGMA page_size=512; PRAGMA auto_vacuum=2;"
              "CREATE TABLE t(k INTEGER PRIMARY KEY, a, b);"
              "CREATE TABLE w(k TEXT, a, b, PRIMARY KEY(k)) WITHOUT ROWID;"
              "CREATE INDEX t_a ON t(a)");
  add_point(db, "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 60)"
                " INSERT INTO t SELECT i, 'a' || i, hex(zeroblob(i % 30)) FROM n;"
                "INSERT INTO t VALUES(1000, 'long', hex(zeroblob(900)));"
                "INSERT INTO w SELECT a, k, b FROM t;"
                "INSERT INTO w VALUES(hex(zeroblob(300)), 'long', hex(zeroblob(400)))");
  add_point(db, "DELETE FROM t WHERE k % 5 = 1; UPDATE w SET b = 'changed' WHERE a % 4 = 1;"
                "UPDATE t SET b = substr(b, 1, 1799) || 'x' WHERE k = 1000");
  add_point(db, "ALTER TABLE t ADD COLUMN c DEFAULT 5; INSERT INTO t(a, b) SELECT a, b FROM w;"
                "DROP INDEX t_a; PRAGMA incremental_vacuum");
  close_database(db);
}

static void edit(copies *all, const uint8_t *data, size_t size) {
  while (size > 5) {
    int64_t scn = 1 + data[0] % POINTS;
    size_t page = data[1] % all->page_counts[scn];
    size_t place = ((size_t)data[2] << 8 | data[3]) % all->page_size;
    size_t count = data[4] % 64;
    data += 5;
    size -= 5;
    if (count > size) count = size;
    if (count > all->page_size - place) count = all->page_size - place;
    memcpy(all->files[scn] + page * all->page_size + place, data, count);
    data += count;
    size -= count;
  }
}

static void read_rows(hdb_pages *pages, const char *table) {
  hdb_versions_query query = {.table = table, .wanted = columns, .wanted_count = 3, .from = 1,
                              .to = POINTS, .base = 1};
  hdb_row_reader *old_reader = 0;
  hdb_row_reader *new_reader = 0;
  hdb_table_changes *changes = 0;
  hdb_row_versions *versions = 0;
  hdb_row_change change;
  hdb_row_version version;
  int rows = 0;
  CHECK(hdb_row_reader_open(pages, table, columns, 3, &old_reader) == SQLITE_OK);
  CHECK(hdb_row_reader_open(pages, table, columns, 3, &new_reader) == SQLITE_OK);
  if (hdb_table_changes_open(pages, old_reader, new_reader, 1, POINTS, &changes) == SQLITE_OK) {
    while (hdb_table_changes_next(changes, &change) == SQLITE_ROW) CHECK(++rows < MOST_ROWS);
  }
  hdb_table_changes_close(changes);
  hdb_row_reader_close(old_reader);
  hdb_row_reader_close(new_reader);
  if (hdb_row_versions_open(pages, &query, &versions) == SQLITE_OK) {
    while (hdb_row_versions_next(versions, &version) == SQLITE_ROW) CHECK(++rows < MOST_ROWS);
  }
  hdb_row_versions_close(versions);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (whole.count == 0) make_points();
  int64_t memory = memory_used();
  copies all = whole;
  hdb_pages *pages;
  for (int64_t i = 1; i <= all.count; i++) {
    size_t bytes = (size_t)all.page_counts[i] * all.page_size;
    all.files[i] = malloc(bytes);
    memcpy(all.files[i], whole.files[i], bytes);
  }
  edit(&all, data, size);
  hdb_page_source source = copies_source(&all);
  CHECK(hdb_pages_open(&source, &pages) == SQLITE_OK);
  read_rows(pages, "t");
  read_rows(pages, "w");
  hdb_pages_close(pages);
  copies_free(&all);
  CHECK_INT(memory_used(), memory);
  return 0;
}
