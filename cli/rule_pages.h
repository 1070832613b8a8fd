/* SPDX-License-Identifier: MIT */
/*
 * docs/rules/RULE.md, built into the command (cli/embed.cmake writes the table).
 *
 * Runs in: the command.
 */
#ifndef SCOPETRACE_CLI_RULE_PAGES_H
#define SCOPETRACE_CLI_RULE_PAGES_H

#include <string.h>

struct rule_page {
    const char *rule;
    const char *text;
};

/* NULL-rule terminated */
extern const struct rule_page rule_pages[];

/* NULL: there is none. */
static inline const char *rule_page_text(const char *rule)
{
    for (const struct rule_page *page = rule_pages; page->rule; page++)
        if (strcmp(page->rule, rule) == 0)
            return page->text;
    return NULL;
}

#endif
