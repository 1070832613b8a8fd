/* SPDX-License-Identifier: MIT */
/*
 * Which traces must be read together. Processes of different hosts have nothing to do with each other, nor have
 * traces of one host that begin when the others have ended: read one after the other, they take the memory of the
 * largest batch, however many machines and days there are.
 *
 * Runs in: the command.
 */
#ifndef SCOPETRACE_SOURCES_TRACE_BATCHES_H
#define SCOPETRACE_SOURCES_TRACE_BATCHES_H

#include "analyzer/sources/babeltrace/babeltrace.h"

/* GPtrArray * of GPtrArray * of the traces (struct babeltrace_trace *, borrowed): by host, then by time. One batch
 * when there are few traces, or one does not say its host. */
GPtrArray *trace_batches(struct babeltrace *babeltrace, const GPtrArray *traces);

#endif
