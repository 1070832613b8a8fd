/* SPDX-License-Identifier: MIT */
/*
 * The call stacks of a report beside what Python says of them at that moment, for many ways to call and to enter,
 * on every interpreter.
 */
#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/integration/command.h"
#include "tests/integration/pythons.h"
#include "tests/skip.h"

#define WAYS SOURCE_DIRECTORY "/tests/integration/stacks/ways.py"
#define LEAST_WAYS 80
#define ENTRIES SOURCE_DIRECTORY "/tests/integration/stacks/entries.py"
#define LEAST_ENTRIES 7
#define ANYIO BUILD_DIRECTORY "/python/anyio-newest"

/* As the program tells a frame: file, line, function. */
static json_t *frame_as_told(const json_t *frame)
{
    return json_pack("[sis]", json_string_value(json_object_get(frame, "file")),
                     (int)json_integer_value(json_object_get(frame, "line")),
                     json_string_value(json_object_get(frame, "function")));
}

static json_t *stack_as_told(const json_t *finding)
{
    json_t *stack = json_array();
    const json_t *frame;
    size_t index;

    json_array_foreach(json_object_get(json_object_get(finding, "cancelled"), "stack"), index, frame)
        json_array_append_new(stack, frame_as_told(frame));
    return stack;
}

/* By the name of the task that was cancelled. */
static json_t *stacks_reported(const char *path)
{
    json_t *report = json_load_file(path, 0, NULL);
    json_t *stacks = json_object();
    const json_t *finding;
    size_t index;

    assert_non_null(report);
    json_array_foreach(json_object_get(report, "findings"), index, finding)
        json_object_set_new(stacks, json_string_value(json_object_get(json_object_get(finding, "task"), "name")),
                            stack_as_told(finding));
    json_decref(report);
    return stacks;
}

static void assert_same_stack(const char *python, const char *task, const json_t *told, const json_t *reported)
{
    if (json_equal(told, reported))
        return;
    fail_msg("%s, %s: told %s, reported %s", python, task, json_dumps(told, JSON_COMPACT),
             reported ? json_dumps(reported, JSON_COMPACT) : "no finding");
}

static void compare(const char *python)
{
    g_autofree char *path = g_build_filename(command_folder(), "report.json", NULL);
    g_autofree char *format = g_strdup_printf("json=%s", path);
    const char *const arguments[] = {"run", "--fail-on", "never", "-f", format, "--", python, WAYS, NULL};
    struct outcome outcome = command_run_array(arguments, NULL);
    json_t *told = json_loads(outcome.out, 0, NULL);
    json_t *reported = stacks_reported(path);
    const char *task;
    json_t *stack;

    if (outcome.status != 0)
        fail_msg("%s: status %d: %s", python, outcome.status, outcome.err);
    assert_true(json_object_size(told) >= LEAST_WAYS);
    json_object_foreach(told, task, stack) assert_same_stack(python, task, stack, json_object_get(reported, task));
    json_decref(told);
    json_decref(reported);
    outcome_clear(&outcome);
    (void)remove(path);
}

static void stacks_are_as_python_says(void **state)
{
    g_auto(GStrv) pythons = pythons_all();

    (void)state;
    for (char **python = pythons; *python; python++) {
        g_auto(GStrv) words = g_strsplit(*python, " ", 2);

        compare(words[0]);
    }
}

/* ---- where scopes are entered from that AnyIO's own code makes: the first frame that is not its own ---- */

static void count_entry(json_t *counts, const json_t *scope)
{
    const json_t *stack = json_object_get(json_object_get(scope, "entered"), "stack");
    const json_t *last = json_array_get(stack, json_array_size(stack) - 1);
    g_autofree char *place = g_strdup_printf("%s:%d", json_string_value(json_object_get(last, "function")),
                                             (int)json_integer_value(json_object_get(last, "line")));

    json_object_set_new(counts, place, json_integer(json_integer_value(json_object_get(counts, place)) + 1));
}

static json_t *entries_reported(const char *path)
{
    json_t *report = json_load_file(path, 0, NULL);
    json_t *counts = json_object();
    const json_t *task, *scope;
    size_t i, j;

    assert_non_null(report);
    json_array_foreach(json_object_get(report, "tasks"), i, task)
        json_array_foreach(json_object_get(task, "scopes"), j, scope) count_entry(counts, scope);
    json_decref(report);
    return counts;
}

static void compare_entries(const char *python)
{
    g_autofree char *path = g_build_filename(command_folder(), "report.json", NULL);
    g_autofree char *format = g_strdup_printf("json=%s", path);
    const char *const arguments[] = {"run", "--tree", "-f", format, "--", python, ENTRIES, NULL};
    struct outcome outcome = command_run_array(arguments, NULL);
    json_t *told = json_loads(outcome.out, 0, NULL);
    json_t *reported = entries_reported(path);

    if (outcome.status != 0)
        fail_msg("%s: status %d: %s", python, outcome.status, outcome.err);
    assert_true(json_object_size(told) >= LEAST_ENTRIES);
    if (!json_equal(told, reported))
        fail_msg("%s: told %s, reported %s", python, json_dumps(told, JSON_COMPACT | JSON_SORT_KEYS),
                 json_dumps(reported, JSON_COMPACT | JSON_SORT_KEYS));
    json_decref(told);
    json_decref(reported);
    outcome_clear(&outcome);
    (void)remove(path);
}

static void entries_are_where_python_says(void **state)
{
    g_auto(GStrv) pythons = pythons_all();

    (void)state;
    if (!g_file_test(ANYIO, G_FILE_TEST_IS_DIR))
        skip_because("no AnyIO (PyPI out of reach)");
    g_setenv("PYTHONPATH", ANYIO, TRUE);
    for (char **python = pythons; *python; python++) {
        (*python)[strcspn(*python, " ")] = '\0';
        compare_entries(*python);
    }
    g_unsetenv("PYTHONPATH");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(stacks_are_as_python_says, command_setup, command_teardown),
        cmocka_unit_test_setup_teardown(entries_are_where_python_says, command_setup, command_teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
