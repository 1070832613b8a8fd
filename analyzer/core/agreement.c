/* SPDX-License-Identifier: MIT */
#include "analyzer/core/agreement.h"

#define NAMED_TASKS 5u

/* The last of this pid: an earlier one is another process. */
static const struct report_process *process_of(const struct last_moment *moment, const struct report *trace)
{
    for (guint i = trace->processes->len; i-- > 0;) {
        const struct report_process *process = g_ptr_array_index(trace->processes, i);
        const char *host = moment->process ? moment->process->host : NULL;
        if (process->pid == moment->pid && (!host || !process->host || g_str_equal(host, process->host)))
            return process;
    }
    return NULL;
}

static const struct open_end *end_of(const struct report *trace, const struct report_process *process)
{
    for (guint i = 0; i < trace->ends->len; i++) {
        const struct open_end *end = g_ptr_array_index(trace->ends, i);
        if (end->process == process)
            return end;
    }
    return NULL;
}

static GHashTable *tasks_of(const struct open_end *end)
{
    GHashTable *tasks = g_hash_table_new(g_int64_hash, g_int64_equal);
    for (guint i = 0; end && i < end->tasks->len; i++) {
        struct open_task *task = g_ptr_array_index(end->tasks, i);
        g_hash_table_insert(tasks, &task->task.id.serial, task);
    }
    return tasks;
}

struct difference {
    unsigned others, not_there; /* open in the one and not in the other */
    unsigned counters;
    GString *names;
};

static void compare_task(struct difference *difference, const struct open_task *task, GHashTable *others)
{
    const struct open_task *other = g_hash_table_lookup(others, &task->task.id.serial);
    if (!other)
        difference->not_there++;
    if (!other || other->counter == task->counter || difference->counters++ >= NAMED_TASKS)
        return;
    g_string_append_printf(difference->names, "%s%s (%u, by the trace %u)", difference->names->len ? ", " : "",
                           task->task.name && *task->task.name ? task->task.name : "a task", task->counter,
                           other->counter);
}

static void compare(struct difference *difference, const struct open_end *memory, const struct open_end *trace)
{
    g_autoptr(GHashTable) in_memory = tasks_of(memory);
    g_autoptr(GHashTable) in_trace = tasks_of(trace);
    for (guint i = 0; memory && i < memory->tasks->len; i++)
        compare_task(difference, g_ptr_array_index(memory->tasks, i), in_trace);
    for (guint i = 0; trace && i < trace->tasks->len; i++) {
        const struct open_task *task = g_ptr_array_index(trace->tasks, i);
        difference->others += !g_hash_table_contains(in_memory, &task->task.id.serial);
    }
}

static void note(struct last_moment *moment, char *sentence)
{
    g_ptr_array_add(moment->remarks, sentence);
}

static void note_events(struct last_moment *moment)
{
    if (!moment->missing)
        note(moment, g_strdup_printf("The trace has the last of its %u events.", moment->events));
    else
        note(moment,
             g_strdup_printf("The last %u of its %u events are not in the trace: its memory knows of them.",
                             moment->missing, moment->events));
}

static void note_difference(struct last_moment *moment, const struct difference *difference, bool listed_all)
{
    if (listed_all && (difference->not_there || difference->others))
        note(moment,
             g_strdup_printf("Of the tasks that were open by its memory the trace lacks %u; %u that are open "
                             "by the trace had ended.",
                             difference->not_there, difference->others));
    if (difference->counters)
        note(moment, g_strdup_printf("Cancellation counters that the trace has otherwise: %s%s.",
                                     difference->names->str, difference->counters > NAMED_TASKS ? ", …" : ""));
    moment->agrees = !moment->missing && !difference->counters && !difference->not_there && !difference->others;
    if (moment->agrees)
        note(moment, g_strdup("Its memory and the trace agree on what was open."));
}

void agreement_note(struct last_moment *moment, const struct report *trace)
{
    const struct report_process *process = process_of(moment, trace);
    if (!process) {
        note(moment, g_strdup_printf("The trace has nothing of process %u.", moment->pid));
        return;
    }
    const struct open_end *end = end_of(trace, process);
    struct difference difference = {.names = g_string_new(NULL)};
    moment->compared = true;
    const int32_t missing = (int32_t)(moment->events - process->last_seq);
    moment->missing = missing > 0 ? (uint32_t)missing : 0;
    note_events(moment);
    if (end || moment->end) {
        compare(&difference, moment->end, end);
        note_difference(moment, &difference,
                        !(end && end->tasks_left_out) && !(moment->end && moment->end->tasks_left_out));
    }
    g_string_free(difference.names, TRUE);
}
