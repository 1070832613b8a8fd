/* SPDX-License-Identifier: MIT */
/*
 * How reports write the path of a place (analyzer/core/place.h).
 *
 * Runs in: the command. Results are as untrusted as the trace: unescaped.
 */
#ifndef SCOPETRACE_REPORTS_PLACE_H
#define SCOPETRACE_REPORTS_PLACE_H

#include "analyzer/core/place.h"
#include "analyzer/reports/format.h"

/* The frame's file as place_relative() has it, with style->root. Newly allocated. */
char *place_path(const struct stack_frame *frame, const struct report_process *process,
                 const struct report_style *style);

/* The same for people: of a library's file what follows site-packages, of the standard library's what follows
 * its folder; with style->verbosity > 0 the whole. Newly allocated. */
char *place_short_path(const struct stack_frame *frame, const struct report_process *process,
                       const struct report_style *style);

#endif
