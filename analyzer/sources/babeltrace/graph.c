/* SPDX-License-Identifier: MIT */
/*
 * A graph holds one src.ctf.fs component per logical trace and one sink, ours, which has an input port for
 * each stream.
 */
#include <babeltrace2/babeltrace.h>
#include <stdbool.h>

#include "analyzer/sources/babeltrace/babeltrace.h"
#include "analyzer/sources/babeltrace/failure.h"
#include "analyzer/sources/babeltrace/graph.h"
#include "analyzer/sources/babeltrace/merger.h"
#include "analyzer/sources/guard.h"

/* ---- the sink component class ---- */

static struct merger *merger_of(bt_self_component_sink *self)
{
    return bt_self_component_get_data(bt_self_component_sink_as_self_component(self));
}

static bt_component_class_initialize_method_status sink_initialize(bt_self_component_sink *self,
                                                                   bt_self_component_sink_configuration *config,
                                                                   const bt_value *params, void *client)
{
    (void)config, (void)params;
    bt_self_component_set_data(bt_self_component_sink_as_self_component(self), merger_new(client));
    return (bt_component_class_initialize_method_status)merger_add_port(self);
}

static void sink_finalize(bt_self_component_sink *self)
{
    merger_free(merger_of(self));
}

static bt_component_class_port_connected_method_status
sink_port_connected(bt_self_component_sink *self, bt_self_component_port_input *port, const bt_port_output *other)
{
    (void)port, (void)other;
    return (bt_component_class_port_connected_method_status)merger_add_port(self);
}

static bt_component_class_sink_graph_is_configured_method_status sink_configured(bt_self_component_sink *self)
{
    return (bt_component_class_sink_graph_is_configured_method_status)merger_open(merger_of(self), self);
}

static bt_component_class_sink_consume_method_status sink_consume(bt_self_component_sink *self)
{
    return merger_consume(merger_of(self));
}

static bt_component_class_sink *sink_class_new(void)
{
    bt_component_class_sink *class = bt_component_class_sink_create("findings", sink_consume);
    if (!class)
        return NULL;
    bt_component_class_sink_set_initialize_method(class, sink_initialize);
    bt_component_class_sink_set_finalize_method(class, sink_finalize);
    bt_component_class_sink_set_input_port_connected_method(class, sink_port_connected);
    bt_component_class_sink_set_graph_is_configured_method(class, sink_configured);
    return class;
}

/* ---- graphs ---- */

struct babeltrace *babeltrace_open(struct guard *guard, GError **error)
{
    const bt_plugin *plugin = NULL;
    if (bt_plugin_find("ctf", BT_TRUE, BT_TRUE, BT_TRUE, BT_TRUE, BT_FALSE, &plugin) != BT_PLUGIN_FIND_STATUS_OK) {
        bt_current_thread_clear_error();
        g_set_error(
            error, SOURCE_ERROR, SOURCE_ERROR_UNREADABLE,
            "cannot read CTF traces: libbabeltrace2 does not find its plugin \"ctf\"; install babeltrace2");
        return NULL;
    }
    struct babeltrace *babeltrace = g_new(struct babeltrace, 1);
    babeltrace->guard = guard;
    babeltrace->plugin = plugin;
    babeltrace->reader = bt_plugin_borrow_source_component_class_by_name_const(plugin, "fs");
    babeltrace->live = bt_plugin_borrow_source_component_class_by_name_const(plugin, "lttng-live");
    g_assert(babeltrace->reader);
    return babeltrace;
}

void babeltrace_close(struct babeltrace *babeltrace)
{
    if (!babeltrace)
        return;
    bt_plugin_put_ref(babeltrace->plugin);
    g_free(babeltrace);
}

gboolean babeltrace_reads_ctf_2(void)
{
    return bt_version_get_major() > 2 || bt_version_get_minor() >= 1;
}

