/* SPDX-License-Identifier: MIT */
/*
 * A baseline: the findings that a project had when it was written. They pass; others do not.
 *
 * JSON, schema scopetrace-baseline/1, without line numbers and machine names, sorted: it changes only when the
 * findings do. Findings are told apart by their fingerprint and, where several share one (two leaks in one
 * function), counted.
 *
 * Runs in: the command. Pure. Single-threaded.
 */
#ifndef SCOPETRACE_POLICY_BASELINE_H
#define SCOPETRACE_POLICY_BASELINE_H

#include <stdbool.h>

#include "analyzer/core/report.h"

struct baseline;

/* Reads a file's text; name is the file's, for messages. NULL and error. */
struct baseline *baseline_parse(const char *name, const char *text, GError **error);
/* NULL is accepted. */
void baseline_free(struct baseline *baseline);

/* Whether the finding is one of those; uses one up. */
bool baseline_match(struct baseline *baseline, const struct finding *finding);

/* Adds a sentence to remarks (char *) for each entry that no finding used up, up to a limit. */
void baseline_report(const struct baseline *baseline, GPtrArray *remarks);

/* The text of a baseline of these findings (const struct finding *). Newly allocated. */
char *baseline_text(const GPtrArray *findings, const char *root);

#endif
