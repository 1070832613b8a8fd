/* SPDX-License-Identifier: MIT */
/*
 * `attach`, `ps` and `doctor PID` on real interpreters: every state of the main thread, every reason to refuse,
 * attachers that are killed, containers. Longer with ATTACH_KILLS and ATTACH_CYCLES in the environment.
 */
#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <jansson.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/integration/command.h"

#define PYTHON "/usr/bin/python3"
#define PATIENCE_US (20 * G_USEC_PER_SEC)

static long count_from(const char *variable, long usual)
{
    const char *text = g_getenv(variable);
    return text ? strtol(text, NULL, 10) : usual;
}

/* ---- targets ---- */

struct target {
    pid_t pid;
    char *state;
};

static pid_t spawn(const char *const *arguments)
{
    const pid_t child = fork();
    if (child == 0) {
        const int null = open("/dev/null", O_RDWR);
        dup2(null, STDIN_FILENO);
        execvp(arguments[0], (char **)arguments);
        _exit(99);
    }
    /* What is killed later must be one process: 0 and -1 stand for many. */
    assert_true(child > 0);
    return child;
}

static void end_process(pid_t pid)
{
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
}

static json_t *read_state(const struct target *target)
{
    return json_load_file(target->state, 0, NULL);
}

static json_int_t beats(const struct target *target)
{
    json_t *state = read_state(target);
    json_int_t count = state ? json_integer_value(json_object_get(state, "beats")) : 0;
    json_decref(state);
    return count;
}

/* Fails the test when the target does not go on. */
static void assert_beats_on(const struct target *target)
{
    const gint64 until = g_get_monotonic_time() + PATIENCE_US;
    const json_int_t before = beats(target);
    while (beats(target) <= before) {
        if (g_get_monotonic_time() > until || waitpid(target->pid, NULL, WNOHANG) > 0)
            fail_msg("the target does not beat any more");
        g_usleep(5000);
    }
}

static struct target start_target(const char *python, const char *mode)
{
    static unsigned number;
    struct target target = {.state = g_strdup_printf("%s/state%u", command_folder(), number++)};
    const char *arguments[] = {python, SOURCE_DIRECTORY "/tests/integration/attach_target.py", mode, target.state,
                               NULL};
    target.pid = spawn(arguments);
    assert_beats_on(&target);
    return target;
}

static void stop_target(struct target *target)
{
    g_autofree char *unfinished = g_strconcat(target->state, ".new", NULL);
    g_autofree char *reset = g_strconcat(target->state, ".reset", NULL);
    end_process(target->pid);
    g_unlink(target->state);
    g_unlink(unfinished);
    g_unlink(reset);
    g_clear_pointer(&target->state, g_free);
}

static size_t hooks_in(const struct target *target)
{
    json_t *state = read_state(target);
    size_t hooks = json_array_size(json_object_get(state, "hooks"));
    json_decref(state);
    return hooks;
}

/* ---- the command ---- */

static struct outcome scopetrace(const char *format, ...) G_GNUC_PRINTF(1, 2);

static struct outcome scopetrace(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    g_autofree char *text = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    return command_run(text);
}

static void assert_attaches(const struct target *target, const char *what)
{
    struct outcome outcome = scopetrace("attach -d 0.2 %d", (int)target->pid);
    if (outcome.status != 0 || strstr(outcome.out, "lost-events"))
        fail_msg("%s: status %d: %s%s", what, outcome.status, outcome.out, outcome.err);
    outcome_clear(&outcome);
    assert_beats_on(target);
    assert_beats_on(target);
    assert_int_equal(hooks_in(target), 0);
}

static void assert_refused(pid_t pid, const char *message)
{
    static const char *const commands[] = {"attach -d 0.1", "ps"};
    for (size_t i = 0; i < G_N_ELEMENTS(commands); i++) {
        struct outcome outcome = scopetrace("%s %d", commands[i], (int)pid);
        if (outcome.status != 2)
            fail_msg("%s: status %d, not 2: %s%s", message, outcome.status, outcome.out, outcome.err);
        assert_one_line(outcome.err, message);
        assert_string_equal(outcome.out, "");
        outcome_clear(&outcome);
    }
}

