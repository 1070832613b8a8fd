/* SPDX-License-Identifier: MIT */
/* What findings call scopes, and why they say that these were cancelled. */
#include "tests/unit/history.h"

#define LEAK_FROM(stack)                                                                                          \
    ENTER("1", UNHEARD, "1", "0", stack)                                                                          \
    "+10 scope_cancel scope=1 by_task=0 stack=3 tick=2\n" RAISE("1", "1", "1", "0", "1")                          \
        EXIT("1", "1", "CANCELLED", "RAISED_TIMEOUT", "1", "1") END("1", "FINISHED", "1") OVER

static void assert_named(const char *history, const char *begin)
{
    const struct report *report;
    struct analysis *analysis = history_trees(history, &report);
    if (!g_str_has_prefix(history_first(report)->message, begin))
        fail_msg("%s", history_first(report)->message);
    analysis_free(analysis);
}

static void assert_reason(const char *history, const char *reason)
{
    const struct report *report;
    struct analysis *analysis = history_trees(history, &report);
    assert_string_equal(history_first(report)->cancelled->reason, reason);
    analysis_free(analysis);
}

static bool is_of_child(const char *history)
{
    const struct report *report;
    struct analysis *analysis = history_trees(history, &report);
    bool is = history_first(report)->cancelled->of_child;
    analysis_free(analysis);
    return is;
}

/* A child's failure comes from the event loop; in a task it is the end of the block that cancels the children. */
static void why_a_group_was_cancelled(void **state)
{
    (void)state;
#define ABORTED_BY(task)                                                                                          \
    PROCESS ENTER("1", TASK_GROUP, "1", "0",                                                                      \
                  "2") "+10 scope_cancel scope=1 by_task=" task                                                   \
                       " how=CANCEL_CHILD stack=3 tick=2\n" RAISE("1", "1", "1", "0", "1")                        \
                           EXIT("1", "1", "NONE", "RAISED_OTHER", "1", "1") END("1", "FINISHED", "1") OVER
    assert_reason(ABORTED_BY("0"), "a child task failed");
    assert_reason(ABORTED_BY("1"), "its block or a child task ended with an exception");
#define ABORTED_FOR(error)                                                                                        \
    PROCESS "+1 task_start task=2 parent_task=1 name=Task-2 coroutine=fetch\n" ENTER(                             \
        "1", TASK_GROUP, "1", "0",                                                                                \
        "2") "+10 scope_cancel scope=1 by_task=0 how=CANCEL_CHILD stack=3 tick=2 child=2 error=" error            \
             "\n" RAISE("1", "1", "1", "0", "1") EXIT("1", "1", "NONE", "RAISED_OTHER", "1", "1")                 \
                 END("1", "FINISHED", "1") OVER
    assert_reason(ABORTED_FOR("ValueError"), "child Task-2 (fetch) failed with ValueError");
    assert_reason(ABORTED_FOR("CancelledError"), "child Task-2 (fetch) was cancelled");
    assert_true(is_of_child(ABORTED_FOR("ValueError")));
    /* AnyIO's cancel() takes a reason of anybody's */
#define CANCELLED_BECAUSE(text)                                                                                   \
    PROCESS ENTER("1", TASK_GROUP, "1", "0", "2") "+10 scope_cancel scope=1 by_task=1 how=CANCEL_CALLED stack=3"  \
                                                  " tick=2 reason=\"" text "\"\n" RAISE("1", "1", "1", "0", "1")  \
                                                      EXIT("1", "1", "NONE", "RAISED_OTHER", "1", "1")            \
                                                          END("1", "FINISHED", "1") OVER
    assert_reason(CANCELLED_BECAUSE("child failed"), "child failed");
    assert_false(is_of_child(CANCELLED_BECAUSE("child failed")));
}

