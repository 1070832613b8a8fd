/* SPDX-License-Identifier: MIT */
/*
 * Report formats: one file each, one line in the table of formats.c.
 *
 * Runs in: the command.
 */
#ifndef SCOPETRACE_REPORTS_FORMAT_H
#define SCOPETRACE_REPORTS_FORMAT_H

#include <glib.h>
#include <stdbool.h>
#include <stdio.h>

#include "analyzer/core/report.h"

/* How the output is to look; not every format uses all of it. */
struct report_style {
    unsigned width; /* columns, 0 = do not wrap */
    bool colour;    /* escape sequences allowed: only on a terminal */
    bool tree;      /* the scope tree of every task, not only of those in findings */
    bool strict;
    int verbosity;    /* -1 quiet, 0, 1 verbose */
    const char *root; /* paths are shown relative to this folder; NULL: as they are */
    /* The page of documentation of a rule, Markdown, borrowed; NULL: there is none, or nobody who knows. */
    const char *(*rule_page)(const char *rule);
};

struct report_format {
    const char *name;    /* as given to -f */
    const char *summary; /* for --help */
    bool tree;           /* shows what style->tree asks for */
    /* FALSE with error set (errno's text) when out cannot be written. */
    gboolean (*write)(const struct report *report, const struct report_style *style, FILE *out, GError **error);
    /* One finding as it is made, by itself; NULL: the format has no such thing. */
    gboolean (*write_finding)(const struct finding *finding, const struct report_style *style, FILE *out,
                              GError **error);
};

/* NULL-name terminated. */
extern const struct report_format report_formats[];
/* NULL: no such format. */
const struct report_format *report_format_find(const char *name);

#endif
