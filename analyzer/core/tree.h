/* SPDX-License-Identifier: MIT */
/*
 * The scope tree of each task, while it grows and as the report shows it.
 *
 * Runs in: the command. Internal to analyzer/core. Runs of like scopes are folded as they exit, so that the
 * tree of a task that loops for days stays small.
 */
#ifndef SCOPETRACE_CORE_TREE_H
#define SCOPETRACE_CORE_TREE_H

#include "analyzer/core/model.h"

/* Hangs a scope that was just entered into its host's tree. */
void tree_scope_entered(struct task *host, struct scope *scope);
/* Notes how it ended; folds it into its sibling when both tell the same. */
void tree_scope_exited(struct scope *scope);
void tree_scope_cancelled(struct scope *scope);

/* The task ends, or the trace: its tree goes into the report when somebody wants to see it. */
void tree_task_over(struct world *world, struct task *task);

/* The scope goes; its node stays. */
void tree_node_detach(struct scope *scope);
/* NULL is accepted. */
void tree_node_free(struct tree_node *node);

/* Puts parents before their children. */
void tree_sort(GPtrArray *tasks);

#endif