/* Where the request of a group is lost, it is said which child's failure that was to tell of. */
static void whose_failure_goes_unheard(void **state)
{
    (void)state;
#define UNHEARD_FAILURE(child)                                                                                    \
    PROCESS START("2", "1") ENTER("1", TASK_GROUP, "1", "0", "2") ENTER("2", ANYIO, "1", "0", "3")                \
        CANCEL_SCOPE("2", "0", "2")                                                                               \
            RAISE("1", "2", "2", "0", "1") "+10 scope_cancel scope=1 how=CANCEL_CHILD stack=3 tick=2" child       \
                                           "\n" RAISE("1", "1", "1", "1", "2") TAKE("1", "2", "2", "1")           \
                                               EXIT("2", "1", "CANCELLED", "SWALLOWED", "2", "1") OVER
#define UNHEARD_BEGIN                                                                                             \
    "The anyio.CancelScope entered at app.py:6 (main) stopped a CancelledError that was not its own alone: the "  \
    "request of the enclosing asyncio.TaskGroup entered at app.py:5 (main)"
    assert_named(UNHEARD_FAILURE(" child=2 error=ValueError"),
                 UNHEARD_BEGIN ", raised because child Task-2 (work) failed with ValueError, was still open");
    assert_named(UNHEARD_FAILURE(""), UNHEARD_BEGIN " was still open");
}

/* uvicorn's command is below everything that it runs, and is to blame for nothing; a program of that folder is. */
static void a_launcher_is_not_to_blame(void **state)
{
    (void)state;
#define LAUNCHED(file, function)                                                                                  \
    PROCESS "+1 frame frame=8 file=" file " line=8 function=" function                                            \
            "\n+1 frame frame=9 parent=8 file=/v/site-packages/app/web.py line=3 function=serve\n" LEAK_FROM("9")
    assert_named(LAUNCHED("/v/bin/uvicorn", "<module>"), "The unheard.Of entered at app/web.py:3 (serve)");
    assert_named(LAUNCHED("/v/bin/uvicorn", "main"), "The unheard.Of of serve() entered at uvicorn:8 (main)");
    assert_named(LAUNCHED("/v/bin/run.py", "<module>"),
                 "The unheard.Of of serve() entered at run.py:8 (<module>)");
    assert_named(LAUNCHED("/v/sbin/run", "<module>"), "The unheard.Of of serve() entered at run:8 (<module>)");
}

/* The same of a program that was started elsewhere, with this word on its command line. */
static void assert_started(const char *word, const char *message)
{
    static const char text[] =
        PROCESS "+1 package name=anyio version=4.3.0 location=/deps\n"
                "+1 frame frame=8 file=/deps/fastapi/routing.py line=7 function=get\n"
                "+1 frame frame=9 parent=8 file=/v/site-packages/anyio/x.py line=1 function=open\n" LEAK_FROM("9");
    g_auto(GStrv) parts = g_strsplit(text, "cwd=/app", 2);
    g_autofree char *started = g_strconcat(parts[0], "cwd=/srv argv=python3\037", word, parts[1], NULL);
    assert_named(started, message);
}

/* pip install --target /deps: what lies there is no code of the project's, unless its own lies there, too. */
static void what_was_installed_elsewhere_is_a_library(void **state)
{
    (void)state;
#define INSTALLED(package, folder)                                                                                \
    PROCESS "+1 package name=anyio " package "\n+1 frame frame=8 parent=2 file=" folder                           \
            "fastapi/routing.py line=7 function=get\n" LEAK_FROM("8")
    assert_named(INSTALLED("version=4.3.0 location=/deps", "/deps/"),
                 "The unheard.Of of get() entered at app.py:5 (main)");
    assert_named(INSTALLED("version=4.3.0 location=/deps", "/dep/"),
                 "The unheard.Of entered at routing.py:7 (get)");
    assert_named(INSTALLED("version= location=/deps", "/deps/"), "The unheard.Of entered at routing.py:7 (get)");
    assert_named(INSTALLED("version=4.3.0 location=/app", "/app/"),
                 "The unheard.Of entered at routing.py:7 (get)");
    assert_named(INSTALLED("version=4.3.0 location=/", "/"), "The unheard.Of entered at routing.py:7 (get)");
    assert_started("/deps/bin/uvicorn", "The unheard.Of of open() entered at fastapi/routing.py:7 (get)");
    assert_started("/deps/run.py", "The unheard.Of of open() entered at routing.py:7 (get)");
}

