/*
** A stand-in for the cipher that the JDK gives the engine: it hides and authenticates as
** that one does, with arithmetic that is good for tests and for nothing else.
*/
#ifndef STAND_IN_H
#define STAND_IN_H

#include "engine.h"

/* Registers a key. Keys of the same secret and kind are the same key. */
hdb_key *stand_in_key(uint64_t secret);
hdb_key *stand_in_passphrase(uint64_t secret, uint32_t iterations);

/* Keys and ciphers that have not been wiped. */
int stand_in_secrets(void);

/* Number of units that were sealed, or opened, so far. */
int64_t stand_in_seals(void);
int64_t stand_in_opens(void);

/* The n-th call from now on fails, the first being 1; 0 for none. Returns failures so far. */
int stand_in_fail(int n);

#endif
