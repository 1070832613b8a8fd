/* SPDX-License-Identifier: MIT */
/* Each rule on a faulty history and on its clean twin, which differs in a line or two; those about how scopes are
 * left are in test_rules_of_scopes.c. */
#include "tests/unit/history.h"

/* ---- leaked-cancel ---- */

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
#define CHILD_WITH(group)                                                                                         \
    PROCESS ENTER("1", ANYIO, "1", "0", "2") START("2", "2") CHILD_ENTERS("2", "1", "2")                          \
        CHILD_ENTERS("3", "2", "3") CANCEL_SCOPE("3", "2", "3") RAISE("2", "3", "3", "0", "1")                    \
            group EXIT("3", "2", "CANCELLED", "PROPAGATED", "1", "1") CANCEL_SCOPE("2", "2", "4")                 \
                EXIT("2", "2", "CANCELLED", "PROPAGATED", "1", "1") END("2", "CANCELLED", "1") OVER
#define CHILD_ENTERS(scope, parent, stack)                                                                        \
    "+10 scope_enter scope=" scope " entry=1 provider=" ANYIO " task=2 counter=0 parent_scope=" parent            \
    " stack=" stack "\n"
    expect(CHILD_WITH(CANCEL_SCOPE("1", "1", "3")), "");
    expect(CHILD_WITH(""), "error leaked-cancel x1");
}

/* ---- stolen-cancel ---- */

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

/* ---- swallowed-cancel ---- */

static void exit_swallows_anothers(void **state)
{
    (void)state;
    /* anyio#1214: both in one turn of the loop */
#define RACE(exit)                                                                                                \
    PROCESS ENTER("1", ANYIO, "1", "0", "2") CANCEL_SCOPE("1", "0", "2") RAISE("1", "1", "1", "0", "1")           \
        DIRECT("1", "7", "1", "2", "2") TAKE("1", "1", "2", "1") exit
    expect(RACE(EXIT("1", "1", "CANCELLED", "SWALLOWED", "2", "1") DONE("1", "FINISHED", "1", "4") OVER),
           "error swallowed-cancel x1");
    expect(RACE(EXIT("1", "1", "CANCELLED", "PROPAGATED", "2", "1") DONE("1", "CANCELLED", "1", "4") OVER), "");
}

/* The counter comes back to 0, and yet the outer time-out never fired. */
static void balance_is_not_enough(void **state)
{
    (void)state;
#define BOTH(outer)                                                                                               \
    PROCESS ENTER("1", outer, "1", "0", "2") ENTER("2", ANYIO, "1", "0", "3") CANCEL_SCOPE("2", "0", "2")         \
        RAISE("1", "2", "2", "0", "1") CANCEL_SCOPE("1", "0", "2") RAISE("1", "1", "1", "1", "2")                 \
            TAKE("1", "2", "2", "1") EXIT("2", "1", "CANCELLED", "SWALLOWED", "2", "1") TAKE("1", "1", "1", "0")  \
                EXIT("1", "1", "NONE", "PROPAGATED", "1", "0") END("1", "FINISHED", "0") OVER
    expect(BOTH(TIMEOUT), "error swallowed-cancel x1");
    /* AnyIO delivers again: nothing is lost */
    expect(BOTH(ANYIO), "");
}

/* Two groups whose children fail in the same turn of the loop. */
static void group_in_a_group(void **state)
{
    (void)state;
#define GROUPS(exception, outcome)                                                                                \
    PROCESS ENTER("1", TASK_GROUP, "1", "0", "2") ENTER("2", TASK_GROUP, "1", "0", "3")                           \
        CANCEL_SCOPE("1", "0", "2") RAISE("1", "1", "1", "0", "1") CANCEL_SCOPE("2", "0", "2")                    \
            RAISE("1", "2", "2", "1", "2") TAKE("1", "2", "2", "1")                                               \
                EXIT("2", "1", "CANCELLED", "RAISED_OTHER", "1", "1") TAKE("1", "1", "1", "0")                    \
                    EXIT("1", "1", exception, outcome, "0", "0") END("1", "FAILED", "0") OVER
    expect(GROUPS("OTHER", "RAISED_OTHER"), "");
    /* somebody caught the inner one's errors, and the outer body ran on */
    expect(GROUPS("NONE", "RAISED_OTHER"), "error swallowed-cancel x1");
}

