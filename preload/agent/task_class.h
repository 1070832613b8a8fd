/* SPDX-License-Identifier: MIT */
/*
 * The kinds of task: the two implementations of asyncio.Task, `_asyncio.Task` (C) and `asyncio.tasks._PyTask`,
 * and Trio's, which has no counter and no methods to ask. What is asked of a task is asked of the base class's own
 * methods, never of a subclass's.
 *
 * Runs in: the target, GIL held, inside py_work_begin/end.
 */
#ifndef SCOPETRACE_AGENT_TASK_CLASS_H
#define SCOPETRACE_AGENT_TASK_CLASS_H

#include "preload/agent/python_api.h"
#include "tracepoints/values.h"

/* A method without arguments. */
struct task_method {
    PyObject *object;   /* owned; NULL: the class has none such */
    PyCFunction direct; /* what it calls when it is C's own; NULL: call that */
};

struct task_class {
    PyTypeObject *type; /* owned; NULL = not there */
    bool hooked;
    struct task_method cancelling, done, cancelled, get_name;
    PyObject *get_coro; /* owned; NULL: likewise; for task_class_coroutine() */
    PyObject *coro;     /* owned: what reads `_coro`, where that must be asked instead; NULL: it need not */
    initproc original_init;
    destructor original_finalize;
};

/* The class that this object is an instance of; NULL: none. */
const struct task_class *task_class_of(PyObject *object);

/* The cancellation counter; 0 when it cannot be read. */
uint32_t task_class_counter(const struct task_class *class, PyObject *task);

/* New; NULL: it has none, as one that was done when its eager start was over. */
PyObject *task_class_coroutine(const struct task_class *class, PyObject *task);

/* False: it is no task, or one whose constructor has not run yet, or failed: whoever cancels it by then cancels
 * nothing. Or one that was done when its eager start was over. To ask it for its name is the process's death up to
 * 3.12. */
bool task_class_is_initialized(PyObject *object);

bool task_class_done(const struct task_class *class, PyObject *task);
enum task_how task_class_how(const struct task_class *class, PyObject *task);

/* Copies the name of the type of what the task failed with; "": it did not fail, nor was it cancelled. Returns
 * buffer. */
const char *task_class_error(const struct task_class *class, PyObject *task, char *buffer, size_t size);

/* Copies the name; does not disturb the numbering of unnamed tasks. */
const char *task_class_name(const struct task_class *class, PyObject *task, char *buffer, size_t size);

/* The coroutine's qualname. */
const char *task_class_coroutine_name(PyObject *coroutine, char *buffer, size_t size);

/* Finds the classes in asyncio.tasks and installs what task.c wants on them. True: all that will ever be
 * there is hooked. */
bool task_class_hook(void);
/* Makes Trio's Task class known. False: it is not what we know. */
bool task_class_add_trio(PyObject *type, PyObject *get_name, PyObject *get_coro, PyObject *run_context);
/* Takes out what was put into slots; the methods are hook_registry's. */
void task_class_unhook(void);
/* At the interpreter's end: the classes are its own again. */
void task_class_let_go(void);

#endif
