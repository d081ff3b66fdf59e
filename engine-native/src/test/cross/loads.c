/*
** Loads the library into a process of another C library than the one it was built beside: every
** name it needs has to be there, and its entry point has to run. It is given an SQLite that is
** too old, which it has to refuse, as there is none for that C library here.
*/
#include <dlfcn.h>
#include <stdio.h>

#include "../../main/c/sqlite_abi.h"

static int too_old(void) { return 3037000; }

int main(int argc, char **argv) {
  static hdb_function table[HDB_LIBVERSION_NUMBER_PLACE + 1];
  char *message = 0;
  void *library = argc == 2 ? dlopen(argv[1], RTLD_NOW | RTLD_LOCAL) : 0;
  if (!library) {
    fprintf(stderr, "%s\n", argc == 2 ? dlerror() : "the library is missing");
    return 1;
  }
  union {
    void *object;
    int (*function)(sqlite3 *, char **, const void *);
  } entry = {dlsym(library, "sqlite3_heliosdb_init")};
  if (!entry.object) {
    fprintf(stderr, "%s\n", dlerror());
    return 1;
  }
  table[HDB_LIBVERSION_NUMBER_PLACE] = (hdb_function)too_old;
  if (entry.function(0, &message, table) != SQLITE_ERROR) {
    fprintf(stderr, "%s took an SQLite that is too old\n", argv[1]);
    return 1;
  }
  printf("%s: loaded, its entry point refuses an old SQLite\n", argv[1]);
  return 0;
}
