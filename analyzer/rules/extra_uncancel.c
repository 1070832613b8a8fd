/* SPDX-License-Identifier: MIT */
/* A take-back when there is nothing to take: harmless, but somebody's books are wrong. */
#include "analyzer/core/findings.h"
#include "analyzer/core/scopes.h"
#include "analyzer/rules/rules.h"

static void on_take_back(struct world *world, const struct take_back *take_back)
{
    struct scope *taker = take_back->taker;
    if (take_back->verdict != TAKE_BACK_EXTRA)
        return;
    if (taker && taker->robbed) {
        group_consequence(taker->robbed, world, &take_back->mark, taker,
                          "The %s%s found nothing left to take back.", scope_kind(taker),
                          entered_at(world, taker));
        return;
    }
    char *message = taker ? g_strdup_printf("The %s%s called Task.uncancel() though no request was open.",
                                            scope_kind(taker), entered_at(world, taker))
                          : g_strdup_printf("Task.uncancel() was called%s though no request was open.",
                                            happened_at(world, take_back->mark.stack));
    finding_report(world, &(struct verdict){.rule = &extra_uncancel,
                                            .level = LEVEL_NOTE,
                                            .task = take_back->task,
                                            .scope = taker,
                                            .cancelled = taker ? NULL : &take_back->mark,
                                            .counter_known = true,
                                            .counter_before = take_back->before,
                                            .counter_after = take_back->after,
                                            .message = message});
}

const struct rule extra_uncancel = {
    .name = "extra-uncancel",
    .level = LEVEL_NOTE,
    .summary = "Task.uncancel() is called though no request is open",
    .on_take_back = on_take_back,
};
