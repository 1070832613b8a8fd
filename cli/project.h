/* SPDX-License-Identifier: MIT */
/*
 * What the project's files say about findings.
 *
 * Runs in: the command. Single-threaded.
 */
#ifndef SCOPETRACE_CLI_PROJECT_H
#define SCOPETRACE_CLI_PROJECT_H

#include "analyzer/policy/policy.h"
#include "cli/options.h"

/* The policy that the settings ask for, with its files read. NULL and error. */
struct policy *project_policy(const struct settings *settings, const char *root, GError **error);

/* Writes a baseline with the report's findings. */
gboolean project_write_baseline(const struct settings *settings, const struct policy *policy,
                                const struct report *report, GError **error);

#endif
