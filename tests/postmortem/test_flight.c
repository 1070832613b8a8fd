/* SPDX-License-Identifier: MIT */
/* Flight recorders: what they hold when the program dies, when somebody asks, when a condition holds. */
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/postmortem/busy.h"
#include "tests/skip.h"

/* Some hundred thousand events before, of which a ring of 128 kB per CPU holds two thousand. */
static void last_moments_of_the_killed(void **state)
{
    (void)state;
    struct outcome outcome;
    g_autofree char *program = support_program("busy.py");
    const char *const arguments[] = {"run", "--flight-recorder", RING, "--", PYTHON, program, "die", NULL};
    json_t *report = support_report(arguments, &outcome);
    assert_int_equal(outcome.status, 128 + SIGKILL);
    assert_holds(outcome.err, "flight recorder python3: 128 kB per CPU");
    outcome_clear(&outcome);

    const json_t *slow = busy_task(report, "slow"), *requests = json_object_get(slow, "requests");
    assert_int_equal(json_integer_value(json_object_get(slow, "counter")), 1);
    assert_int_equal(json_array_size(requests), 1);
    const json_t *raised = json_object_get(json_array_get(requests, 0), "raised");
    assert_string_equal(json_string_value(json_object_get(raised, "reason")), "enough");
    assert_at(raised, "busy.py", "die");
    assert_at(json_object_get(busy_only_scope(slow), "entered"), "busy.py", "slow");
    assert_nothing_invented(report);
    assert_true(support_summary(report, "events") > 500 && support_summary(report, "events") < 10000);
    json_decref(report);
}

/* ---- on demand ---- */

/* Entered before the ring turned over many times: its scope, and the frames of its entry, are in it all the same.
 */
static void assert_old_is_there(const json_t *report)
{
    const json_t *scope = busy_only_scope(busy_task(report, "old"));
    assert_string_equal(json_string_value(json_object_get(scope, "kind")), "asyncio.Timeout");
    assert_at(json_object_get(scope, "entered"), "busy.py", "old");
    assert_nothing_invented(report);
}

/* What is said of a report makes one. */
static void assert_snapshot_reports(const char *target, const char *folder)
{
    const char *const arguments[] = {"snapshot", "-o", folder, "--tree", target, NULL};
    struct outcome outcome = command_run_array(arguments, NULL);
    assert_int_equal(outcome.status, 0);
    assert_holds(outcome.out, "All tasks and their scopes");
    outcome_clear(&outcome);
    support_remove(folder);
}

static json_t *snapshot(const char *target, const char *folder, struct outcome *outcome)
{
    const char *const arguments[] = {"snapshot", "-o", folder, target, NULL};
    return support_report(arguments, outcome);
}

static void on_demand(void **state)
{
    (void)state;
    const char *const options[] = {"run", "--flight-recorder", RING, NULL};
    struct running running = busy_start(options, "on", "rounds 12000");
    g_autofree char *pid = g_strdup_printf("%d", (int)support_process("python3"));
    g_autofree char *command = g_strdup_printf("%d", (int)running.pid);
    const char *const targets[] = {pid, "python3", command};
    for (size_t i = 0; i < G_N_ELEMENTS(targets); i++) {
        struct outcome outcome;
        g_autofree char *folder = support_path("snap");
        json_t *report = snapshot(targets[i], folder, &outcome);
        assert_int_equal(outcome.status, 0);
        assert_holds(outcome.err, "the snapshot of python3 is in");
        assert_old_is_there(report);
        json_decref(report);
        outcome_clear(&outcome);
        support_remove(folder);
    }
    g_autofree char *told = support_path("told");
    assert_snapshot_reports(pid, told);
    assert_int_equal(busy_finish(&running), 0);
}

static void onto_a_full_disk(void **state)
{
    (void)state;
    if (geteuid() != 0)
        skip_because("it takes root");
    const char *const options[] = {"run", "--flight-recorder", RING, NULL};
    struct running running = busy_start(options, "on", "rounds 1000");
    const char *const arguments[] = {
        "unshare",
        "-m",
        "sh",
        "-c",
        "mkdir \"$TMPDIR/full\" && mount -t tmpfs -o size=64k tmpfs \"$TMPDIR/full\" && cd \"$TMPDIR\" && " COMMAND
        " snapshot -o full/s python3; status=$?; ls -A full; cd /; umount \"$TMPDIR/full\"; rmdir "
        "\"$TMPDIR/full\"; "
        "exit $status",
        NULL};
    struct outcome outcome = command_plain(arguments, NULL);
    assert_int_equal(outcome.status, 2);
    assert_one_line(outcome.err, "full/s: the snapshot cannot be kept there");
    assert_string_equal(outcome.out, "");
    outcome_clear(&outcome);
    assert_int_equal(busy_finish(&running), 0);
}

