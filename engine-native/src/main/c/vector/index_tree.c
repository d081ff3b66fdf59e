/*
** Lists and groups as rows come and go: where a vector belongs, and how a list that is full is
** split and one that is nearly empty dissolved, as in SPFresh (SOSP 2023).
*/
#include <string.h>

#include "distance.h"
#include "index_internal.h"

enum {
  MOST_LISTS_IN_GROUP = 192,
  SPLIT_ROUNDS = 8,
  NEAR_GROUPS = 8,     /* that are looked into for the nearest list */
  LEAST_SHARE = 8,     /* a list with less than this part of its capacity is dissolved */
  MOST_SPLITS = 64     /* for one vector: each makes room where it goes, unless chance is against it */
};

/* Centroids */

void hdb_centroid_pack(const float *centroid, int padded, unsigned char *out) {
  float largest = 0;
  for (int i = 0; i < padded; i++) {
    float size = centroid[i] < 0 ? -centroid[i] : centroid[i];
    if (size > largest) largest = size;
  }
  float scale = largest / 127;
  float inverse = largest > 0 ? 127 / largest : 0;
  memcpy(out, &scale, 4);
  for (int i = 0; i < padded; i++) {
    float x = centroid[i] * inverse;
    int number = (int)(x < 0 ? x - 0.5f : x + 0.5f);
    out[4 + i] = (unsigned char)(int8_t)number;
  }
}

void hdb_centroid_unpack(const unsigned char *bytes, int padded, float *out) {
  float scale;
  memcpy(&scale, bytes, 4);
  for (int i = 0; i < padded; i++) out[i] = scale * (float)(int8_t)bytes[4 + i];
}

int hdb_centroid_set(hdb_vector_index *index, int64_t group, int64_t list, const float *centroid) {
  int padded = index->rotation.padded;
  sqlite3_stmt *stmt;
  int rc = hdb_index_prepare(index, SQL_CENTROID_SET, &stmt);
  if (rc != SQLITE_OK) return rc;
  unsigned char *bytes = sqlite.malloc64((uint64_t)padded + 4);
  if (!bytes) return SQLITE_NOMEM;
  hdb_centroid_pack(centroid, padded, bytes);
  sqlite.bind_int64(stmt, 1, group);
  sqlite.bind_int64(stmt, 2, list);
  sqlite.bind_blob64(stmt, 3, bytes, (uint64_t)padded + 4, sqlite.free);
  return hdb_index_run(index, stmt);
}

static int delete_centroid(hdb_vector_index *index, int64_t group, int64_t list) {
  sqlite3_stmt *stmt;
  int rc = hdb_index_prepare(index, SQL_CENTROID_DELETE, &stmt);
  if (rc != SQLITE_OK) return rc;
  sqlite.bind_int64(stmt, 1, group);
  sqlite.bind_int64(stmt, 2, list);
  return hdb_index_run(index, stmt);
}

/* Groups */

int hdb_group_add(hdb_vector_index *index, const float *centroid, int64_t *id) {
  sqlite3_stmt *stmt;
  int rc = hdb_index_prepare(index, SQL_GROUP_ADD, &stmt);
  *id = 0;
  if (rc != SQLITE_OK) return rc;
  sqlite.bind_int64(stmt, 1, hdb_index_new_version());
  sqlite.bind_blob64(stmt, 2, centroid, (uint64_t)index->rotation.padded * 4, SQLITE_STATIC);
  if (sqlite.step(stmt) == SQLITE_ROW) *id = sqlite.column_int64(stmt, 0);
  return hdb_index_failed(index, sqlite.reset(stmt));
}

static int set_group(hdb_vector_index *index, int64_t id, const float *centroid) {
  sqlite3_stmt *stmt;
  int rc = hdb_index_prepare(index, SQL_GROUP_SET, &stmt);
  if (rc != SQLITE_OK) return rc;
  sqlite.bind_int64(stmt, 1, id);
  sqlite.bind_int64(stmt, 2, hdb_index_new_version());
  sqlite.bind_blob64(stmt, 3, centroid, (uint64_t)index->rotation.padded * 4, SQLITE_STATIC);
  return hdb_index_run(index, stmt);
}

