/* SPDX-License-Identifier: MIT */
/*
 * The command's end of the line to its keeper: makes it, asks, and sees it end. The protocol is keeper.h's.
 *
 * Runs in: the command, single-threaded: it forks.
 */
#ifndef SCOPETRACE_SESSION_KEEPER_LINE_H
#define SCOPETRACE_SESSION_KEEPER_LINE_H

#include <sys/types.h>

#include "cli/session/keeper.h"

struct keeper_line {
    pid_t keeper;
    int socket; /* -1: none yet */
};

/* Forks the keeper, in which prepare(plan, data) runs. keeper_line_close() is due whatever it returns. */
gboolean keeper_line_open(struct keeper_line *line, keeper_prepare prepare, void *data, GError **error);

/* Its next reply. FALSE: none came in time, the keeper is gone, or it says that it failed: ret_reply->failed. */
gboolean keeper_line_hear(const struct keeper_line *line, struct keeper_reply *ret_reply, GError **error);
/* The same, after it was asked to end the recording. */
gboolean keeper_line_stop(const struct keeper_line *line, struct keeper_reply *ret_reply, GError **error);
/* The processes have this control file. */
void keeper_line_give_control(const struct keeper_line *line, const char *path);

/* The keeper cleans up and ends: waits for it. */
void keeper_line_close(struct keeper_line *line);

#endif
