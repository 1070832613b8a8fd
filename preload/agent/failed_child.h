/* SPDX-License-Identifier: MIT */
/*
 * Which child task it is that a group cancels itself for. The group's own code is what runs then: the function
 * that the event loop calls when a child is done (asyncio's TaskGroup._on_task_done, task_done in AnyIO's
 * TaskGroup._spawn), or what that calls. It was given the task.
 *
 * Runs in: the target, GIL held, inside py_work_begin/end. To be asked when a scope is cancelled, which is seldom.
 */
#ifndef SCOPETRACE_AGENT_FAILED_CHILD_H
#define SCOPETRACE_AGENT_FAILED_CHILD_H

#include <stdint.h>

#include "preload/agent/identity.h"

#define FAILED_CHILD_ERROR_BYTES 128u

struct failed_child {
    uint64_t task;                        /* announced, its name is known; 0: no child's end is behind it */
    char error[FAILED_CHILD_ERROR_BYTES]; /* the type's name; "CancelledError": it was cancelled */
};

/* What the cancel of this scope, which is under way on this thread, comes from. */
void failed_child_find(const struct scope *scope, struct failed_child *ret_child);

#endif
