/*
** A cache of past pages. An image is kept with the points at which the page looks so, as far
** as known: from the list of changes, or because the source was asked for the last one.
*/
#include "pages.h"

#include <string.h>

enum { CACHE_BYTES = 16 << 20, WAYS = 4, LEAST_SETS = 8, COUNTS = 8, READS_BETWEEN_POLLS = 256 };

typedef struct image {
  uint32_t page;    /* 0: unused */
  int is_low_exact; /* the source has said that `low` is the newest change up to `high` */
  int64_t low, high;
  uint64_t used;
  unsigned char *bytes;
} image;

struct hdb_pages {
  const hdb_page_source *source;
  size_t set_count;
  image *images; /* WAYS for each set */
  uint64_t clock;
  int reads_until_poll;

  int64_t known_from, known_to; /* equal: nothing is known */
  const hdb_page_change *known;
  size_t known_count;

  struct {
    int64_t scn;
    uint32_t page_count;
  } counts[COUNTS]; /* the last ones asked for */
  int next_count;
};

int hdb_pages_open(const hdb_page_source *source, hdb_pages **out) {
  hdb_pages *pages = sqlite.malloc64(sizeof *pages);
  *out = 0;
  if (!pages) return SQLITE_NOMEM;
  memset(pages, 0, sizeof *pages);
  pages->source = source;
  pages->set_count = CACHE_BYTES / WAYS / source->page_size;
  if (pages->set_count < LEAST_SETS) pages->set_count = LEAST_SETS;
  size_t bytes = pages->set_count * WAYS * sizeof *pages->images;
  pages->images = sqlite.malloc64(bytes);
  if (!pages->images) {
    sqlite.free(pages);
    return SQLITE_NOMEM;
  }
  memset(pages->images, 0, bytes);
  for (int i = 0; i < COUNTS; i++) pages->counts[i].scn = -1;
  pages->reads_until_poll = READS_BETWEEN_POLLS;
  *out = pages;
  return SQLITE_OK;
}

void hdb_pages_close(hdb_pages *pages) {
  if (!pages) return;
  for (size_t i = 0; i < pages->set_count * WAYS; i++) sqlite.free(pages->images[i].bytes);
  sqlite.free(pages->images);
  sqlite.free(pages);
}

const hdb_page_source *hdb_pages_source(const hdb_pages *pages) { return pages->source; }

uint32_t hdb_pages_size(const hdb_pages *pages) { return pages->source->page_size; }

int hdb_pages_poll(hdb_pages *pages) {
  if (--pages->reads_until_poll > 0) return SQLITE_OK;
  pages->reads_until_poll = READS_BETWEEN_POLLS;
  return pages->source->poll(pages->source->context);
}

void hdb_pages_know(hdb_pages *pages, int64_t from, int64_t to, const hdb_page_change *changes,
                    size_t count) {
  pages->known_from = from;
  pages->known_to = to;
  pages->known = changes;
  pages->known_count = count;
}

/* Between which points the page looks as it does at `scn`. */
static void find_range(const hdb_pages *pages, int64_t scn, image *out) {
  out->low = scn;
  out->high = scn;
  out->is_low_exact = 0;
  if (pages->known_from == pages->known_to) return;
  if (scn < pages->known_from || scn > pages->known_to) return;
  /* The first change of the page after the point. */
  size_t low = 0;
  size_t high = pages->known_count;
  while (low < high) {
    size_t middle = (low + high) / 2;
    const hdb_page_change *change = &pages->known[middle];
    if (change->page < out->page || (change->page == out->page && change->scn <= scn)) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  int has_next = low < pages->known_count && pages->known[low].page == out->page;
  int has_last = low > 0 && pages->known[low - 1].page == out->page;
  out->high = has_next ? pages->known[low].scn - 1 : pages->known_to;
  out->low = has_last ? pages->known[low - 1].scn : pages->known_from;
}

static image *set_of(const hdb_pages *pages, uint32_t page) {
  return &pages->images[page * 2654435761u % pages->set_count * WAYS];
}

static image *find_image(hdb_pages *pages, int64_t scn, uint32_t page) {
  image *set = set_of(pages, page);
  for (int i = 0; i < WAYS; i++) {
    if (set[i].page == page && set[i].low <= scn && scn <= set[i].high) {
      set[i].used = ++pages->clock;
      return &set[i];
    }
  }
  return 0;
}

/* Reads the page into the place of the image of its set that was used longest ago. */
static int load_image(hdb_pages *pages, int64_t scn, uint32_t page, image **out) {
  image *oldest = set_of(pages, page);
  for (int i = 1; i < WAYS; i++) {
    image *other = set_of(pages, page) + i;
    if (other->used < oldest->used) oldest = other;
  }
  oldest->page = 0;
  oldest->used = 0;
  if (!oldest->bytes) oldest->bytes = sqlite.malloc64(pages->source->page_size);
  if (!oldest->bytes) return SQLITE_NOMEM;
  int rc = pages->source->page(pages->source->context, scn, page, oldest->bytes);
  if (rc != SQLITE_OK) return rc;
  oldest->page = page;
  oldest->used = ++pages->clock;
  find_range(pages, scn, oldest);
  *out = oldest;
  return SQLITE_OK;
}

int hdb_pages_read(hdb_pages *pages, int64_t scn, uint32_t page, unsigned char *out) {
  image *found = find_image(pages, scn, page);
  if (!found) {
    int rc = hdb_pages_poll(pages);
    if (rc == SQLITE_OK) rc = load_image(pages, scn, page, &found);
    if (rc != SQLITE_OK) return rc;
  }
  memcpy(out, found->bytes, pages->source->page_size);
  return SQLITE_OK;
}

int hdb_pages_changed_at(hdb_pages *pages, int64_t scn, uint32_t page, int64_t *out) {
  image *found = find_image(pages, scn, page);
  if (found && found->is_low_exact) {
    *out = found->low;
    return SQLITE_OK;
  }
  int rc = pages->source->changed_at(pages->source->context, scn, page, out);
  if (rc == SQLITE_OK && found) {
    found->low = *out;
    found->is_low_exact = 1;
  }
  return rc;
}

int hdb_pages_count(hdb_pages *pages, int64_t scn, uint32_t *out) {
  hdb_commit commit;
  for (int i = 0; i < COUNTS; i++) {
    if (pages->counts[i].scn == scn) {
      *out = pages->counts[i].page_count;
      return SQLITE_OK;
    }
  }
  int rc = pages->source->commit(pages->source->context, scn, &commit);
  if (rc != SQLITE_OK) return rc;
  pages->counts[pages->next_count].scn = scn;
  pages->counts[pages->next_count].page_count = commit.page_count;
  pages->next_count = (pages->next_count + 1) % COUNTS;
  *out = commit.page_count;
  return SQLITE_OK;
}
