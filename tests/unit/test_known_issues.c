/* SPDX-License-Identifier: MIT */
/* Findings that are a known issue of a version of a library, or of the interpreter's own. */
#include "tests/unit/history.h"

/* Of the first finding; NULL: it is none. */
static void assert_issue(const char *text, const char *id)
{
    const struct report *report;
    struct analysis *analysis = history_analyze(text, (struct analysis_options){0}, &report);
    assert_true(report->findings->len > 0);
    const struct known_issue *issue =
        ((const struct finding *)g_ptr_array_index(report->findings, 0))->known_issue;
    assert_int_equal(issue != NULL, id != NULL);
    if (issue && id)
        assert_string_equal(issue->id, id);
    analysis_free(analysis);
}

static void issues_of_a_library(void **state)
{
    (void)state;
#define WITH(packages, rest)                                                                                      \
    "1 runtime python=3.12.1 stdlib=/usr/lib/python3.12\n2 provider provider=1 "                                  \
    "kind=anyio.CancelScope module=anyio._backends._asyncio traits=1\n" packages                                  \
    "3 frame frame=4 file=/x/anyio/_backends/_asyncio.py line=1 "                                                 \
    "function=CancelScope._deliver_cancellation\n4 task_start task=1 tick=1\n" rest
#define THROUGH(scope)                                                                                            \
    ENTER("1", ANYIO, "1", "0", "4")                                                                              \
    ENTER("2", ANYIO, "1", "0", "4")                                                                              \
    CANCEL_SCOPE("1", "1", "2")                                                                                   \
    "+1 task_cancel accepted=1 source=SOURCE_SCOPE task=1 scope=" scope                                           \
    " origin=1 stack=4 before=0 after=1\n" EXIT("2", "1", "CANCELLED", "PROPAGATED", "1", "1")                    \
        EXIT("1", "1", "CANCELLED", "SWALLOWED", "1", "1")
    assert_issue(WITH("2 package name=anyio version=4.3.0\n", THROUGH("2")), "anyio#716");
    assert_issue(WITH("2 package name=anyio version=4.3.0\n", THROUGH("1")), NULL);
    assert_issue(WITH("2 package name=anyio version=4.4.0\n", THROUGH("2")), NULL);
    assert_issue(WITH("2 package name=anyio version=3.6.2\n", THROUGH("1")), "anyio#551");
    assert_issue(WITH("2 package name=AnyIO version=3.7.0rc1\n", THROUGH("1")), NULL);
    assert_issue(WITH("2 package name=anyio version=unknown\n", THROUGH("1")), NULL);
    assert_issue(WITH("", THROUGH("2")), NULL);
    /* another library's scope, in a task that AnyIO started */
    assert_issue(WITH("2 package name=anyio version=3.6.2\n2 provider provider=4 kind=asgiref.timeout traits=0\n",
                      ENTER("1", UNHEARD, "1", "0", "4") CANCEL_SCOPE("1", "0", "2") RAISE("1", "1", "1", "0", "1")
                          EXIT("1", "1", "CANCELLED", "RAISED_TIMEOUT", "1", "1")),
                 NULL);
}

/* Its version is Python's. */
static void issues_of_python(void **state)
{
    (void)state;
#define GROUP(python, file)                                                                                       \
    "1 runtime python=" python " stdlib=/usr/lib/python3\n2 provider provider=3 kind=asyncio.TaskGroup "          \
    "module=asyncio.taskgroups traits=TRAIT_RAISES_GROUP|TRAIT_TAKES_BACK|TRAIT_GROUP\n3 frame frame=4 "          \
    "file=/usr/lib/python3/asyncio/" file " line=1 function=TaskGroup._on_task_done\n"                            \
    "4 task_start task=1 tick=1\n" ENTER(                                                                         \
        "1", TASK_GROUP, "1", "0", "2") "+1 scope_cancel scope=1 stack=4 tick=2\n"                                \
                                        "+1 task_cancel accepted=1 source=SOURCE_SCOPE task=1 scope=1 origin=1 "  \
                                        "stack=4 before=0 after=1\n" EXIT("1", "1", "NONE", "RAISED_OTHER", "1",  \
                                                                          "1") END("1", "FINISHED", "1")
    assert_issue(GROUP("3.11.2", "taskgroups.py"), "cpython#116720");
    assert_issue(GROUP("3.12.11", "taskgroups.py"), "cpython#116720");
    assert_issue(GROUP("3.13.0", "taskgroups.py"), NULL);
    assert_issue(GROUP("3.12.11", "others.py"), NULL);
}

