/* SPDX-License-Identifier: MIT */
/*
 * The tasks that are alive, wherever this version of asyncio keeps them.
 *
 * Runs in: the target, GIL held, inside py_work_begin/end.
 */
#ifndef SCOPETRACE_AGENT_LIVE_TASKS_H
#define SCOPETRACE_AGENT_LIVE_TASKS_H

#include "preload/agent/python_api.h"

/* A list of tasks that are not done, without repetition: new, NULL when there is none. From 3.14 on only
 * those of the loop that runs on this thread. */
PyObject *live_tasks(void);

#endif
