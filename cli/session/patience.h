/* SPDX-License-Identifier: MIT */
/*
 * Waiting for other processes: until nobody of them has done anything for so long. On a machine that has too much
 * to do a term in time alone may be over before they have had their turn.
 *
 * Runs in: the command, the session keeper.
 */
#ifndef SCOPETRACE_SESSION_PATIENCE_H
#define SCOPETRACE_SESSION_PATIENCE_H

#include <glib.h>
#include <stdbool.h>
#include <sys/types.h>

struct patience {
    pid_t group; /* of processes; 0: nobody is known */
    gint64 term_us, until_us, end_us;
    guint64 work; /* of the group, when last looked at */
};

struct patience patience_begin(pid_t group, unsigned milliseconds);

/* FALSE: the term has passed since they last worked, or many times the term in all. Cheap until a term is over. */
bool patience_lasts(struct patience *patience);

#endif
