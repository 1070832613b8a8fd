/* SPDX-License-Identifier: MIT */
/*
 * What is reported of a program that was attached to: all that goes wrong from then on, nothing that did not.
 */
#include <glib/gstdio.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/integration/attach/printed.h"
#include "tests/integration/attach/target.h"
#include "tests/integration/pythons.h"
#include "tests/skip.h"

/* Until pid has made it. */
static void await_file(const char *path, pid_t pid)
{
    while (access(path, F_OK) != 0) {
        assert_int_equal(waitpid(pid, NULL, WNOHANG), 0);
        g_usleep(10000);
    }
}

/* Runs program.py in this mode as far as it gets. packages: folders below build/python, or "". */
static pid_t start(const char *python, const char *mode, const char *packages, const char *go)
{
    g_autofree char *at = g_strconcat(go, ".at", NULL);
    g_autofree char *path = g_strconcat(BUILD_DIRECTORY "/python/", packages, NULL);
    g_setenv("PYTHONPATH", path, TRUE);
    const pid_t pid = target_spawn((const char *const[]){python, ATTACH_SOURCES "/program.py", mode, go, NULL});
    g_unsetenv("PYTHONPATH");
    g_unsetenv("LD_PRELOAD"); /* the program's, too: the sanitizers of the command want to come first */
    await_file(at, pid);
    return pid;
}

/* When the recording ends, and program.py with it. */
typedef void (*end_function)(pid_t pid, struct running *attacher);

static void end_with_program(pid_t pid, struct running *attacher)
{
    int status = -1;
    waitpid(pid, &status, 0);
    assert_int_equal(status, 0);
    command_finish_with(attacher, 0);
}

/* When program.py has done what is to be reported, and goes on. */
static void end_in_the_midst(pid_t pid, struct running *attacher)
{
    g_autofree char *past = g_build_filename(command_folder(), "go.past", NULL);
    await_file(past, pid);
    kill(attacher->pid, SIGINT);
    command_finish_with(attacher, 0);
    target_end(pid);
    g_unlink(past);
}

/* Runs program.py in this mode, tells it to go on once it is attached to, and returns the report: new. */
static json_t *report_of(const char *python, const char *mode, const char *packages, end_function end)
{
    g_autofree char *go = g_build_filename(command_folder(), "go", NULL);
    g_autofree char *at = g_strconcat(go, ".at", NULL);
    g_autofree char *file = g_build_filename(command_folder(), "report.json", NULL);
    g_autofree char *format = g_strconcat("json=", file, NULL);
    const pid_t pid = start(python, mode, packages, go);
    g_autofree char *number = g_strdup_printf("%d", (int)pid);
    struct running attacher =
        command_start((const char *const[]){"attach", "--tree", "--fail-on", "never", "-f", format, number, NULL});
    g_free(command_read_until(&attacher, "Ctrl-C ends it"));
    assert_true(g_file_set_contents(go, "", 0, NULL));
    end(pid, &attacher);
    json_t *report = json_load_file(file, 0, NULL);
    assert_non_null(report);
    g_unlink(file);
    g_unlink(at); /* of each thread that got there */
    g_unlink(go);
    return report;
}

/* "leaked-cancel*5 error, …": rule, count and level of each finding, in the report's order. */
static char *findings_of(const json_t *report)
{
    GString *all = g_string_new(NULL);
    size_t index;
    const json_t *finding;
    json_array_foreach(json_object_get(report, "findings"), index, finding)
    {
        g_string_append_printf(all, "%s%s*%d %s", all->len ? ", " : "",
                               json_string_value(json_object_get(finding, "rule")),
                               (int)json_integer_value(json_object_get(finding, "count")),
                               json_string_value(json_object_get(finding, "level")));
    }
    return g_string_free(all, FALSE);
}

static void assert_findings(const char *python, const char *mode, const char *packages, end_function end,
                            const char *expected)
{
    json_t *report = report_of(python, mode, packages, end);
    g_autofree char *found = findings_of(report);
    if (strcmp(found, expected) != 0) {
        g_autofree char *text = json_dumps(report, JSON_INDENT(1));
        fail_msg("%s %s %s: expected \"%s\", got \"%s\": %s", python, mode, packages, expected, found, text);
    }
    json_decref(report);
}

