/* SPDX-License-Identifier: MIT */
#include "analyzer/rules/leaked_source.h"

#include <string.h>

#include "analyzer/core/findings.h"
#include "analyzer/core/ledger.h"
#include "analyzer/rules/patience.h"
#include "analyzer/rules/rules.h"

/* Requests of one source on a task that has not ended, from which on no patience is needed: a program that is
 * killed, or let go of, is mostly in the middle of its next one. Nor does it excuse so many that the task was
 * cleaning up each time: it may have gone on in an except block. */
#define MANY 5u

/* Requests of the loop's callbacks on one task that make it a timeout that forgets: whoever asks twice may only be
 * impatient. */
#define SEVERAL 3u

struct tally {
    const struct generic_source *source; /* NULL: callbacks that are Task.cancel itself */
    const struct request *first, *last;
    uint64_t count;
    bool uncertain;
    bool cleaning; /* each time after the first the task was cleaning up after an exception */
};

/* A class acts on its own account, and so does a function whose own callback the event loop calls. A function that
 * is called by whoever wants a task to end says nothing. */
static bool is_of_one(const struct request *request)
{
    const struct generic_source *source = request->generic;
    return *source->class_name || (source->nested && !request->raised.by.serial);
}

/* call_later(delay, task.cancel): nobody's code made the call. */
static bool is_of_loop(const struct request *request)
{
    return !request->generic && request->raised.stack.node && !request->raised.by.serial;
}

static bool counts(const struct request *request)
{
    return request->source == SOURCE_DIRECT && !request->propagated && !request->unknown && !request->leak &&
           !request->swallowed && (request->generic ? is_of_one(request) : is_of_loop(request));
}

static struct tally tally_up(const struct world *world, const struct task *task,
                             const struct generic_source *source)
{
    struct tally tally = {.source = source, .cleaning = true};
    for (const struct request *request = task->first; request; request = request->next) {
        if (!counts(request) || request->generic != source)
            continue;
        tally.cleaning &= !tally.first || request->handling == HANDLING_EXCEPTION;
        tally.first = tally.first ? tally.first : request;
        tally.last = request;
        tally.count += request->count;
        tally.uncertain |= request_uncertain(world, request);
    }
    return tally;
}

/* Whether the task went on after the first of them, not only took its time to end because of it: somebody may
 * ask a slow task twice. */
static bool ran_on(const struct world *world, const struct task *task, const struct tally *tally)
{
    uint32_t end;
    bool spread = (int32_t)(tally->last->last_tick - tally->first->raised.tick) > PATIENCE_TICKS;
    bool known = patience_end(world, task, &end);
    if (!tally->source && (!spread || tally->count < SEVERAL))
        return false;
    if (tally->cleaning && tally->count < MANY && !(task->over && task->how == TASK_FINISHED))
        return false;
    /* It may be about to end because of the last one; but nobody asks so often whoever means to. */
    if (!task->over || task->how == TASK_OPEN)
        return spread &&
               (tally->count >= MANY || (known && (int32_t)(end - tally->last->last_tick) > PATIENCE_TICKS));
    switch (task->how) {
    case TASK_FINISHED:
        return spread || patience_exceeded(task, tally->first, end);
    case TASK_FAILED:
        return spread;
    default: /* cancelled by somebody else in the end */
        return spread && task->last->generic != tally->source;
    }
}

static const char *name_tail(const struct generic_source *source)
{
    const char *name = *source->class_name ? source->class_name : source->function;
    const char *dot = strrchr(name, '.');
    return dot ? dot + 1 : name;
}

static char *message_of(struct world *world, const struct task *task, const struct tally *tally)
{
    if (!tally->source)
        return g_strdup_printf(
            "The event loop cancelled the task %" G_GUINT64_FORMAT
            " times, having been given Task.cancel itself as in call_later(…, task.cancel), and "
            "nobody took a request back with Task.uncancel(): the task runs on with "
            "Task.cancelling() at %u.",
            tally->count, task->total);
    return g_strdup_printf("%s %s cancelled the task %" G_GUINT64_FORMAT
                           " times (first%s) and never took a request back with Task.uncancel(): the task "
                           "runs on with Task.cancelling() at %u.",
                           *tally->source->class_name ? "Class" : "Function", name_tail(tally->source),
                           tally->count, happened_at(world, tally->first->raised.stack), task->total);
}

static void report(struct world *world, struct task *task, const struct tally *tally)
{
    struct group *group = finding_report(world, &(struct verdict){.rule = &leaked_cancel,
                                                                  .level = LEVEL_ERROR,
                                                                  .uncertain = tally->uncertain,
                                                                  .task = task,
                                                                  .request = tally->first,
                                                                  .counter_known = true,
                                                                  .counter_before = tally->first->before,
                                                                  .counter_after = task->total,
                                                                  .count = tally->count,
                                                                  .message = message_of(world, task, tally)});
    for (struct request *request = task->first; request; request = request->next)
        if (counts(request) && request->generic == tally->source)
            request->leak = group;
}

void leaked_source_judge(struct world *world, struct task *task)
{
    for (struct request *request = task->first; request; request = request->next) {
        if (!counts(request))
            continue;
        struct tally tally = tally_up(world, task, request->generic);
        if (tally.count >= 2 && ran_on(world, task, &tally))
            report(world, task, &tally);
    }
}
