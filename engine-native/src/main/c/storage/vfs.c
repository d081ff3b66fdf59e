/*
** The "heliosdb" VFS: database files that belong to one process.
**
** It lies over the platform's own VFS and passes everything through but this:
**
**   - The first handle of a database file takes an exclusive lock on the file
**     through the platform's VFS, kept until the last handle is closed, so that
**     every other SQLite process finds the file locked. A file that can only be
**     read is locked shared: others may read it too.
**   - The locks between the handles of this process, and the WAL index, are in
**     memory (locks.h).
**   - A database with history tells it of every commit and checkpoint (tracking.h). The
**     URI parameter heliosdb_history=on asks for one, heliosdb_retention (milliseconds)
**     and heliosdb_max_size (bytes) bound it; heliosdb_as_of=<scn> opens the database as
**     it was at that point (snapshot.h).
**   - With heliosdb_checksums=on the last 8 bytes of each page of the file, which the
**     database then has to reserve, are a hash of it. The histories have that: SQLite would
**     not notice a damaged key, and a version that is not found is taken for unchanged. What
**     is encrypted is authenticated, so that it does without.
**
** Journals and temporary files are files of the platform's VFS, and so is a WAL, but that
** one with history is watched.
**
** A key (cipher.h) is a VFS of its own with the same methods: beneath them, each file that
** belongs to a database is one that encrypts (cipher_file.h), and no other file is opened.
** So that no temporary file is asked for, its connections keep temporary data in memory.
** In a transaction over several databases with rollback journals SQLite would want one,
** which names them: that is refused; with WALs it does not.
**
** A database file is never opened or closed except through the platform's VFS:
** POSIX drops a process's locks on a file whenever any descriptor of it is closed.
*/
#include "vfs.h"

#include <string.h>

#include "../history/page_delta.h"
#include "../history/snapshot.h"
#include "../history/tracking.h"
#include "database.h"

/* Guards this list and the counts in it. Recursive: a history is a database as well, which
** is closed while the one it belongs to is. */
static sqlite3_mutex *registry;

static hdb_database *open_databases;

static sqlite3_vfs heliosdb_vfs;

/* A WAL of a database with history. */
typedef struct wal_file {
  sqlite3_file file;
  hdb_history *history;
  sqlite3_file *real;
} wal_file;

/* A key's VFS. Its memory is kept for the next one: a connection may have it after its last
** file is closed. */
typedef struct key_vfs {
  sqlite3_vfs vfs;
  hdb_key key;
  char name[32];
  struct key_vfs *next;
} key_vfs;

static key_vfs *key_vfses; /* under the registry's mutex */

/* The key of a VFS; null for the one without. */
static hdb_key *key_of(sqlite3_vfs *vfs) {
  return vfs == &heliosdb_vfs ? 0 : &((key_vfs *)(void *)vfs)->key;
}

sqlite3_vfs *hdb_platform(void) { return (sqlite3_vfs *)heliosdb_vfs.pAppData; }

static sqlite3_file *real_file(sqlite3_file *file) { return ((hdb_database_file *)file)->real; }

static int aligned(int bytes) { return (bytes + 7) & ~7; }

char *hdb_make_path(const char *path, const char *suffix, void **block) {
  enum { NAME_START = 4, NAME_END = 3 };
  size_t path_bytes = strlen(path);
  size_t suffix_bytes = strlen(suffix);
  size_t bytes = NAME_START + path_bytes + suffix_bytes + 1 + NAME_END;
  char *name;
  *block = sqlite.malloc64(bytes);
  if (!*block) return 0;
  memset(*block, 0, bytes);
  name = (char *)*block + NAME_START;
  memcpy(name, path, path_bytes);
  memcpy(name + path_bytes, suffix, suffix_bytes);
  return name;
}

/* Opens a file as one of the database's, in memory of file_bytes(). */
static int open_under(hdb_database *database, int kind, const char *path, sqlite3_file *file,
                      int flags, int *out_flags) {
  return database->key ? hdb_cipher_file_open(hdb_platform(), &database->encryption, kind, path,
                                              file, flags, out_flags)
                       : hdb_platform()->xOpen(hdb_platform(), path, file, flags, out_flags);
}

static int file_bytes(void) { return hdb_cipher_file_bytes(hdb_platform()); }

sqlite3_file *hdb_open_file(hdb_database *database, int kind, const char *path, int flags,
                            int *rc) {
  sqlite3_file *file = sqlite.malloc64((uint64_t)file_bytes());
  if (!file) {
    *rc = SQLITE_NOMEM;
    return 0;
  }
  memset(file, 0, (size_t)file_bytes());
  *rc = open_under(database, kind, path, file, flags, 0);
  if (*rc != SQLITE_OK) {
    hdb_close_file(file);
    file = 0;
  }
  return file;
}

const char *hdb_vfs_of(const hdb_database *database) {
  return database->key ? database->key->vfs_name : HDB_VFS_NAME;
}

