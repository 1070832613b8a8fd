/* SPDX-License-Identifier: MIT */
/*
 * Tasks and scopes that come and go for long, plain and under `scopetrace run` that records all scopes: once the
 * tables are filled, memory grows with the traced program's work no more than with the plain one's.
 *
 *   test_memory --brief | [SECONDS [PYTHON]]
 *
 * A third program, plain, that leaks a little with each task tells whether this test would see a leak.
 * Status 0: no leak; 1: a leak, or one that was not seen; 77: nothing to run.
 */
#include <glib.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PACKAGES BUILD_DIRECTORY "/python/"
#define PYTHONPATH PACKAGES "anyio-newest:" PACKAGES "async-timeout-4.0.2"
#define CHURN SOURCE_DIRECTORY "/tests/memory/churn.py"

/* What the agent and LTTng may have allocated for themselves at the end, when more call sites were seen than are
 * kept: MiB. */
#define MOST_TABLES 24.0
/* bytes for each task; what the third program leaks is more than twice that */
#define MOST_GROWTH 4.0
#define LEAK "8"
#define MIB 1048576.0

enum { STATUS_SKIPPED = 77 };
enum manner { PLAIN, TRACED, LEAKING, MANNERS };

static const char *const manner_names[] = {[PLAIN] = "plain", [TRACED] = "traced", [LEAKING] = "leaking"};

struct trial {
    enum manner manner;
    const char *python, *tasks, *seconds;
    GThread *thread;
    /* what came of it */
    unsigned samples;
    double tasks_done;
    double resident, heap; /* MiB, before the call sites that come last */
    double last_heap;
    double growth; /* of the heap: bytes for each task, over the second half */
};

struct sample {
    double tasks, resident, heap;
};

static GArray *read_samples(const char *text)
{
    GArray *samples = g_array_new(FALSE, FALSE, sizeof(struct sample));
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);

    for (char **line = lines; *line; line++) {
        struct sample sample;
        if (sscanf(*line, "%lf %lf %lf", &sample.tasks, &sample.resident, &sample.heap) == 3)
            g_array_append_val(samples, sample);
    }
    return samples;
}

/* The slope of the line through the samples, in bytes for each task. */
static double slope(const struct sample *samples, guint count)
{
    double x = 0, y = 0, xx = 0, xy = 0;

    for (guint i = 0; i < count; i++) {
        x += samples[i].tasks / count;
        y += samples[i].heap / count;
    }
    for (guint i = 0; i < count; i++) {
        xx += (samples[i].tasks - x) * (samples[i].tasks - x);
        xy += (samples[i].tasks - x) * (samples[i].heap - y);
    }
    return xx > 0 ? xy / xx : 0;
}

static char **command_of(const struct trial *trial)
{
    static const char *const scopetrace[] = {BUILD_DIRECTORY "/bin/scopetrace",
                                             "run",
                                             "--fail-on",
                                             "never",
                                             "--scopes",
                                             "all",
                                             "-r",
                                             "/dev/null",
                                             "--"};
    const char *const program[] = {
        trial->python, CHURN, trial->tasks, trial->seconds, trial->manner == LEAKING ? LEAK : "0", NULL};
    GPtrArray *words = g_ptr_array_new();

    for (size_t i = 0; trial->manner == TRACED && i < G_N_ELEMENTS(scopetrace); i++)
        g_ptr_array_add(words, (char *)scopetrace[i]);
    for (size_t i = 0; i < G_N_ELEMENTS(program); i++)
        g_ptr_array_add(words, (char *)program[i]);
    return (char **)g_ptr_array_free(words, FALSE);
}

static void evaluate(struct trial *trial, const char *out)
{
    g_autoptr(GArray) samples = read_samples(out);

    const struct sample *all = (const struct sample *)(void *)samples->data;
    const guint last = samples->len - 1, middle = last / 2;

    trial->samples = samples->len;
    if (samples->len < 4)
        return;
    trial->tasks_done = all[last].tasks;
    trial->resident = all[last - 1].resident / MIB;
    trial->heap = all[last - 1].heap / MIB;
    trial->last_heap = all[last].heap / MIB;
    trial->growth = slope(all + middle, last - middle);
}

