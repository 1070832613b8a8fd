/* SPDX-License-Identifier: MIT */
/*
 * What libbabeltrace2 has to say of a failure.
 *
 * Runs in: the command, and babeltrace2 itself.
 */
#ifndef SCOPETRACE_BABELTRACE_FAILURE_H
#define SCOPETRACE_BABELTRACE_FAILURE_H

#include <glib.h>

/* Takes the cause of the causes of the last failure in this thread, on one line, without the addresses of the
 * library's objects. Free it. NULL: there was no failure. */
char *failure_take(void);

/* Sets an error (SOURCE_ERROR_UNREADABLE) "what: why" from it. */
void failure_to_error(GError **error, const char *what);

#endif
