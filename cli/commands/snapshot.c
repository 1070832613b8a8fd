/* SPDX-License-Identifier: MIT */
#include "cli/commands/command.h"

#include <fcntl.h>
#include <unistd.h>

#include "cli/commands/analyze.h"
#include "cli/error.h"
#include "cli/message.h"
#include "cli/session/folder.h"
#include "cli/session/snapshots.h"
#include "cli/tracing.h"

static void tell(const struct flight_reply *reply, const char *folder)
{
    if (reply->silent)
        message_notice(
            "%u of its processes, %u among them, did not say in time what they are doing (they wait, or "
            "are busy outside of Python): what they began long ago may be missing",
            reply->silent, reply->silent_pid);
    if (reply->announced * 2 > reply->ring)
        message_notice("what its processes are doing takes %" G_GUINT64_FORMAT " kB of %" G_GUINT64_FORMAT
                       " kB: some of it may be missing; give --flight-recorder more",
                       reply->announced / 1024, reply->ring / 1024);
    message_detail("what its processes are doing takes %" G_GUINT64_FORMAT " kB of %" G_GUINT64_FORMAT " kB",
                   reply->announced / 1024, reply->ring / 1024);
    g_autofree char *word = message_word(folder);
    message_notice("the snapshot of %s is in %s; see scopetrace analyze %s", reply->name, folder, word);
}

static gboolean take(const char *socket, const char *folder, const char *inside, struct flight_reply *reply,
                     GError **error)
{
    g_autoptr(GError) cause = NULL;
    if (!snapshots_take(socket, reply, error))
        return FALSE;
    const gboolean moved = folder_move_entries(reply->path, inside, &cause);
    folder_remove(reply->path);
    return moved || cli_fail(error, "%s: the snapshot cannot be kept there: %s; give another folder with -o",
                             folder, cause->message);
}

/* With the rights of the recorder's user, to whom the way to the folder may be barred. */
static gboolean take_with_rights(const char *socket, const char *folder, struct flight_reply *reply,
                                 GError **error)
{
    const int way = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
    g_autofree char *inside = g_strdup_printf("/proc/self/fd/%d/.", way);
    const gboolean taken =
        snapshots_take_rights(socket, folder, error) && take(socket, folder, inside, reply, error);
    if (!taken)
        folder_clear(inside); /* it was empty before */
    snapshots_take_rights(NULL, NULL, NULL);
    if (way >= 0)
        close(way);
    return taken;
}

static gboolean take_into(const char *socket, const char *folder, struct flight_reply *reply, GError **error)
{
    gboolean made;
    if (!tracing_make_folder(folder, &made, error))
        return FALSE;
    if (take_with_rights(socket, folder, reply, error))
        return TRUE;
    if (made)
        rmdir(folder);
    return FALSE;
}

/* Whoever says how a report is to be wants one. */
static bool wants_report(const struct settings *settings)
{
    static const char *const others[] = {"config", "no-color", "quiet", "verbose", NULL};
    for (const struct option_spec *option = option_specs; option->name; option++)
        if ((option->groups & OPTIONS_REPORT) && options_given(option, settings) &&
            !g_strv_contains(others, option->name))
            return true;
    return false;
}

static int snapshot(const struct settings *settings, char **operands)
{
    g_autoptr(GError) error = NULL;
    g_autofree struct flight_reply *reply = g_new0(struct flight_reply, 1);
    g_autofree char *socket = snapshots_find(operands[0], reply, &error);
    g_autofree char *folder = NULL;
    if (socket)
        folder = settings->trace_dir ? g_strdup(settings->trace_dir) : tracing_default_folder(reply->name);
    if (!socket || !take_into(socket, folder, reply, &error)) {
        message_error("%s", error->message);
        return STATUS_FAILED;
    }
    tell(reply, folder);
    char *traces[] = {folder, NULL};
    return wants_report(settings) ? analyze_traces(settings, traces) : STATUS_OK;
}

const struct command command_snapshot = {
    .name = "snapshot",
    .operands = "PID|NAME",
    .summary = "read a flight recorder out that runs",
    .details =
        "Writes what the flight recorder (--flight-recorder of `run`, `record` and `attach`) that records "
        "process\n"
        "PID holds now, into ./scopetrace-NAME-TIME unless --trace-dir names another folder; the recorder runs\n"
        "on. PID may be that of `scopetrace run` itself, NAME is that of its --trace-dir, or of the program. "
        "With\n"
        "--format, --report or another option of a report it also reports, as `analyze` does.\n"
        "\n"
        "Exit status: 0, or as analyze when there is a report; 2 when there is no such recorder.",
    .groups = OPTIONS_REPORT | OPTIONS_SNAPSHOT,
    .least = 1,
    .most = 1,
    .missing = "no process or name given",
    .run = snapshot,
};
