/* SPDX-License-Identifier: MIT */
/* The rules that say how scopes are left: wrong-task, misnested-scope, abandoned-scope. Each beside a twin that is
 * right. */
#include "tests/unit/history.h"

static void left_in_another_task(void **state)
{
    (void)state;
#define LEFT_BY(task)                                                                                             \
    PROCESS START("2", "1") ENTER("1", TIMEOUT, "1", "0", "2")                                                    \
        EXIT("1", task, "GENERATOR_EXIT", "PROPAGATED", "0", "0") END("1", "FINISHED", "0")
    expect(LEFT_BY("2"), "error wrong-task x1");
    expect_all(LEFT_BY("1"), "");
    /* with no task at all the coroutine is being destroyed */
    expect_all(LEFT_BY("0"), "note abandoned-scope x1");
}

/* The remains of a task that never ended are swept up in whatever task runs. */
static void swept_up_in_another_task(void **state)
{
    (void)state;
#define SWEPT(how)                                                                                                \
    PROCESS START("2", "1") ENTER("1", TIMEOUT, "2", "0", "2") END("2", how, "0")                                 \
        EXIT("1", "1", "GENERATOR_EXIT", "PROPAGATED", "0", "0") END("1", "FINISHED", "0")
    expect_all(SWEPT("OPEN"), "note abandoned-scope x1");
    expect(SWEPT("FINISHED"), "error wrong-task x1");
}

/* A scope that refused to be left is still open: it is left properly afterwards. */
static void refused_exit(void **state)
{
    (void)state;
    const char *history = PROCESS START("2", "1")
        ENTER("1", ANYIO, "1", "0",
              "2") "+10 scope_exit scope=1 entry=1 task=2 exception_in=EXIT_WITH_NONE outcome=EXIT_RAISED_OTHER "
                   "raised=RuntimeError\n" EXIT("1", "1", "NONE", "PROPAGATED", "0", "0") END("1", "FINISHED", "0")
                       OVER;
    expect(history, "error wrong-task x1");
}

/* Any other error of its exit is no refusal: the scope has been left. */
static void failed_exit_is_no_refusal(void **state)
{
    (void)state;
#define RAISES(error)                                                                                             \
    PROCESS START("2", "1") ENTER("1", ANYIO, "1", "0", "2") "+10 scope_exit scope=1 entry=1 task=2 "             \
                                                             "outcome=EXIT_RAISED_OTHER raised=" error "\n" OVER
    const struct report *report;
    struct analysis *analysis = history_analyze(RAISES("RuntimeError"), (struct analysis_options){0}, &report);
    assert_true(((const struct finding *)g_ptr_array_index(report->findings, 0))->refused);
    analysis_free(analysis);
    analysis = history_analyze(RAISES("ValueError"), (struct analysis_options){0}, &report);
    assert_false(((const struct finding *)g_ptr_array_index(report->findings, 0))->refused);
    analysis_free(analysis);
}

static void left_out_of_order(void **state)
{
    (void)state;
#define TWO(first, second)                                                                                        \
    PROCESS ENTER("1", TIMEOUT, "1", "0", "2") ENTER("2", TIMEOUT, "1", "0", "3")                                 \
        EXIT(first, "1", "NONE", "PROPAGATED", "0", "0") EXIT(second, "1", "NONE", "PROPAGATED", "0", "0")        \
            END("1", "FINISHED", "0") OVER
    expect(TWO("1", "2"), "error misnested-scope x1");
    expect(TWO("2", "1"), "");
}

static void refused_order(void **state)
{
    (void)state;
    expect(PROCESS ENTER("1", ANYIO, "1", "0", "2")
               ENTER("2", ANYIO, "1", "0", "3") "+10 scope_exit scope=1 entry=1 task=1 outcome=EXIT_RAISED_OTHER "
                                                "raised=RuntimeError\n" EXIT("2", "1", "NONE", "PROPAGATED", "0",
                                                                             "0") END("1", "FINISHED", "0") OVER,
           "error misnested-scope x1");
    /* each enclosing scope refuses, and the innermost is never left: one fault */
#define REFUSES(scope)                                                                                            \
    "+10 scope_exit scope=" scope " entry=1 task=1 outcome=EXIT_RAISED_OTHER raised=RuntimeError\n"
    expect(PROCESS ENTER("1", ANYIO, "1", "0", "2") ENTER("2", ANYIO, "1", "0", "3")
               ENTER("3", ANYIO, "1", "0", "7") REFUSES("2") REFUSES("1") END("1", "FAILED", "0") OVER,
           "error misnested-scope x1");
}

static void never_left(void **state)
{
    (void)state;
#define OPEN_AT(end) PROCESS ENTER("1", TIMEOUT, "1", "0", "2") end OVER
    expect(OPEN_AT(END("1", "FINISHED", "0")), "warning abandoned-scope x1");
    expect(OPEN_AT(EXIT("1", "1", "NONE", "PROPAGATED", "0", "0") END("1", "FINISHED", "0")), "");
    /* still pending when the program ends */
    expect_all(OPEN_AT(END("1", "OPEN", "0")), "");
}

static void outer_left_inner_never(void **state)
{
    (void)state;
    expect(PROCESS ENTER("1", TIMEOUT, "1", "0", "2") ENTER("2", TIMEOUT, "1", "0", "3")
               EXIT("1", "1", "NONE", "PROPAGATED", "0", "0") END("1", "FINISHED", "0") OVER,
           "warning abandoned-scope x1");
}

/* Whose timer comes before the trace is over is chance: one cause. */
static void never_left_and_cancelled_later(void **state)
{
    (void)state;
#define FORGETS(number)                                                                                           \
    "+1 task_start task=" number " name=Task-" number " parent_task=1\n" ENTER(number, TIMEOUT, number, "0", "2") \
        END(number, "FINISHED", "0")
    expect(PROCESS FORGETS("2") FORGETS("3") CANCEL_SCOPE("2", "0", "9") OVER, "warning abandoned-scope x2");
}

/* More tasks that left a scope open than are remembered until the end: each counts. */
static void never_left_by_thousands(void **state)
{
    (void)state;
    GString *text = g_string_new(PROCESS);
    for (unsigned i = 2; i < 5002; i++)
        g_string_append_printf(text,
                               "+1 task_start task=%u name=Task-%u parent_task=1\n"
                               "+1 scope_enter scope=%u entry=1 provider=" TIMEOUT " task=%u counter=0 stack=2\n"
                               "+1 task_end task=%u how=TASK_FINISHED counter=0\n",
                               i, i, i, i, i);
    g_string_append(text, OVER);
    expect(text->str, "warning abandoned-scope x5000");
    g_string_free(text, TRUE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(left_in_another_task),
        cmocka_unit_test(swept_up_in_another_task),
        cmocka_unit_test(refused_exit),
        cmocka_unit_test(failed_exit_is_no_refusal),
        cmocka_unit_test(left_out_of_order),
        cmocka_unit_test(refused_order),
        cmocka_unit_test(never_left),
        cmocka_unit_test(outer_left_inner_never),
        cmocka_unit_test(never_left_and_cancelled_later),
        cmocka_unit_test(never_left_by_thousands),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
