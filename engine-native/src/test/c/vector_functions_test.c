/*
** SQL functions of vectors, against the C library and sums in double precision.
*/
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../main/c/vector/number.h"
#include "check.h"
#include "faults.h"
#include "support.h"

static sqlite3 *open_vectors(void) {
  sqlite3 *db = open_database(":memory:", STOCK_VFS);
  CHECK_INT(hdb_register_functions(db), SQLITE_OK);
  return db;
}

/* The text that an expression is. */
static void check_is(sqlite3 *db, const char *expression, const char *expected) {
  char sql[2000];
  snprintf(sql, sizeof sql, "SELECT %s", expression);
  CHECK_TEXT(query(db, sql), expected);
}

static void check_error(sqlite3 *db, const char *expression, const char *expected) {
  char sql[2000];
  snprintf(sql, sizeof sql, "SELECT %s", expression);
  if (try_execute(db, sql) == SQLITE_OK) check_fail(__FILE__, __LINE__, "%s is no error", expression);
  CHECK_TEXT(sqlite3_errmsg(db), expected);
}

/* Numbers */

static void check_number(const char *number) {
  const char *p = number;
  float actual = -1;
  float expected = strtof(number, 0);
  hdb_number result = hdb_number_read(&p, number + strlen(number), &actual);
  if (isinf(expected)) {
    CHECK_INT(result, HDB_NUMBER_TOO_LARGE);
  } else if (result != HDB_NUMBER_OK || memcmp(&actual, &expected, 4) != 0 || *p) {
    check_fail(__FILE__, __LINE__, "%s is %.9g, not %.9g", number, (double)actual, (double)expected);
  }
}

TEST(numbers_are_rounded_as_the_c_library_does) {
  static const char *const hard[] = {
      "0", "-0", "+1", ".5", "5.", "1e0", "0.1", "3.4028234663852886e38", "3.4028235677973366e38",
      "3.4028235677973365e38", "3.4028235677973367e38", "3.5e38", "1e39", "1e99999999999", "1e-99999999999",
      "0e99999999999", "1.17549435e-38", "1.1754942e-38", "1.4e-45", "7.006492321624085e-46",
      "7.006492321624085354618e-46", "7.0064923216240853e-46", "7.1e-46", "1e-46", "16777217",
      "16777219", "16777217.0000000000000000000000000000000000000001", "33554434", "33554438",
      "0.000000000000000000000000000000000000000000000000000000000000000000001e69",
      "1000000000000000000000000000000000000000000000000000000000e-56", "9007199254740993",
      "7.00649232162408535461864791644958065640130970938257885878534141944895541342930300743319"
      "094181060791015625e-46",
      "7.00649232162408535461864791644958065640130970938257885878534141944895541342930300743319"
      "0941810607910156250000000000000000000000000000000000000000000001e-46"};
  char number[400];
  chance chances = {3};
  for (size_t i = 0; i < sizeof hard / sizeof *hard; i++) check_number(hard[i]);
  for (int i = 0; i < 10000; i++) {
    uint32_t bits = (uint32_t)chance_next(&chances) & 0x7fffffff;
    float x;
    if ((bits & 0x7f800000) == 0x7f800000) continue;
    memcpy(&x, &bits, 4);
    /* The float itself, and the midpoint to the next, as it is and just beside it. */
    snprintf(number, sizeof number, "%.*g", chance_below(&chances, 20) + 1, (double)x);
    check_number(number);
    bits++;
    float next;
    memcpy(&next, &bits, 4);
    if (isinf(next)) continue;
    double middle = ((double)x + (double)next) / 2;
    snprintf(number, sizeof number, "%.130e", middle);
    check_number(number);
    number[100]++; /* a digit or a digit beyond 9, which ends the number */
    if (number[100] <= '9') check_number(number);
  }
}

