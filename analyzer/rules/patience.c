/* SPDX-License-Identifier: MIT */
#include "analyzer/rules/patience.h"

#include "analyzer/core/scopes.h"
#include "analyzer/core/stacks.h"
#include "analyzer/core/world.h"

/* It cancels the future that it waits for, and waits until that says that it was. */
#define OLD_WAIT_FOR_TICKS 2u

bool patience_end(const struct world *world, const struct task *task, uint32_t *ret_tick)
{
    void *tick;
    if (task->over && task->how != TASK_OPEN) {
        *ret_tick = task->over_promptly_known ? task->over_tick : task->last_tick;
        return true;
    }
    if (!g_hash_table_lookup_extended(world->ticks, GUINT_TO_POINTER(task->tid), NULL, &tick))
        return false;
    *ret_tick = GPOINTER_TO_UINT(tick);
    return true;
}

bool patience_in_old_wait_for(struct world *world, struct stack_id waiting)
{
    const struct stack *stack = stack_get(world, waiting);
    const char *python = world->process->python;
    return python && g_str_has_prefix(python, "3.11") && stack && stack->count &&
           g_strcmp0(stack->frames[0].function, "wait_for") == 0 &&
           g_str_has_suffix(stack->frames[0].file, "asyncio/tasks.py");
}

bool patience_exceeded(const struct task *task, const struct request *request, uint32_t end)
{
    uint32_t delivered = request->raised.tick;
    if (look_is_in_group(&request->look))
        return false;
    /* it may also return at once, with a result that came in the same turn: then nothing is handled any more */
    if (delivered && request->look.handling == HANDLING_EXCEPTION &&
        patience_in_old_wait_for(task->world, request->waiting))
        delivered += OLD_WAIT_FOR_TICKS;
    if (!delivered || request->tid != task->tid || task->awaited)
        return false;
    if ((int32_t)(task->delivery_tick - delivered) > 0)
        delivered = task->delivery_tick;
    /* an error that is there was raised in the turn before, as far as turns count */
    if (request->seen_tick && (int32_t)(request->seen_tick - 1 - delivered) > 0)
        delivered = request->seen_tick - 1;
    return (int32_t)(end - delivered) > PATIENCE_TICKS;
}

bool patience_remembers(struct world *world, struct stack_id waiting)
{
    return stack_mentions(world, waiting, "asyncio/locks.py", "Condition.wait");
}

const struct task *patience_in_group_exit(struct world *world, const struct scope *scope,
                                          const struct mark *cancelled)
{
    if (scope->known && (scope->open || cancelled->by.serial != scope->host_id.serial))
        return NULL;
    return stack_mentions(world, cancelled->stack, "anyio/_backends/_asyncio.py", "TaskGroup.__aexit__")
               ? world_find_task(world, cancelled->by)
               : NULL;
}

bool patience_group_stops(const struct world *world, const struct scope *scope)
{
    return scope->known ? scope_traits(scope) & TRAIT_STOPS_IN_WAIT : world_has_trait(world, TRAIT_STOPS_IN_WAIT);
}
