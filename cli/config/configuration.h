/* SPDX-License-Identifier: MIT */
/*
 * A project's configuration file: options that need not be on the command line.
 *
 * Without --config it is scopetrace.toml in the working directory, else the table [tool.scopetrace] of
 * pyproject.toml there, else there is none. Keys are the long names of options; flags are booleans, options that
 * can be given several times are arrays of strings; the table [rules] has a level per rule. What the command line
 * says wins; of rules, name by name. Names of files that are read are relative to the configuration file's folder.
 *
 * Runs in: the command. Single-threaded.
 */
#ifndef SCOPETRACE_CLI_CONFIGURATION_H
#define SCOPETRACE_CLI_CONFIGURATION_H

#include "cli/options.h"

/* Adds to settings, parsed before, what the file says about options of these groups. FALSE and error when it
 * cannot be read, is no TOML, or has a key or a value that is none. */
gboolean configuration_apply(struct settings *settings, unsigned groups, GError **error);

#endif
