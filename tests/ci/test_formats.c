/* SPDX-License-Identifier: MIT */
/* Reports are taken by those who read them, also of a trace whose strings would be something else: SARIF by its
 * schema, JUnit by a reader of such files, Markdown by GitHub's renderer, workflow commands by the runner's rules.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <glib/gstdio.h>

#include "tests/integration/command.h"
#include "tests/skip.h"

#define HERE SOURCE_DIRECTORY "/tests/ci"
/* What reads reports; installed by ./dev test for that interpreter. */
#define PACKAGES BUILD_DIRECTORY "/python/formats"
#define PYTHON "/usr/bin/python3"

static const char *const formats[][2] = {
    {"sarif", "sarif"}, {"junit", "xml"}, {"markdown", "md"}, {"github", "github"}};

static int setup(void **state)
{
    command_setup(state);
    if (g_file_test(PACKAGES "/jsonschema", G_FILE_TEST_IS_DIR))
        return chdir(command_folder());
    print_message("SKIP: none who reads reports in " PACKAGES " (PyPI out of reach)\n");
    return chdir(command_folder());
}

static int teardown(void **state)
{
    return chdir("/") || command_teardown(state);
}

/* Writes NAME.SUFFIX of each format into the working directory. */
static void write_reports(const char *name, const char *options)
{
    g_autoptr(GString) arguments = g_string_new("analyze -q --fail-on never");
    for (size_t i = 0; i < G_N_ELEMENTS(formats); i++)
        g_string_append_printf(arguments, " -f %s=%s.%s", formats[i][0], name, formats[i][1]);
    g_string_append_printf(arguments, " %s", options);
    struct outcome outcome = command_run(arguments->str);
    if (outcome.status != 0)
        fail_msg("%s: %d, %s", arguments->str, outcome.status, outcome.err);
    outcome_clear(&outcome);
}

/* Every report of this name is read, and found to have that many findings. */
static void expect(const char *name, int findings)
{
    g_autoptr(GPtrArray) command = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GString) expected = g_string_new(NULL);
    for (const char *const *word = (const char *const[]){PYTHON, HERE "/check_reports.py", NULL}; *word; word++)
        g_ptr_array_add(command, g_strdup(*word));
    for (size_t i = 0; i < G_N_ELEMENTS(formats); i++) {
        g_ptr_array_add(command, g_strdup_printf("%s.%s", name, formats[i][1]));
        g_string_append_printf(expected, "%s.%s %d\n", name, formats[i][1], findings);
    }
    g_ptr_array_add(command, NULL);
    struct outcome outcome = command_plain((const char *const *)command->pdata, NULL);
    if (outcome.status != 0 || !g_str_has_prefix(outcome.out, expected->str))
        fail_msg("%s%s", outcome.out, outcome.err);
    outcome_clear(&outcome);
    for (size_t i = 0; i < G_N_ELEMENTS(formats); i++)
        g_remove(command->pdata[2 + i]);
}

static void require_readers(void)
{
    if (!g_file_test(PACKAGES "/jsonschema", G_FILE_TEST_IS_DIR))
        skip_because("no jsonschema in " PACKAGES " (PyPI out of reach)");
}

static void of_an_ordinary_trace(void **state)
{
    (void)state;
    require_readers();
    write_reports("leaks", HERE "/two_leaks.events");
    expect("leaks", 2);
}

static void of_a_clean_trace(void **state)
{
    (void)state;
    require_readers();
    write_reports("clean", "--rule leaked-cancel=off " HERE "/two_leaks.events");
    expect("clean", 0);
}

static void of_a_hostile_trace(void **state)
{
    (void)state;
    require_readers();
    write_reports("hostile", HERE "/hostile.events");
    expect("hostile", 3);
}

/* Code-scanning views are told of these, too, as suppressed. */
static void of_accepted_findings(void **state)
{
    (void)state;
    require_readers();
    assert_true(g_file_set_contents("some.supp", "leaked-cancel:first\n{\n]](x) @me\nrule:none\n}\n", -1, NULL));
    write_reports("accepted", "--suppressions some.supp " HERE "/two_leaks.events");
    g_remove("some.supp");
    g_autofree char *sarif = NULL;
    assert_true(g_file_get_contents("accepted.sarif", &sarif, NULL, NULL));
    assert_non_null(strstr(sarif, "\"justification\": \"leaked-cancel:first\""));
    expect("accepted", 1);
}

/* Where each format has a file of its own, --report is one more: the text. */
static void report_beside_files(void **state)
{
    (void)state;
    g_autofree char *text = NULL;
    struct outcome outcome =
        command_run("analyze --fail-on never -f json=one.json -r two.txt " HERE "/two_leaks.events");
    assert_int_equal(outcome.status, 0);
    assert_string_equal(outcome.out, "");
    outcome_clear(&outcome);
    assert_int_equal(g_remove("one.json"), 0);
    assert_true(g_file_get_contents("two.txt", &text, NULL, NULL));
    assert_non_null(strstr(text, "scopetrace: 2 errors"));
    g_remove("two.txt");
}

int main(void)
{
#define TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)
    const struct CMUnitTest tests[] = {TEST(of_an_ordinary_trace), TEST(of_a_clean_trace),
                                       TEST(of_a_hostile_trace), TEST(of_accepted_findings),
                                       TEST(report_beside_files)};
    g_setenv("PYTHONPATH", PACKAGES, TRUE);
    g_setenv("PYTHONDONTWRITEBYTECODE", "1", TRUE);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
