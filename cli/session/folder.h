/* SPDX-License-Identifier: MIT */
/*
 * The session's private folder: sockets, control file, and the trace unless it was given another place.
 *
 * Runs in: the command and its session keeper.
 */
#ifndef SCOPETRACE_SESSION_FOLDER_H
#define SCOPETRACE_SESSION_FOLDER_H

#include <glib.h>

/* A new folder, mode 0700, in $TMPDIR, or in /tmp where that would make socket paths too long or lies in /run
 * (which the daemon may see differently). To be freed. */
char *folder_create(GError **error);

/* Removes path and all below it, without following links; what cannot be removed stays. */
void folder_remove(const char *path);

/* The same of what is below it alone. */
void folder_clear(const char *path);

/* Moves all entries of a folder into another that exists, copying where they are on different disks. */
gboolean folder_move_entries(const char *from, const char *to, GError **error);

gboolean folder_is_empty(const char *path);

/* Whether there is no room on its disk for anything more of this user's. */
gboolean folder_is_full(const char *path);

/* The local time as folders and sessions have it in their names, "20260131-235959". To be freed. */
char *folder_time(void);

#endif
