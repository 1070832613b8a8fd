/* SPDX-License-Identifier: MIT */
#include "analyzer/core/analysis.h"

#include <stdarg.h>
#include <string.h>

#include "analyzer/core/analysis_internal.h"
#include "analyzer/core/findings.h"
#include "analyzer/core/middle.h"
#include "analyzer/core/rule.h"
#include "analyzer/core/tree.h"
#include "analyzer/core/world.h"

/* A step back in `seq` beyond this is no late event but another life of the same pid. */
#define SEQ_LATE 4096

/* Of a process that is not judged they hear nothing. */
#define TELL(callback, ...)                                                                                       \
    for (const struct rule *const *rule = rules; *rule && !world->blind; rule++)                                  \
        if ((*rule)->callback)                                                                                    \
    (*rule)->callback(__VA_ARGS__)

/* Most events are of these two kinds, and not every rule wants them. */
#define LIST(list, callback)                                                                                      \
    for (const struct rule *const *rule = rules; *rule; rule++)                                                   \
        if ((*rule)->callback)                                                                                    \
    g_ptr_array_add(list, (gpointer)(*rule))
#define TELL_LISTED(list, callback, ...)                                                                          \
    for (guint i = 0; !world->blind && i < (list)->len; i++)                                                      \
    ((const struct rule *)g_ptr_array_index(list, i))->callback(__VA_ARGS__)

void rules_raise(struct world *world, struct request *request)
{
    TELL(on_raise, world, request);
}

void rules_told(struct world *world, struct request *request, bool ran_on)
{
    TELL(on_told, world, request, ran_on);
}

void rules_take_back(struct world *world, const struct take_back *take_back)
{
    TELL(on_take_back, world, take_back);
}

void rules_enter(struct world *world, struct scope *scope)
{
    TELL_LISTED(world->analysis->told_of_enter, on_enter, world, scope);
}

void rules_exit(struct world *world, const struct exit_facts *facts)
{
    TELL_LISTED(world->analysis->told_of_exit, on_exit, world, facts);
}

void rules_cancel(struct world *world, const struct scope *scope, const struct mark *mark)
{
    TELL(on_cancel, world, scope, mark);
}

void rules_deliver(struct world *world, const struct delivery *delivery)
{
    TELL(on_deliver, world, delivery);
}

void rules_task_seen(struct world *world, struct task *task)
{
    TELL(on_task_seen, world, task);
}

void rules_task_over(struct world *world, struct task *task)
{
    TELL(on_task_over, world, task);
}

void rules_task_left(struct world *world, struct task *task)
{
    TELL(on_task_left, world, task);
}

void rules_forgotten(struct world *world, struct scope *scope)
{
    TELL(on_forgotten, world, scope);
}

void rules_finish(struct world *world)
{
    TELL(on_finish, world);
}

static void world_destroy(void *world)
{
    world_free(world);
}

struct analysis *analysis_new(const struct analysis_options *options)
{
    struct analysis *analysis = g_new0(struct analysis, 1);
    analysis->options = *options;
    analysis->worlds = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    analysis->all = g_ptr_array_new_with_free_func(world_destroy);
    analysis->groups = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, group_free);
    analysis->told_of_enter = g_ptr_array_new();
    LIST(analysis->told_of_enter, on_enter);
    analysis->told_of_exit = g_ptr_array_new();
    LIST(analysis->told_of_exit, on_exit);
    analysis->report.processes = g_ptr_array_new_with_free_func(report_process_free);
    analysis->report.findings = g_ptr_array_new_with_free_func(finding_free);
    analysis->report.tasks = g_ptr_array_new_with_free_func(tree_task_free);
    analysis->report.ends = g_ptr_array_new_with_free_func(open_end_free);
    analysis->report.notices = g_ptr_array_new_with_free_func(g_free);
    analysis->report.kinds = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    return analysis;
}

/* Nobody reads more, and a trace may hold any number of them. */
#define MOST_NOTICES 100u

