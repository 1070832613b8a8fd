/* SPDX-License-Identifier: MIT */
#include "analyzer/rules/rules.h"

#include <string.h>

/* Earlier rules name a cause first; later ones keep silent about what is already reported. */
const struct rule *const rules[] = {
    &leaked_cancel,   &stolen_cancel,   &swallowed_cancel, &unmatched_cancel, &cancel_storm, &wrong_task,
    &misnested_scope, &abandoned_scope, &extra_uncancel,   &lost_events,      NULL,
};

const struct rule *rule_find(const char *name)
{
    for (const struct rule *const *rule = rules; *rule; rule++)
        if (strcmp((*rule)->name, name) == 0)
            return *rule;
    return NULL;
}
