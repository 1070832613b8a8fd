/* SPDX-License-Identifier: MIT */
/*
 * Who does the work where a process only looks after others: the workers of a server, the program behind a shell.
 *
 * Runs in: the command. Single-threaded. Nothing here touches a process.
 */
#ifndef SCOPETRACE_CLI_ATTACH_WORKERS_H
#define SCOPETRACE_CLI_ATTACH_WORKERS_H

#include <sys/types.h>

/* "12, 13 and 14": the processes below pid that have loaded asyncio, or the first of many. New; NULL: none that
 * can be seen. */
char *workers_below(pid_t pid);

/* What to say of a process in which no task was seen. New; NULL: there are none. */
char *workers_advice(pid_t pid, const char *name);

#endif
