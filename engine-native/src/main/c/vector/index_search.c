/*
** Search. The lists nearest to the query are scanned; for each row in them its code tells between
** which bounds its distance lies. Rows are taken in the order of their lower bounds, and for each the
** distance is computed from the vector in the table, until the least of these distances is below
** all bounds that are left: that row is next. So no more vectors are read than the rows that are
** asked for take. As more rows are asked for, more lists are scanned, in the end all.
**
** With a beam of as many lists as there are, codes do not matter: all vectors are read.
**
** Distances here are what grows with the metric's distance and can be estimated: squared
** L2, also between vectors of length 1 for the cosine, and the negative inner product.
*/
#include <stdlib.h>
#include <string.h>

#include "distance.h"
#include "index_internal.h"

/* A row and what its distance is, or at least is. */
typedef struct candidate {
  double key;
  double distance; /* as the user has it; of those that are exact */
  int64_t rowid;
} candidate;

typedef struct heap {
  candidate *items; /* the least one first */
  size_t count;
  size_t capacity;
} heap;

/* Rows of which the bound is not low enough to be looked at yet, in no order. */
typedef struct far_rows {
  float *keys;
  int64_t *rowids;
  size_t count;
  size_t capacity;
} far_rows;

/* A list and how far its centroid is, by the metric and in squared L2. */
typedef struct probe {
  double distance;
  double apart;
  int64_t list;
} probe;

/* A group of the directory and how far its centroid is. */
typedef struct near_group {
  double distance;
  int place;
} near_group;

/* The row ids that were given: a hash table, 0 meaning none. */
typedef struct given_set {
  int64_t *slots;
  size_t capacity;
  size_t count;
  int has_zero;
} given_set;

struct hdb_search {
  hdb_vector_index *index;
  int generation; /* of the index */
  float *given_query; /* as it was given */
  hdb_query measure;  /* of distances to that, as the functions of SQL have them */
  float *query;       /* rotated */
  double query_length; /* of the latter, squared */
  uint64_t *query_bits;
  hdb_code_query code_query;
  float *products;
  hdb_list list;
  sqlite3_blob *lists; /* the handle that lists are read by */
  int64_t structure; /* of the directory that the next four are from */
  near_group *groups; /* the nearest first */
  int group_count;
  int opened;      /* of the groups: their lists are among the probes */
  int list_count;  /* of all groups */
  probe *probes;
  int probe_capacity;
  int probe_count;
  int scanned;     /* of the probes, which are sorted up to there */
  int beam;
  int64_t rows;    /* that were given */
  double highest;  /* the largest key of those */
  int is_enough;   /* no more lists are scanned */
  int64_t next_growth;
  heap bounds;     /* rows of which the lower bound is known, below the fence */
  far_rows far;    /* those from the fence on */
  float fence;
  size_t portion;  /* that is next taken from `far` */
  heap exact;      /* rows of which the distance is known */
  given_set given;
};

enum {
  ROWS_OF_BEAM = 20,
  FIRST_LISTS = 8,
  FIRST_PORTION = 64,
  /* So many groups, and groups with so many times the lists that are scanned, are looked into. */
  LEAST_GROUPS = 12,
  LISTS_FOR_SCANNED = 12,
  /* So many lists, and this part of the most that are scanned, are scanned in any case. */
  LEAST_LISTS = 40,
  LEAST_SHARE = 6,
  MOST_SPARE_BYTES = 4 << 20
};

/* Lists whose centroid is farther than the nearest one times the root of this are not near. */
static const double near_enough = 1.25 * 1.25;

/*
** The error of a code is below this times scale · |q - c| · step. It is RaBitQ's ε₀ of 1.9 times
** √(1 - 2/π), what is left of r² near √(2/π).
*/
static const double error_bound = 1.9 * 0.6028;

static int is_before(const candidate *a, const candidate *b) {
  return a->key < b->key || (a->key == b->key && a->rowid < b->rowid);
}

