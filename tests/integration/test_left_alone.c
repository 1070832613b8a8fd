/* SPDX-License-Identifier: MIT */
/*
 * Interpreters that cannot be traced: they run as they would alone, with nothing of LTTng's in them, and one line
 * says why.
 */
#include <glib.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/integration/command.h"
#include "tests/integration/pythons.h"
#include "tests/skip.h"

/* ---- without a GIL ---- */

/* NULL-terminated, of `arguments` and of scopetrace's before it. */
static struct outcome run_with(const char *option, const char *const *arguments)
{
    const char *all[16] = {"run"};
    size_t count = 1;

    if (option)
        all[count++] = option;
    all[count++] = "--";
    while (*arguments && count + 1 < G_N_ELEMENTS(all))
        all[count++] = *arguments++;
    return command_run_array(all, NULL);
}

/* It does what it would do alone, with nothing of LTTng's in it; one line says that it was not traced. */
static void assert_left_alone(const char *const *program, int status, int expected, const char *option)
{
    struct outcome plain = command_plain(program, NULL);
    struct outcome traced = run_with(option, program);

    assert_int_equal(plain.status, status);
    assert_true(g_str_has_prefix(plain.out, "ran False\n"));
    assert_int_equal(traced.status, expected);
    assert_string_equal(traced.out, plain.out);
    assert_one_line(traced.err, "free-threaded Python is not supported yet: use a build with a GIL");
    outcome_clear(&traced);
    outcome_clear(&plain);
}

#define IN_FOUR_THREADS                                                                                           \
    "import asyncio, os, sys, threading\n"                                                                        \
    "async def main():\n"                                                                                         \
    " async with asyncio.timeout(9): await asyncio.sleep(0.01)\n"                                                 \
    "threads = [threading.Thread(target=asyncio.run, args=[main()]) for _ in range(4)]\n"                         \
    "for thread in threads: thread.start()\n"                                                                     \
    "for thread in threads: thread.join()\n"                                                                      \
    "print('ran', 'lttng' in open('/proc/self/maps').read(), flush=True)\n"

static void run_without_gil(const char *const *command)
{
    const char *program[8] = {NULL};
    size_t count = 0;

    while (command[count]) {
        program[count] = command[count];
        count++;
    }
    program[count] = IN_FOUR_THREADS;
    assert_left_alone(program, 0, 2, NULL);
    assert_left_alone(program, 0, 0, "--allow-empty");
    program[count] = IN_FOUR_THREADS "os._exit(7)\n";
    assert_left_alone(program, 7, 7, NULL);
}

/* Debian has none: a program with a libpython that says so stands for one, and each that is found goes after it.
 */
static void without_gil_runs_untraced(void **state)
{
    static const char python[] = "/usr/bin/python3";
    g_autofree char *library = pythons_library(python);
    g_autofree char *home = pythons_prefix(python);
    g_auto(GStrv) lines = pythons_free_threaded();

    (void)state;
    if (library) {
        g_setenv("PYTHONHOME", home, TRUE);
        run_without_gil((const char *const[]){EMBEDS_FREE_THREADED, library, "1", NULL});
        g_unsetenv("PYTHONHOME");
    } else {
        print_message("SKIP %s as one without a GIL: it has no shared library\n", python);
    }
    for (char **line = lines; *line; line++) {
        g_auto(GStrv) found = g_strsplit(*line, " ", 2);
        run_without_gil((const char *const[]){found[0], "-c", NULL});
    }
}

/* ---- too old ---- */

static void old_interpreters_run_untraced(void **state)
{
    static const char *const versions[] = {"3.10", "3.9", "3.8"};
    const char *const code = "import asyncio; asyncio.run(asyncio.sleep(0)); print('ran')";
    g_autofree char *root = g_build_filename(g_get_home_dir(), ".pyenv/versions", NULL);
    g_autoptr(GDir) folders = g_dir_open(root, 0, NULL);
    size_t asked = 0;

    (void)state;
    for (const char *name; folders && (name = g_dir_read_name(folders));) {
        g_autofree char *python = g_build_filename(root, name, "bin/python3", NULL);
        const char *const arguments[] = {"run", "--", python, "-c", code, NULL};
        bool old = false;
        for (size_t i = 0; i < G_N_ELEMENTS(versions); i++)
            old |= g_str_has_prefix(name, versions[i]) && name[strlen(versions[i])] == '.';
        if (!old || !g_file_test(python, G_FILE_TEST_IS_EXECUTABLE))
            continue;
        struct outcome outcome = command_run_array(arguments, NULL);
        assert_int_equal(outcome.status, 2);
        assert_string_equal(outcome.out, "ran\n");
        assert_one_line(outcome.err, "is too old: scopetrace needs 3.11 or later");
        outcome_clear(&outcome);
        asked++;
    }
    if (!asked)
        skip_because("no older Python in %s", root);
}

/* ---- with few descriptors ---- */

static void assert_with_limit(const char *limit, int status, const char *text)
{
    g_autofree char *script = g_strdup_printf("ulimit %s; exec " COMMAND " run -- python3 -c 'import asyncio; "
                                              "asyncio.run(asyncio.sleep(0))'",
                                              limit);
    const char *const arguments[] = {"sh", "-c", script, NULL};
    struct outcome outcome = command_plain(arguments, NULL);
    if (outcome.status != status || !strstr(outcome.err, text))
        fail_msg("ulimit %s: %d: %s", limit, outcome.status, outcome.err);
    outcome_clear(&outcome);
}

/* The program has enough of them, its daemon would not. Privileges go beyond the hard limit. */
static void limits_are_the_programs(void **state)
{
    (void)state;
    assert_with_limit("-S -n 72", 0, "no cancellation went wrong");
    assert_with_limit("-S -f 1", 0, "no cancellation went wrong");
    assert_with_limit("-n 40", 2, "40 descriptors are too few for LTTng's ");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, command_setup, command_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(without_gil_runs_untraced),
        TEST(old_interpreters_run_untraced),
        TEST(limits_are_the_programs),
    };
    g_setenv("PYTHONDONTWRITEBYTECODE", "1", TRUE);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
