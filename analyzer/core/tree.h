/* SPDX-License-Identifier: MIT */
/*
 * The scope tree of each task, while it grows and as the report shows it.
 *
 * Runs in: the command. Internal to analyzer/core. Runs of like scopes are folded as they exit, and the tree of
 * one task has a largest size, so that a task may loop for days.
 */
#ifndef SCOPETRACE_CORE_TREE_H
#define SCOPETRACE_CORE_TREE_H

#include "analyzer/core/model.h"

/* A scope was entered, exited, cancelled. With options.tree each is listed in its host's tree; else only those
 * that tell something: cancelled ones, those that left the counter changed, those that a finding names, those that
 * outlive their task, and what encloses these. */
void tree_scope_entered(struct world *world, struct scope *scope);
/* Notes how it ended; folds it into its sibling when both tell the same. */
void tree_scope_exited(struct world *world, struct scope *scope);
void tree_scope_cancelled(struct world *world, struct scope *scope);
/* Lists a scope whatever it did, unless its task's tree is full. */
void tree_list_scope(struct world *world, struct scope *scope);

/* The task ends, or the trace: its tree goes into the report when somebody wants to see it. */
void tree_task_over(struct world *world, struct task *task);

/* The scope goes; its node stays. */
void tree_node_detach(struct scope *scope);
/* NULL is accepted. */
void tree_node_free(struct tree_node *node);

/* Puts parents before their children. */
void tree_sort(GPtrArray *tasks);

#endif
