/* SPDX-License-Identifier: MIT */
/*
 * Learns of the end of an entry's or exit's coroutine without standing between it and who awaits it: debuggers
 * and, from 3.14 on, other processes (`python -m asyncio ps`) walk from coroutine to coroutine, and the
 * interpreter goes from one to the other by a shorter way than through anything else.
 *
 * The coroutine is given a __name__ that is its own, of a subclass of str: who awaited it lets it go when it is
 * over, and the name goes along (it is not shown: coroutine_name.h). If it raised, the exception is still set
 * then. What it returned is not known: this is for methods of which it is known what it means that they return
 * (provider.exit_return). That the coroutine runs is seen on the stack (preload/agent/bypass.h).
 *
 * Runs in: the target, GIL held.
 */
#ifndef SCOPETRACE_AGENT_COROUTINE_END_H
#define SCOPETRACE_AGENT_COROUTINE_END_H

#include "preload/agent/identity.h"
#include "preload/agent/scope_call.h"
#include "preload/agent/seldom.h"

/* Creates the type. 0, or -1 with no exception set. */
int coroutine_end_setup(void);

/* Whether coroutines are to be followed in this manner here. */
bool coroutine_end_is_wanted(const struct scope_call *call);

/* Begins the call, a copy of which ends with the coroutine. Leaves the coroutine as it is when there is no memory.
 */
void coroutine_end_follow(PyObject *coroutine, struct scope_call *call);

/* Of a scope that is being left: ends the call if the coroutine is over. The program may keep that, and its name,
 * for as long as it likes. What such an exit made of an exception is not known: it is told to have passed it on.
 */
SELDOM void coroutine_end_settle(const struct scope *scope);
/* Of a scope that is left before its entry was heard of, whose coroutine the program keeps: nothing is told of
 * that entry when the coroutine goes at last. */
SELDOM void coroutine_end_forget(const struct scope *scope);
/* As coroutine_end_settle(), of all open scopes of a task. */
SELDOM void coroutine_end_settle_all(const struct task *host);

#endif
