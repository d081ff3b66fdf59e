#include "value.h"

#include <stdint.h>
#include <string.h>

#include "number.h"

#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "Vectors are stored in little-endian order, which this processor does not have"
#endif

size_t hdb_vector_bytes(hdb_vector_type type, size_t count) {
  return type == HDB_FLOAT32 ? 4 * count : type == HDB_INT8 ? count : count / 8;
}

const char *hdb_vector_type_name(hdb_vector_type type) {
  return type == HDB_FLOAT32 ? "float32" : type == HDB_INT8 ? "int8" : "bit";
}

/* Sets a message that has just been made; there may have been no memory for it. */
static int refuse(char **message, char *text) {
  if (!text) return SQLITE_NOMEM;
  sqlite.free(*message);
  *message = text;
  return SQLITE_ERROR;
}

/* Text */

typedef struct vector_text {
  const char *start;
  const char *end;
  const char *at;
} vector_text;

static void skip_spaces(vector_text *text) {
  while (text->at < text->end && (*text->at == ' ' || (*text->at >= '\t' && *text->at <= '\r'))) {
    text->at++;
  }
}

static int place(const vector_text *text) { return (int)(text->at - text->start) + 1; }

static int refuse_number(const vector_text *text, int number, const char *problem, char **message) {
  return refuse(message, sqlite.mprintf("Number %d of the vector, at character %d of its text, %s",
                                        number, place(text), problem));
}

static int read_float(vector_text *text, int number, unsigned char *out, char **message) {
  float x = 0;
  switch (hdb_number_read(&text->at, text->end, &x)) {
    case HDB_NUMBER_OK: memcpy(out, &x, sizeof x); return SQLITE_OK;
    case HDB_NUMBER_MALFORMED: return refuse_number(text, number, "is not a number", message);
    case HDB_NUMBER_NOT_FINITE:
      return refuse_number(text, number, "is not finite: a vector holds no NaN and no infinity",
                           message);
    default: break;
  }
  return refuse_number(text, number, "is too large for float32, whose largest is 3.4e38", message);
}

static int read_int8(vector_text *text, int number, unsigned char *out, char **message) {
  const char *p = text->at;
  int is_negative = p < text->end && *p == '-';
  int value = 0;
  if (p < text->end && (*p == '-' || *p == '+')) p++;
  const char *digits = p;
  for (; p < text->end && *p >= '0' && *p <= '9'; p++) {
    if (value < 1000) value = 10 * value + (*p - '0');
  }
  if (p == digits || (p < text->end && (*p == '.' || *p == 'e' || *p == 'E'))) {
    return refuse_number(text, number, "is not a whole number", message);
  }
  if (is_negative) value = -value;
  if (value < INT8_MIN || value > INT8_MAX) {
    return refuse_number(text, number, "is not one of int8, from -128 to 127", message);
  }
  *out = (unsigned char)value;
  text->at = p;
  return SQLITE_OK;
}

static int read_text(vector_text *text, hdb_vector_type type, hdb_vector *out, char **message) {
  size_t size = type == HDB_FLOAT32 ? 4 : 1;
  size_t most = 1;
  size_t count = 0;
  int rc = SQLITE_OK;
  skip_spaces(text);
  if (text->at == text->end || *text->at != '[') {
    return refuse(message, sqlite.mprintf("A vector's text is like [0.1, 0.2]: there is no [ at "
                                          "character %d",
                                          place(text)));
  }
  for (const char *p = text->at++; p < text->end; p++) most += *p == ',';
  unsigned char *elements = sqlite.malloc64(most * size);
  if (!elements) return SQLITE_NOMEM;
  while (rc == SQLITE_OK) {
    skip_spaces(text);
    rc = type == HDB_FLOAT32
             ? read_float(text, (int)count + 1, elements + size * count, message)
             : read_int8(text, (int)count + 1, elements + size * count, message);
    if (rc != SQLITE_OK) break;
    count++;
    skip_spaces(text);
    if (text->at == text->end || *text->at != ',') break;
    text->at++;
  }
  if (rc == SQLITE_OK && (text->at == text->end || *text->at != ']')) {
    rc = refuse(message, sqlite.mprintf("A comma or ] is missing behind number %d of the vector, at "
                                        "character %d of its text",
                                        (int)count, place(text)));
  }
  if (rc == SQLITE_OK) {
    text->at++;
    skip_spaces(text);
    if (text->at < text->end) {
      rc = refuse(message, sqlite.mprintf("The vector's text goes on behind its ], at character %d",
                                          place(text)));
    }
  }
  if (rc != SQLITE_OK) {
    sqlite.free(elements);
    return rc;
  }
  *out = (hdb_vector){.type = type, .count = count, .data = elements, .owned = elements};
  return SQLITE_OK;
}

