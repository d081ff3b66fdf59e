/*
** A cache in sets of a few places each: where a page lies says which set, within which one
** gives way by the CLOCK algorithm (Corbató, "A Paging Experiment with the Multics System",
** 1968). A set is taken only for as long as it is searched or changed; who copies a page
** from it holds that page alone.
*/
#include "clear_pages.h"

#include <string.h>

enum {
  PLACES = 8, /* of a set */
  USUAL_PAGE = 4096,
  MOST_SETS = 1 << 20,
  MOST_TRIES = 100, /* to take a set */
  TRIES_TO_REPLACE = 4
};

typedef struct place {
  unsigned char seal[HDB_SEAL_BYTES];
  int bytes;
  unsigned char *content; /* null if there is none yet */
  int readers; /* atomic; counted up only by who has taken the set */
  int is_used; /* was found since the hand came by */
} place;

typedef struct set {
  unsigned char is_taken; /* atomic */
  unsigned char hand;
  unsigned char tries; /* to keep a page where another one would have to give way */
  int64_t names[PLACES]; /* name_of() the pages; 0 where there is none */
  place places[PLACES];
} set;

struct hdb_clear_pages {
  int64_t room;  /* atomic: bytes that more pages may take */
  uint32_t mask; /* number of sets, a power of two, less 1 */
  set sets[];
};

hdb_clear_pages *hdb_clear_pages_new(int64_t bytes) {
  uint32_t count = 1;
  if (bytes < USUAL_PAGE) return 0;
  while (count < MOST_SETS && (int64_t)count * 2 * PLACES * USUAL_PAGE <= bytes) count *= 2;
  size_t size = sizeof(hdb_clear_pages) + count * sizeof(set);
  hdb_clear_pages *pages = sqlite.malloc64(size);
  if (!pages) return 0;
  memset(pages, 0, size);
  pages->room = bytes;
  pages->mask = count - 1;
  return pages;
}

void hdb_clear_pages_free(hdb_clear_pages *pages) {
  if (!pages) return;
  for (uint32_t i = 0; i <= pages->mask; i++) {
    for (int j = 0; j < PLACES; j++) sqlite.free(pages->sets[i].places[j].content);
  }
  sqlite.free(pages);
}

static int64_t name_of(int kind, int64_t number) {
  enum { KINDS = 8 };
  return number * KINDS + kind;
}

/* The set of a page, taken; null if others have it. Neighbours are in different ones. */
static set *take_set(hdb_clear_pages *pages, int kind, int64_t number) {
  enum { APART = 0x55555555 };
  set *it = &pages->sets[((uint32_t)number + (uint32_t)kind * APART) & pages->mask];
  for (int i = 0; i < MOST_TRIES; i++) {
    if (!__atomic_load_n(&it->is_taken, __ATOMIC_RELAXED) &&
        !__atomic_exchange_n(&it->is_taken, 1, __ATOMIC_ACQUIRE)) {
      return it;
    }
  }
  return 0;
}

static void give_set(set *it) { __atomic_store_n(&it->is_taken, 0, __ATOMIC_RELEASE); }

static place *find_place(set *it, int64_t name) {
  for (int i = 0; i < PLACES; i++) {
    if (it->names[i] == name) return &it->places[i];
  }
  return 0;
}

int hdb_clear_pages_has(hdb_clear_pages *pages, int kind, int64_t number) {
  set *it = take_set(pages, kind, number);
  if (!it) return 0;
  int has = find_place(it, name_of(kind, number)) != 0;
  give_set(it);
  return has;
}

int hdb_clear_pages_find(hdb_clear_pages *pages, const hdb_sealed_page *page, unsigned char *out,
                         int bytes) {
  set *it = take_set(pages, page->kind, page->number);
  if (!it) return 0;
  place *found = find_place(it, name_of(page->kind, page->number));
  if (found && found->bytes == bytes && memcmp(found->seal, page->seal, HDB_SEAL_BYTES) == 0) {
    found->is_used = 1;
    __atomic_add_fetch(&found->readers, 1, __ATOMIC_RELAXED);
  } else {
    found = 0;
  }
  give_set(it);
  if (!found) return 0;
  memcpy(out, found->content, (size_t)bytes);
  __atomic_sub_fetch(&found->readers, 1, __ATOMIC_RELEASE);
  return 1;
}

/*
** A place whose page may give way: the next that nobody reads or has found lately. Only one
** page of a few is let in: where many more are read than there is room for, copying each
** would cost more than what is found saves, and one that is read often has its turn soon.
*/
static place *next_place(set *it) {
  place *empty = find_place(it, 0);
  if (empty) return empty;
  if (++it->tries % TRIES_TO_REPLACE != 0) return 0;
  for (int i = 0; i < 2 * PLACES; i++) {
    place *next = &it->places[it->hand];
    it->hand = (unsigned char)((it->hand + 1) % PLACES);
    if (__atomic_load_n(&next->readers, __ATOMIC_ACQUIRE) > 0) continue;
    if (!next->is_used) return next;
    next->is_used = 0;
  }
  return 0;
}

/* Whether the place has memory for so many bytes, its own or new. */
static int reserve(hdb_clear_pages *pages, place *it, int bytes) {
  if (it->content && it->bytes == bytes) return 1;
  sqlite.free(it->content);
  it->content = 0;
  int64_t room = __atomic_add_fetch(&pages->room, it->bytes - bytes, __ATOMIC_RELAXED);
  it->bytes = bytes;
  if (room >= 0) it->content = sqlite.malloc64((uint64_t)bytes);
  if (it->content) return 1;
  __atomic_add_fetch(&pages->room, bytes, __ATOMIC_RELAXED);
  it->bytes = 0;
  return 0;
}

void hdb_clear_pages_keep(hdb_clear_pages *pages, const hdb_sealed_page *page,
                          const unsigned char *content, int bytes) {
  set *it = take_set(pages, page->kind, page->number);
  if (!it) return;
  int64_t name = name_of(page->kind, page->number);
  place *to = find_place(it, name);
  if (!to) to = next_place(it);
  if (to && __atomic_load_n(&to->readers, __ATOMIC_ACQUIRE) == 0) {
    int has_room = reserve(pages, to, bytes);
    it->names[to - it->places] = has_room ? name : 0;
    if (has_room) {
      memcpy(to->seal, page->seal, HDB_SEAL_BYTES);
      memcpy(to->content, content, (size_t)bytes);
      to->is_used = 0;
    }
  }
  give_set(it);
}
