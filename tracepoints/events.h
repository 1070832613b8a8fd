/* SPDX-License-Identifier: MIT */
/*
 * The schema as C structs: `struct st_scope_enter` and so on, what the agent fills and emits.
 *
 * Runs in: the target. Strings and addresses are borrowed for the duration of the emission.
 */
#ifndef SCOPETRACE_TRACEPOINTS_EVENTS_H
#define SCOPETRACE_TRACEPOINTS_EVENTS_H

#include <stdint.h>

#include "tracepoints/schema.h"
#include "tracepoints/values.h"

#define ST_MEMBER_U8(name) uint8_t name;
#define ST_MEMBER_U32(name) uint32_t name;
#define ST_MEMBER_U64(name) uint64_t name;
#define ST_MEMBER_F64(name) double name;
#define ST_MEMBER_STR(name) const char *name; /* NULL is emitted as "" */
#define ST_MEMBER_ADDRS(name)                                                                                     \
    const uint64_t *name;                                                                                         \
    uint32_t name##_count;
#define ST_MEMBERS(list)                                                                                          \
    list(ST_MEMBER_U8, ST_MEMBER_U32, ST_MEMBER_U64, ST_MEMBER_F64, ST_MEMBER_STR, ST_MEMBER_ADDRS)

/* What every event begins with; filled in by the emission, not by the hooks. */
struct st_common {
    ST_MEMBERS(SCOPETRACE_COMMON)
};

#define ST_STRUCT(event)                                                                                          \
    struct st_##event {                                                                                           \
        struct st_common common;                                                                                  \
        ST_MEMBERS(SCOPETRACE_FIELDS_##event)                                                                     \
    };
SCOPETRACE_EVENTS(ST_STRUCT)

#endif