/* Tells every directory that a group's lists have changed. */
static int changed(hdb_vector_index *index, int64_t group) {
  sqlite3_stmt *stmt;
  int rc = hdb_index_prepare(index, SQL_GROUP_TOUCH, &stmt);
  if (rc != SQLITE_OK) return rc;
  sqlite.bind_int64(stmt, 1, group);
  sqlite.bind_int64(stmt, 2, hdb_index_new_version());
  rc = hdb_index_run(index, stmt);
  if (rc != SQLITE_OK) return rc;
  return hdb_index_set_config(index, "structure", hdb_index_new_version());
}

/* The directory */

static void free_group(hdb_group *group) {
  sqlite.free(group->centroid);
  sqlite.free(group->lists);
  sqlite.free(group->scales);
  sqlite.free(group->lengths);
  sqlite.free(group->numbers);
  memset(group, 0, sizeof *group);
}

void hdb_directory_free(hdb_directory *directory) {
  for (int i = 0; i < directory->count; i++) free_group(&directory->groups[i]);
  sqlite.free(directory->groups);
  memset(directory, 0, sizeof *directory);
}

static int add_list(hdb_vector_index *index, hdb_group *group, int64_t id,
                    const unsigned char *centroid) {
  size_t padded = (size_t)index->rotation.padded;
  if (group->count == group->capacity) {
    size_t capacity = (size_t)group->capacity * 3 / 2 + 8;
    int rc = hdb_grow(&group->lists, capacity * sizeof *group->lists);
    if (rc == SQLITE_OK) rc = hdb_grow(&group->scales, capacity * sizeof *group->scales);
    if (rc == SQLITE_OK) rc = hdb_grow(&group->lengths, capacity * sizeof *group->lengths);
    if (rc == SQLITE_OK) rc = hdb_grow(&group->numbers, capacity * padded);
    if (rc != SQLITE_OK) return rc;
    group->capacity = (int)capacity;
  }
  size_t at = (size_t)group->count++;
  int8_t *numbers = group->numbers + at * padded;
  float scale;
  memcpy(&scale, centroid, 4);
  memcpy(numbers, centroid + 4, padded);
  group->lists[at] = id;
  group->scales[at] = scale;
  group->lengths[at] = (double)hdb_chosen_kernels->dot_i8(numbers, numbers, padded) *
                       (double)scale * (double)scale;
  return SQLITE_OK;
}

static int load_lists(hdb_vector_index *index, hdb_group *group) {
  int padded = index->rotation.padded;
  sqlite3_stmt *stmt;
  int rc = hdb_index_prepare(index, SQL_CENTROIDS, &stmt);
  if (rc != SQLITE_OK) return rc;
  sqlite.bind_int64(stmt, 1, group->id);
  while (rc == SQLITE_OK && sqlite.step(stmt) == SQLITE_ROW) {
    const unsigned char *centroid = sqlite.column_blob(stmt, 1);
    if (!centroid || sqlite.column_bytes(stmt, 1) != padded + 4) {
      rc = hdb_index_damaged(index, "a list's centroid has a wrong size");
    } else {
      rc = add_list(index, group, sqlite.column_int64(stmt, 0), centroid);
    }
  }
  int ended = sqlite.reset(stmt);
  return rc == SQLITE_OK ? hdb_index_failed(index, ended) : rc;
}

/* Moves the group with that version out of the old directory, or else reads it. */
static int load_group(hdb_vector_index *index, hdb_group *group) {
  hdb_directory *old = &index->directory;
  for (int i = 0; i < old->count; i++) {
    hdb_group *known = &old->groups[i];
    if (known->id != group->id || known->version != group->version || !known->centroid) continue;
    sqlite.free(group->centroid);
    *group = *known;
    memset(known, 0, sizeof *known);
    return SQLITE_OK;
  }
  return load_lists(index, group);
}

