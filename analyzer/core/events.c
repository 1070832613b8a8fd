/* SPDX-License-Identifier: MIT */
/* Taking events into the state of a world, one function per kind; the rules are told after each. */
#include <string.h>

#include "analyzer/core/analysis_internal.h"
#include "analyzer/core/findings.h"
#include "analyzer/core/ledger.h"
#include "analyzer/core/scopes.h"
#include "analyzer/core/stacks.h"
#include "analyzer/core/tree.h"
#include "analyzer/core/world.h"

static void replace_text(char **target, const char *text)
{
    if (!text || !*text)
        return;
    g_free(*target);
    *target = g_strdup(text);
}

static void replace_string(char **target, const char *text)
{
    g_clear_pointer(target, g_ref_string_release);
    *target = world_string(text);
}

/* A sign of life: the task is running right now. */
static void task_active(struct world *world, struct task_id id)
{
    struct task *task = world_find_task(world, id);
    if (task)
        task->last_tick = world->tick;
}

/* Events of this task are missing: what it had open may have changed meanwhile. */
static void task_doubt(struct task *task)
{
    for (guint i = 0; i < task->open->len; i++)
        ((struct scope *)g_ptr_array_index(task->open, i))->doubtful = true;
    for (struct request *request = task->first; request; request = request->next)
        request->doubtful = true;
}

static void agree(struct world *world, struct task *task, uint32_t counter)
{
    bool followed = task->known && !world_uncertain(world, task->order);
    if (ledger_agree(world, task, counter) || !followed)
        return;
    world->mismatch = true;
    task_doubt(task);
}

static void handle_runtime(struct world *world, const struct event *event)
{
    const struct event_runtime *runtime = &event->runtime;
    struct report_process *process = world->process;
    replace_text(&process->host, runtime->host);
    replace_text(&process->python, runtime->python);
    replace_text(&process->executable, runtime->executable);
    replace_text(&process->argv, runtime->argv);
    replace_text(&process->cwd, runtime->cwd);
    replace_text(&world->stdlib, runtime->stdlib);
    process->asyncio_seen |= runtime->state == RUNTIME_TRACED;
    if (runtime->state != RUNTIME_TRACED) {
        replace_text(&process->refused, *runtime->reason ? runtime->reason : "unsupported interpreter");
        analysis_notice(world->analysis, "Process %u was not traced: %s.", world->pid, process->refused);
    }
    if (runtime->schema > SCOPETRACE_SCHEMA_VERSION && !world->analysis->newer_schema) {
        world->analysis->newer_schema = true;
        analysis_notice(
            world->analysis,
            "The trace was recorded by a newer scopetrace: what this version does not know is left out.");
    }
    if (runtime->statedump && world->announced)
        world_gap(world);
    world->announced = true;
}

static void handle_package(struct world *world, const struct event *event)
{
    if (*event->package.name)
        g_hash_table_replace(world->process->packages, g_strdup(event->package.name),
                             g_strdup(event->package.version));
}

static void handle_provider(struct world *world, const struct event *event)
{
    world_add_provider(world, &event->provider);
}

static void handle_frame(struct world *world, const struct event *event)
{
    world_add_frame(world, &event->frame);
}

static void handle_label(struct world *world, const struct event *event)
{
    replace_string(&world->label, event->label.text);
}

static struct task *task_announced(struct world *world, struct task_id id, struct task_id parent, const char *name,
                                   const char *coroutine)
{
    struct task *task = world_get_task(world, id);
    if (!task || task->over)
        return NULL;
    if (!task->known)
        world->analysis->report.summary.tasks++;
    task->known = true;
    task->parent = parent;
    replace_string(&task->name, name);
    replace_string(&task->coroutine, coroutine);
    return task;
}

static void handle_task_start(struct world *world, const struct event *event)
{
    const struct event_task_start *start = &event->task_start;
    task_announced(world, start->task, start->parent_task, start->name, start->coroutine);
    task_active(world, start->parent_task);
}

static void handle_task_seen(struct world *world, const struct event *event)
{
    const struct event_task_seen *seen = &event->task_seen;
    struct task *known = world_find_task(world, seen->task);
    bool first = !known || !known->known;
    struct task *task = task_announced(world, seen->task, seen->parent_task, seen->name, seen->coroutine);
    if (!task)
        return;
    world->mid_life = true;
    ledger_agree(world, task, seen->counter);
    if (first)
        rules_task_seen(world, task);
}

static void handle_task_name(struct world *world, const struct event *event)
{
    struct task *task = world_find_task(world, event->task_name.task);
    if (task)
        replace_string(&task->name, event->task_name.name);
}

