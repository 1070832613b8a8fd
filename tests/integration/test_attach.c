/* SPDX-License-Identifier: MIT */
/*
 * `attach`, `ps` and `doctor PID` on real interpreters: every state of the main thread.
 * Longer with ATTACH_CYCLES in the environment; an argument is a pattern of the tests to be run.
 */
#include <glib/gstdio.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/integration/attach/target.h"
#include "tests/integration/pythons.h"
#include "tests/skip.h"

/* ---- wherever the main thread is ---- */

static void every_place_of_the_main_thread(void **state)
{
    static const char *const modes[] = {"idle", "busy", "joined", "sleeping", "calling"};
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(modes); i++) {
        struct target target = target_start(PYTHON, modes[i]);
        target_attaches(&target, modes[i]);
        target_attaches(&target, modes[i]);
        target_stop(&target);
    }
}

/* At the second attach nothing is read that the first one's end gave back. */
static void a_second_attach_finds_its_memory_taken(void **state)
{
    (void)state;
    struct target target = target_start(PYTHON, "mapping");
    for (int i = 0; i < 3; i++)
        target_attaches(&target, "mapping");
    target_stop(&target);
}

static void every_interpreter(void **state)
{
    g_auto(GStrv) lines = pythons_all();
    (void)state;
    for (char **line = lines; *line; line++) {
        g_auto(GStrv) python = g_strsplit(*line, " ", 2);
        struct target target = target_start(python[0], "idle");
        target_attaches(&target, *line);
        target_stop(&target);
    }
}

static void ps_shows_what_is_alive(void **state)
{
    (void)state;
    struct target target = target_start(PYTHON, "idle");
    struct outcome text = target_command("ps %d", (int)target.pid);
    assert_int_equal(text.status, 0);
    assert_non_null(strstr(text.out, "2 tasks, 1 scope"));
    assert_non_null(strstr(text.out, "waiter (wait_for_long)"));
    assert_non_null(strstr(text.out, "asyncio.Timeout, due in"));
    assert_non_null(strstr(text.out, "waits in wait_for_long, " SOURCE_DIRECTORY));
    struct outcome json = target_command("ps --json %d", (int)target.pid);
    json_t *root = json_loads(json.out, 0, NULL);
    assert_string_equal(json_string_value(json_object_get(root, "schema")), "scopetrace-ps/1");
    assert_int_equal(json_array_size(json_object_get(root, "tasks")), 2);
    json_decref(root);
    outcome_clear(&json);
    outcome_clear(&text);
    target_stop(&target);
}

static guint count_of(const char *text, const char *part)
{
    guint count = 0;
    for (; (text = strstr(text, part)); text++)
        count++;
    return count;
}

/* Thousands of connections fit a screen, and who is not like the others is seen. */
static void ps_folds_what_is_alike(void **state)
{
    (void)state;
    struct target target = target_start(PYTHON, "crowd");
    struct outcome text = target_command("ps %d", (int)target.pid);
    assert_non_null(strstr(text.out, "42 tasks, 40 scopes"));
    assert_int_equal(count_of(text.out, "(wait_for_long)"), 3);
    assert_int_equal(count_of(text.out, "\n  … 37 more like it\n"), 1);
    assert_non_null(strstr(text.out, "odd (swallow): Task.cancelling() is 1"));
    struct outcome all = target_command("ps -v %d", (int)target.pid);
    assert_int_equal(count_of(all.out, "(wait_for_long)"), 40);
    assert_null(strstr(all.out, "more like it"));
    outcome_clear(&all);
    outcome_clear(&text);
    target_stop(&target);
}

static void doctor_lists_the_preflight(void **state)
{
    (void)state;
    struct target target = target_start(PYTHON, "idle");
    struct outcome fine = target_command("doctor %d", (int)target.pid);
    assert_int_equal(fine.status, 0);
    assert_null(strstr(fine.out, "not ok"));
    assert_non_null(strstr(fine.out, "ok: python: CPython 3."));
    assert_non_null(strstr(fine.out, "main thread:\n"));
    /* the nearest name in a stripped interpreter is not that of the function */
    assert_null(strstr(fine.out, "PyInit_"));
    struct outcome poor = target_command("doctor %d", (int)getpid());
    assert_int_equal(poor.status, 2);
    assert_non_null(strstr(poor.out, "not ok: python: it is not a Python program"));
    outcome_clear(&poor);
    outcome_clear(&fine);
    target_stop(&target);
}

