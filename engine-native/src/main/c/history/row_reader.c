/*
** Values of past rows: see row_reader.h.
*/
#include "row_reader.h"

#include <string.h>

#include "../heliosdb.h"

#define VFS_NAME "heliosdb-rows"

enum {
  AT_WRITE_VERSION = 18,
  AT_READ_VERSION = 19,
  AT_RESERVED = 20,
  AT_CHANGE_COUNTER = 24,
  AT_PAGE_COUNT = 28,
  AT_SCHEMA_COOKIE = 40,
  AT_VERSION_VALID_FOR = 92,
  LEGACY_FORMAT = 1, /* of a file without a WAL */
  LEAST_CELL_BYTES = 4
};

/* The file of a reader's connection. Without a reader it is empty. */
typedef struct rows_file {
  sqlite3_file file;
  hdb_row_reader *reader;
} rows_file;

struct hdb_row_reader {
  hdb_pages *pages;
  const char *table;
  char *const *wanted;
  int wanted_count;
  int *places; /* of the wanted columns in the shape; -1: it has no such column */

  sqlite3 *db;
  char *message;

  /* What the file looks like. */
  int64_t scn;
  uint32_t page_count;
  uint32_t change_counter; /* SQLite looks anew at all pages when it changes */
  unsigned char *first;    /* the first page */
  unsigned char *shown;    /* what the page `shown_page` looks like; 0: none */
  uint32_t shown_page;
  unsigned char *spare;
  hdb_page_list *trail; /* receives what is read; may be null */
  int failure;          /* why a read of a page failed */

  hdb_table_shape shape;
  int has_shape;
  sqlite3_stmt *scan; /* all columns of all rows */
  sqlite3_stmt *find; /* the same of one row by its primary key, then its rowid */
  sqlite3_stmt *find_rowid; /* the same by its rowid */
  sqlite3_stmt *current;
};

/* The file */

static int read_bytes(hdb_row_reader *reader, unsigned char *out, int amount, int64_t offset) {
  uint32_t page_size = hdb_pages_size(reader->pages);
  int64_t end = (int64_t)reader->page_count * page_size;
  int is_short = offset + amount > end;
  if (is_short) {
    int64_t valid = offset < end ? end - offset : 0;
    memset(out + valid, 0, (size_t)(amount - valid));
    amount = (int)valid;
  }
  while (amount > 0) {
    uint32_t page = (uint32_t)(offset / page_size) + 1;
    uint32_t start = (uint32_t)(offset % page_size);
    int count = (int)(page_size - start) < amount ? (int)(page_size - start) : amount;
    const unsigned char *bytes = reader->first;
    if (page == reader->shown_page) {
      bytes = reader->shown;
    } else if (page != 1) {
      int rc = hdb_pages_read(reader->pages, reader->scn, page, reader->spare);
      if (rc == SQLITE_OK && reader->trail) rc = hdb_page_list_add(reader->trail, page);
      if (rc != SQLITE_OK) return rc;
      bytes = reader->spare;
    }
    memcpy(out, bytes + start, (size_t)count);
    out += count;
    offset += count;
    amount -= count;
  }
  return is_short ? SQLITE_IOERR_SHORT_READ : SQLITE_OK;
}

static int file_read(sqlite3_file *file, void *out, int amount, int64_t offset) {
  hdb_row_reader *reader = ((rows_file *)file)->reader;
  if (!reader) {
    memset(out, 0, (size_t)amount);
    return SQLITE_IOERR_SHORT_READ;
  }
  int rc = read_bytes(reader, out, amount, offset);
  if (rc == SQLITE_OK || rc == SQLITE_IOERR_SHORT_READ) return rc;
  reader->failure = rc;
  return SQLITE_IOERR_READ;
}

static int file_size(sqlite3_file *file, int64_t *size) {
  hdb_row_reader *reader = ((rows_file *)file)->reader;
  *size = reader ? (int64_t)reader->page_count * hdb_pages_size(reader->pages) : 0;
  return SQLITE_OK;
}

