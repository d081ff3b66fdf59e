/*
** Copies of a database file: see copies.h.
*/
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "support.h"

#include "copies.h"

void copies_add(copies *all, const void *file, size_t bytes) {
  unsigned char *copy = malloc(bytes);
  CHECK(all->count < MOST_COPIES && copy);
  memcpy(copy, file, bytes);
  all->page_size = (uint32_t)copy[16] << 8 | copy[17];
  if (all->page_size == 1) all->page_size = 65536;
  memset(copy + 24, 0, 4);
  memset(copy + 92, 0, 4);
  all->count++;
  all->files[all->count] = copy;
  all->page_counts[all->count] = (uint32_t)(bytes / all->page_size);
}

void copies_take(copies *all, const char *path) {
  FILE *file = fopen(path, "rb");
  CHECK(file);
  fseek(file, 0, SEEK_END);
  size_t bytes = (size_t)ftell(file);
  unsigned char *content = malloc(bytes);
  rewind(file);
  CHECK(fread(content, 1, bytes, file) == bytes);
  fclose(file);
  copies_add(all, content, bytes);
  free(content);
}

void copies_put(const copies *all, int64_t scn, const char *path) {
  FILE *file = fopen(path, "wb");
  size_t bytes = (size_t)all->page_counts[scn] * all->page_size;
  CHECK(file && fwrite(all->files[scn], 1, bytes, file) == bytes);
  fclose(file);
}

void copies_free(copies *all) {
  for (int64_t i = 1; i <= all->count; i++) free(all->files[i]);
  memset(all, 0, sizeof *all);
}

static const unsigned char *page_of(const copies *all, int64_t scn, uint32_t page) {
  static const unsigned char zeros[65536];
  if (page > all->page_counts[scn]) return zeros;
  return all->files[scn] + (size_t)(page - 1) * all->page_size;
}

static int has_changed(const copies *all, int64_t scn, uint32_t page) {
  int is_there = page <= all->page_counts[scn];
  int was_there = page <= all->page_counts[scn - 1];
  if (!is_there || !was_there) return is_there != was_there;
  return memcmp(page_of(all, scn, page), page_of(all, scn - 1, page), all->page_size) != 0;
}

static int read_commit(void *context, int64_t scn, hdb_commit *out) {
  const copies *all = context;
  if (scn < 1 || scn > all->count) return HDB_NO_POINT;
  *out = (hdb_commit){scn, scn * 1000, all->page_counts[scn], 0};
  return SQLITE_OK;
}

static int read_page(void *context, int64_t scn, uint32_t page, unsigned char *out) {
  const copies *all = context;
  CHECK(page > 0);
  if (scn < 1 || scn > all->count) return HDB_NO_POINT;
  memcpy(out, page_of(all, scn, page), all->page_size);
  return SQLITE_OK;
}

static int find_change(void *context, int64_t scn, uint32_t page, int64_t *out) {
  const copies *all = context;
  while (scn > 1 && !has_changed(all, scn, page)) scn--;
  *out = scn > 1 ? scn : 0;
  return SQLITE_OK;
}

/* Pages of the larger one of a point and the one before. */
static uint32_t most_pages(const copies *all, int64_t scn) {
  uint32_t before = scn > 1 ? all->page_counts[scn - 1] : 0;
  return before > all->page_counts[scn] ? before : all->page_counts[scn];
}

static int find_changes(void *context, int64_t from, int64_t to, hdb_page_change **out,
                        size_t *count) {
  const copies *all = context;
  size_t capacity = 1;
  *count = 0;
  for (int64_t scn = from + 1; scn <= to; scn++) capacity += most_pages(all, scn);
  *out = sqlite3_malloc64(capacity * sizeof **out);
  if (!*out) return SQLITE_NOMEM;
  for (int64_t scn = from + 1; scn <= to; scn++) {
    for (uint32_t page = 1; page <= most_pages(all, scn); page++) {
      if (has_changed(all, scn, page)) (*out)[(*count)++] = (hdb_page_change){scn, page};
    }
  }
  return SQLITE_OK;
}

static int find_changed_pages(void *context, int64_t from, int64_t to, uint32_t **out,
                              size_t *count) {
  const copies *all = context;
  uint32_t pages = 0;
  for (int64_t scn = from; scn <= to; scn++) {
    if (most_pages(all, scn) > pages) pages = most_pages(all, scn);
  }
  *count = 0;
  *out = sqlite3_malloc64((pages + 1) * sizeof **out);
  if (!*out) return SQLITE_NOMEM;
  for (uint32_t page = 1; page <= pages; page++) {
    int changed = all->names_more && page % 7 == 0 && from != to;
    for (int64_t scn = from + 1; scn <= to && !changed; scn++) {
      changed = has_changed(all, scn, page);
    }
    if (changed) (*out)[(*count)++] = page;
  }
  return SQLITE_OK;
}

static int go_on(void *context) {
  (void)context;
  return SQLITE_OK;
}

hdb_page_source copies_source(copies *all) {
  return (hdb_page_source){.context = all,
                           .page_size = all->page_size,
                           .commit = read_commit,
                           .page = read_page,
                           .changed_at = find_change,
                           .changes = find_changes,
                           .changed_pages = find_changed_pages,
                           .poll = go_on};
}
