/* SPDX-License-Identifier: MIT */
/*
 * Tasks with an open direct request: looked at each tick, so that `task_done` tells a worker that returns at
 * once when cancelled from one that swallowed the request and ran on, and `task_look` one that is still cleaning
 * up. Of those that another task's scope cancels, as a group does its children, `task_done` alone: the program may
 * keep them when they are done, and die.
 *
 * Runs in: the target, GIL held.
 */
#ifndef SCOPETRACE_AGENT_WATCH_H
#define SCOPETRACE_AGENT_WATCH_H

#include <stdbool.h>
#include <stdint.h>

#include "preload/agent/python_api.h"

struct task;

void watch_add(struct task *task);
/* Whether it is done is all that is looked for, unless it is watched. */
void watch_add_end(struct task *task);
/* Nothing happens when the task is neither. */
void watch_remove(struct task *task);

/* None is any more. */
void watch_forget(void);

/* Non-zero while there is one to look at. Any thread, no GIL. */
extern uint32_t watch_count;

/* The task that runs, cancelled, waits for the children of a group in a coroutine of this code, which lets the
 * error out when they have ended: emits task_look in the next look, if it is there then, and another one when it
 * has left that. */
void watch_group_wait(struct task *task, PyObject *code);

/* Called once per tick: emits task_done for those that ended. Inside py_work_begin/end. */
void watch_look(void);

/* The loop is about to sleep, for however long: emits task_done for those that ended in its last turn, if they are
 * not too many. No look of a tick's. Inside py_work_begin/end. */
void watch_settle(void);

/* Emits task_look for a task that is not done, if it is watched and can be told: what it is at when nobody will
 * look again, or when a reader who has not seen the events before begins. Inside py_work_begin/end. */
void watch_say(const struct task *task, PyObject *object);
/* The same for some hundreds of them, those watched last: of the others no more is known than what was told
 * before. */
void watch_say_newest(void);

#endif
