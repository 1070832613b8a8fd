/* SPDX-License-Identifier: MIT */
/*
 * Event loops as the entry sees them: the calls that make one, and the one that each iteration makes.
 *
 * Runs in: the target.
 */
#ifndef SCOPETRACE_ENTRY_LOOP_H
#define SCOPETRACE_ENTRY_LOOP_H

#include "preload/bridge.h"

/* See struct bridge_entry. Its `waits` are those of known loops since the agent is there, modulo 2^32. */
struct bridge_thread *loop_thread(void);

#endif
