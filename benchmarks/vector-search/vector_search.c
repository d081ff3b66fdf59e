/*
** Vector search beside sqlite-vec in one run, by SQLite's C API without a JVM:
**
**   vector_search <our library> <sqlite-vec's library, or -> <vectors> <count> <directory>
**
** `vectors` is a file of 384 float32 each, as Glosses writes it. Every 235th is a query and is
** not stored. Where `count` is larger than the file, vectors are made of real ones and noise.
*/
#define _POSIX_C_SOURCE 200809L
#include <math.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { DIMENSIONS = 384, NEAREST = 10, MOST_QUERIES = 500, QUERY_EVERY = 235, BATCH = 1000 };
enum { VECTOR_BYTES = DIMENSIONS * 4 };

static float *queries;
static float *stored;
static int query_count;
static int count;
static int *truth;

static _Noreturn void fail(const char *what, sqlite3 *db) {
  fprintf(stderr, "%s: %s\n", what, db ? sqlite3_errmsg(db) : "failed");
  exit(1);
}

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec * 1e6 + (double)time.tv_nsec / 1e3;
}

static void execute(sqlite3 *db, const char *sql) {
  if (sqlite3_exec(db, sql, 0, 0, 0) != SQLITE_OK) fail(sql, db);
}

static sqlite3_stmt *prepare(sqlite3 *db, const char *sql) {
  sqlite3_stmt *stmt;
  if (sqlite3_prepare_v2(db, sql, -1, &stmt, 0) != SQLITE_OK) fail(sql, db);
  return stmt;
}

static double number(sqlite3 *db, const char *sql) {
  sqlite3_stmt *stmt = prepare(db, sql);
  if (sqlite3_step(stmt) != SQLITE_ROW) fail(sql, db);
  double out = sqlite3_column_double(stmt, 0);
  sqlite3_finalize(stmt);
  return out;
}

static float dot(const float *a, const float *b) {
  float sum = 0;
  for (int i = 0; i < DIMENSIONS; i++) sum += a[i] * b[i];
  return sum;
}

static void normalize(float *vector) {
  float factor = 1 / sqrtf(dot(vector, vector));
  for (int i = 0; i < DIMENSIONS; i++) vector[i] *= factor;
}

static float noise(void) { return (float)rand() / (float)RAND_MAX - 0.5f; }

/* Reads the file, takes the queries out, and shuffles or adds to what is left. */
static void read_vectors(const char *path) {
  FILE *file = fopen(path, "rb");
  if (!file) fail(path, 0);
  queries = malloc((size_t)MOST_QUERIES * VECTOR_BYTES);
  stored = malloc((size_t)count * VECTOR_BYTES);
  float vector[DIMENSIONS];
  int real = 0;
  srand(1);
  for (int i = 0; fread(vector, VECTOR_BYTES, 1, file) == 1; i++) {
    if (i % QUERY_EVERY == 7 && query_count < MOST_QUERIES) {
      memcpy(queries + (size_t)query_count++ * DIMENSIONS, vector, VECTOR_BYTES);
    } else if (real < count) {
      memcpy(stored + (size_t)real++ * DIMENSIONS, vector, VECTOR_BYTES);
    }
  }
  fclose(file);
  for (int i = real; i < count; i++) {
    float *made = stored + (size_t)i * DIMENSIONS;
    const float *a = stored + (size_t)(rand() % real) * DIMENSIONS;
    const float *b = stored + (size_t)(rand() % real) * DIMENSIONS;
    for (int d = 0; d < DIMENSIONS; d++) made[d] = 0.7f * a[d] + 0.3f * b[d] + 0.08f * noise();
    normalize(made);
  }
  for (int i = count - 1; i > 0; i--) {
    int j = (int)(((long long)rand() * RAND_MAX + rand()) % (i + 1));
    float *a = stored + (size_t)i * DIMENSIONS;
    float *b = stored + (size_t)j * DIMENSIONS;
    memcpy(vector, a, VECTOR_BYTES);
    memmove(a, b, VECTOR_BYTES);
    memcpy(b, vector, VECTOR_BYTES);
  }
}

