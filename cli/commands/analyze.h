/* SPDX-License-Identifier: MIT */
/*
 * What `analyze` does, for the commands that report on a trace of their own.
 *
 * Runs in: the command. Single-threaded.
 */
#ifndef SCOPETRACE_CLI_ANALYZE_H
#define SCOPETRACE_CLI_ANALYZE_H

#include "cli/options.h"

/* Reports on the traces (NULL-terminated), taken together, on standard output, and prints its own errors. Returns
 * the exit status. */
int analyze_traces(const struct settings *settings, char **traces);

struct guard;
/* Does the work in a guarded child (analyzer/sources/guard.h), and says so when that is killed by something else:
 * what, the name of what was read. Returns the exit status. */
int analyze_guarded_run(int (*work)(struct guard *guard, void *context), void *context, const char *what);

#endif
