/*
** The versions of rows: see row_versions.h. This is about all rows; one_row.c is about one.
*/
#include "row_versions.h"

#include <stdlib.h>
#include <string.h>

#include "one_row.h"

enum {
  FIRST_WINDOW = 1024, /* commits whose changed pages are read at once */
  LARGEST_WINDOW = 32768,
  MOST_CHANGES = 1 << 19, /* in a window, so that it grows no further */
  FEWEST_BUCKETS = 64
};

/* Keys, each with the oldest commit of those looked at that changed its row. */

typedef struct seen_key {
  struct seen_key *next;
  uint64_t hash;
  int64_t scn;
  size_t bytes;
  unsigned char kind; /* rowids and keys of other kinds are different keys */
  unsigned char key[];
} seen_key;

typedef struct seen_keys {
  seen_key **buckets;
  size_t bucket_count, count;
} seen_keys;

static uint64_t hash_key(unsigned char kind, const unsigned char *key, size_t bytes) {
  uint64_t hash = 14695981039346656037u ^ kind;
  for (size_t i = 0; i < bytes; i++) hash = (hash ^ key[i]) * 1099511628211u;
  return hash ^ hash >> 32;
}

static unsigned char key_kind(const hdb_table_point *point) {
  return point->is_index ? (unsigned char)(1 + point->key_columns % 255) : 0;
}

static seen_key *find_key(const seen_keys *keys, unsigned char kind, const unsigned char *key,
                          size_t bytes) {
  if (keys->count == 0) return 0;
  uint64_t hash = hash_key(kind, key, bytes);
  seen_key *it = keys->buckets[hash % keys->bucket_count];
  while (it && (it->hash != hash || it->kind != kind || it->bytes != bytes ||
                memcmp(it->key, key, bytes) != 0)) {
    it = it->next;
  }
  return it;
}

static int grow_keys(seen_keys *keys) {
  size_t count = keys->bucket_count ? keys->bucket_count * 2 : FEWEST_BUCKETS;
  seen_key **buckets = sqlite.malloc64(count * sizeof *buckets);
  if (!buckets) return SQLITE_NOMEM;
  memset(buckets, 0, count * sizeof *buckets);
  for (size_t i = 0; i < keys->bucket_count; i++) {
    while (keys->buckets[i]) {
      seen_key *it = keys->buckets[i];
      keys->buckets[i] = it->next;
      it->next = buckets[it->hash % count];
      buckets[it->hash % count] = it;
    }
  }
  sqlite.free(keys->buckets);
  keys->buckets = buckets;
  keys->bucket_count = count;
  return SQLITE_OK;
}

/* Notes a commit; *last receives the one noted before, 0 if there was none. */
static int note_key(seen_keys *keys, unsigned char kind, const unsigned char *key, size_t bytes,
                    int64_t scn, int64_t *last) {
  seen_key *it = find_key(keys, kind, key, bytes);
  *last = it ? it->scn : 0;
  if (it) {
    it->scn = scn;
    return SQLITE_OK;
  }
  if (keys->count == keys->bucket_count) {
    int rc = grow_keys(keys);
    if (rc != SQLITE_OK) return rc;
  }
  it = sqlite.malloc64(sizeof *it + bytes);
  if (!it) return SQLITE_NOMEM;
  it->hash = hash_key(kind, key, bytes);
  it->scn = scn;
  it->kind = kind;
  it->bytes = bytes;
  memcpy(it->key, key, bytes);
  it->next = keys->buckets[it->hash % keys->bucket_count];
  keys->buckets[it->hash % keys->bucket_count] = it;
  keys->count++;
  return SQLITE_OK;
}

static void free_keys(seen_keys *keys) {
  for (size_t i = 0; i < keys->bucket_count; i++) {
    while (keys->buckets[i]) {
      seen_key *next = keys->buckets[i]->next;
      sqlite.free(keys->buckets[i]);
      keys->buckets[i] = next;
    }
  }
  sqlite.free(keys->buckets);
}

/* Which page holds the row that an overflow page belongs to. Zeros: not made. */
typedef struct owners {
  uint32_t *pages; /* by number of the overflow page; may also name former owners */
  size_t count;
} owners;

