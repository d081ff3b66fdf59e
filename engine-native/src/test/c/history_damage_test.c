/*
** Damaged files of a history. The long form: SOAK_ROUNDS rounds.
*/
#include <unistd.h>

#include "check.h"
#include "history_damage.h"
#include "history_support.h"

TEST(a_damaged_history_gives_errors_and_no_wrong_bytes) {
  chance luck = {(uint64_t)soak_number("SOAK_SEED", 1)};
  int64_t rounds = soak_number("SOAK_ROUNDS", 40);
  alarm(0);
  damage_begin();
  for (int64_t round = 0; round < rounds; round++) {
    unsigned char instructions[24];
    for (size_t i = 0; i < sizeof instructions; i++) {
      instructions[i] = (unsigned char)chance_below(&luck, 256);
    }
    damage_try(instructions, 6 * (size_t)(1 + chance_below(&luck, 3)));
  }
  damage_end();
}