/* ---- wherever the main thread is ---- */

static void every_place_of_the_main_thread(void **state)
{
    static const char *const modes[] = {"idle", "busy", "joined", "sleeping", "calling"};
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(modes); i++) {
        struct target target = start_target(PYTHON, modes[i]);
        assert_attaches(&target, modes[i]);
        assert_attaches(&target, modes[i]);
        stop_target(&target);
    }
}

/* Each line of pythons.txt: PATH VERSION (written by ./dev test). */
static void every_interpreter(void **state)
{
    g_autofree char *text = NULL;
    (void)state;
    if (!g_file_get_contents(BUILD_DIRECTORY "/pythons.txt", &text, NULL, NULL))
        skip();
    g_auto(GStrv) lines = g_strsplit(g_strchomp(text), "\n", -1);
    for (char **line = lines; *line; line++) {
        g_auto(GStrv) python = g_strsplit(*line, " ", 2);
        struct target target = start_target(python[0], "idle");
        assert_attaches(&target, *line);
        stop_target(&target);
    }
}

static void ps_shows_what_is_alive(void **state)
{
    (void)state;
    struct target target = start_target(PYTHON, "idle");
    struct outcome text = scopetrace("ps %d", (int)target.pid);
    assert_int_equal(text.status, 0);
    assert_non_null(strstr(text.out, "2 tasks, 1 scope"));
    assert_non_null(strstr(text.out, "waiter (wait_for_long)"));
    assert_non_null(strstr(text.out, "asyncio.Timeout, due in"));
    assert_non_null(strstr(text.out, "waits in wait_for_long, " SOURCE_DIRECTORY));
    struct outcome json = scopetrace("ps --json %d", (int)target.pid);
    json_t *root = json_loads(json.out, 0, NULL);
    assert_string_equal(json_string_value(json_object_get(root, "schema")), "scopetrace-ps/1");
    assert_int_equal(json_array_size(json_object_get(root, "tasks")), 2);
    json_decref(root);
    outcome_clear(&json);
    outcome_clear(&text);
    stop_target(&target);
}

static void doctor_lists_the_preflight(void **state)
{
    (void)state;
    struct target target = start_target(PYTHON, "idle");
    struct outcome fine = scopetrace("doctor %d", (int)target.pid);
    assert_int_equal(fine.status, 0);
    assert_null(strstr(fine.out, "not ok"));
    assert_non_null(strstr(fine.out, "ok: python: CPython 3."));
    assert_non_null(strstr(fine.out, "main thread:\n"));
    struct outcome poor = scopetrace("doctor %d", (int)getpid());
    assert_int_equal(poor.status, 2);
    assert_non_null(strstr(poor.out, "not ok: python: it is not a Python program"));
    outcome_clear(&poor);
    outcome_clear(&fine);
    stop_target(&target);
}

static void assert_ps_shows(const struct target *target, const char *text)
{
    struct outcome outcome = scopetrace("ps %d", (int)target->pid);
    if (outcome.status != 0 || !strstr(outcome.out, text))
        fail_msg("status %d: %s%s", outcome.status, outcome.out, outcome.err);
    outcome_clear(&outcome);
    assert_beats_on(target);
}

/* Its hooks are its own affair: they stay. */
static void a_preloaded_program_is_not_stopped(void **state)
{
    (void)state;
    g_setenv("LD_PRELOAD", BUILD_DIRECTORY "/lib/scopetrace/libscopetrace.so", TRUE);
    struct target target = start_target(PYTHON, "idle");
    g_unsetenv("LD_PRELOAD");
    g_autofree char *pid = g_strdup_printf("%d", (int)target.pid);
    const char *const arguments[] = {"attach", "-v", "-d", "0.2", pid, NULL};
    struct outcome outcome = command_run_array(arguments, NULL);
    assert_int_equal(outcome.status, 0);
    assert_non_null(strstr(outcome.err, "was stopped 0 times"));
    outcome_clear(&outcome);
    assert_ps_shows(&target, "waiter (wait_for_long)");
    assert_true(hooks_in(&target) > 0);
    stop_target(&target);
}

