/*
** Chance that repeats itself.
*/
#include "chance.h"

uint64_t chance_next(chance *it) {
  it->state += 0x9e3779b97f4a7c15u;
  uint64_t mixed = it->state;
  mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9u;
  mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111ebu;
  return mixed ^ (mixed >> 31);
}

int chance_below(chance *it, int bound) { return (int)(chance_next(it) % (uint64_t)bound); }
