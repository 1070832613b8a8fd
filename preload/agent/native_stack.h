/* SPDX-License-Identifier: MIT */
/*
 * The native stack of this thread, as addresses. The objects that they lie in are announced as `library` events:
 * LTTng's own dump of them happens once, when the agent is loaded, before most extension modules are.
 *
 * Runs in: the target, GIL held, inside py_work_begin/end.
 */
#ifndef SCOPETRACE_AGENT_NATIVE_STACK_H
#define SCOPETRACE_AGENT_NATIVE_STACK_H

#include <stdint.h>

#define NATIVE_STACK_DEPTH 64u

/* Fills in the addresses, innermost first, the agent's own frames left out. Returns their number.
 * Emits: before the event that they are for. */
uint32_t native_stack(uint64_t addresses[static NATIVE_STACK_DEPTH]);

#endif
