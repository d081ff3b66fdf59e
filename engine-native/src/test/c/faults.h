/*
** Faults on demand: a VFS beneath the engine whose n-th call fails, and an allocator
** whose n-th allocation fails. Without an armed fault both pass everything through.
*/
#ifndef FAULTS_H
#define FAULTS_H

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

/* Returns how many faults there were. */
int faults_disarm(void);

/* Files that were opened through the VFS and not closed. */
int faults_open_files(void);

#endif
