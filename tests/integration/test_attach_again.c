/* SPDX-License-Identifier: MIT */
/*
 * Programs that change between one attach and the next: the second is not held to what the first one found.
 */
#include <glib/gstdio.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/integration/attach/target.h"
#include "tests/skip.h"

#define ANYIO BUILD_DIRECTORY "/python/anyio-newest"
#define PRELOAD BUILD_DIRECTORY "/lib/scopetrace/libscopetrace.so"

static char *go, *at, *ready;

static int set_up(void **state)
{
    if (command_setup(state) != 0)
        return -1;
    go = g_build_filename(command_folder(), "go", NULL);
    at = g_strconcat(go, ".at", NULL);
    ready = g_strconcat(go, ".ready", NULL);
    return 0;
}

static int tear_down(void **state)
{
    g_unlink(go);
    g_unlink(at);
    g_unlink(ready);
    g_clear_pointer(&ready, g_free);
    g_clear_pointer(&go, g_free);
    g_clear_pointer(&at, g_free);
    return command_teardown(state);
}

static bool is_ready(void)
{
    return access(ready, F_OK) == 0;
}

static pid_t start(const char *mode)
{
    const pid_t pid = target_spawn((const char *const[]){PYTHON, ATTACH_SOURCES "/again.py", mode, go, NULL});
    assert_true(command_wait_until(is_ready));
    return pid;
}

/* With a variable more in its environment. */
static pid_t start_with(const char *variable, const char *value, const char *mode)
{
    g_setenv(variable, value, TRUE);
    const pid_t pid = start(mode);
    g_unsetenv(variable);
    return pid;
}

static bool is_changed(void)
{
    return access(at, F_OK) == 0;
}

static void change(void)
{
    assert_true(g_file_set_contents(go, "", 0, NULL));
    assert_true(command_wait_until(is_changed));
}

/* One scope may be open when the attach begins: more are heard of by hooks alone. */
#define HOOKED 3

/* How many are in the report of an attach to `which` scopes ("all": those too that nobody cancels); ret_said: what
 * it said, to be freed. */
static json_int_t scopes_told(pid_t pid, const char *which, char **ret_said)
{
    g_autofree char *file = g_build_filename(command_folder(), "report.json", NULL);
    struct outcome outcome =
        target_command("attach -d 0.5 --scopes %s -f text -f json=%s %d", which, file, (int)pid);
    if (outcome.status != 0)
        fail_msg("status %d: %s%s", outcome.status, outcome.out, outcome.err);
    json_t *report = json_load_file(file, 0, NULL);
    const json_int_t scopes = json_integer_value(json_object_get(json_object_get(report, "summary"), "scopes"));
    json_decref(report);
    g_unlink(file);
    *ret_said = g_strdup(outcome.err);
    outcome_clear(&outcome);
    return scopes;
}

static json_int_t scopes_of_attach(pid_t pid, char **ret_said)
{
    return scopes_told(pid, "all", ret_said);
}

/* Its loop's first import starts the agent that the first attach has loaded. It goes on hearing of sessions. */
static void preloaded_and_attached_to_before_its_loop(void **state)
{
    (void)state;
    const pid_t pid = start_with("LD_PRELOAD", PRELOAD, "late");
    g_autofree char *number = g_strdup_printf("%d", (int)pid);
    struct running first = command_start((const char *const[]){"attach", number, NULL});
    g_free(command_read_until(&first, "Ctrl-C ends it"));
    change();
    kill(first.pid, SIGINT);
    g_autofree char *said = command_read_until(&first, "events");
    assert_null(strstr(said, "still in place"));
    command_finish_with(&first, 0);
    g_autofree char *again = NULL;
    assert_true(scopes_of_attach(pid, &again) > HOOKED);
    target_end(pid);
}

/* A class of which half the methods are plain is let alone, and looked at again next time. */
static void a_class_that_is_mended(void **state)
{
    (void)state;
    const pid_t pid = start("mended");
    g_autofree char *first = NULL, *second = NULL;
    assert_int_equal(scopes_of_attach(pid, &first), 0);
    if (!strstr(first, "method of this class itself: _on_timeout"))
        fail_msg("%s", first);
    change();
    assert_true(scopes_of_attach(pid, &second) > HOOKED);
    if (strstr(second, "is not traced"))
        fail_msg("%s", second);
    target_end(pid);
}

/* Events of each scope's entry and exit, in a report: how often one was told of. */
static double tellings_of_attach(pid_t pid)
{
    g_autofree char *file = g_build_filename(command_folder(), "report.json", NULL);
    struct outcome outcome = target_command("attach -d 0.7 --scopes all -q -f json=%s %d", file, (int)pid);
    if (outcome.status != 0)
        fail_msg("status %d: %s%s", outcome.status, outcome.out, outcome.err);
    json_t *summary = json_load_file(file, 0, NULL);
    const json_t *part = json_object_get(summary, "summary");
    const double scopes = (double)json_integer_value(json_object_get(part, "scopes"));
    const double events = (double)json_integer_value(json_object_get(part, "events"));
    json_decref(summary);
    g_unlink(file);
    outcome_clear(&outcome);
    assert_true(scopes > 9);
    return events / scopes;
}

/* The hooks of the first attach are below functions of the program's when it ends: they stay, and those of the
 * next come on top. Each scope is told of once: entry, expiry, cancel, uncancel, exit, and less than another of
 * those for all that is told once. When they are in their places again, they are taken out. */
