/* jni.h includes it and uses nothing of it, nor does the engine; see string.h. */