/* ---- reasons to refuse ---- */

static void bad_use_is_one_line(void **state)
{
    static const struct {
        const char *arguments, *message;
    } cases[] = {
        {"attach", "no process given"},      {"attach x", "x: not the number of a process"},
        {"attach 0", "0: not the number"},   {"attach -d soon 1", "--duration: soon is no time"},
        {"ps", "no process given"},          {"ps 999999999", "there is no such process"},
        {"ps -d 1 1", "-d: unknown option"}, {"doctor 999999999", "there is no such process"},
    };
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        struct outcome outcome = command_run(cases[i].arguments);
        assert_int_equal(outcome.status, 2);
        assert_one_line(outcome.err, cases[i].message);
        outcome_clear(&outcome);
    }
}

static void no_process(void **state)
{
    (void)state;
    assert_refused(999999999, "999999999: there is no such process");
}

static void zombie(void **state)
{
    const char *const arguments[] = {"/bin/true", NULL};
    (void)state;
    const pid_t pid = spawn(arguments);
    siginfo_t info;
    waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT);
    assert_refused(pid, "is a zombie");
    waitpid(pid, NULL, 0);
}

static void stopped(void **state)
{
    (void)state;
    struct target target = start_target(PYTHON, "idle");
    kill(target.pid, SIGSTOP);
    waitpid(target.pid, NULL, WUNTRACED);
    assert_refused(target.pid, "is stopped; let it go on first");
    kill(target.pid, SIGCONT);
    assert_beats_on(&target);
    stop_target(&target);
}

static void traced_by_another(void **state)
{
    (void)state;
    struct target target = start_target(PYTHON, "idle");
    assert_int_equal(ptrace(PTRACE_SEIZE, target.pid, NULL, NULL), 0);
    assert_refused(target.pid, "is being traced by");
    stop_target(&target);
}

static void not_python(void **state)
{
    const char *const arguments[] = {"/bin/sleep", "100", NULL};
    (void)state;
    const pid_t pid = spawn(arguments);
    g_usleep(50000);
    assert_refused(pid, "is not a Python program (/usr/bin/sleep)");
    end_process(pid);
}

static void too_old(void **state)
{
    g_autofree char *python = g_build_filename(g_get_home_dir(), ".pyenv/versions/3.10.13/bin/python3", NULL);
    const char *const arguments[] = {python, "-c", "import time; time.sleep(100)", NULL};
    (void)state;
    if (!g_file_test(python, G_FILE_TEST_IS_EXECUTABLE))
        skip();
    const pid_t pid = spawn(arguments);
    g_usleep(300000);
    assert_refused(pid, "runs a Python older than 3.11");
    end_process(pid);
}

static void another_users(void **state)
{
    (void)state;
    if (geteuid() != 0)
        skip();
    struct target target = start_target(PYTHON, "idle");
    g_autofree char *pid = g_strdup_printf("%d", (int)target.pid);
    const char *const with_pid[] = {"setpriv", "--reuid=65534", "--clear-groups", COMMAND, "ps", pid, NULL};
    const char *const can_run[] = {"setpriv", "--reuid=65534", "--clear-groups", COMMAND, "--version", NULL};
    struct outcome possible = command_plain(can_run, NULL);
    if (possible.status == 0) {
        struct outcome outcome = command_plain(with_pid, NULL);
        assert_int_equal(outcome.status, 2);
        assert_one_line(outcome.err, "belongs to root: run scopetrace as that user or as root");
        outcome_clear(&outcome);
    }
    outcome_clear(&possible);
    stop_target(&target);
}

/* ---- several attachers, and dying ones ---- */

