/* SPDX-License-Identifier: MIT */
#include "analyzer/sources/babeltrace/plan.h"

#include <glib.h>
#include <stdbool.h>
#include <string.h>

#include "analyzer/sources/decode.h"

enum { MAX_ADDRESSES = 1024 }; /* of a native stack; the rest of a longer one is dropped */

struct plan_step {
    uint32_t index; /* of the member in the payload */
    enum decode_shape shape;
    uint32_t offset, count_offset; /* into struct event */
};

struct plan {
    struct event blank;
    GArray *steps;       /* struct plan_step */
    uint64_t *addresses; /* NULL: no step needs them */
};

/* Per shape: the class that a trace must declare the field with. */
static const bt_field_class_type classes[] = {
    [DECODE_U8] = BT_FIELD_CLASS_TYPE_UNSIGNED_INTEGER,  [DECODE_U32] = BT_FIELD_CLASS_TYPE_UNSIGNED_INTEGER,
    [DECODE_U64] = BT_FIELD_CLASS_TYPE_UNSIGNED_INTEGER, [DECODE_F64] = BT_FIELD_CLASS_TYPE_DOUBLE_PRECISION_REAL,
    [DECODE_STR] = BT_FIELD_CLASS_TYPE_STRING,           [DECODE_ADDRS] = BT_FIELD_CLASS_TYPE_DYNAMIC_ARRAY,
};

static bool class_fits(const bt_field_class *class, enum decode_shape shape)
{
    if (!bt_field_class_type_is(bt_field_class_get_type(class), classes[shape]))
        return false;
    if (shape != DECODE_ADDRS)
        return true;
    const bt_field_class *element = bt_field_class_array_borrow_element_field_class_const(class);
    return bt_field_class_type_is(bt_field_class_get_type(element), BT_FIELD_CLASS_TYPE_UNSIGNED_INTEGER);
}

static const struct decode_field *find_target(const struct decode_field *fields, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(fields[i].name, name) == 0)
            return &fields[i];
    return NULL;
}

static void add_step(struct plan *plan, uint64_t index, const struct decode_field *target)
{
    const struct plan_step step = {(uint32_t)index, target->shape, (uint32_t)target->offset,
                                   (uint32_t)target->count_offset};
    g_array_append_val(plan->steps, step);
    if (target->shape == DECODE_ADDRS && !plan->addresses)
        plan->addresses = g_new(uint64_t, MAX_ADDRESSES);
}

/* A member that we do not know, or that is not of the class that we know it by, is passed over. */
static void add_members(struct plan *plan, const struct decode_event *decode, const bt_field_class *payload)
{
    for (uint64_t i = 0; i < bt_field_class_structure_get_member_count(payload); i++) {
        const bt_field_class_structure_member *member =
            bt_field_class_structure_borrow_member_by_index_const(payload, i);
        const char *name = bt_field_class_structure_member_get_name(member);
        const struct decode_field *target = find_target(decode_common, decode_common_count, name);
        if (!target)
            target = find_target(decode->fields, decode->count, name);
        if (target && class_fits(bt_field_class_structure_member_borrow_field_class_const(member), target->shape))
            add_step(plan, i, target);
    }
}

struct plan *plan_new(const bt_event_class *class)
{
    const char *name = bt_event_class_get_name(class);
    const bt_field_class *payload = bt_event_class_borrow_payload_field_class_const(class);
    if (!name || !payload || !g_str_has_prefix(name, PLAN_PROVIDER_PREFIX))
        return NULL;
    const struct decode_event *decode = decode_find(name + strlen(PLAN_PROVIDER_PREFIX));
    if (!decode)
        return NULL;
    struct plan *plan = g_new0(struct plan, 1);
    plan->steps = g_array_new(FALSE, FALSE, sizeof(struct plan_step));
    decode_prepare(decode, &plan->blank);
    add_members(plan, decode, payload);
    return plan;
}

void plan_free(void *data)
{
    struct plan *plan = data;
    if (!plan)
        return;
    g_array_unref(plan->steps);
    g_free(plan->addresses);
    g_free(plan);
}

#define STORE(event, offset, type, value) (*(type *)(void *)((char *)(event) + (offset)) = (type)(value))

static void read_addresses(struct plan *plan, const struct plan_step *step, const bt_field *field,
                           struct event *event)
{
    uint64_t count = MIN(bt_field_array_get_length(field), (uint64_t)MAX_ADDRESSES);
    for (uint64_t i = 0; i < count; i++)
        plan->addresses[i] =
            bt_field_integer_unsigned_get_value(bt_field_array_borrow_element_field_by_index_const(field, i));
    STORE(event, step->offset, const uint64_t *, plan->addresses);
    STORE(event, step->count_offset, uint32_t, count);
}

/* libbabeltrace2 2.0 keeps the characters of the string before when the new one is empty: only the length tells.
 */
static const char *string_of(const bt_field *field)
{
    return bt_field_string_get_length(field) ? bt_field_string_get_value(field) : "";
}

/* A switch and no table: this is the hottest loop of all, and the branches are foreseen. */
static void read_field(struct plan *plan, const struct plan_step *step, const bt_field *field, struct event *event)
{
    switch (step->shape) {
    case DECODE_U8:
        STORE(event, step->offset, uint8_t, bt_field_integer_unsigned_get_value(field));
        break;
    case DECODE_U32:
        STORE(event, step->offset, uint32_t, bt_field_integer_unsigned_get_value(field));
        break;
    case DECODE_U64:
        STORE(event, step->offset, uint64_t, bt_field_integer_unsigned_get_value(field));
        break;
    case DECODE_F64:
        STORE(event, step->offset, double, bt_field_real_double_precision_get_value(field));
        break;
    case DECODE_STR:
        STORE(event, step->offset, const char *, string_of(field));
        break;
    case DECODE_ADDRS:
        read_addresses(plan, step, field, event);
        break;
    }
}

void plan_decode(struct plan *plan, const bt_event *source, struct event *ret_event)
{
    const bt_field *payload = bt_event_borrow_payload_field_const(source);
    const struct plan_step *step = (const struct plan_step *)(const void *)plan->steps->data;
    const struct plan_step *end = step + plan->steps->len;
    *ret_event = plan->blank;
    for (; step < end; step++)
        read_field(plan, step, bt_field_structure_borrow_member_field_by_index_const(payload, step->index),
                   ret_event);
}
