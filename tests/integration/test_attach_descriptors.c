/* SPDX-License-Identifier: MIT */
/*
 * Programs that were attached to, without the preload, and do to descriptors what they like: as test_preload.c
 * does, with the same programs.
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

#include "tests/integration/attach/target.h"
#include "tests/integration/pythons.h"
#include "tests/skip.h"

#define THEN ATTACH_SOURCES "/then.py"
#define PROGRAMS SOURCE_DIRECTORY "/tests/integration/preload/"

static char *go, *at, *end, *over, *work, *report;

static int set_up(void **state)
{
    if (command_setup(state) != 0)
        return -1;
    go = g_build_filename(command_folder(), "go", NULL);
    at = g_strconcat(go, ".at", NULL);
    end = g_strconcat(go, ".end", NULL);
    over = g_strconcat(go, ".over", NULL);
    work = g_build_filename(command_folder(), "work", NULL);
    report = g_build_filename(command_folder(), "report.json", NULL);
    return 0;
}

static int tear_down(void **state)
{
    char **const all[] = {&go, &at, &end, &over, &work, &report};
    for (size_t i = 0; i < G_N_ELEMENTS(all); i++)
        g_clear_pointer(all[i], g_free);
    return command_teardown(state);
}

static bool has_come(const char *path, pid_t pid)
{
    for (unsigned hundredths = 0; access(path, F_OK) != 0; hundredths++) {
        if (hundredths > 6000 || waitpid(pid, NULL, WNOHANG) > 0)
            return false;
        g_usleep(10000);
    }
    return true;
}

/* Each file that the program has opened holds what the program writes, as often as it likes. */
static void assert_files_are_its_own(const char *what)
{
    g_autoptr(GDir) folder = g_dir_open(work, 0, NULL);
    for (const char *name; folder && (name = g_dir_read_name(folder)) != NULL;) {
        g_autofree char *path = g_build_filename(work, name, NULL), *content = NULL;
        gsize size = 0;
        assert_true(g_file_get_contents(path, &content, &size, NULL));
        for (gsize i = 0; i < size; i++)
            if (content[i] != "mine"[i % 4])
                fail_msg("%s: byte %zu of file %s is %d", what, i, name, content[i]);
    }
}

static void remove_all(void)
{
    g_autoptr(GDir) folder = g_dir_open(work, 0, NULL);
    for (const char *name; folder && (name = g_dir_read_name(folder)) != NULL;) {
        g_autofree char *path = g_build_filename(work, name, NULL);
        g_unlink(path);
    }
    g_rmdir(work);
    const char *const files[] = {go, at, end, over, report};
    for (size_t i = 0; i < G_N_ELEMENTS(files); i++)
        g_unlink(files[i]);
}

/* What was cancelled after all that is reported, and nothing is lost. */
static void assert_reported(const char *what)
{
    json_t *root = json_load_file(report, 0, NULL);
    if (!root)
        fail_msg("%s: no report", what);
    const json_t *lost = json_object_get(json_object_get(root, "summary"), "lost_events");
    const json_t *finding = json_array_get(json_object_get(root, "findings"), 0);
    const char *rule = json_string_value(json_object_get(finding, "rule"));
    if (json_integer_value(lost) != 0 || g_strcmp0(rule, "swallowed-cancel") != 0)
        fail_msg("%s: %s, %d events lost", what, rule ? rule : "no finding", (int)json_integer_value(lost));
    json_decref(root);
}

static pid_t start(const char *const *program, const char *what)
{
    g_mkdir(work, 0700);
    const pid_t pid = target_spawn(program);
    if (!has_come(at, pid))
        fail_msg("%s does not begin", what);
    return pid;
}

static void let_go_on(pid_t pid, const char *what)
{
    g_autofree char *said = NULL;
    assert_true(g_file_set_contents(go, "", 0, NULL));
    if (!has_come(end, pid) || !g_file_get_contents(end, &said, NULL, NULL) || strcmp(said, "fine") != 0)
        fail_msg("%s: %s", what, said ? said : "died");
}

static void let_end(pid_t pid, const char *what)
{
    int status = -1;
    assert_files_are_its_own(what);
    assert_true(g_file_set_contents(over, "", 0, NULL));
    waitpid(pid, &status, 0);
    if (status != 0)
        fail_msg("%s: ended with %#x", what, (unsigned)status);
    assert_files_are_its_own(what);
}

/* Detached before the program's end: LTTng then does its last in it. */
static void assert_unharmed(const char *const *program, const char *what)
{
    const pid_t pid = start(program, what);
    g_autofree char *format = g_strconcat("json=", report, NULL);
    g_autofree char *number = g_strdup_printf("%d", (int)pid);
    struct running attacher =
        command_start((const char *const[]){"attach", "--fail-on", "never", "-f", format, number, NULL});
    g_free(command_read_until(&attacher, "Ctrl-C ends it"));
    let_go_on(pid, what);
    kill(attacher.pid, SIGINT);
    command_finish_with(&attacher, 0);
    let_end(pid, what);
    assert_reported(what);
    remove_all();
}