static int load_groups(hdb_vector_index *index, hdb_directory *out) {
  size_t bytes = (size_t)index->rotation.padded * 4;
  int capacity = 0;
  sqlite3_stmt *stmt;
  int rc = hdb_index_prepare(index, SQL_GROUPS, &stmt);
  if (rc != SQLITE_OK) return rc;
  while (rc == SQLITE_OK && sqlite.step(stmt) == SQLITE_ROW) {
    const void *centroid = sqlite.column_blob(stmt, 2);
    if (!centroid || sqlite.column_bytes(stmt, 2) != (int)bytes) {
      rc = hdb_index_damaged(index, "a group's centroid has a wrong size");
      break;
    }
    if (out->count == capacity) {
      capacity = capacity * 2 + 8;
      rc = hdb_grow(&out->groups, (size_t)capacity * sizeof *out->groups);
      if (rc != SQLITE_OK) break;
    }
    hdb_group *group = &out->groups[out->count++];
    memset(group, 0, sizeof *group);
    group->id = sqlite.column_int64(stmt, 0);
    group->version = sqlite.column_int64(stmt, 1);
    group->centroid = sqlite.malloc64(bytes);
    if (!group->centroid) {
      rc = SQLITE_NOMEM;
      break;
    }
    memcpy(group->centroid, centroid, bytes);
    group->length = hdb_chosen_kernels->dot(centroid, centroid, bytes / 4);
  }
  int ended = sqlite.reset(stmt);
  return rc == SQLITE_OK ? hdb_index_failed(index, ended) : rc;
}

int hdb_directory_refresh(hdb_vector_index *index) {
  int64_t structure;
  hdb_directory fresh;
  int rc = hdb_index_config(index, "structure", &structure);
  if (rc != SQLITE_OK) return rc;
  if (index->directory.is_loaded && index->directory.structure == structure) return SQLITE_OK;
  memset(&fresh, 0, sizeof fresh);
  rc = load_groups(index, &fresh);
  for (int i = 0; rc == SQLITE_OK && i < fresh.count; i++) {
    rc = load_group(index, &fresh.groups[i]);
    fresh.list_count += fresh.groups[i].count;
  }
  hdb_directory_free(&index->directory);
  if (rc != SQLITE_OK) {
    hdb_directory_free(&fresh);
    return rc;
  }
  fresh.is_loaded = 1;
  fresh.structure = structure;
  index->directory = fresh;
  return SQLITE_OK;
}

/* Where a list is in the directory; null if it is not. */
static hdb_group *group_of(hdb_vector_index *index, int64_t list, int *place) {
  hdb_directory *directory = &index->directory;
  for (int g = 0; g < directory->count; g++) {
    hdb_group *group = &directory->groups[g];
    for (int i = 0; i < group->count; i++) {
      if (group->lists[i] != list) continue;
      *place = i;
      return group;
    }
  }
  return 0;
}

static void read_centroid(const hdb_vector_index *index, const hdb_group *group, int place,
                          float *out) {
  size_t padded = (size_t)index->rotation.padded;
  const int8_t *numbers = group->numbers + (size_t)place * padded;
  for (size_t i = 0; i < padded; i++) out[i] = group->scales[place] * (float)numbers[i];
}

/* The list whose centroid is nearest to a rotated vector, apart from one; null if there is none. */
static hdb_group *nearest_list(hdb_vector_index *index, const float *rotated, int64_t except,
                               int *place) {
  hdb_directory *directory = &index->directory;
  size_t padded = (size_t)index->rotation.padded;
  hdb_group *near[NEAR_GROUPS];
  double distances[NEAR_GROUPS];
  int count = 0;
  hdb_group *best = 0;
  double least = 0;
  for (int g = 0; g < directory->count; g++) {
    hdb_group *group = &directory->groups[g];
    double distance =
        group->length - 2 * hdb_chosen_kernels->dot(rotated, group->centroid, padded);
    if (group->count == 0 || (group->count == 1 && group->lists[0] == except)) continue;
    int at = count;
    while (at > 0 && distances[at - 1] > distance) at--;
    if (at == NEAR_GROUPS) continue;
    if (count < NEAR_GROUPS) count++;
    for (int i = count - 1; i > at; i--) {
      distances[i] = distances[i - 1];
      near[i] = near[i - 1];
    }
    distances[at] = distance;
    near[at] = group;
  }
  int16_t *numbers = index->short_query;
  float unit = hdb_short_vector(rotated, (int)padded, numbers);
  for (int n = 0; n < count; n++) {
    hdb_group *group = near[n];
    for (int i = 0; i < group->count; i++) {
      if (group->lists[i] == except) continue;
      int64_t product = hdb_chosen_kernels->dot_i16_i8(
          numbers, group->numbers + (size_t)i * padded, padded);
      double distance = group->lengths[i] -
                        2 * (double)product * (double)group->scales[i] * (double)unit;
      if (best && distance >= least) continue;
      least = distance;
      best = group;
      *place = i;
    }
  }
  return best;
}

