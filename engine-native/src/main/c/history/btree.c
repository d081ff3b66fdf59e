/*
** Reading b-trees: see btree.h.
*/
#include "btree.h"

#include <stdlib.h>
#include <string.h>

enum {
  LEAST_USABLE = 480,
  LEAF_HEAD_BYTES = 8,
  INTERIOR_HEAD_BYTES = 12,
  AT_CELL_COUNT = 3,
  AT_RIGHT_CHILD = 8,
  CHILD_BYTES = 4,
  MOST_PAYLOAD = 0x7fffffff
};

uint32_t hdb_get_32(const unsigned char *p) {
  return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

void hdb_put_32(unsigned char *p, uint32_t value) {
  for (int i = 0; i < 4; i++) p[i] = (unsigned char)(value >> (24 - 8 * i));
}

static uint32_t get_16(const unsigned char *p) { return (uint32_t)p[0] << 8 | p[1]; }

int hdb_get_record_varint(const unsigned char *p, const unsigned char *end, uint64_t *out) {
  uint64_t value = 0;
  for (int i = 0; i < 8; i++) {
    if (end - p <= i) return 0;
    value = value << 7 | (p[i] & 0x7f);
    if (p[i] < 0x80) {
      *out = value;
      return i + 1;
    }
  }
  if (end - p <= 8) return 0;
  *out = value << 8 | p[8];
  return 9;
}

int hdb_btree_page_parse(const unsigned char *bytes, uint32_t number, uint32_t usable,
                         hdb_btree_page *out) {
  uint32_t head = number == 1 ? HDB_PAGE_HEAD_BYTES : 0;
  if (usable < LEAST_USABLE) return SQLITE_CORRUPT;
  out->bytes = bytes;
  out->usable = usable;
  out->type = bytes[head];
  out->is_index = out->type == HDB_INDEX_INTERIOR || out->type == HDB_INDEX_LEAF;
  out->is_interior = out->type == HDB_INDEX_INTERIOR || out->type == HDB_TABLE_INTERIOR;
  if (!out->is_index && !out->is_interior && out->type != HDB_TABLE_LEAF) return SQLITE_CORRUPT;
  out->cell_count = (int)get_16(bytes + head + AT_CELL_COUNT);
  out->right_child = out->is_interior ? hdb_get_32(bytes + head + AT_RIGHT_CHILD) : 0;
  out->cells = head + (out->is_interior ? INTERIOR_HEAD_BYTES : LEAF_HEAD_BYTES);
  out->content = out->cells + 2 * (uint32_t)out->cell_count;
  return out->content <= usable ? SQLITE_OK : SQLITE_CORRUPT;
}

/* How much of a payload a cell holds by itself. */
static uint32_t local_bytes(const hdb_btree_page *page, uint64_t payload_bytes) {
  uint32_t usable = page->usable;
  uint32_t most = page->is_index ? (usable - 12) * 64 / 255 - 23 : usable - 35;
  uint32_t least = (usable - 12) * 32 / 255 - 23;
  if (payload_bytes <= most) return (uint32_t)payload_bytes;
  uint32_t kept = least + (uint32_t)((payload_bytes - least) % (usable - 4));
  return kept <= most ? kept : least;
}

int hdb_cell_parse(const hdb_btree_page *page, int index, hdb_cell *out) {
  uint32_t offset = get_16(page->bytes + page->cells + 2 * (uint32_t)index);
  const unsigned char *end = page->bytes + page->usable;
  if (offset < page->content || offset >= page->usable) return SQLITE_CORRUPT;
  const unsigned char *p = page->bytes + offset;
  memset(out, 0, sizeof *out);
  if (page->is_interior) {
    if (end - p < CHILD_BYTES) return SQLITE_CORRUPT;
    out->left_child = hdb_get_32(p);
    p += CHILD_BYTES;
  }
  out->start = p;
  if (page->type != HDB_TABLE_INTERIOR) {
    int taken = hdb_get_record_varint(p, end, &out->payload_bytes);
    if (taken == 0 || out->payload_bytes > MOST_PAYLOAD) return SQLITE_CORRUPT;
    p += taken;
  }
  if (!page->is_index) {
    uint64_t rowid;
    int taken = hdb_get_record_varint(p, end, &rowid);
    if (taken == 0) return SQLITE_CORRUPT;
    out->rowid = (int64_t)rowid;
    p += taken;
  }
  out->payload = p;
  out->local_bytes = local_bytes(page, out->payload_bytes);
  uint32_t rest = out->local_bytes < out->payload_bytes ? 4 : 0;
  if ((size_t)(end - p) < (size_t)out->local_bytes + rest) return SQLITE_CORRUPT;
  p += out->local_bytes;
  if (rest) {
    out->overflow = hdb_get_32(p);
    if (out->overflow == 0) return SQLITE_CORRUPT;
    p += rest;
  }
  out->bytes = (uint32_t)(p - out->start);
  return SQLITE_OK;
}

int hdb_kind_of_root(hdb_pages *pages, hdb_table_point *point) {
  hdb_btree_page page;
  unsigned char *bytes = sqlite.malloc64(hdb_pages_size(pages));
  if (!bytes) return SQLITE_NOMEM;
  int rc = hdb_pages_read(pages, point->scn, point->root, bytes);
  if (rc == SQLITE_OK) rc = hdb_btree_page_parse(bytes, point->root, point->usable, &page);
  if (rc == SQLITE_OK) point->is_index = page.is_index;
  sqlite.free(bytes);
  return rc;
}

void hdb_rowid_key(int64_t rowid, unsigned char *out) {
  hdb_put_32(out, (uint32_t)((uint64_t)rowid >> 32));
  hdb_put_32(out + 4, (uint32_t)rowid);
}

/* A page that another one points to. */
static int is_valid_child(const hdb_table_point *point, uint32_t page) {
  return page >= 2 && page <= point->page_count;
}

/* Chains */

/* Goes along the pages that hold the rest of a payload. */
typedef struct chain {
  hdb_pages *pages;
  const hdb_table_point *point;
  uint64_t left; /* bytes of the payload that come after the pages read so far */
  uint32_t next; /* page that has them */
  unsigned char *bytes; /* the page read last */
} chain;

static int chain_begin(chain *it, hdb_pages *pages, const hdb_table_point *point,
                       const hdb_cell *cell) {
  it->pages = pages;
  it->point = point;
  it->left = cell->payload_bytes - cell->local_bytes;
  it->next = cell->overflow;
  it->bytes = 0;
  /* A chain without a cycle is not longer than the database. */
  if (it->left > (uint64_t)point->page_count * point->usable) return SQLITE_CORRUPT;
  it->bytes = sqlite.malloc64(hdb_pages_size(pages));
  return it->bytes ? SQLITE_OK : SQLITE_NOMEM;
}

static void chain_end(chain *it) { sqlite.free(it->bytes); }

/* Reads the next page; *count receives how many bytes of the payload it has. */
static int chain_read(chain *it, const unsigned char **content, size_t *count) {
  uint32_t most = it->point->usable - 4;
  if (!is_valid_child(it->point, it->next)) return SQLITE_CORRUPT;
  int rc = hdb_pages_read(it->pages, it->point->scn, it->next, it->bytes);
  if (rc != SQLITE_OK) return rc;
  *content = it->bytes + 4;
  *count = it->left < most ? (size_t)it->left : most;
  it->left -= *count;
  it->next = hdb_get_32(it->bytes);
  return SQLITE_OK;
}

int hdb_chain_visit(hdb_pages *pages, const hdb_table_point *point, const hdb_cell *cell,
                    int (*visit)(void *context, uint32_t page), void *context) {
  chain it;
  const unsigned char *content;
  size_t count;
  if (!cell->overflow) return SQLITE_OK;
  int rc = chain_begin(&it, pages, point, cell);
  while (rc == SQLITE_OK && it.left > 0) {
    uint32_t page = it.next;
    if (!is_valid_child(point, page)) {
      rc = SQLITE_CORRUPT;
      break;
    }
    rc = visit(context, page);
    if (rc == SQLITE_OK) rc = chain_read(&it, &content, &count);
  }
  chain_end(&it);
  return rc;
}

int hdb_buffer_reserve(hdb_buffer *buffer, size_t bytes) {
  if (buffer->bytes && bytes <= buffer->capacity) return SQLITE_OK;
  size_t capacity = bytes + bytes / 4 + 64;
  unsigned char *grown = sqlite.malloc64(capacity);
  if (!grown) return SQLITE_NOMEM;
  sqlite.free(buffer->bytes);
  buffer->bytes = grown;
  buffer->capacity = capacity;
  return SQLITE_OK;
}

void hdb_buffer_free(hdb_buffer *buffer) {
  sqlite.free(buffer->bytes);
  memset(buffer, 0, sizeof *buffer);
}

int hdb_payload_read(hdb_pages *pages, const hdb_table_point *point, const hdb_cell *cell,
                     hdb_buffer *out) {
  chain it = {0};
  int rc = cell->overflow ? chain_begin(&it, pages, point, cell) : SQLITE_OK;
  if (rc == SQLITE_OK) rc = hdb_buffer_reserve(out, (size_t)cell->payload_bytes);
  if (rc == SQLITE_OK) memcpy(out->bytes, cell->payload, cell->local_bytes);
  size_t done = cell->local_bytes;
  while (rc == SQLITE_OK && it.left > 0) {
    const unsigned char *content;
    size_t count;
    rc = chain_read(&it, &content, &count);
    if (rc == SQLITE_OK) memcpy(out->bytes + done, content, count);
    if (rc == SQLITE_OK) done += count;
  }
  chain_end(&it);
  return rc;
}

int hdb_payload_equal(hdb_pages *pages, const hdb_table_point *one, const hdb_cell *one_cell,
                      const hdb_table_point *other, const hdb_cell *other_cell, int *equal) {
  chain a = {0};
  chain b = {0};
  int rc = SQLITE_OK;
  *equal = one_cell->payload_bytes == other_cell->payload_bytes &&
           one_cell->local_bytes == other_cell->local_bytes &&
           memcmp(one_cell->payload, other_cell->payload, one_cell->local_bytes) == 0;
  if (!*equal || one_cell->local_bytes == one_cell->payload_bytes) return SQLITE_OK;
  rc = chain_begin(&a, pages, one, one_cell);
  if (rc == SQLITE_OK) rc = chain_begin(&b, pages, other, other_cell);
  while (rc == SQLITE_OK && *equal && a.left > 0) {
    const unsigned char *a_content;
    const unsigned char *b_content;
    size_t a_count;
    size_t b_count;
    rc = chain_read(&a, &a_content, &a_count);
    if (rc == SQLITE_OK) rc = chain_read(&b, &b_content, &b_count);
    if (rc == SQLITE_OK) {
      *equal = a_count == b_count && memcmp(a_content, b_content, a_count) == 0;
    }
  }
  chain_end(&a);
  chain_end(&b);
  return rc;
}

/* Records */

static int record_head(const unsigned char *record, size_t bytes, const unsigned char **types,
                       const unsigned char **end) {
  uint64_t head;
  int taken = hdb_get_record_varint(record, record + bytes, &head);
  if (taken == 0 || head < (uint64_t)taken || head > bytes) return SQLITE_CORRUPT;
  *types = record + taken;
  *end = record + head;
  return SQLITE_OK;
}

/* Bytes of a value by the type in a record's head. */
static uint64_t value_bytes(uint64_t type) {
  static const unsigned char fixed[] = {0, 1, 2, 3, 4, 6, 8, 8, 0, 0, 0, 0};
  return type < sizeof fixed ? fixed[type] : (type - 12) / 2;
}

int hdb_record_key(const unsigned char *record, size_t bytes, int columns, hdb_buffer *out,
                   size_t *out_bytes) {
  const unsigned char *types;
  const unsigned char *end;
  uint64_t content = 0;
  int rc = record_head(record, bytes, &types, &end);
  if (rc != SQLITE_OK) return rc;
  const unsigned char *p = types;
  for (int i = 0; i < columns; i++) {
    uint64_t type;
    int taken = hdb_get_record_varint(p, end, &type);
    if (taken == 0) return SQLITE_CORRUPT;
    p += taken;
    content += value_bytes(type);
    if (content > bytes) return SQLITE_CORRUPT;
  }
  if (content > (uint64_t)(record + bytes - end)) return SQLITE_CORRUPT;
  size_t head = (size_t)(p - types);
  rc = hdb_buffer_reserve(out, head + (size_t)content);
  if (rc != SQLITE_OK) return rc;
  memcpy(out->bytes, types, head);
  memcpy(out->bytes + head, end, (size_t)content);
  *out_bytes = head + (size_t)content;
  return SQLITE_OK;
}

/* Lists and sets of pages */

int hdb_page_list_add(hdb_page_list *list, uint32_t page) {
  if (list->count == list->capacity) {
    size_t capacity = list->capacity ? list->capacity * 2 : 64;
    uint32_t *pages = sqlite.realloc64(list->pages, capacity * sizeof *pages);
    if (!pages) return SQLITE_NOMEM;
    list->pages = pages;
    list->capacity = capacity;
  }
  list->pages[list->count++] = page;
  return SQLITE_OK;
}

static int compare_pages(const void *one, const void *other) {
  uint32_t a = *(const uint32_t *)one;
  uint32_t b = *(const uint32_t *)other;
  return (a > b) - (a < b);
}

void hdb_page_list_sort(hdb_page_list *list) {
  if (list->count > 1) qsort(list->pages, list->count, sizeof *list->pages, compare_pages);
}

static int is_among(const uint32_t *sorted, size_t count, uint32_t page) {
  return count > 0 && bsearch(&page, sorted, count, sizeof *sorted, compare_pages) != 0;
}

int hdb_page_list_has(const hdb_page_list *sorted, uint32_t page) {
  return is_among(sorted->pages, sorted->count, page);
}

void hdb_page_list_free(hdb_page_list *list) {
  sqlite.free(list->pages);
  memset(list, 0, sizeof *list);
}

int hdb_page_set_has(const hdb_page_set *set, uint32_t page) {
  return page / 64 < set->word_count && (set->words[page / 64] >> page % 64 & 1);
}

int hdb_page_set_add(hdb_page_set *set, uint32_t page) {
  if (page / 64 >= set->word_count) {
    size_t count = page / 64 + 1;
    if (count < set->word_count * 2) count = set->word_count * 2;
    uint64_t *words = sqlite.realloc64(set->words, count * sizeof *words);
    if (!words) return SQLITE_NOMEM;
    memset(words + set->word_count, 0, (count - set->word_count) * sizeof *words);
    set->words = words;
    set->word_count = count;
  }
  set->words[page / 64] |= (uint64_t)1 << page % 64;
  return SQLITE_OK;
}

void hdb_page_set_remove(hdb_page_set *set, uint32_t page) {
  if (page / 64 < set->word_count) set->words[page / 64] &= ~((uint64_t)1 << page % 64);
}

uint32_t hdb_page_set_next(const hdb_page_set *set, uint32_t page) {
  size_t word = page / 64;
  if (word >= set->word_count) return 0;
  uint64_t bits = set->words[word] >> page % 64 << page % 64;
  while (bits == 0) {
    if (++word == set->word_count) return 0;
    bits = set->words[word];
  }
  uint32_t bit = 0;
  while (!(bits >> bit & 1)) bit++;
  return (uint32_t)(word * 64) + bit;
}

void hdb_page_set_free(hdb_page_set *set) {
  sqlite.free(set->words);
  memset(set, 0, sizeof *set);
}

/* Trees */

/* Adds the pages below an interior page. */
static int read_children(hdb_pages *pages, const hdb_table_point *point, uint32_t number,
                         hdb_page_list *out) {
  hdb_btree_page page;
  unsigned char *bytes = sqlite.malloc64(hdb_pages_size(pages));
  if (!bytes) return SQLITE_NOMEM;
  int rc = hdb_pages_read(pages, point->scn, number, bytes);
  if (rc == SQLITE_OK) rc = hdb_btree_page_parse(bytes, number, point->usable, &page);
  if (rc == SQLITE_OK && (!page.is_interior || page.is_index != point->is_index)) {
    rc = SQLITE_CORRUPT;
  }
  for (int i = 0; rc == SQLITE_OK && i <= page.cell_count; i++) {
    uint32_t child = page.right_child;
    if (i < page.cell_count) {
      uint32_t offset = get_16(bytes + page.cells + 2 * (uint32_t)i);
      if (offset < page.content || offset > page.usable - CHILD_BYTES) {
        rc = SQLITE_CORRUPT;
        break;
      }
      child = hdb_get_32(bytes + offset);
    }
    rc = is_valid_child(point, child) ? hdb_page_list_add(out, child) : SQLITE_CORRUPT;
  }
  sqlite.free(bytes);
  return rc;
}

/* All leaves are equally far from the root: counts the levels above the first of them. */
static int find_height(hdb_pages *pages, const hdb_table_point *point, int *out) {
  uint32_t number = point->root;
  unsigned char *bytes = sqlite.malloc64(hdb_pages_size(pages));
  int rc = bytes ? SQLITE_OK : SQLITE_NOMEM;
  for (*out = 0; rc == SQLITE_OK; ++*out) {
    hdb_btree_page page;
    if (*out == HDB_MOST_LEVELS || number == 0 || number > point->page_count) {
      rc = SQLITE_CORRUPT;
      break;
    }
    rc = hdb_pages_read(pages, point->scn, number, bytes);
    if (rc == SQLITE_OK) rc = hdb_btree_page_parse(bytes, number, point->usable, &page);
    if (rc == SQLITE_OK && page.is_index != point->is_index) rc = SQLITE_CORRUPT;
    if (rc != SQLITE_OK || !page.is_interior) break;
    number = page.right_child;
  }
  sqlite.free(bytes);
  return rc;
}

/* Takes out what both lists have: such a page was only moved. Both become sorted. */
static int cancel_common(hdb_page_list *one, hdb_page_list *other) {
  size_t kept_one = 0;
  size_t kept_other = 0;
  size_t j = 0;
  hdb_page_list_sort(one);
  hdb_page_list_sort(other);
  for (size_t i = 0; i < one->count; i++) {
    uint32_t page = one->pages[i];
    if (i > 0 && page == one->pages[i - 1]) return SQLITE_CORRUPT;
    while (j < other->count && other->pages[j] < page) {
      other->pages[kept_other++] = other->pages[j++];
    }
    if (j < other->count && other->pages[j] == page) {
      j++;
    } else {
      one->pages[kept_one++] = page;
    }
  }
  while (j < other->count) other->pages[kept_other++] = other->pages[j++];
  one->count = kept_one;
  other->count = kept_other;
  return SQLITE_OK;
}

/* A step of hdb_tree_move: what a level lost and got, and what the one below does by that. */
typedef struct level_move {
  hdb_pages *pages;
  const hdb_table_point *from, *to;
  hdb_page_list lost, got;
  hdb_page_list lost_below, got_below;
  hdb_page_list *old_pages, *new_pages;
} level_move;

static int lose_page(level_move *move, hdb_page_set *level, int is_interior, uint32_t page) {
  if (!hdb_page_set_has(level, page)) return SQLITE_CORRUPT;
  hdb_page_set_remove(level, page);
  return is_interior ? read_children(move->pages, move->from, page, &move->lost_below) : SQLITE_OK;
}

static int get_page(level_move *move, hdb_page_set *level, int is_interior, uint32_t page) {
  if (hdb_page_set_has(level, page)) return SQLITE_CORRUPT;
  int rc = hdb_page_set_add(level, page);
  if (rc == SQLITE_OK && is_interior) {
    rc = read_children(move->pages, move->to, page, &move->got_below);
  }
  return rc;
}

static int move_level(level_move *move, hdb_page_set *level, int is_interior, int has_rows,
                      const uint32_t *changed, size_t changed_count) {
  int rc = cancel_common(&move->lost, &move->got);
  for (size_t i = 0; rc == SQLITE_OK && i < move->lost.count; i++) {
    rc = lose_page(move, level, is_interior, move->lost.pages[i]);
    if (rc == SQLITE_OK && has_rows) rc = hdb_page_list_add(move->old_pages, move->lost.pages[i]);
  }
  for (size_t i = 0; rc == SQLITE_OK && i < changed_count; i++) {
    uint32_t page = changed[i];
    if (!hdb_page_set_has(level, page)) continue;
    if (is_interior) rc = read_children(move->pages, move->from, page, &move->lost_below);
    if (rc == SQLITE_OK && is_interior) {
      rc = read_children(move->pages, move->to, page, &move->got_below);
    }
    if (rc == SQLITE_OK && has_rows) rc = hdb_page_list_add(move->old_pages, page);
    if (rc == SQLITE_OK && has_rows) rc = hdb_page_list_add(move->new_pages, page);
  }
  for (size_t i = 0; rc == SQLITE_OK && i < move->got.count; i++) {
    rc = get_page(move, level, is_interior, move->got.pages[i]);
    if (rc == SQLITE_OK && has_rows) rc = hdb_page_list_add(move->new_pages, move->got.pages[i]);
  }
  return rc;
}

/* What one level did to the next lower one is what that one has to do. */
static void go_down(level_move *move) {
  hdb_page_list lost = move->lost;
  hdb_page_list got = move->got;
  move->lost = move->lost_below;
  move->got = move->got_below;
  lost.count = 0;
  got.count = 0;
  move->lost_below = lost;
  move->got_below = got;
}

int hdb_tree_move(hdb_tree *tree, hdb_pages *pages, const hdb_table_point *from,
                  const hdb_table_point *to, const uint32_t *changed, size_t changed_count,
                  hdb_page_list *old_pages, hdb_page_list *new_pages) {
  level_move move = {.pages = pages, .from = from, .to = to, .old_pages = old_pages,
                     .new_pages = new_pages};
  int old_height = tree->root ? tree->height : -1;
  int new_height = to->root ? old_height : -1;
  int rc = SQLITE_OK;

  if (to->root && (to->root != tree->root || is_among(changed, changed_count, to->root))) {
    rc = find_height(pages, to, &new_height);
  }
  if (to->root) tree->is_index = to->is_index;
  int is_same_root = to->root == tree->root && new_height == old_height;
  int top = new_height > old_height ? new_height : old_height;
  if (top >= tree->level_count) tree->level_count = top + 1;
  for (int i = top; i >= 0 && rc == SQLITE_OK; i--) {
    if (!is_same_root && i == old_height) rc = hdb_page_list_add(&move.lost, tree->root);
    if (rc == SQLITE_OK && !is_same_root && i == new_height) {
      rc = hdb_page_list_add(&move.got, to->root);
    }
    if (rc == SQLITE_OK) {
      rc = move_level(&move, &tree->levels[i], i > 0, i == 0 || tree->is_index, changed,
                      changed_count);
    }
    go_down(&move);
  }
  hdb_page_list_free(&move.lost);
  hdb_page_list_free(&move.got);
  hdb_page_list_free(&move.lost_below);
  hdb_page_list_free(&move.got_below);
  tree->root = to->root;
  tree->height = new_height > 0 ? new_height : 0;
  return rc;
}

int hdb_tree_add(hdb_tree *tree, hdb_pages *pages, const hdb_table_point *point) {
  const hdb_table_point nothing = {.scn = point->scn};
  hdb_page_list old_pages = {0};
  hdb_page_list new_pages = {0};
  tree->root = 0;
  int rc = hdb_tree_move(tree, pages, &nothing, point, 0, 0, &old_pages, &new_pages);
  hdb_page_list_free(&old_pages);
  hdb_page_list_free(&new_pages);
  return rc;
}

int hdb_tree_has(const hdb_tree *tree, uint32_t page) {
  for (int i = 0; i < tree->level_count; i++) {
    if (hdb_page_set_has(&tree->levels[i], page)) return 1;
  }
  return 0;
}

int hdb_tree_has_rows(const hdb_tree *tree, uint32_t page) {
  return tree->is_index ? hdb_tree_has(tree, page) : hdb_page_set_has(&tree->levels[0], page);
}

uint32_t hdb_tree_next_rows(const hdb_tree *tree, uint32_t page) {
  uint32_t next = hdb_page_set_next(&tree->levels[0], page);
  for (int i = 1; tree->is_index && i < tree->level_count; i++) {
    uint32_t other = hdb_page_set_next(&tree->levels[i], page);
    if (other && (!next || other < next)) next = other;
  }
  return next;
}

size_t hdb_tree_count_rows_pages(const hdb_tree *tree) {
  size_t count = 0;
  uint32_t page = hdb_tree_next_rows(tree, 1);
  while (page) {
    count++;
    page = page == UINT32_MAX ? 0 : hdb_tree_next_rows(tree, page + 1);
  }
  return count;
}

void hdb_tree_free(hdb_tree *tree) {
  for (int i = 0; i < HDB_MOST_LEVELS; i++) hdb_page_set_free(&tree->levels[i]);
  memset(tree, 0, sizeof *tree);
}
