/* SPDX-License-Identifier: MIT */
/*
 * Sessions that were made by hand and do not record all that the analysis needs: what is missing is told, or
 * "nothing found" would be believed.
 *
 * Runs in: the command, and babeltrace2 itself.
 */
#ifndef SCOPETRACE_SOURCES_MISSING_EVENTS_H
#define SCOPETRACE_SOURCES_MISSING_EVENTS_H

#include "analyzer/sources/source.h"

/* A set of enum event_kind. */
#define MISSING_EVENTS_BIT(kind) (UINT64_C(1) << (kind))

/* Of what a trace may record, what the analysis cannot do without and the trace does not have. */
uint64_t missing_events_of(uint64_t recorded);

/* Adds a sentence for these; none for none. */
void missing_events_note(uint64_t missing, struct source_notes *notes);

#endif
