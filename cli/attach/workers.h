/* SPDX-License-Identifier: MIT */
/*
 * Who does the work where a process only looks after others: the workers of a server, the program behind a shell.
 *
 * Runs in: the command. Single-threaded. Nothing here touches a process.
 */
#ifndef SCOPETRACE_CLI_ATTACH_WORKERS_H
#define SCOPETRACE_CLI_ATTACH_WORKERS_H

#include <sys/types.h>

/* "asyncio is loaded in 12, 13 and 14": the processes below pid of which that can be seen, or the first of many;
 * else "Python runs in …". New; NULL: neither. */
char *workers_below(pid_t pid);

/* What to say of a process in which no task was seen. New; NULL: there are none. */
char *workers_advice(pid_t pid, const char *name);

#endif
