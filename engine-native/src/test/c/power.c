/*
** Power loss.
*/
#include "power.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check.h"
#include "faults.h"

enum { SECTOR = 512, MOST_NAMES = 16, NO_INODE = -1 };

typedef struct bytes {
  unsigned char *data;
  size_t length;
} bytes;

typedef struct change {
  file_change_kind kind;
  int name;
  int amount;
  int64_t offset;
  unsigned char *data;
  struct timespec time; /* of the file's last change, from then on */
} change;

/* A file: what is on the disk, and the changes since. */
typedef struct inode {
  bytes content;
  struct timespec time;
  const change **unsynced;
  size_t unsynced_count;
  int is_in_directory; /* the directory on the disk has it */
} inode;

/* A change of the directory that is not on the disk yet. */
typedef struct renaming {
  int name;
  int inode;
} renaming;

/* The disk at some change. */
typedef struct disk {
  inode *inodes;
  int inode_count;
  int now[MOST_NAMES]; /* the inode of a name */
  int on_disk[MOST_NAMES];
  renaming *renamings;
  size_t renaming_count;
} disk;

static char *names[MOST_NAMES];
static bytes at_start[MOST_NAMES];
static struct timespec times_at_start[MOST_NAMES];
static int was_there[MOST_NAMES];
static int name_count;

static change *changes;
static int64_t change_count;
static int64_t change_capacity;

static void *resized(void *memory, size_t count, size_t size) {
  void *out = realloc(memory, count * size + 1);
  if (!out) abort();
  return out;
}

static void resize(bytes *it, size_t length) {
  if (length > it->length) {
    it->data = resized(it->data, length, 1);
    memset(it->data + it->length, 0, length - it->length);
  }
  it->length = length;
}

static bytes read_whole(const char *path) {
  bytes out = {0, 0};
  FILE *file = fopen(path, "rb");
  if (!file) abort();
  fseek(file, 0, SEEK_END);
  resize(&out, (size_t)ftell(file));
  rewind(file);
  if (fread(out.data, 1, out.length, file) != out.length) abort();
  fclose(file);
  return out;
}

static struct timespec time_of(const char *path) {
  struct stat it;
  if (stat(path, &it) != 0) memset(&it, 0, sizeof it);
  return it.st_mtim;
}

static int name_of(const char *path) {
  for (int i = 0; i < name_count; i++) {
    if (strcmp(names[i], path) == 0) return i;
  }
  if (name_count == MOST_NAMES) abort();
  names[name_count] = strdup(path);
  at_start[name_count] = (bytes){0, 0};
  was_there[name_count] = 0;
  return name_count++;
}

static void record(const file_change *it) {
  if (change_count == change_capacity) {
    change_capacity = change_capacity * 2 + 1000;
    changes = resized(changes, (size_t)change_capacity, sizeof(change));
  }
  change *out = &changes[change_count++];
  *out = (change){it->kind, name_of(it->path), it->amount, it->offset, 0, time_of(it->path)};
  if (it->kind == CHANGE_WRITE) {
    out->data = resized(0, (size_t)it->amount, 1);
    memcpy(out->data, it->data, (size_t)it->amount);
  }
}

void power_record(const char *const *paths, int count) {
  power_forget();
  for (int i = 0; i < count; i++) {
    int number = name_of(paths[i]);
    was_there[number] = file_exists(paths[i]);
    if (was_there[number]) at_start[number] = read_whole(paths[i]);
    times_at_start[number] = time_of(paths[i]);
  }
  faults_watch(record);
}

void power_stop(void) { faults_watch(0); }

int64_t power_changes(void) { return change_count; }

void power_forget(void) {
  while (change_count > 0) free(changes[--change_count].data);
  free(changes);
  changes = 0;
  change_capacity = 0;
  while (name_count > 0) {
    name_count--;
    free(names[name_count]);
    free(at_start[name_count].data);
  }
}

static int new_inode(disk *it) {
  it->inodes = resized(it->inodes, (size_t)it->inode_count + 1, sizeof(inode));
  memset(&it->inodes[it->inode_count], 0, sizeof(inode));
  return it->inode_count++;
}

static void disk_start(disk *it) {
  memset(it, 0, sizeof *it);
  for (int i = 0; i < name_count; i++) {
    it->now[i] = it->on_disk[i] = NO_INODE;
    if (!was_there[i]) continue;
    int number = it->now[i] = it->on_disk[i] = new_inode(it);
    it->inodes[number].is_in_directory = 1;
    it->inodes[number].time = times_at_start[i];
    resize(&it->inodes[number].content, at_start[i].length);
    memcpy(it->inodes[number].content.data, at_start[i].data, at_start[i].length);
  }
}