/* Makes room for so many more. */
static int heap_reserve(heap *it, size_t more) {
  if (it->count + more <= it->capacity) return SQLITE_OK;
  size_t capacity = it->capacity * 2 + more + 64;
  candidate *grown = sqlite.realloc64(it->items, capacity * sizeof *grown);
  if (!grown) return SQLITE_NOMEM;
  it->items = grown;
  it->capacity = capacity;
  return SQLITE_OK;
}

static int heap_push(heap *it, const candidate *item) {
  int rc = heap_reserve(it, 1);
  if (rc != SQLITE_OK) return rc;
  size_t at = it->count++;
  while (at > 0 && is_before(item, &it->items[(at - 1) / 2])) {
    it->items[at] = it->items[(at - 1) / 2];
    at = (at - 1) / 2;
  }
  it->items[at] = *item;
  return SQLITE_OK;
}

static void sift_down(heap *it, size_t at, const candidate *item) {
  for (;;) {
    size_t child = 2 * at + 1;
    if (child >= it->count) break;
    if (child + 1 < it->count && is_before(&it->items[child + 1], &it->items[child])) child++;
    if (!is_before(&it->items[child], item)) break;
    it->items[at] = it->items[child];
    at = child;
  }
  it->items[at] = *item;
}

static candidate heap_pop(heap *it) {
  candidate least = it->items[0];
  candidate last = it->items[--it->count];
  if (it->count > 0) sift_down(it, 0, &last);
  return least;
}

static size_t slot_of(const given_set *set, int64_t rowid) {
  size_t at = (size_t)((uint64_t)rowid * 0x9e3779b97f4a7c15u >> 20) & (set->capacity - 1);
  while (set->slots[at] != 0 && set->slots[at] != rowid) at = (at + 1) & (set->capacity - 1);
  return at;
}

/* Adds a row to those that were given. *is_new is 0 if it was there already. */
static int give(given_set *set, int64_t rowid, int *is_new) {
  if (rowid == 0) {
    *is_new = !set->has_zero;
    set->has_zero = 1;
    return SQLITE_OK;
  }
  if (2 * set->count >= set->capacity) {
    given_set grown = *set;
    grown.capacity = set->capacity ? set->capacity * 2 : 64;
    grown.slots = sqlite.malloc64(grown.capacity * sizeof *grown.slots);
    if (!grown.slots) return SQLITE_NOMEM;
    memset(grown.slots, 0, grown.capacity * sizeof *grown.slots);
    for (size_t i = 0; i < set->capacity; i++) {
      if (set->slots[i] != 0) grown.slots[slot_of(&grown, set->slots[i])] = set->slots[i];
    }
    sqlite.free(set->slots);
    *set = grown;
  }
  size_t at = slot_of(set, rowid);
  *is_new = set->slots[at] == 0;
  if (*is_new) {
    set->slots[at] = rowid;
    set->count++;
  }
  return SQLITE_OK;
}

/* What compares, from what the user has. */
static double key_of(const hdb_vector_index *index, double distance) {
  /* To a vector of length 0 there is no cosine distance. */
  if (!(distance == distance)) return __builtin_inf();
  if (index->metric == HDB_L2) return distance * distance;
  return index->metric == HDB_COSINE ? 2 * distance : distance;
}

/* Puts the `count` nearest of the probes behind `from` before the others. */
static void select_probes(probe *probes, int from, int count, int total) {
  int low = from;
  int high = total - 1;
  int wanted = from + count;
  while (low < high && wanted > low && wanted <= high) {
    double pivot = probes[low + (high - low) / 2].distance;
    int i = low;
    int j = high;
    while (i <= j) {
      while (probes[i].distance < pivot) i++;
      while (probes[j].distance > pivot) j--;
      if (i > j) break;
      probe swapped = probes[i];
      probes[i++] = probes[j];
      probes[j--] = swapped;
    }
    if (wanted <= j) {
      high = j;
    } else if (wanted >= i) {
      low = i;
    } else {
      break;
    }
  }
}

