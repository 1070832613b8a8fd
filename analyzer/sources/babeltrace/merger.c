/* SPDX-License-Identifier: MIT */
#include "analyzer/sources/babeltrace/merger.h"

#include <glib.h>
#include <stdbool.h>
#include <string.h>

#include "analyzer/sources/babeltrace/clock_time.h"
#include "analyzer/sources/babeltrace/failure.h"
#include "analyzer/sources/babeltrace/loss.h"
#include "analyzer/sources/babeltrace/plan.h"
#include "analyzer/sources/babeltrace/stream_facts.h"
#include "analyzer/sources/guard.h"
#include "analyzer/sources/time_heap.h"

enum {
    MESSAGES_PER_TURN = 4096, /* handled before the graph may look whether it was interrupted */
    RECENT_PLANS = 64,
};

/* Of an item that has a time and says nothing to us. */
#define NOTHING EVENT_KINDS

/* One input port. The library gives some messages at a time, which are all made events before the first of them is
 * handled: its code and ours do not push each other out of the processor's cache with every message, and what the
 * handling needs can be fetched meanwhile. For the cache's sake, too, the newest message is read first, the events
 * are filled in from the end, and a message whose event does not need it any more is given back at once. */
struct input {
    bt_message_iterator *iterator; /* NULL: ended */
    GPtrArray *kept;               /* const bt_message *: whose strings the events have */
    struct event *events;
    uint64_t room, next;  /* the events to come are those from `next` up to `room` */
    GPtrArray *addresses; /* uint64_t *: of native stacks in these events */
    uint64_t turn;        /* how often it was asked for messages */
    uint32_t order;
    const bt_stream *stream; /* the last event's; owned; NULL: none yet */
    struct stream_facts facts;
};

struct recent_plan {
    const bt_event_class *class;
    struct plan *plan;
};

struct merger {
    struct babeltrace_client *client;
    GPtrArray *inputs;  /* struct input *, in the order of the ports */
    GPtrArray *waiting; /* struct input *: not in the heap, their next message is not known */
    struct time_heap *heap;
    GHashTable *plans; /* const bt_event_class * → struct plan * or NULL */
    struct recent_plan recent[RECENT_PLANS];
};

/* ---- what messages say ---- */

static struct plan *find_plan(struct merger *merger, const bt_event_class *class)
{
    gpointer plan;
    if (!g_hash_table_lookup_extended(merger->plans, class, NULL, &plan)) {
        plan = plan_new(class);
        g_hash_table_insert(merger->plans, (gpointer) class, plan);
    }
    return plan;
}

/* An event class is asked for with each of its events: most are found without a look into the table. */
static struct plan *plan_of(struct merger *merger, const bt_event_class *class)
{
    struct recent_plan *recent = &merger->recent[((guintptr) class >> 5) % RECENT_PLANS];
    if (recent->class != class)
        *recent = (struct recent_plan){class, find_plan(merger, class)};
    return recent->plan;
}

static const struct stream_facts *facts_of(struct merger *merger, struct input *input, const bt_stream *stream)
{
    if (input->stream != stream) {
        bt_stream_get_ref(stream);
        bt_stream_put_ref(input->stream);
        input->stream = stream;
        input->facts = stream_facts_of(stream);
        merger->client->ours_seen |= input->facts.ours;
        merger->client->missing |= input->facts.missing;
    }
    return &input->facts;
}

/* True: the event needs the message. */
static bool read_event(struct merger *merger, struct input *input, const bt_message *message,
                       struct event *ret_event)
{
    const bt_event *source = bt_message_event_borrow_event_const(message);
    const struct stream_facts *facts = facts_of(merger, input, bt_event_borrow_stream_const(source));
    struct plan *plan = plan_of(merger, bt_event_borrow_class_const(source));
    bool needed = false;
    if (plan)
        needed = plan_decode(plan, source, input->addresses, ret_event);
    else
        ret_event->kind = NOTHING;
    ret_event->host = facts->host;
    ret_event->time_ns =
        facts->timed ? clock_time_ns(bt_message_event_borrow_default_clock_snapshot_const(message)) : 0;
    return needed;
}

static void read_loss(struct merger *merger, struct input *input, const struct loss_type *loss,
                      const bt_message *message, struct event *ret_event)
{
    const struct stream_facts *facts = facts_of(merger, input, loss->stream(message));
    *ret_event = loss_event(loss, message);
    ret_event->host = facts->host;
    ret_event->pid = facts->pid;
    if (!facts->ours)
        ret_event->kind = NOTHING;
}

/* False: the message has no time. */
static bool read_other(struct merger *merger, struct input *input, const bt_message *message,
                       struct event *ret_event)
{
    const bt_message_type type = bt_message_get_type(message);
    const struct loss_type *loss = loss_type_of(type);
    if (loss) {
        read_loss(merger, input, loss, message, ret_event);
        return true;
    }
    if (type != BT_MESSAGE_TYPE_MESSAGE_ITERATOR_INACTIVITY)
        return false;
    ret_event->kind = NOTHING;
    ret_event->time_ns =
        clock_time_ns(bt_message_message_iterator_inactivity_borrow_clock_snapshot_const(message));
    return true;
}

