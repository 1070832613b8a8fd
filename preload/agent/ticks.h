/* SPDX-License-Identifier: MIT */
/*
 * Counts the event loops' iterations where the entry's epoll_wait does not see them. In a program that was
 * attached to there is no entry: hooks `select.epoll.poll`, in which every selector loop of asyncio waits. In any
 * that gevent has patched, asyncio waits in gevent's selector, and the hub in epoll_wait for all greenlets
 * together: hooks that selector. A loop that waits without Python (uvloop's) is not counted in a program attached
 * to.
 *
 * Runs in: the target, GIL held, except ticks_thread().
 */
#ifndef SCOPETRACE_AGENT_TICKS_H
#define SCOPETRACE_AGENT_TICKS_H

#include <stdbool.h>

#include "preload/bridge.h"

#define TICKS_GEVENT_MODULE "gevent.selectors"

/* There is no entry that counts. To be called before the hooks are put in place. */
void ticks_want(void);

/* Hooks what is imported by now and not hooked yet. */
void ticks_hook(void);
/* The hooks are gone. */
void ticks_unhook(void);

/* See struct bridge_entry, for which it stands in. Its `waits` are those while the thread was recorded. */
struct bridge_thread *ticks_thread(void);

#endif
