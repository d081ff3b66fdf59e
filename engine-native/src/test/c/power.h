/*
** Power loss: what the disk holds when the machine stops between two changes. All changes
** of files beneath the engine are recorded; then the files are put into a state in which
** the power may have left them:
**
**   - what was synced is there; of what was written since, any sector of 512 bytes may be
**     there or not;
**   - files that were made or deleted since the directory was last synced, as the sync of a
**     new file does, may be there or not, in the order in which that was done.
**
** One recording at a time.
*/
#ifndef POWER_H
#define POWER_H

#include "support.h"

/* Begins: these files, if they are there, are on the disk. */
void power_record(const char *const *paths, int count);

/* The changes so far. */
int64_t power_changes(void);

/* Changes from now on are not recorded. */
void power_stop(void);

/* How much of what is not synced gets lost. */
typedef enum power_loss { LOSE_NOTHING, LOSE_UNSYNCED, LOSE_SOME } power_loss;

/* Puts the files into a state in which they may be after the first `count` changes. */
void power_lose(int64_t count, power_loss loss, chance *luck);

/* Forgets the recording. */
void power_forget(void);

#endif
