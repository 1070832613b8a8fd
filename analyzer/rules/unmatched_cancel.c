/* SPDX-License-Identifier: MIT */
/* A scope that cancels a task though nobody cancelled the scope. */
#include "analyzer/core/analysis_internal.h"
#include "analyzer/core/findings.h"
#include "analyzer/core/ledger.h"
#include "analyzer/core/scopes.h"
#include "analyzer/rules/rules.h"

static bool is_unmatched(const struct world *world, const struct request *request)
{
    const struct scope *origin = request->origin;
    if (request->source != SOURCE_SCOPE || request->propagated || !origin || !origin->provider)
        return false;
    if (origin->was_cancelled || request_uncertain(world, request))
        return false;
    /* A group that is left early ends its children without being cancelled itself. */
    return !((scope_traits(origin) & TRAIT_GROUP) && request_is_foreign(request));
}

static void report(struct world *world, struct request *request)
{
    const struct scope *origin = request->origin;
    char *message =
        g_strdup_printf("The %s%s cancelled the task though nobody had cancelled it, nor had it expired.",
                        scope_kind(origin), entered_at(world, origin));
    finding_report(world, &(struct verdict){.rule = &unmatched_cancel,
                                            .level = LEVEL_ERROR,
                                            .task = request->task,
                                            .scope = origin,
                                            .request = request,
                                            .counter_known = true,
                                            .counter_before = request->before,
                                            .counter_after = request->task->total,
                                            .message = message});
    request->unmatched = true;
}

static void list_direct(struct world *world, const struct request *request)
{
    const struct task *task = request->task;
    g_autofree char *title = task_title(task->name);
    char *message = g_strdup_printf("Task.cancel() was called on %s%s, outside of any scope.", title,
                                    happened_at(world, request->raised.stack));
    finding_report(world, &(struct verdict){.rule = &unmatched_cancel,
                                            .level = LEVEL_NOTE,
                                            .task = task,
                                            .request = request,
                                            .counter_known = true,
                                            .counter_before = request->before,
                                            .counter_after = task->total,
                                            .message = message});
}

static bool is_listed(const struct world *world, const struct request *request)
{
    return world->analysis->options.strict && request->source == SOURCE_DIRECT && !request->propagated;
}

/* Whether anybody had cancelled its scope is not told. */
static void on_told(struct world *world, struct request *request, bool ran_on)
{
    (void)ran_on;
    if (is_listed(world, request))
        list_direct(world, request);
}

static void on_raise(struct world *world, struct request *request)
{
    if (is_unmatched(world, request))
        report(world, request);
    else if (is_listed(world, request))
        list_direct(world, request);
}

const struct rule unmatched_cancel = {
    .name = "unmatched-cancel",
    .level = LEVEL_ERROR,
    .summary = "a scope cancels a task though nobody cancelled the scope",
    .on_raise = on_raise,
    .on_told = on_told,
};
