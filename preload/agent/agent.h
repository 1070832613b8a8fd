/* SPDX-License-Identifier: MIT */
/*
 * The wall inside the agent: above it the process side (start, process, emit), below it the interpreter side
 * (hooks, identity, stacks, providers).
 *
 * Runs in: the target. The process side calls, the interpreter side implements. No function here lets a
 * Python exception out, and each keeps errno and the exception that is set. The GIL is held where it says so.
 */
#ifndef SCOPETRACE_AGENT_AGENT_H
#define SCOPETRACE_AGENT_AGENT_H

#include <stdbool.h>
#include <stdint.h>

/* GIL held. Checks that this interpreter can be traced, then installs the hooks. emit_setup() has run.
 * Returns 0, or -1 with nothing installed and the reason in agent_refusal(). Called once in a process that
 * the entry started; attach calls it again after a detach. */
int agent_arm(void);

/* GIL held. The opposite: emits what was held back, then puts every original method back, so that the program
 * runs as if we had never been there. Idempotent. After some hundred times the hooks stay in place and do
 * nothing: from 3.13 on a class that is changed too often stays slow for good. */
void agent_disarm(void);

/* GIL held, when the interpreter begins to end and nothing is recorded any more. Puts every original method back
 * and lets go of the program's modules, some of which keep their state for an interpreter that comes after. */
void agent_let_go(void);

/* Why agent_arm() returned -1: one line, no newline, static storage. NULL: it did not. */
const char *agent_refusal(void);

/* GIL held, after an epoll_wait of this thread. Looks at the watch list, begins a new statedump when
 * emit_generation() changed, looks for outstanding late imports. */
void agent_after_tick(void);

/* Whether agent_after_tick() has anything to do. Any thread, no GIL. */
bool agent_wants_tick(void);

/* The word behind agent_wants_tick(), non-zero = true: valid for the life of the process, read by the entry
 * without a lock after each epoll_wait. */
const uint32_t *agent_wants_tick_word(void);

/* GIL held, while the loop has nothing else to do: the next piece of what there is to tell, and agent_settle(). */
void agent_tell(void);

/* GIL held, before the loop sleeps, its tick being counted: which of the tasks that are watched are done. */
void agent_settle(void);

/* Non-zero: there is something to tell. As agent_wants_tick_word(). */
const uint32_t *agent_to_tell_word(void);

/* In a child made by fork, at once, where only what is safe in a signal handler is: the threads that are not there
 * any more have ended what they were at. */
void agent_forked(void);

/* GIL held, in a child made by fork, once LTTng is alive there again: a new process to the trace. Announces
 * runtime, providers, frames, live tasks and scopes anew. */
void agent_after_fork_in_child(void);

#endif
