/* SPDX-License-Identifier: MIT */
/* What the report says beside the verdict: evidence, groups, consequences. */
#include "tests/unit/history.h"

static void evidence_is_complete(void **state)
{
    (void)state;
    const struct report *report;
    struct analysis *analysis = history_trees(PROCESS LEAK END("1", "FINISHED", "1") OVER, &report);
    const struct finding *finding = history_first(report);
    assert_string_equal(finding->rule->name, "leaked-cancel");
    assert_int_equal(finding->confidence, CONFIDENCE_CERTAIN);
    assert_string_equal(
        finding->message,
        "The unheard.Of entered at app.py:5 (main) has ended, but its cancellation request was never "
        "taken back: the task runs on with Task.cancelling() at 1.");
    assert_string_equal(finding->test, "tests/test_app.py::test_one");
    assert_string_equal(finding->task.name, "Task-1");
    assert_string_equal(finding->scope.kind, "unheard.Of");
    assert_int_equal(finding->counter_before, 0);
    assert_int_equal(finding->counter_after, 1);
    assert_int_equal(finding->entered->stack->frames[0].line, 5);
    assert_int_equal(finding->entered->task.serial, 1);
    assert_int_equal(finding->cancelled->stack->frames[0].line, 6);
    assert_string_equal(finding->cancelled->reason, "late");
    assert_int_equal(finding->delivered->stack->frames[0].line, 20);
    assert_int_equal(finding->delivered->native_count, 2);
    assert_int_equal(finding->delivered->native_stack[1].address, 32);
    assert_non_null(finding->exited);
    assert_string_equal(finding->afterwards,
                        "The task went on and ended normally; its cancellation counter was then 1.");
    assert_string_equal(finding->process->python, "3.12.1");
    assert_int_equal(report->summary.findings[LEVEL_ERROR], 1);
    analysis_free(analysis);
}

/* By what lay at the address when the cancel was recorded. */
static void native_addresses_are_placed(void **state)
{
    (void)state;
    const struct report *report;
    struct analysis *analysis = history_trees(
        PROCESS "+1 library begin=8 end=16 bias=8 path=/lib/gone.so build_id=00ff\n"
                "+1 library begin=12 end=31 bias=10 path=/lib/here.so build_id=beef\n" LEAK
                "+1 library begin=8 end=40 bias=8 path=/lib/later.so\n" END("1", "FINISHED", "1") OVER,
        &report);
    const struct native_frame *frames = history_first(report)->delivered->native_stack;
    assert_int_equal(frames[0].address, 16);
    assert_string_equal(frames[0].library, "/lib/here.so");
    assert_string_equal(frames[0].build_id, "beef");
    assert_int_equal(frames[0].offset, 6);
    assert_null(frames[0].function);
    assert_null(frames[1].library); /* the call is before the address, outside */
    analysis_free(analysis);
}

/* The trace breaks off: the process was killed. */
static void what_was_open_is_kept(void **state)
{
    (void)state;
    const struct report *report;
    struct analysis *analysis = history_trees(
        PROCESS START("2", "2") START("3", "2") ENTER("1", ANYIO, "1", "0", "2") DIRECT("3", "6", "0", "1", "3")
            CANCEL_SCOPE("1", "2", "3") RAISE("1", "1", "1", "0", "1") END("2", "FINISHED", "0"),
        &report);
    assert_int_equal(report->ends->len, 1);
    const struct open_end *end = g_ptr_array_index(report->ends, 0);
    assert_int_equal(end->time_ns, end->process->last_ns);
    assert_int_equal(end->tasks->len, 2);
    const struct open_task *main = g_ptr_array_index(end->tasks, 0), *other = g_ptr_array_index(end->tasks, 1);
    assert_int_equal(main->task.id.serial, 1);
    assert_int_equal(main->counter, 1);
    assert_int_equal(main->scopes->len, 1);
    const struct tree_scope *scope = g_ptr_array_index(main->scopes, 0);
    assert_int_equal(scope->cancelled->task.serial, 2);
    const struct open_request *request = g_ptr_array_index(main->requests, 0);
    assert_int_equal(request->scope.id.serial, 1);
    assert_int_equal(request->cancelled->task.serial, 2);
    request = g_ptr_array_index(other->requests, 0);
    assert_null(request->cancelled);
    assert_int_equal(request->raised->stack->frames[0].line, 40);
    analysis_free(analysis);
}

