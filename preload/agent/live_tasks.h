/* SPDX-License-Identifier: MIT */
/*
 * The tasks that are alive, wherever this version of asyncio keeps them.
 *
 * Runs in: the target, GIL held, inside py_work_begin/end.
 */
#ifndef SCOPETRACE_AGENT_LIVE_TASKS_H
#define SCOPETRACE_AGENT_LIVE_TASKS_H

#include "preload/agent/python_api.h"

/* A list of weak references to tasks, some of which may be done, gone, or there more than once: new, NULL when
 * there is none. It is made while the program waits, so nothing is asked of a task. From 3.14 on it has only those
 * of the loops that run. */
PyObject *live_tasks(void);

#endif
