/* SPDX-License-Identifier: MIT */
/*
 * A graph holds one src.ctf.fs component per logical trace and one sink, ours, which has an input port for
 * each stream and merges them by time itself: the library's muxer (2.0.4) takes a time per message that is
 * linear in the number of streams.
 */
#include "analyzer/sources/babeltrace.h"

#include <babeltrace2/babeltrace.h>
#include <stdbool.h>
#include <string.h>

#include "analyzer/sources/decode.h"
#include "analyzer/sources/time_heap.h"

#define PROVIDER_PREFIX "scopetrace:"

enum {
    MESSAGES_PER_TURN = 4096, /* handled before the graph may look whether it was interrupted */
    MAX_ADDRESSES = 1024,     /* of a native stack; the rest of a longer one is dropped */
};

struct sink;

/* How one field of an event class goes into struct event. */
typedef void (*field_reader)(struct sink *sink, const bt_field *field, const struct decode_field *target,
                             struct event *event);

struct plan_step {
    uint64_t index; /* of the member in the payload */
    const struct decode_field *target;
    field_reader read;
};

/* How an event class of a trace is decoded: made at its first event, so that no name is looked up after. */
struct plan {
    const struct decode_event *decode; /* NULL: not ours, or of a kind that this version does not know */
    struct event blank;
    GArray *steps; /* struct plan_step */
};

/* What the events of a stream have in common. */
struct stream_facts {
    const char *host;
    uint32_t pid; /* of a per-process buffer; 0: unknown */
    bool ours;    /* its class has events of ours */
};

/* One input port of the sink. */
struct input {
    bt_message_iterator *iterator; /* NULL: ended */
    bt_message_array_const messages;
    uint64_t count, next; /* messages[next .. count) are still ours */
    uint64_t time_ns;     /* of messages[next] */
    uint32_t order;
    const bt_stream *stream; /* the last event's */
    struct stream_facts facts;
};

struct sink {
    struct babeltrace_client *client;
    bt_self_component_sink *self;
    GPtrArray *inputs;  /* struct input *, in the order of the ports */
    GPtrArray *waiting; /* struct input *: not in the heap, their next message is not known */
    struct time_heap *heap;
    GHashTable *plans; /* const bt_event_class * → struct plan * */
    uint64_t addresses[MAX_ADDRESSES];
};

/* ---- errors ---- */

/* Takes what libbabeltrace2 has to say of its last failure: the cause of the causes, on one line, without the
 * addresses of its objects. NULL: there was no failure. */
static char *take_cause(void)
{
    const bt_error *error = bt_current_thread_take_error();
    if (!error)
        return NULL;
    char *text = g_strdup(bt_error_get_cause_count(error)
                              ? bt_error_cause_get_message(bt_error_borrow_cause_by_index(error, 0))
                              : "libbabeltrace2 does not say why");
    bt_error_release(error);
    char *addresses = strstr(text, ": msg-it-addr=");
    if (addresses)
        *addresses = '\0';
    g_strdelimit(text, "\n\r\t", ' ');
    return g_strchomp(text);
}

static void set_library_error(GError **error, const char *what)
{
    g_autofree char *cause = take_cause();
    g_set_error(error, SOURCE_ERROR, SOURCE_ERROR_UNREADABLE, "%s: %s", what,
                cause ? cause : "libbabeltrace2 does not say why");
}

/* ---- fields ---- */

#define STORE(event, offset, type, value) (*(type *)(void *)((char *)(event) + (offset)) = (type)(value))

#define DEFINE_READER(name, type, get)                                                                            \
    static void name(struct sink *sink, const bt_field *field, const struct decode_field *target,                 \
                     struct event *event)                                                                         \
    {                                                                                                             \
        (void)sink;                                                                                               \
        STORE(event, target->offset, type, get(field));                                                           \
    }