static void nothing_is_open_after_the_end(void **state)
{
    (void)state;
    static const char *const ends[] = {OVER, "+10 detached unhooked=1\n"};
    for (size_t i = 0; i < G_N_ELEMENTS(ends); i++) {
        const struct report *report;
        g_autofree char *text = g_strconcat(PROCESS ENTER("1", ANYIO, "1", "0", "2"), ends[i], NULL);
        struct analysis *analysis = history_trees(text, &report);
        assert_int_equal(report->ends->len, 0);
        assert_int_equal(report->notices->len, 0);
        analysis_free(analysis);
    }
}

/* Task.set_name() after the fact, and a request that no scope raised. */
static void moments_name_tasks_as_they_are_called_now(void **state)
{
    (void)state;
    const struct report *report;
    struct analysis *analysis = history_trees(
        PROCESS ENTER("1", UNHEARD, "1", "0",
                      "2") "+10 scope_cancel scope=1 by_task=1 stack=3 tick=2\n"
                           "+1 task_cancel accepted=1 source=SOURCE_DIRECT task=1 by_task=1 stack=6 tick=2 "
                           "before=0 after=1\n"
                           "+1 task_name task=1 name=worker\n" RAISE("1", "1", "1", "1", "2") TAKE(
                               "1", "1", "2",
                               "1") "+9 scope_exit scope=1 entry=1 task=1 tick=3 exception_in=EXIT_WITH_CANCELLED "
                                    "outcome=EXIT_SWALLOWED before=2 after=1\n" END("1", "FINISHED", "1") OVER,
        &report);
    const struct finding *finding = history_first(report);
    assert_string_equal(finding->rule->name, "swallowed-cancel");
    assert_string_equal(finding->entered->task_name, "worker");
    assert_string_equal(finding->cancelled->task_name, "worker");
    assert_int_equal(finding->cancelled->stack->frames[0].line, 40);
    assert_int_equal(finding->cancelled->scope.serial, 0);
    analysis_free(analysis);
}

/* A server that leaks for ever: one finding, and a ledger that does not grow. */
static void same_cause_is_one_finding(void **state)
{
    (void)state;
    GString *text = g_string_new(PROCESS);
    for (unsigned i = 1; i <= 1000; i++)
        g_string_append_printf(text,
                               "+10 scope_enter scope=%u entry=1 provider=4 task=1 counter=%u stack=2\n"
                               "+1 scope_cancel scope=%u stack=3\n"
                               "+1 task_cancel accepted=1 source=SOURCE_SCOPE task=1 scope=%u origin=%u before=%u "
                               "after=%u\n+1 scope_exit scope=%u entry=1 task=1 exception_in=EXIT_WITH_CANCELLED "
                               "outcome=EXIT_RAISED_TIMEOUT before=%u after=%u\n",
                               i, i - 1, i, i, i, i - 1, i, i, i, i);
    const struct report *report;
    struct analysis *analysis = history_trees(text->str, &report);
    assert_int_equal(report->findings->len, 1);
    assert_int_equal(history_first(report)->count, 1000);
    const struct tree_task *task = g_ptr_array_index(report->tasks, 0);
    assert_true(task->scopes->len < 10);
    const struct tree_scope *last = g_ptr_array_index(task->scopes, task->scopes->len - 1);
    assert_int_equal(last->folded + task->scopes->len, 1000);
    assert_int_equal(task->counter_max, 1000);
    analysis_free(analysis);
    g_string_free(text, TRUE);
}

