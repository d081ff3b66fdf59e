/*
** What io.heliosdb.engine.NativeCalls calls: native statements (statement.h) for the
** JVM. Handles are addresses. Text goes over as bytes of UTF-8; JNI's own strings are
** in another encoding. The Java side sees to it that a handle is used by one thread
** at a time and never after it was closed.
*/
#include "io_heliosdb_engine_NativeCalls.h" /* made by javac -h */

#include <string.h>

#include "../heliosdb.h"
#include "../statement/callbacks.h"
#include "../statement/statement.h"
#include "../storage/convert.h"
#include "../storage/vfs.h"
#include "java_cipher.h"

#define NATIVE(result, name) JNIEXPORT result JNICALL Java_io_heliosdb_engine_NativeCalls_##name

static hdb_connection *connection_of(jlong handle) { return (hdb_connection *)(uintptr_t)handle; }
static hdb_statement *statement_of(jlong handle) { return (hdb_statement *)(uintptr_t)handle; }
static jlong handle_of(const void *pointer) { return (jlong)(uintptr_t)pointer; }

/* Null for null, and null with an OutOfMemoryError pending. */
static jbyteArray to_bytes(JNIEnv *env, const char *text) {
  if (!text) return 0;
  jsize length = (jsize)strlen(text);
  jbyteArray bytes = (*env)->NewByteArray(env, length);
  if (bytes) (*env)->SetByteArrayRegion(env, bytes, 0, length, (const jbyte *)text);
  return bytes;
}

/* A copy with a zero at its end, to be freed by sqlite.free; null when out of memory. */
static char *to_text(JNIEnv *env, jbyteArray bytes, jsize *length) {
  *length = (*env)->GetArrayLength(env, bytes);
  char *text = sqlite.malloc64((uint64_t)*length + 1);
  if (!text) return 0;
  (*env)->GetByteArrayRegion(env, bytes, 0, *length, (jbyte *)text);
  text[*length] = 0;
  return text;
}

NATIVE(jbyteArray, version)(JNIEnv *env, jclass type) {
  (void)type;
  return to_bytes(env, hdb_version());
}

NATIVE(jbyteArray, sqliteVersion)(JNIEnv *env, jclass type) {
  (void)type;
  return to_bytes(env, sqlite.libversion());
}

NATIVE(jlong, open)
(JNIEnv *env, jclass type, jbyteArray path, jint flags, jbyteArray vfs, jintArray out) {
  hdb_connection *connection = 0;
  jsize length;
  char *path_text = to_text(env, path, &length);
  char *vfs_text = vfs ? to_text(env, vfs, &length) : 0;
  jint rc = SQLITE_NOMEM;
  (void)type;

  if (path_text && (vfs_text || !vfs)) rc = hdb_open(path_text, flags, vfs_text, &connection);
  sqlite.free(path_text);
  sqlite.free(vfs_text);
  (*env)->SetIntArrayRegion(env, out, 0, 1, &rc);
  return handle_of(connection);
}

NATIVE(jint, close)(JNIEnv *env, jclass type, jlong connection) {
  (void)env;
  (void)type;
  return hdb_close(connection_of(connection));
}

/* out: result code, tail, parameters, columns, whether read-only, kind of EXPLAIN. */
NATIVE(jlong, prepare)
(JNIEnv *env, jclass type, jlong connection, jbyteArray sql, jint start, jintArray out) {
  hdb_statement *statement = 0;
  jsize length;
  char *text = to_text(env, sql, &length);
  jint result[6] = {SQLITE_NOMEM, 0, 0, 0, 0, 0};
  (void)type;

  if (text) {
    int tail;
    result[0] = hdb_prepare(connection_of(connection), text + start, length - start, &statement,
                            &tail);
    result[1] = start + tail;
    sqlite.free(text);
  }
  if (statement) {
    result[2] = statement->parameter_count;
    result[3] = sqlite.column_count(statement->stmt);
    result[4] = sqlite.stmt_readonly(statement->stmt);
    result[5] = sqlite.stmt_isexplain(statement->stmt);
  }
  (*env)->SetIntArrayRegion(env, out, 0, 6, result);
  return handle_of(statement);
}

NATIVE(void, finish)(JNIEnv *env, jclass type, jlong statement) {
  (void)env;
  (void)type;
  hdb_finalize(statement_of(statement));
}

