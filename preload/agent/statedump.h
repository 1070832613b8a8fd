/* SPDX-License-Identifier: MIT */
/*
 * What was there before the session: live tasks, the scopes that they are in.
 *
 * Runs in: the target, GIL held, inside py_work_begin/end.
 */
#ifndef SCOPETRACE_AGENT_STATEDUMP_H
#define SCOPETRACE_AGENT_STATEDUMP_H

#include <stdbool.h>
#include <stdint.h>

#include "preload/agent/task_class.h"

/* Whether there is anything to dump: an event loop runs. */
bool statedump_is_mid_life(void);

/* Announces the live tasks and the scopes that are open in them. */
void statedump_emit(void);

/* Announces once more what this session has been told of and what is still there: tasks that have open requests or
 * scopes, those scopes, and, as far as a flight recorder's ring has room for that, the others. all: the scopes
 * that nothing has cancelled, too. */
void statedump_again(bool all);

/* Where a task waits: a node of the trace tree, 0 = unknown. */
uint32_t statedump_waiting_stack(const struct task_class *class, PyObject *task);

#endif
