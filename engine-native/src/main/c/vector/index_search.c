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

/* A list and how far its centroid is, by the metric and in squared L2. */
typedef struct probe {
  double distance;
  double apart;
  int64_t list;
} probe;

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
  probe *probes;
  int probe_count;
  int scanned;     /* of the probes, which are sorted up to there */
  int beam;
  int64_t rows;    /* that were given */
  int64_t next_growth;
  heap bounds;     /* rows of which the lower bound is known, below the fence */
  heap far;        /* those from the fence on, in no order */
  double fence;
  size_t portion;  /* that is next taken from `far` */
  heap exact;      /* rows of which the distance is known */
  given_set given;
};

enum { ROWS_OF_BEAM = 20, FIRST_LISTS = 8, FIRST_PORTION = 64 };

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

/* Sorts by the number of the list, which is how they lie in the file. */
static void sort_probes(probe *probes, int count) {
  for (int gap = count / 2; gap > 0; gap = gap == 2 ? 1 : gap * 5 / 11) {
    for (int i = gap; i < count; i++) {
      probe it = probes[i];
      int j = i;
      for (; j >= gap && probes[j - gap].list > it.list; j -= gap) probes[j] = probes[j - gap];
      probes[j] = it;
    }
  }
}

static int find_probes(hdb_search *self) {
  hdb_vector_index *index = self->index;
  const hdb_directory *directory = &index->directory;
  size_t padded = (size_t)index->rotation.padded;
  int is_ip = index->metric == HDB_IP;
  self->probes = sqlite.malloc64((size_t)directory->list_count * sizeof *self->probes + 1);
  if (!self->probes) return SQLITE_NOMEM;
  float unit = hdb_short_vector(self->query, (int)padded, index->short_query);
  for (int g = 0; g < directory->count; g++) {
    const hdb_group *group = &directory->groups[g];
    for (int i = 0; i < group->count; i++) {
      int64_t units = hdb_chosen_kernels->dot_i16_i8(index->short_query,
                                                     group->numbers + (size_t)i * padded, padded);
      double product = (double)units * (double)group->scales[i] * (double)unit;
      probe *it = &self->probes[self->probe_count++];
      it->list = group->lists[i];
      it->apart = self->query_length + group->lengths[i] - 2 * product;
      it->distance = is_ip ? -product : it->apart;
    }
  }
  return SQLITE_OK;
}

static int scan_list(hdb_search *self, const probe *at) {
  hdb_vector_index *index = self->index;
  int is_there;
  int rc = hdb_list_read_next(index, &self->lists, at->list, &self->list, &is_there);
  if (rc != SQLITE_OK || !is_there) return rc;
  int count = self->list.count;
  int blocks = (count + HDB_CODES_IN_BLOCK - 1) / HDB_CODES_IN_BLOCK;
  const unsigned char *bases = hdb_list_bases(index, &self->list);
  const unsigned char *scales = hdb_list_scales(index, &self->list);
  double step = index->metric == HDB_IP ? 1 : 2;
  float error = (float)(step * error_bound * hdb_sqrt(at->apart));
  hdb_code_products(&self->code_query, hdb_list_codes(index, &self->list), blocks, self->products);
  rc = heap_reserve(&self->far, (size_t)count);
  for (int i = 0; rc == SQLITE_OK && i < count; i++) {
    float base;
    float scale;
    memcpy(&base, bases + 4 * (size_t)i, 4);
    memcpy(&scale, scales + 4 * (size_t)i, 4);
    float bound = base - scale * ((float)step * self->products[i] + error);
    candidate it = {at->distance + (double)bound, 0, hdb_list_rowid(&self->list, i)};
    /* What a damaged list gives for a bound, which is no number, must not go before nor behind. */
    if (!(it.key >= -__builtin_inf())) it.key = -__builtin_inf();
    if (it.key < self->fence) {
      rc = heap_push(&self->bounds, &it);
    } else {
      self->far.items[self->far.count++] = it;
    }
  }
  return rc;
}

