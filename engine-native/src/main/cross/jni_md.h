/*
** What the JDK's jni.h takes from a file that differs by platform: the integer types and how
** functions are exported, by the Java Native Interface Specification: integers of 8, 32 and 64
** bits. A platform of 64 bits has one calling convention.
*/
#ifndef HELIOSDB_CROSS_JNI_MD_H
#define HELIOSDB_CROSS_JNI_MD_H

#if defined(_WIN32)
#define JNIEXPORT __declspec(dllexport)
#define JNIIMPORT __declspec(dllimport)
#else
#define JNIEXPORT __attribute__((visibility("default")))
#define JNIIMPORT __attribute__((visibility("default")))
#endif
#define JNICALL

typedef int jint;
typedef long long jlong;
typedef signed char jbyte;

#endif