static int file_close(sqlite3_file *file) {
  (void)file;
  return SQLITE_OK;
}

static int file_write(sqlite3_file *file, const void *data, int amount, int64_t offset) {
  (void)file;
  (void)data;
  (void)amount;
  (void)offset;
  return SQLITE_IOERR_WRITE;
}

static int file_truncate(sqlite3_file *file, int64_t size) {
  (void)file;
  (void)size;
  return SQLITE_IOERR_TRUNCATE;
}

static int file_sync(sqlite3_file *file, int flags) {
  (void)file;
  (void)flags;
  return SQLITE_OK;
}

static int file_lock(sqlite3_file *file, int level) {
  (void)file;
  (void)level;
  return SQLITE_OK;
}

static int file_check_reserved_lock(sqlite3_file *file, int *reserved) {
  (void)file;
  *reserved = 0;
  return SQLITE_OK;
}

static int file_control(sqlite3_file *file, int op, void *argument) {
  (void)file;
  (void)op;
  (void)argument;
  return SQLITE_NOTFOUND;
}

static int file_sector_size(sqlite3_file *file) {
  (void)file;
  return 0;
}

static int file_device_characteristics(sqlite3_file *file) {
  (void)file;
  return 0;
}

static const sqlite3_io_methods rows_methods = {
    .iVersion = 1,
    .xClose = file_close,
    .xRead = file_read,
    .xWrite = file_write,
    .xTruncate = file_truncate,
    .xSync = file_sync,
    .xFileSize = file_size,
    .xLock = file_lock,
    .xUnlock = file_lock,
    .xCheckReservedLock = file_check_reserved_lock,
    .xFileControl = file_control,
    .xSectorSize = file_sector_size,
    .xDeviceCharacteristics = file_device_characteristics,
};

/* There is nothing beside the database: no journal, no WAL, no temporary file. */
static int vfs_open(sqlite3_vfs *vfs, const char *path, sqlite3_file *file, int flags,
                    int *out_flags) {
  (void)vfs;
  (void)path;
  file->pMethods = 0;
  if (!(flags & SQLITE_OPEN_MAIN_DB)) return SQLITE_CANTOPEN;
  ((rows_file *)file)->reader = 0;
  file->pMethods = &rows_methods;
  if (out_flags) *out_flags = flags;
  return SQLITE_OK;
}

static int vfs_delete(sqlite3_vfs *vfs, const char *path, int sync_directory) {
  (void)vfs;
  (void)path;
  (void)sync_directory;
  return SQLITE_OK;
}

static int vfs_access(sqlite3_vfs *vfs, const char *path, int flags, int *result) {
  (void)vfs;
  (void)path;
  (void)flags;
  *result = 0;
  return SQLITE_OK;
}

static int vfs_full_pathname(sqlite3_vfs *vfs, const char *path, int bytes, char *out) {
  (void)vfs;
  sqlite.xsnprintf(bytes, out, "%s", path);
  return SQLITE_OK;
}

static sqlite3_vfs *platform(void) { return sqlite.vfs_find(0); }

static int vfs_randomness(sqlite3_vfs *vfs, int bytes, char *out) {
  (void)vfs;
  return platform()->xRandomness(platform(), bytes, out);
}

static int vfs_sleep(sqlite3_vfs *vfs, int microseconds) {
  (void)vfs;
  return platform()->xSleep(platform(), microseconds);
}

static int vfs_current_time(sqlite3_vfs *vfs, double *julian_day) {
  (void)vfs;
  return platform()->xCurrentTime(platform(), julian_day);
}

static int vfs_current_time_64(sqlite3_vfs *vfs, int64_t *milliseconds) {
  (void)vfs;
  return platform()->xCurrentTimeInt64(platform(), milliseconds);
}

