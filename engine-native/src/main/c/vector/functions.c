/*
** SQL functions of vectors: distances, and what sqlite-vec 0.1.9 has, under its names.
*/
#include <string.h>

#include "distance.h"
#include "metric.h"
#include "number.h"
#include "square_root.h"
#include "vector_sql.h"

/* A function with it may set a subtype. SQLite knows the flag from 3.45 on. */
enum { HDB_RESULT_SUBTYPE = 0x01000000, JSON_SUBTYPE = 74 };

/* Results */

/* Takes the message over. */
static void fail(sqlite3_context *context, int rc, char *message) {
  if (rc == SQLITE_NOMEM || !message) {
    sqlite.result_error_nomem(context);
  } else {
    sqlite.result_error(context, message, -1);
  }
  sqlite.free(message);
}

/* Takes the elements over, which are from malloc64. */
static void result_vector(sqlite3_context *context, hdb_vector_type type, void *elements,
                          size_t count) {
  sqlite.result_blob64(context, elements, hdb_vector_bytes(type, count), sqlite.free);
  sqlite.result_subtype(context, type);
}

static void result_copy(sqlite3_context *context, hdb_vector_type type, const void *elements,
                        size_t count) {
  sqlite.result_blob64(context, elements, hdb_vector_bytes(type, count), SQLITE_TRANSIENT);
  sqlite.result_subtype(context, type);
}

static float element(const hdb_vector *vector, size_t i) {
  float out;
  memcpy(&out, (const unsigned char *)vector->data + 4 * i, sizeof out);
  return out;
}

static int byte_element(const hdb_vector *vector, size_t i) {
  return ((const signed char *)vector->data)[i];
}

static int bit_element(const hdb_vector *vector, size_t i) {
  return ((const unsigned char *)vector->data)[i / 8] >> i % 8 & 1;
}

/* Whether to go on: reads an argument, or has the function fail. */
static int read_argument(sqlite3_context *context, sqlite3_value *value, hdb_vector *out) {
  char *message = 0;
  int rc = hdb_vector_read(value, out, &message);
  if (rc != SQLITE_OK) fail(context, rc, message);
  return rc == SQLITE_OK;
}

/* Distances */

/* An argument that stays the same while a statement runs, kept by SQLite. */
typedef struct constant {
  hdb_query query;
  hdb_vector vector; /* its elements lie behind */
} constant;

/*
** Keeps a copy of an argument that may be constant, for the calls for further rows; without
** memory for it they do without.
*/
static void keep_argument(sqlite3_context *context, int place, const hdb_query *query) {
  size_t bytes = hdb_vector_bytes(query->type, query->count);
  constant *out = sqlite.malloc64(sizeof *out + bytes);
  if (!out) return;
  memcpy(out + 1, query->data, bytes);
  out->query = *query;
  out->query.data = out + 1;
  out->vector = (hdb_vector){.type = query->type, .count = query->count, .data = out + 1};
  sqlite.set_auxdata(context, place, out, sqlite.free);
}

static int same_shape(const hdb_vector *a, const hdb_vector *b, char **message) {
  if (a->type != b->type) {
    *message = sqlite.mprintf("The vectors have different types: the first has elements of %s, the "
                              "second of %s",
                              hdb_vector_type_name(a->type), hdb_vector_type_name(b->type));
    return SQLITE_ERROR;
  }
  if (a->count != b->count) {
    *message = sqlite.mprintf("The vectors have different dimensions: the first has %d, the second "
                              "%d",
                              (int)a->count, (int)b->count);
    return SQLITE_ERROR;
  }
  return SQLITE_OK;
}

/* A NaN tells of one in a vector, or of a vector of length 0, from which there is no angle. */
static void result_distance(sqlite3_context *context, double distance, const hdb_vector *a,
                            const hdb_vector *b) {
  char *message = 0;
  int rc = SQLITE_OK;
  if (!(distance - distance == 0)) {
    rc = hdb_vector_check_finite(a, &message);
    if (rc == SQLITE_OK) rc = hdb_vector_check_finite(b, &message);
  }
  if (rc != SQLITE_OK) {
    fail(context, rc, message);
  } else {
    sqlite.result_double(context, distance);
  }
}

