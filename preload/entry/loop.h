/* SPDX-License-Identifier: MIT */
/*
 * Event loops as the entry sees them: the calls that make one, and the one that each iteration makes.
 *
 * Runs in: the target.
 */
#ifndef SCOPETRACE_ENTRY_LOOP_H
#define SCOPETRACE_ENTRY_LOOP_H

#include <stdint.h>

/* Calls of epoll_wait and its kin by the calling thread, modulo 2^32. Any thread. */
uint32_t loop_tick(void);

#endif
