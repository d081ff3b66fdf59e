/*
** The versions of one row: see one_row.h.
**
** The answer to a look-up depends on the pages that it has read, and on nothing else. So the
** row looks the same down to the last commit that changed one of them; there it is looked up
** again. The first page of the database is left out: it changes often, but what a look-up
** takes from it, the schema, has a counter.
**
** The primary key of a table with rowids finds a row that may have had another key before,
** or may have it afterwards: it only tells which rowids to look for.
*/
#include "one_row.h"

#include <stdlib.h>
#include <string.h>

/* A row that is kept while others are looked at. */
typedef struct held_row {
  int is_present;
  int64_t rowid;
  sqlite3_value **values; /* of all columns */
  int count;
  int *places; /* of the wanted ones; -1: there is no such column */
} held_row;

struct hdb_one_row {
  hdb_pages *pages;
  const hdb_versions_query *query;
  hdb_row_reader *reader;
  int64_t *schema_changes; /* commits of the range, ascending */
  size_t schema_change_count, schema_change_capacity;

  sqlite3_value **rowids; /* that the key has found */
  size_t rowid_count, rowid_capacity, next_rowid;

  /* The row that is followed at present. */
  int by_rowid;
  sqlite3_value *const *key;
  int key_count;
  int64_t scn; /* where it has been looked up last */
  hdb_page_list trail; /* what that depends on */
  held_row current, previous;
  int64_t current_end;
  int is_finished;
  hdb_row_version pending; /* a deletion that comes after an insertion of the same commit */
  int has_pending;
  const held_row *shown; /* the row of the version given out */
};

/* Where the schema changes */

static int read_cookie(hdb_one_row *it, int64_t scn, uint32_t *out) {
  enum { AT_SCHEMA_COOKIE = 40 };
  unsigned char *bytes = sqlite.malloc64(hdb_pages_size(it->pages));
  if (!bytes) return SQLITE_NOMEM;
  int rc = hdb_pages_read(it->pages, scn, 1, bytes);
  if (rc == SQLITE_OK) *out = hdb_get_32(bytes + AT_SCHEMA_COOKIE);
  sqlite.free(bytes);
  return rc;
}

static int add_schema_change(hdb_one_row *it, int64_t scn) {
  if (it->schema_change_count == it->schema_change_capacity) {
    size_t capacity = it->schema_change_capacity ? it->schema_change_capacity * 2 : 16;
    int64_t *grown = sqlite.realloc64(it->schema_changes, capacity * sizeof *grown);
    if (!grown) return SQLITE_NOMEM;
    it->schema_changes = grown;
    it->schema_change_capacity = capacity;
  }
  it->schema_changes[it->schema_change_count++] = scn;
  return SQLITE_OK;
}

/* Goes along every change of the first page. */
static int walk_schema_changes(hdb_one_row *it, int64_t from, int64_t to) {
  uint32_t cookie = 0;
  int rc = read_cookie(it, to, &cookie);
  while (rc == SQLITE_OK) {
    int64_t change;
    uint32_t before = 0;
    rc = hdb_pages_changed_at(it->pages, to, 1, &change);
    if (rc != SQLITE_OK || change <= from) break;
    rc = read_cookie(it, change - 1, &before);
    if (rc == SQLITE_OK && before != cookie) rc = add_schema_change(it, change);
    cookie = before;
    to = change - 1;
  }
  return rc;
}

/*
** Finds the commits in (from, to] that changed the schema. Its cookie counts up, so that
** where it is the same at two points, so is the schema. Where it does not count up, somebody
** has set it.
*/
static int find_schema_changes(hdb_one_row *it, int64_t from, uint32_t from_cookie,
                               int64_t to, uint32_t to_cookie) {
  if (from_cookie == to_cookie) return SQLITE_OK;
  if (to - from == 1) return add_schema_change(it, to);
  int64_t middle = from + (to - from) / 2;
  uint32_t cookie;
  int rc = read_cookie(it, middle, &cookie);
  if (rc != SQLITE_OK) return rc;
  if (cookie - from_cookie > to_cookie - from_cookie) return walk_schema_changes(it, from, to);
  rc = find_schema_changes(it, from, from_cookie, middle, cookie);
  return rc == SQLITE_OK ? find_schema_changes(it, middle, cookie, to, to_cookie) : rc;
}

static int is_key_column(const hdb_column *expected, const hdb_column *column) {
  return sqlite.stricmp(column->name, expected->name) == 0 &&
         sqlite.stricmp(column->type, expected->type) == 0 &&
         sqlite.stricmp(column->collation, expected->collation) == 0;
}

