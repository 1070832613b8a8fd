/* SPDX-License-Identifier: MIT */
/*
 * What raised the counter of a task since it was last zero: not for the events, which say it when it happens, but
 * for whoever reads the memory of a process that died (preload/tables.h).
 *
 * It is no ledger: which of them an uncancel() took back is said by its scope where it has one of its own, else
 * the newest goes.
 *
 * Runs in: the target, GIL held. Records come from a pool and are never freed. A task has a bounded number of
 * them; of one that is cancelled by many, the oldest are kept.
 */
#ifndef SCOPETRACE_AGENT_RAISED_H
#define SCOPETRACE_AGENT_RAISED_H

#include <stdint.h>

#include "preload/tables.h"

struct task;

struct raised {
    struct raised *next; /* older; in the pool: the next free one */
    uint64_t scope, origin, by_task, via_task, raised_ns;
    uint32_t stack, count;
    uint8_t source; /* enum request_source */
};

/* A Task.cancel() was accepted: task->run says which. */
void raised_add(struct task *task);
/* The counter fell to `counter` by an operation of this scope; 0: of none. */
void raised_take_back(struct task *task, uint64_t scope, uint32_t counter);
/* The task is forgotten, or its counter was not followed for a while. */
void raised_forget(struct task *task);

extern struct tables_list raised_table;

#endif