/* By the number of the list, which is how they lie in the file. */
static int compare_places(const void *a, const void *b) {
  int64_t left = ((const probe *)a)->list;
  int64_t right = ((const probe *)b)->list;
  return (left > right) - (left < right);
}

static int compare_distances(const void *a, const void *b) {
  double left = ((const near_group *)a)->distance;
  double right = ((const near_group *)b)->distance;
  return (left > right) - (left < right);
}

/* Takes the groups of the directory as it is now, none of them opened. */
static int find_groups(hdb_search *self) {
  const hdb_directory *directory = &self->index->directory;
  size_t padded = (size_t)self->index->rotation.padded;
  int is_ip = self->index->metric == HDB_IP;
  sqlite.free(self->groups);
  self->groups = sqlite.malloc64((size_t)directory->count * sizeof *self->groups + 1);
  self->group_count = 0;
  self->list_count = 0;
  self->opened = 0;
  self->probe_count = 0;
  self->scanned = 0;
  if (!self->groups) return SQLITE_NOMEM;
  if (directory->list_count > self->probe_capacity) {
    int rc = hdb_grow(&self->probes, (size_t)directory->list_count * sizeof *self->probes);
    if (rc != SQLITE_OK) return rc;
    self->probe_capacity = directory->list_count;
  }
  self->structure = directory->structure;
  self->group_count = directory->count;
  self->list_count = directory->list_count;
  for (int g = 0; g < directory->count; g++) {
    const hdb_group *group = &directory->groups[g];
    double product = hdb_chosen_kernels->dot(self->query, group->centroid, padded);
    self->groups[g] = (near_group){is_ip ? -product : group->length - 2 * product, g};
  }
  qsort(self->groups, (size_t)self->group_count, sizeof *self->groups, compare_distances);
  return SQLITE_OK;
}

static void open_group(hdb_search *self, const hdb_group *group, double unit) {
  hdb_vector_index *index = self->index;
  size_t padded = (size_t)index->rotation.padded;
  int is_ip = index->metric == HDB_IP;
  for (int i = 0; i < group->count; i++) {
    int64_t units = hdb_chosen_kernels->dot_i16_i8(index->short_query,
                                                   group->numbers + (size_t)i * padded, padded);
    double product = (double)units * (double)group->scales[i] * unit;
    probe *it = &self->probes[self->probe_count++];
    it->list = group->lists[i];
    it->apart = self->query_length + group->lengths[i] - 2 * product;
    it->distance = is_ip ? -product : it->apart;
  }
}

/* Makes probes of the lists of as many groups as it takes for scanning so many lists. */
static int open_groups(hdb_search *self, int scanned) {
  hdb_vector_index *index = self->index;
  int rc = hdb_directory_refresh(index);
  /*
  ** Where a list was split or came since, all begin anew: what is found again was given or is found
  ** to be the same row.
  */
  if (rc == SQLITE_OK && (!self->groups || self->structure != index->directory.structure)) {
    rc = find_groups(self);
  }
  if (rc != SQLITE_OK) return rc;
  int64_t wanted = (int64_t)scanned * LISTS_FOR_SCANNED;
  float unit = hdb_short_vector(self->query, index->rotation.padded, index->short_query);
  while (self->opened < self->group_count &&
         (self->opened < LEAST_GROUPS || self->probe_count < wanted)) {
    int place = self->groups[self->opened++].place;
    open_group(self, &index->directory.groups[place], (double)unit);
  }
  return SQLITE_OK;
}

static int reserve_far(far_rows *it, size_t more) {
  if (it->count + more <= it->capacity) return SQLITE_OK;
  size_t capacity = it->capacity * 2 + more + 1024;
  int rc = hdb_grow(&it->keys, capacity * sizeof *it->keys);
  if (rc == SQLITE_OK) rc = hdb_grow(&it->rowids, capacity * sizeof *it->rowids);
  if (rc == SQLITE_OK) it->capacity = capacity;
  return rc;
}

