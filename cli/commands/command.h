/* SPDX-License-Identifier: MIT */
/*
 * The subcommands: one file each in cli/commands/, one line in commands.c.
 *
 * Runs in: the command. A command prints its own errors and returns the exit status.
 */
#ifndef SCOPETRACE_CLI_COMMAND_H
#define SCOPETRACE_CLI_COMMAND_H

#include <stdbool.h>

#include "cli/error.h"
#include "cli/options.h"

#define OPERANDS_ANY (~0u)

struct command {
    const char *name;
    const char *operands; /* for the synopsis: "[--] PROGRAM [ARG…]" */
    const char *summary;  /* one line */
    const char *details;  /* paragraphs for --help and the man page */
    unsigned groups;      /* of options; OPTIONS_GLOBAL is implied */
    unsigned least, most; /* operands */
    const char *missing;  /* what to say when there are too few: "no program given" */
    bool runs_program;    /* what follows the first operand belongs to it */
    int (*run)(const struct settings *settings, char **operands);
};

extern const struct command command_run;
extern const struct command command_record;
extern const struct command command_analyze;
extern const struct command command_attach;
extern const struct command command_ps;
extern const struct command command_doctor;
extern const struct command command_explain;
extern const struct command command_recover;
extern const struct command command_watch;
extern const struct command command_snapshot;

/* NULL-terminated, in the order of the help. */
extern const struct command *const commands[];
/* NULL: no such command. */
const struct command *command_find(const char *name);

#endif
