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

/* Whether each stream of the folder consists of whole packets. The library (2.0) aborts on some that do not. For
 * folders with CTF_METADATA_PACKETS only. */
gboolean ctf_is_sound(const char *folder);

/* Path of the twin, a folder in `where` (NULL: the folder for temporary files); NULL when nothing of the trace is
 * left or the twin cannot be made. What was left out is told in `damage` (char *, a sentence each). */
char *ctf_repair(const char *folder, const char *where, GPtrArray *damage);

/* Takes the streams out of a twin with which it cannot be opened, each with a sentence in `damage` that names it
 * as a file of `folder`. FALSE when none is left, or the trouble is not in the streams. */
gboolean ctf_repair_sift(const char *twin, const char *folder,
                         gboolean (*is_readable)(void *context, const char *folder), void *context,
                         GPtrArray *damage);

/* Removes the twin and frees its path. NULL is accepted. */
void ctf_repair_remove(char *twin);

#endif
