/*
** A database with history whose files beside it get damaged: reading the past then gives
** what was there, or an error; the present goes on.
*/
#ifndef HISTORY_DAMAGE_H
#define HISTORY_DAMAGE_H

#include "support.h"

/* Makes the files and keeps a copy of them. Freed by damage_end. */
void damage_begin(void);
void damage_end(void);

/*
** Puts the files back, damages them as the bytes say, and holds what can be read from them
** to be right. Any bytes are valid.
*/
void damage_try(const unsigned char *instructions, size_t count);

#endif
