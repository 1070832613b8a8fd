/* SPDX-License-Identifier: MIT */
#include "cli/commands/command.h"

#include <stdio.h>
#include <unistd.h>

#include "cli/attach/attachment.h"
#include "cli/attach/pid.h"
#include "cli/attach/workers.h"
#include "cli/config/providers.h"
#include "cli/message.h"
#include "cli/recorder.h"
#include "cli/reporting.h"
#include "cli/session/folder.h"
#include "cli/tracing.h"

/* Real servers enter scopes by the hundred thousand: only those that matter, unless told otherwise. */
static struct session_options session_options(const struct settings *settings,
                                              const struct control_classes *classes)
{
    const struct session_options options = {
        .trace_folder = settings->trace_dir,
        .stream = settings->stream,
        .per_process = settings->buffers == BUFFERS_PER_PROCESS,
        .buffer_size = settings->buffer_size,
        .lossless = settings->lossless != 0,
        .lazy_scopes = settings->scopes != SCOPES_ALL,
        .native_stacks = settings->native != 0,
        .classes = classes,
    };
    return options;
}

static void say_phase(const struct attachment *attachment, gint64 duration)
{
    if (attachment_phase(attachment) == ATTACHMENT_QUEUED) {
        g_autofree char *where = attachment_where(attachment);
        message_notice("queued: %s has not reached Python code yet: its main thread is in %s",
                       attachment_name(attachment), where);
    } else
        message_notice("recording %s%s; Ctrl-C ends it with a report", attachment_name(attachment),
                       duration < 0 ? "" : " until --duration is over");
    message_detail("%s", attachment_description(attachment));
}

static void say_stops(const struct attachment *attachment)
{
    guint times;
    gint64 stopped = attachment_stopped_us(attachment, &times);
    message_detail("%s was stopped %u times, for %.2f ms in all", attachment_name(attachment), times,
                   (double)stopped / 1000);
}

static void add_notices(struct reporting *reporting, const GPtrArray *notices, const struct session_result *result)
{
    for (guint i = 0; i < notices->len; i++)
        reporting_add_notice(reporting, notices->pdata[i]);
    reporting_add_loss(reporting, result->discarded_events,
                       "--buffer-size enlarges the trace buffers, --lossless lets the program wait for room");
}

/* As of a process that only looks after workers: that nothing went wrong in it is no news. */
static void add_advice(struct reporting *reporting, const struct attachment *attachment)
{
    if (reporting_tasks(reporting))
        return;
    g_autofree char *advice = workers_advice(attachment_pid(attachment), attachment_name(attachment));
    if (advice)
        reporting_add_notice(reporting, advice);
}

static gboolean fail_without_asyncio(const struct attachment *attachment, GError **error)
{
    g_autofree char *workers = workers_below(attachment_pid(attachment));
    return cli_fail(error,
                    "%s: no asyncio was seen in it: nothing was checked; give the process whose event loop "
                    "runs%s%s",
                    attachment_name(attachment), workers ? "; below it " : "", workers ? workers : "");
}

static int report(struct reporting *reporting, const struct attachment *attachment,
                  const struct control_classes *classes, const GPtrArray *notices,
                  const struct session_result *result, GError **error)
{
    const char *traces[] = {attachment_trace_path(attachment), NULL};
    if (!reporting_analyze(reporting, NULL, traces, error))
        return STATUS_FAILED;
    reporting_add_ended(reporting, &result->census);
    add_notices(reporting, notices, result);
    if (!reporting_asyncio_seen(reporting) || !reporting_anything_hooked(reporting)) {
        fail_without_asyncio(attachment, error);
        return STATUS_FAILED;
    }
    add_advice(reporting, attachment);
    reporting_add_unseen(reporting, classes);
    if (!reporting_write(reporting, false, error))
        return STATUS_FAILED;
    return reporting_status(reporting, error);
}

static void tell_stream(const struct attachment *attachment, const struct session_result *result)
{
    const char *place = attachment_stream(attachment);
    if (place && !result->stream_lost)
        message_notice("the trace was streamed to %s", place);
}

