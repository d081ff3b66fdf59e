#include "vec0_declaration.h"

#include <string.h>

typedef struct word {
  const char *chars;
  int length;
} word;

typedef struct reader {
  const char *at;
  char **message;
} reader;

static void skip_spaces(reader *it) {
  while (*it->at == ' ' || (*it->at >= '\t' && *it->at <= '\r')) it->at++;
}

static int is_word_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         (unsigned char)c >= 0x80;
}

/* An empty word if there is none. */
static word read_word(reader *it) {
  skip_spaces(it);
  word out = {it->at, 0};
  while (is_word_char(*it->at)) it->at++;
  out.length = (int)(it->at - out.chars);
  return out;
}

static int is(word it, const char *text) {
  return (int)strlen(text) == it.length && sqlite.strnicmp(it.chars, text, it.length) == 0;
}

static int is_any(word it, const char *const *texts) {
  for (; *texts; texts++) {
    if (is(it, *texts)) return 1;
  }
  return 0;
}

static int refuse(reader *it, char *text) {
  sqlite.free(*it->message);
  *it->message = text;
  return text ? SQLITE_ERROR : SQLITE_NOMEM;
}

/* A column's name, perhaps in quotes. */
static int read_name(reader *it, char **out) {
  skip_spaces(it);
  char quote = *it->at == '[' ? ']' : *it->at;
  if (quote != '"' && quote != '`' && quote != ']') {
    word name = read_word(it);
    *out = sqlite.mprintf("%.*s", name.length, name.chars);
    return *out ? SQLITE_OK : SQLITE_NOMEM;
  }
  *out = sqlite.mprintf("%s", it->at);
  if (!*out) return SQLITE_NOMEM;
  char *to = *out;
  for (it->at++; *it->at; it->at++) {
    if (*it->at == quote && *++it->at != quote) break;
    *to++ = *it->at;
  }
  *to = 0;
  return SQLITE_OK;
}

/* A number up to a limit, else -1. */
static int read_number(reader *it, int most) {
  word digits = read_word(it);
  int out = 0;
  if (digits.length == 0) return -1;
  for (int i = 0; i < digits.length; i++) {
    if (digits.chars[i] < '0' || digits.chars[i] > '9') return -1;
    out = 10 * out + (digits.chars[i] - '0');
    if (out > most) return -1;
  }
  return out;
}

static int read_affinity(word type, vec0_affinity *out) {
  static const char *const texts[] = {"text", 0};
  static const char *const integers[] = {"integer", "int", "int64", "bigint", 0};
  static const char *const floats[] = {"float", "double", "float64", "f64", "real", 0};
  static const char *const booleans[] = {"boolean", "bool", 0};
  static const char *const blobs[] = {"blob", 0};
  static const char *const *const all[] = {0, texts, integers, floats, booleans, blobs};
  for (int i = VEC0_TEXT; i <= VEC0_BLOB; i++) {
    if (is_any(type, all[i])) {
      *out = (vec0_affinity)i;
      return 1;
    }
  }
  return 0;
}

static int read_vector_type(word type, hdb_vector_type *out) {
  static const char *const floats[] = {"float", "float32", "f32", 0};
  static const char *const bytes[] = {"int8", "i8", 0};
  if (is_any(type, floats)) {
    *out = HDB_FLOAT32;
  } else if (is_any(type, bytes)) {
    *out = HDB_INT8;
  } else if (is(type, "bit")) {
    *out = HDB_BIT;
  } else {
    return 0;
  }
  return 1;
}

