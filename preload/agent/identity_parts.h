/* SPDX-License-Identifier: MIT */
/*
 * What the two files of identity.h have in common: identity.c (tasks) and identity_scope.c.
 *
 * Runs in: the target, GIL held unless it says otherwise.
 */
#ifndef SCOPETRACE_AGENT_IDENTITY_PARTS_H
#define SCOPETRACE_AGENT_IDENTITY_PARTS_H

#include "preload/agent/pointer_map.h"
#include "preload/agent/seldom.h"
#include "preload/tables.h"

/* Records that are made at a time. */
#define IDENTITY_SLAB 256u

/* The items of a table (preload/tables.h) that are the values of a map. */
#define IDENTITY_ITEMS(map)                                                                                       \
    .items = &(map).slots, .count = &(map).capacity, .stride = sizeof(struct pointer_map_slot), .is_indirect = 1, \
    .at = offsetof(struct pointer_map_slot, value)

/* Without its record a task or scope could not be followed: what is said of the others would be wrong. NULL. */
SELDOM void *identity_lack_memory(void);

/* identity_stop_hearing() and identity_forget(), of scopes. */
void identity_stop_hearing_scopes(void);
void identity_forget_scopes(void);

#endif
