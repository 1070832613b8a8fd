/* SPDX-License-Identifier: MIT */
/* Core files of traced programs: what was open in their memory, native stacks, and their traces beside it. */
#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/postmortem/support.h"
#include "tests/skip.h"

static bool kernel_writes_cores(void)
{
    g_autofree char *pattern = NULL;
    return g_file_get_contents("/proc/sys/kernel/core_pattern", &pattern, NULL, NULL) &&
           g_str_equal(g_strchomp(pattern), "core");
}

static const char *text_of(const json_t *object, const char *key)
{
    return json_string_value(json_object_get(object, key));
}

static json_int_t number_of(const json_t *object, const char *key)
{
    return json_integer_value(json_object_get(object, key));
}

/* Of those that were open by its memory. */
static const json_t *task_of(const json_t *report, const char *name)
{
    const json_t *memory = json_object_get(report, "memory"), *task, *found = NULL;
    size_t index;
    json_array_foreach(json_object_get(json_object_get(memory, "open"), "tasks"), index,
                       task) if (g_strcmp0(text_of(task, "name"), name) == 0) found = task;
    if (!found)
        fail_msg("no task %s in memory", name);
    return found;
}

static void assert_scope(const json_t *task, size_t index, const char *kind, const char *function)
{
    const json_t *scope = json_array_get(json_object_get(task, "scopes"), index);
    const json_t *stack = json_object_get(json_object_get(scope, "entered"), "stack");
    assert_string_equal(text_of(scope, "kind"), kind);
    assert_string_equal(text_of(json_array_get(stack, 0), "function"), function);
}

/* What core.py has open, by the tables alone. */
static void assert_memory(const json_t *report)
{
    const json_t *main = task_of(report, "Task-1"), *worker = task_of(report, "worker"),
                 *late = task_of(report, "late");
    assert_int_equal(json_array_size(json_object_get(main, "scopes")), 2);
    assert_scope(main, 0, "asyncio.TaskGroup", "main");
    assert_scope(main, 1, "asyncio.Timeout", "main");
    assert_int_equal(number_of(main, "counter"), 0);
    assert_string_equal(text_of(main, "coroutine"), "main");

    assert_int_equal(json_array_size(json_object_get(worker, "scopes")), 1);
    assert_scope(worker, 0, "asyncio.Timeout", "worker");
    assert_int_equal(number_of(worker, "counter"), 1);
    assert_int_equal(number_of(worker, "parent"), number_of(main, "id"));
    const json_t *request = json_array_get(json_object_get(worker, "requests"), 0);
    const json_t *raised = json_object_get(request, "raised");
    assert_string_equal(text_of(json_array_get(json_object_get(raised, "stack"), 0), "function"), "stop");

    const json_t *deadline = json_object_get(json_array_get(json_object_get(late, "scopes"), 0), "cancelled");
    assert_int_equal(number_of(late, "counter"), 1);
    assert_string_equal(text_of(deadline, "reason"), "deadline");
    assert_true(number_of(deadline, "time_ns") > 0);
    support_no_findings(report);
}

static const json_t *thread_of(const json_t *report, size_t index)
{
    return json_array_get(json_object_get(json_object_get(report, "memory"), "threads"), index);
}

/* How many frames of the first thread are in this function. */
static unsigned count_frames(const json_t *report, const char *function)
{
    const json_t *frame;
    size_t index;
    unsigned count = 0;
    json_array_foreach(json_object_get(thread_of(report, 0), "native_stack"), index, frame) count +=
        g_strcmp0(text_of(frame, "function"), function) == 0;
    return count;
}

/* Where the program ran, its core file is then. To be freed. */
static char *record_with(const char *python, const char *how, const char *trace, const char *before)
{
    g_autofree char *program = support_program("core.py");
    g_autofree char *script = g_strdup_printf("cd %s; ulimit -c unlimited; %s exec %s %s %s", command_folder(),
                                              before, python, program, how);
    const char *const record[] = {"record", "-o", trace, "--", "sh", "-c", script, NULL};
    struct outcome outcome = command_run_array(record, NULL);
    if (outcome.status <= 128)
        fail_msg("status %d: %s", outcome.status, outcome.err);
    outcome_clear(&outcome);
    return support_path("core");
}