void hdb_close_file(sqlite3_file *file) {
  if (!file) return;
  if (file->pMethods) file->pMethods->xClose(file);
  sqlite.free(file);
}

/*
** Opens the owner and locks the file. A connection for reading only owns the file as
** any other does: the owner is opened for writing, which the platform turns into
** reading where the file does not allow it. pMethods stays null where the open failed
** before there was anything to close.
*/
static int own_file(hdb_database *database, int flags) {
  sqlite3_file *owner = database->owner;
  if (flags & SQLITE_OPEN_READONLY) flags = (flags & ~SQLITE_OPEN_READONLY) | SQLITE_OPEN_READWRITE;
  int rc = open_under(database, HDB_MAIN_FILE, database->path, owner, flags, &database->owner_flags);
  if (rc == SQLITE_OK) rc = owner->pMethods->xLock(owner, SQLITE_LOCK_SHARED);
  if (rc == SQLITE_OK && !(database->owner_flags & SQLITE_OPEN_READONLY)) {
    rc = owner->pMethods->xLock(owner, SQLITE_LOCK_EXCLUSIVE);
  }
  return rc;
}

/* Closing gives up the lock. */
static void disown_file(hdb_database *database) {
  sqlite3_file *owner = database->owner;
  if (owner->pMethods) {
    owner->pMethods->xUnlock(owner, SQLITE_LOCK_NONE);
    owner->pMethods->xClose(owner);
  }
}

/* Whether the file was deleted or renamed: what the path names now is another database. */
static int has_moved(hdb_database *database) {
  sqlite3_file *owner = database->owner;
  int moved = 0;
  owner->pMethods->xFileControl(owner, SQLITE_FCNTL_HAS_MOVED, &moved);
  return moved;
}

static void close_cipher(hdb_database *database) {
  hdb_cipher *cipher = database->encryption.cipher;
  if (cipher) cipher->methods->close(cipher);
  database->encryption.cipher = 0;
  hdb_clear_pages_free(database->encryption.clear_pages);
  database->encryption.clear_pages = 0;
}

/* The header of a hot journal: of a database whose first page was never written. */
static int read_journal_header(hdb_database *database, hdb_cipher_header *out) {
  void *block;
  int exists = 0;
  int bytes = hdb_platform()->szOsFile;
  char *path = hdb_make_path(database->path, "-journal", &block);
  sqlite3_file *journal = sqlite.malloc64((uint64_t)bytes);
  int rc = path && journal ? SQLITE_OK : SQLITE_NOMEM;
  if (rc == SQLITE_OK) rc = hdb_platform()->xAccess(hdb_platform(), path, 0, &exists);
  if (rc == SQLITE_OK && !exists) rc = SQLITE_NOTADB;
  if (rc == SQLITE_OK) {
    memset(journal, 0, (size_t)bytes);
    rc = hdb_platform()->xOpen(hdb_platform(), path, journal,
                               SQLITE_OPEN_READONLY | SQLITE_OPEN_MAIN_JOURNAL, 0);
    if (rc == SQLITE_OK) rc = hdb_journal_header_read(journal, out);
    if (journal->pMethods) journal->pMethods->xClose(journal);
  }
  sqlite.free(journal);
  sqlite.free(block);
  return rc;
}

/* What a database file begins with; all zeros where it does not exist yet. */
enum { BEGINNING_BYTES = HDB_SALT_PLACE + HDB_SALT_FIELD_BYTES };

static int is_sqlite(const unsigned char *beginning) {
  return memcmp(beginning, "SQLite format 3", HDB_MARK_BYTES) == 0;
}

/* Derives the ciphers of the database, which is new or has a header that the key fits. */
static int begin_encryption(hdb_database *database) {
  hdb_key *key = database->key;
  hdb_encryption *encryption = &database->encryption;
  hdb_cipher_header *header = &encryption->header;
  unsigned char beginning[BEGINNING_BYTES];
  unsigned char check[HDB_CHECK_BYTES];
  sqlite3_file *raw = hdb_cipher_file_raw(database->owner);
  int64_t size;
  int rc = raw->pMethods->xFileSize(raw, &size);
  if (rc == SQLITE_OK) rc = raw->pMethods->xRead(raw, beginning, sizeof beginning, 0);
  if (rc == SQLITE_OK || rc == SQLITE_IOERR_SHORT_READ) {
    rc = hdb_cipher_header_read(header, beginning, beginning + HDB_SALT_PLACE);
    if (rc == SQLITE_NOTADB) {
      int journal_rc = read_journal_header(database, header);
      if (journal_rc != SQLITE_NOTADB) {
        rc = journal_rc;
      } else if (is_sqlite(beginning)) {
        rc = HDB_NOT_ENCRYPTED;
      }
    }
  }
  int is_new = rc == SQLITE_NOTADB && size == 0;
  if (is_new) {
    header->kdf = key->kdf;
    header->iterations = key->iterations;
    rc = key->source->methods->random(key->source, header->salt, HDB_SALT_BYTES);
  }
  encryption->source = key->source;
  if (rc == SQLITE_OK) rc = hdb_cipher_new_epoch(encryption);
  if (rc == SQLITE_OK) {
    rc = key->source->methods->derive(key->source, header->kdf, header->iterations, header->salt,
                                      check, &encryption->cipher);
  }
  if (rc == SQLITE_OK && is_new) memcpy(header->check, check, sizeof check);
  if (rc == SQLITE_OK && memcmp(header->check, check, sizeof check) != 0) rc = HDB_WRONG_KEY;
  if (rc != SQLITE_OK) close_cipher(database);
  return rc;
}