/* One cause that many tests share: the finding names the first and, within limits, the others. */
static void tests_that_share_a_cause(void **state)
{
    (void)state;
    GString *text = g_string_new(PROCESS);
    for (unsigned i = 1; i <= 60; i++)
        g_string_append_printf(text,
                               "+1 label text=test_%u\n"
                               "+10 scope_enter scope=%u entry=1 provider=4 task=1 counter=%u stack=2\n"
                               "+1 task_cancel accepted=1 source=SOURCE_SCOPE task=1 scope=%u origin=%u before=%u "
                               "after=%u\n+1 label\n+1 scope_exit scope=%u entry=1 task=1 "
                               "exception_in=EXIT_WITH_CANCELLED outcome=EXIT_RAISED_TIMEOUT before=%u after=%u\n",
                               i / 2, i, i - 1, i, i, i - 1, i, i, i, i);
    const struct report *report;
    struct analysis *analysis = history_trees(text->str, &report);
    const struct finding *finding = history_first(report);
    assert_int_equal(finding->count, 60);
    assert_string_equal(finding->test, "test_0");
    assert_int_equal(finding->more_tests->len, 20);
    assert_string_equal(g_ptr_array_index(finding->more_tests, 0), "test_1");
    assert_true(finding->tests_left_out);
    analysis_free(analysis);
    g_string_free(text, TRUE);
}

static char *fingerprint_of(const char *text)
{
    const struct report *report;
    struct analysis *analysis = history_trees(text, &report);
    char *fingerprint = g_strdup(history_first(report)->fingerprint);
    analysis_free(analysis);
    return fingerprint;
}

static void expect_notices(const char *text, const char *notice)
{
    const struct report *report;
    struct analysis *analysis = history_trees(text, &report);
    assert_int_equal(report->notices->len, notice != NULL);
    if (notice)
        assert_string_equal(g_ptr_array_index(report->notices, 0), notice);
    analysis_free(analysis);
}

/* One sentence, however many children were ended. */
static void ends_that_are_not_seen(void **state)
{
    (void)state;
    expect_notices(PROCESS OVER, NULL);
    expect_notices("1 runtime pid=2 host=h\n+1 task_start pid=2 task=1\n",
                   "The trace of process 2 ends before the interpreter did: what came after is not in it.");
    expect_notices(
        "1 runtime pid=2 host=h\n+1 task_start pid=2 task=1\n"
        "+1 runtime pid=3 host=h\n+1 task_start pid=3 task=1\n",
        "The traces of 2 processes, 3 among them, end before their interpreters did: what came after is "
        "not in them.");
}

/* The same fault after a line shift, in another folder; and another one. */
static void fingerprints(void **state)
{
    (void)state;
#define LEAK_AT(file, line, function) LEAK_IN("", file, line, function)
#define LEAK_IN(folder, file, line, function)                                                                     \
    "1 runtime python=3.12.1 cwd=\"" folder                                                                       \
    "\"\n2 provider provider=4 kind=u module=u traits=0\n3 frame frame=1 file=" file " line=" line                \
    " function=" function "\n4 task_start task=1 name=T tick=1\n" ENTER("1", UNHEARD, "1", "0", "1")              \
        CANCEL_SCOPE("1", "0", "2") RAISE("1", "1", "1", "0", "1")                                                \
            EXIT("1", "1", "CANCELLED", "RAISED_TIMEOUT", "1", "1")
    char *here = fingerprint_of(LEAK_AT("/home/a/app.py", "5", "main"));
    char *there = fingerprint_of(LEAK_AT("/srv/app.py", "17", "main"));
    char *other = fingerprint_of(LEAK_AT("/srv/app.py", "17", "other"));
    assert_string_equal(here, there);
    assert_string_not_equal(here, other);
    g_free(here);
    g_free(there);
    g_free(other);
    /* two files of one name are two, in whatever folder the project lies */
    here = fingerprint_of(LEAK_IN("/home/a", "/home/a/one/app.py", "5", "main"));
    there = fingerprint_of(LEAK_IN("/srv/build", "one/app.py", "17", "main"));
    other = fingerprint_of(LEAK_IN("/srv/build", "/srv/build/two/app.py", "17", "main"));
    assert_string_equal(here, there);
    assert_string_not_equal(here, other);
    g_free(here);
    g_free(there);
    g_free(other);
}

