/* SPDX-License-Identifier: MIT */
/* Recordings that die: the session daemon, its consumer, the keeper, the command itself, by SIGKILL. */
#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utime.h>

#include "tests/postmortem/support.h"
#include "tests/skip.h"

static void assert_recovered(const json_t *report)
{
    if (support_summary(report, "tasks") < STEADY_TASKS)
        json_dumpf(json_object_get(report, "notices"), stderr, JSON_INDENT(1));
    assert_true(support_summary(report, "tasks") >= STEADY_TASKS);
    assert_int_equal(support_summary(report, "lost_events"), 0);
    support_no_findings(report);
}

/* `run` reports all the same, and does not pass for a check that was made. */
static void run_survives(const char *const *victims, int status)
{
    g_autofree char *file = support_path("report.json");
    g_autofree char *format = g_strdup_printf("json=%s", file);
    struct steady steady = steady_start("run", "-f", format);
    steady_kill(&steady, victims);
    steady_end(&steady);
    command_finish_with(&steady.running, status);
    json_t *report = json_load_file(file, 0, NULL);
    assert_non_null(report);
    assert_recovered(report);
    json_decref(report);
    unlink(file);
}

static void daemon_dies(void **state)
{
    (void)state;
    run_survives((const char *const[]){DAEMON, NULL}, 2);
}

/* All that came later is still in the buffers, which are large. */
static void consumer_dies(void **state)
{
    (void)state;
    run_survives((const char *const[]){CONSUMER, NULL}, 0);
}

static void both_die(void **state)
{
    (void)state;
    run_survives((const char *const[]){CONSUMER, DAEMON, NULL}, 2);
}

static void keeper_dies(void **state)
{
    (void)state;
    run_survives((const char *const[]){KEEPER, NULL}, 2);
}

static void await_unlocked(void)
{
    while (command_has_processes())
        g_usleep(20000);
}

static void everything_dies(void **state)
{
    (void)state;
    g_autofree char *trace = support_path("trace");
    const char *const recover[] = {"recover", trace, NULL};
    const char *const analyze[] = {"analyze", trace, NULL};
    struct steady steady = steady_start("record", "-o", trace);
    struct outcome outcome = command_run_array(recover, NULL);
    assert_one_line(outcome.err, "is still being recorded");
    outcome_clear(&outcome);
    steady_kill(&steady, (const char *const[]){COMMAND_ITSELF, KEEPER, CONSUMER, DAEMON, NULL});
    steady_end(&steady);
    command_finish(&steady.running);
    await_unlocked();

    outcome = command_run_array(analyze, NULL);
    assert_int_equal(outcome.status, 2);
    assert_one_line(outcome.err, "scopetrace recover");
    outcome_clear(&outcome);
    json_t *report = support_report(recover, NULL);
    assert_recovered(report);
    json_decref(report);
    json_t *again = support_report(analyze, NULL);
    assert_recovered(again);
    json_decref(again);
    outcome = command_run_array(recover, NULL);
    assert_int_equal(outcome.status, 2);
    assert_one_line(outcome.err, "nothing to recover");
    outcome_clear(&outcome);
    support_remove(trace);
    support_remove_leftovers();
}

/* Recovers a copy of the trace on a disk with that much room, a shell's word; prints what half-made is left. */
static void recover_onto_a_full_disk(const char *room, const char *complaint)
{
    g_autofree char *script = g_strconcat(
        "cd \"$TMPDIR\" && mkdir full && mount -t tmpfs -o size=8m tmpfs full && cp -a trace full && room=", room,
        " && { cat /dev/zero >full/fill; truncate -s \"-$room\" full/fill; } 2>/dev/null; ", COMMAND,
        " recover full/trace; status=$?; ls -A full/trace | grep recovered; cd /; umount \"$TMPDIR/full\"; "
        "rm -r \"$TMPDIR/full\" \"$TMPDIR/probe\" 2>/dev/null; exit $status",
        NULL);
    const char *const arguments[] = {"unshare", "-m", "--propagation", "private", "sh", "-c", script, NULL};
    struct outcome outcome = command_plain(arguments, NULL);
    if (outcome.status != 2)
        fail_msg("with %s: status %d: %s%s", room, outcome.status, outcome.out, outcome.err);
    assert_one_line(outcome.err, complaint);
    assert_non_null(strstr(outcome.err, g_strerror(ENOSPC)));
    assert_string_equal(outcome.out, "");
    outcome_clear(&outcome);
}

