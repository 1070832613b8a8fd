/* SPDX-License-Identifier: MIT */
#include "preload/agent/raised.h"

#include <stdlib.h>

#include "preload/agent/identity.h"
#include "preload/agent/wall_clock.h"

#define SLAB 256u
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

    if (!pool) {
        struct raised *slab = calloc(SLAB, sizeof(*slab));

        for (uint32_t i = 0; slab && i < SLAB; i++) {
            slab[i].next = pool;
            pool = &slab[i];
        }
    }
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

void raised_add(struct task *task)
{
    const struct cancel_run *run = &task->run;
    struct raised *raised = task->raised;
    uint32_t length = 0;

    if (run->after <= run->before)
        return;
    if (raised && is_same(raised, run)) {
        raised->count++;
        return;
    }
    for (; raised; raised = raised->next)
        length++;
    raised = length < OF_A_TASK ? take() : NULL;
    if (!raised)
        return;
    *raised = (struct raised){.next = task->raised,
                              .scope = run->scope,
                              .origin = run->origin,
                              .by_task = run->by_task,
                              .via_task = run->via_task,
                              .raised_ns = wall_clock_ns(),
                              .stack = run->stack,
                              .count = 1,
                              .source = run->source};
    task->raised = raised;
}

void raised_take_back(struct task *task, uint64_t scope, uint32_t counter)
{
    struct raised **place = &task->raised;

    if (!counter)
        raised_forget(task);
    while (scope && *place && (*place)->origin != scope)
        place = &(*place)->next;
    if (!*place)
        place = &task->raised;
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
