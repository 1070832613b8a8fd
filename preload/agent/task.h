/* SPDX-License-Identifier: MIT */
/*
 * What is said of tasks: their birth and end, and every change of their counter.
 *
 * Runs in: the target, GIL held, inside py_work_begin/end.
 */
#ifndef SCOPETRACE_AGENT_TASK_H
#define SCOPETRACE_AGENT_TASK_H

#include "preload/agent/identity.h"
#include "preload/agent/task_class.h"

/* The task's record, announced in this session (task_seen if its birth was missed). NULL: not a task. */
struct task *task_announced(PyObject *object);
/* The task that runs on this thread, announced; NULL = none. And its serial, 0 = none. */
struct task *task_current(void);
uint64_t task_current_serial(void);

/* Reads it. */
uint32_t task_counter(struct task *task, PyObject *object);

/* Emits what was held back. Called before any other event that concerns the task; NULL allowed. */
void task_flush(struct task *task);
void task_flush_all(void);

/* Whether an event about it is to come, or may be, without which what was said of it would be wrong. */
bool task_is_involved(const struct task *task);
/* Tells once more of a task that the session knows, and of which that has not been told yet: one that is not done,
 * or has left scopes open; of another that it is done. involved: if it has open requests or scopes. Whether it was
 * told as a whole. */
bool task_say_again(struct task *task, bool involved);

/* task_name, if it is not what was said last. */
void task_say_name(struct task *task, PyObject *object);
/* The same of the task that runs on this thread: before an event that says what it did. */
void task_say_current_name(void);
/* task_done; the watch is over. */
void task_say_done(struct task *task, PyObject *object);
/* The same for all that are done and live on: somebody keeps them, as AnyIO does with one that left a scope open.
 * What was held back of the others is emitted, too. */
void task_say_done_all(void);
/* task_end for what is still open; returns how many. */
uint32_t task_say_open(void);

/* Whether the end of this task will be told to identity_end_task(): its class is hooked, and no subclass that has
 * a finalizer of its own. */
bool task_end_is_heard(PyObject *object);

/* Birth and end of a task whose class says neither itself (Trio's). A task of which nothing was heard is of no
 * interest at its end. */
void task_born(PyObject *object, PyObject *coroutine);
void task_over(PyObject *object, enum task_how how);
/* Gives up the records of such tasks: nobody will say when they end. */
void task_forget_silent(void);

/* Puts the hooks on a class: methods, birth and end, subclasses that exist. 0 or -1. */
int task_hook_class(struct task_class *class, bool native);
/* Takes out what was put into slots; the methods are hook_registry's. */
void task_unhook_class(const struct task_class *class);

#endif
