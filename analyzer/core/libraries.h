/* SPDX-License-Identifier: MIT */
/*
 * What is loaded where in a traced process: which file a native address lies in.
 *
 * Runs in: the command. Internal to analyzer/core. Bounded: of a process that loads without end, the newest count.
 */
#ifndef SCOPETRACE_CORE_LIBRARIES_H
#define SCOPETRACE_CORE_LIBRARIES_H

#include "analyzer/core/model.h"

void libraries_init(struct world *world);
void libraries_free(struct world *world);

/* What is announced anew takes the place of what lay there. */
void libraries_add(struct world *world, const struct event_library *event);

/* A native stack as the report has it: `count` frames, to be freed with their strings. addresses: innermost first.
 */
struct native_frame *libraries_name(const struct world *world, const uint64_t *addresses, uint32_t count);

#endif
