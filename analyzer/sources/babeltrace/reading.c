/* SPDX-License-Identifier: MIT */
/*
 * Reading traces, in one thread or in several: decoding is most of the work, and streams are decoded
 * independently. Then each thread (a lane) has a graph of its own, with its share of the streams, and this one
 * merges what they deliver.
 */
#include <glib/gstdio.h>
#include <sched.h>
#include <stdbool.h>

#include "analyzer/sources/babeltrace/babeltrace.h"
#include "analyzer/sources/babeltrace/graph.h"
#include "analyzer/sources/batch.h"
#include "analyzer/sources/guard.h"
#include "analyzer/sources/time_heap.h"

/* More lanes than that deliver faster than the analysis takes. Less than so many bytes are read before a thread
 * pays. */
enum { MOST_LANES = 4, LARGE_TRACE = 16 << 20 };
/* Of so many events of a lane the client is told before they are handled. */
#define AHEAD 16u

struct lane {
    struct babeltrace_client client;
    struct source_notes notes;
    bt_graph *graph;
    struct guard *guard;
    struct graph_share share;
    struct pipe *pipe;
    GThread *thread;
    GError *error;
    struct batch *filling; /* in the lane's thread */
    struct batch *batch;   /* being merged, in this thread */
    guint next;
};

/* ---- in the lane's thread ---- */

static void lane_send(struct lane *lane)
{
    guard_alive(lane->guard);
    pipe_put(lane->pipe, g_steal_pointer(&lane->filling));
}

static void lane_keep(void *context, const struct event *event)
{
    struct lane *lane = context;
    if (!lane->filling)
        lane->filling = batch_new();
    if (!batch_add(lane->filling, event, lane->client.order * lane->share.count + lane->share.index))
        lane_send(lane);
}

static gpointer lane_run(gpointer data)
{
    struct lane *lane = data;
    graph_run(lane->graph, &lane->error);
    if (lane->filling)
        lane_send(lane);
    pipe_close(lane->pipe);
    return NULL;
}

/* ---- in the thread that asked ---- */

static gboolean lane_open(struct lane *lane, struct babeltrace *babeltrace, const GPtrArray *traces,
                          struct graph_share share, GError **error)
{
    g_autoptr(GPtrArray) sources = g_ptr_array_new();
    lane->share = share;
    lane->guard = graph_guard(babeltrace);
    lane->notes.damage = g_ptr_array_new_with_free_func(g_free);
    lane->client = (struct babeltrace_client){.handler = lane_keep, .context = lane, .notes = &lane->notes};
    lane->pipe = pipe_new();
    lane->graph = graph_new(babeltrace, traces, sources, error);
    return lane->graph && graph_connect(lane->graph, sources, share, &lane->client, error);
}

/* Its thread has ended. */
static void lane_close(struct lane *lane, const struct babeltrace *babeltrace)
{
    if (lane->graph)
        graph_free(lane->graph, babeltrace);
    pipe_free(lane->pipe);
    batch_free(lane->batch);
    g_clear_pointer(&lane->notes.damage, g_ptr_array_unref);
    g_clear_error(&lane->error);
}

static void take_word(struct lane *lane, struct babeltrace_client *client, GError **error)
{
    for (guint i = 0; i < lane->notes.damage->len; i++)
        source_note(client->notes, "%s", (const char *)g_ptr_array_index(lane->notes.damage, i));
    client->ours_seen |= lane->client.ours_seen;
    client->missing |= lane->client.missing;
    if (lane->error && !*error)
        g_propagate_error(error, g_steal_pointer(&lane->error));
}

static void tell_ahead(const struct lane *lane, const struct babeltrace_client *client)
{
    if (client->expect && lane->next % AHEAD == 0)
        client->expect(client->context, batch_event(lane->batch, lane->next),
                       MIN(AHEAD, batch_size(lane->batch) - lane->next));
}

/* Moves on to the lane's next event; NULL: there is none. */
static const struct event *lane_advance(struct lane *lane, const struct babeltrace_client *client)
{
    if (!lane->batch || ++lane->next == batch_size(lane->batch)) {
        batch_free(lane->batch);
        lane->next = 0;
        lane->batch = pipe_take(lane->pipe);
    }
    if (!lane->batch)
        return NULL;
    tell_ahead(lane, client);
    return batch_event(lane->batch, lane->next);
}

