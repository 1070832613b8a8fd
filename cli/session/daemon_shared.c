/* SPDX-License-Identifier: MIT */
#include "cli/session/daemon_shared.h"

#include <errno.h>
#include <fcntl.h>
#include <lttng/lttng.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/error.h"
#include "cli/session/daemon_ways.h"
#include "cli/session/patience.h"

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

static int open_folder(GError **error)
{
    g_autofree char *folder = daemon_folder();
    int opened = -1;
    if (mkdir(folder, geteuid() == 0 ? 0755 : 0700) == 0 || errno == EEXIST)
        opened = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (opened < 0)
        cli_fail(
            error,
            "%s: LTTng's session daemon cannot have its sockets there: %s; run scopetrace as root, or with HOME "
            "set to a folder of this user, as the program has it",
            folder, g_strerror(errno));
    return opened;
}

/* Joining and leaving, one at a time. */
static gboolean lock_folder(struct daemon *daemon, GError **error)
{
    daemon->lock = open_folder(error);
    if (daemon->lock < 0)
        return FALSE;
    return flock(daemon->lock, LOCK_EX) == 0 || cli_fail(error, "session daemon: %s", g_strerror(errno));
}

/* Each of us holds this one, too, from before it waits to join until it has left: who finds it held by others need
 * not end the daemon, which they would only start again. Where a folder takes no such locks everybody is alone. */
static gboolean take_part(struct daemon *daemon, GError **error)
{
    struct flock share = {.l_type = F_RDLCK, .l_whence = SEEK_SET};
    daemon->part = open_folder(error);
    if (daemon->part < 0)
        return FALSE;
    (void)fcntl(daemon->part, F_OFD_SETLK, &share);
    return TRUE;
}

static void end_part(struct daemon *daemon)
{
    if (daemon->part > 0)
        close(daemon->part);
    daemon->part = 0;
}

/* Asked through a descriptor that holds no part. */
static bool others_take_part(const struct daemon *daemon)
{
    struct flock any = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    return fcntl(daemon->lock, F_OFD_GETLK, &any) == 0 && any.l_type != F_UNLCK;
}

void daemon_settle(struct daemon *daemon)
{
    if (daemon->lock > 0)
        close(daemon->lock);
    daemon->lock = 0;
}

static bool hung_up(int asker)
{
    struct pollfd peer = {.fd = asker};
    return poll(&peer, 1, 0) > 0;
}

static gboolean launch(struct daemon *daemon, const struct daemon_plan *plan, GError **error)
{
    char *arguments[] = {(char *)plan->program, "--no-kernel", "--sig-parent", MARK, NULL};
    daemon->way = "a start of its own";
    if (daemon_must_hide_systems())
        (void)daemon_hide_systems(); /* else what the daemon says of it is told */
    return daemon_launch(daemon, arguments, error);
}

gboolean daemon_join(struct daemon *daemon, const struct daemon_plan *plan, GError **error)
{
    daemon->log = -1;
    daemon->shared = true;
    daemon->output = g_strdup(plan->output);
    daemon->outside = g_strdup(plan->output);
    if (!take_part(daemon, error) || !lock_folder(daemon, error))
        return FALSE;
    if (hung_up(plan->asker)) {
        daemon_settle(daemon);
        return cli_fail(error, "nobody waits for it any more");
    }
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
    for (struct patience patience = patience_begin(pid, END_MS); kill(pid, 0) == 0 && patience_lasts(&patience);)
        g_usleep(1000);
}

void daemon_leave(struct daemon *daemon)
{
    if (!daemon->shared)
        return;
    const bool locked = lock_folder(daemon, NULL);
    end_part(daemon);
    if (locked && !others_take_part(daemon) && !in_use()) {
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
