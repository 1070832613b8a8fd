/* SPDX-License-Identifier: MIT */
/*
 * Scopes that were entered before anybody looked. Their exit may bypass the hooks: it is inferred from what the
 * object says of itself, or from its end.
 *
 * Runs in: the target, GIL held, inside py_work_begin/end unless it says otherwise.
 */
#ifndef SCOPETRACE_AGENT_SCOPE_FOUND_H
#define SCOPETRACE_AGENT_SCOPE_FOUND_H

#include "preload/agent/identity.h"
#include "preload/agent/seldom.h"

/* Takes notice of a scope that was entered before the session by `host` (borrowed; NULL = unknown), and announces
 * it. NULL: out of memory. */
struct scope *scope_found(PyObject *object, const struct provider *provider, PyObject *host);

/* The same of a scope and of all that enclose it, outermost first: programs nest without end, so that this is no
 * recursion. */
struct scope *scope_found_chain(PyObject *object, const struct provider *provider);

/* Closes those of a task's found scopes that say themselves that they are no longer open, and says so. NULL
 * allowed. */
void scope_settle_found(const struct task *host);

/* The object is being destroyed. If it was found open it has been exited since, unheard: says so. If it is open it
 * was abandoned, and is announced. May be called outside py_work_begin/end. */
SELDOM void scope_vanished(struct scope *scope);

#endif
