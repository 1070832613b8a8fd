/* SPDX-License-Identifier: MIT */
/* What the memory of a process says beside its trace. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "analyzer/core/agreement.h"

static struct report_process process = {.host = "box", .pid = 7, .last_seq = 40};

static struct open_task *task(uint64_t serial, const char *name, uint32_t counter)
{
    struct open_task *task = g_new0(struct open_task, 1);
    task->task.id.serial = serial;
    task->task.name = (char *)name;
    task->counter = counter;
    return task;
}

static struct open_end *end_with(struct open_task *first, struct open_task *second)
{
    struct open_end *end = g_new0(struct open_end, 1);
    end->process = &process;
    end->tasks = g_ptr_array_new_with_free_func(g_free);
    g_ptr_array_add(end->tasks, first);
    if (second)
        g_ptr_array_add(end->tasks, second);
    return end;
}

static void free_end(void *data)
{
    struct open_end *end = data;
    g_ptr_array_unref(end->tasks);
    g_free(end);
}

/* The remarks as one text; takes both ends over, and says whether all agrees. */
static char *compared(struct open_end *memory, uint32_t events, struct open_end *trace, bool *ret_agrees)
{
    struct report report = {.processes = g_ptr_array_new(), .ends = g_ptr_array_new_with_free_func(free_end)};
    struct last_moment moment = {.pid = 7,
                                 .process = &process,
                                 .events = events,
                                 .end = memory,
                                 .remarks = g_ptr_array_new_with_free_func(g_free)};
    g_ptr_array_add(report.processes, &process);
    if (trace)
        g_ptr_array_add(report.ends, trace);
    agreement_note(&moment, &report);
    g_ptr_array_add(moment.remarks, NULL);
    char *text = g_strjoinv("\n", (char **)moment.remarks->pdata);
    *ret_agrees = moment.agrees;
    free_end(memory);
    g_ptr_array_unref(report.processes);
    g_ptr_array_unref(report.ends);
    g_ptr_array_unref(moment.remarks);
    return text;
}

static void both_say_the_same(void **state)
{
    (void)state;
    bool agrees;
    g_autofree char *text = compared(end_with(task(1, "a", 1), task(2, "b", 0)), 40,
                                     end_with(task(2, "b", 0), task(1, "a", 1)), &agrees);
    assert_true(agrees);
    assert_string_equal(text, "The trace has the last of its 40 events.\n"
                              "Its memory and the trace agree on what was open.");
}

static void the_trace_lacks_the_end(void **state)
{
    (void)state;
    bool agrees;
    g_autofree char *text = compared(end_with(task(1, "a", 2), task(3, "c", 0)), 43,
                                     end_with(task(2, "b", 0), task(1, "a", 1)), &agrees);
    assert_false(agrees);
    assert_string_equal(text,
                        "The last 3 of its 43 events are not in the trace: its memory knows of them.\n"
                        "Of the tasks that were open by its memory the trace lacks 1; 1 that are open by the "
                        "trace had ended.\n"
                        "Cancellation counters that the trace has otherwise: a (2, by the trace 1).");
}

static void another_process_is_told(void **state)
{
    (void)state;
    bool agrees;
    struct open_end *end = end_with(task(1, "a", 1), NULL);
    process.pid = 8;
    g_autofree char *text = compared(end, 40, NULL, &agrees);
    process.pid = 7;
    assert_false(agrees);
    assert_string_equal(text, "The trace has nothing of process 7.");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_say_the_same),
        cmocka_unit_test(the_trace_lacks_the_end),
        cmocka_unit_test(another_process_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
