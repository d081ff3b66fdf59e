/*
** What the tests share: a directory of their own, SQLite beside the engine, child
** processes, chance.
*/
#ifndef SUPPORT_H
#define SUPPORT_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "chance.h"
#include "engine.h"
#include "faults.h"

/* Once: initializes SQLite with faults on demand and loads the engine into it. */
void support_start(void);

/* Around every test: an empty directory. */
void support_begin(void);
void support_end(void);

int64_t memory_used(void);

/* The path of a file in the test's directory; lives until the test's end. */
const char *in_directory(const char *name);
int file_exists(const char *path);
void copy_file(const char *from, const char *to);

/* Text that grows. Freed by text_free. */
typedef struct text {
  char *chars; /* ends with a zero */
  size_t length;
  size_t capacity;
} text;

void text_add(text *out, const char *format, ...) __attribute__((format(printf, 2, 3)));
void text_free(text *out);

/* Adds what a value is: its type, its bits, its length and a digest of its bytes. */
void text_add_null(text *out);
void text_add_integer(text *out, int64_t value);
void text_add_float(text *out, double value);
void text_add_bytes(text *out, int type, const void *bytes, int64_t length);

/* Connections of SQLite itself. Those without `try` check that all goes well. */
sqlite3 *open_database(const char *path, const char *vfs);
int try_open_database(const char *path, int flags, const char *vfs, sqlite3 **out);
void close_database(sqlite3 *db);
void execute(sqlite3 *db, const char *sql);
int try_execute(sqlite3 *db, const char *sql);

/* All rows, columns parted by '|' and rows by ','; lives until eight more queries. */
const char *query(sqlite3 *db, const char *sql);
int64_t query_integer(sqlite3 *db, const char *sql);

/* Every table with every row and the schema, so that equal databases give equal text. */
void dump(sqlite3 *db, text *out);

/* A block of parameters. */
typedef struct block {
  unsigned char *bytes;
  int64_t length;
  int64_t capacity;
} block;

void block_clear(block *out);
void block_free(block *out);
void block_null(block *out);
void block_integer(block *out, int64_t value);
void block_float(block *out, double value);
/* A value that lies elsewhere, see statement.h. */
void block_elsewhere(block *out, int type, int32_t place);
void block_bytes(block *out, int type, const void *bytes, int64_t length);

/* A process that goes on with this test's code; 0 in the child, which has to _exit. */
pid_t fork_test(void);
int exit_code_of(pid_t pid); /* waits for it; -1 if it did not exit by itself */

/* A child process, forked now, before the test opens anything, and run when told. */
typedef struct child {
  pid_t pid;
  int go;   /* written by the parent */
  int news; /* read by the parent */
} child;

typedef int (*child_body)(const char *path, int go, int news);

child child_fork(child_body body, const char *path);
void child_go(child *it);                  /* lets it run, or go on after wait_for_go */
int64_t child_news(child *it);             /* waits for a number; -1 if it is gone */
int child_wait(child *it);                 /* its body's result */
void child_kill(child *it);                /* without any warning */
void wait_for_go(int go);                  /* in the child */
void tell_parent(int news, int64_t number); /* in the child */

#endif
