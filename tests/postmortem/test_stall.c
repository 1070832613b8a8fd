/* SPDX-License-Identifier: MIT */
/*
 * A process that is killed while it writes an event, to the instruction. Up to LTTng-UST 2.14 the buffer that it
 * wrote to stands still then, for all processes of that user on that CPU: it must be said, and nothing may hang.
 */
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include "preload/control.h"
#include "tests/postmortem/support.h"

#define MOST_STEPS 20000000
/* Of stall.py: tasks of the one that lives on, in all and after the death of the other. */
#define SURVIVORS_TASKS 61
#define SURVIVORS_LAST_TASKS 50

/* The control file that this process was given. */
static struct control *control_of(pid_t pid)
{
    g_autofree char *path = g_strdup_printf("/proc/%d/environ", (int)pid);
    g_autofree char *text = NULL;
    gsize size = 0;
    assert_true(g_file_get_contents(path, &text, &size, NULL));
    for (const char *variable = text; variable < text + size; variable += strlen(variable) + 1) {
        if (!g_str_has_prefix(variable, CONTROL_ENV "="))
            continue;
        const int fd = open(variable + strlen(CONTROL_ENV "="), O_RDONLY | O_CLOEXEC);
        struct control *control = mmap(NULL, sizeof *control, PROT_READ, MAP_SHARED, fd, 0);
        close(fd);
        assert_ptr_not_equal(control, MAP_FAILED);
        return control;
    }
    fail_msg("process %d has no control file", (int)pid);
    return NULL;
}

static const struct control_process *slot_of(const struct control *control, pid_t pid)
{
    for (size_t i = 0; i < CONTROL_PROCESSES; i++)
        if (control->processes[i].pid == (uint32_t)pid)
            return &control->processes[i];
    fail_msg("process %d has no slot", (int)pid);
    return NULL;
}

static bool is_inside(const struct control_process *slot)
{
    return __atomic_load_n(&slot->inside_event, __ATOMIC_ACQUIRE) != 0;
}

static void step(pid_t pid)
{
    int status = 0;
    assert_int_equal(ptrace(PTRACE_SINGLESTEP, pid, NULL, NULL), 0);
    assert_int_equal(waitpid(pid, &status, __WALL), pid);
    assert_true(WIFSTOPPED(status));
}

/* Steps until the process is inside an event, or no longer; returns how far that was. */
static unsigned step_until(pid_t pid, const struct control_process *slot, bool inside)
{
    unsigned steps = 0;
    for (; is_inside(slot) != inside; steps++) {
        assert_true(steps < MOST_STEPS);
        step(pid);
    }
    return steps;
}

/* In the middle of it: the room is taken, and not yet given to the reader. */
static void kill_inside_an_event(pid_t pid)
{
    struct control *control = control_of(pid);
    const struct control_process *slot = slot_of(control, pid);
    assert_int_equal(ptrace(PTRACE_ATTACH, pid, NULL, NULL), 0);
    assert_int_equal(waitpid(pid, NULL, __WALL), pid);
    step_until(pid, slot, false);
    step_until(pid, slot, true);
    const unsigned length = step_until(pid, slot, false);
    step_until(pid, slot, true);
    for (unsigned i = 0; i < length / 2; i++)
        step(pid);
    assert_true(is_inside(slot));
    assert_int_equal(kill(pid, SIGKILL), 0);
    waitpid(pid, NULL, __WALL);
    munmap(control, sizeof *control);
}

static pid_t victim;

/* LTTng has taken something out of the victim's own buffer. */
static bool is_read(void)
{
    g_autofree char *trace = support_path("trace");
    g_autofree char *streams = g_strdup_printf("*-%d-*/scopes_*", (int)victim);
    const char *const find[] = {"find", trace, "-path", streams, "!", "-path", "*/index/*", "-size", "+0", NULL};
    struct outcome outcome = command_plain(find, NULL);
    const bool any = *outcome.out;
    outcome_clear(&outcome);
    return any;
}

