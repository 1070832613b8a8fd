/* SPDX-License-Identifier: MIT */
/*
 * The other interpreters of the process. Only the main one is recorded, and the report says so where another one
 * has asyncio. CPython 3.11 has one `_asyncio.Task` for all of them: what others do with it comes to our hooks,
 * too.
 *
 * Runs in: the target; GIL held unless it says otherwise. Raises no Python exception, keeps the one that is set.
 */
#ifndef SCOPETRACE_AGENT_ELSEWHERE_H
#define SCOPETRACE_AGENT_ELSEWHERE_H

#include <stdbool.h>
#include <stdint.h>

/* Whether there may be calls of others to our hooks. */
extern uint32_t elsewhere_shares;

bool elsewhere_is_current(void);

/* Whether this call of a hook of a type of C is none of the main interpreter's. */
static inline bool elsewhere(void)
{
    return elsewhere_shares != 0 && elsewhere_is_current();
}

/* An interpreter is about to be recorded: looks whether there are others. */
void elsewhere_look(void);

/* Another one has asyncio. Any thread, no GIL. */
void elsewhere_heard(void);

/* A loop begins, in whatever interpreter this thread is in. A thread of Python's, without the GIL. */
void elsewhere_loop_begins(void);

/* Whether this session has yet to hear of that. Any thread, no GIL. */
bool elsewhere_is_due(void);
/* Tells it, if it is due. */
void elsewhere_say(void);

#endif
