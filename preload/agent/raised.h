/* SPDX-License-Identifier: MIT */
/*
 * What raised the counter of a task since it was last zero: not for the events of the moment, which say it when it
 * happens, but for those who come later. A flight recorder's turn, or the next piece of a trace, is told the
 * requests that are open (request_seen), and whoever reads the memory of a process that died finds them
 * (preload/tables.h).
 *
 * It is no ledger. Which of them an uncancel() took back is said by its scope where it has one of its own; else
 * one is chosen, and the others are in doubt from then on.
 *
 * Runs in: the target, GIL held. Records come from a pool and are never freed. A task has a bounded number of
 * them; of one that is cancelled by many, the oldest are kept.
 */
#ifndef SCOPETRACE_AGENT_RAISED_H
#define SCOPETRACE_AGENT_RAISED_H

#include <stdbool.h>
#include <stdint.h>

#include "preload/agent/seldom.h"
#include "preload/tables.h"
#include "tracepoints/events.h"

#define RAISED_TEXT_BYTES 64u

struct provider;
struct scope;
struct task;

/* A scope that has been left; exited_ns 0: it has not. */
struct raised_past {
    uint64_t exited_ns, entered_ns, cancelled_ns, cancelled_by, host;
    const struct provider *provider;
    uint32_t entry, counter, after, enter_stack, exit_stack;
    struct tables_cancel cancelled;
    uint8_t exception_in, outcome;
};

struct raised {
    struct raised *next; /* older; in the pool: the next free one */
    uint64_t scope, origin, by_task, via_task, raised_ns;
    uint32_t stack, count;
    uint32_t tid, tick, last_tick; /* of the first, and of the newest */
    uint8_t source;                /* enum request_source */
    bool doubtful;                 /* another may have been taken back in its place */
    bool ran_on;                   /* the task went on after the origin had been left */
    struct raised_past past;       /* the origin */
    char by_name[RAISED_TEXT_BYTES], message[RAISED_TEXT_BYTES];
};

/* A Task.cancel() was accepted: task->run says which. by: the task that called it; NULL: none. origin: the scope
 * whose serial the run names, NULL: none, or not known. message: NULL: none. */
void raised_add(struct task *task, const struct task *by, const struct scope *origin, const char *message);
/* The counter fell to `counter` by an operation of this scope; 0: of none. */
void raised_take_back(struct task *task, uint64_t scope, uint8_t source, uint32_t counter);
/* The task is forgotten, or its counter was not followed for a while. */
void raised_forget(struct task *task);

/* The task has entered a scope; has left one, as the event says. */
SELDOM void raised_entered(struct task *task, const struct scope *scope);
SELDOM void raised_left(struct task *task, const struct scope *scope, const struct st_scope_exit *event);

/* Units of the counter that its records speak of; and tells them. */
uint32_t raised_units(const struct task *task);
void raised_say(const struct task *task);

extern struct tables_list raised_table;

#endif
