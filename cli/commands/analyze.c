/* SPDX-License-Identifier: MIT */
#include "cli/commands/command.h"

#include <stdio.h>
#include <unistd.h>

#include "cli/message.h"
#include "cli/reporting.h"

/* The sources merge what they can read: a name that is wrong must not go unnoticed beside one that is right. */
static gboolean check_readable(char **traces, GError **error)
{
    for (char **trace = traces; *trace; trace++)
        if (access(*trace, R_OK) != 0)
            return cli_fail(error, "%s: cannot be read: %s; give the folder of a trace", *trace,
                            g_file_test(*trace, G_FILE_TEST_EXISTS) ? "permission denied"
                                                                    : "no such file or folder");
    return TRUE;
}

static gboolean analyze_traces(struct reporting *reporting, char **traces, GError **error)
{
    if (!check_readable(traces, error) || !reporting_analyze(reporting, (const char *const *)traces, error))
        return FALSE;
    if (reporting_events(reporting) == 0)
        return cli_fail(error, "%s: no events of scopetrace in it; record one with scopetrace record", traces[0]);
    return reporting_write(reporting, false, error);
}

static int analyze(const struct settings *settings, char **operands)
{
    g_autoptr(GError) error = NULL;
    int status = STATUS_FAILED;
    struct reporting *reporting = reporting_open(settings, stdout, &error);
    if (reporting && analyze_traces(reporting, operands, &error))
        status = reporting_status(reporting, &error);
    reporting_free(reporting);
    if (error)
        message_error("%s", error->message);
    return status;
}

const struct command command_analyze = {
    .name = "analyze",
    .operands = "TRACE…",
    .summary = "report on traces already there",
    .details = "Reports on the traces in the folders TRACE, taken together, on standard output.\n"
               "\n"
               "Exit status: 1 when there are findings at or above --fail-on, 0 when there are none, 2 when a\n"
               "trace cannot be read or holds no events of scopetrace.",
    .groups = OPTIONS_REPORT,
    .least = 1,
    .most = OPERANDS_ANY,
    .missing = "no trace given",
    .run = analyze,
};
