/* SPDX-License-Identifier: MIT */
#include "cli/commands/command.h"

#include <stdio.h>
#include <sys/wait.h>

#include "cli/message.h"
#include "cli/preloadable.h"
#include "cli/program.h"
#include "cli/recorder.h"
#include "cli/reporting.h"
#include "cli/tracing.h"

/* Of a program that ended in order, its status says enough. */
static void add_death(struct reporting *reporting, int wait_status, const char *program)
{
    if (!WIFSIGNALED(wait_status) || !reporting_is_cut(reporting))
        return;
    g_autofree char *sentence = g_strdup_printf("%s was killed by signal %d (%s).", program, WTERMSIG(wait_status),
                                                g_strsignal(WTERMSIG(wait_status)));
    reporting_add_notice(reporting, sentence);
}

static void add_session_notices(const struct settings *settings, struct reporting *reporting,
                                const struct tracing *tracing)
{
    const GPtrArray *sentences = tracing->result.census.sentences;
    for (guint i = 0; i < sentences->len; i++)
        reporting_add_notice(reporting, sentences->pdata[i]);
    /* A flight recorder forgets those that ended long ago; and where the recording broke off, what came after is
     * not lost for want of room: that it is missing is said below. */
    if (!settings->flight_recorder && !tracing->incomplete)
        reporting_add_ended(reporting, &tracing->result.census);
    if (tracing->incomplete)
        reporting_add_notice(reporting, tracing->incomplete->message);
    g_autofree char *advice = session_advice(tracing->session);
    reporting_add_loss(reporting, tracing->result.discarded_events, advice);
}

/* A job must not pass because nothing was traced. */
static void explain_empty(const struct tracing *tracing, const char *program)
{
    const struct control_census *census = &tracing->result.census;
    const char *refusal = preloadable_refusal(program);
    if (refusal)
        message_error("%s: nothing was recorded: %s", program, refusal);
    else if (census->sentences->len)
        message_error("%s: nothing was recorded: %s; see scopetrace doctor", program,
                      (const char *)census->sentences->pdata[0]);
    else if (tracing->incomplete)
        message_error("%s: nothing was recorded: %s", program, tracing->incomplete->message);
    else
        message_error(
            "%s: no asyncio was seen in it: nothing was checked; --allow-empty accepts that (what clears "
            "LD_PRELOAD or SCOPETRACE, as sudo, env -i and tox do, goes before scopetrace)",
            program);
}

/* That there is nothing to trace may be as it should; that it could not be traced may not be. */
static void tell_untraced(const struct tracing *tracing)
{
    const GPtrArray *sentences = tracing->result.census.sentences;
    if (sentences->len)
        message_notice("%s", (const char *)sentences->pdata[0]);
}

static int judge(const struct settings *settings, const struct reporting *reporting, const struct tracing *tracing,
                 const char *program)
{
    const int own = program_exit_status(tracing->wait_status);
    const bool empty = !reporting_asyncio_seen(reporting);
    if (empty && !settings->allow_empty)
        explain_empty(tracing, program);
    else if (empty)
        tell_untraced(tracing);
    if (own != 0)
        return own;
    if (empty)
        return settings->allow_empty ? STATUS_OK : STATUS_FAILED;
    g_autoptr(GError) lost = NULL;
    const int status = reporting_status(reporting, &lost);
    if (lost)
        message_error("%s", lost->message);
    if (status != STATUS_OK)
        return status;
    return tracing->incomplete ? STATUS_FAILED : STATUS_OK;
}

static int report(const struct settings *settings, struct reporting *reporting, struct tracing *tracing,
                  const char *program)
{
    g_autoptr(GError) unread = NULL;
    g_autoptr(GError) error = NULL;
    const char *traces[] = {session_trace_path(tracing->session), NULL};
    if (!reporting_analyze(reporting, NULL, traces, &unread) && tracing->result.census.traced &&
        !tracing->incomplete)
        tracing->incomplete = g_steal_pointer(&unread);
    add_death(reporting, tracing->wait_status, program);
    add_session_notices(settings, reporting, tracing);
    if (reporting_asyncio_seen(reporting))
        reporting_add_unseen(reporting, tracing->classes);
    const bool empty = !reporting_asyncio_seen(reporting);
    if (reporting_write(reporting, empty, &error))
        return judge(settings, reporting, tracing, program);
    message_error("%s", error->message);
    const int own = program_exit_status(tracing->wait_status);
    return own ? own : STATUS_FAILED;
}

static int trace_and_report(const struct settings *settings, struct reporting *reporting, char **operands,
                            GError **error)
{
    struct tracing tracing;
    g_autofree char *folder = recorder_folder(settings, operands[0]);
    if (!tracing_run(&tracing, settings, folder ? folder : settings->trace_dir, true, operands, error))
        return tracing_error_status(*error);
    const int status = report(settings, reporting, &tracing, operands[0]);
    if (folder)
        message_notice("what the flight recorder held is in %s", folder);
    tracing_tell_stream(&tracing);
    tracing_clear(&tracing);
    return status;
}

static int run(const struct settings *settings, char **operands)
{
    g_autoptr(GError) error = NULL;
    int status = STATUS_FAILED;
    struct reporting *reporting = reporting_open(settings, stderr, &error);
    if (reporting)
        status = trace_and_report(settings, reporting, operands, &error);
    reporting_free(reporting);
    if (error)
        message_error("%s", error->message);
    return status;
}

const struct command command_run = {
    .name = "run",
    .operands = "[--] PROGRAM [ARG…]",
    .summary = "trace a program, then report",
    .details =
        "Runs PROGRAM, records what its asyncio tasks and scopes do, and reports on standard error when it\n"
        "has ended. PROGRAM's own input, output and signals are untouched. The trace is removed after the\n"
        "report unless --trace-dir keeps it.\n"
        "\n"
        "Exit status: PROGRAM's own when it failed (128 + signal when it was killed, 127 when it was not\n"
        "found, 126 when it cannot be executed); else 2 when no asyncio was seen in it or the tracing did\n"
        "not work; else 1 when there are findings at or above --fail-on, 0 when there are none.",
    .groups = OPTIONS_SESSION | OPTIONS_REPORT | OPTIONS_PROGRAM,
    .least = 1,
    .most = OPERANDS_ANY,
    .missing = "no program given",
    .runs_program = true,
    .run = run,
};