/* Text costs so much to read that it is worth keeping, even if it is a column's. */
static int may_be_constant(sqlite3_value *value) {
  return sqlite.value_type(value) == SQLITE_TEXT || sqlite.value_frombind(value);
}

static void distance_function(sqlite3_context *context, int argc, sqlite3_value **argv) {
  hdb_metric metric = *(const hdb_metric *)sqlite.user_data(context);
  hdb_vector vectors[2] = {{.owned = 0}, {.owned = 0}};
  const hdb_query *kept = 0;
  hdb_query query;
  int other = 0;
  int rc = SQLITE_OK;
  char *message = 0;
  (void)argc;
  for (int i = 0; rc == SQLITE_OK && i < 2; i++) {
    const constant *known = sqlite.get_auxdata(context, i);
    if (known) {
      kept = &known->query;
      vectors[i] = known->vector;
      other = 1 - i;
    } else if (sqlite.value_type(argv[i]) == SQLITE_NULL) {
      hdb_vector_clear(&vectors[0]);
      return;
    } else {
      rc = hdb_vector_view(argv[i], &vectors[i], &message);
    }
  }
  if (rc == SQLITE_OK) rc = same_shape(&vectors[0], &vectors[1], &message);
  if (rc == SQLITE_OK && !hdb_metric_fits(metric, vectors[0].type)) {
    message = sqlite.mprintf("Vectors of %s have no %s distance", hdb_vector_type_name(vectors[0].type),
                             hdb_metric_name(metric));
    rc = SQLITE_ERROR;
  }
  if (rc == SQLITE_OK && !kept) {
    int place = may_be_constant(argv[1]) ? 1 : 0;
    query = hdb_query_of(metric, &vectors[place]);
    kept = &query;
    other = 1 - place;
    if (may_be_constant(argv[place])) keep_argument(context, place, &query);
  }
  if (rc == SQLITE_OK) {
    result_distance(context, hdb_distance(kept, vectors[other].data), &vectors[0], &vectors[1]);
  } else {
    fail(context, rc, message);
  }
  hdb_vector_clear(&vectors[0]);
  hdb_vector_clear(&vectors[1]);
}

/* Constructors: user data is the type. */

static void type_function(sqlite3_context *context, int argc, sqlite3_value **argv) {
  hdb_vector_type type = *(const hdb_vector_type *)sqlite.user_data(context);
  hdb_vector vector;
  char *message = 0;
  (void)argc;
  int rc = hdb_vector_view_as(argv[0], type, &vector, &message);
  if (rc == SQLITE_OK) rc = hdb_vector_check_finite(&vector, &message);
  if (rc == SQLITE_OK) {
    result_copy(context, type, vector.data, vector.count);
  } else {
    fail(context, rc, message);
  }
  hdb_vector_clear(&vector);
}

static void length_function(sqlite3_context *context, int argc, sqlite3_value **argv) {
  hdb_vector vector;
  (void)argc;
  if (!read_argument(context, argv[0], &vector)) return;
  sqlite.result_int64(context, (int64_t)vector.count);
  hdb_vector_clear(&vector);
}

static void name_of_type_function(sqlite3_context *context, int argc, sqlite3_value **argv) {
  hdb_vector vector;
  (void)argc;
  if (!read_argument(context, argv[0], &vector)) return;
  sqlite.result_text(context, hdb_vector_type_name(vector.type), -1, SQLITE_STATIC);
  hdb_vector_clear(&vector);
}

/* Arithmetic */

