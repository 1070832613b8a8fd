/* SPDX-License-Identifier: MIT */
#include "cli/session/recording.h"

#include <lttng/destruction-handle.h>
#include <lttng/lttng.h>
#include <stdlib.h>

#include "cli/error.h"

#define USUAL_NAME "scopetrace"
#define CHANNEL "scopes"
#define SWITCH_TIMER_US 500000u
/* Takes the other's place in a session that is read while it goes on. */
#define LIVE_TIMER_US 500000u
/* Per event, when the buffers are full; then the event is lost after all. A daemon that died must not hold the
 * program, which waits with the GIL held, for good. */
#define BLOCKING_LIMIT_US 200000
#define PENDING_POLL_US 2000
#define PENDING_LIMIT_US (4 * G_USEC_PER_SEC)
#define HAND_OVER_MS 4000

/* Exported by liblttng-ctl, declared in none of its public headers. */
int lttng_set_session_shm_path(const char *session_name, const char *shm_path);

/* LTTng's own codes: negative on failure, but for the calls that return enum lttng_error_code. */
static gboolean check(int code, const char *what, GError **error)
{
    if (code >= 0)
        return TRUE;
    return cli_fail(error, "LTTng: %s: %s", what, lttng_strerror(code));
}

const char *recording_name(const struct recording_plan *plan)
{
    return plan->session ? plan->session : USUAL_NAME;
}

static gboolean create_session(const struct recording_plan *plan, GError **error)
{
    struct lttng_session_descriptor *session =
        plan->relay
            ? lttng_session_descriptor_live_network_create(recording_name(plan), plan->relay, NULL, LIVE_TIMER_US)
        : plan->ring ? lttng_session_descriptor_snapshot_local_create(recording_name(plan), plan->output)
                     : lttng_session_descriptor_local_create(recording_name(plan), plan->output);
    if (!session)
        return cli_fail(error, "LTTng: create session in %s: invalid path",
                        plan->relay ? plan->relay : plan->output);
    const enum lttng_error_code code = lttng_create_session_ext(session);
    lttng_session_descriptor_destroy(session);
    if (!check(code == LTTNG_OK ? 0 : -(int)code, "create session", error))
        return FALSE;
    return !plan->buffer_folder || check(lttng_set_session_shm_path(recording_name(plan), plan->buffer_folder),
                                         "place the buffers", error);
}

static struct lttng_domain recording_domain(bool per_process)
{
    const struct lttng_domain domain = {
        .type = LTTNG_DOMAIN_UST,
        .buf_type = per_process ? LTTNG_BUFFER_PER_PID : LTTNG_BUFFER_PER_UID,
    };
    return domain;
}

static gboolean enable_channel(struct lttng_handle *handle, const struct recording_plan *plan, GError **error)
{
    struct lttng_domain domain = recording_domain(plan->per_process);
    struct lttng_channel *channel = lttng_channel_create(&domain);
    if (!channel)
        return cli_fail(error, "LTTng: create channel: out of memory");
    g_strlcpy(channel->name, CHANNEL, sizeof channel->name);
    channel->enabled = 1;
    channel->attr.overwrite = plan->ring;
    channel->attr.subbuf_size = plan->buffers.bytes;
    channel->attr.num_subbuf = plan->buffers.number;
    channel->attr.switch_timer_interval = plan->relay || plan->ring ? 0 : SWITCH_TIMER_US;
    channel->attr.output = LTTNG_EVENT_MMAP;
    int code = plan->blocking ? lttng_channel_set_blocking_timeout(channel, BLOCKING_LIMIT_US) : 0;
    if (code >= 0)
        code = lttng_enable_channel(handle, channel);
    lttng_channel_destroy(channel);
    return check(code, "create channel", error);
}

static gboolean enable_events(struct lttng_handle *handle, const char *pattern, GError **error)
{
    struct lttng_event *event = lttng_event_create();
    if (!event)
        return cli_fail(error, "LTTng: enable events: out of memory");
    event->type = LTTNG_EVENT_TRACEPOINT;
    event->loglevel_type = LTTNG_EVENT_LOGLEVEL_ALL;
    g_strlcpy(event->name, pattern, sizeof event->name);
    const int code = lttng_enable_event(handle, event, CHANNEL);
    lttng_event_destroy(event);
    return check(code, "enable events", error);
}