DEFINE_READER(read_u8, uint8_t, bt_field_integer_unsigned_get_value)
DEFINE_READER(read_u32, uint32_t, bt_field_integer_unsigned_get_value)
DEFINE_READER(read_u64, uint64_t, bt_field_integer_unsigned_get_value)
DEFINE_READER(read_f64, double, bt_field_real_double_precision_get_value)
/* libbabeltrace2 2.0 keeps the characters of the string before when the new one is empty: only the length tells.
 */
static const char *string_of(const bt_field *field)
{
    return bt_field_string_get_length(field) ? bt_field_string_get_value(field) : "";
}
DEFINE_READER(read_string, const char *, string_of)

static void read_addresses(struct sink *sink, const bt_field *field, const struct decode_field *target,
                           struct event *event)
{
    uint64_t count = MIN(bt_field_array_get_length(field), (uint64_t)MAX_ADDRESSES);
    for (uint64_t i = 0; i < count; i++)
        sink->addresses[i] =
            bt_field_integer_unsigned_get_value(bt_field_array_borrow_element_field_by_index_const(field, i));
    STORE(event, target->offset, const uint64_t *, sink->addresses);
    STORE(event, target->count_offset, uint32_t, count);
}

/* Per shape: the class that a trace must declare the field with, and its reader. */
static const struct {
    bt_field_class_type type;
    field_reader read;
} shapes[] = {
    [DECODE_U8] = {BT_FIELD_CLASS_TYPE_UNSIGNED_INTEGER, read_u8},
    [DECODE_U32] = {BT_FIELD_CLASS_TYPE_UNSIGNED_INTEGER, read_u32},
    [DECODE_U64] = {BT_FIELD_CLASS_TYPE_UNSIGNED_INTEGER, read_u64},
    [DECODE_F64] = {BT_FIELD_CLASS_TYPE_DOUBLE_PRECISION_REAL, read_f64},
    [DECODE_STR] = {BT_FIELD_CLASS_TYPE_STRING, read_string},
    [DECODE_ADDRS] = {BT_FIELD_CLASS_TYPE_DYNAMIC_ARRAY, read_addresses},
};

static bool class_fits(const bt_field_class *class, enum decode_shape shape)
{
    if (!bt_field_class_type_is(bt_field_class_get_type(class), shapes[shape].type))
        return false;
    if (shape != DECODE_ADDRS)
        return true;
    const bt_field_class *element = bt_field_class_array_borrow_element_field_class_const(class);
    return bt_field_class_type_is(bt_field_class_get_type(element), BT_FIELD_CLASS_TYPE_UNSIGNED_INTEGER);
}

/* ---- plans ---- */

static const struct decode_field *find_target(const struct decode_field *fields, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(fields[i].name, name) == 0)
            return &fields[i];
    return NULL;
}

/* A member that we do not know, or that is not of the class that we know it by, is passed over. */
static void plan_add_members(struct plan *plan, const bt_field_class *payload)
{
    for (uint64_t i = 0; i < bt_field_class_structure_get_member_count(payload); i++) {
        const bt_field_class_structure_member *member =
            bt_field_class_structure_borrow_member_by_index_const(payload, i);
        const char *name = bt_field_class_structure_member_get_name(member);
        const struct decode_field *target = find_target(decode_common, decode_common_count, name);
        if (!target)
            target = find_target(plan->decode->fields, plan->decode->count, name);
        if (!target ||
            !class_fits(bt_field_class_structure_member_borrow_field_class_const(member), target->shape))
            continue;
        struct plan_step step = {i, target, shapes[target->shape].read};
        g_array_append_val(plan->steps, step);
    }
}

static struct plan *plan_new(const bt_event_class *class)
{
    struct plan *plan = g_new0(struct plan, 1);
    plan->steps = g_array_new(FALSE, FALSE, sizeof(struct plan_step));
    const char *name = bt_event_class_get_name(class);
    const bt_field_class *payload = bt_event_class_borrow_payload_field_class_const(class);
    if (!name || !payload || !g_str_has_prefix(name, PROVIDER_PREFIX))
        return plan;
    plan->decode = decode_find(name + strlen(PROVIDER_PREFIX));
    if (plan->decode) {
        decode_prepare(plan->decode, &plan->blank);
        plan_add_members(plan, payload);
    }
    return plan;
}

