/* SPDX-License-Identifier: MIT */
/*
 * CPython as seen from outside: which one, in what state, and where it takes orders.
 *
 * Runs in: the command. Single-threaded. Reads the target's memory, never writes it.
 */
#ifndef SCOPETRACE_ATTACH_PYTHON_H
#define SCOPETRACE_ATTACH_PYTHON_H

#include "cli/attach/elf_file.h"
#include "cli/attach/target.h"

/* Fills in all but file and shared. FALSE: this file has no interpreter in it. */
gboolean python_inspect(const struct elf_file *file, guint64 bias, int memory, struct target_python *ret_python);

/* Where a running interpreter takes a script to be run (PEP 768). */
struct python_door {
    guint64 pending; /* an int: set to 1 */
    guint64 script;  /* a string: the path */
    guint64 script_size;
    guint64 eval_breaker; /* a word: or'ed with `stop` */
    guint64 stop;
};

/* FALSE: this interpreter has no such door, it is closed (PYTHON_DISABLE_REMOTE_DEBUG, -X disable-remote-debug)
 * or of a version whose tables we do not know: Py_AddPendingCall is left. */
gboolean python_find_door(const struct target_python *python, int memory, struct python_door *ret_door);

/* Whether somebody is just changing the list of pending calls. FALSE also where that cannot be seen. */
gboolean python_calls_locked(const struct target_python *python, int memory);

#endif