static sqlite3_vfs rows_vfs = {
    .iVersion = 2,
    .szOsFile = sizeof(rows_file),
    .mxPathname = 64,
    .zName = VFS_NAME,
    .xOpen = vfs_open,
    .xDelete = vfs_delete,
    .xAccess = vfs_access,
    .xFullPathname = vfs_full_pathname,
    .xRandomness = vfs_randomness,
    .xSleep = vfs_sleep,
    .xCurrentTime = vfs_current_time,
    .xCurrentTimeInt64 = vfs_current_time_64,
};

static int register_vfs(void) {
  return sqlite.vfs_find(VFS_NAME) ? SQLITE_OK : sqlite.vfs_register(&rows_vfs, 0);
}

/* The connection */

int hdb_is_known_collation(const char *name) {
  return sqlite.stricmp(name, "BINARY") == 0 || sqlite.stricmp(name, "NOCASE") == 0 ||
         sqlite.stricmp(name, "RTRIM") == 0;
}

/*
** Nothing is ever compared by a collation of somebody else, yet SQLite asks for it. It also
** asks for UTF-16 variants of its own ones, before it makes them.
*/
static int compare_bytes(void *context, int one_bytes, const void *one, int other_bytes,
                         const void *other) {
  int order = memcmp(one, other, (size_t)(one_bytes < other_bytes ? one_bytes : other_bytes));
  (void)context;
  return order ? order : one_bytes - other_bytes;
}

static void add_collation(void *context, sqlite3 *db, int encoding, const char *name) {
  (void)context;
  (void)encoding;
  if (hdb_is_known_collation(name)) return;
  sqlite.create_collation_v2(db, name, SQLITE_UTF8, 0, compare_bytes, 0);
}

static int open_connection(hdb_row_reader *reader) {
  rows_file *file = 0;
  int flags = SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX;
  int rc = register_vfs();
  if (rc == SQLITE_OK) rc = sqlite.open_v2("rows", &reader->db, flags, VFS_NAME);
  if (rc == SQLITE_OK) rc = sqlite.extended_result_codes(reader->db, 1);
  if (rc == SQLITE_OK) rc = hdb_register_functions(reader->db);
  if (rc == SQLITE_OK) rc = sqlite.collation_needed(reader->db, 0, add_collation);
  if (rc == SQLITE_OK) {
    rc = sqlite.file_control(reader->db, "main", SQLITE_FCNTL_FILE_POINTER, &file);
  }
  if (rc == SQLITE_OK) file->reader = reader;
  return rc;
}

int hdb_row_reader_open(hdb_pages *pages, const char *table, char *const *wanted,
                        int wanted_count, hdb_row_reader **out) {
  uint32_t page_size = hdb_pages_size(pages);
  hdb_row_reader *reader = sqlite.malloc64(sizeof *reader);
  *out = 0;
  if (!reader) return SQLITE_NOMEM;
  memset(reader, 0, sizeof *reader);
  reader->pages = pages;
  reader->table = table;
  reader->wanted = wanted;
  reader->wanted_count = wanted_count;
  reader->places = sqlite.malloc64(((size_t)wanted_count + 1) * sizeof *reader->places);
  reader->first = sqlite.malloc64(page_size);
  reader->shown = sqlite.malloc64(page_size);
  reader->spare = sqlite.malloc64(page_size);
  int rc = reader->places && reader->first && reader->shown && reader->spare
               ? open_connection(reader)
               : SQLITE_NOMEM;
  if (rc != SQLITE_OK) {
    hdb_row_reader_close(reader);
    return rc;
  }
  *out = reader;
  return SQLITE_OK;
}

void hdb_table_shape_free(hdb_table_shape *shape) {
  for (int i = 0; i < shape->column_count; i++) {
    sqlite.free(shape->columns[i].name);
    sqlite.free(shape->columns[i].type);
    sqlite.free(shape->columns[i].collation);
  }
  sqlite.free(shape->columns);
  sqlite.free(shape->name);
  memset(shape, 0, sizeof *shape);
  shape->rowid_column = -1;
}

