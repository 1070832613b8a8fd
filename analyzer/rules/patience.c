/* SPDX-License-Identifier: MIT */
#include "analyzer/rules/patience.h"

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

bool patience_exceeded(const struct task *task, const struct request *request, uint32_t end)
{
    uint32_t delivered = request->raised.tick;
    if (!delivered || request->tid != task->tid || task->awaited)
        return false;
    if ((int32_t)(task->delivery_tick - delivered) > 0)
        delivered = task->delivery_tick;
    if (request->seen_tick && (int32_t)(request->seen_tick - delivered) > 0)
        delivered = request->seen_tick;
    return (int32_t)(end - delivered) > PATIENCE_TICKS;
}