float hdb_short_vector(const float *vector, int count, int16_t *out) {
  float largest = 0;
  for (int i = 0; i < count; i++) {
    float size = vector[i] < 0 ? -vector[i] : vector[i];
    if (size > largest) largest = size;
  }
  float inverse = largest > 0 ? 32767 / largest : 0;
  for (int i = 0; i < count; i++) {
    float x = vector[i] * inverse;
    out[i] = (int16_t)(x < 0 ? x - 0.5f : x + 0.5f);
  }
  return largest / 32767;
}

/* Splitting */

/* Splits the vectors or centroids in two, so that neither half is much smaller than the other. */
static int halve(hdb_vector_index *index, const float *vectors, size_t count, float *centroids,
                 uint32_t *sides) {
  size_t padded = (size_t)index->rotation.padded;
  hdb_patience patience = {hdb_index_ask, index};
  size_t second = 0;
  int rc = hdb_cluster(vectors, count, padded, 2, SPLIT_ROUNDS, 0,
                       (uint64_t)hdb_index_new_version(), centroids, sides, &patience);
  if (rc != SQLITE_OK) return rc;
  for (size_t i = 0; i < count; i++) second += sides[i];
  if (second >= count / LEAST_SHARE && count - second >= count / LEAST_SHARE) return SQLITE_OK;
  /* Nearly all of them are on one side, or all are the same vector: any half will do. */
  for (size_t i = 0; i < count; i++) sides[i] = i >= count / 2;
  hdb_mean(vectors, count / 2, padded, centroids);
  hdb_mean(vectors + count / 2 * padded, count - count / 2, padded, centroids + padded);
  return SQLITE_OK;
}

static int split_group(hdb_vector_index *index, int64_t id) {
  size_t padded = (size_t)index->rotation.padded;
  hdb_directory *directory = &index->directory;
  hdb_group *group = 0;
  for (int g = 0; g < directory->count; g++) {
    if (directory->groups[g].id == id) group = &directory->groups[g];
  }
  if (!group || group->count <= MOST_LISTS_IN_GROUP) return SQLITE_OK;
  size_t count = (size_t)group->count;
  float *centroids = sqlite.malloc64((count + 2) * padded * sizeof *centroids);
  uint32_t *sides = sqlite.malloc64(count * sizeof *sides);
  int64_t other;
  int rc = centroids && sides ? SQLITE_OK : SQLITE_NOMEM;
  if (rc == SQLITE_OK) {
    for (size_t i = 0; i < count; i++) {
      read_centroid(index, group, (int)i, centroids + i * padded);
    }
    rc = halve(index, centroids, count, centroids + count * padded, sides);
  }
  if (rc == SQLITE_OK) rc = set_group(index, id, centroids + count * padded);
  if (rc == SQLITE_OK) rc = hdb_group_add(index, centroids + (count + 1) * padded, &other);
  for (size_t i = 0; rc == SQLITE_OK && i < count; i++) {
    if (!sides[i]) continue;
    rc = delete_centroid(index, id, group->lists[i]);
    if (rc == SQLITE_OK) {
      rc = hdb_centroid_set(index, other, group->lists[i], centroids + i * padded);
    }
  }
  if (rc == SQLITE_OK) {
    rc = hdb_index_set_config(index, "structure", hdb_index_new_version());
  }
  sqlite.free(sides);
  sqlite.free(centroids);
  return rc;
}

/*
** Takes what a list holds anew from the table. Rows that are not there any more leave the index:
** the statement that is running will come to them, or has replaced them.
*/
static int read_members(hdb_vector_index *index, const hdb_list *list, float *vectors,
                        int64_t *rowids, int *count) {
  size_t padded = (size_t)index->rotation.padded;
  int rc = SQLITE_OK;
  *count = 0;
  for (int i = 0; rc == SQLITE_OK && i < list->count; i++) {
    int is_there;
    int64_t rowid = hdb_list_rowid(list, i);
    rc = hdb_index_vector(index, rowid, &is_there);
    if (rc != SQLITE_OK) break;
    if (is_there) {
      hdb_index_rotate(index, index->plain, vectors + (size_t)*count * padded);
      rowids[(*count)++] = rowid;
    } else {
      rc = hdb_place_set(index, rowid, 0);
    }
  }
  return rc;
}

