/*
** Which rows differ: see row_changes.h.
*/
#include "row_changes.h"

#include <stdlib.h>
#include <string.h>

enum { FEW_PAGES = 64 };

/* Rows by rowid: both sides come in its order and are merged. */

typedef struct leaf {
  int64_t first; /* rowid */
  uint32_t page;
} leaf;

typedef struct side {
  hdb_pages *pages;
  hdb_table_point point;
  leaf *leaves;
  size_t leaf_count, next_leaf;
  unsigned char *bytes; /* the leaf that is being read */
  hdb_btree_page page;
  int next_cell;
  hdb_cell cell;
  int has_cell, has_read;
} side;

static int compare_leaves(const void *one, const void *other) {
  int64_t a = ((const leaf *)one)->first;
  int64_t b = ((const leaf *)other)->first;
  return (a > b) - (a < b);
}

static int read_page(hdb_pages *pages, const hdb_table_point *point, uint32_t number,
                     unsigned char *bytes, hdb_btree_page *out) {
  int rc = hdb_pages_read(pages, point->scn, number, bytes);
  if (rc == SQLITE_OK) rc = hdb_btree_page_parse(bytes, number, point->usable, out);
  if (rc == SQLITE_OK && out->is_index != point->is_index) rc = SQLITE_CORRUPT;
  return rc;
}

static int read_leaf(side *it, uint32_t number) {
  int rc = read_page(it->pages, &it->point, number, it->bytes, &it->page);
  return rc == SQLITE_OK && it->page.is_interior ? SQLITE_CORRUPT : rc;
}

/* The next row of a side; it->has_cell is 0 at the end. */
static int side_next(side *it) {
  int64_t last = it->cell.rowid;
  while (it->next_cell == it->page.cell_count) {
    it->has_cell = 0;
    if (it->next_leaf == it->leaf_count) return SQLITE_OK;
    int rc = read_leaf(it, it->leaves[it->next_leaf++].page);
    if (rc != SQLITE_OK) return rc;
    it->next_cell = 0;
  }
  int rc = hdb_cell_parse(&it->page, it->next_cell++, &it->cell);
  if (rc == SQLITE_OK && it->has_read && it->cell.rowid <= last) rc = SQLITE_CORRUPT;
  it->has_cell = rc == SQLITE_OK;
  it->has_read = 1;
  return rc;
}

static int side_open(side *it, hdb_pages *pages, const hdb_table_point *point, size_t count) {
  it->pages = pages;
  it->point = *point;
  it->bytes = sqlite.malloc64(hdb_pages_size(pages));
  it->leaves = sqlite.malloc64((count + 1) * sizeof *it->leaves);
  return it->bytes && it->leaves ? SQLITE_OK : SQLITE_NOMEM;
}

static int add_leaf(side *it, uint32_t page) {
  hdb_cell first;
  int rc = read_leaf(it, page);
  if (rc != SQLITE_OK || it->page.cell_count == 0) return rc;
  rc = hdb_cell_parse(&it->page, 0, &first);
  it->leaves[it->leaf_count++] = (leaf){first.rowid, page};
  return rc;
}

/* A page of a list; behind its end, one that is after all others. */
static uint32_t page_at(const hdb_page_list *list, size_t i) {
  return i < list->count && list->pages ? list->pages[i] : UINT32_MAX;
}

/*
** Adds the leaves of both sides. A page is read at both points together, as its versions are
** stored together.
*/
static int add_leaves(side *old_side, const hdb_page_list *old_pages, side *new_side,
                      const hdb_page_list *new_pages) {
  size_t i = 0;
  size_t j = 0;
  int rc = SQLITE_OK;
  while (rc == SQLITE_OK && (i < old_pages->count || j < new_pages->count)) {
    uint32_t old_page = page_at(old_pages, i);
    uint32_t new_page = page_at(new_pages, j);
    if (old_page <= new_page) i++;
    if (new_page <= old_page) j++;
    if (old_page <= new_page) rc = add_leaf(old_side, old_page);
    if (rc == SQLITE_OK && new_page <= old_page) rc = add_leaf(new_side, new_page);
  }
  return rc;
}

