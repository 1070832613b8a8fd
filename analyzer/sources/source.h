/* SPDX-License-Identifier: MIT */
/*
 * Where events come from. Each source delivers a whole trace in time order to a handler.
 *
 * Runs in: the command.
 */
#ifndef SCOPETRACE_SOURCES_SOURCE_H
#define SCOPETRACE_SOURCES_SOURCE_H

#include <glib.h>

#include "analyzer/core/event.h"

/* Borrows the event for the call. */
typedef void (*event_handler)(void *context, const struct event *event);

/* Borrows events that will be handled soon, some of them after others that are not among these. Of what it has a
 * look at, kind may be EVENT_KINDS: no event. */
typedef void (*event_forecast)(void *context, const struct event *events, size_t count);

struct guard;

/* How live sessions are followed. */
struct source_follow {
    gint64 duration_us; /* < 0: until SIGINT or SIGTERM, or until the session named ends */
    /* What one should know meanwhile, one sentence. */
    void (*say)(void *context, const char *sentence);
    void *context;
};

/* What a source has to say beside events: damage it met and worked around; one sentence each. */
struct source_notes {
    GPtrArray *damage;                  /* char * */
    struct guard *guard;                /* in: of the child process that reads (guard.h); NULL: none */
    event_forecast expect;              /* in: gets the handler's context; NULL: nobody wants to know */
    gboolean wants_range;               /* in: begin_ns and end_ns are asked for */
    const struct source_follow *follow; /* in: NULL: a live session is read up to the present */
    uint64_t begin_ns, end_ns;          /* out, before the first event: what time the traces cover; 0: unknown */
};

/* Adds a sentence to the notes. */
void source_note(struct source_notes *notes, const char *format, ...) G_GNUC_PRINTF(2, 3);

/* What to do about a live session that cannot be read; behind the cause. */
#define SOURCE_AT_RELAY "; its trace is in the relay daemon's folder: give that to scopetrace analyze"

#define SOURCE_ERROR source_error_quark()
GQuark source_error_quark(void);
enum source_error {
    SOURCE_ERROR_EMPTY,      /* no trace there, or one that no traced Python program wrote to */
    SOURCE_ERROR_UNREADABLE, /* a trace, but none that can be read */
};

struct source_ops {
    const char *name;
    /* Whether this source can read path (a cheap look). */
    gboolean (*recognizes)(const char *path);
    /* Reads all of paths, merged in time order. FALSE and error when nothing could be read: message says what,
     * why and what to do. What could be read of a damaged trace is delivered, with a note. */
    gboolean (*read)(const char *const *paths, event_handler handler, void *context, struct source_notes *notes,
                     GError **error);
};

extern const struct source_ops babeltrace_source; /* a folder with CTF traces, at any depth */
extern const struct source_ops live_source;       /* the URL of a relay daemon, or of a session there */
extern const struct source_ops text_source;       /* a file of lines, see docs/text-events.md */

/* Whether path is a URL. */
gboolean source_is_url(const char *path);

/* Picks the source that recognizes all of paths and reads them. */
gboolean source_read(const char *const *paths, event_handler handler, void *context, struct source_notes *notes,
                     GError **error);

#endif
