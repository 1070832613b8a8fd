/* SPDX-License-Identifier: MIT */
/*
 * A pattern that findings fit or do not: conditions on the finding, and on frames of its stacks.
 *
 * Runs in: the command. Pure. Internal to analyzer/policy; the language is described in suppressions.h.
 */
#ifndef SCOPETRACE_POLICY_PATTERNS_H
#define SCOPETRACE_POLICY_PATTERNS_H

#include <stdbool.h>

#include "analyzer/core/report.h"

/* For messages. */
#define PATTERN_KEYS "rule, scope, test, fingerprint, function, file, module, package, anywhere"
/* The key of the short form: the function, the file or the module of a frame. */
#define PATTERN_ANYWHERE "anywhere"

struct pattern;

struct pattern *pattern_new(void);
/* NULL is accepted. */
void pattern_free(struct pattern *pattern);

/* A further condition, on the frame that is being described when it is one on frames. false: unknown key. */
bool pattern_add(struct pattern *pattern, const char *key, const char *glob);
/* The next conditions on frames speak of one further out. false: none has been described yet. */
bool pattern_next_frame(struct pattern *pattern);
bool pattern_is_empty(const struct pattern *pattern);

bool pattern_fits(const struct pattern *pattern, const struct finding *finding, const char *root);

#endif
