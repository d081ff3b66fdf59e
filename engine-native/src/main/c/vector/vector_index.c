/*
** The module heliosdb_vector_index.
**
**   CREATE VIRTUAL TABLE docs_embedding USING heliosdb_vector_index(table="docs", column="embedding",
**     metric=cosine)
**   SELECT rowid, heliosdb_distance FROM docs_embedding WHERE heliosdb_query = ?
**     ORDER BY heliosdb_distance LIMIT 10
**
** All columns are hidden, so that * in a join with the table has the table's columns alone.
**
** Rows come nearest first among those of the lists that were scanned. Where other conditions reject
** many of them, more lists are scanned, which may hold nearer ones. A query whose rows have to be sorted
** whatever its conditions says how many it takes, and lets SQLite sort them:
**
**   WHERE heliosdb_query = ? AND heliosdb_limit = 10 AND ... ORDER BY heliosdb_order LIMIT 10
**
** heliosdb_order is the distance, too. SQLite asks for it when a row has passed all conditions and
** goes to be sorted: so the index knows how many have, and ends.
**
** Triggers on the table name each row that was written, and the index then looks at the row
** itself: so it does not matter in which order triggers run, or what a trigger of the user's did to
** the row meanwhile. REPLACE deletes rows without running triggers for them. A trigger that runs
** before names those that have a unique value in common with the new row; once that is written, the
** index looks which of them are gone. The triggers are of the form UPDATE docs_embedding SET
** heliosdb_command = 'touch' WHERE heliosdb_row = NEW.id, for which there always is a row: SQLite
** cannot rename a table with a trigger that inserts into one whose columns are all hidden.
**
** An ordinary index on the column, docs_embedding_anchor, has no rows at all (WHERE 0). SQLite renames
** table and column in it when they are renamed, which is how the index finds them; and VACUUM keeps
** the row ids of a table that has an index.
*/
#include "vector_index.h"

#include <string.h>

#include "index_internal.h"

typedef struct index_cursor {
  sqlite3_vtab_cursor base;
  hdb_search *search;
  int64_t rowid;
  double distance;
  int has_distance;
  int is_one_row; /* the one that a trigger names */
  int is_limited; /* to distances below or up to the limit */
  double limit;
  int64_t wanted;   /* so many rows that pass all conditions; negative: all */
  int64_t accepted; /* of those so many did */
  sqlite3_stmt *without; /* behind all others: the rows that have no vector */
  int is_at_end;
  /* Without a query: the row of places that is being read. */
  int64_t places_id;
  unsigned char places[HDB_PLACES_IN_ROW * HDB_PLACE_BYTES];
  int places_count;
  int place;
  int has_places; /* and places_id is its id */
} index_cursor;

enum {
  COLUMN_COMMAND,
  COLUMN_DISTANCE,
  COLUMN_QUERY,
  COLUMN_BEAM,
  COLUMN_ROW,
  COLUMN_LIMIT,
  COLUMN_ORDER
};
/* Bits of a plan: which constraints are among the arguments, in this order. */
enum {
  PLAN_ALL = 0,
  PLAN_QUERY = 1,
  PLAN_BEAM = 2,
  PLAN_BELOW = 4,
  PLAN_UP_TO = 8,
  PLAN_LIMIT = 16,
  PLAN_ROW = 32
};

static hdb_vector_index *index_of(sqlite3_vtab *base) { return (hdb_vector_index *)base; }

/* Arguments */

/* A name as it was written, perhaps in quotes. From mprintf. */
static char *unquoted(const char *text, size_t length) {
  while (length > 0 && (*text == ' ' || *text == '\n' || *text == '\t')) text++, length--;
  while (length > 0 && strchr(" \n\t", text[length - 1])) length--;
  char *out = sqlite.mprintf("%.*s", (int)length, text);
  if (!out || length < 2 || !strchr("\"'`[", *out)) return out;
  char quote = *out == '[' ? ']' : *out;
  char *to = out;
  for (const char *p = out + 1; *p; p++) {
    if (*p == quote && *++p != quote) break;
    *to++ = *p;
  }
  *to = 0;
  return out;
}

static int number_of(const char *text, int most, int *out) {
  int64_t number = 0;
  if (!*text) return 0;
  for (; *text; text++) {
    if (*text < '0' || *text > '9') return 0;
    number = number * 10 + (*text - '0');
    if (number > most) return 0;
  }
  *out = (int)number;
  return number > 0;
}

static int take_metric(hdb_vector_index *index, const char *value) {
  if (sqlite.stricmp(value, "l2") == 0) {
    index->metric = HDB_L2;
  } else if (sqlite.stricmp(value, "cosine") == 0) {
    index->metric = HDB_COSINE;
  } else if (sqlite.stricmp(value, "ip") == 0) {
    index->metric = HDB_IP;
  } else {
    return 0;
  }
  return 1;
}

/* One of the arguments, key=value. */
static int take_argument(hdb_vector_index *index, const char *argument) {
  const char *equals = strchr(argument, '=');
  if (!equals) {
    return hdb_index_fail(index, SQLITE_ERROR,
                          sqlite.mprintf("A vector index takes arguments of the form key=value, and "
                                         "not: %s",
                                         argument));
  }
  char *key = unquoted(argument, (size_t)(equals - argument));
  char *value = unquoted(equals + 1, strlen(equals + 1));
  int rc = key && value ? SQLITE_OK : SQLITE_NOMEM;
  int is_good = 1;
  if (rc != SQLITE_OK) {
    /* Nothing to look at. */
  } else if (sqlite.stricmp(key, "table") == 0 && !index->table) {
    index->table = value;
    value = 0;
  } else if (sqlite.stricmp(key, "column") == 0 && !index->column) {
    index->column = value;
    value = 0;
  } else if (sqlite.stricmp(key, "metric") == 0) {
    is_good = take_metric(index, value);
  } else if (sqlite.stricmp(key, "dimensions") == 0) {
    is_good = number_of(value, HDB_MOST_DIMENSIONS, &index->declared_dimensions);
  } else if (sqlite.stricmp(key, "beam") == 0) {
    is_good = number_of(value, HDB_MOST_BEAM, &index->beam);
  } else {
    rc = hdb_index_fail(index, SQLITE_ERROR,
                        sqlite.mprintf("A vector index has no option %s. There are metric, "
                                       "dimensions and beam",
                                       key));
  }
  if (!is_good) {
    rc = hdb_index_fail(index, SQLITE_ERROR,
                        sqlite.mprintf("%s=%s: metric is l2, cosine or ip, dimensions a number from "
                                       "1 to %d, beam one from 1 to %d",
                                       key, value, HDB_MOST_DIMENSIONS, HDB_MOST_BEAM));
  }
  sqlite.free(key);
  sqlite.free(value);
  return rc;
}

