/* SPDX-License-Identifier: MIT */
/*
 * What the tables of commands and options say of themselves.
 *
 * Runs in: the command. All write to standard output.
 */
#ifndef SCOPETRACE_CLI_HELP_H
#define SCOPETRACE_CLI_HELP_H

#include "cli/commands/command.h"

void help_all(void);
void help_command(const struct command *command);

/* Something generated from the tables for other programs: "bash" (completions), "man" (parts of the man page). */
struct generator {
    const char *name;
    void (*write)(void);
};
/* NULL-name terminated */
extern const struct generator generators[];

#endif