struct hdb_row_versions {
  hdb_pages *pages;
  const hdb_versions_query *query;
  hdb_row_reader *old_reader, *new_reader; /* at the point before a commit, and at its own */
  hdb_row_reader *shown_reader; /* has the version given out, if that is of all rows */
  hdb_one_row *one; /* where only one row is asked for; nothing below counts then */

  int64_t scn; /* the commit that is looked at, or next */
  hdb_table_point point; /* the table at it */
  hdb_tree tree;         /* at it, or while it is looked at, at the point before */
  hdb_table_point before;
  hdb_row_diff *diff;
  seen_keys seen;
  owners owners;
  size_t reads_for_overflow; /* while there are no owners */
  size_t rows_pages;         /* how many pages finding the owners takes */

  int64_t window_from, window_size;
  hdb_page_change *changes; /* of the window, by commit, then page */
  hdb_page_change *changes_by_page;
  size_t change_count;
  size_t change_end; /* behind the changes of the commit to look at next */

  int is_at_base;
  uint32_t base_page; /* that has the rows being read */
  unsigned char *base_bytes;
  hdb_btree_page base_parsed;
  int base_cell;
  hdb_buffer payload, key;
};

/* Which pages the commits changed */

static int compare_by_page(const void *one, const void *other) {
  const hdb_page_change *a = one;
  const hdb_page_change *b = other;
  if (a->page != b->page) return a->page < b->page ? -1 : 1;
  return (a->scn > b->scn) - (a->scn < b->scn);
}

static void forget_window(hdb_row_versions *it) {
  hdb_pages_know(it->pages, 0, 0, 0, 0);
  sqlite.free(it->changes);
  sqlite.free(it->changes_by_page);
  it->changes = 0;
  it->changes_by_page = 0;
  it->change_count = 0;
}

/* Reads what the commits up to it->scn changed. */
static int read_window(hdb_row_versions *it) {
  const hdb_page_source *source = hdb_pages_source(it->pages);
  if (it->change_count > MOST_CHANGES && it->window_size > 1) it->window_size /= 2;
  if (it->change_count < MOST_CHANGES / 4 && it->window_size < LARGEST_WINDOW) {
    it->window_size *= 2;
  }
  forget_window(it);
  it->window_from = it->scn - it->window_size;
  if (it->window_from < it->query->base) it->window_from = it->query->base;
  int rc = source->changes(source->context, it->window_from, it->scn, &it->changes,
                           &it->change_count);
  if (rc != SQLITE_OK) return rc;
  size_t bytes = it->change_count * sizeof *it->changes;
  it->changes_by_page = sqlite.malloc64(bytes + 1);
  if (!it->changes_by_page) return SQLITE_NOMEM;
  if (it->change_count > 0) {
    memcpy(it->changes_by_page, it->changes, bytes);
    qsort(it->changes_by_page, it->change_count, sizeof *it->changes, compare_by_page);
  }
  it->change_end = it->change_count;
  hdb_pages_know(it->pages, it->window_from, it->scn, it->changes_by_page, it->change_count);
  return SQLITE_OK;
}

/* The pages that the commit it->scn changed. */
static int pages_of_commit(hdb_row_versions *it, hdb_page_list *out) {
  int rc = SQLITE_OK;
  if (it->scn <= it->window_from) rc = read_window(it);
  size_t start = it->change_end;
  while (start > 0 && it->changes[start - 1].scn == it->scn) start--;
  for (size_t i = start; i < it->change_end && rc == SQLITE_OK; i++) {
    rc = hdb_page_list_add(out, it->changes[i].page);
  }
  it->change_end = start;
  return rc;
}

/* Overflow pages that changed while the row's own page did not */

typedef struct owner_visit {
  owners *all;
  uint32_t owner;
} owner_visit;