/* What the program called to get the scope, by the frames between its own and the scope. */
static void a_scope_is_named_after_what_opened_it(void **state)
{
    (void)state;
    assert_named(PROCESS
                 "+1 frame frame=8 parent=2 file=/usr/lib/python3.12/contextlib.py line=1 function=C.__enter__\n"
                 "+1 frame frame=9 parent=8 file=/v/site-packages/anyio/_core/_tasks.py line=1 "
                 "function=fail_after\n" LEAK_FROM("9"),
                 "The unheard.Of of fail_after() entered at app.py:5 (main) has ended");
    assert_named(PROCESS "+1 frame frame=8 parent=2 file=/v/site-packages/anyio/x.py line=1 "
                         "function=a.<locals>.TaskGroup.__aenter__\n" LEAK_FROM("8"),
                 "The unheard.Of of TaskGroup entered at app.py:5 (main) has ended");
    assert_named(PROCESS "+1 frame frame=8 parent=2 file=/app/app.py line=9 function=helper\n" LEAK_FROM("8"),
                 "The unheard.Of entered at app.py:9 (helper) has ended");
}

/* Where no code of the user's own is on the stack, the library that used the scope is meant, not the one that
 * provides it: else all leaks of all libraries were one. */
static void a_library_is_told_from_a_provider(void **state)
{
    (void)state;
    assert_named(PROCESS
                 "+1 frame frame=8 parent=1 file=/v/site-packages/httpcore/pool.py line=7 function=connect\n"
                 "+1 frame frame=9 parent=8 file=/v/site-packages/anyio/_core/_sockets.py line=1 "
                 "function=connect_tcp\n" LEAK_FROM("9"),
                 "The unheard.Of of connect_tcp() entered at httpcore/pool.py:7 (connect) has ended");
    assert_named(
        PROCESS
        "+1 frame frame=8 parent=1 file=/v/site-packages/anyio/from_thread.py line=3 function=run\n" LEAK_FROM(
            "8"),
        "The unheard.Of entered at anyio/from_thread.py:3 (run) has ended");
    /* a loop in C leaves no frame between a callback and what runs the tests */
    assert_named(
        PROCESS
        "+1 frame frame=7 file=/app/test_app.py line=1 function=<module>\n"
        "+1 frame frame=8 parent=7 file=/v/site-packages/pluggy/_manager.py line=2 function=_hookexec\n"
        "+1 frame frame=9 parent=8 file=/v/site-packages/anyio/from_thread.py line=3 function=run\n" LEAK_FROM(
            "9"),
        "The unheard.Of entered at anyio/from_thread.py:3 (run) has ended");
}

/* A task that nobody made is told by what it does. */
static void who_closes_a_generator(void **state)
{
    (void)state;
#define CLOSED_BY(coroutine, exception)                                                                           \
    PROCESS ENTER("1", TIMEOUT, "1", "0", "2") "+1 task_start task=2 name=Task-2 coroutine=" coroutine            \
                                               "\n" EXIT("1", "2", exception, "PROPAGATED", "0", "0")             \
                                                   END("2", "FINISHED", "0") END("1", "FINISHED", "0")
#define LEFT "The asyncio.Timeout entered at app.py:5 (main) in Task-1 was left in Task-2"
    assert_named(CLOSED_BY("async_generator_athrow", "OTHER"),
                 LEFT ", which closed the generator that it is in: a scope must be left");
    assert_named(CLOSED_BY("_wrap_awaitable", "GENERATOR_EXIT"),
                 LEFT ", which closed the generator that it is in: a scope must be left");
    assert_named(CLOSED_BY("_wrap_awaitable", "NONE"), LEFT ": a scope must be left");
    assert_named(CLOSED_BY("work", "GENERATOR_EXIT"), LEFT ": a scope must be left");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(why_a_group_was_cancelled),
        cmocka_unit_test(whose_failure_goes_unheard),
        cmocka_unit_test(a_launcher_is_not_to_blame),
        cmocka_unit_test(what_was_installed_elsewhere_is_a_library),
        cmocka_unit_test(a_scope_is_named_after_what_opened_it),
        cmocka_unit_test(a_library_is_told_from_a_provider),
        cmocka_unit_test(who_closes_a_generator),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