/*
** Puts the nearest of the far rows, about `portion` of them, below the fence. Each time that are twice
** as many, so that whoever asks for all rows does not pay for a selection each time.
*/
static int move_fence(hdb_search *self) {
  candidate *items = self->far.items;
  size_t low = 0;
  size_t high = self->far.count;
  int rc = SQLITE_OK;
  while (high - low > 2 * self->portion) {
    /* The middle of three is a fair pivot; both parts are smaller than the whole. */
    double a = items[low].key;
    double b = items[low + (high - low) / 2].key;
    double c = items[high - 1].key;
    double pivot = a < b ? (b < c ? b : a < c ? c : a) : (a < c ? a : b < c ? c : b);
    size_t i = low;
    size_t j = high - 1;
    for (;;) {
      while (items[i].key < pivot) i++;
      while (items[j].key > pivot) j--;
      if (i >= j) break;
      candidate swapped = items[i];
      items[i++] = items[j];
      items[j--] = swapped;
    }
    /* Equal keys stop the halving: they are taken together. */
    if (i <= low || i >= high) break;
    high = i;
  }
  self->fence = high < self->far.count ? items[high].key : __builtin_inf();
  for (size_t i = high; i < self->far.count; i++) {
    if (items[i].key < self->fence) self->fence = items[i].key;
  }
  size_t kept = 0;
  for (size_t i = 0; i < self->far.count; i++) {
    if (items[i].key < self->fence || (i < high && items[i].key <= self->fence)) {
      rc = heap_push(&self->bounds, &items[i]);
      if (rc != SQLITE_OK) return rc;
    } else {
      items[kept++] = items[i];
    }
  }
  self->far.count = kept;
  self->portion *= 2;
  return SQLITE_OK;
}

/* Scans that many more lists. */
static int scan(hdb_search *self, int count) {
  int rc = SQLITE_OK;
  int rest = self->probe_count - self->scanned;
  if (count > rest) count = rest;
  select_probes(self->probes, self->scanned, count, self->probe_count);
  sort_probes(self->probes + self->scanned, count);
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

/* Enough for a recall that the benchmarks call good: grows with the root of the number of lists. */
static int default_beam(int lists) { return 8 + (int)(3.5 * hdb_sqrt(lists)); }

int hdb_search_open(hdb_vector_index *index, const float *query, int beam, hdb_search **out) {
  size_t padded = (size_t)index->rotation.padded;
  int is_exact = 0;
  *out = 0;
  int rc = hdb_directory_refresh(index);
  if (rc != SQLITE_OK) return rc;
  hdb_search *self = sqlite.malloc64(sizeof *self);
  if (!self) return SQLITE_NOMEM;
  memset(self, 0, sizeof *self);
  self->index = index;
  self->generation = index->generation;
  self->fence = -__builtin_inf();
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
    if (beam == 0) beam = index->beam;
    is_exact = beam > 0 && beam >= index->directory.list_count;
    self->beam = beam > 0 ? beam : default_beam(index->directory.list_count);
    self->next_growth = ROWS_OF_BEAM;
  }
  if (rc == SQLITE_OK && is_exact) {
    rc = rank_all(self);
  } else if (rc == SQLITE_OK) {
    hdb_code_query_init(&self->code_query, self->query, index->words, self->query_bits);
    rc = find_probes(self);
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
  /* Twice the rows take some 1.4 times the lists for the same recall. */
  if (self->rows == self->next_growth) {
    rc = scan(self, self->scanned * 2 / 5 + 1);
    self->next_growth *= 2;
  }
  while (rc == SQLITE_OK) {
    heap *exact = &self->exact;
    double bound = self->bounds.count > 0 ? self->bounds.items[0].key : self->fence;
    int is_bounded = self->bounds.count > 0 || self->far.count > 0;
    if (exact->count > 0 && (!is_bounded || exact->items[0].key < bound)) {
      candidate least = heap_pop(exact);
      int is_new;
      rc = give(&self->given, least.rowid, &is_new);
      if (rc != SQLITE_OK || !is_new) continue;
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
    } else if (self->scanned < self->probe_count) {
      rc = scan(self, self->scanned > self->beam ? self->scanned : self->beam);
    } else {
      break;
    }
  }
  return rc;
}

void hdb_search_close(hdb_search *self) {
  if (!self) return;
  sqlite.free(self->given.slots);
  sqlite.free(self->exact.items);
  sqlite.free(self->bounds.items);
  sqlite.free(self->far.items);
  sqlite.blob_close(self->lists);
  sqlite.free(self->probes);
  sqlite.free(self->list.bytes);
  sqlite.free(self->products);
  sqlite.free(self->query_bits);
  sqlite.free(self->query);
  sqlite.free(self->given_query);
  sqlite.free(self);
}