static int is_primary_key_of(const hdb_versions_query *query, const hdb_table_shape *shape) {
  int count = 0;
  for (int i = 0; i < shape->column_count; i++) {
    int place = shape->columns[i].key_place;
    if (place == 0) continue;
    if (place > query->key_count) return 0;
    if (!is_key_column(query->key_columns[place - 1], &shape->columns[i])) return 0;
    count++;
  }
  return count == query->key_count;
}

/* Whether the key finds the row in a table of that shape. */
static int is_key_of(const hdb_versions_query *query, const hdb_table_shape *shape) {
  if (!shape->point.root) return 1;
  if (query->key_kind == HDB_KEY_COLUMNS) {
    return shape->point.is_index && is_primary_key_of(query, shape);
  }
  if (shape->point.is_index || !shape->rowid_name) return 0;
  if (query->key_kind == HDB_KEY_UNIQUE) {
    return shape->rowid_column < 0 && is_primary_key_of(query, shape);
  }
  return query->key_kind == HDB_KEY_ROWID ||
         (shape->rowid_column >= 0 &&
          is_key_column(query->key_columns[0], &shape->columns[shape->rowid_column]));
}

static int compare_scns(const void *one, const void *other) {
  int64_t a = *(const int64_t *)one;
  int64_t b = *(const int64_t *)other;
  return (a > b) - (a < b);
}

/* Finds out whether the key finds the row at all points. */
static int check_key(hdb_one_row *it, int *is_usable) {
  const hdb_versions_query *query = it->query;
  uint32_t from_cookie = 0;
  uint32_t to_cookie = 0;
  int rc = read_cookie(it, query->base, &from_cookie);
  if (rc == SQLITE_OK) rc = read_cookie(it, query->to, &to_cookie);
  if (rc == SQLITE_OK) {
    rc = find_schema_changes(it, query->base, from_cookie, query->to, to_cookie);
  }
  if (rc == SQLITE_OK && it->schema_change_count > 1) {
    qsort(it->schema_changes, it->schema_change_count, sizeof *it->schema_changes, compare_scns);
  }
  *is_usable = 1;
  if (rc == SQLITE_OK) rc = hdb_row_reader_at(it->reader, query->base);
  if (rc == SQLITE_OK) *is_usable = is_key_of(query, hdb_row_reader_shape(it->reader));
  for (size_t i = 0; i < it->schema_change_count && *is_usable && rc == SQLITE_OK; i++) {
    rc = hdb_row_reader_at(it->reader, it->schema_changes[i]);
    if (rc == SQLITE_OK) *is_usable = is_key_of(query, hdb_row_reader_shape(it->reader));
  }
  return rc;
}

/* The row at a point */

static void release_row(held_row *row) {
  for (int i = 0; i < row->count; i++) sqlite.value_free(row->values[i]);
  sqlite.free(row->values);
  sqlite.free(row->places);
  memset(row, 0, sizeof *row);
}

static int hold_row(hdb_one_row *it, held_row *row) {
  const hdb_row_reader *reader = it->reader;
  int count = hdb_row_reader_shape(reader)->column_count;
  row->is_present = 1;
  row->rowid = sqlite.value_int64(hdb_row_reader_rowid(reader));
  row->values = sqlite.malloc64(((size_t)count + 1) * sizeof(sqlite3_value *));
  row->places = sqlite.malloc64(((size_t)it->query->wanted_count + 1) * sizeof *row->places);
  if (!row->values || !row->places) return SQLITE_NOMEM;
  for (int i = 0; i < count; i++) {
    row->values[i] = sqlite.value_dup(hdb_row_reader_value(reader, i));
    if (!row->values[i]) return SQLITE_NOMEM;
    row->count++;
  }
  for (int i = 0; i < it->query->wanted_count; i++) {
    row->places[i] = hdb_row_reader_place(reader, i);
  }
  return SQLITE_OK;
}

/* Looks the row up at it->scn; it->trail receives what that depends on. */
static int look_up(hdb_one_row *it, held_row *row) {
  int found = 0;
  it->trail.count = 0;
  release_row(row);
  int rc = hdb_row_reader_at(it->reader, it->scn);
  if (rc == SQLITE_OK) {
    rc = hdb_row_reader_find(it->reader, it->by_rowid, it->key, it->key_count, &found, &it->trail);
  }
  if (rc == SQLITE_OK && found) rc = hold_row(it, row);
  hdb_row_reader_reset(it->reader);
  return rc;
}