static int side_begin(side *it) {
  if (it->leaf_count > 1) qsort(it->leaves, it->leaf_count, sizeof *it->leaves, compare_leaves);
  it->page.cell_count = 0;
  return side_next(it);
}

static void side_close(side *it) {
  sqlite.free(it->leaves);
  sqlite.free(it->bytes);
}

/*
** Rows by the columns of a key: their order is that of collations, which are not at hand, so
** that all rows of the pages are sorted by the bytes of the key. A row that a page has in
** both versions is left out first, so that what is kept is about what has changed.
*/

typedef struct entry {
  int is_new;
  hdb_cell cell; /* lies behind the key */
  size_t key_bytes;
  unsigned char key[];
} entry;

typedef struct entries {
  hdb_pages *pages;
  entry **list;
  size_t count, capacity, next;
  hdb_buffer payload, key;
} entries;

static int add_entry(entries *all, const hdb_table_point *point, const hdb_cell *cell,
                     int is_new) {
  const unsigned char *record = cell->payload;
  size_t key_bytes = 0;
  int rc = SQLITE_OK;
  if (cell->overflow) {
    rc = hdb_payload_read(all->pages, point, cell, &all->payload);
    record = all->payload.bytes;
  }
  if (rc == SQLITE_OK) {
    rc = hdb_record_key(record, (size_t)cell->payload_bytes, point->key_columns, &all->key,
                        &key_bytes);
  }
  if (rc != SQLITE_OK) return rc;
  if (all->count == all->capacity) {
    size_t capacity = all->capacity ? all->capacity * 2 : 64;
    entry **list = sqlite.realloc64(all->list, capacity * sizeof *list);
    if (!list) return SQLITE_NOMEM;
    all->list = list;
    all->capacity = capacity;
  }
  entry *it = sqlite.malloc64(sizeof *it + key_bytes + cell->bytes);
  if (!it) return SQLITE_NOMEM;
  it->is_new = is_new;
  it->cell = *cell;
  it->cell.start = it->key + key_bytes;
  it->cell.payload = it->cell.start + (cell->payload - cell->start);
  it->key_bytes = key_bytes;
  memcpy(it->key, all->key.bytes, key_bytes);
  memcpy(it->key + key_bytes, cell->start, cell->bytes);
  all->list[all->count++] = it;
  return SQLITE_OK;
}

/* The cells of a page, those without a chain first, these ordered by their bytes. */
typedef struct page_cells {
  unsigned char *bytes;
  hdb_cell *cells;
  size_t count;
} page_cells;

static int compare_cells(const void *one, const void *other) {
  const hdb_cell *a = one;
  const hdb_cell *b = other;
  if (!a->overflow != !b->overflow) return a->overflow ? 1 : -1;
  if (a->bytes != b->bytes) return a->bytes < b->bytes ? -1 : 1;
  return memcmp(a->start, b->start, a->bytes);
}

static int read_cells(hdb_pages *pages, const hdb_table_point *point, uint32_t number,
                      page_cells *out) {
  hdb_btree_page page;
  out->bytes = sqlite.malloc64(hdb_pages_size(pages));
  if (!out->bytes) return SQLITE_NOMEM;
  int rc = read_page(pages, point, number, out->bytes, &page);
  if (rc != SQLITE_OK) return rc;
  out->cells = sqlite.malloc64(((size_t)page.cell_count + 1) * sizeof *out->cells);
  if (!out->cells) return SQLITE_NOMEM;
  for (int i = 0; i < page.cell_count && rc == SQLITE_OK; i++) {
    rc = hdb_cell_parse(&page, i, &out->cells[out->count++]);
  }
  if (rc == SQLITE_OK && out->count > 1) {
    qsort(out->cells, out->count, sizeof *out->cells, compare_cells);
  }
  return rc;
}

static void free_cells(page_cells *it) {
  sqlite.free(it->bytes);
  sqlite.free(it->cells);
}