/* Its hooks are its own affair: they stay. */
static void a_preloaded_program_is_not_stopped(void **state)
{
    (void)state;
    g_setenv("LD_PRELOAD", BUILD_DIRECTORY "/lib/scopetrace/libscopetrace.so", TRUE);
    struct target target = target_start(PYTHON, "idle");
    g_unsetenv("LD_PRELOAD");
    g_autofree char *pid = g_strdup_printf("%d", (int)target.pid);
    const char *const arguments[] = {"attach", "-v", "-d", "0.2", pid, NULL};
    struct outcome outcome = command_run_array(arguments, NULL);
    assert_int_equal(outcome.status, 0);
    assert_non_null(strstr(outcome.err, "was stopped 0 times"));
    /* the report is there too, as run's is */
    assert_non_null(strstr(outcome.err, "2 tasks"));
    assert_string_equal(outcome.out, "");
    outcome_clear(&outcome);
    target_ps_shows(&target, "waiter (wait_for_long)");
    assert_true(target_hooks(&target) > 0);
    target_stop(&target);
}

/* A recording that did not begin leaves no folder that the next one would be refused for. */
static void no_folder_is_left(void **state)
{
    (void)state;
    g_setenv("LD_PRELOAD", BUILD_DIRECTORY "/lib/scopetrace/libscopetrace.so", TRUE);
    struct target target = target_start(PYTHON, "idle");
    g_unsetenv("LD_PRELOAD");
    g_autofree char *folder = g_build_filename(command_folder(), "trace", NULL);
    for (int made = 0; made < 2; made++) {
        struct outcome outcome = target_command("attach -o %s --flight-recorder 16M %d", folder, (int)target.pid);
        assert_int_equal(outcome.status, 2);
        assert_non_null(
            strstr(outcome.err, "--flight-recorder must be given to the scopetrace run that starts it"));
        outcome_clear(&outcome);
        if (!made)
            assert_int_equal(g_mkdir(folder, 0777), 0); /* it is gone */
    }
    assert_int_equal(g_rmdir(folder), 0); /* it is empty */
    target_stop(&target);
}

static char *await_file(const char *name);

/* It is told what is alive in the middle of a coroutine, where CPython says of that what is not so. */
static void a_running_coroutine_is_not_asked(void **state)
{
    (void)state;
    g_autofree char *file = g_build_filename(command_folder(), "state", NULL);
    g_autofree char *go = g_strconcat(file, ".go", NULL);
    const char *const program[] = {PYTHON, ATTACH_SOURCES "/running.py", file, NULL};
    const pid_t target = target_spawn(program);
    g_free(await_file("state"));
    /* with the agent in it the next attach needs one call, which the hooks come with */
    struct outcome idle = target_command("attach -q -r /dev/null -d 0.1 %d", (int)target);
    assert_int_equal(idle.status, 0);
    outcome_clear(&idle);
    assert_true(g_file_set_contents(go, "", 0, NULL));
    g_autofree char *begin = await_file("state");
    assert_string_equal(begin, "runs");
    struct outcome busy = target_command("attach -r /dev/null -d 0.1 %d", (int)target);
    if (busy.status != 0 || strstr(busy.err, "ended while"))
        fail_msg("status %d: %s", busy.status, busy.err);
    outcome_clear(&busy);
    g_autofree char *end = await_file("state");
    assert_string_equal(end, "survived");
    assert_int_equal(waitpid(target, NULL, WNOHANG), 0);
    target_end(target);
    g_unlink(go);
}

/* ---- what stays in it, and what comes meanwhile ---- */

/* How often the threads that LTTng has in the target went to sleep so far; they are named for it. */
static unsigned long lttngs_turns(pid_t pid)
{
    g_autofree char *tasks = g_strdup_printf("/proc/%d/task", (int)pid);
    g_autoptr(GDir) folder = g_dir_open(tasks, 0, NULL);
    unsigned long turns = 0;
    for (const char *task; (task = g_dir_read_name(folder));) {
        g_autofree char *path = g_build_filename(tasks, task, "status", NULL);
        g_autofree char *text = NULL;
        const char *line = NULL;
        if (g_file_get_contents(path, &text, NULL, NULL) && strstr(text, "-ust\n"))
            line = strstr(text, "\nvoluntary_ctxt_switches:\t");
        turns += line ? strtoul(strchr(line, '\t'), NULL, 10) : 0;
    }
    return turns;
}

