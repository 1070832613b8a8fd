/* SPDX-License-Identifier: MIT */
/* --providers: scope classes that the user describes, on real interpreters; and what the agent did not expect. An
 * argument is a pattern of the tests to be run; without, all but those that attach. */
#include <fcntl.h>
#include <glib/gstdio.h>
#include <jansson.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/integration/command.h"
#include "tests/integration/providers/description.h"
#include "tests/integration/pythons.h"
#include "tests/skip.h"

#define PYTHON "/usr/bin/python3"
#define SERVICE SOURCE_DIRECTORY "/tests/integration/providers/service.py"

#define DEADLINE                                                                                                  \
    "[[scope]]\n"                                                                                                 \
    "class = \"homemade:Deadline\"\n"                                                                             \
    "enter = \"__aenter__\"\n"                                                                                    \
    "exit = \"__aexit__\"\n"                                                                                      \
    "cancel = \"cancel\"\n"                                                                                       \
    "deadline = [\"_on_timeout\"]\n"                                                                              \
    "traits = [\"raises-timeout\"]\n"                                                                             \
    "attributes = { deadline = \"_when\", cancelled = \"_expired\", host = \"_task\" }\n"
#define INNER                                                                                                     \
    "[[scope]]\nclass = \"homemade:Outer.Inner\"\nenter = \"__aenter__\"\nexit = \"__aexit__\"\ncancel = "        \
    "\"cancel\"\n"

/* ---- runs ---- */

/* The report as JSON. */
static json_t *report_of(const char *python, const char *mode, int status)
{
    g_autofree char *providers = description();
    g_autofree char *report = g_build_filename(command_folder(), "report.json", NULL);
    g_autofree char *format = g_strconcat("json=", report, NULL);
    const char *const arguments[] = {"run",  "--providers", providers, "-f",    format, "-f",
                                     "text", "--",          python,    SERVICE, mode,   NULL};
    struct outcome outcome = command_run_array(arguments, NULL);
    if (outcome.status != status)
        fail_msg("%s %s: status %d, not %d: %s", python, mode, outcome.status, status, outcome.err);
    json_t *result = json_load_file(report, 0, NULL);
    assert_non_null(result);
    outcome_clear(&outcome);
    return result;
}

static void assert_one_leak(const char *python, const char *mode, const char *kind, const char *function)
{
    json_t *report = report_of(python, mode, 1);
    const json_t *findings = json_object_get(report, "findings"), *finding = json_array_get(findings, 0);
    assert_int_equal(json_array_size(findings), 1);
    assert_string_equal(json_string_value(json_object_get(finding, "rule")), "leaked-cancel");
    assert_int_equal(json_integer_value(json_object_get(finding, "count")), 3);
    assert_string_equal(json_string_value(json_object_get(json_object_get(finding, "scope"), "kind")), kind);
    const json_t *entered = json_object_get(json_object_get(finding, "entered"), "stack");
    assert_string_equal(json_string_value(json_object_get(json_array_get(entered, 0), "function")), function);
    assert_string_equal(json_string_value(json_object_get(json_object_get(finding, "cancelled"), "reason")),
                        "deadline");
    json_decref(report);
}

static void assert_silent(const char *python)
{
    json_t *report = report_of(python, "clean", 0);
    assert_int_equal(json_array_size(json_object_get(report, "findings")), 0);
    assert_int_equal(json_integer_value(json_object_get(json_object_get(report, "summary"), "scopes")), 3);
    json_decref(report);
}

static void each_python(void (*check)(const char *python))
{
    g_auto(GStrv) lines = pythons_all();
    for (char **line = lines; *line; line++) {
        (*line)[strcspn(*line, " ")] = '\0';
        check(*line);
    }
}

static void check_described(const char *python)
{
    describe(DEADLINE);
    assert_one_leak(python, "forget", "homemade.Deadline", "expire");
    assert_silent(python);
}

static void a_described_class_is_a_scope(void **state)
{
    (void)state;
    each_python(check_described);
}