/* Reads on until the program has gone through so many thousands more. */
static void read_rounds(const struct running *running, unsigned thousands)
{
    while (thousands--)
        g_free(command_read_until(running, "rounds "));
}

static void of_a_program_that_runs_already(void **state)
{
    (void)state;
    if (!command_may_attach())
        skip();
    g_autofree char *program = support_program("busy.py");
    g_autofree char *folder = support_path("snap");
    const char *const arguments[] = {PYTHON, program, "on", NULL};
    struct running target = command_start_plain(arguments);
    struct outcome outcome;
    g_free(command_read_until(&target, "rounds 1000"));
    g_autofree char *pid = g_strdup_printf("%d", (int)target.pid);
    const char *const attach[] = {"attach", "--flight-recorder", RING, pid, NULL};
    struct running running = command_start(attach);
    g_free(command_read_until(&running, "Ctrl-C ends it"));
    read_rounds(&target, 8);
    json_t *report = snapshot(pid, folder, &outcome);
    assert_int_equal(outcome.status, 0);
    const json_t *old = busy_only_scope(busy_task(report, "old"));
    assert_string_equal(json_string_value(json_object_get(old, "kind")), "asyncio.Timeout");
    assert_nothing_invented(report);
    json_decref(report);
    outcome_clear(&outcome);
    support_remove(folder);
    kill(target.pid, SIGKILL);
    g_free(command_read_until(&running, "The flight recorder held the last"));
    command_finish(&running);
    command_finish(&target);
}

/* ---- what was raised long before ---- */

/* The faults of busy.py, whole: who raised what, where and when, though the ring has turned over ten times since.
 */
static void assert_faults_are_there(const json_t *report)
{
    const json_t *leak = support_finding_on(report, "leaked-cancel", "leaks");
    support_finding_on(report, "leaked-cancel", "loops");
    support_finding_on(report, "leaked-cancel", "passes");
    const json_t *swallowed = support_finding(report, "swallowed-cancel");
    assert_string_equal(json_string_value(json_object_get(leak, "level")), "error");
    assert_string_equal(json_string_value(json_object_get(json_object_get(leak, "task"), "name")), "leaks");
    assert_string_equal(json_string_value(json_object_get(json_object_get(leak, "scope"), "kind")), "Limit");
    assert_at(json_object_get(leak, "entered"), "busy.py", "leaks");
    assert_at(json_object_get(leak, "cancelled"), "busy.py", "Limit.expire");
    assert_at(json_object_get(leak, "delivered"), "busy.py", "Limit.expire");
    assert_at(json_object_get(leak, "exited"), "busy.py", "leaks");
    assert_string_equal(json_string_value(json_object_get(swallowed, "level")), "warning");
    assert_at(json_object_get(swallowed, "cancelled"), "busy.py", "stopper");
    assert_string_equal(json_string_value(json_object_get(json_object_get(swallowed, "cancelled"), "reason")),
                        "enough");
    const json_t *requests = json_object_get(busy_task(report, "leaks"), "requests");
    assert_at(json_object_get(json_array_get(requests, 0), "raised"), "busy.py", "Limit.expire");
    requests = json_object_get(busy_task(report, "resists"), "requests");
    assert_int_equal(json_integer_value(json_object_get(json_array_get(requests, 0), "count")), 3);
}

static void assert_snapshot_has_faults(const char *target)
{
    struct outcome outcome;
    g_autofree char *folder = support_path("snap");
    json_t *report = snapshot(target, folder, &outcome);
    assert_int_equal(outcome.status, 1);
    assert_faults_are_there(report);
    json_decref(report);
    outcome_clear(&outcome);
    support_remove(folder);
}