/* Python 3.15: a TaskGroup that was cancelled beforehand cancels its host while it is being entered. */
static void group_cancelled_beforehand(void **state)
{
    (void)state;
#define BEFOREHAND(counter)                                                                                       \
    PROCESS CANCEL_SCOPE("1", "1", "2") RAISE("1", "1", "1", "0", "1") ENTER("1", TASK_GROUP, "1", counter, "2")  \
        TAKE("1", "1", "1", "0") EXIT("1", "1", "CANCELLED", "SWALLOWED", "1", "0") END("1", "FINISHED", "0")     \
            OVER
    expect_all(BEFOREHAND("0"), "");
    expect_all(BEFOREHAND("3"), "note lost-events x1");
}

/* What was open before the scope was entered belongs to whoever cleans up. */
static void cleaning_up_under_cancellation(void **state)
{
    (void)state;
    expect(PROCESS DIRECT("1", "7", "0", "1", "2") ENTER("1", ANYIO, "1", "1", "2") CANCEL_SCOPE("1", "0", "4")
               RAISE("1", "1", "1", "1", "2") TAKE("1", "1", "2", "1")
                   EXIT("1", "1", "CANCELLED", "SWALLOWED", "2", "1") DONE("1", "CANCELLED", "1", "5") OVER,
           "");
}

static void direct_request_ignored(void **state)
{
    (void)state;
#define WORKER(end) PROCESS START("2", "1") DIRECT("2", "7", "0", "1", "5") end
    expect_all(WORKER(DONE("2", "FINISHED", "1", "20") END("2", "FINISHED", "1") OVER),
               "warning swallowed-cancel x1");
    expect_all(WORKER(DONE("2", "FINISHED", "1", "7") END("2", "FINISHED", "1") OVER), "note swallowed-cancel x1");
    expect_all(WORKER(DONE("2", "CANCELLED", "1", "20") END("2", "CANCELLED", "1") OVER), "");
    expect_all(WORKER("+10 task_start task=3 name=late tick=50\n"), "warning swallowed-cancel x1");
    /* nobody counts the turns: prompt or not cannot be told */
    expect_all(PROCESS START("2", "1") DIRECT("2", "7", "0", "1", "0") DONE("2", "FINISHED", "1", "0")
                   END("2", "FINISHED", "1") OVER,
               "note swallowed-cancel x1");
}

/* A statedump is made in one thread, whose turns are not those of the loops of others. */
static void direct_request_ignored_in_a_thread(void **state)
{
    (void)state;
#define DUMPED(end)                                                                                               \
    "1 runtime statedump=1\n2 task_seen task=2 tid=1 tick=1\n"                                                    \
    "+10 task_cancel accepted=1 task=2 before=0 after=1 tid=9 tick=5\n"                                           \
    "+10 task_done task=2 how=TASK_FINISHED counter=1 tid=9 tick=" end "\n"
    expect_all(DUMPED("20"), "warning swallowed-cancel x1");
    expect_all(DUMPED("7"), "note swallowed-cancel x1");
}

static void interrupt_handled(void **state)
{
    (void)state;
    expect_all(PROCESS "+10 task_cancel accepted=1 source=SOURCE_INTERRUPT task=1 before=0 after=1 tick=2\n" DONE(
                   "1", "FINISHED", "1", "30") END("1", "FINISHED", "1") OVER,
               "note swallowed-cancel x1");
}

/* A worker that keeps its group waiting until somebody has waited long enough: the agent tells whether it is still
 * cleaning up by then, however long that takes. */