/* Without a key an encrypted file is not even taken for a database that is damaged. */
static int refuse_encrypted(hdb_database *database) {
  sqlite3_file *owner = database->owner;
  unsigned char beginning[BEGINNING_BYTES];
  hdb_cipher_header header;
  int rc = owner->pMethods->xRead(owner, beginning, sizeof beginning, 0);
  if (rc == SQLITE_IOERR_SHORT_READ) return SQLITE_OK;
  if (rc != SQLITE_OK) return rc;
  rc = hdb_cipher_header_read(&header, beginning, beginning + HDB_SALT_PLACE);
  return rc == SQLITE_NOTADB ? SQLITE_OK : HDB_KEY_MISSING;
}

static int64_t uri_number(const char *path, const char *parameter) {
  return sqlite.uri_int64(path, parameter, 0);
}

/*
** Gives the database the history that a handle asks for. SQLITE_BUSY if there are handles
** without it, whose commits it would miss.
*/
static int add_history(hdb_database *database, const char *path, int flags) {
  if (database->history || (flags & SQLITE_OPEN_READONLY) ||
      (database->owner_flags & SQLITE_OPEN_READONLY) ||
      !sqlite.uri_boolean(path, "heliosdb_history", 0)) {
    return SQLITE_OK;
  }
  if (database->handle_count > 0) return SQLITE_BUSY;
  hdb_history_settings settings = {uri_number(path, "heliosdb_retention") * 1000,
                                   uri_number(path, "heliosdb_max_size"),
                                   uri_number(path, "heliosdb_max_wal")};
  database->history = hdb_history_new(database, settings);
  return database->history ? SQLITE_OK : SQLITE_NOMEM;
}

/* Pages are only kept for speed: without the memory for it they are not. */
static void add_clear_pages(hdb_database *database, const char *path) {
  hdb_encryption *encryption = &database->encryption;
  if (!database->key || encryption->clear_pages) return;
  encryption->clear_pages = hdb_clear_pages_new(uri_number(path, HDB_CLEAR_PAGES));
}

static hdb_database *find_database(const char *path) {
  hdb_database *database = open_databases;
  while (database && (strcmp(database->path, path) != 0 || has_moved(database))) {
    database = database->next;
  }
  return database;
}

/*
** Finds the database of that path or makes it the process's own. The platform keeps the
** name that it opens a file by, so the owner has a copy of its own. The caller holds the
** registry's mutex.
*/
static int acquire_database(const char *path, hdb_key *key, int flags, hdb_database **out) {
  int owner_bytes = aligned(file_bytes());
  size_t bytes = (size_t)aligned((int)sizeof(hdb_database)) + (size_t)owner_bytes;
  hdb_database *database = find_database(path);
  int rc;

  if (database) {
    rc = database->key == key ? add_history(database, path, flags) : SQLITE_BUSY;
    if (rc == SQLITE_OK) {
      add_clear_pages(database, path);
      database->handle_count++;
      *out = database;
    }
    return rc;
  }
  database = sqlite.malloc64(bytes);
  if (!database) return SQLITE_NOMEM;
  memset(database, 0, bytes);
  database->owner = (sqlite3_file *)(void *)((unsigned char *)database +
                                             aligned((int)sizeof *database));
  database->path = hdb_make_path(path, "", &database->path_block);
  database->key = key;
  rc = database->path ? hdb_locks_init(&database->locks) : SQLITE_NOMEM;
  if (rc == SQLITE_OK) {
    rc = own_file(database, flags);
    if (rc == SQLITE_OK) rc = key ? begin_encryption(database) : refuse_encrypted(database);
    if (rc == SQLITE_OK && key) hdb_cipher_file_encrypt(database->owner, &database->encryption);
    if (rc == SQLITE_OK) rc = add_history(database, path, flags);
    if (rc != SQLITE_OK) {
      close_cipher(database);
      disown_file(database);
      hdb_locks_destroy(&database->locks);
    }
  }
  if (rc != SQLITE_OK) {
    sqlite.free(database->path_block);
    sqlite.free(database);
    return rc;
  }
  add_clear_pages(database, path);
  if (key) key->holders++;
  database->handle_count = 1;
  database->next = open_databases;
  open_databases = database;
  *out = database;
  return SQLITE_OK;
}

