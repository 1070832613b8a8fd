/* SPDX-License-Identifier: MIT */
/*
 * Who is who: serials for tasks and scopes, and what must be remembered of each between two hooks.
 *
 * A serial lives as long as its object; the table holds weak references only. The structs themselves come
 * from pools and are never freed: a pointer kept across Python code stays readable, its serial (0 when it
 * was given up, another when it was taken again) tells whether it still means the same.
 *
 * Runs in: the target, GIL held, inside py_work_begin/end (finalizers excepted).
 */
#ifndef SCOPETRACE_AGENT_IDENTITY_H
#define SCOPETRACE_AGENT_IDENTITY_H

#include <stdbool.h>
#include <stdint.h>

#include "preload/agent/providers/provider.h"
#include "preload/agent/python_api.h"
#include "preload/tables.h"

struct following;
struct raised;
struct scope;
struct task_class;

#define IDENTITY_NAME_BYTES 128u
#define IDENTITY_COROUTINE_BYTES 96u

/* Raises that differ in nothing but time, held back until the next power of two of their number. */
struct cancel_run {
    uint32_t total;         /* raises of this run so far; 0 = no run */
    uint32_t held;          /* of these, not emitted yet */
    uint32_t before, after; /* the counter around those held */
    uint8_t source;
    uint32_t stack;
    uint64_t scope, origin, by_task, via_task;
};

/* What each scope that is entered or left looks at comes first: a line of the processor's cache, and one more. */
struct task {
    uint64_t serial;
    PyObject *object; /* borrowed: the key; only weak tells whether it lives */
    PyObject *weak;   /* owned */
    const struct task_class *class;
    struct scope *innermost; /* open scopes, through `outer` */
    struct raised *raised;   /* newest first */
    uint32_t found_open;     /* of the open scopes, entered before the recording */
    uint32_t announced;      /* generation of task_start or task_seen; 0 = never */
    uint32_t scanned;        /* generation in which its scopes were looked for; 0 = never */
    uint32_t counter;        /* as last read, for who reads the tables from outside */
    bool ended;
    bool listed;  /* to be looked at (watch.h) */
    bool watched; /* and that at more than whether it is done */
    bool heard;   /* the object's end will be heard */
    bool done;    /* for who reads from outside, too, as are parent and coroutine */
    struct cancel_run run;
    struct task *next; /* in the pool's free list */
    struct task *watch_next, *watch_previous;
    uint64_t parent;
    PyObject *group_wait; /* borrowed, to compare: see watch_group_wait(); NULL = it does not */
    bool group_wait_told;
    uint32_t watched_since;         /* a number of looks */
    uint32_t examine_after;         /* so many looks since then */
    char name[IDENTITY_NAME_BYTES]; /* as last announced */
    char coroutine[IDENTITY_COROUTINE_BYTES];
};

struct scope {
    uint64_t serial;
    PyObject *object; /* borrowed: the key */
    PyObject *weak;   /* owned; NULL where none is needed or possible */
    const struct provider *provider;
    struct provider_state *state; /* the provider's */
    struct scope *next;           /* in the pool's free list */
    struct scope *outer, *inner;  /* the open scopes of the host task */
    struct task *host;            /* valid while host->serial == host_serial */
    uint64_t host_serial;
    struct scope *parent;   /* what the provider says encloses it; valid while its serial is: */
    uint64_t parent_serial; /* 0 = nothing */
    PyObject *maker;        /* borrowed: the code of the function that made it; NULL: not seen */
    uint64_t entered_ns;
    double deadline; /* seconds from the entry; infinity = none */
    uint32_t entry, enter_stack, enter_counter;
    uint32_t announced; /* generation in which this entry's scope_enter was emitted; 0 = never */
    bool open, shield, cancelled_before;
    bool cancel_said; /* a scope_cancel was emitted that still holds */
    bool heard;       /* the object's death will be heard without a weak reference */
    bool gone;        /* the object is being destroyed */
    bool found_open;  /* entered before the recording: its exit may bypass the hooks */
    struct following
        *leaving; /* the end of its exit will be heard, be it after the object's death; NULL: not so */
    /* deliveries, coalesced */
    uint64_t deliver_origin;
    uint32_t deliver_total, deliver_held;
    /* the cancel that cancel_said is about, for who reads the tables from outside; 0 = unseen */
    uint64_t cancelled_ns, cancelled_by;
    struct tables_cancel cancelled;
    /* how this entry was left, when a request was open then or the scope was cancelled; 0 = it was not */
    struct {
        uint64_t exited_ns;
        uint32_t counter, stack;
        uint8_t exception_in, outcome;
    } left;
};

/* 0, or -1 with no exception set. */
int identity_setup(void);

/* The task's record, made (not announced) if there is none. NULL: out of memory, or not a task. */
struct task *identity_task(PyObject *object);
/* A new object at this address: forgets what lived there before. */
struct task *identity_new_task(PyObject *object);
struct task *identity_find_task(PyObject *object);
/* The object is being finalized. The record stays for a while: coroutines that are destroyed along with it
 * still exit their scopes. */
void identity_end_task(struct task *task);

/* The scope's record, made if there is none. NULL: out of memory. */
struct scope *identity_scope(PyObject *object, const struct provider *provider);
/* The same when the object is being entered or cancelled: not by one that is being destroyed. */
struct scope *identity_living_scope(PyObject *object, const struct provider *provider);
struct scope *identity_find_scope(PyObject *object);
/* The host task's record, NULL when it is gone or unknown. */
struct task *identity_host(const struct scope *scope);

/* The open scopes of a task. */
void identity_open_scope(struct scope *scope, struct task *host);
void identity_close_scope(struct scope *scope);
/* The same at its exit: nobody hears when an object without weak references dies, so it may be dead from now on.
 */
void identity_leave_scope(struct scope *scope);

/* The object is being destroyed; see death.h. What its destruction still calls finds its record for a while. */
void identity_scope_dies(PyObject *object);
/* A recording begins: gives up the records of tasks that are gone. What was born at their addresses meanwhile,
 * unheard, would be taken for them. */
void identity_drop_dead(void);
/* Nobody has told what died since the hooks were removed: gives up the records of scopes whose death was to be
 * heard. */
void identity_stop_hearing(void);

/* Calls back for each living task's record. */
void identity_each_task(void (*visit)(struct task *task, void *data), void *data);
/* The records in use (struct task, struct scope), those of the dead among them: to be freed; NULL without memory.
 * They may be given up meanwhile; none is ever freed. */
void **identity_tasks(uint32_t *ret_count);
void **identity_scopes(uint32_t *ret_count);
/* Marks every open scope as closed: nothing is known of what happened while no session was there. */
void identity_close_all(void);

/* Any thread, no GIL: the interpreter is gone, and with it all objects. Serials go on. */
void identity_forget(void);

extern struct tables_list identity_task_table, identity_scope_table;

#endif
