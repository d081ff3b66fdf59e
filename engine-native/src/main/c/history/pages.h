/*
** Past pages for whoever reads b-trees out of them: a source, and a cache before it that
** knows between which points an image stays the same.
**
** One thread uses it at a time. The functions return SQLite result codes.
*/
#ifndef HELIOSDB_PAGES_H
#define HELIOSDB_PAGES_H

#include "history.h"

/* Where the pages come from; the functions are those of hdb_past, see history.h. */
typedef struct hdb_page_source {
  void *context;
  uint32_t page_size;
  int (*commit)(void *context, int64_t scn, hdb_commit *out);
  int (*page)(void *context, int64_t scn, uint32_t page, unsigned char *out);
  int (*changed_at)(void *context, int64_t scn, uint32_t page, int64_t *out);
  int (*changes)(void *context, int64_t from, int64_t to, hdb_page_change **out, size_t *count);
  int (*changed_pages)(void *context, int64_t from, int64_t to, uint32_t **out, size_t *count);
  int (*poll)(void *context); /* asked from time to time; what it returns ends the reading */
} hdb_page_source;

typedef struct hdb_pages hdb_pages;

/* The source lives as long as the pages. */
int hdb_pages_open(const hdb_page_source *source, hdb_pages **out);
void hdb_pages_close(hdb_pages *pages);

const hdb_page_source *hdb_pages_source(const hdb_pages *pages);
uint32_t hdb_pages_size(const hdb_pages *pages);

/* Reads a page as it was at a point, into a whole page of bytes. */
int hdb_pages_read(hdb_pages *pages, int64_t scn, uint32_t page, unsigned char *out);

/* The newest commit not after `scn` that changed the page; 0 if history knows of none. */
int hdb_pages_changed_at(hdb_pages *pages, int64_t scn, uint32_t page, int64_t *out);

/* Pages of the database at a point. */
int hdb_pages_count(hdb_pages *pages, int64_t scn, uint32_t *out);

/* To be called in loops that may take long without reading a page. */
int hdb_pages_poll(hdb_pages *pages);

/*
** Tells all changes between two points, ordered by page, then SCN. The list is not copied,
** and counts until it is replaced. A list that names the page but not the commit may give
** `to` as SCN if no other point in (from, to] is read.
*/
void hdb_pages_know(hdb_pages *pages, int64_t from, int64_t to, const hdb_page_change *changes,
                    size_t count);

#endif