static void assert_reports(const char *python, const char *mode, const char *packages, const char *expected)
{
    assert_findings(python, mode, packages, end_with_program, expected);
}

static gboolean has_packages(const char *packages)
{
    g_autofree char *path = g_strconcat(BUILD_DIRECTORY "/python/", packages, NULL);
    if (g_file_test(path, G_FILE_TEST_IS_DIR))
        return TRUE;
    print_message("SKIP %s: not installed (PyPI out of reach)\n", packages);
    return FALSE;
}

/* The loop's turns are counted without the preload, in each of two threads: in both one worker was there before
 * the attach, and one is born later. As many end when they are cancelled, and are nobody's concern. */
static void workers_that_ignore_a_cancel(void **state)
{
    g_auto(GStrv) lines = pythons_all();
    (void)state;
    for (char **line = lines; *line; line++) {
        g_auto(GStrv) python = g_strsplit(*line, " ", 2);
        assert_reports(python[0], "workers", "", "swallowed-cancel*4 warning");
    }
}

static void assert_reports_in_the_midst(const char *python, const char *mode, const char *packages,
                                        const char *expected)
{
    assert_findings(python, mode, packages, end_in_the_midst, expected);
}

/* In each of two threads seven tasks are still cleaning up when the attach ends, each in a way of its own, and
 * three run on, cancelled at another place. */
static void tasks_that_are_cleaning_up(void **state)
{
    g_auto(GStrv) lines = pythons_all();
    (void)state;
    for (char **line = lines; *line; line++) {
        g_auto(GStrv) python = g_strsplit(*line, " ", 2);
        assert_reports_in_the_midst(python[0], "cleans-up", "", "swallowed-cancel*6 warning");
    }
}

/* A session of one that was preloaded ends without the agent being told. */
static void tasks_of_a_preloaded_program_that_are_cleaning_up(void **state)
{
    (void)state;
    g_setenv("LD_PRELOAD", BUILD_DIRECTORY "/lib/scopetrace/libscopetrace.so", TRUE);
    assert_reports_in_the_midst(PYTHON, "cleans-up", "", "swallowed-cancel*6 warning");
}

typedef void (*assert_function)(const char *python, const char *mode, const char *packages, const char *expected);

/* With the first interpreter that has the package. */
static void assert_with(assert_function assertion, const char *kind, const char *package, const char *expected)
{
    g_auto(GStrv) lines = pythons_all();
    g_autofree char *mode = g_strconcat(kind, "-", package, NULL);
    for (char **line = lines; *line; line++) {
        g_auto(GStrv) python = g_strsplit(*line, " ", 2);
        g_autofree char *packages = pythons_compiled(package, python[1]);
        if (has_packages(packages)) {
            assertion(python[0], mode, packages, expected);
            return;
        }
    }
    skip_because("no %s (PyPI out of reach)", package);
}

/* So are uvloop's, which waits without Python. */
static void workers_of_uvloop(void **state)
{
    (void)state;
    assert_with(assert_reports, "workers", "uvloop", "swallowed-cancel*2 warning");
}

/* Those of asyncio in gevent's selector are, and not the hub's. */
static void workers_of_gevent(void **state)
{
    (void)state;
    assert_with(assert_reports, "workers", "gevent", "swallowed-cancel*2 warning");
}

static void tasks_of_uvloop_that_are_cleaning_up(void **state)
{
    (void)state;
    assert_with(assert_reports_in_the_midst, "cleans-up", "uvloop", "swallowed-cancel*3 warning");
}

/* One that begins after the attach: only the tasks of the main one are recorded, told() and what each end of
 * asyncio.run() starts. */
