/*
** Row history (history/btree.c up to history/changes_table.c): first on copies of a database
** file taken at every commit, with the rows of the copies as the oracle, then in SQL on a
** database with history.
*/
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "faults.h"
#include "support.h"

#include "../../main/c/heliosdb.h"
#include "../../main/c/history/row_versions.h"
#include "copies.h"

enum { MOST_COLUMNS = 8 };

/* Lines of text, to be compared whatever their order. */
typedef struct lines {
  char **list;
  size_t count, capacity;
} lines;

static void add_line(lines *out, text *line) {
  if (out->count == out->capacity) {
    out->capacity = out->capacity * 2 + 100;
    out->list = realloc(out->list, out->capacity * sizeof *out->list);
  }
  out->list[out->count++] = line->chars;
  memset(line, 0, sizeof *line);
}

static int compare_lines(const void *one, const void *other) {
  return strcmp(*(char *const *)one, *(char *const *)other);
}

static void free_lines(lines *it) {
  for (size_t i = 0; i < it->count; i++) free(it->list[i]);
  free(it->list);
  memset(it, 0, sizeof *it);
}

static void check_lines(lines *actual, lines *expected, const char *what) {
  if (actual->count > 1) qsort(actual->list, actual->count, sizeof(char *), compare_lines);
  if (expected->count > 1) qsort(expected->list, expected->count, sizeof(char *), compare_lines);
  size_t i = 0;
  while (i < actual->count && i < expected->count &&
         strcmp(actual->list[i], expected->list[i]) == 0) {
    i++;
  }
  if (i < actual->count || i < expected->count) {
    check_fail(__FILE__, __LINE__, "%s: %zu lines, expected %zu; at %zu: %.300s, expected %.300s",
               what, actual->count, expected->count, i,
               i < actual->count ? actual->list[i] : "nothing",
               i < expected->count ? expected->list[i] : "nothing");
  }
  free_lines(actual);
  free_lines(expected);
}

/* Set when SQLite has no memory for a value's bytes, which it tells by a null pointer alone. */
static int is_unreadable;

static void add_value(text *out, sqlite3_value *value) {
  int type = value ? sqlite3_value_type(value) : SQLITE_NULL;
  if (type == SQLITE_NULL) text_add_null(out);
  if (type == SQLITE_INTEGER) text_add_integer(out, sqlite3_value_int64(value));
  if (type == SQLITE_FLOAT) text_add_float(out, sqlite3_value_double(value));
  if (type == SQLITE_TEXT || type == SQLITE_BLOB) {
    const void *bytes = type == SQLITE_TEXT ? (const void *)sqlite3_value_text(value)
                                            : sqlite3_value_blob(value);
    int length = sqlite3_value_bytes(value);
    if (!bytes && (type == SQLITE_TEXT || length > 0)) {
      is_unreadable = 1;
    } else {
      text_add_bytes(out, type, bytes, length);
    }
  }
}

/* The oracle: the rows of a table at a point, as SQLite reads them from the copy. */

typedef struct model_row {
  text key;
  int64_t rowid;
  text values[MOST_COLUMNS]; /* of all columns */
} model_row;

typedef struct model {
  int exists, has_rowid;
  char names[MOST_COLUMNS][32];
  int column_count;
  model_row *rows; /* by key */
  size_t count;
} model;

static int compare_model_rows(const void *one, const void *other) {
  return strcmp(((const model_row *)one)->key.chars, ((const model_row *)other)->key.chars);
}

static void read_model(sqlite3 *db, const char *table, model *out) {
  sqlite3_stmt *stmt;
  char sql[200];
  int key_places[MOST_COLUMNS];
  int key_count = 0;
  size_t capacity = 0;
  memset(out, 0, sizeof *out);
  snprintf(sql, sizeof sql, "SELECT count(*) FROM sqlite_schema WHERE type='table' AND name='%s'",
           table);
  out->exists = query_integer(db, sql) > 0;
  if (!out->exists) return;
  snprintf(sql, sizeof sql, "SELECT wr FROM pragma_table_list('%s') WHERE schema='main'", table);
  out->has_rowid = query_integer(db, sql) == 0;
  snprintf(sql, sizeof sql, "SELECT name, pk FROM pragma_table_xinfo('%s')", table);
  CHECK_INT(sqlite3_prepare_v2(db, sql, -1, &stmt, 0), SQLITE_OK);
  while (sqlite3_step(stmt) == SQLITE_ROW) {
    CHECK(out->column_count < MOST_COLUMNS);
    snprintf(out->names[out->column_count], sizeof *out->names, "%s",
             (const char *)sqlite3_column_text(stmt, 0));
    if (sqlite3_column_int(stmt, 1) > 0) key_places[key_count++] = out->column_count;
    out->column_count++;
  }
  sqlite3_finalize(stmt);
  snprintf(sql, sizeof sql, "SELECT %s, * FROM \"%s\" NOT INDEXED",
           out->has_rowid ? "_rowid_" : "0", table);
  CHECK_INT(sqlite3_prepare_v2(db, sql, -1, &stmt, 0), SQLITE_OK);
  while (sqlite3_step(stmt) == SQLITE_ROW) {
    if (out->count == capacity) {
      capacity = capacity * 2 + 100;
      out->rows = realloc(out->rows, capacity * sizeof *out->rows);
    }
    model_row *row = &out->rows[out->count++];
    memset(row, 0, sizeof *row);
    row->rowid = sqlite3_column_int64(stmt, 0);
    for (int i = 0; i < out->column_count; i++) {
      add_value(&row->values[i], sqlite3_column_value(stmt, i + 1));
    }
    if (out->has_rowid) text_add(&row->key, "%lld ", (long long)row->rowid);
    for (int i = 0; !out->has_rowid && i < key_count; i++) {
      text_add(&row->key, "%s", row->values[key_places[i]].chars);
    }
  }
  CHECK_INT(sqlite3_finalize(stmt), SQLITE_OK);
  if (out->count > 1) qsort(out->rows, out->count, sizeof *out->rows, compare_model_rows);
}

static void free_model(model *it) {
  for (size_t i = 0; i < it->count; i++) {
    text_free(&it->rows[i].key);
    for (int j = 0; j < MOST_COLUMNS; j++) text_free(&it->rows[i].values[j]);
  }
  free(it->rows);
  memset(it, 0, sizeof *it);
}

static void open_model(const copies *all, int64_t scn, const char *table, model *out) {
  const char *path = in_directory("copy.db");
  copies_put(all, scn, path);
  sqlite3 *db = open_database(path, STOCK_VFS);
  read_model(db, table, out);
  close_database(db);
}

static int place_in(const model *it, const char *name) {
  for (int i = 0; i < it->column_count; i++) {
    if (strcmp(it->names[i], name) == 0) return i;
  }
  return -1;
}

static void add_wanted(text *out, const model *it, const model_row *row, char *const *wanted,
                       int count) {
  for (int i = 0; i < count; i++) {
    int place = place_in(it, wanted[i]);
    text_add(out, "%s", place < 0 ? "null " : row->values[place].chars);
  }
}

static int model_rows_equal(const model *a, const model_row *one, const model *b,
                            const model_row *other, char *const *wanted, int count) {
  if (a->column_count == b->column_count) {
    for (int i = 0; i < a->column_count; i++) {
      if (strcmp(one->values[i].chars, other->values[i].chars) != 0) return 0;
    }
    return 1;
  }
  for (int i = 0; i < count; i++) {
    int x = place_in(a, wanted[i]);
    int y = place_in(b, wanted[i]);
    if (x >= 0 && y >= 0 && strcmp(one->values[x].chars, other->values[y].chars) != 0) return 0;
  }
  return 1;
}

/* Calls `visit` with each row that differs: null where it is not there. */
static void compare_models(const model *old_model, const model *new_model, char *const *wanted,
                           int count,
                           void (*visit)(void *, const model_row *, const model_row *),
                           void *context) {
  size_t i = 0;
  size_t j = 0;
  int is_other_kind = old_model->exists && new_model->exists &&
                      old_model->has_rowid != new_model->has_rowid;
  while (i < old_model->count || j < new_model->count) {
    const model_row *one = i < old_model->count ? &old_model->rows[i] : 0;
    const model_row *other = j < new_model->count ? &new_model->rows[j] : 0;
    int order = !one ? 1 : !other ? -1 : is_other_kind ? -1 : compare_model_rows(one, other);
    if (order <= 0) i++;
    if (order >= 0) j++;
    if (order != 0 || !model_rows_equal(old_model, one, new_model, other, wanted, count)) {
      visit(context, order <= 0 ? one : 0, order >= 0 ? other : 0);
    }
  }
}

typedef struct expected_changes {
  const model *old_model, *new_model;
  char *const *wanted;
  int count;
  lines *out;
} expected_changes;

static void expect_change(void *context, const model_row *one, const model_row *other) {
  expected_changes *it = context;
  text line = {0, 0, 0};
  text_add(&line, "%c ", one && other ? 'U' : one ? 'D' : 'I');
  if (one) add_wanted(&line, it->old_model, one, it->wanted, it->count);
  text_add(&line, "-> ");
  if (other) add_wanted(&line, it->new_model, other, it->wanted, it->count);
  add_line(it->out, &line);
}

