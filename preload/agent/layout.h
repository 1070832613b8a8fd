/* SPDX-License-Identifier: MIT */
/*
 * Whether the objects of this interpreter are laid out as the headers have it that this binary was built with.
 * Most is done through functions, but some fields of types, functions and method descriptors are read and written
 * in place. A build --with-trace-refs (up to 3.12), for one, has two words more in each object.
 *
 * Runs in: the target, GIL held, before anything else is done with an object.
 */
#ifndef SCOPETRACE_AGENT_LAYOUT_H
#define SCOPETRACE_AGENT_LAYOUT_H

#include <stdbool.h>

/* Asks functions of the interpreter where they lead to what a field is believed to hold. No exception is set
 * afterwards. */
bool layout_fits(void);

#endif
