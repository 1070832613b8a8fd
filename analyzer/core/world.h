/* SPDX-License-Identifier: MIT */
/*
 * A process of the trace: finding and making its tasks, scopes and call sites.
 *
 * Runs in: the command. Internal to analyzer/core and analyzer/rules.
 */
#ifndef SCOPETRACE_CORE_WORLD_H
#define SCOPETRACE_CORE_WORLD_H

#include "analyzer/core/model.h"
#include "analyzer/core/shared_text.h"

struct world *world_new(struct analysis *analysis, struct report_process *process, const char *host, uint32_t pid);
/* NULL is accepted. */
void world_free(struct world *world);

/* Forgets tasks and scopes without judging them: what follows announces them anew. */
void world_reset(struct world *world);

/* Events are missing before this moment: from now on everything older is uncertain. */
void world_gap(struct world *world);
/* Whether something of this order happened before events went missing. */
bool world_uncertain(const struct world *world, uint64_t order);

/* NULL: id 0, or not known. */
static inline struct task *world_find_task(const struct world *world, struct task_id id)
{
    if (world->recent_task && world->recent_task->id.serial == id.serial)
        return world->recent_task;
    return serial_table_find(&world->tasks, id.serial);
}
/* Makes one when it is not known. NULL: id 0. */
struct task *world_get_task(struct world *world, struct task_id id);
/* Takes the task out of the world and frees it. */
void world_drop_task(struct world *world, struct task *task);

void world_add_frame(struct world *world, const struct event_frame *frame);
void world_add_package(struct world *world, const struct event_package *package);
void world_add_provider(struct world *world, const struct event_provider *provider);
/* NULL: never announced. */
const struct provider *world_find_provider(const struct world *world, struct provider_id id);
/* Whether a kind of scope that was announced has it: of a scope that was not, it may be true. */
bool world_has_trait(const struct world *world, enum provider_trait trait);

/* What happens now. The caller owns its strings. */
static inline struct mark mark_now(const struct world *world, struct stack_id stack, struct task_id by)
{
    const struct task *task = world_find_task(world, by);
    return (struct mark){.time_ns = world->now_ns,
                         .order = world->order,
                         .tick = world->tick,
                         .stack = stack,
                         .by = by,
                         .by_name = task ? shared_text_hold(task->name) : NULL};
}
/* The same in the place of what the mark was; NULL or "": no reason. */
void mark_set(struct mark *mark, const struct world *world, struct stack_id stack, struct task_id by,
              const char *reason);
void mark_copy(struct mark *target, const struct mark *source);
void mark_clear(struct mark *mark);

#endif