/* It is said, nothing half-done stays, and the buffers are there when there is room. */
static void onto_a_full_disk(void **state)
{
    (void)state;
    g_autofree char *trace = support_path("trace");
    const char *const recover[] = {"recover", trace, NULL};
    if (geteuid() != 0)
        skip_because("only root may mount a small disk");
    struct steady steady = steady_start("record", "-o", trace);
    steady_kill(&steady, (const char *const[]){COMMAND_ITSELF, KEEPER, CONSUMER, DAEMON, NULL});
    steady_end(&steady);
    command_finish(&steady.running);
    await_unlocked();
    recover_onto_a_full_disk("8192", "cannot be made of the trace buffers (they are kept)");
    /* enough for what the buffers hold, in pages, and not for the metadata */
    recover_onto_a_full_disk("$(lttng-crash -x probe \"$PWD/trace/.scopetrace-buffers/kept\" >/dev/null 2>&1 && "
                             "find probe -type f -printf '%s\\n' | "
                             "awk '{ n += int(($1 + 4095) / 4096) * 4096 } END { print n + 16384 }')",
                             "cannot be completed from the trace buffers (they are kept)");
    json_t *report = support_report(recover, NULL);
    assert_recovered(report);
    json_decref(report);
    support_remove(trace);
    support_remove_leftovers();
}

static void damage_is_told(void **state)
{
    (void)state;
    g_autofree char *trace = support_path("trace");
    g_autofree char *link = g_build_filename(trace, ".scopetrace-buffers", NULL);
    const char *const recover[] = {"recover", trace, NULL};
    const char *const elsewhere[] = {"recover", "--buffer-dir", "/nonexistent", trace, NULL};
    const char *const absent[] = {"recover", "/nonexistent/trace", NULL};
    assert_int_equal(g_mkdir(trace, 0700), 0);
    assert_int_equal(symlink("/dev/shm/scopetrace-gone", link), 0);
    struct outcome outcome = command_run_array(recover, NULL);
    assert_one_line(outcome.err, "are gone");
    outcome_clear(&outcome);
    outcome = command_run_array(elsewhere, NULL);
    assert_one_line(outcome.err, "no trace buffers there");
    outcome_clear(&outcome);
    outcome = command_run_array(absent, NULL);
    assert_one_line(outcome.err, "no such folder");
    outcome_clear(&outcome);
    support_remove(trace);
}

/* Killed with everything, and the trace is gone: memory must not fill up with what nobody can use. */
static void abandoned_buffers_go(void **state)
{
    (void)state;
    g_autofree char *folder = g_strdup("/dev/shm/scopetrace-XXXXXX");
    assert_non_null(g_mkdtemp(folder));
    const struct utimbuf long_ago = {1000000000, 1000000000};
    assert_int_equal(utime(folder, &long_ago), 0);
    struct outcome outcome = command_run("run --allow-empty true");
    outcome_clear(&outcome);
    assert_int_equal(access(folder, F_OK), -1);
}

/* Traces that people keep in memory are none of these, whatever they are called. */
static void traces_in_memory_stay(void **state)
{
    (void)state;
    const struct utimbuf long_ago = {1000000000, 1000000000};
    static const char *const names[] = {"scopetrace-mytest", "scopetrace-mine-of-today",
                                        "scopetrace-x-20261129-165039"};
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autofree char *folder = g_build_filename("/dev/shm", names[i], NULL);
        g_autofree char *ust = g_build_filename(folder, "ust", NULL);
        assert_int_equal(g_mkdir_with_parents(ust, 0700), 0);
        assert_int_equal(utime(folder, &long_ago), 0);
        struct outcome outcome = command_run("run --allow-empty true");
        outcome_clear(&outcome);
        assert_true(g_file_test(ust, G_FILE_TEST_IS_DIR));
        support_remove(folder);
    }
}

int main(int count, char **arguments)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(daemon_dies, command_setup, command_teardown),
        cmocka_unit_test_setup_teardown(consumer_dies, command_setup, command_teardown),
        cmocka_unit_test_setup_teardown(both_die, command_setup, command_teardown),
        cmocka_unit_test_setup_teardown(keeper_dies, command_setup, command_teardown),
        cmocka_unit_test_setup_teardown(everything_dies, command_setup, command_teardown),
        cmocka_unit_test_setup_teardown(onto_a_full_disk, command_setup, command_teardown),
        cmocka_unit_test_setup_teardown(damage_is_told, command_setup, command_teardown),
        cmocka_unit_test_setup_teardown(abandoned_buffers_go, command_setup, command_teardown),
        cmocka_unit_test_setup_teardown(traces_in_memory_stay, command_setup, command_teardown),
    };
    if (count > 1)
        cmocka_set_test_filter(arguments[1]);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
