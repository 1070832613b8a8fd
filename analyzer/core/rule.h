/* SPDX-License-Identifier: MIT */
/*
 * A rule: its name, and what it does at each turn of a trace. One file per rule in analyzer/rules/, one line
 * in rules.c.
 *
 * Runs in: the command. A callback is called after the core has taken the event into its state
 * (analyzer/core/model.h); it looks at that state and reports through analyzer/core/findings.h. NULL: the
 * rule does not care. Pointers are borrowed for the call.
 */
#ifndef SCOPETRACE_CORE_RULE_H
#define SCOPETRACE_CORE_RULE_H

#include <stdbool.h>

#include "analyzer/core/report.h"

struct delivery;
struct exit_facts;
struct request;
struct mark;
struct scope;
struct take_back;
struct task;
struct world;

struct rule {
    const char *name;    /* "leaked-cancel" */
    enum level level;    /* the highest level that it reports at */
    const char *summary; /* one line, for listings */

    void (*on_raise)(struct world *world, struct request *request);
    /* One that was raised before the trace began, is open, and is told now. ran_on: the task went on after its
     * origin had been left. */
    void (*on_told)(struct world *world, struct request *request, bool ran_on);
    void (*on_take_back)(struct world *world, const struct take_back *take_back);
    /* Its task has requests open. */
    void (*on_enter)(struct world *world, struct scope *scope);
    /* One at which there is something to judge: requests open on the task, deliveries to it, another task or order
     * than at the entry, or what a rule noted on the scope. */
    void (*on_exit)(struct world *world, const struct exit_facts *facts);
    /* For the first time, perhaps after its exit: mark is scope->cancelled. Or its group has stopped another's
     * error since it was left. */
    void (*on_cancel)(struct world *world, const struct scope *scope, const struct mark *mark);
    void (*on_deliver)(struct world *world, const struct delivery *delivery);
    /* A task that was alive before the trace began. */
    void (*on_task_seen)(struct world *world, struct task *task);
    /* The task is done; its ledger and its open scopes are still there. */
    void (*on_task_over)(struct world *world, struct task *task);
    /* A scope whose host is over will not be heard of again. */
    void (*on_forgotten)(struct world *world, struct scope *scope);
    /* The trace ends and the task has not. */
    void (*on_task_left)(struct world *world, struct task *task);
    /* The trace ends. */
    void (*on_finish)(struct world *world);
};

/* NULL-terminated; the order of the documentation. */
extern const struct rule *const rules[];
/* NULL: no such rule. */
const struct rule *rule_find(const char *name);

#endif
