/* SPDX-License-Identifier: MIT */
#include "analyzer/sources/babeltrace/plan.h"

#include <glib.h>
#include <stdbool.h>
#include <string.h>

#include "analyzer/sources/decode.h"

enum { MAX_ADDRESSES = 1024 }; /* of a native stack; the rest of a longer one is dropped */

/* The library uses its events again and again, fifteen of each stream at a time. */
enum { PAYLOAD_BITS = 6, PAYLOADS = 1 << PAYLOAD_BITS };

struct plan_step {
    uint32_t index;                /* of the member in the payload */
    uint16_t offset, count_offset; /* into struct event */
};

/* The steps of one shape lie together, and end where those of the next one begin. */
struct plan {
    const struct plan_step *ends[DECODE_SHAPES];
    enum event_kind kind;
    bool whole;         /* the trace has every field that we know */
    struct event blank; /* for those that it lacks */
    /* Of payloads that were met before, the members that the steps are for: to ask for each is half the work of
     * reading it. */
    const bt_field *payloads[PAYLOADS];
    const bt_field **members; /* PAYLOADS times as many as there are steps */
    uint32_t count;           /* of steps */
    struct plan_step steps[];
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

struct found_step {
    enum decode_shape shape;
    struct plan_step step;
};

static gint by_shape(gconstpointer a, gconstpointer b)
{
    return (gint)((const struct found_step *)a)->shape - (gint)((const struct found_step *)b)->shape;
}

static bool is_found(const GArray *steps, const struct decode_field *target)
{
    for (guint i = 0; i < steps->len; i++)
        if (g_array_index(steps, struct found_step, i).step.offset == target->offset)
            return true;
    return false;
}

/* A member that we do not know, or that is not of the class that we know it by, is passed over. */
static GArray *find_steps(const struct decode_event *decode, const bt_field_class *payload)
{
    GArray *steps = g_array_new(FALSE, FALSE, sizeof(struct found_step));
    for (uint64_t i = 0; i < bt_field_class_structure_get_member_count(payload); i++) {
        const bt_field_class_structure_member *member =
            bt_field_class_structure_borrow_member_by_index_const(payload, i);
        const char *name = bt_field_class_structure_member_get_name(member);
        const struct decode_field *target = find_target(decode_common, decode_common_count, name);
        if (!target)
            target = find_target(decode->fields, decode->count, name);
        if (!target || is_found(steps, target) ||
            !class_fits(bt_field_class_structure_member_borrow_field_class_const(member), target->shape))
            continue;
        const struct found_step found = {target->shape,
                                         {(uint32_t)i, (uint16_t)target->offset, (uint16_t)target->count_offset}};
        g_array_append_val(steps, found);
    }
    g_array_sort(steps, by_shape);
    return steps;
}

static struct plan *plan_of_steps(const struct decode_event *decode, const GArray *steps)
{
    struct plan *plan = g_malloc(sizeof *plan + steps->len * sizeof *plan->steps);
    memset(plan->payloads, 0, sizeof plan->payloads);
    plan->members = g_new(const bt_field *, PAYLOADS * steps->len);
    plan->count = steps->len;
    plan->kind = decode->kind;
    plan->whole = steps->len == decode->count + decode_common_count;
    decode_prepare(decode, &plan->blank);
    guint count = 0;
    for (int shape = 0; shape < DECODE_SHAPES; shape++) {
        for (; count < steps->len && (int)g_array_index(steps, struct found_step, count).shape == shape; count++)
            plan->steps[count] = g_array_index(steps, struct found_step, count).step;
        plan->ends[shape] = &plan->steps[count];
    }
    return plan;
}

struct plan *plan_new(const bt_event_class *class)
{
    const char *name = bt_event_class_get_name(class);
    const bt_field_class *payload = bt_event_class_borrow_payload_field_class_const(class);
    if (!name || !payload || !g_str_has_prefix(name, PLAN_PROVIDER_PREFIX))
        return NULL;
    const struct decode_event *decode = decode_find(name + strlen(PLAN_PROVIDER_PREFIX));
    g_autoptr(GArray) steps = find_steps(decode ? decode : &decode_unknown, payload);
    if (decode && steps->len)
        return plan_of_steps(decode, steps);
    return steps->len == decode_common_count ? plan_of_steps(&decode_unknown, steps) : NULL;
}

void plan_free(void *data)
{
    struct plan *plan = data;
    if (plan)
        g_free(plan->members);
    g_free(plan);
}

#define STORE(event, offset, type, value) (*(type *)(void *)((char *)(event) + (offset)) = (type)(value))

#define COUNT_OF(event, step) ((uint32_t *)(void *)((char *)(event) + (step)->count_offset))

static const uint64_t *addresses_of(const bt_field *field, GPtrArray *addresses, uint32_t *ret_count)
{
    uint64_t count = MIN(bt_field_array_get_length(field), (uint64_t)MAX_ADDRESSES);
    uint64_t *read = count ? g_new(uint64_t, count) : NULL;
    *ret_count = (uint32_t)count;
    if (!read)
        return NULL;
    g_ptr_array_add(addresses, read);
    for (uint64_t i = 0; i < count; i++)
        read[i] =
            bt_field_integer_unsigned_get_value(bt_field_array_borrow_element_field_by_index_const(field, i));
    return read;
}

/* libbabeltrace2 2.0 keeps the characters of the string before when the new one is empty: only the length tells.
 */
static const char *string_of(const bt_field *field, bool *borrowed)
{
    if (!bt_field_string_get_length(field))
        return "";
    *borrowed = true;
    return bt_field_string_get_value(field);
}

static const bt_field *member(const struct plan *plan, const bt_field *payload, uint32_t step)
{
    return bt_field_structure_borrow_member_field_by_index_const(payload, plan->steps[step].index);
}

/* The library promises a payload's members for as long as its message is there, and keeps both for the next event.
 * One that is elsewhere shows that this is another payload, in the memory of one that was given back. */
static const bt_field *const *members_of(struct plan *plan, const bt_field *payload)
{
    size_t place = ((uint64_t)(uintptr_t)payload >> 4) * UINT64_C(0x9e3779b97f4a7c15) >> (64 - PAYLOAD_BITS);
    const bt_field **members = &plan->members[place * plan->count];
    if (G_LIKELY(plan->payloads[place] == payload && members[0] == member(plan, payload, 0)))
        return members;
    plan->payloads[place] = payload;
    for (uint32_t i = 0; i < plan->count; i++)
        members[i] = member(plan, payload, i);
    return members;
}

/* One loop per shape and none over all fields: this is the hottest code of all, and has nothing to decide. */
#define READ(shape, type, value)                                                                                  \
    for (; step < plan->ends[shape]; step++) {                                                                    \
        const bt_field *field = *members++;                                                                       \
        STORE(ret_event, step->offset, type, value);                                                              \
    }

bool plan_decode(struct plan *plan, const bt_event *source, GPtrArray *addresses, struct event *ret_event)
{
    const bt_field *const *members = members_of(plan, bt_event_borrow_payload_field_const(source));
    const struct plan_step *step = plan->steps;
    bool borrowed = false;
    if (plan->whole)
        ret_event->kind = plan->kind;
    else
        *ret_event = plan->blank;
    READ(DECODE_U8, uint8_t, bt_field_integer_unsigned_get_value(field))
    READ(DECODE_U32, uint32_t, bt_field_integer_unsigned_get_value(field))
    READ(DECODE_U64, uint64_t, bt_field_integer_unsigned_get_value(field))
    READ(DECODE_F64, double, bt_field_real_double_precision_get_value(field))
    READ(DECODE_STR, const char *, string_of(field, &borrowed))
    READ(DECODE_ADDRS, const uint64_t *, addresses_of(field, addresses, COUNT_OF(ret_event, step)))
    return borrowed;
}