static void disk_free(disk *it) {
  for (int i = 0; i < it->inode_count; i++) {
    free(it->inodes[i].content.data);
    free(it->inodes[i].unsynced);
  }
  free(it->inodes);
  free(it->renamings);
}

/* Each sector by itself, `percent` of them. */
static void apply(inode *file, const change *it, int percent, chance *luck) {
  bytes *content = &file->content;
  if (percent > 0) file->time = it->time;
  if (it->kind == CHANGE_TRUNCATE) {
    if (chance_below(luck, 100) < percent) resize(content, (size_t)it->offset);
    return;
  }
  for (int64_t from = it->offset; from < it->offset + it->amount;) {
    int64_t to = (from / SECTOR + 1) * SECTOR;
    if (to > it->offset + it->amount) to = it->offset + it->amount;
    if (chance_below(luck, 100) < percent) {
      if (content->length < (size_t)to) resize(content, (size_t)to);
      memcpy(content->data + from, it->data + (from - it->offset), (size_t)(to - from));
    }
    from = to;
  }
}

static void apply_unsynced(inode *it, int percent, chance *luck) {
  for (size_t i = 0; i < it->unsynced_count; i++) {
    apply(it, it->unsynced[i], percent, luck);
  }
  it->unsynced_count = 0;
}

static void apply_renamings(disk *it, size_t count) {
  for (size_t i = 0; i < count; i++) {
    renaming *one = &it->renamings[i];
    it->on_disk[one->name] = one->inode;
    if (one->inode != NO_INODE) it->inodes[one->inode].is_in_directory = 1;
  }
  it->renaming_count = 0;
}

static void rename_to(disk *it, int name, int number) {
  it->now[name] = number;
  it->renamings = resized(it->renamings, it->renaming_count + 1, sizeof(renaming));
  it->renamings[it->renaming_count++] = (renaming){name, number};
}

static void replay(disk *it, const change *one, chance *luck) {
  inode *file = it->now[one->name] == NO_INODE ? 0 : &it->inodes[it->now[one->name]];
  switch (one->kind) {
    case CHANGE_CREATE:
      rename_to(it, one->name, new_inode(it));
      it->inodes[it->now[one->name]].time = one->time;
      break;
    case CHANGE_WRITE:
    case CHANGE_TRUNCATE:
      if (!file) break;
      file->unsynced = resized(file->unsynced, file->unsynced_count + 1, sizeof(change *));
      file->unsynced[file->unsynced_count++] = one;
      break;
    case CHANGE_SYNC:
      if (!file) break;
      apply_unsynced(file, 100, luck);
      if (!file->is_in_directory) apply_renamings(it, it->renaming_count);
      break;
    case CHANGE_DELETE:
      rename_to(it, one->name, NO_INODE);
      if (one->amount) apply_renamings(it, it->renaming_count);
      break;
  }
}

static void write_whole(const char *path, const bytes *content, struct timespec time) {
  const struct timespec times[] = {time, time};
  FILE *file = fopen(path, "wb");
  CHECK(file);
  if (content->length > 0) {
    CHECK(fwrite(content->data, 1, content->length, file) == content->length);
  }
  CHECK(fclose(file) == 0);
  CHECK(utimensat(AT_FDCWD, path, times, 0) == 0);
}

void power_lose(int64_t count, power_loss loss, chance *luck) {
  disk it;
  const int percents[] = {0, 10, 50, 90, 100};
  disk_start(&it);
  for (int64_t i = 0; i < count && i < change_count; i++) replay(&it, &changes[i], luck);
  if (loss == LOSE_NOTHING) apply_renamings(&it, it.renaming_count);
  if (loss == LOSE_SOME) {
    apply_renamings(&it, (size_t)chance_below(luck, (int)it.renaming_count + 1));
  }
  for (int i = 0; i < name_count; i++) {
    unlink(names[i]);
    if (it.on_disk[i] == NO_INODE) continue;
    inode *file = &it.inodes[it.on_disk[i]];
    int percent = loss == LOSE_SOME      ? percents[chance_below(luck, 5)]
                  : loss == LOSE_NOTHING ? 100
                                         : 0;
    apply_unsynced(file, percent, luck);
    write_whole(names[i], &file->content, file->time);
  }
  disk_free(&it);
}
