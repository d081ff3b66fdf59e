/*
** What the fuzzers share in place of the harness (check.c): a failed check is a crash.
*/
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "support.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);

int LLVMFuzzerInitialize(int *argc, char ***argv) {
  (void)argc;
  (void)argv;
  support_start();
  return 0;
}

_Noreturn void check_fail(const char *file, int line, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  fprintf(stderr, "%s:%d: ", file, line);
  vfprintf(stderr, format, arguments);
  fprintf(stderr, "\n");
  va_end(arguments);
  abort();
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

void check_register(const char *file, const char *name, void (*run)(void)) {
  (void)file;
  (void)name;
  (void)run;
}

void check_in_child(void) {}