/* The time-out that comes to nothing later is listed under the leak, not as a finding of its own. */
static void consequences_belong_to_the_culprit(void **state)
{
    (void)state;
    const struct report *report;
    struct analysis *analysis =
        history_trees(PROCESS LEAK ENTER("2", TIMEOUT, "1", "1", "7") CANCEL_SCOPE("2", "0", "4")
                          RAISE("1", "2", "2", "1", "2") TAKE("1", "2", "2", "1")
                              EXIT("2", "1", "CANCELLED", "PROPAGATED", "2", "1") END("1", "CANCELLED", "1") OVER,
                      &report);
    assert_int_equal(report->findings->len, 1);
    const struct finding *finding = history_first(report);
    assert_int_equal(finding->consequences->len, 1);
    const struct consequence *consequence = g_ptr_array_index(finding->consequences, 0);
    assert_non_null(strstr(consequence->message, "raised CancelledError instead of TimeoutError"));
    assert_int_equal(consequence->at->scope.serial, 2);
    analysis_free(analysis);
}

#define STALE_TIMEOUT(scope)                                                                                      \
    ENTER(scope, TIMEOUT, "1", "1", "7")                                                                          \
    CANCEL_SCOPE(scope, "0", "4")                                                                                 \
    RAISE("1", scope, scope, "1", "2")                                                                            \
    TAKE("1", scope, "2", "1") EXIT(scope, "1", "CANCELLED", "PROPAGATED", "2", "1")

/* The second time-out that comes to nothing at the same place, and the fiftieth. */
static void consequences_of_one_place_are_counted(void **state)
{
    (void)state;
    const struct report *report;
    struct analysis *analysis = history_trees(PROCESS LEAK STALE_TIMEOUT("2") STALE_TIMEOUT("3") STALE_TIMEOUT("4")
                                                  END("1", "CANCELLED", "1") OVER,
                                              &report);
    const struct finding *finding = history_first(report);
    assert_int_equal(finding->consequences->len, 1);
    const struct consequence *consequence = g_ptr_array_index(finding->consequences, 0);
    assert_int_equal(consequence->count, 3);
    assert_int_equal(consequence->at->scope.serial, 2);
    analysis_free(analysis);
}

/* For whoever cannot wait for the end: each finding as it is made, those of the end when all is settled. */
struct onlooker {
    struct analysis *analysis;
    guint events, found_at;
};

static void look_on(void *context, const struct event *event)
{
    struct onlooker *onlooker = context;
    analysis_feed(onlooker->analysis, event);
    onlooker->events++;
    if (!onlooker->found_at && analysis_finding(onlooker->analysis, 0))
        onlooker->found_at = onlooker->events;
}

static void findings_before_the_end(void **state)
{
    (void)state;
    static const char text[] = PROCESS LEAK "+9 task_start task=2 name=idle\n" ENTER("9", TIMEOUT, "2", "0", "2");
    struct onlooker onlooker = {.analysis = analysis_new(&(struct analysis_options){0})};
    struct source_notes notes = {.damage = g_ptr_array_new_with_free_func(g_free)};
    assert_true(text_read(text, sizeof text - 1, "text", look_on, &onlooker, &notes, NULL));
    assert_true(onlooker.found_at && onlooker.found_at < onlooker.events);
    const struct finding *leak = analysis_finding(onlooker.analysis, 0);
    assert_string_equal(leak->rule->name, "leaked-cancel");
    assert_null(analysis_finding(onlooker.analysis, 1));
    analysis_settle(onlooker.analysis);
    analysis_settle(onlooker.analysis);
    assert_ptr_equal(analysis_finding(onlooker.analysis, 0), leak);
    const struct report *report = analysis_finish(onlooker.analysis);
    assert_ptr_equal(history_first(report), leak);
    analysis_free(onlooker.analysis);
    g_ptr_array_unref(notes.damage);
}

