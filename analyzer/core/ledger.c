/* SPDX-License-Identifier: MIT */
#include "analyzer/core/ledger.h"

#include "analyzer/core/scopes.h"
#include "analyzer/core/shared_text.h"
#include "analyzer/core/world.h"

/* Above so many requests a ledger folds those alike: a server may leak for months. */
#define LEDGER_FOLD 64u

struct request *request_new(struct task *task, enum request_source source, uint32_t count)
{
    struct request *request = g_new0(struct request, 1);
    if (!task->tid)
        task->tid = task->world->tid; /* Task.cancel() is called in the loop's own thread */
    request->task = task;
    request->source = source;
    request->count = count;
    request->last_tick = task->world->tick;
    request->tid = task->world->tid;
    request->before = task->total;
    return request;
}

void request_free(struct request *request)
{
    if (!request)
        return;
    mark_clear(&request->raised);
    g_clear_pointer(&request->label, shared_text_release);
    g_clear_pointer(&request->origin, scope_release);
    g_clear_pointer(&request->deliverer, scope_release);
    g_clear_pointer(&request->replaced_by, scope_release);
    g_clear_pointer(&request->kept_up, scope_release);
    if (request->outlived)
        g_free(request->outlived->until);
    g_free(request->outlived);
    g_free(request->kept_by);
    g_free(request->native);
    g_free(request);
}

static void ledger_unlink(struct task *task, struct request *request)
{
    *(request->previous ? &request->previous->next : &task->first) = request->next;
    *(request->next ? &request->next->previous : &task->last) = request->previous;
    request->next = request->previous = NULL;
}

static bool alike(const struct request *a, const struct request *b)
{
    if (a->source != b->source || a->propagated != b->propagated || a->unknown != b->unknown || a->leak != b->leak)
        return false;
    if (a->leak)
        return true;
    return a->origin == b->origin && a->generic == b->generic && a->raised.stack.node == b->raised.stack.node &&
           a->swallowed == b->swallowed;
}

static void ledger_fold(struct task *task, struct request *into, struct request *request)
{
    into->count += request->count;
    into->last_tick = request->last_tick;
    ledger_unlink(task, request);
    request_free(request);
}

/* Stale requests become alike only when they are reported, so the newest ones are looked at again. */
static void ledger_compact(struct task *task)
{
    struct request *request = task->last;
    for (int i = 0; i < 4 && request && request->previous; i++) {
        struct request *older = request->previous;
        if (alike(older, request))
            ledger_fold(task, older, request);
        request = older;
    }
}

struct request *ledger_raise(struct task *task, struct request *request)
{
    if (task->total > LEDGER_FOLD)
        ledger_compact(task);
    request->previous = task->last;
    *(task->last ? &task->last->next : &task->first) = request;
    task->last = request;
    task->total += request->count;
    task->counter_last = task->total;
    if (task->total > task->counter_max)
        task->counter_max = task->total;
    return request;
}

static struct request *first_unknown(const struct task *task)
{
    struct request *request = task->first;
    while (request && !request->unknown)
        request = request->next;
    return request;
}

struct request *ledger_reveal(struct task *task, struct request *request)
{
    struct request *unknown = first_unknown(task);
    if (!unknown) {
        request_free(request);
        return NULL;
    }
    request->count = MIN(request->count, unknown->count);
    request->before = unknown->before;
    request->previous = unknown->previous;
    request->next = unknown;
    *(unknown->previous ? &unknown->previous->next : &task->first) = request;
    unknown->previous = request;
    unknown->before += request->count;
    unknown->count -= request->count;
    if (!unknown->count) {
        ledger_unlink(task, unknown);
        request_free(unknown);
    }
    return request;
}

static struct request *request_split(struct request *request)
{
    struct request *unit = g_memdup2(request, sizeof *request);
    unit->previous = unit->next = NULL;
    unit->count = 1;
    request->count--;
    mark_copy(&unit->raised, &request->raised);
    unit->label = shared_text_hold(request->label);
    unit->outlived = NULL; /* told of the first alone, as are the next */
    unit->kept_by = NULL;
    unit->replaced_by = NULL;
    unit->kept_up = NULL;
    unit->origin = request->origin ? scope_hold(request->origin) : NULL;
    unit->deliverer = request->deliverer ? scope_hold(request->deliverer) : NULL;
    unit->native = g_memdup2(request->native, request->native_count * sizeof *request->native);
    return unit;
}

