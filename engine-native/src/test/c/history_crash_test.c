/*
** History after the process was killed between any two calls, and after the power went:
** every point that was acknowledged is there, byte by byte, or the file itself has lost
** it as SQLite allows; no point is ever anything else than what its commit wrote.
**
** The long form: SOAK_ROUNDS rounds of each kind.
*/
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "check.h"
#include "encrypted_history.h"
#include "faults.h"
#include "history_support.h"
#include "power.h"

enum { KILLED_COMMITS = 25 };

/*
** What the child acknowledges goes to a file that it only appends to: when SQLite tells of
** the commit, the pages that it changed; then, when the engine has told it, its time.
*/
typedef struct acknowledgement {
  int64_t scn;
  int64_t time; /* 0: pages follow */
  point what;
  uint32_t pages;
} acknowledgement;

typedef struct changed_page {
  uint32_t number;
  uint32_t unused;
  digest page;
} changed_page;

static int log_of_child;

static void append(const void *bytes, size_t count) {
  if (write(log_of_child, bytes, count) != (ssize_t)count) _exit(1);
}

static void acknowledge(const truth *it) {
  uint32_t count = 0;
  acknowledgement *head = malloc(sizeof *head + it->page_capacity * sizeof(changed_page));
  changed_page *pages = (changed_page *)(void *)(head + 1);
  for (uint32_t i = 0; i < it->page_capacity; i++) {
    const page_versions *list = &it->pages[i];
    if (list->count == 0 || list->versions[list->count - 1].scn != it->last) continue;
    pages[count++] = (changed_page){i + 1, 0, list->versions[list->count - 1].page};
  }
  *head = (acknowledgement){it->last, 0, it->points[it->last - it->first], count};
  append(head, sizeof *head + count * sizeof(changed_page));
  free(head);
}

static int64_t time_of(sqlite3 *db, int64_t scn) {
  char sql[60];
  snprintf(sql, sizeof sql, "SELECT heliosdb_time_of(%" PRId64 ")", scn);
  return query_integer(db, sql);
}

static void acknowledge_time(workload *it) {
  int64_t scn = it->truth->last;
  acknowledgement head = {scn, time_of(it->connections[0], scn), {0, 0}, 0};
  append(&head, sizeof head);
}

/* Adds what the child acknowledged to the truth. */
static void learn(const char *log_path, truth *it, int64_t *times) {
  acknowledgement head;
  FILE *log = fopen(log_path, "rb");
  if (!log) return;
  while (fread(&head, sizeof head, 1, log) == 1) {
    if (head.time) {
      times[head.scn % (2 * KILLED_COMMITS)] = head.time;
      continue;
    }
    CHECK_INT(head.scn, it->last + 1);
    truth_begin_point(it);
    for (uint32_t i = 0; i < head.pages; i++) {
      changed_page one;
      CHECK(fread(&one, sizeof one, 1, log) == 1);
      truth_add_page(it, one.number, one.page);
    }
    truth_end_point(it, head.what.page_count, head.what.changed_pages);
  }
  fclose(log);
}

/* The workload of a child; ends with it, or at the call that was chosen. */
static int write_until_killed(workload *it, const char *log_path, int64_t call, int tears) {
  int64_t start = it->truth->last;
  log_of_child = open(log_path, O_WRONLY | O_CREAT | O_APPEND, 0600);
  it->truth->committed = acknowledge;
  faults_exit_at(call, tears);
  workload_open(it);
  while (it->truth->last < start + KILLED_COMMITS) {
    if (workload_step(it) > 0) acknowledge_time(it);
    if (chance_below(&it->luck, 60) == 0) {
      workload_close(it);
      workload_open(it);
    }
  }
  workload_close(it);
  return 0;
}

/* Returns whether it was killed, rather than done. */
static int run_killed(workload *it, const char *log_path, int64_t call, int tears) {
  pid_t pid = fork_test();
  if (pid == 0) _exit(write_until_killed(it, log_path, call, tears));
  int code = exit_code_of(pid);
  CHECK(code == 0 || code == FAULT_EXIT);
  return code == FAULT_EXIT;
}

