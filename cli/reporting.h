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
#include "preload/control.h"

struct control_census;
struct guard;
struct reporting;

/* Opens every output, so that a wrong name is told before a program runs. fallback: where reports go that were not
 * given a file; borrowed. NULL and error. */
struct reporting *reporting_open(const struct settings *settings, FILE *fallback, GError **error);
void reporting_free(struct reporting *reporting);

/* Reads and analyzes all traces as one. The guard is that of the child process that this runs in; NULL: none.
 * FALSE: nothing could be read; a report can be written all the same. Once. */
gboolean reporting_analyze(struct reporting *reporting, struct guard *guard, const char *const *traces,
                           GError **error);

/* The same with a live session (a URL), whose findings are written as they are made, each once, in the formats
 * that can (text, json). What is written after by reporting_write() is what remains: the other formats. */
gboolean reporting_follow(struct reporting *reporting, const char *url, gint64 duration_us, GError **error);

/* Says on stderr what a report would end with: notices and counts. After reporting_follow(). */
void reporting_tell_summary(const struct reporting *reporting);

/* LTTng's own count of lost events; what the trace says counts when it is higher. When there are any, a notice
 * tells what to do: advice. After reporting_analyze(). */
void reporting_add_loss(struct reporting *reporting, uint64_t discarded, const char *advice);

/* Nothing is analyzed: a report of what is added to it. Instead of reporting_analyze(). */
void reporting_skip_analysis(struct reporting *reporting);
/* Adds what a core file shows, beside the trace if one was analyzed. Borrowed to the end. */
void reporting_add_memory(struct reporting *reporting, struct last_moment *moment);

/* Counts as lost, and tells, which events the trace lacks at its end of processes that ended. After
 * reporting_analyze(), before reporting_add_loss(). */
void reporting_add_ended(struct reporting *reporting, const struct control_census *census);

/* Adds a sentence to the report's notices. After reporting_analyze(). */
void reporting_add_notice(struct reporting *reporting, const char *sentence);

/* Says of which of these no process had the class. After reporting_analyze(). */
void reporting_add_unseen(struct reporting *reporting, const struct control_classes *classes);

/* Of the analyzed trace. */
uint64_t reporting_events(const struct reporting *reporting);
uint64_t reporting_tasks(const struct reporting *reporting);
/* Whether there was a library whose tasks or scopes can be recorded: an attach loads the agent without one, too.
 */
bool reporting_anything_hooked(const struct reporting *reporting);
/* Without events: FALSE, and the error names what kept those in `trace` from being read, or says `otherwise`. */
gboolean reporting_require_events(const struct reporting *reporting, const char *trace, const char *otherwise,
                                  GError **error);
bool reporting_asyncio_seen(const struct reporting *reporting);
/* Whether the trace of some process ends before its interpreter did. */
bool reporting_is_cut(const struct reporting *reporting);
/* STATUS_FINDINGS when there are findings at or above --fail-on; STATUS_FAILED and error when events were lost and
 * --fail-on-loss was given; else STATUS_OK. */
int reporting_status(const struct reporting *reporting, GError **error);

/* Writes the reports; only those that were given a file of their own when files_only. */
gboolean reporting_write(struct reporting *reporting, bool files_only, GError **error);

#endif
