/*
** Copies of a database file as it was at several points, which row history can read in place
** of a history. Needs no history, and changes can be made to them.
*/
#ifndef COPIES_H
#define COPIES_H

#include <stdint.h>

#include "../../main/c/history/pages.h"

enum { MOST_COPIES = 400 };

/* The points are 1, 2 and so on. */
typedef struct copies {
  uint32_t page_size;
  int64_t count;
  unsigned char *files[MOST_COPIES + 1];
  uint32_t page_counts[MOST_COPIES + 1];
  int names_more; /* changed_pages names pages that did not change, too */
} copies;

/*
** Adds a point. The change counter is left out, as with a WAL a commit does not write the
** first page for its sake.
*/
void copies_add(copies *all, const void *file, size_t bytes);
void copies_take(copies *all, const char *path);

/* Writes a file as it was at a point. */
void copies_put(const copies *all, int64_t scn, const char *path);

void copies_free(copies *all);

hdb_page_source copies_source(copies *all);

#endif