/* Asks the reader class; NULL: no answer. */
static const bt_value *query(struct babeltrace *babeltrace, const char *what, const bt_value *question)
{
    bt_query_executor *executor = bt_query_executor_create(
        bt_component_class_source_as_component_class_const(babeltrace->reader), what, question);
    const bt_value *answer = NULL;
    if (guard_enter_opening(babeltrace->guard) &&
        bt_query_executor_query(executor, &answer) != BT_QUERY_EXECUTOR_QUERY_STATUS_OK) {
        bt_current_thread_clear_error();
        answer = NULL;
    }
    guard_leave(babeltrace->guard);
    bt_query_executor_put_ref(executor);
    return answer;
}

const bt_value *graph_entry(const bt_value *map, const char *name, bt_value_type type)
{
    const bt_value *value = bt_value_is_map(map) ? bt_value_map_borrow_entry_value_const(map, name) : NULL;
    return value && bt_value_type_is(bt_value_get_type(value), type) ? value : NULL;
}

char *babeltrace_group(struct babeltrace *babeltrace, const char *folder)
{
    bt_value *question = bt_value_map_create();
    bt_value_map_insert_string_entry(question, "input", folder);
    bt_value_map_insert_string_entry(question, "type", "directory");
    const bt_value *answer = query(babeltrace, "babeltrace.support-info", question);
    const bt_value *group = answer ? graph_entry(answer, "group", BT_VALUE_TYPE_STRING) : NULL;
    char *name = group ? g_strdup(bt_value_string_get(group)) : NULL;
    bt_value_put_ref(answer);
    bt_value_put_ref(question);
    return name;
}

/* The parameters of the reader of a trace, or of a question about it. */
static bt_value *inputs_of(const struct babeltrace_trace *trace)
{
    bt_value *params = bt_value_map_create(), *inputs = NULL;
    bt_value_map_insert_empty_array_entry(params, "inputs", &inputs);
    for (guint i = 0; i < trace->folders->len; i++)
        bt_value_array_append_string_element(inputs, g_ptr_array_index(trace->folders, i));
    return params;
}

static void add_stream_range(const bt_value *stream, uint64_t *begin_ns, uint64_t *end_ns)
{
    const bt_value *range = graph_entry(stream, "range-ns", BT_VALUE_TYPE_MAP);
    const bt_value *begin = range ? graph_entry(range, "begin", BT_VALUE_TYPE_SIGNED_INTEGER) : NULL;
    const bt_value *end = range ? graph_entry(range, "end", BT_VALUE_TYPE_SIGNED_INTEGER) : NULL;
    if (!begin || !end || bt_value_integer_signed_get(begin) <= 0)
        return;
    uint64_t first = (uint64_t)bt_value_integer_signed_get(begin),
             last = (uint64_t)bt_value_integer_signed_get(end);
    *begin_ns = *begin_ns ? MIN(*begin_ns, first) : first;
    *end_ns = MAX(*end_ns, last);
}

void babeltrace_add_range(struct babeltrace *babeltrace, const struct babeltrace_trace *trace, uint64_t *begin_ns,
                          uint64_t *end_ns)
{
    bt_value *question = inputs_of(trace);
    const bt_value *answer = query(babeltrace, "babeltrace.trace-infos", question);
    for (uint64_t i = 0; answer && bt_value_is_array(answer) && i < bt_value_array_get_length(answer); i++) {
        const bt_value *streams = graph_entry(bt_value_array_borrow_element_by_index_const(answer, i),
                                              "stream-infos", BT_VALUE_TYPE_ARRAY);
        for (uint64_t j = 0; streams && j < bt_value_array_get_length(streams); j++)
            add_stream_range(bt_value_array_borrow_element_by_index_const(streams, j), begin_ns, end_ns);
    }
    bt_value_put_ref(answer);
    bt_value_put_ref(question);
}

static bt_graph_add_component_status add_reader(bt_graph *graph, const struct babeltrace *babeltrace,
                                                const struct babeltrace_trace *trace, const bt_value *params,
                                                const bt_component_source **ret_source)
{
    if (!guard_enter_opening(babeltrace->guard))
        return BT_GRAPH_ADD_COMPONENT_STATUS_ERROR;
    bt_graph_add_component_status status = bt_graph_add_source_component(
        graph, babeltrace->reader, trace->name, params, BT_LOGGING_LEVEL_NONE, ret_source);
    guard_leave(babeltrace->guard);
    return status;
}