static void forget_shape(hdb_row_reader *reader) {
  sqlite.finalize(reader->scan);
  sqlite.finalize(reader->find);
  sqlite.finalize(reader->find_rowid);
  reader->scan = 0;
  reader->find = 0;
  reader->find_rowid = 0;
  reader->current = 0;
  reader->has_shape = 0;
  hdb_table_shape_free(&reader->shape);
}

void hdb_row_reader_close(hdb_row_reader *reader) {
  if (!reader) return;
  forget_shape(reader);
  sqlite.close_v2(reader->db);
  sqlite.free(reader->places);
  sqlite.free(reader->first);
  sqlite.free(reader->shown);
  sqlite.free(reader->spare);
  sqlite.free(reader->message);
  sqlite.free(reader);
}

const char *hdb_row_reader_message(const hdb_row_reader *reader) { return reader->message; }

/* The code of a failure: that of the page that could not be read, where it was that. */
static int failed(hdb_row_reader *reader, int rc) {
  sqlite.free(reader->message);
  reader->message = 0;
  if (rc == SQLITE_OK) return rc;
  if (reader->failure) {
    rc = reader->failure;
    reader->failure = 0;
  } else if ((sqlite.extended_errcode(reader->db) & 0xff) == (rc & 0xff)) {
    reader->message = sqlite.mprintf("%s", sqlite.errmsg(reader->db));
  }
  return rc;
}

/* Makes SQLite look anew at the file. */
static void change_file(hdb_row_reader *reader) {
  hdb_put_32(reader->first + AT_CHANGE_COUNTER, ++reader->change_counter);
  hdb_put_32(reader->first + AT_VERSION_VALID_FOR, reader->change_counter);
}

/* The shape */

static int prepare(hdb_row_reader *reader, const char *sql, sqlite3_stmt **out) {
  return sqlite.prepare_v3(reader->db, sql, -1, 0, out, 0);
}

/* Prepares SQL with the table's name as its only parameter. */
static int prepare_for_name(hdb_row_reader *reader, const char *sql, const char *name,
                            sqlite3_stmt **out) {
  int rc = prepare(reader, sql, out);
  if (rc == SQLITE_OK) {
    rc = sqlite.bind_text64(*out, 1, name, strlen(name), SQLITE_TRANSIENT, SQLITE_UTF8);
  }
  return rc;
}

static int copy_text(sqlite3_stmt *row, int column, char **out) {
  const unsigned char *text = sqlite.column_text(row, column);
  *out = text ? sqlite.mprintf("%s", (const char *)text) : 0;
  return *out ? SQLITE_OK : SQLITE_NOMEM;
}

static int find_table(hdb_row_reader *reader) {
  hdb_table_shape *shape = &reader->shape;
  sqlite3_stmt *row = 0;
  int rc = prepare_for_name(reader,
                            "SELECT name, rootpage FROM main.sqlite_schema"
                            " WHERE type IN ('table', 'view') AND name = ?1 COLLATE NOCASE",
                            reader->table, &row);
  if (rc == SQLITE_OK && sqlite.step(row) == SQLITE_ROW) {
    int64_t root = sqlite.column_int64(row, 1);
    shape->is_other_kind = root == 0;
    if (root < 0 || root > shape->point.page_count) rc = SQLITE_CORRUPT;
    shape->point.root = (uint32_t)root;
    if (rc == SQLITE_OK) rc = copy_text(row, 0, &shape->name);
  }
  int end = sqlite.finalize(row);
  return rc == SQLITE_OK ? end : rc;
}

