/* SPDX-License-Identifier: MIT */
/* The trace has gaps: what is found near them is no more than possible. */
#include "analyzer/core/findings.h"
#include "analyzer/rules/rules.h"

static void on_finish(struct world *world)
{
    if (!world->lost && !world->unsure && !world->mismatch)
        return;
    char *message =
        world->lost
            ? g_strdup_printf("%" G_GUINT64_FORMAT " events of process %u are missing from the trace: what was "
                              "open at that moment is not judged.",
                              world->lost, world->pid)
            : g_strdup_printf("Events of process %u are missing from the trace: what was open at that moment "
                              "is not judged.",
                              world->pid);
    finding_report(world, &(struct verdict){.rule = &lost_events, .level = LEVEL_NOTE, .message = message});
}

const struct rule lost_events = {
    .name = "lost-events",
    .level = LEVEL_NOTE,
    .summary = "the trace has gaps",
    .on_finish = on_finish,
};
