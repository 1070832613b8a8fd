/* SPDX-License-Identifier: MIT */
/*
 * Hears when instances of a class written in Python die. Such a class has room for a finalizer and mostly none:
 * ours takes the room, which costs a fraction of a weak reference with a callback for each instance.
 *
 * Runs in: the target, GIL held. Subclasses have slots of their own: of their instances nothing is heard.
 */
#ifndef SCOPETRACE_AGENT_DEATH_H
#define SCOPETRACE_AGENT_DEATH_H

#include "preload/agent/python_api.h"

/* Begins to listen, if this is such a class with no finalizer; then identity_scope_dies() is called for each
 * instance, before its weak references are cleared, once. */
void death_listen(PyObject *class);
/* Takes ours out again, if it is still there. */
void death_forget(PyObject *class);

/* Whether the death of this object will be heard. */
bool death_is_heard(PyObject *object);

#endif
