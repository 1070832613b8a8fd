/* SPDX-License-Identifier: MIT */
/*
 * Programs of several processes, and the ways to start an interpreter: each process that commits the fault of
 * processes/stealing.py is in the report, with its own pid, and no other. Each confesses by a line in a file.
 */
#include <errno.h>
#include <glib/gstdio.h>
#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/integration/command.h"
#include "tests/integration/pythons.h"
#include "tests/skip.h"

#define PROGRAMS SOURCE_DIRECTORY "/tests/integration/processes"
#define PACKAGES BUILD_DIRECTORY "/python/"
#define MOST_PROCESSES 16

static char *made_path(const char *name)
{
    return g_build_filename(command_folder(), name, NULL);
}

static void remove_made(const char *name)
{
    g_autofree char *path = made_path(name);

    g_remove(path);
}

/* ---- what was confessed, what was found ---- */

struct pids {
    size_t count; /* of faults */
    size_t distinct;
    json_int_t sorted[MOST_PROCESSES];
};

static void pids_add(struct pids *pids, json_int_t pid)
{
    size_t at = 0;

    pids->count++;
    while (at < pids->distinct && pids->sorted[at] < pid)
        at++;
    if (at < pids->distinct && pids->sorted[at] == pid)
        return;
    assert_true(pids->distinct < MOST_PROCESSES);
    memmove(&pids->sorted[at + 1], &pids->sorted[at], (pids->distinct - at) * sizeof pids->sorted[0]);
    pids->sorted[at] = pid;
    pids->distinct++;
}

static struct pids confessed(void)
{
    g_autofree char *path = made_path("pids");
    g_autofree char *text = NULL;
    struct pids pids = {0};

    if (g_file_get_contents(path, &text, NULL, NULL)) {
        g_auto(GStrv) lines = g_strsplit(g_strchomp(text), "\n", -1);
        for (char **line = lines; *line && **line; line++)
            pids_add(&pids, strtoll(*line, NULL, 10));
    }
    return pids;
}

static bool is_raised(const json_t *task)
{
    return json_integer_value(json_object_get(task, "counter_max")) != 0;
}

/* The faults that the report counts, in the processes whose tasks had a request at all. */
static struct pids found(const json_t *report)
{
    struct pids pids = {0};
    size_t index;
    const json_t *item;

    json_array_foreach(json_object_get(report, "tasks"), index, item) if (is_raised(item))
        pids_add(&pids, json_integer_value(json_object_get(item, "process")));
    pids.count = 0;
    json_array_foreach(json_object_get(report, "findings"), index, item)
    {
        assert_string_equal(json_string_value(json_object_get(item, "rule")), "stolen-cancel");
        pids.count += (size_t)json_integer_value(json_object_get(item, "count"));
    }
    return pids;
}

static json_int_t summary(const json_t *report, const char *name)
{
    return json_integer_value(json_object_get(json_object_get(report, "summary"), name));
}

static void assert_found(const char *what, size_t least)
{
    g_autofree char *path = made_path("report.json");
    const struct pids expected = confessed();
    json_t *report = json_load_file(path, 0, NULL);

    if (!report)
        fail_msg("%s: no report", what);
    const struct pids actual = found(report);
    if (expected.count < least)
        fail_msg("%s: only %zu processes got to their fault", what, expected.count);
    if (actual.count != expected.count || actual.distinct != expected.distinct ||
        memcmp(actual.sorted, expected.sorted, sizeof actual.sorted) != 0)
        fail_msg("%s: %zu faults in %zu processes, reported %zu in %zu", what, expected.count, expected.distinct,
                 actual.count, actual.distinct);
    assert_int_equal(summary(report, "lost_events"), 0);
    json_decref(report);
    remove_made("report.json");
    remove_made("pids");
}

/* ---- one run ---- */

static void add_words(GPtrArray *all, const char *const *words)
{
    for (; *words; words++)
        g_ptr_array_add(all, (char *)*words);
}

