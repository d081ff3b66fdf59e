/*
** Bytes outside of the Java heap.
*/
#include "bytes.h"

#include "../sqlite_abi.h"

hdb_bytes *hdb_bytes_resize(hdb_bytes *bytes, int64_t capacity) {
  hdb_bytes *resized = sqlite.realloc64(bytes, sizeof *bytes + (uint64_t)capacity);
  if (!resized) return 0;
  if (!bytes) {
    resized->length = 0;
    resized->holders = 1;
    resized->unused = 0;
  }
  if (resized->length > capacity) resized->length = capacity;
  resized->capacity = capacity;
  return resized;
}

void hdb_bytes_hold(hdb_bytes *bytes) {
  __atomic_add_fetch(&bytes->holders, 1, __ATOMIC_RELAXED);
}

void hdb_bytes_release(hdb_bytes *bytes) {
  if (bytes && __atomic_sub_fetch(&bytes->holders, 1, __ATOMIC_ACQ_REL) == 0) sqlite.free(bytes);
}
