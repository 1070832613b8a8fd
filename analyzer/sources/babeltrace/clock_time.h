/* SPDX-License-Identifier: MIT */
/*
 * The library's clock snapshots as times.
 *
 * Runs in: the command, and babeltrace2 itself.
 */
#ifndef SCOPETRACE_BABELTRACE_CLOCK_TIME_H
#define SCOPETRACE_BABELTRACE_CLOCK_TIME_H

#include <babeltrace2/babeltrace.h>

/* Nanoseconds since the epoch; 0 for a time that is before it or out of reach. */
static inline uint64_t clock_time_ns(const bt_clock_snapshot *snapshot)
{
    int64_t ns = 0;
    if (bt_clock_snapshot_get_ns_from_origin(snapshot, &ns) != BT_CLOCK_SNAPSHOT_GET_NS_FROM_ORIGIN_STATUS_OK)
        bt_current_thread_clear_error();
    return ns > 0 ? (uint64_t)ns : 0;
}

#endif