static void merge_lanes(struct lane *lanes, uint32_t count, struct babeltrace_client *client)
{
    struct time_heap *heap = time_heap_new();
    for (uint32_t i = 0; i < count; i++) {
        const struct event *first = lane_advance(&lanes[i], client);
        if (first)
            time_heap_push(heap, first->time_ns, batch_order(lanes[i].batch, 0), &lanes[i]);
    }
    for (struct lane *lane; (lane = time_heap_top(heap));) {
        client->handler(client->context, batch_event(lane->batch, lane->next));
        const struct event *next = lane_advance(lane, client);
        if (next)
            time_heap_move_top(heap, next->time_ns, batch_order(lane->batch, lane->next));
        else
            time_heap_pop(heap);
    }
    time_heap_free(heap);
}

static void run_lanes(struct lane *lanes, uint32_t count, struct babeltrace_client *client, GError **error)
{
    GError *trouble = NULL;
    for (uint32_t i = 0; i < count; i++)
        lanes[i].thread = g_thread_new("reader", lane_run, &lanes[i]);
    merge_lanes(lanes, count, client);
    for (uint32_t i = 0; i < count; i++) {
        g_thread_join(lanes[i].thread);
        take_word(&lanes[i], client, &trouble);
    }
    if (trouble)
        g_propagate_error(error, trouble);
}

static gboolean read_together(struct babeltrace *babeltrace, const GPtrArray *traces, uint32_t count,
                              struct babeltrace_client *client, GError **error)
{
    struct lane lanes[MOST_LANES] = {0};
    GError *trouble = NULL;
    gboolean open = TRUE;
    batch_initialize();
    for (uint32_t i = 0; open && i < count; i++)
        open = lane_open(&lanes[i], babeltrace, traces, (struct graph_share){i, count}, &trouble);
    if (open) {
        guard_enter_together(graph_guard(babeltrace));
        run_lanes(lanes, count, client, &trouble);
        guard_leave(graph_guard(babeltrace));
    }
    for (uint32_t i = 0; i < count; i++)
        lane_close(&lanes[i], babeltrace);
    if (trouble)
        g_propagate_error(error, trouble);
    return !trouble;
}

static gboolean read_alone(bt_graph *graph, const GPtrArray *sources, struct babeltrace_client *client,
                           GError **error)
{
    return graph_connect(graph, sources, (struct graph_share){0, 1}, client, error) && graph_run(graph, error);
}

static uint64_t folder_size(const char *folder)
{
    uint64_t size = 0;
    GDir *files = g_dir_open(folder, 0, NULL);
    const char *name;
    while (files && (name = g_dir_read_name(files))) {
        g_autofree char *path = g_build_filename(folder, name, NULL);
        GStatBuf status;
        if (g_stat(path, &status) == 0 && S_ISREG(status.st_mode))
            size += (uint64_t)status.st_size;
    }
    if (files)
        g_dir_close(files);
    return size;
}

static bool is_large(const GPtrArray *traces)
{
    uint64_t size = 0;
    for (guint i = 0; i < traces->len; i++) {
        const struct babeltrace_trace *trace = g_ptr_array_index(traces, i);
        for (guint j = 0; j < trace->folders->len; j++)
            size += folder_size(g_ptr_array_index(trace->folders, j));
    }
    return size >= LARGE_TRACE;
}

/* Those that this process may run on: g_get_num_processors() counts those of the machine. */
static uint32_t processors(void)
{
    cpu_set_t mine;
    return sched_getaffinity(0, sizeof mine, &mine) == 0 ? (uint32_t)CPU_COUNT(&mine) : g_get_num_processors();
}

gboolean babeltrace_run(struct babeltrace *babeltrace, const GPtrArray *traces, struct babeltrace_client *client,
                        GError **error)
{
    g_autoptr(GPtrArray) sources = g_ptr_array_new();
    bt_graph *graph = graph_new(babeltrace, traces, sources, error);
    if (!graph)
        return FALSE;
    uint32_t lanes = MIN(MIN(graph_count_streams(sources), processors()), MOST_LANES);
    bool together = lanes > 1 && is_large(traces) && guard_may_read_together(graph_guard(babeltrace));
    gboolean done = together ? read_together(babeltrace, traces, lanes, client, error)
                             : read_alone(graph, sources, client, error);
    client->streams += graph_count_streams(sources);
    graph_free(graph, babeltrace);
    return done;
}
