/* SPDX-License-Identifier: MIT */
/*
 * Programs that look closely, plain and under `scopetrace run`: what they print must be the same to the byte, on
 * every interpreter. Other people's test suites do the same on a larger scale (tests/transparency).
 */
#include <glib/gstdio.h>
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

#define PACKAGES BUILD_DIRECTORY "/python/"

struct program {
    const char *file;
    const char *arguments[3]; /* of the program; NULL: no more */
    const char *options[6];   /* of the interpreter */
    const char *packages;     /* PYTHONPATH; the test is skipped where the first folder is not there */
    const char *notice;       /* of the report: part of its first; NULL: any or none */
};

static bool has_packages(const char *path)
{
    g_auto(GStrv) folders = g_strsplit(path, ":", -1);

    for (char **folder = folders; *folder; folder++)
        if (!g_file_test(*folder, G_FILE_TEST_IS_DIR))
            return false;
    return true;
}

/* run … -- PYTHON OPTION… FILE ARGUMENT… */
static const char **arguments_for(const struct program *program, const char *python, const char *format,
                                  const char *source)
{
    const char *const scopetrace[] = {"run", "--fail-on", "never", "-f", format, "--", python};
    GPtrArray *all = g_ptr_array_new();

    for (size_t i = 0; i < G_N_ELEMENTS(scopetrace); i++)
        g_ptr_array_add(all, (char *)scopetrace[i]);
    for (size_t i = 0; i < G_N_ELEMENTS(program->options) && program->options[i]; i++)
        g_ptr_array_add(all, (char *)program->options[i]);
    g_ptr_array_add(all, (char *)source);
    for (size_t i = 0; i < G_N_ELEMENTS(program->arguments) && program->arguments[i]; i++)
        g_ptr_array_add(all, (char *)program->arguments[i]);
    g_ptr_array_add(all, NULL);
    return (const char **)g_ptr_array_free(all, FALSE);
}

/* The first line in which they differ, of both. */
static char *first_difference(const char *plain, const char *traced)
{
    g_auto(GStrv) left = g_strsplit(plain, "\n", -1);
    g_auto(GStrv) right = g_strsplit(traced, "\n", -1);
    size_t i = 0;

    while (left[i] && right[i] && strcmp(left[i], right[i]) == 0)
        i++;
    return g_strdup_printf("line %zu\n  plain:  %s\n  traced: %s", i + 1, left[i] ? left[i] : "(nothing)",
                           right[i] ? right[i] : "(nothing)");
}

static void assert_same_text(const char *what, const char *plain, const char *traced)
{
    if (strcmp(plain, traced) != 0) {
        g_autofree char *difference = first_difference(plain, traced);
        fail_msg("%s differs, %s", what, difference);
    }
}

static void assert_traced(const char *what, const char *report, const char *notice)
{
    json_t *root = json_load_file(report, 0, NULL);
    const json_t *summary = json_object_get(root, "summary");

    if (json_integer_value(json_object_get(summary, "tasks")) == 0)
        fail_msg("%s: nothing was traced", what);
    if (notice) {
        const char *first = json_string_value(json_array_get(json_object_get(root, "notices"), 0));

        if (!first || !strstr(first, notice))
            fail_msg("%s: its report has the notice %s", what, first ? first : "(none)");
    }
    json_decref(root);
}

static void compare(const struct program *program, const char *python)
{
    g_autofree char *source = g_strdup_printf(SOURCE_DIRECTORY "/tests/integration/unnoticed/%s", program->file);
    g_autofree char *report = g_build_filename(command_folder(), "report.json", NULL);
    g_autofree char *format = g_strdup_printf("json=%s", report);
    g_autofree const char **arguments = arguments_for(program, python, format, source);
    g_autofree char *what = g_strjoinv(" ", (char **)arguments + 6);
    struct outcome plain = command_plain(arguments + 6, NULL);
    struct outcome traced = command_run_array(arguments, NULL);

    assert_same_text(what, plain.out, traced.out);
    /* what scopetrace itself says goes into the file */
    assert_same_text(what, plain.err, traced.err);
    if (plain.status != traced.status)
        fail_msg("%s: status %d, traced %d", what, plain.status, traced.status);
    assert_traced(what, report, program->notice);
    g_unlink(report);
    outcome_clear(&plain);
    outcome_clear(&traced);
}

