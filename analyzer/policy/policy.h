/* SPDX-License-Identifier: MIT */
/*
 * A project's policy: which findings count, and for how much. A report goes in as the analysis made it and comes
 * out with levels changed, and without the findings that are accepted: by a suppression or because a baseline has
 * them.
 *
 * Runs in: the command. Pure: texts of files come in and go out as strings. Single-threaded.
 */
#ifndef SCOPETRACE_POLICY_POLICY_H
#define SCOPETRACE_POLICY_POLICY_H

#include "analyzer/core/report.h"

struct policy;

/* root: the project's folder, to which paths are relative; copied. */
struct policy *policy_new(const char *root);
/* NULL is accepted. */
void policy_free(struct policy *policy);

/* "RULE=off|note|warning|error"; the last one for a rule counts. Findings that the rule itself reports as a note
 * though it could report them higher are harmless or unsure, and stay notes. FALSE and error. */
gboolean policy_set_rule(struct policy *policy, const char *setting, GError **error);
/* A file's text and name (for messages). FALSE and error. */
gboolean policy_add_suppressions(struct policy *policy, const char *name, const char *text, GError **error);
gboolean policy_set_baseline(struct policy *policy, const char *name, const char *text, GError **error);

/* Gives the caller's copy of a report findings, counts, accepted findings and remarks of its own, which belong to
 * the policy; what the analysis owns is left as it is. Once. */
void policy_apply(struct policy *policy, struct report *report);

/* The same for one finding, of a report that is still being made: as it counts, or NULL when it does not. A policy
 * is for one use or the other. */
struct finding *policy_admit(struct policy *policy, struct finding *finding);

/* The text of a baseline with the findings of a report to which the policy was applied: errors, warnings, and with
 * notes also these. Newly allocated. */
char *policy_baseline_text(const struct policy *policy, const struct report *report, bool notes);

/* A ready suppression for each finding of the report. Newly allocated. */
char *policy_suppressions_text(const struct policy *policy, const struct report *report);

#endif
