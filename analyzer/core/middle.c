/* SPDX-License-Identifier: MIT */
#include "analyzer/core/middle.h"

#include "analyzer/core/analysis_internal.h"
#include "analyzer/core/findings.h"
#include "analyzer/core/tree.h"
#include "analyzer/core/world.h"

/* seq 0: nobody counts, as in events that people wrote. What a ring still holds may begin with an announcement, to
 * the event: where one is made for each part of the ring, about as it begins, that is no rare chance. */
void middle_begin(struct world *world, const struct event *event)
{
    world->mid_life = event->kind != EVENT_RUNTIME;
    world->blind = event->seq > 1 && (world->mid_life || event->runtime.again);
}

/* Whatever it was, it may have ended unseen. What was found before stays. */
static void forget(struct world *world)
{
    g_autoptr(GPtrArray) tasks = serial_table_items(&world->tasks);
    for (guint i = 0; i < tasks->len; i++) {
        findings_task_over(g_ptr_array_index(tasks, i));
        tree_task_over(world, g_ptr_array_index(tasks, i));
    }
    world_reset(world);
}

/* Here its trace ends, until somebody says what is there. */
static void stop(struct world *world)
{
    if (!world->blind)
        world->judged_until_ns = world->now_ns;
    world->stopped = true;
}

bool middle_gap(struct world *world, uint64_t missing)
{
    if (!world->blind && !world->overwrites)
        return false;
    world->missing += missing;
    world->mid_life = true;
    if (world->blind && !world->stopped)
        forget(world);
    else
        stop(world);
    world->blind = true;
    return true;
}

bool middle_skips(const struct world *world, const struct event *event)
{
    static const bool always[EVENT_KINDS] = {
        [EVENT_RUNTIME] = true, [EVENT_PACKAGE] = true, [EVENT_PROVIDER] = true,
        [EVENT_FRAME] = true,   [EVENT_LIBRARY] = true, [EVENT_LABEL] = true};
    return world->stopped && !always[event->kind];
}

/* Only now is it known what kind of trace this is. */
void middle_announced(struct world *world, const struct event_runtime *runtime)
{
    world->overwrites |= runtime->overwrites != 0;
    if (!world->blind)
        return;
    /* What was heard without its beginning is told from the beginning now. */
    if (world->stopped || runtime->schema >= SCHEMA_OF_PIECES)
        forget(world);
    world->blind = world->stopped = false;
    world->seen_from_ns = world->now_ns;
    if (!world->overwrites) {
        world->lost += world->missing;
        world->analysis->lost_counted += world->missing;
    }
    world->missing = 0;
}

void middle_end(struct world *world)
{
    struct analysis *analysis = world->analysis;
    if (world->blind && !world->stopped) {
        analysis->blind++;
        analysis->blind_pid = world->pid;
    } else if (world->overwrites && world->seen_from_ns) {
        const uint64_t span = world->process->last_ns - world->seen_from_ns;
        if (!analysis->overwritten++ || span < analysis->overwritten_span) {
            analysis->overwritten_span = span;
            analysis->overwritten_pid = world->pid;
        }
    }
}

static void notice_blind(struct analysis *analysis)
{
    if (analysis->blind == 1)
        analysis_notice(analysis,
                        "The trace of process %u begins in the middle, and what was there then was not announced "
                        "in it afterwards: it is not judged.",
                        analysis->blind_pid);
    else if (analysis->blind)
        analysis_notice(analysis,
                        "The traces of %" G_GUINT64_FORMAT " processes, %u among them, begin in the middle, and "
                        "what was there then was not announced in them afterwards: they are not judged.",
                        analysis->blind, analysis->blind_pid);
}

void middle_notice(struct analysis *analysis)
{
    const double seconds = (double)analysis->overwritten_span / 1e9;
    notice_blind(analysis);
    if (analysis->overwritten == 1)
        analysis_notice(
            analysis,
            "The flight recorder held the last %.3g s of process %u: what came before, and is over, is not "
            "judged.",
            seconds, analysis->overwritten_pid);
    else if (analysis->overwritten)
        analysis_notice(
            analysis,
            "The flight recorder held the last moments of %" G_GUINT64_FORMAT
            " processes, of process %u no more than %.3g s: what came before, and is over, is not judged.",
            analysis->overwritten, analysis->overwritten_pid, seconds);
}
