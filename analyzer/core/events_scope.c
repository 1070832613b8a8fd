/* SPDX-License-Identifier: MIT */
/* Scopes: what entering, leaving, cancelling and delivering mean to the state. */
#include "analyzer/core/events.h"

#include <string.h>

#include "analyzer/core/analysis_internal.h"
#include "analyzer/core/findings.h"
#include "analyzer/core/scopes.h"
#include "analyzer/core/tree.h"
#include "analyzer/core/world.h"

/* What the enter method itself raised, of a TaskGroup that was cancelled before: it is not in the counter that was
 * read before the method ran. */
static uint32_t raised_on_entry(const struct task *host, struct scope_id scope)
{
    uint32_t units = 0;
    for (const struct request *request = host->first; request; request = request->next)
        if (request->deliverer && request->deliverer->id.serial == scope.serial && !request->deliverer->known)
            units += request->count;
    return units;
}

void handle_scope_enter(struct world *world, const struct event *event)
{
    const struct event_scope_enter *enter = &event->scope_enter;
    struct task *host = world_get_task(world, enter->task);
    if (host && host->over)
        return;
    bool now = !enter->statedump && !enter->entered_ns;
    if (host && now)
        task_agree(world, host, enter->counter + raised_on_entry(host, enter->scope));
    struct scope *scope = scope_enter(world, enter);
    if (!scope)
        return;
    world->mid_life |= scope->late;
    world->analysis->report.summary.scopes++;
    if (host) {
        tree_scope_entered(world, scope);
        if (now)
            host->last_tick = world->tick;
    }
    if (host && host->first)
        rules_enter(world, scope);
}

/* The innermost scope that is open though it was entered later than this one. */
static struct scope *inner_open(const struct world *world, const struct scope *scope)
{
    struct scope *other = scope->host ? scope->host->innermost : NULL;
    for (; other && other != scope; other = other->around)
        if (!scope_uncertain(world, other) && scope_encloses(scope, other))
            return other;
    return NULL;
}

static bool is_calm(const struct event_scope_exit *exit)
{
    switch (exit->outcome) {
    case EXIT_PROPAGATED:
        return exit->exception_in == EXIT_WITH_NONE;
    case EXIT_SWALLOWED:
    case EXIT_RAISED_TIMEOUT:
        return true;
    default:
        return false;
    }
}

static void judge_exit(const struct world *world, struct exit_facts *facts, const struct event_scope_exit *exit)
{
    struct scope *scope = facts->scope;
    bool other = exit->task.serial != scope->host_id.serial && scope->host_id.serial;
    bool closing = exit->exception_in == EXIT_WITH_GENERATOR_EXIT;
    facts->destroyed = other && closing && !exit->task.serial;
    facts->wrong_task = other && !facts->destroyed;
    facts->inner = inner_open(world, scope);
    facts->calm = !facts->wrong_task && !facts->destroyed && is_calm(exit);
    /* The scope refused to be left here: it stays what it was. */
    facts->stays_open = (facts->wrong_task || facts->inner) && exit->outcome == EXIT_RAISED_OTHER &&
                        (!*exit->raised || g_str_has_suffix(exit->raised, "RuntimeError"));
}

/* Nothing can be found at such an exit, nor at most exits: the task has nothing open, the scope is left where it
 * was entered and in its order, and no rule has noted anything on either. */
static bool is_quiet(const struct exit_facts *facts)
{
    const struct scope *scope = facts->scope;
    const struct task *host = facts->host;
    return host && !host->first && !host->stormy && !facts->wrong_task && !facts->destroyed && !facts->inner &&
           !scope->special;
}

/* The scope owns the mark from now on; the facts borrow it. */
static void record_exit(struct world *world, struct exit_facts *facts)
{
    struct scope *scope = facts->scope;
    mark_clear(&scope->exited);
    scope->exited = facts->mark;
    scope->counter_after = facts->after;
    scope->exception_in = facts->exception_in;
    scope->outcome = facts->outcome;
    scope->was_cancelled |= facts->cancel_called;
    if (!facts->stays_open)
        scope_close(world, scope);
}

void handle_scope_exit(struct world *world, const struct event *event)
{
    const struct event_scope_exit *exit = &event->scope_exit;
    struct scope *scope = scope_find(world, exit->scope);
    task_active(world, exit->task);
    if (!scope || !scope->open || scope->entry != exit->entry)
        return;
    struct exit_facts facts = {.scope = scope_hold(scope),
                               .host = scope->host,
                               .by = exit->task,
                               .before = exit->before,
                               .after = exit->after,
                               .exception_in = exit->exception_in,
                               .outcome = exit->outcome,
                               .cancel_called = exit->cancel_called,
                               .raised = exit->raised,
                               .mark = mark_now(world, exit->stack, exit->task)};
    judge_exit(world, &facts, exit);
    if (facts.host)
        task_agree(world, facts.host, exit->after);
    if (scope->special) {
        /* of a deadline that no Task.cancel() followed nobody heard */
        scope->was_cancelled |= exit->outcome == EXIT_RAISED_TIMEOUT;
        take_back_settle(world, scope);
    }
    record_exit(world, &facts);
    if (!is_quiet(&facts))
        rules_exit(world, &facts);
    /* Scopes that overlap without end must not keep each other. */
    if (scope->special && !facts.stays_open)
        g_clear_pointer(&scope->outlived_by, scope_release);
    tree_scope_exited(world, scope);
    scope_release(scope);
}

