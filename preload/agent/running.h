/* SPDX-License-Identifier: MIT */
/*
 * What runs on this thread: asyncio's event loop and task, or Trio's task.
 *
 * Runs in: the target, GIL held. Each hooked call asks; where the answer is C's own, no Python code and no call of
 * the interpreter is in between.
 */
#ifndef SCOPETRACE_AGENT_RUNNING_H
#define SCOPETRACE_AGENT_RUNNING_H

#include "preload/agent/python_api.h"

/* The task that runs, asyncio's before Trio's: new, NULL = none. */
PyObject *running_task(void);
/* The same of Trio's alone. */
PyObject *running_task_of_trio(void);

/* Whether running_task() runs no Python code to find out. */
extern bool running_is_plain;

/* The event loop that runs: new, NULL = none. */
PyObject *running_loop(void);

/* Finds the functions to ask, once asyncio.tasks has been imported. Inside py_work_begin/end. */
void running_setup(PyObject *tasks_module);
/* Trio's threading.local, whose `task` is the one that runs. */
void running_setup_trio(PyObject *context);
/* Lets go of the modules: nothing runs from now on. */
void running_let_go(void);

#endif