/* What a damaged centroid gives may be out of a float's range. */
static float narrowed(double x) {
  if (x > 3e38) return __builtin_inff();
  return x < -3e38 ? -__builtin_inff() : (float)x;
}

/* Turns the products of a list's codes into lower bounds of the distances. */
static void find_bounds(hdb_search *self, const probe *at, int blocks) {
  const unsigned char *bases = hdb_list_bases(self->index, &self->list);
  const unsigned char *scales = hdb_list_scales(self->index, &self->list);
  float step = self->index->metric == HDB_IP ? 1 : 2;
  float error = step * narrowed(error_bound * hdb_sqrt(at->apart));
  float distance = narrowed(at->distance);
  for (int b = 0; b < blocks; b++) {
    float base[HDB_CODES_IN_BLOCK];
    float scale[HDB_CODES_IN_BLOCK];
    float *bounds = self->products + (size_t)b * HDB_CODES_IN_BLOCK;
    /* Behind the last of either lies something else of the list. */
    memcpy(base, bases + (size_t)b * sizeof base, sizeof base);
    memcpy(scale, scales + (size_t)b * sizeof scale, sizeof scale);
    for (int i = 0; i < HDB_CODES_IN_BLOCK; i++) {
      bounds[i] = distance + (base[i] - scale[i] * (step * bounds[i] + error));
    }
  }
}

static int scan_list(hdb_search *self, const probe *at) {
  hdb_vector_index *index = self->index;
  int is_there;
  int rc = hdb_list_read_next(index, &self->lists, at->list, &self->list, &is_there);
  if (rc != SQLITE_OK || !is_there) return rc;
  int count = self->list.count;
  if (count == 0) return SQLITE_OK;
  int blocks = (count + HDB_CODES_IN_BLOCK - 1) / HDB_CODES_IN_BLOCK;
  hdb_code_products(&self->code_query, hdb_list_codes(index, &self->list), blocks, self->products);
  find_bounds(self, at, blocks);
  rc = reserve_far(&self->far, (size_t)count);
  if (rc != SQLITE_OK) return rc;
  float *keys = self->far.keys + self->far.count;
  int64_t *rowids = self->far.rowids + self->far.count;
  size_t kept = 0;
  for (int i = 0; i < count; i++) {
    int64_t rowid = hdb_list_rowid(&self->list, i);
    keys[kept] = self->products[i];
    rowids[kept] = rowid;
    if (self->products[i] >= self->fence) {
      kept++;
      continue;
    }
    /* What a damaged list gives for a bound, which is no number, must not go before nor behind. */
    int is_number = self->products[i] < self->fence;
    candidate it = {is_number ? (double)self->products[i] : -__builtin_inf(), 0, rowid};
    rc = heap_push(&self->bounds, &it);
    if (rc != SQLITE_OK) break;
  }
  self->far.count += kept;
  return rc;
}

static void swap_far(far_rows *far, size_t i, size_t j) {
  float key = far->keys[i];
  int64_t rowid = far->rowids[i];
  far->keys[i] = far->keys[j];
  far->rowids[i] = far->rowids[j];
  far->keys[j] = key;
  far->rowids[j] = rowid;
}

