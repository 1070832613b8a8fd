/* SPDX-License-Identifier: MIT */
/*
 * libbabeltrace2 behind a wall: reads CTF trace folders as events. Nobody outside of this folder
 * and plugin/ includes the library's headers.
 *
 * Runs in: the command. Single-threaded; one reader per thread.
 */
#ifndef SCOPETRACE_SOURCES_BABELTRACE_H
#define SCOPETRACE_SOURCES_BABELTRACE_H

#include "analyzer/sources/source.h"

struct babeltrace;

/* Where the events go, and what was seen on the way. */
struct babeltrace_client {
    event_handler handler;
    event_forecast expect; /* NULL: nobody wants to know */
    void *context;
    struct source_notes *notes;
    gboolean ours_seen; /* out: some stream is of a kind that carries our events */
    uint64_t missing;   /* out: events that some trace should have recorded (missing_events.h) */
    uint32_t streams;   /* out: of the runs so far: those of the next one are numbered from there */
    uint32_t order;     /* out, while an event is handled: the number of the stream that it is from */
};

/* NULL and error when the library's CTF plugin is not installed. The guard may be NULL. */
struct babeltrace *babeltrace_open(struct guard *guard, GError **error);
/* NULL is accepted. */
void babeltrace_close(struct babeltrace *babeltrace);

/* Whether the library reads CTF 2, and not CTF 1 alone. */
gboolean babeltrace_reads_ctf_2(void);

/* One logical trace. */
struct babeltrace_trace {
    char *name;         /* for people: the folder that damage is told of */
    GPtrArray *folders; /* char *, all of one group */
};

/* The name that folders of one logical trace share (chunks of a rotated session, snapshots); owned by the
 * caller. NULL: the folder is a trace of its own. The folder's metadata must not be empty or cut: the library
 * aborts, or does not come back. */
char *babeltrace_group(struct babeltrace *babeltrace, const char *folder);

/* Whether the trace can be opened. Tried apart from the real thing: a graph with a component that failed is
 * lost. */
gboolean babeltrace_probe(struct babeltrace *babeltrace, const struct babeltrace_trace *trace, GError **error);

/* When the earliest of the trace's streams begins and the last one ends: widens *begin_ns … *end_ns, of which 0 is
 * unknown. */
void babeltrace_add_range(struct babeltrace *babeltrace, const struct babeltrace_trace *trace, uint64_t *begin_ns,
                          uint64_t *end_ns);

/* Delivers the events of all traces (struct babeltrace_trace *, each probed) merged in time order. Large traces
 * are decoded by several threads; the handler is called in this one. */
gboolean babeltrace_run(struct babeltrace *babeltrace, const GPtrArray *traces, struct babeltrace_client *client,
                        GError **error);

#endif
