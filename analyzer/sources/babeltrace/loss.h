/* SPDX-License-Identifier: MIT */
/*
 * Discarded events and discarded packets: told by messages of two types that read alike.
 *
 * Runs in: the command, and babeltrace2 itself.
 */
#ifndef SCOPETRACE_BABELTRACE_LOSS_H
#define SCOPETRACE_BABELTRACE_LOSS_H

#include <babeltrace2/babeltrace.h>

#include "analyzer/core/event.h"

struct loss_type {
    const bt_stream *(*stream)(const bt_message *message);
    bt_bool (*has_times)(const bt_stream_class *class);
    const bt_clock_snapshot *(*begin)(const bt_message *message);
    const bt_clock_snapshot *(*end)(const bt_message *message);
    /* How many events; NULL: that is not known. */
    bt_property_availability (*count)(const bt_message *message, uint64_t *count);
};

/* NULL: messages of this type tell of no loss. */
const struct loss_type *loss_type_of(bt_message_type type);

/* An EVENT_LOST without host and process. */
struct event loss_event(const struct loss_type *loss, const bt_message *message);

#endif
