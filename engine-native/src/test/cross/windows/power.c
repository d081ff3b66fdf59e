/* Losses of power take the times of files as POSIX has them: a test that wants one fails here. */
#include "power.h"

#include "check.h"

void power_record(const char *const *paths, int count) {
  (void)paths;
  (void)count;
  check_fail(__FILE__, __LINE__, "there are no losses of power on Windows");
}

int64_t power_changes(void) { return 0; }

void power_stop(void) {}

void power_lose(int64_t count, power_loss loss, chance *luck) {
  (void)count;
  (void)loss;
  (void)luck;
}

void power_forget(void) {}
