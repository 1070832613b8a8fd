/* SPDX-License-Identifier: MIT */
/*
 * What was alive in a process when its recording began, read from the trace's statedump.
 *
 * Runs in: the command. Single-threaded. Strings are copies of the program's: untrusted.
 */
#ifndef SCOPETRACE_ATTACH_PICTURE_H
#define SCOPETRACE_ATTACH_PICTURE_H

#include <glib.h>
#include <stdio.h>

#include "analyzer/core/event.h"

struct picture_scope {
    struct scope_id scope, parent; /* parent: what the provider says encloses it */
    char *kind;
    gboolean shield, cancelled;
    double deadline; /* seconds from the moment of the picture; infinite or NaN: none */
};

struct picture_task {
    struct task_id task, parent;
    char *name, *coroutine;
    guint32 counter;
    struct stack_id stack; /* where it waits */
    GPtrArray *scopes;     /* struct picture_scope *, outermost first */
    GPtrArray *children;   /* struct picture_task *, borrowed */
    gboolean shown;
};

struct picture {
    char *python, *executable, *argv, *stdlib; /* NULL: the process did not announce itself */
    GPtrArray *tasks;                          /* struct picture_task *, as announced */
    GHashTable *tasks_by_id, *frames, *kinds;
    GPtrArray *packages; /* char *: folders of the hooked libraries, with a slash at the end */
    GPtrArray *notices;  /* char *: sentences of the agent's, without their full stops */
    guint scopes;
};

/* NULL and error when the trace cannot be read. */
struct picture *picture_read(const char *trace, GError **error);
/* NULL is accepted. */
void picture_free(struct picture *picture);

/* One line of a stack; borrowed from the picture. NULL: the stack ends here. */
struct picture_frame {
    char *file, *function;
    guint32 line;
    struct stack_id parent;
};
const struct picture_frame *picture_frame(const struct picture *picture, struct stack_id stack);

/* As a tree for people; name: the process. all_frames: the whole stacks. Lines are folded at `width` columns, 0:
 * not at all. */
void picture_write_text(struct picture *picture, const char *name, gboolean all_frames, guint width, FILE *out);
/* scopetrace-ps/1 */
gboolean picture_write_json(const struct picture *picture, int pid, FILE *out, GError **error);

#endif
