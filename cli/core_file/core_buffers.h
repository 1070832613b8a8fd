/* SPDX-License-Identifier: MIT */
/*
 * Trace buffers that are in a core file: those of sessions whose buffers have no name, and others when the process
 * had bit 3 of its coredump_filter set. LTTng marks their beginning; what is needed to read them, the metadata, is
 * in no core, but in the trace.
 *
 * Runs in: the command.
 */
#ifndef SCOPETRACE_CORE_FILE_CORE_BUFFERS_H
#define SCOPETRACE_CORE_FILE_CORE_BUFFERS_H

#include "cli/core_file/core_file.h"

/* Writes those that are whole, and of which the trace has the metadata, into folders below `folder` as lttng-crash
 * wants them. Returns how many. */
unsigned core_buffers_write(const struct core_file *core, const char *trace, const char *folder);

#endif