/*
** What SQLite recovers is the last point, or one more that was not acknowledged; that may
** have changed no byte, which then the engine has to tell.
*/
static void learn_present(truth *it, sqlite3 *db, const image *now, const wal_place *place) {
  if (!truth_is(it, it->last, now) || newest_point(db) > it->last) truth_add(it, now);
  CHECK_INT(newest_point(db), it->last);
  CHECK(truth_is(it, it->last, now));
  truth_resume(it, place);
}

static void check_no_gap(sqlite3 *db, const truth *it) {
  CHECK_TEXT(query(db, "SELECT state, gap_scn, last_failure FROM heliosdb_history"),
             "on|null|null");
  CHECK_INT(query_integer(db, "SELECT oldest_scn FROM heliosdb_history"), it->first);
}

/* The recent points, or all of them, and what SQL says of some. */
static void check_points(workload *it, sqlite3 *db) {
  truth *points = it->truth;
  int64_t recent = points->last - 2 * KILLED_COMMITS;
  if (recent < points->first || chance_below(&it->luck, 10) == 0) recent = points->first;
  check_no_gap(db, points);
  check_pasts(points, recent, points->last);
  check_commits(db, points, recent);
  for (int i = 0; i < 3; i++) {
    int behind = chance_below(&it->luck, (int)(points->last - points->first) + 1);
    check_past_by_sql(points, points->last - behind);
  }
}

static void check_after_kill(workload *it, int64_t before, const int64_t *times) {
  image now;
  wal_place place;
  image_of_files(it->path, &now, &place);
  sqlite3 *db = open_with_history(it->path, it->parameters);
  CHECK_TEXT(query(db, "PRAGMA integrity_check"), "ok");
  learn_present(it->truth, db, &now, &place);
  check_points(it, db);
  for (int64_t scn = before + 1; scn <= it->truth->last; scn++) {
    int64_t time = times[scn % (2 * KILLED_COMMITS)];
    /* Of the commits in a millisecond, a crash keeps the order and the first one's time. */
    if (time && llabs(time_of(db, scn) - time) > 1000) {
      check_fail(__FILE__, __LINE__, "point %" PRId64 " was made at %" PRId64 ", not at %" PRId64,
                 scn, time, time_of(db, scn));
    }
  }
  sqlite3_db_config(db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, chance_below(&it->luck, 2), 0);
  close_database(db);
  image_free(&now);
}

static void check_in_the_end(workload *it) {
  workload_open(it);
  workload_commits(it, 5);
  workload_close(it);
  workload_open(it);
  check_pasts(it->truth, it->truth->first, it->truth->last);
  check_commits(it->connections[0], it->truth, it->truth->first);
  check_no_gap(it->connections[0], it->truth);
  workload_close(it);
}

static void kill_rounds(uint64_t seed, shape form, int64_t rounds) {
  const char *log_path = in_directory("acknowledged");
  truth points;
  workload it = {in_directory("a.db"), "", {seed}, form, 1, 0, &points, {0}};
  int64_t calls = 4000; /* of a whole workload, about */
  alarm(0);
  workload_open(&it);
  points.checkpoint_frames = 40;
  workload_close(&it);
  for (int64_t round = 0; round < rounds; round++) {
    int64_t times[2 * KILLED_COMMITS] = {0};
    int64_t before = points.last;
    it.luck.state = seed * 1000003 + (uint64_t)round;
    int64_t call = 1 + chance_below(&it.luck, (int)calls);
    unlink(log_path);
    int is_killed = run_killed(&it, log_path, call, chance_below(&it.luck, 2));
    calls = is_killed ? calls * 21 / 20 : call;
    learn(log_path, &points, times);
    check_after_kill(&it, before, times);
  }
  check_in_the_end(&it);
  truth_free(&points);
  remove_files(it.path);
}

static void run_kill_rounds(void) {
  uint64_t seed = (uint64_t)soak_number("SOAK_SEED", 1);
  int64_t rounds = soak_number("SOAK_ROUNDS", 16);
  kill_rounds(seed, (shape){4096, "none", 20000}, rounds);
  kill_rounds(seed + 1, (shape){1024, "full", 6000}, rounds / 2);
}

TEST(a_kill_between_any_two_calls_loses_no_acknowledged_point) {
  run_kill_rounds();
}

/* The number of changes on the disk when a point was acknowledged. */
enum { MOST_MARKS = 4096 };

static int64_t marks[MOST_MARKS];

