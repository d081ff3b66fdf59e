/*
** What the tests share.
*/
#include "support.h"

#include <dirent.h>
#include <inttypes.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"
#include "faults.h"

enum { MOST_PATHS = 64, MOST_QUERIES = 8 };

static char directory[256];
static char *paths[MOST_PATHS];
static int path_count;
static text queries[MOST_QUERIES];
static int query_count;

/* SQLite takes any result but SQLITE_OK of an automatic extension for a failure. */
static int load_engine(sqlite3 *db, char **error_message, const struct sqlite3_api_routines *api) {
  int rc = sqlite3_heliosdb_init(db, error_message, api);
  return rc == SQLITE_OK_LOAD_PERMANENTLY ? SQLITE_OK : rc;
}

/*
** The engine is part of the test, so that its inside can be tested. SQLite hands its
** table of functions to automatic extensions just as to loaded ones.
*/
void support_start(void) {
  sqlite3 *db;
  faults_install_allocator();
  if (sqlite3_initialize() != SQLITE_OK) abort();
  faults_install_vfs();
  sqlite3_auto_extension((void (*)(void))load_engine);
  if (sqlite3_open(":memory:", &db) != SQLITE_OK) abort();
  sqlite3_close(db);
  sqlite3_reset_auto_extension();
  if (!sqlite3_vfs_find(HDB_VFS_NAME) || !sqlite3_vfs_find(HDB_MEMORY_VFS_NAME)) abort();
}

void support_begin(void) {
  const char *parent = getenv("TMPDIR");
  snprintf(directory, sizeof directory, "%s/heliosdb-test-XXXXXX", parent ? parent : "/tmp");
  if (!mkdtemp(directory)) abort();
}

static void empty_directory(void) {
  DIR *listing = opendir(directory);
  struct dirent *entry;
  char path[600];
  if (!listing) return;
  while ((entry = readdir(listing))) {
    if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) continue;
    snprintf(path, sizeof path, "%s/%s", directory, entry->d_name);
    unlink(path);
  }
  closedir(listing);
}

void support_end(void) {
  empty_directory();
  rmdir(directory);
  while (path_count > 0) free(paths[--path_count]);
  for (int i = 0; i < MOST_QUERIES; i++) text_free(&queries[i]);
}

int64_t memory_used(void) { return sqlite3_memory_used(); }

const char *in_directory(const char *name) {
  size_t bytes = strlen(directory) + strlen(name) + 2;
  char path[512];
  snprintf(path, sizeof path, "%s/%s", directory, name);
  for (int i = 0; i < path_count; i++) {
    if (strcmp(paths[i], path) == 0) return paths[i];
  }
  if (path_count == MOST_PATHS || bytes > sizeof path) abort();
  paths[path_count] = malloc(bytes);
  memcpy(paths[path_count], path, bytes);
  return paths[path_count++];
}

int file_exists(const char *path) { return access(path, F_OK) == 0; }

void copy_file(const char *from, const char *to) {
  char buffer[65536];
  size_t bytes;
  FILE *in = fopen(from, "rb");
  FILE *out = fopen(to, "wb");
  CHECK(in && out);
  while ((bytes = fread(buffer, 1, sizeof buffer, in)) > 0) {
    CHECK(fwrite(buffer, 1, bytes, out) == bytes);
  }
  fclose(in);
  CHECK(fclose(out) == 0);
}

void text_add(text *out, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  int length = vsnprintf(0, 0, format, arguments);
  va_end(arguments);
  if (length < 0) abort();
  size_t needed = out->length + (size_t)length + 1;
  if (needed > out->capacity) {
    out->capacity = needed * 2;
    out->chars = realloc(out->chars, out->capacity);
    if (!out->chars) abort();
  }
  va_start(arguments, format);
  vsnprintf(out->chars + out->length, (size_t)length + 1, format, arguments);
  va_end(arguments);
  out->length += (size_t)length;
}

void text_free(text *out) {
  free(out->chars);
  memset(out, 0, sizeof *out);
}

