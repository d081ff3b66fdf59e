/*
** Faults on demand: a VFS beneath the engine whose n-th call fails, and an allocator
** whose n-th allocation fails. Without an armed fault both pass everything through.
*/
#ifndef FAULTS_H
#define FAULTS_H

#include <stdint.h>

#ifdef _WIN32
#define STOCK_VFS "win32" /* SQLite's own */
#else
#define STOCK_VFS "unix"
#endif

/* Calls that can fail. */
enum {
  FAULT_OPEN = 1,
  FAULT_READ = 2,
  FAULT_WRITE = 4,
  FAULT_TRUNCATE = 8,
  FAULT_SYNC = 16,
  FAULT_SIZE = 32,
  FAULT_LOCK = 64,
  FAULT_CLOSE = 128, /* the file is closed nevertheless */
  FAULT_DELETE = 256,
  FAULT_ACCESS = 512,
  FAULT_PATH = 1024,
  FAULT_FULL = 2048, /* writes; half of one is written, as the disk is full */
  FAULT_UNLOCK = 4096, /* the lock is given up nevertheless */
  FAULT_ALL = 8191
};

/* Before SQLite is initialized: puts the allocator in. */
void faults_install_allocator(void);

/* Makes the VFS the default one, for the engine to lie over. It never waits for the disk. */
void faults_install_vfs(void);

/* The n-th of these calls fails, the first being 1, and all after it if it `lasts`. */
void faults_arm_calls(unsigned calls, int n, int lasts);
void faults_arm_allocations(int n, int lasts);

/* Only calls on files whose names hold this part are counted and fail; null: any. */
void faults_aim(const char *part);

/* Ends what was armed and aimed. Returns how many faults there were. */
int faults_disarm(void);

/*
** The process ends at the n-th call beneath the engine from now on, whatever the call and
** without a trace of what it was to do; if it `tears`, half of what a write was to write
** is there. Meant for the child of a test.
*/
enum { FAULT_EXIT = 77 };
void faults_exit_at(int64_t n, int tears);

/* Calls beneath the engine since the process began. */
int64_t faults_calls(void);

/* A call that changes what is on the disk. */
typedef enum file_change_kind {
  CHANGE_CREATE,   /* the file was not there */
  CHANGE_WRITE,    /* `data`, `amount` bytes at `offset` */
  CHANGE_TRUNCATE, /* to `offset` bytes */
  CHANGE_SYNC,
  CHANGE_DELETE    /* `amount` is 1 if the directory is synced */
} file_change_kind;

typedef struct file_change {
  file_change_kind kind;
  const char *path;
  const void *data;
  int amount;
  int64_t offset;
} file_change;

/*
** Tells of every change of a named file that succeeded, in their order, one at a time;
** null: no more.
*/
void faults_watch(void (*watcher)(const file_change *change));

/* The clock of the engine: so many seconds ahead of the platform's. */
void faults_shift_clock(int64_t seconds);

/* The clock stands at so many seconds since 1970; 0: it goes on. */
void faults_stop_clock(int64_t seconds);

/* Files that were opened through the VFS and not closed. */
int faults_open_files(void);

#endif