TEST(text_round_trips) {
  sqlite3 *db = open_vectors();
  execute(db, "CREATE TABLE t(v BLOB)");
  execute(db, "WITH RECURSIVE n(i) AS (VALUES(1) UNION ALL SELECT i + 1 FROM n LIMIT 500)"
              "INSERT INTO t SELECT vec_f32('[' || (random() / 1e18) || ',' || (random() / 1e38) ||"
              " ', ' || (random() * 1e10) || ']') FROM n");
  CHECK_INT(query_integer(db, "SELECT count(*) FROM t WHERE v IS vec_f32(vec_to_json(v))"), 500);
  CHECK_INT(query_integer(db, "SELECT sum(json_array_length(vec_to_json(v))) FROM t"), 1500);
  close_database(db);
}

/* Functions */

TEST(functions_give_what_sqlite_vec_gives) {
  static const char *const cases[][2] = {
      {"hex(vec_f32('[.1, .2, .3, 4]'))", "CDCCCC3DCDCC4C3E9A99993E00008040"},
      {"hex(vec_f32(X'AABBCCDD'))", "AABBCCDD"},
      {"hex(vec_int8('[1, -2, 127, -128]'))", "01FE7F80"},
      {"hex(vec_int8(X'AABBCCDD'))", "AABBCCDD"},
      {"hex(vec_bit(X'F0'))", "F0"},
      {"vec_length('[.1, .2]')", "2"},
      {"vec_length(X'AABBCCDD')", "1"},
      {"vec_length(vec_int8(X'AABBCCDD'))", "4"},
      {"vec_length(vec_bit(X'AABBCCDD'))", "32"},
      {"vec_type('[.1]')", "float32"},
      {"vec_type(vec_int8(X'AABB'))", "int8"},
      {"vec_type(vec_bit(X'AABB'))", "bit"},
      {"hex(vec_add('[.1, .2, .3]', '[.4, .5, .6]'))", "0000003F3333333F6766663F"},
      {"vec_to_json(vec_add(vec_int8('[1, 127]'), vec_int8('[4, 1]')))", "[5,-128]"},
      {"vec_to_json(vec_sub('[1, 2]', '[4, 4]'))", "[-3.0,-2.0]"},
      {"vec_type(vec_sub(vec_int8('[1]'), vec_int8('[2]')))", "int8"},
      {"hex(vec_normalize('[2, 3, 1, -4]'))", "BAF4BA3E8C370C3FBAF43A3EBAF43ABF"},
      {"vec_to_json(vec_normalize('[3e-30, 4e-30]'))", "[0.6,0.8]"},
      {"vec_to_json(vec_slice('[1, 2, 3, 4]', 2, 4))", "[3.0,4.0]"},
      {"hex(vec_slice(vec_bit(X'01FE'), 8, 16))", "FE"},
      {"vec_type(vec_slice(vec_int8('[1, 2]'), 0, 1))", "int8"},
      {"hex(vec_quantize_binary('[1, -1, 0, -0.0, 1e-30, 1, 1, -5]'))", "71"},
      {"hex(vec_quantize_binary(vec_int8('[1, -1, 0, 0, 1, 1, 1, -5]')))", "71"},
      {"vec_to_json(vec_quantize_int8('[-1, 1, 0, 0.5, -0.5, 0.999, 2, -2]', 'unit'))",
       "[-128,126,0,63,-64,126,127,-128]"},
      {"vec_to_json('[0.1, 1, -2.5, 1e-20, 16777216]')", "[0.1,1.0,-2.5,1.0e-20,16777216.0]"},
      {"vec_to_json(vec_bit(X'81'))", "[1,0,0,0,0,0,0,1]"},
      {"json(json_array(vec_to_json(vec_int8('[1, 2]'))))", "[[1,2]]"},
      {"round(vec_distance_l2('[1, 1]', '[-2, -2]'), 12)", "4.242640687119"},
      {"vec_distance_l2(vec_int8('[1, 1]'), vec_int8('[4, 5]'))", "5.0"},
      {"vec_distance_l1('[1, 1]', '[-2, 3]')", "5.0"},
      {"vec_distance_cosine('[1, 1]', '[-2, -2]')", "2.0"},
      {"vec_distance_cosine(vec_int8('[1, 0]'), vec_int8('[0, 7]'))", "1.0"},
      {"vec_distance_ip('[1, 2]', '[3, 4]')", "-11.0"},
      {"vec_distance_hamming(vec_bit(X'F0'), vec_bit(X'44'))", "4.0"},
      {"vec_distance_l2('[1]', NULL)", "null"},
      {"vec_distance_l2(NULL, 'x')", "null"},
      {"vec_distance_cosine('[0, 0]', '[1, 2]')", "null"},
      {"group_concat(rowid || ':' || value) FROM vec_each('[1, 2.5]')", "0:1.0,1:2.5"},
      {"group_concat(rowid || ':' || value) FROM vec_each(vec_int8('[1, -2]'))", "0:1,1:-2"},
      {"group_concat(value, '') FROM vec_each(vec_bit(X'0F01'))", "1111000010000000"},
      {"count(*) FROM vec_each(NULL)", "0"},
      {"vec_version() LIKE 'v0.1.9 (HeliosDB %)'", "1"},
      {"vec_debug() LIKE '%Kernels: %'", "1"},
  };
  sqlite3 *db = open_vectors();
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) check_is(db, cases[i][0], cases[i][1]);
  close_database(db);
}

