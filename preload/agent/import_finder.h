/* SPDX-License-Identifier: MIT */
/*
 * Hooks what is imported later: where the import system asks sys.meta_path for a module, it knows ours by name and
 * comes back when they have been executed. Nothing of it is in sys.meta_path.
 *
 * Runs in: the target, GIL held, inside py_work_begin/end.
 */
#ifndef SCOPETRACE_AGENT_IMPORT_FINDER_H
#define SCOPETRACE_AGENT_IMPORT_FINDER_H

#include "preload/agent/python_api.h"

/* Creates the type, takes its place. 0, or -1 with no exception set. */
int import_finder_setup(void);

/* What was hooked is to be hooked again at the next setup. Its own hook goes with the others. */
void import_finder_remove(void);

/* What tells, at each hooked call, that there may be something to look for. */
struct import_finder_seen {
    const Py_ssize_t *count; /* of modules: in the interpreter's dict; NULL: not looked yet */
    Py_ssize_t modules;      /* how many there were at the last look */
    bool restless;           /* do not go by that */
};
extern struct import_finder_seen import_finder_seen;
bool import_finder_is_restless(void);

/* In a forked child, at once: what other threads were importing is nobody's any more. */
void import_finder_forked(void);

/* Whether import_finder_look() could find anything: the number of imported modules changed, or one of ours
 * is being executed. Cheap. */
static inline bool import_finder_is_due(void)
{
    return !import_finder_seen.count || *import_finder_seen.count != import_finder_seen.modules ||
           (import_finder_seen.restless && import_finder_is_restless());
}

/* Hooks what is there by now, however it was imported. */
void import_finder_look(void);

#endif
