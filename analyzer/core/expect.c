/* SPDX-License-Identifier: MIT */
/*
 * A program with many tasks takes them in any order: nothing of the next one is in the processor's cache. A few
 * events ahead it is known which task and scope they speak of, and which scopes will be forgotten. What leads
 * there is fetched step by step, each step for all of these events before the next one looks at what has arrived.
 */
#include "analyzer/core/analysis_internal.h"
#include "analyzer/core/cache.h"
#include "analyzer/core/scopes.h"

/* Where an event has the serials of its task and of its scope; 0: nowhere, since its kind is there. */
static const struct mention {
    uint8_t task, scope;
} mentions[EVENT_KINDS] = {
#define TASK(kind) offsetof(struct event, kind.task)
#define SCOPE(kind) offsetof(struct event, kind.scope)
    [EVENT_TASK_START] = {TASK(task_start), 0},
    [EVENT_TASK_NAME] = {TASK(task_name), 0},
    [EVENT_TASK_DONE] = {TASK(task_done), 0},
    [EVENT_TASK_END] = {TASK(task_end), 0},
    [EVENT_SCOPE_ENTER] = {TASK(scope_enter), SCOPE(scope_enter)},
    [EVENT_SCOPE_EXIT] = {TASK(scope_exit), SCOPE(scope_exit)},
    [EVENT_SCOPE_CANCEL] = {0, SCOPE(scope_cancel)},
    [EVENT_SCOPE_DELIVER] = {TASK(scope_deliver), SCOPE(scope_deliver)},
    [EVENT_TASK_CANCEL] = {TASK(task_cancel), SCOPE(task_cancel)},
    [EVENT_TASK_UNCANCEL] = {TASK(task_uncancel), SCOPE(task_uncancel)},
};
_Static_assert(sizeof(struct event) <= UINT8_MAX, "an offset needs more than a byte");

/* 0: the event mentions none */
static uint64_t serial_at(const struct event *event, uint8_t offset)
{
    return offset ? *(const uint64_t *)(const void *)((const char *)event + offset) : 0;
}

static uint64_t task_of(const struct event *event)
{
    return serial_at(event, mentions[event->kind].task);
}

static uint64_t scope_of(const struct event *event)
{
    return serial_at(event, mentions[event->kind].scope);
}

/* So few fit into the cache, and looking ahead would only take time. */
enum { FEW_TASKS = 256, MOST_AHEAD = 32 };

/* The tasks of some events, each once where it comes several times in a row. */
struct ahead {
    uint64_t serials[MOST_AHEAD];
    const struct task *tasks[MOST_AHEAD];
    uint32_t count;
};

static void expect_places(const struct world *world, const struct event *event, struct ahead *ahead)
{
    uint64_t task = task_of(event), scope = scope_of(event);
    if (task && (!ahead->count || ahead->serials[ahead->count - 1] != task)) {
        ahead->serials[ahead->count++] = task;
        serial_table_expect(&world->tasks, task);
    }
    if (scope)
        serial_table_expect(&world->scopes, scope);
}

static void expect_scope(const struct world *world, const struct event *event)
{
    if (event->kind != EVENT_SCOPE_ENTER)
        cache_fetch(serial_table_find(&world->scopes, scope_of(event)), sizeof(struct scope));
}

static bool is_of(const struct world *world, const struct event *event)
{
    return event->kind < EVENT_KINDS && event->pid == world->pid;
}

static void expect_some(const struct world *world, const struct event *events, size_t count)
{
    struct ahead ahead;
    uint32_t exits = 0;
    ahead.count = 0;
    for (size_t i = 0; i < count; i++)
        if (is_of(world, &events[i])) {
            expect_places(world, &events[i], &ahead);
            if (events[i].kind == EVENT_SCOPE_EXIT)
                scopes_expect_exit(world, exits++);
        }
    for (uint32_t i = 0; i < ahead.count; i++) {
        ahead.tasks[i] = serial_table_find(&world->tasks, ahead.serials[i]);
        cache_fetch(ahead.tasks[i], sizeof(struct task));
    }
    for (size_t i = 0; i < count; i++)
        if (is_of(world, &events[i]))
            expect_scope(world, &events[i]);
    for (uint32_t i = 0; i < ahead.count; i++)
        if (ahead.tasks[i]) {
            __builtin_prefetch(ahead.tasks[i]->innermost);
            __builtin_prefetch(ahead.tasks[i]->name);
        }
    scopes_expect_names(world, exits);
}

void analysis_expect(const struct analysis *analysis, const struct event *events, size_t count)
{
    const struct world *world = analysis->recent;
    if (!world || world->tasks.count < FEW_TASKS)
        return;
    for (size_t from = 0; from < count; from += MOST_AHEAD)
        expect_some(world, events + from, MIN(count - from, (size_t)MOST_AHEAD));
}
