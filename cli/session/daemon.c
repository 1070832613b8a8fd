/* SPDX-License-Identifier: MIT */
#include "cli/session/daemon.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/error.h"
#include "cli/session/daemon_ways.h"
#include "cli/session/folder.h"
#include "cli/session/patience.h"

#define READY_MS 10000
#define END_MS 3000
#define KILL_MS 1000
#define LOG_BYTES 65536
/* It tries to raise its limit of open files, which only a privileged one may. */
#define HARMLESS "set_ulimit"

static volatile sig_atomic_t group_on_notice;
static volatile sig_atomic_t term_expired;

static void kill_group_on_notice(int number)
{
    (void)number;
    if (group_on_notice > 0) {
        kill(-(pid_t)group_on_notice, SIGKILL);
        term_expired = 1;
    }
}

void daemon_deadline(const struct daemon *daemon, unsigned milliseconds)
{
    const struct sigaction action = {.sa_handler = kill_group_on_notice};
    const struct itimerval term = {
        .it_value = {.tv_sec = milliseconds / 1000, .tv_usec = (suseconds_t)(milliseconds % 1000) * 1000}};
    group_on_notice = milliseconds ? (sig_atomic_t)daemon->pid : 0;
    sigaction(SIGALRM, &action, NULL);
    setitimer(ITIMER_REAL, &term, NULL);
}

bool daemon_expired(void)
{
    return term_expired;
}

static _Noreturn void become_daemon(const struct daemon *daemon, char **arguments)
{
    sigset_t none;
    sigemptyset(&none);
    setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, daemon->shared ? 0 : SIGTERM);
    dup2(daemon->log, STDERR_FILENO);
    for (int number = 1; number < NSIG; number++)
        signal(number, SIG_DFL);
    sigprocmask(SIG_SETMASK, &none, NULL);
    execv(arguments[0], arguments);
    dprintf(STDERR_FILENO, "Error: %s: %s\n", arguments[0], strerror(errno));
    _exit(STATUS_NOT_FOUND);
}

/* Waits for one of our signals. Returns it, or 0 when the time (µs, monotonic) has come. */
static int await_signal(gint64 until)
{
    sigset_t awaited;
    sigemptyset(&awaited);
    sigaddset(&awaited, SIGUSR1);
    sigaddset(&awaited, SIGCHLD);
    for (;;) {
        const gint64 left = MAX(until - g_get_monotonic_time(), 0);
        const struct timespec time = {.tv_sec = left / G_USEC_PER_SEC, .tv_nsec = left % G_USEC_PER_SEC * 1000};
        const int number = sigtimedwait(&awaited, NULL, &time);
        if (number > 0)
            return number;
        if (errno != EINTR)
            return 0;
    }
}

/* SIGUSR1 means ready; a SIGCHLD of anybody else is passed over. */
static bool await_ready(struct daemon *daemon)
{
    struct patience patience = patience_begin(daemon->pid, READY_MS);
    while (patience_lasts(&patience)) {
        if (await_signal(patience.until_us) == SIGUSR1)
            return true;
        if (waitpid(daemon->pid, NULL, WNOHANG) == daemon->pid) {
            daemon->pid = 0;
            return false;
        }
    }
    return false;
}

/* The daemon and the consumer daemons that it leaves to us (we are their subreaper). */
static bool reap_all(const struct daemon *daemon, unsigned milliseconds)
{
    struct patience patience = patience_begin(daemon->pid, milliseconds);
    while (patience_lasts(&patience)) {
        const pid_t ended = waitpid(-1, NULL, WNOHANG);
        if (ended < 0 && errno == ECHILD)
            return true;
        if (ended == 0)
            await_signal(patience.until_us);
    }
    return false;
}

bool daemon_is_alive(const struct daemon *daemon)
{
    siginfo_t info = {.si_pid = 0};
    if (daemon->pid <= 0)
        return true;
    return waitid(P_PID, (id_t)daemon->pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid == 0;
}

void daemon_kill(struct daemon *daemon)
{
    if (daemon->pid > 0) {
        kill(-daemon->pid, SIGKILL);
        reap_all(daemon, KILL_MS);
    }
    daemon->pid = 0;
    if (daemon->litter)
        folder_remove(daemon->litter);
}

void daemon_end(struct daemon *daemon)
{
    if (daemon->pid > 0) {
        kill(daemon->pid, SIGTERM);
        if (reap_all(daemon, END_MS))
            daemon->pid = 0;
    }
    daemon_kill(daemon);
}

char *daemon_complaint(const struct daemon *daemon)
{
    g_autofree char *text = g_malloc0(LOG_BYTES + 1);
    if (daemon->log < 0 || pread(daemon->log, text, LOG_BYTES, 0) <= 0)
        return NULL;
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    for (char **line = lines; *line; line++)
        if ((strstr(*line, "Error") || strstr(*line, "PERROR")) && !strstr(*line, HARMLESS))
            return cli_said_by_lttng(*line);
    return NULL;
}

gboolean daemon_launch(struct daemon *daemon, char **arguments, GError **error)
{
    daemon->log = memfd_create("lttng-sessiond's stderr", MFD_CLOEXEC);
    daemon->pid = fork();
    if (daemon->pid == 0)
        become_daemon(daemon, arguments);
    if (daemon->pid < 0) {
        daemon->pid = 0;
        return cli_fail(error, "%s: %s", arguments[0], g_strerror(errno));
    }
    setpgid(daemon->pid, daemon->pid);
    if (await_ready(daemon))
        return TRUE;
    const bool ended = daemon->pid == 0;
    daemon_kill(daemon);
    g_autofree char *complaint = daemon_complaint(daemon);
    return cli_fail(error, "%s: %s%s%s", arguments[0], ended ? "ended at once" : "not ready in time",
                    complaint ? ": " : "", complaint ? complaint : "");
}

gboolean daemon_start(struct daemon *daemon, const struct daemon_plan *plan, GError **error)
{
    daemon->log = -1;
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    const unsigned version = daemon_version(plan->program);
    g_autoptr(GString) causes = g_string_new(NULL);
    for (const struct daemon_way *way = daemon_ways; way->name; way++) {
        g_autoptr(GError) cause = NULL;
        g_autoptr(GPtrArray) arguments = g_ptr_array_new_with_free_func(g_free);
        if (!way->applies(version))
            continue;
        daemon->way = way->name;
        if (way->prepare(daemon, plan, arguments, &cause)) {
            g_ptr_array_add(arguments, NULL);
            if (daemon_launch(daemon, (char **)arguments->pdata, &cause))
                return TRUE;
        }
        g_string_append_printf(causes, "%s%s: %s", causes->len ? "; " : "", way->name, cause->message);
    }
    return cli_fail(error, "no private session daemon: %s; see scopetrace doctor", causes->str);
}