static void interrupt_ends_a_straggler(void **state)
{
    (void)state;
#define ONCE_MORE(origin, handling)                                                                               \
    "+10 task_cancel accepted=1 source=SOURCE_SCOPE task=2 scope=" origin " origin=" origin                       \
    " before=1 after=2 handling=HANDLING_" handling " waiting=6\n"
#define INTERRUPTED(after, handling)                                                                              \
    PROCESS ENTER("1", TASK_GROUP, "1", "0", "2") START("2", "1")                                                 \
        DIRECT("2", "7", "0", "1", "5") "+" after                                                                 \
                                        " task_cancel accepted=1 source=SOURCE_INTERRUPT task=1 before=0 "        \
                                        "after=1 tick=7\n" CANCEL_SCOPE("1", "0", "7") ONCE_MORE("1", handling)   \
                                            DONE("2", "CANCELLED", "2", "8")
    expect(INTERRUPTED("1500000000", "NOTHING"), "warning swallowed-cancel x1");
    expect(INTERRUPTED("1000000", "NOTHING"), "");
    expect(INTERRUPTED("90000000000", "EXCEPTION"), "");
    expect(INTERRUPTED("90000000000", "UNKNOWN"), "");
}

/* The same at the loop's shutdown, where the loop may have turned as often as it likes. */
static void shutdown_ends_a_straggler(void **state)
{
    (void)state;
#define SHUT_DOWN(tick, handling)                                                                                 \
    PROCESS START("2", "1") DIRECT("2", "7", "0", "1", "5") "+10 task_cancel accepted=1 source=SOURCE_SHUTDOWN "  \
                                                            "task=2 before=1 after=2 handling=HANDLING_" handling \
                                                            " waiting=6 tick=" tick                               \
                                                            "\n" DONE("2", "CANCELLED", "2", tick)
    expect(SHUT_DOWN("9", "NOTHING"), "warning swallowed-cancel x1");
    expect(SHUT_DOWN("8", "NOTHING"), "");
    expect(SHUT_DOWN("999", "EXCEPTION"), "");
    expect(SHUT_DOWN("999", "UNKNOWN"), "");
}

/* The timeout around a worker that ignored its cancellation, or that is slow to clean up; the worker ends as
 * cancelled, or because an error of its own comes of it. */
static void timeout_ends_a_straggler(void **state)
{
    (void)state;
#define AROUND ENTER("1", TIMEOUT, "2", "0", "2")
#define TIMED_OUT(handling, tick, how)                                                                            \
    PROCESS START("2", "1") AROUND DIRECT("2", "7", "0", "1", "5") CANCEL_SCOPE("1", "0", tick)                   \
        ONCE_MORE("1", handling) TAKE("2", "1", "2", "1") EXIT("1", "2", "CANCELLED", "PROPAGATED", "2", "1")     \
            DONE("2", how, "1", tick)
    expect(TIMED_OUT("NOTHING", "9", "CANCELLED"), "warning swallowed-cancel x1");
    expect(TIMED_OUT("NOTHING", "9", "FAILED"), "warning swallowed-cancel x1");
    expect(TIMED_OUT("NOTHING", "8", "CANCELLED"), "");
    expect(TIMED_OUT("EXCEPTION", "99", "CANCELLED"), "");
    expect(TIMED_OUT("UNKNOWN", "99", "CANCELLED"), "");
    /* who takes the request back has resisted it on purpose */
    expect(PROCESS START("2", "1") AROUND DIRECT("2", "7", "0", "1", "5") CANCEL_SCOPE("1", "0", "9")
               ONCE_MORE("1", "NOTHING") UNCANCEL("2", "6", "2", "1") TAKE("2", "1", "1", "0")
                   EXIT("1", "2", "CANCELLED", "RAISED_TIMEOUT", "1", "0") DONE("2", "FAILED", "0", "9"),
           "");
}

/* timeout around `await task`: the inner request is the outer one's, and ends with its task. */
static void propagated_requests(void **state)
{
    (void)state;
    expect_all(
        PROCESS START("2", "1") ENTER("1", TIMEOUT, "1", "0", "2") CANCEL_SCOPE(
            "1", "0",
            "2") "+10 task_cancel accepted=1 source=SOURCE_SCOPE scope=1 origin=1 task=2 via_task=1 before=0 "
                 "after=1\n" RAISE("1", "1", "1", "0", "1") END("2", "FINISHED", "1") TAKE("1", "1", "1", "0")
                     EXIT("1", "1", "CANCELLED", "RAISED_TIMEOUT", "1", "0") END("1", "FINISHED", "0") OVER,
        "");
}

