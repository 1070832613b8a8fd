/* SPDX-License-Identifier: MIT */
/*
 * One attacher per process. The lock is on /proc/PID itself: it needs no file, any user can take it, and the
 * kernel lets go of it when its holder dies.
 *
 * Runs in: the command.
 */
#ifndef SCOPETRACE_ATTACH_LOCK_H
#define SCOPETRACE_ATTACH_LOCK_H

#include <glib.h>
#include <sys/types.h>

/* A descriptor to be closed at the end; -1 and error ("is …", to be prefixed with the process) when another
 * scopetrace has it. */
int attach_lock(pid_t pid, GError **error);

#endif
