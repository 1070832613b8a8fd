/* SPDX-License-Identifier: MIT */
/* The counter of a task: requests raised and taken back. */
#include "analyzer/core/events.h"

#include "analyzer/core/analysis_internal.h"
#include "analyzer/core/findings.h"
#include "analyzer/core/ledger.h"
#include "analyzer/core/scopes.h"
#include "analyzer/core/shared_text.h"
#include "analyzer/core/stacks.h"
#include "analyzer/core/world.h"

static void take_back_done(struct world *world, struct take_back *take_back)
{
    if (take_back->task)
        rules_take_back(world, take_back);
    request_free(take_back->victim);
    mark_clear(&take_back->mark);
}

/* What was taken and not given back; its task may have gone meanwhile. */
void take_back_settle(struct world *world, struct scope *scope)
{
    struct take_back *take_back = g_steal_pointer(&scope->hand_back);
    if (!take_back)
        return;
    take_back->task = world_find_task(world, take_back->task_id);
    take_back->victim->task = take_back->task;
    ledger_expired(take_back);
    take_back_done(world, take_back);
    g_free(take_back);
}

/* A scope that took somebody's request raises it again: nothing has changed hands. */
static bool hand_back(struct world *world, struct scope *deliverer, struct task *task)
{
    struct take_back *take_back = deliverer ? deliverer->hand_back : NULL;
    if (!take_back || take_back->task_id.serial != task->id.serial)
        return false;
    struct request *request = take_back->victim;
    request->task = task;
    if (request->leak)
        group_consequence(request->leak, world, &take_back->mark, deliverer,
                          "The %s%s met the stale request at its exit and cancelled the task once more.",
                          scope_kind(deliverer), entered_at(world, deliverer));
    ledger_raise(task, request);
    mark_clear(&take_back->mark);
    g_free(take_back);
    deliverer->hand_back = NULL;
    deliverer->rearmed = true;
    return true;
}

static void note_raiser(struct task *task, const struct generic_source *generic)
{
    if (!generic || !*generic->class_name)
        return;
    if (!task->raisers)
        task->raisers = g_ptr_array_new();
    if (!g_ptr_array_find(task->raisers, generic, NULL))
        g_ptr_array_add(task->raisers, (void *)generic);
}

static void describe_source(struct world *world, struct request *request, const struct event_task_cancel *cancel)
{
    struct scope *deliverer = scope_get(world, cancel->scope);
    struct scope *origin = cancel->origin.serial ? scope_get(world, cancel->origin) : deliverer;
    if (request->source == SOURCE_SCOPE && origin) {
        request->origin = scope_hold(origin);
        request->deliverer = scope_hold(deliverer ? deliverer : origin);
        origin->raised |= origin->host_id.serial == request->task->id.serial;
    } else if (request->source == SOURCE_DIRECT && !request->propagated) {
        request->generic = stack_generic(world, cancel->stack);
        note_raiser(request->task, request->generic);
    }
}

static struct request *request_from(struct world *world, struct task *task, const struct event_task_cancel *cancel)
{
    enum request_source source =
        cancel->source <= SOURCE_SHUTDOWN ? (enum request_source)cancel->source : SOURCE_DIRECT;
    struct request *request = request_new(task, source, cancel->after - cancel->before);
    request->propagated = cancel->via_task.serial != 0;
    request->via = cancel->via_task;
    request->label = shared_text_hold(world->label);
    request->handling =
        cancel->handling <= HANDLING_NOTHING ? (enum task_handling)cancel->handling : HANDLING_UNKNOWN;
    request->waiting = cancel->waiting;
    request->native_count = cancel->native_count;
    request->native = g_memdup2(cancel->native, cancel->native_count * sizeof *cancel->native);
    mark_set(&request->raised, world, cancel->stack, cancel->by_task, cancel->message);
    describe_source(world, request, cancel);
    return request;
}

