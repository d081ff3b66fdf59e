/*
** Building the index of a table that has rows: groups from a sample of the vectors, each row to
** its group, then group by group the lists. It takes memory for one group at a time, and 12 bytes
** a row.
*/
#include <stdlib.h>
#include <string.h>

#include "distance.h"
#include "index_internal.h"
#include "index_progress.h"

enum {
  SAMPLE_OF_GROUP = 128, /* vectors that a group's centroid is found from */
  GROUP_ROUNDS = 10,
  LIST_ROUNDS = 8,
  FILL_PERCENT = 85,
  MOST_LISTS_IN_BUILT_GROUP = 96,
  GROUPS_FROM_LISTS = 64 /* with fewer lists there is one group */
};

/* What a build may hold of vectors: of a group, or of the sample. */
static const size_t most_bytes = (size_t)64 << 20;

/* How much the clusters of lists are evened out, see hdb_cluster: more would part neighbours. */
static const float list_balance = 0.05f;

typedef struct build {
  hdb_vector_index *index;
  hdb_patience patience;
  hdb_index_progress progress;
  int64_t *rowids; /* of all rows, in their order */
  uint32_t *places; /* their groups, then their lists */
  size_t count;
  size_t capacity;
  size_t list_target;
} build;

/* Reads all vectors, calls for each, rotated, and with its place. */
static int each_vector(build *it, int (*visit)(build *it, int64_t rowid, size_t place, void *data),
                       void *data) {
  hdb_vector_index *index = it->index;
  sqlite3_stmt *stmt;
  size_t place = 0;
  int rc = hdb_index_prepare(index, SQL_ALL_VECTORS, &stmt);
  if (rc != SQLITE_OK) return rc;
  while (rc == SQLITE_OK && sqlite.step(stmt) == SQLITE_ROW) {
    int is_there;
    int64_t rowid = sqlite.column_int64(stmt, 0);
    rc = hdb_index_take(index, sqlite.column_value(stmt, 1), rowid, &is_there);
    if (rc != SQLITE_OK || !is_there) continue;
    rc = visit(it, rowid, place++, data);
    hdb_index_progress_step(&it->progress);
  }
  int ended = sqlite.reset(stmt);
  return rc == SQLITE_OK ? hdb_index_failed(index, ended) : rc;
}

/* First pass: the row ids, and a sample (Vitter's algorithm R). */
typedef struct sample {
  float *vectors;
  size_t count;
  size_t most;
  uint64_t seed;
} sample;

static int visit_first(build *it, int64_t rowid, size_t place, void *data) {
  sample *taken = data;
  hdb_vector_index *index = it->index;
  size_t padded = (size_t)index->rotation.padded;
  int rc = SQLITE_OK;
  if (!taken->vectors) {
    taken->most = most_bytes / (padded * sizeof(float));
    taken->vectors = sqlite.malloc64(taken->most * padded * sizeof(float));
    if (!taken->vectors) return SQLITE_NOMEM;
  }
  if (it->count == it->capacity) {
    it->capacity = it->capacity * 3 / 2 + 1024;
    rc = hdb_grow(&it->rowids, it->capacity * sizeof *it->rowids);
    if (rc == SQLITE_OK) rc = hdb_grow(&it->places, it->capacity * sizeof *it->places);
    if (rc != SQLITE_OK) return rc;
  }
  it->rowids[it->count] = rowid;
  it->places[it->count++] = 0;
  size_t at = place;
  if (place >= taken->most) at = (size_t)(hdb_random_next(&taken->seed) % (place + 1));
  if (at >= taken->most) return SQLITE_OK;
  if (taken->count < taken->most) taken->count++;
  hdb_index_rotate(index, index->plain, taken->vectors + at * padded);
  return SQLITE_OK;
}

/* Second pass: the group of each row. */
typedef struct grouping {
  const float *centroids;
  const float *halves;
  size_t count;
} grouping;

static int visit_group(build *it, int64_t rowid, size_t place, void *data) {
  const grouping *groups = data;
  hdb_vector_index *index = it->index;
  if (place >= it->count || it->rowids[place] != rowid) {
    return hdb_index_fail(index, SQLITE_ERROR,
                          sqlite.mprintf("Table %s changed while its vector index was built",
                                         index->table));
  }
  hdb_index_rotate(index, index->plain, index->rotated);
  it->places[place] = (uint32_t)hdb_nearest(index->rotated, groups->centroids, groups->halves,
                                            groups->count, (size_t)index->rotation.padded);
  return SQLITE_OK;
}

