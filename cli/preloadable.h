/* SPDX-License-Identifier: MIT */
/*
 * Why a program does not take a preload.
 *
 * Runs in: the command. Single-threaded.
 */
#ifndef SCOPETRACE_CLI_PRELOADABLE_H
#define SCOPETRACE_CLI_PRELOADABLE_H

/* What there is about the program (a path, or a name to be found in PATH) that keeps LD_PRELOAD from working in
 * it, "it is …"; NULL: nothing. A constant. */
const char *preloadable_refusal(const char *program);

#endif
