/* SPDX-License-Identifier: MIT */
/*
 * One recording after the other: notices that a session began and has everything that its trace needs
 * announced anew. Holds what is per process: armed or not, the end at exit.
 *
 * Runs in: the target, GIL held unless it says otherwise.
 */
#ifndef SCOPETRACE_AGENT_RECORDING_H
#define SCOPETRACE_AGENT_RECORDING_H

#include <stdbool.h>
#include <stdint.h>

/* Whether the hooks are to do anything at all. Any thread, no GIL. */
extern bool recording_armed;

/* The announcement that events refer to: emit_generation() when it was last looked at. */
extern uint32_t recording_generation;

/* The first of the session's: what was announced since, in this number or a higher one, the trace knows, if it
 * still holds that. */
extern uint32_t recording_since;

static inline bool recording_knows(uint32_t announced)
{
    return announced != 0 && announced >= recording_since;
}

/* The test at the door of each hook: armed, and recorded by a session, whose beginning is announced first if
 * this is its first event. Hooks providers that were imported by a way that the import finder does not see. */
bool recording_wants_event(void);

/* Announces runtime, packages, providers, live tasks and scopes if a session began since. */
void recording_catch_up(void);

/* The same while the loop has nothing else to do. */
void recording_tell(void);

/* Has the interpreter call us at exit, once. 0, or -1 with no exception set. */
int recording_setup(void);

#endif