/* What the engine says of two points. */
static int read_changes(copies *all, const char *table, char *const *wanted, int count,
                        int64_t from, int64_t to, lines *out) {
  hdb_page_source source = copies_source(all);
  hdb_pages *pages = 0;
  hdb_row_reader *old_reader = 0;
  hdb_row_reader *new_reader = 0;
  hdb_table_changes *changes = 0;
  hdb_row_change change;
  int rc = hdb_pages_open(&source, &pages);
  if (rc == SQLITE_OK) rc = hdb_row_reader_open(pages, table, wanted, count, &old_reader);
  if (rc == SQLITE_OK) rc = hdb_row_reader_open(pages, table, wanted, count, &new_reader);
  if (rc == SQLITE_OK) {
    rc = hdb_table_changes_open(pages, old_reader, new_reader, from, to, &changes);
  }
  while (rc == SQLITE_OK) {
    rc = hdb_table_changes_next(changes, &change);
    if (rc != SQLITE_ROW) break;
    rc = SQLITE_OK;
    text line = {0, 0, 0};
    text_add(&line, "%c ", change.operation);
    for (int i = 0; change.operation != 'I' && i < count; i++) {
      add_value(&line, hdb_row_reader_wanted(old_reader, i));
    }
    text_add(&line, "-> ");
    for (int i = 0; change.operation != 'D' && i < count; i++) {
      add_value(&line, hdb_row_reader_wanted(new_reader, i));
    }
    add_line(out, &line);
  }
  hdb_table_changes_close(changes);
  hdb_row_reader_close(old_reader);
  hdb_row_reader_close(new_reader);
  hdb_pages_close(pages);
  return rc == SQLITE_DONE ? SQLITE_OK : rc;
}

static void check_changes(copies *all, const char *table, char *const *wanted, int count,
                          int64_t from, int64_t to) {
  lines actual = {0};
  lines expected = {0};
  model old_model;
  model new_model;
  char what[100];
  open_model(all, from, table, &old_model);
  open_model(all, to, table, &new_model);
  expected_changes expectation = {&old_model, &new_model, wanted, count, &expected};
  compare_models(&old_model, &new_model, wanted, count, expect_change, &expectation);
  CHECK_INT(read_changes(all, table, wanted, count, from, to, &actual), SQLITE_OK);
  snprintf(what, sizeof what, "%s from %lld to %lld", table, (long long)from, (long long)to);
  check_lines(&actual, &expected, what);
  free_model(&old_model);
  free_model(&new_model);
}

/* The oracle of versions: walks the points from the first to the last. */

typedef struct open_version {
  char *key;
  int64_t start;
  char operation;
  char *values;
} open_version;

typedef struct expected_versions {
  const model *old_model, *new_model;
  char *const *wanted;
  int count;
  int64_t scn, from;
  open_version *open;
  size_t open_count, open_capacity;
  const char *only_key; /* null: all */
  lines *out;
} expected_versions;

static void close_version(expected_versions *it, open_version *version, int64_t end) {
  text line = {0, 0, 0};
  int is_wanted = !it->only_key || strcmp(it->only_key, version->key) == 0;
  text_add(&line, "%lld %lld %c %s", (long long)version->start, (long long)end,
           version->operation ? version->operation : '-', version->values);
  if (is_wanted && (end == 0 || end > it->from)) {
    add_line(it->out, &line);
  } else {
    text_free(&line);
  }
  free(version->key);
  free(version->values);
}

static void begin_version(expected_versions *it, const model *rows, const model_row *row,
                          int64_t start, char operation) {
  text values = {0, 0, 0};
  text key = {0, 0, 0};
  text_add(&key, "%d %s", rows->has_rowid, row->key.chars);
  text_add(&values, "%s", "");
  add_wanted(&values, rows, row, it->wanted, it->count);
  if (it->open_count == it->open_capacity) {
    it->open_capacity = it->open_capacity * 2 + 100;
    it->open = realloc(it->open, it->open_capacity * sizeof *it->open);
  }
  it->open[it->open_count++] = (open_version){key.chars, start, operation, values.chars};
}

static void expect_version(void *context, const model_row *one, const model_row *other) {
  expected_versions *it = context;
  if (one) {
    text key = {0, 0, 0};
    text_add(&key, "%d %s", it->old_model->has_rowid, one->key.chars);
    size_t i = 0;
    while (i < it->open_count && strcmp(it->open[i].key, key.chars) != 0) i++;
    CHECK(i < it->open_count);
    text_free(&key);
    close_version(it, &it->open[i], it->scn);
    it->open[i] = it->open[--it->open_count];
  }
  if (other) {
    begin_version(it, it->new_model, other, it->scn, one ? 'U' : 'I');
  } else {
    begin_version(it, it->old_model, one, it->scn, 'D');
    close_version(it, &it->open[--it->open_count], 0);
  }
}

static void expect_versions(const copies *all, const char *table, char *const *wanted, int count,
                            int64_t from, int64_t to, int64_t base, int only_changes,
                            const char *only_key, lines *out) {
  expected_versions it = {.wanted = wanted, .count = count, .from = from, .only_key = only_key,
                          .out = out};
  model old_model;
  model new_model;
  open_model(all, base, table, &old_model);
  for (size_t i = 0; i < old_model.count; i++) {
    begin_version(&it, &old_model, &old_model.rows[i], 0, 0);
  }
  for (it.scn = base + 1; it.scn <= to; it.scn++) {
    open_model(all, it.scn, table, &new_model);
    it.old_model = &old_model;
    it.new_model = &new_model;
    compare_models(&old_model, &new_model, wanted, count, expect_version, &it);
    free_model(&old_model);
    old_model = new_model;
  }
  free_model(&old_model);
  while (it.open_count > 0) close_version(&it, &it.open[--it.open_count], 0);
  free(it.open);
  if (only_changes) {
    size_t kept = 0;
    for (size_t i = 0; i < out->count; i++) {
      if (strncmp(out->list[i], "0 ", 2) == 0) {
        free(out->list[i]);
      } else {
        out->list[kept++] = out->list[i];
      }
    }
    out->count = kept;
  }
}

static int read_versions(copies *all, const hdb_versions_query *asked, lines *out) {
  hdb_page_source source = copies_source(all);
  hdb_pages *pages = 0;
  hdb_row_versions *versions = 0;
  hdb_row_version version;
  int rc = hdb_pages_open(&source, &pages);
  if (rc == SQLITE_OK) rc = hdb_row_versions_open(pages, asked, &versions);
  while (rc == SQLITE_OK) {
    rc = hdb_row_versions_next(versions, &version);
    if (rc != SQLITE_ROW) break;
    rc = SQLITE_OK;
    text line = {0, 0, 0};
    text_add(&line, "%lld %lld %c ", (long long)version.start, (long long)version.end,
             version.operation ? version.operation : '-');
    for (int i = 0; i < asked->wanted_count; i++) {
      add_value(&line, hdb_row_versions_wanted(versions, i));
    }
    add_line(out, &line);
  }
  hdb_row_versions_close(versions);
  hdb_pages_close(pages);
  return rc == SQLITE_DONE ? SQLITE_OK : rc;
}

static void check_versions(copies *all, const char *table, char *const *wanted, int count,
                           int64_t from, int64_t to, int only_changes) {
  lines actual = {0};
  lines expected = {0};
  char what[100];
  hdb_versions_query asked = {.table = table, .wanted = wanted, .wanted_count = count,
                              .from = from, .to = to, .base = from > 1 ? from - 1 : from,
                              .only_changes = only_changes};
  expect_versions(all, table, wanted, count, from, to, asked.base, only_changes, 0, &expected);
  CHECK_INT(read_versions(all, &asked, &actual), SQLITE_OK);
  snprintf(what, sizeof what, "versions of %s from %lld to %lld", table, (long long)from,
           (long long)to);
  check_lines(&actual, &expected, what);
}

/* A key finds rows that its collation does not tell apart, too. */
static void keep_row(lines *of, const char *first_values) {
  size_t kept = 0;
  for (size_t i = 0; i < of->count; i++) {
    const char *values = of->list[i];
    for (int j = 0; j < 3; j++) values = strchr(values, ' ') + 1;
    if (strncmp(values, first_values, strlen(first_values)) == 0) {
      of->list[kept++] = of->list[i];
    } else {
      free(of->list[i]);
    }
  }
  of->count = kept;
}

/* The versions of one row, of a key as the model has it. */
static void check_versions_of(copies *all, const hdb_versions_query *key, const char *only_key,
                              int64_t from, int64_t to) {
  lines actual = {0};
  lines expected = {0};
  char what[100];
  hdb_versions_query asked = *key;
  asked.from = from;
  asked.to = to;
  asked.base = from > 1 ? from - 1 : from;
  expect_versions(all, asked.table, asked.wanted, asked.wanted_count, from, to, asked.base, 0,
                  only_key, &expected);
  CHECK_INT(read_versions(all, &asked, &actual), SQLITE_OK);
  if (asked.key_kind == HDB_KEY_COLUMNS) keep_row(&actual, only_key + 2);
  snprintf(what, sizeof what, "versions of %s, row %.40s, from %lld to %lld", asked.table,
           only_key, (long long)from, (long long)to);
  check_lines(&actual, &expected, what);
}

/* A random workload */

