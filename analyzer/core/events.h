/* SPDX-License-Identifier: MIT */
/*
 * The handlers of events, shared between events.c (the table, processes and tasks), events_scope.c and
 * events_counter.c.
 *
 * Runs in: the command. Internal to analyzer/core.
 */
#ifndef SCOPETRACE_CORE_EVENTS_H
#define SCOPETRACE_CORE_EVENTS_H

#include "analyzer/core/model.h"
#include "analyzer/core/world.h"

void handle_scope_enter(struct world *world, const struct event *event);
void handle_scope_exit(struct world *world, const struct event *event);
void handle_scope_cancel(struct world *world, const struct event *event);
void handle_scope_deliver(struct world *world, const struct event *event);
void handle_task_cancel(struct world *world, const struct event *event);
void handle_task_uncancel(struct world *world, const struct event *event);
void handle_scope_past(struct world *world, const struct event *event);
void handle_request_seen(struct world *world, const struct event *event);
void handle_task_look(struct world *world, const struct event *event);

/* A sign of life: the task is running right now. */
static inline void task_active(const struct world *world, struct task_id id)
{
    struct task *task = world_find_task(world, id);
    if (task)
        task->last_tick = world->tick;
}

/* The counter was read. When it says something else than the ledger, what the task has open is in doubt. */
void task_disagree(struct world *world, struct task *task, uint32_t counter);
static inline void task_agree(struct world *world, struct task *task, uint32_t counter)
{
    if (task->total != counter)
        task_disagree(world, task, counter);
}

/* What the scope took from others and did not give back is judged now. */
void take_back_settle(struct world *world, struct scope *scope);

#endif
