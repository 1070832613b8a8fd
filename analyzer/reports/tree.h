/* SPDX-License-Identifier: MIT */
/*
 * The scope tree, drawn on a page: tasks below the task that started them, scopes below their host task.
 *
 * Runs in: the command.
 */
#ifndef SCOPETRACE_REPORTS_TREE_H
#define SCOPETRACE_REPORTS_TREE_H

#include "analyzer/reports/page.h"

/* The tasks that findings speak of, or all with style->tree. Draws nothing when there are none. */
void tree_draw(struct page *page, const struct report *report, const struct report_style *style);

#endif
