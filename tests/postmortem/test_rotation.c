/* SPDX-License-Identifier: MIT */
/* Traces in chunks: all of them are the whole, each can be understood alone, old ones may go. */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include "tests/postmortem/support.h"

static void record(const char *const *options, const char *folder, const char *program)
{
    g_autofree char *path = support_program(program);
    GPtrArray *all = g_ptr_array_new();
    g_ptr_array_add(all, "record");
    g_ptr_array_add(all, "-o");
    g_ptr_array_add(all, (char *)folder);
    for (; *options; options++)
        g_ptr_array_add(all, (char *)*options);
    g_ptr_array_add(all, PYTHON);
    g_ptr_array_add(all, path);
    g_ptr_array_add(all, NULL);
    struct outcome outcome = command_run_array((const char *const *)all->pdata, NULL);
    if (outcome.status != 0 || strstr(outcome.err, "died"))
        fail_msg("status %d: %s", outcome.status, outcome.err);
    outcome_clear(&outcome);
    g_ptr_array_free(all, TRUE);
}

static json_t *analyze(const char *trace)
{
    const char *const arguments[] = {"analyze", trace, NULL};
    return support_report(arguments, NULL);
}

static gint by_text(gconstpointer a, gconstpointer b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* What was found, and how often, one line each, in an order of its own. To be freed. */
static char *verdict(const json_t *report)
{
    g_autoptr(GPtrArray) lines = g_ptr_array_new_with_free_func(g_free);
    const json_t *finding;
    size_t index;
    json_array_foreach(json_object_get(report, "findings"), index, finding) g_ptr_array_add(
        lines, g_strdup_printf("%s %s %lld %s %s", json_string_value(json_object_get(finding, "level")),
                               json_string_value(json_object_get(finding, "rule")),
                               (long long)json_integer_value(json_object_get(finding, "count")),
                               json_string_value(json_object_get(finding, "fingerprint")),
                               json_string_value(json_object_get(finding, "confidence"))));
    g_ptr_array_sort(lines, by_text);
    g_ptr_array_add(lines, NULL);
    return g_strjoinv("\n", (char **)lines->pdata);
}

/* Of those that are over, oldest first. */
static GPtrArray *chunks_of(const char *folder)
{
    g_autofree char *archives = g_build_filename(folder, "archives", NULL);
    g_autoptr(GDir) entries = g_dir_open(archives, 0, NULL);
    GPtrArray *chunks = g_ptr_array_new_with_free_func(g_free);
    for (const char *name; entries && (name = g_dir_read_name(entries));)
        g_ptr_array_add(chunks, g_build_filename(archives, name, NULL));
    g_ptr_array_sort(chunks, by_text);
    return chunks;
}

/* The one that was written to at the end; it may have nothing in it. */
static void add_last_chunk(GPtrArray *chunks, const char *folder)
{
    g_autoptr(GDir) entries = g_dir_open(folder, 0, NULL);
    for (const char *name; entries && (name = g_dir_read_name(entries));) {
        g_autofree char *chunk = g_build_filename(folder, name, NULL);
        const char *const arguments[] = {"analyze", chunk, NULL};
        if (!g_ascii_isdigit(*name))
            continue;
        struct outcome outcome = command_run_array(arguments, NULL);
        if (outcome.status != 2)
            g_ptr_array_add(chunks, g_steal_pointer(&chunk));
        outcome_clear(&outcome);
    }
}

/* Errors found in this piece alone: each is of one of the faulty tasks, and says where its request was raised. */
static size_t true_errors(const char *chunk)
{
    const char *const arguments[] = {"analyze", chunk, NULL};
    struct outcome outcome;
    json_t *report = support_report(arguments, &outcome);
    const json_t *finding;
    size_t index, errors = 0;
    json_array_foreach(json_object_get(report, "findings"), index, finding)
    {
        const char *name = json_string_value(json_object_get(json_object_get(finding, "task"), "name"));
        const json_t *stack = json_object_get(json_object_get(finding, "cancelled"), "stack");
        if (strcmp(json_string_value(json_object_get(finding, "level")), "error") != 0)
            continue;
        assert_true(strcmp(name, "late") == 0 || strcmp(name, "leaks") == 0);
        assert_string_equal(json_string_value(json_object_get(json_array_get(stack, 0), "function")),
                            "Deadline.expire");
        errors++;
    }
    assert_int_equal(support_summary(report, "lost_events"), 0);
    json_decref(report);
    outcome_clear(&outcome);
    return errors;
}

static void all_chunks_are_the_whole(void **state)
{
    (void)state;
    g_autofree char *whole = support_path("whole"), *chunks = support_path("chunks");
    const char *const none[] = {NULL}, *const rotated[] = {"--rotate", "1s", NULL};
    record(none, whole, "phases.py");
    record(rotated, chunks, "phases.py");
    g_autoptr(GPtrArray) over = chunks_of(chunks);
    assert_true(over->len >= 2);

    json_t *of_whole = analyze(whole), *of_chunks = analyze(chunks);
    g_autofree char *expected = verdict(of_whole), *found = verdict(of_chunks);
    assert_string_equal(found, expected);
    assert_non_null(strstr(expected, "error leaked-cancel 6"));
    assert_non_null(strstr(expected, "warning swallowed-cancel 1"));
    static const char *const totals[] = {"tasks", "scopes", "processes", "lost_events"};
    for (size_t i = 0; i < G_N_ELEMENTS(totals); i++)
        assert_int_equal(support_summary(of_chunks, totals[i]), support_summary(of_whole, totals[i]));
    json_decref(of_whole);
    json_decref(of_chunks);

    size_t errors = 0;
    add_last_chunk(over, chunks);
    for (guint i = 1; i < over->len; i++)
        errors += true_errors(over->pdata[i]);
    assert_true(errors > 0);
    support_remove(whole);
    support_remove(chunks);
}

static const char *rotating; /* a folder */

/* Chunks are numbered in the order in which they came; one is over that is not yet gone. */
static bool old_ones_are_gone(void)
{
    g_autoptr(GPtrArray) chunks = chunks_of(rotating);
    const char *newest = chunks->len ? strrchr(chunks->pdata[chunks->len - 1], '-') : NULL;
    return newest && strtol(newest + 1, NULL, 10) >= 5 && chunks->len <= 3;
}

static bool some_are_over(void)
{
    g_autoptr(GPtrArray) chunks = chunks_of(rotating);
    return chunks->len >= 2;
}

/* The newest two stay, by request; and then somebody removes them while the recording goes on. */
static void old_chunks_may_go(void **state)
{
    (void)state;
    g_autofree char *folder = support_path("few"), *program = support_program("busy.py");
    const char *const arguments[] = {"record", "-o", folder, "--rotate", "256k", "--keep",
                                     "2",      "--", PYTHON, program,    "on",   NULL};
    struct running running = command_start(arguments);
    g_free(command_read_until(&running, "rounds 6000"));
    g_autofree char *archives = g_build_filename(folder, "archives", NULL);
    rotating = folder;
    assert_true(command_wait_until(old_ones_are_gone));
    support_remove(archives);
    assert_true(command_wait_until(some_are_over));
    kill(support_process("python3"), SIGUSR1);
    command_finish_with(&running, 0);
    json_t *report = analyze(folder);
    support_no_findings(report);
    assert_int_equal(support_summary(report, "lost_events"), 0);
    json_decref(report);
    support_remove(folder);
}

/* As LTTng names chunks, when that many begin and end in one second. */
static char *chunk_of_one_second(const char *number)
{
    return g_strdup_printf("%s/archives/29990101T000000+0000-29990101T000000+0000-%s", rotating, number);
}

static bool one_is_gone(void)
{
    static const char *const numbers[] = {"99999", "100000", "100001"};
    bool gone = false;
    for (size_t i = 0; i < G_N_ELEMENTS(numbers); i++) {
        g_autofree char *chunk = chunk_of_one_second(numbers[i]);
        gone |= access(chunk, F_OK) != 0;
    }
    return gone;
}

/* Which is the older of two whose names differ in the number alone. */
static void chunks_of_one_second_are_counted(void **state)
{
    (void)state;
    g_autofree char *folder = support_path("quick"), *program = support_program("busy.py");
    const char *const arguments[] = {"record", "-o", folder, "--rotate", "256k", "--keep",
                                     "2",      "--", PYTHON, program,    "on",   NULL};
    struct running running = command_start(arguments);
    rotating = folder;
    g_autofree char *oldest = chunk_of_one_second("99999"), *middle = chunk_of_one_second("100000"),
                    *newest = chunk_of_one_second("100001");
    g_free(command_read_until(&running, "rounds 1000"));
    assert_true(command_wait_until(some_are_over));
    g_autofree char *notes = g_build_filename(folder, "archives", "notes-1", NULL);
    assert_int_equal(g_mkdir(notes, 0700), 0);
    assert_int_equal(g_mkdir(newest, 0700) | g_mkdir(middle, 0700) | g_mkdir(oldest, 0700), 0);
    assert_true(command_wait_until(one_is_gone));
    assert_int_not_equal(access(oldest, F_OK), 0);
    assert_int_equal(access(middle, F_OK), 0);
    assert_int_equal(access(newest, F_OK), 0);
    assert_int_equal(access(notes, F_OK), 0);
    kill(support_process("python3"), SIGUSR1);
    command_finish_with(&running, 0);
    support_remove(folder);
}

/* The chunk that was being written has no metadata then: it is completed like any other trace. In the midst of it:
 * of a daemon that dies while one chunk follows another, some events may be missing, which is told. */
static void the_daemon_dies(void **state)
{
    (void)state;
    g_autofree char *folder = support_path("died"), *program = support_program("busy.py");
    const char *const arguments[] = {"record", "-o", folder, "--rotate", "1s", "--", PYTHON, program, "on", NULL};
    struct running running = command_start(arguments);
    g_free(command_read_until(&running, "rounds 1000"));
    rotating = folder;
    assert_true(command_wait_until(some_are_over));
    g_usleep(500000);
    kill(support_process("lttng-sessiond"), SIGKILL);
    g_usleep(300000);
    kill(support_process("python3"), SIGUSR1);
    g_free(command_read_until(&running, "the session daemon died"));
    command_finish_with(&running, 2);
    g_autofree char *recovered = g_build_filename(folder, "recovered", NULL);
    json_t *all = analyze(folder);
    assert_true(g_file_test(recovered, G_FILE_TEST_IS_DIR));
    assert_true(support_summary(all, "events") > 10000);
    support_no_findings(all);
    assert_int_equal(support_summary(all, "lost_events"), 0);
    json_decref(all);
    support_remove(folder);
}

static void bad_input(void **state)
{
    (void)state;
    assert_command_refuses("record --rotate 10 -- true", "neither a size (64M) nor a time (15m)");
    assert_command_refuses("record --rotate x -- true", "neither a size");
    assert_command_refuses("record --rotate 1k -- true", "too small");
    assert_command_refuses("record --rotate 10ms -- true", "too short");
    assert_command_refuses("record --keep 2 -- true", "needs --rotate");
    assert_command_refuses("record --rotate 1s --keep 0 -- true", "no number of chunks");
    assert_command_refuses("record --rotate 1s --flight-recorder 1M -- true", "leave out one");
    assert_command_refuses("run --rotate 1s -- true", "unknown option");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_chunks_are_the_whole),
        cmocka_unit_test(old_chunks_may_go),
        cmocka_unit_test(chunks_of_one_second_are_counted),
        cmocka_unit_test(the_daemon_dies),
        cmocka_unit_test(bad_input),
    };
    return command_verdict(cmocka_run_group_tests(tests, command_setup, command_teardown));
}
