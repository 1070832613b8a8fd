/* SPDX-License-Identifier: MIT */
/* Requests that are taken back by somebody else, and what looks like it; extra-uncancel, which is near. Each
 * history has a clean twin, which differs in a line or two. */
#include "tests/unit/history.h"

static void theft_is_found(void **state)
{
    (void)state;
#define RESIST(stack)                                                                                             \
    PROCESS ENTER("1", TIMEOUT, "1", "0", "2") CANCEL_SCOPE("1", "0", "2") RAISE("1", "1", "1", "0", "1")         \
        UNCANCEL("1", stack, "1", "0") TAKE("1", "1", "0", "0") EXIT("1", "1", "NONE", "PROPAGATED", "0", "0")    \
            END("1", "FINISHED", "0") OVER
    expect_all(RESIST("6"), "error stolen-cancel x1");
    /* the documented way to resist a direct request */
    expect_all(PROCESS DIRECT("1", "7", "0", "1", "2") UNCANCEL("1", "6", "1", "0") DONE("1", "FINISHED", "0", "9")
                   END("1", "FINISHED", "0") OVER,
               "");
}

/* A finding tells the counter at the entry of its scope, whatever it was when the request went. */
static void entry_and_theft_have_counters(void **state)
{
    (void)state;
    const struct report *report;
    struct analysis *analysis = history_trees(RESIST("6"), &report);
    assert_int_equal(history_first(report)->counter_before, 0);
    assert_int_equal(history_first(report)->counter_after, 0);
    analysis_free(analysis);
}

/* A class that raised n and takes back n + 1. */
static void greedy_class(void **state)
{
    (void)state;
#define GREEDY(more)                                                                                              \
    PROCESS DIRECT("1", "4", "0", "1", "2") DIRECT("1", "7", "1", "2", "2") UNCANCEL("1", "5", "2", "1") more
    expect(GREEDY(UNCANCEL("1", "5", "1", "0") DONE("1", "FINISHED", "0", "3") OVER), "error stolen-cancel x1");
    expect(GREEDY(DONE("1", "CANCELLED", "1", "3") OVER), "");
}

static void scope_takes_a_direct_request(void **state)
{
    (void)state;
    expect(PROCESS ENTER("1", TIMEOUT, "1", "0", "2") DIRECT("1", "7", "0", "1", "2") TAKE("1", "1", "1", "0")
               EXIT("1", "1", "CANCELLED", "PROPAGATED", "1", "0") END("1", "CANCELLED", "0") OVER,
           "error stolen-cancel x1");
}

/* A Task's own cancel() may keep what is asked for until it is convenient, and then raise it itself. */
static void scope_takes_what_the_task_held_back(void **state)
{
    (void)state;
#define RAISED_BY(task)                                                                                           \
    "+10 task_cancel accepted=1 source=SOURCE_DIRECT task=1 by_task=" task " stack=7 before=0 after=1 tick=2\n"
#define HELD_BACK_BY(task, cancelled)                                                                             \
    PROCESS ENTER("1", TIMEOUT, "1", "0", "2") cancelled RAISED_BY(task) TAKE("1", "1", "1", "0")                 \
        EXIT("1", "1", "CANCELLED", "RAISED_TIMEOUT", "1", "0") END("1", "FINISHED", "0") OVER
#define HELD_BACK(cancelled) HELD_BACK_BY("1", cancelled)
    expect_all(HELD_BACK(CANCEL_SCOPE("1", "0", "2")), "");
    expect_all(HELD_BACK(""), "");

    /* by somebody else: that was no task's holding back */
    expect_all(HELD_BACK_BY("2", CANCEL_SCOPE("1", "0", "2")), "error stolen-cancel x1");

    /* it had raised its own, which somebody took */
    expect_all(HELD_BACK(CANCEL_SCOPE("1", "0", "2") RAISE("1", "1", "1", "0", "1") UNCANCEL("1", "6", "1", "0")),
               "error stolen-cancel x1, error stolen-cancel x1");
}

/* The loop closes and the task with it: AnyIO's groups do so when a KeyboardInterrupt broke the loop off. */
static void robbing_the_shutdown_is_a_note(void **state)
{
    (void)state;
    expect_all(
        PROCESS ENTER("1", ANYIO, "1", "0", "2") "+10 task_cancel accepted=1 source=SOURCE_SHUTDOWN task=1 "
                                                 "stack=7 before=0 after=1 tick=2\n" TAKE("1", "1", "1", "0")
                                                     EXIT("1", "1", "CANCELLED", "PROPAGATED", "1", "0")
                                                         END("1", "CANCELLED", "0") OVER,
        "note stolen-cancel x1");
}

/* Python 3.13: uncancel and cancel inside one TaskGroup exit. */
static void hand_back_is_no_theft(void **state)
{
    (void)state;
#define GROUP(pair)                                                                                               \
    PROCESS ENTER("1", TASK_GROUP, "1", "0", "2") DIRECT("1", "7", "0", "1", "2")                                 \
        pair EXIT("1", "1", "CANCELLED", "RAISED_OTHER", "1", "1")
    expect(GROUP(TAKE("1", "1", "1", "0") RAISE("1", "1", "1", "0", "1")) DONE("1", "CANCELLED", "1", "4"), "");
    expect(PROCESS ENTER("1", TASK_GROUP, "1", "0", "2") DIRECT("1", "7", "0", "1", "2") TAKE("1", "1", "1", "0")
               EXIT("1", "1", "CANCELLED", "RAISED_OTHER", "1", "0") DONE("1", "FAILED", "0", "4"),
           "error stolen-cancel x1");
}

static void extra_is_a_note(void **state)
{
    (void)state;
    expect_all(PROCESS UNCANCEL("1", "6", "0", "0") END("1", "FINISHED", "0") OVER, "note extra-uncancel x1");
    expect_all(PROCESS DIRECT("1", "7", "0", "1", "2") UNCANCEL("1", "6", "1", "0") END("1", "FINISHED", "0") OVER,
               "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(theft_is_found),
        cmocka_unit_test(entry_and_theft_have_counters),
        cmocka_unit_test(greedy_class),
        cmocka_unit_test(scope_takes_a_direct_request),
        cmocka_unit_test(scope_takes_what_the_task_held_back),
        cmocka_unit_test(robbing_the_shutdown_is_a_note),
        cmocka_unit_test(hand_back_is_no_theft),
        cmocka_unit_test(extra_is_a_note),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
