/* SPDX-License-Identifier: MIT */
/* Traces as they come: gaps, beginnings in mid-life, ends that are cut, the same pid twice. */
#include "tests/unit/history.h"

#define LOST "+1 lost count=3\n"

/* A direct request with its scope's exit: a theft, unless events are missing that may explain it. */
static void a_gap_is_never_an_error(void **state)
{
    (void)state;
#define THEFT(gap)                                                                                                \
    PROCESS ENTER("1", TIMEOUT, "1", "0", "2") DIRECT("1", "7", "0", "1", "2") gap TAKE("1", "1", "1", "0")       \
        EXIT("1", "1", "CANCELLED", "PROPAGATED", "1", "0") DONE("1", "CANCELLED", "0", "4")
    expect(THEFT(""), "error stolen-cancel x1");
    expect_all(THEFT(LOST), "note lost-events x1");
    expect_all(THEFT("+1 lost count=0\n"), "note lost-events x1"); /* unknown how many */
}

static void a_leak_near_a_gap_is_a_note(void **state)
{
    (void)state;
#define LEAK_WITH(gap)                                                                                            \
    PROCESS ENTER("1", UNHEARD, "1", "0", "2") CANCEL_SCOPE("1", "0", "2") RAISE("1", "1", "1", "0", "1")         \
        gap EXIT("1", "1", "CANCELLED", "RAISED_TIMEOUT", "1", "1") END("1", "FINISHED", "1")
    expect_all(LEAK_WITH(""), "error leaked-cancel x1");
    expect_all(LEAK_WITH(LOST), "note leaked-cancel x1, note lost-events x1");
}

static void gaps_by_sequence(void **state)
{
    (void)state;
    const struct report *report;
    struct analysis *analysis =
        history_analyze("1 runtime seq=1\n2 task_start task=1 seq=2\n3 task_start task=2 seq=6\n"
                        "3 task_start task=2 seq=6\n4 task_end task=2 seq=7 how=TASK_FINISHED\n",
                        (struct analysis_options){0}, &report);
    assert_int_equal(report->summary.lost_events, 3);
    assert_int_equal(report->summary.tasks, 2);
    char *found = history_summary(report, true);
    assert_string_equal(found, "note lost-events x1");
    g_free(found);
    analysis_free(analysis);
}

/* An event that comes late is not lost. */
static void late_events(void **state)
{
    (void)state;
    const struct report *report;
    struct analysis *analysis =
        history_analyze("1 runtime seq=4294967295\n2 task_start task=1 seq=1\n3 task_start task=2 seq=0\n"
                        "3 task_start task=3 seq=4\n4 task_start task=4 seq=3\n4 task_start task=5 seq=2\n",
                        (struct analysis_options){0}, &report);
    assert_int_equal(report->summary.lost_events, 1); /* a seq of 0 is taken for none */
    analysis_free(analysis);
}

/* The counter rises without an event: the ledger follows, nobody is accused. */
static void unknown_requests(void **state)
{
    (void)state;
    expect_all(PROCESS ENTER("1", TIMEOUT, "1", "1", "2") TAKE("1", "1", "1", "0")
                   EXIT("1", "1", "CANCELLED", "PROPAGATED", "1", "0") END("1", "FINISHED", "0") OVER,
               "note lost-events x1");
}

static void counter_falls_unseen(void **state)
{
    (void)state;
    expect(PROCESS ENTER("1", UNHEARD, "1", "0", "2") CANCEL_SCOPE("1", "0", "2") RAISE("1", "1", "1", "0", "1")
               DIRECT("1", "7", "0", "1", "2") EXIT("1", "1", "CANCELLED", "SWALLOWED", "1", "1")
                   END("1", "FINISHED", "1"),
           "");
}

/* Which of two requests went nobody knows: of the one that is taken for what is left, nothing is certain. */
static void a_request_that_may_have_gone(void **state)
{
    (void)state;
#define TWO_REQUESTS(left)                                                                                        \
    PROCESS START("2", "1") DIRECT("2", "7", "0", "1", "5") DIRECT("2", "6", "1", "2", "5")                       \
        DONE("2", "FINISHED", left, "20")
    expect_all(TWO_REQUESTS("2"), "warning swallowed-cancel x1");
    expect_all(TWO_REQUESTS("1"), "note swallowed-cancel x1, note lost-events x1");
}

/* Of the first finding. */
static void expect_message(const char *text, const char *message)
{
    const struct report *report;
    struct analysis *analysis = history_analyze(text, (struct analysis_options){0}, &report);
    assert_string_equal(((const struct finding *)g_ptr_array_index(report->findings, 0))->message, message);
    analysis_free(analysis);
}