/* The task learns of it only when the task that it waits for has ended. */
static void slow_inner_task(void **state)
{
    (void)state;
#define WAITING                                                                                                   \
    PROCESS START("2", "1")                                                                                       \
        START("3", "1") "+10 task_cancel accepted=1 task=3 via_task=2 before=0 after=1 tick=5\n" DIRECT(          \
            "2", "7", "0", "1", "5") "+10 task_done task=3 how=TASK_CANCELLED counter=1 tick=30\n"
    expect(WAITING DONE("2", "FINISHED", "1", "32") OVER, "");
    expect(WAITING DONE("2", "FINISHED", "1", "40") OVER, "warning swallowed-cancel x1");
    /* a timeout later on, around a task that is kept, has nothing to do with it */
    expect(
        PROCESS START("2", "1") START("3", "1") DIRECT("2", "7", "0", "1", "5") ENTER("1", TIMEOUT, "2", "1", "2")
            CANCEL_SCOPE("1", "0", "20") "+10 task_cancel accepted=1 source=SOURCE_SCOPE scope=1 origin=1 task=3 "
                                         "via_task=2 before=0 after=1\n" RAISE("2", "1", "1", "1", "2")
                                             TAKE("2", "1", "2", "1")
                                                 EXIT("1", "2", "CANCELLED", "RAISED_TIMEOUT", "2", "1")
                                                     DONE("2", "FINISHED", "1", "40") END("2", "FINISHED", "1")
                                                         END("3", "CANCELLED", "1") OVER,
        "warning swallowed-cancel x1");
}

/* ---- unmatched-cancel, cancel-storm ---- */

static void nobody_cancelled_the_scope(void **state)
{
    (void)state;
#define UNMATCHED(decision)                                                                                       \
    PROCESS ENTER("1", UNHEARD, "1", "0", "2") decision RAISE("1", "1", "1", "0", "1") TAKE("1", "1", "1", "0")   \
        EXIT("1", "1", "CANCELLED", "RAISED_TIMEOUT", "1", "0") END("1", "FINISHED", "0") OVER
    expect(UNMATCHED(""), "error unmatched-cancel x1");
    expect(UNMATCHED(CANCEL_SCOPE("1", "0", "2")), "");
}

static char *storm_history(unsigned deliveries, const char *between)
{
    GString *text = g_string_new(PROCESS ENTER("1", ANYIO, "1", "0", "2") CANCEL_SCOPE("1", "1", "2"));
    for (unsigned i = 0; i < deliveries; i++) {
        g_string_append_printf(text, "+10 scope_deliver repeat=1 scope=1 origin=1 task=1 tick=%u\n", 3 + i);
        g_string_append_printf(text,
                               "+1 task_cancel accepted=1 source=SOURCE_SCOPE task=1 scope=1 origin=1 before=%u "
                               "after=%u\n",
                               i, i + 1);
        g_string_append(text, between);
    }
    for (unsigned i = deliveries; i-- > 0;)
        g_string_append_printf(text, "+1 task_uncancel source=SOURCE_SCOPE task=1 scope=1 before=%u after=%u\n",
                               i + 1, i);
    g_string_append(text, EXIT("1", "1", "CANCELLED", "SWALLOWED", "1", "0") END("1", "FINISHED", "0") OVER);
    return g_string_free(text, FALSE);
}

static void storm_is_a_matter_of_number(void **state)
{
    (void)state;
    char *few = storm_history(40, ""), *many = storm_history(300, "");
    expect(few, "");
    expect(many, "warning cancel-storm x1");
    g_free(few);
    g_free(many);
    expect(PROCESS ENTER("1", ANYIO, "1", "0", "2")
               CANCEL_SCOPE("1", "1", "2") "+10 scope_deliver repeat=4096 scope=1 origin=1 task=1\n",
           "warning cancel-storm x1");
}

/* The host of a group waits for its children: that it does not end is not its fault. The child's counter is what
 * rises.
 */