/* Which table and column */

static int query_text(hdb_vector_index *index, const char *pattern, sqlite3_stmt **out) {
  char *sql = hdb_index_text(index, pattern);
  if (!sql) return SQLITE_NOMEM;
  int rc = sqlite.prepare_v3(index->db, sql, -1, 0, out, 0);
  sqlite.free(sql);
  return hdb_index_failed(index, rc);
}

/* VECTOR(n), in any case and spacing: n; 0 if it is something else. */
static int dimensions_of(const char *type) {
  int number = 0;
  const char *p = type ? strchr(type, '(') : 0;
  if (!p || sqlite.strnicmp(type, "vector", 6) != 0) return 0;
  for (p++; *p == ' '; p++) {
  }
  for (; *p >= '0' && *p <= '9' && number <= HDB_MOST_DIMENSIONS; p++) {
    number = number * 10 + (*p - '0');
  }
  return number <= HDB_MOST_DIMENSIONS ? number : 0;
}

/* Only a table with row ids can have a vector index. */
static int check_kind(hdb_vector_index *index) {
  sqlite3_stmt *stmt;
  char *sql = sqlite.mprintf("SELECT 1 FROM pragma_table_list(%Q) WHERE schema = %Q COLLATE NOCASE "
                             "AND type = 'table' AND NOT wr",
                             index->table, index->schema);
  if (!sql) return SQLITE_NOMEM;
  int rc = sqlite.prepare_v3(index->db, sql, -1, 0, &stmt, 0);
  sqlite.free(sql);
  if (rc != SQLITE_OK) return hdb_index_failed(index, rc);
  int is_good = sqlite.step(stmt) == SQLITE_ROW;
  rc = hdb_index_failed(index, sqlite.finalize(stmt));
  if (rc != SQLITE_OK || is_good) return rc;
  return hdb_index_fail(index, SQLITE_ERROR,
                        sqlite.mprintf("%s is no table that can have a vector index: views, virtual "
                                       "tables and tables WITHOUT ROWID cannot",
                                       index->table));
}

/* Looks at the columns: whether ours is there, its dimensions, by which name the row id goes. */
static int read_columns(hdb_vector_index *index) {
  static const char *const names[] = {"rowid", "_rowid_", "oid"};
  int is_taken[3] = {0, 0, 0};
  int has_column = 0;
  sqlite3_stmt *stmt;
  char *sql = sqlite.mprintf("SELECT name, type FROM pragma_table_xinfo(%Q, %Q)", index->table,
                             index->schema);
  if (!sql) return SQLITE_NOMEM;
  int rc = sqlite.prepare_v3(index->db, sql, -1, 0, &stmt, 0);
  sqlite.free(sql);
  if (rc != SQLITE_OK) return hdb_index_failed(index, rc);
  while (sqlite.step(stmt) == SQLITE_ROW) {
    const char *name = (const char *)sqlite.column_text(stmt, 0);
    const char *type = (const char *)sqlite.column_text(stmt, 1);
    if (!name) continue;
    for (int i = 0; i < 3; i++) is_taken[i] |= sqlite.stricmp(name, names[i]) == 0;
    if (sqlite.stricmp(name, index->column) != 0) continue;
    has_column = 1;
    int declared = dimensions_of(type);
    if (declared && index->declared_dimensions && declared != index->declared_dimensions) {
      rc = hdb_index_fail(index, SQLITE_ERROR,
                          sqlite.mprintf("%s.%s is declared with %d dimensions, and the index with "
                                         "%d",
                                         index->table, index->column, declared,
                                         index->declared_dimensions));
    }
    if (declared) index->declared_dimensions = declared;
  }
  int ended = sqlite.finalize(stmt);
  if (rc == SQLITE_OK) rc = hdb_index_failed(index, ended);
  if (rc != SQLITE_OK) return rc;
  if (!has_column) {
    return hdb_index_fail(index, SQLITE_ERROR,
                          sqlite.mprintf("There is no table %s with a column %s for a vector index",
                                         index->table, index->column));
  }
  index->rowid = 0;
  for (int i = 2; i >= 0; i--) {
    if (!is_taken[i]) index->rowid = names[i];
  }
  if (!index->rowid) {
    return hdb_index_fail(index, SQLITE_ERROR,
                          sqlite.mprintf("Table %s has columns named rowid, _rowid_ and oid, so that "
                                         "its row id has no name: a vector index takes one",
                                         index->table));
  }
  return SQLITE_OK;
}

static int check_triggers(hdb_vector_index *index);

/* Finds table and column, which may have been renamed. Without the table both are null. */
static int find_table(hdb_vector_index *index) {
  sqlite3_stmt *stmt;
  int rc = hdb_index_prepare(index, SQL_SCHEMA_VERSION, &stmt);
  if (rc != SQLITE_OK) return rc;
  int64_t version = sqlite.step(stmt) == SQLITE_ROW ? sqlite.column_int64(stmt, 0) : 0;
  rc = hdb_index_failed(index, sqlite.reset(stmt));
  if (rc != SQLITE_OK || version == index->schema_version) return rc;
  char *table = 0;
  char *column = 0;
  rc = hdb_index_prepare(index, SQL_ANCHOR, &stmt);
  if (rc != SQLITE_OK) return rc;
  if (sqlite.step(stmt) == SQLITE_ROW) {
    table = sqlite.mprintf("%s", sqlite.column_text(stmt, 0));
    column = sqlite.mprintf("%s", sqlite.column_text(stmt, 1));
    if (!table || !column) rc = SQLITE_NOMEM;
  }
  int ended = sqlite.reset(stmt);
  if (rc == SQLITE_OK) rc = hdb_index_failed(index, ended);
  if (rc != SQLITE_OK) {
    sqlite.free(table);
    sqlite.free(column);
    return rc;
  }
  sqlite.free(index->table);
  sqlite.free(index->column);
  index->table = table;
  index->column = column;
  hdb_index_finalize(index);
  if (table) rc = read_columns(index);
  if (rc == SQLITE_OK && table && !index->is_mending) rc = check_triggers(index);
  if (rc == SQLITE_OK) index->schema_version = version;
  return rc;
}

