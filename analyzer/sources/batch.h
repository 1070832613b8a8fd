/* SPDX-License-Identifier: MIT */
/*
 * Events on their way from the thread that reads them to the one that analyzes them: copies, in batches, through a
 * pipe that holds a few of them.
 *
 * Runs in: the command. A batch belongs to one thread at a time. A pipe has one writer and one reader.
 */
#ifndef SCOPETRACE_SOURCES_BATCH_H
#define SCOPETRACE_SOURCES_BATCH_H

#include <glib.h>

#include "analyzer/core/event.h"

struct batch;

/* To be called once before there are threads. */
void batch_initialize(void);

struct batch *batch_new(void);
/* NULL is accepted. */
void batch_free(struct batch *batch);

/* Copies the event and its strings, but for the host, which must outlive the batch. `order` settles ties of time.
 * FALSE when the batch is full with it. */
gboolean batch_add(struct batch *batch, const struct event *event, uint32_t order);
guint batch_size(const struct batch *batch);
/* Those that come after it in the batch lie behind it. */
const struct event *batch_event(const struct batch *batch, guint index);
uint32_t batch_order(const struct batch *batch, guint index);

struct pipe;

struct pipe *pipe_new(void);
/* Frees what is in it. NULL is accepted. */
void pipe_free(struct pipe *pipe);

/* The writer: waits while the pipe is full. Takes the batch. */
void pipe_put(struct pipe *pipe, struct batch *batch);
/* The writer: no more will come. */
void pipe_close(struct pipe *pipe);
/* The reader: waits for the next batch, which is then its own. NULL: no more will come. */
struct batch *pipe_take(struct pipe *pipe);

#endif
