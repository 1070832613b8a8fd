/* SPDX-License-Identifier: MIT */
/*
 * The errors of analyzer/policy: one domain, messages of the shape "what: why; do this".
 *
 * Runs in: the command. Any thread.
 */
#ifndef SCOPETRACE_POLICY_ERROR_H
#define SCOPETRACE_POLICY_ERROR_H

#include <glib.h>

/* Sets an error with this text. Always FALSE, so that a function can end with it. */
gboolean policy_fail(GError **error, const char *format, ...) G_GNUC_PRINTF(2, 3);

#endif
