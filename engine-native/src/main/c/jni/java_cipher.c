/*
** The cipher of encrypted databases: the JDK's, called up from SQLite's threads, which are
** Java's. io.heliosdb.engine.DatabaseKey is a key, DatabaseCipher what it gives for one
** database, PageCipher what one thread at a time works with.
**
** A unit goes up and comes back in a byte[] that stays with its PageCipher: copying it
** costs a fifteenth of encrypting it, and the JDK works on arrays twice as fast as on
** direct buffers. No exception is ever left pending.
*/
#include <string.h>

#include "../storage/vfs.h"
#include "io_heliosdb_engine_NativeCalls.h" /* made by javac -h */
#include "java_cipher.h"

enum { DONE = 0, FORGED = 1 }; /* what PageCipher returns */

typedef struct java_key {
  hdb_key_source base;
  jobject object;
} java_key;

/*
** A PageCipher with its arrays. A thread takes the one that it had last, if it is free:
** what another thread worked with lies in another processor's cache.
*/
typedef struct lane {
  struct lane *next;
  jobject object;
  jbyteArray unit, plain;
  jsize capacity;
  unsigned char is_taken;
  JNIEnv *last_user;
} lane;

typedef struct java_cipher {
  hdb_cipher base;
  jobject object;
  lane *lanes; /* as many as ever worked at the same time; only grows */
} java_cipher;

/* Set once, before any of them is used. */
static JavaVM *vm;
static jmethodID key_random, key_derive, key_wipe;
static jmethodID cipher_lane, cipher_wipe;
static jmethodID lane_seal, lane_open;

/* Null on a thread that is not Java's, or if an exception is pending. */
static JNIEnv *environment(void) {
  void *env = 0;
  if ((*vm)->GetEnv(vm, &env, JNI_VERSION_1_8) != JNI_OK) return 0;
  return (*(JNIEnv *)env)->ExceptionCheck(env) ? 0 : env;
}

/* Whether a call has failed. */
static int has_thrown(JNIEnv *env) {
  if (!(*env)->ExceptionCheck(env)) return 0;
  (*env)->ExceptionClear(env);
  return 1;
}

/* Lanes */

static void free_lane(JNIEnv *env, lane *it) {
  if (!it) return;
  if (it->unit) (*env)->DeleteGlobalRef(env, it->unit);
  if (it->plain) (*env)->DeleteGlobalRef(env, it->plain);
  if (it->object) (*env)->DeleteGlobalRef(env, it->object);
  sqlite.free(it);
}

static jobject to_global(JNIEnv *env, jobject local) {
  jobject global = local ? (*env)->NewGlobalRef(env, local) : 0;
  if (local) (*env)->DeleteLocalRef(env, local);
  return global;
}

static lane *new_lane(JNIEnv *env, java_cipher *self) {
  lane *it = sqlite.malloc64(sizeof *it);
  if (!it) return 0;
  memset(it, 0, sizeof *it);
  it->is_taken = 1;
  jobject object = (*env)->CallObjectMethod(env, self->object, cipher_lane);
  if (!has_thrown(env)) it->object = to_global(env, object);
  if (it->object) return it;
  free_lane(env, it);
  return 0;
}

static int reserve_array(JNIEnv *env, jbyteArray *array, jsize bytes) {
  jbyteArray larger = to_global(env, (*env)->NewByteArray(env, bytes));
  if (has_thrown(env) || !larger) return 0;
  if (*array) (*env)->DeleteGlobalRef(env, *array);
  *array = larger;
  return 1;
}

static int reserve(JNIEnv *env, lane *it, jsize bytes) {
  if (it->capacity >= bytes) return 1;
  if (!reserve_array(env, &it->unit, bytes) || !reserve_array(env, &it->plain, bytes)) return 0;
  it->capacity = bytes;
  return 1;
}

static int try_take(lane *it) {
  unsigned char none = 0;
  return !__atomic_load_n(&it->is_taken, __ATOMIC_RELAXED) &&
         __atomic_compare_exchange_n(&it->is_taken, &none, 1, 0, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED);
}

static void give_lane(lane *it) { __atomic_store_n(&it->is_taken, 0, __ATOMIC_RELEASE); }

/* The lane that the thread had last, or else any; null if all are taken. */
static lane *find_lane(JNIEnv *env, java_cipher *self) {
  lane *first = __atomic_load_n(&self->lanes, __ATOMIC_ACQUIRE);
  for (lane *it = first; it; it = it->next) {
    if (__atomic_load_n(&it->last_user, __ATOMIC_RELAXED) == env && try_take(it)) return it;
  }
  for (lane *it = first; it; it = it->next) {
    if (try_take(it)) return it;
  }
  return 0;
}

