/*
** Fuzzes the files of a history: see history_damage.h.
*/
#include "check.h"
#include "history_damage.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static int is_ready;
  if (!is_ready) {
    support_begin();
    damage_begin();
    is_ready = 1;
  }
  int64_t memory = memory_used();
  damage_try(data, size);
  CHECK_INT(memory_used(), memory);
  return 0;
}