/* Adds the rows of a page, at either point unless that is null, but those that are in both. */
static int add_page(entries *all, uint32_t page, const hdb_table_point *old_point,
                    const hdb_table_point *new_point) {
  page_cells old_cells = {0};
  page_cells new_cells = {0};
  size_t i = 0;
  size_t j = 0;
  int rc = SQLITE_OK;
  if (old_point) rc = read_cells(all->pages, old_point, page, &old_cells);
  if (rc == SQLITE_OK && new_point) rc = read_cells(all->pages, new_point, page, &new_cells);
  while (rc == SQLITE_OK && (i < old_cells.count || j < new_cells.count)) {
    const hdb_cell *old_cell = i < old_cells.count ? &old_cells.cells[i] : 0;
    const hdb_cell *new_cell = j < new_cells.count ? &new_cells.cells[j] : 0;
    int order = !old_cell ? 1 : !new_cell ? -1 : compare_cells(old_cell, new_cell);
    if (order == 0 && old_cell && !old_cell->overflow) {
      i++;
      j++;
    } else if (order <= 0) {
      rc = add_entry(all, old_point, &old_cells.cells[i++], 0);
    } else {
      rc = add_entry(all, new_point, &new_cells.cells[j++], 1);
    }
  }
  free_cells(&old_cells);
  free_cells(&new_cells);
  return rc;
}

static int compare_entries(const void *one, const void *other) {
  const entry *a = *(const entry *const *)one;
  const entry *b = *(const entry *const *)other;
  size_t bytes = a->key_bytes < b->key_bytes ? a->key_bytes : b->key_bytes;
  int order = memcmp(a->key, b->key, bytes);
  if (order) return order;
  if (a->key_bytes != b->key_bytes) return a->key_bytes < b->key_bytes ? -1 : 1;
  return a->is_new - b->is_new;
}

static int entries_open(entries *all, hdb_pages *pages, const hdb_table_point *old_point,
                        const hdb_page_list *old_pages, const hdb_table_point *new_point,
                        const hdb_page_list *new_pages) {
  /* An empty list may have no memory. */
  size_t old_count = old_pages->pages ? old_pages->count : 0;
  int rc = SQLITE_OK;
  all->pages = pages;
  for (size_t i = 0; i < old_count && rc == SQLITE_OK; i++) {
    uint32_t page = old_pages->pages[i];
    rc = add_page(all, page, old_point, hdb_page_list_has(new_pages, page) ? new_point : 0);
  }
  for (size_t i = 0; i < new_pages->count && rc == SQLITE_OK; i++) {
    uint32_t page = new_pages->pages[i];
    if (!hdb_page_list_has(old_pages, page)) rc = add_page(all, page, 0, new_point);
  }
  if (rc == SQLITE_OK && all->count > 1) {
    qsort(all->list, all->count, sizeof *all->list, compare_entries);
  }
  return rc;
}

static void entries_close(entries *all) {
  for (size_t i = 0; i < all->count; i++) sqlite.free(all->list[i]);
  sqlite.free(all->list);
  hdb_buffer_free(&all->payload);
  hdb_buffer_free(&all->key);
}

/* The difference */

struct hdb_row_diff {
  hdb_pages *pages;
  hdb_row_reader *old_reader, *new_reader;
  hdb_table_point old_point, new_point;
  hdb_page_list old_pages, new_pages; /* sorted */
  int is_index;
  int compares_later; /* the points are not comparable: first all old rows, then all new ones */
  side old_side, new_side;
  entries entries;
  int used_old, used_new; /* the sides' present rows have been given out */
  unsigned char rowid_key[HDB_ROWID_BYTES];
};

int hdb_same_key_kind(const hdb_table_point *one, const hdb_table_point *other) {
  if (!one->root || !other->root) return 1;
  return one->is_index == other->is_index && one->key_columns == other->key_columns;
}

static int copy_sorted(const hdb_page_list *from, hdb_page_list *to) {
  int rc = SQLITE_OK;
  for (size_t i = 0; i < from->count && rc == SQLITE_OK; i++) {
    rc = hdb_page_list_add(to, from->pages[i]);
  }
  hdb_page_list_sort(to);
  return rc;
}