static void find_truth(void) {
  float *products = malloc((size_t)count * sizeof *products);
  truth = malloc((size_t)query_count * NEAREST * sizeof *truth);
  for (int q = 0; q < query_count; q++) {
    for (int i = 0; i < count; i++) {
      products[i] = dot(queries + (size_t)q * DIMENSIONS, stored + (size_t)i * DIMENSIONS);
    }
    for (int k = 0; k < NEAREST; k++) {
      int best = 0;
      for (int i = 1; i < count; i++) {
        if (products[i] > products[best]) best = i;
      }
      truth[q * NEAREST + k] = best + 1;
      products[best] = -9;
    }
  }
  free(products);
}

static sqlite3 *open_database(const char *directory, const char *name, const char *library,
                              const char *entry) {
  char path[500];
  sqlite3 *db;
  char *message;
  snprintf(path, sizeof path, "%s/%s", directory, name);
  unlink(path);
  if (sqlite3_open(path, &db) != SQLITE_OK) fail(path, db);
  sqlite3_enable_load_extension(db, 1);
  if (sqlite3_load_extension(db, library, entry, &message) != SQLITE_OK) fail(message, 0);
  execute(db, "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA cache_size=-65536");
  return db;
}

/* Inserts those of which the id modulo 4 is 0, or is not, or all (-1). */
static double insert(sqlite3 *db, const char *sql, int keeps) {
  sqlite3_stmt *stmt = prepare(db, sql);
  int done = 0;
  double start = now();
  execute(db, "BEGIN");
  for (int i = 0; i < count; i++) {
    if (keeps >= 0 && ((i + 1) % 4 == 0) != keeps) continue;
    sqlite3_bind_int(stmt, 1, i + 1);
    sqlite3_bind_blob(stmt, 2, stored + (size_t)i * DIMENSIONS, VECTOR_BYTES, SQLITE_STATIC);
    if (sqlite3_step(stmt) != SQLITE_DONE) fail(sql, db);
    sqlite3_reset(stmt);
    if (++done % BATCH == 0) execute(db, "COMMIT; BEGIN");
  }
  execute(db, "COMMIT");
  sqlite3_finalize(stmt);
  return (now() - start) / done;
}

static int compare(const void *one, const void *other) {
  double a = *(const double *)one;
  double b = *(const double *)other;
  return (a > b) - (a < b);
}

static void search(sqlite3 *db, const char *label, const char *sql, int beam, int asked) {
  sqlite3_stmt *stmt = prepare(db, sql);
  double *times = malloc((size_t)asked * sizeof *times);
  int hits = 0;
  /* Twice, for the second time to find the caches warm. */
  for (int pass = 0; pass < 2; pass++) {
    hits = 0;
    for (int q = 0; q < asked; q++) {
      double start = now();
      sqlite3_bind_blob(stmt, 1, queries + (size_t)q * DIMENSIONS, VECTOR_BYTES, SQLITE_STATIC);
      if (beam > 0) sqlite3_bind_int(stmt, 2, beam);
      while (sqlite3_step(stmt) == SQLITE_ROW) {
        for (int k = 0; k < NEAREST; k++) {
          hits += truth[q * NEAREST + k] == sqlite3_column_int(stmt, 0);
        }
      }
      if (sqlite3_reset(stmt) != SQLITE_OK) fail(sql, db);
      times[q] = now() - start;
    }
  }
  qsort(times, (size_t)asked, sizeof *times, compare);
  printf("%-28s %4d  recall@10 %.4f  p50 %8.0f us  p99 %8.0f us\n", label, beam,
         (double)hits / (asked * NEAREST), times[asked / 2], times[asked * 99 / 100]);
  free(times);
  sqlite3_finalize(stmt);
}