static char name_id[] = "id", name_a[] = "a", name_b[] = "b", name_c[] = "c", name_d[] = "d",
            name_x[] = "x", name_y[] = "y", name_z[] = "z", name_k[] = "k", name_n[] = "n",
            name_v[] = "v";
static char *const t_columns[] = {name_id, name_a, name_b, name_c, name_d};
static char *const w_columns[] = {name_k, name_n, name_v, name_d};
static char *const g_columns[] = {name_x, name_y, name_z};

static const char t_definition[] =
    "CREATE TABLE t(id INTEGER PRIMARY KEY, a, b TEXT, c REAL)";
static const char w_definition[] =
    "CREATE TABLE w(v, k TEXT COLLATE NOCASE, n INT, PRIMARY KEY(n DESC, k)) WITHOUT ROWID";
static const char g_definition[] =
    "CREATE TABLE g(x INT, y INT AS (x * 2) VIRTUAL, z TEXT AS (x || 's') STORED)";

typedef struct operation {
  const char *sql; /* ?1 small number, ?2 text, ?3 text that mostly overflows, ?4 number */
  int weight;
} operation;

static const operation operations[] = {
    {"INSERT INTO t(a, b, c) VALUES(?4, ?2, ?1)", 15},
    {"INSERT OR REPLACE INTO t(id, a, b, c) VALUES(?1, ?2, ?3, ?4)", 10},
    {"INSERT INTO t(a, b) SELECT a, b FROM t LIMIT 30", 3},
    {"INSERT INTO t(id, b) VALUES(CAST(?4 AS INT), ?2) ON CONFLICT DO NOTHING", 2},
    {"UPDATE t SET a = ?2 WHERE id = (SELECT id FROM t ORDER BY id LIMIT 1 OFFSET ?1)", 10},
    {"UPDATE t SET b = ?3 WHERE id % 50 = ?1", 5},
    {"UPDATE t SET b = substr(b, 1, length(b) - 1) || char(97 + ?1 % 26) WHERE id % 40 = ?1 % 40",
     10},
    {"UPDATE t SET b = substr(b, 1, 5) || 'changed' || substr(b, 13) WHERE length(b) > 2000", 2},
    {"UPDATE OR IGNORE t SET id = id + 100000 WHERE id % 60 = ?1", 3},
    {"UPDATE t SET c = c + 1", 1},
    {"UPDATE t SET a = a", 1},
    {"DELETE FROM t WHERE id % 30 = ?1 % 30", 4},
    {"DELETE FROM t", 1},
    {"INSERT OR REPLACE INTO w(k, n, v) VALUES(?2, ?1, ?3)", 15},
    {"INSERT OR REPLACE INTO w(k, n, v) VALUES(?2, ?1, ?4)", 15},
    {"INSERT OR IGNORE INTO w(k, n, v) SELECT k || 'x', n + 1, v FROM w LIMIT 30", 3},
    {"UPDATE w SET v = ?2 WHERE n = ?1", 8},
    {"UPDATE OR IGNORE w SET k = upper(k) WHERE n = ?1", 3},
    {"UPDATE w SET v = substr(v, 1, length(v) - 1) || char(97 + ?1 % 26) WHERE n % 10 = ?1 % 10",
     6},
    {"DELETE FROM w WHERE n = ?1", 4},
    {"DELETE FROM w", 1},
    {"INSERT INTO g(x) VALUES(?1)", 8},
    {"UPDATE g SET x = ?4 WHERE rowid % 20 = ?1 % 20", 4},
    {"DELETE FROM g WHERE rowid % 20 = ?1 % 20", 2},
    {"INSERT INTO other(v) VALUES(?3)", 6},
    {"UPDATE other SET v = substr(v, 1, length(v) - 1) || char(97 + ?1 % 26)", 4},
    {"DELETE FROM other WHERE rowid % 5 = ?1 % 5", 2},
    {"CREATE INDEX IF NOT EXISTS t_b ON t(b, a)", 1},
    {"DROP INDEX IF EXISTS t_b", 1},
    {"PRAGMA incremental_vacuum(3)", 2},
};

enum { ADDS_COLUMNS = 1, DROPS_COLUMNS = 2, RECREATES = 4, VACUUMS = 8 };

static void run_random(sqlite3 *db, chance *luck) {
  const int count = (int)(sizeof operations / sizeof *operations);
  int total = 0;
  char chars[9000];
  sqlite3_stmt *stmt;
  for (int i = 0; i < count; i++) total += operations[i].weight;
  int left = chance_below(luck, total);
  int chosen = 0;
  while ((left -= operations[chosen].weight) >= 0) chosen++;
  int rc = sqlite3_prepare_v2(db, operations[chosen].sql, -1, &stmt, 0);
  if (rc != SQLITE_OK) return; /* the table has been dropped, or its column */
  for (size_t i = 0; i < sizeof chars; i++) chars[i] = (char)('a' + chance_below(luck, 26));
  sqlite3_bind_int(stmt, 1, chance_below(luck, 60));
  sqlite3_bind_text(stmt, 2, chars, 1 + chance_below(luck, 60), SQLITE_STATIC);
  int length = chance_below(luck, chance_below(luck, 4) ? 3000 : (int)sizeof chars);
  sqlite3_bind_text(stmt, 3, chars, length, SQLITE_STATIC);
  sqlite3_bind_double(stmt, 4, chance_below(luck, 2) ? chance_below(luck, 9999) : 0.5);
  rc = sqlite3_step(stmt);
  if (rc != SQLITE_DONE && rc != SQLITE_ROW && rc != SQLITE_CONSTRAINT) {
    check_fail(__FILE__, __LINE__, "%s: %s", operations[chosen].sql, sqlite3_errmsg(db));
  }
  sqlite3_finalize(stmt);
}

/* The row count stays small, as every copy is read. */
static void trim(sqlite3 *db) {
  try_execute(db, "DELETE FROM t WHERE (SELECT count(*) FROM t) > 400 AND id % 2");
  try_execute(db, "DELETE FROM w WHERE (SELECT count(*) FROM w) > 400 AND n % 2");
  try_execute(db, "DELETE FROM other WHERE (SELECT count(*) FROM other) > 10");
}

static void change_schema(sqlite3 *db, chance *luck, int kinds) {
  if (kinds & ADDS_COLUMNS) {
    try_execute(db, chance_below(luck, 2) ? "ALTER TABLE t ADD COLUMN d DEFAULT 'added'"
                                          : "ALTER TABLE w ADD COLUMN d DEFAULT 7.5");
  }
  if (kinds & DROPS_COLUMNS) {
    try_execute(db, chance_below(luck, 2) ? "ALTER TABLE t DROP COLUMN c"
                                          : "ALTER TABLE t RENAME COLUMN a TO x");
  }
  if (kinds & RECREATES) {
    int which = chance_below(luck, 6);
    if (which == 0) try_execute(db, "DROP TABLE t");
    if (which == 1) try_execute(db, "DROP TABLE w");
    if (which == 2) {
      try_execute(db, "DROP TABLE g;"
                      "CREATE TABLE g(x INT, y, z TEXT, PRIMARY KEY(x)) WITHOUT ROWID");
    }
    if (which == 3) try_execute(db, "DROP TABLE g");
    if (which > 3) {
      try_execute(db, t_definition);
      try_execute(db, w_definition);
      try_execute(db, g_definition);
    }
  }
}

static const char first_rows[] =
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 200)"
    " INSERT INTO t SELECT i, i * 7 % 5, hex(zeroblob(i % 40)), i FROM n;"
    "INSERT INTO w(k, n, v) SELECT 'key' || (id % 7), id % 60, 'value' || id FROM t"
    " WHERE id > 100;"
    "INSERT INTO g(x) SELECT id FROM t WHERE id < 30;";

static void make_copies(copies *all, uint64_t seed, const char *settings, int kinds, int points) {
  chance luck = {seed};
  const char *path = in_directory("live.db");
  remove(path);
  sqlite3 *db = open_database(path, STOCK_VFS);
  memset(all, 0, sizeof *all);
  all->names_more = seed % 2 == 0;
  execute(db, settings);
  execute(db, "CREATE TABLE other(v)");
  execute(db, t_definition);
  execute(db, w_definition);
  execute(db, g_definition);
  execute(db, first_rows);
  copies_take(all, path);
  while (all->count < points) {
    execute(db, "BEGIN");
    int count = 1 + chance_below(&luck, chance_below(&luck, 3) ? 2 : 12);
    for (int i = 0; i < count; i++) run_random(db, &luck);
    trim(db);
    if (chance_below(&luck, kinds & RECREATES ? 5 : 15) == 0) change_schema(db, &luck, kinds);
    execute(db, "COMMIT");
    if ((kinds & VACUUMS) && chance_below(&luck, 25) == 0) execute(db, "VACUUM");
    copies_take(all, path);
  }
  close_database(db);
}

static void check_random_changes(uint64_t seed, const char *settings, int kinds, int points) {
  copies all;
  chance luck = {seed + 1000};
  make_copies(&all, seed, settings, kinds, points);
  for (int i = 0; i < points / 2; i++) {
    int64_t from = 1 + chance_below(&luck, points);
    int64_t to = chance_below(&luck, 2) ? 1 + chance_below(&luck, points)
                                        : from + chance_below(&luck, 3);
    if (to > points) to = points;
    check_changes(&all, "t", t_columns, 5, from, to);
    check_changes(&all, "w", w_columns, 4, from, to);
    check_changes(&all, "g", g_columns, 3, from, to);
  }
  copies_free(&all);
}