/* Triggers */

/*
** Which rows may be replaced by the new one: those that have all columns of a unique index in
** common with it. Columns that are expressions are left out, and so is what a partial index
** leaves out: that names some rows too many, which does no harm. *signature tells of the unique
** indexes that came after the table.
*/
static int find_unique(hdb_vector_index *index, char **rows, char **changes, int64_t *signature) {
  sqlite3_stmt *stmt = 0;
  sqlite3_str *same = sqlite.str_new(0);
  sqlite3_str *differs = sqlite.str_new(0);
  char *name = 0;
  int count = 0;
  uint64_t mixed = 0;
  char *sql = sqlite.mprintf(
      "SELECT l.name, l.origin, x.name, x.coll FROM pragma_index_list(%Q, %Q) l, "
      "pragma_index_xinfo(l.name, %Q) x WHERE l.\"unique\" AND x.key ORDER BY l.name, x.seqno",
      index->table, index->schema, index->schema);
  int rc = sql ? sqlite.prepare_v3(index->db, sql, -1, 0, &stmt, 0) : SQLITE_NOMEM;
  sqlite.free(sql);
  rc = hdb_index_failed(index, rc);
  int has_column = 1;
  while (rc == SQLITE_OK && sqlite.step(stmt) == SQLITE_ROW) {
    const char *found = (const char *)sqlite.column_text(stmt, 0);
    const char *origin = (const char *)sqlite.column_text(stmt, 1);
    const char *column = (const char *)sqlite.column_text(stmt, 2);
    const char *collation = (const char *)sqlite.column_text(stmt, 3);
    if (!found || !origin || !collation) {
      rc = SQLITE_NOMEM;
      break;
    }
    if (!name || strcmp(name, found) != 0) {
      if (name && !has_column) break;
      sqlite.free(name);
      name = sqlite.mprintf("%s", found);
      if (!name) rc = SQLITE_NOMEM;
      sqlite.str_appendf(same, "%s(1", count > 0 ? ") OR " : "");
      count++;
      has_column = 0;
    }
    if (*origin == 'c') {
      for (const char *p = found; *p; p++) mixed = (mixed ^ (unsigned char)*p) * 0x100000001b3u;
      mixed = (mixed ^ 1) * 0x100000001b3u;
    }
    if (!column) continue;
    has_column = 1;
    sqlite.str_appendf(same, " AND \"%w\" = NEW.\"%w\" COLLATE \"%w\"", column, column, collation);
    sqlite.str_appendf(differs, " OR OLD.\"%w\" IS NOT NEW.\"%w\"", column, column);
  }
  if (stmt) {
    int ended = sqlite.finalize(stmt);
    if (rc == SQLITE_OK) rc = hdb_index_failed(index, ended);
  }
  if (rc == SQLITE_OK && name && !has_column) {
    rc = hdb_index_fail(index, SQLITE_ERROR,
                        sqlite.mprintf("The unique index %s of table %s is of expressions alone. "
                                       "Beside a vector index it has to have a column",
                                       name, index->table));
  }
  if (count > 0) sqlite.str_appendf(same, ")");
  sqlite.free(name);
  *rows = sqlite.str_finish(same);
  *changes = sqlite.str_finish(differs);
  *signature = (int64_t)mixed;
  return rc;
}

static int check_triggers(hdb_vector_index *index) {
  char *rows;
  char *changes;
  int64_t now;
  int64_t then;
  int rc = find_unique(index, &rows, &changes, &now);
  sqlite.free(rows);
  sqlite.free(changes);
  if (rc == SQLITE_OK) rc = hdb_index_config(index, "unique_indexes", &then);
  if (rc == SQLITE_OK && now != then) {
    rc = hdb_index_fail(index, SQLITE_ERROR,
                        sqlite.mprintf("The unique indexes of table %s have changed. Tell its "
                                       "vector index: INSERT INTO \"%w\"(heliosdb_command) "
                                       "VALUES('triggers')",
                                       index->table, index->name));
  }
  return rc;
}

static int drop_triggers(hdb_vector_index *index) {
  return hdb_index_execute(index, "DROP TRIGGER IF EXISTS @inserted;"
                                  "DROP TRIGGER IF EXISTS @deleted;"
                                  "DROP TRIGGER IF EXISTS @updated;"
                                  "DROP TRIGGER IF EXISTS @inserting;"
                                  "DROP TRIGGER IF EXISTS @updating;");
}

/* As hdb_index_execute, with two texts that take the places of %s, in which @ and $ are as they are. */
static int create_trigger(hdb_vector_index *index, const char *head, const char *text,
                          const char *tail) {
  char *first = hdb_index_text(index, head);
  char *last = hdb_index_text(index, tail);
  char *sql = first && last && text ? sqlite.mprintf("%s%s%s", first, text, last) : 0;
  int rc = sql ? sqlite.exec(index->db, sql, 0, 0, 0) : SQLITE_NOMEM;
  sqlite.free(sql);
  sqlite.free(last);
  sqlite.free(first);
  return hdb_index_failed(index, rc);
}

