/* SPDX-License-Identifier: MIT */
#include "tests/bench/target_run.h"

#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define WORKLOADS SOURCE_DIRECTORY "/tests/bench/workloads/"
/* Does its arguments ten times over. */
#define TEN_TIMES "for i in 0 1 2 3 4 5 6 7 8 9; do \"$@\"; done"

/* A run that takes longer counts as not done. */
enum { LIMIT_SECONDS = 60, GRACE_SECONDS = 10 };

/* ---- what it leaves ---- */

static int remove_entry(const char *path, const struct stat *status, int kind, struct FTW *walk)
{
    (void)status, (void)kind, (void)walk;
    return remove(path);
}

static double bytes_seen;
static int add_size(const char *path, const struct stat *status, int kind)
{
    (void)path;
    bytes_seen += kind == FTW_F ? (double)status->st_size : 0;
    return 0;
}

/* The trace's size; it goes. */
static double take_trace(const char *trace)
{
    bytes_seen = 0;
    ftw(trace, add_size, 16);
    nftw(trace, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
    return bytes_seen;
}

/* Adds up the lines of the file. */
static bool read_result(const char *path, struct target_result *result)
{
    g_autofree char *text = NULL;
    if (!g_file_get_contents(path, &text, NULL, NULL))
        return false;
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    for (char **line = lines; *line && **line; line++) {
        double units, processor, clock;
        if (sscanf(*line, "%lf %lf %lf %lf %lf", &units, &processor, &clock, &result->p50, &result->p99) != 5)
            return false;
        result->units += units;
        result->processor += processor;
        result->clock += clock;
    }
    return result->units > 0;
}

/* ---- running ---- */

static void add_words(GPtrArray *words, const char *const *some, size_t most, const char *trace)
{
    for (size_t i = 0; i < most && some[i]; i++)
        g_ptr_array_add(words, some[i][0] == '%' ? g_strconcat(trace, some[i] + 1, NULL) : g_strdup(some[i]));
}

static GPtrArray *words_of(const struct target *target, const struct target_workload *workload,
                           const struct target_state *state, const char *trace)
{
    static const char *const repeat[] = {"/bin/sh", "-c", TEN_TIMES, "sh"};
    GPtrArray *words = g_ptr_array_new_with_free_func(g_free);
    add_words(words, state->before, G_N_ELEMENTS(state->before), trace);
    if (workload->starts)
        add_words(words, repeat, G_N_ELEMENTS(repeat), trace);
    if (g_str_has_suffix(workload->program, ".py")) {
        g_ptr_array_add(words, g_strdup(target->python));
        add_words(words, state->after, G_N_ELEMENTS(state->after), trace);
        g_ptr_array_add(words, g_strconcat(WORKLOADS, workload->program, NULL));
        g_ptr_array_add(words, g_strdup(target->size));
    } else {
        g_ptr_array_add(words, g_strdup(workload->program));
    }
    if (workload->argument)
        g_ptr_array_add(words, g_strdup(workload->argument));
    g_ptr_array_add(words, NULL);
    return words;
}

static void become(GPtrArray *words, const struct target_state *state)
{
    if (state->variable)
        setenv(state->variable, state->value, 1);
    setpgid(0, 0);
    int nothing = open("/dev/null", O_RDWR);
    dup2(nothing, STDIN_FILENO);
    dup2(nothing, STDOUT_FILENO);
    dup2(nothing, STDERR_FILENO);
    execvp(words->pdata[0], (char *const *)words->pdata);
    _exit(127);
}

/* Whether the child ended by itself within so many seconds. */
static bool ends_within(pid_t pid, unsigned seconds)
{
    gint64 until = g_get_monotonic_time() + (gint64)seconds * G_USEC_PER_SEC;
    while (waitpid(pid, NULL, WNOHANG) == 0) {
        if (g_get_monotonic_time() > until)
            return false;
        g_usleep(5000);
    }
    return true;
}

/* Waits for the leader of a process group, which is told to end when its time is up, and then made to. */
static bool wait_limited(pid_t pid)
{
    if (ends_within(pid, LIMIT_SECONDS))
        return true;
    kill(-pid, SIGTERM);
    if (!ends_within(pid, GRACE_SECONDS)) {
        kill(-pid, SIGKILL);
        waitpid(pid, NULL, 0);
    }
    return false;
}

bool target_run(const struct target *target, const struct target_workload *workload,
                const struct target_state *state, unsigned round, struct target_series *series)
{
    g_autofree char *path = g_build_filename(target->folder, "result", NULL),
                    *trace = g_build_filename(target->folder, "trace", NULL);
    struct target_result result = {.round = round};
    g_autoptr(GPtrArray) words = words_of(target, workload, state, trace);
    unlink(path);
    setenv("BENCH_RESULT", path, 1);
    pid_t pid = fork();
    if (pid == 0)
        become(words, state);
    if (pid < 0)
        return false;
    setpgid(pid, pid);
    bool in_time = wait_limited(pid);
    double bytes = take_trace(trace);
    if (!in_time || !read_result(path, &result)) {
        fprintf(stderr, "bench_target: %s, %s: %s\n", workload->program, state->name,
                in_time ? "did not do its work" : "took too long");
        return false;
    }
    series->bytes = MAX(series->bytes, bytes);
    g_array_append_val(series->results, result);
    return true;
}

/* ---- the interpreter ---- */

static char *version_of(const char *python)
{
    const char *argv[] = {python, "-I", "-c", "import sys; print('%d.%d.%d' % sys.version_info[:3])", NULL};
    char *output = NULL;
    if (!g_spawn_sync(NULL, (char **)argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, &output, NULL, NULL, NULL))
        return NULL;
    return g_strchomp(output);
}

bool target_open(struct target *target, const char *python, const char *size)
{
    *target = (struct target){.python = python, .size = size, .version = version_of(python)};
    if (!target->version || sscanf(target->version, "3.%u.", &target->minor) != 1)
        return false;
    target->folder = g_dir_make_tmp("scopetrace-bench-XXXXXX", NULL);
    if (!target->folder)
        return false;
    g_autofree char *packages = g_strdup_printf("%s/bench-py3.%u", PACKAGES, target->minor);
    setenv("PYTHONPATH", packages, 1);
    /* which keys of a dictionary collide must not differ between two runs */
    setenv("PYTHONHASHSEED", "0", 1);
    return true;
}

void target_close(struct target *target)
{
    if (target->folder)
        nftw(target->folder, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
    g_clear_pointer(&target->folder, g_free);
    g_clear_pointer(&target->version, g_free);
}

/* ---- results ---- */

void target_series_init(struct target_series *series)
{
    *series = (struct target_series){.results = g_array_new(FALSE, TRUE, sizeof(struct target_result))};
}

void target_series_clear(struct target_series *series)
{
    g_clear_pointer(&series->results, g_array_unref);
}

double target_nanoseconds(const struct target_result *result)
{
    return result->processor * 1e9 / result->units;
}

struct spread target_against(const struct target_series *series, const struct target_series *plain,
                             bool difference)
{
    g_autoptr(GArray) values = g_array_new(FALSE, FALSE, sizeof(double));
    for (guint i = 0; i < series->results->len; i++) {
        const struct target_result *result = &g_array_index(series->results, struct target_result, i);
        double own = target_nanoseconds(result);
        double bare = target_nanoseconds(&g_array_index(plain->results, struct target_result, result->round));
        double value = difference ? own - bare : own / bare;
        g_array_append_val(values, value);
    }
    return timing_spread(values);
}

double target_median(const struct target_series *series, double (*of)(const struct target_result *))
{
    g_autoptr(GArray) values = g_array_new(FALSE, FALSE, sizeof(double));
    for (guint i = 0; i < series->results->len; i++) {
        double value = of(&g_array_index(series->results, struct target_result, i));
        g_array_append_val(values, value);
    }
    return timing_spread(values).median;
}
