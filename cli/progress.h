/* SPDX-License-Identifier: MIT */
/*
 * Tells whoever waits at a terminal how far the reading of a long trace is: one line on standard error, drawn over
 * and over, gone at the end. Nothing where standard error is no terminal, and nothing in the first two seconds.
 *
 * Runs in: the command. Functions accept NULL: nothing to tell.
 */
#ifndef SCOPETRACE_CLI_PROGRESS_H
#define SCOPETRACE_CLI_PROGRESS_H

#include "analyzer/core/event.h"
#include "analyzer/sources/source.h"

struct progress;

/* NULL: nobody waits at a terminal. The notes are borrowed; when the trace begins and ends is read there. */
struct progress *progress_new(struct source_notes *notes);
/* Takes the line away. */
void progress_free(struct progress *progress);

/* One more event. */
void progress_step(struct progress *progress, const struct event *event);

#endif