TEST(what_is_wrong_with_a_vector_is_told) {
  static const char *const cases[][2] = {
      {"vec_f32('[]')", "Number 1 of the vector, at character 2 of its text, is not a number"},
      {"vec_f32('')", "A vector's text is like [0.1, 0.2]: there is no [ at character 1"},
      {"vec_f32(' 1')", "A vector's text is like [0.1, 0.2]: there is no [ at character 2"},
      {"vec_f32('[1, x]')", "Number 2 of the vector, at character 5 of its text, is not a number"},
      {"vec_f32('[1, 2e]')", "Number 2 of the vector, at character 5 of its text, is not a number"},
      {"vec_f32('[1,,2]')", "Number 2 of the vector, at character 4 of its text, is not a number"},
      {"vec_f32('[1,2,]')", "Number 3 of the vector, at character 6 of its text, is not a number"},
      {"vec_f32('[1, NaN]')", "Number 2 of the vector, at character 5 of its text, is not finite: a "
                              "vector holds no NaN and no infinity"},
      {"vec_f32('[-Infinity]')", "Number 1 of the vector, at character 2 of its text, is not "
                                 "finite: a vector holds no NaN and no infinity"},
      {"vec_f32('[1e39]')", "Number 1 of the vector, at character 2 of its text, is too large for "
                            "float32, whose largest is 3.4e38"},
      {"vec_f32('[1 2]')", "A comma or ] is missing behind number 1 of the vector, at character 4 "
                           "of its text"},
      {"vec_f32('[1')", "A comma or ] is missing behind number 1 of the vector, at character 3 of "
                        "its text"},
      {"vec_f32('[1] x')", "The vector's text goes on behind its ], at character 5"},
      {"vec_f32(X'AABB')", "A vector of float32 has 4 bytes a number: 2 bytes are not a whole number "
                           "of them"},
      {"vec_f32(X'')", "A vector has at least one number"},
      {"vec_f32(X'0000803F0000C07F')", "Number 2 of the vector is NaN: a vector holds no NaN and no "
                                       "infinity"},
      {"vec_f32(X'000080FF')", "Number 1 of the vector is infinite: a vector holds no NaN and no "
                               "infinity"},
      {"vec_f32(NULL)", "A float32 vector is a blob or text like [1, 2]: NULL is none"},
      {"vec_f32(1.5)", "A float32 vector is a blob or text like [1, 2]: a float is none"},
      {"vec_int8('[1.5]')", "Number 1 of the vector, at character 2 of its text, is not a whole "
                            "number"},
      {"vec_int8('[1, 128]')", "Number 2 of the vector, at character 5 of its text, is not one of "
                               "int8, from -128 to 127"},
      {"vec_bit('[1]')", "A bit vector is a blob: text is none"},
      {"vec_add('[1]', '[1, 2]')", "The vectors have different dimensions: the first has 1, the "
                                   "second 2"},
      {"vec_add('[1]', vec_int8('[1]'))", "The vectors have different types: the first has elements "
                                          "of float32, the second of int8"},
      {"vec_add(vec_bit(X'01'), vec_bit(X'01'))", "Bit vectors cannot be added"},
      {"vec_sub(vec_bit(X'01'), vec_bit(X'01'))", "Bit vectors cannot be subtracted"},
      {"vec_add('[3e38]', '[3e38]')", "Number 1 of the vector is infinite: a vector holds no NaN and "
                                      "no infinity"},
      {"vec_normalize('[0, 0]')", "A vector whose numbers are all 0 cannot be normalized"},
      {"vec_normalize(vec_int8('[1]'))", "Only vectors of float32 can be normalized: this one has "
                                         "elements of int8"},
      {"vec_slice('[1, 2]', 1, 3)", "A slice of a vector of 2 dimensions begins at 0 or later, ends "
                                    "before or at 2, and is not empty: it cannot go from 1 to 3"},
      {"vec_slice('[1, 2]', -1, 1)", "A slice of a vector of 2 dimensions begins at 0 or later, ends "
                                     "before or at 2, and is not empty: it cannot go from -1 to 1"},
      {"vec_slice(vec_bit(X'FFFF'), 4, 8)", "A slice of a bit vector begins and ends at a multiple of "
                                            "8"},
      {"vec_quantize_binary('[1]')", "A bit vector has a multiple of 8 dimensions: this vector has 1"},
      {"vec_quantize_binary(vec_bit(X'01'))", "The vector is a bit vector already"},
      {"vec_quantize_int8('[1]', 'other')", "vec_quantize_int8 takes 'unit' as its second argument"},
      {"vec_distance_l2('[1]', '[1, 2]')", "The vectors have different dimensions: the first has 1, "
                                           "the second 2"},
      {"vec_distance_l2(vec_bit(X'01'), vec_bit(X'01'))", "Vectors of bit have no L2 distance"},
      {"vec_distance_hamming('[1]', '[1]')", "Vectors of float32 have no hamming distance"},
      {"vec_distance_l2(X'0000C07F', '[1]')", "Number 1 of the vector is NaN: a vector holds no NaN "
                                              "and no infinity"},
      {"* FROM vec_each('[1, x]')", "Number 2 of the vector, at character 5 of its text, is not a "
                                    "number"},
      {"* FROM vec_each", "vec_each takes a vector: vec_each('[1, 2]')"},
  };
  sqlite3 *db = open_vectors();
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    check_error(db, cases[i][0], cases[i][1]);
  }
  close_database(db);
}

