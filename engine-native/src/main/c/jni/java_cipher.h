/*
** Keys that are Java objects.
*/
#ifndef HELIOSDB_JAVA_CIPHER_H
#define HELIOSDB_JAVA_CIPHER_H

#include <jni.h>

#include "../storage/cipher.h"

/*
** Registers an io.heliosdb.engine.DatabaseKey, which is then kept until the key is given
** up by hdb_vfs_release_key and no database is open with it. May leave an exception.
*/
int hdb_java_key(JNIEnv *env, jobject key, int kdf, uint32_t iterations, hdb_key **out);

#endif
