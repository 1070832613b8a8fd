/* SPDX-License-Identifier: MIT */
/*
 * The trace buffers under a second name. LTTng gets a folder to keep them in (its shm-path), in memory unless that
 * is scarce; but when the session daemon dies, its consumer removes the files and what they hold. Hard links
 * beside them stay, and so does the metadata, which the daemon writes nowhere else until the end: with both, a
 * trace is made readable again (cli/recovery).
 *
 *     FOLDER/live   LTTng's        FOLDER/kept   the links        FOLDER/lock   held while a session uses it
 *
 * A trace that the user wanted in a folder of his own has a link to FOLDER while it is recorded, so that it can be
 * recovered should nobody be left who could: see SAFEKEEPING_LINK.
 *
 * Runs in: the command and its session keeper.
 */
#ifndef SCOPETRACE_SESSION_SAFEKEEPING_H
#define SCOPETRACE_SESSION_SAFEKEEPING_H

#include <glib.h>
#include <stdbool.h>

/* In the folder of a trace. */
#define SAFEKEEPING_LINK ".scopetrace-buffers"

/* A new FOLDER: in `disk`, or in memory when that is NULL. trace: gets the link; NULL: none. To be freed. Removes
 * those in memory that nobody uses and no trace needs any more. */
char *safekeeping_create(const char *disk, const char *trace, GError **error);

/* Calls back for each FOLDER in memory, whoever's. */
void safekeeping_each(void (*visit)(const char *folder, void *context), void *context);

/* To be freed. */
char *safekeeping_live(const char *folder);
char *safekeeping_kept(const char *folder);

/* Held by this process and all that it starts, the daemons, until the last of them ends. */
void safekeeping_lock(const char *folder);
bool safekeeping_is_locked(const char *folder);

/* Takes links to what is new; lets go of what LTTng removed by itself. A consumer that lost its daemon removes
 * files as well, for a moment before anybody can see that the daemon is dead: so only what was gone at the last
 * look already, kept in `gone` (a set of char *), is let go. daemon_lives: it does now. */
void safekeeping_look(const char *folder, GHashTable *gone, bool daemon_lives);

/* With the trace's link. NULL is accepted. */
void safekeeping_remove(const char *folder);

#endif
