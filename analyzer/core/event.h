/* SPDX-License-Identifier: MIT */
/*
 * One event of a trace, as every source delivers it and the core consumes it.
 *
 * Runs in: the command. An event is borrowed for the duration of the call that delivers it; whoever keeps a
 * string copies it. Strings come from the traced program: untrusted, any bytes but NUL.
 *
 * The members carry the names of tracepoints/schema.h, field by field: sources fill them by offset
 * (analyzer/sources/decode.c does not compile when one is missing).
 */
#ifndef SCOPETRACE_CORE_EVENT_H
#define SCOPETRACE_CORE_EVENT_H

#include <stdint.h>

#include "tracepoints/values.h"

/* Serials, unique within one process; 0 = none. Structs, so that a task is not a scope. */
struct task_id {
    uint64_t serial;
};
struct scope_id {
    uint64_t serial;
};
/* A node of the process's trace tree; 0 = none. */
struct stack_id {
    uint32_t node;
};
struct provider_id {
    uint32_t number;
};

enum event_kind {
    EVENT_RUNTIME,
    EVENT_PACKAGE,
    EVENT_PROVIDER,
    EVENT_FRAME,
    EVENT_LABEL,
    EVENT_TASK_START,
    EVENT_TASK_SEEN,
    EVENT_TASK_NAME,
    EVENT_TASK_DONE,
    EVENT_TASK_END,
    EVENT_SCOPE_ENTER,
    EVENT_SCOPE_EXIT,
    EVENT_SCOPE_CANCEL,
    EVENT_SCOPE_DELIVER,
    EVENT_TASK_CANCEL,
    EVENT_TASK_UNCANCEL,
    EVENT_RUNTIME_END,
    EVENT_AGENT_ERROR,
    EVENT_AGENT_NOTICE,
    EVENT_LIBRARY,
    EVENT_DETACHED,
    EVENT_SCOPE_PAST,
    EVENT_REQUEST_SEEN,
    EVENT_ANNOUNCED,
    EVENT_TASK_LOOK,
    EVENT_LOST,    /* not in a trace: a source says that events are missing before this moment */
    EVENT_UNKNOWN, /* of a newer version: it has what all have, and is counted by it; nothing else is known */
    EVENT_KINDS
};

struct event_runtime {
    uint8_t statedump, state;
    uint32_t schema, ppid;
    const char *reason, *tool, *python, *executable, *argv, *cwd, *host, *stdlib;
    uint8_t again, overwrites;
};

struct event_package {
    uint8_t statedump;
    const char *name, *version, *location;
};

struct event_provider {
    uint8_t statedump;
    struct provider_id provider;
    uint32_t traits; /* enum provider_trait */
    const char *kind, *module, *qualname, *cancel_methods;
};

struct event_frame {
    uint8_t statedump;
    struct stack_id frame, parent;
    uint32_t line;
    const char *file, *function;
};

struct event_label {
    uint8_t statedump;
    const char *text;
};

struct event_task_start {
    uint8_t eager;
    struct task_id task, parent_task;
    struct stack_id stack;
    const char *name, *coroutine;
};

struct event_task_seen {
    struct task_id task, parent_task;
    uint32_t counter;
    struct stack_id stack;
    const char *name, *coroutine;
    uint32_t told;
};

struct event_task_name {
    struct task_id task;
    const char *name;
};

/* task_done and task_end */
struct event_task_over {
    uint8_t how; /* enum task_how */
    struct task_id task;
    uint32_t counter;
};

struct event_scope_enter {
    uint8_t statedump, shield, cancelled;
    uint32_t entry;
    struct provider_id provider;
    uint32_t counter;
    struct stack_id stack;
    struct scope_id scope, parent_scope;
    struct task_id task;
    uint64_t entered_ns;
    double deadline;
};