/* The newest commit up to it->scn that may have changed the row. */
static int find_last_change(hdb_one_row *it, int64_t *out) {
  int rc = SQLITE_OK;
  *out = 0;
  for (size_t i = 0; i < it->trail.count && rc == SQLITE_OK; i++) {
    int64_t change;
    rc = hdb_pages_changed_at(it->pages, it->scn, it->trail.pages[i], &change);
    if (rc == SQLITE_OK && change > *out) *out = change;
  }
  for (size_t i = it->schema_change_count; i-- > 0;) {
    if (it->schema_changes[i] > it->scn) continue;
    if (it->schema_changes[i] > *out) *out = it->schema_changes[i];
    break;
  }
  return rc;
}

static sqlite3_value *held_value(const held_row *row, int wanted) {
  return row->places[wanted] < 0 ? 0 : row->values[row->places[wanted]];
}

static int held_rows_equal(const hdb_one_row *it, const held_row *one, const held_row *other,
                           int *equal) {
  int is_wanted = one->count != other->count;
  int count = is_wanted ? it->query->wanted_count : one->count;
  int rc = SQLITE_OK;
  *equal = 1;
  for (int i = 0; i < count && *equal && rc == SQLITE_OK; i++) {
    int one_place = is_wanted ? one->places[i] : i;
    int other_place = is_wanted ? other->places[i] : i;
    if (one_place < 0 || other_place < 0) continue;
    rc = hdb_values_equal(one->values[one_place], other->values[other_place], equal);
  }
  return rc;
}

/* Two rows that the key finds may be different ones, as it may not tell 'a' from 'A'. */
static int is_same_row(const hdb_one_row *it, int *same) {
  int rc = SQLITE_OK;
  *same = 1;
  if (it->query->key_kind != HDB_KEY_COLUMNS) return SQLITE_OK;
  for (int i = 0; i < it->query->key_count && *same; i++) {
    int wanted = it->query->key_wanted[i];
    rc = hdb_values_equal(held_value(&it->previous, wanted), held_value(&it->current, wanted),
                          same);
    if (rc != SQLITE_OK) return rc;
  }
  return rc;
}

static int give_held(hdb_one_row *it, const held_row *row, hdb_row_version *out) {
  it->shown = row;
  out->rowid = row->rowid;
  out->has_rowid = it->query->key_kind != HDB_KEY_COLUMNS;
  return SQLITE_ROW;
}

/* The row that was there before the first commit of the range. */
static int give_first(hdb_one_row *it, hdb_row_version *out) {
  int64_t end = it->current_end;
  it->is_finished = 1;
  if (!it->current.is_present || it->query->only_changes) return SQLITE_DONE;
  if (end != 0 && end <= it->query->from) return SQLITE_DONE;
  *out = (hdb_row_version){0, end, 0, 0, 0};
  return give_held(it, &it->current, out);
}

/* After a version has been given out, what was before it comes next. */
static void step_back(hdb_one_row *it) {
  release_row(&it->current);
  it->current = it->previous;
  memset(&it->previous, 0, sizeof it->previous);
}

/* The versions of the row that is followed. */
static int next_version(hdb_one_row *it, hdb_row_version *out) {
  if (it->is_finished) return SQLITE_DONE;
  if (it->has_pending) {
    it->has_pending = 0;
    *out = it->pending;
    return give_held(it, &it->previous, out);
  }
  if (it->shown) step_back(it);
  it->shown = 0;
  for (;;) {
    int64_t change;
    int same = 0;
    int equal = 0;
    int rc = find_last_change(it, &change);
    if (rc != SQLITE_OK) return rc;
    if (change <= it->query->base) return give_first(it, out);
    it->scn = change - 1;
    rc = look_up(it, &it->previous);
    int is_both = it->previous.is_present && it->current.is_present;
    if (rc == SQLITE_OK && is_both) rc = is_same_row(it, &same);
    if (rc == SQLITE_OK && same) rc = held_rows_equal(it, &it->previous, &it->current, &equal);
    if (rc != SQLITE_OK) return rc;
    if (equal || (!it->previous.is_present && !it->current.is_present)) {
      step_back(it);
      continue;
    }
    int64_t end = it->current_end;
    it->current_end = change;
    it->pending = (hdb_row_version){change, 0, 'D', 0, 0};
    if (!it->current.is_present) {
      *out = it->pending;
      return give_held(it, &it->previous, out);
    }
    it->has_pending = it->previous.is_present && !same;
    *out = (hdb_row_version){change, end, same ? 'U' : 'I', 0, 0};
    return give_held(it, &it->current, out);
  }
}