/* The centroid as it will be read: codes are of differences to that. */
static int set_centroid(hdb_vector_index *index, int64_t group, int64_t list, float *centroid) {
  int padded = index->rotation.padded;
  unsigned char *packed = sqlite.malloc64((uint64_t)padded + 4);
  if (!packed) return SQLITE_NOMEM;
  int rc = hdb_centroid_set(index, group, list, centroid);
  hdb_centroid_pack(centroid, padded, packed);
  hdb_centroid_unpack(packed, padded, centroid);
  sqlite.free(packed);
  return rc;
}

static int split_list(hdb_vector_index *index, int64_t group, int64_t id) {
  size_t padded = (size_t)index->rotation.padded;
  size_t capacity = (size_t)index->capacity;
  float *vectors = sqlite.malloc64((capacity + 2) * padded * sizeof *vectors);
  int64_t *rowids = sqlite.malloc64(capacity * sizeof *rowids);
  uint32_t *sides = sqlite.malloc64(capacity * sizeof *sides);
  hdb_list list = {0, 0, 0};
  hdb_list other = {0, 0, 0};
  int count = 0;
  int is_there;
  int rc = vectors && rowids && sides ? SQLITE_OK : SQLITE_NOMEM;
  float *centroids = vectors + capacity * padded;
  if (rc == SQLITE_OK) rc = hdb_list_init(index, &list);
  if (rc == SQLITE_OK) rc = hdb_list_init(index, &other);
  if (rc == SQLITE_OK) rc = hdb_list_read(index, id, &list, &is_there);
  if (rc == SQLITE_OK) rc = read_members(index, &list, vectors, rowids, &count);
  if (rc == SQLITE_OK) rc = halve(index, vectors, (size_t)count, centroids, sides);
  if (rc == SQLITE_OK) rc = hdb_list_init(index, &list);
  if (rc == SQLITE_OK) rc = hdb_list_add(index, &other);
  list.id = id;
  if (rc == SQLITE_OK) rc = set_centroid(index, group, list.id, centroids);
  if (rc == SQLITE_OK) rc = set_centroid(index, group, other.id, centroids + padded);
  for (int i = 0; rc == SQLITE_OK && i < count; i++) {
    hdb_list *side = sides[i] ? &other : &list;
    hdb_list_append(index, side, rowids[i], vectors + (size_t)i * padded,
                    centroids + sides[i] * padded);
    if (sides[i]) rc = hdb_place_set(index, rowids[i], other.id);
  }
  if (rc == SQLITE_OK) rc = hdb_list_write(index, &list);
  if (rc == SQLITE_OK) rc = hdb_list_write(index, &other);
  if (rc == SQLITE_OK) rc = changed(index, group);
  sqlite.free(other.bytes);
  sqlite.free(list.bytes);
  sqlite.free(sides);
  sqlite.free(rowids);
  sqlite.free(vectors);
  if (rc == SQLITE_OK) rc = hdb_directory_refresh(index);
  return rc == SQLITE_OK ? split_group(index, group) : rc;
}

/* Coming and going */

static int add_first_list(hdb_vector_index *index, const float *rotated) {
  int64_t group;
  int rc = hdb_group_add(index, rotated, &group);
  if (rc == SQLITE_OK) rc = hdb_list_init(index, &index->list);
  if (rc == SQLITE_OK) rc = hdb_list_add(index, &index->list);
  if (rc == SQLITE_OK) rc = hdb_centroid_set(index, group, index->list.id, rotated);
  if (rc == SQLITE_OK) rc = changed(index, group);
  return rc == SQLITE_OK ? hdb_directory_refresh(index) : rc;
}