static int create_triggers(hdb_vector_index *index) {
  char *rows = 0;
  char *changes = 0;
  int64_t signature;
  int rc = find_unique(index, &rows, &changes, &signature);
  if (rc == SQLITE_OK && (!rows || !changes) && signature != 0) rc = SQLITE_NOMEM;
  const char *same = rows ? rows : "";
  const char *differs = changes ? changes : "";
  if (rc == SQLITE_OK) {
    rc = hdb_index_execute(
        index,
        "CREATE TRIGGER @inserted AFTER INSERT ON $t BEGIN "
        "UPDATE $n SET heliosdb_command = 'touch' WHERE heliosdb_row = NEW.$r; END;"
        "CREATE TRIGGER @deleted AFTER DELETE ON $t BEGIN "
        "UPDATE $n SET heliosdb_command = 'touch' WHERE heliosdb_row = OLD.$r; END;");
  }
  if (rc == SQLITE_OK) {
    rc = create_trigger(index,
                        "CREATE TRIGGER @updated AFTER UPDATE ON $t "
                        "WHEN OLD.$r IS NOT NEW.$r OR OLD.$c IS NOT NEW.$c",
                        differs,
                        " BEGIN UPDATE $n SET heliosdb_command = 'touch' "
                        "WHERE heliosdb_row = OLD.$r AND OLD.$r IS NOT NEW.$r; "
                        "UPDATE $n SET heliosdb_command = 'touch' WHERE heliosdb_row = NEW.$r; END");
  }
  if (rc == SQLITE_OK && *same) {
    rc = create_trigger(index,
                        "CREATE TRIGGER @inserting BEFORE INSERT ON $t BEGIN "
                        "UPDATE $n SET heliosdb_command = 'replacing' WHERE heliosdb_row IN "
                        "(SELECT $r FROM $t WHERE ",
                        same, "); END");
  }
  if (rc == SQLITE_OK && *same) {
    char *middle = sqlite.mprintf("%s BEGIN ", differs);
    char *head = hdb_index_text(index, "CREATE TRIGGER @updating BEFORE UPDATE ON $t WHEN 0");
    char *body = hdb_index_text(
        index, "UPDATE $n SET heliosdb_command = 'replacing' WHERE heliosdb_row IN "
               "(SELECT $r FROM $t WHERE ");
    char *sql = middle && head && body
                    ? sqlite.mprintf("%s%s%s%s); END", head, middle, body, same)
                    : 0;
    rc = hdb_index_failed(index, sql ? sqlite.exec(index->db, sql, 0, 0, 0) : SQLITE_NOMEM);
    sqlite.free(sql);
    sqlite.free(body);
    sqlite.free(head);
    sqlite.free(middle);
  }
  if (rc == SQLITE_OK) rc = hdb_index_set_config(index, "unique_indexes", signature);
  sqlite.free(rows);
  sqlite.free(changes);
  return rc;
}

/* Opening */

/*
** Makes the index ready for use: finds its table and its settings. Connecting does not, so that
** an index whose tables are damaged, or whose table is gone, can be dropped.
*/
static int get_ready(hdb_vector_index *index) {
  int64_t format = 0;
  int64_t seed = 0;
  int64_t capacity = 0;
  int64_t dimensions = 0;
  int rc = find_table(index);
  if (rc != SQLITE_OK) return rc;
  if (!index->table) {
    return hdb_index_fail(index, SQLITE_ERROR,
                          sqlite.mprintf("The table of vector index %s is gone: DROP TABLE \"%w\"",
                                         index->name, index->name));
  }
  /* As long as it has no vector, another connection may give it the first one. */
  if (index->is_ready && index->dimensions > 0) return SQLITE_OK;
  rc = hdb_index_config(index, "format", &format);
  if (rc == SQLITE_OK && format != HDB_INDEX_FORMAT) {
    rc = hdb_index_fail(index, SQLITE_ERROR,
                        sqlite.mprintf("Vector index %s has format %lld, and this version knows "
                                       "format %d",
                                       index->name, format, HDB_INDEX_FORMAT));
  }
  if (rc == SQLITE_OK) rc = hdb_index_config(index, "seed", &seed);
  if (rc == SQLITE_OK) rc = hdb_index_config(index, "capacity", &capacity);
  if (rc == SQLITE_OK) rc = hdb_index_config(index, "dimensions", &dimensions);
  if (rc == SQLITE_OK &&
      (capacity < 0 || capacity > HDB_MOST_CAPACITY || dimensions < 0 ||
       dimensions > HDB_MOST_DIMENSIONS || (capacity == 0) != (dimensions == 0))) {
    rc = hdb_index_damaged(index, "its settings are wrong");
  }
  if (rc != SQLITE_OK) return rc;
  if (dimensions != index->dimensions || capacity != index->capacity || seed != index->seed) {
    hdb_directory_free(&index->directory);
    index->seed = seed;
    index->capacity = (int)capacity;
    index->dimensions = 0;
    index->generation++;
    if (dimensions > 0) rc = hdb_index_set_dimensions(index, (int)dimensions);
  }
  if (rc == SQLITE_OK) index->is_ready = 1;
  return rc;
}

/* What depends on the number of dimensions, when it becomes known. */
int hdb_index_learn_dimensions(hdb_vector_index *index, int dimensions) {
  int words = (dimensions + 63) / 64;
  int64_t pages = 1;
  int64_t page_size = 4096;
  sqlite3_stmt *stmt;
  int rc = query_text(index, "PRAGMA $s.page_size", &stmt);
  if (rc != SQLITE_OK) return rc;
  if (sqlite.step(stmt) == SQLITE_ROW) page_size = sqlite.column_int64(stmt, 0);
  rc = hdb_index_failed(index, sqlite.finalize(stmt));
  if (rc != SQLITE_OK) return rc;
  /*
  ** A list fills whole pages: the first has room for page_size - 35 bytes of a row, an overflow
  ** page for page_size - 4; a row's head takes up to 8 bytes.
  */
  while (page_size - 43 + (pages - 1) * (page_size - 4) < hdb_list_size(words, HDB_LEAST_CAPACITY)) {
    pages++;
  }
  int64_t most = page_size - 43 + (pages - 1) * (page_size - 4);
  int capacity = HDB_LEAST_CAPACITY;
  while (capacity < HDB_MOST_CAPACITY && hdb_list_size(words, capacity + 1) <= most) capacity++;
  index->capacity = capacity;
  rc = hdb_index_set_config(index, "capacity", capacity);
  if (rc == SQLITE_OK) rc = hdb_index_set_config(index, "dimensions", dimensions);
  return rc == SQLITE_OK ? hdb_index_set_dimensions(index, dimensions) : rc;
}

