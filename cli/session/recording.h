/* SPDX-License-Identifier: MIT */
/*
 * The tracing session proper, through liblttng-ctl: one session, one channel, scopetrace's events.
 *
 * Runs in: the session keeper. Every call may wait for the daemon: put it on notice first (daemon_deadline()).
 */
#ifndef SCOPETRACE_SESSION_RECORDING_H
#define SCOPETRACE_SESSION_RECORDING_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "cli/session/buffers.h"

struct recording_plan {
    const char *output;        /* absolute folder, as the daemon sees it */
    const char *buffer_folder; /* where LTTng has the files of its buffers; NULL: nobody need know */
    struct buffers buffers;
    const char *relay;   /* the URL of a relay daemon: there instead of to output, live; NULL: none */
    const char *session; /* its name, unique in the daemon; NULL: the daemon is ours alone */
    int only_pid;        /* record this process alone (the number that the daemon sees); 0: all */
    bool per_process, blocking;
    bool ring; /* a flight recorder: overwrites what is oldest, and writes to disk by recording_snapshot() alone */
};

struct recording_counts {
    uint64_t discarded_events, lost_packets;
    bool incomplete; /* the daemon did not deliver everything in time */
};

/* What LTTng's count of discarded events stands for. When a buffer's own count goes down, its consumer believes
 * that it came round at 2^63, and adds that much: what is added up is right but for this. */
static inline uint64_t recording_counted(uint64_t discarded)
{
    return discarded & (UINT64_MAX >> 1);
}

/* LTTng's name for its session. Borrowed. */
const char *recording_name(const struct recording_plan *plan);

gboolean recording_start(const struct recording_plan *plan, GError **error);

/* Writes what a flight recorder holds into a new folder below `folder` (as the daemon sees it); recording goes on.
 */
gboolean recording_snapshot(const struct recording_plan *plan, const char *folder, const char *name,
                            GError **error);

/* Takes the session out of the daemon, once it is stopped. */
void recording_destroy(const struct recording_plan *plan);

/* The same, and waits: false when a relay daemon has not got all of it. */
bool recording_hand_over(const struct recording_plan *plan);

/* Stops and waits until all is on disk. */
gboolean recording_stop(const struct recording_plan *plan, struct recording_counts *ret, GError **error);

#endif
