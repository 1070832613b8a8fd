/* SPDX-License-Identifier: MIT */
/*
 * Recorders around busy.py, and what their reports must say of it.
 *
 * Runs in: the tests. Whatever does not hold fails the test.
 */
#ifndef SCOPETRACE_TESTS_POSTMORTEM_BUSY_H
#define SCOPETRACE_TESTS_POSTMORTEM_BUSY_H

#include "tests/postmortem/support.h"

#define RING "256k"

/* A command with these options around `busy.py HOW`, which has said `until`. */
struct running busy_start(const char *const *options, const char *how, const char *until);
/* The program ends as ever. Returns the command's status. */
int busy_finish(struct running *running);

/* Of what is open at the end: the task of this name or coroutine, and the only scope that it is in. */
const json_t *busy_task(const json_t *report, const char *name);
const json_t *busy_only_scope(const json_t *task);

/* The innermost frame of this moment is there: a program's function. */
void assert_at(const json_t *moment, const char *file, const char *function);
/* No fault was made but that of the tasks that resist; and requests may have been there before. */
void assert_nothing_invented(const json_t *report);

#endif