static int create_tables(hdb_vector_index *index) {
  int rc = hdb_index_execute(
      index, "CREATE TABLE @config(key TEXT PRIMARY KEY, value) WITHOUT ROWID;"
             "CREATE TABLE @groups(id INTEGER PRIMARY KEY, version INTEGER, centroid BLOB);"
             "CREATE TABLE @centroids(parent INTEGER, list INTEGER, centroid BLOB, "
             "PRIMARY KEY(parent, list)) WITHOUT ROWID;"
             "CREATE TABLE @lists(id INTEGER PRIMARY KEY, codes BLOB);"
             "CREATE TABLE @places(id INTEGER PRIMARY KEY, places BLOB);");
  if (rc == SQLITE_OK) rc = hdb_index_set_config(index, "format", HDB_INDEX_FORMAT);
  if (rc == SQLITE_OK) rc = hdb_index_set_config(index, "seed", index->seed);
  return rc;
}

static int drop_tables(hdb_vector_index *index) {
  hdb_index_finalize(index);
  return hdb_index_execute(index, "DROP TABLE IF EXISTS @config; DROP TABLE IF EXISTS @groups;"
                                  "DROP TABLE IF EXISTS @centroids; DROP TABLE IF EXISTS @lists;"
                                  "DROP TABLE IF EXISTS @places;");
}

/* Forgets what was read, after what may have changed it without a trace. */
static void forget(hdb_vector_index *index) {
  hdb_directory_free(&index->directory);
  index->is_ready = 0;
  index->dimensions = 0;
  index->generation++;
  index->doubtful_count = 0;
}

static int build(hdb_vector_index *index) {
  int rc = SQLITE_OK;
  if (index->declared_dimensions > 0) {
    rc = hdb_index_learn_dimensions(index, index->declared_dimensions);
  }
  return rc == SQLITE_OK ? hdb_index_build(index) : rc;
}

static int rebuild(hdb_vector_index *index) {
  int rc = hdb_index_execute(index, "DELETE FROM @config WHERE key <> 'anchor'; DELETE FROM @groups;"
                                    "DELETE FROM @centroids; DELETE FROM @lists;"
                                    "DELETE FROM @places;");
  forget(index);
  if (rc == SQLITE_OK) rc = hdb_index_set_config(index, "format", HDB_INDEX_FORMAT);
  if (rc == SQLITE_OK) rc = hdb_index_set_config(index, "seed", index->seed);
  if (rc == SQLITE_OK) rc = drop_triggers(index);
  if (rc == SQLITE_OK) rc = create_triggers(index);
  return rc == SQLITE_OK ? build(index) : rc;
}

static int disconnect(sqlite3_vtab *base) {
  hdb_vector_index *index = index_of(base);
  hdb_index_finalize(index);
  hdb_search_free_spare(index);
  hdb_directory_free(&index->directory);
  hdb_rotation_free(&index->rotation);
  sqlite.free(index->plain);
  sqlite.free(index->rotated);
  sqlite.free(index->centroid);
  sqlite.free(index->bits);
  sqlite.free(index->short_query);
  sqlite.free(index->list.bytes);
  sqlite.free(index->other.bytes);
  sqlite.free(index->doubtful);
  sqlite.free(index->table);
  sqlite.free(index->column);
  sqlite.free(index->name);
  sqlite.free(index->schema);
  sqlite.free(index);
  return SQLITE_OK;
}

static int open_table(sqlite3 *db, int argc, const char *const *argv, int creates,
                      sqlite3_vtab **out, char **message) {
  enum { SCHEMA = 1, NAME, FIRST };
  int rc;
  hdb_vector_index *index = sqlite.malloc64(sizeof *index);
  if (!index) return SQLITE_NOMEM;
  memset(index, 0, sizeof *index);
  index->db = db;
  index->schema_version = -1;
  index->schema = sqlite.mprintf("%s", argv[SCHEMA]);
  index->name = sqlite.mprintf("%s", argv[NAME]);
  rc = index->schema && index->name ? SQLITE_OK : SQLITE_NOMEM;
  for (int i = FIRST; rc == SQLITE_OK && i < argc; i++) rc = take_argument(index, argv[i]);
  if (rc == SQLITE_OK && (!index->table || !index->column)) {
    rc = hdb_index_fail(index, SQLITE_ERROR,
                        sqlite.mprintf("A vector index takes the arguments table and column"));
  }
  if (rc == SQLITE_OK) {
    rc = sqlite.declare_vtab(db, "CREATE TABLE x(heliosdb_command HIDDEN, heliosdb_distance REAL "
                                 "HIDDEN, heliosdb_query HIDDEN, heliosdb_beam HIDDEN, "
                                 "heliosdb_row HIDDEN, heliosdb_limit HIDDEN, "
                                 "heliosdb_order REAL HIDDEN)");
    rc = hdb_index_failed(index, rc);
  }
  if (rc == SQLITE_OK) sqlite.vtab_config(db, SQLITE_VTAB_INNOCUOUS);
  if (rc == SQLITE_OK && creates) {
    index->seed = hdb_index_new_version();
    rc = read_columns(index);
    if (rc == SQLITE_OK) rc = check_kind(index);
    if (rc == SQLITE_OK) rc = create_tables(index);
    if (rc == SQLITE_OK) {
      rc = hdb_index_execute(index, "CREATE INDEX @anchor ON $t($c) WHERE 0");
    }
    if (rc == SQLITE_OK) rc = create_triggers(index);
    if (rc == SQLITE_OK) rc = build(index);
    index->is_ready = 0;
  }
  if (rc != SQLITE_OK) {
    *message = index->base.zErrMsg;
    disconnect(&index->base);
    return rc;
  }
  *out = &index->base;
  return SQLITE_OK;
}

static int create(sqlite3 *db, void *data, int argc, const char *const *argv, sqlite3_vtab **out,
                  char **message) {
  (void)data;
  return open_table(db, argc, argv, 1, out, message);
}

static int connect(sqlite3 *db, void *data, int argc, const char *const *argv, sqlite3_vtab **out,
                   char **message) {
  (void)data;
  return open_table(db, argc, argv, 0, out, message);
}