static void second_attacher_is_told(void **state)
{
    (void)state;
    struct target target = start_target(PYTHON, "idle");
    g_autofree char *pid = g_strdup_printf("%d", (int)target.pid);
    const char *const arguments[] = {"attach", pid, NULL};
    struct running first = command_start(arguments);
    g_autofree char *said = command_read_until(&first, "Ctrl-C ends it");
    assert_refused(target.pid, "is attached to by another scopetrace");
    assert_beats_on(&target);
    assert_true(hooks_in(&target) > 0);
    kill(first.pid, SIGINT);
    assert_int_equal(command_finish(&first), 0);
    assert_beats_on(&target);
    assert_beats_on(&target);
    assert_int_equal(hooks_in(&target), 0);
    stop_target(&target);
}

static void target_ends_meanwhile(void **state)
{
    (void)state;
    struct target target = start_target(PYTHON, "idle");
    g_autofree char *pid = g_strdup_printf("%d", (int)target.pid);
    const char *const arguments[] = {"attach", pid, NULL};
    struct running attacher = command_start(arguments);
    g_autofree char *said = command_read_until(&attacher, "Ctrl-C ends it");
    kill(target.pid, SIGKILL);
    g_autofree char *report = command_read_until(&attacher, "ended while it was being recorded");
    assert_int_equal(command_finish(&attacher), 0);
    stop_target(&target);
}

static bool nothing_runs(void)
{
    return !command_has_processes();
}

/* An attacher that is killed before its keeper is there leaves its empty folder. */
static void remove_empty_folders(void)
{
    g_autoptr(GDir) entries = g_dir_open(command_folder(), 0, NULL);
    for (const char *name; entries && (name = g_dir_read_name(entries));) {
        g_autofree char *path = g_build_filename(command_folder(), name, NULL);
        const char *const arguments[] = {"rm", "-rf", path, NULL};
        struct outcome outcome = command_plain(arguments, NULL);
        outcome_clear(&outcome);
    }
}

static void killed_attachers_do_no_harm(void **state)
{
    static const char *const modes[] = {"idle", "busy", "joined", "sleeping"};
    const long kills = count_from("ATTACH_KILLS", 12);
    (void)state;
    struct target targets[G_N_ELEMENTS(modes)];
    for (size_t i = 0; i < G_N_ELEMENTS(modes); i++)
        targets[i] = start_target(PYTHON, modes[i]);
    for (long i = 0; i < kills; i++) {
        const struct target *target = &targets[(size_t)i % G_N_ELEMENTS(modes)];
        g_autofree char *pid = g_strdup_printf("%d", (int)target->pid);
        const char *const arguments[] = {COMMAND, "attach", "-q", "-r", "/dev/null", "-d", "0.2", pid, NULL};
        const pid_t attacher = spawn(arguments);
        g_usleep((gulong)g_random_int_range(0, 900000));
        end_process(attacher);
        assert_beats_on(target);
    }
    for (size_t i = 0; i < G_N_ELEMENTS(modes); i++) {
        assert_attaches(&targets[i], "after the kills");
        stop_target(&targets[i]);
    }
    assert_true(command_wait_until(nothing_runs));
    remove_empty_folders();
}

/* Figures, not verdicts: this machine may be doing anything else. */
static void pauses_are_short(void **state)
{
    const long cycles = count_from("ATTACH_CYCLES", 3);
    double worst[1024], usual = 0;
    (void)state;
    struct target target = start_target(PYTHON, "idle");
    for (long i = 0; i < MIN(cycles, 1024); i++) {
        g_autofree char *reset = g_strconcat(target.state, ".reset", NULL);
        assert_true(g_file_set_contents(reset, "", 0, NULL));
        assert_beats_on(&target);
        struct outcome outcome = scopetrace("attach -q -d 0.1 %d", (int)target.pid);
        if (outcome.status != 0)
            fail_msg("cycle %ld: status %d: %s%s", i, outcome.status, outcome.out, outcome.err);
        outcome_clear(&outcome);
        assert_beats_on(&target);
        json_t *now = read_state(&target);
        worst[i] = json_number_value(json_object_get(now, "worst"));
        usual = json_number_value(json_object_get(now, "usual"));
        assert_int_equal(json_array_size(json_object_get(now, "hooks")), 0);
        json_decref(now);
    }
    for (long i = 0; i < MIN(cycles, 1024); i++)
        print_message("cycle %ld: longest pause of a 1 ms heartbeat %.1f ms, usual %.1f ms\n", i, worst[i], usual);
    stop_target(&target);
}