static void with_each_python(const struct program *program)
{
    g_auto(GStrv) lines = pythons_all();

    if (!has_packages(program->packages))
        skip_because("%s: no %s (PyPI out of reach)", program->file, program->packages);
    g_setenv("PYTHONPATH", program->packages, TRUE);
    for (char **line = lines; *line; line++) {
        g_auto(GStrv) python = g_strsplit(*line, " ", 2);
        compare(program, python[0]);
    }
    g_unsetenv("PYTHONPATH");
}

#define NEWEST PACKAGES "anyio-newest"
#define LEAKING PACKAGES "anyio-4.3.0"
#define MIDDLE PACKAGES "anyio-4.6.2"

static void run_programs(const struct program *programs, size_t count)
{
    for (size_t i = 0; i < count; i++)
        with_each_python(&programs[i]);
}

#define RUN(...)                                                                                                  \
    do {                                                                                                          \
        static const struct program programs[] = {__VA_ARGS__};                                                   \
        (void)state;                                                                                              \
        run_programs(programs, G_N_ELEMENTS(programs));                                                           \
    } while (0)

static void inspect_sees_the_originals(void **state)
{
    RUN({.file = "introspection.py", .packages = NEWEST}, {.file = "introspection.py", .packages = LEAKING});
}

static void methods_can_be_overridden_mocked_and_wrapped(void **state)
{
    RUN({.file = "overriding.py", .packages = NEWEST}, {.file = "overriding.py", .packages = LEAKING});
}

static void tracebacks_and_debuggers_see_no_more(void **state)
{
    RUN({.file = "tracebacks.py", .packages = NEWEST}, {.file = "tracebacks.py", .packages = MIDDLE},
        {.file = "stepped.py", .packages = NEWEST}, {.file = "traced.py", .packages = NEWEST});
}

static void tasks_look_the_same_from_outside(void **state)
{
    RUN({.file = "watched.py", .packages = NEWEST}, {.file = "watched.py", .packages = MIDDLE});
}

static void depth_destructors_and_threads(void **state)
{
    RUN({.file = "deep.py", .packages = NEWEST});
}

static void what_runs_may_be_called_from_within(void **state)
{
    RUN({.file = "reentered.py", .packages = NEWEST});
}

static void nested_too_deep_for_hooks(void **state)
{
    RUN({.file = "nested.py", .packages = NEWEST, .notice = "so deep that the stack ran short"});
}

static void forked_while_other_threads_are_at_work(void **state)
{
    RUN({.file = "forked.py", .packages = NEWEST, .notice = "so deep that the stack ran short"});
}

static void no_warning_and_no_log_line(void **state)
{
    RUN({.file = "ordinary.py", .packages = NEWEST},
        {.file = "ordinary.py", .packages = NEWEST, .options = {"-X", "dev", "-bb"}},
        {.file = "ordinary.py", .packages = NEWEST, .options = {"-O", "-u"}});
}

static void what_signal_handlers_raise_arrives(void **state)
{
    RUN({.file = "interrupted.py", .packages = NEWEST});
}

static void lazy_modules_are_left_asleep(void **state)
{
    RUN({.file = "lazy.py", .packages = PACKAGES "async-timeout-4.0.3"});
}

static void groups_of_the_same_take_no_longer(void **state)
{
    RUN({.file = "shared.py", .packages = NEWEST});
}

static void nothing_is_printed_where_memory_lacks(void **state)
{
    RUN({.file = "starved.py", .packages = NEWEST});
}

