/* SPDX-License-Identifier: MIT */
/* The ledger: whose request a take-back or an unseen change of the counter takes, told by what is found then. Most
 * histories have a twin that differs in a line. */
#include "tests/unit/history.h"

static const struct finding *finding_at(const struct report *report, guint index)
{
    assert_true(index < report->findings->len);
    return g_ptr_array_index(report->findings, index);
}

/* An outer scope may take what an inner one has left to it, not what that is still there to take itself. */
static void an_open_scope_keeps_its_requests(void **state)
{
    (void)state;
#define TAKEN_BY(taker)                                                                                           \
    PROCESS ENTER("1", TIMEOUT, "1", "0", "2") ENTER("2", TIMEOUT, "1", "0", "3") CANCEL_SCOPE("2", "0", "2")     \
        RAISE("1", "2", "2", "0", "1") TAKE("1", taker, "1", "0")                                                 \
            EXIT("2", "1", "CANCELLED", "RAISED_TIMEOUT", "1", "0")                                               \
                EXIT("1", "1", "OTHER", "PROPAGATED", "0", "0") END("1", "FAILED", "0") OVER
    expect(TAKEN_BY("1"), "error stolen-cancel x1");
    expect(TAKEN_BY("2"), "");
}

/* Before what the scope delivered for somebody else, who is still there to take it. */
static void nested_requests_go_before_delivered_ones(void **state)
{
    (void)state;
    const struct report *report;
    struct analysis *analysis = history_analyze(
        PROCESS ENTER("9", UNHEARD, "1", "0", "2") ENTER("1", ANYIO, "1", "0", "3")
            ENTER("2", ANYIO, "1", "0", "7") CANCEL_SCOPE("2", "1", "2") RAISE("1", "2", "2", "0", "1")
                CANCEL_SCOPE("9", "1", "2") RAISE("1", "1", "9", "1", "2")
                    EXIT("2", "1", "CANCELLED", "PROPAGATED", "2", "2") TAKE("1", "1", "2", "1")
                        EXIT("1", "1", "CANCELLED", "PROPAGATED", "2", "1")
                            EXIT("9", "1", "CANCELLED", "RAISED_TIMEOUT", "1", "1") END("1", "FINISHED", "1") OVER,
        (struct analysis_options){0}, &report);
    assert_int_equal(report->findings->len, 1);
    assert_string_equal(finding_at(report, 0)->rule->name, "leaked-cancel");
    assert_int_equal(finding_at(report, 0)->scope.id.serial, 9);
    analysis_free(analysis);
}

/* A scope that was there before the trace may have raised what it takes back. */
static void who_was_there_before_is_not_accused(void **state)
{
    (void)state;
#define BY_SCOPE(entered)                                                                                         \
    PROCESS "+1 scope_enter scope=1 entry=1 provider=2 task=1 stack=2 " entered                                   \
            "\n" DIRECT("1", "7", "0", "1", "2") TAKE("1", "1", "1", "0")                                         \
                EXIT("1", "1", "CANCELLED", "PROPAGATED", "1", "0") END("1", "CANCELLED", "0") OVER
    expect_all(BY_SCOPE(""), "error stolen-cancel x1");
    expect_all(BY_SCOPE("statedump=1 entered_ns=500"), "");
}

/* The counter rose by one and fell by one that nobody saw: it is taken for the same, and the leak is still there.
 */
static void unseen_requests_go_first(void **state)
{
    (void)state;
    const struct report *report;
    struct analysis *analysis = history_analyze(
        PROCESS ENTER("1", UNHEARD, "1", "1", "2") CANCEL_SCOPE("1", "0", "2") RAISE("1", "1", "1", "1", "2")
            EXIT("1", "1", "CANCELLED", "RAISED_TIMEOUT", "2", "1") END("1", "FINISHED", "1") OVER,
        (struct analysis_options){0}, &report);
    g_autofree char *found = history_summary(report, true);
    assert_string_equal(found, "note leaked-cancel x1, note lost-events x1");
    assert_int_equal(finding_at(report, 0)->scope.id.serial, 1);
    analysis_free(analysis);
}

/* Requests that are told later stand where they were raised: each says what the counter was before it. */
static void told_requests_stand_in_their_order(void **state)
{
    (void)state;
    const struct report *report;
    struct analysis *analysis = history_analyze(
        "1000 runtime statedump=1 again=1 overwrites=1 schema=2\n"
        "+1 frame frame=4 file=/app/app.py line=20 function=stop statedump=1\n"
        "+1 frame frame=7 file=/app/app.py line=50 function=halt statedump=1\n"
        "+1 task_seen task=1 name=Task-1 counter=3 told=3\n"
        "+1 request_seen source=SOURCE_DIRECT count=2 stack=4 raised_tid=1 raised_tick=5 task=1 raised_ns=700\n"
        "+1 request_seen source=SOURCE_DIRECT count=1 stack=7 raised_tid=1 raised_tick=5 task=1 raised_ns=800\n"
        "+1 announced tasks=1\n",
        (struct analysis_options){.strict = true}, &report);
    assert_int_equal(report->findings->len, 2);
    assert_int_equal(finding_at(report, 0)->counter_before, 0);
    assert_int_equal(finding_at(report, 1)->counter_before, 2);
    analysis_free(analysis);
}

/* A server may leak for months: what is alike becomes one with a count, and all of it goes with the task. */
static void requests_that_are_alike_are_folded(void **state)
{
    (void)state;
    const struct report *report;
    GString *text = g_string_new(PROCESS);
    for (unsigned i = 0; i < 1000; i++)
        g_string_append_printf(text,
                               "+10 task_cancel accepted=1 source=SOURCE_DIRECT task=1 stack=6 before=%u "
                               "after=%u tick=2\n",
                               i, i + 1);
    struct analysis *analysis = history_analyze(text->str, (struct analysis_options){0}, &report);
    const struct open_end *end = g_ptr_array_index(report->ends, 0);
    const struct open_task *task = g_ptr_array_index(end->tasks, 0);
    uint64_t count = 0;
    for (guint i = 0; i < task->requests->len; i++)
        count += ((const struct open_request *)g_ptr_array_index(task->requests, i))->count;
    assert_int_equal(count, 1000);
    assert_true(task->requests->len < 100);
    analysis_free(analysis);
    g_string_free(text, TRUE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_open_scope_keeps_its_requests),
        cmocka_unit_test(nested_requests_go_before_delivered_ones),
        cmocka_unit_test(who_was_there_before_is_not_accused),
        cmocka_unit_test(unseen_requests_go_first),
        cmocka_unit_test(told_requests_stand_in_their_order),
        cmocka_unit_test(requests_that_are_alike_are_folded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