static int begin(hdb_row_diff *diff, const hdb_page_list *old_pages,
                 const hdb_page_list *new_pages) {
  side_close(&diff->old_side);
  side_close(&diff->new_side);
  entries_close(&diff->entries);
  memset(&diff->old_side, 0, sizeof diff->old_side);
  memset(&diff->new_side, 0, sizeof diff->new_side);
  memset(&diff->entries, 0, sizeof diff->entries);
  diff->used_old = diff->used_new = 0;
  diff->is_index = old_pages->count > 0 ? diff->old_point.is_index : diff->new_point.is_index;
  if (diff->is_index) {
    return entries_open(&diff->entries, diff->pages, &diff->old_point, old_pages,
                        &diff->new_point, new_pages);
  }
  side *old_side = &diff->old_side;
  side *new_side = &diff->new_side;
  int rc = side_open(old_side, diff->pages, &diff->old_point, old_pages->count);
  if (rc == SQLITE_OK) {
    rc = side_open(new_side, diff->pages, &diff->new_point, new_pages->count);
  }
  if (rc == SQLITE_OK) rc = add_leaves(old_side, old_pages, new_side, new_pages);
  if (rc == SQLITE_OK) rc = side_begin(old_side);
  return rc == SQLITE_OK ? side_begin(new_side) : rc;
}

int hdb_row_diff_open(hdb_pages *pages, hdb_row_reader *old_reader, hdb_row_reader *new_reader,
                      const hdb_table_point *old_point, const hdb_page_list *old_pages,
                      const hdb_table_point *new_point, const hdb_page_list *new_pages,
                      hdb_row_diff **out) {
  static const hdb_page_list none = {0};
  hdb_row_diff *diff = sqlite.malloc64(sizeof *diff);
  *out = diff;
  if (!diff) return SQLITE_NOMEM;
  memset(diff, 0, sizeof *diff);
  diff->pages = pages;
  diff->old_reader = old_reader;
  diff->new_reader = new_reader;
  diff->old_point = *old_point;
  diff->new_point = *new_point;
  int rc = copy_sorted(old_pages, &diff->old_pages);
  if (rc == SQLITE_OK) rc = copy_sorted(new_pages, &diff->new_pages);
  diff->compares_later = !hdb_same_key_kind(old_point, new_point);
  if (rc == SQLITE_OK) {
    rc = begin(diff, &diff->old_pages, diff->compares_later ? &none : &diff->new_pages);
  }
  return rc;
}

void hdb_row_diff_close(hdb_row_diff *diff) {
  if (!diff) return;
  side_close(&diff->old_side);
  side_close(&diff->new_side);
  entries_close(&diff->entries);
  hdb_page_list_free(&diff->old_pages);
  hdb_page_list_free(&diff->new_pages);
  sqlite.free(diff);
}

/* Shows the rows of a change in the readers. */
static int show_rows(hdb_row_diff *diff, const hdb_cell *old_cell, const hdb_cell *new_cell) {
  hdb_row_reader *old_reader = diff->old_reader;
  hdb_row_reader *new_reader = diff->new_reader;
  int rc = SQLITE_OK;
  hdb_row_reader_reset(old_reader);
  hdb_row_reader_reset(new_reader);
  if (old_cell) rc = hdb_row_reader_at(old_reader, diff->old_point.scn);
  if (old_cell && rc == SQLITE_OK) rc = hdb_row_reader_show(old_reader, old_cell);
  if (new_cell && rc == SQLITE_OK) rc = hdb_row_reader_at(new_reader, diff->new_point.scn);
  if (new_cell && rc == SQLITE_OK) rc = hdb_row_reader_show(new_reader, new_cell);
  return rc;
}

/*
** Shows the rows unless they are equal. The same values may be other bytes: there are two
** ways to store a 1, and a record from before a column was added is shorter.
*/
static int show_unless_equal(hdb_row_diff *diff, const hdb_cell *old_cell,
                             const hdb_cell *new_cell, int *equal) {
  int rc = SQLITE_OK;
  *equal = 0;
  if (old_cell && new_cell) {
    rc = hdb_payload_equal(diff->pages, &diff->old_point, old_cell, &diff->new_point, new_cell,
                           equal);
  }
  if (rc == SQLITE_OK && !*equal) rc = show_rows(diff, old_cell, new_cell);
  if (rc != SQLITE_OK || *equal || !old_cell || !new_cell) return rc;
  return hdb_rows_equal(diff->old_reader, diff->new_reader, equal);
}

