/* SPDX-License-Identifier: MIT */
#include "analyzer/sources/babeltrace/stream_facts.h"

#include <glib.h>
#include <string.h>

#include "analyzer/sources/babeltrace/plan.h"
#include "analyzer/sources/decode.h"
#include "analyzer/sources/missing_events.h"

static bool class_has_our_events(const bt_stream_class *class)
{
    for (uint64_t i = 0; i < bt_stream_class_get_event_class_count(class); i++) {
        const char *name = bt_event_class_get_name(bt_stream_class_borrow_event_class_by_index_const(class, i));
        if (name && g_str_has_prefix(name, PLAN_PROVIDER_PREFIX))
            return true;
    }
    return false;
}

/* Kinds of event that a stream class declares. LTTng declares those that were enabled, also if none ever came. */
static uint64_t kinds_of_class(const bt_stream_class *class)
{
    uint64_t kinds = 0;
    for (uint64_t i = 0; i < bt_stream_class_get_event_class_count(class); i++) {
        const char *name = bt_event_class_get_name(bt_stream_class_borrow_event_class_by_index_const(class, i));
        const bool ours = name && g_str_has_prefix(name, PLAN_PROVIDER_PREFIX);
        const struct decode_event *decode = ours ? decode_find(name + strlen(PLAN_PROVIDER_PREFIX)) : NULL;
        kinds |= decode ? MISSING_EVENTS_BIT(decode->kind) : 0;
    }
    return kinds;
}

/* Events may be spread over channels: a class each. */
static uint64_t missing_in(const bt_trace *trace)
{
    const bt_value *tracer = bt_trace_borrow_environment_entry_value_by_name_const(trace, "tracer_name");
    const bt_trace_class *classes = bt_trace_borrow_class_const(trace);
    uint64_t kinds = 0;
    if (!tracer || !bt_value_is_string(tracer) || !g_str_equal(bt_value_string_get(tracer), "lttng-ust"))
        return 0;
    for (uint64_t i = 0; i < bt_trace_class_get_stream_class_count(classes); i++)
        kinds |= kinds_of_class(bt_trace_class_borrow_stream_class_by_index_const(classes, i));
    return missing_events_of(kinds);
}

/* host and pid as LTTng writes them into the trace's environment */
struct stream_facts stream_facts_of(const bt_stream *stream)
{
    const bt_trace *trace = bt_stream_borrow_trace_const(stream);
    const bt_value *host = bt_trace_borrow_environment_entry_value_by_name_const(trace, "hostname");
    const bt_value *pid = bt_trace_borrow_environment_entry_value_by_name_const(trace, "vpid");
    const bt_stream_class *class = bt_stream_borrow_class_const(stream);
    const bool ours = class_has_our_events(class);
    return (struct stream_facts){
        .host = host && bt_value_is_string(host) ? bt_value_string_get(host) : "",
        .pid = pid && bt_value_is_signed_integer(pid) ? (uint32_t)bt_value_integer_signed_get(pid) : 0,
        .ours = ours,
        .timed = bt_stream_class_borrow_default_clock_class_const(class) != NULL,
        .missing = ours ? missing_in(trace) : 0,
    };
}