/* Up to Python 3.11 the task that asyncio.wait_for() waits for is cancelled when the error has reached the one
 * that waits, which lets it out when that one has ended. */
static bool is_passed_on_by_wait_for(struct world *world, const struct task *by, const struct request *request)
{
    if (by == request->task || !by->last || by->last->source == SOURCE_SCOPE ||
        !stack_mentions(world, request->raised.stack, "asyncio/tasks.py", "_cancel_and_wait"))
        return false;
    uint32_t delivered = by->last->raised.tick;
    if ((int32_t)(by->delivery_tick - delivered) > 0)
        delivered = by->delivery_tick;
    return (int32_t)(world->tick - delivered) <= 1;
}

static void note_who_waits(struct world *world, struct request *request, const struct event_task_cancel *cancel)
{
    struct task *outer = world_find_task(world, cancel->via_task.serial ? cancel->via_task : cancel->by_task);
    if (!outer || request->source == SOURCE_SCOPE ||
        !(cancel->via_task.serial ? request_is_waited_for(request)
                                  : is_passed_on_by_wait_for(world, outer, request)))
        return;
    request->held = outer->id;
    outer->awaited++;
}

void handle_task_cancel(struct world *world, const struct event *event)
{
    const struct event_task_cancel *cancel = &event->task_cancel;
    struct task *task = world_get_task(world, cancel->task);
    task_active(world, cancel->by_task);
    if (!task || task->over || !cancel->accepted || cancel->after <= cancel->before)
        return;
    task_agree(world, task, cancel->before);
    if (!cancel->via_task.serial && hand_back(world, scope_find(world, cancel->scope), task))
        return;
    struct request *request = ledger_raise(task, request_from(world, task, cancel));
    note_who_waits(world, request, cancel);
    rules_raise(world, request);
}

/* False: it is of an entry that is not known. */
static bool find_origin(struct world *world, struct request *request, const struct event_request_seen *seen)
{
    struct scope *origin = seen->entry ? scope_find(world, seen->origin) : scope_get(world, seen->origin);
    if (request->source != SOURCE_SCOPE)
        return true;
    if (!origin || (seen->entry && origin->entry != seen->entry))
        return false;
    struct scope *deliverer = scope_find(world, seen->scope);
    request->origin = scope_hold(origin);
    request->deliverer = scope_hold(deliverer ? deliverer : origin);
    return true;
}

static void mark_raised(struct world *world, struct request *request, const struct event_request_seen *seen)
{
    struct mark *raised = &request->raised;
    mark_set(raised, world, seen->stack, seen->by_task, seen->message);
    raised->time_ns = seen->raised_ns;
    raised->tick = seen->raised_tick;
    if (!raised->by_name)
        raised->by_name = shared_text_new(seen->by_name);
}

static struct request *request_told(struct world *world, struct task *task, const struct event_request_seen *seen,
                                    uint32_t units)
{
    const bool is_scopes = seen->source == SOURCE_SCOPE;
    task->tid = task->tid ? task->tid : seen->raised_tid;
    struct request *request = request_new(
        task, seen->source <= SOURCE_SHUTDOWN ? (enum request_source)seen->source : SOURCE_DIRECT, units);
    request->propagated = seen->via_task.serial != 0;
    request->via = seen->via_task;
    request->doubtful = seen->doubtful;
    request->tid = seen->raised_tid;
    request->last_tick = seen->last_tick;
    mark_raised(world, request, seen);
    if (!find_origin(world, request, seen)) {
        request_free(request);
        return NULL;
    }
    if (!is_scopes && request->source == SOURCE_DIRECT && !request->propagated) {
        request->generic = stack_generic(world, seen->stack);
        note_raiser(task, request->generic);
    }
    return ledger_reveal(task, request);
}