void analysis_notice(struct analysis *analysis, const char *format, ...)
{
    if (analysis->report.notices->len >= MOST_NOTICES && !analysis->finishing) {
        analysis->notices_left_out++;
        return;
    }
    va_list arguments;
    va_start(arguments, format);
    g_ptr_array_add(analysis->report.notices, g_strdup_vprintf(format, arguments));
    va_end(arguments);
}

static struct world *analysis_add_world(struct analysis *analysis, const struct event *event)
{
    struct report_process *process = g_new0(struct report_process, 1);
    process->host = *event->host ? g_strdup(event->host) : NULL;
    process->pid = event->pid;
    process->number = analysis->report.processes->len;
    process->packages = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    process->first_ns = event->time_ns;
    g_ptr_array_add(analysis->report.processes, process);
    struct world *world = world_new(analysis, process, event->host, event->pid);
    middle_begin(world, event);
    world->lively = analysis->options.still;
    g_hash_table_replace(analysis->worlds, g_strdup_printf("%s\037%u", event->host, event->pid), world);
    g_ptr_array_add(analysis->all, world);
    return world;
}

/* The pid was used again, or the process became another program; unless two sessions recorded it, or one of its
 * interpreters was refused before another was traced. One that was attached to is dumped, as one is that was
 * attached to before, but begins to count anew. */
static bool is_another_life(const struct world *world, const struct event *event)
{
    if (event->seq && event->seq == world->last_seq)
        return false;
    if (event->seq > 1 && event->seq == world->last_seq + 1 && world->process->refused)
        return false;
    return !event->runtime.statedump || (event->seq == 1 && (int32_t)(1 - world->last_seq) < 0);
}

static struct world *analysis_find_world(struct analysis *analysis, const struct event *event)
{
    struct world *world = analysis->recent;
    if (!world || world->pid != event->pid || strcmp(world->host, event->host) != 0) {
        char *key = g_strdup_printf("%s\037%u", event->host, event->pid);
        world = g_hash_table_lookup(analysis->worlds, key);
        g_free(key);
    }
    if (world && event->kind == EVENT_RUNTIME && world->announced && is_another_life(world, event)) {
        world_finish(world);
        world = NULL;
    }
    analysis->recent = world ? world : analysis_add_world(analysis, event);
    return analysis->recent;
}

/* Returns false for an event that was already seen: two sessions that recorded the same process. */
static bool world_count(struct world *world, const struct event *event)
{
    /* Nobody counts, unless it is what comes after the greatest number. */
    if (!event->seq && world->last_seq != UINT32_MAX)
        return true;
    int32_t step = (int32_t)(event->seq - world->last_seq);
    bool first = world->last_seq == 0;
    if (!first && step == 0)
        return false;
    if (first || step < -SEQ_LATE || step > 0)
        world->last_seq = event->seq;
    if (first || step == 1 || (step > 1 && middle_gap(world, (uint64_t)step - 1)))
        return true;
    if (step > 1) {
        world->lost += (uint64_t)step - 1;
        world->analysis->lost_counted += (uint64_t)step - 1;
    } else if (world->lost > 0 && step >= -SEQ_LATE) {
        world->lost--;
        world->analysis->lost_counted--;
    }
    world_gap(world);
    /* What comes late is itself out of its order. */
    world->gap += step < 0;
    return true;
}

static bool is_affected(const struct world *world, const struct event *event)
{
    return (!event->pid || world->pid == event->pid) && g_str_equal(world->host, event->host);
}

/* What lies between two readings of a flight recorder is no loss, and the processes count their events. */
static bool is_overwritten(struct analysis *analysis, const struct event *event)
{
    GHashTableIter iterator;
    void *world;
    g_hash_table_iter_init(&iterator, analysis->worlds);
    while (g_hash_table_iter_next(&iterator, NULL, &world))
        if (is_affected(world, event) && ((struct world *)world)->overwrites)
            return true;
    return false;
}

