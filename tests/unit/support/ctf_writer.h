/* SPDX-License-Identifier: MIT */
/*
 * Writes CTF traces as LTTng lays them out, from the analyzer's own events: for tests that need a trace of a
 * certain shape, damage or age, and no session.
 *
 * Runs in: the tests. A writer makes one stream file; streams of one folder share its metadata, which
 * ctf_write_metadata() writes once. Failures end the test program.
 */
#ifndef SCOPETRACE_TESTS_CTF_WRITER_H
#define SCOPETRACE_TESTS_CTF_WRITER_H

#include <stdbool.h>

#include "analyzer/core/event.h"

/* What the trace says beside its events. */
struct ctf_trace_look {
    const char *provider; /* NULL: "scopetrace" */
    const char *host;     /* NULL: no such entry */
    uint8_t uuid;         /* first byte of the trace's UUID */
    unsigned older;       /* fields that each event lacks at its end */
    bool newer; /* each event begins with a field that nobody knows; there are two events that nobody knows */
};

struct ctf_writer;

/* Creates the folder when it is not there. */
void ctf_write_metadata(const char *folder, const struct ctf_trace_look *look);

struct ctf_writer *ctf_writer_new(const char *folder, const char *stream, const struct ctf_trace_look *look);
void ctf_writer_add(struct ctf_writer *writer, const struct event *event);
/* The events that nobody knows; only of a newer trace. The first has nothing in common with others, the second is
 * numbered as they are. */
void ctf_writer_add_unknown(struct ctf_writer *writer, uint64_t time_ns);
void ctf_writer_add_numbered_unknown(struct ctf_writer *writer, const struct event *event);
/* Ends the packet; `discarded` events were lost in it. */
void ctf_writer_end_packet(struct ctf_writer *writer, uint32_t discarded);
/* Ends the last packet, if one is open, and the stream. */
void ctf_writer_close(struct ctf_writer *writer);

#endif
