/*
** B-trees of the SQLite file format (https://www.sqlite.org/fileformat2.html), read out of
** past pages.
**
** A page may be damaged, or not be of a b-tree at all: whatever it holds, reading it ends
** with SQLITE_CORRUPT, and within the page.
*/
#ifndef HELIOSDB_BTREE_H
#define HELIOSDB_BTREE_H

#include "pages.h"

enum { HDB_MOST_LEVELS = 20, HDB_PAGE_HEAD_BYTES = 100 };

/* First byte of a page of a b-tree. Rows are in leaves, and of an index in all pages. */
enum {
  HDB_INDEX_INTERIOR = 2,
  HDB_TABLE_INTERIOR = 5,
  HDB_INDEX_LEAF = 10,
  HDB_TABLE_LEAF = 13
};

uint32_t hdb_get_32(const unsigned char *p);
void hdb_put_32(unsigned char *p, uint32_t value);

/*
** Reads an integer of 1 to 9 bytes, the longest first. Returns how many bytes it takes, 0
** if it does not end before `end`.
*/
int hdb_get_record_varint(const unsigned char *p, const unsigned char *end, uint64_t *out);

/* The b-tree of a table at a point. */
typedef struct hdb_table_point {
  int64_t scn;
  uint32_t root;       /* 0: there is no such table at that point */
  int is_index;        /* WITHOUT ROWID: the rows are in a b-tree of the index kind */
  int key_columns;     /* then: how many columns, the record's first, are the key */
  uint32_t usable;     /* bytes of a page without those reserved at its end */
  uint32_t page_count; /* of the database */
} hdb_table_point;

/* Finds out of which kind the b-tree is, by its root. */
int hdb_kind_of_root(hdb_pages *pages, hdb_table_point *point);

/* A page of a b-tree. */
typedef struct hdb_btree_page {
  const unsigned char *bytes;
  uint32_t usable;
  int type; /* HDB_..._LEAF or _INTERIOR */
  int is_interior, is_index;
  int cell_count;
  uint32_t cells;       /* where the array of pointers to cells begins */
  uint32_t content;     /* before this, no cell begins */
  uint32_t right_child; /* of an interior page */
} hdb_btree_page;

/* Looks at the head of page `number`, whose bytes stay where they are. */
int hdb_btree_page_parse(const unsigned char *bytes, uint32_t number, uint32_t usable,
                         hdb_btree_page *out);

/* A cell, which points into its page. */
typedef struct hdb_cell {
  uint32_t left_child; /* of an interior page */
  int64_t rowid;       /* of a table */
  uint64_t payload_bytes; /* 0 in an interior page of a table */
  const unsigned char *payload;
  uint32_t local_bytes; /* of the payload, which is a record; the rest is in a chain of pages */
  uint32_t overflow;    /* the first of them; 0 if there is no rest */
  const unsigned char *start; /* the cell as a leaf has it: without left_child */
  uint32_t bytes;
} hdb_cell;

int hdb_cell_parse(const hdb_btree_page *page, int index, hdb_cell *out);

/* A rowid as the bytes of a key. */
enum { HDB_ROWID_BYTES = 8 };
void hdb_rowid_key(int64_t rowid, unsigned char *out);

/* Memory that grows. Zeros are none. */
typedef struct hdb_buffer {
  unsigned char *bytes;
  size_t capacity;
} hdb_buffer;

/* Makes room for so many bytes; what was in it is lost. */
int hdb_buffer_reserve(hdb_buffer *buffer, size_t bytes);
void hdb_buffer_free(hdb_buffer *buffer);

/* Reads all of a cell's payload, cell->payload_bytes. */
int hdb_payload_read(hdb_pages *pages, const hdb_table_point *point, const hdb_cell *cell,
                     hdb_buffer *out);

/* Whether the payloads of two cells, each at its point, are the same bytes. */
int hdb_payload_equal(hdb_pages *pages, const hdb_table_point *one, const hdb_cell *one_cell,
                      const hdb_table_point *other, const hdb_cell *other_cell, int *equal);

/* Calls `visit` with each page of a cell's chain until it returns another code than SQLITE_OK. */
int hdb_chain_visit(hdb_pages *pages, const hdb_table_point *point, const hdb_cell *cell,
                    int (*visit)(void *context, uint32_t page), void *context);

/*
** Copies the first columns of a record in a form that is the same for the same values. Of
** the record, `bytes` are at hand.
*/
int hdb_record_key(const unsigned char *record, size_t bytes, int columns, hdb_buffer *out,
                   size_t *out_bytes);

/* Pages, as a list that grows. Zeros are an empty one. */
typedef struct hdb_page_list {
  uint32_t *pages;
  size_t count, capacity;
} hdb_page_list;

int hdb_page_list_add(hdb_page_list *list, uint32_t page);
void hdb_page_list_sort(hdb_page_list *list);
int hdb_page_list_has(const hdb_page_list *sorted, uint32_t page);
void hdb_page_list_free(hdb_page_list *list);

/* Pages, as bits. Zeros are an empty set. */
typedef struct hdb_page_set {
  uint64_t *words;
  size_t word_count;
} hdb_page_set;

int hdb_page_set_has(const hdb_page_set *set, uint32_t page);
int hdb_page_set_add(hdb_page_set *set, uint32_t page);
void hdb_page_set_remove(hdb_page_set *set, uint32_t page);

/* The first page of the set from `page` on; 0 if there is none. */
uint32_t hdb_page_set_next(const hdb_page_set *set, uint32_t page);
void hdb_page_set_free(hdb_page_set *set);

/* Which pages a b-tree consists of at a point. Zeros are a b-tree without a page. */
typedef struct hdb_tree {
  uint32_t root;
  int height; /* levels above the leaves */
  int level_count; /* that may have a page */
  int is_index;
  hdb_page_set levels[HDB_MOST_LEVELS]; /* the leaves first */
} hdb_tree;

/*
** Moves a b-tree from one point to another, of the same kind if the table exists at both.
** `changed` names, in ascending order, all pages that may differ between the two. Adds the
** pages with rows that are not the same in both: to `old_pages` those of the first point,
** to `new_pages` those of the second. After a failure the tree can only be freed.
*/
int hdb_tree_move(hdb_tree *tree, hdb_pages *pages, const hdb_table_point *from,
                  const hdb_table_point *to, const uint32_t *changed, size_t changed_count,
                  hdb_page_list *old_pages, hdb_page_list *new_pages);

/* Adds a b-tree to a tree that then has several, and cannot be moved. */
int hdb_tree_add(hdb_tree *tree, hdb_pages *pages, const hdb_table_point *point);

/* Whether the page belongs to the b-tree. */
int hdb_tree_has(const hdb_tree *tree, uint32_t page);

/* Whether the page belongs to the b-tree and may have rows. */
int hdb_tree_has_rows(const hdb_tree *tree, uint32_t page);

/* The first page with rows from `page` on, by number; 0 if there is none. */
uint32_t hdb_tree_next_rows(const hdb_tree *tree, uint32_t page);

/* Leaves; this takes looking at every page of the set. */
size_t hdb_tree_count_rows_pages(const hdb_tree *tree);

void hdb_tree_free(hdb_tree *tree);

#endif
