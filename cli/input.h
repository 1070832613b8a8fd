/* SPDX-License-Identifier: MIT */
/*
 * Files that the user names to be read: settings, providers, baselines, suppressions.
 *
 * Runs in: the command. Single-threaded.
 */
#ifndef SCOPETRACE_CLI_INPUT_H
#define SCOPETRACE_CLI_INPUT_H

#include <glib.h>

/* The whole file, newly allocated, with a zero byte behind it; pipes are read to their end. FALSE, and an error
 * that begins with "--OPTION: FILE: ", when it cannot be read, or is larger than any such file is. */
gboolean input_read(const char *option, const char *file, char **ret, gsize *ret_size, GError **error);

#endif
