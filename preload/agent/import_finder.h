/* SPDX-License-Identifier: MIT */
/*
 * Hooks what is imported later: a finder at the front of sys.meta_path that knows our modules by name, lets
 * the others find them and comes back when they have been executed.
 *
 * Runs in: the target, GIL held, inside py_work_begin/end.
 */
#ifndef SCOPETRACE_AGENT_IMPORT_FINDER_H
#define SCOPETRACE_AGENT_IMPORT_FINDER_H

#include <stdbool.h>

/* Creates the types, puts the finder in place. 0, or -1 with no exception set. */
int import_finder_setup(void);

/* Takes the finder out of its place; what was hooked is to be hooked again at the next setup. */
void import_finder_remove(void);

/* Whether import_finder_look() could find anything: the number of imported modules changed, or one of ours
 * is being executed. Cheap. */
bool import_finder_is_due(void);

/* Hooks what is there by now, however it was imported, and takes our place in front again. */
void import_finder_look(void);

#endif
