/* SPDX-License-Identifier: MIT */
#include "tests/integration/attach/target.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define PATIENCE_US (20 * G_USEC_PER_SEC)

pid_t target_spawn(const char *const *arguments)
{
    const pid_t child = fork();
    if (child == 0) {
        /* A test that fails does not come to stop it. */
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        const int null = open("/dev/null", O_RDWR);
        dup2(null, STDIN_FILENO);
        execvp(arguments[0], (char **)arguments);
        _exit(99);
    }
    /* What is killed later must be one process: 0 and -1 stand for many. */
    assert_true(child > 0);
    return child;
}

void target_end(pid_t pid)
{
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
}

json_t *target_state(const struct target *target)
{
    return json_load_file(target->state, 0, NULL);
}

json_int_t target_beats(const struct target *target)
{
    json_t *state = target_state(target);
    json_int_t count = state ? json_integer_value(json_object_get(state, "beats")) : 0;
    json_decref(state);
    return count;
}

void target_beats_on(const struct target *target)
{
    const gint64 until = g_get_monotonic_time() + PATIENCE_US;
    const json_int_t before = target_beats(target);
    while (target_beats(target) <= before) {
        if (g_get_monotonic_time() > until || waitpid(target->pid, NULL, WNOHANG) > 0)
            fail_msg("the target does not beat any more");
        g_usleep(5000);
    }
}

struct target target_start(const char *python, const char *mode)
{
    static unsigned number;
    struct target target = {.state = g_strdup_printf("%s/state%u", command_folder(), number++)};
    const char *arguments[] = {python, ATTACH_SOURCES "/target.py", mode, target.state, NULL};
    target.pid = target_spawn(arguments);
    target_beats_on(&target);
    return target;
}

void target_stop(struct target *target)
{
    g_autofree char *unfinished = g_strconcat(target->state, ".new", NULL);
    g_autofree char *reset = g_strconcat(target->state, ".reset", NULL);
    target_end(target->pid);
    g_unlink(target->state);
    g_unlink(unfinished);
    g_unlink(reset);
    g_clear_pointer(&target->state, g_free);
}

size_t target_hooks(const struct target *target)
{
    json_t *state = target_state(target);
    size_t hooks = json_array_size(json_object_get(state, "hooks"));
    json_decref(state);
    return hooks;
}

/* ---- the command ---- */

struct outcome target_command(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    g_autofree char *text = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    return command_run(text);
}

void target_attaches(const struct target *target, const char *what)
{
    struct outcome outcome = target_command("attach -d 0.2 %d", (int)target->pid);
    if (outcome.status != 0 || strstr(outcome.err, "lost-events"))
        fail_msg("%s: status %d: %s%s", what, outcome.status, outcome.out, outcome.err);
    outcome_clear(&outcome);
    target_beats_on(target);
    target_beats_on(target);
    assert_int_equal(target_hooks(target), 0);
}

/* What is refused is not touched: nothing of ours is in it, nobody traces it. */
static void assert_untouched(pid_t pid)
{
    g_autofree char *maps_path = g_strdup_printf("/proc/%d/maps", (int)pid);
    g_autofree char *status_path = g_strdup_printf("/proc/%d/status", (int)pid);
    g_autofree char *maps = NULL, *status = NULL;
    if (g_file_get_contents(maps_path, &maps, NULL, NULL))
        assert_null(strstr(maps, "libscopetrace"));
    if (g_file_get_contents(status_path, &status, NULL, NULL) && !strstr(status, "TracerPid:\t0\n"))
        fail_msg("%d is traced", (int)pid);
}

static void assert_doctor_says(pid_t pid, const char *message)
{
    struct outcome outcome = target_command("doctor %d", (int)pid);
    if (outcome.status != 2 || !(strstr(outcome.out, message) || strstr(outcome.err, message)) ||
        !(strstr(outcome.out, "\nnot ok: ") || g_str_has_prefix(outcome.out, "not ok: ") || *outcome.err))
        fail_msg("doctor: %s: status %d: %s%s", message, outcome.status, outcome.out, outcome.err);
    outcome_clear(&outcome);
}

void target_refused(pid_t pid, const char *message)
{
    static const char *const commands[] = {"attach -d 0.1", "ps"};
    for (size_t i = 0; i < G_N_ELEMENTS(commands); i++) {
        struct outcome outcome = target_command("%s %d", commands[i], (int)pid);
        if (outcome.status != 2)
            fail_msg("%s: status %d, not 2: %s%s", message, outcome.status, outcome.out, outcome.err);
        assert_one_line(outcome.err, message);
        assert_string_equal(outcome.out, "");
        outcome_clear(&outcome);
    }
    assert_doctor_says(pid, message);
}

void target_refused_untouched(pid_t pid, const char *message)
{
    target_refused(pid, message);
    assert_untouched(pid);
}

void target_ps_shows(const struct target *target, const char *text)
{
    struct outcome outcome = target_command("ps %d", (int)target->pid);
    if (outcome.status != 0 || !strstr(outcome.out, text))
        fail_msg("status %d: %s%s", outcome.status, outcome.out, outcome.err);
    outcome_clear(&outcome);
    target_beats_on(target);
}
