/* SPDX-License-Identifier: MIT */
/*
 * The root that leads whoever reads this process from outside to the agent's tables: see preload/tables.h.
 *
 * Runs in: the target.
 */
#ifndef SCOPETRACE_AGENT_TABLES_H
#define SCOPETRACE_AGENT_TABLES_H

#include <stdint.h>

/* Where the emission keeps these; valid for the life of the process. */
void tables_bind(const uint32_t *pid, const uint32_t *events, const int *enabled);

#endif
