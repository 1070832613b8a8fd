/* SPDX-License-Identifier: MIT */
/*
 * The preload in real processes: programs that fork, close descriptors and look around themselves must not notice
 * it, and whatever keeps it from working must be noted and do no harm.
 */
#include <fcntl.h>
#include <glib/gstdio.h>
#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "preload/control.h"
#include "tests/integration/command.h"
#include "tests/integration/pythons.h"

#define PYTHON "/usr/bin/python3"
#define LIBRARIES BUILD_DIRECTORY "/lib/scopetrace/"

/* ---- programs of tests/integration/preload/ ---- */

struct program {
    const char *file;
    const char *argument;
    int processes; /* that must be in the trace; 0 = any number */
};

static char *folder_for(const struct program *program)
{
    char *folder = g_build_filename(command_folder(), program->argument ? program->argument : "work", NULL);
    g_mkdir(folder, 0700);
    return folder;
}

static void remove_folder(const char *folder)
{
    GDir *dir = g_dir_open(folder, 0, NULL);
    const char *name;
    while (dir && (name = g_dir_read_name(dir)) != NULL) {
        g_autofree char *path = g_build_filename(folder, name, NULL);
        g_unlink(path);
    }
    g_clear_pointer(&dir, g_dir_close);
    g_rmdir(folder);
}

/* Nothing of theirs: asyncio.run() makes three tasks. One line says so, and none that the process was not traced.
 */
static void assert_of_main_interpreter(const json_t *root, const char *python)
{
    const json_t *notices = json_object_get(root, "notices");
    const char *notice = json_string_value(json_array_get(notices, 0));
    const long long tasks = json_integer_value(json_object_get(json_object_get(root, "summary"), "tasks"));
    if (tasks != 6)
        fail_msg("%s: %lld tasks, not 6: those of sub-interpreters", python, tasks);
    if (json_array_size(notices) != 1 || !g_str_has_prefix(notice, "Sub-interpreters of the program use asyncio"))
        fail_msg("%s: %zu notices: %s", python, json_array_size(notices), notice ? notice : "");
}

static void assert_traced(const char *report, const struct program *program, const char *python)
{
    json_t *root = json_load_file(report, 0, NULL);
    if (!root)
        fail_msg("%s %s: no report", python, program->file);
    if (strcmp(program->file, "interpreters.py") == 0)
        assert_of_main_interpreter(root, python);
    const json_t *summary = json_object_get(root, "summary");
    const long long processes = json_integer_value(json_object_get(summary, "processes"));
    const long long lost = json_integer_value(json_object_get(summary, "lost_events"));
    if ((program->processes != 0 && processes != program->processes) || lost != 0)
        fail_msg("%s %s: %lld processes, not %d; %lld events lost", python, program->file, processes,
                 program->processes, lost);
    json_decref(root);
}

/* Does nothing where the program does not run by itself either: 3.12.1 dies of sub-interpreters. */
static void assert_unharmed(const struct program *program, const char *python)
{
    g_autofree char *source = g_strdup_printf("%s/tests/integration/preload/%s", SOURCE_DIRECTORY, program->file);
    g_autofree char *folder = folder_for(program);
    g_autofree char *report = g_build_filename(command_folder(), "report.json", NULL);
    g_autofree char *format = g_strdup_printf("json=%s", report);
    const char *const arguments[] = {
        "run", "-f", format, "--", python, source, program->argument, program->argument ? folder : NULL, NULL};
    struct outcome plain = command_plain(arguments + 4, NULL);
    const bool runs = plain.status == 0 && strcmp(plain.out, "ok\n") == 0;
    if (!runs)
        print_message("%s: not with %s, which fails by itself too\n", program->file, python);
    outcome_clear(&plain);
    if (runs) {
        struct outcome traced = command_run_array(arguments, NULL);
        if (traced.status != 0 || strcmp(traced.out, "ok\n") != 0)
            fail_msg("%s %s: status %d: %s%s", python, program->file, traced.status, traced.out, traced.err);
        outcome_clear(&traced);
        assert_traced(report, program, python);
    }
    g_unlink(report);
    remove_folder(folder);
}

static void with_each_python(const struct program *program)
{
    g_auto(GStrv) lines = pythons_all();
    for (char **line = lines; *line; line++) {
        g_auto(GStrv) python = g_strsplit(*line, " ", 2);
        assert_unharmed(program, python[0]);
    }
}

