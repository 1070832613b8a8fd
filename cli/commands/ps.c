/* SPDX-License-Identifier: MIT */
#include "cli/commands/command.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "cli/attach/attachment.h"
#include "cli/attach/picture.h"
#include "cli/attach/pid.h"
#include "cli/attach/workers.h"
#include "cli/message.h"
#include "cli/terminal.h"

#define REACHED_US (10 * G_USEC_PER_SEC)

/* Ends the recording as soon as it has begun: what it begins with is all that is wanted. */
static gboolean take_picture(struct attachment *attachment, GError **error)
{
    g_autoptr(GPtrArray) notices = g_ptr_array_new_with_free_func(g_free);
    struct session_result result = {.discarded_events = 0};
    if (!attachment_await_traced(attachment, REACHED_US, error))
        return FALSE;
    gboolean ended = attachment_end(attachment, &result, notices, error);
    for (guint i = 0; i < notices->len; i++)
        message_notice("%s", (const char *)notices->pdata[i]);
    if (result.discarded_events)
        message_notice("%" G_GUINT64_FORMAT " events were lost: the picture has gaps", result.discarded_events);
    control_census_clear(&result.census);
    return ended;
}

static void say_where(const struct attachment *attachment)
{
    g_autofree char *advice = workers_advice(attachment_pid(attachment), attachment_name(attachment));
    if (advice)
        message_notice("%s", advice);
}

static gboolean show(const struct settings *settings, const struct attachment *attachment, pid_t pid,
                     GError **error)
{
    struct picture *picture = picture_read(attachment_trace_path(attachment), error);
    if (!picture)
        return FALSE;
    gboolean shown = TRUE;
    if (settings->json)
        shown = picture_write_json(picture, (int)pid, stdout, error);
    else
        picture_write_text(picture, attachment_name(attachment), settings->verbose > 0,
                           isatty(STDOUT_FILENO) ? terminal_width(STDOUT_FILENO) : 0, stdout);
    if (!picture->tasks->len)
        say_where(attachment);
    for (guint index = 0; index < picture->notices->len; index++)
        message_notice("%s", (const char *)picture->notices->pdata[index]);
    picture_free(picture);
    if (shown && (fflush(stdout) != 0 || ferror(stdout)))
        shown = cli_fail(error, "standard output: cannot be written: %s", g_strerror(errno));
    return shown;
}

static int ps(const struct settings *settings, char **operands)
{
    const struct session_options options = {.lazy_scopes = true};
    g_autoptr(GError) error = NULL;
    int status = STATUS_FAILED;
    const pid_t pid = pid_parse(operands[0], &error);
    struct attachment *attachment = pid ? attachment_begin(pid, &options, &error) : NULL;
    if (attachment && take_picture(attachment, &error) && show(settings, attachment, pid, &error))
        status = STATUS_OK;
    attachment_free(attachment);
    if (error)
        message_error("%s", error->message);
    return status;
}

const struct command command_ps = {
    .name = "ps",
    .operands = "PID",
    .summary = "show the tasks and scopes that are alive in a running program",
    .details =
        "A look without a recording: the tree of the asyncio tasks of process PID, each with the scopes that it\n"
        "is in, how often it was asked to cancel, and where it waits. Of many alike beside each other three are\n"
        "shown; -v shows all, with their whole stacks. --json writes scopetrace-ps/1.\n"
        "\n"
        "Exit status: 0, or 2 when the process cannot be looked into (scopetrace doctor PID says why).",
    .groups = OPTIONS_PS,
    .least = 1,
    .most = 1,
    .missing = "no process given",
    .run = ps,
};
