/*
** A file of an encrypted database.
**
** What is encrypted as one is a unit: so many bytes of content, and behind them 16 bytes
** tag, 12 bytes nonce, 4 bytes key epoch (big-endian, as all numbers here). Its kind of
** file, epoch, number and the database's salt are authenticated with it, so that no unit
** passes for another one.
**
** The database: each page is a unit, its content all but the reserved bytes at its end,
** which make room for the rest. Of page 1 three parts stay readable and are authenticated
** too: bytes 0-15, which hold a mark in place of SQLite's; 16-23, which SQLite reads before
** it can read a page; and 72-91, always zeros in a database, which hold the salt. No page
** is ever left out: SQLite may write behind the end, and what lies between is written as
** zeros, so that a page of zeros in the file is damage.
**
** The WAL: its head is a unit of 32 bytes at offset 0, and each frame is one, head and
** page together, in place of which its reserved bytes make the room: a frame stays as long
** as it is, 32 bytes further back. SQLite writes a frame's head, then its page: the head
** waits for the page. It rewrites heads alone after it has read the frame, and pages alone;
** then the other half is taken from the file.
**
** A journal: 64 bytes of prelude, the mark, salt and a random number of this journal's, by
** which blocks of an earlier one in the same file are told apart; then units of 512 bytes,
** the last one of what there is. SQLite aligns what must not be torn to 512 bytes.
**
** The times of commits: units of 32 bytes, a record each.
*/
#include "cipher_file.h"

#include <string.h>

enum {
  TAIL_BYTES = HDB_SEAL_BYTES + 4, /* of a unit: tag, nonce, epoch */
  SMALLEST_PAGE = 512,
  LARGEST_PAGE = 65536,
  WAL_HEAD_BYTES = 32,
  FRAME_HEAD_BYTES = 24,
  AT_WAL_PAGE_SIZE = 8,
  WAL_SHIFT = TAIL_BYTES,
  JOURNAL_BLOCK = 512,
  JOURNAL_PRELUDE = 64,
  GENERATION_PLACE = HDB_MARK_BYTES + HDB_SALT_FIELD_BYTES,
  GENERATION_BYTES = 16,
  TIMES_BLOCK = 32,
  /* Of page 1. */
  AT_PAGE_SIZE = 16,
  AT_RESERVED = 20,
  READABLE_BYTES = 24,
  SECOND_PART = HDB_SALT_PLACE + HDB_SALT_FIELD_BYTES,
  FIRST_PART_BYTES = HDB_SALT_PLACE - READABLE_BYTES,
  HEADER_BYTES = 100,
  PAGE_1_CLEAR = READABLE_BYTES + HDB_SALT_FIELD_BYTES,
  /* Of what is authenticated. */
  AAD_KIND = 0,
  AAD_EPOCH = 4,
  AAD_NUMBER = 8,
  AAD_SALT = 16,
  AAD_MORE = 32
};

/*
** A key is used for far fewer than 2^32 units, as their nonces are random. Nobody counts
** from one opening of a database to the next: each takes an epoch at random, and another
** after so many writes. Of so many epochs it would take 2^44 units until one is used up.
*/
enum { EPOCHS = 4096 };
static const uint32_t most_writes = 1u << 28;

static const unsigned char sqlite_mark[HDB_MARK_BYTES] = "SQLite format 3";
static const unsigned char zeros[LARGEST_PAGE];

typedef struct cipher_file {
  sqlite3_file file;
  sqlite3_file *real;
  hdb_encryption *encryption;
  hdb_clear_pages *clear_pages; /* null: pages are decrypted whenever they are read */
  int kind;
  int page_size; /* of a WAL, as far as it is known; else 0 */
  unsigned char *buffer;
  int buffer_page; /* page that the buffer has room for */

  /* WAL: a head that waits for its page, and the frame that was read last; -1 for none. */
  unsigned char head[FRAME_HEAD_BYTES];
  int64_t head_offset;
  int64_t read_offset;

  /* Journal and times: up to where this handle has written it. Journal: which one it is,
  ** and the block that could not be written, perhaps in part, as it should be; -1 for none. */
  int64_t own_end;
  int64_t lost_block;
  unsigned char lost[JOURNAL_BLOCK];
  unsigned char generation[GENERATION_BYTES];
} cipher_file;

static cipher_file *of(sqlite3_file *file) { return (cipher_file *)file; }

static int aligned(int bytes) { return (bytes + 7) & ~7; }

int hdb_cipher_file_bytes(sqlite3_vfs *platform) {
  return aligned((int)sizeof(cipher_file)) + platform->szOsFile;
}

