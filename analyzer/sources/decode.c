/* SPDX-License-Identifier: MIT */
#include "analyzer/sources/decode.h"

#include <glib.h>
#include <string.h>

#include "tracepoints/schema.h"

/* The order of SCOPETRACE_EVENTS is that of enum event_kind. */
#define KIND(event) KIND_##event,
enum { SCOPETRACE_EVENTS(KIND) KIND_COUNT };
_Static_assert((int)KIND_task_done == (int)EVENT_TASK_DONE, "event kinds out of order");
_Static_assert((int)KIND_task_uncancel == (int)EVENT_TASK_UNCANCEL, "event kinds out of order");
_Static_assert((int)KIND_COUNT == (int)EVENT_LOST, "event kinds missing");

/* Where the union begins is the same for each of its members. `body` is a typedef of the function that a
 * field list is expanded in. The division by zero refuses a member of the wrong size. */
#define BODY_OFFSET(member) (offsetof(struct event, runtime) + offsetof(body, member))
#define SIZED(member, size) (0 / (sizeof(((body *)0)->member) == (size) ? 1 : 0))
#define FIELD(member, shape, size) {#member, shape, BODY_OFFSET(member) + SIZED(member, size), 0},
#define FIELD_U8(member) FIELD(member, DECODE_U8, 1)
#define FIELD_U32(member) FIELD(member, DECODE_U32, 4)
#define FIELD_U64(member) FIELD(member, DECODE_U64, 8)
#define FIELD_F64(member) FIELD(member, DECODE_F64, sizeof(double))
#define FIELD_STR(member) FIELD(member, DECODE_STR, sizeof(char *))
#define FIELD_ADDRS(member) {#member, DECODE_ADDRS, BODY_OFFSET(member), BODY_OFFSET(member##_count)},

#define DESCRIBE(event_name)                                                                                      \
    static const struct decode_event *describe_##event_name(void)                                                 \
    {                                                                                                             \
        typedef __typeof__(((struct event *)0)->event_name) body;                                                 \
        static const struct decode_field fields[] = {                                                             \
            SCOPETRACE_FIELDS_##event_name(FIELD_U8, FIELD_U32, FIELD_U64, FIELD_F64, FIELD_STR, FIELD_ADDRS)};   \
        static const struct decode_event event = {#event_name, (enum event_kind)KIND_##event_name, fields,        \
                                                  G_N_ELEMENTS(fields)};                                          \
        return &event;                                                                                            \
    }
SCOPETRACE_EVENTS(DESCRIBE)

#define DESCRIBER(event_name) describe_##event_name,
static const struct decode_event *(*const describers[])(void) = {SCOPETRACE_EVENTS(DESCRIBER)};

#define COMMON_U32(member) {#member, DECODE_U32, offsetof(struct event, member), 0},
const struct decode_field decode_common[] = {SCOPETRACE_COMMON(, COMMON_U32, , , , )};
const size_t decode_common_count = G_N_ELEMENTS(decode_common);

const struct decode_event decode_unknown = {"", EVENT_UNKNOWN, NULL, 0};

const struct decode_event *decode_find(const char *event_name)
{
    for (size_t i = 0; i < G_N_ELEMENTS(describers); i++)
        if (strcmp(describers[i]()->name, event_name) == 0)
            return describers[i]();
    return NULL;
}

const struct decode_event *decode_of(enum event_kind kind)
{
    return describers[kind]();
}

void decode_prepare(const struct decode_event *decode, struct event *ret_event)
{
    static const char *const empty = "";
    memset(ret_event, 0, sizeof *ret_event);
    ret_event->kind = decode->kind;
    ret_event->host = empty;
    for (size_t i = 0; i < decode->count; i++)
        if (decode->fields[i].shape == DECODE_STR)
            memcpy((char *)ret_event + decode->fields[i].offset, &empty, sizeof empty);
}
