/* SPDX-License-Identifier: MIT */
/*
 * The analysis: events in, report out. One pass in time order, memory bounded by what is alive plus one
 * group per cause.
 *
 * Runs in: the command. Pure: no I/O, no clock, no environment. Single-threaded; one analysis per thread.
 */
#ifndef SCOPETRACE_CORE_ANALYSIS_H
#define SCOPETRACE_CORE_ANALYSIS_H

#include <stddef.h>

#include "analyzer/core/event.h"
#include "analyzer/core/report.h"

struct analysis_options {
    bool strict; /* list direct requests too */
    bool tree;   /* keep every task for the report, not only those that findings speak of */
    bool still;  /* what is fed is a picture of one moment: what is open in it is told though nothing happens */
    /* the project's folder: its files are told apart by their paths in it, else by those below the folder that the
     * program ran in; NULL: none. Borrowed until analysis_free() */
    const char *root;
};

struct analysis;

/* Never NULL (GLib aborts on lack of memory). The options are copied. */
struct analysis *analysis_new(const struct analysis_options *options);

/* Borrows the event. Never fails: what contradicts earlier events lowers the confidence. */
void analysis_feed(struct analysis *analysis, const struct event *event);

/* What these events will need is fetched into the processor's cache; kind may be EVENT_KINDS: no event. Changes
 * nothing. */
void analysis_expect(const struct analysis *analysis, const struct event *events, size_t count);

/* The findings that were made so far, by number (0, 1 …) in the order in which they were made; NULL: there are
 * less. More of the same only raises a finding's count, and what came of it is added. Before analysis_finish().
 * Borrowed. */
struct finding *analysis_finding(const struct analysis *analysis, guint number);

/* No more events will come: settles what is still open, which may make findings. Idempotent. */
void analysis_settle(struct analysis *analysis);

/* Ends the trace, settled or not. The report is borrowed, valid until analysis_free(). Once. */
const struct report *analysis_finish(struct analysis *analysis);

/* NULL is accepted. */
void analysis_free(struct analysis *analysis);

#endif