static int next_by_rowid(hdb_row_diff *diff, hdb_row_change *out) {
  for (;;) {
    int rc = SQLITE_OK;
    int equal = 0;
    if (diff->used_old) rc = side_next(&diff->old_side);
    if (rc == SQLITE_OK && diff->used_new) rc = side_next(&diff->new_side);
    if (rc != SQLITE_OK) return rc;
    const hdb_cell *old_cell = diff->old_side.has_cell ? &diff->old_side.cell : 0;
    const hdb_cell *new_cell = diff->new_side.has_cell ? &diff->new_side.cell : 0;
    if (old_cell && new_cell && old_cell->rowid > new_cell->rowid) {
      old_cell = 0;
    } else if (old_cell && new_cell && old_cell->rowid < new_cell->rowid) {
      new_cell = 0;
    }
    diff->used_old = old_cell != 0;
    diff->used_new = new_cell != 0;
    if (!old_cell && !new_cell) return SQLITE_DONE;
    rc = show_unless_equal(diff, old_cell, new_cell, &equal);
    if (rc != SQLITE_OK) return rc;
    if (equal) continue;
    out->operation = !old_cell ? 'I' : new_cell ? 'U' : 'D';
    out->has_rowid = 1;
    out->rowid = old_cell ? old_cell->rowid : new_cell->rowid;
    hdb_rowid_key(out->rowid, diff->rowid_key);
    out->key = diff->rowid_key;
    out->key_bytes = sizeof diff->rowid_key;
    return SQLITE_ROW;
  }
}

static int next_by_key(hdb_row_diff *diff, hdb_row_change *out) {
  entries *all = &diff->entries;
  while (all->next < all->count) {
    const entry *first = all->list[all->next++];
    const entry *second = all->next < all->count ? all->list[all->next] : 0;
    int equal = 0;
    if (second && (second->key_bytes != first->key_bytes ||
                   memcmp(second->key, first->key, first->key_bytes) != 0)) {
      second = 0;
    }
    if (second) all->next++;
    if (second && (first->is_new || !second->is_new)) return SQLITE_CORRUPT;
    const hdb_cell *old_cell = first->is_new ? 0 : &first->cell;
    const hdb_cell *new_cell = first->is_new ? &first->cell : second ? &second->cell : 0;
    int rc = show_unless_equal(diff, old_cell, new_cell, &equal);
    if (rc != SQLITE_OK) return rc;
    if (equal) continue;
    out->operation = second ? 'U' : first->is_new ? 'I' : 'D';
    out->has_rowid = 0;
    out->rowid = 0;
    out->key = first->key;
    out->key_bytes = first->key_bytes;
    return SQLITE_ROW;
  }
  return SQLITE_DONE;
}

int hdb_row_diff_next(hdb_row_diff *diff, hdb_row_change *out) {
  static const hdb_page_list none = {0};
  int rc = diff->is_index ? next_by_key(diff, out) : next_by_rowid(diff, out);
  if (rc != SQLITE_DONE || !diff->compares_later) return rc;
  diff->compares_later = 0;
  rc = begin(diff, &none, &diff->new_pages);
  return rc == SQLITE_OK ? hdb_row_diff_next(diff, out) : rc;
}

/*
** Overflow. An UPDATE that leaves a record as long as it was writes only where the record
** differs: that may be a page of its chain alone, and the leaf is as it was. Such a row has,
** at either point, a page in its chain that is among those that differ. So the pages that
** differ are explained one after the other, and where one is left, the leaves are searched
** for the row that it belongs to.
*/

int hdb_may_be_overflow(hdb_pages *pages, const hdb_table_point *point, uint32_t page,
                        int *may_be) {
  unsigned char *bytes = sqlite.malloc64(hdb_pages_size(pages));
  if (!bytes) return SQLITE_NOMEM;
  int rc = hdb_pages_read(pages, point->scn, page, bytes);
  if (rc == SQLITE_OK) {
    /* It begins with the number of the next page; a page of a b-tree, with a large number. */
    uint32_t next = hdb_get_32(bytes);
    *may_be = next == 0 || (next >= 2 && next <= point->page_count);
  }
  sqlite.free(bytes);
  return rc;
}

