/* SPDX-License-Identifier: MIT */
/*
 * What the memory of a process that died shows, as people see it.
 *
 * Runs in: the command.
 */
#ifndef SCOPETRACE_REPORTS_MEMORY_H
#define SCOPETRACE_REPORTS_MEMORY_H

#include "analyzer/reports/page.h"

/* Signal, what was open, native stacks. */
void memory_draw(struct page *page, const struct last_moment *moment, const struct report_style *style);

#endif
