/* SPDX-License-Identifier: MIT */
/* The command in a project's folder: scopetrace.toml, pyproject.toml, baselines, suppressions, exit statuses. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <glib/gstdio.h>
#include <jansson.h>

#include "tests/integration/command.h"

#define TRACE SOURCE_DIRECTORY "/tests/ci/two_leaks.events"

/* Each test works in the folder that command_setup() made; what it writes there goes at its end. */
static GPtrArray *written;

static int setup(void **state)
{
    command_setup(state);
    written = g_ptr_array_new_with_free_func(g_free);
    return chdir(command_folder());
}

static int teardown(void **state)
{
    for (guint i = 0; i < written->len; i++)
        g_remove(written->pdata[i]);
    g_ptr_array_unref(written);
    return chdir("/") || command_teardown(state);
}

static void made(const char *name)
{
    g_ptr_array_add(written, g_build_filename(command_folder(), name, NULL));
}

static void put(const char *name, const char *text)
{
    made(name);
    assert_true(g_file_set_contents(name, text, -1, NULL));
}

static struct outcome analyze(const char *options)
{
    g_autofree char *arguments = g_strdup_printf("analyze -q%s%s %s", *options ? " " : "", options, TRACE);
    return command_run(arguments);
}

static void expect(const char *options, int status, const char *out)
{
    struct outcome outcome = analyze(options);
    if (outcome.status != status || !strstr(outcome.out, out))
        fail_msg("analyze %s: status %d, %s%s", options, outcome.status, outcome.out, outcome.err);
    outcome_clear(&outcome);
}

static void expect_error(const char *options, const char *text)
{
    struct outcome outcome = analyze(options);
    assert_int_equal(outcome.status, 2);
    assert_string_equal(outcome.out, "");
    assert_one_line(outcome.err, text);
    outcome_clear(&outcome);
}

static void rules_have_levels(void **state)
{
    (void)state;
    expect("", 1, "2 errors");
    expect("--rule leaked-cancel=warning", 0, "2 warnings");
    expect("--rule leaked-cancel=warning --fail-on warning", 1, "2 warnings");
    expect("--rule leaked-cancel=off", 0, "");
    expect("--rule leaked-cancel=off --rule leaked-cancel=note", 0, "2 notes");
    expect_error("--rule leaked=off", "leaked is no rule");
    expect_error("--rule leaked-cancel=loud", "no level");
}

static void a_baseline_accepts_what_it_lists(void **state)
{
    (void)state;
    put("one.supp", "leaked-cancel:first\n");
    made("base.json");
    expect_error("--baseline base.json", "--write-baseline makes one");
    expect_error("--write-baseline", "give --baseline FILE too");
    expect("--baseline base.json --write-baseline --suppressions one.supp", 0, "1 error; 1 suppressed");
    expect("--baseline base.json", 1, "1 error; 1 in the baseline");
    expect("--baseline base.json --write-baseline", 0, "2 errors");
    expect("--baseline base.json", 0, "");
    expect_error("--baseline one.supp", "one.supp:1: this is not JSON");
}

/* Before the traced program has run, not after it. */
static void a_baseline_that_cannot_be_written_is_said_first(void **state)
{
    (void)state;
    expect_error("--write-baseline --baseline /nonexistent/base.json",
                 "/nonexistent/base.json: cannot be written");
    expect_error("--write-baseline --baseline /", "/: cannot be written: Is a directory");
}

static void a_file_without_end_is_refused(void **state)
{
    static const char *const options[] = {"--config", "--baseline", "--suppressions"};
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(options); i++) {
        g_autofree char *endless = g_strconcat(options[i], " /dev/zero", NULL);
        g_autofree char *folder = g_strconcat(options[i], " /", NULL);
        expect_error(endless, "/dev/zero: larger than 16 MB");
        expect_error(folder, "/: cannot be read: Is a directory");
    }
}

static void what_is_gone_is_mentioned(void **state)
{
    (void)state;
    made("base.json");
    expect("--baseline base.json --write-baseline", 0, "2 errors");
    put("clean.events", "# scopetrace-events 1\n1 runtime pid=1\n+1 runtime_end\n");
    struct outcome outcome = command_run("analyze --baseline base.json clean.events");
    assert_int_equal(outcome.status, 0);
    assert_non_null(strstr(outcome.out, "gone since the baseline base.json: leaked-cancel in first"));
    assert_non_null(strstr(outcome.out, "no cancellation went wrong"));
    outcome_clear(&outcome);
}