static void add_lane(java_cipher *self, lane *it) {
  it->next = __atomic_load_n(&self->lanes, __ATOMIC_RELAXED);
  while (!__atomic_compare_exchange_n(&self->lanes, &it->next, it, 0, __ATOMIC_RELEASE,
                                      __ATOMIC_RELAXED)) {
  }
}

static lane *take_lane(JNIEnv *env, java_cipher *self, jsize bytes) {
  lane *it = find_lane(env, self);
  if (!it) {
    it = new_lane(env, self);
    if (!it) return 0;
    add_lane(self, it);
  }
  __atomic_store_n(&it->last_user, env, __ATOMIC_RELAXED);
  if (reserve(env, it, bytes)) return it;
  give_lane(it);
  return 0;
}

/* The cipher of a database */

static int result_of(jint result) {
  return result == DONE ? SQLITE_OK : result == FORGED ? (int)HDB_FORGED : SQLITE_IOERR;
}

static int java_seal(hdb_cipher *base, int kind, uint32_t epoch, unsigned char *unit, int bytes) {
  java_cipher *self = (java_cipher *)base;
  JNIEnv *env = environment();
  if (!env) return SQLITE_IOERR;
  lane *it = take_lane(env, self, HDB_AAD_BYTES + bytes + HDB_SEAL_BYTES);
  if (!it) return SQLITE_IOERR_NOMEM;
  (*env)->SetByteArrayRegion(env, it->unit, 0, HDB_AAD_BYTES + bytes, (const jbyte *)unit);
  jint result = (*env)->CallIntMethod(env, it->object, lane_seal, (jint)kind, (jint)epoch, it->unit,
                                      (jint)bytes);
  if (has_thrown(env)) result = -1;
  if (result == DONE) {
    (*env)->GetByteArrayRegion(env, it->unit, HDB_AAD_BYTES, bytes + HDB_SEAL_BYTES,
                               (jbyte *)unit + HDB_AAD_BYTES);
  }
  give_lane(it);
  return result_of(result);
}

static int java_open(hdb_cipher *base, int kind, uint32_t epoch, unsigned char *unit, int bytes,
                     unsigned char *out) {
  java_cipher *self = (java_cipher *)base;
  JNIEnv *env = environment();
  if (!env) return SQLITE_IOERR;
  jsize up_bytes = HDB_AAD_BYTES + bytes + HDB_SEAL_BYTES;
  lane *it = take_lane(env, self, up_bytes);
  if (!it) return SQLITE_IOERR_NOMEM;
  (*env)->SetByteArrayRegion(env, it->unit, 0, up_bytes, (const jbyte *)unit);
  jint result = (*env)->CallIntMethod(env, it->object, lane_open, (jint)kind, (jint)epoch, it->unit,
                                      (jint)bytes, it->plain);
  if (has_thrown(env)) result = -1;
  if (result == DONE) (*env)->GetByteArrayRegion(env, it->plain, 0, bytes, (jbyte *)out);
  give_lane(it);
  return result_of(result);
}

/* Wipes what it can even with an exception pending, which stays. */
static void call_wipe(jobject object, jmethodID method) {
  void *found = 0;
  if ((*vm)->GetEnv(vm, &found, JNI_VERSION_1_8) != JNI_OK) return;
  JNIEnv *env = found;
  jthrowable pending = (*env)->ExceptionOccurred(env);
  (*env)->ExceptionClear(env);
  (*env)->CallVoidMethod(env, object, method);
  has_thrown(env);
  (*env)->DeleteGlobalRef(env, object);
  if (pending) (*env)->Throw(env, pending);
}

static void java_close(hdb_cipher *base) {
  java_cipher *self = (java_cipher *)base;
  void *env = 0;
  call_wipe(self->object, cipher_wipe);
  if ((*vm)->GetEnv(vm, &env, JNI_VERSION_1_8) == JNI_OK) {
    while (self->lanes) {
      lane *next = self->lanes->next;
      free_lane(env, self->lanes);
      self->lanes = next;
    }
  }
  sqlite.free(self);
}

static const hdb_cipher_methods java_cipher_methods = {java_seal, java_open, java_close};

/* The key */

static int java_random(hdb_key_source *base, unsigned char *out, int bytes) {
  java_key *self = (java_key *)base;
  JNIEnv *env = environment();
  if (!env) return SQLITE_IOERR;
  jbyteArray array = (*env)->NewByteArray(env, bytes);
  if (array) (*env)->CallVoidMethod(env, self->object, key_random, array);
  if (has_thrown(env) || !array) {
    if (array) (*env)->DeleteLocalRef(env, array);
    return SQLITE_IOERR;
  }
  (*env)->GetByteArrayRegion(env, array, 0, bytes, (jbyte *)out);
  (*env)->DeleteLocalRef(env, array);
  return SQLITE_OK;
}