static void run_until_killed(const char *option, const char *value, const char *file, bool once_read,
                             int *ret_status)
{
    g_autofree char *program = support_program("stall.py");
    g_autofree char *format = g_strdup_printf("json=%s", file);
    g_autofree char *trace = support_path("trace");
    const char *const arguments[] = {"run", "-o", trace, "-f", format, option, value, "--", PYTHON, program, NULL};
    struct running running = command_start(arguments);
    g_autofree char *said = command_read_until(&running, "\n");
    assert_true(g_str_has_prefix(said, "victim "));
    victim = (pid_t)atoi(said + strlen("victim "));
    assert_true(!once_read || command_wait_until(is_read));
    kill_inside_an_event(victim);
    g_free(command_read_until(&running, "done"));
    *ret_status = command_finish(&running);
}

static bool is_told(const json_t *report, const char *part)
{
    const json_t *notice;
    size_t index;
    bool told = false;
    json_array_foreach(json_object_get(report, "notices"), index, notice) told |=
        strstr(json_string_value(notice), part) != NULL;
    return told;
}

static json_t *report_of_run(const char *buffers, bool once_read)
{
    g_autofree char *file = support_path("report.json");
    g_autofree char *trace = support_path("trace");
    int status;
    run_until_killed("--buffers", buffers, file, once_read, &status);
    assert_int_equal(status, 0);
    json_t *report = json_load_file(file, 0, NULL);
    assert_non_null(report);
    support_no_findings(report);
    assert_true(is_told(report, "died while it wrote an event"));
    unlink(file);
    support_remove(trace);
    return report;
}

/* Either LTTng got over it, or each event that is missing is counted. */
static void what_is_missing_is_counted(void **state)
{
    (void)state;
    json_t *report = report_of_run("uid", false);
    assert_int_equal(support_summary(report, "processes"), 2);
    assert_true(is_told(report, "other processes wrote on the same CPU"));
    /* of the victim, and then of the other one, too */
    const bool cut = json_array_size(json_object_get(report, "open_at_end")) == 2;
    const bool counted =
        is_told(report, "are not in the trace") && support_summary(report, "lost_events") >= SURVIVORS_LAST_TASKS;
    if (cut != counted)
        json_dumpf(report, stderr, JSON_INDENT(1));
    assert_true(cut == counted);
    json_decref(report);
}

/* A buffer of its own is nobody else's loss; what the victim itself had written last may go with it. */
static void alone_in_its_buffer(void **state)
{
    (void)state;
    json_t *report = report_of_run("pid", true);
    assert_int_equal(support_summary(report, "processes"), 2);
    assert_false(is_told(report, "other processes"));
    assert_true(support_summary(report, "tasks") >= SURVIVORS_TASKS);
    assert_int_equal(json_array_size(json_object_get(report, "open_at_end")), 1);
    assert_true(support_summary(report, "lost_events") == 0 || is_told(report, "are not in the trace"));
    json_decref(report);
}

/* Killed within LTTng's half a second, it may leave nothing: all that it wrote is in the one piece of its buffer
 * that cannot be read. Then that is said, to the event. */
static void gone_with_its_buffer(void **state)
{
    (void)state;
    json_t *report = report_of_run("pid", false);
    g_autofree char *told = g_strdup_printf("events of process %d are not in the trace", (int)victim);
    assert_false(is_told(report, "other processes"));
    assert_true(support_summary(report, "tasks") >= SURVIVORS_TASKS);
    if (support_summary(report, "processes") == 1)
        assert_true(is_told(report, told) && support_summary(report, "lost_events") > 0);
    else
        assert_int_equal(support_summary(report, "processes"), 2);
    json_decref(report);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_is_missing_is_counted, command_setup, command_teardown),
        cmocka_unit_test_setup_teardown(alone_in_its_buffer, command_setup, command_teardown),
        cmocka_unit_test_setup_teardown(gone_with_its_buffer, command_setup, command_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
