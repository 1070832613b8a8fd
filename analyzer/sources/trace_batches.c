/* SPDX-License-Identifier: MIT */
#include "analyzer/sources/trace_batches.h"

#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

/* Fewer are open at once without harm. */
#define FEW_TRACES 8u
/* LTTng writes the environment at the beginning. */
#define LOOKED_AT 8192

struct placed {
    struct babeltrace_trace *trace;
    char *host;
    uint64_t begin_ns, end_ns;
};

static void placed_free(gpointer data)
{
    struct placed *placed = data;
    g_free(placed->host);
    g_free(placed);
}

/* NULL: it does not say. A name is all that is wanted: no need to have it parsed. */
static char *host_of(const struct babeltrace_trace *trace)
{
    static const char key[] = "hostname = \"";
    g_autofree char *path = g_build_filename(g_ptr_array_index(trace->folders, 0), "metadata", NULL);
    char text[LOOKED_AT];
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    const ssize_t size = fd < 0 ? -1 : read(fd, text, sizeof text);
    if (fd >= 0)
        close(fd);
    const char *found = size > 0 ? memmem(text, (size_t)size, key, strlen(key)) : NULL;
    const char *name = found ? found + strlen(key) : NULL;
    const char *end = name ? memchr(name, '"', (size_t)(text + size - name)) : NULL;
    return end ? g_strndup(name, (gsize)(end - name)) : NULL;
}

/* A trace whose time is unknown is of all times. */
static struct placed *place(struct babeltrace *babeltrace, struct babeltrace_trace *trace)
{
    struct placed *placed = g_new0(struct placed, 1);
    placed->trace = trace;
    placed->host = host_of(trace);
    babeltrace_add_range(babeltrace, trace, &placed->begin_ns, &placed->end_ns);
    if (!placed->end_ns)
        placed->end_ns = UINT64_MAX;
    return placed;
}

static gint by_host_and_time(gconstpointer a, gconstpointer b)
{
    const struct placed *x = *(struct placed *const *)a, *y = *(struct placed *const *)b;
    const int hosts = strcmp(x->host, y->host);
    return hosts ? hosts : (x->begin_ns > y->begin_ns) - (x->begin_ns < y->begin_ns);
}

static bool all_have_hosts(const GPtrArray *all)
{
    for (guint i = 0; i < all->len; i++)
        if (!((struct placed *)g_ptr_array_index(all, i))->host)
            return false;
    return true;
}

static GPtrArray *new_batch(GPtrArray *batches)
{
    GPtrArray *batch = g_ptr_array_new();
    g_ptr_array_add(batches, batch);
    return batch;
}

static void cut(const GPtrArray *all, GPtrArray *batches)
{
    GPtrArray *batch = NULL;
    const char *host = NULL;
    uint64_t end_ns = 0;
    for (guint i = 0; i < all->len; i++) {
        const struct placed *placed = g_ptr_array_index(all, i);
        if (g_strcmp0(host, placed->host) != 0 || placed->begin_ns > end_ns) {
            batch = new_batch(batches);
            host = placed->host;
            end_ns = 0;
        }
        end_ns = MAX(end_ns, placed->end_ns);
        g_ptr_array_add(batch, placed->trace);
    }
}

static void put_together(const GPtrArray *traces, GPtrArray *batches)
{
    GPtrArray *batch = new_batch(batches);
    for (guint i = 0; i < traces->len; i++)
        g_ptr_array_add(batch, g_ptr_array_index(traces, i));
}

GPtrArray *trace_batches(struct babeltrace *babeltrace, const GPtrArray *traces)
{
    GPtrArray *batches = g_ptr_array_new_with_free_func((GDestroyNotify)g_ptr_array_unref);
    g_autoptr(GPtrArray) all = g_ptr_array_new_with_free_func(placed_free);
    for (guint i = 0; traces->len > FEW_TRACES && i < traces->len; i++)
        g_ptr_array_add(all, place(babeltrace, g_ptr_array_index(traces, i)));
    if (all->len && all_have_hosts(all)) {
        g_ptr_array_sort(all, by_host_and_time);
        cut(all, batches);
    } else {
        put_together(traces, batches);
    }
    return batches;
}
