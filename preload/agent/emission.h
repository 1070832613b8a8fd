/* SPDX-License-Identifier: MIT */
/*
 * What the emission knows of the process and of the session that records it, for the process side only.
 *
 * Runs in: the target.
 */
#ifndef SCOPETRACE_AGENT_EMISSION_H
#define SCOPETRACE_AGENT_EMISSION_H

#include <stdbool.h>

#include "preload/bridge.h"

/* GIL held, in a forked child: the events that follow are another process's, with a slot of its own. */
void emission_enter_process(void);

/* What bridge_agent promises. Any thread, no GIL. */
bool emission_session_changed(void);

/* Whether it is bound to this one (NULL: to none). */
bool emission_is_of(const struct bridge_entry *entry);

/* A session of an attach records besides the entry's own, if there is one: what either asks for is told, to both.
 * NULL: it is over. GIL held; nothing of it is kept. */
void emission_tell_also(const struct control *control);

/* This process's slot; where it has none, one that nobody reads. */
struct control_process *emission_slot(void);

#endif
