/* SPDX-License-Identifier: MIT */
/*
 * Gets what a format made into its file.
 *
 * Runs in: the command.
 */
#ifndef SCOPETRACE_REPORTS_OUTPUT_H
#define SCOPETRACE_REPORTS_OUTPUT_H

#include <glib.h>
#include <stdio.h>

/* FALSE and error (errno's text) when not all of it could be written. */
gboolean output_text(FILE *out, const GString *text, GError **error);

#endif