/* A scope that takes back what is not its own, unless somebody took its own before. */
static void issues_of_who_takes_back(void **state)
{
    (void)state;
#define TAKEN(version, before, by)                                                                                \
    WITH("2 package name=anyio version=" version "\n",                                                            \
         ENTER("1", ANYIO, "1", "0", "4") before DIRECT("1", "4", "0", "1", "2") by)
    assert_issue(TAKEN("4.16.0", "", TAKE("1", "1", "1", "0")), "anyio since #790");
    assert_issue(TAKEN("4.6.2", "", TAKE("1", "1", "1", "0")), NULL);
#define ROBBED                                                                                                    \
    CANCEL_SCOPE("1", "0", "2")                                                                                   \
    RAISE("1", "1", "1", "0", "1")                                                                                \
    "+1 task_uncancel source=SOURCE_DIRECT task=1 by_task=1 stack=4 before=1 after=0\n"
    assert_issue(TAKEN("4.16.0", ROBBED, TAKE("1", "1", "1", "0")), NULL);
}

/* What AnyIO leaves on a child that lives on though its group is cancelled. */
static void issues_of_a_cancelled_groups_child(void **state)
{
    (void)state;
#define LIVES_ON(version, group)                                                                                  \
    WITH("2 package name=anyio version=" version "\n",                                                            \
         ENTER("1", ANYIO, "1", "0", "4")                                                                         \
             START("2", "2") "+1 scope_enter scope=2 entry=1 provider=" ANYIO                                     \
                             " task=2 counter=0 parent_scope=1 stack=4\n" CANCEL_SCOPE("2", "2", "3")             \
                                 RAISE("2", "2", "2", "0", "1") group EXIT("2", "2", "OTHER", "PROPAGATED", "1",  \
                                                                           "1") DONE("2", "FINISHED", "1", "20"))
    assert_issue(LIVES_ON("4.16.0", CANCEL_SCOPE("1", "1", "3")), "anyio since #790");
    assert_issue(LIVES_ON("4.6.2", CANCEL_SCOPE("1", "1", "3")), NULL);
    assert_issue(LIVES_ON("4.16.0", ""), NULL);
}

/* Whose scope stopped the error tells which library's fault it is, whatever else the program has loaded. */
static void issues_of_what_stopped_the_error(void **state)
{
    (void)state;
#define STOPPED(python, package, scope, outcome)                                                                  \
    "1 runtime python=" python " stdlib=/usr/lib/python3\n2 provider provider=1 kind=anyio.CancelScope "          \
    "module=anyio._backends._asyncio traits=1\n2 provider provider=3 kind=asyncio.TaskGroup "                     \
    "module=asyncio.taskgroups traits=TRAIT_RAISES_GROUP|TRAIT_TAKES_BACK|TRAIT_GROUP\n2 package name=anyio "     \
    "version=" package                                                                                            \
    "\n3 frame frame=4 file=/app/app.py line=1 function=main\n4 task_start task=1 tick=1\n" ENTER(                \
        "1", scope, "1", "0", "4") DIRECT("1", "4", "0", "1", "2") EXIT("1", "1", "CANCELLED", outcome, "1", "1") \
        DONE("1", "FINISHED", "1", "3")
    assert_issue(STOPPED("3.12.1", "4.15.1", ANYIO, "SWALLOWED"), "anyio#1214");
    assert_issue(STOPPED("3.12.1", "4.16.0", ANYIO, "SWALLOWED"), NULL);
    assert_issue(STOPPED("3.12.1", "4.15.1", TASK_GROUP, "RAISED_OTHER"), "cpython#116720");
    assert_issue(STOPPED("3.13.0", "4.15.1", TASK_GROUP, "RAISED_OTHER"), NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(issues_of_a_library),
        cmocka_unit_test(issues_of_python),
        cmocka_unit_test(issues_of_what_stopped_the_error),
        cmocka_unit_test(issues_of_who_takes_back),
        cmocka_unit_test(issues_of_a_cancelled_groups_child),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