/* Blobs */

static int view_blob(sqlite3_value *value, hdb_vector_type type, hdb_vector *out, char **message) {
  const void *data = sqlite.value_blob(value);
  size_t bytes = (size_t)sqlite.value_bytes(value);
  if (bytes == 0) return refuse(message, sqlite.mprintf("A vector has at least one number"));
  if (!data) return SQLITE_NOMEM;
  if (type == HDB_FLOAT32 && bytes % 4 != 0) {
    return refuse(message, sqlite.mprintf("A vector of float32 has 4 bytes a number: %d bytes are "
                                          "not a whole number of them",
                                          (int)bytes));
  }
  size_t count = type == HDB_FLOAT32 ? bytes / 4 : type == HDB_INT8 ? bytes : 8 * bytes;
  *out = (hdb_vector){.type = type, .count = count, .data = data};
  return SQLITE_OK;
}

int hdb_vector_view_as(sqlite3_value *value, hdb_vector_type type, hdb_vector *out,
                       char **message) {
  static const char *const names[] = {"", "an integer", "a float", "text", "a blob", "NULL"};
  int kind = sqlite.value_type(value);
  *out = (hdb_vector){.type = type};
  if (kind == SQLITE_BLOB) return view_blob(value, type, out, message);
  if (kind == SQLITE_TEXT && type != HDB_BIT) {
    vector_text text;
    text.start = (const char *)sqlite.value_text(value);
    if (!text.start) return SQLITE_NOMEM;
    text.end = text.start + sqlite.value_bytes(value);
    text.at = text.start;
    return read_text(&text, type, out, message);
  }
  return refuse(message, sqlite.mprintf("A %s vector is a blob%s: %s is none",
                                        hdb_vector_type_name(type),
                                        type == HDB_BIT ? "" : " or text like [1, 2]", names[kind]));
}

int hdb_vector_view(sqlite3_value *value, hdb_vector *out, char **message) {
  unsigned int subtype = sqlite.value_subtype(value);
  hdb_vector_type type = subtype == HDB_BIT    ? HDB_BIT
                         : subtype == HDB_INT8 ? HDB_INT8
                                               : HDB_FLOAT32;
  if (sqlite.value_type(value) != SQLITE_BLOB) type = HDB_FLOAT32;
  return hdb_vector_view_as(value, type, out, message);
}

int hdb_vector_check_finite(const hdb_vector *vector, char **message) {
  const unsigned char *p = vector->data;
  const uint32_t exponent = 0x7f800000;
  if (vector->type != HDB_FLOAT32) return SQLITE_OK;
  for (size_t i = 0; i < vector->count; i++) {
    uint32_t bits;
    memcpy(&bits, p + 4 * i, sizeof bits);
    if ((bits & exponent) == exponent) {
      return refuse(message, sqlite.mprintf("Number %d of the vector is %s: a vector holds no NaN "
                                            "and no infinity",
                                            (int)i + 1, bits & 0x007fffff ? "NaN" : "infinite"));
    }
  }
  return SQLITE_OK;
}

int hdb_vector_read(sqlite3_value *value, hdb_vector *out, char **message) {
  int rc = hdb_vector_view(value, out, message);
  if (rc == SQLITE_OK && !out->owned) rc = hdb_vector_check_finite(out, message);
  if (rc != SQLITE_OK) hdb_vector_clear(out);
  return rc;
}

void hdb_vector_clear(hdb_vector *vector) {
  sqlite.free(vector->owned);
  memset(vector, 0, sizeof *vector);
}
