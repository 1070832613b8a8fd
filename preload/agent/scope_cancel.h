/* SPDX-License-Identifier: MIT */
/*
 * What is said of a scope's cancel, and of its deliveries: those that repeat without change are told at each power
 * of two of their number (1, 2, 4, 8, ...).
 *
 * Runs in: the target, GIL held, inside py_work_begin/end.
 */
#ifndef SCOPETRACE_AGENT_SCOPE_CANCEL_H
#define SCOPETRACE_AGENT_SCOPE_CANCEL_H

#include "preload/agent/identity.h"
#include "preload/agent/operation.h"

/* The scope's cancel is called; says so unless it was cancelled before. method: the name of what was called;
 * reason: its argument. Either may be NULL. */
void scope_cancelled(struct scope *scope, const char *method, PyObject *reason);

/* A Task.cancel() is about to be made by this operation: if the operation is itself the cancel, says so. */
void scope_cancelled_implicitly(const struct operation *operation);

/* Whether it was, by what the object says, or by what was said of it where the object does not tell. */
bool scope_is_cancelled(const struct scope *scope);

/* The scope's method that calls Task.cancel() for `origin` runs. */
void scope_delivers(struct scope *scope, const struct scope *origin);

/* Says what was held back of that. Called before any other event that concerns the scope. */
void scope_flush_deliveries(struct scope *scope);

#endif
