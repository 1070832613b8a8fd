/* SPDX-License-Identifier: MIT */
/*
 * The project that the command works for: where it is, and what its files say about findings.
 *
 * Runs in: the command. Single-threaded.
 */
#ifndef SCOPETRACE_CLI_PROJECT_H
#define SCOPETRACE_CLI_PROJECT_H

#include "analyzer/policy/policy.h"
#include "cli/options.h"

/* The folder to which paths in reports are relative: the nearest one upwards from the working directory that is a
 * repository's (.git), else the working directory. Newly allocated. */
char *project_root(void);

/* The policy that the settings ask for, with its files read. NULL and error. */
struct policy *project_policy(const struct settings *settings, const char *root, GError **error);

/* Writes a baseline with the report's findings. */
gboolean project_write_baseline(const struct settings *settings, const struct policy *policy,
                                const struct report *report, GError **error);

#endif