static void a_storm_is_the_childs_that_resists(void **state)
{
    const struct report *report;
    (void)state;
#define STORM_WITH(units)                                                                                         \
    PROCESS START("3", "1") ENTER("1", ANYIO, "1", "0", "2") CANCEL_SCOPE("1", "1", "2")                          \
        RAISE("1", "1", "1", "0", "1") START("2", "2")                                                            \
            RAISE("2", "1", "1", "0", units) "+10 scope_deliver repeat=4096 scope=1 origin=1 task=1\n"
    struct analysis *analysis = history_analyze(STORM_WITH("40"), (struct analysis_options){0}, &report);
    const struct finding *finding = g_ptr_array_index(report->findings, 0);
    assert_string_equal(finding->rule->name, "cancel-storm");
    assert_string_equal(finding->task.name, "Task-2");
    assert_int_equal(finding->counter_before, 0);
    assert_int_equal(finding->counter_after, 40);
    analysis_free(analysis);
    analysis = history_analyze(STORM_WITH("1"), (struct analysis_options){0}, &report);
    finding = g_ptr_array_index(report->findings, 0);
    assert_int_equal(finding->task.id.serial, 1);
    analysis_free(analysis);
}

/* Each scope delivers in vain once more after it was left, as AnyIO's do: no storm, however many there were. */
static void many_late_deliveries_are_no_storm(void **state)
{
    (void)state;
    GString *text = g_string_new(PROCESS);
    for (unsigned i = 1; i <= 200; i++)
        g_string_append_printf(
            text,
            "+10 scope_enter scope=%u entry=1 provider=" ANYIO " task=1 counter=0 stack=2\n"
            "+1 scope_cancel scope=%u by_task=1 stack=3\n"
            "+1 scope_exit scope=%u entry=1 task=1 exception_in=EXIT_WITH_NONE outcome=EXIT_PROPAGATED\n"
            "+1 scope_deliver repeat=2 scope=%u origin=%u task=1\n",
            i, i, i, i, i);
    g_string_append(text, END("1", "FINISHED", "0") OVER);
    expect(text->str, "");
    g_string_free(text, TRUE);
}

static void rules_have_names(void **state)
{
    (void)state;
    assert_ptr_equal(rule_find("leaked-cancel"), rules[0]);
    assert_null(rule_find("no-such-rule"));
    for (const struct rule *const *rule = rules; *rule; rule++) {
        char *page = g_strdup_printf("%s/docs/rules/%s.md", SOURCE_DIRECTORY, (*rule)->name);
        assert_true(g_file_test(page, G_FILE_TEST_EXISTS));
        g_free(page);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(leak_is_found),
        cmocka_unit_test(leak_through_another_scope),
        cmocka_unit_test(handing_up_is_no_leak),
        cmocka_unit_test(leak_waits_for_the_error),
        cmocka_unit_test(victim_of_an_inner_scope),
        cmocka_unit_test(children_end_with_their_requests),
        cmocka_unit_test(forgetful_class),
        cmocka_unit_test(a_cancelled_group_takes_its_children_along),
        cmocka_unit_test(theft_is_found),
        cmocka_unit_test(greedy_class),
        cmocka_unit_test(scope_takes_a_direct_request),
        cmocka_unit_test(robbing_the_shutdown_is_a_note),
        cmocka_unit_test(hand_back_is_no_theft),
        cmocka_unit_test(extra_is_a_note),
        cmocka_unit_test(exit_swallows_anothers),
        cmocka_unit_test(balance_is_not_enough),
        cmocka_unit_test(group_in_a_group),
        cmocka_unit_test(group_cancelled_beforehand),
        cmocka_unit_test(cleaning_up_under_cancellation),
        cmocka_unit_test(direct_request_ignored),
        cmocka_unit_test(direct_request_ignored_in_a_thread),
        cmocka_unit_test(interrupt_handled),
        cmocka_unit_test(interrupt_ends_a_straggler),
        cmocka_unit_test(shutdown_ends_a_straggler),
        cmocka_unit_test(timeout_ends_a_straggler),
        cmocka_unit_test(propagated_requests),
        cmocka_unit_test(slow_inner_task),
        cmocka_unit_test(nobody_cancelled_the_scope),
        cmocka_unit_test(storm_is_a_matter_of_number),
        cmocka_unit_test(a_storm_is_the_childs_that_resists),
        cmocka_unit_test(many_late_deliveries_are_no_storm),
        cmocka_unit_test(rules_have_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