/*
** Puts the nearest of the far rows, about `portion` of them, below the fence. Each time that are twice
** as many, so that whoever asks for all rows does not pay for a selection each time.
*/
static int move_fence(hdb_search *self) {
  far_rows *far = &self->far;
  float *keys = far->keys;
  size_t low = 0;
  size_t high = far->count;
  int rc = SQLITE_OK;
  while (high - low > 2 * self->portion) {
    /* The middle of three is a fair pivot; both parts are smaller than the whole. */
    float a = keys[low];
    float b = keys[low + (high - low) / 2];
    float c = keys[high - 1];
    float pivot = a < b ? (b < c ? b : a < c ? c : a) : (a < c ? a : b < c ? c : b);
    size_t i = low;
    size_t j = high - 1;
    for (;;) {
      while (keys[i] < pivot) i++;
      while (keys[j] > pivot) j--;
      if (i >= j) break;
      swap_far(far, i++, j--);
    }
    /* Equal keys stop the halving: they are taken together. */
    if (i <= low || i >= high) break;
    high = i;
  }
  self->fence = high < far->count ? keys[high] : __builtin_inff();
  for (size_t i = high; i < far->count; i++) {
    if (keys[i] < self->fence) self->fence = keys[i];
  }
  size_t kept = 0;
  for (size_t i = 0; i < far->count; i++) {
    if (keys[i] < self->fence || (i < high && keys[i] <= self->fence)) {
      candidate it = {(double)keys[i], 0, far->rowids[i]};
      rc = heap_push(&self->bounds, &it);
      if (rc != SQLITE_OK) return rc;
    } else {
      keys[kept] = keys[i];
      far->rowids[kept++] = far->rowids[i];
    }
  }
  far->count = kept;
  self->portion *= 2;
  return SQLITE_OK;
}

/* Scans that many more lists. */
static int scan(hdb_search *self, int count) {
  int rc = open_groups(self, self->scanned + count);
  if (rc != SQLITE_OK) return rc;
  int rest = self->probe_count - self->scanned;
  if (count > rest) count = rest;
  if (count == 0) return SQLITE_OK;
  select_probes(self->probes, self->scanned, count, self->probe_count);
  qsort(self->probes + self->scanned, (size_t)count, sizeof *self->probes, compare_places);
  for (int i = 0; rc == SQLITE_OK && i < count; i++) {
    rc = scan_list(self, &self->probes[self->scanned++]);
  }
  return rc;
}

/* Computes the distance of a row, if it still has a vector. */
static int rank(hdb_search *self, int64_t rowid) {
  hdb_vector_index *index = self->index;
  int is_there;
  int rc = hdb_index_vector(index, rowid, &is_there);
  if (rc != SQLITE_OK || !is_there) return rc;
  double distance = hdb_distance(&self->measure, index->plain);
  candidate it = {key_of(index, distance), distance, rowid};
  return heap_push(&self->exact, &it);
}

static int rank_all(hdb_search *self) {
  hdb_vector_index *index = self->index;
  sqlite3_stmt *stmt;
  int rc = hdb_index_prepare(index, SQL_ALL_VECTORS, &stmt);
  if (rc != SQLITE_OK) return rc;
  while (rc == SQLITE_OK && sqlite.step(stmt) == SQLITE_ROW) {
    int is_there;
    int64_t rowid = sqlite.column_int64(stmt, 0);
    rc = hdb_index_take(index, sqlite.column_value(stmt, 1), rowid, &is_there);
    if (rc != SQLITE_OK || !is_there) continue;
    double distance = hdb_distance(&self->measure, index->plain);
    candidate it = {key_of(index, distance), distance, rowid};
    rc = heap_push(&self->exact, &it);
  }
  int ended = sqlite.reset(stmt);
  return rc == SQLITE_OK ? hdb_index_failed(index, ended) : rc;
}

/* The most that are scanned by default: grows with the root of the number of lists. */
static int most_lists(int lists) { return 74 + (int)(4.1 * hdb_sqrt(lists)); }

/*
** Of the probes that there are, how many are near enough to be scanned. Where many lists are about
** as near as the nearest, the neighbours may be in any of them; where one stands out they are there.
** SPANN prunes so (Chen et al., NeurIPS 2021, 3.2).
*/
static int near_lists(const hdb_search *self, int most) {
  double nearest = __builtin_inf();
  int least = LEAST_LISTS + most / LEAST_SHARE;
  int count = 0;
  for (int i = 0; i < self->probe_count; i++) {
    if (self->probes[i].apart < nearest) nearest = self->probes[i].apart;
  }
  for (int i = 0; i < self->probe_count; i++) {
    count += self->probes[i].apart <= nearest * near_enough;
  }
  if (count > most) return most;
  return count < least ? least : count;
}

