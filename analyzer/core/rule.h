/* SPDX-License-Identifier: MIT */
/*
 * A rule: its name and what it looks at. One file per rule in analyzer/rules/, one line in rules.c.
 *
 * Runs in: the command.
 */
#ifndef SCOPETRACE_CORE_RULE_H
#define SCOPETRACE_CORE_RULE_H

#include "analyzer/core/report.h"

struct rule {
    const char *name;    /* "leaked-cancel" */
    enum level level;    /* the highest level that it reports at */
    const char *summary; /* one line, for listings */
};

/* NULL-terminated; the order of the documentation. */
extern const struct rule *const rules[];
/* NULL: no such rule. */
const struct rule *rule_find(const char *name);

#endif
