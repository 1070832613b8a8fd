/* SPDX-License-Identifier: MIT */
/* A scope that was entered and never left. */
#include "analyzer/core/findings.h"
#include "analyzer/core/scopes.h"
#include "analyzer/core/world.h"
#include "analyzer/rules/rules.h"

static void report(struct world *world, struct scope *scope, enum level level, const char *because)
{
    if (scope->reported || scope_uncertain(world, scope))
        return;
    scope->reported = true;
    char *message =
        g_strdup_printf("The %s%s was never left: %s.", scope_kind(scope), entered_at(world, scope), because);
    finding_report(world, &(struct verdict){.rule = &abandoned_scope,
                                            .level = level,
                                            .task = world_find_task(world, scope->host_id),
                                            .scope = scope,
                                            .by_entry = true, /* its timer may come later, or not at all */
                                            .counter_known = true,
                                            .counter_before = scope->counter_before,
                                            .counter_after = scope->counter_before,
                                            .message = message});
}

#define DESTROYED "its coroutine was destroyed inside the block"

static void after_exit(struct world *world, const struct exit_facts *facts)
{
    bool swept =
        facts->wrong_task && facts->exception_in == EXIT_WITH_GENERATOR_EXIT && facts->scope->host_destroyed;
    if (facts->destroyed || swept)
        report(world, facts->scope, LEVEL_NOTE, DESTROYED);
}

static void on_task_over(struct world *world, struct task *host)
{
    for (guint i = 0; host->closed && i < host->closed->len; i++)
        if (scope_was_swept(g_ptr_array_index(host->closed, i), host))
            report(world, g_ptr_array_index(host->closed, i), LEVEL_NOTE, DESTROYED);
}

/* A task that never finished takes its scopes with it: the program's end, not the scope's fault. */
static void on_forgotten(struct world *world, struct scope *scope)
{
    if (!scope->host_destroyed)
        report(world, scope, LEVEL_WARNING, "the task that entered it has ended");
}

static void on_task_left(struct world *world, struct task *task)
{
    g_autoptr(GPtrArray) open = scopes_open_on(task);
    for (guint i = 0; i < open->len; i++) {
        struct scope *scope = g_ptr_array_index(open, i);
        if (scope->outlived_by && !scope->outlived_by->reported)
            report(world, scope, LEVEL_WARNING, "an outer scope was left before it");
    }
}

const struct rule abandoned_scope = {
    .name = "abandoned-scope",
    .level = LEVEL_WARNING,
    .summary = "a scope is entered and never left",
    .on_exit = after_exit,
    .on_task_over = on_task_over,
    .on_forgotten = on_forgotten,
    .on_task_left = on_task_left,
};