static int note_owner(void *context, uint32_t page) {
  owner_visit *it = context;
  owners *all = it->all;
  if (page >= all->count) {
    size_t count = (size_t)page + page / 4 + 64;
    uint32_t *pages = sqlite.realloc64(all->pages, count * sizeof *pages);
    if (!pages) return SQLITE_NOMEM;
    memset(pages + all->count, 0, (count - all->count) * sizeof *pages);
    all->pages = pages;
    all->count = count;
  }
  all->pages[page] = it->owner;
  return SQLITE_OK;
}

/* Notes the owner of every overflow page of the rows on a page. */
static int own_page(hdb_row_versions *it, const hdb_table_point *point, uint32_t number) {
  owner_visit visit = {&it->owners, number};
  hdb_btree_page page;
  unsigned char *bytes = sqlite.malloc64(hdb_pages_size(it->pages));
  if (!bytes) return SQLITE_NOMEM;
  int rc = hdb_pages_read(it->pages, point->scn, number, bytes);
  if (rc == SQLITE_OK) rc = hdb_btree_page_parse(bytes, number, point->usable, &page);
  for (int i = 0; rc == SQLITE_OK && page.type != HDB_TABLE_INTERIOR && i < page.cell_count; i++) {
    hdb_cell cell;
    rc = hdb_cell_parse(&page, i, &cell);
    if (rc == SQLITE_OK) rc = hdb_chain_visit(it->pages, point, &cell, note_owner, &visit);
  }
  sqlite.free(bytes);
  return rc;
}

static int find_owners(hdb_row_versions *it) {
  owner_visit none = {&it->owners, 0};
  int rc = note_owner(&none, 0);
  uint32_t page = hdb_tree_next_rows(&it->tree, 1);
  while (page && rc == SQLITE_OK) {
    rc = own_page(it, &it->point, page);
    page = page == UINT32_MAX ? 0 : hdb_tree_next_rows(&it->tree, page + 1);
  }
  return rc;
}

/*
** Adds the pages with rows of whose chains the commit changed a page. While the owners are
** not known, the changed pages are looked at: mostly they are of b-trees, or belong to rows
** on changed pages.
*/
static int find_overflowed(hdb_row_versions *it, const hdb_page_list *changed,
                           hdb_page_list *out) {
  hdb_page_list left = {0};
  int rc = SQLITE_OK;
  for (size_t i = 0; i < changed->count && !it->owners.count && rc == SQLITE_OK; i++) {
    uint32_t page = changed->pages[i];
    int may_be = 0;
    if (page < 2 || page > it->point.page_count || hdb_tree_has(&it->tree, page)) continue;
    it->reads_for_overflow++;
    rc = hdb_may_be_overflow(it->pages, &it->point, page, &may_be);
    if (rc == SQLITE_OK && may_be) rc = hdb_page_list_add(&left, page);
  }
  for (size_t i = 0; i < changed->count && left.count > 0 && rc == SQLITE_OK; i++) {
    int found;
    if (!hdb_tree_has_rows(&it->tree, changed->pages[i])) continue;
    rc = hdb_explain_overflow(it->pages, &it->point, changed->pages[i], &left, &found);
  }
  if (rc == SQLITE_OK && !it->owners.count &&
      (left.count > 0 || it->reads_for_overflow > it->rows_pages)) {
    rc = find_owners(it);
  }
  hdb_page_list_free(&left);
  for (size_t i = 0; i < changed->count && rc == SQLITE_OK; i++) {
    uint32_t page = changed->pages[i];
    uint32_t owner = page < it->owners.count ? it->owners.pages[page] : 0;
    if (owner && hdb_tree_has_rows(&it->tree, owner)) rc = hdb_page_list_add(out, owner);
  }
  hdb_page_list_sort(out);
  return rc;
}

/* The commits */

/* Adds pages that only their chains make different. */
static int add_overflowed(const hdb_page_list *overflowed, hdb_page_list *new_pages,
                          hdb_page_list *old_pages) {
  hdb_page_list_sort(new_pages);
  hdb_page_list known = {new_pages->pages, new_pages->count, new_pages->count};
  hdb_page_list more = {0};
  int rc = SQLITE_OK;
  for (size_t i = 0; i < overflowed->count && rc == SQLITE_OK; i++) {
    uint32_t page = overflowed->pages[i];
    if (i > 0 && page == overflowed->pages[i - 1]) continue;
    if (!hdb_page_list_has(&known, page)) rc = hdb_page_list_add(&more, page);
  }
  for (size_t i = 0; i < more.count && rc == SQLITE_OK; i++) {
    rc = hdb_page_list_add(new_pages, more.pages[i]);
    if (rc == SQLITE_OK) rc = hdb_page_list_add(old_pages, more.pages[i]);
  }
  hdb_page_list_free(&more);
  return rc;
}

