/* SPDX-License-Identifier: MIT */
/*
 * The ledger of a task: its open requests in the order they were raised, and whose a take-back is.
 *
 * Runs in: the command. Internal to analyzer/core and analyzer/rules.
 */
#ifndef SCOPETRACE_CORE_LEDGER_H
#define SCOPETRACE_CORE_LEDGER_H

#include "analyzer/core/model.h"

/* A new request with nothing known but its task; not in the ledger yet. */
struct request *request_new(struct task *task, enum request_source source, uint32_t count);
/* NULL is accepted. It must not be in a ledger. */
void request_free(struct request *request);

/* The ledger takes the request over. Many alike from the same code are folded into one with a count: the
 * returned request is the one that now holds the units. */
struct request *ledger_raise(struct task *task, struct request *request);

/* The same for one that was raised before the trace began: it takes the place of as many units of which nothing
 * was known. NULL: there are none, and it is freed. */
struct request *ledger_reveal(struct task *task, struct request *request);

/* Takes one unit of request out of the ledger and returns it, for the caller to free or raise again. */
struct request *ledger_take(struct task *task, struct request *request);

/* Chooses whose unit goes and says so in take_back->verdict and ->victim; takes nothing. */
void ledger_judge(struct world *world, struct take_back *take_back);

/* The same for a theft whose taker turns out to have been cancelled itself. */
void ledger_expired(struct take_back *take_back);

/* Makes the ledger agree with a counter that was read. Returns whether it did already. */
bool ledger_agree(struct world *world, struct task *task, uint32_t counter);

void ledger_clear(struct task *task);

/* The request came from a scope that another task entered: it ends with this task. */
bool request_is_foreign(const struct request *request);

/* Whether it or its origin is older than a gap of the trace. */
bool request_uncertain(const struct world *world, const struct request *request);

/* Passed on by a task that itself was cancelled directly, and learns of that only when this one ends. */
bool request_is_waited_for(const struct request *request);

/* Whether the task has an open request of a foreign scope: it is being ended by its group. */
bool task_is_dying(const struct task *task);

#endif
