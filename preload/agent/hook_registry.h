/* SPDX-License-Identifier: MIT */
/*
 * Which hooks are in place, so that a detach can put every original method back.
 *
 * Runs in: the target, GIL held, inside py_work_begin/end. Holds strong references: to classes of modules that
 * stay imported, and to hooks.
 */
#ifndef SCOPETRACE_AGENT_HOOK_REGISTRY_H
#define SCOPETRACE_AGENT_HOOK_REGISTRY_H

#include "preload/agent/hook.h"

/* The hook was put into the dict of type under this name (static storage) in the original's place. native: not by
 * setattr. */
void hook_registry_add(PyObject *type, const char *name, PyObject *hook, PyObject *original, bool native);

/* Any thread, no GIL: the interpreter is gone, and with it all objects. */
void hook_registry_forget(void);

/* Puts the originals back wherever our hook still is. What the program has put there since stays, and may call the
 * hook that it found there: one that was covered so is remembered, to be taken out when it is in its place again,
 * unless this is for good. */
void hook_registry_remove_all(bool for_good);

/* Whether one was ever covered: below what covers it, where the next attach puts another. */
extern bool hook_registry_covered;

#endif