TEST(an_exact_scan_finds_the_nearest_for_a_query_of_any_form) {
  enum { ROWS = 300, DIMENSIONS = 20 };
  static const char *const forms[] = {"?1", "vec_to_json(?1)", "vec_slice(?1, 0, 20)"};
  static float vectors[ROWS][DIMENSIONS];
  float wanted[DIMENSIONS];
  chance chances = {5};
  sqlite3 *db = open_vectors();
  sqlite3_stmt *insert;
  execute(db, "CREATE TABLE t(id INTEGER PRIMARY KEY, v BLOB, s TEXT)");
  CHECK_INT(sqlite3_prepare_v2(db, "INSERT INTO t VALUES(?1, ?2, vec_to_json(?2))", -1, &insert, 0),
            SQLITE_OK);
  for (int i = 0; i < ROWS; i++) {
    for (int d = 0; d < DIMENSIONS; d++) vectors[i][d] = (float)chance_below(&chances, 1000) - 500;
    sqlite3_bind_int(insert, 1, i);
    sqlite3_bind_blob(insert, 2, vectors[i], sizeof vectors[i], SQLITE_STATIC);
    sqlite3_step(insert);
    sqlite3_reset(insert);
  }
  sqlite3_finalize(insert);
  for (int d = 0; d < DIMENSIONS; d++) wanted[d] = (float)chance_below(&chances, 1000) - 500;
  int nearest = 0;
  double least = 1e300;
  for (int i = 0; i < ROWS; i++) {
    double dot = 0;
    double a = 0;
    double b = 0;
    for (int d = 0; d < DIMENSIONS; d++) {
      dot += (double)vectors[i][d] * (double)wanted[d];
      a += (double)vectors[i][d] * (double)vectors[i][d];
      b += (double)wanted[d] * (double)wanted[d];
    }
    double distance = 1 - dot / sqrt(a) / sqrt(b);
    if (distance < least) {
      least = distance;
      nearest = i;
    }
  }
  for (int form = 0; form < 12; form++) {
    char sql[200];
    sqlite3_stmt *select;
    const char *column = form & 1 ? "s" : "v";
    const char *given = forms[form / 4];
    snprintf(sql, sizeof sql, "SELECT id, vec_distance_cosine(%s, %s) AS d FROM t ORDER BY d LIMIT 1",
             form & 2 ? given : column, form & 2 ? column : given);
    CHECK_INT(sqlite3_prepare_v2(db, sql, -1, &select, 0), SQLITE_OK);
    sqlite3_bind_blob(select, 1, wanted, sizeof wanted, SQLITE_STATIC);
    CHECK_INT(sqlite3_step(select), SQLITE_ROW);
    CHECK_INT(sqlite3_column_int(select, 0), nearest);
    CHECK(fabs(sqlite3_column_double(select, 1) - least) < 1e-6);
    sqlite3_finalize(select);
  }
  close_database(db);
}

