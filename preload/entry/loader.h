/* SPDX-License-Identifier: MIT */
/*
 * Finds the moment to load the agent, loads it once, and holds what the two tell each other.
 *
 * Runs in: the target, in every process that inherits the preload.
 */
#ifndef SCOPETRACE_ENTRY_LOADER_H
#define SCOPETRACE_ENTRY_LOADER_H

/* To be called from functions that a Python program runs through before its event loop works, with the
 * address that called: takes the GIL where that is allowed, looks whether something of interest is being
 * imported, and if so loads the agent. Keeps errno and the Python exception. */
void loader_moment(const void *caller);

#endif
