/* SPDX-License-Identifier: MIT */
/*
 * The ways to a private session daemon, as a table in the order in which they are tried.
 *
 * Runs in: the session keeper.
 */
#ifndef SCOPETRACE_SESSION_DAEMON_WAYS_H
#define SCOPETRACE_SESSION_DAEMON_WAYS_H

#include "cli/session/daemon.h"

/* major * 100 + minor; 0: unknown */
#define DAEMON_VERSION(major, minor) ((major)*100u + (minor))

struct daemon_way {
    const char *name;
    bool (*applies)(unsigned version);
    /* Makes this process fit to be the parent of such a daemon, fills in daemon's strings and the arguments of
     * lttng-sessiond (without the final NULL). May have changed the process even when it fails. */
    gboolean (*prepare)(struct daemon *daemon, const struct daemon_plan *plan, GPtrArray *arguments,
                        GError **error);
};

/* NULL-name terminated */
extern const struct daemon_way daemon_ways[];

unsigned daemon_version(const char *program);

/* lttng-sessiond of 2.13 does not start for a member of the group `tracing` while root's runs, whatever its
 * --group says: it finds that one first. Whether this process is such a member, of a user other than root. */
bool daemon_must_hide_systems(void);
/* Puts this process, which must have one thread, and its children where root's daemon is not to be seen:
 * namespaces of its own, in which it is the same user with the same files. false and errno: this machine does not
 * allow it. */
bool daemon_hide_systems(void);
/* Whether it does (tried in a child). */
bool daemon_hiding_possible(void);

/* Whether this process could have a mount namespace of its own (tried in a child). */
bool daemon_namespace_possible(void);

#endif
