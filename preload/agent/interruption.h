/* SPDX-License-Identifier: MIT */
/*
 * What runs in the middle of a scope's method without being a part of it: the program's signal handlers, and what
 * the garbage collector calls. A Task.cancel() that these make is nobody's but theirs.
 *
 * Runs in: the target, GIL held, inside py_work_begin/end.
 */
#ifndef SCOPETRACE_AGENT_INTERRUPTION_H
#define SCOPETRACE_AGENT_INTERRUPTION_H

#include "preload/agent/operation.h"

/* Whether one of that many frames of this thread, innermost first, is one of these. A few microseconds where it is
 * not: to be asked only where there is something to doubt. */
bool interruption_is_within(uint32_t frames);

/* Whether it runs in the middle of this operation of a scope. Where the provider's own code is what runs, this
 * takes a look at one frame. */
bool interruption_is_of(const struct operation *operation);

#endif