static uint32_t get32(const unsigned char *p) {
  return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static void put32(unsigned char *p, uint32_t value) {
  for (int i = 0; i < 4; i++) p[i] = (unsigned char)(value >> (24 - 8 * i));
}

static int is_page_size(int64_t bytes) {
  return bytes >= SMALLEST_PAGE && bytes <= LARGEST_PAGE && (bytes & (bytes - 1)) == 0;
}

/* The header */

enum { FORMAT = 1, AT_FORMAT = 4, AT_KDF = 5, AT_THOUSANDS = 6, AT_CHECK = 8 };

static const unsigned char mark[4] = {'H', 'D', 'B', 'E'};

void hdb_cipher_header_write(const hdb_cipher_header *header, unsigned char *out,
                             unsigned char *salt_field) {
  uint32_t thousands = header->iterations / 1000;
  memcpy(out, mark, sizeof mark);
  out[AT_FORMAT] = FORMAT;
  out[AT_KDF] = (unsigned char)header->kdf;
  out[AT_THOUSANDS] = (unsigned char)(thousands >> 8);
  out[AT_THOUSANDS + 1] = (unsigned char)thousands;
  memcpy(out + AT_CHECK, header->check, HDB_CHECK_BYTES);
  memset(salt_field, 0, HDB_SALT_FIELD_BYTES);
  memcpy(salt_field, header->salt, HDB_SALT_BYTES);
}

int hdb_cipher_header_read(hdb_cipher_header *out, const unsigned char *in,
                           const unsigned char *salt_field) {
  if (memcmp(in, mark, sizeof mark) != 0) return SQLITE_NOTADB;
  if (in[AT_FORMAT] != FORMAT || in[AT_KDF] > HDB_KDF_PBKDF2) return HDB_UNKNOWN_CIPHER;
  out->kdf = in[AT_KDF];
  out->iterations = ((uint32_t)in[AT_THOUSANDS] << 8 | in[AT_THOUSANDS + 1]) * 1000;
  memcpy(out->check, in + AT_CHECK, HDB_CHECK_BYTES);
  memcpy(out->salt, salt_field, HDB_SALT_BYTES);
  return SQLITE_OK;
}

int hdb_journal_header_read(sqlite3_file *raw, hdb_cipher_header *out) {
  unsigned char prelude[JOURNAL_PRELUDE];
  int rc = raw->pMethods->xRead(raw, prelude, sizeof prelude, 0);
  if (rc == SQLITE_IOERR_SHORT_READ) return SQLITE_NOTADB;
  return rc == SQLITE_OK ? hdb_cipher_header_read(out, prelude, prelude + HDB_MARK_BYTES) : rc;
}

/* Units */

/* The buffer: what is authenticated and a unit, the largest being a frame; then a page. */
static int reserve(cipher_file *self, int page_size) {
  if (self->buffer_page >= page_size) return SQLITE_OK;
  size_t bytes = HDB_AAD_BYTES + FRAME_HEAD_BYTES + TAIL_BYTES + 2 * (size_t)page_size;
  unsigned char *buffer = sqlite.malloc64(bytes);
  if (!buffer) return SQLITE_IOERR_NOMEM;
  sqlite.free(self->buffer);
  self->buffer = buffer;
  self->buffer_page = page_size;
  return SQLITE_OK;
}

static unsigned char *unit_of(cipher_file *self) { return self->buffer + HDB_AAD_BYTES; }

static unsigned char *page_of(cipher_file *self) {
  return unit_of(self) + FRAME_HEAD_BYTES + TAIL_BYTES + self->buffer_page;
}

static void write_aad(cipher_file *self, uint32_t epoch, int64_t number,
                      const unsigned char *more, size_t more_bytes) {
  unsigned char *aad = self->buffer;
  memset(aad, 0, HDB_AAD_BYTES);
  put32(aad + AAD_KIND, (uint32_t)self->kind);
  put32(aad + AAD_EPOCH, epoch);
  put32(aad + AAD_NUMBER, (uint32_t)((uint64_t)number >> 32));
  put32(aad + AAD_NUMBER + 4, (uint32_t)number);
  memcpy(aad + AAD_SALT, self->encryption->header.salt, HDB_SALT_BYTES);
  if (more_bytes) memcpy(aad + AAD_MORE, more, more_bytes);
}

int hdb_cipher_new_epoch(hdb_encryption *encryption) {
  unsigned char number[2];
  int rc = encryption->source->methods->random(encryption->source, number, sizeof number);
  if (rc != SQLITE_OK) return rc;
  uint32_t epoch = 1 + ((uint32_t)number[0] << 8 | number[1]) % EPOCHS;
  __atomic_store_n(&encryption->epoch, epoch, __ATOMIC_RELAXED);
  __atomic_store_n(&encryption->writes, 0, __ATOMIC_RELAXED);
  return SQLITE_OK;
}

/* Encrypts the content that is in the buffer; its tail goes behind it. */
static int seal(cipher_file *self, int64_t number, int bytes, const unsigned char *more,
                size_t more_bytes) {
  hdb_encryption *encryption = self->encryption;
  if (__atomic_add_fetch(&encryption->writes, 1, __ATOMIC_RELAXED) >= most_writes) {
    int rc = hdb_cipher_new_epoch(encryption);
    if (rc != SQLITE_OK) return rc;
  }
  uint32_t epoch = __atomic_load_n(&encryption->epoch, __ATOMIC_RELAXED);
  write_aad(self, epoch, number, more, more_bytes);
  put32(unit_of(self) + bytes + HDB_SEAL_BYTES, epoch);
  return encryption->cipher->methods->seal(encryption->cipher, self->kind, epoch, self->buffer,
                                           bytes);
}

/* Decrypts the unit that is in the buffer, to `out`. */
static int unseal_to(cipher_file *self, int64_t number, int bytes, const unsigned char *more,
                     size_t more_bytes, unsigned char *out) {
  hdb_cipher *cipher = self->encryption->cipher;
  uint32_t epoch = get32(unit_of(self) + bytes + HDB_SEAL_BYTES);
  write_aad(self, epoch, number, more, more_bytes);
  return cipher->methods->open(cipher, self->kind, epoch, self->buffer, bytes, out);
}

/* Decrypts it in place. */
static int unseal(cipher_file *self, int64_t number, int bytes, const unsigned char *more,
                  size_t more_bytes) {
  return unseal_to(self, number, bytes, more, more_bytes, unit_of(self));
}

static int read_real(cipher_file *self, void *out, int amount, int64_t offset) {
  return self->real->pMethods->xRead(self->real, out, amount, offset);
}

static int write_real(cipher_file *self, const void *data, int amount, int64_t offset) {
  return self->real->pMethods->xWrite(self->real, data, amount, offset);
}

static int size_real(cipher_file *self, int64_t *size) {
  return self->real->pMethods->xFileSize(self->real, size);
}

/*
** Whether the page is known in clear whose unit ends at `end` of the real file: then `out`
** has its content. What cannot be read is not known: who then reads the whole unit is told
** why.
*/
static int find_clear(cipher_file *self, int64_t number, int64_t end, unsigned char *out,
                      int bytes) {
  unsigned char tail[TAIL_BYTES];
  hdb_sealed_page page = {self->kind, number, tail};
  return self->clear_pages && hdb_clear_pages_has(self->clear_pages, self->kind, number) &&
         read_real(self, tail, TAIL_BYTES, end - TAIL_BYTES) == SQLITE_OK &&
         hdb_clear_pages_find(self->clear_pages, &page, out, bytes);
}

static void keep_clear(cipher_file *self, int64_t number, const unsigned char *content, int bytes,
                       const unsigned char *seal) {
  hdb_sealed_page page = {self->kind, number, seal};
  if (self->clear_pages) hdb_clear_pages_keep(self->clear_pages, &page, content, bytes);
}

/* The database */

static int content_of_page(int page_size) { return page_size - HDB_RESERVED_BYTES; }

/* Page 1 as it lies in the file, in place, to what it means. */
static int open_first_page(cipher_file *self, unsigned char *page, int page_size) {
  unsigned char *unit = unit_of(self);
  int content = content_of_page(page_size);
  int second = content - SECOND_PART;
  hdb_cipher_header header;
  /* The mark is authenticated, the salt is not by itself: it must be this database's. */
  int rc = hdb_cipher_header_read(&header, page, page + HDB_SALT_PLACE);
  if (rc != SQLITE_OK) return HDB_FORGED;
  if (memcmp(page + HDB_SALT_PLACE, self->encryption->header.salt, HDB_SALT_BYTES) != 0 ||
      memcmp(page + HDB_SALT_PLACE + HDB_SALT_BYTES, zeros,
             HDB_SALT_FIELD_BYTES - HDB_SALT_BYTES) != 0) {
    return HDB_FORGED;
  }
  memcpy(unit, page + READABLE_BYTES, FIRST_PART_BYTES);
  memcpy(unit + FIRST_PART_BYTES, page + SECOND_PART, (size_t)(second + TAIL_BYTES));
  rc = unseal(self, 1, content - PAGE_1_CLEAR, page, READABLE_BYTES);
  if (rc != SQLITE_OK) return rc;
  memcpy(page, sqlite_mark, HDB_MARK_BYTES);
  memcpy(page + READABLE_BYTES, unit, FIRST_PART_BYTES);
  memset(page + HDB_SALT_PLACE, 0, HDB_SALT_FIELD_BYTES);
  memcpy(page + SECOND_PART, unit + FIRST_PART_BYTES, (size_t)second);
  keep_clear(self, 1, page, content, unit + content - PAGE_1_CLEAR);
  return SQLITE_OK;
}

/* What a read behind the end, or over it, means: a part of a page is damage. */
static int short_page(cipher_file *self, int64_t page_offset) {
  int64_t size;
  int rc = size_real(self, &size);
  if (rc != SQLITE_OK) return rc;
  return size > page_offset ? HDB_FORGED : SQLITE_IOERR_SHORT_READ;
}

/* Reads a page. The buffer has room for it, and `out` may be page_of(self). */
static int load_page(cipher_file *self, int64_t number, int page_size, unsigned char *out) {
  int64_t offset = (number - 1) * page_size;
  int content = content_of_page(page_size);
  int rc = SQLITE_OK;
  if (!find_clear(self, number, offset + page_size, out, content)) {
    rc = read_real(self, number == 1 ? out : unit_of(self), page_size, offset);
    if (rc == SQLITE_IOERR_SHORT_READ) return short_page(self, offset);
    if (rc == SQLITE_OK && number == 1) {
      rc = open_first_page(self, out, page_size);
    } else if (rc == SQLITE_OK) {
      rc = unseal_to(self, number, content, 0, 0, out);
      if (rc == SQLITE_OK) keep_clear(self, number, out, content, unit_of(self) + content);
    }
  }
  if (rc == SQLITE_OK) memset(out + content, 0, HDB_RESERVED_BYTES);
  return rc;
}

static int page_size_in(const unsigned char *header) {
  int bytes = header[AT_PAGE_SIZE] << 8 | header[AT_PAGE_SIZE + 1];
  return bytes == 1 ? LARGEST_PAGE : bytes;
}

static int read_page_size(cipher_file *self, int *page_size) {
  unsigned char header[READABLE_BYTES];
  int rc = read_real(self, header, sizeof header, 0);
  if (rc == SQLITE_IOERR_SHORT_READ) return short_page(self, 0);
  *page_size = page_size_in(header);
  return rc == SQLITE_OK && !is_page_size(*page_size) ? HDB_FORGED : rc;
}

/*
** SQLite reads the header when it opens a file, for what it must know before it reads a
** page, and only then looks for a journal, by which it may yet mend page 1. What page 1
** cannot tell comes from the readable part; SQLite does not go by it any further.
*/
static int read_header(cipher_file *self, unsigned char *out) {
  int page_size;
  int rc = read_page_size(self, &page_size);
  if (rc == SQLITE_OK) rc = reserve(self, page_size);
  if (rc == SQLITE_OK) rc = load_page(self, 1, page_size, page_of(self));
  if (rc == SQLITE_OK) memcpy(out, page_of(self), HEADER_BYTES);
  if (rc == HDB_FORGED) {
    rc = read_real(self, out, READABLE_BYTES, 0);
    memcpy(out, sqlite_mark, HDB_MARK_BYTES);
    if (rc == SQLITE_IOERR_SHORT_READ) memset(out, 0, HEADER_BYTES);
  }
  return rc;
}

/* A read from the beginning may take part of a page or several: SQLite does not know yet
** how large they are. Elsewhere it reads pages. */
static int main_read(sqlite3_file *file, void *out, int amount, int64_t offset) {
  cipher_file *self = of(file);
  unsigned char *to = out;
  int page_size = amount;
  int rc = SQLITE_OK;
  if (offset > 0 && is_page_size(amount) && offset % amount == 0) {
    rc = reserve(self, amount);
    if (rc == SQLITE_OK) rc = load_page(self, offset / amount + 1, amount, out);
    if (rc != SQLITE_OK) memset(out, 0, (size_t)amount);
    return rc;
  }
  memset(out, 0, (size_t)amount);
  if (offset == 0 && amount == HEADER_BYTES) return read_header(self, out);
  if (offset < HEADER_BYTES || !is_page_size(amount) || offset % amount != 0) {
    rc = read_page_size(self, &page_size);
  }
  while (rc == SQLITE_OK && amount > 0) {
    int start = (int)(offset % page_size);
    int part = amount < page_size - start ? amount : page_size - start;
    rc = reserve(self, page_size);
    if (rc == SQLITE_OK) rc = load_page(self, offset / page_size + 1, page_size, page_of(self));
    if (rc != SQLITE_OK) break;
    memcpy(to, page_of(self) + start, (size_t)part);
    to += part;
    offset += part;
    amount -= part;
  }
  return rc;
}

static int store_first_page(cipher_file *self, const unsigned char *plain, int page_size) {
  unsigned char *page = page_of(self);
  unsigned char *unit = unit_of(self);
  int content = content_of_page(page_size);
  int second = content - SECOND_PART;
  if (memcmp(plain, sqlite_mark, HDB_MARK_BYTES) != 0 || page_size_in(plain) != page_size ||
      plain[AT_RESERVED] != HDB_RESERVED_BYTES ||
      memcmp(plain + HDB_SALT_PLACE, zeros, HDB_SALT_FIELD_BYTES) != 0) {
    return SQLITE_IOERR_WRITE;
  }
  hdb_cipher_header_write(&self->encryption->header, page, page + HDB_SALT_PLACE);
  memcpy(page + HDB_MARK_BYTES, plain + HDB_MARK_BYTES, READABLE_BYTES - HDB_MARK_BYTES);
  memcpy(unit, plain + READABLE_BYTES, FIRST_PART_BYTES);
  memcpy(unit + FIRST_PART_BYTES, plain + SECOND_PART, (size_t)second);
  int rc = seal(self, 1, content - PAGE_1_CLEAR, page, READABLE_BYTES);
  if (rc != SQLITE_OK) return rc;
  memcpy(page + READABLE_BYTES, unit, FIRST_PART_BYTES);
  memcpy(page + SECOND_PART, unit + FIRST_PART_BYTES, (size_t)(second + TAIL_BYTES));
  return write_real(self, page, page_size, 0);
}

static int store_page(cipher_file *self, const unsigned char *plain, int64_t number,
                      int page_size) {
  int content = content_of_page(page_size);
  int rc = reserve(self, page_size);
  if (rc != SQLITE_OK) return rc;
  /* What lies there would be lost. */
  if (memcmp(plain + content, zeros, HDB_RESERVED_BYTES) != 0) return SQLITE_IOERR_WRITE;
  if (number == 1) return store_first_page(self, plain, page_size);
  memcpy(unit_of(self), plain, (size_t)content);
  rc = seal(self, number, content, 0, 0);
  if (rc != SQLITE_OK) return rc;
  return write_real(self, unit_of(self), page_size, (number - 1) * page_size);
}

/* Writes the pages that SQLite leaves out before it writes behind them. */
static int fill(cipher_file *self, int64_t from, int64_t to, int page_size) {
  int rc = SQLITE_OK;
  for (int64_t number = from; number < to && rc == SQLITE_OK; number++) {
    if (number == 1) {
      static const unsigned char versions[] = {1, 1, HDB_RESERVED_BYTES, 64, 32, 32};
      unsigned char *page = sqlite.malloc64((uint64_t)page_size);
      if (!page) return SQLITE_IOERR_NOMEM;
      memset(page, 0, (size_t)page_size);
      memcpy(page, sqlite_mark, HDB_MARK_BYTES);
      page[AT_PAGE_SIZE] = (unsigned char)(page_size >> 8);
      page[AT_PAGE_SIZE + 1] = (unsigned char)(page_size >> 16);
      memcpy(page + AT_PAGE_SIZE + 2, versions, sizeof versions);
      rc = store_page(self, page, number, page_size);
      sqlite.free(page);
    } else {
      rc = store_page(self, zeros, number, page_size);
    }
  }
  return rc;
}

static int main_write(sqlite3_file *file, const void *data, int amount, int64_t offset) {
  cipher_file *self = of(file);
  int64_t size;
  if (!is_page_size(amount) || offset % amount != 0) return SQLITE_IOERR_WRITE;
  int rc = size_real(self, &size);
  if (rc == SQLITE_OK && offset > size) {
    rc = fill(self, size / amount + 1, offset / amount + 1, amount);
  }
  return rc == SQLITE_OK ? store_page(self, data, offset / amount + 1, amount) : rc;
}

static int main_truncate(sqlite3_file *file, int64_t size) {
  cipher_file *self = of(file);
  int64_t present;
  int rc = size_real(self, &present);
  if (rc == SQLITE_OK && size <= present) {
    return self->real->pMethods->xTruncate(self->real, size);
  }
  /* A checkpoint lets the file grow by pages at its end that were never written. */
  int page_size = 0;
  if (rc == SQLITE_OK) rc = read_page_size(self, &page_size);
  return rc == SQLITE_OK ? fill(self, present / page_size + 1, size / page_size + 1, page_size)
                         : rc;
}

static int main_size(sqlite3_file *file, int64_t *size) { return size_real(of(file), size); }

/*
** The WAL. SQLite reads frames whole when it looks for the log's end, and pages alone; and
** parts of heads, as it and the history do.
*/

static int64_t real_of_wal(int64_t offset) { return offset + WAL_SHIFT; }

/* The number of the frame at an offset; 0 if there begins none. */
static int64_t frame_at(int64_t offset, int page_size) {
  int64_t behind_head = offset - WAL_HEAD_BYTES;
  int64_t frame_bytes = FRAME_HEAD_BYTES + page_size;
  return behind_head >= 0 && behind_head % frame_bytes == 0 ? behind_head / frame_bytes + 1 : 0;
}

/* Reads a frame into unit_of(self): head, then the page but for its reserved bytes. */
static int load_frame(cipher_file *self, int64_t offset, int page_size) {
  int64_t number = frame_at(offset, page_size);
  int rc = number ? reserve(self, page_size) : SQLITE_IOERR_READ;
  if (rc == SQLITE_OK) {
    rc = read_real(self, unit_of(self), FRAME_HEAD_BYTES + page_size, real_of_wal(offset));
  }
  if (rc != SQLITE_OK) return rc;
  return unseal(self, number, FRAME_HEAD_BYTES + content_of_page(page_size), 0, 0);
}

/* Writes the frame that is in unit_of(self). */
static int store_frame(cipher_file *self, int64_t offset, int page_size) {
  int rc = seal(self, frame_at(offset, page_size),
                FRAME_HEAD_BYTES + content_of_page(page_size), 0, 0);
  if (rc != SQLITE_OK) return rc;
  return write_real(self, unit_of(self), FRAME_HEAD_BYTES + page_size, real_of_wal(offset));
}

/* Writes a head without its page. */
static int store_head(cipher_file *self, const unsigned char *head, int64_t offset) {
  int rc = load_frame(self, offset, self->page_size);
  if (rc != SQLITE_OK) return rc;
  memcpy(unit_of(self), head, FRAME_HEAD_BYTES);
  return store_frame(self, offset, self->page_size);
}

/*
** A head whose page did not come. SQLite has given up that frame, unless it is one that
** it wrote before.
*/
static int settle_head(cipher_file *self) {
  int64_t offset = self->head_offset;
  if (offset < 0) return SQLITE_OK;
  self->head_offset = -1;
  if (!self->page_size) return SQLITE_OK;
  int rc = store_head(self, self->head, offset);
  return rc == HDB_FORGED || rc == SQLITE_IOERR_SHORT_READ ? SQLITE_OK : rc;
}

static int load_wal_head(cipher_file *self, unsigned char *out) {
  int rc = reserve(self, SMALLEST_PAGE);
  if (rc == SQLITE_OK) rc = read_real(self, unit_of(self), WAL_HEAD_BYTES + TAIL_BYTES, 0);
  if (rc == SQLITE_OK) rc = unseal(self, 0, WAL_HEAD_BYTES, 0, 0);
  if (rc != SQLITE_OK) return rc;
  memcpy(out, unit_of(self), WAL_HEAD_BYTES);
  uint32_t page_size = get32(out + AT_WAL_PAGE_SIZE);
  if (!is_page_size(page_size)) return HDB_FORGED;
  self->page_size = (int)page_size;
  return SQLITE_OK;
}

/* Reads whole frames, one behind the other, as the history does. */
static int read_frames(cipher_file *self, unsigned char *out, int amount, int64_t offset) {
  int frame_bytes = FRAME_HEAD_BYTES + self->page_size;
  int rc = SQLITE_OK;
  for (int done = 0; done < amount && rc == SQLITE_OK; done += frame_bytes) {
    rc = load_frame(self, offset + done, self->page_size);
    if (rc == SQLITE_OK) {
      memcpy(out + done, unit_of(self), (size_t)(frame_bytes - HDB_RESERVED_BYTES));
    }
  }
  return rc;
}

/* Reads the page of a frame, but for its reserved bytes. */
static int load_page_of_frame(cipher_file *self, int64_t offset, int page_size,
                              unsigned char *out) {
  int64_t number = frame_at(offset, page_size);
  int64_t end = real_of_wal(offset) + FRAME_HEAD_BYTES + page_size;
  int content = content_of_page(page_size);
  if (number && find_clear(self, number, end, out, content)) return SQLITE_OK;
  int rc = load_frame(self, offset, page_size);
  if (rc != SQLITE_OK) return rc;
  unsigned char *page = unit_of(self) + FRAME_HEAD_BYTES;
  memcpy(out, page, (size_t)content);
  keep_clear(self, number, page, content, page + content);
  return SQLITE_OK;
}

static int wal_read_shape(cipher_file *self, unsigned char *out, int amount, int64_t offset) {
  if (offset + amount <= WAL_HEAD_BYTES) {
    unsigned char head[WAL_HEAD_BYTES];
    int rc = load_wal_head(self, head);
    if (rc == SQLITE_OK) memcpy(out, head + offset, (size_t)amount);
    /* As after a crash while it was written: without a head there is no log. */
    return rc == HDB_FORGED && amount == WAL_HEAD_BYTES ? SQLITE_OK : rc;
  }
  if (is_page_size(amount)) {
    int rc = load_page_of_frame(self, offset - FRAME_HEAD_BYTES, amount, out);
    if (rc == SQLITE_OK) self->page_size = amount;
    return rc;
  }
  if (is_page_size(amount - FRAME_HEAD_BYTES)) {
    int page_size = amount - FRAME_HEAD_BYTES;
    int rc = load_frame(self, offset, page_size);
    self->page_size = page_size;
    self->read_offset = offset;
    if (rc == SQLITE_OK) {
      memcpy(out, unit_of(self), (size_t)(FRAME_HEAD_BYTES + content_of_page(page_size)));
    }
    /* Recovery: a frame of zeros is the end of the log. */
    return rc == HDB_FORGED ? SQLITE_OK : rc;
  }
  unsigned char wal_head[WAL_HEAD_BYTES];
  int rc = self->page_size ? SQLITE_OK : load_wal_head(self, wal_head);
  if (rc != SQLITE_OK) return rc;
  int frame_bytes = FRAME_HEAD_BYTES + self->page_size;
  if (amount % frame_bytes == 0) return read_frames(self, out, amount, offset);
  int start = (int)((offset - WAL_HEAD_BYTES) % frame_bytes);
  if (start + amount > FRAME_HEAD_BYTES) return SQLITE_IOERR_READ;
  rc = load_frame(self, offset - start, self->page_size);
  if (rc == SQLITE_OK) memcpy(out, unit_of(self) + start, (size_t)amount);
  return rc;
}

static int wal_read(sqlite3_file *file, void *out, int amount, int64_t offset) {
  cipher_file *self = of(file);
  int rc = settle_head(self);
  self->read_offset = -1;
  memset(out, 0, (size_t)amount);
  return rc == SQLITE_OK ? wal_read_shape(self, out, amount, offset) : rc;
}

static int write_wal_head(cipher_file *self, const unsigned char *head) {
  uint32_t page_size = get32(head + AT_WAL_PAGE_SIZE);
  if (!is_page_size(page_size)) return SQLITE_IOERR_WRITE;
  int rc = reserve(self, (int)page_size);
  if (rc != SQLITE_OK) return rc;
  self->page_size = (int)page_size;
  memcpy(unit_of(self), head, WAL_HEAD_BYTES);
  rc = seal(self, 0, WAL_HEAD_BYTES, 0, 0);
  return rc == SQLITE_OK ? write_real(self, unit_of(self), WAL_HEAD_BYTES + TAIL_BYTES, 0) : rc;
}

static int write_wal_page(cipher_file *self, const unsigned char *page, int page_size,
                          int64_t offset) {
  int64_t frame_offset = offset - FRAME_HEAD_BYTES;
  int content = content_of_page(page_size);
  int rc = frame_at(frame_offset, page_size) ? reserve(self, page_size) : SQLITE_IOERR_WRITE;
  if (rc != SQLITE_OK) return rc;
  if (memcmp(page + content, zeros, HDB_RESERVED_BYTES) != 0) return SQLITE_IOERR_WRITE;
  self->page_size = page_size;
  if (self->head_offset == frame_offset) {
    self->head_offset = -1;
    memcpy(unit_of(self), self->head, FRAME_HEAD_BYTES);
  } else {
    rc = settle_head(self);
    if (rc == SQLITE_OK) rc = load_frame(self, frame_offset, page_size);
    if (rc != SQLITE_OK) return rc;
  }
  memcpy(unit_of(self) + FRAME_HEAD_BYTES, page, (size_t)content);
  return store_frame(self, frame_offset, page_size);
}

static int wal_write(sqlite3_file *file, const void *data, int amount, int64_t offset) {
  cipher_file *self = of(file);
  int64_t read_offset = self->read_offset;
  int rc;
  self->read_offset = -1;
  if (is_page_size(amount)) return write_wal_page(self, data, amount, offset);
  rc = settle_head(self);
  if (rc != SQLITE_OK) return rc;
  if (offset == 0 && amount == WAL_HEAD_BYTES) return write_wal_head(self, data);
  if (amount != FRAME_HEAD_BYTES) return SQLITE_IOERR_WRITE;
  /* A frame that has just been read whole gets a new checksum, and its page stays. */
  if (read_offset == offset) return store_head(self, data, offset);
  memcpy(self->head, data, FRAME_HEAD_BYTES);
  self->head_offset = offset;
  return SQLITE_OK;
}

static int wal_truncate(sqlite3_file *file, int64_t size) {
  cipher_file *self = of(file);
  if (self->head_offset >= size) self->head_offset = -1;
  int rc = settle_head(self);
  if (rc != SQLITE_OK) return rc;
  return self->real->pMethods->xTruncate(self->real, size < WAL_HEAD_BYTES ? 0 : size + WAL_SHIFT);
}

static int wal_size(sqlite3_file *file, int64_t *size) {
  int rc = size_real(of(file), size);
  if (rc != SQLITE_OK) return rc;
  *size = *size < WAL_HEAD_BYTES + WAL_SHIFT ? 0 : *size - WAL_SHIFT;
  return SQLITE_OK;
}

/* Journals, and the times of commits: units of so many bytes, one behind the other */

static int block_bytes(const cipher_file *self) {
  return self->kind == HDB_JOURNAL_FILE ? JOURNAL_BLOCK : TIMES_BLOCK;
}

static int64_t prelude_bytes(const cipher_file *self) {
  return self->kind == HDB_JOURNAL_FILE ? JOURNAL_PRELUDE : 0;
}

static int64_t real_of_block(const cipher_file *self, int64_t block) {
  return prelude_bytes(self) + block * (block_bytes(self) + TAIL_BYTES);
}

static int blocks_size(sqlite3_file *file, int64_t *size) {
  cipher_file *self = of(file);
  int rc = size_real(self, size);
  if (rc != SQLITE_OK) return rc;
  int64_t body = *size - prelude_bytes(self);
  int64_t whole = body <= 0 ? 0 : body / (block_bytes(self) + TAIL_BYTES);
  int64_t part = body <= 0 ? 0 : body % (block_bytes(self) + TAIL_BYTES);
  *size = whole * block_bytes(self) + (part > TAIL_BYTES ? part - TAIL_BYTES : 0);
  return SQLITE_OK;
}

/* Which journal the file is. Without one that is ours no block can be read. */
static int find_generation(cipher_file *self) {
  unsigned char prelude[JOURNAL_PRELUDE];
  hdb_cipher_header header;
  if (self->kind != HDB_JOURNAL_FILE) return SQLITE_OK;
  int rc = read_real(self, prelude, sizeof prelude, 0);
  if (rc == SQLITE_IOERR_SHORT_READ) return HDB_FORGED;
  if (rc != SQLITE_OK) return rc;
  if (hdb_cipher_header_read(&header, prelude, prelude + HDB_MARK_BYTES) != SQLITE_OK ||
      memcmp(header.salt, self->encryption->header.salt, HDB_SALT_BYTES) != 0) {
    return HDB_FORGED;
  }
  if (memcmp(self->generation, prelude + GENERATION_PLACE, GENERATION_BYTES) == 0) return SQLITE_OK;
  /* Another handle has begun it. */
  memcpy(self->generation, prelude + GENERATION_PLACE, GENERATION_BYTES);
  self->own_end = 0;
  return SQLITE_OK;
}

/* Reads `bytes` of a block, all that it has, into unit_of(self). */
static int load_block(cipher_file *self, int64_t block, int bytes) {
  int rc = reserve(self, SMALLEST_PAGE);
  if (rc == SQLITE_OK && block == self->lost_block) {
    memcpy(unit_of(self), self->lost, sizeof self->lost);
    return SQLITE_OK;
  }
  if (rc == SQLITE_OK) rc = find_generation(self);
  if (rc == SQLITE_OK) {
    rc = read_real(self, unit_of(self), bytes + TAIL_BYTES, real_of_block(self, block));
  }
  if (rc != SQLITE_OK) return rc == SQLITE_IOERR_SHORT_READ ? HDB_FORGED : rc;
  return unseal(self, block, bytes, self->generation, GENERATION_BYTES);
}

/*
** SQLite changes a few bytes of a header in place, and rolls back by it if that fails: what
** is lost of the block then must not count.
*/
static int store_block(cipher_file *self, int64_t block, int bytes) {
  memcpy(self->lost, unit_of(self), (size_t)bytes);
  self->lost_block = -1;
  int rc = seal(self, block, bytes, self->generation, GENERATION_BYTES);
  if (rc != SQLITE_OK) return rc;
  rc = write_real(self, unit_of(self), bytes + TAIL_BYTES, real_of_block(self, block));
  if (rc != SQLITE_OK) self->lost_block = block;
  return rc;
}

static int bytes_in_block(const cipher_file *self, int64_t block, int64_t size) {
  int64_t left = size - block * block_bytes(self);
  return left >= block_bytes(self) ? block_bytes(self) : left > 0 ? (int)left : 0;
}

/*
** What it means that a block is not valid: the end of what was written before a crash, if
** no block behind it is valid, or else damage. But headers are changed when what they count
** has been written: where SQLite looks for one by its mark, there is none.
*/
static int judge_block(cipher_file *self, int64_t block, int64_t size, int is_mark) {
  int64_t count = (size + block_bytes(self) - 1) / block_bytes(self);
  if (block * block_bytes(self) < self->own_end) return HDB_FORGED;
  if (is_mark) return SQLITE_OK;
  while (++block < count) {
    int rc = load_block(self, block, bytes_in_block(self, block, size));
    if (rc == SQLITE_OK) return HDB_FORGED;
    if (rc != HDB_FORGED) return rc;
  }
  return SQLITE_OK;
}

static int blocks_read(sqlite3_file *file, void *out, int amount, int64_t offset) {
  cipher_file *self = of(file);
  unsigned char *to = out;
  int64_t size;
  int is_mark = offset % block_bytes(self) == 0 && (amount == 1 || amount == 8);
  int rc = blocks_size(file, &size);
  memset(out, 0, (size_t)amount);
  while (rc == SQLITE_OK && amount > 0) {
    int64_t block = offset / block_bytes(self);
    int start = (int)(offset % block_bytes(self));
    int bytes = bytes_in_block(self, block, size);
    if (bytes <= start) return SQLITE_IOERR_SHORT_READ;
    int part = amount < bytes - start ? amount : bytes - start;
    rc = load_block(self, block, bytes);
    if (rc == SQLITE_OK) {
      memcpy(to, unit_of(self) + start, (size_t)part);
    } else if (rc == HDB_FORGED) {
      /* Times are read up to the first that is not there. */
      rc = self->kind == HDB_TIMES_FILE ? SQLITE_IOERR_SHORT_READ
                                        : judge_block(self, block, size, is_mark);
    }
    to += part;
    offset += part;
    amount -= part;
  }
  return rc;
}

/* A new journal begins with a whole block. */
static int begin_journal(cipher_file *self) {
  unsigned char prelude[JOURNAL_PRELUDE] = {0};
  hdb_key_source *source = self->encryption->source;
  int rc = source->methods->random(source, self->generation, GENERATION_BYTES);
  self->own_end = 0;
  self->lost_block = -1;
  if (rc != SQLITE_OK) return rc;
  hdb_cipher_header_write(&self->encryption->header, prelude, prelude + HDB_MARK_BYTES);
  memcpy(prelude + GENERATION_PLACE, self->generation, GENERATION_BYTES);
  return write_real(self, prelude, sizeof prelude, 0);
}

/* Writes into one block, of which the file has `present` bytes. */
static int write_block(cipher_file *self, int64_t block, int present, const unsigned char *data,
                       int start, int amount) {
  int rc = reserve(self, SMALLEST_PAGE);
  if (rc == SQLITE_OK && (start > 0 || amount < present)) {
    rc = load_block(self, block, present);
    if (rc == HDB_FORGED && block * block_bytes(self) >= self->own_end) {
      /* Of an earlier journal, or torn: nothing that anyone will read. */
      memset(unit_of(self), 0, (size_t)block_bytes(self));
      rc = SQLITE_OK;
    }
  }
  if (rc != SQLITE_OK) return rc;
  memcpy(unit_of(self) + start, data, (size_t)amount);
  return store_block(self, block, start + amount > present ? start + amount : present);
}

static int write_blocks(cipher_file *self, const unsigned char *data, int amount, int64_t offset,
                        int64_t size) {
  int rc = SQLITE_OK;
  while (rc == SQLITE_OK && amount > 0) {
    int64_t block = offset / block_bytes(self);
    int start = (int)(offset % block_bytes(self));
    int part = amount < block_bytes(self) - start ? amount : block_bytes(self) - start;
    rc = write_block(self, block, bytes_in_block(self, block, size), data, start, part);
    data += part;
    offset += part;
    amount -= part;
    if (rc == SQLITE_OK && offset > self->own_end) self->own_end = offset;
  }
  return rc;
}

static int blocks_write(sqlite3_file *file, const void *data, int amount, int64_t offset) {
  cipher_file *self = of(file);
  int64_t size;
  /* A record behind the last one: nothing of what there is matters to it. */
  if (self->kind == HDB_TIMES_FILE && amount == TIMES_BLOCK && offset % TIMES_BLOCK == 0 &&
      offset <= self->own_end) {
    return write_blocks(self, data, amount, offset, offset);
  }
  int rc = blocks_size(file, &size);
  if (rc == SQLITE_OK && self->kind == HDB_JOURNAL_FILE) {
    rc = offset == 0 && amount >= JOURNAL_BLOCK ? begin_journal(self) : find_generation(self);
    if (rc == HDB_FORGED) rc = SQLITE_IOERR_WRITE;
  }
  while (rc == SQLITE_OK && size < offset) {
    int64_t gap = offset - size < LARGEST_PAGE ? offset - size : LARGEST_PAGE;
    rc = write_blocks(self, zeros, (int)gap, size, size);
    size += gap;
  }
  return rc == SQLITE_OK ? write_blocks(self, data, amount, offset, size) : rc;
}

static int blocks_truncate(sqlite3_file *file, int64_t size) {
  cipher_file *self = of(file);
  int64_t block = size / block_bytes(self);
  int part = (int)(size % block_bytes(self));
  int64_t present;
  int rc = blocks_size(file, &present);
  if (rc != SQLITE_OK) return rc;
  if (size > present) return SQLITE_IOERR_TRUNCATE;
  if (self->own_end > size) self->own_end = size;
  self->lost_block = -1;
  if (size == 0) return self->real->pMethods->xTruncate(self->real, 0);
  /* The rest of the last block is kept before it is cut off. */
  if (part > 0) rc = load_block(self, block, bytes_in_block(self, block, present));
  if (rc == HDB_FORGED) rc = SQLITE_IOERR_TRUNCATE;
  if (rc == SQLITE_OK && part > 0) rc = store_block(self, block, part);
  if (rc != SQLITE_OK) return rc;
  return self->real->pMethods->xTruncate(
      self->real, real_of_block(self, block) + (part > 0 ? part + TAIL_BYTES : 0));
}

/* All kinds */

static int cipher_close(sqlite3_file *file) {
  cipher_file *self = of(file);
  int rc = self->kind == HDB_WAL_FILE && self->encryption ? settle_head(self) : SQLITE_OK;
  int close_rc = self->real->pMethods->xClose(self->real);
  sqlite.free(self->buffer);
  return rc == SQLITE_OK ? close_rc : rc;
}

static int cipher_read(sqlite3_file *file, void *out, int amount, int64_t offset) {
  cipher_file *self = of(file);
  if (!self->encryption) return SQLITE_IOERR_READ;
  if (self->kind == HDB_MAIN_FILE) return main_read(file, out, amount, offset);
  if (self->kind == HDB_WAL_FILE) return wal_read(file, out, amount, offset);
  return blocks_read(file, out, amount, offset);
}

static int cipher_write(sqlite3_file *file, const void *data, int amount, int64_t offset) {
  cipher_file *self = of(file);
  if (!self->encryption) return SQLITE_IOERR_WRITE;
  if (self->kind == HDB_MAIN_FILE) return main_write(file, data, amount, offset);
  if (self->kind == HDB_WAL_FILE) return wal_write(file, data, amount, offset);
  return blocks_write(file, data, amount, offset);
}

static int cipher_truncate(sqlite3_file *file, int64_t size) {
  cipher_file *self = of(file);
  if (!self->encryption) return SQLITE_IOERR_TRUNCATE;
  if (self->kind == HDB_MAIN_FILE) return main_truncate(file, size);
  if (self->kind == HDB_WAL_FILE) return wal_truncate(file, size);
  return blocks_truncate(file, size);
}

static int cipher_sync(sqlite3_file *file, int flags) {
  cipher_file *self = of(file);
  int rc = self->kind == HDB_WAL_FILE && self->encryption ? settle_head(self) : SQLITE_OK;
  return rc == SQLITE_OK ? self->real->pMethods->xSync(self->real, flags) : rc;
}

static int cipher_size(sqlite3_file *file, int64_t *size) {
  cipher_file *self = of(file);
  if (self->kind == HDB_MAIN_FILE) return main_size(file, size);
  if (self->kind == HDB_WAL_FILE) return wal_size(file, size);
  return blocks_size(file, size);
}

static int cipher_lock(sqlite3_file *file, int level) {
  sqlite3_file *real = of(file)->real;
  return real->pMethods->xLock(real, level);
}

static int cipher_unlock(sqlite3_file *file, int level) {
  sqlite3_file *real = of(file)->real;
  return real->pMethods->xUnlock(real, level);
}

static int cipher_check_reserved_lock(sqlite3_file *file, int *reserved) {
  sqlite3_file *real = of(file)->real;
  return real->pMethods->xCheckReservedLock(real, reserved);
}

static int cipher_control(sqlite3_file *file, int op, void *argument) {
  sqlite3_file *real = of(file)->real;
  switch (op) {
    case SQLITE_FCNTL_SIZE_HINT:
    case SQLITE_FCNTL_CHUNK_SIZE:
      /* The platform would let the file grow by what is no page of ours. */
      return SQLITE_OK;
    case SQLITE_FCNTL_MMAP_SIZE:
      *(int64_t *)argument = 0;
      return SQLITE_OK;
    default:
      return real->pMethods->xFileControl(real, op, argument);
  }
}

static int cipher_sector_size(sqlite3_file *file) {
  sqlite3_file *real = of(file)->real;
  return real->pMethods->xSectorSize(real);
}

/*
** With POWERSAFE_OVERWRITE SQLite writes a frame's page in one piece, and aligns a
** journal's headers to 512 bytes. What promises that parts of a page are written by
** themselves does not hold for what is encrypted as one.
*/
static int cipher_device_characteristics(sqlite3_file *file) {
  sqlite3_file *real = of(file)->real;
  const int kept = SQLITE_IOCAP_SEQUENTIAL | SQLITE_IOCAP_UNDELETABLE_WHEN_OPEN |
                   SQLITE_IOCAP_IMMUTABLE;
  return (real->pMethods->xDeviceCharacteristics(real) & kept) | SQLITE_IOCAP_POWERSAFE_OVERWRITE;
}

static const sqlite3_io_methods cipher_file_methods = {
    1,
    cipher_close,
    cipher_read,
    cipher_write,
    cipher_truncate,
    cipher_sync,
    cipher_size,
    cipher_lock,
    cipher_unlock,
    cipher_check_reserved_lock,
    cipher_control,
    cipher_sector_size,
    cipher_device_characteristics,
    0,
    0,
    0,
    0,
};

int hdb_cipher_file_open(sqlite3_vfs *platform, hdb_encryption *encryption, int kind,
                         const char *path, sqlite3_file *file, int flags, int *out_flags) {
  cipher_file *self = of(file);
  memset(self, 0, sizeof *self);
  self->real = (sqlite3_file *)(void *)((unsigned char *)self + aligned((int)sizeof *self));
  self->real->pMethods = 0;
  self->encryption = encryption;
  self->kind = kind;
  if (sqlite.uri_int64(path, HDB_CLEAR_PAGES, 0) > 0) self->clear_pages = encryption->clear_pages;
  self->head_offset = self->read_offset = self->lost_block = -1;
  int rc = platform->xOpen(platform, path, self->real, flags, out_flags);
  if (rc == SQLITE_OK) {
    self->file.pMethods = &cipher_file_methods;
  } else if (self->real->pMethods) {
    self->real->pMethods->xClose(self->real);
  }
  return rc;
}

void hdb_cipher_file_encrypt(sqlite3_file *file, hdb_encryption *encryption) {
  of(file)->encryption = encryption;
}

sqlite3_file *hdb_cipher_file_raw(sqlite3_file *file) { return of(file)->real; }