/* Moves the tree to the point before the commit. */
static int move_tree(hdb_row_versions *it, const hdb_page_list *changed,
                     hdb_page_list *new_pages, hdb_page_list *old_pages) {
  const hdb_table_point nothing = {.scn = it->before.scn};
  if (hdb_same_key_kind(&it->point, &it->before)) {
    return hdb_tree_move(&it->tree, it->pages, &it->point, &it->before, changed->pages,
                         changed->count, new_pages, old_pages);
  }
  int rc = hdb_tree_move(&it->tree, it->pages, &it->point, &nothing, 0, 0, new_pages, old_pages);
  if (rc != SQLITE_OK) return rc;
  return hdb_tree_move(&it->tree, it->pages, &nothing, &it->before, 0, 0, new_pages, old_pages);
}

/* Where the table is before the commit. The first page tells when the schema has changed. */
static int find_before(hdb_row_versions *it, const hdb_page_list *changed) {
  it->before = it->point;
  it->before.scn = it->scn - 1;
  if (changed->count == 0 || changed->pages[0] != 1) return SQLITE_OK;
  int rc = hdb_row_reader_at(it->old_reader, it->scn - 1);
  if (rc == SQLITE_OK) it->before = hdb_row_reader_shape(it->old_reader)->point;
  return rc;
}

/* Looks at the commit it->scn; it->diff is null afterwards if it changed no row. */
static int open_commit(hdb_row_versions *it) {
  hdb_page_list changed = {0};
  hdb_page_list overflowed = {0};
  hdb_page_list new_pages = {0};
  hdb_page_list old_pages = {0};
  int rc = hdb_pages_poll(it->pages);
  it->point.scn = it->scn;
  if (rc == SQLITE_OK) rc = pages_of_commit(it, &changed);
  if (rc == SQLITE_OK) rc = find_before(it, &changed);
  if (rc == SQLITE_OK) rc = find_overflowed(it, &changed, &overflowed);
  if (rc == SQLITE_OK) rc = move_tree(it, &changed, &new_pages, &old_pages);
  if (rc == SQLITE_OK) rc = add_overflowed(&overflowed, &new_pages, &old_pages);
  for (size_t i = 0; i < old_pages.count && it->owners.count > 0 && rc == SQLITE_OK; i++) {
    rc = own_page(it, &it->before, old_pages.pages[i]);
  }
  if (rc == SQLITE_OK && (new_pages.count > 0 || old_pages.count > 0)) {
    rc = hdb_row_diff_open(it->pages, it->old_reader, it->new_reader, &it->before, &old_pages,
                           &it->point, &new_pages, &it->diff);
  }
  hdb_page_list_free(&changed);
  hdb_page_list_free(&overflowed);
  hdb_page_list_free(&new_pages);
  hdb_page_list_free(&old_pages);
  return rc;
}

static void close_commit(hdb_row_versions *it) {
  hdb_row_diff_close(it->diff);
  it->diff = 0;
  it->point = it->before;
  it->scn--;
}

static void use_rowid(hdb_row_version *out, const hdb_table_point *point, int64_t rowid) {
  out->has_rowid = !point->is_index;
  out->rowid = rowid;
}

static int give_change(hdb_row_versions *it, const hdb_row_change *change, hdb_row_version *out) {
  int is_deletion = change->operation == 'D';
  const hdb_table_point *point = is_deletion ? &it->before : &it->point;
  int64_t last;
  int rc = note_key(&it->seen, key_kind(point), change->key, change->key_bytes, it->scn, &last);
  if (rc != SQLITE_OK) return rc;
  *out = (hdb_row_version){it->scn, is_deletion ? 0 : last, change->operation, 0, 0};
  use_rowid(out, point, change->rowid);
  it->shown_reader = is_deletion ? it->old_reader : it->new_reader;
  return SQLITE_ROW;
}

