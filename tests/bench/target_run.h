/* SPDX-License-Identifier: MIT */
/*
 * A workload (tests/bench/workloads) in one state: plain, preloaded, recorded, or watched by a peer
 * (tests/bench/peers). It measures itself: processor time of the program alone, not of the session daemon.
 *
 * Runs in: the benchmarks, one thread.
 */
#ifndef SCOPETRACE_TESTS_TARGET_RUN_H
#define SCOPETRACE_TESTS_TARGET_RUN_H

#include <glib.h>
#include <stdbool.h>

#include "tests/bench/timing.h"

struct target_workload {
    const char *name, *unit;
    const char *program; /* in tests/bench/workloads; not .py: what is run itself, without the interpreter */
    const char *argument;
    bool serves; /* requests: how many a second and how long each takes is of interest */
    bool starts; /* its start is what is measured: done ten times */
};

/* The words before the interpreter, a variable, and the words after it. In both "%" is a path for what is
 * recorded. */
struct target_state {
    const char *name;
    const char *before[10];
    const char *variable, *value;
    const char *after[10];
    bool is_peer;
    unsigned since; /* not before this Python 3 */
};

extern const struct target_state target_states[];
extern const size_t target_state_count;
enum { TARGET_PLAIN = 0, TARGET_ALL = 2 };

struct target {
    const char *python;
    char *version;
    unsigned minor;   /* of Python 3 */
    const char *size; /* a factor for what the workloads do */
    char *folder;     /* private, and gone in the end */
};

struct target_result {
    unsigned round;
    double units, processor, clock, p50, p99;
};

/* Of one workload in one state: the rounds in which it did its work, and how much was recorded. */
struct target_series {
    GArray *results; /* struct target_result */
    double bytes;
};

/* A target for that interpreter; false: it cannot be run. Sets PYTHONPATH: one at a time. */
bool target_open(struct target *target, const char *python, const char *size);
/* Also of one that could not be opened. */
void target_close(struct target *target);

void target_series_init(struct target_series *series);
void target_series_clear(struct target_series *series);

/* Adds to the series. False: it did not do its work, or not in time. */
bool target_run(const struct target *target, const struct target_workload *workload,
                const struct target_state *state, unsigned round, struct target_series *series);

/* Processor time of a result in nanoseconds per unit. */
double target_nanoseconds(const struct target_result *result);
/* Of the rounds: what this state took, by what plain took; or, `difference`, less it. Plain did each round. */
struct spread target_against(const struct target_series *series, const struct target_series *plain,
                             bool difference);
double target_median(const struct target_series *series, double (*of)(const struct target_result *));

#endif