static void a_class_of_the_main_module_is_one_too(void **state)
{
    (void)state;
    describe("[[scope]]\nclass = \"__main__:Here\"\nenter = \"__aenter__\"\nexit = \"__aexit__\"\ncancel = "
             "\"cancel\"\n" DEADLINE);
    json_t *report = report_of(PYTHON, "main", 1);
    const json_t *finding = json_array_get(json_object_get(report, "findings"), 0);
    assert_non_null(finding);
    json_decref(report);
}

/* ---- scopes that AnyIO's functions make ---- */

#define MAKERS SOURCE_DIRECTORY "/tests/integration/providers/makers.py"
#define CHILDREN SOURCE_DIRECTORY "/tests/integration/providers/children.py"

/* The opener of the main task's n-th scope, or of that one's n-th child. */
static const char *opener(const json_t *scopes, size_t n)
{
    const json_t *scope = json_array_get(scopes, n);
    assert_string_equal(json_string_value(json_object_get(scope, "kind")), "anyio.CancelScope");
    return json_string_value(json_object_get(scope, "opener"));
}

static void assert_opener(const json_t *scopes, size_t n, const char *expected, const char *python)
{
    const char *found = opener(scopes, n);
    if (g_strcmp0(found, expected) != 0)
        fail_msg("%s, %s: %s, not %s", g_getenv("PYTHONPATH"), python, found, expected);
}

static void check_makers(const char *python)
{
    g_autofree char *path = g_build_filename(command_folder(), "report.json", NULL);
    g_autofree char *format = g_strconcat("json=", path, NULL);
    const char *const arguments[] = {"run", "--tree", "-f", format, "--", python, MAKERS, NULL};
    struct outcome outcome = command_run_array(arguments, NULL);
    assert_int_equal(outcome.status, 0);
    json_t *report = json_load_file(path, 0, NULL);
    const json_t *scopes = json_object_get(json_array_get(json_object_get(report, "tasks"), 0), "scopes");
    const size_t last = json_array_size(scopes) - 1;
    const json_t *inner = json_object_get(json_array_get(scopes, last), "children");
    assert_opener(scopes, 0, "move_on_after()", python);
    assert_opener(scopes, last, "move_on_after()", python);
    assert_opener(inner, 0, "fail_after()", python);
    assert_opener(inner, 1, NULL, python);
    assert_opener(inner, 2, "TaskGroup", python);
    json_decref(report);
    outcome_clear(&outcome);
}

static void each_anyio(void (*check)(const char *python))
{
    static const char *const versions[] = {"3.6.2", "4.3.0", "newest"};
    for (size_t i = 0; i < G_N_ELEMENTS(versions); i++) {
        g_autofree char *packages = g_strconcat(BUILD_DIRECTORY "/python/anyio-", versions[i], NULL);
        if (!g_file_test(packages, G_FILE_TEST_IS_DIR)) {
            print_message("no AnyIO %s (PyPI out of reach)\n", versions[i]);
            continue;
        }
        g_setenv("PYTHONPATH", packages, TRUE);
        each_python(check);
    }
    g_unsetenv("PYTHONPATH");
}

static void scopes_are_named_after_what_made_them(void **state)
{
    (void)state;
    each_anyio(check_makers);
}

/* Why each of the program's groups was cancelled. AnyIO 3.6 does not take back what it raised: by that main() ends
 * cancelled on some versions. */
