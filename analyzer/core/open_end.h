/* SPDX-License-Identifier: MIT */
/*
 * What was open in a process at the moment at which its trace ends: tasks, their scopes and counters, and who was
 * cancelling whom.
 *
 * Runs in: the command. Internal to analyzer/core. Bounded: the first tasks and scopes of a process are listed.
 */
#ifndef SCOPETRACE_CORE_OPEN_END_H
#define SCOPETRACE_CORE_OPEN_END_H

#include "analyzer/core/model.h"

/* Adds the world's open end to the report unless nothing was open, or nothing ever happened in it (a child made by
 * fork has copies of its parent's tasks, which never run). tasks: struct task *, all of the world, by birth. */
void open_end_add(struct world *world, const GPtrArray *tasks);

#endif