/* Python 3.13: a TaskGroup meets a stale request at its exit. */
static void redelivery_is_a_consequence(void **state)
{
    (void)state;
    const struct report *report;
    struct analysis *analysis = history_trees(
        PROCESS LEAK ENTER("2", TASK_GROUP, "1", "1", "7") TAKE("1", "2", "1", "0") RAISE("1", "2", "2", "0", "1")
            EXIT("2", "1", "OTHER", "RAISED_OTHER", "1", "1") END("1", "CANCELLED", "1") OVER,
        &report);
    assert_int_equal(report->findings->len, 1);
    assert_int_equal(history_first(report)->consequences->len, 1);
    analysis_free(analysis);
}

static void several_processes(void **state)
{
    (void)state;
    const struct report *report;
    struct analysis *analysis = history_trees(PROCESS LEAK END("1", "FINISHED", "1") OVER
                                              "3000 runtime pid=2 python=3.13.0 host=there\n"
                                              "+1 provider provider=4 kind=unheard.Of module=unheard\n"
                                              "+1 task_start task=1 name=Task-1\n" LEAK END("1", "FINISHED", "1"),
                                              &report);
    assert_int_equal(report->processes->len, 2);
    const struct report_process *second = g_ptr_array_index(report->processes, 1);
    assert_string_equal(second->host, "there");
    assert_true(second->asyncio_seen);
    assert_false(second->ended_in_order);
    /* another site, for its frames were not recorded: another finding */
    assert_int_equal(report->findings->len, 2);
    analysis_free(analysis);
}

static void direct_requests_when_strict(void **state)
{
    (void)state;
    const struct report *report;
    struct analysis *analysis = history_analyze(PROCESS START("2", "1") DIRECT("2", "7", "0", "1", "3")
                                                    DONE("2", "CANCELLED", "1", "5") OVER,
                                                (struct analysis_options){.strict = true}, &report);
    char *found = history_summary(report, true);
    assert_string_equal(found, "note unmatched-cancel x1");
    g_free(found);
    analysis_free(analysis);
}

static void names(void **state)
{
    (void)state;
    enum level level;
    assert_true(level_parse("warning", &level));
    assert_int_equal(level, LEVEL_WARNING);
    assert_false(level_parse("fatal", &level));
    assert_string_equal(confidence_name(CONFIDENCE_LIKELY), "likely");
    assert_string_equal(task_end_name(TASK_END_OPEN), "open");
    analysis_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(evidence_is_complete),
        cmocka_unit_test(what_was_open_is_kept),
        cmocka_unit_test(nothing_is_open_after_the_end),
        cmocka_unit_test(native_addresses_are_placed),
        cmocka_unit_test(moments_name_tasks_as_they_are_called_now),
        cmocka_unit_test(same_cause_is_one_finding),
        cmocka_unit_test(tests_that_share_a_cause),
        cmocka_unit_test(ends_that_are_not_seen),
        cmocka_unit_test(fingerprints),
        cmocka_unit_test(consequences_belong_to_the_culprit),
        cmocka_unit_test(consequences_of_one_place_are_counted),
        cmocka_unit_test(findings_before_the_end),
        cmocka_unit_test(redelivery_is_a_consequence),
        cmocka_unit_test(several_processes),
        cmocka_unit_test(direct_requests_when_strict),
        cmocka_unit_test(names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