static const char small_pages[] = "PRAGMA page_size=512; PRAGMA auto_vacuum=0";
static const char moving_pages[] = "PRAGMA page_size=512; PRAGMA auto_vacuum=1";
static const char wide_text[] = "PRAGMA encoding='UTF-16'; PRAGMA page_size=1024;"
                                "PRAGMA auto_vacuum=2";

TEST(changes_are_the_rows_in_which_two_copies_differ) {
  check_random_changes(1, small_pages, 0, 60);
  check_random_changes(2, "PRAGMA page_size=4096", VACUUMS, 60);
}

TEST(changes_are_exact_while_pages_move) {
  check_random_changes(3, moving_pages, 0, 60);
  check_random_changes(4, wide_text, VACUUMS, 60);
}

TEST(changes_are_exact_while_the_schema_changes) {
  check_random_changes(5, small_pages, ADDS_COLUMNS | VACUUMS, 50);
  check_random_changes(6, moving_pages, DROPS_COLUMNS, 50);
  check_random_changes(7, small_pages, RECREATES | VACUUMS, 50);
  check_random_changes(8, moving_pages, RECREATES, 50);
}

static void check_random_versions(uint64_t seed, const char *settings, int kinds, int points) {
  copies all;
  chance luck = {seed + 1000};
  make_copies(&all, seed, settings, kinds, points);
  for (int i = 0; i < 5; i++) {
    int64_t from = 1 + chance_below(&luck, points - 1);
    int64_t to = i == 0 ? points : from + chance_below(&luck, (int)(points - from) + 1);
    check_versions(&all, "t", t_columns, 5, from, to, i % 2);
    check_versions(&all, "w", w_columns, 4, from, to, i % 2);
    check_versions(&all, "g", g_columns, 3, from, to, i % 2);
  }
  copies_free(&all);
}

TEST(versions_are_the_rows_that_followed_each_other) {
  check_random_versions(11, small_pages, 0, 60);
  check_random_versions(12, moving_pages, 0, 60);
  check_random_versions(13, wide_text, VACUUMS, 50);
}

TEST(versions_are_exact_while_the_schema_changes) {
  check_random_versions(14, small_pages, ADDS_COLUMNS | VACUUMS, 50);
  check_random_versions(15, moving_pages, DROPS_COLUMNS, 50);
  check_random_versions(16, small_pages, RECREATES | VACUUMS, 50);
}

/* A column of the key, as a table of the workload has it. */
static hdb_column key_id = {name_id, 0, 0, 1};

static sqlite3_value *value_of(sqlite3 *db, const char *sql) {
  sqlite3_stmt *stmt;
  CHECK_INT(sqlite3_prepare_v2(db, sql, -1, &stmt, 0), SQLITE_OK);
  CHECK_INT(sqlite3_step(stmt), SQLITE_ROW);
  sqlite3_value *value = sqlite3_value_dup(sqlite3_column_value(stmt, 0));
  sqlite3_finalize(stmt);
  return value;
}

static void check_random_rows(uint64_t seed, const char *settings, int kinds, int points) {
  static char integer_type[] = "INTEGER", binary[] = "BINARY", int_type[] = "INT",
              text_type[] = "TEXT", nocase[] = "NOCASE";
  const int id_place[] = {0};
  const int w_places[] = {1, 0};
  hdb_column id = key_id;
  hdb_column n = {name_n, int_type, binary, 1};
  hdb_column k = {name_k, text_type, nocase, 2};
  id.type = integer_type;
  id.collation = binary;
  const hdb_column *const id_columns[] = {&id};
  const hdb_column *const key_columns[] = {&n, &k};
  copies all;
  chance luck = {seed + 1000};
  sqlite3 *values = open_database(":memory:", STOCK_VFS);
  make_copies(&all, seed, settings, kinds, points);
  for (int i = 0; i < 12; i++) {
    int64_t from = 1 + chance_below(&luck, points - 1);
    int64_t to = i == 0 ? points : from + chance_below(&luck, (int)(points - from) + 1);
    model it;
    char sql[8000];
    char key_text[200];
    int64_t id_number = chance_below(&luck, 60);
    snprintf(sql, sizeof sql, "SELECT %lld", (long long)id_number);
    sqlite3_value *key[2] = {value_of(values, sql), 0};
    snprintf(key_text, sizeof key_text, "1 %lld ", (long long)id_number);
    hdb_versions_query asked = {.table = "T", .wanted = t_columns, .wanted_count = 5,
                                .key_kind = i % 2 ? HDB_KEY_ALIAS : HDB_KEY_ROWID,
                                .key_count = 1, .key = key, .key_wanted = id_place,
                                .key_columns = id_columns};
    asked.table = "t";
    check_versions_of(&all, &asked, key_text, from, to);
    sqlite3_value_free(key[0]);

    /* A key that was there at some point. */
    int64_t at = from + chance_below(&luck, (int)(to - from) + 1);
    open_model(&all, at, "w", &it);
    if (it.count > 0) {
      copies_put(&all, at, in_directory("copy.db"));
      sqlite3 *copy = open_database(in_directory("copy.db"), STOCK_VFS);
      int place = chance_below(&luck, (int)it.count);
      snprintf(sql, sizeof sql, "SELECT n FROM w LIMIT 1 OFFSET %d", place);
      key[0] = value_of(copy, sql);
      snprintf(sql, sizeof sql, "SELECT k FROM w LIMIT 1 OFFSET %d", place);
      key[1] = value_of(copy, sql);
      text only = {0, 0, 0};
      text_add(&only, "0 ");
      add_value(&only, key[1]);
      add_value(&only, key[0]);
      hdb_versions_query of_w = {.table = "w", .wanted = w_columns, .wanted_count = 4,
                                 .key_kind = HDB_KEY_COLUMNS, .key_count = 2, .key = key,
                                 .key_wanted = w_places, .key_columns = key_columns};
      check_versions_of(&all, &of_w, only.chars, from, to);
      text_free(&only);
      sqlite3_value_free(key[0]);
      sqlite3_value_free(key[1]);
      close_database(copy);
    }
    free_model(&it);
  }
  close_database(values);
  copies_free(&all);
}

TEST(versions_of_one_row_are_those_among_all_versions) {
  check_random_rows(21, small_pages, 0, 60);
  check_random_rows(22, moving_pages, VACUUMS, 60);
  check_random_rows(23, wide_text, ADDS_COLUMNS | VACUUMS, 60);
  check_random_rows(24, small_pages, RECREATES, 60);
  check_random_rows(25, moving_pages, DROPS_COLUMNS | RECREATES, 60);
}

/* In SQL, on a database with history */

static sqlite3 *open_with_history(const char *path) {
  char uri[600];
  sqlite3 *db;
  snprintf(uri, sizeof uri, "file:%s?heliosdb_history=on", path);
  int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_URI;
  CHECK_INT(try_open_database(uri, flags, HDB_VFS_NAME, &db), SQLITE_OK);
  CHECK_INT(hdb_register_functions(db), SQLITE_OK);
  execute(db, "PRAGMA journal_mode=WAL");
  return db;
}

/* Five commits, 1 to 5, and a checkpoint after the third. */
static sqlite3 *open_orders(void) {
  sqlite3 *db = open_with_history(in_directory("orders.db"));
  execute(db, "CREATE TABLE orders(id INTEGER PRIMARY KEY, state TEXT, total REAL)");
  execute(db, "INSERT INTO orders VALUES(1, 'new', 10), (2, 'new', 20), (3, 'new', 30)");
  execute(db, "UPDATE orders SET state = 'paid' WHERE id = 2");
  execute(db, "PRAGMA wal_checkpoint(TRUNCATE)");
  execute(db, "DELETE FROM orders WHERE id = 1");
  execute(db, "INSERT INTO orders VALUES(4, 'new', 40)");
  CHECK_INT(query_integer(db, "SELECT heliosdb_scn()"), 5);
  execute(db, "CREATE VIRTUAL TABLE temp.v USING heliosdb_versions(orders)");
  execute(db, "CREATE VIRTUAL TABLE temp.c USING heliosdb_changes(\"orders\")");
  return db;
}

static int compare_backwards(void *context, int a_bytes, const void *a, int b_bytes,
                             const void *b) {
  int order = memcmp(b, a, (size_t)(a_bytes < b_bytes ? a_bytes : b_bytes));
  (void)context;
  return order ? order : b_bytes - a_bytes;
}

static void twice(sqlite3_context *context, int count, sqlite3_value **values) {
  (void)count;
  sqlite3_result_int64(context, 2 * sqlite3_value_int64(values[0]));
}

/* The message of a statement that must fail. */
static const char *failure_of(sqlite3 *db, const char *sql) {
  static char message[500];
  CHECK(sqlite3_exec(db, sql, 0, 0, 0) != SQLITE_OK);
  snprintf(message, sizeof message, "%s", sqlite3_errmsg(db));
  return message;
}

static void check_failure(sqlite3 *db, const char *sql, const char *part) {
  const char *message = failure_of(db, sql);
  if (!strstr(message, part)) check_fail(__FILE__, __LINE__, "%s: %s", sql, message);
}

#define VERSION_COLUMNS "versions_start_scn, versions_end_scn, versions_operation"