/* It may look for the daemon once more, five seconds after that went; from then on it sleeps. */
static void lttng_is_quiet_afterwards(void **state)
{
    (void)state;
    struct target target = target_start(PYTHON, "idle");
    target_attaches(&target, "once");
    unsigned long turns = lttngs_turns(target.pid);
    assert_true(turns > 0);
    unsigned quiet = 0;
    for (unsigned tenths = 0; quiet < 10; tenths++) {
        g_usleep(G_USEC_PER_SEC / 10);
        const unsigned long now = lttngs_turns(target.pid);
        quiet = now == turns ? quiet + 1 : 0;
        turns = now;
        assert_true(tenths < 120);
    }
    target_stop(&target);
}

/* Whether fd of the target is LTTng's; that must not give up before a busy daemon has answered. 10 ms are the
 * least that LTTng makes of no time at all. */
static bool is_patient(int process, int fd)
{
    struct sockaddr_un peer = {.sun_family = AF_UNSPEC};
    struct timeval patience = {0};
    socklen_t size = sizeof peer - 1, length = sizeof patience;
    const int ours = (int)syscall(SYS_pidfd_getfd, process, fd, 0);
    const bool is_lttngs = ours >= 0 && getpeername(ours, (struct sockaddr *)&peer, &size) == 0 &&
                           strstr(peer.sun_path, "lttng-ust-sock");
    if (is_lttngs)
        assert_int_equal(getsockopt(ours, SOL_SOCKET, SO_RCVTIMEO, &patience, &length), 0);
    if (ours >= 0)
        close(ours);
    assert_true(patience.tv_sec != 0 || patience.tv_usec == 0);
    return is_lttngs;
}

static void lttng_waits_for_its_daemon(pid_t pid)
{
    const int process = (int)syscall(SYS_pidfd_open, pid, 0);
    unsigned sockets = 0;
    for (int fd = 0; fd < 256; fd++)
        sockets += is_patient(process, fd);
    assert_true(sockets > 0);
    close(process);
}

static void second_attacher_is_told(void **state)
{
    (void)state;
    struct target target = target_start(PYTHON, "idle");
    g_autofree char *pid = g_strdup_printf("%d", (int)target.pid);
    const char *const arguments[] = {"attach", pid, NULL};
    struct running first = command_start(arguments);
    g_free(command_read_until(&first, "Ctrl-C ends it"));
    target_refused(target.pid, "is attached to by another scopetrace");
    lttng_waits_for_its_daemon(target.pid);
    target_beats_on(&target);
    assert_true(target_hooks(&target) > 0);
    kill(first.pid, SIGINT);
    command_finish_with(&first, 0);
    target_beats_on(&target);
    target_beats_on(&target);
    assert_int_equal(target_hooks(&target), 0);
    target_stop(&target);
}

static char *await_file(const char *name)
{
    g_autofree char *path = g_build_filename(command_folder(), name, NULL);
    char *text = NULL;
    for (unsigned tenths = 0; !g_file_get_contents(path, &text, NULL, NULL); tenths++) {
        assert_true(tenths < 200);
        g_usleep(G_USEC_PER_SEC / 10);
    }
    g_unlink(path);
    return text;
}

/* It inherits the call that the main thread has not got to. */
static void forked_child_is_left_alone(void **state)
{
    (void)state;
    const char *const program[] = {PYTHON, ATTACH_SOURCES "/forks.py", command_folder(), NULL};
    const pid_t target = target_spawn(program);
    g_free(await_file("ready"));
    g_autofree char *pid = g_strdup_printf("%d", (int)target);
    g_autofree char *go = g_build_filename(command_folder(), "go", NULL);
    const char *const arguments[] = {"attach", pid, NULL};
    struct running attacher = command_start(arguments);
    g_free(command_read_until(&attacher, "queued: "));
    assert_true(g_file_set_contents(go, "", 0, NULL));
    g_autofree char *child = await_file("child");
    assert_string_equal(child, "is alone");
    target_end(target);
    assert_int_equal(command_finish(&attacher), 2);
    g_unlink(go);
}

/* LTTng's threads stay in it after the detach as well. */
static void assert_forks_unwarned(const char *python)
{
    const char *const program[] = {python, ATTACH_SOURCES "/warned.py", command_folder(), NULL};
    const pid_t target = target_spawn(program);
    g_free(await_file("ready"));
    g_autofree char *go = g_build_filename(command_folder(), "go", NULL);
    struct outcome outcome = target_command("attach -q -r /dev/null -d 0.1 %d", (int)target);
    assert_int_equal(outcome.status, 0);
    assert_true(g_file_set_contents(go, "", 0, NULL));
    g_autofree char *said = await_file("said");
    assert_string_equal(said, "True []");
    target_end(target);
    g_unlink(go);
    outcome_clear(&outcome);
}