/*
** How many lists are scanned for so many rows: twice the rows take some 1.4 times the lists for
** the same recall.
*/
static int more_lists(int lists) { return lists * 2 / 5 + 1; }

static void free_search(hdb_search *self) {
  sqlite.free(self->probes);
  sqlite.free(self->bounds.items);
  sqlite.free(self->far.keys);
  sqlite.free(self->far.rowids);
  sqlite.free(self);
}

/* What is large comes from the search before: the C library would give it back to the system. */
static hdb_search *new_search(hdb_vector_index *index) {
  hdb_search *self = index->spare;
  hdb_search fresh = {.index = index};
  index->spare = 0;
  if (self) {
    fresh.probes = self->probes;
    fresh.probe_capacity = self->probe_capacity;
    fresh.bounds.items = self->bounds.items;
    fresh.bounds.capacity = self->bounds.capacity;
    fresh.far.keys = self->far.keys;
    fresh.far.rowids = self->far.rowids;
    fresh.far.capacity = self->far.capacity;
  } else {
    self = sqlite.malloc64(sizeof *self);
  }
  if (self) *self = fresh;
  return self;
}

/* Decides how many lists are scanned for so many rows, and makes probes of as many. */
static int choose_beam(hdb_search *self, int beam, int64_t wanted) {
  int lists = self->index->directory.list_count;
  int is_chosen = beam > 0;
  if (!is_chosen) beam = most_lists(lists);
  /* No centroid is nearest by the inner product: a longer one is nearer. */
  if (!is_chosen && self->index->metric == HDB_IP) beam /= 2;
  int rc = open_groups(self, beam);
  if (rc != SQLITE_OK) return rc;
  self->beam = is_chosen || self->index->metric == HDB_IP ? beam : near_lists(self, beam);
  for (; self->next_growth < wanted && self->beam < lists; self->next_growth *= 2) {
    self->beam += more_lists(self->beam);
  }
  return self->beam > beam ? open_groups(self, self->beam) : SQLITE_OK;
}

int hdb_search_open(hdb_vector_index *index, const float *query, int beam, int64_t wanted,
                    hdb_search **out) {
  size_t padded = (size_t)index->rotation.padded;
  int is_exact = 0;
  *out = 0;
  int rc = hdb_directory_refresh(index);
  if (rc != SQLITE_OK) return rc;
  hdb_search *self = new_search(index);
  if (!self) return SQLITE_NOMEM;
  self->generation = index->generation;
  self->fence = -__builtin_inff();
  self->portion = FIRST_PORTION;
  self->given_query = sqlite.malloc64((size_t)index->dimensions * sizeof *self->given_query);
  self->query = sqlite.malloc64(padded * sizeof *self->query);
  self->query_bits = sqlite.malloc64((size_t)index->words * (1 + HDB_QUERY_PLANES) * 8);
  self->products =
      sqlite.malloc64(((size_t)index->capacity + HDB_CODES_IN_BLOCK) * sizeof *self->products);
  rc = hdb_list_init(index, &self->list);
  if (!self->given_query || !self->query || !self->query_bits || !self->products) {
    rc = SQLITE_NOMEM;
  }
  if (rc == SQLITE_OK) {
    memcpy(self->given_query, query, (size_t)index->dimensions * 4);
    hdb_vector given = {HDB_FLOAT32, (size_t)index->dimensions, self->given_query, 0};
    self->measure = hdb_query_of(index->metric, &given);
    hdb_index_rotate(index, query, self->query);
    self->query_length = hdb_chosen_kernels->dot(self->query, self->query, padded);
    int lists = index->directory.list_count;
    if (beam == 0) beam = index->beam;
    /* Nor do they where most rows are asked for. */
    is_exact = (beam > 0 && beam >= lists) || wanted > (int64_t)lists * index->capacity / 4;
    self->highest = -__builtin_inf();
    self->next_growth = ROWS_OF_BEAM;
  }
  if (rc == SQLITE_OK && is_exact) {
    self->next_growth = INT64_MAX;
    rc = rank_all(self);
  } else if (rc == SQLITE_OK) {
    hdb_code_query_init(&self->code_query, self->query, index->words, self->query_bits);
    rc = choose_beam(self, beam, wanted);
    /* The nearest lists first: below the fence that they set few of the other rows lie. */
    if (rc == SQLITE_OK) rc = scan(self, self->beam < FIRST_LISTS ? self->beam : FIRST_LISTS);
    if (rc == SQLITE_OK) rc = move_fence(self);
    if (rc == SQLITE_OK) rc = scan(self, self->beam - self->scanned);
  }
  if (rc != SQLITE_OK) {
    hdb_search_close(self);
    self = 0;
  }
  *out = self;
  return rc;
}

