/*
** Runs the tests, or those whose names contain an argument, `engine_test [-v] [part]...`, and none
** whose name contains an argument after an exclamation mark, `engine_test '!part'...`.
** Around every test it holds that all of SQLite's memory and every file is given back.
*/
#include "check.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "faults.h"
#include "history_support.h"
#include "stand_in.h"
#include "support.h"

enum { MOST_TESTS = 500, LONGEST_TEST_SECONDS = 300, EMULATED = 20, CHILD_FAILED = 99 };

typedef struct test {
  const char *file;
  const char *name;
  void (*run)(void);
} test;

static test tests[MOST_TESTS];
static int test_count;
static jmp_buf end_of_test;
static int in_child;

void check_register(const char *file, const char *name, void (*run)(void)) {
  if (test_count == MOST_TESTS) abort();
  tests[test_count++] = (test){file, name, run};
}

void check_in_child(void) { in_child = 1; }

_Noreturn void check_fail(const char *file, int line, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  fprintf(stderr, "%s:%d: ", file, line);
  vfprintf(stderr, format, arguments);
  fprintf(stderr, "\n");
  va_end(arguments);
  if (in_child) _exit(CHILD_FAILED);
  longjmp(end_of_test, 1);
}

void check_int(const char *file, int line, const char *what, int64_t actual, int64_t expected) {
  if (actual != expected) {
    check_fail(file, line, "%s is %lld, not %lld", what, (long long)actual, (long long)expected);
  }
}

void check_text(const char *file, int line, const char *what, const char *actual,
                const char *expected) {
  if (strcmp(actual, expected) != 0) {
    check_fail(file, line, "%s is\n%.2000s\nnot\n%.2000s", what, actual, expected);
  }
}

static int run(const test *it) {
  int64_t memory = memory_used();
  int files = faults_open_files();
  int secrets = stand_in_secrets();
  support_begin();
  alarm(LONGEST_TEST_SECONDS * (getenv("CHECK_EMULATED") ? EMULATED : 1));
  if (setjmp(end_of_test)) {
    faults_disarm();
    history_encrypt(0);
    support_end();
    return 0;
  }
  it->run();
  CHECK_INT(faults_open_files(), files);
  CHECK_INT(memory_used(), memory);
  CHECK_INT(stand_in_secrets(), secrets);
  support_end();
  return 1;
}

static int64_t milliseconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static int has_part(const test *it, const char *part) {
  return strstr(it->name, part) || strstr(it->file, part);
}

static int is_wanted(const test *it, int count, char **parts) {
  int named = 0;
  int all = 1;
  for (int i = 0; i < count; i++) {
    if (parts[i][0] == '!') {
      if (has_part(it, parts[i] + 1)) return 0;
    } else {
      all = 0;
      named |= has_part(it, parts[i]);
    }
  }
  return all || named;
}

/* The memory of keys is used again and never given back: it shall not be a test's. */
static void make_places_for_keys(void) {
  hdb_key *keys[8];
  for (int i = 0; i < 8; i++) keys[i] = stand_in_key(1);
  for (int i = 0; i < 8; i++) hdb_vfs_release_key(keys[i]);
}

int main(int argc, char **argv) {
  int verbose = argc > 1 && strcmp(argv[1], "-v") == 0;
  int passed = 0;
  int failed = 0;

  signal(SIGPIPE, SIG_IGN);
  setvbuf(stdout, 0, _IOLBF, 0);
  support_start();
  make_places_for_keys();
  for (int i = 0; i < test_count; i++) {
    const test *it = &tests[i];
    if (!is_wanted(it, argc - 1 - verbose, argv + 1 + verbose)) continue;
    int64_t start = milliseconds();
    int ok = run(it);
    if (ok) {
      passed++;
    } else {
      failed++;
    }
    if (verbose || !ok) {
      printf("%s %s (%lld ms)\n", ok ? "ok    " : "FAILED", it->name,
             (long long)(milliseconds() - start));
    }
  }
  printf("%d passed, %d failed\n", passed, failed);
  return failed > 0 || passed == 0;
}
