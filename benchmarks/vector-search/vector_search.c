/*
** Vector search beside sqlite-vec, by SQLite's C API without a JVM. All steps share a directory:
**
**   vector_search prepare <directory> <vectors> <count>   stored.f32, queries.f32 and truth.i32
**   vector_search build <directory> <our library>         a table, and an index on it
**   vector_search search <directory> <our library>        searches in that, with several beams
**   vector_search replace <directory> <our library>       deletes 75 % there and inserts others
**   vector_search grow <directory> <our library>          an index that is there before the rows
**   vector_search sqlite-vec <directory> <its library>    all of it with sqlite-vec
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
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

enum { DIMENSIONS = 384, NEAREST = 10, MOST_QUERIES = 500, QUERY_EVERY = 235, BATCH = 1000 };
enum { VECTOR_BYTES = DIMENSIONS * 4, SINGLE_INSERTS = 2000, PASSES = 3 };

static const char *directory;
static const char *library;
static float *queries;
static float *stored;
static int *truth; /* for each query the numbers of its nearest, counted from 1 */
static int query_count;
static int count;

static _Noreturn void fail(const char *what, sqlite3 *db) {
  fprintf(stderr, "%s: %s\n", what, db ? sqlite3_errmsg(db) : "failed");
  exit(1);
}

static void *allocate(size_t bytes) {
  void *memory = malloc(bytes);
  if (!memory) fail("memory", 0);
  return memory;
}

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec * 1e6 + (double)time.tv_nsec / 1e3;
}

static const char *path_of(const char *name) {
  static char path[1000];
  snprintf(path, sizeof path, "%s/%s", directory, name);
  return path;
}

/* Preparing */

static float dot(const float *a, const float *b) {
  float sum = 0;
  for (int i = 0; i < DIMENSIONS; i++) sum += a[i] * b[i];
  return sum;
}

static float noise(void) { return (float)rand() / (float)RAND_MAX - 0.5f; }

/* Reads the file, takes the queries out, and adds to what is left, in random order. */
static void read_embeddings(const char *path) {
  FILE *file = fopen(path, "rb");
  if (!file) fail(path, 0);
  queries = allocate((size_t)MOST_QUERIES * VECTOR_BYTES);
  stored = allocate((size_t)count * VECTOR_BYTES);
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
    float factor = 1 / sqrtf(dot(made, made));
    for (int d = 0; d < DIMENSIONS; d++) made[d] *= factor;
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
  size_t places = (size_t)query_count * NEAREST;
  float *products = allocate(places * sizeof *products);
  truth = allocate(places * sizeof *truth);
  for (size_t i = 0; i < places; i++) products[i] = -2;
  for (int i = 0; i < count; i++) {
    for (int q = 0; q < query_count; q++) {
      float product = dot(queries + (size_t)q * DIMENSIONS, stored + (size_t)i * DIMENSIONS);
      float *best = products + q * NEAREST;
      int at = NEAREST;
      while (at > 0 && product > best[at - 1]) at--;
      if (at == NEAREST) continue;
      for (int k = NEAREST - 1; k > at; k--) {
        best[k] = best[k - 1];
        truth[q * NEAREST + k] = truth[q * NEAREST + k - 1];
      }
      best[at] = product;
      truth[q * NEAREST + at] = i + 1;
    }
  }
  free(products);
}

static void write_file(const char *name, const void *bytes, size_t size) {
  FILE *file = fopen(path_of(name), "wb");
  if (!file || fwrite(bytes, size, 1, file) != 1 || fclose(file) != 0) fail(path_of(name), 0);
}

static void *read_file(const char *name, size_t *size) {
  FILE *file = fopen(path_of(name), "rb");
  if (!file || fseek(file, 0, SEEK_END) != 0) fail(path_of(name), 0);
  *size = (size_t)ftell(file);
  void *bytes = allocate(*size);
  rewind(file);
  if (fread(bytes, *size, 1, file) != 1) fail(path_of(name), 0);
  fclose(file);
  return bytes;
}

static void prepare_files(const char *embeddings) {
  read_embeddings(embeddings);
  find_truth();
  write_file("stored.f32", stored, (size_t)count * VECTOR_BYTES);
  write_file("queries.f32", queries, (size_t)query_count * VECTOR_BYTES);
  write_file("truth.i32", truth, (size_t)query_count * NEAREST * sizeof *truth);
  printf("%d vectors of %d dimensions, %d queries\n", count, DIMENSIONS, query_count);
}

