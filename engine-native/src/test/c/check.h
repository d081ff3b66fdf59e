/*
** The harness of the engine's tests. A test is a function named after the behaviour
** that it holds true:
**
**     TEST(closing_one_connection_keeps_the_file_owned) { ... }
**
** The first check that fails ends its test. Only the test's own thread checks; a
** thread or a child process reports to it.
*/
#ifndef CHECK_H
#define CHECK_H

#include <stdint.h>

#define TEST(name)                                                                                 \
  static void name(void);                                                                          \
  __attribute__((constructor)) static void register_##name(void) {                                 \
    check_register(__FILE__, #name, name);                                                         \
  }                                                                                                \
  static void name(void)

#define CHECK(condition)                                                                           \
  do {                                                                                             \
    if (!(condition)) check_fail(__FILE__, __LINE__, #condition);                                  \
  } while (0)

#define CHECK_INT(actual, expected) check_int(__FILE__, __LINE__, #actual, (actual), (expected))
#define CHECK_TEXT(actual, expected) check_text(__FILE__, __LINE__, #actual, (actual), (expected))

void check_register(const char *file, const char *name, void (*run)(void));
_Noreturn void check_fail(const char *file, int line, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void check_int(const char *file, int line, const char *what, int64_t actual, int64_t expected);
void check_text(const char *file, int line, const char *what, const char *actual,
                const char *expected);

/* From now on a failed check ends this process: it is the child of a test. */
void check_in_child(void);

#endif
