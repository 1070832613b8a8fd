/* SPDX-License-Identifier: MIT */
/*
 * The agent, as the interposed functions find it.
 *
 * Runs in: the target, any thread, in signal handlers, between fork and exec.
 */
#ifndef SCOPETRACE_INTERPOSED_PUBLISHED_H
#define SCOPETRACE_INTERPOSED_PUBLISHED_H

#include <stddef.h>

#include "preload/bridge.h"

extern const struct bridge_agent *published;

/* NULL while it is not there: the answer in every process but those being traced. */
static inline const struct bridge_agent *published_agent(void)
{
    return __atomic_load_n(&published, __ATOMIC_ACQUIRE);
}

/* It is there, for good. */
static inline void published_set(const struct bridge_agent *agent)
{
    __atomic_store_n(&published, agent, __ATOMIC_RELEASE);
}

#endif
