/* SPDX-License-Identifier: MIT */
/*
 * What is left for calls within calls. One that goes through a hook takes some of C's stack, and on 3.12 and 3.13
 * of the calls of C that the interpreter allows, where one Python function that calls another takes none of
 * either: a program that goes deep on purpose would die of us. Before it does, the hooks are taken out.
 *
 * Runs in: the target, GIL held. Keeps errno and the exception that is set.
 */
#ifndef SCOPETRACE_AGENT_HEADROOM_H
#define SCOPETRACE_AGENT_HEADROOM_H

#include <stdbool.h>
#include <stdint.h>

/* Addresses as near as this to one where there was enough are not looked at. */
#define HEADROOM_NEAR 8192u

/* The lowest of them, in whichever thread that was; 0: none. */
extern uintptr_t headroom_from;

/* Whether there was enough about here. */
static inline bool headroom_is_known(void)
{
    return __builtin_expect((uintptr_t)__builtin_frame_address(0) - headroom_from < 2 * HEADROOM_NEAR, 1);
}

/* Where it is not known: whether less than a quarter is left. */
bool headroom_is_short(void);

/* Says so and records nothing more in this process, which runs on as if we had never been there. Does nothing in
 * the middle of the agent's own work. */
void headroom_give_up(void);

#endif
