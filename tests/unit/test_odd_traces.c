/* SPDX-License-Identifier: MIT */
/*
 * Traces as nobody expects them: numbers that come round, processes that take each other's number, what somebody
 * wrote to do harm. None of it may make a finding, nor cost more than its length.
 */
#include "tests/unit/history.h"

static const struct report *analyze(const char *text, bool tree, struct analysis **ret_analysis)
{
    const struct report *report;
    *ret_analysis = history_analyze(text, (struct analysis_options){.tree = tree}, &report);
    return report;
}

/* Four thousand million events are some hours of a busy server. */
static void numbers_come_round(void **state)
{
    (void)state;
    struct analysis *analysis;
    const struct report *report = analyze("1 runtime seq=4294967293\n2 task_start task=1 seq=4294967294\n"
                                          "3 task_start task=2 seq=4294967295\n4 task_start task=3 seq=0\n"
                                          "5 task_start task=4 seq=1\n6 task_start task=5 seq=2\n",
                                          false, &analysis);
    assert_int_equal(report->summary.lost_events, 0);
    assert_int_equal(report->summary.tasks, 5);
    analysis_free(analysis);
}

/* What is missing after that is missing all the same. */
static void numbers_come_round_and_one_is_missing(void **state)
{
    (void)state;
    struct analysis *analysis;
    const struct report *report = analyze("1 runtime seq=4294967294\n2 task_start task=1 seq=4294967295\n"
                                          "3 task_start task=2 seq=0\n4 task_start task=3 seq=1\n"
                                          "5 task_start task=4 seq=3\n",
                                          false, &analysis);
    assert_int_equal(report->summary.lost_events, 1);
    analysis_free(analysis);
}

/* The first process was killed; its number went to another one, which was attached to, as the first had been. */
static void another_process_is_attached_to(void **state)
{
    (void)state;
    struct analysis *analysis;
    const struct report *report =
        analyze("1 runtime statedump=1 seq=1 python=3.12.1\n"
                "+1 task_seen task=1 name=a seq=2\n+1 task_done task=1 how=TASK_FINISHED seq=3\n"
                "+1 runtime statedump=1 seq=1 python=3.13.0\n"
                "+1 task_seen task=1 name=b counter=0 seq=2\n+1 task_end task=1 how=TASK_CANCELLED seq=3\n",
                false, &analysis);
    assert_int_equal(report->processes->len, 2);
    assert_int_equal(report->summary.tasks, 2);
    assert_int_equal(report->summary.lost_events, 0);
    analysis_free(analysis);
}

/* The same process, attached to again: its numbers go on. */
static void the_same_process_is_attached_to_again(void **state)
{
    (void)state;
    struct analysis *analysis;
    const struct report *report =
        analyze("1 runtime statedump=1 seq=1\n+1 task_seen task=1 seq=2\n+1 detached seq=3\n"
                "+1 runtime statedump=1 seq=4\n+1 task_seen task=1 seq=5\n",
                false, &analysis);
    assert_int_equal(report->processes->len, 1);
    assert_int_equal(report->summary.tasks, 1);
    analysis_free(analysis);
}

static void add_numbered(GString *text, const char *history, unsigned from, uint64_t time_ns, unsigned step_ns)
{
    g_auto(GStrv) lines = g_strsplit(history, "\n", 0);
    for (char **line = lines; *line && **line; line++, time_ns += step_ns)
        g_string_append_printf(text, "%" G_GUINT64_FORMAT " %s seq=%u\n", time_ns, strchr(*line, ' ') + 1, from++);
}

/* Two containers, in each of which the program is process 1, and one session for both: nothing in the events tells
 * them apart. They are clean, whichever way their events mix. */
static void two_containers_with_one_number(void **state)
{
    (void)state;
    static const char *const clean = PROCESS ENTER("1", TIMEOUT, "1", "0", "2") CANCEL_SCOPE("1", "0", "2")
        RAISE("1", "1", "1", "0", "1") TAKE("1", "1", "1", "0")
            EXIT("1", "1", "CANCELLED", "RAISED_TIMEOUT", "1", "0") ENTER("2", ANYIO, "1", "0", "3")
                EXIT("2", "1", "NONE", "PROPAGATED", "0", "0") END("1", "FINISHED", "0") OVER;
    for (unsigned lead = 0; lead < 30; lead++) {
        GString *text = g_string_new(NULL);
        add_numbered(text, clean, 1, 1000, 10);
        add_numbered(text, clean, 1, 1001 + 10 * lead, 10);
        expect(text->str, "");
        g_string_free(text, TRUE);
    }
}