/* ---- inputs ---- */

static void put_message(gpointer message)
{
    bt_message_put_ref(message);
}

static struct input *input_new(uint32_t order)
{
    struct input *input = g_new0(struct input, 1);
    input->order = order;
    input->kept = g_ptr_array_new_with_free_func(put_message);
    input->addresses = g_ptr_array_new_with_free_func(g_free);
    return input;
}

/* With a stream its classes may go, and others come to lie where they were. */
static void forget_ended(struct merger *merger, const struct input *input)
{
    for (guint i = 0; i < input->kept->len; i++)
        if (bt_message_get_type(g_ptr_array_index(input->kept, i)) == BT_MESSAGE_TYPE_STREAM_END) {
            g_hash_table_remove_all(merger->plans);
            memset(merger->recent, 0, sizeof merger->recent);
            return;
        }
}

/* Gives back what the events that were handled have of the messages. */
static void input_drop_messages(struct input *input)
{
    if (input->kept->len)
        g_ptr_array_set_size(input->kept, 0);
    if (input->addresses->len)
        g_ptr_array_set_size(input->addresses, 0);
}

static void input_end(struct input *input)
{
    input_drop_messages(input);
    BT_MESSAGE_ITERATOR_PUT_REF_AND_RESET(input->iterator);
}

static void input_free(gpointer data)
{
    struct input *input = data;
    input_end(input);
    g_ptr_array_unref(input->kept);
    g_ptr_array_unref(input->addresses);
    bt_stream_put_ref(input->stream);
    g_free(input->events);
    g_free(input);
}

static void note_end(const struct input *input, const struct merger *merger, const char *cause)
{
    source_note(merger->client->notes, "a stream of %s breaks off: %s",
                bt_component_get_name(bt_message_iterator_borrow_component(input->iterator)), cause);
}

/* What the library has next. */
struct delivery {
    bt_message_array_const messages;
    uint64_t count;
};

static bt_message_iterator_next_status input_ask(struct input *input, struct merger *merger,
                                                 struct delivery *delivery)
{
    struct guard *guard = merger->client->notes->guard;
    if (!guard_enter_reading(guard, input->order, ++input->turn)) {
        note_end(input, merger, "libbabeltrace2 falls over what follows");
        return BT_MESSAGE_ITERATOR_NEXT_STATUS_END;
    }
    bt_message_iterator_next_status status =
        bt_message_iterator_next(input->iterator, &delivery->messages, &delivery->count);
    guard_leave(guard);
    return status;
}

/* Gets the next messages. OK, END or AGAIN: what cannot be read ends the input. The library (2.0) may end a
 * stream that it could not read as if it were over, with the error still to be taken. */
static bt_message_iterator_next_status input_refill(struct input *input, struct merger *merger,
                                                    struct delivery *delivery)
{
    bt_message_iterator_next_status status = input_ask(input, merger, delivery);
    if (status == BT_MESSAGE_ITERATOR_NEXT_STATUS_OK || status == BT_MESSAGE_ITERATOR_NEXT_STATUS_AGAIN)
        return status;
    g_autofree char *cause = failure_take();
    g_autofree char *said = cause ? g_strdup_printf("libbabeltrace2 says: %s", cause) : NULL;
    if (cause || status != BT_MESSAGE_ITERATOR_NEXT_STATUS_END)
        note_end(input, merger, said ? said : "libbabeltrace2 does not say why");
    input_end(input);
    return BT_MESSAGE_ITERATOR_NEXT_STATUS_END;
}

static void input_make_room(struct input *input, uint64_t count)
{
    if (input->room < count) {
        input->room = count;
        input->events = g_renew(struct event, input->events, count);
    }
    input->next = input->room;
}

static void input_read(struct input *input, struct merger *merger, const struct delivery *delivery)
{
    input_make_room(input, delivery->count);
    for (uint64_t i = delivery->count; i-- > 0;) {
        const bt_message *message = delivery->messages[i];
        const bool is_event = bt_message_get_type(message) == BT_MESSAGE_TYPE_EVENT;
        struct event *event = &input->events[input->next - 1];
        /* the others keep alive what they speak of */
        const bool needed = !is_event || read_event(merger, input, message, event);
        if (is_event || read_other(merger, input, message, event))
            input->next--;
        if (needed)
            g_ptr_array_add(input->kept, (gpointer)message);
        else
            bt_message_put_ref(message);
    }
    if (merger->client->expect && input->next < input->room)
        merger->client->expect(merger->client->context, &input->events[input->next], input->room - input->next);
}