/* Adds, or subtracts if user data is not null. Bytes wrap around, as in sqlite-vec. */
static void sum_function(sqlite3_context *context, int argc, sqlite3_value **argv) {
  int is_difference = sqlite.user_data(context) != 0;
  hdb_vector a;
  hdb_vector b;
  char *message = 0;
  (void)argc;
  if (!read_argument(context, argv[0], &a)) return;
  if (!read_argument(context, argv[1], &b)) {
    hdb_vector_clear(&a);
    return;
  }
  int rc = same_shape(&a, &b, &message);
  if (rc == SQLITE_OK && a.type == HDB_BIT) {
    message = sqlite.mprintf("Bit vectors cannot be %s", is_difference ? "subtracted" : "added");
    rc = SQLITE_ERROR;
  }
  unsigned char *out = rc == SQLITE_OK ? sqlite.malloc64(hdb_vector_bytes(a.type, a.count)) : 0;
  if (rc == SQLITE_OK && !out) rc = SQLITE_NOMEM;
  for (size_t i = 0; rc == SQLITE_OK && i < a.count; i++) {
    if (a.type == HDB_FLOAT32) {
      float sum = is_difference ? element(&a, i) - element(&b, i) : element(&a, i) + element(&b, i);
      memcpy(out + 4 * i, &sum, sizeof sum);
    } else {
      int right = byte_element(&b, i);
      out[i] = (unsigned char)(byte_element(&a, i) + (is_difference ? -right : right));
    }
  }
  if (rc == SQLITE_OK) {
    hdb_vector sum = {.type = a.type, .count = a.count, .data = out};
    rc = hdb_vector_check_finite(&sum, &message);
  }
  if (rc == SQLITE_OK) {
    result_vector(context, a.type, out, a.count);
  } else {
    sqlite.free(out);
    fail(context, rc, message);
  }
  hdb_vector_clear(&a);
  hdb_vector_clear(&b);
}

/* Whether to go on: reads an argument of float32, or has the function fail. */
static int read_floats(sqlite3_context *context, sqlite3_value *value, const char *what,
                       hdb_vector *out) {
  if (!read_argument(context, value, out)) return 0;
  if (out->type == HDB_FLOAT32) return 1;
  fail(context, SQLITE_ERROR, sqlite.mprintf("Only vectors of float32 can be %s: this one has "
                                             "elements of %s",
                                             what, hdb_vector_type_name(out->type)));
  hdb_vector_clear(out);
  return 0;
}

static void normalize_function(sqlite3_context *context, int argc, sqlite3_value **argv) {
  hdb_vector vector;
  (void)argc;
  if (!read_floats(context, argv[0], "normalized", &vector)) return;
  /* Scaled by its largest element first, so that no square overflows or vanishes. */
  double largest = 0;
  for (size_t i = 0; i < vector.count; i++) {
    double size = (double)element(&vector, i);
    if (size < 0) size = -size;
    if (size > largest) largest = size;
  }
  double norm = 0;
  for (size_t i = 0; largest > 0 && i < vector.count; i++) {
    double x = (double)element(&vector, i) / largest;
    norm += x * x;
  }
  norm = hdb_sqrt(norm);
  unsigned char *out = largest > 0 ? sqlite.malloc64(4 * vector.count) : 0;
  if (largest == 0) {
    sqlite.result_error(context, "A vector whose numbers are all 0 cannot be normalized", -1);
  } else if (!out) {
    sqlite.result_error_nomem(context);
  } else {
    for (size_t i = 0; i < vector.count; i++) {
      float x = (float)((double)element(&vector, i) / largest / norm);
      memcpy(out + 4 * i, &x, sizeof x);
    }
    result_vector(context, HDB_FLOAT32, out, vector.count);
  }
  hdb_vector_clear(&vector);
}

static void slice_function(sqlite3_context *context, int argc, sqlite3_value **argv) {
  hdb_vector vector;
  int64_t start = sqlite.value_int64(argv[1]);
  int64_t end = sqlite.value_int64(argv[2]);
  (void)argc;
  if (!read_argument(context, argv[0], &vector)) return;
  int64_t count = (int64_t)vector.count;
  if (start < 0 || end > count || start >= end) {
    fail(context, SQLITE_ERROR,
         sqlite.mprintf("A slice of a vector of %d dimensions begins at 0 or later, ends before "
                        "or at %d, and is not empty: it cannot go from %lld to %lld",
                        (int)count, (int)count, (long long)start, (long long)end));
  } else if (vector.type == HDB_BIT && (start % 8 != 0 || end % 8 != 0)) {
    sqlite.result_error(context, "A slice of a bit vector begins and ends at a multiple of 8", -1);
  } else {
    const unsigned char *from = vector.data;
    result_copy(context, vector.type, from + hdb_vector_bytes(vector.type, (size_t)start),
                (size_t)(end - start));
  }
  hdb_vector_clear(&vector);
}

