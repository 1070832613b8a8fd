/* SPDX-License-Identifier: MIT */
/*
 * Who calls an interposed function, as the object that this folder is compiled into answers it: everybody comes to
 * the entry's (entry/caller.c), to the agent's those whose references it has pointed there (agent/caller.c).
 *
 * Runs in: the target, any thread. Keep errno.
 */
#ifndef SCOPETRACE_INTERPOSED_CALLER_H
#define SCOPETRACE_INTERPOSED_CALLER_H

#include <stdbool.h>

/* Whether the code at this return address is one that is known to hold no lock of its own when it makes
 * system calls: the interpreter, its socket and select modules, uvloop and its like. Only then may the GIL
 * be taken inside the call. */
bool caller_is_known(const void *return_address);

/* It makes an event loop, or is about to. */
void caller_makes_loop(const void *return_address);

#endif
