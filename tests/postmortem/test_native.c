/* SPDX-License-Identifier: MIT */
/* Native stacks of cancels: named where they were recorded, named elsewhere, and said where they cannot be. */
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/postmortem/support.h"

static const json_t *native_stack(const json_t *report)
{
    const json_t *finding = support_finding(report, "leaked-cancel");
    const json_t *delivered = json_object_get(finding, "delivered");
    const json_t *moment = json_is_null(delivered) ? json_object_get(finding, "cancelled") : delivered;
    const json_t *stack = json_object_get(moment, "native_stack");
    assert_true(json_is_array(stack));
    return stack;
}

/* How many frames are in this function of an object with this name. (The one that is asked for is exported, and
 * whole: of the function that evaluates, compilers put parts elsewhere, without a name.) */
static unsigned count_frames(const json_t *report, const char *function, const char *library)
{
    const json_t *frame;
    size_t index;
    unsigned count = 0;
    json_array_foreach(native_stack(report), index, frame)
    {
        const char *name = json_string_value(json_object_get(frame, "function"));
        const char *path = json_string_value(json_object_get(frame, "library"));
        count += g_strcmp0(name, function) == 0 && path && strstr(path, library);
    }
    return count;
}

static void frames_have_function_and_library(void **state)
{
    (void)state;
    g_autofree char *program = support_program("leak.py");
    const char *const arguments[] = {"run", "--native", "--", PYTHON, program, NULL};
    struct outcome outcome;
    json_t *report = support_report(arguments, &outcome);
    assert_int_equal(outcome.status, 1);
    assert_true(count_frames(report, "PyEval_EvalCode", "python3") > 0);
    assert_true(count_frames(report, NULL, "scopetrace") == 0);
    json_decref(report);
    outcome_clear(&outcome);
}

/* A Python that is gone afterwards, as on another machine. */
static void record_with_a_python_of_its_own(const char *python, const char *trace)
{
    g_autofree char *program = support_program("leak.py");
    const char *const record[] = {"record", "--native",        "-o",   trace,   "--",
                                  "env",    "PYTHONHOME=/usr", python, program, NULL};
    struct outcome outcome;
    support_copy_python(python);
    outcome = command_run_array(record, NULL);
    if (outcome.status != 0)
        fail_msg("%s", outcome.err);
    outcome_clear(&outcome);
}

static void other_machines_name_frames_by_build_id(void **state)
{
    (void)state;
    g_autofree char *python = support_path("python-of-its-own");
    g_autofree char *trace = support_path("trace");
    g_autofree char *debug = support_path("debug");
    g_autofree char *found = g_build_filename(debug, "python-of-its-own", NULL);
    const char *const without[] = {"analyze", trace, NULL};
    const char *const with[] = {"analyze", "--debug-dir", debug, trace, NULL};
    struct outcome outcome;
    record_with_a_python_of_its_own(python, trace);
    assert_int_equal(g_mkdir(debug, 0700), 0);
    assert_int_equal(g_rename(python, found), 0);

    outcome = command_run_array(without, NULL);
    assert_holds(outcome.out, "could not be named: it is not on this machine");
    assert_holds(outcome.out, "python-of-its-own+0x");
    outcome_clear(&outcome);

    json_t *report = support_report(with, NULL);
    assert_true(count_frames(report, "PyEval_EvalCode", "python-of-its-own") > 0);
    json_decref(report);

    assert_true(g_file_set_contents(found, "no program at all", -1, NULL));
    outcome = command_run_array(with, NULL);
    assert_holds(outcome.out, "could not be named");
    outcome_clear(&outcome);
    support_remove(trace);
    support_remove(debug);
}

/* The build-id that the report has of the Python of its own. To be freed. */
static char *build_id_of_python(const char *trace)
{
    const char *const analyze[] = {"analyze", trace, NULL};
    json_t *report = support_report(analyze, NULL);
    const json_t *frame;
    size_t index;
    char *build_id = NULL;
    json_array_foreach(native_stack(report), index, frame)
    {
        const char *library = json_string_value(json_object_get(frame, "library"));
        if (library && strstr(library, "python-of-its-own") && !build_id)
            build_id = g_strdup(json_string_value(json_object_get(frame, "build_id")));
    }
    json_decref(report);
    assert_non_null(build_id);
    return build_id;
}

/* As distributions and symbol servers keep them: nothing but the build-id says what it is. */
static void a_tree_of_build_ids_will_do(void **state)
{
    (void)state;
    g_autofree char *python = support_path("python-of-its-own"), *trace = support_path("trace");
    g_autofree char *debug = support_path("debug");
    record_with_a_python_of_its_own(python, trace);
    g_autofree char *build_id = build_id_of_python(trace);
    g_autofree char *folder = g_strdup_printf("%s/.build-id/%.2s", debug, build_id);
    g_autofree char *file = g_strdup_printf("%s/%s.debug", folder, build_id + 2);
    const char *const with[] = {"analyze", "--debug-dir", debug, trace, NULL};
    assert_int_equal(g_mkdir_with_parents(folder, 0700), 0);
    assert_int_equal(g_rename(python, file), 0);
    json_t *report = support_report(with, NULL);
    assert_true(count_frames(report, "PyEval_EvalCode", "python-of-its-own") > 0);
    json_decref(report);
    support_remove(trace);
    support_remove(debug);
}

/* A library of the same name that was built anew must not lend its names. */
static void other_builds_are_not_believed(void **state)
{
    (void)state;
    g_autofree char *python = support_path("python-of-its-own");
    g_autofree char *trace = support_path("trace");
    const char *const replace[] = {"cp", "/bin/ls", python, NULL};
    const char *const analyze[] = {"analyze", trace, NULL};
    record_with_a_python_of_its_own(python, trace);
    struct outcome outcome = command_plain(replace, NULL);
    outcome_clear(&outcome);
    outcome = command_run_array(analyze, NULL);
    assert_holds(outcome.out, "another build of it");
    outcome_clear(&outcome);
    unlink(python);
    support_remove(trace);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(frames_have_function_and_library, command_setup, command_teardown),
        cmocka_unit_test_setup_teardown(other_machines_name_frames_by_build_id, command_setup, command_teardown),
        cmocka_unit_test_setup_teardown(a_tree_of_build_ids_will_do, command_setup, command_teardown),
        cmocka_unit_test_setup_teardown(other_builds_are_not_believed, command_setup, command_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
