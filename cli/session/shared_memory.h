/* SPDX-License-Identifier: MIT */
/*
 * LTTng-UST leaves a page per user in /dev/shm (lttng-ust-wait-*), on which processes without a daemon wait for
 * one. It is made again when missing.
 *
 * Runs in: the session keeper, with SIGIO blocked.
 */
#ifndef SCOPETRACE_SESSION_SHARED_MEMORY_H
#define SCOPETRACE_SESSION_SHARED_MEMORY_H

/* Removes those of ours that no process has open or mapped. */
void shared_memory_sweep(void);

#endif
