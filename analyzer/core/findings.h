/* SPDX-License-Identifier: MIT */
/*
 * From a rule's verdict to a finding of the report: grouped by cause, with the evidence copied.
 *
 * Runs in: the command. Internal to analyzer/core and analyzer/rules. A group lives as long as its analysis.
 */
#ifndef SCOPETRACE_CORE_FINDINGS_H
#define SCOPETRACE_CORE_FINDINGS_H

#include "analyzer/core/model.h"

/* What a rule has to say. All borrowed but message, which finding_report() takes over. */
struct verdict {
    const struct rule *rule;
    enum level level;
    /* Something it rests on is older than a gap in the trace, or than the trace: it becomes a note. */
    bool uncertain;
    const struct task *task;                         /* NULL: none */
    const struct scope *scope;                       /* the culprit; NULL: none */
    const struct request *request;                   /* the request at issue; NULL: none */
    const struct mark *entered, *cancelled, *exited; /* NULL: as scope and request say */
    bool refused;                                    /* the scope's exit raised an error instead of leaving it */
    bool counter_known;
    uint32_t counter_before, counter_after;
    uint64_t count; /* instances; 0 counts as 1 */
    bool counted;   /* it was reported, before a gap after which everything was told again */
    bool by_entry;  /* whether and where it was cancelled is no part of the cause */
    char *message;
};

/* One finding per rule, entry site and cancel site; more of the same only count. Never NULL. */
struct group *finding_report(struct world *world, const struct verdict *verdict);

/* Whether it was reported once and not again. */
bool group_is_single(const struct group *group);

/* Says it anew, of several that are one. Takes over message. */
void group_reword(struct group *group, char *message);
/* How often it was reported. */
uint64_t group_count(const struct group *group);

/* What came of it later, listed under the culprit (the first few); more of the same only count. */
void group_consequence(struct group *group, struct world *world, const struct mark *at, const struct scope *scope,
                       const char *format, ...) G_GNUC_PRINTF(5, 6);

/* The task is over or the trace: its findings learn what it did afterwards. */
void findings_task_over(struct task *task);

/* A GDestroyNotify. */
void group_free(void *group);

/* " entered at app.py:5 (main)", or "" when unknown. Borrowed until the next call with the same world. */
const char *entered_at(struct world *world, const struct scope *scope);

/* The scope as reports name it, which was entered at that stack. */
struct scope_ref scope_ref_new(struct world *world, struct scope_id id, const char *kind, struct stack_id entered);
/* The same for any stack: " at app.py:5 (main)". */
const char *happened_at(struct world *world, struct stack_id stack);

/* A task in a sentence: "task worker", "Task-3" (which says so itself), "an unnamed task". name: NULL when
 * unknown. Newly allocated. */
char *task_title(const char *name);
/* The same at the beginning of a sentence. */
char *task_title_first(const char *name);

/* NULL when mark did not happen. of_child: the reason says which child of a group failed. */
struct moment *moment_new(struct world *world, const struct mark *mark, struct scope_id scope);
struct moment *moment_of_cancel(struct world *world, const struct mark *mark, struct scope_id scope,
                                bool of_child);

/* Freeing parts of the report: GDestroyNotify functions; NULL is accepted. */
void moment_free(void *moment);
void finding_free(void *finding);
void tree_scope_free(void *scope);
void tree_task_free(void *task);
void report_process_free(void *process);
void open_end_free(void *end);

/* The known issue that a finding of this rule is an instance of; NULL: none. */
const struct known_issue *known_issue_find(struct world *world, const struct verdict *verdict);

#endif
