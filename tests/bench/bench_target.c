/* SPDX-License-Identifier: MIT */
/*
 * What recording costs the program: workloads (tests/bench/workloads) run plain, recorded in each mode, and under
 * what people use otherwise (tests/bench/peers), in turn. Tables go to standard output, as Markdown.
 *
 *   bench_target PYTHON [ROUNDS [SIZE]]
 *
 * Each workload measures itself, processor time of the program alone: the session daemon's is not in it.
 */
#include <fcntl.h>
#include <ftw.h>
#include <glib.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/bench/timing.h"

#define WORKLOADS SOURCE_DIRECTORY "/tests/bench/workloads/"
#define PEERS SOURCE_DIRECTORY "/tests/bench/peers/"

/* A run that takes longer counts as not done. */
enum { MOST_WORDS = 16, LINES = 300, LIMIT_SECONDS = 20, GRACE_SECONDS = 5 };

struct workload {
    const char *name, *unit, *program;
    bool serves, is_import;
};
static const struct workload workloads[] = {
    {.name = "scopes in a loop", .unit = "scope", .program = "scopes.py"},
    {.name = "`Lock.acquire` in a loop", .unit = "lock", .program = "locks.py"},
    {.name = "tasks in groups", .unit = "task", .program = "tasks.py"},
    {.name = "import of asyncio", .unit = "import", .program = "imports.py", .is_import = true},
    {.name = "AnyIO echo server", .unit = "request", .program = "echo.py", .serves = true},
    {.name = "Starlette on uvicorn", .unit = "request", .program = "web.py", .serves = true},
};
enum { WORKLOAD_COUNT = G_N_ELEMENTS(workloads) };

/* The words before PYTHON (a record's folder is put in for %), a variable, and the words after it. */
struct state {
    const char *name;
    const char *before[10];
    const char *variable, *value;
    const char *after[8];
    bool imports_asyncio; /* by itself: nothing is left of that to be measured */
};
static const struct state states[] = {
    {.name = "plain"},
    {.name = "preloaded, no session", .variable = "LD_PRELOAD", .value = PRELOAD},
    {.name = "recording all", .before = {COMMAND, "record", "-q", "-o", "%", "--scopes=all", "--"}},
    {.name = "recording lazy", .before = {COMMAND, "record", "-q", "-o", "%", "--scopes=lazy", "--"}},
    {.name = "flight recorder, lazy",
     .before = {COMMAND, "record", "-q", "-o", "%", "--scopes=lazy", "--flight-recorder=16M", "--"}},
    {.name = "all, `--native`", .before = {COMMAND, "record", "-q", "-o", "%", "--scopes=all", "--native", "--"}},
    {.name = "`PYTHONASYNCIODEBUG=1`", .variable = "PYTHONASYNCIODEBUG", .value = "1"},
    {.name = "profile logger", .after = {PEERS "profile.py"}},
    {.name = "methods patched", .after = {PEERS "patches.py"}, .imports_asyncio = true},
    {.name = "viztracer", .after = {"-m", "viztracer", "--tracer_entries", "100000", "-o", "%.json", "--"}},
};
enum { STATE_COUNT = G_N_ELEMENTS(states), PLAIN = 0 };

struct result {
    unsigned round;
    double units, processor, clock, p50, p99;
};

/* Of one workload in one state: an array of struct result, and what the traces took. */
struct series {
    GArray *results;
    double bytes;
};

static const char *python, *size = "1";
static char *folder;

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