/* Attached: the tasks and scopes that are there, and what they already had. */
static void begun_in_mid_life(void **state)
{
    (void)state;
    expect_all("1 runtime statedump=1\n2 task_seen task=1 name=main counter=2\n", "note leaked-cancel x1");
    expect_message("1 runtime statedump=1\n2 task_seen task=1 name=main counter=2\n",
                   "Task main already had Task.cancelling() at 2 when the trace began.");
    expect_message(
        "1 runtime statedump=1\n2 task_seen task=1 name=main counter=2\n3 task_seen task=2 name=worker "
        "counter=1\n4 task_seen task=3 name=idle\n",
        "2 tasks already had requests open when the trace began; task worker had Task.cancelling() at 1.");
    expect_all("1 runtime statedump=1\n2 provider provider=2 kind=t traits=TRAIT_TAKES_BACK statedump=1\n"
               "3 task_seen task=1 name=main counter=1\n"
               "4 scope_enter statedump=1 scope=1 entry=1 provider=2 task=1 counter=0 entered_ns=1\n"
               "5 scope_enter scope=2 entry=1 provider=2 task=1 counter=1\n" EXIT(
                   "2", "1", "CANCELLED", "PROPAGATED", "1", "1") TAKE("1", "1", "1", "0")
                   EXIT("1", "1", "CANCELLED", "SWALLOWED", "1", "0") END("1", "FINISHED", "0"),
               "note leaked-cancel x1");
}

/* A second session makes the process dump again what is already known. */
static void dumped_twice(void **state)
{
    (void)state;
    const struct report *report;
    struct analysis *analysis =
        history_analyze(PROCESS ENTER("1", TIMEOUT, "1", "0",
                                      "2") "+1 runtime statedump=1\n+1 task_seen task=1 name=Task-1\n"
                                           "+1 scope_enter statedump=1 scope=1 entry=1 provider=2 task=1\n" EXIT(
                                               "1", "1", "NONE", "PROPAGATED", "0", "0") END("1", "FINISHED", "0"),
                        (struct analysis_options){0}, &report);
    assert_int_equal(report->summary.scopes, 1);
    assert_int_equal(report->summary.tasks, 1);
    assert_int_equal(report->processes->len, 1);
    assert_int_equal(report->findings->len, 0);
    analysis_free(analysis);
}

static void same_pid_again(void **state)
{
    (void)state;
    const struct report *report;
    struct analysis *analysis = history_analyze(
        PROCESS ENTER("1", TIMEOUT, "1", "0", "2") "+1 runtime python=3.13.0\n"
                                                   "+1 task_start task=1 name=other\n" END("1", "FINISHED", "0"),
        (struct analysis_options){0}, &report);
    assert_int_equal(report->processes->len, 2);
    assert_int_equal(report->findings->len, 0);
    analysis_free(analysis);
}

/* Two sessions had the same process, as a trace that was streamed and kept as well: all comes twice. */
static void recorded_twice(void **state)
{
    (void)state;
    const struct report *report;
    struct analysis *analysis =
        history_analyze("1 runtime seq=1\n1 runtime seq=1\n2 task_start task=1 seq=2\n2 task_start task=1 seq=2\n"
                        "3 task_cancel task=1 accepted=1 before=0 after=1 seq=3\n"
                        "3 task_cancel task=1 accepted=1 before=0 after=1 seq=3\n"
                        "4 task_end task=1 how=TASK_CANCELLED counter=1 seq=4\n"
                        "4 task_end task=1 how=TASK_CANCELLED counter=1 seq=4\n",
                        (struct analysis_options){0}, &report);
    assert_int_equal(report->processes->len, 1);
    assert_int_equal(report->summary.tasks, 1);
    assert_int_equal(report->summary.lost_events, 0);
    assert_int_equal(report->findings->len, 0);
    analysis_free(analysis);
}

/* Scopes that are announced only when something cancels: order by the time of entry. */
static void announced_lazily(void **state)
{
    (void)state;
    expect(PROCESS
           "+100 scope_enter scope=2 entry=1 provider=1 task=1 entered_ns=1050 stack=3\n"
           "+1 scope_enter scope=1 entry=1 provider=1 task=1 entered_ns=1040 stack=2\n" CANCEL_SCOPE("2", "0", "2")
               RAISE("1", "2", "2", "0", "1") TAKE("1", "2", "1", "0")
                   EXIT("2", "1", "CANCELLED", "SWALLOWED", "1", "0")
                       EXIT("1", "1", "NONE", "PROPAGATED", "0", "0") END("1", "FINISHED", "0"),
           "");
}

/* The inner one told first: which encloses which is a matter of when they were entered. */
static void announced_lazily_inner_first(void **state)
{
    (void)state;
#define LAZILY(inner_ns, outer_ns)                                                                                \
    PROCESS "+100 scope_enter scope=2 entry=1 provider=1 task=1 stack=3 entered_ns=" inner_ns                     \
            "\n+1 scope_enter scope=1 entry=1 provider=2 task=1 stack=2 entered_ns=" outer_ns                     \
            "\n" CANCEL_SCOPE("2", "0", "2") RAISE("1", "2", "2", "0", "1") CANCEL_SCOPE("1", "0", "2")           \
                RAISE("1", "1", "1", "1", "2") TAKE("1", "2", "2", "1")                                           \
                    EXIT("2", "1", "CANCELLED", "SWALLOWED", "2", "1") TAKE("1", "1", "1", "0")                   \
                        EXIT("1", "1", "NONE", "PROPAGATED", "1", "0") END("1", "FINISHED", "0")
    expect(LAZILY("1050", "1040"), "error swallowed-cancel x1");
}