static void plan_free(gpointer data)
{
    struct plan *plan = data;
    g_array_unref(plan->steps);
    g_free(plan);
}

static const struct plan *sink_plan(struct sink *sink, const bt_event_class *class)
{
    struct plan *plan = g_hash_table_lookup(sink->plans, class);
    if (!plan) {
        plan = plan_new(class);
        g_hash_table_insert(sink->plans, (gpointer) class, plan);
    }
    return plan;
}

/* ---- streams ---- */

static bool class_has_our_events(const bt_stream_class *class)
{
    for (uint64_t i = 0; i < bt_stream_class_get_event_class_count(class); i++) {
        const char *name = bt_event_class_get_name(bt_stream_class_borrow_event_class_by_index_const(class, i));
        if (name && g_str_has_prefix(name, PROVIDER_PREFIX))
            return true;
    }
    return false;
}

/* host and pid as LTTng writes them into the trace's environment */
static const struct stream_facts *input_facts(struct input *input, struct sink *sink, const bt_stream *stream)
{
    if (input->stream == stream)
        return &input->facts;
    const bt_trace *trace = bt_stream_borrow_trace_const(stream);
    const bt_value *host = bt_trace_borrow_environment_entry_value_by_name_const(trace, "hostname");
    const bt_value *pid = bt_trace_borrow_environment_entry_value_by_name_const(trace, "vpid");
    input->stream = stream;
    input->facts = (struct stream_facts){
        .host = host && bt_value_is_string(host) ? bt_value_string_get(host) : "",
        .pid = pid && bt_value_is_signed_integer(pid) ? (uint32_t)bt_value_integer_signed_get(pid) : 0,
        .ours = class_has_our_events(bt_stream_borrow_class_const(stream)),
    };
    sink->client->ours_seen |= input->facts.ours;
    return &input->facts;
}

/* ---- messages ---- */

static uint64_t snapshot_ns(const bt_clock_snapshot *snapshot)
{
    int64_t ns = 0;
    if (bt_clock_snapshot_get_ns_from_origin(snapshot, &ns) != BT_CLOCK_SNAPSHOT_GET_NS_FROM_ORIGIN_STATUS_OK)
        bt_current_thread_clear_error();
    return ns > 0 ? (uint64_t)ns : 0;
}

static void deliver_event(struct sink *sink, struct input *input, const bt_message *message, uint64_t time_ns)
{
    const bt_event *source = bt_message_event_borrow_event_const(message);
    const struct plan *plan = sink_plan(sink, bt_event_borrow_class_const(source));
    if (!plan->decode)
        return;
    struct event event = plan->blank;
    event.time_ns = time_ns;
    event.host = input_facts(input, sink, bt_event_borrow_stream_const(source))->host;
    const bt_field *payload = bt_event_borrow_payload_field_const(source);
    for (guint i = 0; i < plan->steps->len; i++) {
        const struct plan_step *step = &g_array_index(plan->steps, struct plan_step, i);
        step->read(sink, bt_field_structure_borrow_member_field_by_index_const(payload, step->index), step->target,
                   &event);
    }
    sink->client->handler(sink->client->context, &event);
}

/* Discarded events and discarded packets are told by messages of two types that read alike. */
struct loss_type {
    const bt_stream *(*stream)(const bt_message *message);
    bt_bool (*has_times)(const bt_stream_class *class);
    const bt_clock_snapshot *(*begin)(const bt_message *message);
    const bt_clock_snapshot *(*end)(const bt_message *message);
    /* How many events; NULL: that is not known. */
    bt_property_availability (*count)(const bt_message *message, uint64_t *count);
};

