/* SPDX-License-Identifier: MIT */
/*
 * Scopes: enters, exits, and how long an exited one is remembered.
 *
 * Runs in: the command. Internal to analyzer/core and analyzer/rules.
 */
#ifndef SCOPETRACE_CORE_SCOPES_H
#define SCOPETRACE_CORE_SCOPES_H

#include "analyzer/core/model.h"

static inline struct scope *scope_hold(struct scope *scope)
{
    scope->refs++;
    return scope;
}
/* A GDestroyNotify; NULL is accepted. */
void scope_release(void *scope);

/* NULL: id 0, or not known. */
static inline struct scope *scope_find(const struct world *world, struct scope_id id)
{
    return serial_table_find(&world->scopes, id.serial);
}
/* The newest entry of this scope; makes one that is not entered when it is not known. NULL: id 0. */
struct scope *scope_get(struct world *world, struct scope_id id);

/* What enclosed it when it was entered; NULL: nothing, or not known any more. */
struct scope *scope_outer(const struct world *world, const struct scope *scope);

/* Takes an entry into the world and into its host's open scopes. NULL: id 0, or announced before. */
struct scope *scope_enter(struct world *world, const struct event_scope_enter *event);

/* Takes in one that had been left before the trace began. NULL: id 0, or this entry or a later one is known. */
struct scope *scope_past(struct world *world, const struct event_scope_past *event);

/* The entry is over: out of its host's open scopes, remembered for late events. */
void scope_close(struct world *world, struct scope *scope);

/* Those that the task has open, outermost first: borrowed, as long as none of them is closed. Free the array. */
GPtrArray *scopes_open_on(const struct task *host);
/* They stay open, without a host. */
void scopes_leave_host(struct task *host);

/* Some more scopes than these will be left soon: what the last of them will push out is fetched. */
void scopes_expect_exit(const struct world *world, uint32_t exits);

/* The next step, when that has arrived, for so many in all. */
void scopes_expect_names(const struct world *world, uint32_t exits);

/* Lets go of all scopes. No task may be left. */
void scopes_forget_all(struct world *world);

/* Its host is over and it was not exited: an exit may still come, from another task. */
void scope_orphan(struct world *world, struct scope *scope, const struct task *host);

/* Whether the host of a scope that was closed elsewhere was thrown away with it, while it was pending: the
 * collector closes a task's coroutine first, and calls it from whatever task runs. */
bool scope_was_swept(const struct scope *scope, const struct task *host);

/* Traits of its provider; 0 when unknown. */
uint32_t scope_traits(const struct scope *scope);
/* "anyio.CancelScope", or "scope" when unknown. Borrowed. */
const char *scope_kind(const struct scope *scope);

/* Whether its entry or what happened in it may have been missed. */
bool scope_uncertain(const struct world *world, const struct scope *scope);

/* Whether the scope was entered before that moment. */
bool scope_entered_before(const struct scope *scope, const struct mark *moment);

/* Whether the cancellation of a group on another task reaches it: the whole task is on its way out. */
bool scope_is_cancelled_from_outside(const struct scope *scope);

/* Whether inner was entered after outer on the same host. */
bool scope_encloses(const struct scope *outer, const struct scope *inner);

#endif
