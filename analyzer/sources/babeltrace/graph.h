/* SPDX-License-Identifier: MIT */
/*
 * Graphs that read traces: what reading.c makes its reading of.
 *
 * Runs in: the command. Graphs are made and freed in one thread (they share the reader's class, whose references
 * are not atomic); each may be run in another.
 */
#ifndef SCOPETRACE_BABELTRACE_GRAPH_H
#define SCOPETRACE_BABELTRACE_GRAPH_H

#include <babeltrace2/babeltrace.h>

#include "analyzer/sources/babeltrace/babeltrace.h"

struct babeltrace {
    struct guard *guard;
    const bt_plugin *plugin;
    const bt_component_class_source *reader; /* src.ctf.fs */
    const bt_component_class_source *live;   /* src.ctf.lttng-live; NULL: not there */
};

/* NULL: the value is no map, or has no such entry of that type. */
const bt_value *graph_entry(const bt_value *map, const char *name, bt_value_type type);

/* A graph with a reader for each trace; `sources` gets the readers (const bt_component_source *, borrowed). NULL
 * and error. */
bt_graph *graph_new(struct babeltrace *babeltrace, const GPtrArray *traces, GPtrArray *sources, GError **error);
uint32_t graph_count_streams(const GPtrArray *sources);

/* Which streams: number index, index + count, index + 2 count … */
struct graph_share {
    uint32_t index, count;
};

/* Adds the sink and connects the streams of a share with it. */
gboolean graph_connect(bt_graph *graph, const GPtrArray *sources, struct graph_share share,
                       struct babeltrace_client *client, GError **error);
gboolean graph_run(bt_graph *graph, GError **error);
void graph_free(bt_graph *graph, const struct babeltrace *babeltrace);

/* NULL: none */
struct guard *graph_guard(const struct babeltrace *babeltrace);

#endif
