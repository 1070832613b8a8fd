/* SPDX-License-Identifier: MIT */
/*
 * What is said of scopes: entry, exit, cancel, delivery.
 *
 * Runs in: the target, GIL held, inside py_work_begin/end.
 */
#ifndef SCOPETRACE_AGENT_SCOPE_H
#define SCOPETRACE_AGENT_SCOPE_H

#include "preload/agent/identity.h"
#include "preload/agent/operation.h"

/* How an exit method ran and ended. Objects are borrowed. */
struct scope_exit {
    PyObject *host;   /* the task that entered the scope; NULL: none, or it is gone */
    uint32_t before;  /* its counter, when the method began */
    uint64_t by_task; /* the task that ran the method, announced; 0 = none */
    enum exit_exception exception_in;
    PyObject *value; /* NULL: it raised */
    PyObject *raised_type, *raised;
};

/* What a with-block ended with, from the arguments of the exit method; either may be NULL. */
enum exit_exception scope_exception_in(PyObject *type, PyObject *value);

/* The scope was entered by `host` (NULL: no task runs) whose counter was `counter`. */
void scope_entered(struct scope *scope, PyObject *host, uint32_t counter);

/* The exit method is over. */
void scope_exited(struct scope *scope, const struct scope_exit *exit);

/* The scope's cancel is called; says so unless it was cancelled before. reason may be NULL. */
void scope_cancelled(struct scope *scope, const char *method, PyObject *reason);

/* A Task.cancel() is about to be made by this operation: if the operation is itself the cancel, says so. */
void scope_cancelled_implicitly(const struct operation *operation);

void scope_delivers(struct scope *scope, const struct scope *origin);

/* Announces the open scopes of a task, outermost first, if scopes are announced lazily. */
void scope_announce_open(const struct task *task);

/* Announces once more those open scopes of a task that the session has heard of, outermost first. */
void scope_say_those_of(const struct task *host);

/* Announces an open scope once more; all: also when the session has not heard of it. */
void scope_say_again(struct scope *scope, bool all);

/* Takes notice of a scope that was entered before the session by `host` (NULL = unknown), and announces it
 * after those that enclose it. NULL: out of memory. */
struct scope *scope_found(PyObject *object, const struct provider *provider, PyObject *host);

/* The object is being destroyed. If it was found open it has been exited since, unheard: says so. If it is open it
 * was abandoned, and is announced. May be called outside py_work_begin/end. */
void scope_vanished(struct scope *scope);

#endif