static void read_queries(void) {
  size_t size;
  queries = read_file("queries.f32", &size);
  query_count = (int)(size / VECTOR_BYTES);
  truth = read_file("truth.i32", &size);
}

static void read_stored(void) {
  size_t size;
  stored = read_file("stored.f32", &size);
  count = (int)(size / VECTOR_BYTES);
}

/* SQLite */

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

static sqlite3 *open_database(const char *name, const char *entry, int is_new) {
  sqlite3 *db;
  char *message;
  if (is_new) unlink(path_of(name));
  if (sqlite3_open(path_of(name), &db) != SQLITE_OK) fail(path_of(name), db);
  sqlite3_enable_load_extension(db, 1);
  if (sqlite3_load_extension(db, library, entry, &message) != SQLITE_OK) fail(message, 0);
  execute(db, "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA cache_size=-65536");
  return db;
}

static double file_bytes(sqlite3 *db) {
  execute(db, "PRAGMA wal_checkpoint(TRUNCATE)");
  return number(db, "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size");
}

static void insert_one(sqlite3 *db, sqlite3_stmt *stmt, int i) {
  sqlite3_bind_int(stmt, 1, i + 1);
  sqlite3_bind_blob(stmt, 2, stored + (size_t)i * DIMENSIONS, VECTOR_BYTES, SQLITE_STATIC);
  if (sqlite3_step(stmt) != SQLITE_DONE) fail(sqlite3_sql(stmt), db);
  sqlite3_reset(stmt);
}

/* Inserts in batches those of which the id modulo 4 is 0, or is not, or all (-1). */
static double insert(sqlite3 *db, const char *sql, int keeps) {
  sqlite3_stmt *stmt = prepare(db, sql);
  int done = 0;
  double start = now();
  execute(db, "BEGIN");
  for (int i = 0; i < count; i++) {
    if (keeps >= 0 && ((i + 1) % 4 == 0) != keeps) continue;
    insert_one(db, stmt, i);
    if (++done % BATCH == 0) execute(db, "COMMIT; BEGIN");
  }
  execute(db, "COMMIT");
  sqlite3_finalize(stmt);
  return (now() - start) / done;
}

/* Takes the last rows out and inserts them again, each in a transaction of its own. */
static double insert_singly(sqlite3 *db, const char *sql, const char *remove) {
  sqlite3_stmt *stmt = prepare(db, remove);
  int first = count > SINGLE_INSERTS ? count - SINGLE_INSERTS : 0;
  sqlite3_bind_int(stmt, 1, first);
  if (sqlite3_step(stmt) != SQLITE_DONE) fail(remove, db);
  sqlite3_finalize(stmt);
  stmt = prepare(db, sql);
  double start = now();
  for (int i = first; i < count; i++) insert_one(db, stmt, i);
  double time = (now() - start) / (count - first);
  sqlite3_finalize(stmt);
  return time;
}

static int compare(const void *one, const void *other) {
  double a = *(const double *)one;
  double b = *(const double *)other;
  return (a > b) - (a < b);
}

