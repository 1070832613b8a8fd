/* SPDX-License-Identifier: MIT */
/*
 * Frames of native stacks, as people see them.
 *
 * Runs in: the command.
 */
#ifndef SCOPETRACE_REPORTS_NATIVE_H
#define SCOPETRACE_REPORTS_NATIVE_H

#include "analyzer/reports/page.h"

/* "PyObject_Call in /usr/bin/python3.11", or the place in the file where its function has no name. */
void native_add_frame(GString *line, const struct native_frame *frame);

#endif
