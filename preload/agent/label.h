/* SPDX-License-Identifier: MIT */
/*
 * The test that runs: PYTEST_CURRENT_TEST, else SCOPETRACE_LABEL, of this process's environment. A label event
 * says when it changed.
 *
 * Runs in: the target, GIL held.
 */
#ifndef SCOPETRACE_AGENT_LABEL_H
#define SCOPETRACE_AGENT_LABEL_H

#include <stdbool.h>

/* Emits the label if it is another than the last one said. Before each hooked call is recorded: findings are about
 * entries and exits, too. A few loads as long as nobody touches the environment. */
void label_say(void);

/* Whether label_say() would have nothing to say: these loads. */
bool label_is_said(void);

/* A new recording: what was said before, it does not know. */
void label_forget(void);

#endif
