/* SPDX-License-Identifier: MIT */
/*
 * Where scopes are entered from, remembered: the few frames of a provider's own code and the one that called it,
 * and the node of the trace tree that they are. Most entries are from where one was before.
 *
 * Runs in: the target, GIL held.
 */
#ifndef SCOPETRACE_AGENT_CALL_PATH_H
#define SCOPETRACE_AGENT_CALL_PATH_H

#include <stdint.h>

#include "preload/agent/python_api.h"

/* As many frames as are compared: AnyIO's fail_after() is two functions, each within contextlib's, and who calls
 * it. */
#define CALL_PATH_FRAMES 6u

struct call_site {
    PyObject *object; /* the code */
    int instruction;
};

/* The node of the stack that this thread has now, as far as an entry of this package's code is told by it: 0 = it
 * was not here before, or not lately. */
uint32_t call_path_find(uint32_t package);

/* That the stack that ends with these frames, innermost first, is this node. Nothing where there are too many. */
void call_path_keep(const struct call_site *sites, uint32_t count, uint32_t package, uint32_t node);

#endif