TEST(versions_tell_the_commits_that_began_and_ended_them) {
  sqlite3 *db = open_orders();
  CHECK_TEXT(query(db, "SELECT id, state, " VERSION_COLUMNS " FROM temp.v(2, 5) ORDER BY id,"
                       " versions_start_scn"),
             "1|new|2|4|I,1|new|4|null|D,2|new|2|3|I,2|paid|3|null|U,3|new|2|null|I,"
             "4|new|5|null|I");
  CHECK_TEXT(query(db, "SELECT id, state, " VERSION_COLUMNS " FROM temp.v(3, 4) ORDER BY id,"
                       " versions_start_scn"),
             "1|new|null|4|null,1|new|4|null|D,2|paid|3|null|U,3|new|null|null|null");
  CHECK_INT(query_integer(db, "SELECT count(*) FROM temp.v(2, 5) v"
                              " JOIN heliosdb_commits s ON s.scn = v.versions_start_scn"
                              " LEFT JOIN heliosdb_commits e ON e.scn = v.versions_end_scn"
                              " WHERE s.committed_at = versions_start_time"
                              " AND e.committed_at IS versions_end_time"),
            6);
  close_database(db);
}

TEST(changes_have_old_and_new_values) {
  sqlite3 *db = open_orders();
  CHECK_TEXT(query(db, "SELECT * FROM temp.c(2, 5)"),
             "D|1|new|10.0|null|null|null,U|2|new|20.0|2|paid|20.0,I|null|null|null|4|new|40.0");
  CHECK_TEXT(query(db, "SELECT operation, old_1, new_1 FROM temp.c(2, 4) WHERE operation = 'U'"),
             "U|new|paid");
  CHECK_TEXT(query(db, "SELECT * FROM temp.c(5, 5)"), "");
  close_database(db);
}

TEST(changes_go_back_in_time_too) {
  sqlite3 *db = open_orders();
  CHECK_TEXT(query(db, "SELECT rowid, * FROM temp.c(5, 2)"),
             "1|I|null|null|null|1|new|10.0,2|U|2|paid|20.0|2|new|20.0,"
             "4|D|4|new|40.0|null|null|null");
  close_database(db);
}

TEST(points_that_are_left_out_are_the_oldest_and_the_newest) {
  sqlite3 *db = open_orders();
  CHECK_INT(query_integer(db, "SELECT count(*) FROM temp.v"), 6);
  CHECK_INT(query_integer(db, "SELECT count(*) FROM temp.v(3)"), 5);
  CHECK_TEXT(query(db, "SELECT DISTINCT from_scn, to_scn FROM temp.v(NULL, 4)"), "0|4");
  CHECK_TEXT(query(db, "SELECT DISTINCT from_scn, to_scn FROM temp.c(NULL, NULL)"), "0|5");
  close_database(db);
}

TEST(points_may_come_from_another_table) {
  sqlite3 *db = open_orders();
  CHECK_TEXT(query(db, "SELECT scn, operation, coalesce(new_0, old_0) FROM heliosdb_commits m,"
                       " temp.c c WHERE m.scn > 1 AND c.from_scn = m.scn - 1"
                       " AND c.to_scn = m.scn ORDER BY scn, 3"),
             "2|I|1,2|I|2,2|I|3,3|U|2,4|D|1,5|I|4");
  close_database(db);
}

TEST(columns_are_those_of_the_point_that_is_named) {
  sqlite3 *db = open_orders();
  execute(db, "ALTER TABLE orders DROP COLUMN total");
  execute(db, "ALTER TABLE orders ADD COLUMN note DEFAULT 'none'");
  execute(db, "UPDATE orders SET note = 'late' WHERE id = 3");
  execute(db, "CREATE VIRTUAL TABLE temp.now USING heliosdb_versions(orders)");
  execute(db, "CREATE VIRTUAL TABLE temp.past USING heliosdb_versions('ORDERS', 4)");
  CHECK_TEXT(query(db, "SELECT *, " VERSION_COLUMNS " FROM (SELECT id, state, note, "
                       VERSION_COLUMNS " FROM temp.now(5, 8)) WHERE id = 3"),
             "3|new|late|8|null|U|8|null|U,3|new|null|null|8|null|null|8|null");
  CHECK_TEXT(query(db, "SELECT id, state, total, " VERSION_COLUMNS " FROM temp.past(5, 8)"
                       " WHERE id = 3"),
             "3|new|null|8|null|U,3|new|30.0|null|8|null");
  close_database(db);
}

TEST(a_table_that_has_been_dropped_has_a_history) {
  sqlite3 *db = open_orders();
  execute(db, "DROP TABLE orders");
  check_failure(db, "CREATE VIRTUAL TABLE temp.x USING heliosdb_versions(orders)",
                "no such table: orders, at SCN 6");
  execute(db, "CREATE VIRTUAL TABLE temp.x USING heliosdb_versions(orders, 5)");
  CHECK_TEXT(query(db, "SELECT id, " VERSION_COLUMNS " FROM temp.x(5, 6) ORDER BY id, 2"),
             "2|null|6|null,2|6|null|D,3|null|6|null,3|6|null|D,4|5|6|I,4|6|null|D");
  CHECK_TEXT(query(db, "SELECT id, " VERSION_COLUMNS " FROM temp.x(5, 6) WHERE id = 3"),
             "3|6|null|D,3|null|6|null");
  close_database(db);
}

TEST(a_row_is_found_by_its_rowid) {
  sqlite3 *db = open_with_history(in_directory("a.db"));
  execute(db, "CREATE TABLE t(rowid TEXT, from_scn); CREATE TABLE u(a)");
  execute(db, "INSERT INTO t VALUES('x', 1); INSERT INTO u VALUES('first'), ('second')");
  execute(db, "UPDATE u SET a = 'third' WHERE rowid = 2; UPDATE t SET from_scn = 2");
  execute(db, "CREATE VIRTUAL TABLE temp.vt USING heliosdb_versions(t);"
              "CREATE VIRTUAL TABLE temp.vu USING heliosdb_versions([u])");
  CHECK_TEXT(query(db, "SELECT rowid, a, " VERSION_COLUMNS " FROM temp.vu WHERE rowid = 2"),
             "2|third|5|null|U,2|second|4|5|I");
  CHECK_TEXT(query(db, "SELECT rowid, from_scn, " VERSION_COLUMNS " FROM temp.vt"
                       " WHERE rowid_ = 1 AND rowid = 'x'"),
             "x|2|6|null|U,x|1|3|6|I");
  CHECK_TEXT(query(db, "SELECT v.rowid, a, versions_start_scn FROM (SELECT 1 AS i UNION SELECT 2)"
                       " LEFT JOIN temp.vu(1, NULL) v ON v.rowid = i ORDER BY 1, 3"),
             "1|first|4,2|second|4,2|third|5");
  CHECK_TEXT(query(db, "SELECT count(*) FROM temp.vu WHERE rowid IN (2, 1, 2, NULL, 'x', 2.5)"),
             "3");
  close_database(db);
}

/* Whether conditions find the same versions as in a copy of all of them. */
static void check_conditions(sqlite3 *db, const char *table, const char *const *conditions) {
  for (; *conditions; conditions++) {
    char sql[400];
    const char *found[2];
    for (int i = 0; i < 2; i++) {
      snprintf(sql, sizeof sql, "SELECT * FROM temp.%s%s WHERE %s ORDER BY 1, 2, 3, 4, 5, 6",
               i ? "copy_of_" : "", table, *conditions);
      found[i] = query(db, sql);
    }
    if (strcmp(found[0], found[1]) != 0) {
      check_fail(__FILE__, __LINE__, "%s:\n%s\nnot\n%s", *conditions, found[0], found[1]);
    }
  }
}

