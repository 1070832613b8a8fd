/* SPDX-License-Identifier: MIT */
/*
 * What a streamed trace is called at the relay, where those of many machines and programs come together.
 *
 * Runs in: the command.
 */
#ifndef SCOPETRACE_SESSION_STREAM_NAME_H
#define SCOPETRACE_SESSION_STREAM_NAME_H

/* All of ours begin with it, and of nobody else. */
#define STREAM_NAME_PREFIX "scopetrace-"

/* "scopetrace-PROGRAM-DATE-TIME-PID", the process being this one. `arguments` are those of the program
 * (NULL-terminated): of python3 with a script or module, that is the program. To be freed. */
char *stream_name(char *const *arguments);

#endif