static void suppressions_fit_what_was_generated(void **state)
{
    (void)state;
    made("new.supp");
    struct outcome outcome = analyze("-f text=/dev/null --gen-suppressions");
    assert_int_equal(outcome.status, 1);
    assert_true(g_file_set_contents("new.supp", outcome.out, -1, NULL));
    outcome_clear(&outcome);
    expect("--suppressions new.supp", 0, "");
    put("none.supp", "{\n  nothing\n  test:nowhere\n}\n");
    outcome = command_run("analyze --suppressions none.supp --suppressions new.supp " TRACE);
    assert_int_equal(outcome.status, 0);
    assert_non_null(strstr(outcome.out, "unused suppression: nothing (none.supp:1)"));
    assert_non_null(strstr(outcome.out, "no new findings; 2 suppressed"));
    outcome_clear(&outcome);
    put("bad.supp", "{\n  title\n  fun:first\n}\n");
    expect_error("--suppressions bad.supp", "bad.supp:3: fun: unknown key");
    expect_error("--suppressions missing.supp", "missing.supp");
}

static void the_configuration_is_found(void **state)
{
    (void)state;
    put("pyproject.toml", "[tool.other]\nx = 1979-05-27\n[tool.scopetrace]\nfail-on = \"never\"\n");
    expect("", 0, "2 errors");
    expect("--fail-on error", 1, "2 errors");
    put("scopetrace.toml", "suppressions = [\"one.supp\"]\n\n[rules]\nleaked-cancel = \"warning\"\n");
    put("one.supp", "leaked-cancel:first\n");
    expect("", 0, "1 warning; 1 suppressed");
    expect("--rule leaked-cancel=error", 1, "1 error; 1 suppressed");
    expect("--config pyproject.toml", 0, "2 errors");
    expect("--config /dev/null", 1, "2 errors");
    /* from elsewhere, its files are beside it */
    assert_int_equal(chdir("/"), 0);
    g_autofree char *elsewhere = g_strdup_printf("--config %s/scopetrace.toml", command_folder());
    expect(elsewhere, 0, "1 warning; 1 suppressed");
    assert_int_equal(chdir(command_folder()), 0);
}