static jint deliver(JNIEnv *env, const hdb_result *result, jbyteArray rows) {
  (*env)->SetByteArrayRegion(env, rows, 0, result->bytes, (const jbyte *)result);
  return result->code;
}

/* Copies a block of parameters to where the statement keeps it; 0 when out of memory. */
static int take_parameters(JNIEnv *env, hdb_statement *statement, jbyteArray block, jint bytes) {
  if (bytes == 0) return 1;
  unsigned char *parameters = hdb_parameters(statement, bytes);
  if (!parameters) return 0;
  (*env)->GetByteArrayRegion(env, block, 0, bytes, (jbyte *)parameters);
  return 1;
}

NATIVE(jint, execute)
(JNIEnv *env, jclass type, jlong handle, jbyteArray block, jint bytes, jbyteArray rows,
 jint max_bytes, jint limit, jlong ticket) {
  hdb_statement *statement = statement_of(handle);
  (void)type;
  if (!take_parameters(env, statement, block, bytes)) return SQLITE_NOMEM;
  return deliver(env, hdb_execute(statement, bytes, max_bytes, limit, (uint64_t)ticket), rows);
}

NATIVE(jint, fetch)
(JNIEnv *env, jclass type, jlong statement, jbyteArray rows, jint max_bytes, jint limit,
 jlong ticket) {
  (void)type;
  return deliver(env, hdb_fetch(statement_of(statement), max_bytes, limit, (uint64_t)ticket), rows);
}

/* out: number of sets executed. */
NATIVE(jint, batch)
(JNIEnv *env, jclass type, jlong handle, jbyteArray block, jint bytes, jint count,
 jlongArray changes, jintArray out, jlong ticket) {
  hdb_statement *statement = statement_of(handle);
  jint done = 0;
  jint rc = SQLITE_NOMEM;
  int64_t *counts = sqlite.malloc64((uint64_t)count * sizeof *counts + 1);
  (void)type;

  if (counts && take_parameters(env, statement, block, bytes)) {
    rc = hdb_batch(statement, bytes, count, counts, &done, (uint64_t)ticket);
    (*env)->SetLongArrayRegion(env, changes, 0, done, (const jlong *)counts);
  }
  sqlite.free(counts);
  (*env)->SetIntArrayRegion(env, out, 0, 1, &done);
  return rc;
}

NATIVE(void, reset)(JNIEnv *env, jclass type, jlong statement) {
  (void)env;
  (void)type;
  hdb_reset(statement_of(statement));
}

NATIVE(jint, state)(JNIEnv *env, jclass type, jlong connection) {
  (void)env;
  (void)type;
  return hdb_state(connection_of(connection));
}

NATIVE(jint, columnCount)(JNIEnv *env, jclass type, jlong statement) {
  (void)env;
  (void)type;
  return sqlite.column_count(statement_of(statement)->stmt);
}

/* what: 0 label, 1 declared type, 2 table, 3 name in the table, 4 schema */
NATIVE(jbyteArray, columnText)
(JNIEnv *env, jclass type, jlong statement, jint column, jint what) {
  const char *(*const texts[])(sqlite3_stmt *, int) = {
      sqlite.column_name, sqlite.column_decltype, sqlite.column_table_name,
      sqlite.column_origin_name, sqlite.column_database_name};
  (void)type;
  return to_bytes(env, texts[what](statement_of(statement)->stmt, column));
}

/* Goes through the connection's buffer, as no row lies in it any more. */
NATIVE(jint, readLarge)
(JNIEnv *env, jclass type, jlong handle, jint column, jlong offset, jbyteArray out, jint start,
 jint bytes) {
  hdb_statement *statement = statement_of(handle);
  unsigned char *buffer = statement->connection->rows;
  jint done = 0;
  (void)type;

  while (done < bytes) {
    int part = bytes - done < HDB_ROWS_BYTES ? bytes - done : HDB_ROWS_BYTES;
    int copied = hdb_read_large(statement, column, offset + done, buffer, part);
    if (copied < 0) return -1;
    if (copied == 0) break;
    (*env)->SetByteArrayRegion(env, out, start + done, copied, (const jbyte *)buffer);
    done += copied;
  }
  return done;
}

/* SQLite's message if that code is its last error, else what the code means in general. */
NATIVE(jbyteArray, errorMessage)(JNIEnv *env, jclass type, jlong connection, jint code) {
  sqlite3 *db = connection_of(connection)->db;
  (void)type;
  return to_bytes(env, db && sqlite.extended_errcode(db) == code ? sqlite.errmsg(db)
                                                                 : sqlite.errstr(code));
}