static void *run(void *data)
{
    struct trial *trial = data;
    g_autofree char **command = command_of(trial);
    g_auto(GStrv) environment = g_environ_setenv(g_get_environ(), "PYTHONPATH", PYTHONPATH, TRUE);
    g_autofree char *out = NULL, *err = NULL;
    g_autoptr(GError) error = NULL;
    int status;

    environment = g_environ_setenv(environment, "PYTHONDONTWRITEBYTECODE", "1", TRUE);
    environment = g_environ_setenv(environment, "PYTHONMALLOC", "malloc", TRUE);
    /* what a thread keeps for its next malloc() would count as allocated */
    environment = g_environ_setenv(environment, "GLIBC_TUNABLES", "glibc.malloc.tcache_count=0", TRUE);
    environment = g_environ_unsetenv(environment, "LD_PRELOAD");
    if (!g_spawn_sync(NULL, command, environment, G_SPAWN_SEARCH_PATH, NULL, NULL, &out, &err, &status, &error) ||
        !g_spawn_check_wait_status(status, &error))
        printf("%s: %s\n%s", manner_names[trial->manner], error->message, err ? err : "");
    else
        evaluate(trial, out);
    return NULL;
}

static bool check(bool holds, const char *what)
{
    if (!holds)
        printf("FAILED: %s\n", what);
    return holds;
}

static bool judge(const struct trial *trials)
{
    const double tables = trials[TRACED].last_heap - trials[PLAIN].last_heap;
    const double growth = trials[TRACED].growth - trials[PLAIN].growth;
    const double leak = trials[LEAKING].growth - trials[PLAIN].growth;
    bool good = true;

    for (size_t i = 0; i < MANNERS; i++)
        good &= check(trials[i].samples >= 20, "there are too few samples");
    good &= check(leak > MOST_GROWTH, "the leak that was made was not seen: this test says nothing");
    good &= check(growth < MOST_GROWTH, "memory grows with the traced program's work");
    good &= check(tables < MOST_TABLES, "the traced program has more memory than its tables may have");
    return good;
}

static void print(const struct trial *trials)
{
    printf("%-8s %10s %8s %13s %10s %16s %21s\n", "", "tasks", "samples", "resident MiB", "heap MiB",
           "filled heap MiB", "growth, bytes a task");
    for (size_t i = 0; i < MANNERS; i++)
        printf("%-8s %10.0f %8u %13.1f %10.1f %16.1f %21.2f\n", manner_names[i], trials[i].tasks_done,
               trials[i].samples, trials[i].resident, trials[i].heap, trials[i].last_heap, trials[i].growth);
}

/* For at least so many tasks and seconds. */
static bool measure(const char *python, const char *tasks, const char *seconds)
{
    struct trial trials[MANNERS];

    for (size_t i = 0; i < MANNERS; i++) {
        trials[i] = (struct trial){.manner = (enum manner)i, .python = python, .tasks = tasks, .seconds = seconds};
        trials[i].thread = g_thread_new("trial", run, &trials[i]);
    }
    for (size_t i = 0; i < MANNERS; i++)
        g_thread_join(trials[i].thread);
    print(trials);
    return judge(trials);
}

/* A table that doubles, once and late, as where more tasks happen to be alive at once, is as much for each of a
 * few tasks as a leak is. For each of more tasks it is less, and a leak is not. */
static bool measure_briefly(const char *python)
{
    if (measure(python, "40000", "0"))
        return true;
    printf("Once more, of more tasks:\n");
    return measure(python, "160000", "0");
}

int main(int argc, char **argv)
{
    const bool brief = argc > 1 && strcmp(argv[1], "--brief") == 0;
    const char *seconds = argc > 1 ? argv[1] : "3600";
    const char *python = argc > 2 ? argv[2] : "/usr/bin/python3";

    if (!g_file_test(PACKAGES "anyio-newest", G_FILE_TEST_IS_DIR) ||
        !g_file_test(PACKAGES "async-timeout-4.0.2", G_FILE_TEST_IS_DIR)) {
        printf("SKIP: AnyIO is not installed (PyPI out of reach)\n");
        return STATUS_SKIPPED;
    }
    const bool good = brief ? measure_briefly(python) : measure(python, "40000", seconds);
    return good ? EXIT_SUCCESS : EXIT_FAILURE;
}
