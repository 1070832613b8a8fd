/* SPDX-License-Identifier: MIT */
/*
 * A finding told in time order, for the formats that people read. Text is as untrusted as the trace:
 * unescaped.
 *
 * Runs in: the command.
 */
#ifndef SCOPETRACE_REPORTS_STORY_H
#define SCOPETRACE_REPORTS_STORY_H

#include "analyzer/core/report.h"

struct story_step {
    char *title; /* "1.2 ms later the scope was cancelled by Task-7" */
    const struct moment *moment;
};

/* GPtrArray * of struct story_step *, owned by the caller; without the moments that are not known. */
GPtrArray *story_of_finding(const struct finding *finding);

/* Whether a scope was cancelled by its deadline, not by anybody's call: its stack says nothing then. */
bool story_is_deadline(const struct moment *cancelled);

/* "leaked-cancel, 5 times" */
char *story_headline(const struct finding *finding);

/* "Task-1 (main)"; NULL when the finding has no task. */
char *story_task(const struct task_ref *task);

/* "process 4711 on box, Python 3.11.2, anyio 4.3.0" */
char *story_process(const struct report_process *process);

/* "1.2 ms" */
char *story_duration(uint64_t ns);

/* "1 scope", "3 scopes" */
char *story_count(uint64_t count, const char *singular);

/* "2 errors, 1 note"; "no findings" */
char *story_findings(const struct report_summary *summary);

/* What a policy accepted: "2 in the baseline, 1 suppressed"; NULL: nothing. */
char *story_accepted(const struct report *report);

/* "1 process, 3 tasks, 12 scopes, 240 events, none lost"; "none lost in what could be read", "at least 3 lost" */
char *story_volume(const struct report *report);

/* "fixed in 4.4.0" or "not fixed yet" */
char *story_issue_state(const struct known_issue *issue);

#endif
