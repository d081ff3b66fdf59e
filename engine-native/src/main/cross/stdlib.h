/*
** All that the engine may use of the C library's stdlib.h; see string.h. Memory comes from
** SQLite, but for what is never given back.
*/
#ifndef HELIOSDB_CROSS_STDLIB_H
#define HELIOSDB_CROSS_STDLIB_H

#include <stddef.h>

void *calloc(size_t count, size_t size);
void free(void *memory);
void qsort(void *items, size_t count, size_t size, int (*compare)(const void *, const void *));
void *bsearch(const void *key, const void *items, size_t count, size_t size,
              int (*compare)(const void *, const void *));
long long strtoll(const char *text, char **end, int base);

#endif