/* Follows the row with a key from the last point on. */
static int follow(hdb_one_row *it, int by_rowid, sqlite3_value *const *key, int key_count) {
  it->by_rowid = by_rowid;
  it->key = key;
  it->key_count = key_count;
  it->scn = it->query->to;
  it->current_end = 0;
  it->is_finished = 0;
  it->has_pending = 0;
  it->shown = 0;
  release_row(&it->previous);
  return look_up(it, &it->current);
}

static int add_rowid(hdb_one_row *it, sqlite3_value *rowid) {
  for (size_t i = 0; i < it->rowid_count; i++) {
    if (sqlite.value_int64(it->rowids[i]) == sqlite.value_int64(rowid)) return SQLITE_OK;
  }
  if (it->rowid_count == it->rowid_capacity) {
    size_t capacity = it->rowid_capacity * 2 + 4;
    sqlite3_value **grown = sqlite.realloc64(it->rowids, capacity * sizeof(sqlite3_value *));
    if (!grown) return SQLITE_NOMEM;
    it->rowids = grown;
    it->rowid_capacity = capacity;
  }
  it->rowids[it->rowid_count] = sqlite.value_dup(rowid);
  if (!it->rowids[it->rowid_count]) return SQLITE_NOMEM;
  it->rowid_count++;
  return SQLITE_OK;
}

/* Finds out which rowids the key has found at any point. */
static int find_rowids(hdb_one_row *it) {
  const hdb_versions_query *query = it->query;
  int64_t change = query->to + 1;
  it->by_rowid = 0;
  it->key = query->key;
  it->key_count = query->key_count;
  while (change > query->base) {
    int found = 0;
    it->scn = change - 1;
    it->trail.count = 0;
    int rc = hdb_row_reader_at(it->reader, it->scn);
    if (rc == SQLITE_OK) {
      rc = hdb_row_reader_find(it->reader, 0, it->key, it->key_count, &found, &it->trail);
    }
    if (rc == SQLITE_OK && found) rc = add_rowid(it, hdb_row_reader_rowid(it->reader));
    hdb_row_reader_reset(it->reader);
    if (rc == SQLITE_OK) rc = find_last_change(it, &change);
    if (rc != SQLITE_OK) return rc;
  }
  it->is_finished = 1;
  return SQLITE_OK;
}

int hdb_one_row_open(hdb_pages *pages, const hdb_versions_query *query, hdb_one_row **out,
                     int *is_usable) {
  hdb_one_row *it = sqlite.malloc64(sizeof *it);
  *out = it;
  *is_usable = 0;
  if (!it) return SQLITE_NOMEM;
  memset(it, 0, sizeof *it);
  it->pages = pages;
  it->query = query;
  int rc = hdb_row_reader_open(pages, query->table, query->wanted, query->wanted_count,
                               &it->reader);
  if (rc == SQLITE_OK) rc = check_key(it, is_usable);
  if (rc != SQLITE_OK || !*is_usable) return rc;
  if (query->key_kind == HDB_KEY_UNIQUE) return find_rowids(it);
  return follow(it, query->key_kind != HDB_KEY_COLUMNS, query->key, query->key_count);
}

void hdb_one_row_close(hdb_one_row *it) {
  if (!it) return;
  hdb_row_reader_close(it->reader);
  for (size_t i = 0; i < it->rowid_count; i++) sqlite.value_free(it->rowids[i]);
  sqlite.free(it->rowids);
  release_row(&it->current);
  release_row(&it->previous);
  hdb_page_list_free(&it->trail);
  sqlite.free(it->schema_changes);
  sqlite.free(it);
}

int hdb_one_row_next(hdb_one_row *it, hdb_row_version *out) {
  int rc = next_version(it, out);
  while (rc == SQLITE_DONE && it->next_rowid < it->rowid_count) {
    rc = follow(it, 1, &it->rowids[it->next_rowid++], 1);
    if (rc == SQLITE_OK) rc = next_version(it, out);
  }
  return rc;
}

sqlite3_value *hdb_one_row_wanted(const hdb_one_row *it, int wanted) {
  return held_value(it->shown, wanted);
}

const char *hdb_one_row_message(const hdb_one_row *it) {
  return it->reader ? hdb_row_reader_message(it->reader) : 0;
}
