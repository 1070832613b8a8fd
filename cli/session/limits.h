/* SPDX-License-Identifier: MIT */
/*
 * What the shell that the command was started from allows its programs (ulimit) is meant for them, not for LTTng's
 * daemons, which need more descriptors and address space than many a service may have.
 *
 * Runs in: the session keeper, before it starts a daemon.
 */
#ifndef SCOPETRACE_SESSION_LIMITS_H
#define SCOPETRACE_SESSION_LIMITS_H

#include <glib.h>

/* Raises this process's limits as far as it may. FALSE and error: a daemon would fail, or hang. */
gboolean limits_raise(GError **error);

/* A daemon has failed: adds to the error which limit it may have failed for. */
void limits_blame(GError **error);

#endif
