/* SPDX-License-Identifier: MIT */
/*
 * How long a task ran on after a request was delivered to it, in iterations of its event loop.
 *
 * Runs in: the command. Internal to analyzer/rules.
 */
#ifndef SCOPETRACE_RULES_PATIENCE_H
#define SCOPETRACE_RULES_PATIENCE_H

#include "analyzer/core/model.h"

/* A worker that returns at once when cancelled is done two or three iterations later. */
#define PATIENCE_TICKS 3

/* The last iteration in which the task is known to have lived; false when that is unknown. */
bool patience_end(const struct world *world, const struct task *task, uint32_t *ret_tick);

/* Whether the task lived on beyond the delivery of request, up to the iteration `end`. False also when the
 * iterations are not known: nobody counts them, or they are another thread's. */
bool patience_exceeded(const struct task *task, const struct request *request, uint32_t end);

/* Whether that is where a task waited: asyncio.wait_for() up to Python 3.11. */
bool patience_in_old_wait_for(struct world *world, struct stack_id waiting);

/* Condition.wait() stops the error until it has its lock again, and on 3.11 and 3.12 keeps no more than a flag. */
bool patience_remembers(struct world *world, struct stack_id waiting);

/* Children that end at once when their group is cancelled have done so that many iterations later, and the group
 * goes on. */
#define GROUP_TICKS 3u

/* The host of a group that was left before the wait for the children, as AnyIO does up to 4.5, and whose scope
 * that cancelled in that wait; NULL: it is none. */
const struct task *patience_in_group_exit(struct world *world, const struct scope *scope,
                                          const struct mark *cancelled);
/* Whether what came then goes no further. */
bool patience_group_stops(const struct world *world, const struct scope *scope);

#endif
