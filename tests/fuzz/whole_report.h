/* SPDX-License-Identifier: MIT */
/*
 * What every fuzz target does with its events: an analysis, a policy, and all formats of the report.
 *
 * Runs in: the fuzz targets.
 */
#ifndef SCOPETRACE_TESTS_WHOLE_REPORT_H
#define SCOPETRACE_TESTS_WHOLE_REPORT_H

#include <stdint.h>

#include "analyzer/core/analysis.h"

/* The bits of `choices` choose options and style. */
struct analysis *whole_report_begin(uint8_t choices);
/* An event_handler whose context is the analysis. */
void whole_report_feed(void *analysis, const struct event *event);
/* An event_forecast of the same context. */
void whole_report_expect(void *analysis, const struct event *events, size_t count);
/* Writes the report, applies a policy, writes it again, in every format; frees the analysis. */
void whole_report_end(struct analysis *analysis, uint8_t choices);

#endif
