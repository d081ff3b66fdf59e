/*
** The versions of one row, which is found by its key: see row_versions.h.
*/
#ifndef HELIOSDB_ONE_ROW_H
#define HELIOSDB_ONE_ROW_H

#include "row_versions.h"

typedef struct hdb_one_row hdb_one_row;

/*
** *is_usable is 0 where the key does not find the row at all points, as the table was another
** one then. After a failure it is there to be closed, unless it is null.
*/
int hdb_one_row_open(hdb_pages *pages, const hdb_versions_query *query, hdb_one_row **out,
                     int *is_usable);
void hdb_one_row_close(hdb_one_row *it);

/* As of hdb_row_versions. */
int hdb_one_row_next(hdb_one_row *it, hdb_row_version *out);
sqlite3_value *hdb_one_row_wanted(const hdb_one_row *it, int wanted);
const char *hdb_one_row_message(const hdb_one_row *it);

#endif