/* It came before there was anything to judge it by. */
static struct request *request_known(const struct task *task, const struct event_request_seen *seen)
{
    for (struct request *request = task->first; request; request = request->next)
        if (request->origin && request->origin->id.serial == seen->origin.serial &&
            request->raised.stack.node == seen->stack.node && !request->leak)
            return request;
    return NULL;
}

/* To whom the task is no news this is none either: it is told again and again, for those who come later. */
void handle_request_seen(struct world *world, const struct event *event)
{
    const struct event_request_seen *seen = &event->request_seen;
    struct task *task = world_find_task(world, seen->task);
    const uint32_t units = task && !task->over ? MIN(seen->count, task->to_tell) : 0;
    if (!units)
        return;
    task->to_tell -= units;
    struct request *told = request_told(world, task, seen, units);
    /* who passed it on may be told of later */
    if (told && request_is_waited_for(told)) {
        told->held = told->via;
        world_get_task(world, told->via)->awaited++;
    }
    struct request *request = told ? told : request_known(task, seen);
    if (request)
        rules_told(world, request, seen->ran_on);
}

/* The task has left a group's exit, which has let the error out. */
static bool has_left_group(const struct look *before, const struct look *now)
{
    return look_is_in_group(before) && !look_is_in_group(now);
}

/* It is the agent that speaks, from whatever thread, and no sign of life of the task. */
void handle_task_look(struct world *world, const struct event *event)
{
    const struct event_task_look *seen = &event->task_look;
    struct task *task = world_find_task(world, seen->task);
    if (!task || task->over || seen->handling > HANDLING_NOTHING)
        return;
    struct look look = {.handling = (enum task_handling)seen->handling,
                        .time_ns = world->now_ns,
                        .order = world->order,
                        .tick = GPOINTER_TO_UINT(g_hash_table_lookup(world->ticks, GUINT_TO_POINTER(task->tid))),
                        .waiting = seen->waiting};
    for (struct request *request = task->first; request; request = request->next) {
        if (has_left_group(&request->look, &look))
            request->seen_tick = look.tick - 1; /* it is looked at between two turns: that was in the one before */
        request->look = look;
    }
}

/* Whether its exit will show what became of the request, or whose it was. */
static bool exit_will_tell(const struct take_back *take_back)
{
    const struct scope *taker = take_back->taker;
    if (!taker || !taker->open || !take_back->victim || take_back->verdict == TAKE_BACK_OWN)
        return false;
    if (scope_traits(taker) & TRAIT_REARMS)
        return true;
    return take_back->verdict == TAKE_BACK_THEFT && !taker->raised && (scope_traits(taker) & TRAIT_RAISES_TIMEOUT);
}

void handle_task_uncancel(struct world *world, const struct event *event)
{
    const struct event_task_uncancel *uncancel = &event->task_uncancel;
    struct task *task = world_get_task(world, uncancel->task);
    task_active(world, uncancel->by_task);
    if (!task || task->over)
        return;
    task_agree(world, task, uncancel->before);
    struct take_back take_back = {
        .task = task,
        .task_id = task->id,
        .taker = uncancel->source == SOURCE_SCOPE ? scope_get(world, uncancel->scope) : NULL,
        .source = uncancel->source <= SOURCE_SHUTDOWN ? (enum request_source)uncancel->source : SOURCE_DIRECT,
        .before = uncancel->before,
        .after = uncancel->after};
    mark_set(&take_back.mark, world, uncancel->stack, uncancel->by_task, NULL);
    if (!take_back.taker)
        take_back.generic = stack_generic(world, uncancel->stack);
    ledger_judge(world, &take_back);
    if (take_back.victim)
        take_back.victim = ledger_take(task, take_back.victim);
    struct scope *taker = take_back.taker;
    if (exit_will_tell(&take_back)) {
        take_back_settle(world, taker);
        taker->special = true;
        taker->hand_back = g_memdup2(&take_back, sizeof take_back);
        return;
    }
    take_back_done(world, &take_back);
}
