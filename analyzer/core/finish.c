/* SPDX-License-Identifier: MIT */
/* The end of a process in the trace: what is still open is settled, what the report needs is kept. */
#include "analyzer/core/analysis_internal.h"
#include "analyzer/core/findings.h"
#include "analyzer/core/scopes.h"
#include "analyzer/core/tree.h"
#include "analyzer/core/world.h"

static gint by_id(gconstpointer a, gconstpointer b)
{
    const struct task *x = a, *y = b;
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
static void note_end(const struct world *world)
{
    const struct report_process *process = world->process;
    if (!process->asyncio_seen || process->ended_in_order || process->refused)
        return;
    world->analysis->cut++;
    world->analysis->cut_pid = world->pid;
}

void world_finish(struct world *world)
{
    if (world->finished)
        return;
    world->finished = true;
    /* In the order of their birth, so that the report is the same each time. */
    GList *tasks = g_list_sort(g_hash_table_get_values(world->tasks), by_id);
    for (GList *link = tasks; link; link = link->next)
        if (!((struct task *)link->data)->over)
            rules_task_left(world, link->data);
    forget_orphans(world);
    rules_finish(world);
    for (GList *link = tasks; link; link = link->next) {
        findings_task_over(link->data);
        tree_task_over(world, link->data);
    }
    g_list_free(tasks);
    note_end(world);
    world_reset(world);
}
