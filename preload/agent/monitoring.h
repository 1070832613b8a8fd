/* SPDX-License-Identifier: MIT */
/*
 * Tools of sys.monitoring (3.12 and later) that ask for calls. A hook in the place of a Python function would be
 * told to them as what is called, and its return as one of C: so their callbacks are shown the function, and
 * nothing of that return.
 *
 * Runs in: the target, GIL held, inside py_work_begin/end.
 */
#ifndef SCOPETRACE_AGENT_MONITORING_H
#define SCOPETRACE_AGENT_MONITORING_H

/* From now on, and for what is registered by now. Does nothing if that has been done, or where it cannot be. */
void monitoring_setup(void);

#endif