/* The caller holds the registry's mutex. */
static void release_key(hdb_key *key) {
  if (--key->holders > 0) return;
  key->source->methods->close(key->source);
  key->source = 0;
  sqlite.vfs_unregister(sqlite.vfs_find(key->vfs_name));
}

/* The caller holds the registry's mutex. */
static void release_database(hdb_database *database) {
  if (--database->handle_count > 0) return;
  hdb_database **link = &open_databases;
  while (*link != database) link = &(*link)->next;
  *link = database->next;
  hdb_history_free(database->history);
  disown_file(database);
  close_cipher(database);
  if (database->key) release_key(database->key);
  hdb_locks_destroy(&database->locks);
  sqlite.free(database->path_block);
  sqlite.free(database);
}

void hdb_release_database(hdb_database *database) {
  sqlite.mutex_enter(registry);
  release_database(database);
  sqlite.mutex_leave(registry);
}

static int file_close(sqlite3_file *file) {
  hdb_database_file *self = (hdb_database_file *)file;
  int rc;

  hdb_locks_leave(&self->handle);
  sqlite.mutex_enter(registry);
  rc = self->real->pMethods->xClose(self->real);
  release_database(self->database);
  sqlite.mutex_leave(registry);
  return rc;
}

/* Learns from the head of the file how large its pages are. */
static void learn_page_size(hdb_database_file *self, const unsigned char *bytes, int amount,
                            int64_t offset) {
  enum { AT_PAGE_SIZE = 16 };
  if (offset != 0 || amount < AT_PAGE_SIZE + 2) return;
  int page_size = bytes[AT_PAGE_SIZE] << 8 | bytes[AT_PAGE_SIZE + 1];
  self->page_size = page_size == 1 ? 65536 : page_size;
}

/* Whether these are the bytes of one page: SQLite also reads parts of overflow pages. */
static int is_page(const hdb_database_file *self, int amount, int64_t offset) {
  return amount == self->page_size && offset % amount == 0;
}

static uint64_t checksum_of(const unsigned char *page, int bytes, int64_t offset) {
  return hdb_hash_in_place(page, (size_t)bytes - HDB_CHECKSUM_BYTES, (uint32_t)(offset / bytes));
}

static int is_all_zero(const unsigned char *bytes, int amount) {
  for (int i = 0; i < amount; i++) {
    if (bytes[i]) return 0;
  }
  return 1;
}

/*
** SQLite takes a page behind the end of the file for zeros, as it may be one that was freed
** before it was ever written. But what page 1 of the file counts has been written, or filled
** in: with a key, which vouches for page 1, it is missing.
*/
static int is_cut_short(const hdb_database_file *self, int64_t offset) {
  enum { HEADER_BYTES = 100, AT_PAGE_SIZE = 16, AT_PAGES = 28 };
  unsigned char head[HEADER_BYTES];
  if (!self->database->key || !self->handle.uses_index || offset == 0) return 0;
  if (self->real->pMethods->xRead(self->real, head, HEADER_BYTES, 0) != SQLITE_OK) return 1;
  int64_t page_size = head[AT_PAGE_SIZE] << 8 | head[AT_PAGE_SIZE + 1];
  int64_t pages = (int64_t)head[AT_PAGES] << 24 | head[AT_PAGES + 1] << 16 |
                  head[AT_PAGES + 2] << 8 | head[AT_PAGES + 3];
  return offset < pages * (page_size == 1 ? 65536 : page_size);
}

/* A page that the file ends in has a tail of zeros; one behind its end is all zeros. */
static int file_read(sqlite3_file *file, void *out, int amount, int64_t offset) {
  hdb_database_file *self = (hdb_database_file *)file;
  int rc = self->real->pMethods->xRead(self->real, out, amount, offset);
  if (rc == SQLITE_IOERR_SHORT_READ && is_cut_short(self, offset)) return HDB_FORGED;
  if (!self->has_checksums || (rc != SQLITE_OK && rc != SQLITE_IOERR_SHORT_READ)) return rc;
  learn_page_size(self, out, amount, offset);
  if (is_page(self, amount, offset) && !(rc != SQLITE_OK && is_all_zero(out, amount))) {
    uint64_t stored;
    memcpy(&stored, (unsigned char *)out + amount - HDB_CHECKSUM_BYTES, sizeof stored);
    if (stored != checksum_of(out, amount, offset)) rc = SQLITE_CORRUPT;
  }
  return rc;
}

static int write_with_checksum(sqlite3_file *real, const void *data, int amount, int64_t offset) {
  unsigned char *page = sqlite.malloc64((uint64_t)amount);
  uint64_t checksum = checksum_of(data, amount, offset);
  if (!page) return SQLITE_NOMEM;
  memcpy(page, data, (size_t)amount);
  memcpy(page + amount - HDB_CHECKSUM_BYTES, &checksum, sizeof checksum);
  int rc = real->pMethods->xWrite(real, page, amount, offset);
  sqlite.free(page);
  return rc;
}

