/* SPDX-License-Identifier: MIT */
/*
 * `attach`, `ps` and `doctor PID` on real interpreters: every state of the main thread, attachers that are killed.
 * Longer with ATTACH_KILLS and ATTACH_CYCLES in the environment; an argument is a pattern of the tests to be run.
 */
#include <fcntl.h>
#include <glib/gstdio.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <utime.h>

#include <cmocka.h>

#include "preload/control.h"
#include "tests/integration/attach/target.h"
#include "tests/skip.h"

static long count_from(const char *variable, long usual)
{
    const char *text = g_getenv(variable);
    return text ? strtol(text, NULL, 10) : usual;
}

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
    g_auto(GStrv) lines = target_pythons();
    (void)state;
    if (!lines)
        skip_because("no interpreters are known (pythons.txt)");
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

static void doctor_lists_the_preflight(void **state)
{
    (void)state;
    struct target target = target_start(PYTHON, "idle");
    struct outcome fine = target_command("doctor %d", (int)target.pid);
    assert_int_equal(fine.status, 0);
    assert_null(strstr(fine.out, "not ok"));
    assert_non_null(strstr(fine.out, "ok: python: CPython 3."));
    assert_non_null(strstr(fine.out, "main thread:\n"));
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
    g_usleep(G_USEC_PER_SEC / 10);
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

/* ---- several attachers, and dying ones ---- */

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

/* Whether fd of the target is LTTng's and gives up before a busy daemon has answered; 10 ms are the least that
 * LTTng makes of no time at all. */
static bool is_impatient(int process, int fd)
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
    return is_lttngs && patience.tv_sec == 0 && patience.tv_usec != 0;
}

