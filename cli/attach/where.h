/* SPDX-License-Identifier: MIT */
/*
 * Where the target's main thread stands, as its native stack.
 *
 * Runs in: the command. Stops the thread for the time of the look (milliseconds); nothing in it changes.
 */
#ifndef SCOPETRACE_ATTACH_WHERE_H
#define SCOPETRACE_ATTACH_WHERE_H

#include "cli/attach/target.h"

/* char *: "epoll_wait (libc.so.6)", innermost first; NULL and error. */
GPtrArray *attach_where(const struct attach_target *target, GError **error);

#endif
