/* SPDX-License-Identifier: MIT */
/*
 * What was there before the session: live tasks, the scopes that they are in.
 *
 * Runs in: the target, GIL held, inside py_work_begin/end.
 */
#ifndef SCOPETRACE_AGENT_STATEDUMP_H
#define SCOPETRACE_AGENT_STATEDUMP_H

#include <stdbool.h>

/* Whether there is anything to dump: an event loop runs. */
bool statedump_is_mid_life(void);

/* Announces the live tasks and the scopes that are open in them. */
void statedump_emit(void);

#endif