/* Runs the program traced; its standard output must be `out` unless that is NULL. */
static void run_faulty(const char *const *program, const char *out, size_t least)
{
    g_autofree char *report = made_path("report.json");
    g_autofree char *format = g_strconcat("json=", report, NULL);
    const char *const scopetrace[] = {"run", "--tree", "--fail-on", "never", "-f", format, "--", NULL};
    g_autofree char *what = g_strjoinv(" ", (char **)program);
    GPtrArray *all = g_ptr_array_new();

    add_words(all, scopetrace);
    add_words(all, program);
    g_ptr_array_add(all, NULL);
    struct outcome outcome = command_run_array((const char *const *)all->pdata, NULL);
    if (outcome.status != 0 || (out && strcmp(outcome.out, out) != 0))
        fail_msg("%s: status %d: %s%s", what, outcome.status, outcome.out, outcome.err);
    assert_found(what, least);
    outcome_clear(&outcome);
    g_ptr_array_unref(all);
}

/* `packages`: of PACKAGES, NULL = none. False, and a message, when they are not there. */
static bool use_packages(const char *packages)
{
    g_autofree char *folder = g_strconcat(PACKAGES, packages, NULL);
    g_autofree char *path = g_strconcat(PROGRAMS, packages ? ":" : "", packages ? folder : "", NULL);

    if (packages && !g_file_test(folder, G_FILE_TEST_IS_DIR)) {
        print_message("no %s (PyPI out of reach)\n", packages);
        return false;
    }
    g_setenv("PYTHONPATH", path, TRUE);
    return true;
}

static bool python_can_import(const char *python, const char *module)
{
    g_autofree char *code = g_strconcat("import ", module, NULL);
    const char *const program[] = {python, "-c", code, NULL};
    struct outcome outcome = command_plain(program, NULL);
    const bool can = outcome.status == 0;

    outcome_clear(&outcome);
    return can;
}

/* ---- kinds of processes ---- */

static void succeed(const char *const *program)
{
    struct outcome outcome = command_plain(program, NULL);

    if (outcome.status != 0)
        fail_msg("%s %s: status %d: %s", program[0], program[1], outcome.status, outcome.err);
    outcome_clear(&outcome);
}

static void every_kind_of_process(void **state)
{
    static const struct {
        const char *kind;
        size_t faults;
    } kinds[] = {{"fork", 3}, {"spawn", 2}, {"forkserver", 2}, {"started", 4}, {"replaced", 2}, {"daemon", 2}};
    g_auto(GStrv) lines = pythons_all();

    (void)state;
    use_packages(NULL);
    for (char **line = lines; *line; line++) {
        g_auto(GStrv) python = g_strsplit(*line, " ", 2);
        for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++) {
            const char *const program[] = {python[0], PROGRAMS "/kinds.py", kinds[i].kind, NULL};
            run_faulty(program, NULL, kinds[i].faults);
        }
    }
}

static void workers_of_servers(void **state)
{
    static const char *const servers[] = {"uvicorn", "gunicorn"};
    g_auto(GStrv) lines = pythons_all();

    (void)state;
    if (!use_packages("servers"))
        skip_because("no servers from PyPI");
    for (char **line = lines; *line; line++) {
        g_auto(GStrv) python = g_strsplit(*line, " ", 2);
        for (size_t i = 0; i < G_N_ELEMENTS(servers); i++) {
            const char *const program[] = {python[0], PROGRAMS "/servers.py", servers[i], NULL};
            run_faulty(program, NULL, 2);
        }
    }
}

static void workers_of_pytest(void **state)
{
    const char *const program[] = {
        "/usr/bin/python3",         "-m", "pytest", "-q", "-p", "no:cacheprovider", "-n", "2",
        PROGRAMS "/distributed.py", NULL};
    const char *const clean[] = {"sh", "-c", "rm -r \"$TMPDIR\"/pytest-of-*", NULL};
    (void)state;
    if (!use_packages("ci") || !python_can_import("/usr/bin/python3", "xdist"))
        skip_because("no pytest-xdist (PyPI out of reach)");
    run_faulty(program, NULL, 4);
    succeed(clean);
}

