/* SPDX-License-Identifier: MIT */
#include "cli/commands/command.h"
#include "cli/commands/doctor_process.h"
#include "cli/commands/doctor_trial.h"

#include <stdio.h>
#include <unistd.h>

#include "cli/install.h"
#include "cli/message.h"
#include "cli/session/buffers.h"
#include "cli/session/daemon_ways.h"
#include "preload/control.h"

#define LEAST_VERSION DAEMON_VERSION(2, 13)
/* From here on a daemon has its own place whoever starts it. */
#define HIDES_ITSELF DAEMON_VERSION(2, 14)

/* One thing that tracing needs. Says what it found in detail; FALSE with the remedy in error. */
struct check {
    const char *name;
    gboolean (*holds)(GString *detail, GError **error);
};

static gboolean check_daemon(GString *detail, GError **error)
{
    g_autofree char *path = install_session_daemon(error);
    if (!path)
        return FALSE;
    const unsigned version = daemon_version(path);
    g_string_printf(detail, "%s, version %u.%u", path, version / 100, version % 100);
    if (version >= LEAST_VERSION)
        return TRUE;
    return cli_fail(error, "%s: too old: version %u.%u; install lttng-tools 2.13 or later", path, version / 100,
                    version % 100);
}

static gboolean check_libraries(GString *detail, GError **error)
{
    static const char *const files[] = {CONTROL_ENTRY_LIBRARY, CONTROL_AGENT_LIBRARY};
    for (size_t i = 0; i < G_N_ELEMENTS(files); i++) {
        g_autofree char *path = install_library(files[i], error);
        if (!path)
            return FALSE;
        g_string_append_printf(detail, "%s%s", i ? ", " : "", path);
    }
    return TRUE;
}

static gboolean check_memory(GString *detail, GError **error)
{
    const struct buffers_request usual = {.per_process = false};
    struct buffers buffers;
    if (!buffers_plan(&usual, g_get_tmp_dir(), &buffers, error))
        return FALSE;
    g_string_printf(
        detail, "%" G_GUINT64_FORMAT " MB free in /dev/shm, the trace buffers take %" G_GUINT64_FORMAT " MB%s%s",
        buffers_free_bytes("/dev/shm") >> 20, buffers_footprint(&buffers, buffers_possible_cpus()) >> 20,
        buffers.on_disk ? " of " : "", buffers.on_disk ? g_get_tmp_dir() : "");
    return TRUE;
}

/* Never fatal: there are other ways. */
static gboolean check_namespace(GString *detail, GError **error)
{
    (void)error;
    g_string_append(detail, geteuid() != 0 ? "not needed: not root"
                            : daemon_namespace_possible()
                                ? "possible"
                                : "not possible; an unprivileged session daemon is used instead");
    return TRUE;
}

/* Its members are sent to root's daemon; ours is asked by other means. */
static gboolean check_group(GString *detail, GError **error)
{
    g_autofree char *path = install_session_daemon(NULL);
    if (path && daemon_version(path) < HIDES_ITSELF && daemon_must_hide_systems() && !daemon_hiding_possible())
        return cli_fail(
            error, "root's session daemon runs and this user is a member: LTTng starts none of this user's beside "
                   "it, and user namespaces, which would help, are not to be had; have that one ended, or run "
                   "this without the group");
    g_string_append(detail, "membership neither needed nor used: each run has a session daemon of its own");
    return TRUE;
}

static const struct check checks[] = {
    {"session daemon", check_daemon}, {"preloaded objects", check_libraries},
    {"trace buffers", check_memory},  {"mount namespace", check_namespace},
    {"group tracing", check_group},   {"Python interpreters", doctor_trial},
};

static bool run_check(const struct check *check, bool quiet)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GString) detail = g_string_new(NULL);
    const gboolean holds = check->holds(detail, &error);
    g_autofree char *line = message_line(holds ? detail->str : error->message);
    if (!holds || !quiet)
        printf("%s: %s: %s\n", holds ? "ok" : "not ok", check->name, line);
    fflush(stdout);
    return holds;
}

static int doctor(const struct settings *settings, char **operands)
{
    const bool quiet = settings->quiet != 0;
    if (operands[0])
        return doctor_process(operands[0], quiet);
    int status = STATUS_OK;
    for (size_t i = 0; i < G_N_ELEMENTS(checks); i++)
        if (!run_check(&checks[i], quiet))
            status = STATUS_FAILED;
    return status;
}

const struct command command_doctor = {
    .name = "doctor",
    .operands = "[PID]",
    .summary = "say what would keep tracing from working here",
    .details =
        "Checks everything that tracing needs on this machine, one line each: ok, or not ok and what to do.\n"
        "With PID: what attaching to that process needs, and where its main thread stands. With --quiet only\n"
        "what is not ok.\n"
        "\n"
        "Exit status: 0 when all is fine, else 2.",
    .most = 1,
    .run = doctor,
};