static void assert_other_interpreter_noticed(const char *python)
{
    json_t *report = report_of(python, "interpreters", "", end_with_program);
    const json_t *notices = json_object_get(report, "notices");
    const char *notice = json_string_value(json_array_get(notices, 0));
    const json_t *tasks = json_object_get(json_object_get(report, "summary"), "tasks");
    if (!notice || !g_str_has_prefix(notice, "Sub-interpreters of the program use asyncio"))
        fail_msg("%s: the first notice is %s", python, notice ? notice : "none");
    assert_int_equal(json_integer_value(tasks), 6);
    json_decref(report);
}

static void other_interpreters(void **state)
{
    static const char *const code = "import sys; sys.exit(sys.version_info[:3] == (3, 12, 1))";
    g_auto(GStrv) lines = pythons_all();
    (void)state;
    for (char **line = lines; *line; line++) {
        g_auto(GStrv) python = g_strsplit(*line, " ", 2);
        struct outcome fit = command_plain((const char *const[]){python[0], "-c", code, NULL}, NULL);
        if (fit.status == 0)
            assert_other_interpreter_noticed(python[0]);
        outcome_clear(&fit);
    }
}

static void assert_shows(const char *text, const char *part)
{
    if (!strstr(text, part))
        fail_msg("\"%s\" is not in: %s", part, text);
}

/* Nested scopes; a group that waits in its exit; what a task waits for. */
static void what_is_alive(void **state)
{
    (void)state;
    if (!has_packages("anyio-newest"))
        skip_because("no anyio-newest (PyPI out of reach)");
    g_autofree char *go = g_build_filename(command_folder(), "go", NULL);
    g_autofree char *at = g_strconcat(go, ".at", NULL);
    const pid_t pid = start(PYTHON, "scopes", "anyio-newest", go);
    struct outcome outcome = target_command("ps %d", (int)pid);
    if (outcome.status != 0)
        fail_msg("status %d: %s", outcome.status, outcome.err);
    assert_shows(outcome.out, "(old_asyncio_scopes.<locals>.is_cancelled)\n"
                              "      asyncio.Timeout, due in ");
    assert_shows(outcome.out, "(old_asyncio_scopes.<locals>.fails)\n"
                              "      asyncio.TaskGroup\n"
                              "        waits in old_asyncio_scopes.<locals>.fails, " ATTACH_SOURCES);
    assert_shows(outcome.out, "  inner_first (old_anyio_scopes.<locals>.each)\n"
                              "      anyio.CancelScope\n"
                              "        anyio.CancelScope\n"
                              "          waits in wait_for_go, " ATTACH_SOURCES);
    assert_shows(outcome.out, "\n        anyio.CancelScope, shielded\n");
    outcome_clear(&outcome);
    target_end(pid);
    g_unlink(at);
}

/* Three requests from before, whose cause is unknown, and a fourth that is taken back. */
static void requests_from_before(void **state)
{
    (void)state;
    json_t *report = report_of(PYTHON, "cancelled-before", "", end_with_program);
    g_autofree char *found = findings_of(report);
    assert_string_equal(found, "leaked-cancel*1 note");
    const json_t *finding = json_array_get(json_object_get(report, "findings"), 0);
    assert_string_equal(json_string_value(json_object_get(finding, "message")),
                        "Task resists already had Task.cancelling() at 3 when the trace began.");
    assert_string_equal(json_string_value(json_object_get(finding, "confidence")), "possible");
    json_decref(report);
}

/* Their exits and take-backs go past the hooks. */
static void scopes_from_before(void **state)
{
    static const char *const versions[] = {"anyio-3.7.1", "anyio-4.4.0", "anyio-4.6.2"};
    g_auto(GStrv) lines = pythons_all();
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(versions); i++)
        if (has_packages(versions[i]))
            assert_reports(PYTHON, "scopes", versions[i], "");
    for (char **line = lines; *line && has_packages("anyio-newest"); line++) {
        g_auto(GStrv) python = g_strsplit(*line, " ", 2);
        assert_reports(python[0], "scopes", "anyio-newest", "");
    }
}

static int line_of(const json_t *finding, const char *moment)
{
    const json_t *stack = json_object_get(json_object_get(finding, moment), "stack");
    return (int)json_integer_value(json_object_get(json_array_get(stack, 0), "line"));
}