/*
** In WAL mode nothing but a checkpoint writes to the file. No page that the history may
** need is overwritten unless it has been captured.
*/
static int is_protected(const hdb_database_file *self) {
  return self->database->history && !self->captured && hdb_history_is_started(self->database->history);
}

static int file_write(sqlite3_file *file, const void *data, int amount, int64_t offset) {
  sqlite3_file *real = real_file(file);
  hdb_database_file *self = (hdb_database_file *)file;
  if (is_protected(self)) return SQLITE_IOERR_WRITE;
  if (self->has_checksums) {
    learn_page_size(self, data, amount, offset);
    if (is_page(self, amount, offset)) return write_with_checksum(real, data, amount, offset);
  }
  return real->pMethods->xWrite(real, data, amount, offset);
}

static int file_truncate(sqlite3_file *file, int64_t size) {
  sqlite3_file *real = real_file(file);
  hdb_database_file *self = (hdb_database_file *)file;
  if (is_protected(self)) return SQLITE_IOERR_TRUNCATE;
  return real->pMethods->xTruncate(real, size);
}

static int file_sync(sqlite3_file *file, int flags) {
  sqlite3_file *real = real_file(file);
  return real->pMethods->xSync(real, flags);
}

/* SQLite ignores what CKPT_START returns; an error here, which follows it, ends the checkpoint. */
static int file_size(sqlite3_file *file, int64_t *size) {
  sqlite3_file *real = real_file(file);
  hdb_database_file *self = (hdb_database_file *)file;
  int rc = self->checkpoint_rc;
  self->checkpoint_rc = SQLITE_OK;
  return rc == SQLITE_OK ? real->pMethods->xFileSize(real, size) : rc;
}

static int is_word(const char *text, const char *word) {
  return text && sqlite.stricmp(text, word) == 0;
}

/*
** History holds while the database stays in WAL mode, with a WAL index that it can see:
** asked for something else, the answer is what stays, as SQLite itself answers where it
** cannot change the mode.
*/
static int refuse_pragma(char **arguments) {
  const char *staying = 0;
  if (arguments[2] && is_word(arguments[1], "journal_mode") && !is_word(arguments[2], "wal")) {
    staying = "wal";
  } else if (is_word(arguments[1], "locking_mode") && is_word(arguments[2], "exclusive")) {
    staying = "normal";
  }
  if (!staying) return SQLITE_NOTFOUND;
  arguments[0] = sqlite.mprintf("%s", staying);
  return arguments[0] ? SQLITE_OK : SQLITE_NOMEM;
}

/* What is temporary stays in memory, as it would not be encrypted elsewhere. */
static int refuse_files(char **arguments) {
  if (!arguments[2] || !is_word(arguments[1], "temp_store") || is_word(arguments[2], "memory") ||
      is_word(arguments[2], "2")) {
    return SQLITE_NOTFOUND;
  }
  arguments[0] = sqlite.mprintf("2");
  return arguments[0] ? SQLITE_OK : SQLITE_NOMEM;
}

static int file_control(sqlite3_file *file, int op, void *argument) {
  sqlite3_file *real = real_file(file);
  hdb_database_file *self = (hdb_database_file *)file;
  hdb_history *history = self->database->history;
  switch (op) {
    case SQLITE_FCNTL_MMAP_SIZE:
      /* No mapped memory, which the platform would use for reads even so: SQLite, that sees
      ** version 2 of the methods, would not tell it to let go of what another handle cuts off. */
      *(int64_t *)argument = 0;
      return SQLITE_OK;
    case SQLITE_FCNTL_PRAGMA:
      if (self->database->key) {
        int rc = refuse_files((char **)argument);
        if (rc != SQLITE_NOTFOUND) return rc;
      }
      if (history && hdb_history_is_started(history)) {
        int rc = refuse_pragma((char **)argument);
        if (rc != SQLITE_NOTFOUND) return rc;
      }
      break;
    case SQLITE_FCNTL_CKPT_START:
      if (history) {
        self->checkpoint_rc = hdb_history_capture(history);
        self->captured = self->checkpoint_rc == SQLITE_OK;
      }
      break;
    case HDB_FCNTL_DATABASE:
      *(hdb_database **)argument = self->database;
      return SQLITE_OK;
    default:
      break;
  }
  return real->pMethods->xFileControl(real, op, argument);
}

static int file_sector_size(sqlite3_file *file) {
  sqlite3_file *real = real_file(file);
  return real->pMethods->xSectorSize(real);
}

/* Without SQLITE_IOCAP_POWERSAFE_OVERWRITE, SQLite would repeat the last frame of a commit. */
static int file_device_characteristics(sqlite3_file *file) {
  sqlite3_file *real = real_file(file);
  hdb_database_file *self = (hdb_database_file *)file;
  return real->pMethods->xDeviceCharacteristics(real) |
         (self->database->history ? SQLITE_IOCAP_POWERSAFE_OVERWRITE : 0);
}

