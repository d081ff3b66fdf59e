/*
** All that the engine may use of the C library's string.h. The builds for other platforms than
** the host's have these declarations alone, so that nothing else compiles. The functions are in
** every C library, which the process has loaded long before the engine.
*/
#ifndef HELIOSDB_CROSS_STRING_H
#define HELIOSDB_CROSS_STRING_H

#include <stddef.h>

void *memcpy(void *restrict to, const void *restrict from, size_t bytes);
void *memmove(void *to, const void *from, size_t bytes);
void *memset(void *to, int value, size_t bytes);
int memcmp(const void *left, const void *right, size_t bytes);
size_t strlen(const char *text);
int strcmp(const char *left, const char *right);
int strncmp(const char *left, const char *right, size_t bytes);
char *strchr(const char *text, int character);
size_t strspn(const char *text, const char *characters);

#endif