/* As complete as under `run`: where the scope was entered, cancelled and exited. */
static void a_leak_that_grows(void **state)
{
    (void)state;
    if (!has_packages("anyio-4.3.0"))
        skip_because("no AnyIO 4.3.0 (PyPI out of reach)");
    json_t *report = report_of(PYTHON, "leaks", "anyio-4.3.0", end_with_program);
    g_autofree char *found = findings_of(report);
    assert_string_equal(found, "leaked-cancel*5 error");
    const json_t *finding = json_array_get(json_object_get(report, "findings"), 0);
    const int entered = line_of(finding, "entered");
    assert_true(entered > 0);
    assert_int_equal(line_of(finding, "cancelled"), entered + 2);
    assert_int_equal(line_of(finding, "exited"), entered);
    assert_int_equal(json_integer_value(json_object_get(json_object_get(finding, "counter"), "after")), 1);
    assert_string_equal(json_string_value(json_object_get(json_object_get(finding, "known_issue"), "id")),
                        "anyio#716");
    json_decref(report);
}

/* No end of theirs is to come while somebody keeps them: AnyIO a task that left a scope open, for ever. */
static void tasks_that_are_kept(void **state)
{
    (void)state;
    json_t *report = report_of(PYTHON, "keeps", "", end_in_the_midst);
    g_autofree char *found = findings_of(report);
    assert_string_equal(found, "abandoned-scope*3 warning");
    assert_true(line_of(json_array_get(json_object_get(report, "findings"), 0), "entered") > 0);
    size_t index, kept = 0;
    const json_t *task;
    json_array_foreach(json_object_get(report, "tasks"), index, task)
    {
        if (strcmp(json_string_value(json_object_get(task, "name")), "kept") != 0)
            continue;
        assert_string_equal(json_string_value(json_object_get(task, "end")), "finished");
        kept++;
    }
    assert_int_equal(kept, 4);
    json_decref(report);
}

/* What is done for each must not be done for each and every other. */
static void very_many_tasks(void **state)
{
    (void)state;
    json_t *report = report_of(PYTHON, "very-many", "", end_with_program);
    const json_t *summary = json_object_get(report, "summary");
    g_autofree char *found = findings_of(report);
    assert_string_equal(found, "");
    assert_true(json_integer_value(json_object_get(summary, "tasks")) >= 10000);
    json_decref(report);
}

/* What is at work while it is told is not mistaken. */
static void a_crowd_at_work(void **state)
{
    g_auto(GStrv) lines = pythons_all();
    (void)state;
    if (!has_packages("anyio-newest"))
        skip_because("no anyio-newest (PyPI out of reach)");
    for (char **line = lines; *line; line++) {
        g_auto(GStrv) python = g_strsplit(*line, " ", 2);
        assert_reports(python[0], "crowd", "anyio-newest", "");
    }
}

/* The loop turns meanwhile; something may happen to those that it is not the turn of. */
static void a_crowd_is_told_in_pieces(void **state)
{
    (void)state;
    if (!has_packages("anyio-newest"))
        skip_because("no anyio-newest (PyPI out of reach)");
    g_autofree char *go = g_build_filename(command_folder(), "go", NULL);
    g_autofree char *at = g_strconcat(go, ".at", NULL);
    g_autofree char *trace = g_build_filename(command_folder(), "trace", NULL);
    const pid_t pid = start(PYTHON, "crowd", "anyio-newest", go);
    g_autofree char *arguments = g_strdup_printf("attach --duration 10ms -o %s %d", trace, (int)pid);
    struct outcome outcome = command_run(arguments);
    assert_int_equal(outcome.status, 0);
    g_auto(GStrv) events = printed_events(trace);
    g_autoptr(GHashTable) turns = printed_values(events, "scopetrace:task_seen:", "tick");
    assert_true(g_hash_table_size(turns) > 10);
    assert_true(printed_told_before(events) > 10);
    outcome_clear(&outcome);
    target_end(pid);
    g_unlink(at);
    outcome = command_plain((const char *const[]){"rm", "-r", trace, NULL}, NULL);
    assert_int_equal(outcome.status, 0);
    outcome_clear(&outcome);
}

