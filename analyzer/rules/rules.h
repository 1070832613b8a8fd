/* SPDX-License-Identifier: MIT */
/*
 * The rules, one file each; what a rule means is in docs/rules/.
 *
 * Runs in: the command. Constant data.
 */
#ifndef SCOPETRACE_RULES_RULES_H
#define SCOPETRACE_RULES_RULES_H

#include "analyzer/core/rule.h"

extern const struct rule leaked_cancel, stolen_cancel, swallowed_cancel, unmatched_cancel, cancel_storm,
    wrong_task, misnested_scope, abandoned_scope, extra_uncancel, lost_events;

#endif