TEST(a_row_is_found_by_its_key_as_among_all_rows) {
  sqlite3 *db = open_with_history(in_directory("a.db"));
  static const char *const conditions[] = {
      "id = 7", "id = '7'", "id = 7.0", "id = 7.5", "id = NULL", "id = x'37'",
      "id IN (1, 3, 3, 9)", "id = 7 AND versions_operation = 'U'",
      "id = 7 OR versions_operation = 'D'",
      "(id = 7 AND versions_operation = 'U') OR (id = 3 AND versions_operation <> 'U')",
      "(id = 3 AND versions_operation = 'I') OR versions_operation = 'D'",
      "id = 7 OR id = 3 OR id = 7", "id = (SELECT max(m) + 2 FROM numbers)",
      "versions_operation IS NULL", "versions_operation IS NOT 'U'",
      "versions_operation IS NOT NULL", "versions_operation BETWEEN 'D' AND 'I'",
      "versions_start_scn > 8", "versions_start_scn IS NULL OR id = 7", 0};
  static const char *const key_conditions[] = {
      "k = 'b' AND n = 2", "k = 'B' AND n = 2", "k = 'b' COLLATE BINARY AND n = 2",
      "k = 5 AND n = '1'", "k = (SELECT m FROM numbers) AND n = 1",
      "(k, n) IN (SELECT m, 1 FROM numbers)", "k = '5' AND n = 1.0", "k = 'b'",
      "(k = 'b' AND n = 2) OR versions_operation = 'D'",
      "(k = 'b' AND n = 2) OR (k = 'c' AND n = 1) OR (k = 'B' AND n = 2)", 0};
  static const char *const unique_conditions[] = {
      "code = 'x' AND n = 1", "code = 'y' AND n = 1", "n = '1' AND code = 'x'",
      "code = 'x' AND n = 1 AND versions_operation IS NOT NULL", "code = 5 AND n = 1",
      "(code, n) IN (SELECT 'x', m - 4 FROM numbers UNION SELECT 'z', 3)",
      "code = 'none' AND n = 1", "code = NULL AND n = 1",
      "(code = 'x' AND n = 1) OR (code = 'y' AND n = 1) OR versions_operation = 'D'", 0};
  execute(db, "CREATE TABLE t(id INTEGER PRIMARY KEY, a);"
              "CREATE TABLE u(v, code TEXT, n INT, PRIMARY KEY(code, n));"
              "CREATE TABLE w(v, k TEXT COLLATE NOCASE, n INT, PRIMARY KEY(n, k)) WITHOUT ROWID;"
              "CREATE TABLE numbers(m INT); INSERT INTO numbers VALUES(5)");
  execute(db, "INSERT INTO t SELECT value, 'first' FROM json_each('[1,2,3,4,5,6,7,8,9]')");
  execute(db, "UPDATE t SET a = 'second' WHERE id IN (3, 7)");
  execute(db, "DELETE FROM t WHERE id = 3");
  execute(db, "UPDATE t SET a = 'third' WHERE id = 7; INSERT INTO t VALUES(3, 'again')");
  execute(db, "INSERT INTO w VALUES('1', 'a', 1), ('2', 'b', 2), ('3', '5', 1), ('4', '05', 1),"
              "('5', 'c', 1)");
  execute(db, "UPDATE w SET v = 'changed' WHERE k IN ('b', '5')");
  execute(db, "UPDATE w SET k = 'B' WHERE k = 'b'; DELETE FROM w WHERE k = 'c'");
  execute(db, "UPDATE w SET v = v || '!'");
  execute(db, "INSERT INTO u VALUES(1, 'x', 1), (2, 'y', 2), (3, 'z', 3)");
  execute(db, "UPDATE u SET code = 'y' WHERE v = 1; UPDATE u SET v = 'changed' WHERE n = 1");
  execute(db, "BEGIN; DELETE FROM u WHERE n = 1; INSERT INTO u VALUES(4, 'x', 1); COMMIT");
  execute(db, "DELETE FROM u WHERE code = 'x'; INSERT INTO u VALUES(5, 'y', 1)");
  execute(db, "UPDATE u SET code = 'x' WHERE v = 5; UPDATE u SET v = 6 WHERE v = 5");
  execute(db, "BEGIN; UPDATE u SET code = 'w', n = 9 WHERE code = 'x';"
              "UPDATE u SET code = 'x', n = 1 WHERE v = 3; COMMIT");
  execute(db, "CREATE VIRTUAL TABLE temp.vt USING heliosdb_versions(t);"
              "CREATE VIRTUAL TABLE temp.vu USING heliosdb_versions(u);"
              "CREATE VIRTUAL TABLE temp.vw USING heliosdb_versions(w)");
  execute(db, "CREATE TEMP TABLE copy_of_vu(v, code TEXT, n INT, s INTEGER, e, st, et, o TEXT);"
              "ALTER TABLE copy_of_vu RENAME o TO versions_operation;"
              "CREATE TEMP TABLE copy_of_vt(id INTEGER, a, s INTEGER, e, st, et, o TEXT);"
              "CREATE TEMP TABLE copy_of_vw(v, k TEXT COLLATE NOCASE, n INT, s INTEGER, e, st, et,"
              " o TEXT);"
              "ALTER TABLE copy_of_vt RENAME s TO versions_start_scn;"
              "ALTER TABLE copy_of_vt RENAME o TO versions_operation;"
              "ALTER TABLE copy_of_vw RENAME o TO versions_operation");
  execute(db, "INSERT INTO copy_of_vt SELECT * FROM temp.vt;"
              "INSERT INTO copy_of_vu(rowid, v, code, n, s, e, st, et, versions_operation)"
              " SELECT NULL, * FROM temp.vu;"
              "INSERT INTO copy_of_vw SELECT * FROM temp.vw");
  check_conditions(db, "vt", conditions);
  check_conditions(db, "vw", key_conditions);
  check_conditions(db, "vu", unique_conditions);
  CHECK_TEXT(query(db, "SELECT v, " VERSION_COLUMNS " FROM temp.vw(1, NULL)"
                       " WHERE k = 'b' AND n = 2 ORDER BY versions_start_scn, 4"),
             "2|11|12|I,changed|12|13|U,changed|13|null|D,changed|13|15|I,changed!|15|null|U");
  close_database(db);
}

TEST(values_are_those_that_sqlite_gives) {
  sqlite3 *db = open_with_history(in_directory("a.db"));
  execute(db, "CREATE TABLE t(a REAL, b NUMERIC, c AS (a * 2), d TEXT AS (b || '!') STORED, e)");
  execute(db, "INSERT INTO t(a, b, e) VALUES(1, '2', x'00'), (1.5, 'x', NULL), (-0.0, 1e300, '')");
  execute(db, "UPDATE t SET a = a + 1");
  execute(db, "CREATE VIRTUAL TABLE temp.v USING heliosdb_versions(t);"
              "CREATE VIRTUAL TABLE temp.c USING heliosdb_changes(t)");
  CHECK_TEXT(query(db, "SELECT typeof(a), quote(a), quote(b), quote(c), quote(d), quote(e)"
                       " FROM temp.v WHERE versions_end_scn IS NULL ORDER BY rowid"),
             query(db, "SELECT typeof(a), quote(a), quote(b), quote(c), quote(d), quote(e)"
                       " FROM t ORDER BY rowid"));
  CHECK_TEXT(query(db, "SELECT quote(old_0), quote(new_0), quote(new_2), quote(new_3)"
                       " FROM temp.c(2, 3)"),
             "1.0|2.0|4.0|'2!',1.5|2.5|5.0|'x!',0.0|1.0|2.0|'1.0e+300!'");
  close_database(db);
}

TEST(an_update_that_changes_no_value_is_no_change) {
  sqlite3 *db = open_with_history(in_directory("a.db"));
  char sql[100];
  execute(db, "CREATE TABLE t(id INTEGER PRIMARY KEY, a, b); INSERT INTO t VALUES(1, 1, 'x')");
  execute(db, "UPDATE t SET a = a");
  execute(db, "ALTER TABLE t ADD COLUMN c DEFAULT 'c'; UPDATE t SET b = b");
  int64_t added = query_integer(db, "SELECT heliosdb_scn()");
  execute(db, "ALTER TABLE t DROP COLUMN b");
  execute(db, "UPDATE t SET a = a; VACUUM");
  execute(db, "CREATE VIRTUAL TABLE temp.v USING heliosdb_versions(t);"
              "CREATE VIRTUAL TABLE temp.c USING heliosdb_changes(t)");
  CHECK_TEXT(query(db, "SELECT id, " VERSION_COLUMNS " FROM temp.v"), "1|2|null|I");
  CHECK_TEXT(query(db, "SELECT id, " VERSION_COLUMNS " FROM temp.v WHERE id = 1"), "1|2|null|I");
  snprintf(sql, sizeof sql, "SELECT * FROM temp.c(2, %d)", (int)added);
  CHECK_TEXT(query(db, sql), "");
  snprintf(sql, sizeof sql, "SELECT * FROM temp.c(%d, NULL)", (int)added);
  CHECK_TEXT(query(db, sql), "");
  close_database(db);
}

TEST(a_collation_that_is_not_known_does_not_matter) {
  const char *path = in_directory("a.db");
  sqlite3 *db = open_with_history(path);
  CHECK_INT(sqlite3_create_collation(db, "backwards", SQLITE_UTF8, 0, compare_backwards),
            SQLITE_OK);
  execute(db, "CREATE TABLE t(k TEXT COLLATE backwards PRIMARY KEY, v) WITHOUT ROWID");
  execute(db, "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 500)"
              " INSERT INTO t SELECT 'key' || i, i FROM n");
  execute(db, "UPDATE t SET v = -v WHERE v % 100 = 1");
  execute(db, "CREATE VIRTUAL TABLE temp.v USING heliosdb_versions(t);"
              "CREATE VIRTUAL TABLE temp.c USING heliosdb_changes(t)");
  CHECK_TEXT(query(db, "SELECT old_0, new_1 FROM temp.c(2, 3) ORDER BY new_1 DESC"),
             "key1|-1,key101|-101,key201|-201,key301|-301,key401|-401");
  CHECK_TEXT(query(db, "SELECT v, " VERSION_COLUMNS " FROM temp.v WHERE k = 'key201'"
                       " ORDER BY v"),
             "-201|3|null|U,201|2|3|I");
  close_database(db);
}

