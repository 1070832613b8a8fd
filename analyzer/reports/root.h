/* SPDX-License-Identifier: MIT */
/*
 * Where the project is that a report is about.
 *
 * Runs in: the command, and babeltrace2 itself.
 */
#ifndef SCOPETRACE_REPORTS_ROOT_H
#define SCOPETRACE_REPORTS_ROOT_H

/* The folder to which paths in reports are relative: the nearest one upwards from the working directory that is a
 * repository's (.git), else the working directory. Newly allocated. */
char *root_find(void);

#endif
