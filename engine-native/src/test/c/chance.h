/*
** Chance that repeats itself: the same seed gives the same numbers.
*/
#ifndef CHANCE_H
#define CHANCE_H

#include <stdint.h>

typedef struct chance {
  uint64_t state;
} chance;

uint64_t chance_next(chance *it);
int chance_below(chance *it, int bound);

#endif
