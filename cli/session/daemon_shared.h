/* SPDX-License-Identifier: MIT */
/*
 * The session daemon that programs look for by themselves: root's, or the user's own. A program that runs already
 * can be told of no other, so attach uses it. Started if absent; whoever of us leaves last ends it, if it was one
 * of us who started it. Those that wait to join or to leave count: keepers of many attachers that were killed pass
 * one after the other without a daemon each.
 *
 * Runs in: the session keeper.
 */
#ifndef SCOPETRACE_SESSION_DAEMON_SHARED_H
#define SCOPETRACE_SESSION_DAEMON_SHARED_H

#include "cli/session/daemon.h"

/* daemon is zeroed by the caller. Others who would join or leave wait until daemon_settle(). */
gboolean daemon_join(struct daemon *daemon, const struct daemon_plan *plan, GError **error);

/* Our session is there (or will never be). */
void daemon_settle(struct daemon *daemon);

/* Our session is gone. Idempotent. */
void daemon_leave(struct daemon *daemon);

#endif
