/* SPDX-License-Identifier: MIT */
/*
 * What the tests of crashed, streamed and far-away programs share: programs of tests/postmortem/programs/,
 * folders, reports as JSON.
 *
 * Runs in: the tests.
 */
#ifndef SCOPETRACE_TESTS_POSTMORTEM_SUPPORT_H
#define SCOPETRACE_TESTS_POSTMORTEM_SUPPORT_H

#include <glib.h>
#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/integration/command.h"

#define PYTHON "/usr/bin/python3"

/* The path of a program; a path below the test's own folder. To be freed. */
char *support_program(const char *name);
char *support_path(const char *name);
/* Removes it with all that is below it. */
void support_remove(const char *path);

/* Runs the command to its end with a report to be read; arguments: NULL-terminated, "-f json=…" is added behind
 * the first. ret_outcome: NULL: not wanted, and the status must be 0 or 1. Fails the test when there is no report.
 * To be unreferenced. */
json_t *support_report(const char *const *arguments, struct outcome *ret_outcome);

/* A number of report["summary"]. */
json_int_t support_summary(const json_t *report, const char *key);
/* Findings of this rule. */
size_t support_count(const json_t *report, const char *rule);
/* The only finding of this rule: fails when there is none, or more. */
const json_t *support_finding(const json_t *report, const char *rule);

/* What a command leaves in the test's folder when it is killed together with its keeper. */
void support_remove_leftovers(void);

/* The process of this name that runs for this test (its TMPDIR), waited for. */
pid_t support_process(const char *name);

/* Fails, showing text, unless it holds part, wherever its lines were broken. */
void assert_holds(const char *text, const char *part);
void assert_holds_not(const char *text, const char *part);

#endif
