/* SPDX-License-Identifier: MIT */
#include "cli/session/daemon_shared.h"

#include <errno.h>
#include <fcntl.h>
#include <lttng/lttng.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/error.h"

/* By this argument we know a daemon that one of us started: it names a group that nobody has. */
#define MARK "--group=scopetrace-has-no-group"
#define PID_FILE "lttng-sessiond.pid"
#define END_MS 3000

/* Where the daemon has its sockets. To be freed. */
static char *daemon_folder(void)
{
    if (geteuid() == 0)
        return g_strdup("/run/lttng");
    const char *home = g_getenv("LTTNG_HOME");
    return g_build_filename(home && *home ? home : g_get_home_dir(), ".lttng", NULL);
}

/* Joining and leaving, one at a time. */
static gboolean lock_folder(struct daemon *daemon, GError **error)
{
    g_autofree char *folder = daemon_folder();
    if (mkdir(folder, geteuid() == 0 ? 0755 : 0700) != 0 && errno != EEXIST)
        return cli_fail(error, "%s: %s", folder, g_strerror(errno));
    daemon->lock = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (daemon->lock < 0 || flock(daemon->lock, LOCK_EX) != 0)
        return cli_fail(error, "%s: %s", folder, g_strerror(errno));
    return TRUE;
}

void daemon_settle(struct daemon *daemon)
{
    if (daemon->lock > 0)
        close(daemon->lock);
    daemon->lock = 0;
}

static gboolean launch(struct daemon *daemon, const struct daemon_plan *plan, GError **error)
{
    char *arguments[] = {(char *)plan->program, "--no-kernel", "--sig-parent", MARK, NULL};
    daemon->way = "a start of its own";
    return daemon_launch(daemon, arguments, error);
}

gboolean daemon_join(struct daemon *daemon, const struct daemon_plan *plan, GError **error)
{
    daemon->log = -1;
    daemon->shared = true;
    daemon->output = g_strdup(plan->output);
    daemon->outside = g_strdup(plan->output);
    if (!lock_folder(daemon, error))
        return FALSE;
    if (lttng_session_daemon_alive() == 1) {
        daemon->way = "joining the one that runs";
        return TRUE;
    }
    if (launch(daemon, plan, error))
        return TRUE;
    daemon_settle(daemon);
    g_prefix_error(error, "no session daemon: ");
    return FALSE;
}

/* The running daemon, if one of us started it; else 0. */
static pid_t marked_daemon(void)
{
    g_autofree char *folder = daemon_folder();
    g_autofree char *file = g_build_filename(folder, PID_FILE, NULL);
    g_autofree char *number = NULL;
    g_autofree char *arguments = NULL;
    gsize size = 0;
    if (!g_file_get_contents(file, &number, NULL, NULL))
        return 0;
    const pid_t pid = (pid_t)g_ascii_strtoll(number, NULL, 10);
    g_autofree char *path = g_strdup_printf("/proc/%d/cmdline", (int)pid);
    if (pid <= 1 || !g_file_get_contents(path, &arguments, &size, NULL))
        return 0;
    return memmem(arguments, size, MARK, sizeof MARK) ? pid : 0;
}

static bool in_use(void)
{
    struct lttng_session *sessions = NULL;
    const int count = lttng_list_sessions(&sessions);
    free(sessions);
    return count > 0;
}

static void end_foreign(pid_t pid)
{
    kill(pid, SIGTERM);
    for (unsigned waited = 0; waited < END_MS && kill(pid, 0) == 0; waited++)
        g_usleep(1000);
}

void daemon_leave(struct daemon *daemon)
{
    if (!daemon->shared)
        return;
    if (lock_folder(daemon, NULL) && !in_use()) {
        const pid_t marked = marked_daemon();
        if (daemon->pid > 0)
            daemon_end(daemon);
        else if (marked)
            end_foreign(marked);
    }
    daemon_settle(daemon);
    daemon->pid = 0; /* others may still be using it */
    daemon->shared = false;
}
