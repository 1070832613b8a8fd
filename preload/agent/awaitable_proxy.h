/* SPDX-License-Identifier: MIT */
/*
 * Stands for the coroutine of a hooked method, so that the call has a beginning and an end, and its operation
 * is on the stack whenever, and only when, its code runs.
 *
 * Runs in: the target, GIL held. Awaits, sends, throws and closes as the coroutine does; other attributes are
 * the coroutine's.
 */
#ifndef SCOPETRACE_AGENT_AWAITABLE_PROXY_H
#define SCOPETRACE_AGENT_AWAITABLE_PROXY_H

#include "preload/agent/scope_call.h"

/* Creates the type. 0, or -1 with no exception set. */
int awaitable_proxy_setup(void);

/* Takes the coroutine over, copies the call. New; the coroutine itself when there is no memory. */
PyObject *awaitable_proxy_new(PyObject *coroutine, const struct scope_call *call);

#endif