static const bt_component_source *graph_add_trace(bt_graph *graph, struct babeltrace *babeltrace,
                                                  const struct babeltrace_trace *trace, GError **error)
{
    bt_value *params = inputs_of(trace);
    const bt_component_source *source = NULL;
    if (add_reader(graph, babeltrace, trace, params, &source) != BT_GRAPH_ADD_COMPONENT_STATUS_OK)
        failure_to_error(error, trace->name);
    bt_value_put_ref(params);
    return source;
}

gboolean babeltrace_probe(struct babeltrace *babeltrace, const struct babeltrace_trace *trace, GError **error)
{
    bt_graph *graph = bt_graph_create(0);
    gboolean readable = graph_add_trace(graph, babeltrace, trace, error) != NULL;
    graph_free(graph, babeltrace);
    return readable;
}

static const bt_component_sink *graph_add_sink(bt_graph *graph, struct babeltrace_client *client, GError **error)
{
    bt_component_class_sink *class = sink_class_new();
    const bt_component_sink *sink = NULL;
    if (!class || bt_graph_add_sink_component_with_initialize_method_data(graph, class, "findings", NULL, client,
                                                                          BT_LOGGING_LEVEL_NONE, &sink) !=
                      BT_GRAPH_ADD_COMPONENT_STATUS_OK)
        failure_to_error(error, "cannot make a sink");
    bt_component_class_sink_put_ref(class);
    return sink;
}

/* ---- for reading.c ---- */

bt_graph *graph_new(struct babeltrace *babeltrace, const GPtrArray *traces, GPtrArray *sources, GError **error)
{
    bt_graph *graph = bt_graph_create(0);
    for (guint i = 0; i < traces->len; i++) {
        const bt_component_source *source =
            graph_add_trace(graph, babeltrace, g_ptr_array_index(traces, i), error);
        if (!source) {
            graph_free(graph, babeltrace);
            return NULL;
        }
        g_ptr_array_add(sources, (gpointer)source);
    }
    return graph;
}

uint32_t graph_count_streams(const GPtrArray *sources)
{
    uint64_t count = 0;
    for (guint i = 0; i < sources->len; i++)
        count += bt_component_source_get_output_port_count(g_ptr_array_index(sources, i));
    return (uint32_t)count;
}

static gboolean connect_stream(bt_graph *graph, const bt_component_source *source, uint64_t port,
                               const bt_component_sink *sink, GError **error)
{
    uint64_t last = bt_component_sink_get_input_port_count(sink) - 1;
    if (bt_graph_connect_ports(graph, bt_component_source_borrow_output_port_by_index_const(source, port),
                               bt_component_sink_borrow_input_port_by_index_const(sink, last),
                               NULL) == BT_GRAPH_CONNECT_PORTS_STATUS_OK)
        return TRUE;
    failure_to_error(error, "cannot connect a stream");
    return FALSE;
}

gboolean graph_connect(bt_graph *graph, const GPtrArray *sources, struct graph_share share,
                       struct babeltrace_client *client, GError **error)
{
    const bt_component_sink *sink = graph_add_sink(graph, client, error);
    uint32_t stream = 0;
    for (guint i = 0; sink && i < sources->len; i++) {
        const bt_component_source *source = g_ptr_array_index(sources, i);
        for (uint64_t port = 0; port < bt_component_source_get_output_port_count(source); port++)
            if (stream++ % share.count == share.index && !connect_stream(graph, source, port, sink, error))
                return FALSE;
    }
    return sink != NULL;
}

gboolean graph_run(bt_graph *graph, GError **error)
{
    if (bt_graph_run(graph) == BT_GRAPH_RUN_STATUS_OK)
        return TRUE;
    failure_to_error(error, "reading breaks off");
    return FALSE;
}

/* Its end is asked for as well. */
void graph_free(bt_graph *graph, const struct babeltrace *babeltrace)
{
    if (guard_enter_opening(babeltrace->guard))
        bt_graph_put_ref(graph);
    guard_leave(babeltrace->guard);
}

struct guard *graph_guard(const struct babeltrace *babeltrace)
{
    return babeltrace->guard;
}