static void check_reasons(const char *python)
{
    static const char *const expected[] = {
        "child task child (fail) failed with Broken", "child task __main__.fail failed with Broken",
        "child task __main__.leave was cancelled", "its block or a child task ended with an exception"};
    g_autofree char *path = g_build_filename(command_folder(), "report.json", NULL);
    g_autofree char *format = g_strconcat("json=", path, NULL);
    const char *const arguments[] = {"run",   "--tree", "-f",   format,   "--fail-on",
                                     "never", "--",     python, CHILDREN, NULL};
    struct outcome outcome = command_run_array(arguments, NULL);
    json_t *report = json_load_file(path, 0, NULL);
    assert_non_null(report);
    const json_t *scopes = json_object_get(json_array_get(json_object_get(report, "tasks"), 0), "scopes");
    assert_int_equal(json_array_size(scopes), G_N_ELEMENTS(expected));
    for (size_t i = 0; i < G_N_ELEMENTS(expected); i++) {
        const json_t *cancelled = json_object_get(json_array_get(scopes, i), "cancelled");
        const char *reason = json_string_value(json_object_get(cancelled, "reason"));
        if (g_strcmp0(reason, expected[i]) != 0)
            fail_msg("%s, %s: group %zu: %s", g_getenv("PYTHONPATH"), python, i, reason);
    }
    json_decref(report);
    outcome_clear(&outcome);
}

static void a_child_that_failed_is_named(void **state)
{
    (void)state;
    each_anyio(check_reasons);
}

/* Code of AnyIO's is the outermost of a greenlet, and has a caller afterwards. */
static void check_outermost(const char *python)
{
    static const char program[] = "import anyio, greenlet\n"
                                  "async def main():\n"
                                  "    manager = anyio.fail_at(9e9)\n"
                                  "    greenlet.greenlet(manager.gen.__next__).switch()\n"
                                  "    manager.__exit__(None, None, None)\n"
                                  "    with anyio.fail_at(9e9): pass\n"
                                  "anyio.run(main)\n";
    g_autofree char *path = g_build_filename(command_folder(), "report.json", NULL);
    g_autofree char *format = g_strconcat("json=", path, NULL);
    const char *const arguments[] = {"run", "--tree", "-f", format, "--", python, "-c", program, NULL};
    struct outcome outcome = command_run_array(arguments, NULL);
    assert_int_equal(outcome.status, 0);
    json_t *report = json_load_file(path, 0, NULL);
    const json_t *scopes = json_object_get(json_array_get(json_object_get(report, "tasks"), 0), "scopes");
    assert_opener(scopes, 0, NULL, python);
    assert_opener(scopes, 1, "fail_at()", python);
    json_decref(report);
    outcome_clear(&outcome);
}

static void a_caller_is_not_taken_for_that_of_before(void **state)
{
    g_auto(GStrv) lines = pythons_all();
    size_t asked = 0;
    (void)state;
    for (char **line = lines; *line; line++) {
        g_auto(GStrv) python = g_strsplit(*line, " ", 2);
        g_autofree char *greenlet = pythons_compiled("greenlet", python[1]);
        g_autofree char *folder = g_build_filename(BUILD_DIRECTORY "/python", greenlet, NULL);
        g_autofree char *packages = g_strconcat(folder, ":" BUILD_DIRECTORY "/python/anyio-newest", NULL);
        if (!g_file_test(folder, G_FILE_TEST_IS_DIR) ||
            !g_file_test(BUILD_DIRECTORY "/python/anyio-newest", G_FILE_TEST_IS_DIR))
            continue;
        g_setenv("PYTHONPATH", packages, TRUE);
        check_outermost(python[0]);
        g_unsetenv("PYTHONPATH");
        asked++;
    }
    if (!asked)
        skip_because("no greenlet, or no AnyIO (PyPI out of reach)");
}

/* The error of a child is thrown into the exit that waits for it: who awaits that is off the stack for a moment.
 */
static void check_place_of_exit(const char *python)
{
    static const char program[] = "import asyncio\n"
                                  "async def fail():\n"
                                  "    raise OSError\n"
                                  "async def leave():\n"
                                  "    async with asyncio.TaskGroup() as group:\n"
                                  "        group.create_task(fail())\n"
                                  "async def main():\n"
                                  "    await asyncio.gather(leave(), return_exceptions=True)\n"
                                  "asyncio.run(main())\n";
    g_autofree char *path = g_build_filename(command_folder(), "report.json", NULL);
    g_autofree char *format = g_strconcat("json=", path, NULL);
    const char *const arguments[] = {"run", "--tree", "-f", format,  "--fail-on", "never",
                                     "--",  python,   "-c", program, NULL};
    struct outcome outcome = command_run_array(arguments, NULL);
    assert_int_equal(outcome.status, 0);
    json_t *report = json_load_file(path, 0, NULL);
    const json_t *scope =
        json_array_get(json_object_get(json_array_get(json_object_get(report, "tasks"), 1), "scopes"), 0);
    const json_t *frame = json_array_get(json_object_get(json_object_get(scope, "exited"), "stack"), 0);
    const char *function = json_string_value(json_object_get(frame, "function"));
    if (g_strcmp0(function, "leave") != 0 || json_integer_value(json_object_get(frame, "line")) != 5)
        fail_msg("%s: left in %s", python, function);
    json_decref(report);
    outcome_clear(&outcome);
}