static int add_column(hdb_table_shape *shape, sqlite3_stmt *row) {
  size_t count = (size_t)shape->column_count;
  hdb_column *columns = sqlite.realloc64(shape->columns, (count + 1) * sizeof *columns);
  if (!columns) return SQLITE_NOMEM;
  shape->columns = columns;
  hdb_column *column = &columns[count];
  memset(column, 0, sizeof *column);
  shape->column_count++;
  column->key_place = (int)sqlite.column_int64(row, 2);
  int rc = copy_text(row, 0, &column->name);
  return rc == SQLITE_OK ? copy_text(row, 1, &column->type) : rc;
}

static int read_columns(hdb_row_reader *reader) {
  hdb_table_shape *shape = &reader->shape;
  sqlite3_stmt *row = 0;
  int rc = prepare_for_name(reader,
                            "SELECT name, type, pk FROM pragma_table_xinfo(?1) WHERE hidden <> 1",
                            shape->name, &row);
  while (rc == SQLITE_OK && sqlite.step(row) == SQLITE_ROW) rc = add_column(shape, row);
  int end = sqlite.finalize(row);
  if (rc == SQLITE_OK) rc = end;
  for (int i = 0; i < shape->column_count && rc == SQLITE_OK; i++) {
    const char *type;
    const char *collation = 0;
    int is_not_null, is_key, is_counting;
    rc = sqlite.table_column_metadata(reader->db, "main", shape->name, shape->columns[i].name,
                                      &type, &collation, &is_not_null, &is_key, &is_counting);
    if (rc == SQLITE_OK) {
      shape->columns[i].collation = sqlite.mprintf("%s", collation ? collation : "BINARY");
      if (!shape->columns[i].collation) rc = SQLITE_NOMEM;
    }
  }
  return rc;
}

static int count_rows(hdb_row_reader *reader, const char *sql, int64_t *out) {
  sqlite3_stmt *row = 0;
  int rc = prepare_for_name(reader, sql, reader->shape.name, &row);
  *out = 0;
  if (rc == SQLITE_OK && sqlite.step(row) == SQLITE_ROW) *out = sqlite.column_int64(row, 0);
  int end = sqlite.finalize(row);
  return rc == SQLITE_OK ? end : rc;
}

static int place_of(const hdb_table_shape *shape, const char *name) {
  for (int i = 0; i < shape->column_count; i++) {
    if (sqlite.stricmp(shape->columns[i].name, name) == 0) return i;
  }
  return -1;
}

/* How the rows are told apart: by the columns of the key, or by the rowid. */
static int read_key(hdb_row_reader *reader) {
  static const char *const rowid_names[] = {"rowid", "_rowid_", "oid"};
  hdb_table_shape *shape = &reader->shape;
  int64_t key_columns;
  int64_t key_indexes = 0;
  /* Only a table WITHOUT ROWID is an index of itself. */
  int rc = count_rows(reader, "SELECT count(*) FROM pragma_index_xinfo(?1) WHERE key",
                      &key_columns);
  if (rc == SQLITE_OK) {
    rc = count_rows(reader, "SELECT count(*) FROM pragma_index_list(?1) WHERE origin = 'pk'",
                    &key_indexes);
  }
  if (rc != SQLITE_OK) return rc;
  shape->point.is_index = key_columns > 0;
  shape->point.key_columns = (int)key_columns;
  if (shape->point.is_index) return SQLITE_OK;
  for (int i = 0; i < shape->column_count; i++) {
    if (shape->columns[i].key_place > 0 && key_indexes == 0) shape->rowid_column = i;
  }
  if (shape->rowid_column >= 0) shape->rowid_name = shape->columns[shape->rowid_column].name;
  for (int i = 0; i < 3 && !shape->rowid_name; i++) {
    if (place_of(shape, rowid_names[i]) < 0) shape->rowid_name = rowid_names[i];
  }
  return SQLITE_OK;
}