struct request *ledger_take(struct task *task, struct request *request)
{
    task->total--;
    task->counter_last = task->total;
    if (request->count > 1)
        return request_split(request);
    ledger_unlink(task, request);
    return request;
}

void ledger_clear(struct task *task)
{
    while (task->first) {
        struct request *request = task->first;
        ledger_unlink(task, request);
        request_free(request);
    }
    task->total = 0;
}

bool request_is_foreign(const struct request *request)
{
    return request->origin && request->origin->host_id.serial != request->task->id.serial;
}

/* Whether nobody is left who would take it back: its scope has exited. */
static bool is_stale(const struct request *request)
{
    return request->leak || (request->origin && !request->origin->open);
}

bool request_uncertain(const struct world *world, const struct request *request)
{
    if (request->unknown || request->doubtful || world_uncertain(world, request->raised.order))
        return true;
    return request->origin && scope_uncertain(world, request->origin);
}

/* The agent sees to it that their end is told promptly. One that a scope's request was passed on to may be kept,
 * and its end go untold, for as long as its owner likes. */
bool request_is_waited_for(const struct request *request)
{
    return request->propagated && (request->source == SOURCE_DIRECT || request->source == SOURCE_INTERRUPT);
}

bool task_is_dying(const struct task *task)
{
    for (const struct request *request = task->first; request; request = request->next)
        if (request->origin && request_is_foreign(request))
            return true;
    return false;
}

typedef bool (*request_test)(const struct request *request, const struct take_back *take_back);

static struct request *newest(const struct take_back *take_back, request_test test)
{
    struct request *request = take_back->task->last;
    while (request && !test(request, take_back))
        request = request->previous;
    return request;
}

static bool is_own(const struct request *request, const struct take_back *take_back)
{
    return request->origin && request->origin->id.serial == take_back->taker->id.serial;
}

static bool is_nested(const struct request *request, const struct take_back *take_back)
{
    const struct scope *origin = request->origin, *taker = take_back->taker;
    return origin && origin->known && !origin->open && origin->host_id.serial == take_back->task->id.serial &&
           scope_encloses(taker, origin);
}

/* A scope may book what it delivers for another: it did raise that. */
static bool is_delivered(const struct request *request, const struct take_back *take_back)
{
    return request->deliverer && request->deliverer->id.serial == take_back->taker->id.serial;
}

static bool is_unknown(const struct request *request, const struct take_back *take_back)
{
    (void)take_back;
    return request->unknown;
}

static bool is_leftover(const struct request *request, const struct take_back *take_back)
{
    (void)take_back;
    return is_stale(request);
}

/* A subclass of Task may keep what a scope asks for, and raise it later, on itself, in its own name. */
static bool is_held_back(const struct request *request, const struct take_back *take_back)
{
    const struct scope *taker = take_back->taker;
    return request->source == SOURCE_DIRECT && !request->propagated && taker->was_cancelled && !taker->raised &&
           request->raised.by.serial == request->task->id.serial && scope_entered_before(taker, &request->raised);
}

static bool is_same_source(const struct request *request, const struct take_back *take_back)
{
    return request->source == SOURCE_DIRECT && request->generic && request->generic == take_back->generic;
}

static bool is_direct(const struct request *request, const struct take_back *take_back)
{
    (void)take_back;
    return request->source == SOURCE_DIRECT && !request->leak;
}

static bool is_interrupt(const struct request *request, const struct take_back *take_back)
{
    (void)take_back;
    return request->source == SOURCE_INTERRUPT;
}

static bool is_not_of_open_scope(const struct request *request, const struct take_back *take_back)
{
    (void)take_back;
    return request->source != SOURCE_SCOPE || request->propagated || is_stale(request) ||
           request_is_foreign(request);
}

static bool is_any(const struct request *request, const struct take_back *take_back)
{
    (void)request, (void)take_back;
    return true;
}

