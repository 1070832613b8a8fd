/* SPDX-License-Identifier: MIT */
/*
 * A take-back of somebody else's request. The ledger has decided whose it was; what is left is who is blamed
 * and what became of the one who was robbed.
 */
#include "analyzer/core/findings.h"
#include "analyzer/core/scopes.h"
#include "analyzer/rules/rules.h"

static char *victim_phrase(struct world *world, const struct request *victim)
{
    if (victim->origin)
        return g_strdup_printf("the %s%s%s", scope_kind(victim->origin), entered_at(world, victim->origin),
                               victim->origin->open ? ", which is still open" : "");
    return g_strdup_printf("whoever called Task.cancel()%s", happened_at(world, victim->raised.stack));
}

static char *theft_message(struct world *world, const struct take_back *take_back)
{
    char *victim = victim_phrase(world, take_back->victim);
    const struct scope *taker = take_back->taker;
    char *message =
        taker
            ? g_strdup_printf("The %s%s took back a cancellation request that it did not raise: it belongs to %s.",
                              scope_kind(taker), entered_at(world, taker), victim)
            : g_strdup_printf("Task.uncancel()%s took back a cancellation request that belongs to %s.",
                              happened_at(world, take_back->mark.stack), victim);
    g_free(victim);
    return message;
}

/* What is delivered again is not lost, whoever's books are wrong; nor is anything when the loop closes anyway. */
static enum level theft_level(const struct take_back *take_back)
{
    const struct scope *victim = take_back->victim->origin;
    if (take_back->victim->source == SOURCE_SHUTDOWN)
        return LEVEL_NOTE;
    bool again = victim && victim->open && victim->was_cancelled && (scope_traits(victim) & TRAIT_LEVEL_TRIGGERED);
    return take_back->taker && again ? LEVEL_NOTE : LEVEL_ERROR;
}

static void on_take_back(struct world *world, const struct take_back *take_back)
{
    if (take_back->verdict != TAKE_BACK_THEFT)
        return;
    const struct request *victim = take_back->victim;
    const struct scope *culprit = take_back->taker ? take_back->taker : victim->origin;
    struct group *group = finding_report(world, &(struct verdict){.rule = &stolen_cancel,
                                                                  .level = theft_level(take_back),
                                                                  .task = take_back->task,
                                                                  .scope = culprit,
                                                                  .request = victim,
                                                                  .counter_known = true,
                                                                  .counter_before = take_back->before,
                                                                  .counter_after = take_back->after,
                                                                  .message = theft_message(world, take_back)});
    group_consequence(group, world, &take_back->mark, take_back->taker, "Here the request was taken back.");
    if (victim->origin && victim->origin->open && !victim->origin->robbed) {
        victim->origin->robbed = group;
        victim->origin->special = true;
    }
}

static void after_exit(struct world *world, const struct exit_facts *facts)
{
    const struct scope *scope = facts->scope;
    if (!scope->robbed || facts->stays_open || facts->outcome != EXIT_PROPAGATED)
        return;
    if (facts->exception_in == EXIT_WITH_NONE)
        group_consequence(scope->robbed, world, &facts->mark, scope,
                          "The %s%s was cancelled, yet its block ran to its end as if nothing had happened.",
                          scope_kind(scope), entered_at(world, scope));
    else if (facts->exception_in == EXIT_WITH_CANCELLED)
        group_consequence(scope->robbed, world, &facts->mark, scope,
                          "The %s%s no longer stopped its CancelledError.", scope_kind(scope),
                          entered_at(world, scope));
}

const struct rule stolen_cancel = {
    .name = "stolen-cancel",
    .level = LEVEL_ERROR,
    .summary = "a cancellation request is taken back by somebody who did not raise it",
    .on_take_back = on_take_back,
    .on_exit = after_exit,
};