static char *select_columns(const hdb_table_shape *shape, const char *more) {
  sqlite3_str *sql = sqlite.str_new(0);
  for (int i = 0; i < shape->column_count; i++) {
    sqlite.str_appendf(sql, "%s\"%w\"", i ? ", " : "SELECT ", shape->columns[i].name);
  }
  sqlite.str_appendf(sql, "%s FROM main.\"%w\"", more, shape->name);
  return sqlite.str_finish(sql);
}

static int prepare_scan(hdb_row_reader *reader) {
  char *columns = select_columns(&reader->shape, "");
  char *sql = columns ? sqlite.mprintf("%s NOT INDEXED", columns) : 0;
  int rc = sql ? prepare(reader, sql, &reader->scan) : SQLITE_NOMEM;
  sqlite.free(columns);
  sqlite.free(sql);
  return rc;
}

/* All columns and the rowid of the row with a rowid, or with a primary key. */
static int prepare_find(hdb_row_reader *reader, int by_rowid, sqlite3_stmt **out) {
  const hdb_table_shape *shape = &reader->shape;
  char *rowid = sqlite.mprintf(shape->rowid_name ? ", \"%w\"" : ", 0", shape->rowid_name);
  char *columns = rowid ? select_columns(shape, rowid) : 0;
  sqlite3_str *text = sqlite.str_new(0);
  if (by_rowid) sqlite.str_appendf(text, "\"%w\" = ?1", shape->rowid_name);
  for (int i = 0, count = 0; !by_rowid && i < shape->column_count; i++) {
    const hdb_column *column = &shape->columns[i];
    if (column->key_place == 0) continue;
    sqlite.str_appendf(text, "%s\"%w\" = ?%d", count++ ? " AND " : "", column->name,
                       column->key_place);
  }
  char *condition = sqlite.str_finish(text);
  char *sql = columns && condition ? sqlite.mprintf("%s WHERE %s", columns, condition) : 0;
  int rc = sql ? prepare(reader, sql, out) : SQLITE_NOMEM;
  sqlite.free(rowid);
  sqlite.free(columns);
  sqlite.free(condition);
  sqlite.free(sql);
  return rc;
}

static int read_shape(hdb_row_reader *reader) {
  hdb_table_shape *shape = &reader->shape;
  uint32_t reserved = reader->first[AT_RESERVED];
  forget_shape(reader);
  shape->point.scn = reader->scn;
  shape->point.page_count = reader->page_count;
  shape->point.usable = hdb_pages_size(reader->pages) - reserved;
  shape->schema_cookie = hdb_get_32(reader->first + AT_SCHEMA_COOKIE);
  int rc = find_table(reader);
  if (rc == SQLITE_OK && shape->point.root) {
    rc = read_columns(reader);
    if (rc == SQLITE_OK) rc = read_key(reader);
    if (rc == SQLITE_OK) rc = prepare_scan(reader);
  }
  for (int i = 0; i < reader->wanted_count; i++) {
    reader->places[i] = place_of(shape, reader->wanted[i]);
  }
  reader->has_shape = rc == SQLITE_OK;
  return rc;
}

int hdb_row_reader_at(hdb_row_reader *reader, int64_t scn) {
  hdb_row_reader_reset(reader);
  reader->shown_page = 0;
  reader->trail = 0;
  if (reader->has_shape && reader->scn == scn) return SQLITE_OK;
  int rc = hdb_pages_count(reader->pages, scn, &reader->page_count);
  if (rc == SQLITE_OK) rc = hdb_pages_read(reader->pages, scn, 1, reader->first);
  reader->scn = scn;
  if (rc != SQLITE_OK) {
    forget_shape(reader);
    return rc;
  }
  uint32_t cookie = hdb_get_32(reader->first + AT_SCHEMA_COOKIE);
  reader->first[AT_WRITE_VERSION] = LEGACY_FORMAT;
  reader->first[AT_READ_VERSION] = LEGACY_FORMAT;
  hdb_put_32(reader->first + AT_PAGE_COUNT, reader->page_count);
  change_file(reader);
  if (!reader->has_shape || cookie != reader->shape.schema_cookie) {
    return failed(reader, read_shape(reader));
  }
  reader->shape.point.scn = scn;
  reader->shape.point.page_count = reader->page_count;
  return SQLITE_OK;
}

