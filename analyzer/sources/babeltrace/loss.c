/* SPDX-License-Identifier: MIT */
#include "analyzer/sources/babeltrace/loss.h"

#include "analyzer/sources/babeltrace/clock_time.h"

static const struct loss_type discarded_events = {
    bt_message_discarded_events_borrow_stream_const,
    bt_stream_class_discarded_events_have_default_clock_snapshots,
    bt_message_discarded_events_borrow_beginning_default_clock_snapshot_const,
    bt_message_discarded_events_borrow_end_default_clock_snapshot_const,
    bt_message_discarded_events_get_count,
};

static const struct loss_type discarded_packets = {
    bt_message_discarded_packets_borrow_stream_const,
    bt_stream_class_discarded_packets_have_default_clock_snapshots,
    bt_message_discarded_packets_borrow_beginning_default_clock_snapshot_const,
    bt_message_discarded_packets_borrow_end_default_clock_snapshot_const,
    NULL,
};

const struct loss_type *loss_type_of(bt_message_type type)
{
    return type == BT_MESSAGE_TYPE_DISCARDED_EVENTS    ? &discarded_events
           : type == BT_MESSAGE_TYPE_DISCARDED_PACKETS ? &discarded_packets
                                                       : NULL;
}

/* When the loss began or ended, 0: unknown. `which` is one of the type's own functions. */
static uint64_t time_of(const struct loss_type *loss, const bt_message *message,
                        const bt_clock_snapshot *(*which)(const bt_message *message))
{
    return loss->has_times(bt_stream_borrow_class_const(loss->stream(message))) ? clock_time_ns(which(message))
                                                                                : 0;
}

struct event loss_event(const struct loss_type *loss, const bt_message *message)
{
    struct event event = {.kind = EVENT_LOST, .host = ""};
    event.lost.begin_ns = event.time_ns = time_of(loss, message, loss->begin);
    event.lost.end_ns = time_of(loss, message, loss->end);
    if (!loss->count || loss->count(message, &event.lost.count) != BT_PROPERTY_AVAILABILITY_AVAILABLE)
        event.lost.count = 0;
    return event;
}
