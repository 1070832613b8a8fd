/* SPDX-License-Identifier: MIT */
/*
 * What bash completes behind `scopetrace`: commands, options and their values, rules; behind the program that
 * `run` and `record` are given, what it completes for that program.
 *
 * Runs in: the command.
 */
#ifndef SCOPETRACE_CLI_COMPLETIONS_H
#define SCOPETRACE_CLI_COMPLETIONS_H

/* Writes a script to be sourced to standard output. */
void completions_write_bash(void);

#endif
