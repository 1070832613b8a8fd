/* SPDX-License-Identifier: MIT */
#include "cli/commands/command.h"
#include "cli/commands/doctor_process.h"

#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/install.h"
#include "cli/message.h"
#include "cli/program.h"
#include "cli/session/buffers.h"
#include "cli/session/daemon_ways.h"
#include "cli/session/session.h"
#include "preload/control.h"

#define LEAST_VERSION DAEMON_VERSION(2, 13)

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

/* Every python3.N on PATH and of pyenv. */
static GPtrArray *find_interpreters(void)
{
    GPtrArray *found = g_ptr_array_new_with_free_func(g_free);
    char *usual = g_find_program_in_path("python3");
    if (usual)
        g_ptr_array_add(found, usual);
    g_autofree char *versions = g_build_filename(g_get_home_dir(), ".pyenv", "versions", NULL);
    g_autoptr(GDir) folders = g_dir_open(versions, 0, NULL);
    for (const char *name; folders && (name = g_dir_read_name(folders));) {
        char *path = g_build_filename(versions, name, "bin", "python3", NULL);
        if (access(path, X_OK) == 0)
            g_ptr_array_add(found, path);
        else
            g_free(path);
    }
    return found;
}

/* Whether the interpreter is one that can be traced: the others are nobody's problem. */
static bool is_recent(const char *interpreter)
{
    char *arguments[] = {(char *)interpreter, "-ISc", "import sys; sys.exit(sys.version_info < (3, 11))", NULL};
    const GSpawnFlags flags = G_SPAWN_STDOUT_TO_DEV_NULL | G_SPAWN_STDERR_TO_DEV_NULL;
    int status = -1;
    return g_spawn_sync("/", arguments, NULL, flags, NULL, NULL, NULL, NULL, &status, NULL) && status == 0;
}

/* The proof that nothing else gives: daemon, libraries, LTTng's protocol versions and memory work together. */
static gboolean trace_once(const char *interpreter, GError **error)
{
    char *arguments[] = {(char *)interpreter, "-ISc", "import asyncio; asyncio.run(asyncio.sleep(0))", NULL};
    const struct session_options options = {.trace_folder = NULL};
    g_autofree char *preload = install_library(CONTROL_ENTRY_LIBRARY, error);
    struct session *session = preload ? session_start(&options, error) : NULL;
    struct session_result result = {.discarded_events = 0};
    int status;
    if (!session)
        return FALSE;
    const struct program_environment environment = {.preload = preload, .control = session_control_path(session)};
    gboolean traced =
        program_run(arguments, &environment, &status, error) && session_stop(session, &result, error);
    if (traced && !result.census.traced) {
        const GPtrArray *sentences = result.census.sentences;
        traced = cli_fail(error, "%s: %s", interpreter,
                          sentences->len ? (const char *)sentences->pdata[0] : "the preload did not find it");
    }
    control_census_clear(&result.census);
    session_free(session);
    return traced;
}

static gboolean check_interpreters(GString *detail, GError **error)
{
    g_autoptr(GPtrArray) interpreters = find_interpreters();
    for (guint i = 0; i < interpreters->len; i++) {
        const char *interpreter = interpreters->pdata[i];
        if (!is_recent(interpreter))
            continue;
        if (!trace_once(interpreter, error))
            return FALSE;
        g_string_append_printf(detail, "%s%s", detail->len ? ", " : "traced for a trial: ", interpreter);
    }
    return detail->len || cli_fail(error, "no Python 3.11 or later found; install python3");
}

static const struct check checks[] = {
    {"session daemon", check_daemon},
    {"preloaded objects", check_libraries},
    {"trace buffers", check_memory},
    {"mount namespace", check_namespace},
    {"Python interpreters", check_interpreters},
};

static bool run_check(const struct check *check)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GString) detail = g_string_new(NULL);
    const gboolean holds = check->holds(detail, &error);
    g_autofree char *line = message_line(holds ? detail->str : error->message);
    printf("%s: %s: %s\n", holds ? "ok" : "not ok", check->name, line);
    fflush(stdout);
    return holds;
}

static int doctor(const struct settings *settings, char **operands)
{
    (void)settings;
    if (operands[0])
        return doctor_process(operands[0]);
    int status = STATUS_OK;
    for (size_t i = 0; i < G_N_ELEMENTS(checks); i++)
        if (!run_check(&checks[i]))
            status = STATUS_FAILED;
    return status;
}

const struct command command_doctor = {
    .name = "doctor",
    .operands = "[PID]",
    .summary = "say what would keep tracing from working here",
    .details =
        "Checks everything that tracing needs on this machine, one line each: ok, or not ok and what to do.\n"
        "With PID: what attaching to that process needs, and where its main thread stands.\n"
        "\n"
        "Exit status: 0 when all is fine, else 2.",
    .most = 1,
    .run = doctor,
};
