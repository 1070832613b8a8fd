/* SPDX-License-Identifier: MIT */
/*
 * The writers of the formats, one per file; named in the table of formats.c.
 *
 * Runs in: the command.
 */
#ifndef SCOPETRACE_REPORTS_REPORT_FORMATS_H
#define SCOPETRACE_REPORTS_REPORT_FORMATS_H

#include "analyzer/reports/format.h"

typedef gboolean report_writer(const struct report *report, const struct report_style *style, FILE *out,
                               GError **error);

typedef gboolean finding_writer(const struct finding *finding, const struct report_style *style, FILE *out,
                                GError **error);

finding_writer finding_write_text;
finding_writer finding_write_json;

report_writer report_write_text;
report_writer report_write_json;
report_writer report_write_junit;
report_writer report_write_sarif;
report_writer report_write_github;
report_writer report_write_markdown;

#endif
