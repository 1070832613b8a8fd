/* SPDX-License-Identifier: MIT */
/*
 * Where the parts of this installation and of LTTng are.
 *
 * Runs in: the command. Returned strings are to be freed.
 */
#ifndef SCOPETRACE_CLI_INSTALL_H
#define SCOPETRACE_CLI_INSTALL_H

#include <glib.h>

/* The absolute path of a file in ../lib/scopetrace seen from the command's own executable (the layout of the
 * build tree and of an installation). NULL and error when it is not there. */
char *install_library(const char *file, GError **error);

/* lttng-sessiond: $LTTNG_SESSIOND_PATH (as the `lttng` command has it), else from $PATH. */
char *install_session_daemon(GError **error);

#endif
