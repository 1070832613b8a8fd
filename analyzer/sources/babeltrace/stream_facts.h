/* SPDX-License-Identifier: MIT */
/*
 * What the events of a stream have in common.
 *
 * Runs in: the command, and babeltrace2 itself.
 */
#ifndef SCOPETRACE_BABELTRACE_STREAM_FACTS_H
#define SCOPETRACE_BABELTRACE_STREAM_FACTS_H

#include <babeltrace2/babeltrace.h>
#include <stdbool.h>
#include <stdint.h>

struct stream_facts {
    const char *host; /* borrowed from the stream's trace; "" when that does not say */
    uint32_t pid;     /* of a per-process buffer; 0: unknown */
    bool ours;        /* its class has events of ours */
    bool timed;       /* it has a clock */
    uint64_t missing; /* of what its trace should have recorded (missing_events.h); 0 where that is not known */
};

struct stream_facts stream_facts_of(const bt_stream *stream);

#endif