static int file_shm_lock(sqlite3_file *file, int offset, int count, int flags) {
  hdb_history *history = ((hdb_database_file *)file)->database->history;
  int writer = history && offset == 0 && (flags & SQLITE_SHM_EXCLUSIVE);
  if (writer && (flags & SQLITE_SHM_UNLOCK)) hdb_history_write_ends(history);
  int rc = hdb_shm_lock(file, offset, count, flags);
  if (writer && rc == SQLITE_OK && !(flags & SQLITE_SHM_UNLOCK)) hdb_history_write_begins(history);
  return rc;
}

static const sqlite3_io_methods database_methods = {
    2,
    file_close,
    file_read,
    file_write,
    file_truncate,
    file_sync,
    file_size,
    hdb_lock,
    hdb_unlock,
    hdb_check_reserved_lock,
    file_control,
    file_sector_size,
    file_device_characteristics,
    hdb_shm_map,
    file_shm_lock,
    hdb_shm_barrier,
    hdb_shm_unmap,
};

static int open_database_file(const char *path, hdb_key *key, hdb_database_file *self, int flags,
                              int *out_flags) {
  hdb_database *database = 0;
  sqlite.mutex_enter(registry);
  int rc = acquire_database(path, key, flags, &database);
  if (rc == SQLITE_OK) {
    memset(self, 0, sizeof *self);
    self->real = (sqlite3_file *)(void *)((unsigned char *)self + aligned((int)sizeof *self));
    self->real->pMethods = 0;
    /* Without the exclusive lock nobody writes, even if the file permits it by now. */
    if (database->owner_flags & SQLITE_OPEN_READONLY) {
      flags &= ~(SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);
      flags |= SQLITE_OPEN_READONLY;
    }
    rc = open_under(database, HDB_MAIN_FILE, path, self->real, flags, out_flags);
    if (rc == SQLITE_OK) {
      self->database = database;
      self->has_checksums = !key && sqlite.uri_boolean(path, "heliosdb_checksums", 0);
      self->handle.locks = &database->locks;
      self->handle.file.pMethods = &database_methods;
    } else {
      if (self->real->pMethods) self->real->pMethods->xClose(self->real);
      release_database(database);
    }
  }
  sqlite.mutex_leave(registry);
  return rc;
}

/* A past state of a database that is open: it counts as one of its handles. */
static int open_snapshot(const char *path, hdb_key *key, const char *scn, sqlite3_file *file,
                         int *out_flags) {
  sqlite.mutex_enter(registry);
  hdb_database *database = find_database(path);
  if (database && database->history && database->key == key) {
    database->handle_count++;
  } else {
    database = 0;
  }
  sqlite.mutex_leave(registry);
  if (!database) return SQLITE_CANTOPEN;
  int rc = hdb_snapshot_open(database, scn, file);
  if (rc != SQLITE_OK) hdb_release_database(database);
  if (out_flags) *out_flags = SQLITE_OPEN_READONLY | SQLITE_OPEN_MAIN_DB;
  return rc;
}

static sqlite3_file *real_wal(sqlite3_file *file) { return ((wal_file *)file)->real; }

static int wal_close(sqlite3_file *file) {
  sqlite3_file *real = real_wal(file);
  return real->pMethods->xClose(real);
}

static int wal_read(sqlite3_file *file, void *out, int amount, int64_t offset) {
  sqlite3_file *real = real_wal(file);
  return real->pMethods->xRead(real, out, amount, offset);
}

static int wal_write(sqlite3_file *file, const void *data, int amount, int64_t offset) {
  sqlite3_file *real = real_wal(file);
  hdb_history *history = ((wal_file *)file)->history;
  if (amount == HDB_FRAME_HEAD_BYTES) {
    hdb_history_frame(history, offset, data);
  } else if (offset == 0 && amount == HDB_WAL_HEAD_BYTES) {
    hdb_history_new_wal(history, data);
  }
  return real->pMethods->xWrite(real, data, amount, offset);
}

static int wal_truncate(sqlite3_file *file, int64_t size) {
  sqlite3_file *real = real_wal(file);
  int rc = size == 0 ? hdb_history_wal_ends(((wal_file *)file)->history) : SQLITE_OK;
  return rc == SQLITE_OK ? real->pMethods->xTruncate(real, size) : rc;
}

static int wal_sync(sqlite3_file *file, int flags) {
  sqlite3_file *real = real_wal(file);
  return real->pMethods->xSync(real, flags);
}

static int wal_size(sqlite3_file *file, int64_t *size) {
  sqlite3_file *real = real_wal(file);
  return real->pMethods->xFileSize(real, size);
}

static int wal_lock(sqlite3_file *file, int level) {
  (void)file;
  (void)level;
  return SQLITE_OK;
}

static int wal_check_reserved_lock(sqlite3_file *file, int *reserved) {
  (void)file;
  *reserved = 0;
  return SQLITE_OK;
}

static int wal_control(sqlite3_file *file, int op, void *argument) {
  sqlite3_file *real = real_wal(file);
  return real->pMethods->xFileControl(real, op, argument);
}

