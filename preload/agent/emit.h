/* SPDX-License-Identifier: MIT */
/*
 * Emission: the one way from the hooks into the ring buffer. `emit_task_cancel(&event)` and so on, one
 * function per event of the schema.
 *
 * Runs in: the target, GIL held. Never blocks (unless the session asked for it), never allocates, keeps
 * errno. Fills in `common`; the hooks fill in the rest. Strings are borrowed for the call.
 */
#ifndef SCOPETRACE_AGENT_EMIT_H
#define SCOPETRACE_AGENT_EMIT_H

#include <stdbool.h>

#include "preload/bridge.h"
#include "tracepoints/events.h"

/* Whether a session records our events right now: one load, for the fast path of each hook. */
bool emit_enabled(void);

#define EMIT_FUNCTION(event) void emit_##event(struct st_##event *event);
SCOPETRACE_EVENTS(EMIT_FUNCTION)

/* That `emit_task_cancel(&event)` and so on will be called in a moment. Costs less than it saves where that comes
 * true. */
#define EMIT_EXPECT_FUNCTION(event) void emit_expect_##event(void);
SCOPETRACE_EVENTS(EMIT_EXPECT_FUNCTION)

/* Binds the emission to this process; entry may be NULL (attached without the preload). */
void emit_setup(const struct bridge_entry *entry);

/* The calling thread's event-loop iteration count; 0 where nobody counts. */
uint32_t emit_tick(void);
/* Counts one on the calling thread, which the entry does not see. */
void emit_count_tick(void);

/* Of the calling thread. */
uint32_t emit_thread(void);

/* The session's settings (enum control_flag); the defaults of attach without a control file. */
uint32_t emit_flags(void);

/* The scope classes that the user described; NULL: none. */
const struct control_classes *emit_classes(void);

/* Changes whenever what is there must be announced: a session began, a flight recorder turned, or the command
 * raised the epoch. */
uint32_t emit_generation(void);
/* Whether a session records us, as emit_generation() found it when it was `known`: a few loads. */
bool emit_goes_on(uint32_t known);
/* Of these, the sessions; and the epoch. As emit_generation() found them. */
uint32_t emit_session(void);
uint32_t emit_epoch(void);
/* A session has begun to be told; who waits for that sees by announcement_pending what is still to come. */
void emit_begun(void);
/* The announcement gets on; and the one that this epoch asked for is over, and took so many bytes. */
void emit_progress(void);
void emit_answer(uint32_t to_epoch, uint32_t bytes);

/* CONTROL_CONDITIONS of them; NULL: none. Any thread. */
struct control_alarm *emit_alarms(void);

#endif
