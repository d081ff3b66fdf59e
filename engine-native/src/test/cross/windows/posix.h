/*
** What the tests take of POSIX and mingw-w64 does not have, included before everything else. What
** Windows has no notion of fails with ENOSYS, and a test that takes it fails with it: platforms.mk
** names those that are left out for that reason.
*/
#ifndef POSIX_H
#define POSIX_H

#include <direct.h>
#include <io.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define SIGPIPE 13
#define SIGKILL 9
#define F_GETFD 1
#define WIFEXITED(status) ((status), 1)
#define WEXITSTATUS(status) (status)
#define WIFSIGNALED(status) ((status), 0)
#define WTERMSIG(status) ((status), 0)

/* A folder has no mode there. */
#define mkdir(path, mode) mkdir(path)

/* The C library's fails where the new name is taken. */
#define rename(from, to) replace_file(from, to)
int replace_file(const char *from, const char *to);

/* Windows has no buffer of a line, and ends a program that wants one. */
#define setvbuf(stream, buffer, mode, size) ((void)0)

char *mkdtemp(char *path);
int setenv(const char *name, const char *value, int overwrite);
int unsetenv(const char *name);
void *memmem(const void *in, size_t in_bytes, const void *part, size_t part_bytes);
int64_t pwrite(int file, const void *bytes, size_t count, int64_t offset);
int fcntl(int file, int command, ...);
int pipe(int *ends);

unsigned alarm(unsigned seconds);
int fork(void);
int waitpid(int process, int *status, int options);
int kill(int process, int signal);
int link(const char *from, const char *to);
int symlink(const char *from, const char *to);
unsigned getuid(void);
int setuid(unsigned user);
int setgid(unsigned group);

#endif
