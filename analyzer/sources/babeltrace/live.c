/* SPDX-License-Identifier: MIT */
/*
 * Each session has a graph of its own: one that runs takes no more components, and sessions come and go.
 */
#include "analyzer/sources/babeltrace/live.h"

#include "analyzer/sources/babeltrace/failure.h"
#include "analyzer/sources/babeltrace/graph.h"

struct live_reader {
    struct babeltrace *babeltrace;
    bt_graph *graph;
    char *url, *name;
};

static void session_free(void *data)
{
    struct live_session *session = data;
    g_free(session->host);
    g_free(session->name);
    g_free(session->url);
    g_free(session);
}

/* ---- which there are ---- */

static char *text_of(const bt_value *map, const char *name)
{
    const bt_value *value = graph_entry(map, name, BT_VALUE_TYPE_STRING);
    return g_strdup(value ? bt_value_string_get(value) : "");
}

/* The library has taken it for signed at times. */
static uint64_t number_of(const bt_value *map, const char *name)
{
    const bt_value *value = graph_entry(map, name, BT_VALUE_TYPE_SIGNED_INTEGER);
    if (value)
        return (uint64_t)MAX(bt_value_integer_signed_get(value), 0);
    value = graph_entry(map, name, BT_VALUE_TYPE_UNSIGNED_INTEGER);
    return value ? bt_value_integer_unsigned_get(value) : 0;
}

static struct live_session *session_of(const bt_value *map)
{
    struct live_session *session = g_new(struct live_session, 1);
    *session = (struct live_session){.host = text_of(map, "target-hostname"),
                                     .name = text_of(map, "session-name"),
                                     .url = text_of(map, "url"),
                                     .timer_us = number_of(map, "timer-us"),
                                     .viewers = number_of(map, "client-count")};
    return session;
}

static gboolean ask(struct babeltrace *babeltrace, const char *relay, const bt_value **ret_answer, GError **error)
{
    bt_value *question = bt_value_map_create();
    bt_value_map_insert_string_entry(question, "url", relay);
    bt_query_executor *executor = bt_query_executor_create(
        bt_component_class_source_as_component_class_const(babeltrace->live), "sessions", question);
    const gboolean answered = bt_query_executor_query(executor, ret_answer) == BT_QUERY_EXECUTOR_QUERY_STATUS_OK;
    if (!answered)
        failure_to_error(error, relay);
    bt_query_executor_put_ref(executor);
    bt_value_put_ref(question);
    return answered;
}

GPtrArray *live_sessions(struct babeltrace *babeltrace, const char *relay, GError **error)
{
    const bt_value *answer = NULL;
    if (!babeltrace->live) {
        g_set_error(error, SOURCE_ERROR, SOURCE_ERROR_UNREADABLE,
                    "%s: the plugin \"ctf\" of libbabeltrace2 here has no lttng-live", relay);
        return NULL;
    }
    if (!ask(babeltrace, relay, &answer, error))
        return NULL;
    GPtrArray *sessions = g_ptr_array_new_with_free_func(session_free);
    const uint64_t count = bt_value_is_array(answer) ? bt_value_array_get_length(answer) : 0;
    for (uint64_t i = 0; i < count; i++)
        g_ptr_array_add(sessions, session_of(bt_value_array_borrow_element_by_index_const(answer, i)));
    bt_value_put_ref(answer);
    return sessions;
}

/* ---- reading one ---- */

static const bt_component_source *add_source(struct live_reader *reader, GError **error)
{
    const bt_component_source *source = NULL;
    bt_value *params = bt_value_map_create(), *inputs = NULL;
    bt_value_map_insert_empty_array_entry(params, "inputs", &inputs);
    bt_value_array_append_string_element(inputs, reader->url);
    bt_value_map_insert_string_entry(params, "session-not-found-action", "end");
    if (bt_graph_add_source_component(reader->graph, reader->babeltrace->live, reader->name, params,
                                      BT_LOGGING_LEVEL_NONE, &source) != BT_GRAPH_ADD_COMPONENT_STATUS_OK)
        failure_to_error(error, reader->name);
    bt_value_put_ref(params);
    return source;
}

struct live_reader *live_open(struct babeltrace *babeltrace, const char *session_url, const char *name,
                              struct babeltrace_client *client, GError **error)
{
    struct live_reader *reader = g_new0(struct live_reader, 1);
    g_autoptr(GPtrArray) sources = g_ptr_array_new();
    reader->babeltrace = babeltrace;
    reader->url = g_strdup(session_url);
    reader->name = g_strdup(name);
    /* under version 0 lttng-live of libbabeltrace2 2.1 refuses what LTTng 2.16 records: CTF 2 */
    reader->graph = bt_graph_create(bt_get_maximal_mip_version());
    const bt_component_source *source = add_source(reader, error);
    if (source)
        g_ptr_array_add(sources, (gpointer)source);
    if (source && graph_connect(reader->graph, sources, (struct graph_share){0, 1}, client, error))
        return reader;
    live_close(reader);
    return NULL;
}

void live_close(struct live_reader *reader)
{
    if (!reader)
        return;
    graph_free(reader->graph, reader->babeltrace);
    g_free(reader->url);
    g_free(reader->name);
    g_free(reader);
}

enum live_turn live_turn(struct live_reader *reader, GError **error)
{
    switch (bt_graph_run_once(reader->graph)) {
    case BT_GRAPH_RUN_ONCE_STATUS_OK:
        return LIVE_MORE;
    case BT_GRAPH_RUN_ONCE_STATUS_AGAIN:
        return LIVE_IDLE;
    case BT_GRAPH_RUN_ONCE_STATUS_END:
        return LIVE_OVER;
    default:
        failure_to_error(error, reader->name);
        return LIVE_FAILED;
    }
}
