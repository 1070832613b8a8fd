/* SPDX-License-Identifier: MIT */
/*
 * What a server that enters many scopes and cancels few writes: with `--scopes lazy` what it cancels, with
 * `--scopes all` every scope. Both say the same of what it did wrong.
 */
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/integration/command.h"

#define SERVER SOURCE_DIRECTORY "/tests/integration/lazy/server.py"
#define NEST SOURCE_DIRECTORY "/tests/integration/lazy/nested.py"
#define PYTHON "/usr/bin/python3"

/* Bytes on disk for each scope, beyond what a trace takes anyhow. */
#define MOST_LAZILY 0.1
#define LEAST_OF_ALL 50.0
#define SCOPES 300000

struct trace {
    double scopes, bytes;
};

static double bytes_below;

static int add_file(const char *path, const struct stat *status, int type, struct FTW *walk)
{
    (void)path;
    (void)walk;
    if (type == FTW_F)
        bytes_below += (double)status->st_size;
    return 0;
}

static int remove_entry(const char *path, const struct stat *status, int type, struct FTW *walk)
{
    (void)status;
    (void)type;
    (void)walk;
    return remove(path);
}

static void assert_reported(const char *folder)
{
    const char *const analyze[] = {"analyze", "--no-color", "--fail-on", "warning", folder, NULL};
    struct outcome outcome = command_run_array(analyze, NULL);

    assert_int_equal(outcome.status, 1);
    assert_non_null(strstr(outcome.out, "swallowed-cancel"));
    assert_non_null(strstr(outcome.out, "scopetrace: 1 warning ("));
    outcome_clear(&outcome);
}

static struct trace record(const char *scopes, const char *least)
{
    g_autofree char *folder = g_build_filename(command_folder(), "trace", NULL);
    const char *const arguments[] = {"record", "--scopes", scopes, "--lossless", "-o", folder,
                                     "--",     PYTHON,     SERVER, least,        NULL};
    struct outcome outcome = command_run_array(arguments, NULL);
    struct trace trace = {.scopes = strtod(outcome.out, NULL)};

    if (outcome.status != 0)
        fail_msg("status %d: %s", outcome.status, outcome.err);
    bytes_below = 0;
    assert_int_equal(nftw(folder, add_file, 16, FTW_PHYS), 0);
    trace.bytes = bytes_below;
    assert_reported(folder);
    assert_int_equal(nftw(folder, remove_entry, 16, FTW_PHYS | FTW_DEPTH), 0);
    print_message("%s, %s or more: %.0f scopes, %.0f bytes\n", scopes, least, trace.scopes, trace.bytes);
    outcome_clear(&outcome);
    return trace;
}

/* Of the longer run beside one that ends at once: so that what every trace holds is no part of it. */
static double bytes_per_scope(const char *scopes)
{
    const struct trace brief = record(scopes, "0"), full = record(scopes, G_STRINGIFY(SCOPES));

    assert_true(full.scopes - brief.scopes >= SCOPES);
    return (full.bytes - brief.bytes) / (full.scopes - brief.scopes);
}

static void what_nobody_cancels_takes_no_disk(void **state)
{
    const double lazy = bytes_per_scope("lazy");

    (void)state;
    print_message("lazy: %.3f bytes for each scope\n", lazy);
    assert_true(lazy < MOST_LAZILY);
}

static void all_scopes_do(void **state)
{
    const double all = bytes_per_scope("all");

    (void)state;
    print_message("all: %.1f bytes for each scope\n", all);
    assert_true(all > LEAST_OF_ALL);
}

/* What encloses a scope is announced before it, whatever the depth and however little room there is. */
static void a_deep_nest_is_announced_on_a_small_stack(void **state)
{
    const char *const arguments[] = {"run", "--scopes", "lazy", "--no-color", "--", PYTHON, NEST, NULL};
    struct outcome outcome = command_run_array(arguments, NULL);

    (void)state;
    assert_int_equal(outcome.status, 0);
    assert_string_equal(outcome.out, "20000\n");
    assert_non_null(strstr(outcome.err, " 20000 scopes, "));
    outcome_clear(&outcome);
}

/* On 3.11 a task gets its name when it is there already: before the scope is left, and after it was entered. */
static void named(const char *scopes)
{
    static const char program[] = "import asyncio\n"
                                  "async def enter(scope):\n"
                                  "    await scope.__aenter__()\n"
                                  "    await asyncio.sleep(1)\n"
                                  "async def main():\n"
                                  "    scope = asyncio.timeout(None)\n"
                                  "    task = asyncio.create_task(enter(scope))\n"
                                  "    await asyncio.sleep(0)\n"
                                  "    task.set_name('opener')\n"
                                  "    await scope.__aexit__(None, None, None)\n"
                                  "asyncio.run(main())\n";
    const char *const arguments[] = {"run", "--scopes", scopes, "--no-color", "--", PYTHON, "-c", program, NULL};
    struct outcome outcome = command_run_array(arguments, NULL);

    assert_int_equal(outcome.status, 1);
    if (!strstr(outcome.err, "task opener was left in") || !strstr(outcome.err, "in: opener (enter)"))
        fail_msg("%s: %s", scopes, outcome.err);
    outcome_clear(&outcome);
}

static void tasks_have_their_names(void **state)
{
    (void)state;
    named("all");
    named("lazy");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_nobody_cancels_takes_no_disk, command_setup, command_teardown),
        cmocka_unit_test_setup_teardown(all_scopes_do, command_setup, command_teardown),
        cmocka_unit_test_setup_teardown(tasks_have_their_names, command_setup, command_teardown),
        cmocka_unit_test_setup_teardown(a_deep_nest_is_announced_on_a_small_stack, command_setup,
                                        command_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
