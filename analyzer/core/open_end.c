/* SPDX-License-Identifier: MIT */
#include "analyzer/core/open_end.h"

#include "analyzer/core/analysis_internal.h"
#include "analyzer/core/findings.h"
#include "analyzer/core/scopes.h"

#define LISTED_TASKS 1000u
#define LISTED_SCOPES 50u

static void open_request_free(void *data)
{
    struct open_request *request = data;
    moment_free(request->cancelled);
    moment_free(request->raised);
    scope_ref_clear(&request->scope);
    g_free(request);
}

static void open_task_free(void *data)
{
    struct open_task *task = data;
    g_ptr_array_unref(task->requests);
    g_ptr_array_unref(task->scopes);
    g_free(task->task.name);
    g_free(task->task.coroutine);
    g_free(task);
}

void open_end_free(void *data)
{
    struct open_end *end = data;
    g_ptr_array_unref(end->tasks);
    g_free(end);
}

static struct open_request *open_request_new(struct world *world, const struct request *request)
{
    const struct scope *origin = request->origin;
    struct open_request *open = g_new0(struct open_request, 1);
    open->count = request->count;
    if (origin) {
        open->scope = scope_ref_new(world, origin->id, scope_kind(origin), origin->entered.stack);
        open->cancelled = moment_of_cancel(world, origin->cancelled, origin->id, origin->of_child);
    }
    if (!request->unknown)
        open->raised = moment_new(world, &request->raised, open->scope.id);
    return open;
}

static struct tree_scope *open_scope_new(struct world *world, const struct scope *scope)
{
    struct tree_scope *open = g_new0(struct tree_scope, 1);
    open->scope = scope_ref_new(world, scope->id, scope_kind(scope), scope->entered.stack);
    open->entry = scope->entry;
    open->entered = moment_new(world, &scope->entered, scope->id);
    open->cancelled = moment_of_cancel(world, scope->cancelled, scope->id, scope->of_child);
    open->counter_before = scope->counter_before;
    open->shield = scope->shield;
    open->open = true;
    open->children = g_ptr_array_new();
    return open;
}

static struct open_task *open_task_new(struct world *world, const struct task *task)
{
    struct open_task *open = g_new0(struct open_task, 1);
    open->task.id = task->id;
    open->parent = task->parent;
    open->task.name = g_strdup(task->name);
    open->task.coroutine = g_strdup(task->coroutine);
    open->counter = task->total;
    open->requests = g_ptr_array_new_with_free_func(open_request_free);
    open->scopes = g_ptr_array_new_with_free_func(tree_scope_free);
    for (const struct request *request = task->first; request; request = request->next)
        g_ptr_array_add(open->requests, open_request_new(world, request));
    g_autoptr(GPtrArray) scopes = scopes_open_on(task);
    for (guint i = 0; i < scopes->len && i < LISTED_SCOPES; i++)
        g_ptr_array_add(open->scopes, open_scope_new(world, g_ptr_array_index(scopes, i)));
    open->scopes_left_out = scopes->len - open->scopes->len;
    return open;
}

static void list_tasks(struct world *world, struct open_end *end, const GPtrArray *tasks, bool with_requests)
{
    for (guint i = 0; i < tasks->len; i++) {
        const struct task *task = g_ptr_array_index(tasks, i);
        if (task->over || !task->known || (task->first != NULL) != with_requests)
            continue;
        if (end->tasks->len < LISTED_TASKS)
            g_ptr_array_add(end->tasks, open_task_new(world, task));
        else
            end->tasks_left_out++;
    }
}

void open_end_add(struct world *world, const GPtrArray *tasks)
{
    if (!world->lively)
        return;
    struct open_end *end = g_new0(struct open_end, 1);
    end->process = world->process;
    end->time_ns = world->process->last_ns;
    end->tasks = g_ptr_array_new_with_free_func(open_task_free);
    list_tasks(world, end, tasks, true);
    list_tasks(world, end, tasks, false);
    if (end->tasks->len)
        g_ptr_array_add(world->analysis->report.ends, end);
    else
        open_end_free(end);
}
