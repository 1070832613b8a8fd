/* SPDX-License-Identifier: MIT */
#include "preload/agent/raised.h"

#include "preload/agent/emit.h"
#include "preload/agent/identity.h"
#include "preload/agent/slab.h"
#include "preload/agent/trace_tree.h"
#include "preload/agent/wall_clock.h"

#define SLAB 64u
#define OF_A_TASK 16u

static struct raised *pool;

struct tables_list raised_table = {.record = sizeof(struct raised),
                                   .fields = {[TABLES_REQUEST_NEXT] = TABLES_FIELD(struct raised, next),
                                              [TABLES_REQUEST_SCOPE] = TABLES_FIELD(struct raised, scope),
                                              [TABLES_REQUEST_ORIGIN] = TABLES_FIELD(struct raised, origin),
                                              [TABLES_REQUEST_BY_TASK] = TABLES_FIELD(struct raised, by_task),
                                              [TABLES_REQUEST_VIA_TASK] = TABLES_FIELD(struct raised, via_task),
                                              [TABLES_REQUEST_RAISED_NS] = TABLES_FIELD(struct raised, raised_ns),
                                              [TABLES_REQUEST_STACK] = TABLES_FIELD(struct raised, stack),
                                              [TABLES_REQUEST_COUNT] = TABLES_FIELD(struct raised, count),
                                              [TABLES_REQUEST_SOURCE] = TABLES_FIELD(struct raised, source)}};

static struct raised *take(void)
{
    struct raised *raised;

    if (!pool)
        pool = slab_new(SLAB, sizeof(struct raised), offsetof(struct raised, next));
    raised = pool;
    if (raised)
        pool = raised->next;
    return raised;
}

static void put_back(struct raised *raised)
{
    raised->next = pool;
    pool = raised;
}

static bool is_same(const struct raised *raised, const struct cancel_run *run)
{
    return raised->source == run->source && raised->stack == run->stack && raised->scope == run->scope &&
           raised->origin == run->origin && raised->by_task == run->by_task && raised->via_task == run->via_task;
}

static void copy_text(char *target, const char *text)
{
    target[RAISED_TEXT_BYTES - 1] = '\0';
    (void)memccpy(target, text ? text : "", '\0', RAISED_TEXT_BYTES - 1);
}

/* What it was when it was left; of one that was found open it is not known what it ended with. */
static void keep_past(struct raised *raised, const struct scope *scope)
{
    raised->doubtful |= scope->found_open;
    raised->past = (struct raised_past){.exited_ns = scope->left.exited_ns,
                                        .entered_ns = scope->entered_ns,
                                        .cancelled_ns = scope->cancel_said ? scope->cancelled_ns : 0,
                                        .cancelled_by = scope->cancelled_by,
                                        .host = scope->host_serial,
                                        .provider = scope->provider,
                                        .entry = scope->entry,
                                        .counter = scope->enter_counter,
                                        .after = scope->left.counter,
                                        .enter_stack = scope->enter_stack,
                                        .exit_stack = scope->left.stack,
                                        .cancelled = scope->cancelled,
                                        .exception_in = scope->left.exception_in,
                                        .outcome = scope->left.outcome};
}

void raised_add(struct task *task, const struct task *by, const struct scope *origin, const char *message)
{
    const struct cancel_run *run = &task->run;
    struct raised *raised = task->raised;
    uint32_t length = 0;

    if (run->after <= run->before)
        return;
    if (raised && is_same(raised, run)) {
        raised->count++;
        raised->last_tick = emit_tick();
        return;
    }
    for (; raised; raised = raised->next)
        length++;
    raised = length < OF_A_TASK ? take() : NULL;
    if (!raised)
        return;
    raised->next = task->raised;
    raised->scope = run->scope;
    raised->origin = run->origin;
    raised->by_task = run->by_task;
    raised->via_task = run->via_task;
    raised->raised_ns = wall_clock_ns();
    raised->stack = run->stack;
    raised->count = 1;
    raised->tid = emit_thread();
    raised->tick = raised->last_tick = emit_tick();
    raised->source = run->source;
    raised->doubtful = raised->ran_on = false;
    raised->past.exited_ns = 0;
    copy_text(raised->by_name, by ? by->name : NULL);
    copy_text(raised->message, message);
    if (origin && origin->serial == run->origin && !origin->open && origin->left.exited_ns)
        keep_past(raised, origin);
    task->raised = raised;
}

/* ---- take-backs ---- */

enum choice { OF_ORIGIN, OF_DELIVERER, OF_SOURCE, LEFT_BEHIND, ANY };

static bool is_choice(const struct raised *raised, enum choice choice, uint64_t scope, uint8_t source)
{
    switch (choice) {
    case OF_ORIGIN:
        return scope && raised->origin == scope;
    case OF_DELIVERER:
        return scope && raised->scope == scope;
    case OF_SOURCE:
        return !scope && raised->source == source;
    case LEFT_BEHIND:
        return raised->past.exited_ns != 0;
    default:
        return true;
    }
}

