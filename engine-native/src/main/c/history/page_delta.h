/*
** Differences between two pages of the same size, as history stores them: what turns a
** newer version of a page into an older one.
**
** A difference is a sequence of instructions, each a variable-length integer
** `length * 4 + kind` and what the kind needs:
**
**   0 keep     the next bytes are those of the base at the same place
**   1 literal  the bytes follow
**   2 base     they are those of the base at an offset, which follows
**   3 page     they are those of the page itself, at a distance back, which follows; it
**              may be shorter than the length, then they repeat
**
** The instructions fill the page from its beginning; what they leave is kept. It is the
** delta encoding of RFC 3284 (VCDIFF), reduced to what pages need. An integer has seven
** bits a byte, the lowest first, with the high bit set in all but the last.
*/
#ifndef HELIOSDB_PAGE_DELTA_H
#define HELIOSDB_PAGE_DELTA_H

#include <stddef.h>
#include <stdint.h>

enum { HDB_DELTA_HASH_BITS = 12, HDB_MAX_VARINT = 10 };

/* Working memory of the encoder; needs no initialisation. */
typedef struct hdb_delta_encoder {
  uint16_t base_places[1 << HDB_DELTA_HASH_BITS]; /* place + 1 of a sequence's last start */
  uint16_t page_places[1 << HDB_DELTA_HASH_BITS];
} hdb_delta_encoder;

/* Most bytes that a difference of pages of that size takes. */
size_t hdb_delta_bound(size_t page_size);

/*
** Writes what turns `base` into `page`: nothing if they are equal. Returns the number of
** bytes, at most hdb_delta_bound(page_size).
*/
size_t hdb_delta_encode(hdb_delta_encoder *encoder, const unsigned char *page,
                        const unsigned char *base, size_t page_size, unsigned char *out);

/*
** Makes `page` from `base`, which must not overlap. Returns 0 if the difference is not
** valid, and then leaves rubbish in `page`.
*/
int hdb_delta_apply(const unsigned char *delta, size_t bytes, const unsigned char *base,
                    unsigned char *page, size_t page_size);

/* Writes an integer to `out`, which has HDB_MAX_VARINT bytes; returns how many it took. */
size_t hdb_put_varint(unsigned char *out, uint64_t value);

/* Reads an integer before `end`; returns the place behind it, null if it is not valid. */
const unsigned char *hdb_get_varint(const unsigned char *in, const unsigned char *end,
                                    uint64_t *value);

/*
** A hash of bytes, of a page mostly: tells damage, not an attacker. A checksum is its
** lower half.
*/
uint64_t hdb_page_hash(const unsigned char *page, size_t bytes);
uint32_t hdb_page_checksum(const unsigned char *page, size_t bytes);

/*
** What a page adds to the hash of a database, which is the sum over its pages: when one
** changes, the hash is brought up to date without the others.
*/
uint64_t hdb_hash_in_place(const unsigned char *page, size_t page_size, uint32_t number);

#endif