static void search_all(sqlite3 *db, const char *label) {
  static const int beams[] = {0, 40, 80, 120, 160, 320};
  for (size_t i = 0; i < sizeof beams / sizeof *beams; i++) {
    search(db, label,
           "SELECT rowid, heliosdb_distance FROM docs_embedding WHERE heliosdb_query = ?1 AND "
           "heliosdb_beam = ?2 ORDER BY heliosdb_distance LIMIT 10",
           beams[i], query_count);
  }
}

static void measure_index(const char *directory, const char *library) {
  const char *create = "CREATE VIRTUAL TABLE docs_embedding USING heliosdb_vector_index("
                       "table=docs, column=embedding, metric=cosine)";
  const char *add = "INSERT INTO docs(id, embedding) VALUES(?1, ?2)";
  sqlite3 *db = open_database(directory, "built.db", library, "sqlite3_heliosdb_init");
  execute(db, "CREATE TABLE docs(id INTEGER PRIMARY KEY, embedding VECTOR(384))");
  printf("table alone: %.1f us an insert\n", insert(db, add, -1));
  execute(db, "PRAGMA wal_checkpoint(TRUNCATE)");
  double pages = number(db, "SELECT page_count FROM pragma_page_count");
  double start = now();
  execute(db, create);
  printf("build: %.1f us a vector\n", (now() - start) / count);
  execute(db, "PRAGMA wal_checkpoint(TRUNCATE)");
  printf("index: %.1f bytes a vector beside the table\n",
         (number(db, "SELECT page_count FROM pragma_page_count") - pages) * 4096 / count);
  search_all(db, "built");
  start = now();
  execute(db, "DELETE FROM docs WHERE id % 4 <> 0");
  printf("delete: %.1f us a row\n", (now() - start) / (count * 0.75));
  printf("insert again: %.1f us a row\n", insert(db, add, 0));
  printf("file: %.3f times its size before\n",
         number(db, "SELECT page_count FROM pragma_page_count") /
             (pages + number(db, "SELECT count(*) * 2 FROM docs_embedding_lists")));
  search_all(db, "75 % deleted and anew");
  sqlite3_close(db);
  db = open_database(directory, "grown.db", library, "sqlite3_heliosdb_init");
  execute(db, "CREATE TABLE docs(id INTEGER PRIMARY KEY, embedding VECTOR(384))");
  execute(db, create);
  printf("insert in batches of 1,000: %.1f us a row\n", insert(db, add, -1));
  search_all(db, "grown row by row");
  sqlite3_close(db);
}

static void measure_sqlite_vec(const char *directory, const char *library) {
  sqlite3 *db = open_database(directory, "sqlite-vec.db", library, "sqlite3_vec_init");
  execute(db, "CREATE VIRTUAL TABLE docs USING vec0(id INTEGER PRIMARY KEY, "
              "embedding FLOAT[384] distance_metric=cosine)");
  printf("sqlite-vec: %.1f us an insert\n",
         insert(db, "INSERT INTO docs(id, embedding) VALUES(?1, ?2)", -1));
  search(db, "sqlite-vec", "SELECT id FROM docs WHERE embedding MATCH ?1 AND k = 10", 0,
         query_count < 50 ? query_count : 50);
  sqlite3_close(db);
}

int main(int argc, char **argv) {
  if (argc != 6) {
    fprintf(stderr, "usage: vector_search <our library> <sqlite-vec's library or -> <vectors> "
                    "<count> <directory>\n");
    return 2;
  }
  setvbuf(stdout, 0, _IOLBF, 0);
  count = atoi(argv[4]);
  read_vectors(argv[3]);
  find_truth();
  printf("%d vectors, %d queries\n", count, query_count);
  measure_index(argv[5], argv[1]);
  if (strcmp(argv[2], "-") != 0) measure_sqlite_vec(argv[5], argv[2]);
  return 0;
}
