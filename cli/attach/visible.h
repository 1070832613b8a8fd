/* SPDX-License-Identifier: MIT */
/*
 * Whether the target can reach what it will need: its file system may be another than ours (container, chroot),
 * and its user may not be allowed to read what we can.
 *
 * Runs in: the command. Single-threaded (a child process is made to look with another user's eyes).
 */
#ifndef SCOPETRACE_ATTACH_VISIBLE_H
#define SCOPETRACE_ATTACH_VISIBLE_H

#include "cli/attach/target.h"

/* Both see the same file or folder at this path. */
gboolean visible_same_file(const struct attach_target *target, const char *path);

/* The target's user may read the file at this path of the target's. */
gboolean visible_readable(const struct attach_target *target, const char *path);

/* The first library that the file at `path` (ours) is linked with and that the target cannot find; NULL: none.
 * To be freed. */
char *visible_missing_library(const struct attach_target *target, const char *path);

#endif
