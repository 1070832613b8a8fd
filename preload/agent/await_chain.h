/* SPDX-License-Identifier: MIT */
/*
 * What a suspended task waits for: its coroutine, what that awaits, and so on inwards.
 *
 * Runs in: the target, GIL held, inside py_work_begin/end. Runs none of the program's code.
 */
#ifndef SCOPETRACE_AGENT_AWAIT_CHAIN_H
#define SCOPETRACE_AGENT_AWAIT_CHAIN_H

#include <stdint.h>

#include "preload/agent/python_api.h"
#include "preload/agent/task_class.h"
#include "tracepoints/values.h"

/* Calls visit for the task's coroutine and each awaitable behind it, outermost first: borrowed. */
void await_chain_each(const struct task_class *class, PyObject *task,
                      void (*visit)(PyObject *awaitable, void *data), void *data);

/* Whether the task is in the middle of a step: what it is at cannot be seen then. */
bool await_chain_is_running(const struct task_class *class, PyObject *task);

/* The frame in which a coroutine or generator is suspended: new, NULL = it has none. */
PyObject *await_chain_frame(PyObject *coroutine);

/* Where the task waits: a node of the trace tree, 0 = unknown. It takes each frame, which audit hooks hear of, and
 * which makes an object of it: for what is alive when recording begins. */
uint32_t await_chain_stack(const struct task_class *class, PyObject *task);
/* The same of its functions, each at the line of its definition; nothing hears of that. */
uint32_t await_chain_functions(const struct task_class *class, PyObject *task);

/* Whether it is suspended in a coroutine of that code. */
bool await_chain_has(const struct task_class *class, PyObject *task, PyObject *code);

/* Whether code that the task is suspended in deals with an exception, or keeps one for later. */
enum task_handling await_chain_handling(const struct task_class *class, PyObject *task);

/* What gc.get_referents() tells, of which audit hooks would hear: new, NULL = out of memory, or it has none. A
 * suspended frame shows its locals, its stack, and the exceptions that it deals with. */
PyObject *await_chain_referents(PyObject *object);

#endif