/* Tried in this order; the newest request that passes is the one. */
struct preference {
    request_test test;
    enum take_back_verdict verdict;
};

static const struct preference scope_preferences[] = {
    {is_own, TAKE_BACK_OWN},         {is_nested, TAKE_BACK_NESTED},  {is_delivered, TAKE_BACK_OWN},
    {is_unknown, TAKE_BACK_UNKNOWN}, {is_leftover, TAKE_BACK_STALE}, {is_held_back, TAKE_BACK_OWN},
    {is_any, TAKE_BACK_THEFT},
};
static const struct preference interrupt_preferences[] = {
    {is_interrupt, TAKE_BACK_OWN},
    {is_any, TAKE_BACK_STALE},
};
static const struct preference direct_preferences[] = {
    {is_same_source, TAKE_BACK_OWN},
    {is_direct, TAKE_BACK_DIRECT},
    {is_not_of_open_scope, TAKE_BACK_STALE},
    {is_any, TAKE_BACK_THEFT},
};
/* A class that raised on this task before and has nothing left of its own takes from others. */
static const struct preference spent_class_preferences[] = {
    {is_same_source, TAKE_BACK_OWN},
    {is_unknown, TAKE_BACK_UNKNOWN},
    {is_leftover, TAKE_BACK_STALE},
    {is_any, TAKE_BACK_THEFT},
};

static void prefer(struct take_back *take_back, const struct preference *preferences, size_t count)
{
    take_back->verdict = TAKE_BACK_EXTRA;
    take_back->victim = NULL;
    for (size_t i = 0; i < count && !take_back->victim; i++) {
        take_back->victim = newest(take_back, preferences[i].test);
        if (take_back->victim)
            take_back->verdict = preferences[i].verdict;
    }
}

static bool raised_before(const struct take_back *take_back)
{
    return take_back->generic && *take_back->generic->class_name && take_back->task->raisers &&
           g_ptr_array_find(take_back->task->raisers, take_back->generic, NULL);
}

#define PREFER(take_back, table) prefer(take_back, table, G_N_ELEMENTS(table))

void ledger_judge(struct world *world, struct take_back *take_back)
{
    if (take_back->taker)
        PREFER(take_back, scope_preferences);
    else if (take_back->source == SOURCE_INTERRUPT || take_back->source == SOURCE_SHUTDOWN)
        PREFER(take_back, interrupt_preferences);
    else if (raised_before(take_back))
        PREFER(take_back, spent_class_preferences);
    else
        PREFER(take_back, direct_preferences);
    bool sure = !take_back->taker || (take_back->taker->known && !scope_uncertain(world, take_back->taker));
    if (take_back->verdict == TAKE_BACK_THEFT && (!sure || request_uncertain(world, take_back->victim)))
        take_back->verdict = TAKE_BACK_UNKNOWN;
}

void ledger_expired(struct take_back *take_back)
{
    if (take_back->verdict == TAKE_BACK_THEFT && is_held_back(take_back->victim, take_back))
        take_back->verdict = TAKE_BACK_OWN;
}

static void ledger_drop(struct task *task, struct request *request, uint32_t units)
{
    task->total -= units;
    task->counter_last = task->total;
    request->count -= units;
    if (request->count)
        return;
    ledger_unlink(task, request);
    request_free(request);
}

/* Which units went unseen cannot be known: first those that nobody saw come, then the newest. */
static void ledger_shrink(struct task *task, uint32_t counter)
{
    while (task->total > counter) {
        struct request *request = task->last;
        while (request && !request->unknown)
            request = request->previous;
        if (!request)
            request = task->last;
        g_assert(request); /* total is the sum of their counts */
        ledger_drop(task, request, MIN(request->count, task->total - counter));
    }
}

bool ledger_agree(struct world *world, struct task *task, uint32_t counter)
{
    if (task->total == counter)
        return true;
    if (counter < task->total) {
        ledger_shrink(task, counter);
    } else {
        struct request *request = request_new(task, SOURCE_DIRECT, counter - task->total);
        request->unknown = true;
        mark_set(&request->raised, world, (struct stack_id){0}, (struct task_id){0}, NULL);
        ledger_raise(task, request);
    }
    return false;
}
