/*
** In place of the harness (check.c) for tests that need no SQLite, on processors that only an
** emulator has: runs all, and a failed check is the end.
*/
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../main/c/vector/distance.h"
#include "check.h"

enum { MOST_TESTS = 50 };

static void (*tests[MOST_TESTS])(void);
static const char *names[MOST_TESTS];
static int test_count;

void check_register(const char *file, const char *name, void (*run)(void)) {
  (void)file;
  if (test_count == MOST_TESTS) abort();
  names[test_count] = name;
  tests[test_count++] = run;
}

_Noreturn void check_fail(const char *file, int line, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  fprintf(stderr, "%s:%d: ", file, line);
  vfprintf(stderr, format, arguments);
  fprintf(stderr, "\n");
  va_end(arguments);
  exit(1);
}

void check_int(const char *file, int line, const char *what, int64_t actual, int64_t expected) {
  if (actual != expected) {
    check_fail(file, line, "%s is %lld, not %lld", what, (long long)actual, (long long)expected);
  }
}

void check_text(const char *file, int line, const char *what, const char *actual,
                const char *expected) {
  if (strcmp(actual, expected) != 0) check_fail(file, line, "%s is %s", what, actual);
}

int main(void) {
  hdb_kernels_choose();
  for (int i = 0; i < test_count; i++) {
    tests[i]();
    printf("ok     %s\n", names[i]);
  }
  printf("%d passed with %s\n", test_count, hdb_chosen_kernels->name);
  return test_count == 0;
}