/* A source says that events are missing from here to there, and these are not numbered: where, nobody knows. */
static void lost_somewhere_in_a_time(void **state)
{
    (void)state;
#define LEAK_AT(begin)                                                                                            \
    PROCESS "2000 lost count=3 end_ns=5000\n" begin " scope_enter scope=1 entry=1 provider=" TIMEOUT              \
            " task=1 stack=2\n" CANCEL_SCOPE("1", "0", "2") RAISE("1", "1", "1", "0", "1")                        \
                EXIT("1", "1", "CANCELLED", "RAISED_TIMEOUT", "1", "1") END("1", "FINISHED", "1") OVER
    expect(LEAK_AT("3000"), "");
    expect(LEAK_AT("6000"), "error leaked-cancel x1");
}

/* The task may have got somewhere in between: its deliveries are no storm for certain. */
static void a_storm_with_a_hole(void **state)
{
    (void)state;
#define STORM(between)                                                                                            \
    PROCESS ENTER("1", ANYIO, "1", "0", "2")                                                                      \
        CANCEL_SCOPE("1", "1", "2") "+10 scope_deliver repeat=64 scope=1 origin=1 task=1\n" between               \
                                    "+10 scope_deliver repeat=64 scope=1 origin=1 task=1\n"
    expect(STORM(""), "warning cancel-storm x1");
    expect(STORM("+1 lost count=5\n"), "");
}

/* Of each task the next one is the parent; and of the last one the first. */
static void a_line_of_ancestors(void **state)
{
    (void)state;
    enum { TASKS = 300000 };
    GString *text = g_string_new("1 runtime\n");
    for (unsigned i = 1; i <= TASKS; i++)
        g_string_append_printf(text, "+1 task_start task=%u parent_task=%u\n", i, i < TASKS ? i + 1 : 1);
    struct analysis *analysis;
    const struct report *report = analyze(text->str, true, &analysis);
    assert_int_equal(report->tasks->len, TASKS);
    const struct tree_task *first = g_ptr_array_index(report->tasks, 0);
    assert_int_equal(first->task.id.serial, TASKS);
    analysis_free(analysis);
    g_string_free(text, TRUE);
}

/* Parents come first also where two processes began at once, with one number, on two hosts. */
static void tasks_of_two_processes_stay_apart(void **state)
{
    (void)state;
    struct analysis *analysis;
    const struct report *report = analyze("5 runtime pid=7 host=b\n5 runtime pid=7 host=a\n"
                                          "6 task_start pid=7 host=b task=1\n6 task_start pid=7 host=a task=1\n"
                                          "6 task_start pid=7 host=b task=2\n6 task_start pid=7 host=a task=2\n"
                                          "6 task_start pid=7 host=b task=3\n6 task_start pid=7 host=a task=3\n",
                                          true, &analysis);
    assert_int_equal(report->tasks->len, 6);
    for (guint i = 0; i < 6; i++) {
        const struct tree_task *task = g_ptr_array_index(report->tasks, i);
        assert_string_equal(task->process->host, i < 3 ? "b" : "a");
        assert_int_equal(task->task.id.serial, i % 3 + 1);
    }
    analysis_free(analysis);
}

/* Each says something else: nobody reads them all, and the report must not grow with them. */
static void many_notices(void **state)
{
    (void)state;
    enum { NOTICES = 200000 };
    GString *text = g_string_new(PROCESS);
    for (unsigned i = 0; i < NOTICES; i++)
        g_string_append_printf(text, "+1 agent_notice what=n%u\n+1 agent_error what=e%u\n", i, i);
    g_string_append(text, OVER);
    struct analysis *analysis;
    const struct report *report = analyze(text->str, false, &analysis);
    assert_int_equal(report->notices->len, 101);
    assert_string_equal(g_ptr_array_index(report->notices, 100), "399900 more notices are left out.");
    analysis_free(analysis);
    g_string_free(text, TRUE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_come_round),
        cmocka_unit_test(numbers_come_round_and_one_is_missing),
        cmocka_unit_test(another_process_is_attached_to),
        cmocka_unit_test(the_same_process_is_attached_to_again),
        cmocka_unit_test(two_containers_with_one_number),
        cmocka_unit_test(lost_somewhere_in_a_time),
        cmocka_unit_test(a_storm_with_a_hole),
        cmocka_unit_test(a_line_of_ancestors),
        cmocka_unit_test(tasks_of_two_processes_stay_apart),
        cmocka_unit_test(many_notices),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