static void skip_without_kernel_cores(void)
{
    if (kernel_writes_cores())
        return;
    skip_because("the kernel does not write core files into the working directory here (core_pattern)");
}

static void the_last_moment_is_in_memory(void **state)
{
    (void)state;
    skip_without_kernel_cores();
    g_autofree char *trace = support_path("trace");
    g_autofree char *core = record_with(PYTHON, "segv", trace, "");
    const char *const alone[] = {"recover", "--core", core, NULL};
    const char *const both[] = {"recover", "--core", core, "--trace", trace, NULL};
    json_t *report = support_report(alone, NULL);
    const json_t *memory = json_object_get(report, "memory");
    assert_memory(report);
    assert_int_equal(number_of(memory, "signal"), SIGSEGV);
    assert_string_equal(text_of(memory, "address"), "0x8");
    assert_true(json_is_true(json_object_get(thread_of(report, 0), "signalled")));
    assert_true(json_array_size(json_object_get(memory, "threads")) >= 2);
    assert_true(count_frames(report, "PyEval_EvalCode") > 0);
    assert_true(count_frames(report, "_start") == 1); /* the whole stack */
    assert_true(json_is_null(json_object_get(memory, "events_not_in_trace")));
    assert_int_equal(support_summary(report, "processes"), 0);
    json_decref(report);

    report = support_report(both, NULL);
    memory = json_object_get(report, "memory");
    assert_memory(report);
    assert_int_equal(number_of(memory, "events_not_in_trace"), 0);
    assert_int_equal(number_of(memory, "events"), support_summary(report, "events"));
    assert_int_equal(json_array_size(json_object_get(report, "open_at_end")), 1);
    json_decref(report);

    struct outcome outcome = command_run_array(both, NULL);
    assert_holds(outcome.out, "died of signal 11 (Segmentation fault), address 0x8");
    assert_holds(outcome.out, "Its memory and the trace agree on what was open.");
    assert_holds(outcome.out, "which the signal is of, was in");
    assert_holds_not(outcome.out, "by the memory of");
    outcome_clear(&outcome);
    outcome = command_run_array(alone, NULL);
    assert_holds(outcome.out, "by the memory of process");
    assert_holds(outcome.out, "worker (worker), started by Task-1 · cancellation counter 1");
    assert_holds(outcome.out, "no trace, so nothing was judged");
    outcome_clear(&outcome);
    unlink(core);
    support_remove(trace);
}

/* Static and with a shared libpython, as they are found. */
static void every_interpreters_core_is_read(void **state)
{
    (void)state;
    skip_without_kernel_cores();
    g_autofree char *list = NULL;
    assert_true(g_file_get_contents(BUILD_DIRECTORY "/pythons.txt", &list, NULL, NULL));
    g_auto(GStrv) lines = g_strsplit(g_strchomp(list), "\n", -1);
    for (char **line = lines; *line; line++) {
        g_autofree char *trace = support_path("trace");
        g_auto(GStrv) words = g_strsplit(*line, " ", 2);
        g_autofree char *core = record_with(words[0], "abort", trace, "");
        const char *const recover[] = {"recover", "--core", core, "--trace", trace, NULL};
        json_t *report = support_report(recover, NULL);
        assert_memory(report);
        assert_int_equal(number_of(json_object_get(report, "memory"), "signal"), SIGABRT);
        assert_string_equal(text_of(json_object_get(json_object_get(report, "memory"), "process"), "python"),
                            words[1]);
        json_decref(report);
        unlink(core);
        support_remove(trace);
    }
}

