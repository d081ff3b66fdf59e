/*
** Pages of an encrypted database as they are when decrypted, for all of its connections.
** SQLite's page cache is a connection's own and is emptied whenever another one has
** committed; what it then reads again need not be decrypted again.
**
** A page is known by the place that it was read from and by its seal, tag and nonce, which
** no other unit that was ever encrypted has: so what is kept cannot become wrong, and nobody
** has to tell of what is written. Who reads needs the seal alone from the file.
**
** Any thread may call, and none waits for another: who finds the part that it needs taken
** goes without. Nor does a call fail: what there is no memory for is not kept.
*/
#ifndef HELIOSDB_CLEAR_PAGES_H
#define HELIOSDB_CLEAR_PAGES_H

#include "cipher.h"

typedef struct hdb_clear_pages hdb_clear_pages;

/* What a page is known by. */
typedef struct hdb_sealed_page {
  int kind;                  /* of its file: HDB_MAIN_FILE or HDB_WAL_FILE */
  int64_t number;            /* of the page or frame */
  const unsigned char *seal; /* HDB_SEAL_BYTES */
} hdb_sealed_page;

/* Keeps up to so many bytes of pages; null if there is no memory, or it is too little for any. */
hdb_clear_pages *hdb_clear_pages_new(int64_t bytes);

/* Nobody calls any more. Null is allowed. */
void hdb_clear_pages_free(hdb_clear_pages *pages);

/* Whether there is a page of that place, under whatever seal: then this is worth reading. */
int hdb_clear_pages_has(hdb_clear_pages *pages, int kind, int64_t number);

/* Copies the page to `out` and returns 1 if it is there; else 0, and `out` is as it was. */
int hdb_clear_pages_find(hdb_clear_pages *pages, const hdb_sealed_page *page, unsigned char *out,
                         int bytes);

/*
** Keeps the page, whose seal has been found right, in place of what was there before. Where
** one of another place would have to give way it is kept the fourth time.
*/
void hdb_clear_pages_keep(hdb_clear_pages *pages, const hdb_sealed_page *page,
                          const unsigned char *content, int bytes);

#endif