static void requests_of_long_ago(void **state)
{
    (void)state;
    g_autofree char *providers = support_program("busy.toml");
    static const char *const scopes[] = {"lazy", "all"};
    for (size_t i = 0; i < G_N_ELEMENTS(scopes); i++) {
        const char *const options[] = {"run", "--providers", providers, "--flight-recorder",
                                       RING,  "--scopes",    scopes[i], NULL};
        struct running running = busy_start(options, "on", "rounds 1000");
        kill(support_process("python3"), SIGUSR2);
        read_rounds(&running, 6);
        assert_snapshot_has_faults("python3");
        busy_finish(&running);
    }
}

static struct running attach_recorder(const char *providers, const char *pid, const char *report)
{
    g_autofree char *format = g_strconcat("json=", report, NULL);
    const char *const arguments[] = {"attach", "--providers", providers, "--flight-recorder", RING, "-f",
                                     format,   pid,           NULL};
    struct running running = command_start(arguments);
    g_free(command_read_until(&running, "Ctrl-C ends it"));
    return running;
}

static void assert_file_has_faults(const char *path)
{
    json_t *report = json_load_file(path, 0, NULL);
    assert_non_null(report);
    assert_faults_are_there(report);
    json_decref(report);
    assert_int_equal(unlink(path), 0);
}

/* By the second recorder, for which nothing is left of the first one, whose ring turned more often. A snapshot
 * lets the program say all again; one that is killed had to say it before. */
static void requests_of_long_ago_where_attached(void **state)
{
    (void)state;
    if (!command_may_attach())
        skip();
    g_autofree char *program = support_program("busy.py"), *providers = support_program("busy.toml");
    g_autofree char *path = support_path("recorder.json");
    const char *const arguments[] = {PYTHON, program, "on", NULL};
    struct running target = command_start_plain(arguments);
    g_free(command_read_until(&target, "rounds 1000"));
    g_autofree char *pid = g_strdup_printf("%d", (int)target.pid);
    struct running recorder = attach_recorder(providers, pid, path);
    read_rounds(&target, 24);
    kill(recorder.pid, SIGINT);
    command_finish_with(&recorder, 0);
    recorder = attach_recorder(providers, pid, path);
    kill(target.pid, SIGUSR2);
    g_usleep(50000);
    read_rounds(&target, 8);
    assert_snapshot_has_faults(pid);
    read_rounds(&target, 8);
    kill(target.pid, SIGKILL);
    command_finish(&target);
    command_finish_with(&recorder, 1);
    assert_file_has_faults(path);
}

static void assert_only_main_is_open(const json_t *report)
{
    const json_t *tasks = json_object_get(json_array_get(json_object_get(report, "open_at_end"), 0), "tasks");
    assert_int_equal(json_array_size(tasks), 1);
    assert_string_equal(json_string_value(json_object_get(json_array_get(tasks, 0), "coroutine")), "main");
}

/* Tasks that are done, though they live on, and the scopes that they never left: told again each time. */
static void tasks_that_are_kept(void **state)
{
    (void)state;
    g_autofree char *program = support_program("kept.py"), *folder = support_path("snap");
    static const char *const scopes[] = {"lazy", "all"};
    for (size_t i = 0; i < G_N_ELEMENTS(scopes); i++) {
        const char *const arguments[] = {"run", "--flight-recorder", RING, "--scopes", scopes[i], PYTHON, program,
                                         NULL};
        struct running running = command_start(arguments);
        g_free(command_read_until(&running, "kept"));
        for (int asked = 0; asked < 2; asked++) {
            json_t *report = snapshot("python3", folder, NULL);
            const json_t *finding = support_finding(report, "abandoned-scope");
            assert_int_equal(json_integer_value(json_object_get(finding, "count")), 3);
            assert_at(json_object_get(finding, "entered"), "kept.py", "forgets");
            assert_only_main_is_open(report);
            json_decref(report);
            support_remove(folder);
        }
        kill(support_process("python3"), SIGKILL);
        command_finish(&running);
    }
}

/* What three thousand tasks have to say is more than the ring holds. */
static void too_much_to_say(void **state)
{
    (void)state;
    const char *const options[] = {"run", "--flight-recorder", RING, NULL};
    struct running running = busy_start(options, "many", "rounds 2000");
    struct outcome outcome;
    g_autofree char *folder = support_path("snap");
    json_t *report = snapshot("python3", folder, &outcome);
    assert_holds(outcome.err, "kB of 128 kB: some of it may be missing");
    assert_nothing_invented(report);
    json_decref(report);
    outcome_clear(&outcome);
    support_remove(folder);
    busy_finish(&running);
}