NATIVE(jint, errorOffset)(JNIEnv *env, jclass type, jlong connection) {
  (void)env;
  (void)type;
  return sqlite.error_offset(connection_of(connection)->db);
}

NATIVE(void, cancel)(JNIEnv *env, jclass type, jlong connection, jlong ticket) {
  (void)env;
  (void)type;
  hdb_cancel(connection_of(connection), (uint64_t)ticket);
}

NATIVE(void, busyTimeout)(JNIEnv *env, jclass type, jlong connection, jint milliseconds) {
  (void)env;
  (void)type;
  sqlite.busy_timeout(connection_of(connection)->db, milliseconds);
}

NATIVE(jint, status)(JNIEnv *env, jclass type, jlong connection, jint what) {
  int current = 0;
  int highest = 0;
  (void)env;
  (void)type;
  sqlite.db_status(connection_of(connection)->db, what, &current, &highest, 0);
  return current;
}

/* A REAL as SQLite casts it to TEXT: its digits are no other library's. */
NATIVE(jbyteArray, realText)(JNIEnv *env, jclass type, jdouble value) {
  char text[32];
  (void)type;
  return to_bytes(env, sqlite.xsnprintf(sizeof text, text, "%!.17g", value));
}

static hdb_key *key_of(jlong handle) { return (hdb_key *)(uintptr_t)handle; }

/* out: result code. */
NATIVE(jlong, registerKey)
(JNIEnv *env, jclass type, jobject key, jint kdf, jint iterations, jintArray out) {
  hdb_key *registered;
  (void)type;
  jint rc = hdb_java_key(env, key, kdf, (uint32_t)iterations, &registered);
  if (!(*env)->ExceptionCheck(env)) (*env)->SetIntArrayRegion(env, out, 0, 1, &rc);
  return handle_of(registered);
}

NATIVE(jbyteArray, keyVfs)(JNIEnv *env, jclass type, jlong key) {
  (void)type;
  return to_bytes(env, key_of(key)->vfs_name);
}

NATIVE(void, releaseKey)(JNIEnv *env, jclass type, jlong key) {
  (void)env;
  (void)type;
  hdb_vfs_release_key(key_of(key));
}

NATIVE(jint, prepareSchema)(JNIEnv *env, jclass type, jlong connection, jbyteArray schema) {
  jsize length;
  char *name = to_text(env, schema, &length);
  int rc = name ? hdb_vfs_prepare_schema(connection_of(connection)->db, name) : SQLITE_NOMEM;
  (void)type;
  sqlite.free(name);
  return rc;
}

NATIVE(void, reserve)(JNIEnv *env, jclass type, jlong connection, jint bytes) {
  int reserved = bytes;
  (void)env;
  (void)type;
  sqlite.file_control(connection_of(connection)->db, "main", SQLITE_FCNTL_RESERVE_BYTES, &reserved);
}

/* A LongConsumer that is told the pages copied; an exception of its own ends the copying. */
typedef struct progress_listener {
  JNIEnv *env;
  jobject object;
  jmethodID copied;
} progress_listener;

static int tell_pages(void *context, int64_t done, int64_t pages) {
  progress_listener *it = context;
  (*it->env)->CallVoidMethod(it->env, it->object, it->copied, (jlong)done, (jlong)pages);
  return (*it->env)->ExceptionCheck(it->env);
}

NATIVE(jint, copyDatabase)
(JNIEnv *env, jclass type, jbyteArray from_vfs, jbyteArray from, jbyteArray to_vfs, jbyteArray to,
 jboolean is_history, jobject progress) {
  jbyteArray arrays[] = {from_vfs, from, to_vfs, to};
  char *texts[4] = {0, 0, 0, 0};
  jint rc = SQLITE_OK;
  (void)type;
  progress_listener told = {env, progress, 0};
  told.copied = (*env)->GetMethodID(env, (*env)->GetObjectClass(env, progress), "copied", "(JJ)V");
  if (!told.copied) return SQLITE_ERROR;
  for (int i = 0; i < 4; i++) {
    jsize length;
    texts[i] = to_text(env, arrays[i], &length);
    if (!texts[i]) rc = SQLITE_NOMEM;
  }
  if (rc == SQLITE_OK) {
    rc = hdb_copy_database(texts[0], texts[1], texts[2], texts[3], is_history, tell_pages, &told);
  }
  for (int i = 0; i < 4; i++) sqlite.free(texts[i]);
  return rc;
}

