/* SPDX-License-Identifier: MIT */
/*
 * Everything that can be known to go wrong before a process is touched: a table of checks, each with its own
 * sentence and remedy.
 *
 * Runs in: the command. Single-threaded. The process is not stopped, nothing in it changes.
 */
#ifndef SCOPETRACE_ATTACH_PREFLIGHT_H
#define SCOPETRACE_ATTACH_PREFLIGHT_H

#include "cli/attach/target.h"

enum preflight_verdict {
    PREFLIGHT_OK,
    PREFLIGHT_FAILED,
    PREFLIGHT_SKIPPED, /* an earlier check failed without which this one cannot be made */
};

struct preflight_line {
    const char *check;
    enum preflight_verdict verdict;
    char *text; /* OK: what was found; FAILED: what is wrong and what to do; SKIPPED: NULL */
};

/* The first check that fails: error is one sentence that begins with the process. */
gboolean attach_preflight(const struct attach_target *target, GError **error);

/* All of them (struct preflight_line *), for doctor; freed with the array. */
GPtrArray *attach_preflight_list(const struct attach_target *target);

#endif
