/* SPDX-License-Identifier: MIT */
/*
 * What was there before the session: live tasks, the scopes that they are in.
 *
 * There may be a hundred thousand of them, and the program waits meanwhile. So they are told piece by piece, each
 * task with its scopes; one that an event is to speak of before its turn is told then. Of such a task, if it runs,
 * only AnyIO says which scopes it is in: those of others are found when they are left.
 *
 * Runs in: the target, GIL held, inside py_work_begin/end.
 */
#ifndef SCOPETRACE_AGENT_STATEDUMP_H
#define SCOPETRACE_AGENT_STATEDUMP_H

#include <stdbool.h>

#include "preload/agent/identity.h"

/* Takes down which tasks are to be told; what was left of others is dropped. Whether there is anything to tell. */
bool statedump_collect(void);

/* Announces the next task and the scopes that are open in it. False: there is none left. */
bool statedump_next(void);

/* Whether some are left. */
bool statedump_is_pending(void);

/* What is left is not told any more. Outside py_work, too. */
void statedump_drop(void);

/* The task has just been announced, since an event is to speak of it: its scopes follow, if they are not told yet.
 */
void statedump_meet(struct task *task, PyObject *object);

#endif