/* ---- by itself ---- */

/* The only folder in it whose name begins so. */
static char *folder_named(const char *folder, const char *prefix)
{
    g_autoptr(GDir) entries = g_dir_open(folder, 0, NULL);
    for (const char *name; entries && (name = g_dir_read_name(entries));)
        if (g_str_has_prefix(name, prefix))
            return g_build_filename(folder, name, NULL);
    fail_msg("no %s… in %s", prefix, folder);
    return NULL;
}

static void when_a_counter_is_high(void **state)
{
    (void)state;
    g_autofree char *folder = support_path("counter");
    const char *const options[] = {"record",        "-o",        folder, "--flight-recorder", RING,
                                   "--snapshot-on", "counter=4", NULL};
    struct running running = busy_start(options, "counter", "rounds 9000");
    kill(support_process("python3"), SIGUSR1);
    g_free(command_read_until(&running, "a task's cancellation counter reached 4 (once"));
    command_finish_with(&running, 0);
    g_autofree char *taken = folder_named(folder, "counter-");
    const char *const analyze[] = {"analyze", taken, NULL};
    json_t *report = support_report(analyze, NULL);
    assert_int_equal(json_integer_value(json_object_get(busy_task(report, "resists"), "counter")), 4);
    assert_nothing_invented(report);
    json_decref(report);
    support_remove(folder);
}

static void at_a_storm(void **state)
{
    (void)state;
    g_autofree char *packages = g_strdup(BUILD_DIRECTORY "/python/anyio-4.3.0");
    if (!g_file_test(packages, G_FILE_TEST_IS_DIR))
        skip_because("no AnyIO 4.3.0 (PyPI out of reach)");
    g_autofree char *folder = support_path("storm");
    g_autofree char *path = g_strdup_printf("%s:" SOURCE_DIRECTORY "/tests/programs", packages);
    const char *const arguments[] = {"run",   "-o",
                                     folder,  "--flight-recorder",
                                     "4M",    "--snapshot-on",
                                     "storm", "--",
                                     PYTHON,  SOURCE_DIRECTORY "/tests/programs/a20_tg_aexit_spin_695.py",
                                     NULL};
    g_setenv("PYTHONPATH", path, TRUE);
    g_setenv("PLAIN", "1", TRUE);
    struct outcome outcome;
    json_t *report = support_report(arguments, &outcome);
    g_unsetenv("PYTHONPATH");
    g_autofree char *notices = json_dumps(json_object_get(report, "notices"), JSON_ENSURE_ASCII);
    assert_holds(notices, "a scope delivered its cancellation 100 times without effect");
    assert_int_equal(support_count(report, "cancel-storm"), 1);
    g_free(folder_named(folder, "storm-"));
    json_decref(report);
    outcome_clear(&outcome);
    support_remove(folder);
}

/* ---- what cannot be ---- */

static void bad_input(void **state)
{
    (void)state;
    assert_command_refuses("run --flight-recorder 1k -- true", "too little for");
    assert_command_refuses("run --flight-recorder 1024G -- true", "too much for");
    assert_command_refuses("run --flight-recorder x -- true", "no size");
    /* as many gigabytes as are one, counted in 64 bits */
    assert_command_refuses("run --flight-recorder 17179869185G -- true", "no size");
    assert_command_refuses("run --snapshot-on storm -- true", "needs --flight-recorder");
    assert_command_refuses("run --flight-recorder 1M --snapshot-on x -- true", "no condition");
    assert_command_refuses("run --flight-recorder 1M --snapshot-on counter=0 -- true", "no condition");
    assert_command_refuses("run --flight-recorder 1M --lossless -- true", "leave out one");
    assert_command_refuses("run --flight-recorder 1M --buffers pid -- true", "leave out one");
    assert_command_refuses("run --flight-recorder 1M --buffer-size 1M -- true", "leave out one");
    assert_command_refuses("snapshot", "no process or name");
    assert_command_refuses("snapshot nobody", "no flight recorder records it");
    assert_command_refuses("snapshot 1", "no flight recorder records it");
}

