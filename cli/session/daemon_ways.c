/* SPDX-License-Identifier: MIT */
#include "cli/session/daemon_ways.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <lttng/lttng.h>
#include <netinet/in.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/error.h"
#include "cli/session/safekeeping.h"

/* Of LTTng-UST 2.13; later versions choose the name in the folder that they are given. */
#define APPLICATION_SOCKET "lttng-ust-sock-8"
#define UNPRIVILEGED_UID 65534u
/* Where root's daemon keeps its files up to 2.13. */
#define SYSTEM_FOLDER "/run/lttng"
/* What members of the group `tracing` may write to. */
#define SYSTEM_SOCKET SYSTEM_FOLDER "/client-lttng-sessiond"
/* Seen only inside the mount namespace. */
#define NAMESPACE_OUTPUT "/run/trace"

unsigned daemon_version(const char *program)
{
    char *arguments[] = {(char *)program, "--version", NULL};
    g_autofree char *text = NULL;
    unsigned major, minor;
    const GSpawnFlags flags = G_SPAWN_STDERR_TO_DEV_NULL;
    if (g_spawn_sync("/", arguments, NULL, flags, NULL, NULL, &text, NULL, NULL, NULL) && text &&
        sscanf(text, "%3u.%3u", &major, &minor) == 2)
        return DAEMON_VERSION(major, minor);
    return 0;
}

/* The daemon listens for agents of other languages on TCP and does not start when its ten ports are taken. */
static unsigned free_tcp_port(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return 0;
    const bool bound = bind(fd, (struct sockaddr *)&address, size) == 0 &&
                       getsockname(fd, (struct sockaddr *)&address, &size) == 0;
    close(fd);
    return bound ? ntohs(address.sin_port) : 0;
}

static void add_arguments(const struct daemon_plan *plan, GPtrArray *arguments)
{
    const unsigned port = free_tcp_port();
    g_ptr_array_add(arguments, g_strdup(plan->program));
    g_ptr_array_add(arguments, g_strdup("--no-kernel"));
    g_ptr_array_add(arguments, g_strdup("--sig-parent"));
    if (port)
        g_ptr_array_add(arguments, g_strdup_printf("--agent-tcp-port=%u", port));
}

/* Where LTTng up to 2.13 looks for the program's side: below LTTNG_HOME. */
static gboolean offer_home(struct daemon *daemon, const struct daemon_plan *plan, GError **error)
{
    g_autofree char *folder = g_build_filename(plan->folder, ".lttng", NULL);
    if (mkdir(folder, 0700) != 0 && errno != EEXIST)
        return cli_fail(error, "%s: %s", folder, g_strerror(errno));
    g_setenv("LTTNG_HOME", plan->folder, TRUE);
    g_free(daemon->lttng_home);
    daemon->lttng_home = g_strdup(plan->folder);
    return TRUE;
}

static void add_application_socket(const struct daemon_plan *plan, GPtrArray *arguments)
{
    g_ptr_array_add(arguments, g_strdup_printf("--apps-sock=%s/.lttng/" APPLICATION_SOCKET, plan->folder));
}

static void set_output(struct daemon *daemon, const char *output, const char *outside)
{
    g_free(daemon->output);
    g_free(daemon->outside);
    daemon->output = g_strdup(output);
    daemon->outside = g_strdup(outside);
}

static bool is_later(unsigned version)
{
    return version >= DAEMON_VERSION(2, 14);
}

static bool is_root(unsigned version)
{
    return !is_later(version) && geteuid() == 0;
}

static bool is_user(unsigned version)
{
    return !is_later(version) && geteuid() != 0;
}

static bool is_member(unsigned version)
{
    return is_user(version) && daemon_must_hide_systems();
}

static gboolean prepare_rundir(struct daemon *daemon, const struct daemon_plan *plan, GPtrArray *arguments,
                               GError **error)
{
    if (!offer_home(daemon, plan, error))
        return FALSE;
    g_setenv("LTTNG_RUNDIR", plan->folder, TRUE);
    g_setenv("LTTNG_UST_CTL_PATH", plan->folder, TRUE);
    daemon->lttng_app_path = g_strdup(plan->folder);
    set_output(daemon, plan->output, plan->output);
    add_arguments(plan, arguments);
    return TRUE;
}

