/* SPDX-License-Identifier: MIT */
/*
 * Who dies while a program is attached to: the attacher, at any moment, the program, or both. Nothing is left, and
 * who runs on takes no harm. Longer with ATTACH_KILLS in the environment; an argument is a pattern of the tests to
 * be run.
 */
#include <fcntl.h>
#include <glib/gstdio.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>
#include <utime.h>

#include <cmocka.h>

#include "preload/control.h"
#include "tests/integration/attach/target.h"

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

static char *make_folder(char *folder, long age_seconds)
{
    assert_int_equal(g_mkdir(folder, 0700), 0);
    g_autofree char *control = g_build_filename(folder, "control", NULL);
    assert_true(g_file_set_contents(control, "", 0, NULL));
    const struct utimbuf then = {time(NULL) - age_seconds, time(NULL) - age_seconds};
    assert_int_equal(g_utime(folder, (struct utimbuf *)&then), 0);
    return folder;
}

/* As after an attach that was killed with everything. Each of a name of its own: a test that was interrupted
 * leaves them, and others are run beside. */
static char *make_meeting(long age_seconds)
{
    return make_folder(g_strdup_printf("/tmp/scopetrace-attach-%08x%08x", g_random_int(), g_random_int()),
                       age_seconds);
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
    g_autofree char *abandoned = make_meeting(3600), *young = make_meeting(0), *used = make_meeting(3600);
    /* of a program that is called attach */
    g_autofree char *trace =
        make_folder(g_strdup_printf("/tmp/scopetrace-attach-20261129-%06u", g_random_int() % 240000), 3600);
    const int lock = open(used, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    assert_int_equal(flock(lock, LOCK_EX | LOCK_NB), 0);
    struct target target = target_start(PYTHON, "idle");
    target_ps_shows(&target, "waiter (wait_for_long)");
    target_stop(&target);
    assert_false(g_file_test(abandoned, G_FILE_TEST_EXISTS));
    remove_meeting(young);
    remove_meeting(used);
    remove_meeting(trace);
    close(lock);
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
    const long kills = command_count("ATTACH_KILLS", 12);
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

/* Whoever is on duty loses his connection: the report goes where it was to go, and no hook stays. */
static void a_closed_terminal_is_no_death(void **state)
{
    (void)state;
    struct target target = target_start(PYTHON, "idle");
    g_autofree char *file = g_build_filename(command_folder(), "report", NULL);
    g_autofree char *pid = g_strdup_printf("%d", (int)target.pid);
    const char *const arguments[] = {"attach", "-r", file, pid, NULL};
    struct running attacher = command_start(arguments);
    g_free(command_read_until(&attacher, "Ctrl-C ends it"));
    kill(attacher.pid, SIGHUP);
    command_finish_with(&attacher, 0);
    g_autofree char *report = NULL;
    assert_true(g_file_get_contents(file, &report, NULL, NULL));
    assert_non_null(strstr(report, "no cancellation went wrong"));
    target_beats_on(&target);
    assert_int_equal(target_hooks(&target), 0);
    target_stop(&target);
    g_unlink(file);
}

/* Who had foreseen it started it with nohup. */
static void nohup_is_heeded(void **state)
{
    (void)state;
    struct target target = target_start(PYTHON, "idle");
    signal(SIGHUP, SIG_IGN);
    struct running attacher = attach_to(&target);
    signal(SIGHUP, SIG_DFL);
    kill(attacher.pid, SIGHUP);
    target_beats_on(&target);
    assert_true(target_hooks(&target) > 0);
    kill(attacher.pid, SIGINT);
    command_finish_with(&attacher, 0);
    target_stop(&target);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, command_setup, command_teardown)

int main(int count, char **arguments)
{
    const struct CMUnitTest tests[] = {
        TEST(target_ends_meanwhile),
        TEST(a_closed_terminal_is_no_death),
        TEST(nohup_is_heeded),
        TEST(both_die_and_nothing_is_left),
        TEST(next_attach_removes_what_is_left),
        TEST(killed_attachers_do_no_harm),
        TEST(killed_attachers_do_not_queue),
    };
    if (!command_may_attach())
        return 77;
    if (count > 1)
        cmocka_set_test_filter(arguments[1]);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
