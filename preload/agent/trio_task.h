/* SPDX-License-Identifier: MIT */
/*
 * Trio's tasks: no counter, no methods of their own; its runner says when one is spawned and when it has exited.
 *
 * Runs in: the target, GIL held, inside py_work_begin/end.
 */
#ifndef SCOPETRACE_AGENT_TRIO_TASK_H
#define SCOPETRACE_AGENT_TRIO_TASK_H

#include "preload/agent/python_api.h"

/* Hooks Trio's runner if it is imported. True: nothing is left to do, or nothing can be done. */
bool trio_task_hook(void);

/* The hooks of all classes were removed: trio_task_hook() is to put them there again. */
void trio_task_unhook(void);

/* The tasks of the run that is going on in this thread, a set: new, NULL = none. */
PyObject *trio_task_all(void);

/* Calls visit for each scope that the task is in, outermost first. Nothing for a task that is not Trio's. */
void trio_task_each_scope(PyObject *task, void (*visit)(PyObject *scope, PyObject *task));

#endif