static gboolean prepare_home(struct daemon *daemon, const struct daemon_plan *plan, GPtrArray *arguments,
                             GError **error)
{
    if (!offer_home(daemon, plan, error))
        return FALSE;
    set_output(daemon, plan->output, plan->output);
    add_arguments(plan, arguments);
    return TRUE;
}

bool daemon_must_hide_systems(void)
{
    return geteuid() != 0 && access(SYSTEM_SOCKET, W_OK) == 0;
}

static bool write_all(const char *path, const char *text)
{
    const int fd = open(path, O_WRONLY | O_CLOEXEC);
    const bool written = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);
    if (fd >= 0)
        close(fd);
    return written;
}

bool daemon_hide_systems(void)
{
    g_autofree char *users = g_strdup_printf("%u %u 1", geteuid(), geteuid());
    g_autofree char *groups = g_strdup_printf("%u %u 1", getegid(), getegid());
    return unshare(CLONE_NEWUSER | CLONE_NEWNS) == 0 && write_all("/proc/self/setgroups", "deny") &&
           write_all("/proc/self/uid_map", users) && write_all("/proc/self/gid_map", groups) &&
           mount("tmpfs", SYSTEM_FOLDER, "tmpfs", MS_NOSUID | MS_NODEV, "size=4k,mode=755") == 0;
}

static gboolean prepare_hidden(struct daemon *daemon, const struct daemon_plan *plan, GPtrArray *arguments,
                               GError **error)
{
    if (!daemon_hide_systems())
        return cli_fail(error, "%s", g_strerror(errno));
    return prepare_home(daemon, plan, arguments, error);
}

/* What is mounted there from now on is not seen outside of this namespace. */
static bool isolate(const char *mount_point)
{
    return mount("none", mount_point, NULL, MS_REC | MS_SLAVE, NULL) == 0;
}

/* In a chroot "/" may be no mount point; then each place that will be mounted upon must be one itself. */
static bool own_namespace(bool memory_too)
{
    return unshare(CLONE_NEWNS) == 0 &&
           (isolate("/") || (isolate("/run") && (!memory_too || isolate("/dev/shm"))));
}

/* A /run of our own, on which the daemon finds the trace's folder under NAMESPACE_OUTPUT: the real one may lie in
 * the /run that is hidden then. Opened inside the namespace, since mounts of another cannot be bound. */
