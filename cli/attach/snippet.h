/* SPDX-License-Identifier: MIT */
/*
 * The Python text that is run in the target.
 *
 * Runs in: the command; the text runs in the target's main thread, at a point where Python may run anything.
 */
#ifndef SCOPETRACE_ATTACH_SNIPPET_H
#define SCOPETRACE_ATTACH_SNIPPET_H

#include <glib.h>
#include <sys/types.h>

/* body as a program of its own: run in a dict of its own, whatever it raises is dropped. It finds the memory
 * that holds its text as `buffer` = (address, size), (0, 0) when there is none to be given back. To be freed. */
char *snippet_wrap(const char *body, guint64 address, guint64 size);

/* A call of one of the agent's functions (preload/agent/module.c). All paths are the target's. */
struct snippet_call {
    pid_t process;       /* as it sees itself: a child that was forked meanwhile inherits what was queued, and does
                            nothing */
    const char *library; /* the agent */
    const char *function;
    gboolean may_wait;     /* where LTTng is loaded by it: a session may have the program wait */
    const char *control;   /* the control file: when it is gone, nothing is done any more */
    const char *complaint; /* a file in which to say what went wrong */
};

/* Loads the agent from its library as an extension module (again, if need be) and calls the function. To be
 * freed. */
char *snippet_call_agent(const struct snippet_call *call);

#endif