int hdb_search_next(hdb_search *self, int64_t *rowid, double *distance, int *is_there) {
  int rc = SQLITE_OK;
  *is_there = 0;
  if (self->generation != self->index->generation) {
    return hdb_index_fail(self->index, SQLITE_ABORT,
                          sqlite.mprintf("Vector index %s was built anew during a search",
                                         self->index->name));
  }
  if (self->rows == self->next_growth && !self->is_enough) {
    rc = scan(self, more_lists(self->scanned));
    self->next_growth *= 2;
  }
  while (rc == SQLITE_OK) {
    heap *exact = &self->exact;
    double bound = self->bounds.count > 0 ? self->bounds.items[0].key : (double)self->fence;
    int is_bounded = self->bounds.count > 0 || self->far.count > 0;
    if (self->is_enough && (exact->count == 0 || exact->items[0].key >= self->highest) &&
        (!is_bounded || bound >= self->highest)) {
      break;
    }
    if (exact->count > 0 && (!is_bounded || exact->items[0].key < bound)) {
      candidate least = heap_pop(exact);
      int is_new;
      rc = give(&self->given, least.rowid, &is_new);
      if (rc != SQLITE_OK || !is_new) continue;
      if (least.key > self->highest) self->highest = least.key;
      *rowid = least.rowid;
      *distance = least.distance;
      *is_there = 1;
      self->rows++;
      break;
    }
    if (self->bounds.count > 0) {
      rc = rank(self, heap_pop(&self->bounds).rowid);
    } else if (self->far.count > 0) {
      rc = move_fence(self);
    } else if (self->scanned < self->list_count) {
      rc = scan(self, self->scanned > self->beam ? self->scanned : self->beam);
    } else {
      break;
    }
  }
  return rc;
}

void hdb_search_end(hdb_search *self) { self->is_enough = 1; }

void hdb_search_close(hdb_search *self) {
  if (!self) return;
  hdb_vector_index *index = self->index;
  sqlite.free(self->given.slots);
  sqlite.free(self->exact.items);
  sqlite.blob_close(self->lists);
  sqlite.free(self->groups);
  sqlite.free(self->list.bytes);
  sqlite.free(self->products);
  sqlite.free(self->query_bits);
  sqlite.free(self->query);
  sqlite.free(self->given_query);
  size_t bytes = (size_t)self->probe_capacity * sizeof *self->probes +
                 self->bounds.capacity * sizeof *self->bounds.items +
                 self->far.capacity * (sizeof *self->far.keys + sizeof *self->far.rowids);
  if (!index->spare && bytes <= MOST_SPARE_BYTES) {
    index->spare = self;
  } else {
    free_search(self);
  }
}

void hdb_search_free_spare(hdb_vector_index *index) {
  if (index->spare) free_search(index->spare);
  index->spare = 0;
}
