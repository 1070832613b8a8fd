/* SPDX-License-Identifier: MIT */
/*
 * Names of native functions, found after the fact and on any machine: by the build-id that the trace has of each
 * library. Looked for are the library itself where the trace says it was, what the given folders hold, and the
 * places where distributions put debug symbols (DEBUGINFOD_URLS is heeded as by other users of elfutils).
 *
 * Runs in: the command. Single-threaded. Opens files whose names come from the trace: regular ones only, and none
 * of another build-id counts.
 */
#ifndef SCOPETRACE_SYMBOLS_SYMBOLS_H
#define SCOPETRACE_SYMBOLS_SYMBOLS_H

#include <glib.h>
#include <stdbool.h>

#include "analyzer/core/report.h"

struct symbols;

/* folders: const char *, searched first: each may hold a tree .build-id/, the files under their whole path, or
 * under their bare name. Borrowed. */
struct symbols *symbols_new(const GPtrArray *folders);
/* NULL is accepted. */
void symbols_free(struct symbols *symbols);

/* Fills in native_frame.function where it can be known. */
void symbols_name(struct symbols *symbols, struct native_frame *frames, uint32_t count);
/* The same for all that the report holds. */
void symbols_name_report(struct symbols *symbols, const struct report *report);

/* Whether there was a frame to be named so far. */
bool symbols_were_wanted(const struct symbols *symbols);

/* Adds to notices (char *) what could not be named so far, and why: a sentence for each library, the first few. */
void symbols_explain(const struct symbols *symbols, GPtrArray *notices);

#endif
