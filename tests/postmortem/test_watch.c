/* SPDX-License-Identifier: MIT */
/* Live sessions: findings while the program runs, and what ends the watching. */
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "tests/postmortem/relay.h"
#include "tests/skip.h"

/* Some rounds of what a stream needs to be seen, on a busy machine. */
#define ARRIVES_US (3 * G_USEC_PER_SEC)

static struct running watch(const char *url, const char *option, const char *value)
{
    const char *const arguments[] = {"watch", url, option, value, NULL};
    return command_start(arguments);
}

/* HOST/NAME of a session, as `watch` says it; and its URL. */
static char *session_url(const struct relay_daemon *relay, const struct running *running)
{
    g_autofree char *said = command_read_until(running, "watching ");
    while (!strchr(strstr(said, "watching "), '\n')) {
        g_autofree char *before = g_steal_pointer(&said);
        g_autofree char *more = command_read_until(running, "\n");
        said = g_strconcat(before, more, NULL);
    }
    const char *name = strstr(said, "watching ") + strlen("watching ");
    return g_strdup_printf("%s/host/%.*s", relay->live, (int)strcspn(name, "\n"), name);
}

/* The program still runs when its finding is there; one that begins later is found, too. */
static void tells_while_it_happens(void **state)
{
    (void)state;
    struct relay_daemon relay = relay_start();
    struct running watching = watch(relay.live, "--format", "json");
    g_free(command_read_until(&watching, "waiting for"));
    struct steady first = support_start("theft.py", "stolen", "record", "--stream", relay.url);
    g_autofree char *told = command_read_until(&watching, "}\n");
    const char *line = strstr(told, "{\"schema\":\"scopetrace-finding/1\"");
    assert_non_null(line);
    json_t *finding = json_loads(line, JSON_DISABLE_EOF_CHECK, NULL);
    assert_string_equal(json_string_value(json_object_get(finding, "rule")), "stolen-cancel");
    assert_string_equal(json_string_value(json_object_get(finding, "confidence")), "certain");
    json_decref(finding);
    struct steady second = steady_start("record", "--stream", relay.url);
    g_free(command_read_until(&watching, "watching "));
    g_usleep(ARRIVES_US);
    assert_int_equal(kill(watching.pid, SIGINT), 0);
    g_free(command_read_until(&watching, "1 error (2 processes"));
    command_finish_with(&watching, 1);
    steady_end(&second);
    command_finish_with(&second.running, 0);
    assert_int_equal(write(first.input, "\n", 1), 1);
    command_finish_with(&first.running, 0);
    close(first.input);
    relay_clear(&relay);
}

/* A server's task never ends: what its scope leaves behind is told when the scope has been left. */
static void tells_leaks_before_the_task_ends(void **state)
{
    (void)state;
    static const char packages[] = BUILD_DIRECTORY "/python/async-timeout-4.0.2";
    if (!g_file_test(packages, G_FILE_TEST_IS_DIR))
        skip_because("no async_timeout 4.0.2 (PyPI out of reach)");
    struct relay_daemon relay = relay_start();
    struct running watching = watch(relay.live, "--format", "json");
    g_free(command_read_until(&watching, "waiting for"));
    g_setenv("PYTHONPATH", packages, TRUE);
    struct steady steady = support_start("leaves.py", "left", "record", "--stream", relay.url);
    g_unsetenv("PYTHONPATH");
    g_free(command_read_until(&watching, "\"leaked-cancel\""));
    assert_int_equal(write(steady.input, "\n", 1), 1);
    command_finish_with(&steady.running, 0);
    close(steady.input);
    assert_int_equal(kill(watching.pid, SIGINT), 0);
    g_free(command_read_until(&watching, "1 error (1 process"));
    command_finish_with(&watching, 1);
    relay_clear(&relay);
}

/* Attached late: what came before is there all the same. Ends with the session. */
static void begins_at_the_beginning(void **state)
{
    (void)state;
    struct relay_daemon relay = relay_start();
    struct steady steady = steady_start("record", "--stream", relay.url);
    json_decref(relay_await_tasks(&relay, STEADY_TASKS + 100));
    const char *const analyze[] = {"analyze", relay.live, NULL};
    json_t *report = support_report(analyze, NULL);
    assert_true(support_summary(report, "tasks") >= STEADY_TASKS);
    assert_int_equal(support_summary(report, "lost_events"), 0);
    support_no_findings(report);
    json_decref(report);
    struct running all = watch(relay.live, "--duration", "500ms");
    g_autofree char *url = session_url(&relay, &all);
    command_finish_with(&all, 0);
    struct running one = watch(url, "--fail-on", "note");
    g_free(command_read_until(&one, "watching "));
    g_usleep(ARRIVES_US);
    steady_end(&steady);
    command_finish_with(&steady.running, 0);
    g_free(command_read_until(&one, "no findings (1 process"));
    command_finish_with(&one, 0);
    relay_clear(&relay);
}

static void relay_dies(void **state)
{
    (void)state;
    struct relay_daemon relay = relay_start();
    struct steady steady = steady_start("record", "--stream", relay.url);
    json_decref(relay_await_tasks(&relay, STEADY_TASKS));
    struct running watching = watch(relay.live, NULL, NULL);
    g_free(command_read_until(&watching, "watching "));
    relay_kill(&relay, SIGKILL);
    g_free(command_read_until(&watching, "is lost"));
    command_finish_with(&watching, 2);
    steady_end(&steady);
    command_finish(&steady.running);
    relay_clear(&relay);
}