TEST(what_has_no_history_of_rows_is_named) {
  sqlite3 *db = open_orders();
  execute(db, "CREATE VIEW view AS SELECT 1; CREATE TABLE clash(versions_end_scn)");
  check_failure(db, "CREATE VIRTUAL TABLE temp.x USING heliosdb_versions(missing)",
                "no such table: missing, at SCN 7");
  check_failure(db, "CREATE VIRTUAL TABLE temp.x USING heliosdb_changes(view)",
                "view is a view or a virtual table");
  check_failure(db, "CREATE VIRTUAL TABLE temp.x USING heliosdb_versions",
                "heliosdb_versions takes the name of a table");
  check_failure(db, "CREATE VIRTUAL TABLE temp.x USING heliosdb_versions(orders, 1, 2)",
                "takes the name of a table");
  check_failure(db, "CREATE VIRTUAL TABLE main.x USING heliosdb_changes(orders)",
                "heliosdb_changes tables are temporary");
  check_failure(db, "CREATE VIRTUAL TABLE temp.x USING heliosdb_versions(orders, 99)",
                "SCN 99 cannot be read");
  check_failure(db, "CREATE VIRTUAL TABLE temp.x USING heliosdb_versions(clash)",
                "A column of table clash has a name that its history uses itself: duplicate column"
                " name: versions_end_scn");
  check_failure(db, "SELECT * FROM temp.v(2, 99)", "SCN 99 cannot be read");
  check_failure(db, "SELECT * FROM temp.c(-1, 2)", "SCN -1 cannot be read");
  check_failure(db, "SELECT * FROM temp.v(5, 2)",
                "The range of versions ends at SCN 2, before it begins at SCN 5");
  close_database(db);
}

TEST(a_memory_database_has_no_history_of_rows) {
  sqlite3 *db = open_database("none", HDB_MEMORY_VFS_NAME);
  CHECK_INT(hdb_register_functions(db), SQLITE_OK);
  execute(db, "CREATE TABLE t(a)");
  check_failure(db, "CREATE VIRTUAL TABLE temp.x USING heliosdb_versions(t)",
                "This database keeps no history");
  close_database(db);
}

TEST(a_value_that_cannot_be_computed_is_named) {
  sqlite3 *db = open_with_history(in_directory("a.db"));
  CHECK_INT(sqlite3_create_function(db, "twice", 1, SQLITE_UTF8 | SQLITE_DETERMINISTIC, 0, twice,
                                    0, 0),
            SQLITE_OK);
  execute(db, "CREATE TABLE t(a, b AS (twice(a))); INSERT INTO t(a) VALUES(1)");
  check_failure(db, "CREATE VIRTUAL TABLE temp.v USING heliosdb_versions(t)",
                "Table t at SCN 2 cannot be read: unknown function: twice()");
  close_database(db);
}

static int interrupt_at_once(void *context) {
  ++*(int *)context;
  return 1;
}

TEST(a_long_search_can_be_interrupted) {
  sqlite3 *db = open_with_history(in_directory("a.db"));
  int asked = 0;
  execute(db, "PRAGMA page_size=512; CREATE TABLE t(a)");
  execute(db, "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 3000)"
              " INSERT INTO t SELECT hex(zeroblob(100)) FROM n");
  execute(db, "DELETE FROM t WHERE rowid % 2; VACUUM");
  execute(db, "CREATE VIRTUAL TABLE temp.c USING heliosdb_changes(t)");
  CHECK_INT(query_integer(db, "SELECT count(*) FROM temp.c(1, 3)"), 1500);
  /* Nothing but the search itself runs long enough for the handler. */
  sqlite3_progress_handler(db, 1000, interrupt_at_once, &asked);
  CHECK_INT(try_execute(db, "SELECT count(*) FROM temp.c(2, 3) WHERE operation = 'none'"),
            SQLITE_INTERRUPT);
  CHECK_INT(asked, 1);
  sqlite3_progress_handler(db, 0, 0, 0);
  close_database(db);
}

/*
** The versions of a range that were there at one of its points are the rows at that point;
** and those of a row are found by its key as without.
*/
static void check_state(sqlite3 *db, const char *table, int64_t first, int64_t at, int64_t other,
                        const model *expected) {
  lines actual = {0};
  lines rows = {0};
  char sql[500];
  sqlite3_stmt *stmt;
  int64_t from = first + (at < other ? at : other);
  int64_t to = first + (at < other ? other : at);
  snprintf(sql, sizeof sql, "CREATE VIRTUAL TABLE temp.v USING heliosdb_versions(%s)", table);
  execute(db, sql);
  snprintf(sql, sizeof sql, "SELECT * FROM temp.v(%lld, %lld) WHERE versions_operation IS NOT 'D'"
                            " AND coalesce(versions_start_scn, 0) <= %lld"
                            " AND coalesce(versions_end_scn, 1 << 60) > %lld",
           (long long)from, (long long)to, (long long)(first + at), (long long)(first + at));
  CHECK_INT(sqlite3_prepare_v2(db, sql, -1, &stmt, 0), SQLITE_OK);
  while (sqlite3_step(stmt) == SQLITE_ROW) {
    text line = {0, 0, 0};
    for (int i = 0; i < expected->column_count; i++) {
      add_value(&line, sqlite3_column_value(stmt, i));
    }
    add_line(&actual, &line);
  }
  CHECK_INT(sqlite3_finalize(stmt), SQLITE_OK);
  for (size_t i = 0; i < expected->count; i++) {
    text line = {0, 0, 0};
    for (int j = 0; j < expected->column_count; j++) {
      text_add(&line, "%s", expected->rows[i].values[j].chars);
    }
    add_line(&rows, &line);
  }
  check_lines(&actual, &rows, sql);
  const char *key = strcmp(table, "t") == 0 ? "id" : strcmp(table, "g") == 0 ? "rowid" : 0;
  for (int i = 1; key && i < 200; i += 37) {
    snprintf(sql, sizeof sql, "SELECT count(*) FROM (SELECT *, %s FROM temp.v(%lld, %lld) WHERE %s"
                              " = %d EXCEPT SELECT *, %s FROM temp.v(%lld, %lld) WHERE %s IS %d)",
             key, (long long)from, (long long)to, key, i, key, (long long)from, (long long)to, key,
             i);
    CHECK_INT(query_integer(db, sql), 0);
    snprintf(sql, sizeof sql, "SELECT (SELECT count(*) FROM temp.v(%lld, %lld) WHERE %s = %d) -"
                              " (SELECT count(*) FROM temp.v(%lld, %lld) WHERE %s IS %d)",
             (long long)from, (long long)to, key, i, (long long)from, (long long)to, key, i);
    CHECK_INT(query_integer(db, sql), 0);
  }
  execute(db, "DROP TABLE temp.v");
}

/* The random workload in SQL, with captures in between. */
static void check_random_sql(uint64_t seed, int kinds, int points) {
  static const char *const tables[] = {"t", "w", "g"};
  chance luck = {seed};
  model *models = calloc((size_t)(points + 1) * 3, sizeof *models);
  char name[30];
  snprintf(name, sizeof name, "live-%d.db", (int)seed);
  sqlite3 *db = open_with_history(in_directory(name));
  int64_t count = 0;
  execute(db, "PRAGMA wal_autocheckpoint=0; CREATE TABLE other(v)");
  execute(db, t_definition);
  execute(db, w_definition);
  execute(db, g_definition);
  execute(db, first_rows);
  int64_t first = query_integer(db, "SELECT heliosdb_scn()");
  for (int64_t scn = first;; scn++) {
    for (int i = 0; i < 3; i++) read_model(db, tables[i], &models[count * 3 + i]);
    if (++count > points) break;
    while (query_integer(db, "SELECT heliosdb_scn()") == scn) {
      execute(db, "BEGIN");
      for (int i = chance_below(&luck, 4); i >= 0; i--) run_random(db, &luck);
      trim(db);
      if (chance_below(&luck, 15) == 0) change_schema(db, &luck, kinds);
      execute(db, "COMMIT");
    }
    if (chance_below(&luck, 6) == 0) execute(db, "PRAGMA wal_checkpoint");
    if (chance_below(&luck, 20) == 0) execute(db, "PRAGMA wal_checkpoint(TRUNCATE)");
  }
  for (int i = 0; i < points; i++) {
    int table = chance_below(&luck, 3);
    int64_t from = chance_below(&luck, points + 1);
    int64_t to = chance_below(&luck, points + 1);
    lines actual = {0};
    lines expected = {0};
    char sql[300];
    sqlite3_stmt *stmt;
    int column_count = 0;
    const model *shape = &models[to * 3 + table];
    if (!shape->exists) continue;
    /* The columns of the table as of `to`, in their order. */
    char *names[MOST_COLUMNS];
    while (column_count < shape->column_count) {
      names[column_count] = (char *)(uintptr_t)shape->names[column_count];
      column_count++;
    }
    expected_changes expectation = {&models[from * 3 + table], shape, names, column_count,
                                    &expected};
    compare_models(expectation.old_model, shape, names, column_count, expect_change,
                   &expectation);
    snprintf(sql, sizeof sql, "CREATE VIRTUAL TABLE temp.c USING heliosdb_changes(%s, %lld)",
             tables[table], (long long)(first + to));
    execute(db, sql);
    snprintf(sql, sizeof sql, "SELECT * FROM temp.c(%lld, %lld)", (long long)(first + from),
             (long long)(first + to));
    CHECK_INT(sqlite3_prepare_v2(db, sql, -1, &stmt, 0), SQLITE_OK);
    while (sqlite3_step(stmt) == SQLITE_ROW) {
      text line = {0, 0, 0};
      char change = *(const char *)sqlite3_column_text(stmt, 0);
      text_add(&line, "%c ", change);
      for (int j = 0; change != 'I' && j < column_count; j++) {
        add_value(&line, sqlite3_column_value(stmt, 1 + j));
      }
      text_add(&line, "-> ");
      for (int j = 0; change != 'D' && j < column_count; j++) {
        add_value(&line, sqlite3_column_value(stmt, 1 + column_count + j));
      }
      add_line(&actual, &line);
    }
    CHECK_INT(sqlite3_finalize(stmt), SQLITE_OK);
    execute(db, "DROP TABLE temp.c");
    check_lines(&actual, &expected, sql);
    if (kinds == 0) check_state(db, tables[table], first, from, to, &models[from * 3 + table]);
  }
  close_database(db);
  for (int64_t i = 0; i < count * 3; i++) free_model(&models[i]);
  free(models);
}

