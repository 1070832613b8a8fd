/* SPDX-License-Identifier: MIT */
/*
 * What is there, told to a session: to one that begins in mid-life, all that is alive (statedump.h). To one that
 * has been told of it, once more, because a flight recorder turned, a new piece of the trace begins, or somebody
 * wants a snapshot: tasks that have open requests or scopes come first, each with its scopes and requests, then as
 * many others as there is room for.
 *
 * It goes piece by piece, none of which takes longer than a loop may be kept waiting. What is not told yet is told
 * before the first event that speaks of it, so a trace is well-formed wherever it is cut; `announced` says when
 * all is told.
 *
 * Runs in: the target, GIL held, inside py_work_begin/end, unless it says otherwise.
 */
#ifndef SCOPETRACE_AGENT_ANNOUNCEMENT_H
#define SCOPETRACE_AGENT_ANNOUNCEMENT_H

#include <stdbool.h>
#include <stdint.h>

/* all: the tasks with nothing open, and the scopes that nothing has cancelled, too. Drops what is under way. */
void announcement_begin(bool all);

/* What statedump_collect() took down, to a session that has heard of nothing. Drops what is under way. */
void announcement_begin_first(void);

/* Whether one is about to begin, or may be: who looks from outside waits for it. */
void announcement_expect(bool expected);

enum announcement_pace {
    PACE_FIRST, /* the program was stopped for it */
    PACE_IDLE,  /* the loop has nothing else to do */
    PACE_TICK,  /* it has: most of the time is its own */
    PACE_CALL,  /* something is to be done at once, but the ring is being written all the time */
};

/* The next piece, if it is time for one; true: that was the last. */
bool announcement_go_on(enum announcement_pace pace);

/* Its session is over, or everything is told anew. Outside py_work, too. */
void announcement_drop(void);

/* The recording ends. Of a loop that has not turned since this one nobody waits for an answer: it is told all that
 * is left. Of another a notice says that some was not told. */
void announcement_end(void);

/* Non-zero: one is under way, and the number is another after each piece. Any thread, no GIL. */
extern uint32_t announcement_pending;

static inline bool announcement_is_pending(void)
{
    return __atomic_load_n(&announcement_pending, __ATOMIC_RELAXED) != 0;
}

#endif
