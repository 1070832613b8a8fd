/* SPDX-License-Identifier: MIT */
/*
 * A trace in chunks: at times the session goes on in a new one, and what was recorded so far can be read, copied
 * and deleted. In a new chunk every process announces what is there, so that each can be understood alone.
 *
 *     OUTPUT/archives/CHUNK…   those that are over
 *     OUTPUT/ust, OUTPUT/CHUNK  the one that is written to: the first, a later one
 *
 * Runs in: the session keeper.
 */
#ifndef SCOPETRACE_SESSION_ROTATION_H
#define SCOPETRACE_SESSION_ROTATION_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "cli/session/control_file.h"
#include "cli/session/recording.h"

struct rotation_options {
    uint64_t bytes;   /* of a chunk, about; 0: whatever it takes */
    gint64 period_us; /* 0: however long it lasts */
    unsigned keep;    /* chunks that are over; older ones are removed; 0: all */
};

struct lttng_rotation_handle;

struct rotation {
    struct rotation_options options;
    const struct recording_plan *recording;
    const char *outside;                   /* OUTPUT as others see it */
    struct control_file *control;          /* of the traced processes */
    struct lttng_rotation_handle *pending; /* a chunk that is being ended */
    gint64 began_us;                       /* the chunk that is written to */
};

/* Begins a new chunk when it is time to, and removes those that are too many. Call it often. */
void rotation_look(struct rotation *rotation);
/* Before the session stops: waits, at most some seconds, for a chunk that is being ended. */
void rotation_settle(struct rotation *rotation);

#endif