static void closing_everything_is_safe(void **state)
{
    static const char *const ways[] = {"range", "closefrom", "loop", "listing"};
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(ways); i++) {
        const struct program program = {"descriptors.py", ways[i], 3};
        with_each_python(&program);
    }
}

static void every_number_can_be_taken(void **state)
{
    const struct program program = {"reuse.py", "reuse", 5};
    (void)state;
    with_each_python(&program);
}

static void every_kind_of_child_lives(void **state)
{
    const struct program program = {"forks.py", NULL, 33};
    (void)state;
    with_each_python(&program);
}

static void surroundings_stay(void **state)
{
    const struct program program = {"surroundings.py", NULL, 2};
    (void)state;
    with_each_python(&program);
}

/* Eight sessions at once: in one of some three hundred LTTng found that the page it had just made was gone. */
static void lttngs_page_is_held(void **state)
{
    const struct program program = {"shared_page.py", NULL, 1};
    (void)state;
    assert_unharmed(&program, "/usr/bin/python3");
}

static void other_interpreters_do_no_harm(void **state)
{
    const struct program program = {"interpreters.py", NULL, 1};
    (void)state;
    with_each_python(&program);
}

/* ---- a control file made by hand ---- */

static char *control_path(void)
{
    return g_build_filename(command_folder(), "control", NULL);
}

static struct control *control_make(void)
{
    g_autofree char *path = control_path();
    const int fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    assert_int_equal(ftruncate(fd, sizeof(struct control)), 0);
    struct control *control = mmap(NULL, sizeof(struct control), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    assert_ptr_not_equal(control, MAP_FAILED);
    close(fd);
    control->magic = CONTROL_MAGIC;
    control->version = CONTROL_VERSION;
    strcpy(control->lttng_home, "/nonexistent");
    strcpy(control->lttng_app_path, "/nonexistent");
    return control;
}

static void control_drop(struct control *control)
{
    g_autofree char *path = control_path();
    munmap(control, sizeof(struct control));
    g_unlink(path);
}

/* Runs a program with the entry of that folder preloaded, outside any session; its output. */
static char *run_preloaded(const char *folder, const char *control, const char *const *program)
{
    g_autofree char *preload = g_strdup_printf("LD_PRELOAD=%s/" CONTROL_ENTRY_LIBRARY, folder);
    g_autofree char *variable = g_strdup_printf(CONTROL_ENV "=%s", control);
    const char *arguments[8] = {"env", preload, variable};
    for (size_t i = 0; program[i]; i++)
        arguments[i + 3] = program[i];
    struct outcome outcome = command_plain(arguments, NULL);
    assert_int_equal(outcome.status, 0);
    assert_string_equal(outcome.err, "");
    g_free(outcome.err);
    return outcome.out;
}

static const char *const uses_asyncio[] = {PYTHON, "-c", "import asyncio; print(asyncio.run(asyncio.sleep(0, 1)))",
                                           NULL};

static void not_python_is_left_alone(void **state)
{
    static const char *const counts[] = {"sh", "-c", "ls /proc/self/task | wc -l", NULL};
    static const char *const no_asyncio[] = {
        PYTHON, "-c", "import selectors, os; print(len(os.listdir('/proc/self/task')))", NULL};
    (void)state;
    struct control *control = control_make();
    g_autofree char *path = control_path();
    g_autofree char *shell = run_preloaded(LIBRARIES, path, counts);
    g_autofree char *python = run_preloaded(LIBRARIES, path, no_asyncio);
    assert_string_equal(shell, "1\n");
    assert_string_equal(python, "1\n");
    assert_int_equal(control->processes[0].pid, 0);
    control_drop(control);
}

static void no_daemon_is_noticed(void **state)
{
    (void)state;
    struct control *control = control_make();
    g_autofree char *path = control_path();
    g_autofree char *out = run_preloaded(LIBRARIES, path, uses_asyncio);
    assert_string_equal(out, "1\n");
    assert_int_not_equal(control->processes[0].pid, 0);
    assert_int_equal(control->processes[0].state, CONTROL_NOT_ENABLED);
    assert_int_equal(control->processes[0].inside_event, 0);
    control_drop(control);
}

static void strange_control_files_do_no_harm(void **state)
{
    static const char *const paths[] = {"",     "/nonexistent", "/dev/null", "/dev/zero", "/etc/passwd",
                                        "/tmp", PYTHON};
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(paths); i++) {
        g_autofree char *out = run_preloaded(LIBRARIES, paths[i], uses_asyncio);
        assert_string_equal(out, "1\n");
    }
}

