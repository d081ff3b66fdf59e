/*
** Native statements: one call executes a statement with all its parameters and
** brings back as many rows as fit into a buffer.
**
** A connection and its statements are used by one thread at a time; only
** hdb_cancel may be called from any thread while the connection is open. Numbers
** are in the machine's byte order and need no alignment.
**
** Parameters come as one block, one after the other from the first on:
**
**     type (1 byte)   then
**     SQLITE_NULL     nothing
**     SQLITE_INTEGER  int64
**     SQLITE_FLOAT    double
**     SQLITE_TEXT     int32 length, so many bytes of UTF-8
**     SQLITE_BLOB     int32 length, so many bytes
**
** A text or blob with HDB_LARGE lies elsewhere: behind the type follows an int32, its
** place among what hdb_use_bytes was given.
**
** A result is an hdb_result, then rows. A row is
**
**     int32           length of the row in bytes, this field included
**     type            1 byte a column: SQLITE_..., with HDB_LARGE for a value left out
**     slot            8 bytes a column: int64, double, or for text and blob
**                     int32 offset from the row's start, int32 length
**     bytes           of texts (UTF-8, no terminator) and blobs
**
** A text or blob that does not fit is left out: its type has HDB_LARGE set, its slot
** holds its length as int64, and the statement stays on the row, so that
** hdb_read_large can read it piece by piece until the next call of hdb_fetch.
*/
#ifndef HELIOSDB_STATEMENT_H
#define HELIOSDB_STATEMENT_H

#include "../sqlite_abi.h"
#include "bytes.h"

enum {
  HDB_ROWS_BYTES = 65536,      /* a result is never longer */
  HDB_INLINE_BYTES = 16384,    /* a text or blob beyond this is always left out */
  HDB_KEPT_PARAMETER_BYTES = 65536, /* a longer block of parameters goes with its execution */
  HDB_LARGE = 16,              /* flag of a value's type */
  HDB_PROGRESS_STEPS = 1000    /* virtual machine steps between two looks at hdb_cancel */
};

/* Bits of hdb_result.state. */
enum {
  HDB_STATE_AUTOCOMMIT = 1, /* no transaction is open */
  HDB_STATE_READING = 2,    /* a read transaction is active */
  HDB_STATE_WRITING = 4     /* a write transaction is active */
};

typedef struct hdb_result {
  int32_t code;       /* SQLITE_ROW: there may be more; SQLITE_DONE; else an extended error code */
  int32_t row_count;  /* rows in this result */
  int32_t bytes;      /* length of this result in bytes, this header included */
  int32_t columns;    /* of the statement; SQLite may have prepared it anew */
  int64_t changes;    /* rows that it inserted, updated or deleted; valid with SQLITE_DONE */
  int64_t last_rowid; /* of the connection's last insert */
  int32_t state;      /* HDB_STATE_... after this call */
  int32_t reprepared; /* how often SQLite prepared it anew: when this grows, names may differ */
  int32_t wal_frames; /* in the WAL of "main" after this connection's last commit to it */
  int32_t unused;
} hdb_result;

typedef struct hdb_connection {
  sqlite3 *db;
  unsigned char *rows; /* HDB_ROWS_BYTES, where results are built */
  uint64_t running;    /* ticket of the call under way, 0 between calls; atomic */
  uint64_t cancelled;  /* ticket of the call to cancel; atomic */
  sqlite3_stmt *stmt;  /* of the call under way */
  int wal_frames;      /* in the WAL of "main" after the last commit to it */
  int comparison_failed; /* code of a collation's failure during the call, see callbacks.h */
} hdb_connection;

typedef struct hdb_statement {
  hdb_connection *connection;
  sqlite3_stmt *stmt;
  unsigned char *parameters; /* what the bindings point into */
  int64_t parameters_capacity;
  hdb_bytes **large; /* texts and blobs that are bound from elsewhere, held */
  int large_count;
  int parameter_count;
  int active;           /* stepped and not reset */
  int on_unread_row;    /* stands on a row that no result holds yet */
  int64_t changes_from; /* total_changes64 when the execution began */
} hdb_statement;

/*
** Opens a connection. It never checkpoints by itself, except when it is the database's
** last one and closes: hdb_result.wal_frames tells when it is time. On an error *out is
** a connection that only tells its message and is closed as any other, or null if there
** was no memory for that.
*/
int hdb_open(const char *path, int flags, const char *vfs, hdb_connection **out);

/* All its statements have been finalized. */
int hdb_close(hdb_connection *connection);

/*
** Prepares the first statement in `sql`, `bytes` long. *out is null when there is
** none, only space and comments. *tail is where the next one begins.
*/
int hdb_prepare(hdb_connection *connection, const char *sql, int bytes, hdb_statement **out,
                int *tail);

void hdb_finalize(hdb_statement *statement);

/*
** Makes room for a block of parameters, to be filled before hdb_execute or hdb_batch.
** It resets the statement first, as its bindings may point into the block.
** Returns null when out of memory.
*/
unsigned char *hdb_parameters(hdb_statement *statement, int64_t bytes);

/*
** Names the texts and blobs that the next block of parameters refers to; they are held
** until the execution ends. It resets the statement first. Returns a result code.
*/
int hdb_use_bytes(hdb_statement *statement, hdb_bytes *const *large, int count);

/*
** Executes with the block of parameters and reads the first rows: at most `limit`
** rows (0: no limit) and `max_bytes` of result. The result, connection->rows, is
** always there. `ticket` is what hdb_cancel names: greater than that of the call before,
** and than 0.
*/
const hdb_result *hdb_execute(hdb_statement *statement, int64_t bytes, int max_bytes, int limit,
                              uint64_t ticket);

/* Reads the next rows, after hdb_execute or hdb_fetch answered SQLITE_ROW. */
const hdb_result *hdb_fetch(hdb_statement *statement, int max_bytes, int limit, uint64_t ticket);

/*
** Executes once for each of `count` sets of parameters that follow each other in the
** block, until one fails. changes[i] receives the rows that set i changed. *done is
** the number of sets that were executed. Rows that the statement returns are passed over.
*/
int hdb_batch(hdb_statement *statement, int64_t bytes, int count, int64_t *changes, int *done,
              uint64_t ticket);

/* Ends the execution. The error it may repeat is the one already reported. */
void hdb_reset(hdb_statement *statement);

/* State bits as in hdb_result. */
int hdb_state(hdb_connection *connection);

/*
** Copies up to `bytes` from `offset` of a left-out value. Returns the bytes copied, -1 if
** the statement stands on no row or is out of memory.
*/
int hdb_read_large(hdb_statement *statement, int column, int64_t offset, void *out, int bytes);

/*
** Makes the call with that ticket, if it is still under way, end with
** SQLITE_INTERRUPT. Any thread, while the connection is open.
*/
void hdb_cancel(hdb_connection *connection, uint64_t ticket);

#endif
