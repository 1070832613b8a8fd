/* SPDX-License-Identifier: MIT */
#include "preload/agent/scope_cancel.h"

#include <string.h>

#include "preload/agent/alarm.h"
#include "preload/agent/bypass.h"
#include "preload/agent/code_table.h"
#include "preload/agent/emit.h"
#include "preload/agent/failed_child.h"
#include "preload/agent/frames.h"
#include "preload/agent/raised.h"
#include "preload/agent/scope_announce.h"
#include "preload/agent/seldom.h"
#include "preload/agent/task.h"
#include "preload/agent/trace_tree.h"
#include "preload/agent/wall_clock.h"
#include "preload/agent/watch.h"

#define REASON_BYTES 512u

bool scope_is_cancelled(const struct scope *scope)
{
    const struct attribute *cancelled = &scope->state->cancelled;

    if (!cancelled->name)
        return scope->cancel_said;
    return provider_has_places(scope->state, scope->object)
               ? attribute_is_true(attribute_in_place(cancelled, scope->object))
               : attribute_true(cancelled, scope->object);
}

static SELDOM void say_delivery(struct scope *scope)
{
    const struct task *host = identity_host(scope);
    struct st_scope_deliver event = {.repeat = scope->deliver_held,
                                     .scope = scope->serial,
                                     .origin = scope->deliver_origin,
                                     .task = host ? host->serial : 0};

    emit_scope_deliver(&event);
    scope->deliver_held = 0;
}

void scope_flush_deliveries(struct scope *scope)
{
    if (scope->deliver_held)
        say_delivery(scope);
}

static void remember_cancel(struct scope *scope, const struct st_scope_cancel *event)
{
    scope->deliver_total = 0;
    scope->cancel_said = true;
    scope->cancelled_ns = wall_clock_ns();
    scope->cancelled_by = event->by_task;
    scope->cancelled = (struct tables_cancel){.stack = event->stack, .how = event->how};
}

static void say_cancel(struct scope *scope, enum cancel_how how, const char *method, PyObject *reason)
{
    char text[REASON_BYTES];
    struct failed_child child;
    struct st_scope_cancel event = {.how = (uint8_t)how,
                                    .scope = scope->serial,
                                    .by_task = task_current_serial(),
                                    .method = method,
                                    .reason = py_text(reason, text, sizeof(text)),
                                    .error = child.error};

    failed_child_find(scope, &child);
    event.child = child.task;
    if (child.task)
        event.how = CANCEL_CHILD;
    scope_announce_first(scope);
    task_say_current_name();
    scope_flush_deliveries(scope);
    event.stack = trace_tree_stack();
    if (!scope->cancel_said)
        remember_cancel(scope, &event);
    emit_scope_cancel(&event);
}

/* Whether this scope's method of that kind is what calls. */
static bool is_within(const struct scope *scope, enum scope_operation kind)
{
    const struct operation *top = operation_top();

    return top && !top->is_task_cancel && top->scope == scope && top->kind == kind;
}

/* Trio's CancelReason says what it comes from; AnyIO's reason is a text. */
static enum cancel_how how_cancelled(const struct scope *scope, PyObject *reason)
{
    char source[16] = "";

    if (bypass_is_caller(scope, SCOPE_EXPIRE) || is_within(scope, SCOPE_IMPLICIT_DEADLINE))
        return CANCEL_DEADLINE;
    if (is_within(scope, SCOPE_IMPLICIT_CHILD))
        return CANCEL_CHILD;
    if (reason && scope->provider->traits & TRAIT_NO_COUNTER)
        py_text_attribute(reason, "source", source, sizeof(source));
    if (!strcmp(source, "deadline"))
        return CANCEL_DEADLINE;
    return strcmp(source, "nursery") ? CANCEL_CALLED : CANCEL_CHILD;
}

/* Of an open scope whose request is delivered once. */
static bool is_delivered_once(const struct task *task, const struct raised *raised)
{
    const struct scope *origin = task->innermost;

    while (origin && origin->serial != raised->origin)
        origin = origin->outer;
    return origin && !(origin->state->traits & TRAIT_LEVEL_TRIGGERED);
}

/* Whether a group whose scope has been left does that because it has just stopped another scope's error. */
static bool has_stopped_another(const struct scope *scope)
{
    const bool may = scope->state->traits & TRAIT_STOPS_IN_WAIT && !scope->open;
    const struct task *task = may ? task_current() : NULL;

    if (!task || task->serial != scope->host_serial)
        return false;
    for (const struct raised *raised = task->raised; raised; raised = raised->next)
        if (emit_tick() - raised->last_tick <= 1 && is_delivered_once(task, raised))
            return true;
    return false;
}

/* Whether a group whose scope has been left lets the error out when it has waited for its children. */
static bool lets_error_out(const struct scope *scope)
{
    return !(scope->state->traits & TRAIT_STOPS_IN_WAIT) ||
           (scope->left.exception_in == EXIT_WITH_CANCELLED && scope->left.outcome == EXIT_PROPAGATED);
}

/* A group that cancels its children then, in the provider's code, is about to wait for them, or waits already. */
static void see_group_wait(const struct scope *scope)
{
    struct task *task = !scope->open && scope->provider->traits & TRAIT_GROUP ? task_current() : NULL;
    const struct code *known;
    PyObject *code;
    int instruction;

    if (!task || !task->watched || task->serial != scope->host_serial || !lets_error_out(scope) ||
        !frames_innermost(&code, &instruction))
        return;
    known = code_table_find(code);
    if (known && known->package == scope->state->package_number)
        watch_group_wait(task, code);
}

void scope_cancelled(struct scope *scope, const char *method, PyObject *reason)
{
    if (!(scope->cancel_said || scope_is_cancelled(scope)) || has_stopped_another(scope))
        say_cancel(scope, how_cancelled(scope, reason), method, reason);
    see_group_wait(scope);
}

void scope_cancelled_implicitly(const struct operation *operation)
{
    bool deadline = operation->kind == SCOPE_IMPLICIT_DEADLINE;
    struct scope *scope = operation->scope;

    if (operation->is_task_cancel || !(deadline || operation->kind == SCOPE_IMPLICIT_CHILD))
        return;
    if (scope->serial == operation->serial && !scope->cancel_said)
        say_cancel(scope, deadline ? CANCEL_DEADLINE : CANCEL_CHILD, operation->method, NULL);
}

void scope_delivers(struct scope *scope, const struct scope *origin)
{
    scope_announce_first(scope);
    if (scope->deliver_origin != origin->serial) {
        scope_flush_deliveries(scope);
        scope->deliver_total = 0;
        scope->deliver_origin = origin->serial;
    }
    scope->deliver_total++;
    scope->deliver_held++;
    /* one attempt goes through every scope that is nested in the origin on its task */
    if (scope == origin || scope->host != origin->host)
        alarm_delivery(scope->deliver_total);
    if (!(scope->deliver_total & (scope->deliver_total - 1)))
        scope_flush_deliveries(scope);
}
