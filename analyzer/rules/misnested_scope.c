/* SPDX-License-Identifier: MIT */
/*
 * Scopes left out of order. When the outer one goes first it is not yet known whether the inner one will be
 * left later (misnested) or never (abandoned): the verdict waits for that, unless the scope refused.
 */
#include <string.h>

#include "analyzer/core/findings.h"
#include "analyzer/core/scopes.h"
#include "analyzer/rules/rules.h"

/* Two of one line, as those of two objects of a library's class, are told apart by no place. */
static char *inner_phrase(struct world *world, const struct scope *outer, const struct scope *inner)
{
    const char *where = entered_at(world, inner);
    if (*where && strcmp(where, entered_at(world, outer)) == 0 &&
        strcmp(scope_kind(inner), scope_kind(outer)) == 0)
        return g_strdup("another one, entered there after it,");
    return g_strdup_printf("the %s%s, entered after it,", scope_kind(inner), where);
}

static void report(struct world *world, struct scope *outer, const struct scope *inner, const struct task *host,
                   bool refused)
{
    if (outer->reported)
        return;
    outer->reported = true;
    g_autofree char *other = inner_phrase(world, outer, inner);
    char *message = g_strdup_printf("The %s%s was left while %s was still open: scopes must be left in the "
                                    "reverse order of their entry.",
                                    scope_kind(outer), entered_at(world, outer), other);
    finding_report(world, &(struct verdict){.rule = &misnested_scope,
                                            .level = LEVEL_ERROR,
                                            .task = host,
                                            .scope = outer,
                                            .refused = refused,
                                            .counter_known = true,
                                            .counter_before = outer->counter_before,
                                            .counter_after = outer->counter_after,
                                            .message = message});
}

/* Each enclosing scope will refuse in its turn; that is one fault, and the inner one's. */
static void report_refused(struct world *world, struct scope *outer, struct scope *inner, const struct task *host)
{
    if (inner->reported)
        outer->reported = true;
    report(world, outer, inner, host, true);
    inner->reported = true;
}

static void remember_inner(struct world *world, struct scope *outer, const struct task *host)
{
    for (struct scope *inner = host->innermost; inner; inner = inner->around)
        if (!inner->outlived_by && !scope_uncertain(world, inner) && scope_encloses(outer, inner)) {
            inner->outlived_by = scope_hold(outer);
            inner->special = true;
        }
}

static void after_exit(struct world *world, const struct exit_facts *facts)
{
    struct scope *scope = facts->scope;
    if (facts->wrong_task || facts->destroyed || scope_uncertain(world, scope))
        return;
    if (scope->outlived_by && !facts->stays_open)
        report(world, scope->outlived_by, scope, facts->host, false);
    if (facts->inner && facts->stays_open)
        report_refused(world, scope, facts->inner, facts->host);
    else if (facts->inner && facts->host)
        remember_inner(world, scope, facts->host);
}

const struct rule misnested_scope = {
    .name = "misnested-scope",
    .level = LEVEL_ERROR,
    .summary = "scopes are left in another order than the reverse of their entry",
    .on_exit = after_exit,
};