/* The anchor keeps the name that the index had at first; without settings that is not known. */
static int drop_anchor(hdb_vector_index *index) {
  sqlite3_stmt *stmt;
  char *name = 0;
  int rc = hdb_index_prepare(index, SQL_ANCHOR, &stmt);
  if (rc == SQLITE_NOMEM) return rc;
  if (rc == SQLITE_OK) {
    if (sqlite.step(stmt) == SQLITE_ROW) name = sqlite.mprintf("%s", sqlite.column_text(stmt, 2));
    sqlite.reset(stmt);
  }
  if (!name) name = sqlite.mprintf("%s_anchor", index->name);
  char *sql = name ? sqlite.mprintf("DROP INDEX IF EXISTS \"%w\".\"%w\"", index->schema, name) : 0;
  hdb_index_finalize(index);
  rc = sql ? sqlite.exec(index->db, sql, 0, 0, 0) : SQLITE_NOMEM;
  sqlite.free(sql);
  sqlite.free(name);
  return hdb_index_failed(index, rc);
}

static int destroy(sqlite3_vtab *base) {
  hdb_vector_index *index = index_of(base);
  int rc = drop_triggers(index);
  if (rc == SQLITE_OK) rc = drop_anchor(index);
  if (rc == SQLITE_OK) rc = drop_tables(index);
  return rc == SQLITE_OK ? disconnect(base) : rc;
}

static int rename_table(sqlite3_vtab *base, const char *name) {
  static const char *const tables[] = {"config", "groups", "centroids", "lists", "places"};
  hdb_vector_index *index = index_of(base);
  int rc = get_ready(index);
  /* SQLite drops no index while a statement runs, so the anchor keeps its name, which is noted. */
  if (rc == SQLITE_OK) {
    rc = hdb_index_execute(index, "INSERT OR IGNORE INTO @config VALUES('anchor', $N || '_anchor')");
  }
  if (rc == SQLITE_OK) rc = drop_triggers(index);
  hdb_index_finalize(index);
  for (size_t i = 0; rc == SQLITE_OK && i < sizeof tables / sizeof *tables; i++) {
    char *sql = sqlite.mprintf("ALTER TABLE \"%w\".\"%w_%s\" RENAME TO \"%w_%s\"", index->schema,
                               index->name, tables[i], name, tables[i]);
    rc = sql ? hdb_index_failed(index, sqlite.exec(index->db, sql, 0, 0, 0)) : SQLITE_NOMEM;
    sqlite.free(sql);
  }
  char *copy = sqlite.mprintf("%s", name);
  if (!copy) rc = SQLITE_NOMEM;
  if (rc != SQLITE_OK) {
    sqlite.free(copy);
    return rc;
  }
  sqlite.free(index->name);
  index->name = copy;
  rc = create_triggers(index);
  index->schema_version = -1;
  return rc;
}

/* Changes */

/* Looks which of the rows that might have been replaced are gone. */
static int settle_doubts(hdb_vector_index *index) {
  int rc = SQLITE_OK;
  int count = index->doubtful_count;
  index->doubtful_count = 0;
  for (int i = 0; rc == SQLITE_OK && i < count; i++) {
    sqlite3_stmt *stmt;
    rc = hdb_index_prepare(index, SQL_HAS_ROW, &stmt);
    if (rc != SQLITE_OK) break;
    sqlite.bind_int64(stmt, 1, index->doubtful[i]);
    int is_there = sqlite.step(stmt) == SQLITE_ROW;
    rc = hdb_index_failed(index, sqlite.reset(stmt));
    if (rc == SQLITE_OK && !is_there) rc = hdb_index_touch(index, index->doubtful[i]);
  }
  return rc;
}

/* Notes a row that may be replaced. Of those before only the last few can still be in doubt. */
static int doubt(hdb_vector_index *index, int64_t rowid) {
  enum { KEPT = HDB_MOST_DOUBTFUL / 2 };
  if (!index->doubtful) {
    index->doubtful = sqlite.malloc64(HDB_MOST_DOUBTFUL * sizeof *index->doubtful);
    if (!index->doubtful) return SQLITE_NOMEM;
  }
  if (index->doubtful_count == HDB_MOST_DOUBTFUL) {
    int64_t kept[KEPT];
    memcpy(kept, index->doubtful + HDB_MOST_DOUBTFUL - KEPT, sizeof kept);
    index->doubtful_count = HDB_MOST_DOUBTFUL - KEPT;
    int rc = settle_doubts(index);
    if (rc != SQLITE_OK) return rc;
    memcpy(index->doubtful, kept, sizeof kept);
    index->doubtful_count = KEPT;
  }
  index->doubtful[index->doubtful_count++] = rowid;
  return SQLITE_OK;
}

/* Makes the triggers anew, which the index is not ready without. */
static int mend_triggers(hdb_vector_index *index) {
  int64_t version = index->schema_version;
  index->is_mending = 1;
  int rc = get_ready(index);
  if (rc == SQLITE_OK) rc = drop_triggers(index);
  if (rc == SQLITE_OK) rc = create_triggers(index);
  index->is_mending = 0;
  if (rc != SQLITE_OK) index->schema_version = version;
  return rc;
}

static int command(hdb_vector_index *index, const char *name) {
  if (sqlite.stricmp(name, "triggers") == 0) return mend_triggers(index);
  int rc = get_ready(index);
  if (rc != SQLITE_OK) return rc;
  if (sqlite.stricmp(name, "rebuild") == 0) return rebuild(index);
  if (sqlite.stricmp(name, "check") == 0) return hdb_index_check(index);
  return hdb_index_fail(index, SQLITE_ERROR,
                        sqlite.mprintf("A vector index knows the commands rebuild, check and "
                                       "triggers, and not %s",
                                       name));
}

/* INSERT is a command, and UPDATE what triggers say of a row. */
static int update(sqlite3_vtab *base, int argc, sqlite3_value **argv, int64_t *out) {
  enum { OLD_ROWID, NEW_ROWID, COMMAND };
  hdb_vector_index *index = index_of(base);
  const char *name = argc > COMMAND ? (const char *)sqlite.value_text(argv[COMMAND]) : 0;
  if (name && sqlite.value_type(argv[OLD_ROWID]) == SQLITE_NULL) {
    *out = 0;
    return command(index, name);
  }
  int is_touch = name && strcmp(name, "touch") == 0;
  if (!is_touch && !(name && strcmp(name, "replacing") == 0)) {
    return hdb_index_fail(index, SQLITE_ERROR,
                          sqlite.mprintf("Vector index %s keeps itself up to date with its table: "
                                         "change that",
                                         index->name));
  }
  int64_t rowid = sqlite.value_int64(argv[OLD_ROWID]);
  int rc = get_ready(index);
  if (rc != SQLITE_OK) return rc;
  if (!is_touch) return doubt(index, rowid);
  rc = settle_doubts(index);
  return rc == SQLITE_OK ? hdb_index_touch(index, rowid) : rc;
}

