/* SPDX-License-Identifier: MIT */
/*
 * What the agent did not expect. A program is never made to suffer for it: the agent says so and looks away.
 *
 * Runs in: the target, GIL held. Neither allocates nor raises; keeps errno.
 */
#ifndef SCOPETRACE_AGENT_SURPRISE_H
#define SCOPETRACE_AGENT_SURPRISE_H

#include <stdbool.h>

/* What would be recorded from now on would be wrong: nothing more is recorded in this process until it is armed
 * again. One `agent_error` says why (one line, static storage); the first surprise counts. */
void surprise(const char *what);

/* The surprise since the last surprise_forget(); NULL: none. */
const char *surprise_found(void);
void surprise_forget(void);

/* Less is recorded than might be: one `agent_notice`, a sentence without its full stop. */
void surprise_notice(const char *what);

#endif
