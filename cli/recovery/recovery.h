/* SPDX-License-Identifier: MIT */
/*
 * A trace whose session daemon died: what its consumer had written is on disk, without the metadata that says how
 * to read it; what it had not is in the trace buffers, with the metadata. lttng-crash makes a second trace of the
 * latter; the two add up.
 *
 * Runs in: the command.
 */
#ifndef SCOPETRACE_RECOVERY_RECOVERY_H
#define SCOPETRACE_RECOVERY_RECOVERY_H

#include <glib.h>

/* Whether the metadata of the trace is less than what lies beside the buffers. */
gboolean recovery_is_needed(const char *buffers, const char *trace);

/* Completes the trace with what is in the buffers (a folder given to LTTng as shm-path, or a copy of one, in which
 * nothing is written any more). Both are left as they are otherwise; doing it twice adds nothing. FALSE and error
 * when there is nothing to be had. */
gboolean recovery_run(const char *buffers, const char *trace, GError **error);

/* What is in such buffers alone, as a trace in the new folder target. */
gboolean recovery_extract(const char *buffers, const char *target, GError **error);

#endif
