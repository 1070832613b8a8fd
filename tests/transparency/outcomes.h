/* SPDX-License-Identifier: MIT */
/*
 * What the tests of one run came to: names → outcomes. Read from the JUnit file that regrtest and pytest write.
 *
 * Runs in: a test. Outcomes are one of the constants below or interned strings: compare pointers.
 */
#ifndef SCOPETRACE_TESTS_TRANSPARENCY_OUTCOMES_H
#define SCOPETRACE_TESTS_TRANSPARENCY_OUTCOMES_H

#include <glib.h>

#define OUTCOME_PASSED "passed"
#define OUTCOME_FAILED "failed"
#define OUTCOME_SKIPPED "skipped"
/* Of a test that the other run has and this one has not. */
#define OUTCOME_ABSENT "absent"

/* Adds what the file says; a name that comes twice counts by its worst outcome. False with `error` set. */
gboolean outcomes_read(GHashTable *outcomes, const char *junit_file, GError **error);

/* Empty: char* (owned) → const char* (interned). Free with g_hash_table_unref(). */
GHashTable *outcomes_new(void);
void outcomes_put(GHashTable *outcomes, const char *name, const char *outcome);
/* OUTCOME_ABSENT when there is no such test. */
const char *outcomes_get(GHashTable *outcomes, const char *name);
unsigned outcomes_count(GHashTable *outcomes, const char *outcome);

#endif