/* ---- containers ---- */

/* The only child of a process; 0: it has none, and must not be killed by that number. */
static pid_t child_of(pid_t pid)
{
    g_autofree char *path = g_strdup_printf("/proc/%d/task/%d/children", (int)pid, (int)pid);
    for (unsigned tries = 0; tries < 200; tries++) {
        g_autofree char *text = NULL;
        if (g_file_get_contents(path, &text, NULL, NULL) && *text)
            return (pid_t)strtol(text, NULL, 10);
        g_usleep(10000);
    }
    return 0;
}

/* It does not beat where no container can be made: in a chroot, say. */
static struct target start_in_container(pid_t *ret_outer, const char *prepare)
{
    struct target target = {.state = g_strdup_printf("%s/state", command_folder())};
    g_autofree char *script =
        g_strdup_printf("%s; exec " PYTHON " " SOURCE_DIRECTORY "/tests/integration/attach_target.py idle %s",
                        prepare, target.state);
    const char *const arguments[] = {"unshare",      "--mount", "--pid", "--fork", "--kill-child",
                                     "--mount-proc", "sh",      "-c",    script,   NULL};
    *ret_outer = spawn(arguments);
    target.pid = child_of(*ret_outer);
    const gint64 until = g_get_monotonic_time() + PATIENCE_US;
    while (target.pid && !beats(&target) && g_get_monotonic_time() < until)
        g_usleep(10000);
    return target;
}

static void stop_container(struct target *target, pid_t outer)
{
    assert_true(target->pid > 0);
    kill(target->pid, SIGKILL);
    waitpid(outer, NULL, 0);
    target->pid = spawn((const char *const[]){"/bin/true", NULL});
    stop_target(target);
}

static void other_namespaces(void **state)
{
    pid_t outer;
    (void)state;
    if (geteuid() != 0)
        skip();
    struct target target = start_in_container(&outer, "true");
    if (!beats(&target))
        skip();
    assert_ps_shows(&target, "waiter (wait_for_long)");
    stop_container(&target, outer);
}

static void invisible_library(void **state)
{
    pid_t outer;
    (void)state;
    if (geteuid() != 0)
        skip();
    struct target target = start_in_container(&outer, "mount -t tmpfs none " BUILD_DIRECTORY "/lib");
    if (!beats(&target))
        skip();
    assert_refused(target.pid, "cannot see " BUILD_DIRECTORY "/lib/scopetrace/libscopetrace-agent.so");
    stop_container(&target, outer);
}

static void no_shared_memory(void **state)
{
    pid_t outer;
    (void)state;
    if (geteuid() != 0)
        skip();
    struct target target = start_in_container(&outer, "mount -t tmpfs none /dev && mknod -m 666 /dev/null c 1 3");
    if (!beats(&target))
        skip();
    assert_refused(target.pid, "has no /dev/shm in its file system");
    stop_container(&target, outer);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, command_setup, command_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(every_place_of_the_main_thread),
        TEST(every_interpreter),
        TEST(ps_shows_what_is_alive),
        TEST(doctor_lists_the_preflight),
        TEST(a_preloaded_program_is_not_stopped),
        TEST(bad_use_is_one_line),
        TEST(no_process),
        TEST(zombie),
        TEST(stopped),
        TEST(traced_by_another),
        TEST(not_python),
        TEST(too_old),
        TEST(another_users),
        TEST(second_attacher_is_told),
        TEST(target_ends_meanwhile),
        TEST(killed_attachers_do_no_harm),
        TEST(pauses_are_short),
        TEST(other_namespaces),
        TEST(invisible_library),
        TEST(no_shared_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
