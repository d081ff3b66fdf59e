/*
** Keys of encrypted databases, and the ciphers that they give.
**
** The engine has no cipher of its own. A key is registered by one who has (the JDK, by
** way of jni/java_cipher.c; the tests), and is then the VFS of all files that are to be
** encrypted by it: its name is all that a connection is opened with, so that no key is
** ever in a URI or in SQL. Whatever a connection of that VFS attaches, or writes by VACUUM
** INTO, goes through that VFS too, and is encrypted.
*/
#ifndef HELIOSDB_CIPHER_H
#define HELIOSDB_CIPHER_H

#include "../sqlite_abi.h"

/* Codes of our own, of SQLITE_NOTADB's kind; no file has been changed. */
enum {
  HDB_WRONG_KEY = SQLITE_NOTADB | 126 << 8,     /* encrypted, by another key */
  HDB_KEY_MISSING = SQLITE_NOTADB | 125 << 8,   /* encrypted, and opened without a key */
  HDB_NOT_ENCRYPTED = SQLITE_NOTADB | 124 << 8, /* opened with a key */
  HDB_UNKNOWN_CIPHER = SQLITE_NOTADB | 123 << 8 /* encrypted in a way of a later version */
};

/* What a cipher's `open` says of a unit that is not what `seal` made. */
enum { HDB_FORGED = SQLITE_IOERR_DATA };

/* How a database's keys come from what the user gives: stored in its header. */
enum { HDB_KDF_NONE = 0, HDB_KDF_PBKDF2 = 1 };

/* Kinds of files, each with a key of its own. */
enum { HDB_MAIN_FILE = 1, HDB_WAL_FILE = 2, HDB_JOURNAL_FILE = 3, HDB_TIMES_FILE = 4 };

enum {
  HDB_SALT_BYTES = 16,
  HDB_CHECK_BYTES = 8,
  HDB_AAD_BYTES = 64,    /* before the content of a unit: authenticated, and not stored */
  HDB_TAG_BYTES = 16,    /* behind it, then the nonce */
  HDB_NONCE_BYTES = 12,
  HDB_SEAL_BYTES = HDB_TAG_BYTES + HDB_NONCE_BYTES
};

/*
** The ciphers of one database. Any thread may call, many at a time. A unit is
** HDB_AAD_BYTES, then `bytes` of content, then HDB_SEAL_BYTES.
**
** seal: encrypts the content in place with the key of that kind and epoch under a nonce
** that is never used again, and puts tag and nonce behind it. open: the reverse;
** HDB_FORGED if the unit does not authenticate, and then its content is not to be used.
** Both return other codes, SQLITE_IOERR or SQLITE_NOMEM, if they could not do their work.
** close: wipes the keys.
*/
typedef struct hdb_cipher hdb_cipher;
typedef struct hdb_cipher_methods {
  int (*seal)(hdb_cipher *, int kind, uint32_t epoch, unsigned char *unit, int bytes);
  int (*open)(hdb_cipher *, int kind, uint32_t epoch, unsigned char *unit, int bytes);
  void (*close)(hdb_cipher *);
} hdb_cipher_methods;

/* What is behind a key. */
typedef struct hdb_key_source hdb_key_source;
typedef struct hdb_key_source_methods {
  /* Fills with random bytes that are fit for keys. */
  int (*random)(hdb_key_source *, unsigned char *out, int bytes);
  /*
  ** The ciphers of the database with that salt, and the value by which its header tells
  ** this key from others. `kdf` and `iterations` as hdb_key has them or the database's
  ** header; HDB_WRONG_KEY if a key of this kind cannot be meant.
  */
  int (*derive)(hdb_key_source *, int kdf, uint32_t iterations, const unsigned char *salt,
                unsigned char *check, hdb_cipher **out);
  /* Wipes the key: neither it nor a database that it opened is used any more. */
  void (*close)(hdb_key_source *);
} hdb_key_source_methods;

struct hdb_cipher {
  const hdb_cipher_methods *methods;
};

struct hdb_key_source {
  const hdb_key_source_methods *methods;
};

/*
** A registered key. One is held by its registration and by every database that is open
** with it; the last to give it up closes the source.
*/
typedef struct hdb_key {
  hdb_key_source *source;
  int kdf; /* for new databases */
  uint32_t iterations;
  const char *vfs_name;
  int holders; /* under the registry's mutex */
} hdb_key;

/*
** What the readable part of a database's first page, and the beginning of its journal,
** say of its encryption: 16 bytes, and 20 more.
*/
typedef struct hdb_cipher_header {
  int kdf;
  uint32_t iterations; /* a multiple of 1000 */
  unsigned char check[HDB_CHECK_BYTES];
  unsigned char salt[HDB_SALT_BYTES];
} hdb_cipher_header;

enum { HDB_MARK_BYTES = 16, HDB_SALT_PLACE = 72, HDB_SALT_FIELD_BYTES = 20 };

/* Writes the two parts. */
void hdb_cipher_header_write(const hdb_cipher_header *header, unsigned char *mark,
                             unsigned char *salt_field);

/*
** Reads them. SQLITE_NOTADB: there is no mark of ours; HDB_UNKNOWN_CIPHER: there is, of a
** version that this engine does not know.
*/
int hdb_cipher_header_read(hdb_cipher_header *out, const unsigned char *mark,
                           const unsigned char *salt_field);

#endif