/* ---- ways to start an interpreter ---- */

static void with_options(const char *python)
{
    const char *const modes[][8] = {
        {python, PROGRAMS "/stealing.py", NULL},
        {python, "-I", "-S", "-E", PROGRAMS "/stealing.py", NULL},
        {python, "-X", "dev", "-W", "error", PROGRAMS "/stealing.py", NULL},
        {python, "-OO", "-B", "-s", "-u", PROGRAMS "/stealing.py", NULL},
        {python, "-m", "stealing", NULL},
        {python, "-c", "import stealing; stealing.main(); print('stolen')", NULL},
        {"sh", "-c", "exec \"$0\" - < " PROGRAMS "/stealing.py", python, NULL},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(modes); i++)
        run_faulty(modes[i], "stolen\n", 1);
}

static void from_an_archive(const char *python)
{
    g_autofree char *folder = made_path("app");
    g_autofree char *copy = made_path("app/__main__.py");
    g_autofree char *archive = made_path("app.pyz");
    const char *const make[] = {"cp", PROGRAMS "/stealing.py", copy, NULL};
    const char *const pack[] = {python, "-m", "zipapp", folder, NULL};
    const char *const program[] = {python, archive, NULL};

    g_mkdir(folder, 0700);
    succeed(make);
    succeed(pack);
    run_faulty(program, "stolen\n", 1);
    remove_made("app.pyz");
    remove_made("app/__main__.py");
    remove_made("app");
}

static void in_a_virtual_environment(const char *python)
{
    g_autofree char *folder = made_path("venv");
    g_autofree char *own = made_path("venv/bin/python3");
    const char *const make[] = {python, "-m", "venv", "--without-pip", folder, NULL};
    const char *const clean[] = {"rm", "-r", folder, NULL};
    const char *const program[] = {own, PROGRAMS "/stealing.py", NULL};

    succeed(make);
    run_faulty(program, "stolen\n", 1);
    succeed(clean);
}

static void every_way_to_start(void **state)
{
    g_auto(GStrv) lines = pythons_all();

    (void)state;
    use_packages(NULL);
    for (char **line = lines; *line; line++) {
        g_auto(GStrv) python = g_strsplit(*line, " ", 2);
        with_options(python[0]);
        from_an_archive(python[0]);
        if (python_can_import(python[0], "ensurepip"))
            in_a_virtual_environment(python[0]);
    }
}

/* A program with the machine's own Python linked in: its path, NULL: its static library is not there, or cannot be
 * linked. */
static char *link_statically(const char *python)
{
    static const char code[] =
        "import sysconfig as s, os; v = s.get_config_var; p = os.path.join(v('LIBPL'), v('LIBRARY'))\n"
        "words = ' '.join(v(name) for name in ('MODLIBS', 'LIBS', 'SYSLIBS')).split()\n"
        "if os.path.exists(p): print(p, *(word for word in words if word.startswith('-l')), end='')";
    struct outcome outcome = command_plain((const char *const[]){python, "-c", code, NULL}, NULL);
    g_auto(GStrv) words = g_strsplit(outcome.out, " ", 2);
    char *path = words[0] ? made_path("embeds-static") : NULL;

    if (path) {
        g_autofree char *command = g_strdup_printf(
            "cc -rdynamic -no-pie -o %s %s/embeds.c -Wl,--whole-archive %s -Wl,--no-whole-archive %s", path,
            PROGRAMS, words[0], words[1] ? words[1] : "");
        struct outcome linked = command_plain((const char *const[]){"/bin/sh", "-c", command, NULL}, NULL);
        /* Ubuntu 24.04's, and Debian's of 3.14, come without a library that they were built with */
        if (linked.status != 0 && !strstr(linked.err, "Hacl_"))
            fail_msg("%s: %s", command, linked.err);
        if (linked.status != 0)
            g_clear_pointer(&path, g_free);
        outcome_clear(&linked);
    }
    outcome_clear(&outcome);
    return path;
}

