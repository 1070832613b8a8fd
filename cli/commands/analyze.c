/* SPDX-License-Identifier: MIT */
#include "cli/commands/analyze.h"
#include "cli/commands/command.h"

#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "analyzer/sources/guard.h"
#include "analyzer/sources/source.h"
#include "cli/message.h"
#include "cli/reporting.h"
#include "cli/session/safekeeping.h"

/* The sources merge what they can read: a name that is wrong must not go unnoticed beside one that is right. */
static gboolean check_readable(char **traces, GError **error)
{
    for (char **trace = traces; *trace; trace++)
        if (!source_is_url(*trace) && access(*trace, R_OK) != 0)
            return cli_fail(error, "%s: cannot be read: %s; give the folder of a trace", *trace,
                            g_file_test(*trace, G_FILE_TEST_EXISTS) ? "permission denied"
                                                                    : "no such file or folder");
    return TRUE;
}

/* A trace whose recording died cannot be read, or not to its end. */
static void add_hint(char **traces, GError **error)
{
    for (char **trace = traces; *error && *trace; trace++) {
        g_autofree char *link = g_build_filename(*trace, SAFEKEEPING_LINK, NULL);
        if (!g_file_test(link, G_FILE_TEST_IS_SYMLINK))
            continue;
        g_autoptr(GError) cause = g_steal_pointer(error);
        g_autofree char *word = message_word(*trace);
        cli_fail(error, "%s; its recording goes on, or died: then scopetrace recover %s", cause->message, word);
        return;
    }
}

static gboolean report_on(struct reporting *reporting, struct guard *guard, char **traces, GError **error)
{
    return check_readable(traces, error) &&
           reporting_analyze(reporting, guard, (const char *const *)traces, error) &&
           reporting_require_events(reporting, traces[0], "in it; record one with scopetrace record", error) &&
           reporting_write(reporting, false, error);
}

struct job {
    const struct settings *settings;
    char **traces;
};

static int analyze_guarded(struct guard *guard, void *context)
{
    const struct job *job = context;
    g_autoptr(GError) error = NULL;
    int status = STATUS_FAILED;
    struct reporting *reporting = reporting_open(job->settings, stdout, &error);
    if (reporting && report_on(reporting, guard, job->traces, &error))
        status = reporting_status(reporting, &error);
    else
        add_hint(job->traces, &error);
    reporting_free(reporting);
    if (error)
        message_error("%s", error->message);
    return status;
}

/* The child was killed, and not by a damaged trace: by whoever wanted to end the command, or by a mistake of ours.
 */
static int killed(const char *trace, int number)
{
    if (number == SIGINT || number == SIGTERM || number == SIGHUP || number == SIGQUIT || number == SIGPIPE) {
        signal(number, SIG_DFL);
        raise(number);
    }
    message_error("%s: the analysis broke off with signal %d (%s): please report this, with the trace", trace,
                  number, g_strsignal(number));
    return STATUS_FAILED;
}

/* Traces given here come from anywhere. */
int analyze_guarded_run(int (*work)(struct guard *guard, void *context), void *context, const char *what)
{
    struct guard *guard = guard_new();
    const int status = guard_run(guard, work, context);
    const gboolean starved = guard_starved(guard);
    guard_free(guard);
    if (starved)
        message_error(
            "%s: it takes more than half of this machine's memory; leave out --tree, or give fewer traces", what);
    return starved ? STATUS_FAILED : status < 0 ? killed(what, -status) : status;
}

int analyze_traces(const struct settings *settings, char **traces)
{
    struct job job = {settings, traces};
    return analyze_guarded_run(analyze_guarded, &job, traces[0]);
}

const struct command command_analyze = {
    .name = "analyze",
    .operands = "TRACE…",
    .summary = "report on traces already there",
    .details = "Reports on the traces in the folders TRACE, taken together, on standard output. The folder of a\n"
               "relay daemon is one, too; so is the URL of a live session (see watch), up to the present.\n"
               "\n"
               "Exit status: 1 when there are findings at or above --fail-on, 0 when there are none, 2 when a\n"
               "trace cannot be read or holds no events of scopetrace.",
    .groups = OPTIONS_REPORT,
    .least = 1,
    .most = OPERANDS_ANY,
    .missing = "no trace given",
    .run = analyze_traces,
};