/* Sees to it that there is a next event. OK, END or AGAIN. */
static bt_message_iterator_next_status input_advance(struct input *input, struct merger *merger)
{
    while (input->next == input->room) {
        struct delivery delivery;
        forget_ended(merger, input);
        input_drop_messages(input);
        bt_message_iterator_next_status status = input_refill(input, merger, &delivery);
        if (status != BT_MESSAGE_ITERATOR_NEXT_STATUS_OK)
            return status;
        input_read(input, merger, &delivery);
    }
    return BT_MESSAGE_ITERATOR_NEXT_STATUS_OK;
}

static uint64_t input_time(const struct input *input)
{
    return input->events[input->next].time_ns;
}

/* ---- merging ---- */

struct merger *merger_new(struct babeltrace_client *client)
{
    struct merger *merger = g_new0(struct merger, 1);
    merger->client = client;
    merger->inputs = g_ptr_array_new_with_free_func(input_free);
    merger->waiting = g_ptr_array_new();
    merger->heap = time_heap_new();
    merger->plans = g_hash_table_new_full(NULL, NULL, NULL, plan_free);
    return merger;
}

void merger_free(struct merger *merger)
{
    if (!merger)
        return;
    g_hash_table_unref(merger->plans);
    time_heap_free(merger->heap);
    g_ptr_array_unref(merger->waiting);
    g_ptr_array_unref(merger->inputs);
    g_free(merger);
}

bt_self_component_add_port_status merger_add_port(bt_self_component_sink *self)
{
    const bt_component_sink *component = bt_self_component_sink_as_component_sink(self);
    g_autofree char *name =
        g_strdup_printf("in%" G_GUINT64_FORMAT, bt_component_sink_get_input_port_count(component));
    return bt_self_component_sink_add_input_port(self, name, NULL, NULL);
}

bt_message_iterator_create_from_sink_component_status merger_open(struct merger *merger,
                                                                  bt_self_component_sink *self)
{
    uint64_t count = bt_component_sink_get_input_port_count(bt_self_component_sink_as_component_sink(self));
    for (uint64_t i = 0; i < count; i++) {
        bt_self_component_port_input *port = bt_self_component_sink_borrow_input_port_by_index(self, i);
        if (!bt_port_is_connected(
                bt_self_component_port_as_port(bt_self_component_port_input_as_self_component_port(port))))
            continue;
        struct input *input = input_new(merger->client->streams + (uint32_t)i);
        g_ptr_array_add(merger->inputs, input);
        g_ptr_array_add(merger->waiting, input);
        bt_message_iterator_create_from_sink_component_status status =
            bt_message_iterator_create_from_sink_component(self, port, &input->iterator);
        if (status != BT_MESSAGE_ITERATOR_CREATE_FROM_SINK_COMPONENT_STATUS_OK)
            return status;
    }
    return BT_MESSAGE_ITERATOR_CREATE_FROM_SINK_COMPONENT_STATUS_OK;
}

/* False: some input has nothing to say yet, so nobody knows who is next. */
static bool admit_waiting(struct merger *merger)
{
    while (merger->waiting->len) {
        struct input *input = g_ptr_array_index(merger->waiting, merger->waiting->len - 1);
        bt_message_iterator_next_status status = input_advance(input, merger);
        if (status == BT_MESSAGE_ITERATOR_NEXT_STATUS_AGAIN)
            return false;
        g_ptr_array_set_size(merger->waiting, (gint)merger->waiting->len - 1);
        if (status == BT_MESSAGE_ITERATOR_NEXT_STATUS_OK)
            time_heap_push(merger->heap, input_time(input), input->order, input);
    }
    return true;
}

static void deliver_next(struct merger *merger, struct input *input)
{
    const struct event *event = &input->events[input->next];
    if (event->kind != NOTHING) {
        merger->client->order = input->order;
        merger->client->handler(merger->client->context, event);
    }
    input->next++;
    bt_message_iterator_next_status status = input_advance(input, merger);
    if (status == BT_MESSAGE_ITERATOR_NEXT_STATUS_OK) {
        time_heap_move_top(merger->heap, input_time(input), input->order);
        return;
    }
    time_heap_pop(merger->heap);
    if (status == BT_MESSAGE_ITERATOR_NEXT_STATUS_AGAIN)
        g_ptr_array_add(merger->waiting, input);
}

bt_component_class_sink_consume_method_status merger_consume(struct merger *merger)
{
    for (int i = 0; i < MESSAGES_PER_TURN; i++) {
        if (merger->waiting->len && !admit_waiting(merger))
            return BT_COMPONENT_CLASS_SINK_CONSUME_METHOD_STATUS_AGAIN;
        struct input *input = time_heap_top(merger->heap);
        if (!input)
            return BT_COMPONENT_CLASS_SINK_CONSUME_METHOD_STATUS_END;
        deliver_next(merger, input);
    }
    return BT_COMPONENT_CLASS_SINK_CONSUME_METHOD_STATUS_OK;
}
