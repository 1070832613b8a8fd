/* SPDX-License-Identifier: MIT */
/* Traces that are streamed to a relay daemon: what arrives, and what is lost when the relay, or the machine, is.
 */
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "tests/postmortem/relay.h"

/* One network round more than LTTng waits for a relay that takes nothing. */
#define LOSES_PATIENCE_US (4 * G_USEC_PER_SEC)

static json_t *report_on(const struct relay_daemon *relay)
{
    const char *const analyze[] = {"analyze", relay->folder, NULL};
    return support_report(analyze, NULL);
}

static void assert_same(const json_t *one, const json_t *other)
{
    static const char *const keys[] = {"processes", "tasks", "events", "lost_events"};
    for (size_t i = 0; i < G_N_ELEMENTS(keys); i++)
        assert_int_equal(support_summary(one, keys[i]), support_summary(other, keys[i]));
    const json_t *here = support_finding(one, "leaked-cancel"), *there = support_finding(other, "leaked-cancel");
    assert_string_equal(json_string_value(json_object_get(here, "fingerprint")),
                        json_string_value(json_object_get(there, "fingerprint")));
}

/* The report is that of a trace on this machine; the relay has the same. */
static void run_reports_and_streams(void **state)
{
    (void)state;
    struct relay_daemon relay = relay_start();
    g_autofree char *program = support_program("leak.py");
    const char *const run[] = {"run", "--stream", relay.url, "--", PYTHON, program, NULL};
    struct outcome outcome;
    json_t *here = support_report(run, &outcome);
    assert_int_equal(outcome.status, 1);
    assert_non_null(strstr(outcome.err, "was streamed to "));
    json_t *there = report_on(&relay);
    assert_same(here, there);
    json_decref(here);
    json_decref(there);
    outcome_clear(&outcome);
    relay_clear(&relay);
}

/* HOST/PATH/scopetrace-PROGRAM-… below the relay's folder, and nothing here. */
static void record_streams_only(void **state)
{
    (void)state;
    struct relay_daemon relay = relay_start();
    g_autofree char *url = g_strconcat(relay.url, "/nightly/", NULL);
    g_autofree char *program = support_program("leak.py");
    g_autofree char *parent = g_build_filename(relay.folder, g_get_host_name(), "nightly", NULL);
    g_autofree char *here = g_get_current_dir();
    const char *const record[] = {"record", "--stream", url, "--", PYTHON, program, NULL};
    assert_int_equal(chdir(command_folder()), 0);
    struct outcome outcome = command_run_array(record, NULL);
    assert_int_equal(chdir(here), 0);
    assert_int_equal(outcome.status, 0);
    assert_one_line(outcome.err, "/nightly/scopetrace-leak-");
    json_t *report = report_on(&relay);
    support_finding(report, "leaked-cancel");
    json_decref(report);
    g_autoptr(GDir) traces = g_dir_open(parent, 0, NULL);
    assert_true(traces && g_str_has_prefix(g_dir_read_name(traces), "scopetrace-leak-"));
    outcome_clear(&outcome);
    relay_clear(&relay); /* and the teardown finds nothing else */
}

/* Of a process that went from one CPU to another, the older part may not have been sent when the newer one was.
 * That is told, and nothing is concluded from it. */
static void assert_judged(const json_t *arrived)
{
    assert_true(support_summary(arrived, "tasks") >= STEADY_TASKS);
    support_no_findings_but_of(arrived, "lost-events");
}

static void killed_relay(const char *verb, int status)
{
    struct relay_daemon relay = relay_start();
    struct steady steady = steady_start(verb, "--stream", relay.url);
    json_decref(relay_await_tasks(&relay, STEADY_TASKS));
    relay_kill(&relay, SIGKILL);
    steady_end(&steady);
    g_free(command_read_until(&steady.running, "broke off"));
    command_finish_with(&steady.running, status);
    json_t *arrived = report_on(&relay);
    assert_judged(arrived);
    json_decref(arrived);
    relay_clear(&relay);
}

static void relay_dies_under_run(void **state)
{
    (void)state;
    killed_relay("run", 0);
}

static void relay_dies_under_record(void **state)
{
    (void)state;
    killed_relay("record", 2);
}

/* It is there, and takes nothing: a full disk's NFS server, a machine that is being moved. */
static void relay_stalls(void **state)
{
    (void)state;
    struct relay_daemon relay = relay_start();
    struct steady steady = steady_start("record", "--stream", relay.url);
    json_decref(relay_await_tasks(&relay, STEADY_TASKS));
    assert_int_equal(kill(relay.pid, SIGSTOP), 0);
    g_usleep(LOSES_PATIENCE_US);
    steady_end(&steady);
    g_free(command_read_until(&steady.running, "broke off"));
    command_finish_with(&steady.running, 2);
    relay_clear(&relay);
}

/* All at once, as when the plug is pulled: what was sent can be read. */
static void machine_is_lost(void **state)
{
    (void)state;
    struct relay_daemon relay = relay_start();
    struct steady steady = steady_start("record", "--stream", relay.url);
    json_decref(relay_await_tasks(&relay, STEADY_TASKS));
    steady_kill(&steady, (const char *const[]){COMMAND_ITSELF, KEEPER, CONSUMER, DAEMON, NULL});
    steady_end(&steady);
    command_finish(&steady.running);
    json_t *arrived = report_on(&relay);
    assert_judged(arrived);
    json_decref(arrived);
    relay_clear(&relay);
    support_remove_leftovers();
}

/* One line, and the program is not started. */
static void refused(void **state)
{
    (void)state;
    static const char *const bad[][2] = {
        {"net://127.0.0.1:1", "Connection refused"},
        {"net://nonesuch.invalid", "cannot be reached"},
        {"http://127.0.0.1", "is not the URL"},
        {"net://127.0.0.1:0", "no port"},
        {"net://127.0.0.1:1:2:3", "one too many"},
        {"net://127.0.0.1/../..", "must not leave"},
        {"net://", "no host"},
        {"net6://[::1", "is missing"},
    };
    g_autofree char *mark = support_path("started");
    struct outcome outcome = command_run("record --stream net://127.0.0.1:1 --buffers pid true");
    assert_int_equal(outcome.status, 2);
    assert_one_line(outcome.err, "buffers per user");
    outcome_clear(&outcome);
    for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
        const char *const run[] = {"run", "--stream", bad[i][0], "--", "touch", mark, NULL};
        outcome = command_run_array(run, NULL);
        assert_int_equal(outcome.status, 2);
        assert_one_line(outcome.err, bad[i][1]);
        assert_int_equal(access(mark, F_OK), -1);
        outcome_clear(&outcome);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(run_reports_and_streams, command_setup, command_teardown),
        cmocka_unit_test_setup_teardown(record_streams_only, command_setup, command_teardown),
        cmocka_unit_test_setup_teardown(relay_dies_under_run, command_setup, command_teardown),
        cmocka_unit_test_setup_teardown(relay_dies_under_record, command_setup, command_teardown),
        cmocka_unit_test_setup_teardown(relay_stalls, command_setup, command_teardown),
        cmocka_unit_test_setup_teardown(machine_is_lost, command_setup, command_teardown),
        cmocka_unit_test_setup_teardown(refused, command_setup, command_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