static int wal_sector_size(sqlite3_file *file) {
  sqlite3_file *real = real_wal(file);
  return real->pMethods->xSectorSize(real);
}

static int wal_device_characteristics(sqlite3_file *file) {
  sqlite3_file *real = real_wal(file);
  return real->pMethods->xDeviceCharacteristics(real);
}

static const sqlite3_io_methods wal_methods = {
    1,
    wal_close,
    wal_read,
    wal_write,
    wal_truncate,
    wal_sync,
    wal_size,
    wal_lock,
    wal_lock,
    wal_check_reserved_lock,
    wal_control,
    wal_sector_size,
    wal_device_characteristics,
    0,
    0,
    0,
    0,
};

/* The open database that the path of its file with this suffix belongs to, or null. */
static hdb_database *database_beside(const char *path, const char *suffix) {
  size_t bytes = strlen(path);
  size_t suffix_bytes = strlen(suffix);
  hdb_database *found = 0;
  if (bytes <= suffix_bytes || strcmp(path + bytes - suffix_bytes, suffix) != 0) return 0;
  bytes -= suffix_bytes;
  sqlite.mutex_enter(registry);
  for (hdb_database *database = open_databases; database; database = database->next) {
    if (strlen(database->path) == bytes && memcmp(database->path, path, bytes) == 0) {
      found = database;
    }
  }
  sqlite.mutex_leave(registry);
  return found;
}

static int open_wal(const char *path, hdb_database *database, wal_file *self, int flags,
                    int *out_flags) {
  memset(self, 0, sizeof *self);
  self->history = database->history;
  self->real = (sqlite3_file *)(void *)((unsigned char *)self + aligned((int)sizeof *self));
  self->real->pMethods = 0;
  int rc = open_under(database, HDB_WAL_FILE, path, self->real, flags, out_flags);
  if (rc == SQLITE_OK) {
    self->file.pMethods = &wal_methods;
  } else if (self->real->pMethods) {
    self->real->pMethods->xClose(self->real);
  }
  return rc;
}

static int vfs_open(sqlite3_vfs *vfs, const char *path, sqlite3_file *file, int flags,
                    int *out_flags) {
  hdb_key *key = key_of(vfs);
  file->pMethods = 0;
  if (path != 0 && (flags & SQLITE_OPEN_MAIN_DB)) {
    const char *scn = sqlite.uri_parameter(path, "heliosdb_as_of");
    return scn ? open_snapshot(path, key, scn, file, out_flags)
               : open_database_file(path, key, (hdb_database_file *)file, flags, out_flags);
  }
  if (path != 0 && (flags & SQLITE_OPEN_WAL)) {
    hdb_database *database = database_beside(path, "-wal");
    if (key && (!database || database->key != key)) return SQLITE_CANTOPEN;
    if (database && database->history) {
      return open_wal(path, database, (wal_file *)file, flags, out_flags);
    }
    if (key) return open_under(database, HDB_WAL_FILE, path, file, flags, out_flags);
  }
  if (key) {
    hdb_database *database =
        path != 0 && (flags & SQLITE_OPEN_MAIN_JOURNAL) ? database_beside(path, "-journal") : 0;
    if (!database || database->key != key) return SQLITE_CANTOPEN;
    return open_under(database, HDB_JOURNAL_FILE, path, file, flags, out_flags);
  }
  return hdb_platform()->xOpen(hdb_platform(), path, file, flags, out_flags);
}

static int vfs_delete(sqlite3_vfs *vfs, const char *path, int sync_directory) {
  (void)vfs;
  hdb_database *database = database_beside(path, "-wal");
  int rc = database && database->history ? hdb_history_wal_ends(database->history) : SQLITE_OK;
  return rc == SQLITE_OK ? hdb_platform()->xDelete(hdb_platform(), path, sync_directory) : rc;
}

static int vfs_access(sqlite3_vfs *vfs, const char *path, int flags, int *result) {
  (void)vfs;
  return hdb_platform()->xAccess(hdb_platform(), path, flags, result);
}

static int vfs_full_pathname(sqlite3_vfs *vfs, const char *path, int bytes, char *out) {
  (void)vfs;
  return hdb_platform()->xFullPathname(hdb_platform(), path, bytes, out);
}

/* Extensions, randomness, clocks and sleep are the platform's; it gets itself as `vfs`. */
static void *vfs_dl_open(sqlite3_vfs *vfs, const char *path) {
  (void)vfs;
  return hdb_platform()->xDlOpen(hdb_platform(), path);
}

static void vfs_dl_error(sqlite3_vfs *vfs, int bytes, char *message) {
  (void)vfs;
  hdb_platform()->xDlError(hdb_platform(), bytes, message);
}

static hdb_function vfs_dl_sym(sqlite3_vfs *vfs, void *library, const char *symbol) {
  (void)vfs;
  return hdb_platform()->xDlSym(hdb_platform(), library, symbol);
}