/* Writes lists of `count` vectors; `members` are their places among all. */
static int write_list(build *it, int64_t group, const float *vectors, const uint32_t *members,
                      const uint32_t *chosen, size_t count) {
  hdb_vector_index *index = it->index;
  size_t padded = (size_t)index->rotation.padded;
  unsigned char *packed = sqlite.malloc64(padded + 4);
  float *centroid = index->centroid;
  if (!packed) return SQLITE_NOMEM;
  memset(centroid, 0, padded * sizeof *centroid);
  for (size_t i = 0; i < count; i++) {
    const float *vector = vectors + chosen[i] * padded;
    for (size_t d = 0; d < padded; d++) centroid[d] += vector[d] / (float)count;
  }
  hdb_centroid_pack(centroid, (int)padded, packed);
  hdb_centroid_unpack(packed, (int)padded, centroid);
  sqlite.free(packed);
  int rc = hdb_list_init(index, &index->list);
  for (size_t i = 0; rc == SQLITE_OK && i < count; i++) {
    hdb_list_append(index, &index->list, it->rowids[members[chosen[i]]],
                    vectors + chosen[i] * padded, centroid);
  }
  if (rc == SQLITE_OK) rc = hdb_list_add(index, &index->list);
  if (rc == SQLITE_OK) rc = hdb_centroid_set(index, group, index->list.id, centroid);
  for (size_t i = 0; rc == SQLITE_OK && i < count; i++) {
    it->places[members[chosen[i]]] = (uint32_t)index->list.id;
    hdb_index_progress_step(&it->progress);
  }
  return rc;
}

/* One of a cluster that is too large, and where else it could go. */
typedef struct removal {
  double loss; /* of nearness */
  uint32_t member;
} removal;

/* The cluster nearest to a vector that has room and is not closed; k if there is none. */
static size_t nearest_with_room(const float *vector, const float *centroids, const float *halves,
                                const uint32_t *sizes, const unsigned char *is_closed, size_t k,
                                size_t room, size_t padded, double *nearness) {
  size_t best = k;
  for (size_t c = 0; c < k; c++) {
    if (is_closed[c] || sizes[c] >= room) continue;
    double value = hdb_chosen_kernels->dot(vector, centroids + c * padded, padded);
    value -= (double)halves[c];
    if (best < k && value <= *nearness) continue;
    *nearness = value;
    best = c;
  }
  return best;
}

static int compare_losses(const void *a, const void *b) {
  double left = ((const removal *)a)->loss;
  double right = ((const removal *)b)->loss;
  return (left > right) - (left < right);
}

/*
** Brings clusters to sizes that fill lists: small ones give their vectors away, those that are a
** little too large give away what loses least. Two halves of a list would take twice its space.
*/
static int even_out(const build *it, const float *vectors, size_t count, const float *centroids,
                    size_t k, uint32_t *sides) {
  enum { SMALL_SHARE = 3 };
  size_t padded = (size_t)it->index->rotation.padded;
  size_t room = (size_t)it->index->capacity;
  float *halves = sqlite.malloc64(k * sizeof *halves);
  uint32_t *sizes = sqlite.malloc64(k * sizeof *sizes);
  unsigned char *is_closed = sqlite.malloc64(k);
  removal *removals = sqlite.malloc64(count * sizeof *removals);
  int rc = halves && sizes && is_closed && removals ? SQLITE_OK : SQLITE_NOMEM;
  if (rc == SQLITE_OK) {
    hdb_half_lengths(centroids, k, padded, halves);
    memset(sizes, 0, k * sizeof *sizes);
    for (size_t i = 0; i < count; i++) sizes[sides[i]]++;
    for (size_t c = 0; c < k; c++) is_closed[c] = sizes[c] < room / SMALL_SHARE;
  }
  for (size_t c = 0; rc == SQLITE_OK && c < k; c++) {
    size_t members = sizes[c];
    size_t most = is_closed[c] ? 0 : room;
    size_t found = 0;
    rc = it->patience.ask(it->patience.argument);
    if (rc != SQLITE_OK || members <= most || members > 2 * room) continue;
    for (size_t i = 0; i < count; i++) {
      if (sides[i] != c) continue;
      const float *vector = vectors + i * padded;
      double there = 0;
      double here = hdb_chosen_kernels->dot(vector, centroids + c * padded, padded);
      size_t other = nearest_with_room(vector, centroids, halves, sizes, is_closed, k, room, padded,
                                       &there);
      if (other == k) break;
      removals[found++] = (removal){here - (double)halves[c] - there, (uint32_t)i};
    }
    qsort(removals, found, sizeof *removals, compare_losses);
    for (size_t i = 0; i < found && sizes[c] > most; i++) {
      uint32_t member = removals[i].member;
      double there;
      size_t other = nearest_with_room(vectors + member * padded, centroids, halves, sizes,
                                       is_closed, k, room, padded, &there);
      if (other == k) break;
      sides[member] = (uint32_t)other;
      sizes[other]++;
      sizes[c]--;
    }
  }
  sqlite.free(removals);
  sqlite.free(is_closed);
  sqlite.free(sizes);
  sqlite.free(halves);
  return rc;
}