static void search(sqlite3 *db, const char *label, const char *sql, int beam, int asked) {
  sqlite3_stmt *stmt = prepare(db, sql);
  double *times = allocate((size_t)asked * sizeof *times);
  int hits = 0;
  /* Several times, so that the last one finds the caches warm. */
  for (int pass = 0; pass < PASSES; pass++) {
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
  printf("%-24s %5d  recall@10 %.4f  p50 %8.0f us  p99 %8.0f us\n", label, beam,
         (double)hits / (asked * NEAREST), times[asked / 2], times[asked * 99 / 100]);
  free(times);
  sqlite3_finalize(stmt);
}

static void search_all(sqlite3 *db, const char *label) {
  static const int beams[] = {0, 40, 80, 120, 160, 240, 320};
  for (size_t i = 0; i < sizeof beams / sizeof *beams; i++) {
    search(db, label,
           "SELECT rowid, heliosdb_distance FROM docs_embedding WHERE heliosdb_query = ?1 AND "
           "heliosdb_beam = ?2 ORDER BY heliosdb_distance LIMIT 10",
           beams[i], query_count);
  }
}

static void say_memory(sqlite3 *db) {
  int used;
  int cached;
  int highest;
  sqlite3_db_status(db, SQLITE_DBSTATUS_CACHE_USED, &cached, &highest, 0);
  used = (int)((sqlite3_memory_used() - cached) / 1000);
  printf("memory: %.1f MB beside a page cache of %.1f MB\n", used / 1e3, cached / 1e6);
}

/* Ours */

static const char *const our_entry = "sqlite3_heliosdb_init";
static const char *const create_table =
    "CREATE TABLE docs(id INTEGER PRIMARY KEY, embedding VECTOR(384))";
static const char *const create_index = "CREATE VIRTUAL TABLE docs_embedding USING "
                                        "heliosdb_vector_index(table=docs, column=embedding, "
                                        "metric=cosine)";
static const char *const add = "INSERT INTO docs(id, embedding) VALUES(?1, ?2)";

static void measure_build(void) {
  sqlite3 *db = open_database("built.db", our_entry, 1);
  read_stored();
  execute(db, create_table);
  printf("table alone: %.1f us an insert\n", insert(db, add, -1));
  double bytes = file_bytes(db);
  sqlite3_int64 memory = sqlite3_memory_used();
  sqlite3_memory_highwater(1);
  double start = now();
  execute(db, create_index);
  printf("build: %.1f us a vector, %.1f MB of memory beside the page cache's 64\n",
         (now() - start) / count,
         (double)(sqlite3_memory_highwater(0) - memory) / 1e6);
  printf("table: %.1f bytes a vector, index: %.1f\n", bytes / count,
         (file_bytes(db) - bytes) / count);
  sqlite3_close(db);
}

static void measure_search(void) {
  sqlite3 *db = open_database("built.db", our_entry, 0);
  search_all(db, "built");
  say_memory(db);
  sqlite3_close(db);
}

static void measure_replacing(void) {
  sqlite3 *db = open_database("built.db", our_entry, 0);
  read_stored();
  double before = file_bytes(db);
  double start = now();
  execute(db, "DELETE FROM docs WHERE id % 4 <> 0");
  printf("delete: %.1f us a row\n", (now() - start) / (count * 0.75));
  printf("insert again: %.1f us a row\n", insert(db, add, 0));
  printf("file: %.3f times its size before\n", file_bytes(db) / before);
  search_all(db, "75 % deleted and anew");
  sqlite3_close(db);
}

static void measure_growing(void) {
  sqlite3 *db = open_database("grown.db", our_entry, 1);
  read_stored();
  execute(db, create_table);
  execute(db, create_index);
  printf("insert in batches of 1,000: %.1f us a row\n", insert(db, add, -1));
  printf("insert one by one: %.1f us a row\n",
         insert_singly(db, add, "DELETE FROM docs WHERE id > ?1"));
  search_all(db, "grown row by row");
  sqlite3_close(db);
}

static void measure_sqlite_vec(void) {
  const char *sql = "INSERT INTO docs(id, embedding) VALUES(?1, ?2)";
  sqlite3 *db = open_database("sqlite-vec.db", "sqlite3_vec_init", 1);
  read_stored();
  execute(db, "CREATE VIRTUAL TABLE docs USING vec0(id INTEGER PRIMARY KEY, "
              "embedding FLOAT[384] distance_metric=cosine)");
  printf("sqlite-vec: insert in batches of 1,000: %.1f us a row\n", insert(db, sql, -1));
  printf("sqlite-vec: insert one by one: %.1f us a row\n",
         insert_singly(db, sql, "DELETE FROM docs WHERE id > ?1"));
  printf("sqlite-vec: %.1f bytes a vector\n", file_bytes(db) / count);
  search(db, "sqlite-vec", "SELECT id FROM docs WHERE embedding MATCH ?1 AND k = 10", 0,
         query_count < 50 ? query_count : 50);
  say_memory(db);
  sqlite3_close(db);
}

int main(int argc, char **argv) {
  static const struct {
    const char *name;
    void (*measure)(void);
  } steps[] = {{"build", measure_build},
               {"search", measure_search},
               {"replace", measure_replacing},
               {"grow", measure_growing},
               {"sqlite-vec", measure_sqlite_vec}};
  setvbuf(stdout, 0, _IOLBF, 0);
  if (argc == 5 && strcmp(argv[1], "prepare") == 0) {
    directory = argv[2];
    count = atoi(argv[4]);
    prepare_files(argv[3]);
    return 0;
  }
  for (size_t i = 0; argc == 4 && i < sizeof steps / sizeof *steps; i++) {
    if (strcmp(argv[1], steps[i].name) != 0) continue;
    directory = argv[2];
    library = argv[3];
    read_queries();
    steps[i].measure();
    return 0;
  }
  fprintf(stderr, "usage: vector_search prepare <directory> <vectors> <count>\n"
                  "       vector_search build|search|replace|grow|sqlite-vec <directory> <library>\n");
  return 2;
}