static void a_class_whose_hooks_were_covered(void **state)
{
    (void)state;
    const pid_t pid = start("covers");
    g_autofree char *first = NULL;
    (void)scopes_of_attach(pid, &first);
    assert_true(is_changed());
    assert_in_range((uintmax_t)tellings_of_attach(pid), 5, 6);
    assert_in_range((uintmax_t)tellings_of_attach(pid), 5, 6);
    assert_true(g_file_set_contents(go, "", 0, NULL));
    g_usleep(100000);
    assert_in_range((uintmax_t)tellings_of_attach(pid), 5, 6);
    target_end(pid);
}

/* How many scopes are told as such. */
static uint32_t scopes_of_kind(pid_t pid, const char *kind)
{
    g_autofree char *file = g_build_filename(command_folder(), "report.json", NULL), *text = NULL;
    struct outcome outcome = target_command("attach -d 0.5 --tree -f json=%s %d", file, (int)pid);
    assert_int_equal(outcome.status, 0);
    outcome_clear(&outcome);
    assert_true(g_file_get_contents(file, &text, NULL, NULL));
    g_unlink(file);
    g_auto(GStrv) parts = g_strsplit(text, kind, -1);
    return g_strv_length(parts) - 1;
}

/* Nobody hears of what dies between the two. */
static void one_in_which_everything_is_another(void **state)
{
    (void)state;
    const pid_t pid = start("another");
    assert_int_equal(scopes_of_kind(pid, "asyncio.Timeout"), 300);
    change();
    assert_int_equal(scopes_of_kind(pid, "asyncio.TaskGroup"), 300);
    target_end(pid);
}

static void assert_names(pid_t pid)
{
    struct outcome outcome = target_command("attach -d 0.5 --tree %d", (int)pid);

    if (outcome.status != 0 || !strstr(outcome.err, "CancelScope of move_on_after()"))
        fail_msg("status %d: %s", outcome.status, outcome.err);
    outcome_clear(&outcome);
}

/* 3.11 has a way of its own to learn of that. */
static void scopes_named_after_what_makes_them(void **state)
{
    (void)state;
    if (!g_file_test(ANYIO, G_FILE_TEST_IS_DIR))
        skip_because("no AnyIO (PyPI out of reach)");
    const pid_t pid = start_with("PYTHONPATH", ANYIO, "named");
    assert_names(pid);
    assert_names(pid);
    target_end(pid);
}

/* Nothing comes after the word that the recording is over: the analyzer would think that the program died. */
static void a_task_whose_birth_outlasts_the_recording(void **state)
{
    (void)state;
    const pid_t pid = start("outlasts");
    g_autofree char *said = NULL;
    (void)scopes_of_attach(pid, &said);
    assert_true(is_changed());
    if (strstr(said, "ends before"))
        fail_msg("%s", said);
    target_end(pid);
}

/* What it asked for goes with the next attach, whatever that asks for: at its beginning, when events begin, too.
 */
static void one_whose_attacher_is_killed(void **state)
{
    (void)state;
    const pid_t pid = start_with("LD_PRELOAD", PRELOAD, "churns");
    g_autofree char *number = g_strdup_printf("%d", (int)pid), *said = NULL, *again = NULL;
    struct running first = command_start((const char *const[]){"attach", "--scopes", "all", number, NULL});
    g_free(command_read_until(&first, "Ctrl-C ends it"));
    kill(first.pid, SIGKILL);
    command_finish_with(&first, 128 + SIGKILL);
    (void)scopes_told(pid, "lazy", &said);
    assert_true(scopes_told(pid, "lazy", &again) <= HOOKED);
    target_end(pid);
}

/* More than 64 kB of buffers can take while they are read, unless the program waits. */
static void loses_nothing(pid_t pid)
{
    struct outcome outcome =
        target_command("attach -d 0.7 --scopes all --buffer-size 64k --lossless %d", (int)pid);
    if (outcome.status != 0 || !strstr(outcome.err, "none lost"))
        fail_msg("status %d: %s%s", outcome.status, outcome.out, outcome.err);
    outcome_clear(&outcome);
}

static void one_that_may_be_made_to_wait(void **state)
{
    (void)state;
    const pid_t pid = start("churns");
    loses_nothing(pid);
    loses_nothing(pid);
    target_end(pid);
}

/* LTTng is told as it is loaded. */
static void one_that_may_not_be_made_to_wait_any_more(void **state)
{
    (void)state;
    const pid_t pid = start("churns");
    g_autofree char *said = NULL;
    (void)scopes_of_attach(pid, &said);
    struct outcome outcome = target_command("attach -d 0.1 --lossless %d", (int)pid);
    assert_int_equal(outcome.status, 0);
    if (!strstr(outcome.err, "--lossless: the program had LTTng in it before"))
        fail_msg("%s", outcome.err);
    outcome_clear(&outcome);
    target_end(pid);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(preloaded_and_attached_to_before_its_loop), TEST(a_class_that_is_mended),
        TEST(a_class_whose_hooks_were_covered),          TEST(a_task_whose_birth_outlasts_the_recording),
        TEST(scopes_named_after_what_makes_them),        TEST(one_that_may_be_made_to_wait),
        TEST(one_that_may_not_be_made_to_wait_any_more), TEST(one_whose_attacher_is_killed),
        TEST(one_in_which_everything_is_another),
    };
    if (!command_may_attach())
        return 77;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
