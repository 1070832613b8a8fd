/* SPDX-License-Identifier: MIT */
/* Requests that stay when nobody is left to take them back, and what looks like it. Each history has a clean twin,
 * which differs in a line or two. */
#include "tests/unit/history.h"

static const char timeout_fires[] = PROCESS ENTER("1", TIMEOUT, "1", "0", "2") CANCEL_SCOPE("1", "0", "2")
    RAISE("1", "1", "1", "0", "1") TAKE("1", "1", "1", "0") EXIT("1", "1", "CANCELLED", "RAISED_TIMEOUT", "1", "0")
        END("1", "FINISHED", "0") OVER;

static const char timeout_forgets[] =
    PROCESS ENTER("1", UNHEARD, "1", "0", "2") CANCEL_SCOPE("1", "0", "2") RAISE("1", "1", "1", "0", "1")
        EXIT("1", "1", "CANCELLED", "RAISED_TIMEOUT", "1", "1") END("1", "FINISHED", "1") OVER;

static void leak_is_found(void **state)
{
    (void)state;
    expect_all(timeout_fires, "");
    expect_all(timeout_forgets, "error leaked-cancel x1");
}

/* AnyIO 4.3: the origin's request is delivered through, and booked on, the inner scope. */
static void leak_through_another_scope(void **state)
{
    (void)state;
#define NESTED(take)                                                                                              \
    PROCESS ENTER("1", ANYIO, "1", "0", "2") ENTER("2", ANYIO, "1", "0", "3") CANCEL_SCOPE("1", "1", "2")         \
        RAISE("1", "2", "1", "0", "1") EXIT("2", "1", "CANCELLED", "PROPAGATED", "1", "1") take
    expect(NESTED(EXIT("1", "1", "CANCELLED", "SWALLOWED", "1", "1") END("1", "FINISHED", "1") OVER),
           "error leaked-cancel x1");
    expect(NESTED(TAKE("1", "1", "1", "0") EXIT("1", "1", "CANCELLED", "SWALLOWED", "1", "0")
                      END("1", "FINISHED", "0") OVER),
           "");
}

/* A scope may leave its requests to an enclosing one, which is cancelled too. */
static void handing_up_is_no_leak(void **state)
{
    (void)state;
#define HANDED_UP(end)                                                                                            \
    PROCESS ENTER("1", ANYIO, "1", "0", "2") ENTER("2", ANYIO, "1", "0", "3") CANCEL_SCOPE("2", "1", "2")         \
        RAISE("1", "2", "2", "0", "1") CANCEL_SCOPE("1", "1", "2") EXIT("2", "1", "NONE", "PROPAGATED", "1", "1") \
            end
    expect(HANDED_UP(TAKE("1", "1", "1", "0") EXIT("1", "1", "CANCELLED", "SWALLOWED", "1", "0")
                         END("1", "FINISHED", "0") OVER),
           "");
    expect(HANDED_UP(EXIT("1", "1", "CANCELLED", "SWALLOWED", "1", "1") END("1", "FINISHED", "1") OVER),
           "error leaked-cancel x1");
}

/* Only a scope that is around it takes over what it left: not one that is entered, and cancelled, later. */
static void nobody_further_out_takes_it(void **state)
{
    (void)state;
#define LOOPS_WITHIN(decision)                                                                                    \
    PROCESS ENTER("1", ANYIO, "1", "0", "2") CANCEL_SCOPE("1", "1", "2") RAISE("1", "1", "1", "0", "1")           \
        EXIT("1", "1", "CANCELLED", "PROPAGATED", "1", "1") ENTER("2", ANYIO, "1", "1", "7")                      \
            decision ENTER("3", ANYIO, "1", "1", "2") EXIT("3", "1", "OTHER", "PROPAGATED", "1", "1")             \
                EXIT("2", "1", "OTHER", "PROPAGATED", "1", "1") END("1", "FAILED", "1")
    expect(LOOPS_WITHIN(""), "error leaked-cancel x1");
    expect(LOOPS_WITHIN(CANCEL_SCOPE("2", "1", "3")), "error leaked-cancel x1");
}

/* While the error is on its way out the task is not running on. */
static void leak_waits_for_the_error(void **state)
{
    (void)state;
#define UNWINDING(end)                                                                                            \
    PROCESS ENTER("1", UNHEARD, "1", "0", "2") CANCEL_SCOPE("1", "1", "2") RAISE("1", "1", "1", "0", "1")         \
        EXIT("1", "1", "CANCELLED", "PROPAGATED", "1", "1") end
    expect(UNWINDING(END("1", "CANCELLED", "1") OVER), "");
    expect(UNWINDING(END("1", "FINISHED", "1") OVER), "error leaked-cancel x1");
    /* entered again: it loops */
    expect(UNWINDING("+10 scope_enter scope=2 entry=1 provider=4 task=1 counter=1 stack=2\n"),
           "error leaked-cancel x1");
    /* clean-up on the way out proves nothing */
    expect(UNWINDING(ENTER("2", ANYIO, "1", "1", "6") EXIT("2", "1", "NONE", "PROPAGATED", "1", "1")), "");
}

