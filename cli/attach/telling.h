/* SPDX-License-Identifier: MIT */
/*
 * The time that the agent takes to tell what is alive. Many tasks are told piece by piece, in between what the
 * program does.
 *
 * Runs in: the command.
 */
#ifndef SCOPETRACE_ATTACH_TELLING_H
#define SCOPETRACE_ATTACH_TELLING_H

#include "cli/attach/lookout.h"
#include "cli/attach/target.h"

/* Until all is told, or nothing has been for seconds: a loop that does not turn is told of when the recording
 * ends. Not after we are told to stop; if that was before, what is told for the recording's end has some seconds
 * in all. */
void attach_await_told(const struct attach_target *target, struct lookout *lookout);

#endif
