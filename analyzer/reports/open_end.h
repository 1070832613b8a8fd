/* SPDX-License-Identifier: MIT */
/*
 * What was open when a trace ended, as people see it.
 *
 * Runs in: the command.
 */
#ifndef SCOPETRACE_REPORTS_OPEN_END_H
#define SCOPETRACE_REPORTS_OPEN_END_H

#include "analyzer/reports/page.h"

/* A section for each process whose trace ends before it did; nothing when there is none. */
void open_end_draw(struct page *page, const struct report *report, const struct report_style *style);

/* One of them: what was open in a process. */
void open_end_draw_one(struct page *page, const struct open_end *end, const struct report_style *style);

#endif
