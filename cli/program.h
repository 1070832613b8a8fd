/* SPDX-License-Identifier: MIT */
/*
 * Runs the user's program as if scopetrace were not there: its input, output, working directory, process group,
 * signal mask and dispositions are those that scopetrace was started with, and signals sent to scopetrace
 * reach it.
 *
 * Runs in: the command. Single-threaded. Changes the signal mask of this process while the program runs.
 */
#ifndef SCOPETRACE_CLI_PROGRAM_H
#define SCOPETRACE_CLI_PROGRAM_H

#include <glib.h>
#include <sys/types.h>

struct program_environment {
    const char *preload; /* put at the end of LD_PRELOAD; NULL: leave */
    const char *control; /* SCOPETRACE; NULL: leave */
};

/* What the shell's search would find; error: CLI_ERROR_NOT_FOUND or CLI_ERROR_NOT_EXECUTABLE. A cheap look before
 * a session is made for nothing. */
gboolean program_check(const char *name, GError **error);

/* Runs it to its end. ret_status: as from waitpid(). Errors as program_check(). */
gboolean program_run(char **arguments, const struct program_environment *environment, int *ret_status,
                     GError **error);

/* Its status as a shell would give it: 128 + signal when it was killed. */
int program_exit_status(int wait_status);

/* A Ctrl-C meant for the program must not end the report on it: signals are ignored for a moment, then have their
 * usual effect. For the time after program_run(). */
void program_settle_signals(void);

#endif