/* Quantization */

static void quantize_binary_function(sqlite3_context *context, int argc, sqlite3_value **argv) {
  hdb_vector vector;
  (void)argc;
  if (!read_argument(context, argv[0], &vector)) return;
  unsigned char *out = 0;
  if (vector.type == HDB_BIT) {
    sqlite.result_error(context, "The vector is a bit vector already", -1);
  } else if (vector.count % 8 != 0) {
    fail(context, SQLITE_ERROR, sqlite.mprintf("A bit vector has a multiple of 8 dimensions: this "
                                               "vector has %d",
                                               (int)vector.count));
  } else if ((out = sqlite.malloc64(vector.count / 8)) == 0) {
    sqlite.result_error_nomem(context);
  } else {
    memset(out, 0, vector.count / 8);
    for (size_t i = 0; i < vector.count; i++) {
      int is_one = vector.type == HDB_FLOAT32 ? element(&vector, i) > 0 : byte_element(&vector, i) > 0;
      if (is_one) out[i / 8] |= (unsigned char)(1u << i % 8);
    }
    result_vector(context, HDB_BIT, out, vector.count);
  }
  hdb_vector_clear(&vector);
}

/* From -1 … 1 to -128 … 127, computed in float32 as sqlite-vec does, for the same bytes. */
static void quantize_int8_function(sqlite3_context *context, int argc, sqlite3_value **argv) {
  hdb_vector vector;
  const char *range = (const char *)sqlite.value_text(argv[1]);
  (void)argc;
  if (!range || strcmp(range, "unit") != 0) {
    sqlite.result_error(context, "vec_quantize_int8 takes 'unit' as its second argument", -1);
    return;
  }
  if (!read_floats(context, argv[0], "quantized to int8", &vector)) return;
  signed char *out = sqlite.malloc64(vector.count);
  if (!out) {
    sqlite.result_error_nomem(context);
  } else {
    const float step = 2.0f / 255;
    for (size_t i = 0; i < vector.count; i++) {
      float x = (element(&vector, i) + 1) / step - 128;
      out[i] = (signed char)(x < -128 ? -128 : x > 127 ? 127 : x);
    }
    result_vector(context, HDB_INT8, out, vector.count);
  }
  hdb_vector_clear(&vector);
}

/* Text */

/* As few digits as give the same float again. */
static void add_float(sqlite3_str *text, float x) {
  enum { FEWEST = 6, MOST = 9, BYTES = 40 };
  char digits[BYTES];
  for (int precision = FEWEST; precision <= MOST; precision++) {
    float back = 0;
    const char *p = digits;
    sqlite.xsnprintf(BYTES, digits, "%!.*g", precision, (double)x);
    hdb_number_read(&p, digits + strlen(digits), &back);
    if (memcmp(&back, &x, sizeof x) == 0) break;
  }
  sqlite.str_append(text, digits, (int)strlen(digits));
}

static void to_json_function(sqlite3_context *context, int argc, sqlite3_value **argv) {
  hdb_vector vector;
  (void)argc;
  if (!read_argument(context, argv[0], &vector)) return;
  sqlite3_str *text = sqlite.str_new(0);
  for (size_t i = 0; i < vector.count; i++) {
    sqlite.str_append(text, i == 0 ? "[" : ",", 1);
    if (vector.type == HDB_FLOAT32) {
      add_float(text, element(&vector, i));
    } else {
      sqlite.str_appendf(text, "%d", vector.type == HDB_INT8 ? byte_element(&vector, i)
                                                             : bit_element(&vector, i));
    }
  }
  sqlite.str_append(text, "]", 1);
  char *json = sqlite.str_finish(text);
  if (json) {
    sqlite.result_text(context, json, -1, sqlite.free);
    sqlite.result_subtype(context, JSON_SUBTYPE);
  } else {
    sqlite.result_error_nomem(context);
  }
  hdb_vector_clear(&vector);
}

