/* SPDX-License-Identifier: MIT */
/* The probes of the `scopetrace` provider: the one file that instantiates them. Runs in: the target. */
#define LTTNG_UST_TRACEPOINT_CREATE_PROBES
#define LTTNG_UST_TRACEPOINT_DEFINE
#include "tracepoints/provider.h"

#include <lttng/ust-events.h>
#include <lttng/ust-ringbuffer-context.h>
#include <lttng/ust-tracer.h>
#include <stdbool.h>
#include <string.h>

#include "tracepoints/record.h"

/* What is longer goes through LTTng's own probe, and so does everything where fields are aligned. */
#define WIRE_BYTES 512u
/* What LTTng writes before each event, at most. */
#define HEADER_BYTES 16u

#ifdef LTTNG_UST_RING_BUFFER_NATURAL_ALIGN
enum { FIELDS_ARE_PACKED = false };
#else
enum { FIELDS_ARE_PACKED = true };
#endif

/* An event as it stands in the buffer, while it fits. */
struct wire {
    size_t used;
    bool fits;
    char bytes[WIRE_BYTES];
};

static inline __attribute__((always_inline)) void wire_add(struct wire *wire, const void *data, size_t size)
{
    wire->fits = wire->fits && size <= WIRE_BYTES - wire->used;
    if (!wire->fits)
        return;
    memcpy(wire->bytes + wire->used, data, size);
    wire->used += size;
}

static inline __attribute__((always_inline)) void wire_add_text(struct wire *wire, const char *text)
{
    wire_add(wire, text ? text : "", text && *text ? strlen(text) + 1 : 1);
}

#define WIRE_COMMON(name) wire_add(&wire, &e->common.name, sizeof(e->common.name));
#define WIRE_NUMBER(name) wire_add(&wire, &e->name, sizeof(e->name));
#define WIRE_TEXT(name) wire_add_text(&wire, e->name);
#define WIRE_ADDRS(name)                                                                                          \
    wire_add(&wire, &e->name##_count, sizeof(e->name##_count));                                                   \
    wire_add(&wire, e->name, e->name##_count * sizeof(*e->name));

/* A session that records into a buffer and filters nothing: all of ours. Not a trigger, nor a counter. */
static bool is_plain(const struct lttng_ust_event_common *event)
{
    return event->type == LTTNG_UST_EVENT_TYPE_RECORDER && !CMM_ACCESS_ONCE(event->eval_filter);
}

static bool is_on(const struct lttng_ust_event_common *event, const struct lttng_ust_channel_common *channel)
{
    return CMM_ACCESS_ONCE(channel->session->active) && CMM_ACCESS_ONCE(channel->enabled) &&
           CMM_ACCESS_ONCE(event->enabled);
}

/* What the last event of a kind went through, one thing after the other. Addresses to be fetched from, no more:
 * what was there may be gone. */
struct way {
    const void *event, *probes, *recorder, *buffer, *channel, *session;
};

static bool way_is_of(const struct way *way, const struct lttng_ust_event_common *event)
{
    return way->event == &event->child;
}

static __attribute__((cold, noinline)) void way_keep(struct way *way, const void *probes,
                                                     const struct lttng_ust_event_common *event)
{
    const struct lttng_ust_event_recorder *recorder = event->child;
    const struct lttng_ust_channel_common *channel = recorder->chan->parent;

    *way = (struct way){&event->child,     probes,
                        &recorder->chan,   &recorder->chan->parent,
                        &channel->session, &channel->session->active};
}

static void way_expect(const struct way *way)
{
    __builtin_prefetch(way->event);
    __builtin_prefetch(way->probes);
    __builtin_prefetch(way->recorder);
    __builtin_prefetch(way->buffer);
    __builtin_prefetch(way->channel);
    __builtin_prefetch(way->session);
}

static __attribute__((hot)) void write_whole(const struct lttng_ust_event_common *event, const struct wire *wire,
                                             void *caller)
{
    struct lttng_ust_event_recorder *recorder = event->child;
    struct lttng_ust_channel_buffer *channel = recorder->chan;
    struct lttng_ust_probe_ctx probe = {.struct_size = sizeof(probe), .ip = caller};
    struct lttng_ust_ring_buffer_ctx context;

    if (!is_on(event, channel->parent))
        return;
    lttng_ust_ring_buffer_ctx_init(&context, recorder, wire->used, 1, &probe);
    if (channel->ops->event_reserve(&context) < 0)
        return;
    channel->ops->event_write(&context, wire->bytes, wire->used, 1);
    channel->ops->event_commit(&context);
}

/* What LTTng's macro for a call site does, but for the probe that it calls. */
#define DEFINE_RECORD(event)                                                                                      \
    static struct way way_of_##event;                                                                             \
                                                                                                                  \
    void record_expect_##event(void)                                                                              \
    {                                                                                                             \
        way_expect(&way_of_##event);                                                                              \
    }                                                                                                             \
                                                                                                                  \
    uint32_t record_##event(const struct st_##event *e)                                                           \
    {                                                                                                             \
        const struct lttng_ust_tracepoint_probe *probe;                                                           \
        void (*const own)(void *, const struct st_##event *) = lttng_ust__event_probe__scopetrace___##event;      \
        struct wire wire;                                                                                         \
                                                                                                                  \
        if (__builtin_expect(!LTTNG_UST_TP_RCU_LINK_TEST(), 0))                                                   \
            return 0;                                                                                             \
        wire.used = 0;                                                                                            \
        wire.fits = FIELDS_ARE_PACKED;                                                                            \
        SCOPETRACE_COMMON(, WIRE_COMMON, , , , )                                                                  \
        SCOPETRACE_FIELDS_##event(WIRE_NUMBER, WIRE_NUMBER, WIRE_NUMBER, WIRE_NUMBER, WIRE_TEXT, WIRE_ADDRS)      \
            lttng_ust_tp_rcu_read_lock();                                                                         \
        probe = lttng_ust_tp_rcu_dereference(lttng_ust_tracepoint_scopetrace___##event.probes);                   \
        for (; probe && probe->func; probe++) {                                                                   \
            void (*const function)(void *, const struct st_##event *) =                                           \
                (void (*)(void *, const struct st_##event *))probe->func;                                         \
                                                                                                                  \
            if (__builtin_expect(function == own && wire.fits && is_plain(probe->data), 1)) {                     \
                if (__builtin_expect(!way_is_of(&way_of_##event, probe->data), 0))                                \
                    way_keep(&way_of_##event, probe, probe->data);                                                \
                write_whole(probe->data, &wire, __builtin_return_address(0));                                     \
            } else {                                                                                              \
                function(probe->data, e);                                                                         \
            }                                                                                                     \
        }                                                                                                         \
        lttng_ust_tp_rcu_read_unlock();                                                                           \
        return (uint32_t)wire.used + (wire.fits ? HEADER_BYTES : WIRE_BYTES);                                     \
    }

/* What there is most of. */
__attribute__((hot)) uint32_t record_scope_enter(const struct st_scope_enter *event);
__attribute__((hot)) uint32_t record_scope_exit(const struct st_scope_exit *event);
__attribute__((hot)) uint32_t record_task_start(const struct st_task_start *event);
__attribute__((hot)) uint32_t record_task_end(const struct st_task_end *event);

SCOPETRACE_EVENTS(DEFINE_RECORD)