/* Looked at while it runs, and by what a debugger writes. */
static void gcores_file_is_read(void **state)
{
    (void)state;
    g_autofree char *gcore = g_find_program_in_path("gcore");
    if (!gcore)
        skip_because("no gcore (Debian: gdb)");
    if (!command_may_attach())
        skip();
    g_autofree char *program = support_program("core.py"), *trace = support_path("trace"),
                    *file = support_path("core");
    const char *const record[] = {"record", "-o", trace, "--", PYTHON, program, "wait", NULL};
    struct running running = command_start(record);
    g_free(command_read_until(&running, "ready"));
    const pid_t pid = support_process("python3");
    g_autofree char *number = g_strdup_printf("%d", (int)pid), *core = g_strdup_printf("%s.%s", file, number);
    const char *const dump[] = {gcore, "-o", file, number, NULL};
    const char *const recover[] = {"recover", "--core", core, NULL};
    struct outcome outcome = command_plain(dump, NULL);
    assert_int_equal(outcome.status, 0);
    outcome_clear(&outcome);
    json_t *report = support_report(recover, NULL);
    assert_memory(report);
    assert_true(json_is_null(json_object_get(json_object_get(report, "memory"), "signal")));
    assert_int_equal(number_of(json_object_get(json_object_get(report, "memory"), "process"), "pid"), pid);
    json_decref(report);
    kill(pid, SIGKILL);
    command_finish(&running);
    unlink(core);
    support_remove(trace);
}

/* Starts a recording of core.py that stays; before: what its shell does first. Returns the program's pid. */
static pid_t start_recording(struct steady *ret_recording, const char *trace, const char *before)
{
    g_autofree char *program = support_program("core.py");
    g_autofree char *script = g_strdup_printf("cd %s; ulimit -c unlimited; %s exec " PYTHON " %s wait",
                                              command_folder(), before, program);
    const char *const record[] = {"record", "-o", trace, "--", "sh", "-c", script, NULL};
    *ret_recording = (struct steady){.running = command_start(record)};
    g_free(command_read_until(&ret_recording->running, "ready"));
    return support_process("python3");
}

static void kill_recording(const struct steady *recording)
{
    steady_kill(recording, (const char *const[]){COMMAND_ITSELF, KEEPER, CONSUMER, DAEMON, NULL});
}

static void await_end(struct steady *recording)
{
    command_finish(&recording->running);
    while (command_has_processes())
        g_usleep(20000);
}

static void await_death(pid_t pid)
{
    g_autofree char *path = g_strdup_printf("/proc/%d/stat", (int)pid);
    for (bool dead = false; !dead; g_usleep(10000)) {
        g_autofree char *text = NULL;
        dead = !g_file_get_contents(path, &text, NULL, NULL) || strstr(text, ") Z ");
    }
}

static void assert_nothing_missing(const char *core, const char *trace)
{
    const char *const recover[] = {"recover", "--core", core, "--trace", trace, NULL};
    json_t *report = support_report(recover, NULL);
    const json_t *memory = json_object_get(report, "memory");
    assert_memory(report);
    if (!support_summary(report, "events"))
        json_dumpf(json_object_get(report, "notices"), stderr, JSON_INDENT(1));
    assert_int_equal(number_of(memory, "events_not_in_trace"), 0);
    assert_int_equal(number_of(memory, "events"), support_summary(report, "events"));
    assert_int_equal(support_summary(report, "lost_events"), 0);
    assert_int_equal(json_array_size(json_object_get(report, "open_at_end")), 1);
    json_decref(report);
}

static void its_recording_died_before(void **state)
{
    (void)state;
    skip_without_kernel_cores();
    g_autofree char *trace = support_path("trace"), *core = support_path("core");
    struct steady recording;
    const pid_t pid = start_recording(&recording, trace, "");
    kill_recording(&recording);
    assert_int_equal(kill(pid, SIGABRT), 0);
    await_end(&recording);
    assert_nothing_missing(core, trace);
    assert_nothing_missing(core, trace); /* it was made readable */
    unlink(core);
    support_remove(trace);
    support_remove_leftovers();
}

