/* SPDX-License-Identifier: MIT */
/*
 * Runs commands and measures them: processor time (that of the machine's other work is not in it) and peak memory,
 * medians of interleaved rounds.
 *
 * Runs in: the benchmarks. Failures end the program.
 */
#ifndef SCOPETRACE_TESTS_TIMING_H
#define SCOPETRACE_TESTS_TIMING_H

#include <glib.h>

/* A command that is compared with others on the same work. */
struct contender {
    const char *name;
    const char *const *argv;
    unsigned rounds; /* it takes part in the first so many */
    GArray *seconds; /* out: double, per round */
    double peak_mib; /* out: the largest resident set of all rounds */
    int expected_exit;
};

/* Runs the contenders in turn, `rounds` times, their output into /dev/null. */
void timing_run(struct contender *contenders, size_t count, unsigned rounds);
void timing_clear(struct contender *contender);

struct spread {
    double median, least, most;
};

struct spread timing_spread(const GArray *values);
/* How many times longer `reference` took than `contender`, of the rounds that both took part in. */
struct spread timing_ratio(const struct contender *contender, const struct contender *reference);

#endif