static void a_failed_group_is_left_where_it_is_awaited(void **state)
{
    (void)state;
    each_python(check_place_of_exit);
}

/* ---- what is not as described ---- */

static void assert_notice(const char *text, const char *notice)
{
    g_autofree char *providers = description();
    const char *const arguments[] = {"run", "--providers", providers, "--", PYTHON, SERVICE, "clean", NULL};
    describe(text);
    struct outcome outcome = command_run_array(arguments, NULL);
    g_autofree char *unfolded = g_strdup(outcome.err);
    g_auto(GStrv) words = g_strsplit_set(unfolded, " \n", -1);
    g_autoptr(GString) line = g_string_new(NULL);
    for (char **word = words; *word; word++)
        if (**word)
            g_string_append_printf(line, "%s ", *word);
    if (outcome.status != 0 || !strstr(line->str, notice))
        fail_msg("status %d, no “%s” in: %s", outcome.status, notice, outcome.err);
    outcome_clear(&outcome);
}

static void what_is_not_as_described_is_said(void **state)
{
    (void)state;
    assert_notice("[[scope]]\nclass = \"homemade:Deadline\"\nenter = \"__aenter__\"\nexit = \"leave\"\ncancel = "
                  "\"cancel\"\n",
                  "(homemade:Deadline) is not traced: it has no method leave.");
    assert_notice(INNER, "is not traced: not a plain method of this class itself: __aenter__.");
    assert_notice(DEADLINE
                  "[[scope]]\nclass = \"homemade:asyncio\"\nenter = \"run\"\nexit = \"run_\"\ncancel = \"get\"\n",
                  "(homemade:asyncio) is not traced: this is no class.");
    assert_notice("[[scope]]\nclass = \"homemade:Deadlin\"\nenter = \"__aenter__\"\nexit = \"__aexit__\"\ncancel "
                  "= \"cancel\"\n",
                  "homemade.Deadlin (homemade:Deadlin) is not traced: there is no such class.");
    assert_notice("[[scope]]\nclass = \"homemad:Deadline\"\nenter = \"__aenter__\"\nexit = \"__aexit__\"\ncancel "
                  "= \"cancel\"\n",
                  "was not traced: its module was not imported, or has no such class.");
    assert_notice("[[scope]]\nclass = \"asyncio.timeouts:Timeout\"\nenter = \"__aenter__\"\nexit = "
                  "\"__aexit__\"\ndeadline = \"_on_timeout\"\n",
                  "is not traced as that: it is known as asyncio.Timeout.");
    assert_notice("[[scope]]\nclass = \"homemade:Deadline\"\nenter = \"__aenter__\"\nexit = \"__aexit__\"\n"
                  "cancel = \"cancel\"\nattributes = { deadline = \"when\" }\n",
                  "(homemade:Deadline) has no attribute when.");
}

/* ---- attach ---- */

/* It runs, and its loop too. */
static pid_t start_service(void)
{
    int ends[2];
    char byte;
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    const pid_t service = fork();
    if (service == 0) {
        dup2(ends[1], STDOUT_FILENO);
        execl(PYTHON, PYTHON, SERVICE, "live", NULL);
        _exit(99);
    }
    assert_true(service > 0);
    close(ends[1]);
    /* To the end of the line: what it still has to write would find nobody who reads, and end it. */
    do
        assert_int_equal(read(ends[0], &byte, 1), 1);
    while (byte != '\n');
    close(ends[0]);
    return service;
}

