/* SPDX-License-Identifier: MIT */
#include "preload/agent/scope_announce.h"

#include "preload/agent/announcement.h"
#include "preload/agent/trace_tree.h"
#include "preload/agent/wall_clock.h"

/* How many tasks up the announcement of a scope's ancestors goes. */
#define ANCESTOR_DEPTH 32u

/* Once more, to those who have not heard it. */
static SELDOM void say_cancel_again(const struct scope *scope)
{
    struct st_scope_cancel event = {.how = (uint8_t)scope->cancelled.how,
                                    .stack = trace_tree_announce(scope->cancelled.stack),
                                    .scope = scope->serial,
                                    .by_task = scope->cancelled_by,
                                    .cancelled_ns = scope->cancelled_ns};

    if (scope->cancelled_ns)
        emit_scope_cancel(&event);
}

OFTEN void scope_announce_entry(struct scope *scope, bool statedump, uint64_t entered_ns)
{
    bool cancelled = UNLIKELY(scope->cancel_said) && recording_knows(scope->announced);
    struct st_scope_enter event = {.statedump = statedump,
                                   .shield = scope->shield,
                                   .cancelled = scope->cancelled_before || cancelled,
                                   .entry = scope->entry,
                                   .provider = scope->state->number,
                                   .counter = scope->enter_counter,
                                   .stack = trace_tree_announce(scope->enter_stack),
                                   .scope = scope->serial,
                                   .task = scope->host_serial,
                                   .parent_scope = scope->parent_serial,
                                   .entered_ns = entered_ns,
                                   .deadline = scope->deadline};

    scope->announced = recording_generation;
    emit_scope_enter(&event);
    if (UNLIKELY(cancelled))
        say_cancel_again(scope);
}

static void announce_host_scopes(const struct task *host, unsigned depth);

/* What encloses a scope on other tasks, `depth` of them up. */
static void announce_parent(const struct scope *scope, unsigned depth)
{
    const struct scope *parent = scope->parent;

    if (depth && parent && parent->serial == scope->parent_serial && parent->host != scope->host &&
        identity_host(parent))
        announce_host_scopes(identity_host(parent), depth - 1);
}

/* A scope with what encloses it on its own task and on others, outermost first. Programs nest without end: the way
 * out and back is no recursion. */
static void announce(struct scope *scope, unsigned depth)
{
    struct scope *next = NULL;

    for (struct scope *each = scope; each && each->open && !scope_is_announced(each);
         each = identity_host(each) ? each->outer : NULL)
        next = each;
    for (; next; next = next == scope ? NULL : next->inner) {
        announce_parent(next, depth);
        if (scope_is_announced(next))
            continue;
        if (!next->entered_ns)
            next->entered_ns = wall_clock_ns();
        scope_announce_entry(next, next->found_open, next->entered_ns);
    }
}

APART void scope_announce(struct scope *scope)
{
    announce(scope, ANCESTOR_DEPTH);
}

void scope_announce_again(struct scope *scope, bool all)
{
    bool known = recording_knows(scope->announced);

    if (all || known)
        scope_announce(scope);
}

void scope_announce_those_of(const struct task *host)
{
    for (struct scope *scope = host->innermost; scope; scope = scope->outer)
        scope_announce_again(scope, false);
}

static void announce_host_scopes(const struct task *host, unsigned depth)
{
    if (host->innermost)
        announce(host->innermost, depth);
}

void scope_announce_open(const struct task *task)
{
    if (scope_announce_is_lazy() || announcement_is_pending())
        announce_host_scopes(task, ANCESTOR_DEPTH);
}

void scope_announce_first(struct scope *scope)
{
    if (scope_announce_is_lazy() || announcement_is_pending())
        scope_announce(scope);
}