static void lttng_waits_for_its_daemon(pid_t pid)
{
    const int process = (int)syscall(SYS_pidfd_open, pid, 0);
    for (int fd = 0; fd < 256; fd++)
        assert_false(is_impatient(process, fd));
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

/* The path of the file that a process which is attached to has in common with its attacher. To be freed. */
static char *control_path(pid_t pid)
{
    g_autofree char *maps_path = g_strdup_printf("/proc/%d/maps", (int)pid);
    g_autofree char *maps = NULL;
    assert_true(g_file_get_contents(maps_path, &maps, NULL, NULL));
    char *path = strstr(maps, "/scopetrace-attach-");
    assert_non_null(path);
    *strchr(path, '\n') = '\0';
    return g_strdup(strrchr(maps, ' ') + 1);
}

static struct control *map_control(pid_t pid)
{
    g_autofree char *path = control_path(pid);
    const int fd = open(path, O_RDWR | O_CLOEXEC);
    assert_true(fd >= 0);
    struct control *control = mmap(NULL, sizeof *control, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    assert_true(control != MAP_FAILED);
    close(fd);
    return control;
}

/* Until Ctrl-C: it records already. */
static struct running attach_to(const struct target *target)
{
    g_autofree char *pid = g_strdup_printf("%d", (int)target->pid);
    const char *const arguments[] = {"attach", pid, NULL};
    struct running attacher = command_start(arguments);
    g_free(command_read_until(&attacher, "Ctrl-C ends it"));
    return attacher;
}

/* It dies as if in the middle of an event, which keeps LTTng's stream from going on. */
static void target_ends_meanwhile(void **state)
{
    (void)state;
    struct target target = target_start(PYTHON, "idle");
    struct running attacher = attach_to(&target);
    struct control *control = map_control(target.pid);
    assert_int_equal(control->processes[0].pid, target.pid);
    control->processes[0].inside_event = 1;
    kill(target.pid, SIGKILL);
    g_autofree char *said = command_read_until(&attacher, "died while it wrote an event");
    assert_non_null(strstr(said, "ended while it was being recorded"));
    command_finish_with(&attacher, 0);
    munmap(control, sizeof *control);
    target_stop(&target);
}

static bool nothing_runs(void)
{
    return !command_has_processes();
}

/* Its keeper is left, which cannot go through the target any more. */
static void both_die_and_nothing_is_left(void **state)
{
    (void)state;
    struct target target = target_start(PYTHON, "idle");
    struct running attacher = attach_to(&target);
    g_autofree char *control = control_path(target.pid);
    g_autofree char *folder = g_path_get_dirname(control);
    target_stop(&target);
    kill(attacher.pid, SIGKILL);
    assert_int_equal(command_finish(&attacher), 128 + SIGKILL);
    assert_true(command_wait_until(nothing_runs));
    assert_false(g_file_test(folder, G_FILE_TEST_EXISTS));
}

/* As after an attach that was killed with everything. */
static char *make_meeting(long age_seconds)
{
    char *folder = g_strdup("/tmp/scopetrace-attach-XXXXXX");
    assert_non_null(g_mkdtemp(folder));
    g_autofree char *control = g_build_filename(folder, "control", NULL);
    assert_true(g_file_set_contents(control, "", 0, NULL));
    const struct utimbuf then = {time(NULL) - age_seconds, time(NULL) - age_seconds};
    assert_int_equal(g_utime(folder, (struct utimbuf *)&then), 0);
    return folder;
}

static void remove_meeting(const char *folder)
{
    g_autofree char *control = g_build_filename(folder, "control", NULL);
    g_unlink(control);
    assert_int_equal(g_rmdir(folder), 0);
}

static void next_attach_removes_what_is_left(void **state)
{
    (void)state;
    g_autofree char *abandoned = make_meeting(3600);
    g_autofree char *young = make_meeting(0);
    g_autofree char *used = make_meeting(3600);
    const int lock = open(used, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    assert_int_equal(flock(lock, LOCK_EX | LOCK_NB), 0);
    struct target target = target_start(PYTHON, "idle");
    target_ps_shows(&target, "waiter (wait_for_long)");
    target_stop(&target);
    assert_false(g_file_test(abandoned, G_FILE_TEST_EXISTS));
    remove_meeting(young);
    remove_meeting(used);
    close(lock);
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
    g_auto(GStrv) lines = target_pythons();
    (void)state;
    assert_forks_unwarned(PYTHON);
    for (char **line = lines; lines && *line; line++) {
        g_auto(GStrv) python = g_strsplit(*line, " ", 2);
        assert_forks_unwarned(python[0]);
    }
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
        targets[i] = target_start(PYTHON, modes[i]);
    for (long i = 0; i < kills; i++) {
        const struct target *target = &targets[(size_t)i % G_N_ELEMENTS(modes)];
        g_autofree char *pid = g_strdup_printf("%d", (int)target->pid);
        const char *const arguments[] = {COMMAND, "attach", "-q", "-r", "/dev/null", "-d", "0.2", pid, NULL};
        const pid_t attacher = target_spawn(arguments);
        g_usleep((gulong)g_random_int_range(0, 900000));
        target_end(attacher);
        target_beats_on(target);
    }
    for (size_t i = 0; i < G_N_ELEMENTS(modes); i++) {
        target_attaches(&targets[i], "after the kills");
        target_stop(&targets[i]);
    }
    assert_true(command_wait_until(nothing_runs));
    remove_empty_folders();
}

/* What a killed attacher began ends by itself, and keeps nobody waiting: else each attach takes its turn behind as
 * many session daemons that start and end. */
static void killed_attachers_do_not_queue(void **state)
{
    enum { KILLS = 30, LIFE_US = 300000 };
    (void)state;
    struct target target = target_start(PYTHON, "idle");
    g_autofree char *pid = g_strdup_printf("%d", (int)target.pid);
    const char *const arguments[] = {COMMAND, "attach", "-q", "-r", "/dev/null", "-d", "0.2", pid, NULL};
    const gint64 begin = g_get_monotonic_time();
    for (unsigned i = 0; i < KILLS; i++) {
        const pid_t attacher = target_spawn(arguments);
        g_usleep(LIFE_US);
        target_end(attacher);
    }
    const gint64 killed = g_get_monotonic_time();
    target_attaches(&target, "behind the killed ones");
    const gint64 end = g_get_monotonic_time();
    if (end - killed > (killed - begin) * 2 / 3)
        fail_msg("%.1f s of attachers that are killed, and an attach takes %.1f s", (double)(killed - begin) / 1e6,
                 (double)(end - killed) / 1e6);
    target_stop(&target);
    assert_true(command_wait_until(nothing_runs));
    remove_empty_folders();
}

/* Figures, not verdicts: this machine may be doing anything else. */
static void pauses_are_short(void **state)
{
    const long cycles = count_from("ATTACH_CYCLES", 3);
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
        TEST(doctor_lists_the_preflight),
        TEST(a_preloaded_program_is_not_stopped),
        TEST(a_running_coroutine_is_not_asked),
        TEST(lttng_is_quiet_afterwards),
        TEST(second_attacher_is_told),
        TEST(target_ends_meanwhile),
        TEST(both_die_and_nothing_is_left),
        TEST(next_attach_removes_what_is_left),
        TEST(forked_child_is_left_alone),
        TEST(no_warning_of_threads),
        TEST(killed_attachers_do_no_harm),
        TEST(killed_attachers_do_not_queue),
        TEST(pauses_are_short),
    };
    if (!command_may_attach())
        return 77;
    if (count > 1)
        cmocka_set_test_filter(arguments[1]);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