static const struct loss_type discarded_events = {
    bt_message_discarded_events_borrow_stream_const,
    bt_stream_class_discarded_events_have_default_clock_snapshots,
    bt_message_discarded_events_borrow_beginning_default_clock_snapshot_const,
    bt_message_discarded_events_borrow_end_default_clock_snapshot_const,
    bt_message_discarded_events_get_count,
};

static const struct loss_type discarded_packets = {
    bt_message_discarded_packets_borrow_stream_const,
    bt_stream_class_discarded_packets_have_default_clock_snapshots,
    bt_message_discarded_packets_borrow_beginning_default_clock_snapshot_const,
    bt_message_discarded_packets_borrow_end_default_clock_snapshot_const,
    NULL,
};

static const struct loss_type *loss_type_of(bt_message_type type)
{
    return type == BT_MESSAGE_TYPE_DISCARDED_EVENTS    ? &discarded_events
           : type == BT_MESSAGE_TYPE_DISCARDED_PACKETS ? &discarded_packets
                                                       : NULL;
}

static uint64_t loss_time(const struct loss_type *type, const bt_message *message,
                          const bt_clock_snapshot *(*which)(const bt_message *message))
{
    return type->has_times(bt_stream_borrow_class_const(type->stream(message))) ? snapshot_ns(which(message)) : 0;
}

static void deliver_loss(struct sink *sink, struct input *input, const struct loss_type *type,
                         const bt_message *message)
{
    const struct stream_facts *facts = input_facts(input, sink, type->stream(message));
    if (!facts->ours)
        return;
    struct event event = {.kind = EVENT_LOST, .host = facts->host, .pid = facts->pid};
    event.lost.begin_ns = event.time_ns = loss_time(type, message, type->begin);
    event.lost.end_ns = loss_time(type, message, type->end);
    if (!type->count || type->count(message, &event.lost.count) != BT_PROPERTY_AVAILABILITY_AVAILABLE)
        event.lost.count = 0;
    sink->client->handler(sink->client->context, &event);
}

/* False: the message says nothing that has a time, or nothing to us. */
static bool message_time(const bt_message *message, uint64_t *ret_time_ns)
{
    bt_message_type type = bt_message_get_type(message);
    const struct loss_type *loss = loss_type_of(type);
    if (loss)
        *ret_time_ns = loss_time(loss, message, loss->begin);
    else if (type == BT_MESSAGE_TYPE_EVENT)
        *ret_time_ns = bt_message_event_borrow_stream_class_default_clock_class_const(message)
                           ? snapshot_ns(bt_message_event_borrow_default_clock_snapshot_const(message))
                           : 0;
    else if (type == BT_MESSAGE_TYPE_MESSAGE_ITERATOR_INACTIVITY)
        *ret_time_ns = snapshot_ns(bt_message_message_iterator_inactivity_borrow_clock_snapshot_const(message));
    else
        return false;
    return true;
}

static void deliver_message(struct sink *sink, struct input *input, const bt_message *message, uint64_t time_ns)
{
    bt_message_type type = bt_message_get_type(message);
    if (type == BT_MESSAGE_TYPE_EVENT)
        deliver_event(sink, input, message, time_ns);
    else if (loss_type_of(type))
        deliver_loss(sink, input, loss_type_of(type), message);
}

/* ---- inputs ---- */

static void input_drop_message(struct input *input)
{
    bt_message_put_ref(input->messages[input->next++]);
}

static void input_end(struct input *input)
{
    while (input->next < input->count)
        input_drop_message(input);
    BT_MESSAGE_ITERATOR_PUT_REF_AND_RESET(input->iterator);
}

static void input_free(gpointer data)
{
    input_end(data);
    g_free(data);
}

/* Gets the next messages. OK, END or AGAIN: what cannot be read ends the input. The library (2.0) may end a
 * stream that it could not read as if it were over, with the error still to be taken. */
