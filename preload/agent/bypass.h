/* SPDX-License-Identifier: MIT */
/*
 * Operations that bypass the hooks: a `with` keeps the exit method that it found when it was entered, a timer
 * the method that it was given. If that was before the hooks were there, the originals run. They are known by
 * their code, and the scope by the frame's first argument. So are coroutines that run on their own
 * (coroutine_end.h).
 *
 * Runs in: the target, GIL held, inside py_work_begin/end.
 */
#ifndef SCOPETRACE_AGENT_BYPASS_H
#define SCOPETRACE_AGENT_BYPASS_H

#include "preload/agent/operation.h"

/* Remembers the code of class.method, before or after it was hooked. */
void bypass_add_method(PyObject *class, const struct provider *provider, const struct provider_method *method);

/* Any thread, no GIL: the interpreter is gone. */
void bypass_forget(void);

/* The operation that is running on this thread: the innermost hooked one; where there is none, or a coroutine's,
 * one that bypasses the hooks, found on the stack and filled into *scratch; NULL = none. */
const struct operation *bypass_operation(struct operation *scratch);

/* The scope whose exit method this frame, hooked or not, is: new, with its provider; NULL: it is something else.
 */
PyObject *bypass_exiting(PyFrameObject *frame, const struct provider **ret_provider);

/* A local variable of a frame: new, or NULL with no exception set. */
PyObject *bypass_local(PyFrameObject *frame, PyObject *name);

/* Whether the Python code that makes the present call is this scope's method of this kind, hooked or not. */
bool bypass_is_caller(const struct scope *scope, enum scope_operation kind);
/* The same of any kind. */
bool bypass_is_called_by_own(const struct scope *scope);

#endif