const hdb_table_shape *hdb_row_reader_shape(const hdb_row_reader *reader) {
  return &reader->shape;
}

void hdb_row_reader_take_shape(hdb_row_reader *reader, hdb_table_shape *out) {
  *out = reader->shape;
  memset(&reader->shape, 0, sizeof reader->shape);
  forget_shape(reader);
}

int hdb_row_reader_roots(hdb_row_reader *reader, hdb_page_list *out) {
  sqlite3_stmt *row = 0;
  int rc = prepare(reader, "SELECT rootpage FROM main.sqlite_schema WHERE rootpage > 0", &row);
  if (rc == SQLITE_OK) rc = hdb_page_list_add(out, 1);
  while (rc == SQLITE_OK && sqlite.step(row) == SQLITE_ROW) {
    int64_t root = sqlite.column_int64(row, 0);
    rc = root <= reader->page_count ? hdb_page_list_add(out, (uint32_t)root) : SQLITE_CORRUPT;
  }
  int end = sqlite.finalize(row);
  return failed(reader, rc == SQLITE_OK ? end : rc);
}

/* Rows */

static void begin_scan(hdb_row_reader *reader) {
  hdb_row_reader_reset(reader);
  reader->shown_page = reader->shape.point.root;
  reader->current = reader->scan;
  change_file(reader);
}

int hdb_row_reader_next(hdb_row_reader *reader) {
  int rc = sqlite.step(reader->current);
  if (rc == SQLITE_ROW) return rc;
  int end = sqlite.reset(reader->current);
  return rc == SQLITE_DONE ? rc : failed(reader, end == SQLITE_OK ? rc : end);
}

int hdb_row_reader_show(hdb_row_reader *reader, const hdb_cell *cell) {
  enum { HEAD_BYTES = 8, AT_COUNT = 3, AT_CONTENT = 5, AT_CELL = 8, CELL_POINTER_BYTES = 2 };
  uint32_t usable = reader->shape.point.usable;
  uint32_t bytes = cell->bytes < LEAST_CELL_BYTES ? LEAST_CELL_BYTES : cell->bytes;
  unsigned char *page = reader->shown;
  if (bytes > usable - HEAD_BYTES - CELL_POINTER_BYTES) return SQLITE_CORRUPT;
  uint32_t place = usable - bytes;
  memset(page, 0, hdb_pages_size(reader->pages));
  page[0] = reader->shape.point.is_index ? HDB_INDEX_LEAF : HDB_TABLE_LEAF;
  page[AT_COUNT + 1] = 1;
  page[AT_CONTENT] = page[AT_CELL] = (unsigned char)(place >> 8);
  page[AT_CONTENT + 1] = page[AT_CELL + 1] = (unsigned char)place;
  memcpy(page + place, cell->start, cell->bytes);
  begin_scan(reader);
  int rc = hdb_row_reader_next(reader);
  if (rc == SQLITE_ROW) return SQLITE_OK;
  return rc == SQLITE_DONE ? SQLITE_CORRUPT : rc;
}

int hdb_row_reader_show_leaf(hdb_row_reader *reader, const unsigned char *page) {
  memcpy(reader->shown, page, hdb_pages_size(reader->pages));
  begin_scan(reader);
  return SQLITE_OK;
}