/*
** Clusters chosen vectors into lists. Those clusters that are too large for a list are clustered
** again, at last by their order alone where that does not part them.
*/
static int write_lists(build *it, int64_t group, const float *vectors, const uint32_t *members,
                       uint32_t *chosen, size_t count, int depth) {
  enum { MOST_DEPTH = 12 };
  hdb_vector_index *index = it->index;
  size_t padded = (size_t)index->rotation.padded;
  size_t room = (size_t)index->capacity;
  size_t k = depth == 0 ? (count + it->list_target - 1) / it->list_target : 2;
  if (count == 0) return SQLITE_OK;
  if (count <= (depth == 0 ? it->list_target : room)) {
    return write_list(it, group, vectors, members, chosen, count);
  }
  if (depth == MOST_DEPTH) {
    int halves = SQLITE_OK;
    for (size_t from = 0; halves == SQLITE_OK && from < count; from += it->list_target) {
      size_t part = count - from < it->list_target ? count - from : it->list_target;
      halves = write_list(it, group, vectors, members, chosen + from, part);
    }
    return halves;
  }
  float *subset = 0;
  float *centroids = sqlite.malloc64(k * padded * sizeof *centroids);
  uint32_t *sides = sqlite.malloc64(count * sizeof *sides);
  uint32_t *part = sqlite.malloc64(count * sizeof *part);
  int rc = centroids && sides && part ? SQLITE_OK : SQLITE_NOMEM;
  if (rc == SQLITE_OK && depth > 0) {
    subset = sqlite.malloc64(count * padded * sizeof *subset);
    if (!subset) rc = SQLITE_NOMEM;
    for (size_t i = 0; rc == SQLITE_OK && i < count; i++) {
      memcpy(subset + i * padded, vectors + chosen[i] * padded, padded * sizeof *subset);
    }
  }
  if (rc == SQLITE_OK) {
    rc = hdb_cluster(depth == 0 ? vectors : subset, count, padded, k, LIST_ROUNDS, list_balance,
                     (uint64_t)index->seed + (uint64_t)group, centroids, sides, &it->patience);
  }
  if (rc == SQLITE_OK && depth == 0) rc = even_out(it, vectors, count, centroids, k, sides);
  sqlite.free(subset);
  sqlite.free(centroids);
  for (size_t c = 0; rc == SQLITE_OK && c < k; c++) {
    size_t size = 0;
    for (size_t i = 0; i < count; i++) {
      if (sides[i] == c) part[size++] = chosen[i];
    }
    rc = write_lists(it, group, vectors, members, part, size, depth + 1);
  }
  sqlite.free(part);
  sqlite.free(sides);
  return rc;
}

/* Writes one group: reads its vectors and makes lists of them. */
static int write_group(build *it, const uint32_t *members, size_t count) {
  hdb_vector_index *index = it->index;
  size_t padded = (size_t)index->rotation.padded;
  float *vectors = sqlite.malloc64(count * padded * sizeof *vectors);
  float *mean = sqlite.malloc64(padded * sizeof *mean);
  uint32_t *chosen = sqlite.malloc64(count * sizeof *chosen);
  int64_t group;
  int rc = vectors && mean && chosen ? SQLITE_OK : SQLITE_NOMEM;
  for (size_t i = 0; rc == SQLITE_OK && i < count; i++) {
    int is_there;
    rc = hdb_index_vector(index, it->rowids[members[i]], &is_there);
    if (rc != SQLITE_OK) break;
    if (is_there) {
      hdb_index_rotate(index, index->plain, vectors + i * padded);
    } else {
      rc = hdb_index_damaged(index, "a row of its table went away");
    }
    chosen[i] = (uint32_t)i;
  }
  if (rc == SQLITE_OK) {
    hdb_mean(vectors, count, padded, mean);
    rc = hdb_group_add(index, mean, &group);
  }
  if (rc == SQLITE_OK) rc = write_lists(it, group, vectors, members, chosen, count, 0);
  sqlite.free(chosen);
  sqlite.free(mean);
  sqlite.free(vectors);
  return rc;
}

