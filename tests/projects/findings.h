/* SPDX-License-Identifier: MIT */
/*
 * What a report says went wrong, in the words of a table's cell.
 *
 * Runs in: a test.
 */
#ifndef SCOPETRACE_TESTS_PROJECTS_FINDINGS_H
#define SCOPETRACE_TESTS_PROJECTS_FINDINGS_H

#include <glib.h>

struct findings {
    char *serious;    /* "5 `leaked-cancel` (74 times): anyio#551"; "none": no error and no warning */
    char *notes;      /* of the same kind; "": none */
    unsigned matched; /* errors and warnings of the issue that is expected */
    unsigned others;  /* the rest of them */
};

/* Reads the report; issue: the known one that is expected, or no name of one. False when there is no report. */
gboolean findings_read(struct findings *findings, const char *report_file, const char *issue);
void findings_clear(struct findings *findings);

#endif
