/* SPDX-License-Identifier: MIT */
/*
 * Options that would have no effect beside the others, or spoil theirs: they are refused, so that nobody believes
 * in one.
 *
 * What is on the command line is held to that. A configuration file serves all commands: what it says of others is
 * passed over.
 *
 * Runs in: the command.
 */
#ifndef SCOPETRACE_CLI_EFFECT_H
#define SCOPETRACE_CLI_EFFECT_H

#include "cli/commands/command.h"

/* Once the configuration file has been applied. FALSE and error: what, why, and what to do. */
gboolean effect_check(const struct command *command, const struct settings *settings, char **operands,
                      GError **error);

#endif
