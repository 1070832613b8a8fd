/* SPDX-License-Identifier: MIT */
/*
 * Event loops as the entry sees them: the calls that make one, and the one that each iteration makes.
 *
 * Runs in: the target.
 */
#ifndef SCOPETRACE_ENTRY_LOOP_H
#define SCOPETRACE_ENTRY_LOOP_H

#include <stdint.h>

/* Iterations of the calling thread's loops, modulo 2^32: calls of epoll_wait and its kin by an interpreter or a
 * loop that is known, since the agent is there, and what loop_count() added. Any thread. */
uint32_t loop_tick(void);
void loop_count(void);

#endif
