/* SPDX-License-Identifier: MIT */
/* What is known of an attachment. */
#include "cli/attach/attachment_internal.h"
#include "cli/attach/where.h"

enum attachment_phase attachment_phase(const struct attachment *attachment)
{
    return attachment->phase;
}

const char *attachment_trace_path(const struct attachment *attachment)
{
    return session_trace_path(attachment->session);
}

const char *attachment_stream(const struct attachment *attachment)
{
    return session_stream(attachment->session);
}

const struct session *attachment_session(const struct attachment *attachment)
{
    return attachment->session;
}

const char *attachment_name(const struct attachment *attachment)
{
    return attachment->name;
}

pid_t attachment_pid(const struct attachment *attachment)
{
    return attachment->target->pid;
}

const char *attachment_description(const struct attachment *attachment)
{
    return session_description(attachment->session);
}

gint64 attachment_stopped_us(const struct attachment *attachment, guint *ret_times)
{
    *ret_times = attachment->stops;
    return attachment->stopped_us;
}

char *attachment_where(const struct attachment *attachment)
{
    g_autoptr(GPtrArray) frames = attach_where(attachment->target, NULL);
    return g_strdup(frames && frames->len ? frames->pdata[0] : "an unknown place");
}