/* The rows that were there before the first commit */

static int begin_base(hdb_row_versions *it) {
  it->is_at_base = 1;
  forget_window(it);
  it->point.scn = it->query->base;
  it->base_bytes = sqlite.malloc64(hdb_pages_size(it->pages));
  if (!it->base_bytes) return SQLITE_NOMEM;
  it->shown_reader = it->new_reader;
  return hdb_row_reader_at(it->new_reader, it->query->base);
}

/* Goes to the next page with rows; it->base_page is 0 at the end. */
static int next_base_page(hdb_row_versions *it) {
  uint32_t last = it->base_page;
  it->base_page = last == UINT32_MAX ? 0 : hdb_tree_next_rows(&it->tree, last + 1);
  it->base_cell = 0;
  it->base_parsed.cell_count = 0;
  if (!it->base_page) return SQLITE_OK;
  int rc = hdb_pages_read(it->pages, it->point.scn, it->base_page, it->base_bytes);
  if (rc == SQLITE_OK) {
    rc = hdb_btree_page_parse(it->base_bytes, it->base_page, it->point.usable, &it->base_parsed);
  }
  if (rc == SQLITE_OK && it->base_parsed.is_index != it->point.is_index) rc = SQLITE_CORRUPT;
  if (rc == SQLITE_OK && it->base_parsed.type == HDB_TABLE_INTERIOR) rc = SQLITE_CORRUPT;
  if (rc == SQLITE_OK && !it->base_parsed.is_interior) {
    rc = hdb_row_reader_show_leaf(it->new_reader, it->base_bytes);
  }
  return rc;
}

/* What the key of a cell was seen at; 0 if it was not. */
static int find_end(hdb_row_versions *it, const hdb_cell *cell, int64_t *out) {
  unsigned char rowid[HDB_ROWID_BYTES];
  const unsigned char *key = rowid;
  size_t bytes = sizeof rowid;
  int rc = SQLITE_OK;
  if (it->point.is_index) {
    const unsigned char *record = cell->payload;
    if (cell->overflow) {
      rc = hdb_payload_read(it->pages, &it->point, cell, &it->payload);
      record = it->payload.bytes;
    }
    if (rc == SQLITE_OK) {
      rc = hdb_record_key(record, (size_t)cell->payload_bytes, it->point.key_columns, &it->key,
                          &bytes);
    }
    key = it->key.bytes;
  } else {
    hdb_rowid_key(cell->rowid, rowid);
  }
  if (rc != SQLITE_OK) return rc;
  const seen_key *seen = find_key(&it->seen, key_kind(&it->point), key, bytes);
  *out = seen ? seen->scn : 0;
  return SQLITE_OK;
}

static int next_of_base(hdb_row_versions *it, hdb_row_version *out) {
  for (;;) {
    hdb_cell cell;
    int64_t end;
    int rc = SQLITE_OK;
    while (rc == SQLITE_OK && it->base_cell == it->base_parsed.cell_count) {
      rc = next_base_page(it);
      if (rc == SQLITE_OK && !it->base_page) return SQLITE_DONE;
    }
    if (rc == SQLITE_OK) rc = hdb_cell_parse(&it->base_parsed, it->base_cell++, &cell);
    if (rc == SQLITE_OK) rc = find_end(it, &cell, &end);
    if (rc == SQLITE_OK && !it->base_parsed.is_interior) {
      rc = hdb_row_reader_next(it->new_reader);
      if (rc == SQLITE_DONE) return SQLITE_CORRUPT;
      if (rc == SQLITE_ROW) rc = SQLITE_OK;
    }
    if (rc != SQLITE_OK) return rc;
    if (end != 0 && end <= it->query->from) continue;
    *out = (hdb_row_version){0, end, 0, 0, 0};
    use_rowid(out, &it->point, cell.rowid);
    if (it->base_parsed.is_interior) rc = hdb_row_reader_show(it->new_reader, &cell);
    return rc == SQLITE_OK ? SQLITE_ROW : rc;
  }
}

