/*
** A file of an encrypted database: plain to who reads and writes it, encrypted in the
** platform's file beneath. See cipher_file.c for the formats.
**
** As with any file of SQLite's, one thread at a time uses a handle. Numbers are of bytes.
** Reads of what does not authenticate give HDB_FORGED; but where SQLite looks for the end
** of a log after a crash they give zeros, at which it ends.
*/
#ifndef HELIOSDB_CIPHER_FILE_H
#define HELIOSDB_CIPHER_FILE_H

#include "clear_pages.h"

enum { HDB_RESERVED_BYTES = 32 }; /* at the end of a page */

/*
** URI parameter of a database: how many bytes of clear pages the handles that have it share.
** The first that has it says how many.
*/
#define HDB_CLEAR_PAGES "heliosdb_clear_pages"

/* What the files of one encrypted database share; all but the epoch never changes. */
typedef struct hdb_encryption {
  hdb_cipher *cipher;
  hdb_key_source *source;
  hdb_cipher_header header;
  uint32_t epoch;  /* of what is written; atomic */
  uint32_t writes; /* in that epoch; atomic */
  hdb_clear_pages *clear_pages; /* for handles that ask for it; null until one has */
} hdb_encryption;

/* Has what is written from now on encrypted by another key of the database's. */
int hdb_cipher_new_epoch(hdb_encryption *encryption);

/* Memory that such a file takes. */
int hdb_cipher_file_bytes(sqlite3_vfs *platform);

/*
** Opens a file of that kind, HDB_MAIN_FILE and so on, through the platform's VFS. Without
** encryption it is only good for locks and hdb_cipher_file_raw until it is given one.
** `path` outlives the file. Sets pMethods only if the file is open.
*/
int hdb_cipher_file_open(sqlite3_vfs *platform, hdb_encryption *encryption, int kind,
                         const char *path, sqlite3_file *file, int flags, int *out_flags);

void hdb_cipher_file_encrypt(sqlite3_file *file, hdb_encryption *encryption);

/* The platform's file. */
sqlite3_file *hdb_cipher_file_raw(sqlite3_file *file);

/* The beginning of an encrypted journal: SQLITE_NOTADB if it is none. */
int hdb_journal_header_read(sqlite3_file *raw, hdb_cipher_header *out);

#endif