static int begin(sqlite3_vtab *base) {
  index_of(base)->doubtful_count = 0;
  return SQLITE_OK;
}

static int rollback(sqlite3_vtab *base) {
  hdb_vector_index *index = index_of(base);
  index->doubtful_count = 0;
  /* The first vector, which set the number of dimensions, may be gone. */
  index->is_ready = 0;
  return SQLITE_OK;
}

static int rollback_to(sqlite3_vtab *base, int savepoint) {
  (void)savepoint;
  return rollback(base);
}

static int nothing_at(sqlite3_vtab *base, int savepoint) {
  (void)base;
  (void)savepoint;
  return SQLITE_OK;
}

static int nothing(sqlite3_vtab *base) {
  (void)base;
  return SQLITE_OK;
}

/* Queries */

static int best_index(sqlite3_vtab *base, sqlite3_index_info *info) {
  enum { BITS = 6, LIMIT = 4, ROW = 5 };
  int used[BITS] = {-1, -1, -1, -1, -1, -1}; /* by the bit of the plan */
  int argument = 0;
  (void)base;
  for (int i = 0; i < info->nConstraint; i++) {
    int column = info->aConstraint[i].iColumn;
    int op = info->aConstraint[i].op;
    int is_equal = op == SQLITE_INDEX_CONSTRAINT_EQ;
    int bit = -1;
    if (column == COLUMN_QUERY && is_equal) bit = 0;
    if (column == COLUMN_BEAM && is_equal) bit = 1;
    if (column == COLUMN_DISTANCE && op == SQLITE_INDEX_CONSTRAINT_LT) bit = 2;
    if (column == COLUMN_DISTANCE && op == SQLITE_INDEX_CONSTRAINT_LE) bit = 3;
    if (column == COLUMN_LIMIT && is_equal) bit = LIMIT;
    if (column == COLUMN_ROW && is_equal) bit = ROW;
    if (bit < 0) continue;
    if (info->aConstraint[i].usable) {
      used[bit] = i;
    } else if (is_equal) {
      return SQLITE_CONSTRAINT;
    }
  }
  info->idxStr = sqlite.mprintf(used[0] >= 0 ? "nearest first" : "all rows");
  if (!info->idxStr) return SQLITE_NOMEM;
  info->needToFreeIdxStr = 1;
  info->estimatedCost = 1e9;
  info->estimatedRows = 1000000;
  info->idxNum = PLAN_ALL;
  if (used[ROW] >= 0) {
    info->idxNum = PLAN_ROW;
    info->idxFlags = SQLITE_INDEX_SCAN_UNIQUE;
    info->aConstraintUsage[used[ROW]].argvIndex = 1;
    info->aConstraintUsage[used[ROW]].omit = 1;
    info->estimatedCost = 1;
    info->estimatedRows = 1;
    return SQLITE_OK;
  }
  if (used[0] < 0) return SQLITE_OK;
  /* One limit is enough to end early; SQLite itself checks the other. */
  if (used[2] >= 0) used[3] = -1;
  for (int bit = 0; bit < ROW; bit++) {
    if (used[bit] < 0) continue;
    info->idxNum |= 1 << bit;
    info->aConstraintUsage[used[bit]].argvIndex = ++argument;
    info->aConstraintUsage[used[bit]].omit = bit < 2 || bit == LIMIT;
  }
  const struct sqlite3_index_orderby *order = info->aOrderBy;
  info->orderByConsumed =
      (info->nOrderBy == 1 || (info->nOrderBy == 2 && order[1].iColumn < 0 && !order[1].desc)) &&
      order[0].iColumn == COLUMN_DISTANCE && !order[0].desc;
  info->estimatedCost = 1000;
  info->estimatedRows = 100;
  return SQLITE_OK;
}

static int open_cursor(sqlite3_vtab *base, sqlite3_vtab_cursor **out) {
  index_cursor *self = sqlite.malloc64(sizeof *self);
  (void)base;
  if (!self) return SQLITE_NOMEM;
  memset(self, 0, sizeof *self);
  *out = &self->base;
  return SQLITE_OK;
}

static int close_cursor(sqlite3_vtab_cursor *cursor) {
  index_cursor *self = (index_cursor *)cursor;
  hdb_search_close(self->search);
  sqlite.finalize(self->without);
  sqlite.free(self);
  return SQLITE_OK;
}

static int next_of_all(index_cursor *self) {
  hdb_vector_index *index = index_of(self->base.pVtab);
  if (++self->place >= self->places_count) {
    int rc = hdb_places_next(index, self->has_places, &self->places_id, self->places,
                             &self->places_count);
    if (rc != SQLITE_OK) return rc;
    self->has_places = 1;
    self->place = 0;
    self->is_at_end = self->places_count == 0;
    if (self->is_at_end) return SQLITE_OK;
  }
  self->rowid = self->places_id * HDB_PLACES_IN_ROW + self->places[self->place * HDB_PLACE_BYTES];
  return SQLITE_OK;
}

/* Rows without a vector, as if they were infinitely far away. */
static int next_without(index_cursor *self) {
  hdb_vector_index *index = index_of(self->base.pVtab);
  if (!self->without) {
    int rc = query_text(index, "SELECT $r FROM $s.$t NOT INDEXED WHERE $c IS NULL ORDER BY $r",
                        &self->without);
    if (rc != SQLITE_OK) return rc;
  }
  self->distance = __builtin_inf();
  self->is_at_end = sqlite.step(self->without) != SQLITE_ROW;
  if (self->is_at_end) return hdb_index_failed(index, sqlite.reset(self->without));
  self->rowid = sqlite.column_int64(self->without, 0);
  return SQLITE_OK;
}