static int open_all(hdb_row_versions *it) {
  const hdb_table_point nothing = {.scn = it->query->to};
  hdb_page_list old_pages = {0};
  hdb_page_list new_pages = {0};
  it->scn = it->query->to;
  it->window_from = it->scn;
  it->window_size = FIRST_WINDOW / 2;
  int rc = hdb_row_reader_at(it->new_reader, it->scn);
  if (rc == SQLITE_OK) {
    it->point = hdb_row_reader_shape(it->new_reader)->point;
    rc = hdb_tree_move(&it->tree, it->pages, &nothing, &it->point, 0, 0, &old_pages, &new_pages);
  }
  it->rows_pages = hdb_tree_count_rows_pages(&it->tree);
  hdb_page_list_free(&old_pages);
  hdb_page_list_free(&new_pages);
  return rc;
}

static int next_of_all(hdb_row_versions *it, hdb_row_version *out) {
  while (!it->is_at_base) {
    hdb_row_change change;
    int rc = SQLITE_OK;
    if (it->scn == it->query->base) {
      if (it->query->only_changes) return SQLITE_DONE;
      rc = begin_base(it);
      if (rc != SQLITE_OK) return rc;
      break;
    }
    if (!it->diff) rc = open_commit(it);
    if (rc == SQLITE_OK && it->diff) {
      rc = hdb_row_diff_next(it->diff, &change);
      if (rc == SQLITE_ROW) return give_change(it, &change, out);
      if (rc == SQLITE_DONE) rc = SQLITE_OK;
    }
    if (rc != SQLITE_OK) return rc;
    close_commit(it);
  }
  return next_of_base(it, out);
}

int hdb_row_versions_open(hdb_pages *pages, const hdb_versions_query *query,
                          hdb_row_versions **out) {
  hdb_row_versions *it = sqlite.malloc64(sizeof *it);
  int is_usable = 0;
  int rc = SQLITE_OK;
  *out = it;
  if (!it) return SQLITE_NOMEM;
  memset(it, 0, sizeof *it);
  it->pages = pages;
  it->query = query;
  if (query->key_kind != HDB_KEY_NONE) {
    rc = hdb_one_row_open(pages, query, &it->one, &is_usable);
    if (rc != SQLITE_OK || is_usable) return rc;
    hdb_one_row_close(it->one);
    it->one = 0;
  }
  rc = hdb_row_reader_open(pages, query->table, query->wanted, query->wanted_count,
                           &it->new_reader);
  if (rc == SQLITE_OK) {
    rc = hdb_row_reader_open(pages, query->table, query->wanted, query->wanted_count,
                             &it->old_reader);
  }
  return rc == SQLITE_OK ? open_all(it) : rc;
}

void hdb_row_versions_close(hdb_row_versions *it) {
  if (!it) return;
  hdb_one_row_close(it->one);
  hdb_row_diff_close(it->diff);
  hdb_row_reader_close(it->old_reader);
  hdb_row_reader_close(it->new_reader);
  hdb_tree_free(&it->tree);
  free_keys(&it->seen);
  forget_window(it);
  sqlite.free(it->owners.pages);
  sqlite.free(it->base_bytes);
  hdb_buffer_free(&it->payload);
  hdb_buffer_free(&it->key);
  sqlite.free(it);
}

int hdb_row_versions_next(hdb_row_versions *it, hdb_row_version *out) {
  return it->one ? hdb_one_row_next(it->one, out) : next_of_all(it, out);
}

sqlite3_value *hdb_row_versions_wanted(const hdb_row_versions *it, int wanted) {
  return it->one ? hdb_one_row_wanted(it->one, wanted)
                 : hdb_row_reader_wanted(it->shown_reader, wanted);
}

const char *hdb_row_versions_message(const hdb_row_versions *it) {
  const char *message = it->one ? hdb_one_row_message(it->one) : 0;
  if (it->new_reader) message = hdb_row_reader_message(it->new_reader);
  return message || !it->old_reader ? message : hdb_row_reader_message(it->old_reader);
}
