/* SPDX-License-Identifier: MIT */
/*
 * Traces that begin in the middle: what a flight recorder still held, or a later piece of a trace. What is missing
 * before says nothing is wrong, and what was there when the trace begins is not known. So the process is not
 * judged until it announces what is there (`runtime` with statedump = 1), which a recording sees to. Until then
 * its events are taken into the state: what they say is true, only not everything.
 *
 * What a flight recorder held has gaps: a CPU that wrote less than another holds older events, and the CPUs are
 * read out one after the other while the program runs on. After a gap nothing is taken in before the next
 * announcement, which begins anew; when none comes the trace ends, for this process, at the gap.
 *
 * Runs in: the command. Internal to analyzer/core.
 */
#ifndef SCOPETRACE_CORE_MIDDLE_H
#define SCOPETRACE_CORE_MIDDLE_H

#include "analyzer/core/model.h"

/* From this schema on an announcement tells open requests too; it may be cut, and its end is said. */
#define SCHEMA_OF_PIECES 2u

/* The first event of a process. */
void middle_begin(struct world *world, const struct event *event);

/* So many events are missing before this one. False: they are a loss like any other. */
bool middle_gap(struct world *world, uint64_t missing);

/* Whether the event is to be left out. */
bool middle_skips(const struct world *world, const struct event *event);

/* The process announces itself and, after that, what is there. */
void middle_announced(struct world *world, const struct event_runtime *runtime);

/* The trace of this process is over. */
void middle_end(struct world *world);
/* Of all: adds what is worth saying to the notices. */
void middle_notice(struct analysis *analysis);

#endif