static int record_and_report(struct reporting *reporting, struct attachment *attachment,
                             const struct control_classes *classes, gint64 duration, GError **error)
{
    g_autoptr(GPtrArray) notices = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GError) incomplete = NULL;
    struct session_result result = {.discarded_events = 0};
    say_phase(attachment, duration);
    if (!attachment_wait(attachment, duration, error))
        return STATUS_FAILED;
    if (attachment_phase(attachment) < ATTACHMENT_TRACED) {
        cli_fail(error, "%s: %s: nothing was recorded; give it more time before Ctrl-C or in --duration",
                 attachment_name(attachment),
                 attachment_phase(attachment) == ATTACHMENT_QUEUED ? "it did not reach Python code"
                                                                   : "LTTng had not enabled its events yet");
        return STATUS_FAILED;
    }
    if (!attachment_end(attachment, &result, notices, &incomplete))
        g_ptr_array_add(notices, g_strdup(incomplete->message));
    tell_stream(attachment, &result);
    say_stops(attachment);
    const int status = report(reporting, attachment, classes, notices, &result, error);
    control_census_clear(&result.census);
    return status;
}

static int attach_and_report(const struct settings *settings, struct reporting *reporting, pid_t pid,
                             gint64 duration, GError **error)
{
    g_autofree struct control_classes *classes = g_new0(struct control_classes, 1);
    struct session_options options = session_options(settings, classes);
    struct flight_options flight = {.bytes = 0};
    g_autofree char *program = g_strdup_printf("%d", (int)pid);
    g_autofree char *folder = recorder_folder(settings, program);
    g_autofree char *name = g_path_get_basename(settings->trace_dir ? settings->trace_dir : program);
    gboolean made = FALSE;
    if (folder)
        options.trace_folder = folder;
    if (!recorder_configure(settings, name, &flight, &options, error) ||
        !(providers_read(settings->providers, classes, error) || options_blame("providers", settings, error)) ||
        (options.trace_folder && !tracing_make_folder(options.trace_folder, &made, error)))
        return STATUS_FAILED;
    struct attachment *attachment = attachment_begin(pid, &options, error);
    if (!attachment) {
        /* a session that was begun in vain may have written there */
        if (options.trace_folder)
            folder_clear(options.trace_folder);
        if (made)
            rmdir(options.trace_folder);
        return STATUS_FAILED;
    }
    recorder_tell(&options, attachment_session(attachment));
    const int status = record_and_report(reporting, attachment, classes, duration, error);
    attachment_free(attachment);
    if (folder)
        message_notice("what the flight recorder held is in %s", folder);
    return status;
}

static int attach(const struct settings *settings, char **operands)
{
    g_autoptr(GError) error = NULL;
    gint64 duration = -1;
    int status = STATUS_FAILED;
    const pid_t pid = pid_parse(operands[0], &error);
    struct reporting *reporting = NULL;
    if (pid && (!settings->duration || duration_parse(settings->duration, &duration, &error)))
        reporting = reporting_open(settings, stderr, &error);
    if (reporting)
        status = attach_and_report(settings, reporting, pid, duration, &error);
    reporting_free(reporting);
    if (error)
        message_error("%s", error->message);
    return status;
}

const struct command command_attach = {
    .name = "attach",
    .operands = "PID",
    .summary = "record a program that runs already, then report",
    .details =
        "Records what the asyncio tasks and scopes of process PID do, those that are alive already included,\n"
        "until Ctrl-C, the end of the process or --duration; then reports on standard error, and the process\n"
        "runs on as before. It is stopped twice for a fraction of a millisecond. Nothing need have been\n"
        "prepared in it: any CPython 3.11 or later with a GIL, of your own or, for root, of any user.\n"
        "\n"
        "Exit status: 0, 1 when there are findings at or above --fail-on, 2 when it could not be recorded\n"
        "(scopetrace doctor PID says why).",
    .groups = OPTIONS_SESSION | OPTIONS_REPORT | OPTIONS_ATTACH,
    .least = 1,
    .most = 1,
    .missing = "no process given",
    .run = attach,
};