typedef struct explanation {
  hdb_page_list *left;
  size_t removed;
} explanation;

static int remove_explained(void *context, uint32_t page) {
  explanation *it = context;
  hdb_page_list *left = it->left;
  for (size_t low = 0, high = left->count; low < high;) {
    size_t middle = (low + high) / 2;
    if (left->pages[middle] == page) {
      memmove(left->pages + middle, left->pages + middle + 1,
              (left->count - middle - 1) * sizeof *left->pages);
      left->count--;
      it->removed++;
      break;
    }
    if (left->pages[middle] < page) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return SQLITE_OK;
}

int hdb_explain_overflow(hdb_pages *pages, const hdb_table_point *point, uint32_t number,
                         hdb_page_list *pages_left, int *found) {
  explanation it = {pages_left, 0};
  hdb_btree_page page;
  unsigned char *bytes = sqlite.malloc64(hdb_pages_size(pages));
  if (!bytes) return SQLITE_NOMEM;
  int rc = hdb_pages_read(pages, point->scn, number, bytes);
  if (rc == SQLITE_OK) rc = hdb_btree_page_parse(bytes, number, point->usable, &page);
  for (int i = 0; rc == SQLITE_OK && page.type != HDB_TABLE_INTERIOR && i < page.cell_count; i++) {
    hdb_cell cell;
    rc = hdb_cell_parse(&page, i, &cell);
    if (rc == SQLITE_OK) rc = hdb_chain_visit(pages, point, &cell, remove_explained, &it);
  }
  sqlite.free(bytes);
  *found = it.removed > 0;
  return rc;
}

/* What the search for rows with changed chains works on; all of it at the new point. */
typedef struct overflow_search {
  hdb_pages *pages;
  hdb_row_reader *reader;
  const hdb_table_point *point;
  const hdb_tree *tree;
  const hdb_page_list *changed;
  hdb_page_list left; /* pages that are not explained yet */
} overflow_search;

static int keep_possible(overflow_search *search) {
  size_t kept = 0;
  int rc = SQLITE_OK;
  for (size_t i = 0; i < search->left.count && rc == SQLITE_OK; i++) {
    int may_be = 0;
    rc = hdb_may_be_overflow(search->pages, search->point, search->left.pages[i], &may_be);
    if (may_be) search->left.pages[kept++] = search->left.pages[i];
  }
  search->left.count = kept;
  return rc;
}

/* The pages that are free: a list of trunk pages, each with numbers of others. */
static int explain_free_pages(overflow_search *search) {
  enum { AT_FIRST_TRUNK = 32, AT_COUNT = 4, AT_PAGES = 8 };
  explanation it = {&search->left, 0};
  uint32_t usable = search->point->usable;
  unsigned char *bytes = sqlite.malloc64(hdb_pages_size(search->pages));
  if (!bytes) return SQLITE_NOMEM;
  int rc = hdb_pages_read(search->pages, search->point->scn, 1, bytes);
  uint32_t trunk = rc == SQLITE_OK ? hdb_get_32(bytes + AT_FIRST_TRUNK) : 0;
  for (uint32_t i = 0; rc == SQLITE_OK && trunk && search->left.count > 0; i++) {
    if (trunk > search->point->page_count || i > search->point->page_count) {
      rc = SQLITE_CORRUPT;
      break;
    }
    remove_explained(&it, trunk);
    rc = hdb_pages_read(search->pages, search->point->scn, trunk, bytes);
    if (rc != SQLITE_OK) break;
    trunk = hdb_get_32(bytes);
    uint32_t count = hdb_get_32(bytes + AT_COUNT);
    if (count > (usable - AT_PAGES) / 4) rc = SQLITE_CORRUPT;
    for (uint32_t j = 0; rc == SQLITE_OK && j < count; j++) {
      remove_explained(&it, hdb_get_32(bytes + AT_PAGES + 4 * j));
    }
  }
  sqlite.free(bytes);
  return rc;
}

static int explain_by_pages(overflow_search *search, const hdb_page_list *pages) {
  int rc = SQLITE_OK;
  for (size_t i = 0; i < pages->count && search->left.count > 0 && rc == SQLITE_OK; i++) {
    int found;
    rc = hdb_explain_overflow(search->pages, search->point, pages->pages[i], &search->left,
                              &found);
  }
  return rc;
}

/* The pages of all other b-trees, which `others` receives. */
static int explain_by_trees(overflow_search *search, hdb_tree *others) {
  hdb_page_list roots = {0};
  hdb_table_point other = *search->point;
  size_t kept = 0;
  int rc = hdb_row_reader_roots(search->reader, &roots);
  for (size_t i = 0; i < roots.count && rc == SQLITE_OK; i++) {
    if (roots.pages[i] == search->point->root) continue;
    other.root = roots.pages[i];
    rc = hdb_kind_of_root(search->pages, &other);
    if (rc == SQLITE_OK) rc = hdb_tree_add(others, search->pages, &other);
  }
  hdb_page_list_free(&roots);
  for (size_t i = 0; i < search->left.count; i++) {
    uint32_t page = search->left.pages[i];
    if (!hdb_tree_has(others, page)) search->left.pages[kept++] = page;
  }
  search->left.count = kept;
  return rc;
}

/* The chains of the rows on changed pages of other b-trees. */
static int explain_by_others(overflow_search *search, const hdb_tree *others) {
  hdb_page_list pages = {0};
  int rc = SQLITE_OK;
  for (size_t i = 0; i < search->changed->count && rc == SQLITE_OK; i++) {
    uint32_t page = search->changed->pages[i];
    if (hdb_tree_has(others, page)) rc = hdb_page_list_add(&pages, page);
  }
  if (rc == SQLITE_OK) rc = explain_by_pages(search, &pages);
  hdb_page_list_free(&pages);
  return rc;
}

/* Adds the pages whose rows have a page in their chain that nothing explains. */
static int find_owners(overflow_search *search, hdb_page_list *old_pages,
                       hdb_page_list *new_pages) {
  uint32_t page = hdb_tree_next_rows(search->tree, 1);
  hdb_page_list_sort(new_pages);
  size_t sorted = new_pages->count;
  int rc = SQLITE_OK;
  while (page && search->left.count > 0 && rc == SQLITE_OK) {
    hdb_page_list known = {new_pages->pages, sorted, sorted};
    if (!hdb_page_list_has(&known, page)) {
      int found = 0;
      rc = hdb_explain_overflow(search->pages, search->point, page, &search->left, &found);
      if (rc == SQLITE_OK && found) rc = hdb_page_list_add(old_pages, page);
      if (rc == SQLITE_OK && found) rc = hdb_page_list_add(new_pages, page);
    }
    page = page == UINT32_MAX ? 0 : hdb_tree_next_rows(search->tree, page + 1);
  }
  return rc;
}

static int add_overflowed(overflow_search *search, hdb_page_list *old_pages,
                          hdb_page_list *new_pages) {
  hdb_tree others = {0};
  int rc = SQLITE_OK;
  for (size_t i = 0; i < search->changed->count && rc == SQLITE_OK; i++) {
    uint32_t page = search->changed->pages[i];
    if (page >= 2 && page <= search->point->page_count && !hdb_tree_has(search->tree, page)) {
      rc = hdb_page_list_add(&search->left, page);
    }
  }
  int are_few = search->left.count <= FEW_PAGES;
  if (rc == SQLITE_OK && !are_few) rc = explain_by_trees(search, &others);
  if (rc == SQLITE_OK) rc = keep_possible(search);
  if (rc == SQLITE_OK) rc = explain_by_pages(search, new_pages);
  if (rc == SQLITE_OK && search->left.count > 0) rc = explain_free_pages(search);
  if (rc == SQLITE_OK && search->left.count > 0 && are_few) {
    rc = explain_by_trees(search, &others);
  }
  if (rc == SQLITE_OK && search->left.count > 0) rc = explain_by_others(search, &others);
  if (rc == SQLITE_OK && search->left.count > 0) rc = find_owners(search, old_pages, new_pages);
  hdb_tree_free(&others);
  hdb_page_list_free(&search->left);
  return rc;
}

/* Two points */

struct hdb_table_changes {
  hdb_pages *pages;
  hdb_page_list changed;
  hdb_page_change *known;
  hdb_row_diff *diff;
};

static int learn_changes(hdb_table_changes *changes, int64_t from, int64_t to) {
  const hdb_page_source *source = hdb_pages_source(changes->pages);
  hdb_page_list *changed = &changes->changed;
  int rc = source->changed_pages(source->context, from, to, &changed->pages, &changed->count);
  if (rc != SQLITE_OK) return rc;
  changed->capacity = changed->count;
  changes->known = sqlite.malloc64((changed->count + 1) * sizeof *changes->known);
  if (!changes->known) return SQLITE_NOMEM;
  for (size_t i = 0; i < changed->count; i++) {
    changes->known[i] = (hdb_page_change){to, changed->pages[i]};
  }
  hdb_pages_know(changes->pages, from, to, changes->known, changed->count);
  return SQLITE_OK;
}

static int open_diff(hdb_table_changes *changes, hdb_row_reader *old_reader,
                     hdb_row_reader *new_reader, const hdb_table_point *old_point,
                     const hdb_table_point *new_point) {
  const hdb_table_point before = {.scn = old_point->scn};
  const hdb_table_point after = {.scn = new_point->scn};
  hdb_page_list *changed = &changes->changed;
  hdb_tree tree = {0};
  hdb_page_list first = {0};
  hdb_page_list old_pages = {0};
  hdb_page_list new_pages = {0};
  int rc = hdb_tree_move(&tree, changes->pages, &before, old_point, 0, 0, &first, &first);
  if (rc == SQLITE_OK && hdb_same_key_kind(old_point, new_point)) {
    overflow_search search = {changes->pages, new_reader, new_point, &tree, changed, {0}};
    rc = hdb_tree_move(&tree, changes->pages, old_point, new_point, changed->pages,
                       changed->count, &old_pages, &new_pages);
    if (rc == SQLITE_OK && new_point->root) rc = add_overflowed(&search, &old_pages, &new_pages);
  } else if (rc == SQLITE_OK) {
    rc = hdb_tree_move(&tree, changes->pages, old_point, &after, 0, 0, &old_pages, &new_pages);
    if (rc == SQLITE_OK) {
      rc = hdb_tree_move(&tree, changes->pages, &after, new_point, 0, 0, &old_pages, &new_pages);
    }
  }
  if (rc == SQLITE_OK) {
    rc = hdb_row_diff_open(changes->pages, old_reader, new_reader, old_point, &old_pages,
                           new_point, &new_pages, &changes->diff);
  }
  hdb_page_list_free(&first);
  hdb_page_list_free(&old_pages);
  hdb_page_list_free(&new_pages);
  hdb_tree_free(&tree);
  return rc;
}

int hdb_table_changes_open(hdb_pages *pages, hdb_row_reader *old_reader,
                           hdb_row_reader *new_reader, int64_t old_scn, int64_t new_scn,
                           hdb_table_changes **out) {
  hdb_table_changes *changes = sqlite.malloc64(sizeof *changes);
  *out = changes;
  if (!changes) return SQLITE_NOMEM;
  memset(changes, 0, sizeof *changes);
  changes->pages = pages;
  int rc = learn_changes(changes, old_scn < new_scn ? old_scn : new_scn,
                         old_scn < new_scn ? new_scn : old_scn);
  if (rc == SQLITE_OK) rc = hdb_row_reader_at(old_reader, old_scn);
  if (rc == SQLITE_OK) rc = hdb_row_reader_at(new_reader, new_scn);
  if (rc != SQLITE_OK) return rc;
  hdb_table_point old_point = hdb_row_reader_shape(old_reader)->point;
  hdb_table_point new_point = hdb_row_reader_shape(new_reader)->point;
  return open_diff(changes, old_reader, new_reader, &old_point, &new_point);
}

int hdb_table_changes_next(hdb_table_changes *changes, hdb_row_change *out) {
  return hdb_row_diff_next(changes->diff, out);
}

void hdb_table_changes_close(hdb_table_changes *changes) {
  if (!changes) return;
  hdb_pages_know(changes->pages, 0, 0, 0, 0);
  hdb_row_diff_close(changes->diff);
  hdb_page_list_free(&changes->changed);
  sqlite.free(changes->known);
  sqlite.free(changes);
}
