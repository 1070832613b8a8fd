/* SPDX-License-Identifier: MIT */
/*
 * How the fields of each event go into struct event: one table, generated from tracepoints/schema.h, for
 * every source. A source walks an event's fields, reads each from its own medium by name and shape, and
 * stores it at `offset` in a zeroed struct event. A field that the medium lacks stays 0 / "" (an older
 * trace), one that the table lacks is skipped (a newer trace).
 *
 * Runs in: the command. Constant data, any thread.
 */
#ifndef SCOPETRACE_SOURCES_DECODE_H
#define SCOPETRACE_SOURCES_DECODE_H

#include <stddef.h>

#include "analyzer/core/event.h"

/* What is stored at offset: uint8_t, uint32_t, uint64_t, double, const char * (never NULL),
 * const uint64_t * with its uint32_t count at count_offset. */
enum decode_shape { DECODE_U8, DECODE_U32, DECODE_U64, DECODE_F64, DECODE_STR, DECODE_ADDRS, DECODE_SHAPES };

struct decode_field {
    const char *name;
    enum decode_shape shape;
    size_t offset;       /* into struct event */
    size_t count_offset; /* DECODE_ADDRS only */
};

struct decode_event {
    const char *name; /* without the provider's "scopetrace:" */
    enum event_kind kind;
    const struct decode_field *fields;
    size_t count;
};

/* The fields that every event begins with: pid, tid, seq, tick. */
extern const struct decode_field decode_common[];
extern const size_t decode_common_count;

/* NULL: an event that this version does not know. */
const struct decode_event *decode_find(const char *event_name);

/* Such an event: it has the common fields. */
extern const struct decode_event decode_unknown;

/* A kind that is in traces. */
const struct decode_event *decode_of(enum event_kind kind);

/* Empties an event of this kind: numbers 0, strings "", so that a missing field reads as nothing. */
void decode_prepare(const struct decode_event *decode, struct event *ret_event);

#endif