static void version_function(sqlite3_context *context, int argc, sqlite3_value **argv) {
  (void)argc;
  (void)argv;
  char *text = sqlite.mprintf("v0.1.9 (HeliosDB %s)", hdb_version());
  if (text) {
    sqlite.result_text(context, text, -1, sqlite.free);
  } else {
    sqlite.result_error_nomem(context);
  }
}

static void debug_function(sqlite3_context *context, int argc, sqlite3_value **argv) {
  (void)argc;
  (void)argv;
  char *text = sqlite.mprintf("HeliosDB %s, with the functions and vec0 of sqlite-vec v0.1.9\n"
                              "Kernels: %s",
                              hdb_version(), hdb_chosen_kernels->name);
  if (text) {
    sqlite.result_text(context, text, -1, sqlite.free);
  } else {
    sqlite.result_error_nomem(context);
  }
}

/* vec_each(vector): a row for each element */

enum { EACH_VALUE, EACH_VECTOR };

typedef struct each_cursor {
  sqlite3_vtab_cursor base;
  sqlite3_value *value; /* holds the elements that `vector` looks at */
  hdb_vector vector;
  size_t at;
} each_cursor;

static int each_connect(sqlite3 *db, void *context, int argc, const char *const *argv,
                        sqlite3_vtab **out, char **message) {
  (void)context;
  (void)argc;
  (void)argv;
  (void)message;
  int rc = sqlite.declare_vtab(db, "CREATE TABLE x(value, vector HIDDEN)");
  if (rc != SQLITE_OK) return rc;
  sqlite.vtab_config(db, SQLITE_VTAB_INNOCUOUS);
  *out = sqlite.malloc64(sizeof **out);
  if (!*out) return SQLITE_NOMEM;
  memset(*out, 0, sizeof **out);
  return SQLITE_OK;
}

static int each_disconnect(sqlite3_vtab *table) {
  sqlite.free(table);
  return SQLITE_OK;
}

static int each_best_index(sqlite3_vtab *table, sqlite3_index_info *info) {
  int is_unusable = 0;
  (void)table;
  for (int i = 0; i < info->nConstraint; i++) {
    if (info->aConstraint[i].iColumn != EACH_VECTOR) continue;
    if (info->aConstraint[i].op != SQLITE_INDEX_CONSTRAINT_EQ) continue;
    if (info->aConstraint[i].usable) {
      info->aConstraintUsage[i].argvIndex = 1;
      info->aConstraintUsage[i].omit = 1;
      info->estimatedCost = 100;
      info->estimatedRows = 100;
      return SQLITE_OK;
    }
    is_unusable = 1;
  }
  if (is_unusable) return SQLITE_CONSTRAINT;
  sqlite.free(table->zErrMsg);
  table->zErrMsg = sqlite.mprintf("vec_each takes a vector: vec_each('[1, 2]')");
  return SQLITE_ERROR;
}

static int each_open(sqlite3_vtab *table, sqlite3_vtab_cursor **out) {
  (void)table;
  each_cursor *cursor = sqlite.malloc64(sizeof *cursor);
  if (!cursor) return SQLITE_NOMEM;
  memset(cursor, 0, sizeof *cursor);
  *out = &cursor->base;
  return SQLITE_OK;
}

static void each_clear(each_cursor *cursor) {
  hdb_vector_clear(&cursor->vector);
  sqlite.value_free(cursor->value);
  cursor->value = 0;
}

static int each_close(sqlite3_vtab_cursor *base) {
  each_clear((each_cursor *)base);
  sqlite.free(base);
  return SQLITE_OK;
}

static int each_filter(sqlite3_vtab_cursor *base, int number, const char *text, int argc,
                       sqlite3_value **argv) {
  each_cursor *cursor = (each_cursor *)base;
  (void)number;
  (void)text;
  (void)argc;
  each_clear(cursor);
  cursor->at = 0;
  if (sqlite.value_type(argv[0]) == SQLITE_NULL) return SQLITE_OK;
  cursor->value = sqlite.value_dup(argv[0]);
  if (!cursor->value) return SQLITE_NOMEM;
  return hdb_vector_read(cursor->value, &cursor->vector, &base->pVtab->zErrMsg);
}

