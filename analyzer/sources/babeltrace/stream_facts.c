/* SPDX-License-Identifier: MIT */
#include "analyzer/sources/babeltrace/stream_facts.h"

#include <glib.h>

#include "analyzer/sources/babeltrace/plan.h"

static bool class_has_our_events(const bt_stream_class *class)
{
    for (uint64_t i = 0; i < bt_stream_class_get_event_class_count(class); i++) {
        const char *name = bt_event_class_get_name(bt_stream_class_borrow_event_class_by_index_const(class, i));
        if (name && g_str_has_prefix(name, PLAN_PROVIDER_PREFIX))
            return true;
    }
    return false;
}

/* host and pid as LTTng writes them into the trace's environment */
struct stream_facts stream_facts_of(const bt_stream *stream)
{
    const bt_trace *trace = bt_stream_borrow_trace_const(stream);
    const bt_value *host = bt_trace_borrow_environment_entry_value_by_name_const(trace, "hostname");
    const bt_value *pid = bt_trace_borrow_environment_entry_value_by_name_const(trace, "vpid");
    return (struct stream_facts){
        .host = host && bt_value_is_string(host) ? bt_value_string_get(host) : "",
        .pid = pid && bt_value_is_signed_integer(pid) ? (uint32_t)bt_value_integer_signed_get(pid) : 0,
        .ours = class_has_our_events(bt_stream_borrow_class_const(stream)),
    };
}