TEST(any_allocation_of_the_functions_fails) {
  static const char *const statements[] = {
      "SELECT vec_distance_l2(v, '[1, 2, 3, 4, 5, 6, 7, 8]') FROM t",
      "SELECT vec_add(v, '[1, 2, 3, 4, 5, 6, 7, 8]'), vec_sub(v, v), vec_normalize(v) FROM t",
      "SELECT vec_slice(v, 1, 2), vec_quantize_binary(v), vec_quantize_int8(v, 'unit') FROM t",
      "SELECT vec_to_json(v), vec_f32(v), vec_int8('[1]'), vec_bit(v), vec_version(), vec_debug()"
      " FROM t",
      "SELECT sum(value) FROM t, vec_each(t.v)",
      "SELECT vec_f32('[1, x]') FROM t",
      "SELECT vec_distance_l2(v, '[1]') FROM t",
      "SELECT vec_length('[1]'), vec_type(v) FROM t",
  };
  sqlite3 *db = open_vectors();
  execute(db, "CREATE TABLE t(v); INSERT INTO t VALUES(vec_f32('[1, 2, 3, 4, 5, 6, 7, 8]')), "
              "(vec_f32('[8, 7, 6, 5, 4, 3, 2, 1]'))");
  for (size_t i = 0; i < sizeof statements / sizeof *statements; i++) {
    int expected = try_execute(db, statements[i]);
    int faults = 1;
    for (int n = 1; faults; n++) {
      faults_arm_allocations(n, 0);
      int rc = try_execute(db, statements[i]);
      faults = faults_disarm();
      CHECK(rc == expected || rc == SQLITE_NOMEM);
    }
  }
  close_database(db);
}
