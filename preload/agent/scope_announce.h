/* SPDX-License-Identifier: MIT */
/*
 * Announcing scopes: the scope_enter of an entry, now or later than it happened, after those of what encloses it.
 * Recorded lazily a scope is announced once something concerns it; while an announcement (announcement.h) is under
 * way, that is so however scopes are recorded.
 *
 * Runs in: the target, GIL held, inside py_work_begin/end.
 */
#ifndef SCOPETRACE_AGENT_SCOPE_ANNOUNCE_H
#define SCOPETRACE_AGENT_SCOPE_ANNOUNCE_H

#include "preload/agent/emit.h"
#include "preload/agent/identity.h"
#include "preload/agent/recording.h"
#include "preload/agent/seldom.h"

static inline bool scope_announce_is_lazy(void)
{
    return emit_flags() & CONTROL_LAZY_SCOPES;
}

static inline bool scope_is_announced(const struct scope *scope)
{
    return scope->announced == recording_generation;
}

/* The scope_enter of this entry, alone. entered_ns: when that was, if it is not now (0). */
void scope_announce_entry(struct scope *scope, bool statedump, uint64_t entered_ns);

/* An open scope and what encloses it, outermost first, as far as they are not announced. */
void scope_announce(struct scope *scope);

/* The same before an event that concerns the scope; nothing where each scope is announced when it is entered. */
APART void scope_announce_first(struct scope *scope);
/* And of the open scopes of a task. */
void scope_announce_open(const struct task *task);

/* Once more; all: also when the session has not heard of it. */
void scope_announce_again(struct scope *scope, bool all);
/* And of those open scopes of a task that the session has heard of. */
void scope_announce_those_of(const struct task *host);

#endif
