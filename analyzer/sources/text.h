/* SPDX-License-Identifier: MIT */
/*
 * The text event source: a trace written by hand, one event per line (docs/text-events.md). For tests, and
 * for showing somebody a history.
 *
 * Runs in: the command.
 */
#ifndef SCOPETRACE_SOURCES_TEXT_H
#define SCOPETRACE_SOURCES_TEXT_H

#include "analyzer/sources/source.h"

/* Reads the lines of `text` (need not end in NUL) as text_source does a file's; name appears in notes and
 * errors. Lines that say nothing sensible are noted and skipped; FALSE when none does. */
gboolean text_read(const char *text, size_t length, const char *name, event_handler handler, void *context,
                   struct source_notes *notes, GError **error);

#endif
