/* SPDX-License-Identifier: MIT */
/*
 * Finds the CTF traces below a folder: each folder that holds a file named `metadata`.
 *
 * Runs in: the command.
 */
#ifndef SCOPETRACE_SOURCES_TRACE_FOLDERS_H
#define SCOPETRACE_SOURCES_TRACE_FOLDERS_H

#include <glib.h>

#define TRACE_FOLDERS_REFUSED "cannot read "

/* Adds the trace folders at and below path to `folders` (a set of char *, canonical paths: a trace that is
 * reached twice counts once). FALSE when path cannot be read, or has too many folders. Folders below it that
 * cannot be read are passed over with a sentence in `damage` (char *), as are files of a trace; the sentence
 * begins with TRACE_FOLDERS_REFUSED. */
gboolean trace_folders_find(const char *path, GHashTable *folders, GPtrArray *damage, GError **error);

#endif
