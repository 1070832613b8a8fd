/* SPDX-License-Identifier: MIT */
#include "cli/commands/command.h"

#include <stdio.h>

#include "analyzer/sources/source.h"
#include "cli/attach/pid.h"
#include "cli/message.h"
#include "cli/reporting.h"

static gboolean follow(struct reporting *reporting, const char *url, gint64 duration, GError **error)
{
    const gboolean followed = reporting_follow(reporting, url, duration, error);
    if (reporting_events(reporting))
        reporting_tell_summary(reporting);
    if (!followed)
        return FALSE;
    if (reporting_events(reporting) == 0)
        return cli_fail(error, "%s: no events of scopetrace came from there", url);
    return reporting_write(reporting, false, error);
}

static int watch_and_judge(const struct settings *settings, const char *url, GError **error)
{
    gint64 duration = -1;
    if (!source_is_url(url)) {
        cli_fail(error, "%s: is not the URL of a relay daemon; write net://HOST[:PORT][/host/HOSTNAME/SESSION]",
                 url);
        return STATUS_FAILED;
    }
    if (settings->duration && !duration_parse(settings->duration, &duration, error))
        return STATUS_FAILED;
    struct reporting *reporting = reporting_open(settings, stdout, error);
    int status = STATUS_FAILED;
    if (reporting && follow(reporting, url, duration, error))
        status = reporting_status(reporting, error);
    reporting_free(reporting);
    return status;
}

static int watch(const struct settings *settings, char **operands)
{
    g_autoptr(GError) error = NULL;
    const int status = watch_and_judge(settings, operands[0], &error);
    if (error)
        message_error("%s", error->message);
    return status;
}

const struct command command_watch = {
    .name = "watch",
    .operands = "URL",
    .summary = "report findings while programs are traced elsewhere",
    .details =
        "Reads live sessions from an LTTng relay daemon, as --stream makes them, and writes each finding on\n"
        "standard output when it is made, once: as text, or with --format json as one JSON object a line.\n"
        "URL is net://HOST[:PORT] for all sessions of scopetrace --stream, those that begin later included,\n"
        "until Ctrl-C or --duration; or net://HOST[:PORT]/host/HOSTNAME/SESSION for one, until it ends, too.\n"
        "\n"
        "Exit status: 1 when there were findings at or above --fail-on, 0 when there were none, 2 when the\n"
        "relay daemon does not answer, or goes away, or no events came.",
    .groups = OPTIONS_REPORT | OPTIONS_ATTACH,
    .least = 1,
    .most = 1,
    .missing = "no URL given",
    .run = watch,
};
