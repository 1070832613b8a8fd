/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "analyzer/reports/report_formats.h"

const struct report_format report_formats[] = {
    {"text", "for people (default)", true, report_write_text, finding_write_text},
    {"json", "for programs: schema scopetrace-report/1", true, report_write_json, finding_write_json},
    {"junit", "JUnit XML: a failing test case per finding", false, report_write_junit, NULL},
    {"sarif", "SARIF 2.1.0, for code scanning", false, report_write_sarif, NULL},
    {"github", "annotations of a GitHub workflow", false, report_write_github, NULL},
    {"markdown", "a summary for a job or merge request page", false, report_write_markdown, NULL},
    {NULL, NULL, false, NULL, NULL},
};

const struct report_format *report_format_find(const char *name)
{
    for (const struct report_format *format = report_formats; format->name; format++)
        if (strcmp(format->name, name) == 0)
            return format;
    return NULL;
}
