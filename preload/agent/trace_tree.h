/* SPDX-License-Identifier: MIT */
/*
 * Stacks as one number: a node of a tree whose edges are call sites, each node announced once per session by
 * a `frame` event before the first event that refers to it.
 *
 * Runs in: the target, GIL held, inside py_work_begin/end. Grows with the number of distinct call sites, never
 * with time, up to some 20 MB: then it begins anew, numbering on. Keeps no code object alive.
 */
#ifndef SCOPETRACE_AGENT_TRACE_TREE_H
#define SCOPETRACE_AGENT_TRACE_TREE_H

#include <stdint.h>

#include "preload/agent/python_api.h"
#include "preload/agent/seldom.h"
#include "preload/tables.h"

/* The whole stack of this thread; 0 = none. */
uint32_t trace_tree_stack(void);

/* Any thread, no GIL: the interpreter is gone, and with it all code. What was announced is announced again where
 * it turns up again. */
void trace_tree_forget(void);

/* In a forked child, at once: what other threads were at is nobody's any more. */
void trace_tree_forked(void);

/* The stack up to the first frame that is outside `package`, a number of code_table's (and outside contextlib,
 * whose frames say nothing about who opened a scope); the whole stack when there is none. Not announced: most
 * scopes never are. */
uint32_t trace_tree_caller(uint32_t package);

/* A chain of one node: where a suspended coroutine waits, `parent` being the node of what awaits it. */
APART uint32_t trace_tree_place(uint32_t parent, PyObject *code, int instruction);

/* Whether the call site is in code of this package. */
bool trace_tree_is_of(uint32_t node, uint32_t package);

/* The code object that runs innermost: for comparison only, NULL = none. */
const void *trace_tree_running_code(void);

/* Announces the node (and its parents) once more if a session began since. Returns it; 0 where a session began and
 * it is no longer kept. */
uint32_t trace_tree_announce(uint32_t node);

extern struct tables_list trace_tree_node_table, trace_tree_code_table;
extern uint32_t trace_tree_given_up;

#endif