/* What was passed on to this task has ended: only now does the other one learn of its request. */
static void release_waiting(struct world *world, struct task *over)
{
    for (const struct request *request = over->first; request; request = request->next) {
        struct task *outer = request->propagated ? world_find_task(world, request->via) : NULL;
        if (!outer)
            continue;
        outer->awaited -= outer->awaited > 0;
        outer->delivery_tick = world->tick;
    }
}

static void orphan_scopes(struct world *world, struct task *task)
{
    for (guint i = 0; i < task->open->len; i++)
        scope_orphan(world, g_ptr_array_index(task->open, i), task);
    g_ptr_array_set_size(task->open, 0);
}

static void task_over(struct world *world, struct task *task, const struct event_task_over *event, bool promptly)
{
    if (task->over)
        return;
    agree(world, task, event->counter);
    task->over = true;
    task->how = event->how <= TASK_FAILED ? (enum task_how)event->how : TASK_OPEN;
    task->over_tick = world->tick;
    task->over_promptly_known = promptly;
    rules_task_over(world, task);
    release_waiting(world, task);
    orphan_scopes(world, task);
    findings_task_over(task);
    uint32_t counter = task->total;
    ledger_clear(task);
    task->counter_last = counter;
}

static void handle_task_done(struct world *world, const struct event *event)
{
    struct task *task = world_find_task(world, event->task_done.task);
    if (task)
        task_over(world, task, &event->task_done, true);
}

static void handle_task_end(struct world *world, const struct event *event)
{
    struct task *task = world_find_task(world, event->task_end.task);
    if (!task)
        return;
    task_over(world, task, &event->task_end, false);
    tree_task_over(world, task);
    world_drop_task(world, task);
}

static void handle_scope_enter(struct world *world, const struct event *event)
{
    const struct event_scope_enter *enter = &event->scope_enter;
    struct task *host = world_get_task(world, enter->task);
    if (host && host->over)
        return;
    bool now = !enter->statedump && !enter->entered_ns;
    if (host && now)
        agree(world, host, enter->counter);
    struct scope *scope = scope_enter(world, enter);
    if (!scope)
        return;
    world->mid_life |= scope->late;
    world->analysis->report.summary.scopes++;
    if (host) {
        tree_scope_entered(host, scope);
        if (now)
            host->last_tick = world->tick;
    }
    rules_enter(world, scope);
}

/* The innermost scope that is open though it was entered later than this one. */
static struct scope *inner_open(const struct world *world, const struct scope *scope)
{
    for (guint i = scope->host ? scope->host->open->len : 0; i-- > 0;) {
        struct scope *other = g_ptr_array_index(scope->host->open, i);
        if (other == scope)
            return NULL;
        if (!scope_uncertain(world, other) && scope_encloses(scope, other))
            return other;
    }
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
    facts->wrong_task = other && !facts->destroyed && !(scope_traits(scope) & TRAIT_NO_COUNTER);
    facts->inner = inner_open(world, scope);
    facts->calm = !facts->wrong_task && !facts->destroyed && is_calm(exit);
    /* The scope refused to be left here: it stays what it was. */
    facts->stays_open = (facts->wrong_task || facts->inner) && exit->outcome == EXIT_RAISED_OTHER &&
                        (!*exit->raised || g_str_has_suffix(exit->raised, "RuntimeError"));
}

static void take_back_done(struct world *world, struct take_back *take_back)
{
    if (take_back->task)
        rules_take_back(world, take_back);
    request_free(take_back->victim);
    mark_clear(&take_back->mark);
}

/* What was taken and not given back; its task may have gone meanwhile. */
static void settle_hand_back(struct world *world, struct scope *scope)
{
    struct take_back *take_back = g_steal_pointer(&scope->hand_back);
    if (!take_back)
        return;
    take_back->task = world_find_task(world, take_back->task_id);
    take_back->victim->task = take_back->task;
    take_back_done(world, take_back);
    g_free(take_back);
}

static void record_exit(struct world *world, struct exit_facts *facts)
{
    struct scope *scope = facts->scope;
    mark_clear(&scope->exited);
    mark_copy(&scope->exited, &facts->mark);
    scope->counter_after = facts->after;
    scope->exception_in = facts->exception_in;
    scope->outcome = facts->outcome;
    scope->was_cancelled |= facts->cancel_called;
    if (!facts->stays_open)
        scope_close(world, scope);
}

static void handle_scope_exit(struct world *world, const struct event *event)
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
                               .raised = exit->raised};
    mark_set(&facts.mark, world, exit->stack, exit->task, NULL);
    judge_exit(world, &facts, exit);
    if (facts.host)
        agree(world, facts.host, exit->after);
    settle_hand_back(world, scope);
    record_exit(world, &facts);
    rules_exit(world, &facts);
    tree_scope_exited(scope);
    mark_clear(&facts.mark);
    scope_release(scope);
}