static int read_metric(reader *it, vec0_column *column) {
  skip_spaces(it);
  if (!*it->at) return SQLITE_OK;
  word option = read_word(it);
  skip_spaces(it);
  if (!is(option, "distance_metric") || *it->at != '=') {
    return refuse(it, sqlite.mprintf("vec0: a vector column takes distance_metric=l2, l1, cosine or "
                                     "hamming: column %s goes on with %.*s",
                                     column->name, option.length, option.chars));
  }
  it->at++;
  word metric = read_word(it);
  if (is(metric, "l2")) {
    column->metric = HDB_L2;
  } else if (is(metric, "l1")) {
    column->metric = HDB_L1;
  } else if (is(metric, "cosine")) {
    column->metric = HDB_COSINE;
  } else if (is(metric, "ip")) {
    column->metric = HDB_IP;
  } else if (is(metric, "hamming")) {
    column->metric = HDB_HAMMING;
  } else {
    return refuse(it, sqlite.mprintf("vec0: the metrics are l2, l1, cosine, ip and, for bits, "
                                     "hamming: column %s has %.*s",
                                     column->name, metric.length, metric.chars));
  }
  if (!hdb_metric_fits(column->metric, column->type)) {
    return refuse(it, sqlite.mprintf("vec0: column %s holds vectors of %s, which have no %s "
                                     "distance",
                                     column->name, hdb_vector_type_name(column->type),
                                     hdb_metric_name(column->metric)));
  }
  return SQLITE_OK;
}

static int read_vector(reader *it, vec0_column *column) {
  it->at++; /* the bracket */
  int dimensions = read_number(it, VEC0_MOST_DIMENSIONS);
  skip_spaces(it);
  if (dimensions <= 0 || *it->at != ']') {
    return refuse(it, sqlite.mprintf("vec0: vector column %s has from 1 to %d dimensions, as in "
                                     "%s[384]",
                                     column->name, VEC0_MOST_DIMENSIONS,
                                     column->type == HDB_FLOAT32 ? "float"
                                                                 : hdb_vector_type_name(column->type)));
  }
  it->at++;
  if (column->type == HDB_BIT && dimensions % 8 != 0) {
    return refuse(it, sqlite.mprintf("vec0: bit vectors have a multiple of 8 dimensions: column %s "
                                     "has %d",
                                     column->name, dimensions));
  }
  column->kind = VEC0_VECTOR;
  column->dimensions = (size_t)dimensions;
  column->metric = column->type == HDB_BIT ? HDB_HAMMING : HDB_L2;
  return read_metric(it, column);
}

/* A key or metadata: `type` has been read. */
static int read_scalar(reader *it, word type, vec0_column *column) {
  if (!read_affinity(type, &column->affinity) || column->affinity == VEC0_BLOB) {
    return refuse(it, sqlite.mprintf("vec0: column %s is neither a vector, as in float[384], nor of "
                                     "type text, integer, float or boolean; other types take a + "
                                     "before the name",
                                     column->name));
  }
  word first = read_word(it);
  word second = read_word(it);
  column->kind = VEC0_METADATA;
  if (first.length == 0) return SQLITE_OK;
  if (is(second, "key") && (is(first, "primary") || is(first, "partition"))) {
    column->kind = is(first, "primary") ? VEC0_KEY : VEC0_PARTITION;
    if (column->affinity == VEC0_TEXT || column->affinity == VEC0_INTEGER) return SQLITE_OK;
    return refuse(it, sqlite.mprintf("vec0: key column %s is of type integer or text",
                                     column->name));
  }
  return refuse(it, sqlite.mprintf("vec0: a column is a primary key, a partition key or has no "
                                   "constraint: column %s has %.*s",
                                   column->name, first.length, first.chars));
}

static int read_auxiliary(reader *it, vec0_column *column) {
  word type = read_word(it);
  column->kind = VEC0_AUXILIARY;
  if (type.length == 0 || read_affinity(type, &column->affinity)) return SQLITE_OK;
  return refuse(it, sqlite.mprintf("vec0: auxiliary column %s is of type text, integer, float, "
                                   "boolean, blob or none",
                                   column->name));
}

static int read_option(reader *it, const char *name, vec0_declaration *out) {
  it->at++; /* the = */
  if (sqlite.stricmp(name, "chunk_size") != 0) {
    return refuse(it, sqlite.mprintf("vec0: the only option is chunk_size, %s is none", name));
  }
  int size = read_number(it, VEC0_MOST_CHUNK_SIZE);
  if (size <= 0 || size % 8 != 0) {
    return refuse(it, sqlite.mprintf("vec0: chunk_size is a multiple of 8 up to %d",
                                     VEC0_MOST_CHUNK_SIZE));
  }
  out->chunk_size = size;
  return SQLITE_OK;
}

