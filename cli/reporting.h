/* SPDX-License-Identifier: MIT */
/*
 * From a trace to the reports that were asked for: opens the outputs, reads and analyzes the trace, writes.
 *
 * Runs in: the command. Single-threaded. Owns its files and the analysis.
 */
#ifndef SCOPETRACE_CLI_REPORTING_H
#define SCOPETRACE_CLI_REPORTING_H

#include <stdbool.h>
#include <stdio.h>

#include "cli/options.h"

struct reporting;

/* Opens every output, so that a wrong name is told before a program runs. fallback: where reports go that were not
 * given a file; borrowed. NULL and error. */
struct reporting *reporting_open(const struct settings *settings, FILE *fallback, GError **error);
void reporting_free(struct reporting *reporting);

/* Reads and analyzes all traces as one. FALSE: nothing could be read; a report can be written all the same. Once.
 */
gboolean reporting_analyze(struct reporting *reporting, const char *const *traces, GError **error);

/* Adds a sentence to the report's notices. After reporting_analyze(). */
void reporting_add_notice(struct reporting *reporting, const char *sentence);

/* Of the analyzed trace. */
uint64_t reporting_events(const struct reporting *reporting);
uint64_t reporting_lost_events(const struct reporting *reporting);
bool reporting_asyncio_seen(const struct reporting *reporting);
/* Whether there are findings at or above --fail-on. */
bool reporting_failed(const struct reporting *reporting);

/* Writes the reports; only those that were given a file of their own when files_only. */
gboolean reporting_write(struct reporting *reporting, bool files_only, GError **error);

#endif
