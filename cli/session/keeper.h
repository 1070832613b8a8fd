/* SPDX-License-Identifier: MIT */
/*
 * The session keeper: a process of its own, forked by the command before it has threads, that owns the session's
 * folders and its daemon, and talks to the latter. It may enter a mount namespace or become another user without
 * the command, and with it the program, doing so; and when the command dies, however it dies, the keeper's socket
 * ends and the keeper leaves nothing behind: no daemon, no files but the trace, no shared memory.
 *
 * Protocol: SOCK_SEQPACKET, one reply per KEEPER_STOP, and one unasked reply when the session records (or cannot).
 * The command's end closed: clean up and exit.
 *
 * Runs in: itself. It shares no memory with the command but the copy made by fork.
 */
#ifndef SCOPETRACE_SESSION_KEEPER_H
#define SCOPETRACE_SESSION_KEEPER_H

#include "cli/session/flight.h"
#include "cli/session/recording.h"
#include "cli/session/relay.h"
#include "cli/session/rotation.h"

enum keeper_request {
    KEEPER_STOP = 1, /* ends the recording; the daemon goes too */
    KEEPER_CONTROL,  /* with a descriptor: the control file of the processes, when it is not the session's own */
    KEEPER_REQUESTS,
};

struct keeper_reply {
    uint32_t failed;      /* then text is the error's message */
    uint32_t stream_lost; /* the relay, or the way to it */
    uint32_t broken;      /* the daemon died, or did not deliver: what is missing may be in the buffers */
    int32_t daemons;      /* their process group; 0: they are not ours */
    struct recording_counts counts;
    char text[2048];
    char lttng_home[1024], lttng_app_path[1024];
    char folder[1024];   /* the session's private one */
    char safe[1024];     /* that of the trace buffers */
    char output[1024];   /* where the trace is */
    char complaint[512]; /* of the daemon; "" */
    char way[64];
    char remarks[512]; /* of a flight recorder: what conditions came to hold; "" */
    struct buffers buffers;
};

struct keeper_plan {
    const char *daemon;  /* the program lttng-sessiond */
    const char *folder;  /* the session's private folder, removed at the end */
    const char *output;  /* absolute, existing */
    const char *litter;  /* one more folder to be removed at the end; NULL: none */
    const char *buffers; /* of the trace (safekeeping.h); removed at the end */
    bool recoverable;    /* but not when the daemon died: the trace is the user's, who may recover it */
    bool shared;         /* with the daemon that programs look for by themselves */
    struct recording_plan recording;
    const struct relay *relay;    /* NULL: the trace is not streamed */
    bool stream_alone;            /* it is, and recorded nowhere else */
    struct recording_plan stream; /* second recording of the same */
    struct control_file *control; /* of the processes; NULL: it is not there yet */
    struct flight_plan flight;
    struct rotation_options rotation;
};

/* Makes the folders and says what is to be done. What it has made stands in the plan also when it fails. */
typedef gboolean (*keeper_prepare)(struct keeper_plan *plan, void *data, GError **error);

/* In the forked process: prepares, records, cleans up, whatever becomes of the command meanwhile. */
_Noreturn void keeper_run(int socket, keeper_prepare prepare, void *data);

#endif
