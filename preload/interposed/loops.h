/* SPDX-License-Identifier: MIT */
/*
 * Event loops as the interposed functions see them: the calls that make one, and the one that each iteration
 * makes.
 *
 * Runs in: the target.
 */
#ifndef SCOPETRACE_INTERPOSED_LOOPS_H
#define SCOPETRACE_INTERPOSED_LOOPS_H

#include "preload/bridge.h"

/* See struct bridge_entry. Its `waits` are those of known loops since the agent is there, modulo 2^32. */
struct bridge_thread *loops_thread(void);

#endif