static gboolean track_process(const struct recording_plan *plan, GError **error)
{
    struct lttng_process_attr_tracker_handle *tracker = NULL;
    if (!plan->only_pid)
        return TRUE;
    if (lttng_session_get_tracker_handle(recording_name(plan), LTTNG_DOMAIN_UST,
                                         LTTNG_PROCESS_ATTR_VIRTUAL_PROCESS_ID, &tracker) != LTTNG_OK)
        return cli_fail(error, "LTTng: choose the process: no tracker");
    const bool chosen =
        lttng_process_attr_tracker_handle_set_tracking_policy(tracker, LTTNG_TRACKING_POLICY_INCLUDE_SET) ==
            LTTNG_PROCESS_ATTR_TRACKER_HANDLE_STATUS_OK &&
        lttng_process_attr_process_id_tracker_handle_add_pid(tracker, plan->only_pid) ==
            LTTNG_PROCESS_ATTR_TRACKER_HANDLE_STATUS_OK;
    lttng_process_attr_tracker_handle_destroy(tracker);
    return chosen || cli_fail(error, "LTTng: choose the process: refused");
}

gboolean recording_start(const struct recording_plan *plan, GError **error)
{
    if (!create_session(plan, error))
        return FALSE;
    struct lttng_domain domain = recording_domain(plan->per_process);
    struct lttng_handle *handle = lttng_create_handle(recording_name(plan), &domain);
    if (!handle)
        return cli_fail(error, "LTTng: create handle: out of memory");
    /* from LTTng 2.16 on, choosing a process before there is a channel chooses buffers per process, too */
    const gboolean started = enable_channel(handle, plan, error) && track_process(plan, error) &&
                             enable_events(handle, "scopetrace:*", error) &&
                             check(lttng_start_tracing(recording_name(plan)), "start", error);
    lttng_destroy_handle(handle);
    return started;
}

static void read_counts(const struct recording_plan *plan, struct recording_counts *counts)
{
    struct lttng_domain domain = recording_domain(plan->per_process);
    struct lttng_handle *handle = lttng_create_handle(recording_name(plan), &domain);
    struct lttng_channel *channels = NULL;
    const int number = handle ? lttng_list_channels(handle, &channels) : 0;
    for (int i = 0; i < number; i++) {
        uint64_t value;
        if (lttng_channel_get_discarded_event_count(&channels[i], &value) == 0)
            counts->discarded_events += recording_counted(value);
        if (lttng_channel_get_lost_packet_count(&channels[i], &value) == 0)
            counts->lost_packets += value;
    }
    free(channels);
    if (handle)
        lttng_destroy_handle(handle);
}

gboolean recording_stop(const struct recording_plan *plan, struct recording_counts *ret, GError **error)
{
    struct recording_counts counts = {0};
    const int code = lttng_stop_tracing_no_wait(recording_name(plan));
    if (code < 0 && code != -LTTNG_ERR_TRACE_ALREADY_STOPPED)
        return check(code, "stop", error);
    /* lttng_stop_tracing() would look every 200 ms. */
    const gint64 until = g_get_monotonic_time() + PENDING_LIMIT_US;
    int pending;
    while ((pending = lttng_data_pending(recording_name(plan))) > 0 && g_get_monotonic_time() < until)
        g_usleep(PENDING_POLL_US);
    if (pending < 0)
        return check(pending, "wait for the data", error);
    counts.incomplete = pending > 0;
    read_counts(plan, &counts);
    *ret = counts;
    return TRUE;
}

gboolean recording_snapshot(const struct recording_plan *plan, const char *folder, const char *name,
                            GError **error)
{
    struct lttng_snapshot_output *output = lttng_snapshot_output_create();
    if (!output)
        return cli_fail(error, "LTTng: snapshot: out of memory");
    int code = lttng_snapshot_output_set_name(name, output);
    if (code >= 0)
        code = lttng_snapshot_output_set_local_path(folder, output);
    if (code >= 0)
        code = lttng_snapshot_record(recording_name(plan), output, 0);
    lttng_snapshot_output_destroy(output);
    return check(code, "snapshot", error);
}

void recording_destroy(const struct recording_plan *plan)
{
    lttng_destroy_session_no_wait(recording_name(plan));
}

/* The relay was lost when the rotation that ends a session finds no way to it. */
static bool was_handed_over(const struct lttng_destruction_handle *handle)
{
    enum lttng_error_code result;
    enum lttng_rotation_state rotation;
    return lttng_destruction_handle_get_result(handle, &result) == LTTNG_DESTRUCTION_HANDLE_STATUS_OK &&
           result == LTTNG_OK &&
           lttng_destruction_handle_get_rotation_state(handle, &rotation) == LTTNG_DESTRUCTION_HANDLE_STATUS_OK &&
           rotation != LTTNG_ROTATION_STATE_ERROR;
}

bool recording_hand_over(const struct recording_plan *plan)
{
    struct lttng_destruction_handle *handle = NULL;
    if (lttng_destroy_session_ext(recording_name(plan), &handle) != LTTNG_OK)
        return false;
    const bool arrived = lttng_destruction_handle_wait_for_completion(handle, HAND_OVER_MS) ==
                             LTTNG_DESTRUCTION_HANDLE_STATUS_COMPLETED &&
                         was_handed_over(handle);
    lttng_destruction_handle_destroy(handle);
    return arrived;
}
