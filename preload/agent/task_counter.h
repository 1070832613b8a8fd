/* SPDX-License-Identifier: MIT */
/*
 * Every change of a task's cancellation counter: Task.cancel() and Task.uncancel().
 *
 * Runs in: the target, GIL held, not inside py_work_begin/end.
 */
#ifndef SCOPETRACE_AGENT_TASK_COUNTER_H
#define SCOPETRACE_AGENT_TASK_COUNTER_H

#include "preload/agent/hook.h"

struct task;

/* The `around` of cancel() and uncancel(); owner and point are not used. */
PyObject *task_counter_around_cancel(struct hook *hook, PyObject *const *args, size_t nargsf, PyObject *kwnames);
PyObject *task_counter_around_uncancel(struct hook *hook, PyObject *const *args, size_t nargsf, PyObject *kwnames);

/* Emits what is held back of a run of cancels that are all the same; the run goes on. Inside py_work_begin/end. */
SELDOM void task_counter_tell(struct task *task);

#endif
