/* SPDX-License-Identifier: MIT */
/* The end of a process in the trace: what is still open is settled, what the report needs is kept. */
#include "analyzer/core/analysis_internal.h"
#include "analyzer/core/findings.h"
#include "analyzer/core/middle.h"
#include "analyzer/core/open_end.h"
#include "analyzer/core/tree.h"
#include "analyzer/core/world.h"

static gint by_id(gconstpointer a, gconstpointer b)
{
    const struct task *x = *(struct task *const *)a, *y = *(struct task *const *)b;
    return x->id.serial < y->id.serial ? -1 : x->id.serial > y->id.serial;
}

static void forget_orphans(struct world *world)
{
    for (GList *link = world->orphans.head; link; link = link->next) {
        struct scope *scope = link->data;
        if (scope->open)
            rules_forgotten(world, scope);
    }
}

/* Killed, gone by os._exit() as every child of multiprocessing's fork, or still running. */
static bool is_cut(const struct world *world)
{
    const struct report_process *process = world->process;
    return process->asyncio_seen && !process->ended_in_order && !process->refused && !process->left;
}

static void note_cut(struct world *world, const GPtrArray *tasks)
{
    world->analysis->cut++;
    world->analysis->cut_pid = world->pid;
    open_end_add(world, tasks);
}

void world_finish(struct world *world)
{
    if (world->finished)
        return;
    world->finished = true;
    world->process->last_seq = world->last_seq;
    world->blind = world->blind && !world->stopped; /* what came before the gap was seen */
    /* In the order of their birth, so that the report is the same each time. */
    g_autoptr(GPtrArray) tasks = serial_table_items(&world->tasks);
    g_ptr_array_sort(tasks, by_id);
    /* Whom a task waits for may be among those that an announcement had not come to. */
    for (guint i = 0; i < tasks->len && !world->announcing; i++)
        if (!((struct task *)g_ptr_array_index(tasks, i))->over)
            rules_task_left(world, g_ptr_array_index(tasks, i));
    forget_orphans(world);
    rules_finish(world);
    for (guint i = 0; i < tasks->len; i++) {
        findings_task_over(g_ptr_array_index(tasks, i));
        tree_task_over(world, g_ptr_array_index(tasks, i));
    }
    if (is_cut(world))
        note_cut(world, tasks);
    middle_end(world);
    world_reset(world);
}
