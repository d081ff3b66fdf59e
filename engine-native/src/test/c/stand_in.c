/*
** A stand-in for the cipher.
*/
#include "stand_in.h"

#include <stdlib.h>
#include <string.h>

typedef struct source {
  hdb_key_source base;
  uint64_t secret;
  int kdf;
} source;

typedef struct cipher {
  hdb_cipher base;
  uint64_t secret;
} cipher;

static int secrets;
static int64_t seals;
static int64_t opens;
static uint64_t random_state = 88172645463325252u;
static int countdown;
static int failures;

static uint64_t mix(uint64_t value) {
  value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9u;
  value = (value ^ (value >> 27)) * 0x94d049bb133111ebu;
  return value ^ (value >> 31);
}

static uint64_t digest(uint64_t state, const unsigned char *p, int bytes) {
  for (int i = 0; i < bytes; i += 8) {
    uint64_t word = 0;
    memcpy(&word, p + i, bytes - i < 8 ? (size_t)(bytes - i) : 8);
    state = mix(state ^ word) + 0x9e3779b97f4a7c15u;
  }
  return mix(state ^ (uint64_t)bytes);
}

static int fails(void) {
  if (countdown == 0 || --countdown > 0) return 0;
  failures++;
  return 1;
}

int stand_in_fail(int n) {
  int before = failures;
  countdown = n;
  failures = 0;
  return before;
}

int stand_in_secrets(void) { return __atomic_load_n(&secrets, __ATOMIC_SEQ_CST); }

int64_t stand_in_seals(void) { return __atomic_load_n(&seals, __ATOMIC_SEQ_CST); }

int64_t stand_in_opens(void) { return __atomic_load_n(&opens, __ATOMIC_SEQ_CST); }

static uint64_t next_random(void) {
  return mix(__atomic_add_fetch(&random_state, 0x9e3779b97f4a7c15u, __ATOMIC_SEQ_CST));
}

static void hide(uint64_t key, const unsigned char *nonce, unsigned char *content, int bytes) {
  uint64_t state = digest(key, nonce, HDB_NONCE_BYTES);
  for (int i = 0; i < bytes; i++) {
    if (i % 8 == 0) state += 0x9e3779b97f4a7c15u;
    content[i] ^= (unsigned char)(mix(state) >> (i % 8 * 8));
  }
}

static void write_tag(uint64_t key, const unsigned char *unit, int bytes, unsigned char *out) {
  const unsigned char *nonce = unit + HDB_AAD_BYTES + bytes + HDB_TAG_BYTES;
  uint64_t tag = digest(digest(~key, nonce, HDB_NONCE_BYTES), unit, HDB_AAD_BYTES + bytes);
  uint64_t more = mix(tag ^ key);
  memcpy(out, &tag, 8);
  memcpy(out + 8, &more, 8);
}

static uint64_t key_of(const hdb_cipher *self, int kind, uint32_t epoch) {
  return mix(((const cipher *)self)->secret + (uint64_t)kind * 31 + ((uint64_t)epoch << 32));
}

static int seal(hdb_cipher *self, int kind, uint32_t epoch, unsigned char *unit, int bytes) {
  uint64_t key = key_of(self, kind, epoch);
  unsigned char *content = unit + HDB_AAD_BYTES;
  unsigned char *nonce = content + bytes + HDB_TAG_BYTES;
  uint64_t numbers[2] = {next_random(), next_random()};
  if (fails()) return SQLITE_IOERR;
  __atomic_add_fetch(&seals, 1, __ATOMIC_SEQ_CST);
  memcpy(nonce, numbers, HDB_NONCE_BYTES);
  hide(key, nonce, content, bytes);
  write_tag(key, unit, bytes, content + bytes);
  return SQLITE_OK;
}

static int unseal(hdb_cipher *self, int kind, uint32_t epoch, unsigned char *unit, int bytes,
                  unsigned char *out) {
  uint64_t key = key_of(self, kind, epoch);
  unsigned char *content = unit + HDB_AAD_BYTES;
  unsigned char tag[HDB_TAG_BYTES];
  if (fails()) return SQLITE_IOERR;
  __atomic_add_fetch(&opens, 1, __ATOMIC_SEQ_CST);
  write_tag(key, unit, bytes, tag);
  if (memcmp(tag, content + bytes, sizeof tag) != 0) return HDB_FORGED;
  hide(key, content + bytes + HDB_TAG_BYTES, content, bytes);
  memmove(out, content, (size_t)bytes);
  return SQLITE_OK;
}

static void wipe(hdb_cipher *self) {
  __atomic_sub_fetch(&secrets, 1, __ATOMIC_SEQ_CST);
  free(self);
}

static const hdb_cipher_methods methods = {seal, unseal, wipe};

static int fill(hdb_key_source *self, unsigned char *out, int bytes) {
  (void)self;
  if (fails()) return SQLITE_IOERR;
  for (int i = 0; i < bytes; i++) out[i] = (unsigned char)next_random();
  return SQLITE_OK;
}

static int derive(hdb_key_source *self, int kdf, uint32_t iterations, const unsigned char *salt,
                  unsigned char *check, hdb_cipher **out) {
  source *it = (source *)self;
  if (fails()) return SQLITE_IOERR;
  if (kdf != it->kdf) return HDB_WRONG_KEY;
  cipher *made = malloc(sizeof *made);
  made->base.methods = &methods;
  made->secret = digest(it->secret + iterations, salt, HDB_SALT_BYTES);
  uint64_t value = mix(made->secret + 1);
  memcpy(check, &value, HDB_CHECK_BYTES);
  __atomic_add_fetch(&secrets, 1, __ATOMIC_SEQ_CST);
  *out = &made->base;
  return SQLITE_OK;
}

static void wipe_key(hdb_key_source *self) {
  __atomic_sub_fetch(&secrets, 1, __ATOMIC_SEQ_CST);
  free(self);
}

static const hdb_key_source_methods source_methods = {fill, derive, wipe_key};

static hdb_key *make(uint64_t secret, int kdf, uint32_t iterations) {
  hdb_key *key;
  source *it = malloc(sizeof *it);
  *it = (source){{&source_methods}, secret, kdf};
  __atomic_add_fetch(&secrets, 1, __ATOMIC_SEQ_CST);
  if (hdb_vfs_register_key(&it->base, kdf, iterations, &key) != SQLITE_OK) abort();
  return key;
}

hdb_key *stand_in_key(uint64_t secret) { return make(secret, HDB_KDF_NONE, 0); }

hdb_key *stand_in_passphrase(uint64_t secret, uint32_t iterations) {
  return make(secret, HDB_KDF_PBKDF2, iterations);
}