/* Neither Ctrl-C nor the end of the time waits for a relay that does not answer. */
static void relay_stalls(void **state)
{
    (void)state;
    struct relay_daemon relay = relay_start();
    struct running timed = watch(relay.live, "--duration", "2s");
    struct running untimed = watch(relay.live, NULL, NULL);
    g_free(command_read_until(&timed, "waiting for"));
    g_free(command_read_until(&untimed, "waiting for"));
    assert_int_equal(kill(relay.pid, SIGSTOP), 0);
    command_finish_with(&timed, 2);
    assert_int_equal(kill(untimed.pid, SIGINT), 0);
    command_finish_with(&untimed, 2);
    relay_clear(&relay);
}

static pid_t child_of(pid_t parent)
{
    g_autofree char *path = g_strdup_printf("/proc/%d/task/%d/children", (int)parent, (int)parent);
    g_autofree char *children = NULL;
    assert_true(g_file_get_contents(path, &children, NULL, NULL));
    return (pid_t)g_ascii_strtoll(children, NULL, 10);
}

/* As the library does when it cannot bear what it reads. */
static void reader_dies(void **state)
{
    (void)state;
    struct relay_daemon relay = relay_start();
    struct running watching = watch(relay.live, NULL, NULL);
    g_free(command_read_until(&watching, "waiting for"));
    assert_int_equal(kill(child_of(watching.pid), SIGABRT), 0);
    g_free(command_read_until(&watching, "broke off with signal 6"));
    command_finish_with(&watching, 2);
    relay_clear(&relay);
}

/* Of a session that the library does not read. */
static void spoil_metadata(const struct relay_daemon *relay)
{
    g_autofree char *script = g_strdup_printf(
        "dd if=/dev/zero of=\"$(find '%s' -name metadata)\" bs=1 seek=600 count=300 conv=notrunc 2>&1",
        relay->folder);
    const char *const command[] = {"sh", "-c", script, NULL};
    struct outcome outcome = command_plain(command, NULL);
    assert_int_equal(outcome.status, 0);
    outcome_clear(&outcome);
}

/* libbabeltrace2 2.0 loses memory when it meets damage, which LeakSanitizer would tell: not ours to mend. */
static void expect_cause(const char *verb, const char *url, const char *said)
{
    const char *const arguments[] = {verb, url, verb[0] == 'w' ? "--duration" : NULL, "1s", NULL};
    g_setenv("ASAN_OPTIONS", "detect_leaks=0", TRUE);
    struct outcome outcome = command_run_array(arguments, NULL);
    g_unsetenv("ASAN_OPTIONS");
    assert_int_equal(outcome.status, 2);
    if (!strstr(outcome.err, said) || !strstr(outcome.err, "breaks off: ") ||
        !strstr(outcome.err, "; its trace is in the relay daemon's folder: give that to scopetrace analyze\n"))
        fail_msg("%s %s: %s", verb, url, outcome.err);
    outcome_clear(&outcome);
}

static void says_why_a_session_cannot_be_read(void **state)
{
    (void)state;
    struct relay_daemon relay = relay_start();
    struct steady steady = steady_start("record", "--stream", relay.url);
    json_decref(relay_await_tasks(&relay, STEADY_TASKS));
    struct running all = watch(relay.live, "--duration", "500ms");
    g_autofree char *url = session_url(&relay, &all);
    command_finish_with(&all, 0);
    spoil_metadata(&relay);
    expect_cause("watch", relay.live, "no events of scopetrace could be read: ");
    expect_cause("analyze", relay.live, "no events of scopetrace could be read: ");
    expect_cause("watch", url, "cannot be read on: ");
    steady_end(&steady);
    command_finish_with(&steady.running, 0);
    relay_clear(&relay);
}

static void says_where_what_is_over_can_be_found(void **state)
{
    (void)state;
    struct relay_daemon relay = relay_start();
    g_autofree char *analyze = g_strdup_printf("analyze %s", relay.live);
    assert_command_refuses(analyze, "what is over is in the relay daemon's folder");
    relay_clear(&relay);
}

static void refused(void **state)
{
    (void)state;
    static const char *const bad[][2] = {
        {"net://127.0.0.1:1", "Connection refused"},
        {"net://127.0.0.1:99999", "is not the URL"},
        {"net://nonesuch.invalid", "nonesuch.invalid"},
        {"net://127.0.0.1/host/box", "is not the URL"},
        {"net://", "is not the URL"},
        {"/tmp", "is not the URL"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
        const char *const arguments[] = {"watch", bad[i][0], NULL};
        struct outcome outcome = command_run_array(arguments, NULL);
        assert_int_equal(outcome.status, 2);
        assert_one_line(outcome.err, bad[i][1]);
        outcome_clear(&outcome);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(tells_while_it_happens, command_setup, command_teardown),
        cmocka_unit_test_setup_teardown(tells_leaks_before_the_task_ends, command_setup, command_teardown),
        cmocka_unit_test_setup_teardown(begins_at_the_beginning, command_setup, command_teardown),
        cmocka_unit_test_setup_teardown(says_where_what_is_over_can_be_found, command_setup, command_teardown),
        cmocka_unit_test_setup_teardown(relay_dies, command_setup, command_teardown),
        cmocka_unit_test_setup_teardown(relay_stalls, command_setup, command_teardown),
        cmocka_unit_test_setup_teardown(reader_dies, command_setup, command_teardown),
        cmocka_unit_test_setup_teardown(says_why_a_session_cannot_be_read, command_setup, command_teardown),
        cmocka_unit_test_setup_teardown(refused, command_setup, command_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