struct event_scope_exit {
    uint8_t exception_in; /* enum exit_exception */
    uint8_t outcome;      /* enum exit_outcome */
    uint8_t cancel_called;
    uint32_t entry, before, after;
    struct stack_id stack;
    struct scope_id scope;
    struct task_id task;
    const char *raised;
};

struct event_scope_cancel {
    uint8_t how; /* enum cancel_how */
    struct stack_id stack;
    struct scope_id scope;
    struct task_id by_task;
    const char *method, *reason;
    uint64_t cancelled_ns;
    struct task_id child;
    const char *error;
};

struct event_scope_deliver {
    uint32_t repeat;
    struct scope_id scope, origin;
    struct task_id task;
};

struct event_task_cancel {
    uint8_t accepted, source; /* source: enum request_source */
    uint32_t before, after, repeat;
    struct stack_id stack;
    struct task_id task, by_task, via_task;
    struct scope_id scope, origin;
    const char *message;
    const uint64_t *native;
    uint32_t native_count;
    uint8_t handling; /* enum task_handling */
    struct stack_id waiting;
};

struct event_task_uncancel {
    uint8_t source; /* enum request_source */
    uint32_t before, after;
    struct stack_id stack;
    struct task_id task, by_task;
    struct scope_id scope;
};

struct event_runtime_end {
    uint32_t tasks_open;
};

struct event_agent_error {
    const char *what;
};

struct event_agent_notice {
    const char *what;
};

struct event_library {
    uint8_t statedump;
    uint64_t begin, end, bias;
    const char *path, *build_id;
};

struct event_detached {
    uint8_t unhooked;
};

struct event_scope_past {
    uint8_t exception_in; /* enum exit_exception */
    uint8_t outcome;      /* enum exit_outcome */
    uint8_t how;          /* enum cancel_how */
    uint32_t entry;
    struct provider_id provider;
    uint32_t counter, after;
    struct stack_id stack, cancel_stack, exit_stack;
    struct scope_id scope;
    struct task_id task, cancelled_by;
    uint64_t entered_ns, cancelled_ns, exited_ns;
};

struct event_request_seen {
    uint8_t source; /* enum request_source */
    uint8_t doubtful, ran_on;
    uint32_t count;
    struct stack_id stack;
    uint32_t entry, raised_tid, raised_tick, last_tick;
    struct task_id task, by_task, via_task;
    struct scope_id scope, origin;
    uint64_t raised_ns;
    const char *by_name, *message;
};

struct event_announced {
    uint32_t tasks;
};

struct event_task_look {
    uint8_t handling; /* enum task_handling */
    struct stack_id waiting;
    struct task_id task;
};

/* count 0: unknown how many. pid 0 in the event: any process of this host. */
struct event_lost {
    uint64_t count;
    uint64_t begin_ns, end_ns;
};

struct event {
    enum event_kind kind;
    const char *host; /* "" when the trace does not say */
    uint64_t time_ns; /* since the epoch */
    uint32_t pid, tid, seq, tick;
    union {
        struct event_runtime runtime;
        struct event_package package;
        struct event_provider provider;
        struct event_frame frame;
        struct event_label label;
        struct event_task_start task_start;
        struct event_task_seen task_seen;
        struct event_task_name task_name;
        struct event_task_over task_done;
        struct event_task_over task_end;
        struct event_scope_enter scope_enter;
        struct event_scope_exit scope_exit;
        struct event_scope_cancel scope_cancel;
        struct event_scope_deliver scope_deliver;
        struct event_task_cancel task_cancel;
        struct event_task_uncancel task_uncancel;
        struct event_runtime_end runtime_end;
        struct event_agent_error agent_error;
        struct event_agent_notice agent_notice;
        struct event_library library;
        struct event_detached detached;
        struct event_scope_past scope_past;
        struct event_request_seen request_seen;
        struct event_announced announced;
        struct event_task_look task_look;
        struct event_lost lost;
    };
};

#endif
