/* SPDX-License-Identifier: MIT */
/*
 * The other face of leaked-cancel: a class that no provider describes (a home-made timeout) and that cancelled
 * one task twice or more without taking anything back, while the task runs on.
 *
 * Runs in: the command. Internal to analyzer/rules.
 */
#ifndef SCOPETRACE_RULES_LEAKED_SOURCE_H
#define SCOPETRACE_RULES_LEAKED_SOURCE_H

#include "analyzer/core/model.h"

/* Looks at the ledger of a task that is over, or still there when the trace ends. */
void leaked_source_judge(struct world *world, struct task *task);

#endif
