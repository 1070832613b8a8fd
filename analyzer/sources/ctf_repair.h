/* SPDX-License-Identifier: MIT */
/*
 * A readable twin of a damaged trace folder: links to its sound files, copies of the sound beginnings of the
 * others. The trace itself is not touched.
 *
 * Runs in: the command.
 */
#ifndef SCOPETRACE_SOURCES_CTF_REPAIR_H
#define SCOPETRACE_SOURCES_CTF_REPAIR_H

#include <glib.h>

/* Path of the twin, below the folder for temporary files; NULL when nothing of the trace is left or the twin
 * cannot be made. What was left out is told in `damage` (char *, a sentence each). */
char *ctf_repair(const char *folder, GPtrArray *damage);

/* Removes the twin and frees its path. NULL is accepted. */
void ctf_repair_remove(char *twin);

#endif
