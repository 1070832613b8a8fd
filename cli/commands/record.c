/* SPDX-License-Identifier: MIT */
#include "cli/commands/command.h"

#include "cli/message.h"
#include "cli/program.h"
#include "cli/tracing.h"

static void tell(const struct tracing *tracing, const char *folder)
{
    g_autofree char *word = folder ? message_word(folder) : NULL;
    const GPtrArray *sentences = tracing->result.census.sentences;
    for (guint i = 0; i < sentences->len; i++)
        message_notice("%s", (const char *)sentences->pdata[i]);
    if (tracing->result.discarded_events)
        message_notice("%" G_GUINT64_FORMAT " events were lost for want of room; see --lossless",
                       tracing->result.discarded_events);
    if (tracing->incomplete)
        message_error("%s", tracing->incomplete->message);
    else if (!tracing->result.census.traced)
        message_notice("no asyncio was seen: the trace%s%s is empty", folder ? " in " : "", folder ? folder : "");
    else if (folder)
        message_notice("the trace is in %s; see scopetrace analyze %s", folder, word);
}

static int record(const struct settings *settings, char **operands)
{
    g_autoptr(GError) error = NULL;
    const bool streams_only = settings->stream && !settings->trace_dir;
    g_autofree char *folder = settings->trace_dir ? g_strdup(settings->trace_dir)
                              : streams_only      ? NULL
                                                  : tracing_default_folder(operands[0]);
    struct tracing tracing;
    if (streams_only && settings->buffers == BUFFERS_PER_PROCESS) {
        cli_fail(&error,
                 "--buffers: pid: a stream has buffers per user; leave it out, or keep the trace here, too: "
                 "-o DIR");
        options_blame("buffers", settings, &error);
        message_error("%s", error->message);
        return STATUS_FAILED;
    }
    if (!tracing_run(&tracing, settings, folder, !streams_only, operands, &error)) {
        message_error("%s", error->message);
        return tracing_error_status(error);
    }
    const int own = program_exit_status(tracing.wait_status);
    const bool incomplete = tracing.incomplete || (streams_only && tracing.result.stream_lost);
    const int status = own == 0 && incomplete ? STATUS_FAILED : own;
    tell(&tracing, folder);
    tracing_tell_stream(&tracing);
    tracing_clear(&tracing);
    return status;
}

const struct command command_record = {
    .name = "record",
    .operands = "[--] PROGRAM [ARG…]",
    .summary = "trace a program for a later analysis",
    .details = "Runs PROGRAM as `run` does and keeps the trace, in ./scopetrace-PROGRAM-TIME unless --trace-dir\n"
               "names another folder, without a report: `scopetrace analyze` makes it.\n"
               "\n"
               "With --stream and without --trace-dir, the trace is at the relay daemon alone.\n"
               "\n"
               "Exit status: PROGRAM's; 2 when the tracing did not work.",
    .groups = OPTIONS_SESSION | OPTIONS_ROTATE,
    .least = 1,
    .most = OPERANDS_ANY,
    .missing = "no program given",
    .runs_program = true,
    .run = record,
};
