/* SPDX-License-Identifier: MIT */
/* A scope that is left in another task than the one that entered it. */
#include "analyzer/core/findings.h"
#include "analyzer/core/scopes.h"
#include "analyzer/core/world.h"
#include "analyzer/rules/rules.h"

/* What generator.aclose() returns. Of a generator that is thrown away the event loop makes a task of it, which
 * nobody knows by its name. */
#define CLOSING "async_generator_athrow"
/* What gather() makes of anything but a coroutine: at the loop's shutdown of those generators. */
#define WRAPPED "_wrap_awaitable"

static bool is_closing(const struct task *by, const struct scope *scope)
{
    return by && (g_strcmp0(by->coroutine, CLOSING) == 0 ||
                  (g_strcmp0(by->coroutine, WRAPPED) == 0 && scope->exception_in == EXIT_WITH_GENERATOR_EXIT));
}

/* To be freed. */
static char *left_where(const struct scope *scope, const struct task *by)
{
    const struct mark *exited = &scope->exited;
    if (!exited->by.serial)
        return g_strdup("outside of any task");
    g_autofree char *title = task_title(by ? by->name : exited->by_name);
    return g_strdup_printf("in %s%s", title, scope->aclosed ? ", which closed the generator that it is in" : "");
}

/* Where it was left is in the scope. */
static void report(struct world *world, struct scope *scope, const struct task *host, bool refused)
{
    const struct mark *exited = &scope->exited;
    const struct task *by = world_find_task(world, exited->by);
    g_autofree char *entered = task_title(host && host->name ? host->name : scope->entered.by_name);
    g_autofree char *where = left_where(scope, by);
    char *message =
        g_strdup_printf("The %s%s in %s was left %s: a scope must be left in the task that entered it.",
                        scope_kind(scope), entered_at(world, scope), entered, where);
    scope->reported = true;
    finding_report(world, &(struct verdict){.rule = &wrong_task,
                                            .level = LEVEL_ERROR,
                                            .task = host,
                                            .scope = scope,
                                            .exited = exited,
                                            .refused = refused,
                                            .counter_known = true,
                                            .counter_before = scope->counter_before,
                                            .counter_after = scope->counter_after,
                                            .message = message});
}

/* Whose coroutine is closed may be thrown away itself, which is told right after that. */
static void keep(struct task *host, struct scope *scope)
{
    if (!host->closed)
        host->closed = g_ptr_array_new_with_free_func(scope_release);
    g_ptr_array_add(host->closed, scope_hold(scope));
}

static void after_exit(struct world *world, const struct exit_facts *facts)
{
    struct scope *scope = facts->scope;
    bool closing = facts->exception_in == EXIT_WITH_GENERATOR_EXIT && !facts->stays_open;
    /* The remains of a task that was thrown away are swept up in whatever task runs: abandoned-scope's. */
    bool swept = facts->exception_in == EXIT_WITH_GENERATOR_EXIT && scope->host_destroyed;
    if (!facts->wrong_task || swept || scope_uncertain(world, scope))
        return;
    scope->aclosed = is_closing(world_find_task(world, scope->exited.by), scope);
    if (closing && facts->host)
        keep(facts->host, scope);
    else
        report(world, scope, facts->host ? facts->host : world_find_task(world, scope->host_id),
               facts->stays_open);
}

static void judge_closed(struct world *world, struct task *host)
{
    for (guint i = 0; host->closed && i < host->closed->len; i++)
        if (!scope_was_swept(g_ptr_array_index(host->closed, i), host))
            report(world, g_ptr_array_index(host->closed, i), host, false);
}

const struct rule wrong_task = {
    .name = "wrong-task",
    .level = LEVEL_ERROR,
    .summary = "a scope is left in another task than the one that entered it",
    .on_exit = after_exit,
    .on_task_over = judge_closed,
    .on_task_left = judge_closed,
};
