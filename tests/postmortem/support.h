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
/* A copy of PYTHON there that no other machine has, nor this one its debug information: with a build-id of its
 * own. */
void support_copy_python(const char *path);
/* Removes it with all that is below it. */
void support_remove(const char *path);

/* Runs the command to its end with a report to be read; arguments: NULL-terminated, "-f json=…" is added behind
 * the first. ret_outcome: NULL: not wanted, and the status must be 0 or 1. Fails the test when there is no report.
 * To be unreferenced. */
json_t *support_report(const char *const *arguments, struct outcome *ret_outcome);

/* The same, but NULL when there is none, and no word of why. */
json_t *support_try_report(const char *const *arguments);

/* A number of report["summary"]. */
json_int_t support_summary(const json_t *report, const char *key);
/* Fails, with what was found, when anything was. */
void support_no_findings(const json_t *report);
void support_no_findings_but_of(const json_t *report, const char *rule);
/* Findings of this rule. */
size_t support_count(const json_t *report, const char *rule);
/* The only finding of this rule: fails when there is none, or more. */
const json_t *support_finding(const json_t *report, const char *rule);

/* The only one of this rule on a task of this name. */
const json_t *support_finding_on(const json_t *report, const char *rule, const char *task);

/* What a command leaves in the test's folder when it is killed together with its keeper. */
void support_remove_leftovers(void);

/* The process of this name that runs for this test (its TMPDIR), waited for. */
pid_t support_process(const char *name);

/* The command around steady.py, whose input is held open by `input`: "ready" has come. */
struct steady {
    struct running running;
    int input;
};

/* Tasks of the program up to its "ready": the main one, the forgotten one, one a round. */
#define STEADY_TASKS 202

/* The same around another program, which has said that it is ready. */
struct steady support_start(const char *script, const char *ready, const char *verb, const char *option,
                            const char *value);
struct steady steady_start(const char *verb, const char *option, const char *value);
/* The program goes on and ends as ever; then command_finish(). */
void steady_end(struct steady *steady);

/* Names of processes, as of support_process(), and one that stands for the command. */
#define DAEMON "lttng-sessiond"
#define CONSUMER "lttng-consumerd"
#define KEEPER "scopetrace-keep"
#define COMMAND_ITSELF "command"
/* By SIGKILL, all at once as far as they can tell: none reacts to the death of another. NULL-terminated. */
void steady_kill(const struct steady *steady, const char *const *victims);

/* Fails, showing text, unless it holds part, wherever its lines were broken. */
void assert_holds(const char *text, const char *part);
void assert_holds_not(const char *text, const char *part);

#endif
