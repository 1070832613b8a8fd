/* SPDX-License-Identifier: MIT */
/*
 * What recording costs the program: workloads (tests/bench/workloads) run plain, recorded in each mode, and under
 * what people use otherwise (tests/bench/peers), in turn. Tables go to standard output, as Markdown.
 *
 *   bench_target ROUNDS SIZE PYTHON [PYTHON…]
 *
 * All workloads with the first interpreter; scopes in a loop with each.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/bench/target_run.h"

static const struct target_workload workloads[] = {
    {.name = "scopes in a loop", .unit = "scope", .program = "scopes.py"},
    {.name = "`Lock.acquire` in a loop", .unit = "lock", .program = "locks.py"},
    {.name = "tasks in groups", .unit = "task", .program = "tasks.py"},
    {.name = "start of a program that imports asyncio", .unit = "start", .program = "imports.py", .starts = true},
    {.name = "AnyIO echo server", .unit = "request", .program = "echo.py", .serves = true},
    {.name = "FastAPI on uvicorn", .unit = "request", .program = "web.py", .serves = true},
};
enum { SCOPES = 0, TRUES = 1000, MOST_STATES = 16 };

/* The two events of a scope from a loop in C: less than that nothing that records them can cost. */
static const struct target_workload floor_of_scopes = {.program = FLOOR, .argument = FLOOR_EVENTS};

/* One workload in all states. */
struct measured {
    const struct target_workload *workload;
    struct target_series all[MOST_STATES];
    struct target_series floor;
};

/* ---- a table ---- */

static double rate_of(const struct target_result *result)
{
    return result->units / result->clock;
}

static double p50_of(const struct target_result *result)
{
    return result->p50 * 1e3;
}

static double p99_of(const struct target_result *result)
{
    return result->p99 * 1e3;
}

static double cost_of(const struct measured *measured, size_t state)
{
    return target_against(&measured->all[state], &measured->all[TARGET_PLAIN], true).median;
}

static void print_head(const struct target_workload *workload)
{
    printf("| | ÷ plain | %s per %s | ÷ recording all |%s bytes per %s |\n|---|---|---|---|%s---|\n",
           workload->starts ? "ms" : "ns", workload->unit,
           workload->serves ? " requests/s | p50, ms | p99, ms |" : "", workload->unit,
           workload->serves ? "---|---|---|" : "");
}

static void print_cost(const struct measured *measured, double cost, bool is_compared)
{
    double all = measured->all[TARGET_ALL].results->len ? cost_of(measured, TARGET_ALL) : 0;
    printf(measured->workload->starts ? " %+.1f |" : " %+.0f |", measured->workload->starts ? cost / 1e6 : cost);
    if (is_compared && all > 0)
        printf(" %.1f |", cost / all);
    else
        printf(" |");
}

static void print_bytes(const struct target_series *series)
{
    if (series->bytes > 0)
        printf(" %.0f |\n", series->bytes / g_array_index(series->results, struct target_result, 0).units);
    else
        printf(" |\n");
}

static void print_row(const struct measured *measured, size_t which)
{
    const struct target_state *state = &target_states[which];
    const struct target_series *series = &measured->all[which];
    printf("| %s |", state->name);
    if (!series->results->len) {
        printf(" does not run here | | | |%s\n", measured->workload->serves ? " | | |" : "");
        return;
    }
    struct spread ratio = target_against(series, &measured->all[TARGET_PLAIN], false);
    printf(" %.2f (%.2f – %.2f) |", ratio.median, ratio.least, ratio.most);
    print_cost(measured, cost_of(measured, which), state->is_peer);
    if (measured->workload->serves)
        printf(" %.0f | %.1f | %.1f |", target_median(series, rate_of), target_median(series, p50_of),
               target_median(series, p99_of));
    print_bytes(series);
}

static void print_table(const struct target *target, const struct measured *measured)
{
    const struct target_workload *workload = measured->workload;
    double plain = target_median(&measured->all[TARGET_PLAIN], target_nanoseconds);
    printf("\n**%s**: plain %.*f %s per %s\n\n", workload->name, workload->starts ? 1 : 0,
           workload->starts ? plain / 1e6 : plain, workload->starts ? "ms" : "ns", workload->unit);
    print_head(workload);
    for (size_t i = 0; i < target_state_count; i++)
        if (target_states[i].since <= target->minor)
            print_row(measured, i);
    if (measured->floor.results->len) {
        printf("| the same events, from a loop in C | |");
        print_cost(measured, target_median(&measured->floor, target_nanoseconds), true);
        print_bytes(&measured->floor);
    }
    fflush(stdout);
}

/* ---- measuring ---- */

static void measured_init(struct measured *measured, const struct target_workload *workload)
{
    measured->workload = workload;
    for (size_t i = 0; i < target_state_count; i++)
        target_series_init(&measured->all[i]);
    target_series_init(&measured->floor);
}

