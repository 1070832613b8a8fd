/* SPDX-License-Identifier: MIT */
/*
 * The command's errors: one domain, and messages of the shape "what: why; do this".
 *
 * Runs in: the command. Any thread. Library code sets a GError; only main.c and the commands print.
 */
#ifndef SCOPETRACE_CLI_ERROR_H
#define SCOPETRACE_CLI_ERROR_H

#include <glib.h>

enum exit_status {
    STATUS_OK = 0,
    STATUS_FINDINGS = 1,
    STATUS_FAILED = 2, /* could not do its work */
    STATUS_NOT_EXECUTABLE = 126,
    STATUS_NOT_FOUND = 127,
    STATUS_SIGNALLED = 128, /* + the signal */
};

enum cli_error {
    CLI_ERROR_FAILED,
    CLI_ERROR_USAGE,          /* of an option: --help says more */
    CLI_ERROR_NOT_FOUND,      /* the program to run */
    CLI_ERROR_NOT_EXECUTABLE, /* the program to run */
};

GQuark cli_error_quark(void);

/* Sets an error with this text. Always FALSE, so that a function can end with it. */
gboolean cli_fail(GError **error, const char *format, ...) G_GNUC_PRINTF(2, 3);

/* What a program of LTTng's says in a line of its log, without the time and the places in its own code. To be
 * freed. */
char *cli_said_by_lttng(const char *line);

#endif
