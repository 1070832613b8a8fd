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

/* What some events speak of: tasks, each once where it comes several times in a row, and scopes, but for those
 * that are entered, which are not there yet. */
struct ahead {
    uint64_t tasks[MOST_AHEAD], scopes[MOST_AHEAD];
    const struct task *found[MOST_AHEAD];
    bool ends[MOST_AHEAD];
    uint32_t task_count, scope_count, exits;
};

static bool is_of(const struct world *world, const struct event *event)
{
    return event->kind < EVENT_KINDS && event->pid == world->pid;
}

static void expect_chains(const struct world *world, const struct event *event, struct ahead *ahead)
{
    const uint64_t task = task_of(event), scope = scope_of(event);
    if (task && (!ahead->task_count || ahead->tasks[ahead->task_count - 1] != task)) {
        ahead->ends[ahead->task_count] = event->kind == EVENT_TASK_END;
        ahead->tasks[ahead->task_count++] = task;
        serial_table_expect_chain(&world->tasks, task);
    }
    if (!scope)
        return;
    serial_table_expect_chain(&world->scopes, scope);
    if (event->kind != EVENT_SCOPE_ENTER)
        ahead->scopes[ahead->scope_count++] = scope;
    if (event->kind == EVENT_SCOPE_EXIT)
        scopes_expect_exit(world, ahead->exits++);
}

static void expect_items(const struct world *world, const struct ahead *ahead)
{
    for (uint32_t i = 0; i < ahead->task_count; i++)
        serial_table_expect_item(&world->tasks, ahead->tasks[i]);
    for (uint32_t i = 0; i < ahead->scope_count; i++)
        serial_table_expect_item(&world->scopes, ahead->scopes[i]);
}

static void expect_rest(const struct world *world, struct ahead *ahead)
{
    for (uint32_t i = 0; i < ahead->task_count; i++) {
        ahead->found[i] = serial_table_find(&world->tasks, ahead->tasks[i]);
        cache_fetch(ahead->found[i], ahead->ends[i] ? sizeof(struct task) : CACHE_LINE);
    }
    for (uint32_t i = 0; i < ahead->scope_count; i++)
        cache_fetch(serial_table_find(&world->scopes, ahead->scopes[i]), offsetof(struct scope, cancelled));
}

static void expect_some(const struct world *world, const struct event *events, size_t count)
{
    struct ahead ahead;
    ahead.task_count = ahead.scope_count = ahead.exits = 0;
    for (size_t i = 0; i < count; i++)
        if (is_of(world, &events[i]))
            expect_chains(world, &events[i], &ahead);
    expect_items(world, &ahead);
    expect_rest(world, &ahead);
    for (uint32_t i = 0; i < ahead.task_count; i++)
        if (ahead.found[i]) {
            __builtin_prefetch(ahead.found[i]->innermost);
            __builtin_prefetch(ahead.found[i]->name);
        }
    scopes_expect_names(world, ahead.exits);
}

void analysis_expect(const struct analysis *analysis, const struct event *events, size_t count)
{
    const struct world *world = analysis->recent;
    if (!world || world->tasks.count < FEW_TASKS)
        return;
    for (size_t from = 0; from < count; from += MOST_AHEAD)
        expect_some(world, events + from, MIN(count - from, (size_t)MOST_AHEAD));
}
