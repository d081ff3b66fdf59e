/*
** Bytes outside of the Java heap: long values on their way to a parameter, and what
** Blobs and Clobs hold. They are shared by counting: whoever made them holds them, and
** so does an execution that they are bound to.
*/
#ifndef HELIOSDB_BYTES_H
#define HELIOSDB_BYTES_H

#include <stdint.h>

typedef struct hdb_bytes {
  int64_t length;
  int64_t capacity;
  uint32_t holders; /* atomic */
  uint32_t unused;
  unsigned char data[];
} hdb_bytes;

/*
** Makes room for `capacity` bytes at least; what is beyond the room goes. `bytes` may be
** null, and nobody else may hold them. Returns null when out of memory, with `bytes` as
** they were.
*/
hdb_bytes *hdb_bytes_resize(hdb_bytes *bytes, int64_t capacity);

void hdb_bytes_hold(hdb_bytes *bytes);

/* Null is allowed. Any thread. */
void hdb_bytes_release(hdb_bytes *bytes);

#endif
