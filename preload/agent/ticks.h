/* SPDX-License-Identifier: MIT */
/*
 * Counts the event loops' iterations in a program that was attached to: there is no entry, whose epoll_wait counts
 * them in others. Hooks `select.epoll.poll`, in which every selector loop of asyncio waits. A loop that waits
 * without Python (uvloop's) is not counted.
 *
 * Runs in: the target, GIL held, except ticks_here().
 */
#ifndef SCOPETRACE_AGENT_TICKS_H
#define SCOPETRACE_AGENT_TICKS_H

#include <stdbool.h>
#include <stdint.h>

/* Nobody else counts. To be called before the hooks are put in place. */
void ticks_want(void);

/* false: the module is not imported yet, so that no loop can have begun; ask again. */
bool ticks_hook(void);

/* Iterations of the calling thread's loops while it was recorded; 0: not counted. Any thread, no GIL. */
uint32_t ticks_here(void);

#endif
