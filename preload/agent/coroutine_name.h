/* SPDX-License-Identifier: MIT */
/*
 * What the program sees as the __name__ of a coroutine that was given one by preload/agent/coroutine_end.h: the
 * one that it had. A look at it takes no reference of the other, so nobody keeps that beyond its coroutine, and a
 * name that the program gives the coroutine does not end it.
 *
 * For that, the getter and setter of the type's own descriptor are replaced; they stay, detached or not, and pass
 * every other coroutine through.
 *
 * Runs in: the target, GIL held.
 */
#ifndef SCOPETRACE_AGENT_COROUTINE_NAME_H
#define SCOPETRACE_AGENT_COROUTINE_NAME_H

#include "preload/agent/python_api.h"

/* Where the name is that is shown in place of this one: an owned reference. NULL: this one is nobody's. */
typedef PyObject **(*coroutine_name_behind)(PyObject *name);

/* 0, or -1 with no exception set: the type's descriptor is not what it was thought to be. */
int coroutine_name_setup(coroutine_name_behind behind);

/* The name that it has, shown or not: new, or NULL with no exception set. */
PyObject *coroutine_name_get(PyObject *coroutine);
/* 0, or -1 with no exception set. */
int coroutine_name_set(PyObject *coroutine, PyObject *name);

#endif