static void vfs_dl_close(sqlite3_vfs *vfs, void *library) {
  (void)vfs;
  hdb_platform()->xDlClose(hdb_platform(), library);
}

static int vfs_randomness(sqlite3_vfs *vfs, int bytes, char *out) {
  (void)vfs;
  return hdb_platform()->xRandomness(hdb_platform(), bytes, out);
}

static int vfs_sleep(sqlite3_vfs *vfs, int microseconds) {
  (void)vfs;
  return hdb_platform()->xSleep(hdb_platform(), microseconds);
}

static int vfs_current_time(sqlite3_vfs *vfs, double *julian_day) {
  (void)vfs;
  return hdb_platform()->xCurrentTime(hdb_platform(), julian_day);
}

static int vfs_last_error(sqlite3_vfs *vfs, int bytes, char *message) {
  (void)vfs;
  return hdb_platform()->xGetLastError(hdb_platform(), bytes, message);
}

static int vfs_current_time_64(sqlite3_vfs *vfs, int64_t *milliseconds) {
  (void)vfs;
  return hdb_platform()->xCurrentTimeInt64(hdb_platform(), milliseconds);
}

static sqlite3_vfs heliosdb_vfs = {
    2,
    0,
    0,
    0,
    HDB_VFS_NAME,
    0,
    vfs_open,
    vfs_delete,
    vfs_access,
    vfs_full_pathname,
    vfs_dl_open,
    vfs_dl_error,
    vfs_dl_sym,
    vfs_dl_close,
    vfs_randomness,
    vfs_sleep,
    vfs_current_time,
    vfs_last_error,
    vfs_current_time_64,
};

int hdb_vfs_register(void) {
  sqlite3_vfs *base;
  base = sqlite.vfs_find(HDB_VFS_NAME);
  if (base) return base == &heliosdb_vfs ? SQLITE_OK : SQLITE_MISUSE;
  base = sqlite.vfs_find(0);
  if (!base || base->iVersion < 2) return SQLITE_ERROR;
  if (!registry) registry = sqlite.mutex_alloc(SQLITE_MUTEX_RECURSIVE);
  if (!registry) return SQLITE_NOMEM;
  heliosdb_vfs.pAppData = base;
  heliosdb_vfs.szOsFile = aligned((int)sizeof(hdb_database_file)) + hdb_cipher_file_bytes(base);
  if (heliosdb_vfs.szOsFile < hdb_snapshot_bytes()) heliosdb_vfs.szOsFile = hdb_snapshot_bytes();
  heliosdb_vfs.mxPathname = base->mxPathname;
  return sqlite.vfs_register(&heliosdb_vfs, 0);
}

/* A place for a key that nobody has any more, or a new one; null if there is no memory. */
static key_vfs *take_place(hdb_key_source *source) {
  sqlite.mutex_enter(registry);
  key_vfs *self = key_vfses;
  while (self && self->key.source) self = self->next;
  if (!self) {
    self = sqlite.malloc64(sizeof *self);
    if (self) {
      self->next = key_vfses;
      key_vfses = self;
    }
  }
  if (self) self->key.source = source;
  sqlite.mutex_leave(registry);
  return self;
}

int hdb_vfs_register_key(hdb_key_source *source, int kdf, uint32_t iterations, hdb_key **out) {
  uint64_t number;
  key_vfs *self = take_place(source);
  int rc = self ? source->methods->random(source, (unsigned char *)&number, sizeof number)
                : SQLITE_NOMEM;
  *out = 0;
  if (rc == SQLITE_OK) {
    sqlite.xsnprintf((int)sizeof self->name, self->name, HDB_VFS_NAME "-%016llx", number);
    self->vfs = heliosdb_vfs;
    self->vfs.pNext = 0;
    self->vfs.zName = self->name;
    self->key = (hdb_key){source, kdf, iterations, self->name, 1};
    rc = sqlite.vfs_register(&self->vfs, 0);
  }
  if (rc != SQLITE_OK) {
    source->methods->close(source);
    if (self) self->key.source = 0;
    return rc;
  }
  *out = &self->key;
  return SQLITE_OK;
}

void hdb_vfs_release_key(hdb_key *key) {
  sqlite.mutex_enter(registry);
  release_key(key);
  sqlite.mutex_leave(registry);
}

int hdb_vfs_prepare(sqlite3 *db) { return hdb_vfs_prepare_schema(db, "main"); }

int hdb_vfs_prepare_schema(sqlite3 *db, const char *schema) {
  hdb_database *database = 0;
  int reserved = HDB_RESERVED_BYTES;
  if (sqlite.file_control(db, schema, HDB_FCNTL_DATABASE, &database) != SQLITE_OK || !database ||
      !database->key) {
    return SQLITE_OK;
  }
  int rc = sqlite.file_control(db, schema, SQLITE_FCNTL_RESERVE_BYTES, &reserved);
  return rc == SQLITE_OK ? sqlite.exec(db, "PRAGMA temp_store=MEMORY", 0, 0, 0) : rc;
}