static jobject call_derive(JNIEnv *env, java_key *self, int kdf, uint32_t iterations,
                           jbyteArray salt, jbyteArray check) {
  return (*env)->CallObjectMethod(env, self->object, key_derive, (jint)kdf, (jint)iterations, salt,
                                  check);
}

static int java_derive(hdb_key_source *base, int kdf, uint32_t iterations,
                       const unsigned char *salt, unsigned char *check, hdb_cipher **out) {
  java_key *self = (java_key *)base;
  JNIEnv *env = environment();
  if (!env) return SQLITE_IOERR;
  if ((*env)->PushLocalFrame(env, 8) != 0) {
    has_thrown(env);
    return SQLITE_NOMEM;
  }
  int rc = SQLITE_NOMEM;
  java_cipher *cipher = sqlite.malloc64(sizeof *cipher);
  jbyteArray salt_array = (*env)->NewByteArray(env, HDB_SALT_BYTES);
  jbyteArray check_array = salt_array ? (*env)->NewByteArray(env, HDB_CHECK_BYTES) : 0;
  if (cipher) {
    memset(cipher, 0, sizeof *cipher);
    cipher->base.methods = &java_cipher_methods;
  }
  if (cipher && check_array) {
    (*env)->SetByteArrayRegion(env, salt_array, 0, HDB_SALT_BYTES, (const jbyte *)salt);
    jobject made = call_derive(env, self, kdf, iterations, salt_array, check_array);
    if (has_thrown(env)) {
      rc = SQLITE_IOERR;
    } else if (!made) {
      rc = HDB_WRONG_KEY;
    } else {
      cipher->object = (*env)->NewGlobalRef(env, made);
      (*env)->GetByteArrayRegion(env, check_array, 0, HDB_CHECK_BYTES, (jbyte *)check);
      rc = cipher->object ? SQLITE_OK : SQLITE_NOMEM;
    }
  }
  has_thrown(env);
  (*env)->PopLocalFrame(env, 0);
  if (rc == SQLITE_OK) {
    *out = &cipher->base;
  } else {
    sqlite.free(cipher);
  }
  return rc;
}

static void java_key_close(hdb_key_source *base) {
  java_key *self = (java_key *)base;
  call_wipe(self->object, key_wipe);
  sqlite.free(self);
}

static const hdb_key_source_methods java_key_methods = {java_random, java_derive, java_key_close};

static int find_methods(JNIEnv *env, jobject key) {
  jclass key_class = (*env)->GetObjectClass(env, key);
  jclass cipher_class = (*env)->FindClass(env, "io/heliosdb/engine/DatabaseCipher");
  jclass lane_class = cipher_class ? (*env)->FindClass(env, "io/heliosdb/engine/PageCipher") : 0;
  if (!lane_class || (*env)->GetJavaVM(env, &vm) != JNI_OK) return 0;
  key_random = (*env)->GetMethodID(env, key_class, "random", "([B)V");
  if (key_random) {
    key_derive = (*env)->GetMethodID(env, key_class, "derive",
                                     "(II[B[B)Lio/heliosdb/engine/DatabaseCipher;");
  }
  if (key_derive) key_wipe = (*env)->GetMethodID(env, key_class, "wipe", "()V");
  if (key_wipe) {
    cipher_lane = (*env)->GetMethodID(env, cipher_class, "lane",
                                      "()Lio/heliosdb/engine/PageCipher;");
  }
  if (cipher_lane) cipher_wipe = (*env)->GetMethodID(env, cipher_class, "wipe", "()V");
  if (cipher_wipe) lane_seal = (*env)->GetMethodID(env, lane_class, "seal", "(II[BI)I");
  if (lane_seal) lane_open = (*env)->GetMethodID(env, lane_class, "open", "(II[BI[B)I");
  return lane_open != 0;
}

int hdb_java_key(JNIEnv *env, jobject key, int kdf, uint32_t iterations, hdb_key **out) {
  *out = 0;
  if (!find_methods(env, key)) return SQLITE_ERROR; /* with an exception pending */
  java_key *self = sqlite.malloc64(sizeof *self);
  if (!self) return SQLITE_NOMEM;
  *self = (java_key){{&java_key_methods}, (*env)->NewGlobalRef(env, key)};
  if (!self->object) {
    sqlite.free(self);
    return SQLITE_NOMEM;
  }
  return hdb_vfs_register_key(&self->base, kdf, iterations, out);
}