static void a_bad_configuration_is_one_line(void **state)
{
    (void)state;
    static const struct {
        const char *text, *message;
    } cases[] = {
        {"strict = \n", "scopetrace.toml:1: this is not TOML"},
        {"a = 1\n", "scopetrace.toml: a: unknown key"},
        {"baselines = \"x\"\n", "scopetrace.toml: baselines: unknown key (did you mean baseline?); see"},
        {"trace-dir = \"x\"\n", "scopetrace.toml: trace-dir: unknown key"},
        {"strict = 1\n", "strict: true or false is wanted"},
        {"fail-on = true\n", "fail-on: error|warning|note|never is wanted, in quotes"},
        {"fail_on = \"never\"\n", "scopetrace.toml: fail_on: unknown key; write fail-on"},
        {"[tool.scopetrace]\nstrict = true\n", "[tool.scopetrace]: is for pyproject.toml"},
        {"format = [\"xml\"]\n", "scopetrace.toml: --format: xml is no format"},
        {"report = \"/nonexistent/x\"\n", "scopetrace.toml: /nonexistent/x: the report cannot be written"},
        {"baseline = \"missing.json\"\n", "scopetrace.toml: --baseline: missing.json: there is no such file"},
        {"suppressions = [\"missing.supp\"]\n", "scopetrace.toml: --suppressions: missing.supp: cannot be read"},
        {"suppressions = \"\"\n", "scopetrace.toml: --suppressions: is empty"},
        {"debug-dir = \"missing\"\n", "scopetrace.toml: --debug-dir: missing: no such folder"},
        {"fail-on = \"sometimes\"\n", "scopetrace.toml: --fail-on: sometimes is not possible"},
        {"format = [1]\n", "format: an array of strings is wanted"},
        {"rules = 1\n", "rules: a table is wanted"},
        {"[rules]\nleaked = \"off\"\n", "scopetrace.toml: [rules]: leaked is no rule"},
        {"[rules]\nleaked-cancel = \"loud\"\n", "scopetrace.toml: [rules]: leaked-cancel=loud: no level"},
        {"[rules]\nleaked-cancel = true\n", "off, note, warning or error is wanted"},
        {"[[rules]]\n", "rules: a table is wanted"},
        {"rule = \"leaked-cancel=off\"\n", "scopetrace.toml: rule: unknown key; write a table [rules]"},
        {"flight-recorder = \"16M\"\n",
         "flight-recorder: unknown key; this option belongs on the command line: --flight-recorder"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        put("scopetrace.toml", cases[i].text);
        expect_error("", cases[i].message);
    }
    put("scopetrace.toml", "");
    assert_true(g_file_set_contents("scopetrace.toml", "fail-on = \"never\"\0#", 19, NULL));
    expect_error("", "scopetrace.toml: this is not TOML");
    put("scopetrace.toml", "");
    expect("", 1, "2 errors");
    put("pyproject.toml", "this is not TOML, and none of our business");
    g_remove("scopetrace.toml");
    expect("", 1, "2 errors");
    expect_error("--config missing.toml", "missing.toml");
    put("pyproject.toml", "[project]\nname = \"scopetrace-user\"\n");
    expect("", 1, "2 errors");
    expect_error("--config pyproject.toml", "pyproject.toml: has no table [tool.scopetrace]; write one, or");
    put("pyproject.toml", "[project]\n");
    expect_error("--config pyproject.toml", "pyproject.toml: has no table [tool.scopetrace]");
}

/* It is not on the command line, where one looks for it. */
static void what_the_file_contradicts_is_its_own(void **state)
{
    (void)state;
    static const struct {
        const char *text, *arguments, *message;
    } cases[] = {
        {"lossless = true\n", "run --flight-recorder 1G true", "scopetrace.toml: --lossless: a flight recorder"},
        {"buffer-size = \"1M\"\n", "run --flight-recorder 1G true",
         "scopetrace.toml: --buffer-size: --flight-rec"},
        {"buffers = \"pid\"\n", "record --stream net://x true", "scopetrace.toml: --buffers: pid: a stream has"},
        {"buffer-size = \"1k\"\n", "run true", "scopetrace.toml: --buffer-size: 1024 bytes per CPU are too few"},
        {"fail-on = 3\n", "record true",
         "scopetrace.toml: fail-on: error|warning|note|never is wanted, in quotes"},
        {"allow-empty = \"yes\"\n", "analyze .", "scopetrace.toml: allow-empty: true or false is wanted"},
        {"debug-dir = [1]\n", "record true", "scopetrace.toml: debug-dir: an array of strings is wanted"},
        {"verbose = true\n", "run true",
         "verbose: unknown key; this option belongs on the command line: --verbose"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        put("scopetrace.toml", cases[i].text);
        assert_command_refuses(cases[i].arguments, cases[i].message);
    }
}

/* There is one for the next run to be held to. */
static void a_baseline_of_nothing_is_written(void **state)
{
    (void)state;
    made("base.json");
    struct outcome outcome = command_run("run --allow-empty --baseline base.json --write-baseline true");
    assert_int_equal(outcome.status, 0);
    assert_one_line(outcome.err, "base.json: written");
    outcome_clear(&outcome);
    expect("--baseline base.json", 1, "2 errors");
}

/* Keys of other commands are no mistake: one file serves them all. */
static void one_file_serves_all_commands(void **state)
{
    (void)state;
    put("scopetrace.toml", "lossless = true\nallow-empty = true\nbuffer-size = \"16M\"\nno-color = false\n");
    expect("", 1, "2 errors");
    put("scopetrace.toml", "tree = true\ndebug-dir = [\"/\"]\n");
    expect("-f sarif=/dev/null", 1, "");
}

static void several_reports_at_once(void **state)
{
    (void)state;
    made("out.json");
    made("out.sarif");
    put("out.md", "old");
    expect_error("-f json=", "json= has no file");
    expect_error("-f xml=out.md", "xml is no format");
    expect("-f text -f json=out.json -f sarif=out.sarif -f markdown=out.md -f junit=out.md", 1, "2 errors");
    json_t *json = json_load_file("out.json", 0, NULL), *sarif = json_load_file("out.sarif", 0, NULL);
    assert_int_equal(json_array_size(json_object_get(json, "findings")), 2);
    assert_string_equal(
        json_string_value(json_object_get(json_array_get(json_object_get(json, "findings"), 1), "test")),
        "tests/test_app.py::test_second");
    assert_string_equal(json_string_value(json_object_get(sarif, "version")), "2.1.0");
    json_decref(json);
    json_decref(sarif);
    g_autofree char *both = NULL;
    assert_true(g_file_get_contents("out.md", &both, NULL, NULL));
    assert_true(g_str_has_prefix(both, "## scopetrace") && strstr(both, "<testsuites"));
}

/* With -q, too; and it is the test that ran when the request was raised, not the one in which it was found. */
static void a_finding_names_its_test(void **state)
{
    (void)state;
    g_autofree char *trace = NULL;
    assert_true(g_file_get_contents(TRACE, &trace, NULL, NULL));
    g_auto(GStrv) parts = g_strsplit(trace, "+10 scope_exit scope=1", 2);
    g_autofree char *late =
        g_strjoinv("+1 label text=\"tests/test_app.py::test_later (call)\"\n+10 scope_exit scope=1", parts);
    put("late.events", late);
    struct outcome outcome = command_run("analyze -q late.events");
    assert_int_equal(outcome.status, 1);
    assert_non_null(strstr(outcome.out, "\n  test: tests/test_app.py::test_first\n"));
    assert_null(strstr(outcome.out, "test_later"));
    outcome_clear(&outcome);
}

static void lost_events_fail_when_asked(void **state)
{
    (void)state;
    put("lost.events", "# scopetrace-events 1\n1 runtime pid=1\n+1 task_start task=1\n+1 lost count=7\n"
                       "+1 task_end task=1 how=TASK_FINISHED\n+1 runtime_end\n");
    struct outcome outcome = command_run("analyze -q lost.events");
    assert_int_equal(outcome.status, 0);
    outcome_clear(&outcome);
    outcome = command_run("analyze -q --fail-on-loss lost.events");
    assert_int_equal(outcome.status, 2);
    assert_one_line(outcome.err, "7 events were lost");
    outcome_clear(&outcome);
}

/* What the report says of losses is no more than is known. */
static void what_cannot_be_read_is_no_proof(void **state)
{
    (void)state;
    put("cut.events",
        "# scopetrace-events 1\n1 runtime pid=1\n+1 task_start task=1\n+1 task_end task=1 how=TASK_FI");
    struct outcome outcome = command_run("analyze cut.events");
    assert_int_equal(outcome.status, 0);
    assert_non_null(strstr(outcome.out, "none lost in what could be read)"));
    outcome_clear(&outcome);
    outcome = command_run("analyze -q --fail-on-loss cut.events");
    assert_int_equal(outcome.status, 2);
    assert_one_line(outcome.err, "some of the trace could not be read");
    outcome_clear(&outcome);
}

/* The repository's folder is the root wherever in it the command is called. */
static void paths_are_the_repositorys(void **state)
{
    (void)state;
    g_autofree char *trace = NULL;
    assert_true(g_file_get_contents(TRACE, &trace, NULL, NULL));
    g_autofree char *app = g_strdup_printf("cwd=%s", command_folder());
    g_auto(GStrv) parts = g_strsplit(trace, "cwd=/app", -1);
    g_autofree char *here = g_strjoinv(app, parts);
    put("here.events", here);
    made(".git");
    made("part");
    assert_int_equal(g_mkdir(".git", 0777) | g_mkdir("part", 0777) | chdir("part"), 0);
    struct outcome outcome = command_run("analyze -f github ../here.events");
    assert_true(g_str_has_prefix(outcome.out, "::error file=app/first.py,line=5,"));
    outcome_clear(&outcome);
    assert_int_equal(chdir(command_folder()), 0);
}

int main(void)
{
#define TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(rules_have_levels),
        TEST(a_baseline_accepts_what_it_lists),
        TEST(a_baseline_that_cannot_be_written_is_said_first),
        TEST(a_file_without_end_is_refused),
        TEST(what_is_gone_is_mentioned),
        TEST(suppressions_fit_what_was_generated),
        TEST(the_configuration_is_found),
        TEST(a_bad_configuration_is_one_line),
        TEST(what_the_file_contradicts_is_its_own),
        TEST(a_baseline_of_nothing_is_written),
        TEST(one_file_serves_all_commands),
        TEST(several_reports_at_once),
        TEST(a_finding_names_its_test),
        TEST(lost_events_fail_when_asked),
        TEST(what_cannot_be_read_is_no_proof),
        TEST(paths_are_the_repositorys),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