void text_add_null(text *out) { text_add(out, "null "); }
void text_add_integer(text *out, int64_t value) { text_add(out, "%" PRId64 " ", value); }

void text_add_float(text *out, double value) {
  uint64_t bits;
  memcpy(&bits, &value, sizeof bits);
  text_add(out, "f%016" PRIx64 " ", bits);
}

void text_add_bytes(text *out, int type, const void *bytes, int64_t length) {
  const unsigned char *p = bytes;
  uint64_t digest = 14695981039346656037u;
  for (int64_t i = 0; i < length; i++) digest = (digest ^ p[i]) * 1099511628211u;
  text_add(out, "%c%" PRId64 ":%016" PRIx64 " ", type == SQLITE_TEXT ? 't' : 'b', length, digest);
}

int try_open_database(const char *path, int flags, const char *vfs, sqlite3 **out) {
  int rc = sqlite3_open_v2(path, out, flags, vfs);
  if (rc == SQLITE_OK) rc = hdb_vfs_prepare(*out);
  if (rc != SQLITE_OK) {
    sqlite3_close(*out);
    *out = 0;
  }
  return rc;
}

sqlite3 *open_database(const char *path, const char *vfs) {
  sqlite3 *db;
  CHECK_INT(try_open_database(path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, vfs, &db),
            SQLITE_OK);
  if (strcmp(vfs, STOCK_VFS) == 0) execute(db, "PRAGMA synchronous=OFF");
  return db;
}

void close_database(sqlite3 *db) { CHECK_INT(sqlite3_close(db), SQLITE_OK); }

int try_execute(sqlite3 *db, const char *sql) {
  int rc = sqlite3_exec(db, sql, 0, 0, 0);
  return rc & 0xff;
}

void execute(sqlite3 *db, const char *sql) {
  int rc = sqlite3_exec(db, sql, 0, 0, 0);
  if (rc != SQLITE_OK) check_fail(__FILE__, __LINE__, "%s: %d, %s", sql, rc, sqlite3_errmsg(db));
}

const char *query(sqlite3 *db, const char *sql) {
  text *out = &queries[query_count++ % MOST_QUERIES];
  sqlite3_stmt *stmt;
  int rc = sqlite3_prepare_v2(db, sql, -1, &stmt, 0);
  text_free(out);
  text_add(out, "%s", "");
  if (rc != SQLITE_OK) check_fail(__FILE__, __LINE__, "%s: %s", sql, sqlite3_errmsg(db));
  while ((rc = sqlite3_step(stmt)) == SQLITE_ROW) {
    if (out->length > 0) text_add(out, ",");
    for (int i = 0; i < sqlite3_column_count(stmt); i++) {
      const unsigned char *value = sqlite3_column_text(stmt, i);
      text_add(out, "%s%s", i > 0 ? "|" : "", value ? (const char *)value : "null");
    }
  }
  if (sqlite3_finalize(stmt) != SQLITE_OK) {
    check_fail(__FILE__, __LINE__, "%s: %d, %s", sql, rc, sqlite3_errmsg(db));
  }
  return out->chars;
}

int64_t query_integer(sqlite3 *db, const char *sql) { return strtoll(query(db, sql), 0, 10); }