static void analysis_lost(struct analysis *analysis, const struct event *event)
{
    if (is_overwritten(analysis, event))
        return;
    analysis->lost_announced += event->lost.count;
    GHashTableIter iterator;
    void *world;
    g_hash_table_iter_init(&iterator, analysis->worlds);
    while (g_hash_table_iter_next(&iterator, NULL, &world)) {
        struct world *affected = world;
        if (!is_affected(affected, event))
            continue;
        affected->order++;
        affected->unsure = true;
        affected->hole_end_ns = MAX(affected->hole_end_ns, event->lost.end_ns);
        world_gap(affected);
    }
}

void analysis_feed(struct analysis *analysis, const struct event *event)
{
    if (event->kind == EVENT_LOST) {
        analysis_lost(analysis, event);
        return;
    }
    struct world *world = analysis_find_world(analysis, event);
    world->order++;
    if (!world_count(world, event) || middle_skips(world, event))
        return;
    analysis->report.summary.events++;
    world->now_ns = event->time_ns;
    /* Where in such a time events were lost is not known, unless they are numbered. */
    if (event->time_ns < world->hole_end_ns && !event->seq)
        world_gap(world);
    bool same_tick = world->tid == event->tid && world->tick == event->tick;
    world->tick = event->tick;
    world->tid = event->tid;
    if (!same_tick)
        g_hash_table_insert(world->ticks, GUINT_TO_POINTER(event->tid), GUINT_TO_POINTER(event->tick));
    if (event->time_ns > world->process->last_ns)
        world->process->last_ns = event->time_ns;
    world_handle(world, event);
}

struct finding *analysis_finding(const struct analysis *analysis, guint number)
{
    const GPtrArray *findings = analysis->report.findings;
    return number < findings->len ? g_ptr_array_index(findings, number) : NULL;
}

static gint by_level(gconstpointer a, gconstpointer b)
{
    const struct finding *x = *(struct finding *const *)a, *y = *(struct finding *const *)b;
    return (gint)y->level - (gint)x->level;
}

static void notice_cut(struct analysis *analysis)
{
    if (analysis->cut == 1)
        analysis_notice(analysis,
                        "The trace of process %u ends before the interpreter did: what came after is not in it.",
                        analysis->cut_pid);
    else if (analysis->cut)
        analysis_notice(analysis,
                        "The traces of %" G_GUINT64_FORMAT " processes, %u among them, end before their "
                        "interpreters did: what came after is not in them.",
                        analysis->cut, analysis->cut_pid);
}

static void notice_left_out(struct analysis *analysis)
{
    analysis->finishing = true;
    if (analysis->notices_left_out)
        analysis_notice(analysis, "%" G_GUINT64_FORMAT " more notices are left out.", analysis->notices_left_out);
}

void analysis_settle(struct analysis *analysis)
{
    for (guint i = 0; i < analysis->all->len; i++)
        world_finish(g_ptr_array_index(analysis->all, i));
}

const struct report *analysis_finish(struct analysis *analysis)
{
    struct report *report = &analysis->report;
    analysis_settle(analysis);
    notice_left_out(analysis);
    notice_cut(analysis);
    middle_notice(analysis);
    /* Found in the order of time, and the sort is stable. */
    g_ptr_array_sort(report->findings, by_level);
    for (guint i = 0; i < report->findings->len; i++)
        report->summary.findings[((struct finding *)g_ptr_array_index(report->findings, i))->level]++;
    report->missing_events = analysis->lost_counted;
    report->summary.lost_events = MAX(analysis->lost_announced, analysis->lost_counted);
    tree_sort(report->tasks);
    return report;
}

void analysis_free(struct analysis *analysis)
{
    if (!analysis)
        return;
    g_hash_table_unref(analysis->worlds);
    g_ptr_array_unref(analysis->all);
    g_hash_table_unref(analysis->groups);
    g_ptr_array_unref(analysis->told_of_enter);
    g_ptr_array_unref(analysis->told_of_exit);
    g_ptr_array_unref(analysis->report.findings);
    g_ptr_array_unref(analysis->report.tasks);
    g_ptr_array_unref(analysis->report.processes);
    g_ptr_array_unref(analysis->report.ends);
    g_ptr_array_unref(analysis->report.notices);
    g_hash_table_unref(analysis->report.kinds);
    g_free(analysis);
}