static bt_message_iterator_next_status input_refill(struct input *input, struct sink *sink)
{
    bt_message_iterator_next_status status =
        bt_message_iterator_next(input->iterator, &input->messages, &input->count);
    input->next = 0;
    if (status == BT_MESSAGE_ITERATOR_NEXT_STATUS_OK)
        return status;
    input->count = 0;
    if (status == BT_MESSAGE_ITERATOR_NEXT_STATUS_AGAIN)
        return status;
    g_autofree char *cause = take_cause();
    if (cause || status != BT_MESSAGE_ITERATOR_NEXT_STATUS_END)
        source_note(sink->client->notes, "a stream of %s breaks off: %s",
                    bt_component_get_name(bt_message_iterator_borrow_component(input->iterator)),
                    cause ? cause : "libbabeltrace2 does not say why");
    input_end(input);
    return BT_MESSAGE_ITERATOR_NEXT_STATUS_END;
}

/* Moves on to the next message that has a time. OK, END or AGAIN. */
static bt_message_iterator_next_status input_advance(struct input *input, struct sink *sink)
{
    for (;;) {
        while (input->next < input->count) {
            if (message_time(input->messages[input->next], &input->time_ns))
                return BT_MESSAGE_ITERATOR_NEXT_STATUS_OK;
            input_drop_message(input);
        }
        bt_message_iterator_next_status status = input_refill(input, sink);
        if (status != BT_MESSAGE_ITERATOR_NEXT_STATUS_OK)
            return status;
    }
}

/* ---- the sink component class ---- */

static struct sink *sink_of(bt_self_component_sink *self)
{
    return bt_self_component_get_data(bt_self_component_sink_as_self_component(self));
}

/* There is always one port more than connections, as sinks of any number of inputs have it. */
static bt_self_component_add_port_status add_port(bt_self_component_sink *self)
{
    const bt_component_sink *component = bt_self_component_sink_as_component_sink(self);
    g_autofree char *name =
        g_strdup_printf("in%" G_GUINT64_FORMAT, bt_component_sink_get_input_port_count(component));
    return bt_self_component_sink_add_input_port(self, name, NULL, NULL);
}

static bt_component_class_initialize_method_status sink_initialize(bt_self_component_sink *self,
                                                                   bt_self_component_sink_configuration *config,
                                                                   const bt_value *params, void *client)
{
    (void)config, (void)params;
    struct sink *sink = g_new0(struct sink, 1);
    sink->client = client;
    sink->inputs = g_ptr_array_new_with_free_func(input_free);
    sink->waiting = g_ptr_array_new();
    sink->heap = time_heap_new();
    sink->plans = g_hash_table_new_full(NULL, NULL, NULL, plan_free);
    bt_self_component_set_data(bt_self_component_sink_as_self_component(self), sink);
    return (bt_component_class_initialize_method_status)add_port(self);
}

static void sink_finalize(bt_self_component_sink *self)
{
    struct sink *sink = sink_of(self);
    g_hash_table_unref(sink->plans);
    time_heap_free(sink->heap);
    g_ptr_array_unref(sink->waiting);
    g_ptr_array_unref(sink->inputs);
    g_free(sink);
}

static bt_component_class_port_connected_method_status
sink_port_connected(bt_self_component_sink *self, bt_self_component_port_input *port, const bt_port_output *other)
{
    (void)port, (void)other;
    return (bt_component_class_port_connected_method_status)add_port(self);
}

