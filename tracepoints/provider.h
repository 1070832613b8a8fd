/* SPDX-License-Identifier: MIT */
/*
 * The schema as an LTTng-UST provider named `scopetrace`. Included by provider.c alone with
 * LTTNG_UST_TRACEPOINT_CREATE_PROBES, by the agent's emission for the call sites.
 *
 * Runs in: the target. LTTng includes this file many times with other meanings of its macros: hence the
 * guard of its own kind.
 */
#undef LTTNG_UST_TRACEPOINT_PROVIDER
#define LTTNG_UST_TRACEPOINT_PROVIDER scopetrace

#undef LTTNG_UST_TRACEPOINT_INCLUDE
#define LTTNG_UST_TRACEPOINT_INCLUDE "tracepoints/provider.h"

#if !defined(SCOPETRACE_TRACEPOINTS_PROVIDER_H) || defined(LTTNG_UST_TRACEPOINT_HEADER_MULTI_READ)
#define SCOPETRACE_TRACEPOINTS_PROVIDER_H

#include <lttng/tracepoint.h>

#include "tracepoints/events.h"

#define ST_FIELD_U8(name) lttng_ust_field_integer(uint8_t, name, e->name)
#define ST_FIELD_U32(name) lttng_ust_field_integer(uint32_t, name, e->name)
#define ST_FIELD_U64(name) lttng_ust_field_integer(uint64_t, name, e->name)
#define ST_FIELD_F64(name) lttng_ust_field_float(double, name, e->name)
#define ST_FIELD_STR(name) lttng_ust_field_string(name, e->name ? e->name : "")
#define ST_FIELD_ADDRS(name) lttng_ust_field_sequence_hex(uint64_t, name, e->name, uint32_t, e->name##_count)

#define ST_COMMON_U32(name) lttng_ust_field_integer(uint32_t, name, e->common.name)

#define ST_FIELDS(event)                                                                                          \
    SCOPETRACE_COMMON(, ST_COMMON_U32, , , , )                                                                    \
    SCOPETRACE_FIELDS_##event(ST_FIELD_U8, ST_FIELD_U32, ST_FIELD_U64, ST_FIELD_F64, ST_FIELD_STR, ST_FIELD_ADDRS)

LTTNG_UST_TRACEPOINT_EVENT(scopetrace, runtime, LTTNG_UST_TP_ARGS(const struct st_runtime *, e),
                           LTTNG_UST_TP_FIELDS(ST_FIELDS(runtime)))

LTTNG_UST_TRACEPOINT_EVENT(scopetrace, package, LTTNG_UST_TP_ARGS(const struct st_package *, e),
                           LTTNG_UST_TP_FIELDS(ST_FIELDS(package)))

LTTNG_UST_TRACEPOINT_EVENT(scopetrace, provider, LTTNG_UST_TP_ARGS(const struct st_provider *, e),
                           LTTNG_UST_TP_FIELDS(ST_FIELDS(provider)))

LTTNG_UST_TRACEPOINT_EVENT(scopetrace, frame, LTTNG_UST_TP_ARGS(const struct st_frame *, e),
                           LTTNG_UST_TP_FIELDS(ST_FIELDS(frame)))

LTTNG_UST_TRACEPOINT_EVENT(scopetrace, label, LTTNG_UST_TP_ARGS(const struct st_label *, e),
                           LTTNG_UST_TP_FIELDS(ST_FIELDS(label)))

LTTNG_UST_TRACEPOINT_EVENT(scopetrace, task_start, LTTNG_UST_TP_ARGS(const struct st_task_start *, e),
                           LTTNG_UST_TP_FIELDS(ST_FIELDS(task_start)))

LTTNG_UST_TRACEPOINT_EVENT(scopetrace, task_seen, LTTNG_UST_TP_ARGS(const struct st_task_seen *, e),
                           LTTNG_UST_TP_FIELDS(ST_FIELDS(task_seen)))

LTTNG_UST_TRACEPOINT_EVENT(scopetrace, task_name, LTTNG_UST_TP_ARGS(const struct st_task_name *, e),
                           LTTNG_UST_TP_FIELDS(ST_FIELDS(task_name)))

