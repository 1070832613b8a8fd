/* SPDX-License-Identifier: MIT */
/*
 * One run of a part, plain or under `scopetrace run`.
 *
 * Runs in: a test, any thread.
 */
#ifndef SCOPETRACE_TESTS_TRANSPARENCY_TRIAL_H
#define SCOPETRACE_TESTS_TRANSPARENCY_TRIAL_H

#include "tests/transparency/suite.h"

enum manner { MANNER_PLAIN, MANNER_TRACED };

/* What scopetrace saw, added up. */
struct seen {
    gint64 tasks, scopes, events, lost;
};

void seen_add(struct seen *sum, const struct seen *more);

/* Where the report (JSON) of the last traced run of the part is. Owned by the caller. */
char *trial_report_file(const struct part *part);

/* The outcomes (owned); how the process itself ended is among them, under a name in parentheses. Everything that
 * the run wrote stays in BUILD/transparency/, the files of the last run of a part replacing those before. Adds
 * to *seen when traced. */
GHashTable *trial_run(const struct part *part, enum manner manner, struct seen *seen);

#endif