static bt_component_class_sink_graph_is_configured_method_status sink_configured(bt_self_component_sink *self)
{
    struct sink *sink = sink_of(self);
    uint64_t count = bt_component_sink_get_input_port_count(bt_self_component_sink_as_component_sink(self));
    for (uint64_t i = 0; i < count; i++) {
        bt_self_component_port_input *port = bt_self_component_sink_borrow_input_port_by_index(self, i);
        if (!bt_port_is_connected(
                bt_self_component_port_as_port(bt_self_component_port_input_as_self_component_port(port))))
            continue;
        struct input *input = g_new0(struct input, 1);
        input->order = (uint32_t)i;
        g_ptr_array_add(sink->inputs, input);
        g_ptr_array_add(sink->waiting, input);
        bt_message_iterator_create_from_sink_component_status status =
            bt_message_iterator_create_from_sink_component(self, port, &input->iterator);
        if (status != BT_MESSAGE_ITERATOR_CREATE_FROM_SINK_COMPONENT_STATUS_OK)
            return (bt_component_class_sink_graph_is_configured_method_status)status;
    }
    return BT_COMPONENT_CLASS_SINK_GRAPH_IS_CONFIGURED_METHOD_STATUS_OK;
}

/* False: some input has nothing to say yet, so nobody knows who is next. */
static bool admit_waiting(struct sink *sink)
{
    while (sink->waiting->len) {
        struct input *input = g_ptr_array_index(sink->waiting, sink->waiting->len - 1);
        bt_message_iterator_next_status status = input_advance(input, sink);
        if (status == BT_MESSAGE_ITERATOR_NEXT_STATUS_AGAIN)
            return false;
        g_ptr_array_set_size(sink->waiting, (gint)sink->waiting->len - 1);
        if (status == BT_MESSAGE_ITERATOR_NEXT_STATUS_OK)
            time_heap_push(sink->heap, input->time_ns, input->order, input);
    }
    return true;
}

static void deliver_next(struct sink *sink, struct input *input)
{
    deliver_message(sink, input, input->messages[input->next], input->time_ns);
    input_drop_message(input);
    bt_message_iterator_next_status status = input_advance(input, sink);
    if (status == BT_MESSAGE_ITERATOR_NEXT_STATUS_OK) {
        time_heap_move_top(sink->heap, input->time_ns);
        return;
    }
    time_heap_pop(sink->heap);
    if (status == BT_MESSAGE_ITERATOR_NEXT_STATUS_AGAIN)
        g_ptr_array_add(sink->waiting, input);
}

