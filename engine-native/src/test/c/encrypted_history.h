/*
** Tests of the history that are repeated on encrypted databases.
*/
#ifndef ENCRYPTED_HISTORY_H
#define ENCRYPTED_HISTORY_H

#include "history_support.h"
#include "stand_in.h"

static inline void with_encryption(void (*test)(void)) {
  hdb_key *key = stand_in_key(17);
  history_encrypt(key);
  test();
  history_encrypt(0);
  hdb_vfs_release_key(key);
}

#endif
