/* SPDX-License-Identifier: MIT */
/*
 * What the user looks at.
 *
 * Runs in: the command. Any thread.
 */
#ifndef SCOPETRACE_CLI_TERMINAL_H
#define SCOPETRACE_CLI_TERMINAL_H

#include <stdbool.h>

/* Whether fd is a terminal that is known to obey escape sequences. */
bool terminal_obeys(int fd);

/* Columns of the terminal that fd is; 80 when it is none, or does not say. */
unsigned terminal_width(int fd);

#endif
