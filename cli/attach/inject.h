/* SPDX-License-Identifier: MIT */
/*
 * Makes the target's main thread run a piece of Python, at its next safe point.
 *
 * Runs in: the command, always on the same thread. The target is stopped for a fraction of a millisecond; it
 * goes on undisturbed if the command is killed in the middle.
 */
#ifndef SCOPETRACE_ATTACH_INJECT_H
#define SCOPETRACE_ATTACH_INJECT_H

#include "cli/attach/target.h"

#define ATTACH_OTHER_PROGRAM "it runs another program now (exec): attach again"

enum inject_way {
    INJECT_PENDING_CALL,
    INJECT_REMOTE_SCRIPT, /* PEP 768 */
};

struct inject_result {
    enum inject_way way;
    gint64 stopped_us; /* how long the main thread stood still, at most in one attempt */
    guint attempts;
    gboolean may_sleep; /* the main thread was in a call that only its own event ends: Python code is not reached
                           before that */
};

/* Where a script for the target can be put: the folder as we see it, and as the target does. */
struct inject_folder {
    const char *ours, *theirs;
};

/* Queues body (see snippet_wrap) to be run. folder NULL: only the pending call is used. The target
 * has passed the preflight. ret_result may be NULL. */
gboolean attach_inject(const struct attach_target *target, const char *body, const struct inject_folder *folder,
                       struct inject_result *ret_result, GError **error);

/* LTTng's own threads in the target sleep for five seconds when they missed a session daemon for the second time,
 * or wait for one that cannot tell them: those that do look again. No thread of the program is touched. */
void attach_wake_lttng(const struct attach_target *target);

/* Takes back a script (PEP 768) that has not been begun: its file is about to go. */
void attach_withdraw(const struct attach_target *target);

#endif