static int each_next(sqlite3_vtab_cursor *base) {
  ((each_cursor *)base)->at++;
  return SQLITE_OK;
}

static int each_eof(sqlite3_vtab_cursor *base) {
  const each_cursor *cursor = (each_cursor *)base;
  return cursor->at >= cursor->vector.count;
}

static int each_column(sqlite3_vtab_cursor *base, sqlite3_context *context, int column) {
  const each_cursor *cursor = (each_cursor *)base;
  const hdb_vector *vector = &cursor->vector;
  if (column == EACH_VECTOR) {
    sqlite.result_value(context, cursor->value);
  } else if (vector->type == HDB_FLOAT32) {
    sqlite.result_double(context, (double)element(vector, cursor->at));
  } else {
    sqlite.result_int64(context, vector->type == HDB_INT8 ? byte_element(vector, cursor->at)
                                                          : bit_element(vector, cursor->at));
  }
  return SQLITE_OK;
}

static int each_rowid(sqlite3_vtab_cursor *base, int64_t *out) {
  *out = (int64_t)((each_cursor *)base)->at;
  return SQLITE_OK;
}

static const sqlite3_module each_module = {.xConnect = each_connect,
                                           .xBestIndex = each_best_index,
                                           .xDisconnect = each_disconnect,
                                           .xOpen = each_open,
                                           .xClose = each_close,
                                           .xFilter = each_filter,
                                           .xNext = each_next,
                                           .xEof = each_eof,
                                           .xColumn = each_column,
                                           .xRowid = each_rowid};

/* Registration */

int hdb_vector_functions_register(sqlite3 *db) {
  typedef void (*function)(sqlite3_context *, int, sqlite3_value **);
  static const hdb_metric metrics[] = {HDB_L2, HDB_COSINE, HDB_IP, HDB_L1, HDB_HAMMING};
  static const hdb_vector_type types[] = {HDB_FLOAT32, HDB_INT8, HDB_BIT};
  static const struct {
    const char *name;
    int arguments;
    function call;
    const void *data;
  } functions[] = {
      {"vec_distance_l2", 2, distance_function, &metrics[0]},
      {"vec_distance_cosine", 2, distance_function, &metrics[1]},
      {"vec_distance_ip", 2, distance_function, &metrics[2]},
      {"vec_distance_l1", 2, distance_function, &metrics[3]},
      {"vec_distance_hamming", 2, distance_function, &metrics[4]},
      {"vec_f32", 1, type_function, &types[0]},
      {"vec_int8", 1, type_function, &types[1]},
      {"vec_bit", 1, type_function, &types[2]},
      {"vec_length", 1, length_function, 0},
      {"vec_type", 1, name_of_type_function, 0},
      {"vec_add", 2, sum_function, 0},
      {"vec_sub", 2, sum_function, "subtracts"},
      {"vec_normalize", 1, normalize_function, 0},
      {"vec_slice", 3, slice_function, 0},
      {"vec_quantize_binary", 1, quantize_binary_function, 0},
      {"vec_quantize_int8", 2, quantize_int8_function, 0},
      {"vec_to_json", 1, to_json_function, 0},
      {"vec_version", 0, version_function, 0},
      {"vec_debug", 0, debug_function, 0},
  };
  const int flags = SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS | SQLITE_SUBTYPE |
                    HDB_RESULT_SUBTYPE;
  int rc = SQLITE_OK;
  for (size_t i = 0; rc == SQLITE_OK && i < sizeof functions / sizeof *functions; i++) {
    rc = sqlite.create_function_v2(db, functions[i].name, functions[i].arguments, flags,
                                   (void *)(intptr_t)functions[i].data, functions[i].call, 0, 0, 0);
  }
  return rc == SQLITE_OK ? sqlite.create_module_v2(db, "vec_each", &each_module, 0, 0) : rc;
}