/* Adds a row with the vector index->plain to the nearest list, apart from one. */
static int add_row(hdb_vector_index *index, int64_t rowid, int64_t except) {
  int is_there;
  int place = 0;
  int rc = hdb_directory_refresh(index);
  hdb_index_rotate(index, index->plain, index->rotated);
  if (rc == SQLITE_OK && index->directory.list_count == 0) {
    rc = add_first_list(index, index->rotated);
  }
  for (int splits = 0; rc == SQLITE_OK; splits++) {
    hdb_group *group = nearest_list(index, index->rotated, except, &place);
    if (!group || splits > MOST_SPLITS) return hdb_index_damaged(index, "there is no list with room");
    int64_t id = group->lists[place];
    hdb_list *list = &index->list;
    rc = hdb_list_read(index, id, list, &is_there);
    if (rc == SQLITE_OK && !is_there) rc = hdb_index_damaged(index, "a list is missing");
    if (rc != SQLITE_OK) return rc;
    if (list->count < index->capacity) {
      read_centroid(index, group, place, index->centroid);
      hdb_list_append(index, list, rowid, index->rotated, index->centroid);
      rc = hdb_list_write(index, list);
      return rc == SQLITE_OK ? hdb_place_set(index, rowid, id) : rc;
    }
    rc = split_list(index, group->id, id);
    if (rc == SQLITE_OK) rc = hdb_directory_refresh(index);
    /* To read the members, the split has taken their vectors into index->plain. */
  }
  return rc;
}

static int drop_group_if_empty(hdb_vector_index *index, int64_t id) {
  sqlite3_stmt *stmt;
  for (int g = 0; g < index->directory.count; g++) {
    if (index->directory.groups[g].id != id || index->directory.groups[g].count > 0) continue;
    int rc = hdb_index_prepare(index, SQL_GROUP_DELETE, &stmt);
    if (rc != SQLITE_OK) return rc;
    sqlite.bind_int64(stmt, 1, id);
    rc = hdb_index_run(index, stmt);
    if (rc != SQLITE_OK) return rc;
    rc = hdb_index_set_config(index, "structure", hdb_index_new_version());
    return rc == SQLITE_OK ? hdb_directory_refresh(index) : rc;
  }
  return SQLITE_OK;
}

/* Moves the last rows of a list to other lists, and deletes it. */
static int dissolve(hdb_vector_index *index, hdb_list *list) {
  int place = 0;
  int rc = hdb_directory_refresh(index);
  if (rc != SQLITE_OK) return rc;
  /* Without a list beside it, it stays as long as it has a row. */
  if (list->count > 0 && index->directory.list_count < 2) return hdb_list_write(index, list);
  hdb_group *group = group_of(index, list->id, &place);
  if (!group) return hdb_index_damaged(index, "a list has no centroid");
  int64_t id = group->id;
  rc = hdb_list_delete(index, list->id);
  if (rc == SQLITE_OK) rc = delete_centroid(index, id, list->id);
  if (rc == SQLITE_OK) rc = changed(index, id);
  if (rc == SQLITE_OK) rc = hdb_directory_refresh(index);
  if (rc == SQLITE_OK) rc = drop_group_if_empty(index, id);
  for (int i = 0; rc == SQLITE_OK && i < list->count; i++) {
    int64_t rowid = hdb_list_rowid(list, i);
    int is_there;
    rc = hdb_index_vector(index, rowid, &is_there);
    if (rc != SQLITE_OK) break;
    rc = is_there ? add_row(index, rowid, 0) : hdb_place_set(index, rowid, 0);
  }
  return rc;
}

static int remove_row(hdb_vector_index *index, int64_t rowid, int64_t id) {
  hdb_list *list = &index->other;
  int is_there;
  int rc = hdb_list_read(index, id, list, &is_there);
  if (rc != SQLITE_OK) return rc;
  int place = is_there ? hdb_list_find(list, rowid) : -1;
  if (place < 0) return hdb_index_damaged(index, "a row is not in its list");
  hdb_list_remove(index, list, place);
  rc = hdb_place_set(index, rowid, 0);
  if (rc != SQLITE_OK) return rc;
  if (list->count < index->capacity / LEAST_SHARE) return dissolve(index, list);
  return hdb_list_write(index, list);
}

int hdb_index_touch(hdb_vector_index *index, int64_t rowid) {
  int is_there;
  int64_t list = 0;
  int rc = hdb_index_vector(index, rowid, &is_there);
  if (rc != SQLITE_OK || index->dimensions == 0) return rc;
  rc = hdb_place_find(index, rowid, &list);
  if (rc == SQLITE_OK && list) {
    rc = remove_row(index, rowid, list);
    /* Other rows may have been read meanwhile. */
    if (rc == SQLITE_OK && is_there) rc = hdb_index_vector(index, rowid, &is_there);
  }
  return rc == SQLITE_OK && is_there ? add_row(index, rowid, 0) : rc;
}
