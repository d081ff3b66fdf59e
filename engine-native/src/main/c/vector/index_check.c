/*
** The full comparison of an index with its table: every row that has a vector is in exactly one
** list, with the code that this vector has, and nothing else is in the index.
*/
#include <string.h>

#include "distance.h"
#include "index_internal.h"

/* Of the same vector, on another processor: sums may be added up in another order. */
static int is_near(float a, float b) {
  if (a == b || (a != a && b != b)) return 1; /* infinite, or none, of huge vectors */
  float difference = a < b ? b - a : a - b;
  float size = (a < 0 ? -a : a) + (b < 0 ? -b : b);
  return difference <= 1e-3f * size + 1e-6f;
}

static float number_at(const unsigned char *numbers, int place) {
  float number;
  memcpy(&number, numbers + 4 * (size_t)place, 4);
  return number;
}

static int check_code(hdb_vector_index *index, const hdb_list *list, int place,
                      const float *centroid) {
  enum { MOST_DIFFERENT = 4 };
  float base;
  float scale;
  int different = 0;
  int64_t rowid = hdb_list_rowid(list, place);
  int is_there;
  int64_t found;
  int rc = hdb_index_vector(index, rowid, &is_there);
  if (rc == SQLITE_OK && !is_there) rc = hdb_index_damaged(index, "it holds a row that has no vector");
  if (rc == SQLITE_OK) rc = hdb_place_find(index, rowid, &found);
  if (rc == SQLITE_OK && found != list->id) {
    rc = hdb_index_damaged(index, "a row is in another list than its place says");
  }
  if (rc != SQLITE_OK) return rc;
  hdb_index_rotate(index, index->plain, index->rotated);
  hdb_code_vector(index->metric, index->rotated, centroid, index->words, index->bits, &base, &scale);
  if (!is_near(base, number_at(hdb_list_bases(index, list), place)) ||
      !is_near(scale, number_at(hdb_list_scales(index, list), place))) {
    return hdb_index_damaged(index, "a row has the code of another vector");
  }
  uint64_t *stored = sqlite.malloc64((uint64_t)index->words * 8);
  if (!stored) return SQLITE_NOMEM;
  hdb_code_get(hdb_list_codes(index, list), index->words, place, stored);
  for (int w = 0; w < index->words; w++) {
    for (uint64_t bits = stored[w] ^ index->bits[w]; bits; bits &= bits - 1) different++;
  }
  sqlite.free(stored);
  if (different > MOST_DIFFERENT) {
    return hdb_index_damaged(index, "a row has the code of another vector");
  }
  return SQLITE_OK;
}

static int check_list(hdb_vector_index *index, const hdb_group *group, int at, int64_t *total) {
  size_t padded = (size_t)index->rotation.padded;
  hdb_list *list = &index->list;
  int is_there;
  int rc = hdb_list_read(index, group->lists[at], list, &is_there);
  if (rc == SQLITE_OK && !is_there) rc = hdb_index_damaged(index, "a list is missing");
  for (size_t i = 0; i < padded; i++) {
    index->centroid[i] = group->scales[at] * (float)group->numbers[(size_t)at * padded + i];
  }
  for (int i = 0; rc == SQLITE_OK && i < list->count; i++) {
    if (hdb_list_find(list, hdb_list_rowid(list, i)) != i) {
      rc = hdb_index_damaged(index, "a row is in a list twice");
    } else {
      rc = check_code(index, list, i, index->centroid);
    }
    ++*total;
  }
  return rc;
}

static int count(hdb_vector_index *index, const char *pattern, int64_t *out) {
  sqlite3_stmt *stmt = 0;
  char *sql = hdb_index_text(index, pattern);
  if (!sql) return SQLITE_NOMEM;
  int rc = sqlite.prepare_v3(index->db, sql, -1, 0, &stmt, 0);
  sqlite.free(sql);
  *out = 0;
  if (rc == SQLITE_OK && sqlite.step(stmt) == SQLITE_ROW) *out = sqlite.column_int64(stmt, 0);
  int ended = sqlite.finalize(stmt);
  return hdb_index_failed(index, rc == SQLITE_OK ? ended : rc);
}

int hdb_index_check(hdb_vector_index *index) {
  int64_t total = 0;
  int64_t rows;
  int64_t places;
  int64_t lists;
  int64_t lengths;
  hdb_directory_free(&index->directory);
  int rc = count(index, "SELECT count($c) FROM $s.$t NOT INDEXED", &rows);
  if (rc == SQLITE_OK) rc = count(index, "SELECT count(*) FROM @lists", &lists);
  if (rc == SQLITE_OK) rc = count(index, "SELECT total(length(places)) FROM @places", &lengths);
  if (rc != SQLITE_OK) return rc;
  places = lengths / HDB_PLACE_BYTES;
  if (index->dimensions > 0) rc = hdb_directory_refresh(index);
  for (int g = 0; rc == SQLITE_OK && g < index->directory.count; g++) {
    const hdb_group *group = &index->directory.groups[g];
    for (int i = 0; rc == SQLITE_OK && i < group->count; i++) {
      rc = check_list(index, group, i, &total);
    }
  }
  if (rc == SQLITE_OK && lists != index->directory.list_count) {
    rc = hdb_index_damaged(index, "there are lists without a centroid");
  }
  if (rc == SQLITE_OK && total != places) {
    rc = hdb_index_damaged(index, "it has places of rows that are in no list");
  }
  if (rc == SQLITE_OK && total != rows) {
    rc = hdb_index_fail(index, SQLITE_CORRUPT,
                        sqlite.mprintf("Vector index %s holds %lld rows, and table %s has %lld with "
                                       "a vector",
                                       index->name, total, index->table, rows));
  }
  return rc;
}
