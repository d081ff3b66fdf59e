/*
** How far builds of vector indexes are, for all connections of the process to see: the table-valued
** function heliosdb_index_progress has a row for each that runs.
*/
#ifndef HELIOSDB_INDEX_PROGRESS_H
#define HELIOSDB_INDEX_PROGRESS_H

#include "../sqlite_abi.h"

typedef struct hdb_index_progress {
  struct hdb_index_progress *next;
  const char *schema;
  const char *name;
  const char *phase; /* a literal */
  int64_t done;      /* rows of the phase */
  int64_t total;     /* 0: not known */
} hdb_index_progress;

/* The names live until the end. */
int hdb_index_progress_begin(hdb_index_progress *progress, const char *schema, const char *name);
void hdb_index_progress_phase(hdb_index_progress *progress, const char *phase, int64_t total);
void hdb_index_progress_step(hdb_index_progress *progress);
void hdb_index_progress_end(hdb_index_progress *progress);

int hdb_index_progress_register(sqlite3 *db);

#endif