static void become(const struct state *state, const struct workload *workload, const char *trace)
{
    const char *words[MOST_WORDS * 2];
    g_autofree char *report = g_strconcat(trace, ".json", NULL);
    size_t count = 0;
    for (size_t i = 0; i < G_N_ELEMENTS(state->before) && state->before[i]; i++)
        words[count++] = strcmp(state->before[i], "%") == 0 ? trace : state->before[i];
    words[count++] = python;
    for (size_t i = 0; i < G_N_ELEMENTS(state->after) && state->after[i]; i++)
        words[count++] = strcmp(state->after[i], "%.json") == 0 ? report : state->after[i];
    g_autofree char *program = g_strconcat(WORKLOADS, workload->program, NULL);
    words[count++] = program;
    words[count++] = size;
    words[count] = NULL;
    if (state->variable)
        setenv(state->variable, state->value, 1);
    setpgid(0, 0);
    int log = open("/dev/null", O_RDWR);
    dup2(log, STDIN_FILENO);
    dup2(log, STDOUT_FILENO);
    dup2(log, STDERR_FILENO);
    execvp(words[0], (char *const *)words);
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

/* False: it did not do its work, or not in time. */
static bool run_once(const struct workload *workload, const struct state *state, unsigned round,
                     struct series *series)
{
    g_autofree char *path = g_build_filename(folder, "result", NULL),
                    *trace = g_build_filename(folder, "trace", NULL);
    struct result result = {.round = round};
    if (workload->is_import && state->imports_asyncio)
        return false;
    unlink(path);
    setenv("BENCH_RESULT", path, 1);
    pid_t pid = fork();
    if (pid == 0)
        become(state, workload, trace);
    if (pid < 0)
        return false;
    setpgid(pid, pid);
    bool in_time = wait_limited(pid);
    double bytes = take_trace(trace);
    if (!in_time) {
        fprintf(stderr, "bench_target: %s, %s: not done in %d s\n", workload->program, state->name, LIMIT_SECONDS);
        return false;
    }
    g_autofree char *text = NULL;
    if (!g_file_get_contents(path, &text, NULL, NULL) ||
        sscanf(text, "%lf %lf %lf %lf %lf", &result.units, &result.processor, &result.clock, &result.p50,
               &result.p99) != 5)
        return false;
    series->bytes = MAX(series->bytes, bytes);
    g_array_append_val(series->results, result);
    return true;
}

static double nanoseconds(const struct result *result)
{
    return result->processor * 1e9 / result->units;
}

/* Of each round: what this state took, by what plain took; or, `difference`, less it. */
static struct spread against_plain(const struct series *series, const struct series *plain, bool difference)
{
    g_autoptr(GArray) values = g_array_new(FALSE, FALSE, sizeof(double));
    for (guint i = 0; i < series->results->len; i++) {
        const struct result *result = &g_array_index(series->results, struct result, i);
        double own = nanoseconds(result);
        double bare = nanoseconds(&g_array_index(plain->results, struct result, result->round));
        double value = difference ? own - bare : own / bare;
        g_array_append_val(values, value);
    }
    return timing_spread(values);
}

static double median_of(const struct series *series, double (*of)(const struct result *))
{
    g_autoptr(GArray) values = g_array_new(FALSE, FALSE, sizeof(double));
    for (guint i = 0; i < series->results->len; i++) {
        double value = of(&g_array_index(series->results, struct result, i));
        g_array_append_val(values, value);
    }
    return timing_spread(values).median;
}

static double rate_of(const struct result *result)
{
    return result->units / result->clock;
}

static double p50_of(const struct result *result)
{
    return result->p50 * 1e3;
}

static double p99_of(const struct result *result)
{
    return result->p99 * 1e3;
}

static void print_row(const struct workload *workload, const struct state *state, const struct series *series,
                      const struct series *plain)
{
    printf("| %s |", state->name);
    if (!series->results->len) {
        puts(" not measured | | | | | |");
        return;
    }
    struct spread ratio = against_plain(series, plain, false), cost = against_plain(series, plain, true);
    printf(" %.2f (%.2f – %.2f) | %+.0f |", ratio.median, ratio.least, ratio.most, cost.median);
    if (workload->serves)
        printf(" %.0f | %.1f | %.1f |", median_of(series, rate_of), median_of(series, p50_of),
               median_of(series, p99_of));
    else
        printf(" | | |");
    double units = g_array_index(series->results, struct result, 0).units;
    if (series->bytes > 0)
        printf(" %.0f |\n", series->bytes / units);
    else
        printf(" |\n");
}

static void bench_workload(const struct workload *workload, unsigned rounds)
{
    struct series all[STATE_COUNT];
    for (size_t i = 0; i < STATE_COUNT; i++)
        all[i] = (struct series){.results = g_array_new(FALSE, TRUE, sizeof(struct result))};
    for (unsigned round = 0; round < rounds; round++)
        for (size_t i = 0; i < STATE_COUNT; i++)
            if (!run_once(workload, &states[i], round, &all[i]) && i == PLAIN) {
                fprintf(stderr, "bench_target: %s does not run here\n", workload->program);
                printf("\n**%s**: not measured, as what it needs is not here.\n", workload->name);
                return;
            }
    printf("\n**%s**: plain %.0f ns per %s\n\n", workload->name, median_of(&all[PLAIN], nanoseconds),
           workload->unit);
    printf("| | ÷ plain | ns per %s | requests/s | p50, ms | p99, ms | bytes per %s "
           "|\n|---|---|---|---|---|---|---|\n",
           workload->unit, workload->unit);
    for (size_t i = 0; i < STATE_COUNT; i++)
        print_row(workload, &states[i], &all[i], &all[PLAIN]);
    for (size_t i = 0; i < STATE_COUNT; i++)
        g_array_unref(all[i].results);
    fflush(stdout);
}

/* ---- what is no Python ---- */

static double seconds_of_trues(const char *preload)
{
    gint64 begun = g_get_monotonic_time();
    for (int i = 0; i < LINES; i++) {
        pid_t pid = fork();
        if (pid == 0) {
            if (preload)
                setenv("LD_PRELOAD", preload, 1);
            alarm(LIMIT_SECONDS);
            execl("/bin/true", "true", (char *)NULL);
            _exit(127);
        }
        waitpid(pid, NULL, 0);
    }
    return (double)(g_get_monotonic_time() - begun) / 1e6;
}

static void bench_trues(unsigned rounds)
{
    g_autoptr(GArray) ratios = g_array_new(FALSE, FALSE, sizeof(double));
    for (unsigned round = 0; round < rounds; round++) {
        double plain = seconds_of_trues(NULL);
        double ratio = seconds_of_trues(PRELOAD) / plain;
        g_array_append_val(ratios, ratio);
    }
    struct spread ratio = timing_spread(ratios);
    printf("\n`/bin/true` × %d, preloaded ÷ plain: %.2f (%.2f – %.2f)\n", LINES, ratio.median, ratio.least,
           ratio.most);
}

int main(int count, char **arguments)
{
    if (count < 2) {
        fprintf(stderr, "usage: bench_target PYTHON [ROUNDS [SIZE]]\n");
        return 2;
    }
    python = arguments[1];
    unsigned rounds = count > 2 ? (unsigned)atoi(arguments[2]) : 3;
    if (count > 3)
        size = arguments[3];
    folder = g_dir_make_tmp("scopetrace-bench-XXXXXX", NULL);
    if (!folder || !rounds)
        return 2;
    setvbuf(stdout, NULL, _IOLBF, 0);
    bench_trues(rounds);
    for (size_t i = 0; i < WORKLOAD_COUNT; i++)
        bench_workload(&workloads[i], rounds);
    nftw(folder, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
    g_free(folder);
    return 0;
}
