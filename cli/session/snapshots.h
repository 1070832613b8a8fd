/* SPDX-License-Identifier: MIT */
/*
 * Finding a flight recorder of this user and having it read out: the other side of flight.h.
 *
 * Runs in: the command `snapshot`.
 */
#ifndef SCOPETRACE_SESSION_SNAPSHOTS_H
#define SCOPETRACE_SESSION_SNAPSHOTS_H

#include <glib.h>

#include "cli/session/flight.h"

/* The socket of the only recorder that records process `target` or has that name: to be freed. NULL and error when
 * there is none, or more than one. */
char *snapshots_find(const char *target, struct flight_reply *ret_reply, GError **error);

/* Of another user's recorder, which root may ask: gives him the folder and takes his rights, until the next call
 * with NULL; else nothing. He could name any folder as the one to be moved away, or let links lead there. */
gboolean snapshots_take_rights(const char *socket, const char *folder, GError **error);

/* Has it read out. What it holds is in ret_reply->path then, to be moved away at once. */
gboolean snapshots_take(const char *socket, struct flight_reply *ret_reply, GError **error);

#endif
