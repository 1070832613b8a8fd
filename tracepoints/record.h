/* SPDX-License-Identifier: MIT */
/*
 * From a struct of the schema into the ring buffers of all sessions that record it: `record_scope_enter(&event)`
 * and so on. Byte for byte what LTTng's own probes write, but in one write instead of one per field, which costs
 * more than all else that they do.
 *
 * Runs in: the target, any thread. Neither allocates nor takes locks; does nothing when no session records.
 */
#ifndef SCOPETRACE_TRACEPOINTS_RECORD_H
#define SCOPETRACE_TRACEPOINTS_RECORD_H

#include "tracepoints/events.h"

/* Returns the bytes that it takes in a buffer, about. */
#define RECORD_FUNCTION(event) uint32_t record_##event(const struct st_##event *e);
SCOPETRACE_EVENTS(RECORD_FUNCTION)

/* To be called some 100 ns before record_scope_enter() and so on, if it will be: has what the last of these went
 * through fetched into the processor's first cache, which the program fills with its own otherwise. */
#define RECORD_EXPECT_FUNCTION(event) void record_expect_##event(void);
SCOPETRACE_EVENTS(RECORD_EXPECT_FUNCTION)

#endif