/* Writes all groups. One that takes too much memory, or has too many lists, is cut in parts. */
static int write_groups(build *it, size_t group_count) {
  size_t padded = (size_t)it->index->rotation.padded;
  size_t most = most_bytes / (padded * sizeof(float));
  if (most > MOST_LISTS_IN_BUILT_GROUP * it->list_target) {
    most = MOST_LISTS_IN_BUILT_GROUP * it->list_target;
  }
  uint32_t *members = sqlite.malloc64(it->count * sizeof *members + 1);
  size_t *ends = sqlite.malloc64((group_count + 1) * sizeof *ends);
  int rc = members && ends ? SQLITE_OK : SQLITE_NOMEM;
  if (rc == SQLITE_OK) {
    memset(ends, 0, (group_count + 1) * sizeof *ends);
    for (size_t i = 0; i < it->count; i++) ends[it->places[i] + 1]++;
    for (size_t g = 0; g < group_count; g++) ends[g + 1] += ends[g];
    for (size_t i = 0; i < it->count; i++) members[ends[it->places[i]]++] = (uint32_t)i;
  }
  size_t from = 0;
  for (size_t g = 0; rc == SQLITE_OK && g < group_count; g++) {
    while (rc == SQLITE_OK && from < ends[g]) {
      size_t rest = ends[g] - from;
      size_t parts = (rest + most - 1) / most;
      size_t count = (rest + parts - 1) / parts;
      rc = write_group(it, members + from, count);
      from += count;
    }
  }
  sqlite.free(ends);
  sqlite.free(members);
  return rc;
}

static int build_groups(build *it, sample *taken) {
  hdb_vector_index *index = it->index;
  size_t padded = (size_t)index->rotation.padded;
  size_t lists = it->count / it->list_target + 1;
  size_t k = lists < GROUPS_FROM_LISTS ? 1 : (size_t)hdb_sqrt((double)lists);
  if (k == 1) return write_groups(it, 1);
  size_t used = taken->count < k * SAMPLE_OF_GROUP ? taken->count : k * SAMPLE_OF_GROUP;
  /* The sample is in the order of the table as long as it holds all of it. */
  for (size_t i = 0; i < used; i++) {
    size_t other = i + (size_t)(hdb_random_next(&taken->seed) % (taken->count - i));
    float *a = taken->vectors + i * padded;
    float *b = taken->vectors + other * padded;
    for (size_t d = 0; d < padded; d++) {
      float swapped = a[d];
      a[d] = b[d];
      b[d] = swapped;
    }
  }
  float *centroids = sqlite.malloc64(k * padded * sizeof *centroids);
  float *halves = sqlite.malloc64(k * sizeof *halves);
  uint32_t *sides = sqlite.malloc64(used * sizeof *sides);
  int rc = centroids && halves && sides ? SQLITE_OK : SQLITE_NOMEM;
  if (rc == SQLITE_OK) {
    hdb_index_progress_phase(&it->progress, "clustering", 0);
    rc = hdb_cluster(taken->vectors, used, padded, k, GROUP_ROUNDS, 0, taken->seed, centroids, sides,
                     &it->patience);
  }
  sqlite.free(taken->vectors);
  taken->vectors = 0;
  if (rc == SQLITE_OK) {
    grouping groups = {centroids, halves, k};
    hdb_half_lengths(centroids, k, padded, halves);
    hdb_index_progress_phase(&it->progress, "grouping", (int64_t)it->count);
    rc = each_vector(it, visit_group, &groups);
  }
  sqlite.free(sides);
  sqlite.free(halves);
  sqlite.free(centroids);
  if (rc != SQLITE_OK) return rc;
  hdb_index_progress_phase(&it->progress, "writing", (int64_t)it->count);
  return write_groups(it, k);
}

int hdb_index_build(hdb_vector_index *index) {
  build it;
  sample taken = {0, 0, 0, (uint64_t)index->seed};
  memset(&it, 0, sizeof it);
  it.index = index;
  it.patience = (hdb_patience){hdb_index_ask, index};
  int rc = hdb_index_progress_begin(&it.progress, index->schema, index->name);
  if (rc != SQLITE_OK) return rc;
  hdb_index_progress_phase(&it.progress, "reading", 0);
  rc = each_vector(&it, visit_first, &taken);
  if (rc == SQLITE_OK && it.count > 0) {
    it.list_target = (size_t)index->capacity * FILL_PERCENT / 100;
    rc = build_groups(&it, &taken);
  }
  if (rc == SQLITE_OK) rc = hdb_places_build(index, it.rowids, it.places, it.count);
  if (rc == SQLITE_OK) rc = hdb_index_set_config(index, "structure", hdb_index_new_version());
  hdb_index_progress_end(&it.progress);
  sqlite.free(taken.vectors);
  sqlite.free(it.places);
  sqlite.free(it.rowids);
  return rc;
}