static void attach_knows_them(void **state)
{
    g_autofree char *providers = description();
    (void)state;
    describe(DEADLINE);
    const pid_t service = start_service();
    g_autofree char *pid = g_strdup_printf("%d", (int)service);
    const char *const arguments[] = {"attach", "--providers", providers, "-d", "500ms", "-f",
                                     "json",   "-r",          "-",       pid,  NULL};
    struct outcome outcome = command_run_array(arguments, NULL);
    kill(service, SIGKILL);
    waitpid(service, NULL, 0);
    json_t *report = json_loads(outcome.out, 0, NULL);
    if (!report)
        fail_msg("status %d: %s", outcome.status, outcome.err);
    const json_t *finding = json_array_get(json_object_get(report, "findings"), 0);
    if (!finding)
        fail_msg("no finding: %s", outcome.out);
    const json_t *scope = json_object_get(finding, "scope");
    assert_string_equal(json_string_value(json_object_get(finding, "rule")), "leaked-cancel");
    assert_string_equal(json_string_value(json_object_get(scope, "kind")), "homemade.Deadline");
    json_decref(report);
    outcome_clear(&outcome);
}

/* ---- surprises ---- */

static void lack_of_memory_ends_the_tracing_alone(void **state)
{
    const char *const arguments[] = {"run",  "--",    "/usr/bin/env", "LD_PRELOAD=" SHORT_OF_MEMORY ":" ENTRY,
                                     PYTHON, SERVICE, "forget",       NULL};
    (void)state;
    struct outcome outcome = command_run_array(arguments, NULL);
    assert_string_equal(outcome.out, "3\n");
    g_strdelimit(outcome.err, "\n", ' ');
    if (!strstr(outcome.err, "the tracer met a surprise") || !strstr(outcome.err, "no memory"))
        fail_msg("status %d: %s", outcome.status, outcome.err);
    assert_null(strstr(strstr(outcome.err, "surprise") + 1, "surprise"));
    outcome_clear(&outcome);
}

/* Of each interpreter whose functions are in a library of their own; those of the others are not to be replaced.
 */
static void an_interpreter_laid_out_otherwise_is_refused(void **state)
{
    g_auto(GStrv) lines = pythons_all();
    size_t refused = 0;
    (void)state;
    for (char **line = lines; *line; line++) {
        g_auto(GStrv) python = g_strsplit(*line, " ", 2);
        const char *const arguments[] = {
            "run",     "--",    "/usr/bin/env", "LD_PRELOAD=" ODD_INTERPRETER ":" ENTRY,
            python[0], SERVICE, "forget",       NULL};
        struct outcome outcome = command_run_array(arguments, NULL);
        assert_string_equal(outcome.out, "3\n");
        refused += strstr(outcome.err, "objects are not laid out as CPython's are") != NULL;
        outcome_clear(&outcome);
    }
    if (!refused)
        skip_because("no interpreter has its functions in libpython");
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, command_setup, remove_description)

int main(int count, char **arguments)
{
    const struct CMUnitTest tests[] = {
        TEST(a_described_class_is_a_scope),
        TEST(a_class_of_the_main_module_is_one_too),
        TEST(scopes_are_named_after_what_made_them),
        TEST(a_child_that_failed_is_named),
        TEST(a_caller_is_not_taken_for_that_of_before),
        TEST(a_failed_group_is_left_where_it_is_awaited),
        TEST(what_is_not_as_described_is_said),
        TEST(attach_knows_them),
        TEST(lack_of_memory_ends_the_tracing_alone),
        TEST(an_interpreter_laid_out_otherwise_is_refused),
    };
    if (count > 1 && !command_may_attach())
        return 77;
    if (count > 1)
        cmocka_set_test_filter(arguments[1]);
    else
        cmocka_set_skip_filter("attach_*");
    return cmocka_run_group_tests(tests, NULL, NULL);
}
