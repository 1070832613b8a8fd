/* SPDX-License-Identifier: MIT */
/* Requests whose error was stopped before it ended anything, and what looks like it. Each history has a clean
 * twin, which differs in a line or two. */
#include "tests/unit/history.h"

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

/* A task that cancels itself hears of it at its next await: not before the exit, in the same turn of the loop. */
static void own_request_is_still_to_come(void **state)
{
    (void)state;
#define ITSELF(by, tick)                                                                                          \
    PROCESS ENTER("1", ANYIO, "1", "0", "2") CANCEL_SCOPE("1", "0", "2")                                          \
        RAISE("1", "1", "1", "0", "1") "+10 task_cancel accepted=1 source=SOURCE_DIRECT task=1 stack=7 before=1 " \
                                       "after=2 by_task=" by                                                      \
                                       "\n" TAKE("1", "1", "2", "1") "+1 label tick=" tick "\n" EXIT(             \
                                           "1", "1", "CANCELLED", "SWALLOWED", "2", "1")                          \
                                           DONE("1", "CANCELLED", "1", tick)
    expect(ITSELF("1", "2"), "");
    expect(ITSELF("1", "3"), "error swallowed-cancel x1");
    expect(ITSELF("9", "2"), "error swallowed-cancel x1");
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

/* A group is cancelled from outside while its exit waits for the children, and raises their errors instead. Those
 * end the task as well, if nobody catches them. */
static void group_raises_errors_of_its_children(void **state)
{
    (void)state;
#define WAITS(outcome, how, tick)                                                                                 \
    PROCESS ENTER("1", TASK_GROUP, "1", "0", "2") DIRECT("1", "7", "0", "1", "2")                                 \
        EXIT("1", "1", "NONE", outcome, "1", "1") DONE("1", how, "1", tick)
    expect(WAITS("RAISED_OTHER", "FINISHED", "4"), "error swallowed-cancel x1");
    expect(WAITS("RAISED_OTHER", "FAILED", "30"), "error swallowed-cancel x1");
    expect(WAITS("RAISED_OTHER", "FAILED", "4"), "");
    expect(WAITS("RAISED_CANCEL", "CANCELLED", "4"), "");
    /* the block of a timeout, too: its end is what matters */
#define IN_TIMEOUT(exception)                                                                                     \
    PROCESS ENTER("1", TIMEOUT, "1", "0", "2") ENTER("2", TASK_GROUP, "1", "0", "3") CANCEL_SCOPE("1", "0", "2")  \
        RAISE("1", "1", "1", "0", "1") EXIT("2", "1", "CANCELLED", "RAISED_OTHER", "1", "1")                      \
            TAKE("1", "1", "1", "0") EXIT("1", "1", exception, "PROPAGATED", "1", "0")                            \
                DONE("1", "FAILED", "0", "4")
    expect(IN_TIMEOUT("OTHER"), "");
    expect(IN_TIMEOUT("NONE"), "error swallowed-cancel x1");
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

/* Until a group's exit lets the error out, nobody has stopped it. */
static void direct_request_on_its_way(void **state)
{
    (void)state;
#define LET_OUT(open, end)                                                                                        \
    "+10 scope_exit scope=1 entry=1 task=2 tick=20 exception_in=EXIT_WITH_CANCELLED outcome=EXIT_PROPAGATED "     \
    "before=" open " after=" open "\n" DONE("2", "FINISHED", open, end) OVER
#define IN_A_GROUP(more) PROCESS START("2", "1") ENTER("1", TASK_GROUP, "2", "0", "2") more
    expect_all(IN_A_GROUP(DIRECT("2", "7", "0", "1", "5") LET_OUT("1", "22")), "note swallowed-cancel x1");
    expect_all(IN_A_GROUP(DIRECT("2", "7", "0", "1", "5") LET_OUT("1", "30")), "warning swallowed-cancel x1");
    /* it may be a second request's */
#define TWICE(handling)                                                                                           \
    IN_A_GROUP(DIRECT("2", "7", "0", "1", "5") "+10 task_cancel accepted=1 source=SOURCE_DIRECT task=2 stack=7 "  \
                                               "before=1 after=2 tick=18 handling=" handling                      \
                                               "\n" LET_OUT("2", "22"))
    expect_all(TWICE("HANDLING_EXCEPTION"), "note swallowed-cancel x1");
    expect_all(TWICE("HANDLING_UNKNOWN"), "warning swallowed-cancel x1");
    /* or that of a scope further out, which is still open */
    expect_all(IN_A_GROUP(ENTER("9", TIMEOUT, "2", "0", "2") DIRECT("2", "7", "0", "1", "5")
                              CANCEL_SCOPE("9", "0", "6") RAISE("2", "9", "9", "1", "2") LET_OUT("2", "22")),
               "warning swallowed-cancel x1, warning abandoned-scope x1");
}

/* So it is while a group that has left its scope waits for children: a look that says what is dealt with says
 * where, too, and the next one that it is over. */
static void direct_request_in_a_groups_exit(void **state)
{
    (void)state;
#define IN_EXIT(more) PROCESS START("2", "1") DIRECT("2", "7", "0", "1", "5") LOOKED("8", "waiting=7") more OVER
#define LOOKED(at, waiting)                                                                                       \
    "+10 label tick=" at "\n+1 task_look task=2 tick=" at " handling=HANDLING_EXCEPTION " waiting "\n"
    expect_all(IN_EXIT(DONE("2", "FINISHED", "1", "30")), "note swallowed-cancel x1");
    expect_all(IN_EXIT(LOOKED("30", "") DONE("2", "FINISHED", "1", "31")), "note swallowed-cancel x1");
    expect_all(IN_EXIT(LOOKED("30", "") DONE("2", "FINISHED", "1", "32")), "warning swallowed-cancel x1");
    expect_all(IN_EXIT(LOOKED("30", "waiting=7") DONE("2", "FINISHED", "1", "33")), "note swallowed-cancel x1");
}

/* Up to 3.11.2 a timeout that expires while another request is open lets its own error out: that one says nothing.
 */
static void timeout_lets_its_own_error_out(void **state)
{
    (void)state;
#define EXPIRES_OVER(decision)                                                                                    \
    PROCESS START("2", "1") ENTER("1", TIMEOUT, "2", "0", "2") DIRECT("2", "7", "0", "1", "5")                    \
        decision LET_OUT("1", "22")
    expect_all(EXPIRES_OVER(""), "note swallowed-cancel x1");
    expect_all(EXPIRES_OVER(CANCEL_SCOPE("1", "0", "18") RAISE("2", "1", "1", "1", "2") TAKE("2", "1", "2", "1")),
               "warning swallowed-cancel x1");
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

/* Turns of one loop say nothing of another's: whoever calls from there may be at any number. */
static void direct_request_from_another_thread(void **state)
{
    (void)state;
#define CALLED_FROM(thread)                                                                                       \
    PROCESS START("2", "1") "+1 label tid=1\n"                                                                    \
                            "+10 task_cancel accepted=1 task=2 before=0 after=1 tid=1 tick=5\n"                   \
                            "+1 task_uncancel task=2 before=1 after=0 tid=1\n"                                    \
                            "+10 task_cancel accepted=1 task=2 before=0 after=1 tick=5 tid=" thread               \
                            "\n+10 task_done task=2 how=TASK_FINISHED counter=1 tid=1 tick=20\n"
    expect_all(CALLED_FROM("1"), "warning swallowed-cancel x1");
    expect_all(CALLED_FROM("9"), "note swallowed-cancel x1");
}

/* Whose loop turns first says that a task is done, also of another loop's, at a turn of its own. */
static void end_told_by_another_thread(void **state)
{
    (void)state;
#define TOLD_AT(own)                                                                                              \
    PROCESS START("2", "1") "+1 label tid=1\n"                                                                    \
                            "+10 task_cancel accepted=1 task=2 before=0 after=1 tid=1 tick=5\n"                   \
                            "+1 label tid=1 tick=" own                                                            \
                            "\n+10 task_done task=2 how=TASK_FINISHED counter=1 tid=9 tick=900\n"
    expect_all(TOLD_AT("7"), "note swallowed-cancel x1");
    expect_all(TOLD_AT("20"), "warning swallowed-cancel x1");
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
#define TIMED_OUT(handling, tick, how) ENDED_BY("0", handling, tick, how)
#define ENDED_BY(who, handling, tick, how)                                                                        \
    PROCESS START("2", "1") AROUND DIRECT("2", "7", "0", "1", "5") CANCEL_SCOPE("1", who, tick)                   \
        ONCE_MORE("1", handling) TAKE("2", "1", "2", "1") EXIT("1", "2", "CANCELLED", "PROPAGATED", "2", "1")     \
            DONE("2", how, "1", tick)
    expect(TIMED_OUT("NOTHING", "9", "CANCELLED"), "warning swallowed-cancel x1");
    expect(TIMED_OUT("NOTHING", "9", "FAILED"), "warning swallowed-cancel x1");
    expect(TIMED_OUT("NOTHING", "8", "CANCELLED"), "");
    expect(TIMED_OUT("EXCEPTION", "99", "CANCELLED"), "");
    expect(TIMED_OUT("UNKNOWN", "99", "CANCELLED"), "");
    /* its own way to end */
    expect(ENDED_BY("2", "NOTHING", "9", "CANCELLED"), "");
    expect(ENDED_BY("1", "NOTHING", "9", "CANCELLED"), "warning swallowed-cancel x1");
    /* who takes the request back has resisted it on purpose */
    expect(PROCESS START("2", "1") AROUND DIRECT("2", "7", "0", "1", "5") CANCEL_SCOPE("1", "0", "9")
               ONCE_MORE("1", "NOTHING") UNCANCEL("2", "6", "2", "1") TAKE("2", "1", "1", "0")
                   EXIT("1", "2", "CANCELLED", "RAISED_TIMEOUT", "1", "0") DONE("2", "FAILED", "0", "9"),
           "");
}

/* Whose end nobody sees. The agent tells at the end of the recording whether it is cleaning up, however long that
 * takes; of older traces nothing is known but how often the loop turned. */
static void still_there_at_the_end(void **state)
{
    (void)state;
#define LOOK(after, handling, tick, waiting)                                                                      \
    "+" after " task_look task=2 handling=HANDLING_" handling " waiting=" waiting " tick=" tick "\n"
#define LEFT(looks) PROCESS START("2", "1") DIRECT("2", "7", "0", "1", "5") looks "+10 detached tick=50\n"
#define SECONDS "9000000000"
    expect_all(LEFT(""), "warning swallowed-cancel x1");
    expect_all(LEFT(LOOK("10", "NOTHING", "50", "6")), "warning swallowed-cancel x1");
    expect_all(LEFT(LOOK("10", "EXCEPTION", "50", "0")), "");
    expect_all(LEFT(LOOK(SECONDS, "EXCEPTION", "50", "0")), "");
    expect_all(LEFT(LOOK("10", "UNKNOWN", "50", "0")), "warning swallowed-cancel x1");
    /* the newest look counts, and none at what is not there */
    expect_all(LEFT(LOOK("10", "EXCEPTION", "8", "0") LOOK("10", "NOTHING", "50", "6")),
               "warning swallowed-cancel x1");
    expect_all(LEFT(LOOK("10", "NOTHING", "8", "6") LOOK("10", "EXCEPTION", "50", "0")), "");
    expect_all(LEFT("+10 task_look task=9 handling=HANDLING_EXCEPTION tick=50\n"), "warning swallowed-cancel x1");
    /* Condition.wait() has stopped the error, and raises it when it has its lock again */
#define IN(function)                                                                                              \
    "+1 frame frame=8 parent=6 file=/usr/lib/python3.12/asyncio/locks.py line=1 function=" function "\n"
    expect_all(LEFT(IN("Condition.wait") LOOK("10", "NOTHING", "50", "8")), "");
    expect_all(LEFT(IN("Lock.acquire") LOOK("10", "NOTHING", "50", "8")), "warning swallowed-cancel x1");
    /* a look before the request says nothing of it */
    expect_all(PROCESS START("2", "1") LOOK("10", "EXCEPTION", "4", "0")
                   DIRECT("2", "7", "0", "1", "5") "+10 detached tick=50\n",
               "warning swallowed-cancel x1");
    /* the interpreter exits, and the task is pending */
    expect_all(LEFT(LOOK("10", "NOTHING", "50", "6") END("2", "OPEN", "1")), "warning swallowed-cancel x1");
    expect_all(LEFT(LOOK("10", "EXCEPTION", "50", "0") END("2", "OPEN", "1")), "");
    /* that it ended with a result is known, and worse than that it may have */
    expect_all(LEFT(LOOK("10", "EXCEPTION", "30", "0") DONE("2", "FINISHED", "1", "40")),
               "warning swallowed-cancel x1");
}

/* The loop has nothing to do but to wait. */
static void still_there_in_an_idle_loop(void **state)
{
    (void)state;
#define IDLE(after, handling, tick)                                                                               \
    PROCESS START("2", "1") DIRECT("2", "7", "0", "1", "5")                                                       \
        LOOK(after, handling, tick, "6") "+10 detached tick=" tick "\n"
    expect_all(IDLE(SECONDS, "NOTHING", "7"), "warning swallowed-cancel x1");
    expect_all(IDLE("50000000", "NOTHING", "7"), "");
    expect_all(IDLE(SECONDS, "EXCEPTION", "7"), "");
    /* it hangs, and the error has not reached the task */
    expect_all(IDLE(SECONDS, "NOTHING", "6"), "");
}

/* Whose turns nobody counts: that it waits elsewhere is the proof that it had the error. */
static void still_there_without_turns(void **state)
{
    (void)state;
#define UNCOUNTED(after, handling, waiting)                                                                       \
    PROCESS START("2", "1") "+10 task_cancel accepted=1 source=SOURCE_DIRECT task=2 stack=7 before=0 after=1 "    \
                            "waiting=6 tick=0\n" LOOK(after, handling, "0", waiting) "+10 detached tick=0\n"
    expect_all(UNCOUNTED(SECONDS, "NOTHING", "5"), "warning swallowed-cancel x1");
    expect_all(UNCOUNTED(SECONDS, "NOTHING", "6"), "");
    expect_all(UNCOUNTED("50000000", "NOTHING", "5"), "");
    expect_all(UNCOUNTED(SECONDS, "EXCEPTION", "5"), "");
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

/* The one that was waited for stopped the error, and who waits gets a result. */
static void inner_task_stops_the_error(void **state)
{
    (void)state;
#define PASSED_ON(to, by) "+10 task_cancel accepted=1 task=" to " via_task=" by " before=0 after=1 tick=5\n"
#define INNER(inner, middle, outer)                                                                               \
    PROCESS START("2", "1") START("3", "1") START("4", "1") PASSED_ON("4", "3") PASSED_ON("3", "2")               \
        DIRECT("2", "7", "0", "1", "5") inner DONE("3", "FINISHED", "1", middle)                                  \
            DONE("2", "FINISHED", "1", outer) OVER
    expect_all(INNER(DONE("4", "FINISHED", "1", "30"), "31", "32"), "warning swallowed-cancel x1");
    /* each returned at once when it heard of it */
    expect_all(INNER(DONE("4", "FINISHED", "1", "7"), "8", "9"), "note swallowed-cancel x1");
    expect_all(INNER(DONE("4", "CANCELLED", "1", "30"), "31", "32"), "note swallowed-cancel x1");
    /* it resisted as one should */
    expect_all(INNER(UNCANCEL("4", "6", "1", "0") DONE("4", "FINISHED", "0", "30"), "31", "32"),
               "note swallowed-cancel x1");
    /* gather() lets the error out in the end */
    expect_all(PROCESS START("2", "1") START("3", "1") PASSED_ON("3", "2") DIRECT("2", "7", "0", "1", "5")
                   DONE("3", "FINISHED", "1", "30") DONE("2", "CANCELLED", "1", "32") OVER,
               "");
}

/* A group that cancels its scope, which it has left, since something came while it waited for the children. */
static void group_stops_what_comes_while_it_waits(void **state)
{
    (void)state;
#define IN_WAIT(decision)                                                                                         \
    PROCESS decision                                                                                              \
        "+1 provider provider=5 kind=another.Scope traits=TRAIT_LEVEL_TRIGGERED|TRAIT_STOPS_IN_WAIT\n"            \
        "+1 frame frame=8 parent=2 file=/lib/anyio/_backends/_asyncio.py line=9 function=TaskGroup.__aexit__\n"
#define CALMLY(provider)                                                                                          \
    ENTER("1", TIMEOUT, "1", "0", "2")                                                                            \
    ENTER("2", provider, "1", "0", "3") EXIT("2", "1", "NONE", "PROPAGATED", "0", "0") CANCEL_SCOPE("1", "0", "5")
#define STOPPED                                                                                                   \
    RAISE("1", "1", "1", "0", "1")                                                                                \
    "+10 scope_cancel scope=2 by_task=1 stack=8 tick=6\n" TAKE("1", "1", "1", "0")                                \
        EXIT("1", "1", "NONE", "PROPAGATED", "0", "0")
    expect(IN_WAIT("") CALMLY("5") STOPPED, "error swallowed-cancel x1");
    expect(IN_WAIT("") CALMLY(ANYIO) STOPPED, "");
    /* which went by the version before there was a trait */
    expect(IN_WAIT("+1 package name=anyio version=3.7.1\n") CALMLY(ANYIO) STOPPED, "error swallowed-cancel x1");
    expect(IN_WAIT("+1 package name=anyio version=4.0.0\n") CALMLY(ANYIO) STOPPED, "");
    /* of a scope that nobody announced any kind may be the one */
    expect(IN_WAIT("") ENTER("1", TIMEOUT, "1", "0", "2") CANCEL_SCOPE("1", "0", "5") STOPPED,
           "error swallowed-cancel x1");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exit_swallows_anothers),
        cmocka_unit_test(own_request_is_still_to_come),
        cmocka_unit_test(balance_is_not_enough),
        cmocka_unit_test(group_in_a_group),
        cmocka_unit_test(group_raises_errors_of_its_children),
        cmocka_unit_test(group_cancelled_beforehand),
        cmocka_unit_test(cleaning_up_under_cancellation),
        cmocka_unit_test(direct_request_ignored),
        cmocka_unit_test(direct_request_on_its_way),
        cmocka_unit_test(direct_request_in_a_groups_exit),
        cmocka_unit_test(timeout_lets_its_own_error_out),
        cmocka_unit_test(direct_request_ignored_in_a_thread),
        cmocka_unit_test(direct_request_from_another_thread),
        cmocka_unit_test(end_told_by_another_thread),
        cmocka_unit_test(interrupt_handled),
        cmocka_unit_test(interrupt_ends_a_straggler),
        cmocka_unit_test(shutdown_ends_a_straggler),
        cmocka_unit_test(timeout_ends_a_straggler),
        cmocka_unit_test(still_there_at_the_end),
        cmocka_unit_test(still_there_in_an_idle_loop),
        cmocka_unit_test(still_there_without_turns),
        cmocka_unit_test(propagated_requests),
        cmocka_unit_test(slow_inner_task),
        cmocka_unit_test(inner_task_stops_the_error),
        cmocka_unit_test(group_stops_what_comes_while_it_waits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