/* The buffers are gone, as after a restart, but the core has them; the trace has its metadata. */
static void buffers_are_in_the_core(void **state)
{
    (void)state;
    skip_without_kernel_cores();
    g_autofree char *trace = support_path("trace"), *core = support_path("core");
    g_autofree char *link = g_build_filename(trace, ".scopetrace-buffers", NULL);
    struct steady recording;
    const pid_t pid = start_recording(&recording, trace, "echo 0x3f >/proc/self/coredump_filter;");
    /* else the program lets go of its buffers as soon as the daemon is gone */
    assert_int_equal(kill(support_process(CONSUMER), SIGSTOP), 0);
    assert_int_equal(kill(support_process(DAEMON), SIGSTOP), 0);
    assert_int_equal(kill(pid, SIGABRT), 0);
    await_death(pid);
    kill_recording(&recording);
    await_end(&recording);
    g_autofree char *buffers = g_file_read_link(link, NULL);
    g_autofree char *script = g_strdup_printf(
        "cd %s/kept && for file in $(find . -name metadata); do cp $file %s/$file; done", buffers, trace);
    const char *const keep_metadata[] = {"sh", "-c", script, NULL};
    const char *const recover[] = {"recover", "--core", core, "--trace", trace, NULL};
    struct outcome outcome = command_plain(keep_metadata, NULL);
    assert_int_equal(outcome.status, 0);
    outcome_clear(&outcome);
    support_remove(buffers);
    unlink(link);
    assert_nothing_missing(core, trace);
    outcome = command_run_array(recover, NULL);
    assert_holds(outcome.out, "trace buffers: what they hold is in this report");
    outcome_clear(&outcome);
    unlink(core);
    support_remove(trace);
    support_remove_leftovers();
}

/* As on another machine: stacks of a library that is not there end at it. */
static void stacks_are_found_by_build_id(void **state)
{
    (void)state;
    skip_without_kernel_cores();
    g_autofree char *trace = support_path("trace"), *debug = support_path("debug");
    g_autofree char *python = support_path("python-of-its-own");
    g_autofree char *found = g_build_filename(debug, "python-of-its-own", NULL);
    support_copy_python(python);
    g_autofree char *core = record_with(python, "segv", trace, "export PYTHONHOME=/usr;");
    const char *const without[] = {"recover", "--core", core, NULL};
    const char *const with[] = {"recover", "--debug-dir", debug, "--core", core, NULL};
    assert_int_equal(g_mkdir(debug, 0700), 0);
    assert_int_equal(g_rename(python, found), 0);
    json_t *report = support_report(without, NULL);
    assert_memory(report);
    assert_int_equal(count_frames(report, "PyEval_EvalCode"), 0);
    json_decref(report);
    struct outcome outcome = command_run_array(without, NULL);
    assert_holds(outcome.out, "could not be named: it is not on this machine");
    outcome_clear(&outcome);
    report = support_report(with, NULL);
    assert_true(count_frames(report, "PyEval_EvalCode") > 0);
    json_decref(report);
    unlink(core);
    support_remove(debug);
    support_remove(trace);
}

static void assert_refused(const char *path, const char *part)
{
    const char *const recover[] = {"recover", "--core", path, NULL};
    struct outcome outcome = command_run_array(recover, NULL);
    assert_int_equal(outcome.status, 2);
    assert_one_line(outcome.err, part);
    assert_string_equal(outcome.out, "");
    outcome_clear(&outcome);
}

static void what_is_no_core_of_ours_is_told(void **state)
{
    (void)state;
    g_autofree char *core = support_path("core");
    g_autofree char *script = g_strdup_printf("cd %s; ulimit -c unlimited; kill -SEGV $$", command_folder());
    const char *const die[] = {"sh", "-c", script, NULL};
    assert_refused("/nonexistent/core", "No such file");
    assert_refused(command_folder(), "not a regular file");
    assert_refused("/bin/ls", "is no core file");
    assert_refused("/dev/null", "not a regular file");
    skip_without_kernel_cores();
    struct outcome outcome = command_plain(die, NULL);
    outcome_clear(&outcome);
    assert_refused(core, "was not traced");
    assert_int_equal(truncate(core, 5000), 0);
    assert_refused(core, "cut short");
    unlink(core);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_last_moment_is_in_memory, command_setup, command_teardown),
        cmocka_unit_test_setup_teardown(every_interpreters_core_is_read, command_setup, command_teardown),
        cmocka_unit_test_setup_teardown(gcores_file_is_read, command_setup, command_teardown),
        cmocka_unit_test_setup_teardown(its_recording_died_before, command_setup, command_teardown),
        cmocka_unit_test_setup_teardown(buffers_are_in_the_core, command_setup, command_teardown),
        cmocka_unit_test_setup_teardown(stacks_are_found_by_build_id, command_setup, command_teardown),
        cmocka_unit_test_setup_teardown(what_is_no_core_of_ours_is_told, command_setup, command_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
