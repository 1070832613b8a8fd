/* SPDX-License-Identifier: MIT */
/* A scope that is left in another task than the one that entered it. */
#include "analyzer/core/findings.h"
#include "analyzer/core/scopes.h"
#include "analyzer/core/world.h"
#include "analyzer/rules/rules.h"

static void after_exit(struct world *world, const struct exit_facts *facts)
{
    struct scope *scope = facts->scope;
    /* The remains of a task that was thrown away are swept up in whatever task runs: abandoned-scope's. */
    bool swept = facts->exception_in == EXIT_WITH_GENERATOR_EXIT && scope->host_destroyed;
    if (!facts->wrong_task || swept || scope_uncertain(world, scope))
        return;
    const struct task *by = world_find_task(world, facts->by);
    g_autofree char *title = task_title(by ? by->name : NULL);
    const struct task *host = facts->host ? facts->host : world_find_task(world, scope->host_id);
    g_autofree char *entered = task_title(host && host->name ? host->name : scope->entered.by_name);
    g_autofree char *where = facts->by.serial ? g_strdup_printf("in %s", title) : g_strdup("outside of any task");
    char *message =
        g_strdup_printf("The %s%s in %s was left %s: a scope must be left in the task that entered it.",
                        scope_kind(scope), entered_at(world, scope), entered, where);
    scope->reported = true;
    finding_report(world, &(struct verdict){.rule = &wrong_task,
                                            .level = LEVEL_ERROR,
                                            .task = host,
                                            .scope = scope,
                                            .exited = &facts->mark,
                                            .refused = facts->stays_open,
                                            .counter_known = true,
                                            .counter_before = scope->counter_before,
                                            .counter_after = facts->after,
                                            .message = message});
}

const struct rule wrong_task = {
    .name = "wrong-task",
    .level = LEVEL_ERROR,
    .summary = "a scope is left in another task than the one that entered it",
    .on_exit = after_exit,
};