static void with_program(const char *python, const char *program, const char *argument)
{
    g_autofree char *what = g_strdup_printf("%s %s %s", python, program, argument ? argument : "");
    g_autofree char *path = g_strconcat(PROGRAMS, program, NULL);
    const char *const arguments[] = {python, THEN, go, path, argument ? argument : work, argument ? work : NULL,
                                     NULL};
    assert_unharmed(arguments, what);
}

static void with_each_python(const char *program, const char *argument)
{
    g_auto(GStrv) lines = pythons_all();
    for (char **line = lines; *line; line++) {
        g_auto(GStrv) python = g_strsplit(*line, " ", 2);
        with_program(python[0], program, argument);
    }
}

static void closing_everything_is_safe(void **state)
{
    (void)state;
    with_each_python("descriptors.py", "range");
    with_program(PYTHON, "descriptors.py", "loop");
    with_program(PYTHON, "descriptors.py", "listing");
}

/* By a module that is not loaded yet when it is attached to. */
static void closing_everything_by_name_is_safe(void **state)
{
    (void)state;
    with_each_python("descriptors.py", "closefrom");
}

static void every_number_can_be_taken(void **state)
{
    (void)state;
    with_each_python("reuse.py", NULL);
}

static void every_kind_of_child_lives(void **state)
{
    (void)state;
    with_program(PYTHON, "forks.py", NULL);
}

static void attach_briefly(pid_t pid)
{
    struct outcome outcome = target_command("attach -q -r /dev/null -d 0.2 %d", (int)pid);
    if (outcome.status != 0)
        fail_msg("status %d: %s", outcome.status, outcome.err);
    outcome_clear(&outcome);
}

/* LTTng stays in it, and is found unharmed by the next attach. */
static void closing_everything_between_attaches_is_safe(void **state)
{
    static const char what[] = "between attaches";
    (void)state;
    const pid_t pid =
        start((const char *const[]){PYTHON, THEN, go, PROGRAMS "descriptors.py", "closefrom", work, NULL}, what);
    attach_briefly(pid);
    let_go_on(pid, what);
    attach_briefly(pid);
    let_end(pid, what);
    remove_all();
}

/* Where all is bound before the program begins, and made read-only where the program is linked so. */
static void what_is_bound_is_found(void **state)
{
    (void)state;
    g_setenv("LD_BIND_NOW", "1", TRUE);
    with_program(PYTHON, "reuse.py", NULL);
    g_unsetenv("LD_BIND_NOW");
}

/* One that is not loaded completely must not be touched. */
static void objects_come_and_go_meanwhile(void **state)
{
    (void)state;
    assert_unharmed((const char *const[]){PYTHON, THEN, go, ATTACH_SOURCES "/loads.py", NULL}, "loads.py");
}

/* The function that is found by the name is then no function to call on to. */
static void a_stub_of_the_program_is_no_function(void **state)
{
    g_auto(GStrv) lines = pythons_all();
    (void)state;
    for (char **line = lines; *line; line++) {
        g_auto(GStrv) python = g_strsplit(*line, " ", 2);
        g_autofree char *library = pythons_library(python[0]), *home = pythons_prefix(python[0]);
        if (!library)
            continue;
        g_setenv("PYTHONHOME", home, TRUE);
        assert_unharmed((const char *const[]){BUILD_DIRECTORY "/tests/takes-addresses", library, THEN, go,
                                              PROGRAMS "reuse.py", work, NULL},
                        library);
        g_unsetenv("PYTHONHOME");
        return;
    }
    skip_because("no interpreter with a shared library");
}

static void functions_are_found_by_name(void **state)
{
    g_auto(GStrv) lines = pythons_all();
    (void)state;
    for (char **line = lines; *line; line++) {
        g_auto(GStrv) python = g_strsplit(*line, " ", 2);
        assert_unharmed((const char *const[]){python[0], ATTACH_SOURCES "/asks.py", go, NULL}, *line);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(int count, char **arguments)
{
    const struct CMUnitTest tests[] = {
        TEST(closing_everything_is_safe),
        TEST(closing_everything_by_name_is_safe),
        TEST(every_number_can_be_taken),
        TEST(every_kind_of_child_lives),
        TEST(what_is_bound_is_found),
        TEST(a_stub_of_the_program_is_no_function),
        TEST(closing_everything_between_attaches_is_safe),
        TEST(functions_are_found_by_name),
        TEST(objects_come_and_go_meanwhile),
    };
    if (!command_may_attach())
        return 77;
    if (count > 1)
        cmocka_set_test_filter(arguments[1]);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