static void unknown_kinds_of_event_values(void **state)
{
    (void)state;
    expect(PROCESS
           "+1 scope_exit scope=77 entry=1 task=1\n+1 task_uncancel task=1 source=200 before=0 after=0\n"
           "+1 task_cancel task=1 source=99 accepted=1 before=0 after=1\n+1 task_end task=1 how=99 counter=1\n"
           "+1 scope_cancel scope=5 how=77\n+1 scope_deliver scope=9 origin=8 task=7\n"
           "+1 task_uncancel task=8 source=1 scope=12 before=3 after=2\n",
           "");
}

/* A group holds back a foreign take-back until its exit; by then the task may be gone. */
static void robbed_task_has_gone(void **state)
{
    (void)state;
    expect(PROCESS START("2", "1") ENTER("1", TASK_GROUP, "1", "0", "2") DIRECT("2", "7", "0", "1", "2")
               TAKE("2", "1", "1", "0") END("2", "FINISHED", "0") EXIT("1", "1", "NONE", "PROPAGATED", "0", "0")
                   END("1", "FINISHED", "0"),
           "");
}

static void newer_schema_is_said(void **state)
{
    (void)state;
    const struct report *report;
    struct analysis *analysis =
        history_analyze("1 runtime schema=99\n2 runtime_end\n", (struct analysis_options){0}, &report);
    assert_int_equal(report->notices->len, 1);
    assert_non_null(strstr(g_ptr_array_index(report->notices, 0), "newer"));
    analysis_free(analysis);
}

static void refused_process(void **state)
{
    (void)state;
    const struct report *report;
    struct analysis *analysis = history_analyze("1 runtime state=RUNTIME_REFUSED reason=\"free-threaded build\"\n",
                                                (struct analysis_options){0}, &report);
    const struct report_process *process = g_ptr_array_index(report->processes, 0);
    assert_string_equal(process->refused, "free-threaded build");
    assert_false(process->asyncio_seen);
    analysis_free(analysis);
}

/* An interpreter of the process that cannot be traced, and then one that can. */
static void refused_and_then_traced(void **state)
{
    (void)state;
    const struct report *report;
    struct analysis *analysis =
        history_analyze("1 runtime seq=1 state=RUNTIME_REFUSED reason=\"a sub-interpreter\"\n2 runtime seq=2\n",
                        (struct analysis_options){0}, &report);
    const struct report_process *process = g_ptr_array_index(report->processes, 0);
    assert_int_equal(report->processes->len, 1);
    assert_null(process->refused);
    assert_true(process->asyncio_seen);
    for (guint i = 0; i < report->notices->len; i++)
        assert_null(strstr(g_ptr_array_index(report->notices, i), "not traced"));
    analysis_free(analysis);
}

/* Found by fuzzing: a scope without a serial is none. */
static void scopes_without_serial(void **state)
{
    (void)state;
    expect(PROCESS ENTER("0", ANYIO, "1", "0", "2") ENTER("0", ANYIO, "1", "0", "2")
               EXIT("0", "1", "NONE", "PROPAGATED", "0", "0") DONE("1", "FINISHED", "0", "3"),
           "");
}

/* Found by fuzzing: four thousand million units come and go in one step, not one by one. */
static void counter_jumps(void **state)
{
    (void)state;
    expect(PROCESS DIRECT("1", "7", "0", "4294967295", "2") DIRECT("1", "7", "5", "4294967295", "2")
               DONE("1", "CANCELLED", "0", "3"),
           "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_gap_is_never_an_error),
        cmocka_unit_test(a_leak_near_a_gap_is_a_note),
        cmocka_unit_test(gaps_by_sequence),
        cmocka_unit_test(late_events),
        cmocka_unit_test(unknown_requests),
        cmocka_unit_test(counter_falls_unseen),
        cmocka_unit_test(a_request_that_may_have_gone),
        cmocka_unit_test(begun_in_mid_life),
        cmocka_unit_test(dumped_twice),
        cmocka_unit_test(same_pid_again),
        cmocka_unit_test(recorded_twice),
        cmocka_unit_test(announced_lazily),
        cmocka_unit_test(announced_lazily_inner_first),
        cmocka_unit_test(unknown_kinds_of_event_values),
        cmocka_unit_test(robbed_task_has_gone),
        cmocka_unit_test(scopes_without_serial),
        cmocka_unit_test(counter_jumps),
        cmocka_unit_test(newer_schema_is_said),
        cmocka_unit_test(refused_process),
        cmocka_unit_test(refused_and_then_traced),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
