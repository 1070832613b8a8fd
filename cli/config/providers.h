/* SPDX-License-Identifier: MIT */
/*
 * Scope classes that the user describes in a few lines of TOML (docs/providers.md), in the compact form in which
 * the agent takes them from the control file.
 *
 * Runs in: the command. Any thread.
 */
#ifndef SCOPETRACE_CLI_PROVIDERS_H
#define SCOPETRACE_CLI_PROVIDERS_H

#include <glib.h>

#include "preload/control.h"

/* files: const char *. FALSE and error, which names the file, the class and the key, when one cannot be read or
 * says what cannot be. No file: no classes. */
gboolean providers_read(const GPtrArray *files, struct control_classes *ret, GError **error);

#endif
