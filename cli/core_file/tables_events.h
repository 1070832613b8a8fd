/* SPDX-License-Identifier: MIT */
/*
 * The agent's tables as events: what a recording that began at this moment would announce first, and then the
 * cancels that are still in effect, in the order of their time. So whatever reads traces reads tables.
 *
 * Runs in: the command.
 */
#ifndef SCOPETRACE_CORE_FILE_TABLES_EVENTS_H
#define SCOPETRACE_CORE_FILE_TABLES_EVENTS_H

#include "analyzer/sources/source.h"
#include "cli/core_file/tables.h"

/* moment_ns: when the tables were left as they are. What was at a time that the agent did not note has this one,
 * and nothing else has. */
void tables_tell(struct tables *tables, uint64_t moment_ns, event_handler handler, void *context);

#endif
