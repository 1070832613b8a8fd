/* SPDX-License-Identifier: MIT */
/*
 * A private tracing session: from "nothing runs" to "events of programs that I start are recorded" and back.
 *
 *     session_start → start programs with session_control_path() in SCOPETRACE → session_stop → read
 *     session_trace_path() → session_free
 *
 * Several sessions, of one user or many, do not know of each other. Nothing of a session is left after
 * session_free(), nor after the death of this process, but the trace when it was given a folder.
 *
 * Runs in: the command. Single-threaded; session_start() forks, so no threads may exist before it.
 */
#ifndef SCOPETRACE_SESSION_SESSION_H
#define SCOPETRACE_SESSION_SESSION_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "cli/session/buffers.h"
#include "cli/session/control_file.h"
#include "cli/session/rotation.h"

/* A flight recorder: bounded memory that keeps what is newest. Read out at the end, and whenever `scopetrace
 * snapshot` asks for it. */
struct flight_options {
    uint64_t bytes;                      /* on all CPUs together */
    const char *name;                    /* that it can be asked for by, beside the numbers of its processes */
    uint32_t alarms[CONTROL_CONDITIONS]; /* by itself, too: struct control_alarm.least */
};

struct session_options {
    const char *trace_folder;    /* existing, for this trace alone; NULL: private, gone with the session */
    const char *stream;          /* the URL of a relay daemon that gets the trace, too; NULL: none */
    bool stream_alone;           /* it alone gets it */
    char *const *stream_program; /* arguments of the program that is recorded, for the name there */
    bool per_process;            /* buffers per process instead of per user */
    uint64_t buffer_size;        /* bytes per CPU; 0: as free memory suggests */
    bool lossless;               /* a full buffer makes the program wait, up to a limit */
    bool lazy_scopes;
    bool native_stacks;
    struct rotation_options rotation; /* of the trace folder's trace */
    /* NULL: none. Copied, but for the name, which session_start() alone reads. */
    const struct flight_options *flight;
    const struct control_classes *classes; /* that the user described, read by session_start() alone; NULL: none */
    /* For a program that runs already: recorded with the daemon that it looks for by itself. */
    bool shared;
    int only_pid;       /* record this process alone; 0: all */
    const char *litter; /* a folder of the caller's to be removed when all is over, even if we die; NULL: none */
};

struct session;

/* NULL and error when it cannot record, or a relay is not there. Waits at most some seconds. */
struct session *session_start(const struct session_options *options, GError **error);

/* What the control file must say, wherever it is. */
struct control_file_settings session_control_settings(const struct session *session);
/* The traced processes have this control file, not the session's own. */
void session_use_control(const struct session *session, const char *path);

/* Borrowed. */
const char *session_control_path(const struct session *session);
const char *session_trace_path(const struct session *session);
/* How it came about and the size of its buffers: for -v. */
const char *session_description(const struct session *session);

/* Where the trace is streamed to: "HOST/NAME at net://RELAY"; NULL: nowhere. Borrowed. */
const char *session_stream(const struct session *session);

/* The size of its buffers. Borrowed. */
const struct buffers *session_buffers(const struct session *session);

/* What to do when events were lost for want of room. Newly allocated. */
char *session_advice(const struct session *session);

struct session_result {
    struct control_census census;            /* what the processes say; control_census_clear() */
    bool stream_lost;                        /* the relay has not got all of it */
    uint64_t discarded_events, lost_packets; /* what LTTng says: exact, but for a stalled stream */
};

/* Ends the recording: the trace is complete and readable then. FALSE: the trace is what there is. The result is
 * filled in in both cases. At most once. */
gboolean session_stop(struct session *session, struct session_result *ret, GError **error);

/* Waits until everything is gone. NULL is accepted. */
void session_free(struct session *session);

#endif