static void no_warning_of_threads(void **state)
{
    g_auto(GStrv) lines = pythons_all();
    (void)state;
    assert_forks_unwarned(PYTHON);
    for (char **line = lines; *line; line++) {
        g_auto(GStrv) python = g_strsplit(*line, " ", 2);
        assert_forks_unwarned(python[0]);
    }
}

/* The supervisor of workers, or a shell: what was given, and what it says of the worker. */
static void assert_worker_named(const char *const *program, int status, const char *command, const char *said)
{
    struct running looks_after = command_start_plain(program);
    g_autofree char *number = command_read_until(&looks_after, "\n");
    g_autofree char *expected = g_strconcat(said, g_strchomp(number), NULL);
    struct outcome outcome = target_command("%s %d", command, (int)looks_after.pid);
    if (outcome.status != status || !strstr(outcome.err, expected))
        fail_msg("\"%s\" with %d expected, got %d: %s", expected, status, outcome.status, outcome.err);
    kill(looks_after.pid, SIGKILL);
    command_finish(&looks_after);
    outcome_clear(&outcome);
}

static void whoever_only_looks_after_others(void **state)
{
    static const char script[] = ATTACH_SOURCES "/looks_after.py";
    static const char *const idle[] = {PYTHON, script, "asyncio", NULL}, *const without[] = {PYTHON, script, NULL},
                             *const plain[] = {PYTHON, script, "--plain", NULL},
                             *const shell[] = {"/bin/sh", "-c",
                                               PYTHON " " ATTACH_SOURCES "/looks_after.py; :", NULL};
    (void)state;
    assert_worker_named(idle, 0, "attach -f json -d 0.1",
                        "may only look after others. Below it asyncio is loaded in ");
    assert_worker_named(idle, 0, "ps", "may only look after others. Below it asyncio is loaded in ");
    assert_worker_named(without, 2, "attach -d 0.1", "whose event loop runs; below it asyncio is loaded in ");
    assert_worker_named(plain, 2, "attach -d 0.1", "whose event loop runs; below it Python runs in ");
    assert_worker_named(shell, 2, "ps", "is not a Python program (/usr/bin/dash); below it asyncio is loaded in ");
}

/* Figures, not verdicts: this machine may be doing anything else. */
static void pauses_are_short(void **state)
{
    const long cycles = command_count("ATTACH_CYCLES", 3);
    double worst[1024], usual = 0;
    (void)state;
    struct target target = target_start(PYTHON, "idle");
    for (long i = 0; i < MIN(cycles, 1024); i++) {
        g_autofree char *reset = g_strconcat(target.state, ".reset", NULL);
        assert_true(g_file_set_contents(reset, "", 0, NULL));
        target_beats_on(&target);
        struct outcome outcome = target_command("attach -q -d 0.1 %d", (int)target.pid);
        if (outcome.status != 0)
            fail_msg("cycle %ld: status %d: %s%s", i, outcome.status, outcome.out, outcome.err);
        outcome_clear(&outcome);
        target_beats_on(&target);
        json_t *now = target_state(&target);
        worst[i] = json_number_value(json_object_get(now, "worst"));
        usual = json_number_value(json_object_get(now, "usual"));
        assert_int_equal(json_array_size(json_object_get(now, "hooks")), 0);
        json_decref(now);
    }
    for (long i = 0; i < MIN(cycles, 1024); i++)
        print_message("cycle %ld: longest pause of a 1 ms heartbeat %.1f ms, usual %.1f ms\n", i, worst[i], usual);
    target_stop(&target);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, command_setup, command_teardown)

int main(int count, char **arguments)
{
    const struct CMUnitTest tests[] = {
        TEST(every_place_of_the_main_thread),
        TEST(a_second_attach_finds_its_memory_taken),
        TEST(every_interpreter),
        TEST(ps_shows_what_is_alive),
        TEST(ps_folds_what_is_alike),
        TEST(doctor_lists_the_preflight),
        TEST(a_preloaded_program_is_not_stopped),
        TEST(no_folder_is_left),
        TEST(a_running_coroutine_is_not_asked),
        TEST(lttng_is_quiet_afterwards),
        TEST(second_attacher_is_told),
        TEST(forked_child_is_left_alone),
        TEST(no_warning_of_threads),
        TEST(whoever_only_looks_after_others),
        TEST(pauses_are_short),
    };
    if (!command_may_attach())
        return 77;
    if (count > 1)
        cmocka_set_test_filter(arguments[1]);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