/* Some interpreters die of being initialized twice: then once must do. */
static void embed(const char *python, const char *embedder, const char *library)
{
    const char *program[] = {embedder, library, "3", "import stealing; stealing.main()", NULL};
    g_autofree char *home = pythons_prefix(python);

    g_setenv("PYTHONHOME", home, TRUE);
    struct outcome plain = command_plain(program, NULL);
    remove_made("pids");
    if (plain.status == 0) {
        run_faulty(program, "0\n0\n0\n", 3);
    } else {
        print_message("%s dies of a second life (%d)\n", *library ? library : embedder, plain.status);
        program[2] = "1";
        run_faulty(program, "0\n", 1);
    }
    g_unsetenv("PYTHONHOME");
    outcome_clear(&plain);
}

static void embedded_again_and_again(void **state)
{
    g_auto(GStrv) lines = pythons_all();

    (void)state;
    use_packages(NULL);
    for (char **line = lines; *line; line++) {
        g_auto(GStrv) python = g_strsplit(*line, " ", 2);
        g_autofree char *library = pythons_library(python[0]);
        if (library)
            embed(python[0], EMBEDS, library);
    }
    g_autofree char *linked = link_statically("/usr/bin/python3");
    if (linked) {
        embed("/usr/bin/python3", linked, "");
        remove_made("embeds-static");
    } else {
        print_message("SKIP Python linked in: no static library here, or one that cannot be linked\n");
    }
}

/* ---- beside others ---- */

/* What gcc or the system knows under that name; NULL: nothing. */
static char *find_library(const char *name)
{
    g_autofree char *option = g_strconcat("-print-file-name=", name, NULL);
    const char *const ask[] = {"cc", option, NULL};
    struct outcome outcome = command_plain(ask, NULL);
    char *path = realpath(g_strchomp(outcome.out), NULL);

    outcome_clear(&outcome);
    return path;
}

/* The command gets it, too; one that is built with a sanitizer must find that first. */
static char *preload_of(const char *name)
{
    g_autofree char *library = find_library(name);
    g_autofree char *own = *OWN_SANITIZER && library ? find_library(OWN_SANITIZER) : NULL;

    return own ? g_strconcat(own, ":", library, NULL) : g_steal_pointer(&library);
}

static void beside_other_preloads(void **state)
{
    static const char *const others[] = {"libasan.so", "libubsan.so", "libjemalloc.so.2"};
    const char *const program[] = {"/usr/bin/python3", PROGRAMS "/stealing.py", NULL};

    (void)state;
    use_packages(NULL);
    g_setenv("ASAN_OPTIONS", "detect_leaks=0", TRUE);
    for (size_t i = 0; i < G_N_ELEMENTS(others); i++) {
        g_autofree char *preload = preload_of(others[i]);
        if (!preload) {
            print_message("no %s\n", others[i]);
            continue;
        }
        g_setenv("LD_PRELOAD", preload, TRUE);
        run_faulty(program, "stolen\n", 1);
        g_unsetenv("LD_PRELOAD");
    }
    g_unsetenv("ASAN_OPTIONS");
}

static int setup(void **state)
{
    const int result = command_setup(state);
    g_autofree char *pids = made_path("pids");

    g_setenv("PIDS", pids, TRUE);
    g_setenv("PYTHONDONTWRITEBYTECODE", "1", TRUE);
    return result;
}

/* With the name of a test: that one. */
int main(int count, char **arguments)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind_of_process),    cmocka_unit_test(workers_of_servers),
        cmocka_unit_test(workers_of_pytest),        cmocka_unit_test(every_way_to_start),
        cmocka_unit_test(embedded_again_and_again), cmocka_unit_test(beside_other_preloads),
    };
    if (count > 1)
        cmocka_set_test_filter(arguments[1]);
    return command_verdict(cmocka_run_group_tests(tests, setup, command_teardown));
}