static void measured_clear(struct measured *measured)
{
    for (size_t i = 0; i < target_state_count; i++)
        target_series_clear(&measured->all[i]);
    target_series_clear(&measured->floor);
}

/* False: it does not run here, not even plain. */
static bool measure(const struct target *target, struct measured *measured, unsigned rounds)
{
    g_assert(target_state_count <= MOST_STATES);
    for (unsigned round = 0; round < rounds; round++) {
        for (size_t i = 0; i < target_state_count; i++)
            if (target_states[i].since <= target->minor &&
                !target_run(target, measured->workload, &target_states[i], round, &measured->all[i]) &&
                i == TARGET_PLAIN)
                return false;
        if (measured->workload == &workloads[SCOPES])
            target_run(target, &floor_of_scopes, &target_states[TARGET_ALL], round, &measured->floor);
    }
    return true;
}

static void bench_workload(const struct target *target, const struct target_workload *workload, unsigned rounds)
{
    struct measured measured;
    measured_init(&measured, workload);
    if (measure(target, &measured, rounds))
        print_table(target, &measured);
    else
        printf("\n**%s**: not measured, as what it needs is not here.\n", workload->name);
    measured_clear(&measured);
}

/* ---- every interpreter ---- */

static void print_costs(const struct target *target, const struct measured *measured)
{
    printf("| %s | %.0f |", target->version, target_median(&measured->all[TARGET_PLAIN], target_nanoseconds));
    for (size_t i = TARGET_PLAIN + 1; i < target_state_count; i++)
        if (measured->all[i].results->len)
            printf(" %+.0f |", cost_of(measured, i));
        else
            printf(" |");
    puts("");
    fflush(stdout);
}

static void bench_python(const char *python, const char *size, unsigned rounds)
{
    struct target target;
    struct measured measured;
    measured_init(&measured, &workloads[SCOPES]);
    if (target_open(&target, python, size) && measure(&target, &measured, rounds))
        print_costs(&target, &measured);
    else
        fprintf(stderr, "bench_target: %s does not run here\n", python);
    target_close(&target);
    measured_clear(&measured);
}

static void bench_pythons(char **pythons, const char *size, unsigned rounds)
{
    printf("\n**scopes in a loop, by interpreter**: ns per scope, more than plain\n\n| Python |");
    for (size_t i = 0; i < target_state_count; i++)
        printf(" %s |", target_states[i].name);
    printf("\n|---|");
    for (size_t i = 0; i < target_state_count; i++)
        printf("---|");
    puts("");
    for (char **python = pythons; *python; python++)
        bench_python(*python, size, rounds);
}

/* ---- what is no Python ---- */

static double seconds_of_trues(const char *preload)
{
    gint64 begun = g_get_monotonic_time();
    for (int i = 0; i < TRUES; i++) {
        pid_t pid = fork();
        if (pid == 0) {
            if (preload)
                setenv("LD_PRELOAD", preload, 1);
            execl("/bin/true", "true", (char *)NULL);
            _exit(127);
        }
        waitpid(pid, NULL, 0);
    }
    return (double)(g_get_monotonic_time() - begun) / 1e6;
}

static void print_trues(const char *name, const char *preload, unsigned rounds)
{
    g_autoptr(GArray) ratios = g_array_new(FALSE, FALSE, sizeof(double));
    for (unsigned round = 0; round < rounds; round++) {
        double plain = seconds_of_trues(NULL);
        double ratio = seconds_of_trues(preload) / plain;
        g_array_append_val(ratios, ratio);
    }
    struct spread ratio = timing_spread(ratios);
    printf("| %s | %.2f (%.2f – %.2f) |\n", name, ratio.median, ratio.least, ratio.most);
}

static void bench_trues(unsigned rounds)
{
    printf("\n| `/bin/true` × %d | ÷ plain |\n|---|---|\n", TRUES);
    print_trues("preloaded", PRELOAD, rounds);
    print_trues("another library preloaded, with nothing in it", NOTHING, rounds);
}

int main(int count, char **arguments)
{
    unsigned rounds = count > 3 ? (unsigned)atoi(arguments[1]) : 0;
    struct target target;
    if (!rounds) {
        fprintf(stderr, "usage: bench_target ROUNDS SIZE PYTHON [PYTHON…]\n");
        return 2;
    }
    if (!target_open(&target, arguments[3], arguments[2])) {
        fprintf(stderr, "bench_target: %s cannot be run\n", arguments[3]);
        return 2;
    }
    setvbuf(stdout, NULL, _IOLBF, 0);
    bench_trues(rounds);
    for (size_t i = 0; i < G_N_ELEMENTS(workloads); i++)
        bench_workload(&target, &workloads[i], rounds);
    target_close(&target);
    if (count > 4)
        bench_pythons(arguments + 3, arguments[2], rounds);
    return 0;
}
