/* SPDX-License-Identifier: MIT */
/*
 * How the events of one class of a trace become ours. A plan is made at the first event of a class, so that no
 * name is looked up after.
 *
 * Runs in: the command, and babeltrace2 itself. Single-threaded.
 */
#ifndef SCOPETRACE_BABELTRACE_PLAN_H
#define SCOPETRACE_BABELTRACE_PLAN_H

#include <babeltrace2/babeltrace.h>
#include <glib.h>
#include <stdbool.h>

#include "analyzer/core/event.h"

#define PLAN_PROVIDER_PREFIX "scopetrace:"

struct plan;

/* NULL: the class is not of ours. Of a kind that this version does not know, an EVENT_UNKNOWN is made. */
struct plan *plan_new(const bt_event_class *class);
/* A GDestroyNotify; NULL is accepted. */
void plan_free(void *plan);

/* Fills in all but host and time. Native addresses are a block that is added to `addresses` (uint64_t *, which the
 * array must free). True: some string is the source's. */
bool plan_decode(struct plan *plan, const bt_event *source, GPtrArray *addresses, struct event *ret_event);

#endif