static int next(sqlite3_vtab_cursor *cursor) {
  index_cursor *self = (index_cursor *)cursor;
  int is_there = 0;
  if (self->is_one_row) {
    self->is_at_end = 1;
    return SQLITE_OK;
  }
  if (!self->has_distance) return next_of_all(self);
  int rc = SQLITE_OK;
  int is_enough = self->wanted >= 0 && self->accepted >= self->wanted;
  if (self->search) {
    if (is_enough) hdb_search_end(self->search);
    rc = hdb_search_next(self->search, &self->rowid, &self->distance, &is_there);
    if (rc == SQLITE_OK && !is_there) {
      hdb_search_close(self->search);
      self->search = 0;
    }
  }
  if (rc == SQLITE_OK && !is_there && !self->is_limited && !is_enough) return next_without(self);
  self->is_at_end = !is_there || (self->is_limited && self->distance > self->limit);
  return rc;
}

/* What the arguments say besides the query. */
static int take_arguments(index_cursor *self, int plan, sqlite3_value **argv, int *beam) {
  hdb_vector_index *index = index_of(self->base.pVtab);
  int at = 1;
  *beam = 0;
  self->is_limited = (plan & (PLAN_BELOW | PLAN_UP_TO)) != 0;
  if (plan & PLAN_BEAM && sqlite.value_type(argv[at++]) != SQLITE_NULL) {
    int64_t wanted = sqlite.value_int64(argv[at - 1]);
    if (wanted < 1 || wanted > HDB_MOST_BEAM) {
      return hdb_index_fail(index, SQLITE_ERROR,
                            sqlite.mprintf("beam is a number from 1 to %d, and not %lld",
                                           HDB_MOST_BEAM, wanted));
    }
    *beam = (int)wanted;
  }
  if (self->is_limited) {
    /* Nothing is below NULL, and every number is below any text. */
    int type = sqlite.value_type(argv[at]);
    self->limit = type == SQLITE_NULL ? -__builtin_inf() : __builtin_inf();
    if (type == SQLITE_INTEGER || type == SQLITE_FLOAT) self->limit = sqlite.value_double(argv[at]);
    at++;
  }
  if (plan & PLAN_LIMIT) {
    self->wanted = sqlite.value_int64(argv[at]);
    if (self->wanted < 0) self->wanted = INT64_MAX;
  }
  return SQLITE_OK;
}

static int filter(sqlite3_vtab_cursor *cursor, int plan, const char *text, int argc,
                  sqlite3_value **argv) {
  index_cursor *self = (index_cursor *)cursor;
  hdb_vector_index *index = index_of(cursor->pVtab);
  int beam;
  (void)text;
  (void)argc;
  hdb_search_close(self->search);
  sqlite.finalize(self->without);
  self->search = 0;
  self->without = 0;
  self->has_distance = (plan & PLAN_QUERY) != 0;
  self->has_places = 0;
  self->places_count = 0;
  self->place = 0;
  self->is_limited = 0;
  self->wanted = -1;
  self->accepted = 0;
  self->is_at_end = 0;
  self->is_one_row = (plan & PLAN_ROW) != 0;
  if (self->is_one_row) {
    self->rowid = sqlite.value_int64(argv[0]);
    return SQLITE_OK;
  }
  int rc = get_ready(index);
  if (rc != SQLITE_OK || !self->has_distance) return rc == SQLITE_OK ? next_of_all(self) : rc;
  rc = take_arguments(self, plan, argv, &beam);
  if (rc != SQLITE_OK) return rc;
  if (sqlite.value_type(argv[0]) == SQLITE_NULL) {
    /* No row is near to nothing: as without an index, every distance is the same. */
    rc = query_text(index, "SELECT $r FROM $s.$t NOT INDEXED ORDER BY $r", &self->without);
    if (rc != SQLITE_OK) return rc;
  } else if (index->dimensions > 0) {
    rc = hdb_index_take_query(index, argv[0]);
    if (rc == SQLITE_OK) rc = hdb_search_open(index, index->plain, beam, self->wanted, &self->search);
    if (rc != SQLITE_OK) return rc;
  }
  return next(cursor);
}

static int is_at_end(sqlite3_vtab_cursor *cursor) { return ((index_cursor *)cursor)->is_at_end; }

static int column(sqlite3_vtab_cursor *cursor, sqlite3_context *context, int number) {
  index_cursor *self = (index_cursor *)cursor;
  if (number == COLUMN_ORDER) self->accepted++;
  if ((number == COLUMN_DISTANCE || number == COLUMN_ORDER) && self->has_distance) {
    sqlite.result_double(context, self->distance);
  } else {
    sqlite.result_null(context);
  }
  return SQLITE_OK;
}

static int rowid_of(sqlite3_vtab_cursor *cursor, int64_t *rowid) {
  *rowid = ((index_cursor *)cursor)->rowid;
  return SQLITE_OK;
}

static int is_shadow_name(const char *name) {
  static const char *const names[] = {"config", "groups", "centroids", "lists", "places"};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    if (sqlite.stricmp(name, names[i]) == 0) return 1;
  }
  return 0;
}

static int integrity(sqlite3_vtab *base, const char *schema, const char *name, int flags,
                     char **message) {
  hdb_vector_index *index = index_of(base);
  (void)schema;
  (void)name;
  (void)flags;
  int rc = get_ready(index);
  if (rc == SQLITE_OK) rc = hdb_index_check(index);
  if (rc == SQLITE_NOMEM || rc == SQLITE_INTERRUPT) return rc;
  if (rc != SQLITE_OK) {
    *message = index->base.zErrMsg;
    index->base.zErrMsg = 0;
  }
  return SQLITE_OK;
}

static const hdb_module_4 module = {.base = {
    .iVersion = 4,
    .xCreate = create,
    .xConnect = connect,
    .xBestIndex = best_index,
    .xDisconnect = disconnect,
    .xDestroy = destroy,
    .xOpen = open_cursor,
    .xClose = close_cursor,
    .xFilter = filter,
    .xNext = next,
    .xEof = is_at_end,
    .xColumn = column,
    .xRowid = rowid_of,
    .xUpdate = update,
    .xBegin = begin,
    .xSync = nothing,
    .xCommit = nothing,
    .xRollback = rollback,
    .xRename = rename_table,
    .xSavepoint = nothing_at,
    .xRelease = nothing_at,
    .xRollbackTo = rollback_to,
    .xShadowName = is_shadow_name},
    .xIntegrity = integrity};

int hdb_vector_index_register(sqlite3 *db) {
  return sqlite.create_module_v2(db, "heliosdb_vector_index", &module.base, 0, 0);
}