static bt_component_class_sink_consume_method_status sink_consume(bt_self_component_sink *self)
{
    struct sink *sink = sink_of(self);
    for (int i = 0; i < MESSAGES_PER_TURN; i++) {
        if (sink->waiting->len && !admit_waiting(sink))
            return BT_COMPONENT_CLASS_SINK_CONSUME_METHOD_STATUS_AGAIN;
        struct input *input = time_heap_top(sink->heap);
        if (!input)
            return BT_COMPONENT_CLASS_SINK_CONSUME_METHOD_STATUS_END;
        deliver_next(sink, input);
    }
    return BT_COMPONENT_CLASS_SINK_CONSUME_METHOD_STATUS_OK;
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

struct babeltrace {
    const bt_plugin *plugin;
    const bt_component_class_source *reader; /* src.ctf.fs */
};

struct babeltrace *babeltrace_open(GError **error)
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
    babeltrace->plugin = plugin;
    babeltrace->reader = bt_plugin_borrow_source_component_class_by_name_const(plugin, "fs");
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

static char *group_of_answer(const bt_value *answer)
{
    const bt_value *group =
        bt_value_is_map(answer) ? bt_value_map_borrow_entry_value_const(answer, "group") : NULL;
    return group && bt_value_is_string(group) ? g_strdup(bt_value_string_get(group)) : NULL;
}

char *babeltrace_group(struct babeltrace *babeltrace, const char *folder)
{
    bt_value *question = bt_value_map_create();
    bt_value_map_insert_string_entry(question, "input", folder);
    bt_value_map_insert_string_entry(question, "type", "directory");
    bt_query_executor *executor =
        bt_query_executor_create(bt_component_class_source_as_component_class_const(babeltrace->reader),
                                 "babeltrace.support-info", question);
    const bt_value *answer = NULL;
    char *group = NULL;
    if (bt_query_executor_query(executor, &answer) == BT_QUERY_EXECUTOR_QUERY_STATUS_OK)
        group = group_of_answer(answer);
    else
        bt_current_thread_clear_error();
    bt_value_put_ref(answer);
    bt_query_executor_put_ref(executor);
    bt_value_put_ref(question);
    return group;
}

static const bt_component_source *graph_add_trace(bt_graph *graph, struct babeltrace *babeltrace,
                                                  const struct babeltrace_trace *trace, GError **error)
{
    bt_value *params = bt_value_map_create(), *inputs = NULL;
    bt_value_map_insert_empty_array_entry(params, "inputs", &inputs);
    for (guint i = 0; i < trace->folders->len; i++)
        bt_value_array_append_string_element(inputs, g_ptr_array_index(trace->folders, i));
    const bt_component_source *source = NULL;
    if (bt_graph_add_source_component(graph, babeltrace->reader, trace->name, params, BT_LOGGING_LEVEL_NONE,
                                      &source) != BT_GRAPH_ADD_COMPONENT_STATUS_OK)
        set_library_error(error, trace->name);
    bt_value_put_ref(params);
    return source;
}

gboolean babeltrace_probe(struct babeltrace *babeltrace, const struct babeltrace_trace *trace, GError **error)
{
    bt_graph *graph = bt_graph_create(0);
    gboolean readable = graph_add_trace(graph, babeltrace, trace, error) != NULL;
    bt_graph_put_ref(graph);
    return readable;
}

static const bt_component_sink *graph_add_sink(bt_graph *graph, struct babeltrace_client *client, GError **error)
{
    bt_component_class_sink *class = sink_class_new();
    const bt_component_sink *sink = NULL;
    if (!class || bt_graph_add_sink_component_with_initialize_method_data(graph, class, "findings", NULL, client,
                                                                          BT_LOGGING_LEVEL_NONE, &sink) !=
                      BT_GRAPH_ADD_COMPONENT_STATUS_OK)
        set_library_error(error, "cannot make a sink");
    bt_component_class_sink_put_ref(class);
    return sink;
}

/* Each stream gets a port of its own. */
static gboolean graph_connect(bt_graph *graph, const bt_component_source *source, const bt_component_sink *sink,
                              GError **error)
{
    for (uint64_t i = 0; i < bt_component_source_get_output_port_count(source); i++) {
        uint64_t last = bt_component_sink_get_input_port_count(sink) - 1;
        if (bt_graph_connect_ports(graph, bt_component_source_borrow_output_port_by_index_const(source, i),
                                   bt_component_sink_borrow_input_port_by_index_const(sink, last),
                                   NULL) != BT_GRAPH_CONNECT_PORTS_STATUS_OK) {
            set_library_error(error, "cannot connect a stream");
            return FALSE;
        }
    }
    return TRUE;
}

static gboolean graph_fill(bt_graph *graph, struct babeltrace *babeltrace, const GPtrArray *traces,
                           struct babeltrace_client *client, GError **error)
{
    const bt_component_sink *sink = graph_add_sink(graph, client, error);
    if (!sink)
        return FALSE;
    for (guint i = 0; i < traces->len; i++) {
        const bt_component_source *source =
            graph_add_trace(graph, babeltrace, g_ptr_array_index(traces, i), error);
        if (!source || !graph_connect(graph, source, sink, error))
            return FALSE;
    }
    return TRUE;
}

gboolean babeltrace_run(struct babeltrace *babeltrace, const GPtrArray *traces, struct babeltrace_client *client,
                        GError **error)
{
    bt_graph *graph = bt_graph_create(0);
    gboolean done = graph_fill(graph, babeltrace, traces, client, error);
    if (done && bt_graph_run(graph) != BT_GRAPH_RUN_STATUS_OK) {
        set_library_error(error, "reading breaks off");
        done = FALSE;
    }
    bt_graph_put_ref(graph);
    return done;
}
