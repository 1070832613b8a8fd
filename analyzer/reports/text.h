/* SPDX-License-Identifier: MIT */
/*
 * The findings as text for people; other formats quote it.
 *
 * Runs in: the command.
 */
#ifndef SCOPETRACE_REPORTS_TEXT_H
#define SCOPETRACE_REPORTS_TEXT_H

#include "analyzer/reports/page.h"

/* What happened, step by step, and what to do, without the headline and the message: plain lines that are not
 * wrapped, each escaped as for a terminal. */
GString *text_plain_story(const struct finding *finding, const struct report_style *style);

#endif