static void asleep(pid_t pid, struct running *attacher)
{
    kill(attacher->pid, SIGINT);
    command_finish_with(attacher, 0);
    target_end(pid);
}

/* Preloaded, it is told of a session when that ends, as its loop has not turned since: all the same of all. */
static void a_crowd_asleep(void **state)
{
    (void)state;
    if (!has_packages("anyio-newest"))
        skip_because("no anyio-newest (PyPI out of reach)");
    g_setenv("LD_PRELOAD", BUILD_DIRECTORY "/lib/scopetrace/libscopetrace.so", TRUE);
    json_t *report = report_of(PYTHON, "sleeping-crowd", "anyio-newest", asleep);
    const json_t *summary = json_object_get(report, "summary");
    assert_true(json_integer_value(json_object_get(summary, "tasks")) >= 4000);
    json_decref(report);
}

/* Not preloaded: its timers are what its loop waits for, so that it has time to tell. */
static void a_crowd_asleep_with_timers(void **state)
{
    (void)state;
    if (!has_packages("anyio-newest"))
        skip_because("no anyio-newest (PyPI out of reach)");
    json_t *report = report_of(PYTHON, "large-sleeping-crowd", "anyio-newest", asleep);
    const json_t *summary = json_object_get(report, "summary");
    assert_true(json_integer_value(json_object_get(summary, "tasks")) >= 20000);
    assert_int_equal(json_array_size(json_object_get(report, "notices")), 0);
    json_decref(report);
}

/* As deep as no recursion goes. */
static void very_many_nested_scopes(void **state)
{
    (void)state;
    if (!has_packages("anyio-newest"))
        skip_because("no anyio-newest (PyPI out of reach)");
    json_t *report = report_of(PYTHON, "nested", "anyio-newest", end_with_program);
    const json_t *summary = json_object_get(report, "summary");
    assert_int_equal(json_integer_value(json_object_get(summary, "scopes")), 50000);
    json_decref(report);
}

/* What was born at an address while nobody listened is not what died there. */
static void tasks_born_between_attaches(void **state)
{
    (void)state;
    g_autofree char *begun = g_build_filename(command_folder(), "begun", NULL);
    const pid_t pid = target_spawn((const char *const[]){PYTHON, ATTACH_SOURCES "/kept.py", begun, NULL});
    g_autofree char *arguments =
        g_strdup_printf("attach --duration 300ms --scopes all --fail-on warning %d", (int)pid);
    await_file(begun, pid);
    for (unsigned i = 0; i < 7; i++) {
        struct outcome outcome = command_run(arguments);
        if (outcome.status != 0)
            fail_msg("attach %u: status %d: %s", i, outcome.status, outcome.err);
        outcome_clear(&outcome);
    }
    target_end(pid);
    g_unlink(begun);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, command_setup, command_teardown)

int main(int count, char **arguments)
{
    const struct CMUnitTest tests[] = {
        TEST(workers_that_ignore_a_cancel),
        TEST(workers_of_uvloop),
        TEST(workers_of_gevent),
        TEST(other_interpreters),
        TEST(requests_from_before),
        TEST(what_is_alive),
        TEST(tasks_born_between_attaches),
        TEST(scopes_from_before),
        TEST(a_leak_that_grows),
        TEST(tasks_that_are_kept),
        TEST(very_many_tasks),
        TEST(a_crowd_at_work),
        TEST(a_crowd_is_told_in_pieces),
        TEST(a_crowd_asleep),
        TEST(a_crowd_asleep_with_timers),
        TEST(very_many_nested_scopes),
        TEST(tasks_that_are_cleaning_up),
        TEST(tasks_of_uvloop_that_are_cleaning_up),
        TEST(tasks_of_a_preloaded_program_that_are_cleaning_up),
    };
    if (!command_may_attach())
        return 77;
    if (count > 1)
        cmocka_set_test_filter(arguments[1]);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
