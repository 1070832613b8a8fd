/* SPDX-License-Identifier: MIT */
/*
 * Tells a signal sent to this process alone from one sent to its whole process group (which the program, a member
 * too, has got already): a child that does nothing but be in the group and say which signals it gets.
 *
 * Runs in: the command, and the child. Single-threaded. All signals must be blocked when it is started.
 */
#ifndef SCOPETRACE_CLI_GROUP_WATCH_H
#define SCOPETRACE_CLI_GROUP_WATCH_H

#include <glib.h>
#include <signal.h>
#include <stdbool.h>

struct group_watch {
    pid_t child;
    int reports;
    gint64 seen[NSIG]; /* when the child was last heard of that signal; 0: not since it was asked */
};

/* Without a child (no process can be made) every signal counts as sent to us alone. */
void group_watch_start(struct group_watch *watch);
/* Whether the signal that this process has just got went to the whole group. */
bool group_watch_saw(struct group_watch *watch, int number);
void group_watch_stop(struct group_watch *watch);

#endif