/* AnyIO 3.7: the inner scope leaves its request, and the outer one cannot stop the error because of it. */
static void victim_of_an_inner_scope(void **state)
{
    (void)state;
#define ESCAPES(first)                                                                                            \
    PROCESS ENTER("1", UNHEARD, "1", "0", "2") ENTER("2", UNHEARD, "1", "0", "3") CANCEL_SCOPE("2", "1", "2")     \
        RAISE("1", "2", "2", "0", "1") CANCEL_SCOPE("1", "1", "2") RAISE("1", "1", "1", "1", "2")                 \
            first EXIT("1", "1", "CANCELLED", "PROPAGATED", "2", "1") END("1", "CANCELLED", "1") OVER
    expect(ESCAPES(EXIT("2", "1", "CANCELLED", "PROPAGATED", "2", "2") TAKE("1", "1", "2", "1")),
           "error leaked-cancel x1");
    /* it has not taken back its own either: it meant to let the error out */
    expect(ESCAPES(TAKE("1", "2", "2", "1") EXIT("2", "1", "CANCELLED", "PROPAGATED", "2", "1")), "");
}

static void children_end_with_their_requests(void **state)
{
    (void)state;
    expect(PROCESS ENTER("1", ANYIO, "1", "0", "2") START("2", "1") CANCEL_SCOPE("1", "1", "2")
               RAISE("2", "1", "1", "0", "1") RAISE("1", "1", "1", "0", "1") TAKE("1", "1", "1", "0")
                   EXIT("1", "1", "CANCELLED", "SWALLOWED", "1", "0") END("2", "FINISHED", "1")
                       END("1", "FINISHED", "0") OVER,
           "");
}

/* A home-made class: its requests on a task that runs on. */
static void forgetful_class(void **state)
{
    (void)state;
    expect(PROCESS DIRECT("1", "4", "0", "1", "3") DIRECT("1", "4", "1", "2", "9") DIRECT("1", "4", "2", "3", "15")
               DONE("1", "FINISHED", "3", "18") END("1", "FINISHED", "3") OVER,
           "error leaked-cancel x3");
    expect(PROCESS DIRECT("1", "4", "0", "1", "3") UNCANCEL("1", "5", "1", "0") DIRECT("1", "4", "0", "1", "9")
               UNCANCEL("1", "5", "1", "0") DONE("1", "FINISHED", "0", "18") END("1", "FINISHED", "0") OVER,
           "");
    /* the trace ends right after a request: it may be that the task ends of that; after many of them it does not
     */
#define AGAIN(from, to, tick) DIRECT("1", "4", from, to, tick)
    expect(PROCESS AGAIN("0", "1", "3") AGAIN("1", "2", "9") AGAIN("2", "3", "15") AGAIN("3", "4", "21"),
           "warning swallowed-cancel x1");
    expect(PROCESS AGAIN("0", "1", "3") AGAIN("1", "2", "9") AGAIN("2", "3", "15") AGAIN("3", "4", "21")
               AGAIN("4", "5", "27"),
           "error leaked-cancel x5");
    /* call_later(delay, task.cancel): nobody's code; twice may be impatience */
#define TIMER(from, to, tick) DIRECT("1", "1", from, to, tick)
    expect(PROCESS TIMER("0", "1", "3") TIMER("1", "2", "9") TIMER("2", "3", "15") DONE("1", "FINISHED", "3", "25")
               END("1", "FINISHED", "3") OVER,
           "error leaked-cancel x3");
    expect(PROCESS TIMER("0", "1", "3") TIMER("1", "2", "9") DONE("1", "FINISHED", "2", "25")
               END("1", "FINISHED", "2") OVER,
           "warning swallowed-cancel x1");
    expect(PROCESS TIMER("0", "1", "3") UNCANCEL("1", "7", "1", "0") TIMER("0", "1", "9")
               UNCANCEL("1", "7", "1", "0") TIMER("0", "1", "15") UNCANCEL("1", "7", "1", "0")
                   DONE("1", "FINISHED", "0", "25") END("1", "FINISHED", "0") OVER,
           "");
    /* three that want it gone, in one turn */
    expect(PROCESS TIMER("0", "1", "3") TIMER("1", "2", "3") TIMER("2", "3", "3") DONE("1", "CANCELLED", "3", "5")
               END("1", "CANCELLED", "3") OVER,
           "");
    /* asked twice, it ended */
    expect(PROCESS DIRECT("1", "4", "0", "1", "3") DIRECT("1", "4", "1", "2", "9")
               DONE("1", "CANCELLED", "2", "10") END("1", "CANCELLED", "2") OVER,
           "");
}

/* A child task in the middle of its own cancellation when its group is cancelled, too: nothing in it stops the
 * error, and its requests go with it. */
