/* SPDX-License-Identifier: MIT */
#include "cli/group_watch.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

/* kill() of a group queues all its signals before it returns: the child is late only by its own scheduling. */
#define PATIENCE_MS 20
#define STALE_US (200 * 1000)
#define NAME "group-watch"

/* `pkill -f scopetrace` would be a signal to the whole group if it found this process too, and reach no program.
 */
static void take_another_name(void)
{
    g_autofree char *words = NULL;
    gsize size = 0;
    prctl(PR_SET_NAME, NAME);
    /* the kernel shows the memory in which the arguments came */
    if (!g_file_get_contents("/proc/self/cmdline", &words, &size, NULL) || size < sizeof NAME)
        return;
    memset(program_invocation_name, 0, size);
    g_strlcpy(program_invocation_name, NAME, size);
}

static _Noreturn void report_signals(int out, pid_t parent)
{
    sigset_t all;
    sigfillset(&all);
    take_another_name();
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    /* Nothing that the user's pipes and terminals wait for may hang on this process. */
    if (out != STDIN_FILENO)
        dup2(out, STDIN_FILENO);
    close_range(STDOUT_FILENO, ~0U, 0);
    while (getppid() == parent) {
        const int number = sigwaitinfo(&all, NULL);
        const uint8_t byte = (uint8_t)number;
        if (number > 0 && write(STDIN_FILENO, &byte, 1) < 0 && errno != EAGAIN)
            break;
    }
    _exit(0);
}

void group_watch_start(struct group_watch *watch)
{
    const pid_t parent = getpid();
    int ends[2];
    *watch = (struct group_watch){.reports = -1};
    if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0)
        return;
    watch->child = fork();
    if (watch->child == 0)
        report_signals(ends[1], parent);
    watch->reports = ends[0];
    close(ends[1]);
}

static void read_reports(struct group_watch *watch)
{
    uint8_t numbers[64];
    ssize_t count;
    while ((count = read(watch->reports, numbers, sizeof numbers)) > 0)
        for (ssize_t i = 0; i < count; i++)
            if (numbers[i] < NSIG)
                watch->seen[numbers[i]] = g_get_monotonic_time();
}

bool group_watch_saw(struct group_watch *watch, int number)
{
    const gint64 until = g_get_monotonic_time() + PATIENCE_MS * 1000;
    struct pollfd readable = {.fd = watch->reports, .events = POLLIN};
    for (;;) {
        read_reports(watch);
        const gint64 now = g_get_monotonic_time();
        const gint64 seen = watch->seen[number];
        if (seen && now - seen < STALE_US) {
            watch->seen[number] = 0;
            return true;
        }
        if (watch->child <= 0 || now >= until || poll(&readable, 1, (int)((until - now) / 1000) + 1) <= 0 ||
            !(readable.revents & POLLIN))
            return false;
    }
}

void group_watch_stop(struct group_watch *watch)
{
    if (watch->child > 0) {
        kill(watch->child, SIGKILL);
        waitpid(watch->child, NULL, 0);
    }
    if (watch->reports >= 0)
        close(watch->reports);
}
