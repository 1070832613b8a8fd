/* SPDX-License-Identifier: MIT */
/*
 * Where there is no entry that interposes fopen(), after an attach: the interpreter's own reference to it is
 * pointed at a function of ours, so that it does not count LTTng's threads (stat_line.h). It stays so: the threads
 * stay, too.
 *
 * Runs in: the target.
 */
#ifndef SCOPETRACE_AGENT_THREAD_COUNT_H
#define SCOPETRACE_AGENT_THREAD_COUNT_H

/* GIL held. Does nothing the second time, before 3.12, and where no such reference is found: then the interpreter
 * counts what there is. */
void thread_count_hide(void);

#endif
