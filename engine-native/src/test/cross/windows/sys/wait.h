/* Declared in ../posix.h. */