static int add_column(reader *it, vec0_declaration *out, const vec0_column *column) {
  static const int most[] = {1, VEC0_MOST_VECTORS, VEC0_MOST_PARTITION_KEYS, VEC0_MOST_METADATA,
                             VEC0_MOST_AUXILIARY};
  static const char *const kinds[] = {"primary key", "vector", "partition key", "metadata",
                                      "auxiliary"};
  vec0_column *to = column->kind == VEC0_KEY ? &out->columns[0] : &out->columns[out->count];
  if (out->counts[column->kind] == most[column->kind]) {
    return refuse(it, sqlite.mprintf("vec0: a table has %d %s columns at most", most[column->kind],
                                     kinds[column->kind]));
  }
  sqlite.free(to->name);
  *to = *column;
  to->number = out->counts[column->kind]++;
  if (column->kind == VEC0_KEY) {
    out->has_text_key = column->affinity == VEC0_TEXT;
  } else {
    out->count++;
  }
  return SQLITE_OK;
}

static int read_argument(reader *it, vec0_declaration *out) {
  vec0_column column = {.kind = VEC0_METADATA};
  skip_spaces(it);
  int is_auxiliary = *it->at == '+';
  if (is_auxiliary) it->at++;
  const char *start = it->at;
  int rc = read_name(it, &column.name);
  if (rc == SQLITE_OK && !*column.name) {
    rc = refuse(it, sqlite.mprintf("vec0: a column begins with its name: %s", start));
  }
  skip_spaces(it);
  if (rc == SQLITE_OK && is_auxiliary) {
    rc = read_auxiliary(it, &column);
  } else if (rc == SQLITE_OK && *it->at == '=') {
    rc = read_option(it, column.name, out);
    sqlite.free(column.name);
    column.name = 0;
  } else if (rc == SQLITE_OK) {
    word type = read_word(it);
    skip_spaces(it);
    rc = *it->at == '[' && read_vector_type(type, &column.type) ? read_vector(it, &column)
                                                                : read_scalar(it, type, &column);
  }
  skip_spaces(it);
  if (rc == SQLITE_OK && *it->at) {
    rc = refuse(it, sqlite.mprintf("vec0: there is more than a column's declaration: %s", it->at));
  }
  if (rc == SQLITE_OK && column.name) rc = add_column(it, out, &column);
  if (rc != SQLITE_OK) sqlite.free(column.name);
  return rc;
}

int vec0_declaration_read(int count, const char *const *arguments, vec0_declaration *out,
                          char **message) {
  enum { DEFAULT_CHUNK_SIZE = 1024 };
  reader it = {0, message};
  int rc = SQLITE_OK;
  memset(out, 0, sizeof *out);
  out->chunk_size = DEFAULT_CHUNK_SIZE;
  out->count = 1;
  out->columns[0] = (vec0_column){.kind = VEC0_KEY, .affinity = VEC0_INTEGER};
  out->columns[0].name = sqlite.mprintf("rowid");
  if (!out->columns[0].name) rc = SQLITE_NOMEM;
  for (int i = 0; rc == SQLITE_OK && i < count; i++) {
    it.at = arguments[i];
    rc = read_argument(&it, out);
  }
  if (rc == SQLITE_OK && out->counts[VEC0_VECTOR] == 0) {
    rc = refuse(&it, sqlite.mprintf("vec0: a table has at least one vector column, as in embedding "
                                    "float[384]"));
  }
  if (rc != SQLITE_OK) vec0_declaration_clear(out);
  return rc;
}

void vec0_declaration_clear(vec0_declaration *declaration) {
  for (int i = 0; i < declaration->count; i++) sqlite.free(declaration->columns[i].name);
  memset(declaration, 0, sizeof *declaration);
}