TEST(row_history_in_sql_is_that_of_the_rows_at_every_commit) {
  check_random_sql(30, 0, 60);
  check_random_sql(31, ADDS_COLUMNS, 80);
  check_random_sql(32, RECREATES, 80);
}

/* Failures */

static void join(const lines *all, text *out) {
  text_add(out, "%s", "");
  for (size_t i = 0; i < all->count; i++) text_add(out, "%s\n", all->list[i]);
}

typedef int (*fallible)(void *context, text *out);

/*
** Every allocation fails once, and from some on for ever. Then the code says so, or the
** result is the right one; and nothing is lost.
*/
static void check_allocations(fallible run, void *context) {
  text expected = {0, 0, 0};
  int faults = 1;
  CHECK_INT(run(context, &expected), SQLITE_OK);
  for (int lasts = 0; lasts < 2; lasts++, faults = 1) {
    for (int n = 1; faults > 0; n += n < 300 ? 1 : n / 50) {
      text actual = {0, 0, 0};
      int64_t memory = memory_used();
      is_unreadable = 0;
      faults_arm_allocations(n, lasts);
      int rc = run(context, &actual);
      faults = faults_disarm();
      if (is_unreadable) rc = SQLITE_NOMEM;
      if (rc == SQLITE_OK) {
        CHECK_TEXT(actual.chars, expected.chars);
      } else if ((rc & 0xff) != SQLITE_NOMEM && rc != SQLITE_IOERR_NOMEM) {
        check_fail(__FILE__, __LINE__, "code %d with allocation %d", rc, n);
      }
      text_free(&actual);
      CHECK_INT(memory_used(), memory);
    }
  }
  text_free(&expected);
}

typedef struct changes_run {
  copies *all;
  const char *table;
  char *const *columns;
  int count;
  int64_t from, to;
} changes_run;

static int run_changes(void *context, text *out) {
  const changes_run *it = context;
  lines found = {0};
  int rc = read_changes(it->all, it->table, it->columns, it->count, it->from, it->to, &found);
  join(&found, out);
  free_lines(&found);
  return rc;
}

TEST(changes_survive_every_failing_allocation) {
  copies all;
  make_copies(&all, 41, small_pages, ADDS_COLUMNS, 12);
  check_allocations(run_changes, &(changes_run){&all, "t", t_columns, 5, 2, 9});
  check_allocations(run_changes, &(changes_run){&all, "w", w_columns, 4, 1, 12});
  copies_free(&all);
}

typedef struct versions_run {
  copies *all;
  const hdb_versions_query *asked;
} versions_run;

static int run_versions(void *context, text *out) {
  const versions_run *it = context;
  lines found = {0};
  int rc = read_versions(it->all, it->asked, &found);
  join(&found, out);
  free_lines(&found);
  return rc;
}

TEST(versions_survive_every_failing_allocation) {
  copies all;
  sqlite3 *values = open_database(":memory:", STOCK_VFS);
  sqlite3_value *key[] = {value_of(values, "SELECT 7")};
  hdb_versions_query asked = {.table = "t", .wanted = t_columns, .wanted_count = 5, .from = 3,
                              .to = 6, .base = 2};
  close_database(values);
  make_copies(&all, 42, small_pages, RECREATES, 12);
  check_allocations(run_versions, &(versions_run){&all, &asked});
  asked.table = "w";
  asked.wanted = w_columns;
  asked.wanted_count = 4;
  asked.only_changes = 1;
  check_allocations(run_versions, &(versions_run){&all, &asked});
  hdb_versions_query of_row = {.table = "t", .wanted = t_columns, .wanted_count = 5, .from = 1,
                               .to = 12, .base = 1, .key_kind = HDB_KEY_ROWID, .key_count = 1,
                               .key = key};
  check_allocations(run_versions, &(versions_run){&all, &of_row});
  sqlite3_value_free(key[0]);
  copies_free(&all);
}

typedef struct sql_run {
  sqlite3 *db;
  const char *sql;
} sql_run;

/* Runs statements one after the other; the last ones undo the first. */
static int run_sql(void *context, text *out) {
  const sql_run *it = context;
  const char *sql = it->sql;
  int result = SQLITE_OK;
  text_add(out, "%s", "");
  while (*sql && result == SQLITE_OK) {
    sqlite3_stmt *stmt;
    int rc = sqlite3_prepare_v2(it->db, sql, -1, &stmt, &sql);
    while (rc == SQLITE_OK && stmt && (rc = sqlite3_step(stmt)) == SQLITE_ROW) {
      for (int i = 0; i < sqlite3_column_count(stmt); i++) {
        add_value(out, sqlite3_column_value(stmt, i));
      }
      rc = SQLITE_OK;
    }
    sqlite3_finalize(stmt);
    if (rc != SQLITE_OK && rc != SQLITE_DONE) result = rc;
  }
  return result;
}

static const char all_in_sql[] =
    "SELECT id, state, total, " VERSION_COLUMNS " FROM temp.v;"
    "SELECT id, total, " VERSION_COLUMNS " FROM temp.v WHERE id = 2 OR versions_operation = 'D';"
    "SELECT * FROM temp.c(1, 5)";

TEST(row_history_in_sql_survives_every_failing_allocation) {
  sqlite3 *db = open_orders();
  sql_run run = {db, all_in_sql};
  text expected = {0, 0, 0};
  CHECK_INT(run_sql(&run, &expected), SQLITE_OK);
  int faults = 1;
  for (int n = 1; faults > 0; n += n < 200 ? 1 : n / 40) {
    text actual = {0, 0, 0};
    faults_arm_allocations(n, 0);
    int rc = run_sql(&run, &actual);
    faults = faults_disarm();
    if (rc == SQLITE_OK) CHECK_TEXT(actual.chars, expected.chars);
    CHECK((rc & 0xff) == SQLITE_NOMEM || rc == SQLITE_IOERR_NOMEM || rc == SQLITE_OK);
    text_free(&actual);
  }
  text_free(&expected);
  close_database(db);
}

TEST(row_history_in_sql_survives_every_failing_read) {
  sqlite3 *db = open_orders();
  sql_run run = {db, all_in_sql};
  text expected = {0, 0, 0};
  CHECK_INT(run_sql(&run, &expected), SQLITE_OK);
  int faults = 1;
  for (int n = 1; faults > 0; n++) {
    text actual = {0, 0, 0};
    faults_arm_calls(FAULT_READ, n, 0);
    int rc = run_sql(&run, &actual);
    faults = faults_disarm();
    if (rc == SQLITE_OK) CHECK_TEXT(actual.chars, expected.chars);
    CHECK((rc & 0xff) == SQLITE_IOERR || (rc & 0xff) == SQLITE_CORRUPT || rc == SQLITE_OK);
    text_free(&actual);
  }
  text_free(&expected);
  close_database(db);
}

/* Damage: whatever a page holds, the end is a code or a result. */
TEST(damaged_pages_are_an_error_or_a_result) {
  chance luck = {77};
  int errors = 0;
  for (int round = 0; round < 8; round++) {
    copies all;
    make_copies(&all, (uint64_t)(50 + round), round % 2 ? moving_pages : small_pages, 0, 8);
    for (int i = 0; i < 150; i++) {
      int64_t scn = 1 + chance_below(&luck, 8);
      size_t bytes = (size_t)all.page_counts[scn] * all.page_size;
      unsigned char *damaged = malloc(bytes);
      unsigned char *whole = all.files[scn];
      memcpy(damaged, whole, bytes);
      for (int j = 1 + chance_below(&luck, 5); j > 0; j--) {
        size_t page = (size_t)chance_below(&luck, (int)all.page_counts[scn]) * all.page_size;
        size_t place = chance_below(&luck, 2) ? (size_t)chance_below(&luck, 16)
                                              : (size_t)chance_below(&luck, (int)all.page_size);
        if (page == 0) place = 100 + place % 400;
        damaged[page + place] = (unsigned char)chance_next(&luck);
      }
      all.files[scn] = damaged;
      lines found = {0};
      hdb_versions_query asked = {.table = "w", .wanted = w_columns, .wanted_count = 4,
                                  .from = 2, .to = 8, .base = 1};
      if (read_versions(&all, &asked, &found) != SQLITE_OK) errors++;
      if (read_changes(&all, "t", t_columns, 5, scn, 1 + scn % 8, &found) != SQLITE_OK) errors++;
      free_lines(&found);
      all.files[scn] = whole;
      free(damaged);
    }
    copies_free(&all);
  }
  CHECK(errors > 100);
}