static void copy(const char *from, const char *folder, const char *name)
{
    g_autofree char *to = g_build_filename(folder, name, NULL);
    g_autofree char *content = NULL;
    gsize size;
    assert_true(g_file_get_contents(from, &content, &size, NULL));
    assert_true(g_file_set_contents(to, content, (gssize)size, NULL));
}

/* The agent beside the entry is missing, no library, or another library. */
static void broken_agents_are_noted(void **state)
{
    static const struct {
        const char *file;
        const char *note;
    } cases[] = {
        {NULL, "No such file"},
        {"/etc/passwd", "libscopetrace-agent.so: "},
        {LIBRARIES CONTROL_ENTRY_LIBRARY, "no scopetrace_agent_start in"},
    };
    (void)state;
    g_autofree char *folder = g_build_filename(command_folder(), "lib", NULL);
    g_mkdir(folder, 0700);
    copy(LIBRARIES CONTROL_ENTRY_LIBRARY, folder, CONTROL_ENTRY_LIBRARY);
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        struct control *control = control_make();
        g_autofree char *path = control_path();
        if (cases[i].file)
            copy(cases[i].file, folder, CONTROL_AGENT_LIBRARY);
        g_autofree char *out = run_preloaded(folder, path, uses_asyncio);
        assert_string_equal(out, "1\n");
        assert_int_equal(control->processes[0].state, CONTROL_REFUSED);
        assert_non_null(strstr(control->processes[0].note, cases[i].note));
        control_drop(control);
    }
    remove_folder(folder);
}

static void few_descriptors_are_left_to_the_program(void **state)
{
    static const char *const program[] = {
        "sh", "-c",
        "ulimit -n 12; exec " PYTHON " -c 'import asyncio, os;"
        "print(asyncio.run(asyncio.sleep(0, len(os.listdir(\"/proc/self/task\")))))'",
        NULL};
    (void)state;
    struct control *control = control_make();
    g_autofree char *path = control_path();
    g_autofree char *out = run_preloaded(LIBRARIES, path, program);
    assert_string_equal(out, "1\n");
    assert_int_equal(control->processes[0].state, CONTROL_REFUSED);
    assert_non_null(strstr(control->processes[0].note, "12 descriptors are too few"));
    control_drop(control);
}

/* LTTng's threads call what we interpose while the program's own dlopen() of LTTng holds the loader's lock. */
static void lttng_of_the_programs_own_can_be_loaded(void **state)
{
    (void)state;
    const char *const arguments[] = {"run",
                                     "--allow-empty",
                                     "--fail-on",
                                     "never",
                                     "--",
                                     "timeout",
                                     "-k",
                                     "1",
                                     "20",
                                     BUILD_DIRECTORY "/tests/bench_floor",
                                     BUILD_DIRECTORY "/tests/libbench-floor-events.so",
                                     "100",
                                     NULL};
    for (int i = 0; i < 3; i++) {
        struct outcome outcome = command_run_array(arguments, NULL);
        if (outcome.status != 0)
            fail_msg("status %d: %s%s", outcome.status, outcome.out, outcome.err);
        outcome_clear(&outcome);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(closing_everything_is_safe),
        cmocka_unit_test(every_number_can_be_taken),
        cmocka_unit_test(every_kind_of_child_lives),
        cmocka_unit_test(surroundings_stay),
        cmocka_unit_test(lttngs_page_is_held),
        cmocka_unit_test(other_interpreters_do_no_harm),
        cmocka_unit_test(not_python_is_left_alone),
        cmocka_unit_test(no_daemon_is_noticed),
        cmocka_unit_test(strange_control_files_do_no_harm),
        cmocka_unit_test(broken_agents_are_noted),
        cmocka_unit_test(lttng_of_the_programs_own_can_be_loaded),
        cmocka_unit_test(few_descriptors_are_left_to_the_program),
    };
    return command_verdict(cmocka_run_group_tests(tests, command_setup, command_teardown));
}