/* out: frames in the WAL, frames of it that are in the database; -1 outside WAL mode. */
NATIVE(jint, checkpoint)(JNIEnv *env, jclass type, jlong connection, jint mode, jintArray out) {
  jint frames[2] = {-1, -1};
  int wal = -1;
  int done = -1;
  (void)type;
  int rc = sqlite.wal_checkpoint_v2(connection_of(connection)->db, "main", mode, &wal, &done);
  frames[0] = wal;
  frames[1] = done;
  (*env)->SetIntArrayRegion(env, out, 0, 2, frames);
  return rc;
}

NATIVE(jlong, memoryUsed)(JNIEnv *env, jclass type) {
  (void)env;
  (void)type;
  return sqlite.memory_used();
}

NATIVE(jint, limit)(JNIEnv *env, jclass type, jlong connection, jint what) {
  (void)env;
  (void)type;
  return sqlite.limit(connection_of(connection)->db, what, -1);
}

/* Bytes outside of the Java heap. */

static hdb_bytes *bytes_of(jlong handle) { return (hdb_bytes *)(uintptr_t)handle; }

NATIVE(jlong, bytesResize)(JNIEnv *env, jclass type, jlong bytes, jlong capacity) {
  (void)env;
  (void)type;
  return handle_of(hdb_bytes_resize(bytes_of(bytes), capacity));
}

/* The caller has made room. Bytes between the old end and `offset` become 0. */
NATIVE(void, bytesWrite)
(JNIEnv *env, jclass type, jlong handle, jlong offset, jbyteArray in, jint start, jint length) {
  hdb_bytes *bytes = bytes_of(handle);
  (void)type;
  if (offset > bytes->length) {
    memset(bytes->data + bytes->length, 0, (size_t)(offset - bytes->length));
  }
  (*env)->GetByteArrayRegion(env, in, start, length, (jbyte *)bytes->data + offset);
  if (offset + length > bytes->length) bytes->length = offset + length;
}

NATIVE(void, bytesRead)
(JNIEnv *env, jclass type, jlong bytes, jlong offset, jbyteArray out, jint start, jint length) {
  (void)type;
  (*env)->SetByteArrayRegion(env, out, start, length, (const jbyte *)bytes_of(bytes)->data + offset);
}

NATIVE(void, bytesRelease)(JNIEnv *env, jclass type, jlong bytes) {
  (void)env;
  (void)type;
  hdb_bytes_release(bytes_of(bytes));
}

NATIVE(jint, useBytes)(JNIEnv *env, jclass type, jlong statement, jlongArray handles) {
  hdb_bytes *large[16];
  jsize count = (*env)->GetArrayLength(env, handles);
  hdb_bytes **all = count <= 16 ? large : sqlite.malloc64((uint64_t)count * sizeof *all);
  (void)type;
  if (!all) return SQLITE_NOMEM;
  for (jsize i = 0; i < count; i++) {
    jlong handle;
    (*env)->GetLongArrayRegion(env, handles, i, 1, &handle);
    all[i] = bytes_of(handle);
  }
  int rc = hdb_use_bytes(statement_of(statement), all, count);
  if (all != large) sqlite.free(all);
  return rc;
}

/* Functions and collations in Java: io.heliosdb.engine.NativeCallback. */

typedef struct java_callback {
  JavaVM *vm;
  jobject object;
  jmethodID call;
  jmethodID compare;
} java_callback;

/* SQLite calls on the thread that called it, which is one of Java's. */
static JNIEnv *env_of(const java_callback *it) {
  void *env = 0;
  (*it->vm)->GetEnv(it->vm, &env, JNI_VERSION_1_8);
  return env;
}

static jbyteArray copy_to_java(JNIEnv *env, const void *bytes, int64_t length) {
  if (length > INT32_MAX - 8) return 0;
  jbyteArray array = (*env)->NewByteArray(env, (jsize)length);
  if (array) (*env)->SetByteArrayRegion(env, array, 0, (jsize)length, bytes);
  return array;
}

/* The Java side catches what is thrown; what it cannot catch is a lack of memory. */
static int pending(JNIEnv *env) {
  if (!(*env)->ExceptionCheck(env)) return 0;
  (*env)->ExceptionClear(env);
  return 1;
}