int hdb_row_reader_find(hdb_row_reader *reader, int by_rowid, sqlite3_value *const *key,
                        int key_count, int *found, hdb_page_list *trail) {
  sqlite3_stmt **find = by_rowid ? &reader->find_rowid : &reader->find;
  int rc = SQLITE_OK;
  *found = 0;
  hdb_row_reader_reset(reader);
  if (reader->shape.point.root == 0) return SQLITE_OK;
  if (!*find) rc = prepare_find(reader, by_rowid, find);
  for (int i = 0; i < key_count && rc == SQLITE_OK; i++) {
    rc = sqlite.bind_value(*find, i + 1, key[i]);
  }
  if (rc != SQLITE_OK) return failed(reader, rc);
  reader->shown_page = 0;
  reader->current = *find;
  reader->trail = trail;
  change_file(reader);
  rc = hdb_row_reader_next(reader);
  reader->trail = 0;
  *found = rc == SQLITE_ROW;
  return rc == SQLITE_ROW || rc == SQLITE_DONE ? SQLITE_OK : rc;
}

sqlite3_value *hdb_row_reader_value(const hdb_row_reader *reader, int column) {
  return sqlite.column_value(reader->current, column);
}

sqlite3_value *hdb_row_reader_wanted(const hdb_row_reader *reader, int wanted) {
  return reader->places[wanted] < 0 ? 0 : hdb_row_reader_value(reader, reader->places[wanted]);
}

int hdb_row_reader_place(const hdb_row_reader *reader, int wanted) {
  return reader->places[wanted];
}

sqlite3_value *hdb_row_reader_rowid(const hdb_row_reader *reader) {
  return sqlite.column_value(reader->current, reader->shape.column_count);
}

void hdb_row_reader_reset(hdb_row_reader *reader) {
  if (reader->current) sqlite.reset(reader->current);
  reader->current = 0;
}

static int content_equal(const void *one, int one_bytes, const void *other, int other_bytes) {
  if (one_bytes != other_bytes) return 0;
  return one_bytes == 0 || (one && other && memcmp(one, other, (size_t)one_bytes) == 0);
}

int hdb_values_equal(sqlite3_value *one, sqlite3_value *other, int *equal) {
  int type = one ? sqlite.value_type(one) : SQLITE_NULL;
  *equal = type == (other ? sqlite.value_type(other) : SQLITE_NULL);
  if (!*equal || type == SQLITE_NULL) return SQLITE_OK;
  if (type == SQLITE_INTEGER) {
    *equal = sqlite.value_int64(one) == sqlite.value_int64(other);
  } else if (type == SQLITE_FLOAT) {
    double a = sqlite.value_double(one);
    double b = sqlite.value_double(other);
    *equal = memcmp(&a, &b, sizeof a) == 0;
  } else if (type == SQLITE_TEXT) {
    const unsigned char *a = sqlite.value_text(one);
    const unsigned char *b = sqlite.value_text(other);
    if (!a || !b) return SQLITE_NOMEM;
    *equal = content_equal(a, sqlite.value_bytes(one), b, sqlite.value_bytes(other));
  } else {
    /* A length is asked for first: out of memory, SQLite makes a zeroblob null. */
    int a_bytes = sqlite.value_bytes(one);
    int b_bytes = sqlite.value_bytes(other);
    const void *a = sqlite.value_blob(one);
    const void *b = sqlite.value_blob(other);
    if ((!a && a_bytes > 0) || (!b && b_bytes > 0)) return SQLITE_NOMEM;
    *equal = content_equal(a, a_bytes, b, b_bytes);
  }
  return SQLITE_OK;
}

int hdb_rows_equal(const hdb_row_reader *one, const hdb_row_reader *other, int *equal) {
  int is_wanted = one->shape.column_count != other->shape.column_count;
  int count = is_wanted ? one->wanted_count : one->shape.column_count;
  int rc = SQLITE_OK;
  *equal = 1;
  for (int i = 0; i < count && *equal && rc == SQLITE_OK; i++) {
    int one_place = is_wanted ? one->places[i] : i;
    int other_place = is_wanted ? other->places[i] : i;
    if (one_place < 0 || other_place < 0) continue;
    rc = hdb_values_equal(hdb_row_reader_value(one, one_place),
                          hdb_row_reader_value(other, other_place), equal);
  }
  return rc;
}
