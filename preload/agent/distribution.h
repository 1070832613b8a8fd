/* SPDX-License-Identifier: MIT */
/*
 * Which version of a package is installed: read from the name of the folder beside it, nothing is imported.
 *
 * Runs in: the target, GIL held, inside py_work_begin/end.
 */
#ifndef SCOPETRACE_AGENT_DISTRIBUTION_H
#define SCOPETRACE_AGENT_DISTRIBUTION_H

#include <stdbool.h>

/* Emits `package` for the distribution of this imported top-level module; nothing if there is none (the
 * standard library). */
void distribution_announce(const char *module, bool statedump);

#endif