void dump(sqlite3 *db, text *out) {
  sqlite3_stmt *tables;
  const char *sql = "SELECT name, type, sql FROM sqlite_schema ORDER BY name, type";
  CHECK_INT(sqlite3_prepare_v2(db, sql, -1, &tables, 0), SQLITE_OK);
  while (sqlite3_step(tables) == SQLITE_ROW) {
    const char *name = (const char *)sqlite3_column_text(tables, 0);
    const char *definition = (const char *)sqlite3_column_text(tables, 2);
    text_add(out, "%s: %s\n", name, definition ? definition : "");
    if (strcmp((const char *)sqlite3_column_text(tables, 1), "table") != 0) continue;
    char *rows_sql = sqlite3_mprintf("SELECT rowid, * FROM \"%w\" ORDER BY rowid", name);
    sqlite3_stmt *rows;
    CHECK_INT(sqlite3_prepare_v2(db, rows_sql, -1, &rows, 0), SQLITE_OK);
    while (sqlite3_step(rows) == SQLITE_ROW) {
      for (int i = 0; i < sqlite3_column_count(rows); i++) {
        int type = sqlite3_column_type(rows, i);
        if (type == SQLITE_NULL) text_add_null(out);
        if (type == SQLITE_INTEGER) text_add_integer(out, sqlite3_column_int64(rows, i));
        if (type == SQLITE_FLOAT) text_add_float(out, sqlite3_column_double(rows, i));
        if (type == SQLITE_TEXT || type == SQLITE_BLOB) {
          const void *bytes = sqlite3_column_blob(rows, i);
          text_add_bytes(out, type, bytes, sqlite3_column_bytes(rows, i));
        }
      }
      text_add(out, "\n");
    }
    CHECK_INT(sqlite3_finalize(rows), SQLITE_OK);
    sqlite3_free(rows_sql);
  }
  CHECK_INT(sqlite3_finalize(tables), SQLITE_OK);
}

static void block_append(block *out, const void *bytes, int64_t length) {
  if (out->length + length > out->capacity) {
    out->capacity = (out->length + length) * 2;
    out->bytes = realloc(out->bytes, (size_t)out->capacity);
    if (!out->bytes) abort();
  }
  if (length > 0) memcpy(out->bytes + out->length, bytes, (size_t)length);
  out->length += length;
}

static void block_type(block *out, int type) {
  unsigned char byte = (unsigned char)type;
  block_append(out, &byte, 1);
}

void block_clear(block *out) { out->length = 0; }

void block_free(block *out) {
  free(out->bytes);
  memset(out, 0, sizeof *out);
}

void block_null(block *out) { block_type(out, SQLITE_NULL); }

void block_integer(block *out, int64_t value) {
  block_type(out, SQLITE_INTEGER);
  block_append(out, &value, 8);
}

void block_float(block *out, double value) {
  block_type(out, SQLITE_FLOAT);
  block_append(out, &value, 8);
}

void block_elsewhere(block *out, int type, int32_t place) {
  block_type(out, type | HDB_LARGE);
  block_append(out, &place, 4);
}

void block_bytes(block *out, int type, const void *bytes, int64_t length) {
  int32_t short_length = (int32_t)length;
  block_type(out, type);
  block_append(out, &short_length, 4);
  block_append(out, bytes, length);
}

pid_t fork_test(void) {
  fflush(0);
  pid_t pid = fork();
  CHECK(pid >= 0);
  if (pid == 0) check_in_child();
  return pid;
}

int exit_code_of(pid_t pid) {
  int status;
  CHECK(waitpid(pid, &status, 0) == pid);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

child child_fork(child_body body, const char *path) {
  int go[2];
  int news[2];
  child it;
  CHECK(pipe(go) == 0 && pipe(news) == 0);
  it.pid = fork_test();
  if (it.pid == 0) {
    close(go[1]);
    close(news[0]);
    wait_for_go(go[0]);
    _exit(body(path, go[0], news[1]));
  }
  close(go[0]);
  close(news[1]);
  it.go = go[1];
  it.news = news[0];
  return it;
}

void child_go(child *it) { CHECK(write(it->go, "g", 1) == 1); }

/* A parent that is gone takes its child along. */
void wait_for_go(int go) {
  char byte;
  if (read(go, &byte, 1) != 1) _exit(1);
}

void tell_parent(int news, int64_t number) {
  if (write(news, &number, sizeof number) != sizeof number) _exit(1);
}

int64_t child_news(child *it) {
  int64_t number;
  return read(it->news, &number, sizeof number) == sizeof number ? number : -1;
}

int child_wait(child *it) {
  close(it->go);
  close(it->news);
  return exit_code_of(it->pid);
}

void child_kill(child *it) {
  kill(it->pid, SIGKILL);
  exit_code_of(it->pid);
  close(it->go);
}
