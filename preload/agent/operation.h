/* SPDX-License-Identifier: MIT */
/*
 * The operations that are running on this thread, innermost first: what a Task.cancel() or uncancel() that
 * happens now is done on behalf of.
 *
 * Runs in: the target, GIL held. The structs live in the C frames of the hooks (or in an awaitable proxy,
 * while its coroutine runs); nothing is allocated.
 */
#ifndef SCOPETRACE_AGENT_OPERATION_H
#define SCOPETRACE_AGENT_OPERATION_H

#include <stdbool.h>
#include <stdint.h>

#include "preload/agent/providers/provider.h"

struct scope;

/* Whose doing a change of a counter is. */
struct request_cause {
    uint8_t source; /* enum request_source */
    uint64_t scope; /* delivers */
    uint64_t origin;
    uint64_t via_task;                /* the Task.cancel() that this one is nested in */
    const struct scope *origin_scope; /* NULL: none; it is that while its serial is */
};

struct operation {
    struct operation *outer;
    struct operation **top; /* where the thread that runs it keeps the innermost; NULL: it does not run */
    const void *frame;      /* of who called; for comparison only; NULL: not asked for, or none */
    uintptr_t seal;         /* of these, where there are greenlets */
    bool is_task_cancel;    /* else an operation of a scope */
    bool suspends;          /* a coroutine's: within it, others may run that are not on this stack */
    union {
        struct { /* a scope's */
            enum scope_operation kind;
            struct scope *scope;
            const struct scope *origin_scope; /* NULL: the same */
            uint64_t serial, origin;
            const char *method;
        };
        struct { /* Task.cancel()'s: what it was found to be done for, and on which task */
            struct request_cause cause;
            uint64_t task;
        };
    };
};

#define OPERATION_GREENLET_MODULE "greenlet"

/* There are greenlets in this process: from now on operations of different ones are told apart. */
void operation_expect_greenlets(void);

void operation_push(struct operation *operation);
void operation_pop(struct operation *operation);

/* The innermost of what runs here, NULL = none. */
const struct operation *operation_top(void);

/* What is to be said of a Task.cancel() (raises) or uncancel() that is called now, by this operation (NULL: by
 * none). */
void operation_cause(const struct operation *operation, bool raises, struct request_cause *ret_cause);

/* Code whose direct calls of uncancel(), and those of cancel() where it raises too, have a source of their own:
 * asyncio.Runner's. Takes the function's code object, which it keeps. */
void operation_add_caller(PyObject *function, bool raises, enum request_source source);
/* Whether it is such code that calls cancel() now: in the middle of whatever operation, it is no part of that. */
bool operation_is_called_apart(void);

#endif