static void audit_hooks_and_profilers_hear_the_same(void **state)
{
    RUN({.file = "audited.py", .packages = NEWEST});
}

static void modules_can_be_executed_again(void **state)
{
    RUN({.file = "reloaded.py", .packages = NEWEST});
}

static void interpreters_end_the_same(void **state)
{
    RUN({.file = "ended.py", .packages = NEWEST},
        {.file = "ended.py", .packages = NEWEST, .arguments = {"forgetful"}, .options = {"-X", "dev"}});
}

static void the_last_thread_ends_the_process(void **state)
{
    RUN({.file = "last_thread.py", .packages = NEWEST},
        {.file = "last_thread.py", .packages = NEWEST, .arguments = {"other"}});
}

static void nothing_is_needed_to_end(void **state)
{
    RUN({.file = "confined.py", .arguments = {"descriptors"}, .packages = NEWEST},
        {.file = "confined.py", .arguments = {"root"}, .packages = NEWEST});
}

static void objects_live_and_die_the_same(void **state)
{
    RUN({.file = "juggled.py", .packages = NEWEST});
}

static void nobody_else_asks(void **state)
{
    RUN({.file = "loud.py", .packages = NEWEST}, {.file = "loud.py", .packages = LEAKING});
}

static void coverage_counts_the_same(void **state)
{
    RUN({.file = "measured.py", .packages = NEWEST ":" PACKAGES "coverage"});
    RUN({.file = "monitored.py", .packages = NEWEST});
}

static void makes_no_frame_objects(void **state)
{
    RUN({.file = "allocating.py", .packages = NEWEST});
}

static void gives_the_collector_nothing(void **state)
{
    RUN({.file = "collected.py", .packages = NEWEST});
}

static void loaded_before_the_loop_runs(void **state)
{
    RUN({.file = "started.py", .arguments = {"asyncio"}, .packages = NEWEST},
        {.file = "started.py", .arguments = {"anyio"}, .packages = NEWEST},
        {.file = "started.py", .arguments = {"late"}, .packages = NEWEST});
}

int main(int count, char **arguments)
{
    if (count > 1)
        cmocka_set_test_filter(arguments[1]);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(inspect_sees_the_originals),
        cmocka_unit_test(methods_can_be_overridden_mocked_and_wrapped),
        cmocka_unit_test(tracebacks_and_debuggers_see_no_more),
        cmocka_unit_test(tasks_look_the_same_from_outside),
        cmocka_unit_test(depth_destructors_and_threads),
        cmocka_unit_test(what_runs_may_be_called_from_within),
        cmocka_unit_test(nested_too_deep_for_hooks),
        cmocka_unit_test(forked_while_other_threads_are_at_work),
        cmocka_unit_test(no_warning_and_no_log_line),
        cmocka_unit_test(what_signal_handlers_raise_arrives),
        cmocka_unit_test(groups_of_the_same_take_no_longer),
        cmocka_unit_test(nothing_is_printed_where_memory_lacks),
        cmocka_unit_test(lazy_modules_are_left_asleep),
        cmocka_unit_test(audit_hooks_and_profilers_hear_the_same),
        cmocka_unit_test(modules_can_be_executed_again),
        cmocka_unit_test(interpreters_end_the_same),
        cmocka_unit_test(the_last_thread_ends_the_process),
        cmocka_unit_test(nothing_is_needed_to_end),
        cmocka_unit_test(objects_live_and_die_the_same),
        cmocka_unit_test(nobody_else_asks),
        cmocka_unit_test(coverage_counts_the_same),
        cmocka_unit_test(makes_no_frame_objects),
        cmocka_unit_test(gives_the_collector_nothing),
        cmocka_unit_test(loaded_before_the_loop_runs),
    };
    g_setenv("PYTHONHASHSEED", "0", TRUE);
    g_setenv("PYTHONDONTWRITEBYTECODE", "1", TRUE);
    return command_verdict(cmocka_run_group_tests(tests, command_setup, command_teardown));
}
