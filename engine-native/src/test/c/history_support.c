/*
** What the tests of history share.
*/
#include "history_support.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check.h"

#include "../../main/c/storage/cipher_file.h"

enum { SPILLS_NEVER = 1, RECOVERED = -1 };
enum { WAL_HEAD = 32, FRAME_HEAD = 24, LARGEST_PAGE = 65536, URI_BYTES = 700, MOST_PAGES = 20000 };

static void *grown(void *memory, size_t count, size_t size) {
  void *more = realloc(memory, count * size);
  if (!more) abort();
  return more;
}

static uint32_t get32(const unsigned char *p) {
  return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static uint64_t mixed(uint64_t a, uint64_t b) {
  uint64_t product = (a ^ (b + 0x9e3779b97f4a7c15u)) * 0xd6e8feb86659fd93u;
  return product ^ (product >> 32);
}

static digest digest_of(const unsigned char *page, uint32_t bytes) {
  digest out = {bytes, ~(uint64_t)bytes};
  for (uint32_t i = 0; i < bytes; i += 8) {
    uint64_t word;
    memcpy(&word, page + i, sizeof word);
    out.a = mixed(out.a, word);
    out.b = mixed(word * 0xa0761d6478bd642fu, out.b) + out.a;
  }
  return out;
}

/* `page` is changed, if it is the first, to what the past shows. */
static digest digest_page(unsigned char *page, uint32_t bytes, uint32_t number) {
  if (number == 1) page[18] = page[19] = 1;
  return digest_of(page, bytes);
}

static int equal(digest one, digest two) { return one.a == two.a && one.b == two.b; }

void image_free(image *it) {
  free(it->pages);
  memset(it, 0, sizeof *it);
}

uint32_t image_difference(const image *one, const image *two) {
  uint32_t lesser = one->count < two->count ? one->count : two->count;
  for (uint32_t i = 0; i < lesser; i++) {
    if (!equal(one->pages[i], two->pages[i])) return i + 1;
  }
  return one->count == two->count ? 0 : lesser + 1;
}

static hdb_key *history_key;

void history_encrypt(hdb_key *key) { history_key = key; }

static const char *history_vfs(void) { return history_key ? history_key->vfs_name : HDB_VFS_NAME; }

/*
** A file that is read through SQLite's own VFS: a descriptor of a database file that is
** closed otherwise takes the locks of SQLite along. With a key, what it says is decrypted.
*/
typedef struct plain_file {
  sqlite3_file *file;
  const char *name;
  hdb_encryption encryption;
} plain_file;

static void derive_cipher(const char *database, hdb_encryption *out) {
  unsigned char head[HDB_SALT_PLACE + HDB_SALT_FIELD_BYTES];
  unsigned char check[HDB_CHECK_BYTES];
  hdb_key_source *source = history_key->source;
  sqlite3_vfs *vfs = sqlite3_vfs_find(STOCK_VFS);
  sqlite3_file *file = calloc(1, (size_t)vfs->szOsFile);
  const char *name = sqlite3_create_filename(database, "", "", 0, 0);
  CHECK_INT(vfs->xOpen(vfs, name, file, SQLITE_OPEN_READONLY | SQLITE_OPEN_MAIN_DB, 0), SQLITE_OK);
  CHECK_INT(file->pMethods->xRead(file, head, sizeof head, 0), SQLITE_OK);
  CHECK_INT(file->pMethods->xClose(file), SQLITE_OK);
  sqlite3_free_filename((char *)name);
  free(file);
  CHECK_INT(hdb_cipher_header_read(&out->header, head, head + HDB_SALT_PLACE), SQLITE_OK);
  out->source = source;
  CHECK_INT(source->methods->derive(source, out->header.kdf, out->header.iterations,
                                    out->header.salt, check, &out->cipher), SQLITE_OK);
}

/* Returns whether it is there. */
static int open_plain(const char *path, const char *database, int kind, plain_file *it) {
  int flags = SQLITE_OPEN_READONLY | (kind == HDB_WAL_FILE ? SQLITE_OPEN_WAL : SQLITE_OPEN_MAIN_DB);
  sqlite3_vfs *vfs = sqlite3_vfs_find(STOCK_VFS);
  struct stat status;
  memset(it, 0, sizeof *it);
  if (stat(path, &status) != 0 || (history_key && status.st_size == 0)) return 0;
  it->file = calloc(1, (size_t)hdb_cipher_file_bytes(vfs));
  it->name = sqlite3_create_filename(path, "", "", 0, 0);
  if (history_key) {
    derive_cipher(database, &it->encryption);
    CHECK_INT(hdb_cipher_file_open(vfs, &it->encryption, kind, it->name, it->file, flags, 0),
              SQLITE_OK);
  } else {
    CHECK_INT(vfs->xOpen(vfs, it->name, it->file, flags, 0), SQLITE_OK);
  }
  return 1;
}

static void close_plain(plain_file *it) {
  CHECK_INT(it->file->pMethods->xClose(it->file), SQLITE_OK);
  if (it->encryption.cipher) it->encryption.cipher->methods->close(it->encryption.cipher);
  sqlite3_free_filename((char *)it->name);
  free(it->file);
}

/* Null if it is not there. */
static unsigned char *read_database(const char *path, int64_t *bytes) {
  unsigned char *content = 0;
  sqlite3_int64 size = 0;
  plain_file database;
  if (open_plain(path, path, HDB_MAIN_FILE, &database)) {
    sqlite3_file *file = database.file;
    CHECK_INT(file->pMethods->xFileSize(file, &size), SQLITE_OK);
    content = grown(0, (size_t)size + 1, 1);
    int portion = LARGEST_PAGE;
    if (history_key) {
      /* What is encrypted is read by pages. */
      CHECK_INT(file->pMethods->xRead(file, content, 100, 0), SQLITE_OK);
      int page_size = content[16] << 8 | content[17];
      if (page_size > 1) portion = page_size;
    }
    for (sqlite3_int64 at = 0; at < size; at += portion) {
      int wanted = size - at < portion ? (int)(size - at) : portion;
      int rc = file->pMethods->xRead(file, content + at, wanted, at);
      /* A page that a crash has torn: the WAL has it, or it is not what it was. */
      if (rc == HDB_FORGED) memset(content + at, 0xff, (size_t)wanted);
      if (rc == HDB_FORGED && at == 0) {
        CHECK_INT(file->pMethods->xRead(file, content, 100, 0), SQLITE_OK);
      }
      CHECK(rc == SQLITE_OK || (history_key && rc == HDB_FORGED));
    }
    close_plain(&database);
  }
  *bytes = size;
  return content;
}

/* A frame of the WAL. */
typedef void (*frame_reader)(void *argument, uint32_t page, uint32_t commit_size,
                             unsigned char *content);

static void add_sum(int big_endian, const unsigned char *bytes, int count, uint32_t sum[2]) {
  for (int i = 0; i < count; i += 8) {
    uint32_t words[2];
    if (big_endian) {
      words[0] = get32(bytes + i);
      words[1] = get32(bytes + i + 4);
    } else {
      words[0] = (uint32_t)bytes[i + 3] << 24 | (uint32_t)bytes[i + 2] << 16 |
                 (uint32_t)bytes[i + 1] << 8 | bytes[i];
      words[1] = (uint32_t)bytes[i + 7] << 24 | (uint32_t)bytes[i + 6] << 16 |
                 (uint32_t)bytes[i + 5] << 8 | bytes[i + 4];
    }
    sum[0] += words[0] + sum[1];
    sum[1] += words[1] + sum[0];
  }
}

static int read_frame(sqlite3_file *wal, uint32_t page_size, int64_t number,
                      unsigned char *frame) {
  int bytes = FRAME_HEAD + (int)page_size;
  return wal->pMethods->xRead(wal, frame, bytes, WAL_HEAD + number * bytes) == SQLITE_OK;
}

/* The frames up to the last one that commits, as SQLite recovers them. */
static int64_t recovered_frames(sqlite3_file *wal, const unsigned char *head, uint32_t page_size,
                                unsigned char *frame) {
  uint32_t sum[2] = {get32(head + 24), get32(head + 28)};
  int64_t frames = 0;
  for (int64_t i = 0; read_frame(wal, page_size, i, frame); i++) {
    if (memcmp(frame + 8, head + 16, 8) != 0 || get32(frame) == 0) break;
    add_sum(head[3] & 1, frame, 8, sum);
    add_sum(head[3] & 1, frame + FRAME_HEAD, (int)page_size, sum);
    if (sum[0] != get32(frame + 16) || sum[1] != get32(frame + 20)) break;
    if (get32(frame + 4) != 0) frames = i + 1;
  }
  return frames;
}

static int read_head(sqlite3_file *wal, uint32_t page_size, unsigned char *head) {
  uint32_t sum[2] = {0, 0};
  if (wal->pMethods->xRead(wal, head, WAL_HEAD, 0) != SQLITE_OK) return 0;
  add_sum(head[3] & 1, head, 24, sum);
  return (get32(head) | 1) == 0x377f0683 && get32(head + 8) == page_size &&
         sum[0] == get32(head + 24) && sum[1] == get32(head + 28);
}

/*
** Reads the WAL from a place on, from the beginning if it is a new one: to the frame that
** SQLite said to be the last one, else as far as SQLite recovers it. The two differ after a
** transaction that wrote a page to the WAL twice and then rolled back to a savepoint, where
** SQLite 3.40 leaves frames without a checksum (3.53 does not).
*/
static void read_wal(const char *database, wal_place *place, int64_t frames, uint32_t page_size,
                     frame_reader reader, void *argument) {
  unsigned char head[WAL_HEAD];
  plain_file file;
  if (!open_plain(beside_database(database, "-wal"), database, HDB_WAL_FILE, &file)) return;
  sqlite3_file *wal = file.file;
  if (read_head(wal, page_size, head)) {
    unsigned char *frame = malloc(FRAME_HEAD + LARGEST_PAGE);
    if (memcmp(head, place->head, WAL_HEAD) != 0) {
      memcpy(place->head, head, WAL_HEAD);
      place->frames = 0;
    }
    if (frames == RECOVERED) frames = recovered_frames(wal, head, page_size, frame);
    for (; place->frames < frames; place->frames++) {
      CHECK(read_frame(wal, page_size, place->frames, frame));
      reader(argument, get32(frame), get32(frame + 4), frame + FRAME_HEAD);
    }
    free(frame);
  }
  close_plain(&file);
}

static void set_count(image *it, uint32_t count) {
  if (count > it->count) {
    it->pages = grown(it->pages, count, sizeof(digest));
    memset(it->pages + it->count, 0, (count - it->count) * sizeof(digest));
  }
  it->count = count;
}

static void set_page(image *it, uint32_t number, digest page) {
  if (number > it->count) set_count(it, number);
  it->pages[number - 1] = page;
}

static void lay_over(void *argument, uint32_t number, uint32_t commit_size,
                     unsigned char *content) {
  image *out = argument;
  set_page(out, number, digest_page(content, out->page_size, number));
  if (commit_size) set_count(out, commit_size);
}

void image_of_files(const char *path, image *out, wal_place *place) {
  int64_t bytes;
  wal_place unused;
  unsigned char *content = read_database(path, &bytes);
  memset(out, 0, sizeof *out);
  if (!place) place = &unused;
  memset(place, 0, sizeof *place);
  if (bytes >= 100) {
    uint32_t size = (uint32_t)content[16] << 8 | content[17];
    out->page_size = size == 1 ? LARGEST_PAGE : size;
    CHECK(out->page_size >= 512);
    for (uint32_t i = 0; i < bytes / out->page_size; i++) {
      unsigned char *page = content + (size_t)i * out->page_size;
      set_page(out, i + 1, digest_page(page, out->page_size, i + 1));
    }
    read_wal(path, place, RECOVERED, out->page_size, lay_over, out);
  }
  free(content);
}

static void add_point(truth *it, uint32_t page_count, uint32_t changed_pages) {
  int64_t index = it->last - it->first;
  if (index == it->capacity) {
    it->capacity = it->capacity * 2 + 100;
    it->points = grown(it->points, (size_t)it->capacity, sizeof(point));
  }
  it->points[index] = (point){page_count, changed_pages};
}

static void add_version(truth *it, uint32_t number, digest page) {
  if (number > it->page_capacity) {
    uint32_t capacity = number * 2;
    it->pages = grown(it->pages, capacity, sizeof(page_versions));
    memset(it->pages + it->page_capacity, 0,
           (capacity - it->page_capacity) * sizeof(page_versions));
    it->page_capacity = capacity;
  }
  page_versions *list = &it->pages[number - 1];
  if (list->count > 0 && list->versions[list->count - 1].scn == it->last) {
    list->versions[list->count - 1].page = page; /* again in the same commit */
    return;
  }
  if (list->count == list->capacity) {
    list->capacity = list->capacity * 2 + 2;
    list->versions = grown(list->versions, (size_t)list->capacity, sizeof(page_version));
  }
  list->versions[list->count++] = (page_version){it->last, page};
}

void truth_start(truth *it, const char *path, int64_t scn) {
  image now;
  memset(it, 0, sizeof *it);
  it->path = strdup(path);
  image_of_files(path, &now, &it->wal);
  CHECK(now.count > 0);
  it->page_size = now.page_size;
  it->first = it->last = scn;
  for (uint32_t i = 0; i < now.count; i++) add_version(it, i + 1, now.pages[i]);
  add_point(it, now.count, now.count);
  image_free(&now);
}

void truth_free(truth *it) {
  for (uint32_t i = 0; i < it->page_capacity; i++) free(it->pages[i].versions);
  free(it->pages);
  free(it->points);
  free(it->path);
  memset(it, 0, sizeof *it);
}

typedef struct pending {
  truth *truth;
  uint32_t changed_pages;
  int commits;
} pending;

static uint32_t page_count_of(const truth *it, int64_t scn) {
  return it->points[scn - it->first].page_count;
}

/* A page that a commit adds to the file has to be among its frames. */
static void check_grown(const truth *it) {
  uint32_t before = page_count_of(it, it->last - 1);
  for (uint32_t i = before; i < page_count_of(it, it->last); i++) {
    CHECK(it->pages[i].count > 0);
    CHECK_INT(it->pages[i].versions[it->pages[i].count - 1].scn, it->last);
  }
}

static void follow_frame(void *argument, uint32_t number, uint32_t commit_size,
                         unsigned char *content) {
  pending *all = argument;
  truth *it = all->truth;
  if (all->changed_pages == 0) it->last++; /* a commit begins */
  int versions = number <= it->page_capacity ? it->pages[number - 1].count : 0;
  add_version(it, number, digest_page(content, it->page_size, number));
  if (it->pages[number - 1].count > versions) all->changed_pages++;
  if (commit_size == 0) return;
  for (uint32_t i = commit_size; i < it->page_capacity; i++) {
    const page_versions *list = &it->pages[i]; /* written, and then cut off */
    if (list->count > 0 && list->versions[list->count - 1].scn == it->last) all->changed_pages--;
  }
  add_point(it, commit_size, all->changed_pages);
  check_grown(it);
  all->changed_pages = 0;
  all->commits++;
}

static int after_commit(void *argument, sqlite3 *db, const char *schema, int frames) {
  truth *it = argument;
  if (strcmp(schema, "main") != 0) return SQLITE_OK;
  pending all = {it, 0, 0};
  read_wal(it->path, &it->wal, frames, it->page_size, follow_frame, &all);
  CHECK_INT(all.commits, 1);
  if (it->committed) it->committed(it);
  if (it->checkpoint_frames == 0 || frames < it->checkpoint_frames) return SQLITE_OK;
  return sqlite3_wal_checkpoint_v2(db, "main", SQLITE_CHECKPOINT_PASSIVE, 0, 0);
}

void truth_follow(truth *it, sqlite3 *db) { sqlite3_wal_hook(db, after_commit, it); }

void truth_resume(truth *it, const wal_place *place) { it->wal = *place; }

void truth_begin_point(truth *it) { it->last++; }

void truth_add_page(truth *it, uint32_t number, digest page) { add_version(it, number, page); }

void truth_end_point(truth *it, uint32_t page_count, uint32_t changed_pages) {
  add_point(it, page_count, changed_pages);
}

void truth_add(truth *it, const image *what) {
  image before;
  uint32_t changed = 0;
  truth_at(it, it->last, &before);
  it->last++;
  for (uint32_t i = 0; i < what->count; i++) {
    if (i < before.count && equal(before.pages[i], what->pages[i])) continue;
    add_version(it, i + 1, what->pages[i]);
    changed++;
  }
  add_point(it, what->count, changed);
  image_free(&before);
}

void truth_cut(truth *it, int64_t scn) {
  CHECK(scn >= it->first && scn <= it->last);
  for (uint32_t i = 0; i < it->page_capacity; i++) {
    page_versions *list = &it->pages[i];
    while (list->count > 0 && list->versions[list->count - 1].scn > scn) list->count--;
  }
  it->last = scn;
}

static digest page_at(const truth *it, int64_t scn, uint32_t number) {
  const page_versions *list = &it->pages[number - 1];
  int low = 0;
  int high = list->count; /* versions[low - 1].scn <= scn < versions[high].scn */
  while (low < high) {
    int middle = (low + high) / 2;
    if (list->versions[middle].scn <= scn) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  if (low == 0) abort();
  return list->versions[low - 1].page;
}

void truth_at(const truth *it, int64_t scn, image *out) {
  out->page_size = it->page_size;
  out->count = page_count_of(it, scn);
  out->pages = grown(0, out->count + 1, sizeof(digest));
  for (uint32_t i = 0; i < out->count; i++) out->pages[i] = page_at(it, scn, i + 1);
}

int truth_is(const truth *it, int64_t scn, const image *what) {
  image expected;
  truth_at(it, scn, &expected);
  uint32_t difference = image_difference(&expected, what);
  image_free(&expected);
  return difference == 0;
}

int try_open_with_history(const char *path, const char *parameters, sqlite3 **out) {
  enum { FLAGS = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_URI };
  char uri[URI_BYTES];
  snprintf(uri, sizeof uri, "file:%s?heliosdb_history=on&heliosdb_clear_pages=65536%s", path,
           parameters);
  int rc = try_open_database(uri, FLAGS, history_vfs(), out);
  if (rc != SQLITE_OK) return rc;
  rc = hdb_register_functions(*out);
  if (rc != SQLITE_OK) {
    sqlite3_close(*out);
    *out = 0;
  }
  return rc;
}

sqlite3 *open_with_history(const char *path, const char *parameters) {
  sqlite3 *db;
  CHECK_INT(try_open_with_history(path, parameters, &db), SQLITE_OK);
  sqlite3_busy_timeout(db, 0);
  return db;
}

int try_open_past(const char *path, int64_t scn, sqlite3 **out) {
  char uri[URI_BYTES];
  snprintf(uri, sizeof uri, "file:%s?heliosdb_as_of=%" PRId64, path, scn);
  return try_open_database(uri, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, history_vfs(), out);
}

sqlite3 *open_past(const char *path, int64_t scn) {
  sqlite3 *db;
  int rc = try_open_past(path, scn, &db);
  if (rc != SQLITE_OK) {
    check_fail(__FILE__, __LINE__, "point %" PRId64 " does not open: %d", scn, rc);
  }
  return db;
}

/* SQLite reads the head of page 1 and the change counter in it by themselves. */
static int read_parts(sqlite3_file *file, const unsigned char *page, uint32_t page_size,
                      text *problem) {
  const struct {
    int at;
    int bytes;
  } parts[] = {{0, 100}, {24, 16}, {0, 512}, {100, 412}};
  unsigned char part[512];
  for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
    int rc = file->pMethods->xRead(file, part, parts[i].bytes, parts[i].at);
    if (rc != SQLITE_OK) return rc;
    if (memcmp(part, page + parts[i].at, (size_t)parts[i].bytes) != 0) {
      text_add(problem, "bytes from %d of %" PRIu32 " differ from the page's; ", parts[i].at,
               page_size);
    }
  }
  return SQLITE_OK;
}

static int read_pages(sqlite3_file *file, image *out, text *problem) {
  unsigned char *page = grown(0, LARGEST_PAGE, 1);
  sqlite3_int64 size;
  int rc = file->pMethods->xFileSize(file, &size);
  if (rc == SQLITE_OK && size > 0) rc = file->pMethods->xRead(file, page, 100, 0);
  if (rc == SQLITE_OK && size > 0) {
    uint32_t bytes = (uint32_t)page[16] << 8 | page[17];
    out->page_size = bytes == 1 ? LARGEST_PAGE : bytes;
    if (out->page_size < 512 || size % out->page_size != 0 || size / out->page_size > MOST_PAGES) {
      text_add(problem, "a size of %lld; ", (long long)size);
      rc = SQLITE_CORRUPT;
    }
  }
  if (rc == SQLITE_OK && size > 0) set_count(out, (uint32_t)(size / out->page_size));
  for (uint32_t i = 0; rc == SQLITE_OK && i < out->count; i++) {
    rc = file->pMethods->xRead(file, page, (int)out->page_size, (int64_t)i * out->page_size);
    if (rc != SQLITE_OK) break;
    if (i == 0) {
      if (page[18] != 1 || page[19] != 1) text_add(problem, "page 1 asks for a WAL; ");
      rc = read_parts(file, page, out->page_size, problem);
    }
    set_page(out, i + 1, digest_page(page, out->page_size, i + 1));
  }
  if (rc == SQLITE_OK && size > 0) {
    page[0] = 1;
    int beyond = file->pMethods->xRead(file, page, (int)out->page_size, size);
    if (beyond != SQLITE_IOERR_SHORT_READ || page[0] != 0) {
      text_add(problem, "reading beyond the end gives %d; ", beyond);
    }
  }
  free(page);
  return rc;
}

int image_of_past(const char *path, int64_t scn, image *out, text *problem) {
  sqlite3 *db;
  sqlite3_file *file = 0;
  memset(out, 0, sizeof *out);
  int rc = try_open_past(path, scn, &db);
  if (rc != SQLITE_OK) return rc;
  rc = sqlite3_file_control(db, "main", SQLITE_FCNTL_FILE_POINTER, &file);
  if (rc == SQLITE_OK) rc = read_pages(file, out, problem);
  if (sqlite3_close(db) != SQLITE_OK) text_add(problem, "closing fails; ");
  return rc;
}

void compare_past(const char *path, int64_t scn, const image *expected, text *problem) {
  image actual;
  text found = {0, 0, 0};
  int rc = image_of_past(path, scn, &actual, &found);
  if (rc != SQLITE_OK) {
    text_add(&found, "reading gives %d; ", rc);
  } else {
    uint32_t difference = image_difference(expected, &actual);
    if (expected->count != actual.count) {
      text_add(&found, "%" PRIu32 " pages, not %" PRIu32 "; ", actual.count, expected->count);
    }
    if (difference) text_add(&found, "page %" PRIu32 " differs; ", difference);
  }
  if (found.length > 0) text_add(problem, "point %" PRId64 ": %s\n", scn, found.chars);
  text_free(&found);
  image_free(&actual);
}

void check_past(const truth *it, int64_t scn) {
  image expected;
  text problem = {0, 0, 0};
  truth_at(it, scn, &expected);
  compare_past(it->path, scn, &expected, &problem);
  image_free(&expected);
  if (problem.length > 0) {
    char message[500];
    snprintf(message, sizeof message, "%s", problem.chars);
    text_free(&problem);
    check_fail(__FILE__, __LINE__, "of points up to %" PRId64 ": %s", it->last, message);
  }
}

void check_past_by_sql(const truth *it, int64_t scn) {
  check_past(it, scn);
  sqlite3 *db = open_past(it->path, scn);
  CHECK_TEXT(query(db, "PRAGMA integrity_check"), "ok");
  CHECK_INT(try_execute(db, "CREATE TABLE never(v)"), SQLITE_READONLY);
  close_database(db);
}

void check_pasts(const truth *it, int64_t from, int64_t to) {
  for (int64_t scn = from; scn <= to; scn++) check_past(it, scn);
}

void check_commits(sqlite3 *db, const truth *it, int64_t from) {
  sqlite3_stmt *stmt;
  char before[40] = "";
  int64_t scn = from > it->first ? from : it->first + 1;
  const char *sql =
      "SELECT scn, committed_at, changed_pages, heliosdb_time_of(scn) "
      "FROM heliosdb_commits WHERE scn >= ? ORDER BY scn";
  int64_t time = 0;
  CHECK_INT(sqlite3_prepare_v2(db, sql, -1, &stmt, 0), SQLITE_OK);
  sqlite3_bind_int64(stmt, 1, scn);
  while (sqlite3_step(stmt) == SQLITE_ROW) {
    const char *at = (const char *)sqlite3_column_text(stmt, 1);
    CHECK_INT(sqlite3_column_int64(stmt, 0), scn);
    CHECK(at && strlen(at) == strlen("2026-11-22T10:15:00.123456Z"));
    CHECK(strcmp(before, at) < 0);
    CHECK(sqlite3_column_int64(stmt, 3) > time);
    CHECK(sqlite3_column_int64(stmt, 2) >= it->points[scn - it->first].changed_pages);
    snprintf(before, sizeof before, "%s", at);
    time = sqlite3_column_int64(stmt, 3);
    scn++;
  }
  CHECK_INT(sqlite3_finalize(stmt), SQLITE_OK);
  CHECK_INT(scn, it->last + 1);
}

int64_t newest_point(sqlite3 *db) { return query_integer(db, "SELECT heliosdb_scn()"); }

const char *message_of(sqlite3 *db, const char *sql) {
  static char message[600];
  sqlite3_stmt *stmt;
  int rc = sqlite3_prepare_v2(db, sql, -1, &stmt, 0);
  if (rc == SQLITE_OK) {
    do {
      rc = sqlite3_step(stmt);
    } while (rc == SQLITE_ROW);
  }
  snprintf(message, sizeof message, "%s", sqlite3_errmsg(db));
  sqlite3_finalize(stmt);
  CHECK(rc != SQLITE_DONE && rc != SQLITE_OK);
  return message;
}

/* Statements with the types of their parameters: k key, s short, l long, n number. */
typedef struct statement {
  const char *sql;
  const char *parameters;
  int weight;
} statement;

static const statement statements[] = {
    {"INSERT OR REPLACE INTO t(id, a, b, c) VALUES(?, ?, ?, ?)", "kslk", 30},
    {"INSERT INTO t(a, b) VALUES(?, ?)", "sl", 8},
    {"UPDATE t SET b = ? WHERE id = ?", "lk", 20},
    {"UPDATE t SET c = c + 1, a = ? WHERE id BETWEEN ? AND ?", "skk", 10},
    {"UPDATE t SET b = b WHERE id = ?", "k", 3},
    {"UPDATE t SET b = ? || id", "s", 2},
    {"DELETE FROM t WHERE id = ?", "k", 12},
    {"DELETE FROM t WHERE id > 60 OR c = ?", "k", 3},
    {"INSERT OR REPLACE INTO w VALUES(?, ?)", "sl", 12},
    {"INSERT OR REPLACE INTO w VALUES(?, ?)", "ks", 12},
    {"DELETE FROM w WHERE typeof(k) = 'text' OR k = ?", "k", 4},
    {"INSERT INTO f(f) VALUES('optimize')", "", 1},
    {"INSERT INTO f(words) VALUES(?)", "s", 8},
    {"UPDATE f SET words = ? WHERE rowid % 5 = 1", "s", 3},
    {"DELETE FROM f WHERE rowid < (SELECT max(rowid) - 20 FROM f)", "", 4},
    {"DELETE FROM log WHERE rowid < (SELECT max(rowid) - 40 FROM log)", "", 4},
    {"CREATE TABLE IF NOT EXISTS d AS SELECT * FROM t", "", 2},
    {"CREATE TABLE IF NOT EXISTS e(x PRIMARY KEY, y)", "", 2},
    {"INSERT OR IGNORE INTO e SELECT a, b FROM t", "", 2},
    {"DROP TABLE IF EXISTS d", "", 3},
    {"DROP TABLE IF EXISTS e", "", 2},
    {"ALTER TABLE t ADD COLUMN added DEFAULT 'added'", "", 2},
    {"ALTER TABLE t DROP COLUMN added", "", 2},
    {"ALTER TABLE w RENAME COLUMN v TO renamed", "", 1},
    {"ALTER TABLE w RENAME COLUMN renamed TO v", "", 1},
    {"CREATE INDEX IF NOT EXISTS by_b ON t(b)", "", 2},
    {"CREATE INDEX IF NOT EXISTS by_c ON t(c, a)", "", 2},
    {"DROP INDEX IF EXISTS by_b", "", 3},
    {"DROP INDEX IF EXISTS by_c", "", 1},
    {"REINDEX", "", 1},
    {"VACUUM", "", 2},
    {"PRAGMA incremental_vacuum(3)", "", 2},
    {"PRAGMA user_version = 7", "", 1},
    {"BEGIN", "", 10},
    {"BEGIN IMMEDIATE", "", 8},
    {"COMMIT", "", 25},
    {"ROLLBACK", "", 5},
    {"SAVEPOINT s", "", 8},
    {"RELEASE s", "", 4},
    {"ROLLBACK TO s", "", 5},
    {"SELECT count(*), sum(length(b)) FROM t", "", 8},
    {"SELECT * FROM w ORDER BY k LIMIT 3", "", 4},
};

static const char tables[] =
    "CREATE TABLE t(id INTEGER PRIMARY KEY, a, b, c INT);"
    "CREATE INDEX by_a ON t(a);"
    "CREATE TABLE w(k PRIMARY KEY, v) WITHOUT ROWID;"
    "CREATE TABLE log(a);"
    "CREATE TRIGGER deleted AFTER DELETE ON t BEGIN INSERT INTO log VALUES(old.a); END;"
    "CREATE VIRTUAL TABLE f USING fts5(words)";

static const statement *choose(chance *luck) {
  static int total;
  const int count = (int)(sizeof statements / sizeof *statements);
  if (total == 0) {
    for (int i = 0; i < count; i++) total += statements[i].weight;
  }
  int left = chance_below(luck, total);
  int i = 0;
  while ((left -= statements[i].weight) >= 0) i++;
  return &statements[i];
}

static void bind_bytes(chance *luck, sqlite3_stmt *stmt, int parameter, int most) {
  int length = chance_below(luck, most);
  unsigned char *bytes = malloc((size_t)length + 1);
  int kind = chance_below(luck, 3); /* words, a run, noise */
  for (int i = 0; i < length; i++) {
    int word = i % 5 == 4 ? ' ' : 'a' + chance_below(luck, 26);
    int run = 'A' + length % 26;
    int noise = chance_below(luck, 256);
    bytes[i] = (unsigned char)(kind == 0 ? word : kind == 1 ? run : noise);
  }
  if (kind == 2) {
    sqlite3_bind_blob(stmt, parameter, bytes, length, SQLITE_TRANSIENT);
  } else {
    sqlite3_bind_text(stmt, parameter, (char *)bytes, length, SQLITE_TRANSIENT);
  }
  free(bytes);
}

static void bind_parameters(workload *it, sqlite3_stmt *stmt, const char *kinds) {
  enum { KEYS = 60, SHORT = 60, OFTEN_AT_MOST = 1500 };
  int largest = it->shape.largest;
  int often = largest < OFTEN_AT_MOST ? largest : OFTEN_AT_MOST;
  for (int i = 1; *kinds; kinds++, i++) {
    if (*kinds == 'k') sqlite3_bind_int(stmt, i, chance_below(&it->luck, KEYS));
    if (*kinds == 's') bind_bytes(&it->luck, stmt, i, SHORT);
    if (*kinds == 'l') {
      bind_bytes(&it->luck, stmt, i, chance_below(&it->luck, 25) ? often : largest);
    }
  }
}

/* What may go wrong with a statement: another connection is in its way, or the schema is. */
static void check_code(sqlite3 *db, const char *sql, int rc) {
  switch (rc & 0xff) {
    case SQLITE_OK:
    case SQLITE_DONE:
    case SQLITE_ERROR:
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_CONSTRAINT:
      return;
    default:
      check_fail(__FILE__, __LINE__, "%s: %d, %s", sql, rc, sqlite3_errmsg(db));
  }
}

/* See read_wal: SQLite itself would not recover what is committed behind such frames. */
static int loses_commits(const workload *it, sqlite3 *db, const statement *chosen) {
  return it->is_killed && db != it->connections[SPILLS_NEVER] &&
         strcmp(chosen->sql, "ROLLBACK TO s") == 0;
}

static void run_statement(workload *it, sqlite3 *db) {
  const statement *chosen = choose(&it->luck);
  sqlite3_stmt *stmt;
  if (loses_commits(it, db, chosen)) return;
  int rc = sqlite3_prepare_v2(db, chosen->sql, -1, &stmt, 0);
  if (rc == SQLITE_OK) {
    bind_parameters(it, stmt, chosen->parameters);
    do {
      rc = sqlite3_step(stmt);
    } while (rc == SQLITE_ROW);
  }
  check_code(db, chosen->sql, rc);
  sqlite3_finalize(stmt);
}

static void run_checkpoint(workload *it, sqlite3 *db) {
  int mode = chance_below(&it->luck, SQLITE_CHECKPOINT_TRUNCATE + 1);
  check_code(db, "a checkpoint", sqlite3_wal_checkpoint_v2(db, "main", mode, 0, 0));
}

/* The connection that writes has most of the turns, so that its transaction ends. */
static sqlite3 *choose_connection(workload *it) {
  if (chance_below(&it->luck, 4)) {
    for (int i = 0; i < WORKLOAD_CONNECTIONS; i++) {
      int state = sqlite3_txn_state(it->connections[i], "main");
      if (state == SQLITE_TXN_WRITE) return it->connections[i];
    }
  }
  return it->connections[chance_below(&it->luck, WORKLOAD_CONNECTIONS)];
}

int workload_step(workload *it) {
  sqlite3 *db = choose_connection(it);
  int64_t before = it->truth->last;
  if (chance_below(&it->luck, 20) == 0) {
    run_checkpoint(it, db);
  } else {
    run_statement(it, db);
  }
  if (it->truth->last > before) CHECK_INT(newest_point(db), it->truth->last);
  return (int)(it->truth->last - before);
}

void workload_commits(workload *it, int count) {
  while (count > 0) count -= workload_step(it);
}

void workload_rest(workload *it) {
  for (int i = 0; i < WORKLOAD_CONNECTIONS; i++) {
    sqlite3 *db = it->connections[i];
    if (!sqlite3_get_autocommit(db)) execute(db, chance_below(&it->luck, 2) ? "ROLLBACK" : "END");
  }
}

static void make_tables(workload *it, sqlite3 *db) {
  char pragmas[200];
  snprintf(pragmas, sizeof pragmas, "PRAGMA page_size=%d; PRAGMA auto_vacuum=%s",
           it->shape.page_size, it->shape.auto_vacuum);
  execute(db, pragmas);
  CHECK_TEXT(query(db, "PRAGMA journal_mode=WAL"), "wal");
  truth_start(it->truth, it->path, newest_point(db));
  truth_follow(it->truth, db);
  execute(db, tables);
}

void workload_open(workload *it) {
  const int cache_sizes[WORKLOAD_CONNECTIONS] = {5, 2000, 20};
  for (int i = 0; i < WORKLOAD_CONNECTIONS; i++) {
    char pragma[50];
    sqlite3 *db = it->connections[i] = open_with_history(it->path, it->parameters);
    if (i == 0 && query_integer(db, "SELECT count(*) FROM sqlite_schema") == 0) {
      make_tables(it, db);
    }
    truth_follow(it->truth, db);
    snprintf(pragma, sizeof pragma, "PRAGMA cache_size=%d", cache_sizes[i]);
    execute(db, pragma);
    if (it->pragmas) execute(db, it->pragmas);
  }
  CHECK_INT(newest_point(it->connections[0]), it->truth->last);
}

void workload_close(workload *it) {
  int keeps_wal = it->is_killed && chance_below(&it->luck, 2);
  workload_rest(it);
  for (int i = 0; i < WORKLOAD_CONNECTIONS; i++) {
    sqlite3_db_config(it->connections[i], SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, keeps_wal, 0);
    close_database(it->connections[i]);
    it->connections[i] = 0;
  }
}

int64_t soak_number(const char *name, int64_t otherwise) {
  const char *value = getenv(name);
  return value ? strtoll(value, 0, 10) : otherwise;
}

const char *beside_database(const char *path, const char *suffix) {
  char name[300];
  snprintf(name, sizeof name, "%s%s", strrchr(path, '/') + 1, suffix);
  return in_directory(name);
}

void remove_files(const char *path) {
  const char *suffixes[] = {
      "", "-wal", "-journal", "-history", "-history-wal", "-history-journal", "-times"};
  for (size_t i = 0; i < sizeof suffixes / sizeof *suffixes; i++) {
    unlink(beside_database(path, suffixes[i]));
  }
}

int64_t file_bytes(const char *path) {
  struct stat it;
  return stat(path, &it) == 0 ? it.st_size : 0;
}
