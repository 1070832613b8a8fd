/* SPDX-License-Identifier: MIT */
/* Runs in: the command. */
#ifndef SCOPETRACE_CLI_ANALYZE_H
#define SCOPETRACE_CLI_ANALYZE_H

#include "cli/options.h"

/* Reports on the traces, taken together, on standard output, and prints its own errors. Returns the exit status.
 */
int analyze_traces(const struct settings *settings, char **traces);

#endif
