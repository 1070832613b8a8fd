/* SPDX-License-Identifier: MIT */
/*
 * Counts the event loops' iterations where nobody sees their epoll_wait (interposed/loops.h). In a program that
 * was attached to that is the interpreter's own: hooks `select.epoll.poll`, in which every selector loop of
 * asyncio waits. In any that gevent has patched, asyncio waits in gevent's selector, and the hub in epoll_wait for
 * all greenlets together: hooks that selector.
 *
 * Runs in: the target, GIL held.
 */
#ifndef SCOPETRACE_AGENT_TICKS_H
#define SCOPETRACE_AGENT_TICKS_H

#include <stdbool.h>

#define TICKS_GEVENT_MODULE "gevent.selectors"

/* There is no entry that counts. To be called before the hooks are put in place. */
void ticks_want(void);

/* Hooks what is imported by now and not hooked yet. */
void ticks_hook(void);
/* The hooks are gone. */
void ticks_unhook(void);

#endif
