/* SPDX-License-Identifier: MIT */
/*
 * What the parts of the core need of the analysis as a whole.
 *
 * Runs in: the command. Internal to analyzer/core and analyzer/rules.
 */
#ifndef SCOPETRACE_CORE_ANALYSIS_INTERNAL_H
#define SCOPETRACE_CORE_ANALYSIS_INTERNAL_H

#include "analyzer/core/analysis.h"
#include "analyzer/core/model.h"

struct analysis {
    struct analysis_options options;
    struct report report;
    GHashTable *worlds; /* "host\037pid" → struct world *, those still alive */
    GPtrArray *all;     /* struct world *, ended ones too: the report points into their strings */
    GHashTable *groups; /* key → struct group * */
    GPtrArray *told_of_enter, *told_of_exit; /* const struct rule *: those that want to know */
    struct world *recent;                    /* of the last event: most come from the same process */
    uint64_t lost_announced, lost_counted;
    uint64_t cut;     /* processes whose trace ends before they do */
    uint32_t cut_pid; /* one of them */
    bool newer_schema;
    bool finishing;
    uint64_t notices_left_out;
    /* Traces that begin in the middle (middle.c): not judged at all, and those of a flight recorder. */
    uint64_t blind, overwritten;
    uint32_t blind_pid, overwritten_pid; /* one of them; the one of which there is least */
    uint64_t overwritten_span;           /* how much that is, ns */
};

/* Calls every rule that wants to know. */
void rules_raise(struct world *world, struct request *request);
void rules_told(struct world *world, struct request *request, bool ran_on);
void rules_take_back(struct world *world, const struct take_back *take_back);
void rules_enter(struct world *world, struct scope *scope);
void rules_exit(struct world *world, const struct exit_facts *facts);
void rules_cancel(struct world *world, const struct scope *scope, const struct mark *mark);
void rules_deliver(struct world *world, const struct delivery *delivery);
void rules_task_seen(struct world *world, struct task *task);
void rules_task_over(struct world *world, struct task *task);
void rules_task_left(struct world *world, struct task *task);
void rules_forgotten(struct world *world, struct scope *scope);
void rules_finish(struct world *world);

/* Takes one event into the world and tells the rules. */
void world_handle(struct world *world, const struct event *event);

/* Settles what is open: no more events of this process will come. */
void world_finish(struct world *world);

/* Adds a sentence to the report's notices. */
void analysis_notice(struct analysis *analysis, const char *format, ...) G_GNUC_PRINTF(2, 3);

#endif
