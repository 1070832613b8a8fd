/* SPDX-License-Identifier: MIT */
/*
 * What is said of scopes: entry and exit. Their announcement is scope_announce.h, cancel and delivery are
 * scope_cancel.h, those that were entered before anybody looked scope_found.h.
 *
 * Runs in: the target, GIL held, inside py_work_begin/end. Records belong to identity.h, objects are borrowed.
 */
#ifndef SCOPETRACE_AGENT_SCOPE_H
#define SCOPETRACE_AGENT_SCOPE_H

#include "preload/agent/identity.h"
#include "tracepoints/events.h"

/* How an exit method ran and ended. */
struct scope_exit {
    PyObject *host;   /* the task that entered the scope; NULL: none, or it is gone */
    uint32_t before;  /* its counter, when the method began */
    uint64_t by_task; /* the task that ran the method, announced; 0 = none */
    enum exit_exception exception_in;
    PyObject *value; /* NULL: it raised */
    PyObject *raised_type, *raised;
    PyObject *awaiter; /* the code that awaited the method, if it is not on the stack any more; NULL: it is */
    int awaiter_at;    /* the instruction */
};

/* What a with-block ended with, from the arguments of the exit method; either may be NULL. */
enum exit_exception scope_exception_in(PyObject *type, PyObject *value);

/* The scope was entered by `host` (NULL: no task runs) whose counter was `counter`. */
void scope_entered(struct scope *scope, PyObject *host, uint32_t counter);

/* The exit method is over. */
void scope_exited(struct scope *scope, const struct scope_exit *exit);

/* Of both the part that says nothing: a new entry begins, with what the object tells of itself; and how an entry
 * was left is kept for those who hear of it later. host may be NULL. */
void scope_open(struct scope *scope, struct task *host, uint32_t counter);
void scope_keep_exit(struct scope *scope, struct task *host, const struct st_scope_exit *event);

#endif