/* By numbers that can be given instead, each with what it records. */
static void assert_both_are_named(const struct running *first, const struct running *second)
{
    struct outcome outcome = command_run("snapshot python3");
    g_autofree char *folder = support_path("snap");
    g_autofree char *number = g_strdup_printf("%d", (int)second->pid);
    g_autofree char *one = g_strdup_printf("%d (records process ", (int)first->pid);
    g_autofree char *other = g_strdup_printf("%s (records process ", number);
    assert_int_equal(outcome.status, 2);
    assert_one_line(outcome.err, "2 flight recorders answer to this; give the number of one: ");
    assert_holds(outcome.err, one);
    assert_holds(outcome.err, other);
    outcome_clear(&outcome);
    json_decref(snapshot(number, folder, NULL));
    support_remove(folder);
}

static void two_of_one_name(void **state)
{
    (void)state;
    const char *const options[] = {"run", "--flight-recorder", RING, NULL};
    struct running first = busy_start(options, "on", "rounds 1000"),
                   second = busy_start(options, "on", "rounds 1000");
    assert_both_are_named(&first, &second);
    kill(-first.pid, SIGUSR1);
    kill(-second.pid, SIGUSR1);
    command_finish(&first);
    command_finish(&second);
}

/* What was in the ring then is taken from there. */
static void the_daemon_dies(void **state)
{
    (void)state;
    g_autofree char *file = support_path("died.json");
    g_autofree char *format = g_strdup_printf("json=%s", file);
    const char *const options[] = {"run", "-f", format, "--flight-recorder", RING, NULL};
    struct running running = busy_start(options, "on", "rounds 2000");
    kill(support_process("lttng-sessiond"), SIGKILL);
    g_usleep(200000);
    assert_int_equal(busy_finish(&running), 2);
    json_t *report = json_load_file(file, 0, NULL);
    g_autofree char *notices = json_dumps(json_object_get(report, "notices"), JSON_ENSURE_ASCII);
    assert_holds(notices, "the session daemon died");
    assert_true(support_summary(report, "events") > 500);
    assert_nothing_invented(report);
    json_decref(report);
    unlink(file);
}

static char *buffers; /* their folder */

static bool is_read_out(void)
{
    g_autofree char *folder = support_path("kept");
    g_autoptr(GDir) entries = g_dir_open(folder, 0, NULL);
    const char *name = entries ? g_dir_read_name(entries) : NULL;
    return name && g_str_has_prefix(name, "final-") && !g_dir_read_name(entries) &&
           !g_file_test(buffers, G_FILE_TEST_EXISTS);
}

/* The program runs on; what the recorder held is where the user wanted it, and nothing else is left. */
static void scopetrace_is_killed(void **state)
{
    (void)state;
    g_autofree char *folder = support_path("kept");
    const char *const options[] = {"run", "-o", folder, "--flight-recorder", RING, NULL};
    struct running running = busy_start(options, "on", "rounds 4000");
    const pid_t program = support_process("python3");
    g_autofree char *link = g_build_filename(folder, ".scopetrace-buffers", NULL);
    buffers = g_file_read_link(link, NULL);
    assert_true(buffers && g_file_test(buffers, G_FILE_TEST_IS_DIR));
    kill(running.pid, SIGKILL);
    assert_true(command_wait_until(is_read_out));
    g_clear_pointer(&buffers, g_free);
    assert_int_equal(kill(program, SIGUSR1), 0);
    command_finish(&running);
    const char *const analyze[] = {"analyze", folder, NULL};
    json_t *report = support_report(analyze, NULL);
    assert_nothing_invented(report);
    json_decref(report);
    support_remove(folder);
}

/* What a test that fails leaves is ended before the next one, which would take it for its own. */
#define TEST(name) cmocka_unit_test_setup_teardown(name, command_setup, command_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(last_moments_of_the_killed),
        TEST(on_demand),
        TEST(onto_a_full_disk),
        TEST(of_a_program_that_runs_already),
        TEST(requests_of_long_ago),
        TEST(requests_of_long_ago_where_attached),
        TEST(tasks_that_are_kept),
        TEST(too_much_to_say),
        TEST(when_a_counter_is_high),
        TEST(at_a_storm),
        TEST(bad_input),
        TEST(two_of_one_name),
        TEST(the_daemon_dies),
        TEST(scopetrace_is_killed),
    };
    return command_verdict(cmocka_run_group_tests(tests, NULL, NULL));
}