static void mark(const truth *it) { marks[it->last % MOST_MARKS] = power_changes(); }

/* The newest point that was acknowledged before the power went. */
static int64_t acknowledged_at(int64_t before, const truth *it, int64_t changes) {
  int64_t scn = before;
  while (scn < it->last && marks[(scn + 1) % MOST_MARKS] <= changes) scn++;
  return scn;
}

/*
** A workload, of which the disk keeps a part: opened again, it has a newest point, which
** is what the file holds, and all points up to there are what they were.
*/
static void lose_power(workload *it, int commits, int keeps_acknowledged) {
  const char *suffixes[] = {
      "", "-wal", "-journal", "-history", "-history-wal", "-history-journal", "-times"};
  const char *paths[sizeof suffixes / sizeof *suffixes];
  image now;
  wal_place place;
  truth *points = it->truth;
  int64_t before = points->last;
  for (size_t i = 0; i < sizeof suffixes / sizeof *suffixes; i++) {
    paths[i] = beside_database(it->path, suffixes[i]);
  }
  power_record(paths, sizeof suffixes / sizeof *suffixes);
  points->committed = mark;
  workload_open(it);
  workload_commits(it, commits);
  workload_close(it);
  power_stop();
  int64_t changes = chance_below(&it->luck, (int)power_changes() + 1);
  int64_t acknowledged = acknowledged_at(before, points, changes);
  power_lose(changes, (power_loss)chance_below(&it->luck, 4) % 3, &it->luck);
  power_forget();

  image_of_files(it->path, &now, &place);
  sqlite3 *db = open_with_history(it->path, it->parameters);
  int64_t newest = newest_point(db);
  if (newest < (keeps_acknowledged ? acknowledged : before) || newest > points->last) {
    check_fail(__FILE__, __LINE__,
               "after change %" PRId64 " the newest point is %" PRId64 ", not in [%" PRId64
               ", %" PRId64 "] of %" PRId64,
               changes, newest, before, acknowledged, points->last);
  }
  truth_cut(points, newest);
  CHECK(truth_is(points, newest, &now));
  truth_resume(points, &place);
  CHECK_TEXT(query(db, "PRAGMA integrity_check"), "ok");
  check_points(it, db);
  close_database(db);
  image_free(&now);
}

static void power_rounds(uint64_t seed, shape form, int64_t rounds, const char *pragmas,
                         int keeps_acknowledged) {
  truth points;
  workload it = {in_directory("a.db"), "", {seed}, form, 1, pragmas, &points, {0}};
  alarm(0);
  workload_open(&it);
  points.checkpoint_frames = 40;
  workload_close(&it);
  for (int64_t round = 0; round < rounds; round++) {
    it.luck.state = seed * 1000003 + (uint64_t)round;
    lose_power(&it, 15, keeps_acknowledged);
  }
  check_in_the_end(&it);
  truth_free(&points);
  remove_files(it.path);
}

static void run_synced_power_rounds(void) {
  uint64_t seed = (uint64_t)soak_number("SOAK_SEED", 1);
  int64_t rounds = soak_number("SOAK_ROUNDS", 16);
  power_rounds(seed, (shape){4096, "none", 20000}, rounds, "PRAGMA synchronous=FULL", 1);
  power_rounds(seed + 1, (shape){512, "full", 3000}, rounds / 2, "PRAGMA synchronous=FULL", 1);
}

TEST(power_loss_takes_no_acknowledged_point_when_commits_are_synced) {
  run_synced_power_rounds();
}

static void run_power_rounds(void) {
  uint64_t seed = (uint64_t)soak_number("SOAK_SEED", 1);
  int64_t rounds = soak_number("SOAK_ROUNDS", 16);
  power_rounds(seed, (shape){4096, "none", 20000}, rounds, "PRAGMA synchronous=NORMAL", 0);
  power_rounds(seed + 1, (shape){512, "full", 3000}, rounds / 2, "PRAGMA synchronous=NORMAL", 0);
}

TEST(power_loss_leaves_points_that_are_what_they_were_when_commits_are_not_synced) {
  run_power_rounds();
}

TEST(kills_and_power_loss_take_no_more_with_encryption) {
  with_encryption(run_kill_rounds);
  with_encryption(run_synced_power_rounds);
  with_encryption(run_power_rounds);
}
