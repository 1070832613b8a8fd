/* SPDX-License-Identifier: MIT */
#include "cli/commands/command.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "analyzer/sources/source.h"
#include "cli/attach/pid.h"
#include "cli/message.h"
#include "cli/reporting.h"

static gboolean follow(struct reporting *reporting, const char *url, gint64 duration, GError **error)
{
    const gboolean followed = reporting_follow(reporting, url, duration, error);
    if (reporting_events(reporting))
        reporting_tell_summary(reporting);
    return followed &&
           reporting_require_events(
               reporting, url, "came from there; trace a program with --stream to this relay daemon meanwhile",
               error) &&
           reporting_write(reporting, false, error);
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

static int watch_and_tell(const struct settings *settings, const char *url)
{
    g_autoptr(GError) error = NULL;
    const int status = watch_and_judge(settings, url, &error);
    if (error)
        message_error("%s", error->message);
    return status;
}

static _Noreturn void be_watcher(const struct settings *settings, const char *url, const sigset_t *mask)
{
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    sigprocmask(SIG_SETMASK, mask, NULL);
    exit(watch_and_tell(settings, url));
}

/* Until it ends; what ends us by request ends it, and it reports. Returns what waitpid() says. */
static int await_watcher(pid_t watcher, const sigset_t *awaited)
{
    for (int status;;) {
        const int number = sigwaitinfo(awaited, NULL);
        if (waitpid(watcher, &status, WNOHANG) == watcher)
            return status;
        if (number == SIGINT || number == SIGTERM)
            kill(watcher, number);
    }
}

/* What a relay sends may be more than libbabeltrace2 survives: it reads in a process of its own. */
static int watch(const struct settings *settings, char **operands)
{
    sigset_t awaited, before;
    sigemptyset(&awaited);
    sigaddset(&awaited, SIGCHLD);
    sigaddset(&awaited, SIGINT);
    sigaddset(&awaited, SIGTERM);
    signal(SIGCHLD, SIG_DFL);
    sigprocmask(SIG_BLOCK, &awaited, &before);
    const pid_t watcher = fork();
    if (watcher == 0)
        be_watcher(settings, operands[0], &before);
    if (watcher < 0)
        return watch_and_tell(settings, operands[0]);
    const int status = await_watcher(watcher, &awaited);
    if (WIFEXITED(status))
        return WEXITSTATUS(status);
    message_error("%s: the reading broke off with signal %d (%s): what came after is not known", operands[0],
                  WTERMSIG(status), g_strsignal(WTERMSIG(status)));
    return STATUS_FAILED;
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
