/* SPDX-License-Identifier: MIT */
/*
 * One call of a hooked scope method, from its beginning to its end. The method may be a function, or a
 * coroutine that is suspended and resumed many times in between.
 *
 * Runs in: the target, GIL held.
 */
#ifndef SCOPETRACE_AGENT_SCOPE_CALL_H
#define SCOPETRACE_AGENT_SCOPE_CALL_H

#include "preload/agent/hook.h"
#include "preload/agent/operation.h"

struct scope_call {
    const struct provider *provider;
    struct provider_state *state; /* the provider's */
    const struct provider_method *method;
    PyObject *object;   /* the scope: borrowed from whoever makes the call */
    PyObject *argument; /* borrowed from the caller: a delivery's origin, a cancel's reason, a close's exception */
    PyObject *host;     /* owned between beginning and end: the host task, NULL = none */
    uint32_t before;    /* its counter */
    uint64_t by_task; /* the task that runs the exit, 0 = none; of a coroutine, the one that runs its beginning */
    uint8_t exception_in;
    bool awaited;               /* a coroutine: at its end another task may run */
    bool plain;                 /* see scope_call_begin() */
    struct operation operation; /* to be pushed whenever the method runs */
    PyObject *awaiter;          /* borrowed, and the following: as in scope_exit, once the method is over */
    int awaiter_at;
};

/* The `around` of a provider's methods that do this: owner is the provider, point the method. */
hook_around scope_call_around(enum scope_operation operation);
/* The same for a coroutine method: the result is a proxy of the coroutine, or the coroutine itself where its end
 * is heard of otherwise. */
PyObject *scope_call_around_coroutine(struct hook *hook, PyObject *const *args, size_t nargsf, PyObject *kwnames);

/* The method begins to run. Not inside py_work_begin/end. */
void scope_call_begin(struct scope_call *call);
/* The same inside py_work_begin/end, for scope_call_find_host() to be called before the end. */
void scope_call_begin_hostless(struct scope_call *call);
/* The scope that the call began with; NULL: its record was given up meanwhile. */
struct scope *scope_call_scope(const struct scope_call *call);
/* Looks for what `host` says; of an entry, for who enters now. Inside py_work_begin/end. */
void scope_call_find_host(struct scope_call *call);
/* It is over: value (borrowed) is what it returned; NULL, it raised what is now set. */
void scope_call_end(struct scope_call *call, PyObject *value);
/* The same inside `work`, of an entry or exit, while a recording goes on: NULL, it raised what that has put aside.
 */
void scope_call_end_within(struct scope_call *call, PyObject *value, const struct py_work *work);

#endif
