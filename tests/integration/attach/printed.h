/* SPDX-License-Identifier: MIT */
/*
 * The events of a trace, as babeltrace2 prints them: one a line. What fails, fails the test.
 *
 * Runs in: the tests. Single-threaded.
 */
#ifndef SCOPETRACE_TESTS_ATTACH_PRINTED_H
#define SCOPETRACE_TESTS_ATTACH_PRINTED_H

#include <glib.h>

/* NULL-terminated, to be freed. */
char **printed_events(const char *trace);

/* A set of what the events of a kind ("scopetrace:task_seen:") have in a field: new. */
GHashTable *printed_values(char **events, const char *kind, const char *field);

/* Each task that is cancelled, and each scope, was told of before: how many were. */
guint printed_told_before(char **events);

#endif