static void handle_scope_cancel(struct world *world, const struct event *event)
{
    const struct event_scope_cancel *cancel = &event->scope_cancel;
    struct scope *scope = scope_get(world, cancel->scope);
    task_active(world, cancel->by_task);
    if (!scope || scope->cancelled.time_ns) {
        return;
    }
    static const char *const reasons[] = {
        [CANCEL_CALLED] = NULL, [CANCEL_DEADLINE] = "deadline", [CANCEL_CHILD] = "a child task failed"};
    const char *reason = *cancel->reason                       ? cancel->reason
                         : cancel->how < G_N_ELEMENTS(reasons) ? reasons[cancel->how]
                                                               : NULL;
    scope->was_cancelled = true;
    mark_set(&scope->cancelled, world, cancel->stack, cancel->by_task, reason);
    tree_scope_cancelled(scope);
}

static void handle_scope_deliver(struct world *world, const struct event *event)
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
    request->label = world->label ? g_ref_string_acquire(world->label) : NULL;
    request->native_count = cancel->native_count;
    request->native = g_memdup2(cancel->native, cancel->native_count * sizeof *cancel->native);
    mark_set(&request->raised, world, cancel->stack, cancel->by_task, cancel->message);
    describe_source(world, request, cancel);
    return request;
}

static void handle_task_cancel(struct world *world, const struct event *event)
{
    const struct event_task_cancel *cancel = &event->task_cancel;
    struct task *task = world_get_task(world, cancel->task);
    task_active(world, cancel->by_task);
    if (!task || task->over || !cancel->accepted || cancel->after <= cancel->before)
        return;
    agree(world, task, cancel->before);
    if (!cancel->via_task.serial && hand_back(world, scope_find(world, cancel->scope), task))
        return;
    struct request *request = ledger_raise(task, request_from(world, task, cancel));
    struct task *outer = world_find_task(world, cancel->via_task);
    if (outer)
        outer->awaited++;
    rules_raise(world, request);
}

static void handle_task_uncancel(struct world *world, const struct event *event)
{
    const struct event_task_uncancel *uncancel = &event->task_uncancel;
    struct task *task = world_get_task(world, uncancel->task);
    task_active(world, uncancel->by_task);
    if (!task || task->over)
        return;
    agree(world, task, uncancel->before);
    struct take_back take_back = {
        .task = task,
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
    if (taker && taker->open && take_back.victim && take_back.verdict != TAKE_BACK_OWN &&
        (scope_traits(taker) & TRAIT_REARMS)) {
        settle_hand_back(world, taker);
        taker->hand_back = g_memdup2(&take_back, sizeof take_back);
        return;
    }
    take_back_done(world, &take_back);
}

static void handle_runtime_end(struct world *world, const struct event *event)
{
    (void)event;
    world->process->ended_in_order = true;
    world->ending = true;
}

static void handle_agent_error(struct world *world, const struct event *event)
{
    analysis_notice(world->analysis,
                    "In process %u the tracer met a surprise and stopped looking (%s): its events end there.",
                    world->pid, event->agent_error.what);
    world_gap(world);
}

typedef void (*event_function)(struct world *world, const struct event *event);

static const event_function handlers[EVENT_KINDS] = {
    [EVENT_RUNTIME] = handle_runtime,
    [EVENT_PACKAGE] = handle_package,
    [EVENT_PROVIDER] = handle_provider,
    [EVENT_FRAME] = handle_frame,
    [EVENT_LABEL] = handle_label,
    [EVENT_TASK_START] = handle_task_start,
    [EVENT_TASK_SEEN] = handle_task_seen,
    [EVENT_TASK_NAME] = handle_task_name,
    [EVENT_TASK_DONE] = handle_task_done,
    [EVENT_TASK_END] = handle_task_end,
    [EVENT_SCOPE_ENTER] = handle_scope_enter,
    [EVENT_SCOPE_EXIT] = handle_scope_exit,
    [EVENT_SCOPE_CANCEL] = handle_scope_cancel,
    [EVENT_SCOPE_DELIVER] = handle_scope_deliver,
    [EVENT_TASK_CANCEL] = handle_task_cancel,
    [EVENT_TASK_UNCANCEL] = handle_task_uncancel,
    [EVENT_RUNTIME_END] = handle_runtime_end,
    [EVENT_AGENT_ERROR] = handle_agent_error,
};

void world_handle(struct world *world, const struct event *event)
{
    if (event->kind >= EVENT_TASK_START && event->kind <= EVENT_TASK_UNCANCEL)
        world->process->asyncio_seen = true;
    if ((size_t)event->kind < G_N_ELEMENTS(handlers) && handlers[event->kind])
        handlers[event->kind](world, event);
}