LTTNG_UST_TRACEPOINT_EVENT(scopetrace, task_done, LTTNG_UST_TP_ARGS(const struct st_task_done *, e),
                           LTTNG_UST_TP_FIELDS(ST_FIELDS(task_done)))

LTTNG_UST_TRACEPOINT_EVENT(scopetrace, task_end, LTTNG_UST_TP_ARGS(const struct st_task_end *, e),
                           LTTNG_UST_TP_FIELDS(ST_FIELDS(task_end)))

LTTNG_UST_TRACEPOINT_EVENT(scopetrace, scope_enter, LTTNG_UST_TP_ARGS(const struct st_scope_enter *, e),
                           LTTNG_UST_TP_FIELDS(ST_FIELDS(scope_enter)))

LTTNG_UST_TRACEPOINT_EVENT(scopetrace, scope_exit, LTTNG_UST_TP_ARGS(const struct st_scope_exit *, e),
                           LTTNG_UST_TP_FIELDS(ST_FIELDS(scope_exit)))

LTTNG_UST_TRACEPOINT_EVENT(scopetrace, scope_cancel, LTTNG_UST_TP_ARGS(const struct st_scope_cancel *, e),
                           LTTNG_UST_TP_FIELDS(ST_FIELDS(scope_cancel)))

LTTNG_UST_TRACEPOINT_EVENT(scopetrace, scope_deliver, LTTNG_UST_TP_ARGS(const struct st_scope_deliver *, e),
                           LTTNG_UST_TP_FIELDS(ST_FIELDS(scope_deliver)))

LTTNG_UST_TRACEPOINT_EVENT(scopetrace, task_cancel, LTTNG_UST_TP_ARGS(const struct st_task_cancel *, e),
                           LTTNG_UST_TP_FIELDS(ST_FIELDS(task_cancel)))

LTTNG_UST_TRACEPOINT_EVENT(scopetrace, task_uncancel, LTTNG_UST_TP_ARGS(const struct st_task_uncancel *, e),
                           LTTNG_UST_TP_FIELDS(ST_FIELDS(task_uncancel)))

LTTNG_UST_TRACEPOINT_EVENT(scopetrace, runtime_end, LTTNG_UST_TP_ARGS(const struct st_runtime_end *, e),
                           LTTNG_UST_TP_FIELDS(ST_FIELDS(runtime_end)))

LTTNG_UST_TRACEPOINT_EVENT(scopetrace, agent_error, LTTNG_UST_TP_ARGS(const struct st_agent_error *, e),
                           LTTNG_UST_TP_FIELDS(ST_FIELDS(agent_error)))

LTTNG_UST_TRACEPOINT_EVENT(scopetrace, agent_notice, LTTNG_UST_TP_ARGS(const struct st_agent_notice *, e),
                           LTTNG_UST_TP_FIELDS(ST_FIELDS(agent_notice)))

LTTNG_UST_TRACEPOINT_EVENT(scopetrace, library, LTTNG_UST_TP_ARGS(const struct st_library *, e),
                           LTTNG_UST_TP_FIELDS(ST_FIELDS(library)))

LTTNG_UST_TRACEPOINT_EVENT(scopetrace, detached, LTTNG_UST_TP_ARGS(const struct st_detached *, e),
                           LTTNG_UST_TP_FIELDS(ST_FIELDS(detached)))

LTTNG_UST_TRACEPOINT_EVENT(scopetrace, scope_past, LTTNG_UST_TP_ARGS(const struct st_scope_past *, e),
                           LTTNG_UST_TP_FIELDS(ST_FIELDS(scope_past)))

LTTNG_UST_TRACEPOINT_EVENT(scopetrace, request_seen, LTTNG_UST_TP_ARGS(const struct st_request_seen *, e),
                           LTTNG_UST_TP_FIELDS(ST_FIELDS(request_seen)))

LTTNG_UST_TRACEPOINT_EVENT(scopetrace, announced, LTTNG_UST_TP_ARGS(const struct st_announced *, e),
                           LTTNG_UST_TP_FIELDS(ST_FIELDS(announced)))

LTTNG_UST_TRACEPOINT_EVENT(scopetrace, task_look, LTTNG_UST_TP_ARGS(const struct st_task_look *, e),
                           LTTNG_UST_TP_FIELDS(ST_FIELDS(task_look)))

#endif

#include <lttng/tracepoint-event.h>
