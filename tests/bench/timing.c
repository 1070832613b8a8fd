/* SPDX-License-Identifier: MIT */
#include "tests/bench/timing.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static void become(const char *const *argv)
{
    int nothing = open("/dev/null", O_RDWR);
    dup2(nothing, STDIN_FILENO);
    dup2(nothing, STDOUT_FILENO);
    dup2(nothing, STDERR_FILENO);
    execvp(argv[0], (char *const *)argv);
    _exit(127);
}

static double seconds_of(const struct timeval *time)
{
    return (double)time->tv_sec + (double)time->tv_usec / 1e6;
}

static void run_once(struct contender *contender)
{
    pid_t pid = fork();
    if (pid == 0)
        become(contender->argv);
    int status = 0;
    struct rusage usage;
    if (pid < 0 || wait4(pid, &status, 0, &usage) != pid || !WIFEXITED(status) ||
        WEXITSTATUS(status) != contender->expected_exit) {
        fprintf(stderr, "bench: %s did not do its work\n", contender->name);
        exit(2);
    }
    double seconds = seconds_of(&usage.ru_utime) + seconds_of(&usage.ru_stime);
    g_array_append_val(contender->seconds, seconds);
    contender->peak_mib = MAX(contender->peak_mib, (double)usage.ru_maxrss / 1024);
}

void timing_run(struct contender *contenders, size_t count, unsigned rounds)
{
    for (size_t i = 0; i < count; i++)
        contenders[i].seconds = g_array_new(FALSE, FALSE, sizeof(double));
    for (unsigned round = 0; round < rounds; round++)
        for (size_t i = 0; i < count; i++)
            if (round < contenders[i].rounds)
                run_once(&contenders[i]);
}

void timing_clear(struct contender *contender)
{
    g_clear_pointer(&contender->seconds, g_array_unref);
}

static gint compare(gconstpointer a, gconstpointer b)
{
    const double *x = a, *y = b;
    return *x < *y ? -1 : *x > *y;
}

struct spread timing_spread(const GArray *values)
{
    g_autoptr(GArray) sorted = g_array_copy((GArray *)values);
    g_array_sort(sorted, compare);
    const double *value = (const double *)(const void *)sorted->data;
    guint middle = sorted->len / 2;
    return (struct spread){
        .median = sorted->len % 2 ? value[middle] : (value[middle - 1] + value[middle]) / 2,
        .least = value[0],
        .most = value[sorted->len - 1],
    };
}

struct spread timing_ratio(const struct contender *contender, const struct contender *reference)
{
    g_autoptr(GArray) ratios = g_array_new(FALSE, FALSE, sizeof(double));
    for (guint i = 0; i < MIN(contender->seconds->len, reference->seconds->len); i++) {
        double ratio = g_array_index(reference->seconds, double, i) / g_array_index(contender->seconds, double, i);
        g_array_append_val(ratios, ratio);
    }
    return timing_spread(ratios);
}
