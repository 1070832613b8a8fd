/* SPDX-License-Identifier: MIT */
/*
 * Sleep from which the end of a process wakes, or a signal that tells us to stop.
 *
 * Runs in: the command. SIGINT, SIGTERM and SIGHUP are blocked from lookout_begin() to lookout_end(): they are
 * heard here alone.
 */
#ifndef SCOPETRACE_ATTACH_LOOKOUT_H
#define SCOPETRACE_ATTACH_LOOKOUT_H

#include <glib.h>
#include <signal.h>
#include <sys/types.h>

struct lookout {
    int process, signals; /* descriptors; -1: none yet */
    sigset_t mask;        /* as it was */
    gboolean told_to_stop;
    gboolean ended; /* the process */
};

/* lookout_end() is due whatever it returns. */
gboolean lookout_begin(struct lookout *lookout, GError **error);
/* The process whose end wakes. FALSE: it has ended already. */
gboolean lookout_watch(struct lookout *lookout, pid_t pid);
void lookout_doze(struct lookout *lookout, int milliseconds);
void lookout_end(struct lookout *lookout);

#endif