static void a_cancelled_group_takes_its_children_along(void **state)
{
    (void)state;
#define CHILD_WITH(more, group)                                                                                   \
    PROCESS ENTER("1", ANYIO, "1", "0", "2") START("2", "2") CHILD_ENTERS("2", "1", "2 " more)                    \
        CHILD_ENTERS("3", "2", "3") CANCEL_SCOPE("3", "2", "3") RAISE("2", "3", "3", "0", "1")                    \
            group EXIT("3", "2", "CANCELLED", "PROPAGATED", "1", "1") CANCEL_SCOPE("2", "2", "4")                 \
                EXIT("2", "2", "CANCELLED", "PROPAGATED", "1", "1") END("2", "CANCELLED", "1") OVER
#define CHILD_ENTERS(scope, parent, stack)                                                                        \
    "+10 scope_enter scope=" scope " entry=1 provider=" ANYIO " task=2 counter=0 parent_scope=" parent            \
    " stack=" stack "\n"
    expect(CHILD_WITH("", CANCEL_SCOPE("1", "1", "3")), "");
    expect(CHILD_WITH("", ""), "error leaked-cancel x1");
    /* which does not reach into a scope that shields */
    expect(CHILD_WITH("shield=1", CANCEL_SCOPE("1", "1", "3")), "error leaked-cancel x1");
}

/* A group that waits for its children may keep what an inner scope left to it: its exit is where the error goes
 * on, however long ago the inner one's was. */
static void a_group_keeps_it_while_it_waits(void **state)
{
    (void)state;
#define WAITS(left, ended)                                                                                        \
    PROCESS ENTER("1", ANYIO, "1", "0", "2") START("2", "2") CHILD_ENTERS("2", "1", "2")                          \
        CHILD_ENTERS("3", "2", "3") CANCEL_SCOPE("2", "0", "2") CANCEL_SCOPE("3", "2", "3")                       \
            RAISE("2", "3", "3", "0",                                                                             \
                  "1") "+10 scope_exit scope=3 entry=1 task=2 before=1 after=1 tick=2 "                           \
                       "exception_in=EXIT_WITH_CANCELLED outcome=EXIT_PROPAGATED\n" CANCEL_SCOPE(                 \
                           "1", "1", "3") "+10 scope_exit scope=2 entry=1 task=2 before=1 after=1 tick=" left     \
                                          " exception_in=EXIT_WITH_OTHER outcome=EXIT_PROPAGATED\n" DONE(         \
                                              "2", "FINISHED", "1", ended)
    expect(WAITS("20", "23"), "");
    expect(WAITS("20", "24"), "error leaked-cancel x1");
    expect(WAITS("3", "23"), "error leaked-cancel x1");
}

/* A task that ends of it in a few turns does not run on. */
static void raised_after_the_exit(void **state)
{
    (void)state;
#define LATE(end)                                                                                                 \
    PROCESS ENTER("1", UNHEARD, "1", "0", "2") CANCEL_SCOPE("1", "1", "2")                                        \
        EXIT("1", "1", "NONE", "PROPAGATED", "0", "0") RAISE("1", "1", "1", "0", "1")                             \
            DONE("1", "FINISHED", "1", end)
    expect(LATE("5"), "");
    expect(LATE("6"), "error leaked-cancel x1");
}

/* AnyIO delivers once more after a scope was left, and a busy program leaves thousands of others meanwhile: those
 * that were cancelled are remembered for longer. */
static void raised_long_after_the_exit(void **state)
{
    (void)state;
    GString *text = g_string_new(PROCESS ENTER("1", UNHEARD, "1", "0", "2") CANCEL_SCOPE("1", "1", "2")
                                     EXIT("1", "1", "NONE", "PROPAGATED", "0", "0"));
    for (unsigned i = 2; i < 5002; i++)
        g_string_append_printf(text,
                               "+1 scope_enter scope=%u entry=1 provider=" TIMEOUT " task=1 counter=0 stack=7\n"
                               "+1 scope_exit scope=%u entry=1 task=1 exception_in=EXIT_WITH_NONE "
                               "outcome=EXIT_PROPAGATED\n",
                               i, i);
    g_string_append(text,
                    RAISE("1", "1", "1", "0", "1") DONE("1", "FINISHED", "1", "9") END("1", "FINISHED", "1"));
    expect(text->str, "error leaked-cancel x1");
    g_string_free(text, TRUE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(leak_is_found),
        cmocka_unit_test(leak_through_another_scope),
        cmocka_unit_test(handing_up_is_no_leak),
        cmocka_unit_test(nobody_further_out_takes_it),
        cmocka_unit_test(leak_waits_for_the_error),
        cmocka_unit_test(victim_of_an_inner_scope),
        cmocka_unit_test(children_end_with_their_requests),
        cmocka_unit_test(forgetful_class),
        cmocka_unit_test(a_cancelled_group_takes_its_children_along),
        cmocka_unit_test(a_group_keeps_it_while_it_waits),
        cmocka_unit_test(raised_after_the_exit),
        cmocka_unit_test(raised_long_after_the_exit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
