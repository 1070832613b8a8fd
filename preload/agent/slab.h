/* SPDX-License-Identifier: MIT */
/*
 * Records that come from a pool and are never freed: a slab of them at a time, as a list of free ones.
 *
 * Runs in: the target, any thread.
 */
#ifndef SCOPETRACE_AGENT_SLAB_H
#define SCOPETRACE_AGENT_SLAB_H

#include <stddef.h>

#include "preload/agent/seldom.h"

/* A list of so many zeroed records, the first one returned; link: where in a record the pointer to the next one
 * is. NULL: no memory. */
SELDOM void *slab_new(size_t count, size_t record, size_t link);

#endif
