/* SPDX-License-Identifier: MIT */
/* Findings name the test: under pytest, in pytest-xdist's workers, in forked children, under unittest. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/integration/command.h"
#include "tests/skip.h"

#define PYTHON "/usr/bin/python3"
/* pytest and pytest-xdist, installed by ./dev test for that interpreter. */
#define PACKAGES BUILD_DIRECTORY "/python/ci"

static char *report_on(const char *const *how)
{
    GPtrArray *arguments = g_ptr_array_new();
    for (const char *const *word = (const char *const[]){"run", "-f", "text", "--", PYTHON, NULL}; *word; word++)
        g_ptr_array_add(arguments, (char *)*word);
    for (; *how; how++)
        g_ptr_array_add(arguments, (char *)*how);
    g_ptr_array_add(arguments, NULL);
    struct outcome outcome = command_run_array((const char *const *)arguments->pdata, NULL);
    g_ptr_array_unref(arguments);
    if (outcome.status != 1)
        fail_msg("status %d: %s%s", outcome.status, outcome.out, outcome.err);
    g_free(outcome.out);
    return outcome.err;
}

/* One finding, and it names the two tests that cause it, in whatever order, and no other. */
static void expect_names(const char *const *how, const char *first, const char *forked)
{
    g_autofree char *report = report_on(how);
    g_autofree char *begun = g_strdup_printf("test: %s", first), *ended = g_strdup_printf("test: %s", forked);
    const bool first_first = strstr(report, begun) != NULL;
    g_autofree char *other = g_strdup_printf("also in: %s", first_first ? forked : first);
    if (!strstr(report, "misnested-scope, 2 times") || !(first_first || strstr(report, ended)) ||
        !strstr(report, other) || strstr(report, "test_clean") || strstr(report, "test_last"))
        fail_msg("%s", report);
}

static void require_pytest(void)
{
    if (g_file_test(PACKAGES "/xdist", G_FILE_TEST_IS_DIR))
        return;
    skip_because("no pytest and pytest-xdist in " PACKAGES " (PyPI out of reach)");
}

static void under_unittest(void **state)
{
    (void)state;
    const char *const how[] = {"test_scopes.py", NULL};
    expect_names(how, "__main__.Scopes.test_first", "__main__.Scopes.test_forked");
}

static void under_pytest(void **state)
{
    (void)state;
    const char *const how[] = {"-m", "pytest", "-q", "-p", "no:cacheprovider", NULL};
    require_pytest();
    expect_names(how, "test_scopes.py::Scopes::test_first (call)", "test_scopes.py::Scopes::test_forked (call)");
}

/* pytest-xdist leaves a folder for its workers. */
static void remove_workers_folder(void)
{
    const char *const command[] = {"sh", "-c", "rm -r \"$TMPDIR\"/pytest-of-*", NULL};
    struct outcome outcome = command_plain(command, NULL);
    assert_int_equal(outcome.status, 0);
    outcome_clear(&outcome);
}

static void in_workers(void **state)
{
    (void)state;
    const char *const how[] = {"-m", "pytest", "-q", "-p", "no:cacheprovider", "-n", "2", NULL};
    require_pytest();
    expect_names(how, "test_scopes.py::Scopes::test_first (call)", "test_scopes.py::Scopes::test_forked (call)");
    remove_workers_folder();
}

int main(void)
{
#define TEST(function) cmocka_unit_test_setup_teardown(function, command_setup, command_teardown)
    const struct CMUnitTest tests[] = {TEST(under_unittest), TEST(under_pytest), TEST(in_workers)};
    if (chdir(SOURCE_DIRECTORY "/tests/ci/project") != 0)
        return 1;
    g_setenv("PYTHONPATH", PACKAGES, TRUE);
    g_setenv("PYTHONDONTWRITEBYTECODE", "1", TRUE);
    g_unsetenv("PYTEST_CURRENT_TEST");
    return cmocka_run_group_tests(tests, NULL, NULL);
}
