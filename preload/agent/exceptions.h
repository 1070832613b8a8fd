/* SPDX-License-Identifier: MIT */
/*
 * Which exceptions mean cancellation.
 *
 * Runs in: the target, GIL held, inside py_work_begin/end.
 */
#ifndef SCOPETRACE_AGENT_EXCEPTIONS_H
#define SCOPETRACE_AGENT_EXCEPTIONS_H

#include "preload/agent/python_api.h"

/* The type is a subclass of this exception. */
bool exceptions_is(PyObject *type, PyObject *exception);

/* asyncio.CancelledError, trio.Cancelled or a subclass. */
bool exceptions_is_cancelled(PyObject *type);

/* The value is an exception group with one of these somewhere inside, as far as some thousand members tell. */
bool exceptions_group_holds_cancelled(PyObject *value);

#endif
