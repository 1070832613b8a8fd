/* SPDX-License-Identifier: MIT */
/*
 * Hand-made reports for the tests of the formats, and comparison with golden files.
 *
 * Runs in: the tests. Everything lives to the end of the test program.
 */
#ifndef SCOPETRACE_TESTS_REPORT_FIXTURE_H
#define SCOPETRACE_TESTS_REPORT_FIXTURE_H

#include <stdio.h>

#include "analyzer/core/rule.h"
#include "analyzer/reports/format.h"

/* The leak of AnyIO #716 as a report has it: one finding, one task with two scopes. */
struct report *fixture_leak(void);
/* The same with hostile text in every string, several processes, all levels, unknown values. */
struct report *fixture_hostile(void);
/* Nothing found. */
struct report *fixture_clean(void);
/* Nothing found, and the trace ends in the middle of five processes. */
struct report *fixture_cut(void);

/* What the format makes of the report; owned by the caller. */
char *fixture_write(const char *format, const struct report *report, const struct report_style *style);

/* Fails the test unless text is what tests/golden/NAME holds. With UPDATE_GOLDEN set, writes it instead. */
void fixture_assert_golden(const char *name, const char *text);

#endif
