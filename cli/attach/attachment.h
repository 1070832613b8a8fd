/* SPDX-License-Identifier: MIT */
/*
 * A recording of a program that runs already, from "nothing of us is there" to "nothing of us is left".
 *
 *     attachment_begin → attachment_wait → attachment_end → read attachment_trace_path() → attachment_free
 *
 * Should this process die in the middle, the program runs on: its hooks stay, inert, until the next attach; daemon
 * and files go.
 *
 * Runs in: the command. Single-threaded, always the same thread; blocks SIGINT and SIGTERM from begin to free,
 * which is how it is told to stop. Prints nothing.
 */
#ifndef SCOPETRACE_ATTACH_ATTACHMENT_H
#define SCOPETRACE_ATTACH_ATTACHMENT_H

#include <glib.h>
#include <sys/types.h>

#include "cli/session/session.h"

struct attachment;

enum attachment_phase {
    ATTACHMENT_QUEUED, /* the target has not reached Python code yet */
    ATTACHMENT_LOADED, /* the agent is there, LTTng is getting to know its daemon */
    ATTACHMENT_ARMED,  /* told to put its hooks in place */
    ATTACHMENT_TRACED,
    ATTACHMENT_OVER, /* the target ended, or refused */
};

/* options: those that say what is recorded; NULL and error when the target cannot be attached to: it is as it was
 * then. Returns when it is traced, or when that takes more than a moment. */
struct attachment *attachment_begin(pid_t pid, const struct session_options *options, GError **error);

enum attachment_phase attachment_phase(const struct attachment *attachment);

/* Until it is traced. FALSE and error when it cannot be, or is not within that time. */
gboolean attachment_await_traced(struct attachment *attachment, gint64 most_us, GError **error);

/* Until the target ends, SIGINT or SIGTERM comes, or it has been traced for so long (< 0: for ever). FALSE and
 * error when it turned out that it cannot be traced. */
gboolean attachment_wait(struct attachment *attachment, gint64 duration_us, GError **error);

/* Takes the hooks out and ends the recording. The trace is complete then. What is worth saying is added to
 * notices (char *). FALSE: the trace is what there is. */
gboolean attachment_end(struct attachment *attachment, struct session_result *ret_result, GPtrArray *notices,
                        GError **error);

/* Borrowed. */
const char *attachment_trace_path(const struct attachment *attachment);
/* Where the trace is streamed to, for people; NULL: nowhere. */
const char *attachment_stream(const struct attachment *attachment);
const struct session *attachment_session(const struct attachment *attachment);
/* "python3 (pid 4711)". Borrowed. */
const char *attachment_name(const struct attachment *attachment);
pid_t attachment_pid(const struct attachment *attachment);
/* How long the target's main thread stood still in all, and in how many pieces. */
gint64 attachment_stopped_us(const struct attachment *attachment, guint *ret_times);
/* The function that its main thread is in. To be freed. */
char *attachment_where(const struct attachment *attachment);
/* How it came about, for -v. Borrowed. */
const char *attachment_description(const struct attachment *attachment);

/* Leaves nothing behind. NULL is accepted. */
void attachment_free(struct attachment *attachment);

#endif
