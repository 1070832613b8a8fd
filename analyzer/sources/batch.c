/* SPDX-License-Identifier: MIT */
#include "analyzer/sources/batch.h"

#include <stdbool.h>
#include <string.h>

#include "analyzer/sources/decode.h"

enum {
    BATCH_EVENTS = 512, /* so few that a batch fits into the processor's cache */
    PIPE_BATCHES = 16,
    MOST_STRINGS = 12, /* of one kind of event */
};

struct batch {
    guint size;
    GStringChunk *strings;
    GPtrArray *blocks; /* uint64_t *: the addresses of one event each; NULL: none */
    uint32_t orders[BATCH_EVENTS];
    struct event events[BATCH_EVENTS];
};

/* Where the events of a kind have what lies elsewhere. */
static struct {
    size_t strings[MOST_STRINGS], count;
    const struct decode_field *addresses; /* NULL: none */
} outside[EVENT_KINDS];

void batch_initialize(void)
{
    memset(outside, 0, sizeof outside);
    for (int kind = 0; kind < EVENT_LOST; kind++) {
        const struct decode_event *decode = decode_of((enum event_kind)kind);
        for (size_t i = 0; i < decode->count; i++)
            if (decode->fields[i].shape == DECODE_STR) {
                g_assert(outside[kind].count < MOST_STRINGS);
                outside[kind].strings[outside[kind].count++] = decode->fields[i].offset;
            } else if (decode->fields[i].shape == DECODE_ADDRS) {
                outside[kind].addresses = &decode->fields[i];
            }
    }
}

struct batch *batch_new(void)
{
    struct batch *batch = g_malloc(sizeof *batch);
    batch->size = 0;
    batch->strings = NULL;
    batch->blocks = NULL;
    return batch;
}

void batch_free(struct batch *batch)
{
    if (!batch)
        return;
    g_clear_pointer(&batch->strings, g_string_chunk_free);
    g_clear_pointer(&batch->blocks, g_ptr_array_unref);
    g_free(batch);
}

static void copy_strings(struct batch *batch, struct event *event)
{
    for (size_t i = 0; i < outside[event->kind].count; i++) {
        const char **string = (const char **)(void *)((char *)event + outside[event->kind].strings[i]);
        if (!**string) {
            *string = "";
            continue;
        }
        if (!batch->strings)
            batch->strings = g_string_chunk_new(4096);
        *string = g_string_chunk_insert(batch->strings, *string);
    }
}

static void copy_addresses(struct batch *batch, struct event *event)
{
    const struct decode_field *field = outside[event->kind].addresses;
    const uint64_t **addresses = (const uint64_t **)(void *)((char *)event + field->offset);
    uint32_t count = *(const uint32_t *)(const void *)((const char *)event + field->count_offset);
    if (!count)
        return;
    if (!batch->blocks)
        batch->blocks = g_ptr_array_new_with_free_func(g_free);
    *addresses = g_memdup2(*addresses, count * sizeof **addresses);
    g_ptr_array_add(batch->blocks, (gpointer)*addresses);
}

gboolean batch_add(struct batch *batch, const struct event *event, uint32_t order)
{
    struct event *copy = &batch->events[batch->size];
    batch->orders[batch->size++] = order;
    *copy = *event;
    copy_strings(batch, copy);
    if (outside[event->kind].addresses)
        copy_addresses(batch, copy);
    return batch->size < BATCH_EVENTS;
}

guint batch_size(const struct batch *batch)
{
    return batch->size;
}

const struct event *batch_event(const struct batch *batch, guint index)
{
    return &batch->events[index];
}

uint32_t batch_order(const struct batch *batch, guint index)
{
    return batch->orders[index];
}

/* ---- pipes ---- */

struct pipe {
    GMutex mutex;
    GCond changed;
    struct batch *batches[PIPE_BATCHES]; /* a ring */
    guint first, count;
    bool closed;
};

struct pipe *pipe_new(void)
{
    struct pipe *pipe = g_new0(struct pipe, 1);
    g_mutex_init(&pipe->mutex);
    g_cond_init(&pipe->changed);
    return pipe;
}

void pipe_free(struct pipe *pipe)
{
    if (!pipe)
        return;
    for (; pipe->count; pipe->count--)
        batch_free(pipe->batches[pipe->first++ % PIPE_BATCHES]);
    g_mutex_clear(&pipe->mutex);
    g_cond_clear(&pipe->changed);
    g_free(pipe);
}

void pipe_put(struct pipe *pipe, struct batch *batch)
{
    g_mutex_lock(&pipe->mutex);
    while (pipe->count == PIPE_BATCHES)
        g_cond_wait(&pipe->changed, &pipe->mutex);
    pipe->batches[(pipe->first + pipe->count++) % PIPE_BATCHES] = batch;
    g_cond_signal(&pipe->changed);
    g_mutex_unlock(&pipe->mutex);
}

void pipe_close(struct pipe *pipe)
{
    g_mutex_lock(&pipe->mutex);
    pipe->closed = true;
    g_cond_signal(&pipe->changed);
    g_mutex_unlock(&pipe->mutex);
}

struct batch *pipe_take(struct pipe *pipe)
{
    struct batch *batch = NULL;
    g_mutex_lock(&pipe->mutex);
    while (!pipe->count && !pipe->closed)
        g_cond_wait(&pipe->changed, &pipe->mutex);
    if (pipe->count) {
        batch = pipe->batches[pipe->first];
        pipe->first = (pipe->first + 1) % PIPE_BATCHES;
        pipe->count--;
        g_cond_signal(&pipe->changed);
    }
    g_mutex_unlock(&pipe->mutex);
    return batch;
}