static bool replace_run(const char *output)
{
    const int fd = open(output, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return false;
    g_autofree char *source = g_strdup_printf("/proc/self/fd/%d", fd);
    const bool replaced = mount("tmpfs", "/run", "tmpfs", MS_NOSUID | MS_NODEV, "size=4m,mode=755") == 0 &&
                          mkdir(NAMESPACE_OUTPUT, 0755) == 0 &&
                          mount(source, NAMESPACE_OUTPUT, NULL, MS_BIND, NULL) == 0;
    const int cause = errno;
    close(fd);
    errno = cause;
    return replaced;
}

/* What the daemon shares with the program goes through descriptors: the program need not see the folder. */
static bool replace_memory(void)
{
    return mount("tmpfs", "/dev/shm", "tmpfs", MS_NOSUID | MS_NODEV, "size=64m,mode=1777") == 0;
}

static gboolean prepare_namespace(struct daemon *daemon, const struct daemon_plan *plan, GPtrArray *arguments,
                                  GError **error)
{
    if (!own_namespace(plan->own_memory) || !replace_run(plan->output) || (plan->own_memory && !replace_memory()))
        return cli_fail(error, "%s", g_strerror(errno));
    if (!offer_home(daemon, plan, error))
        return FALSE;
    set_output(daemon, NAMESPACE_OUTPUT, plan->output);
    add_arguments(plan, arguments);
    add_application_socket(plan, arguments);
    return TRUE;
}

static gboolean prepare_system(struct daemon *daemon, const struct daemon_plan *plan, GPtrArray *arguments,
                               GError **error)
{
    if (lttng_session_daemon_alive() == 1)
        return cli_fail(error, "a session daemon is there already");
    daemon->in_public = true;
    if (access(SYSTEM_FOLDER, F_OK) != 0)
        daemon->litter = g_strdup(SYSTEM_FOLDER);
    if (!offer_home(daemon, plan, error))
        return FALSE;
    set_output(daemon, plan->output, plan->output);
    add_arguments(plan, arguments);
    add_application_socket(plan, arguments);
    return TRUE;
}

static bool everybody_can_enter(const char *path)
{
    g_autofree char *folder = g_strdup(path);
    for (struct stat status; strcmp(folder, "/") != 0;) {
        if (stat(folder, &status) != 0 || !(status.st_mode & S_IXOTH))
            return false;
        char *parent = g_path_get_dirname(folder);
        g_free(folder);
        folder = parent;
    }
    return true;
}

/* The private folder, or another that the unprivileged user gets to: TMPDIR may be root's alone. */
static const char *folder_for_unprivileged(struct daemon *daemon, const char *folder, GError **error)
{
    g_autofree char *parent = g_path_get_dirname(folder);
    if (everybody_can_enter(parent))
        return folder;
    daemon->elsewhere = g_strdup("/tmp/scopetrace-XXXXXX");
    if (g_mkdtemp(daemon->elsewhere))
        return daemon->elsewhere;
    cli_fail(error, "%s: %s", daemon->elsewhere, g_strerror(errno));
    return NULL;
}

static gboolean give_to_unprivileged(const char *path, GError **error)
{
    if (chown(path, UNPRIVILEGED_UID, UNPRIVILEGED_UID) == 0)
        return TRUE;
    return cli_fail(error, "%s: %s", path, g_strerror(errno));
}

/* It cannot write where only root can: the trace goes into the private folder first. */
static gboolean offer_unprivileged(struct daemon *daemon, const struct daemon_plan *plan, GError **error)
{
    g_autofree char *output = g_build_filename(plan->folder, "unprivileged-trace", NULL);
    g_autofree char *home = g_build_filename(plan->folder, ".lttng", NULL);
    if (!offer_home(daemon, plan, error))
        return FALSE;
    if (mkdir(output, 0755) != 0 && errno != EEXIST)
        return cli_fail(error, "%s: %s", output, g_strerror(errno));
    set_output(daemon, output, output);
    return give_to_unprivileged(plan->folder, error) && give_to_unprivileged(output, error) &&
           give_to_unprivileged(home, error);
}

static gboolean offer_buffers(const struct daemon_plan *plan, GError **error)
{
    g_autofree char *live = safekeeping_live(plan->buffers);
    g_autofree char *kept = safekeeping_kept(plan->buffers);
    return give_to_unprivileged(plan->buffers, error) && give_to_unprivileged(live, error) &&
           give_to_unprivileged(kept, error);
}

static gboolean prepare_unprivileged(struct daemon *daemon, const struct daemon_plan *plan, GPtrArray *arguments,
                                     GError **error)
{
    struct daemon_plan own = *plan;
    own.folder = folder_for_unprivileged(daemon, plan->folder, error);
    if (!own.folder || !offer_unprivileged(daemon, &own, error) || !offer_buffers(&own, error))
        return FALSE;
    if (setgroups(0, NULL) != 0 || setresgid(UNPRIVILEGED_UID, UNPRIVILEGED_UID, UNPRIVILEGED_UID) != 0 ||
        setresuid(UNPRIVILEGED_UID, UNPRIVILEGED_UID, UNPRIVILEGED_UID) != 0)
        return cli_fail(error, "%s", g_strerror(errno));
    g_clear_pointer(&daemon->litter, g_free);
    daemon->in_public = false;
    add_arguments(&own, arguments);
    return TRUE;
}

const struct daemon_way daemon_ways[] = {
    {"run directory", is_later, prepare_rundir},
    {"user namespace", is_member, prepare_hidden},
    {"home directory", is_user, prepare_home},
    {"mount namespace", is_root, prepare_namespace},
    {"system directory", is_root, prepare_system},
    {"unprivileged user", is_root, prepare_unprivileged},
    {NULL, NULL, NULL},
};

static bool own_run(void)
{
    return own_namespace(false) && replace_run("/");
}

/* In a child, which is changed by it. */
static bool is_possible(bool (*attempt)(void))
{
    const pid_t child = fork();
    if (child == 0)
        _exit(attempt() ? 0 : 1);
    int status = -1;
    return child > 0 && waitpid(child, &status, 0) == child && status == 0;
}

bool daemon_namespace_possible(void)
{
    return is_possible(own_run);
}

bool daemon_hiding_possible(void)
{
    return is_possible(daemon_hide_systems);
}