static int call_java(void *object, hdb_call what, int64_t group, const unsigned char *arguments,
                     int64_t bytes, unsigned char **result, int64_t *result_bytes) {
  const java_callback *it = object;
  JNIEnv *env = env_of(it);
  jbyteArray block = copy_to_java(env, arguments, bytes);
  jbyteArray answer = 0;
  int rc = SQLITE_NOMEM;

  *result = 0;
  *result_bytes = 0;
  if (block) {
    answer = (*env)->CallObjectMethod(env, it->object, it->call, (jint)what, (jlong)group, block);
  }
  if (!pending(env) && answer) {
    jsize length = (*env)->GetArrayLength(env, answer);
    *result = sqlite.malloc64((uint64_t)length + 1);
    if (*result) {
      (*env)->GetByteArrayRegion(env, answer, 0, length, (jbyte *)*result);
      *result_bytes = length;
      rc = SQLITE_OK;
    }
  }
  /* A statement may call for millions of rows before it returns to Java. */
  if (answer) (*env)->DeleteLocalRef(env, answer);
  if (block) (*env)->DeleteLocalRef(env, block);
  return rc;
}

static int compare_in_java(void *object, int bytes1, const void *text1, int bytes2,
                           const void *text2, int *order) {
  const java_callback *it = object;
  JNIEnv *env = env_of(it);
  jbyteArray first = copy_to_java(env, text1, bytes1);
  jbyteArray second = first ? copy_to_java(env, text2, bytes2) : 0;
  jlong answer = 0;
  int rc = SQLITE_NOMEM;

  if (second) answer = (*env)->CallLongMethod(env, it->object, it->compare, first, second);
  if (!pending(env) && second) {
    /* Beyond an int it is no order: the comparator threw. */
    rc = answer == (jint)answer ? SQLITE_OK : SQLITE_ERROR;
    *order = (int)answer;
  }
  if (second) (*env)->DeleteLocalRef(env, second);
  if (first) (*env)->DeleteLocalRef(env, first);
  return rc;
}

static void release_java(void *object) {
  java_callback *it = object;
  JNIEnv *env = env_of(it);
  (*env)->DeleteGlobalRef(env, it->object);
  sqlite.free(it);
}

static const hdb_host java_host = {call_java, compare_in_java, release_java};

/* Null when out of memory, without anything pending. */
static java_callback *new_java_callback(JNIEnv *env, jobject object) {
  java_callback *it = sqlite.malloc64(sizeof *it);
  if (!it) return 0;
  jclass type = (*env)->GetObjectClass(env, object);
  it->call = (*env)->GetMethodID(env, type, "call", "(IJ[B)[B");
  it->compare = it->call ? (*env)->GetMethodID(env, type, "compare", "([B[B)J") : 0;
  it->object = it->compare ? (*env)->NewGlobalRef(env, object) : 0;
  if (!it->object || (*env)->GetJavaVM(env, &it->vm) != JNI_OK) {
    pending(env);
    if (it->object) (*env)->DeleteGlobalRef(env, it->object);
    sqlite.free(it);
    return 0;
  }
  return it;
}

/* `callback` null: takes the function away. */
NATIVE(jint, createFunction)
(JNIEnv *env, jclass type, jlong connection, jbyteArray name, jint arguments, jint kind, jint flags,
 jobject callback) {
  jsize length;
  char *text = to_text(env, name, &length);
  jint rc = SQLITE_NOMEM;
  (void)type;
  if (text && !callback) {
    rc = hdb_drop_function(connection_of(connection), text, arguments);
  } else if (text) {
    java_callback *it = new_java_callback(env, callback);
    if (it) {
      rc = hdb_create_function(connection_of(connection), text, arguments, (hdb_function_kind)kind,
                               flags, &java_host, it);
    }
  }
  sqlite.free(text);
  return rc;
}

/* `callback` null: takes the collation away. */
NATIVE(jint, createCollation)
(JNIEnv *env, jclass type, jlong connection, jbyteArray name, jobject callback) {
  jsize length;
  char *text = to_text(env, name, &length);
  jint rc = SQLITE_NOMEM;
  (void)type;
  if (text && !callback) {
    rc = hdb_drop_collation(connection_of(connection), text);
  } else if (text) {
    java_callback *it = new_java_callback(env, callback);
    if (it) rc = hdb_create_collation(connection_of(connection), text, &java_host, it);
  }
  sqlite.free(text);
  return rc;
}
