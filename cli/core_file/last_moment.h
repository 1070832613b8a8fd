/* SPDX-License-Identifier: MIT */
/*
 * From a core file to what the report has of it: signal, native stacks, and what was open by the agent's tables.
 *
 * Runs in: the command.
 */
#ifndef SCOPETRACE_CORE_FILE_LAST_MOMENT_H
#define SCOPETRACE_CORE_FILE_LAST_MOMENT_H

#include "analyzer/core/report.h"

struct guard;
struct core_reading;

/* NULL and error when path is no core file, or none of a process that scopetrace traced. debug_dirs: as
 * analyzer/symbols has them; guard: of the child process that this runs in, or NULL. */
struct core_reading *last_moment_read(const char *path, const GPtrArray *debug_dirs, struct guard *guard,
                                      GError **error);
/* Borrowed from the reading. */
struct last_moment *last_moment_of(struct core_reading *reading);
/* See core_buffers.h. */
unsigned last_moment_write_buffers(const struct core_reading *reading, const char *trace, const char *folder);
/* NULL is accepted. */
void last_moment_free(struct core_reading *reading);

#endif