/* A group hears of its children from the event loop. What a task cancels in it has to do with the block, whose
 * end, or failure, cancels the children; or with a child that was started eagerly and failed at once. */
static const char *reason_of(const struct event_scope_cancel *cancel)
{
    switch (cancel->how) {
    case CANCEL_DEADLINE:
        return "deadline";
    case CANCEL_CHILD:
        return cancel->by_task.serial ? "its block or a child task ended with an exception"
                                      : "a child task failed";
    default:
        return NULL;
    }
}

/* "child Task-3 (fetch) failed with ValueError"; NULL: no child is to blame, or it is not known which. */
static char *blame_child(struct world *world, const struct event_scope_cancel *cancel)
{
    const struct task *child = cancel->child.serial ? world_find_task(world, cancel->child) : NULL;
    if (!child || !cancel->error || !*cancel->error)
        return NULL;
    g_autofree char *title = child->name ? task_title(child->name) : g_strdup("task");
    const char *coroutine = task_coroutine_beside(child->name, child->coroutine);
    GString *text = g_string_new("child ");
    g_string_append(text, title);
    if (coroutine)
        g_string_append_printf(text, " (%s)", coroutine);
    if (strcmp(cancel->error, "CancelledError") == 0)
        g_string_append(text, " was cancelled");
    else
        g_string_append_printf(text, " failed with %s", cancel->error);
    return g_string_free(text, FALSE);
}

static void cancel_scope(struct world *world, struct scope *scope, const struct event_scope_cancel *cancel)
{
    g_autofree char *child = blame_child(world, cancel);
    scope->was_cancelled = scope->special = true;
    scope->of_child = child != NULL;
    scope->cancelled = g_new0(struct mark, 1);
    mark_set(scope->cancelled, world, cancel->stack, cancel->by_task,
             child             ? child
             : *cancel->reason ? cancel->reason
                               : reason_of(cancel));
    if (cancel->cancelled_ns)
        scope->cancelled->time_ns = cancel->cancelled_ns;
}

void handle_scope_cancel(struct world *world, const struct event *event)
{
    const struct event_scope_cancel *cancel = &event->scope_cancel;
    struct scope *scope = scope_get(world, cancel->scope);
    if (!cancel->cancelled_ns)
        task_active(world, cancel->by_task);
    if (!scope)
        return;
    if (scope->cancelled) {
        struct mark again = mark_now(world, cancel->stack, cancel->by_task);
        if (!cancel->cancelled_ns)
            rules_cancel(world, scope, &again);
        mark_clear(&again);
        return;
    }
    cancel_scope(world, scope, cancel);
    tree_scope_cancelled(world, scope);
    rules_cancel(world, scope, scope->cancelled);
}

/* Told with a request that it left behind. */
void handle_scope_past(struct world *world, const struct event *event)
{
    const struct event_scope_past *past = &event->scope_past;
    struct scope *scope = scope_past(world, past);
    if (!scope)
        return;
    mark_set(&scope->entered, world, past->stack, past->task, NULL);
    scope->entered.time_ns = past->entered_ns;
    mark_set(&scope->exited, world, past->exit_stack, past->task, NULL);
    scope->exited.time_ns = past->exited_ns;
    if (past->cancelled_ns && !scope->cancelled)
        cancel_scope(world, scope,
                     &(struct event_scope_cancel){.how = past->how,
                                                  .stack = past->cancel_stack,
                                                  .by_task = past->cancelled_by,
                                                  .reason = "",
                                                  .cancelled_ns = past->cancelled_ns});
}

void handle_scope_deliver(struct world *world, const struct event *event)
{
    const struct event_scope_deliver *deliver = &event->scope_deliver;
    struct delivery delivery = {.scope = scope_get(world, deliver->scope),
                                .origin = scope_get(world, deliver->origin),
                                .task = world_find_task(world, deliver->task),
                                .repeat = deliver->repeat ? deliver->repeat : 1};
    if (!delivery.scope)
        return;
    if (!delivery.origin)
        delivery.origin = delivery.scope;
    mark_set(&delivery.mark, world, (struct stack_id){0}, (struct task_id){0}, NULL);
    rules_deliver(world, &delivery);
    mark_clear(&delivery.mark);
}