/* As the analyzer's ledger does, as far as that is known here. The newest comes first. */
static struct raised **choose(struct task *task, uint64_t scope, uint8_t source)
{
    for (enum choice choice = OF_ORIGIN; choice < ANY; choice++)
        for (struct raised **place = &task->raised; *place; place = &(*place)->next)
            if (is_choice(*place, choice, scope, source))
                return place;
    for (struct raised *raised = task->raised; raised; raised = raised->next)
        raised->doubtful = true;
    return &task->raised;
}

void raised_take_back(struct task *task, uint64_t scope, uint8_t source, uint32_t counter)
{
    struct raised **place;

    if (!counter)
        raised_forget(task);
    place = choose(task, scope, source);
    if (*place && --(*place)->count == 0) {
        struct raised *raised = *place;

        *place = raised->next;
        put_back(raised);
    }
}

void raised_forget(struct task *task)
{
    while (task->raised) {
        struct raised *raised = task->raised;

        task->raised = raised->next;
        put_back(raised);
    }
}

/* ---- what became of the scopes ---- */

static bool is_past(const struct raised *raised)
{
    return raised->past.exited_ns != 0;
}

/* A loop. */
void raised_entered(struct task *task, const struct scope *scope)
{
    for (struct raised *raised = task->raised; raised; raised = raised->next)
        if (is_past(raised) && raised->past.provider == scope->provider &&
            raised->past.enter_stack == scope->enter_stack)
            raised->ran_on = true;
}

/* The with-block ended for the task: it goes on after it, or with an exception of the scope's own making. */
static bool is_calm(const struct st_scope_exit *event)
{
    return event->outcome == EXIT_SWALLOWED || event->outcome == EXIT_RAISED_TIMEOUT ||
           (event->outcome == EXIT_PROPAGATED && event->exception_in == EXIT_WITH_NONE);
}

static bool is_entered_before(const struct scope *scope, const struct raised *raised)
{
    uint64_t since = raised->raised_ns > raised->past.exited_ns ? raised->raised_ns : raised->past.exited_ns;

    return scope->entered_ns && scope->entered_ns < since;
}

void raised_left(struct task *task, const struct scope *scope, const struct st_scope_exit *event)
{
    bool calm = !scope->found_open && event->task == scope->host_serial && is_calm(event);

    for (struct raised *raised = task->raised; raised; raised = raised->next) {
        if (!is_past(raised) && raised->origin == scope->serial)
            keep_past(raised, scope);
        if (calm && is_past(raised) && is_entered_before(scope, raised))
            raised->ran_on = true;
    }
}

/* ---- telling ---- */

uint32_t raised_units(const struct task *task)
{
    uint32_t units = 0;

    for (const struct raised *raised = task->raised; raised; raised = raised->next)
        units += raised->count;
    return units;
}

static void say_past(const struct raised *raised)
{
    const struct raised_past *past = &raised->past;
    struct st_scope_past event = {.exception_in = past->exception_in,
                                  .outcome = past->outcome,
                                  .how = (uint8_t)past->cancelled.how,
                                  .entry = past->entry,
                                  .provider = provider_number(past->provider),
                                  .counter = past->counter,
                                  .after = past->after,
                                  .stack = trace_tree_announce(past->enter_stack),
                                  .cancel_stack =
                                      past->cancelled_ns ? trace_tree_announce(past->cancelled.stack) : 0,
                                  .exit_stack = trace_tree_announce(past->exit_stack),
                                  .scope = raised->origin,
                                  .task = past->host,
                                  .cancelled_by = past->cancelled_by,
                                  .entered_ns = past->entered_ns,
                                  .cancelled_ns = past->cancelled_ns,
                                  .exited_ns = past->exited_ns};

    emit_scope_past(&event);
}

static void say_one(const struct task *task, const struct raised *raised)
{
    struct st_request_seen event = {.source = raised->source,
                                    .doubtful = raised->doubtful,
                                    .ran_on = raised->ran_on,
                                    .count = raised->count,
                                    .stack = trace_tree_announce(raised->stack),
                                    .entry = is_past(raised) ? raised->past.entry : 0,
                                    .raised_tid = raised->tid,
                                    .raised_tick = raised->tick,
                                    .last_tick = raised->last_tick,
                                    .task = task->serial,
                                    .scope = raised->scope,
                                    .origin = raised->origin,
                                    .by_task = raised->by_task,
                                    .via_task = raised->via_task,
                                    .raised_ns = raised->raised_ns,
                                    .by_name = raised->by_name,
                                    .message = raised->message};

    if (is_past(raised))
        say_past(raised);
    emit_request_seen(&event);
}

void raised_say(const struct task *task)
{
    const struct raised *all[OF_A_TASK];
    uint32_t count = 0;

    for (const struct raised *raised = task->raised; raised && count < OF_A_TASK; raised = raised->next)
        all[count++] = raised;
    while (count)
        say_one(task, all[--count]);
}
